/*
 * The table of settings. Everything reads it; nothing repeats it: YAML
 * validation, JSON Schema, reading, comparing, calls, backout, controls and
 * docs/settings.md.
 */
#ifndef ABACK_PLANS_CATALOGUE_H
#define ABACK_PLANS_CATALOGUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/compiler.h"
#include "core/error.h"
#include "core/json.h"
#include "core/strbuf.h"
#include "plans/kind.h"

enum value_type {
	TYPE_BOOL,
	TYPE_INT,
	TYPE_STRING,        /* compared exactly */
	TYPE_TEXT,          /* free text, kept to the letter */
	TYPE_LOWER_STRING,  /* identifiers that AWS lower-cases */
	TYPE_ENUM,          /* one of choices */
	TYPE_DAILY_WINDOW,  /* "02:00-03:00" UTC */
	TYPE_WEEKLY_WINDOW, /* "sun:02:00-sun:03:00" UTC, lower case */
	TYPE_STRING_SET,    /* any order, each once */
	TYPE_DOCUMENT,      /* a policy document; see document.h */
	TYPE_DOCUMENT_MAP,  /* of policy documents, by name */
	TYPE_STRING_MAP,    /* of texts, by key, kept to the letter */
	TYPE_RULE_SET,      /* of rules of security groups; see sg_rule.h */
	TYPE_PARAMETER      /* of a parameter group: a text, kept to the letter,
			     * which may be a list; null: nobody set it */
};

/* What can be done with a setting. */
enum standing {
	STANDING_WRITABLE,
	STANDING_FIXED,      /* read and compared; a difference is blocked */
	STANDING_SECRET,     /* refused in YAML, with the reason */
	STANDING_LATER,      /* has calls of its own: refused by name so far */
	STANDING_OTHER_KIND, /* belongs to another kind: refused, naming it */
	STANDING_ACTION      /* a one-shot, not a state: refused */
};

enum effect {
	EFFECT_IMMEDIATE,    /* at once, whatever ApplyImmediately says */
	EFFECT_ASYNCHRONOUS, /* soon; no pending value exists for it */
	EFFECT_DEFERRABLE,   /* waits for the window without ApplyImmediately */
	EFFECT_REBOOT,       /* stored at once, effective after a reboot */
	EFFECT_RESTART       /* the call itself may restart instances */
};

/*
 * Which direction destroys data that no backout brings back. Lowering is a
 * smaller number, true to false, a member taken away, an earlier one of
 * choices; see value_loses.
 */
enum loss { LOSS_NONE, LOSS_LOWERING, LOSS_ANY };

/* Which value, or which direction, opens access; see value_exposes. */
enum exposure {
	EXPOSURE_NONE,
	EXPOSURE_WHEN_TRUE,
	EXPOSURE_WHEN_FALSE,
	EXPOSURE_ADDED_MEMBERS,
	EXPOSURE_WIDER_DOCUMENT, /* see document_widens */
	EXPOSURE_WHEN_REPLACED,  /* what was set set a limit */
	EXPOSURE_ADDED_PUBLIC,   /* members from addresses of anybody */
	EXPOSURE_WEAK            /* one of the row's words `weak` */
};

/* What must be asked of AWS besides the listing, to judge a change of it. */
enum lookup {
	LOOKUP_ENGINE_VERSION = 1 << 0, /* what the running version supports */
	LOOKUP_CERTIFICATES = 1 << 1,   /* which CAs have expired */
	LOOKUP_MAINTENANCE = 1 << 2,    /* what AWS is about to do itself */
	LOOKUP_SECRET = 1 << 3,         /* whose the master user's secret is */
	LOOKUP_LAST_ACCESSED = 1 << 4   /* which services a role used; of no
					   setting (plans/last_accessed.h) */
};

#define SETTING_CHOICES_MAX 12

#define SETTING_PARTS_MAX 2

/*
 * A text of several words, or each member of a set of such texts: one word a
 * part, in this order, the last one left out where it is optional. People may
 * write it as a map, by the names of the parts; see value_parts.h.
 */
struct setting_part {
	const char *name; /* "role_arn"; NULL: there are no more */
	const char *summary;
	bool optional;
	const char *choices[SETTING_CHOICES_MAX];
	/* a further check; NULL: none. ERR_DESIRED. */
	int (*check)(const json_t *value, struct error *err);
};

