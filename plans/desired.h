/*
 * Desired state: aback.yaml, checked and ready to be compared. See
 * docs/aback-yaml.md for the format.
 */
#ifndef ABACK_PLANS_DESIRED_H
#define ABACK_PLANS_DESIRED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/arena.h"
#include "core/compiler.h"
#include "core/error.h"
#include "core/json.h"
#include "plans/catalogue.h"
#include "plans/gate_rules.h"
#include "plans/kind.h"
#include "plans/place.h"

struct control;

struct selector {
	enum kind kind;
	const char **ids; /* globs of * and ?; NULL: any */
	size_t ids_len;
	const char **clusters;
	size_t clusters_len;
	const char **engines;
	size_t engines_len;
	const char **targets;
	size_t targets_len;
	const char **tag_keys, **tag_values; /* equal exactly */
	size_t tags_len;
};

enum want_form {
	WANT_WHOLE,  /* value is the whole value; JSON null: unset */
	WANT_MEMBERS /* only include and exclude */
};

struct rule_setting {
	/* of the kind that the rule matches, or that it is passed on to */
	const struct setting *setting;
	enum want_form form;
	json_t *value; /* canonical */
	/* sorted arrays; empty where not given. Of a map of documents,
	 * include is name → document */
	json_t *include;
	json_t *exclude;
	long line, column;
};

struct rule {
	const char *name; /* "rule at line 12" where it has none */
	long line;
	struct selector match;
	struct selector *except;
	size_t except_len;
	bool window; /* when: window */
	struct rule_setting *settings;
	size_t settings_len;
};

struct waiver {
	struct selector match;
	bool of_place; /* no kind: of regions and accounts, match.targets alone
			*/
	const struct setting **settings;
	size_t settings_len;
	const struct control **controls;
	size_t controls_len;
	const char *reason;
	int64_t expires; /* UTC second at which it no longer holds */
	const char *expires_text;
	long line;
};

/* What people are told of; `on:` names them (plans/desired_notify.c). */
enum occasion {
	OCCASION_REVIEW,
	OCCASION_DUE,
	OCCASION_DRIFT,
	OCCASION_BREAK_GLASS,
	OCCASIONS
};
const char *occasion_name(enum occasion occasion);

enum channel { CHANNEL_WEBHOOK, CHANNEL_SNS, CHANNEL_COMMAND, CHANNELS };

/* An entry of `notify:`; of each channel only its own members are set. */
struct notify {
	enum channel channel;
	unsigned occasions; /* bits: 1 << enum occasion */
	int64_t timeout_s;  /* of one sending */
	long line;
	/* webhook: one of the three, for a secret stands elsewhere */
	const char *url, *url_env;
	const char *url_file; /* resolved beside aback.yaml */
	const char *ca_file;  /* the same; NULL: who the system trusts */
	bool slack;           /* as Slack reads it, else generic JSON */
	/* sns */
	const char *topic_arn, *topic_region;
	const char *role_arn; /* of the target named; NULL: none */
	/* command */
	const char **argv; /* ends in NULL */
};

struct desired {
	struct arena arena; /* of all texts and arrays here */
	const char *path;   /* as given with -f */
	char sha256[65];
	char git_blob[41];
	const char *repository; /* resolved beside the file; NULL: none */
	const char *remote;     /* NULL: none */
	struct target *targets; /* strings in the arena */
	size_t targets_len;
	struct rule *rules;
	size_t rules_len;
	struct waiver *waivers;
	size_t waivers_len;
	bool has_limit; /* limits.max_clusters */
	bool limit_is_percent;
	long limit;
	int64_t review_every_s; /* 0: the file has no review: */
	bool review_sign_off;   /* only one that is signed off counts */
	const char **owners;    /* who reviews */
	size_t owners_len;
	struct notify *notify;
	size_t notify_len;
	struct gate_rules gate;
	struct policy_rules policy;
	long gate_line; /* 0: the file has no gate: */
};

/*
 * Read and check the file. All its mistakes go to list, and -1 is returned
 * with err (ERR_DESIRED, or ERR_IO when it cannot be read).
 */
MUST_CHECK int desired_load(const char *path, struct desired **ret_desired,
			    struct error_list *list, struct error *err);
/* The same from memory, for tests and fuzzers. */
MUST_CHECK int desired_parse(const char *path, const char *text, size_t len,
			     struct desired **ret_desired,
			     struct error_list *list, struct error *err);
void desired_free(struct desired *desired);
DEFINE_CLEANUP(desired_cleanup, struct desired *, desired_free)

/*
 * How many people the trusted keys are of, by email: one person's keys are one
 * signature. (plans/desired_gate.c)
 */
size_t gate_people(const struct gate_rules *gate);

/* Has it settings of another kind than it matches (a row that passes on)? */
bool rule_passes_on(const struct rule *rule);
bool glob_matches(const char *glob, const char *text);
/* The rule matches and no except entry does. */
bool rule_matches(const struct rule *rule, const struct resource *resource);

/* What deciding all rules for one resource gives, by row of its kind. */
struct wanted_setting {
	const struct rule *rule;                 /* NULL: no rule names it */
	const struct rule_setting *rule_setting; /* the last that names it */
};
/* out has one element a row of resource's kind. */
void desired_decide(const struct desired *desired,
		    const struct resource *resource,
		    struct wanted_setting *out);

/*
 * The whole value that the rules ask for, given what is live: the last rule
 * that names a setting decides it; of a map, each of its keys is decided so. A
 * new reference.
 */
json_t *desired_value(const struct desired *desired,
		      const struct resource *resource,
		      const struct rule_setting *last, const json_t *live);

/* The waiver that holds for it at `now`, or NULL; *ret_expired: one that did.
 */
const struct waiver *desired_waiver(const struct desired *desired,
				    const struct resource *resource,
				    const struct setting *setting, int64_t now,
				    const struct waiver **ret_expired);
/*
 * The same of a control of which something failed there; resource NULL: of the
 * region or account itself.
 */
const struct waiver *desired_waiver_of_control(
	const struct desired *desired, const struct control *control,
	const struct place *place, const struct resource *resource, int64_t now,
	const struct waiver **ret_expired);

/* JSON Schema (draft 2020-12) of aback.yaml, from the catalogue. New ref. */
json_t *desired_schema(void);

#endif
