/*
 * The plan document, "aback-plan/1": docs/plan-format.md. Canonical JSON, so
 * that the same plan is the same bytes; `id` is the SHA-256 of the file with id
 * empty.
 */
#ifndef ABACK_PLANS_PLAN_H
#define ABACK_PLANS_PLAN_H

#include <stddef.h>
#include <stdint.h>

#include "core/compiler.h"
#include "core/error.h"
#include "core/json.h"
#include "core/strbuf.h"
#include "plans/place.h"

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
	size_t *steps;
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
	json_t *parameters;
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
	 * blocked + before, after, remedy; held + change, by, after;
	 * waived + expires; skipped; conflicts + set, live, prior;
	 * waiting + pending.
	 */
	json_t *blocked, *held, *waived, *skipped, *conflicts, *waiting;
};

struct plan *plan_new(void);
void plan_free(struct plan *plan);
struct plan_change *plan_add_change(struct plan *plan);
struct plan_step *plan_add_step(struct plan *plan);

/*
 * Sort everything by target, address and setting (steps keep their order
 * within a resource; all indexes follow), and set id.
 */
void plan_finish(struct plan *plan);
/* The file's bytes. */
void plan_write(const struct plan *plan, struct strbuf *out);

/*
 * Parse and check a plan file's bytes: ERR_FORMAT for what is no plan or of a
 * newer format; ERR_EDITED when the digest is wrong, the bytes are not
 * canonical, an index is out of range, or a step's parameters do not amount to
 * exactly the changes that name it.
 */
MUST_CHECK int plan_parse(const char *name, const char *bytes, size_t len,
			  struct plan **ret_plan, struct error *err);
MUST_CHECK int plan_load(const char *path, struct strbuf *ret_bytes,
			 struct plan **ret_plan, struct error *err);

/* All classes of consent that the plan needs, sorted. New reference. */
json_t *plan_consent(const struct plan *plan);

#endif