/* One setting of one kind. Rows are const and live as long as the program. */
struct setting {
	enum kind kind;
	const char *name; /* Terraform's name */
	enum value_type type;
	const char *unit;    /* "days", "seconds"; NULL: has none */
	const char *summary; /* one line for people and the JSON Schema */
	const char *engine;  /* the only engine that has it; NULL: both */

	/* the member of the answer's resource element, '/' between levels */
	const char *read;
	/* under PendingModifiedValues; NULL: no pending value exists */
	const char *pending;
	/* canonical JSON of what an absent element means; NULL: null */
	const char *absent;

	enum standing standing;
	const char *call;  /* "rds:ModifyDBCluster"; NULL: no call writes it */
	const char *write; /* parameter name, a set's item name included */
	/*
	 * The fact of a resource that, where it is true, has the Modify call
	 * of the kind write it, and not `call`; NULL: none does.
	 */
	const char *modified_where;
	/*
	 * Where a call takes the difference and not the whole set: the
	 * parameter of the members to take away (write has those to add), and
	 * the call that has it where it is another one than `call`.
	 */
	const char *write_remove, *call_remove;
	const char *unset; /* the text that makes the value null; NULL: none */
	/* settings that must go along, names separated by blanks; NULL */
	const char *companions;
	/*
	 * The setting without which this one means nothing: while that is
	 * false, 0 or null, this one reads as null, whatever AWS still shows.
	 * A nullable one must be set while the other is on.
	 */
	const char *only_with;

	/*
	 * What the resource uses depends on it (kind_ops.references): it is
	 * read wherever that matters.
	 */
	bool refers;
	/*
	 * Wanted as soon as a rule sets anything of the resource; canonical
	 * JSON. NULL: only where a rule names it.
	 */
	const char *implied;
	/*
	 * No call takes it back and that does no harm: a backout leaves it and
	 * says this. NULL: what has no way back is one-way.
	 */
	const char *left_behind;
	/*
	 * A change of it may follow from other changes of the plan: before is
	 * then what their steps leave, and live may be as after already, or
	 * still. Such a change names its causes in `via`; where its consent is
	 * not given it is left out, and what awaits it ends as waiting.
	 */
	bool foretold;
	/*
	 * To send its call again is to do it again: where the outcome is not
	 * known and the value shows nothing of it, or there is none, AWS is
	 * asked (kind_ops.happened) before it is. It also does what else is
	 * pending on the resource.
	 */
	bool once;
	/*
	 * Facts of the resource, names separated by blanks, that a plan with a
	 * change of it rests on: they stand in the plan and must hold when it
	 * is applied. NULL: none.
	 */
	const char *rests_on;
	/*
	 * Of `exists`: what a change of ours created, its backout takes away
	 * again. Nobody can ask for that in a file.
	 */
	bool removable;
	/*
	 * What a resource that is created has here where nobody says; the
	 * change that creates it changes this too. Canonical JSON. NULL: it
	 * depends.
	 */
	const char *created;
	/*
	 * Of a set: why it is said and taken back only as a whole, such as that
	 * an empty one stands for everything. NULL: members may be named.
	 */
	const char *whole_only;
	/*
	 * Who had access may have done what closing it does not take back: a
	 * line that says so, wherever access is opened or closed. NULL: none.
	 */
	const char *aftermath;
	/*
	 * It is a map whose keys are settings of another resource: of the one
	 * that this setting of the same kind names, which is of kind passes_to.
	 * See plans/planner_pass.h. NULL: it is not.
	 */
	const char *passes_through;
	enum kind passes_to;
	/*
	 * Why no call brings back what was there before, whichever way it is
	 * changed; the text stands in the plan. NULL: the calls decide it.
	 */
	const char *one_way;
	/*
	 * What whoever makes a change of it, or takes one back, has to know;
	 * said in the plan. NULL: nothing.
	 */
	const char *caveat;
	/*
	 * The setting of the same kind that this one is a way to ask for:
	 * changes are of that one, `via` this (kind_ops.expand). NULL: none.
	 */
	const char *expands;

	/* valid values */
	long long min, max; /* TYPE_INT; sets and strings: of the length */
	const char *choices[SETTING_CHOICES_MAX]; /* also of a set's members */
	/*
	 * TYPE_INT: a word that is a value too and stands above all numbers,
	 * such as "never"; null means it where that may be asked for.
	 * NULL: none.
	 */
	const char *word;
	/* a further check; NULL: none. ERR_DESIRED. */
	int (*check)(const json_t *value, struct error *err);
	bool nullable; /* null ("unset") may be asked for */
	/* only {include, exclude}: others have members that are theirs */
	bool members_only;
	struct setting_part parts[SETTING_PARTS_MAX]; /* TYPE_STRING, _SET */

