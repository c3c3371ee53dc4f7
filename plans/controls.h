/*
 * The table of controls: what a review looks at, in which benchmark that is
 * asked for, and what would put it right. Everything that knows a control
 * reads it here: the review, what a plan says a setting is good for,
 * docs/controls.md.
 *
 * A control judges one subject at a time: each resource of a kind, or each
 * region, or each account. To add one: a row here, its predicate beside it
 * (plans/judging.h), `make docs`; tests/unit/test_controls.c holds the rows to
 * their form, and has each predicate fail, pass, and find nothing to read.
 */
#ifndef ABACK_PLANS_CONTROLS_H
#define ABACK_PLANS_CONTROLS_H

#include <stdbool.h>
#include <stddef.h>

#include "core/json.h"
#include "core/strbuf.h"
#include "plans/catalogue.h"
#include "plans/kind.h"

struct judging;

enum subject {
	SUBJECT_RESOURCE, /* each resource of `kind` */
	SUBJECT_REGION,   /* each target */
	SUBJECT_ACCOUNT,  /* each account, by its global place */
	SUBJECT_COUNT
};

/* The worst comes last. */
enum severity {
	SEVERITY_INFO,
	SEVERITY_LOW,
	SEVERITY_MEDIUM,
	SEVERITY_HIGH,
	SEVERITY_CRITICAL,
	SEVERITY_COUNT
};

/* Who can put it right, and how. */
enum fix_class {
	FIX_PLAN,     /* a rule of aback.yaml, planned and applied */
	FIX_DECISION, /* only a person can decide it */
	FIX_ONE_WAY,  /* no change of the resource does: see the procedure */
	FIX_NONE      /* nothing can be done but to know it */
};

#define CONTROL_REFERENCES_MAX 20
#define CONTROL_SETTINGS_MAX 12
#define CONTROL_PROCEDURE_MAX 8
#define CONTROL_PARTS_MAX 4

struct control_setting {
	enum kind kind;
	const char *name; /* NULL: there are no more */
};

struct control {
	const char *id;    /* words: "cluster-deletion-protection" */
	const char *title; /* what holds where it passes */
	const char *why;   /* what may happen where it does not */
	enum severity severity;
	enum subject subject;
	enum kind kind;     /* of SUBJECT_RESOURCE */
	const char *engine; /* the only engine it is about; NULL: both */
	/*
	 * "<benchmark and its version> <number>", such as "CIS-Aurora-2.0.0
	 * 2.11", "FSBP RDS.7", "SecurityHub RDS.28" (of none of its
	 * best practices), "Config <rule>", "Prowler <check>".
	 */
	const char *references[CONTROL_REFERENCES_MAX];
	/*
	 * The settings that it looks at: a waiver of one of them is a waiver of
	 * it. The first is what `judge_wanted` compares and what fixes it,
	 * unless the predicate names another one.
	 */
	struct control_setting settings[CONTROL_SETTINGS_MAX];
	/*
	 * Settings that serve what the first reference asks for as well, though
	 * the control does not look at them.
	 */
	struct control_setting also[CONTROL_SETTINGS_MAX];
	/* look-ups that it needs (enum lookup) of its kind */
	unsigned lookups;
	/* parts of the surroundings (plans/surroundings.h) that it needs */
	const char *parts[CONTROL_PARTS_MAX];
	/* the value that it wants, canonical JSON; NULL: the predicate knows */
	const char *wanted;
	void (*judge)(struct judging *judging);

	enum fix_class fix;
	const char *fix_text; /* what to do; a sentence without full stop */
	/* FIX_ONE_WAY: the steps, each a line */
	const char *procedure[CONTROL_PROCEDURE_MAX];
};

/* All of them, sorted by id; NULL at the end. */
const struct control *const *controls_all(size_t *ret_len);
/* NULL: there is none of that id. */
const struct control *control_find(const char *id);

/* What it judges: "cluster", … "region", "account". */
const char *control_subject_name(const struct control *control);

/*
 * What a setting is good for: the references of the controls that look at it,
 * and the first ones of those that it serves as well; each once, in the order
 * of benchmarks. An array of texts, new reference.
 */
json_t *setting_references(const struct setting *setting);
/* The worst of the controls that look at it, else what its row says. */
const char *setting_severity(const struct setting *setting);

const char *severity_name(enum severity severity); /* "critical" */
/* SEVERITY_COUNT: there is no such. */
enum severity severity_parse(const char *name);
const char *fix_class_name(enum fix_class fix); /* "one-way" */

/* {"benchmark","number"} of a reference. New reference. */
json_t *control_reference(const char *reference);

/* docs/controls.md, whole. */
void controls_markdown(struct strbuf *out);

#endif
