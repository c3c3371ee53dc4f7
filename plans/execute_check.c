/* Everything that an apply is refused for before AWS is asked. */
#include <string.h>

#include "core/limits.h"
#include "core/mem.h"
#include "plans/backout.h"
#include "plans/drift.h"
#include "plans/confirm.h"
#include "plans/execute_run.h"
#include "plans/hold.h"
#include "plans/value.h"
#include "state/gate_branch.h"
#include "state/record.h"

/* ---- the desired file ------------------------------------------------- */

static const struct target *target_of(const struct target *targets, size_t len,
				      const char *name)
{
	for (size_t i = 0; i < len; i++)
		if (strcmp(targets[i].name, name) == 0)
			return &targets[i];
	return NULL;
}

static bool same_text(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

/* now: the file's target of that name; NULL: it has none. */
static int check_target(const struct target *of, const struct target *now,
			const char *path, struct error *err)
{
	if (!now)
		return error_set(err, ERR_WRONG_PLACE,
				 "the plan is for the target '%s', which '%s' "
				 "does not have",
				 of->name, path);
	if (strcmp(of->account_id, now->account_id) != 0 ||
	    strcmp(of->region, now->region) != 0)
		return error_set(err, ERR_WRONG_PLACE,
				 "in the plan the target '%s' is account %s in "
				 "%s, in '%s' it is account %s in %s",
				 of->name, of->account_id, of->region, path,
				 now->account_id, now->region);
	if (!same_text(of->role_arn, now->role_arn))
		return error_set(err, ERR_WRONG_PLACE,
				 "the target '%s' has the role '%s' in the "
				 "plan and '%s' in '%s'",
				 of->name, of->role_arn ? of->role_arn : "none",
				 now->role_arn ? now->role_arn : "none", path);
	return 0;
}

static int check_targets(const struct plan *plan, const struct desired *desired,
			 struct error *err)
{
	for (size_t i = 0; i < plan->targets_len; i++) {
		const struct target *of = &plan->targets[i];
		const struct target *now = target_of(
			desired->targets, desired->targets_len, of->name);

		if (check_target(of, now, desired->path, err) < 0) {
			error_hint(err, "name the file that it was made from "
					"with -f, or make the plan again");
			return -1;
		}
	}
	return 0;
}

static int check_desired(const struct plan *plan, const struct desired *desired,
			 struct error *err)
{
	const char *sha256 = json_text(plan->desired, "sha256");

	if (!json_is_object(plan->desired)) {
		if (strcmp(plan->kind, "apply") != 0)
			return 0; /* needs only the store */
		return error_set(err, ERR_EDITED,
				 "a plan of kind '%s' must name the file that "
				 "it was made from",
				 plan->kind);
	}
	if (!desired)
		return error_set(err, ERR_STALE,
				 "the file that the plan was made from is not "
				 "there");
	/* where the plan runs is worse to mistake than what it was made from */
	if (check_targets(plan, desired, err) < 0)
		return -1;
	if (sha256 && strcmp(sha256, desired->sha256) == 0)
		return 0;
	error_set(err, ERR_STALE, "'%s' changed since the plan was made",
		  desired->path);
	error_hint(err, "make the plan again and have it reviewed");
	return -1;
}

/* An automatic backout is part of a change that passed. */
static int check_gate(const struct desired *desired, struct store *store,
		      const struct execute_options *options, struct error *err)
{
	CLEANUP(gate_pin_release) struct gate_pin pin = { 0 };

	if (options->automatic ||
	    (options->gate && !json_is_null(options->gate)))
		return 0; /* null: when it was asked there was none */
	if (gate_pin_load(store, &pin, err))
		return -1;
	if (!pin.branch && !(desired && desired->gate_line))
		return 0;
	(void)error_set(err, ERR_GATE,
			options->gate ? "the store '%s' pins a gate, which "
					"this copy did not know of before"
				      : "the gate of '%s' was not asked about "
					"this plan",
			store_path(store));
	if (options->gate)
		error_hint(err, "it has been fetched: give the command again");
	return -1;
}

/* ---- consent ---------------------------------------------------------- */

/* A class of consent names so many of its changes; the plan shows more. */
#define CONSENT_NAMED 3

/* "'--allow lossy' for cluster/a:backup_retention_period, …" */
static void consent_line(const struct plan *plan, const char *class,
			 struct strbuf *out)
{
	size_t shown = 0, len = 0;

	strbuf_addf(out, "%s'--allow %s' for ", out->len > 0 ? "; " : "",
		    class);
	if (!strcmp(class, "many")) {
		strbuf_adds(out,
			    "more clusters than limits.max_clusters allows");
		return;
	}
	for (size_t i = 0; i < plan->changes_len; i++) {
		const struct plan_change *change = &plan->changes[i];

		if (!json_array_has(change->consent, class))
			continue;
		if (len++ >= CONSENT_NAMED)
			continue;
		strbuf_addf(out, "%s%s:%s", shown++ > 0 ? ", " : "",
			    change->address, change->setting);
	}
	if (len > shown)
		strbuf_addf(out, " and %zu more", len - shown);
}

static int check_consent(const struct plan *plan, const json_t *allow,
			 struct error *err)
{
	struct strbuf CLEANUP(strbuf_release) missing =
		STRBUF_INIT(LIMIT_MESSAGE);
	struct strbuf CLEANUP(strbuf_release) flags =
		STRBUF_INIT(LIMIT_MESSAGE);
	json_t CLEANUP(json_release) *needed = plan_consent(plan);
	size_t i;
	const json_t *class;

	json_array_foreach(needed, i, class) {
		const char *name = json_string_value(class);

		if (json_array_has(allow, name))
			continue;
		consent_line(plan, name, &missing);
		strbuf_addf(&flags, " --allow %s", name);
	}
	if (missing.len == 0)
		return 0;
	error_set(err, ERR_CONSENT, "the plan needs consent: %s", missing.buf);
	error_hint(err, "if that is meant, add%s", flags.buf);
	return -1;
}

/* ---- the store -------------------------------------------------------- */

static int check_already_run(const struct plan *plan, struct store *store,
			     struct error *err)
{
	char CLEANUP(free_ptr) *id = NULL;

	if (record_of_plan(store, plan->id, &id, err) < 0)
		return -1;
	if (!id)
		return 0;
	error_set(err, ERR_ALREADY_RUN,
		  "the plan was run before, as the change %s: a plan runs once",
		  id);
	error_hint(err, "aback show %s", id);
	return -1;
}

static int check_holds(const struct plan *plan, struct store *store,
		       struct error *err)
{
	struct holds CLEANUP(holds_release) holds = { 0 };

	if (holds_load(store, &holds, err) < 0)
		return -1;
	return holds_refuse(&holds, plan, err);
}

static bool shares_place(const json_t *a, const json_t *b)
{
	size_t i;
	const json_t *path;

	json_array_foreach(a, i, path)
		if (json_array_has(b, json_string_value(path)))
			return true;
	return false;
}

static int refuse_unfinished(const struct record *record, void *paths,
			     struct error *err)
{
	if (record->result ||
	    !shares_place(paths, json_object_get(record->change, "places")))
		return 0;
	error_set(err, ERR_UNFINISHED,
		  "the change %s, begun %s, is not finished: it runs "
		  "now or was cut off",
		  record->id, json_text(record->change, "started_at"));
	error_hint(err, "aback resume %s", record->id);
	return -1;
}

/* ERR_UNFINISHED: a change without result.json has one of these places. */
static int check_unfinished(struct store *store, const json_t *paths,
			    struct error *err)
{
	return records_each(store, NULL, refuse_unfinished,
			    (json_t *)(uintptr_t)paths, err);
}

/* Does the plan itself take back what is pending there? */
static bool takes_back(const struct plan *plan, const char *target,
		       const char *address, const char *setting)
{
	const struct plan_change *change =
		plan_find_change(plan, target, address, setting);

	return change && !json_is_null(change->pending);
}

static bool touches(const struct plan *plan, const char *target,
		    const char *address)
{
	size_t low = 0, high = plan->steps_len;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;
		const struct plan_step *step = &plan->steps[middle];
		int order = strcmp(target, step->target);

		if (!order)
			order = strcmp(address, step->address);
		if (!order)
			return true;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return false;
}

/*
 * Is something pending for the setting, as far as live knows? What only waits
 * for a reboot is live already, and no call sets it off.
 */
static bool pends(const struct live *live, const char *target,
		  const char *address, const char *name)
{
	const struct resource *resource = live_find(live, target, address);
	const struct setting *setting =
		resource ? catalogue_get(resource->kind, name) : NULL;

	return setting && resource_pending(resource, setting) &&
	       !value_equal(setting, resource_pending(resource, setting),
			    resource_value(resource, setting));
}

/* One entry of a record's changes: does it still wait in the plan's way? */
static bool waits(const json_t *change, const struct plan *plan,
		  const struct live *live)
{
	const char *state = json_text(change, "state");
	const char *target = json_text(change, "target");
	const char *address = json_text(change, "address");
	const char *name = json_text(change, "setting");

	return state && target && address && name &&
	       strcmp(state, "waiting") == 0 &&
	       touches(plan, target, address) &&
	       !takes_back(plan, target, address, name) &&
	       pends(live, target, address, name);
}

struct waiting {
	const struct plan *plan;
	const struct live *live;
};

static int refuse_waits(const struct record *record, void *ctx,
			struct error *err)
{
	const struct waiting *waiting = ctx;
	size_t i;
	const json_t *change;

	json_array_foreach(json_object_get(record->result, "changes"), i,
			   change) {
		if (!waits(change, waiting->plan, waiting->live))
			continue;
		error_set(err, ERR_UNFINISHED,
			  "%s:%s still waits for the maintenance window, from "
			  "the change %s",
			  json_text(change, "address"),
			  json_text(change, "setting"), record->id);
		error_hint(err,
			   "apply after the window, or take it back with: "
			   "aback backout %s",
			   record->id);
		return -1;
	}
	return 0;
}

int check_waiting(struct store *store, const struct plan *plan,
		  const struct live *live, struct error *err)
{
	struct waiting waiting = { .plan = plan, .live = live };

	return records_each(store, NULL, refuse_waits, &waiting, err);
}

/* ---- all of it -------------------------------------------------------- */

/* The places of the steps, from the plan's own targets. */
static json_t *paths_of_targets(const struct plan *plan)
{
	json_t *paths = json_array();

	for (size_t i = 0; i < plan->steps_len; i++) {
		const char *name = plan->steps[i].target;
		const struct target *target =
			target_of(plan->targets, plan->targets_len, name);
		char CLEANUP(free_ptr) *path =
			target ? xasprintf("%s/%s", target->account_id,
					   target->region)
			       : xstrdup(name); /* "<account>/global" */

		json_array_add_unique(paths, path);
	}
	return paths;
}

bool execute_undoes_itself(const struct execute_options *options)
{
	return options->confirm_within_s > 0 ||
	       options->on_failure == ON_FAILURE_BACKOUT;
}

int execute_check(const struct plan *plan, const struct desired *desired,
		  struct store *store, const struct execute_options *options,
		  struct error *err)
{
	static const char *const kinds[] = { "apply", "backout", "restore" };
	json_t CLEANUP(json_release) *paths = paths_of_targets(plan);
	bool known = false;

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		known |= strcmp(plan->kind, kinds[i]) == 0;
	if (!known)
		return error_set(err, ERR_FORMAT,
				 "a plan of kind '%s' is none that can be "
				 "applied",
				 plan->kind);
	/* what was cut off comes first: it is what to do next */
	if (check_unfinished(store, paths, err) < 0 ||
	    check_already_run(plan, store, err) < 0 ||
	    check_desired(plan, desired, err) < 0 ||
	    check_gate(desired, store, options, err) < 0 ||
	    check_holds(plan, store, err) < 0 ||
	    backout_check(plan, store, err) < 0 ||
	    restore_check(plan, store, err) < 0)
		return -1;
	if (confirm_check(plan, options, err) < 0)
		return -1;
	return check_consent(plan, options->allow, err);
}