	enum effect effect;
	enum loss loss;
	bool restart;     /* each direction needs or causes a restart */
	bool slow;        /* AWS may be at it for many minutes */
	unsigned lookups; /* bits of enum lookup; 0: none */
	/*
	 * The fact of a resource (plans/lookup.h) that, where it is true,
	 * makes the change restart nothing: it is EFFECT_DEFERRABLE then.
	 */
	const char *spared_by;
	enum exposure exposure;
	/* the words, separated by blanks, of which any opens access */
	const char *weak;
	/* settings of a resource with the same text here are valid only
	 * together: one call has those that change; NULL: none */
	const char *together;
	/* it may cut clients off: calls that change others come first */
	bool cuts_off;

	/* STANDING_SECRET, LATER, OTHER_KIND, ACTION: why; FIXED: why no call
	 */
	const char *reason;
	const char *remedy;  /* STANDING_FIXED: what a person can do */
	const char *belongs; /* STANDING_OTHER_KIND: "cluster" */

	/*
	 * "critical", "high", "medium", "low", "info"; NULL: the controls that
	 * look at it say so (setting_severity of plans/controls.h).
	 */
	const char *severity;
	const char *source; /* the AWS page that says so */
};

/*
 * The rows of a kind: sorted by name, and where the kind's rows are open,
 * behind them those that were made since, in the order of their making. Where
 * they stand they stay.
 */
const struct setting *catalogue_rows(enum kind kind, size_t *ret_len);
/*
 * A kind may have settings that no table can list. What a row for one of them
 * is like, its name apart; NULL: the kind's rows are all there are. *ret_form
 * is what such names look like, as a regular expression.
 */
const struct setting *catalogue_open(enum kind kind, const char **ret_form);
/* The row's index among catalogue_rows(setting->kind). */
size_t catalogue_index(const struct setting *setting);

/**
 * Find the setting that a rule names; where the kind's rows are open, and the
 * name is one that a row may have, make it.
 *
 * @param kind     the kind that the rule matches
 * @param name     as written in aback.yaml, UTF-8; borrowed
 * @param ret_row  set on success only; borrowed, valid for ever
 * @param err      ERR_UNKNOWN_SETTING, with the nearest name as its hint
 * @return 0, or -1 with err set
 */
MUST_CHECK int catalogue_find(enum kind kind, const char *name,
			      const struct setting **ret_row,
			      struct error *err);

/* Like catalogue_find, but NULL for an unknown name and no error. Borrowed. */
const struct setting *catalogue_get(enum kind kind, const char *name);
/* Like catalogue_get, but makes no row where the kind's rows are open. */
const struct setting *catalogue_lookup(enum kind kind, const char *name);

/*
 * For each of the settings that the row's `companions` name: fn. They always
 * exist (a test holds the rows to it).
 */
void catalogue_companions(const struct setting *setting,
			  void (*fn)(void *ctx,
				     const struct setting *companion),
			  void *ctx);

/*
 * Is this value of the setting a maintenance window that now is in? Set to
 * that, AWS does at once whatever is pending.
 */
bool setting_opens_window(const struct setting *setting, const json_t *value,
			  int64_t now);
/* A time of day or of the week, which must not overlap the others. */
bool setting_is_window(const struct setting *setting);

/*
 * The row's effect, and whether a change of it restarts anything, on a resource
 * of which these facts are known; NULL: none.
 */
enum effect setting_effect(const struct setting *setting, const json_t *facts);
bool setting_restarts(const struct setting *setting, const json_t *facts);

/*
 * The facts, of those given, that a change of the setting rests on; a new
 * object, or NULL where there are none.
 */
json_t *setting_facts(const struct setting *setting, const json_t *facts);

/*
 * Does a call of this kind do at once whatever is pending on its resource? It
 * says ApplyImmediately, or is of a setting that is done `once`.
 */
bool call_sets_off_pending(enum kind kind, const char *call,
			   const json_t *parameters);

/* Must one be known to judge a change of the other? */
bool settings_belong_together(const struct setting *a, const struct setting *b);

/* The strings of the plan's fields. */
const char *effect_name(enum effect effect);

/* docs/settings.md, whole. */
void catalogue_markdown(struct strbuf *out);

#endif
