/*
 * The plan document, "aback-plan/1": docs/plan-format.md. Canonical JSON, so
 * that the same plan is the same bytes; `id` is the SHA-256 of the file with id
 * empty.
 */
#ifndef ABACK_PLANS_PLAN_H
#define ABACK_PLANS_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/compiler.h"
#include "core/error.h"
#include "core/json.h"
#include "core/strbuf.h"
#include "plans/place.h"

#define PLAN_FORMAT "aback-plan/1"

struct plan_change {
	char *target;
	char *address;
	char *resource_id;
	char *setting;
	json_t *before, *after;
	char *unit;      /* NULL: none */
	char *via;       /* NULL: none */
	char *rule_name; /* NULL: of a backout */
	int64_t rule_line;
	json_t *controls;
	char *severity;
	/* "immediate", "asynchronous", "window", "reboot", "restart" */
	char *effect;
	/* "reversible", "restart", "lossy", "one-way" */
	char *reversibility;
	json_t *consent; /* sorted classes that doing it needs */
	json_t *backout_consent;
	/*
	 * What of our own is pending for the setting and is taken back by this
	 * change (only in a backout); JSON null: nothing is pending for it.
	 */
	json_t *pending;
	/*
	 * Only in a backout, else JSON null: {"change": the change that is
	 * undone, "set": the value it left, "prior": the value it had found,
	 * "redo": whether it was itself a backout}.
	 */
	json_t *undoes;
	/*
	 * What else of live the cost rests on: {"<fact>": true}, the one that
	 * the row's spared_by names. It must hold when the plan is applied.
	 * NULL: nothing.
	 */
	json_t *facts;
	size_t *steps; /* ascending */
	size_t steps_len;
};

struct plan_step {
	char *target;
	char *address;
	char *resource_id;
	size_t *needs; /* indexes of steps */
	size_t needs_len;
	char *call;         /* "rds:ModifyDBCluster" */
	json_t *companions; /* {"<setting>": value} */
	json_t *parameters; /* {"<wire name>": "<text>"} */
	char *backout_call; /* NULL: none, see backout_reason */
	json_t *backout_parameters;
	char *backout_reason;
};

struct plan {
	char *id;       /* "sha256:…" */
	char *kind;     /* "apply", "backout", "restore" */
	char *reverses; /* a change id; NULL */
	char *created_at;
	char *created_by;
	char *tool;
	json_t *desired; /* {"path","sha256","git_blob"} or JSON null */
	struct target *targets;
	size_t targets_len;
	struct plan_change *changes;
	size_t changes_len, changes_cap;
	struct plan_step *steps;
	size_t steps_len, steps_cap;
	/*
	 * Arrays of objects, each with target, address, setting and reason:
	 * blocked + before, after, remedy; held + change, by, at, after;
	 * waived + expires; skipped; conflicts + change, set, live, prior;
	 * waiting + pending. In skipped, target, address and setting are null
	 * where the line is not about one.
	 */
	json_t *blocked, *held, *waived, *skipped, *conflicts, *waiting;
	/*
	 * The same, of what people should know who change a resource
	 * (resource.notes), where setting is null, or a setting (its
	 * aftermath). In the file only where there are some.
	 */
	json_t *notes;
	/*
	 * Texts of what the policy will say when it is applied, for people
	 * who look at it before. Not in the file.
	 */
	json_t *foreseen;
	json_t *foreseen_back; /* and of its backout, which it would refuse */
	struct strbuf bytes;   /* of the file, once the plan is finished */
};

/* Empty: texts NULL, arrays empty, values JSON null. */
struct plan *plan_new(void);
void plan_free(struct plan *plan); /* NULL does nothing */
DEFINE_CLEANUP(plan_cleanup, struct plan *, plan_free)

/* Valid until the next one of the same array is added. */
struct plan_change *plan_add_change(struct plan *plan);
struct plan_step *plan_add_step(struct plan *plan);

/*
 * Add {target, address, setting, reason} to one of the arrays above and return
 * it (borrowed), for what else its kind of entry has. Each text may be NULL.
 */
json_t *plan_note(json_t *array, const char *target, const char *address,
		  const char *setting, const char *reason);

/*
 * The change of one setting, or NULL; and the entry about one, in an array of
 * objects that is sorted by target, address and setting: those of a plan, and
 * the `changes` of a result. Borrowed.
 */
const struct plan_change *plan_find_change(const struct plan *plan,
					   const char *target,
					   const char *address,
					   const char *setting);
json_t *plan_find_entry(const json_t *entries, const char *target,
			const char *address, const char *setting);

/*
 * Sort everything by target, address and setting (steps keep their order
 * within a resource, and what a step needs comes before it; all indexes
 * follow), and set id and bytes. After any
 * change to it a plan must be finished anew.
 */
void plan_finish(struct plan *plan);
void plan_sort(struct plan *plan); /* the sorting alone */
/* The file's bytes. */
void plan_write(const struct plan *plan, struct strbuf *out);
/* One element of the file's `steps`, not indented. */
void plan_write_step(const struct plan_step *step, size_t index,
		     struct strbuf *out);

/*
 * Parse and check a plan file's bytes; name is for messages. ERR_FORMAT: it is
 * no plan, of a newer format, or a member is missing, unknown or of a wrong
 * type. ERR_EDITED: the digest is wrong, the bytes are not canonical, an index
 * is out of range, or the steps are not exactly the calls that the changes
 * amount to. bytes need no NUL at the end.
 */
MUST_CHECK int plan_parse(const char *name, const char *bytes, size_t len,
			  struct plan **ret_plan, struct error *err);
/*
 * The same for a plan that a change recorded: whoever planned it has had it
 * checked, and a later catalogue that would build other calls must not stand in
 * the way of its backout. Format and digest are checked, the calls are not.
 * ERR_STATE: it is not as it was recorded.
 */
MUST_CHECK int plan_parse_recorded(const char *name, const char *bytes,
				   size_t len, struct plan **ret_plan,
				   struct error *err);
/* Read the file (or "-") and parse it. ret_bytes: what was read. */
MUST_CHECK int plan_load(const char *path, struct strbuf *ret_bytes,
			 struct plan **ret_plan, struct error *err);

/*
 * A JSON Schema (draft 2020-12) of the file, which every plan that plan_parse
 * accepts satisfies. New reference. (plans/schema_plan.c)
 */
json_t *plan_schema(void);

/*
 * Are the steps exactly what the planner makes of the changes, and does each
 * change's effect, cost and consent follow from the catalogue? ERR_EDITED.
 * (plans/plan_check.c; plan_parse calls it.)
 */
MUST_CHECK int plan_check(const struct plan *plan, struct error *err);

/*
 * Does the change only follow from others of the plan (a foretold setting,
 * `via` its causes)? Without its consent to restart it is left out, and they
 * end as waiting.
 */
bool plan_change_follows(const struct plan_change *change);
/*
 * All classes of consent that the plan needs, sorted; what only follows needs
 * none to restart. New reference.
 */
json_t *plan_consent(const struct plan *plan);

#endif
