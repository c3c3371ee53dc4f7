/*
 * Values in canonical form, so that equal values are equal JSON: true/false,
 * integers, strings (trimmed, in the letter case of their type), sets as
 * sorted arrays of strings, and null for "unset". Policy documents are objects
 * as they were written: value_equal compares what they mean (plans/document.h).
 * A map of them is an object, name → document.
 */
#ifndef ABACK_PLANS_VALUE_H
#define ABACK_PLANS_VALUE_H

#include <stdbool.h>

#include "core/compiler.h"
#include "core/error.h"
#include "core/json.h"
#include "plans/catalogue.h"

/*
 * The canonical value of what AWS answered: texts are the element's text (one
 * for scalars, any number for sets; len 0: the element is absent). Never
 * fails: a text that the type does not know stays a string, so that it is
 * shown and never equal to a wanted value. New reference.
 */
json_t *value_from_wire(const struct setting *setting, const char *const *texts,
			size_t len);

/*
 * Check and canonicalise a value that a person wrote (already typed as JSON).
 * null is allowed where the setting can be unset. ERR_DESIRED says which
 * values are valid. New reference.
 */
MUST_CHECK int value_check(const struct setting *setting, const json_t *value,
			   json_t **ret_value, struct error *err);

/* The text that goes on the wire for a scalar. Owned. */
char *value_to_wire(const struct setting *setting, const json_t *value);

/* NULL (not read) equals nothing. */
bool value_equal(const struct setting *setting, const json_t *a,
		 const json_t *b);

/*
 * Does going from one value to the other destroy data (the row's loss), or
 * open access (its exposure)? null counts as the lowest value; a value that
 * was not read, or that the type does not know, may be any.
 */
bool value_loses(const struct setting *setting, const json_t *before,
		 const json_t *after);
bool value_exposes(const struct setting *setting, const json_t *before,
		   const json_t *after);

/*
 * Sets, of strings or of rules (plans/sg_rule.h): new references to sorted
 * arrays. NULL and null count as empty. In a union, a's member stays where b
 * has the same.
 */
json_t *set_union(const json_t *a, const json_t *b);
json_t *set_minus(const json_t *a, const json_t *b);
/* Has it the member, whatever else is said of that? */
bool set_has(const json_t *set, const json_t *member);
json_t *set_sorted(const json_t *members);
/* The value to have where `live` is and `wanted` is asked for: a rule that is
 * there already keeps its id. New reference. */
json_t *value_adopt(const json_t *live, const json_t *wanted);
/* Without what only AWS gives, as people would write it. New reference. */
json_t *value_written(const json_t *value);
/* What rule a member of a set is, or the string itself. Owned. */
char *member_show(const json_t *member);
bool setting_is_set(const struct setting *setting);
/* Has it keys, each of which is a setting of its own to rules? */
bool setting_is_map(const struct setting *setting);
/* Of a map of strings: an array of "key=value", sorted by key. New reference.
 */
json_t *map_members(const json_t *map);
/* Is it a map of strings that has any? */
bool is_text_map(const json_t *value);

/*
 * For people: `true`, `14`, `audit, error`, `(none)` for an empty set,
 * `(unset)` for null, `(unknown)` for NULL. Control characters are escaped.
 */
void value_show(const struct setting *setting, const json_t *value,
		struct strbuf *out);

/* Is it what turns a setting off (struct setting, only_with)? */
bool value_is_off(const json_t *value);

#endif
