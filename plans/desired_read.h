/*
 * How the files desired*.c read aback.yaml: each takes one part of it, lists
 * the mistakes that it finds, and goes on.
 */
#ifndef ABACK_PLANS_DESIRED_READ_H
#define ABACK_PLANS_DESIRED_READ_H

#include <stdbool.h>
#include <stddef.h>

#include "core/compiler.h"
#include "core/error.h"
#include "core/yaml.h"
#include "plans/catalogue.h"
#include "plans/desired.h"

struct desired_reader {
	struct desired *desired; /* what is being filled */
	struct error_list *list;
};

/* List a mistake at a node, once, without control characters. */
void desired_mistake(struct desired_reader *r, const struct yaml_node *at,
		     const char *hint, const char *fmt, ...) PRINTF_LIKE(4, 5);

/* "the string 'yes'", "a list": what stands there. Arena. */
const char *desired_describe(struct desired_reader *r,
			     const struct yaml_node *node);

/* The nearest of the names to a misspelt one, as a hint; arena, or NULL. */
const char *desired_meant(struct desired_reader *r, const char *name,
			  const char *const *names);
/* "a, b or c" of names that end in NULL. Arena. */
const char *desired_any_of(struct desired_reader *r, const char *const *names);

/*
 * Is it a map, with only these keys? Unknown ones are listed with the nearest
 * valid name; the map is usable all the same. keys ends in NULL.
 */
bool desired_map(struct desired_reader *r, const struct yaml_node *node,
		 const char *what, const char *const *keys);
/* Is it a list? */
bool desired_list(struct desired_reader *r, const struct yaml_node *node,
		  const char *what);
/* The map's value of a key that must be there; NULL: it is not, listed. */
const struct yaml_node *desired_need(struct desired_reader *r,
				     const struct yaml_node *map,
				     const char *what, const char *key);

/* A text that is not empty, in the arena; NULL: it is not, listed. */
const char *desired_text(struct desired_reader *r, const struct yaml_node *node,
			 const char *what);
/* A duration, in seconds; false: it is none, listed. such_as: for the hint. */
bool desired_duration(struct desired_reader *r, const struct yaml_node *node,
		      const char *what, const char *such_as,
		      int64_t *ret_seconds);
/*
 * One text or a list of them, not empty. NULL: it is not, or a member is not.
 */
const char **desired_texts(struct desired_reader *r,
			   const struct yaml_node *node, const char *what,
			   size_t *ret_len);

/* The target of that name, borrowed; NULL: there is none, listed at node. */
const struct target *desired_target(struct desired_reader *r,
				    const struct yaml_node *node,
				    const char *name);
/* The kind that a text names; listed when there is none. */
bool desired_kind(struct desired_reader *r, const struct yaml_node *node,
		  enum kind *ret_kind);

/*
 * The row that a rule or waiver names, when rules may set it; else NULL, with
 * the reason listed: unknown, of another kind, secret, not supported yet.
 */
const struct setting *desired_setting(struct desired_reader *r, enum kind kind,
				      const struct yaml_node *name);

/* Words, then a number: eu-west-1, us-gov-east-1, us-isob-east-1. */
bool desired_is_region(const char *text);

/* The parts of the file. Each is given the value of its key. */
void desired_read_state(struct desired_reader *r, const struct yaml_node *node);
void desired_read_targets(struct desired_reader *r,
			  const struct yaml_node *node);
void desired_read_rules(struct desired_reader *r, const struct yaml_node *node);
void desired_read_waivers(struct desired_reader *r,
			  const struct yaml_node *node);
void desired_read_limits(struct desired_reader *r,
			 const struct yaml_node *node);
void desired_read_review(struct desired_reader *r,
			 const struct yaml_node *node);
/* After the targets, which its entries name. */
void desired_read_notify(struct desired_reader *r,
			 const struct yaml_node *node);

void desired_read_gate(struct desired_reader *r, const struct yaml_node *node);
void desired_read_policy(struct desired_reader *r,
			 const struct yaml_node *node);

/*
 * A `match` (inherited NULL), or an `except` entry, whose kind is *inherited.
 * false: it is of no use, which is listed.
 */
bool desired_read_selector(struct desired_reader *r,
			   const struct yaml_node *node,
			   const enum kind *inherited,
			   struct selector *ret_selector);
/* A `match` of regions, which have no kind and nothing but their target. */
bool desired_read_places(struct desired_reader *r, const struct yaml_node *node,
			 struct selector *ret_selector);

/*
 * The value of a setting in a rule's `set`: form, value, include and exclude.
 * false: not valid, which is listed; nothing is then to be released.
 */
bool desired_read_value(struct desired_reader *r, const struct yaml_node *node,
			struct rule_setting *setting);

#endif
