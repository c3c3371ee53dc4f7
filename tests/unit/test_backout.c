/*
 * Backouts against a store whose records a stand-in for the executor writes:
 * it takes every plan as carried out at once.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/clock.h"
#include "core/limits.h"
#include "plans/backout.h"
#include "plans/hold.h"
#include "plans/live.h"
#include "state/record.h"
#include "tests/unit/fleet.h"
#include "tests/unit/store_fixture.h"

#define BEGIN 1795486530 /* 2026-11-24T02:15:30Z */
#define PROTECTION "deletion_protection"
#define RETENTION "backup_retention_period"
#define LOGS "enabled_cloudwatch_logs_exports"

struct world {
	struct fixture *f;
	struct live *live;
	struct resource *orders, *role; /* in live */
	unsigned changes;               /* recorded so far, one a minute */
	char *ids[8];                   /* of them */
	struct plan *plan;              /* the last one made */
};

static int set_up(void **state)
{
	struct world *world = xcalloc(1, sizeof(*world));
	void *fixture = NULL;

	if (fixture_setup_store(&fixture))
		return -1;
	world->f = fixture;
	world->live = live_new();
	world->role = fleet_role("r");
	world->orders = fleet_cluster("orders");
	live_add(world->live, world->role);
	live_add(world->live, world->orders);
	live_sort(world->live);
	*state = world;
	return 0;
}

static int tear_down(void **state)
{
	struct world *world = *state;
	void *fixture = world->f;

	live_free(world->live);
	plan_free(world->plan);
	for (unsigned i = 0; i < world->changes; i++)
		free(world->ids[i]);
	free(world);
	return fixture_teardown(&fixture);
}

/* ---- the stand-in for the executor ---- */

static int64_t began(unsigned change)
{
	return BEGIN + 60 * change;
}

static struct resource *resource_at(struct world *world, const char *address)
{
	return !strcmp(address, world->orders->address) ? world->orders
							: world->role;
}

/* The values before, as prior.json has them. */
static json_t *prior_of(const struct plan *plan)
{
	json_t *values = json_array();

	for (size_t i = 0; i < plan->changes_len; i++) {
		const struct plan_change *change = &plan->changes[i];

		(void)json_array_append_new(
			values,
			json_pack("{s:s, s:s, s:s, s:s, s:O}", "target",
				  change->target, "address", change->address,
				  "resource_id", change->resource_id, "setting",
				  change->setting, "value", change->before));
	}
	return json_pack("{s:s, s:o}", "format", "aback-prior/1", "values",
			 values);
}

/* state: of every step, such as "done". */
static json_t *result_of(const char *id, const struct plan *plan,
			 const char *state)
{
	json_t *steps = json_array(), *changes = json_array();

	for (size_t i = 0; i < plan->steps_len; i++)
		(void)json_array_append_new(
			steps,
			json_pack("{s:i, s:s, s:n, s:n}", "index", (int)i,
				  "state", state, "reason", "request_id"));
	for (size_t i = 0; i < plan->changes_len; i++)
		(void)json_array_append_new(
			changes,
			json_pack("{s:s, s:s, s:s, s:s, s:O}", "target",
				  plan->changes[i].target, "address",
				  plan->changes[i].address, "setting",
				  plan->changes[i].setting, "state", state,
				  "value", plan->changes[i].after));
	return json_pack("{s:s, s:s, s:s, s:o, s:o}", "format",
			 "aback-result/1", "change", id, "state", state,
			 "steps", steps, "changes", changes);
}

static void put_record(const char *id, const char *name, json_t *file,
		       struct store_edits *edits)
{
	CLEANUP(json_release) json_t *owned = file;
	CLEANUP(free_ptr) char *path = record_path(id, name);

	store_edits_put_json(edits, path, owned);
}

/* Record a plan as run, with the holds. state NULL: cut off. */
static const char *record_run(struct world *world, const struct plan *plan,
			      const char *state)
{
	CLEANUP(store_edits_release) struct store_edits edits = { 0 };
	CLEANUP(strbuf_release)
	struct strbuf bytes = STRBUF_INIT(LIMIT_PLAN_FILE);
	CLEANUP(json_release) json_t *result = NULL;
	struct holds CLEANUP(holds_release) holds = { 0 };
	char at[CLOCK_TEXT_MAX], basic[CLOCK_TEXT_MAX];
	CLEANUP(free_ptr) char *plan_path = NULL;
	char *id = xasprintf("%s-00000%u",
			     clock_basic(began(world->changes), basic),
			     world->changes);

	world->ids[world->changes] = id;
	clock_rfc3339(began(world->changes), at);
	plan_path = record_path(id, "plan.json");
	plan_write(plan, &bytes);
	store_edits_put(&edits, plan_path, bytes.buf, bytes.len);
	put_record(id, "change.json",
		   json_pack("{s:s, s:s, s:s, s:s, s:s?, s:s}", "format",
			     "aback-change/1", "id", id, "plan_id", plan->id,
			     "kind", plan->kind, "reverses", plan->reverses,
			     "started_at", at),
		   &edits);
	put_record(id, "prior.json", prior_of(plan), &edits);
	if (state) {
		result = result_of(id, plan, state);
		put_record(id, "result.json", json_incref(result), &edits);
		assert_ok(world->f,
			  holds_load(world->f->store, &holds, &world->f->err));
		holds_record(&holds, plan, id, "dba", at, "because",
			     json_object_get(result, "changes"), &edits);
	}
	assert_ok(world->f,
		  store_commit(world->f->store, "Record", NULL, &edits,
			       STORE_PUSH_LATER, NULL, &world->f->err));
	world->changes++;
	return id;
}

/* Live becomes as planned. */
static void carry_out(struct world *world, const struct plan *plan)
{
	for (size_t i = 0; i < plan->changes_len; i++) {
		const struct plan_change *change = &plan->changes[i];
		struct resource *resource = resource_at(world, change->address);
		const size_t at =
			catalogue_index(row(resource->kind, change->setting));

		json_decref(resource->values[at]);
		resource->values[at] = json_deep_copy(change->after);
		json_decref(resource->pending[at]);
		resource->pending[at] = NULL;
		(void)json_object_clear(resource->pending_elements);
	}
}

/* One setting, by a rule. */
static struct plan *make_plan(struct world *world, struct resource *resource,
			      const char *setting, const char *after)
{
	struct wants CLEANUP(wants_release) wants = { 0 };
	const struct planner_input input = { .kind = "apply",
					     .targets = &fleet_target,
					     .targets_len = 1,
					     .created_by = "dba",
					     .now = BEGIN };

	wants_add(&wants,
		  &(struct want){ .resource = resource,
				  .setting = row(resource->kind, setting),
				  .after = j(after),
				  .rule_name = "a rule",
				  .rule_line = 1 });
	plan_free(world->plan);
	world->plan = planner_plan(&input, &wants);
	plan_finish(world->plan);
	assert_int_equal(world->plan->changes_len, 1);
	return world->plan;
}

/* And run it. Its id. */
static const char *apply(struct world *world, struct resource *resource,
			 const char *setting, const char *after)
{
	struct plan *plan = make_plan(world, resource, setting, after);

	carry_out(world, plan);
	return record_run(world, plan, "done");
}

static int try_plan(struct world *world, struct backout *backout,
		    const char *only, const char *force)
{
	const struct backout_options options = {
		.only = { &only, only != NULL },
		.force = { &force, force != NULL },
		.created_by = "dba",
		.now = BEGIN,
	};
	struct plan *plan = NULL;
	int rc = backout_plan(backout, world->live, &options, &plan,
			      &world->f->err);

	backout_free(backout);
	if (!rc) {
		plan_free(world->plan);
		world->plan = plan;
	}
	return rc;
}

/* The backout plan of a change; NULL: refused, see f->err. */
static struct plan *back(struct world *world, const char *id, const char *only,
			 const char *force)
{
	struct backout *backout = NULL;

	error_release(&world->f->err);
	if (backout_of_change(world->f->store, id, &backout, &world->f->err) ||
	    try_plan(world, backout, only, force))
		return NULL;
	return world->plan;
}

static struct plan *back_to(struct world *world, int64_t when)
{
	struct backout *backout = NULL;

	error_release(&world->f->err);
	if (backout_to_time(world->f->store, when, &backout, &world->f->err) ||
	    try_plan(world, backout, NULL, NULL))
		return NULL;
	return world->plan;
}

static const char *run_back(struct world *world, struct plan *plan)
{
	if (!plan)
		assert_ok(world->f, -1);
	carry_out(world, plan);
	return record_run(world, plan, "done");
}

/* ---- looking ---- */

static void assert_json(const json_t *value, const char *text)
{
	CLEANUP(json_release) json_t *expected = j(text);

	if (!json_equal(value, expected)) {
		CLEANUP(strbuf_release)
		struct strbuf is = STRBUF_INIT(LIMIT_MESSAGE);

		if (value)
			json_compact(value, &is);
		fail_msg("is %s, not %s", value ? is.buf : "NULL", text);
	}
}

/* The plan's one change takes the setting to that value, and is sound. */
static void assert_restores(struct world *world, struct plan *plan,
			    const char *after)
{
	CLEANUP(strbuf_release)
	struct strbuf bytes = STRBUF_INIT(LIMIT_PLAN_FILE);
	struct plan *read = NULL;

	if (!plan)
		assert_ok(world->f, -1);
	assert_int_equal(plan->changes_len, 1);
	assert_json(plan->changes[0].after, after);
	assert_string_equal(plan->kind, "backout");
	assert_true(json_is_null(plan->desired));
	plan_write(plan, &bytes);
	assert_ok(world->f, plan_parse("back.json", bytes.buf, bytes.len, &read,
				       &world->f->err));
	plan_free(read);
}

/* Nothing to do, and a line that says so. */
static void assert_skips(struct world *world, struct plan *plan,
			 const char *text)
{
	if (!plan)
		assert_ok(world->f, -1);
	assert_int_equal(plan->changes_len, 0);
	assert_int_equal(json_array_size(plan->conflicts), 0);
	assert_int_equal(json_array_size(plan->skipped), 1);
	assert_non_null(strstr(
		json_text(json_array_get(plan->skipped, 0), "reason"), text));
}

/* Refused, since it is all there is and in conflict. */
static void assert_conflict(struct world *world, struct plan *plan,
			    const char *text)
{
	assert_null(plan);
	assert_error(world->f, ERR_CONFLICT, text);
}

/* ---- one change ---- */

static void test_backout_plan__restores_the_prior_value(void **state)
{
	struct world *world = *state;
	const char *id = apply(world, world->orders, RETENTION, "14");
	struct plan *plan = back(world, id, NULL, NULL);

	assert_restores(world, plan, "7");
	assert_string_equal(plan->reverses, id);
	assert_int_equal(plan->targets_len, 1);
	/* raising was reversible, taking it back is not */
	assert_json(plan->changes[0].consent, "['lossy']");
	assert_string_equal(json_text(plan->changes[0].undoes, "change"), id);
	assert_json(json_object_get(plan->changes[0].undoes, "set"), "14");
	assert_json(json_object_get(plan->changes[0].undoes, "redo"), "false");
}

static void test_backout_of_change__takes_the_beginning_of_an_id(void **state)
{
	struct world *world = *state;

	(void)apply(world, world->orders, RETENTION, "14");
	assert_restores(world, back(world, "20261124T0215", NULL, NULL), "7");
}

static void test_backout_plan__already_as_before_is_nothing(void **state)
{
	struct world *world = *state;
	const char *id = apply(world, world->orders, RETENTION, "14");

	set_live(world->orders, RETENTION, "7");
	assert_skips(world, back(world, id, NULL, NULL), "already as before");
}

static void test_backout_plan__somebody_elses_value_is_a_conflict(void **state)
{
	struct world *world = *state;
	const char *id = apply(world, world->orders, RETENTION, "14");

	set_live(world->orders, RETENTION, "21");
	assert_conflict(world, back(world, id, NULL, NULL),
			"somebody else changed it since: it is 21");
	assert_restores(
		world, back(world, id, NULL, "cluster/orders:" RETENTION), "7");
}

static void
test_backout_plan__conflicts_are_listed_beside_the_rest(void **state)
{
	struct world *world = *state;
	struct wants CLEANUP(wants_release) wants = { 0 };
	const struct planner_input input = { .kind = "apply",
					     .targets = &fleet_target,
					     .targets_len = 1,
					     .created_by = "dba",
					     .now = BEGIN };
	struct plan *plan;

	wants_add(&wants,
		  &(struct want){ .resource = world->orders,
				  .setting = row(KIND_CLUSTER, RETENTION),
				  .after = j("14") });
	wants_add(&wants,
		  &(struct want){ .resource = world->orders,
				  .setting = row(KIND_CLUSTER, PROTECTION),
				  .after = j("true") });
	world->plan = planner_plan(&input, &wants);
	plan_finish(world->plan);
	carry_out(world, world->plan);
	(void)record_run(world, world->plan, "done");
	set_live(world->orders, RETENTION, "21");
	plan = back(world, world->ids[0], NULL, NULL);
	assert_restores(world, plan, "false");
	assert_int_equal(json_array_size(plan->conflicts), 1);
	assert_json(json_object_get(json_array_get(plan->conflicts, 0), "live"),
		    "21");
	/* --only leaves the other out altogether */
	plan = back(world, world->ids[0], "cluster/orders:" PROTECTION, NULL);
	assert_restores(world, plan, "false");
	assert_int_equal(json_array_size(plan->conflicts), 0);
}

static void test_backout_plan__another_resource_under_the_name(void **state)
{
	struct world *world = *state;
	const char *id = apply(world, world->orders, RETENTION, "14");

	free(world->orders->resource_id);
	world->orders->resource_id = xstrdup("cluster-NEW");
	assert_conflict(world, back(world, id, NULL, NULL), "another resource");
	/* which no force passes */
	assert_conflict(world,
			back(world, id, NULL, "cluster/orders:" RETENTION),
			"another resource");
}

static void test_backout_plan__a_resource_that_is_gone(void **state)
{
	struct world *world = *state;
	const char *id = apply(world, world->orders, RETENTION, "14");

	free(world->orders->address);
	world->orders->address = xstrdup("cluster/renamed");
	live_sort(world->live);
	assert_conflict(world,
			back(world, id, NULL, "cluster/orders:" RETENTION),
			"not there any more");
}

static void test_backout_plan__only_and_force_must_match(void **state)
{
	struct world *world = *state;
	const char *id = apply(world, world->orders, RETENTION, "14");

	assert_null(back(world, id, "cluster/ordres", NULL));
	assert_error(world->f, ERR_NOT_FOUND, "did you mean 'cluster/orders'");
	assert_null(back(world, id, "cluster/orders:" PROTECTION, NULL));
	assert_error(world->f, ERR_NOT_FOUND, PROTECTION);
	assert_null(back(world, id, NULL, "cluster/orders:" PROTECTION));
	assert_error(world->f, ERR_NOT_FOUND, PROTECTION);
	assert_null(back(world, id, NULL, "cluster/orders"));
	assert_error(world->f, ERR_USAGE, "no setting");
	assert_null(back(world, id, "bucket/x", NULL));
	assert_error(world->f, ERR_USAGE, "bucket");
	assert_null(back(world, id, "cluster/orders:prot", NULL));
	assert_error(world->f, ERR_USAGE, "did you mean 'port'");
}

/* ---- what took effect ---- */

static void test_backout_of_change__what_failed_is_not_undone(void **state)
{
	struct world *world = *state;
	struct plan *plan = make_plan(world, world->orders, RETENTION, "14");
	const char *id = record_run(world, plan, "failed");

	/* and somebody else has set the very value since */
	set_live(world->orders, RETENTION, "14");
	assert_skips(world, back(world, id, NULL, NULL), "never took effect");
}

static void test_backout_of_change__unknown_may_have_happened(void **state)
{
	struct world *world = *state;
	struct plan *plan = make_plan(world, world->orders, RETENTION, "14");
	const char *id = record_run(world, plan, "unknown");

	assert_skips(world, back(world, id, NULL, NULL), "already as before");
	set_live(world->orders, RETENTION, "14");
	assert_restores(world, back(world, id, NULL, NULL), "7");
}

static void test_backout_of_change__what_waits_is_taken_back(void **state)
{
	struct world *world = *state;
	struct plan *plan = make_plan(world, world->orders, RETENTION, "14");
	const char *id = record_run(world, plan, "waiting");

	set_pending(world->orders, RETENTION, "14");
	plan = back(world, id, NULL, NULL);
	assert_restores(world, plan, "7");
	assert_json(plan->changes[0].before, "7");
	assert_json(plan->changes[0].pending, "14");
	/* and the backout of that sets what was to come */
	assert_restores(world, back(world, run_back(world, plan), NULL, NULL),
			"14");
}

static void test_backout_of_change__cut_off_is_refused(void **state)
{
	struct world *world = *state;
	struct plan *plan = make_plan(world, world->orders, RETENTION, "14");
	const char *id = record_run(world, plan, NULL);

	assert_null(back(world, id, NULL, NULL));
	assert_error(world->f, ERR_UNFINISHED, "aback resume");
}

static void test_backout_of_change__a_later_one_cut_off_is_refused(void **state)
{
	struct world *world = *state;
	const char *id = apply(world, world->orders, RETENTION, "14");
	const char *other = apply(world, world->orders, PROTECTION, "true");

	(void)record_run(
		world, make_plan(world, world->orders, RETENTION, "21"), NULL);
	assert_null(back(world, id, NULL, NULL));
	assert_error(world->f, ERR_UNFINISHED, "set 'cluster/orders");
	/* it says nothing about other settings */
	assert_restores(world, back(world, other, NULL, NULL), "false");
}

static void test_backout_of_change__some_steps_of_a_set(void **state)
{
	struct world *world = *state;
	struct plan *plan = make_plan(world, world->role, "managed_policy_arns",
				      "['arn:aws:iam::aws:policy/A']");
	const char *id = record_run(world, plan, "done");
	CLEANUP(free_ptr) char *path = record_path(id, "result.json");

	/* it attached, and could not detach */
	assert_int_equal(plan->steps_len, 2);
	assert_ok(world->f,
		  put_file(world->f, world->f->store, path,
			   "{\"format\": \"aback-result/1\", \"steps\": "
			   "[{\"index\": 0, \"state\": \"done\"}, "
			   "{\"index\": 1, \"state\": \"failed\"}]}",
			   STORE_PUSH_LATER));
	set_live(world->role, "managed_policy_arns",
		 "['arn:aws:iam::aws:policy/A', 'arn:aws:iam::aws:policy/Old',"
		 " 'arn:aws:iam::aws:policy/Theirs']");
	assert_restores(world, back(world, id, NULL, NULL),
			"['arn:aws:iam::aws:policy/Old', "
			"'arn:aws:iam::aws:policy/Theirs']");
}

/* ---- sets ---- */

static void test_backout_plan__sets_merge_per_member(void **state)
{
	struct world *world = *state;
	const char *id;

	set_live(world->orders, LOGS, "['error', 'general']");
	id = apply(world, world->orders, LOGS, "['audit', 'error']");
	/* others add one and take one that is not ours */
	set_live(world->orders, LOGS, "['audit', 'slowquery']");
	assert_restores(world, back(world, id, NULL, NULL),
			"['general', 'slowquery']");
}

static void test_backout_plan__nothing_of_ours_left_in_a_set(void **state)
{
	struct world *world = *state;
	const char *id = apply(world, world->orders, LOGS, "['audit']");

	set_live(world->orders, LOGS, "['slowquery']");
	assert_skips(world, back(world, id, NULL, NULL), "nothing of ours");
}

static void test_backout_plan__a_later_change_of_a_set_stays(void **state)
{
	struct world *world = *state;
	const char *first = apply(world, world->orders, LOGS, "['audit']");

	(void)apply(world, world->orders, LOGS, "['audit', 'error']");
	assert_restores(world, back(world, first, NULL, NULL), "['error']");
}

/* ---- later changes ---- */

static void test_backout_plan__set_again_later_names_the_change(void **state)
{
	struct world *world = *state;
	const char *first = apply(world, world->orders, RETENTION, "14");
	const char *later = apply(world, world->orders, RETENTION, "21");

	assert_conflict(world, back(world, first, NULL, NULL), later);
	/* the later one goes first, then the earlier one follows */
	assert_restores(world, back(world, later, NULL, NULL), "14");
	(void)run_back(world, world->plan);
	assert_restores(world, back(world, first, NULL, NULL), "7");
}

static void test_backout_plan__force_passes_a_later_change(void **state)
{
	struct world *world = *state;
	const char *first = apply(world, world->orders, RETENTION, "14");

	(void)apply(world, world->orders, RETENTION, "21");
	assert_restores(world,
			back(world, first, NULL, "cluster/orders:" RETENTION),
			"7");
}

static void test_backout_plan__not_twice(void **state)
{
	struct world *world = *state;
	const char *id = apply(world, world->orders, RETENTION, "14");
	const char *undone = run_back(world, back(world, id, NULL, NULL));

	assert_skips(world, back(world, id, NULL, NULL), undone);
	/* not even where somebody else has set that value since */
	set_live(world->orders, RETENTION, "14");
	assert_skips(world, back(world, id, NULL, NULL), undone);
}

static void test_backout_plan__of_a_backout_redoes_it(void **state)
{
	struct world *world = *state;
	const char *id = apply(world, world->orders, RETENTION, "14");
	const char *undone = run_back(world, back(world, id, NULL, NULL));
	struct plan *plan = back(world, undone, NULL, NULL);
	const char *redone;

	assert_restores(world, plan, "14");
	assert_json(json_object_get(plan->changes[0].undoes, "redo"), "true");
	redone = run_back(world, plan);
	/* and now the first one stands again, */
	assert_restores(world, back(world, id, NULL, NULL), "7");
	/* as does the way over the redo, which is a plain undoing */
	plan = back(world, redone, NULL, NULL);
	assert_restores(world, plan, "7");
	assert_json(json_object_get(plan->changes[0].undoes, "redo"), "false");
}

/* ---- all since a moment ---- */

static void test_backout_to_time__the_oldest_prior_wins(void **state)
{
	struct world *world = *state;
	struct plan *plan;

	(void)apply(world, world->orders, RETENTION, "14");
	(void)apply(world, world->orders, RETENTION, "21");
	(void)apply(world, world->orders, PROTECTION, "true");
	plan = back_to(world, BEGIN - 1);
	assert_non_null(plan);
	assert_int_equal(plan->changes_len, 2);
	assert_json(plan->changes[0].after, "7");
	assert_json(json_object_get(plan->changes[0].undoes, "set"), "21");
	assert_json(plan->changes[1].after, "false");
	assert_null(plan->reverses);
	/* after the first one began: only what came later */
	plan = back_to(world, BEGIN);
	assert_int_equal(plan->changes_len, 2);
	assert_json(plan->changes[0].after, "14");
}

static void test_backout_to_time__sets_keep_what_others_added(void **state)
{
	struct world *world = *state;

	(void)apply(world, world->orders, LOGS, "['audit']");
	set_live(world->orders, LOGS, "['audit', 'slowquery']");
	(void)apply(world, world->orders, LOGS,
		    "['audit', 'error', 'slowquery']");
	assert_restores(world, back_to(world, BEGIN - 1), "['slowquery']");
}

static void test_backout_to_time__what_cancels_out_is_nothing(void **state)
{
	struct world *world = *state;
	const char *id = apply(world, world->orders, RETENTION, "14");

	(void)run_back(world, back(world, id, NULL, NULL));
	assert_skips(world, back_to(world, BEGIN - 1), "cancel each other out");
}

static void test_backout_to_time__of_a_backout_alone_redoes_it(void **state)
{
	struct world *world = *state;
	const char *id = apply(world, world->orders, RETENTION, "14");
	struct plan *plan;

	(void)run_back(world, back(world, id, NULL, NULL));
	plan = back_to(world, BEGIN);
	assert_restores(world, plan, "14");
	assert_json(json_object_get(plan->changes[0].undoes, "redo"), "true");
}

static void test_backout_to_time__nothing_since_is_an_error(void **state)
{
	struct world *world = *state;

	(void)apply(world, world->orders, RETENTION, "14");
	assert_null(back_to(world, BEGIN + 3600));
	assert_error(world->f, ERR_NOT_FOUND, "2026-11-24T03:15:30Z");
}

static void test_backout_to_time__undone_by_it_is_not_undone_twice(void **state)
{
	struct world *world = *state;
	const char *first = apply(world, world->orders, RETENTION, "14");
	const char *undone;

	(void)apply(world, world->orders, RETENTION, "21");
	undone = run_back(world, back_to(world, BEGIN - 1));
	assert_skips(world, back(world, first, NULL, NULL), undone);
}

/* ---- holds ---- */

static const json_t *hold_on(struct world *world, struct holds *holds)
{
	holds_release(holds);
	assert_ok(world->f, holds_load(world->f->store, holds, &world->f->err));
	return holds_find(holds, "prod", "cluster/orders", RETENTION);
}

static void test_backout__leaves_a_hold_and_redoing_removes_it(void **state)
{
	struct world *world = *state;
	struct holds CLEANUP(holds_release) holds = { 0 };
	const char *id = apply(world, world->orders, RETENTION, "14");
	const char *undone = run_back(world, back(world, id, NULL, NULL));
	const json_t *hold = hold_on(world, &holds);

	assert_non_null(hold);
	assert_string_equal(json_text(hold, "change"), undone);
	assert_json(json_object_get(hold, "rule_value"), "14");
	assert_json(json_object_get(hold, "restored"), "7");
	(void)run_back(world, back(world, undone, NULL, NULL));
	assert_null(hold_on(world, &holds));
}

/* The newer first, then the older: the rule still asks for the newer's value.
 */
static void test_backout__of_two_changes_holds_what_both_set(void **state)
{
	struct world *world = *state;
	struct holds CLEANUP(holds_release) holds = { 0 };
	const char *older = apply(world, world->orders, RETENTION, "14");
	const char *newer = apply(world, world->orders, RETENTION, "25");
	const struct setting *row = setting_at("cluster/orders", RETENTION);
	CLEANUP(json_release) json_t *seven = json_integer(7);
	CLEANUP(json_release) json_t *asked = json_integer(25);
	const char *undone;

	(void)run_back(world, back(world, newer, NULL, NULL));
	undone = run_back(world, back(world, older, NULL, NULL));
	assert_true(hold_covers(hold_on(world, &holds), row, seven, asked));
	/* the older one done again: the newer is held as it was */
	(void)run_back(world, back(world, undone, NULL, NULL));
	assert_json(json_object_get(hold_on(world, &holds), "rule_value"),
		    "25");
	assert_null(json_object_get(hold_on(world, &holds), "under"));
}

static void test_backout__forced_holds_what_the_rule_asks_for(void **state)
{
	struct world *world = *state;
	struct holds CLEANUP(holds_release) holds = { 0 };
	const char *id = apply(world, world->orders, RETENTION, "14");

	set_live(world->orders, RETENTION, "21");
	(void)run_back(world,
		       back(world, id, NULL, "cluster/orders:" RETENTION));
	/* not the 21 that it overwrote */
	assert_json(json_object_get(hold_on(world, &holds), "rule_value"),
		    "14");
}

/* ---- damage ---- */

static void test_backout_of_change__damaged_records(void **state)
{
	static const char *const bad[][2] = {
		{ "prior.json", "{\"values\": []}" },
		{ "prior.json", "{\"values\": [{}]}" },
		{ "prior.json", "[]" },
		{ "prior.json", "not JSON" },
		{ "plan.json", "{}" },
		{ "plan.json", "" },
		{ "result.json",
		  "{\"steps\": [{\"index\": 99, \"state\": \"done\"}]}" },
		{ "result.json", "{\"steps\": [{\"index\": \"0\"}]}" },
	};
	struct world *world = *state;
	const char *id = apply(world, world->orders, RETENTION, "14");

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		CLEANUP(free_ptr) char *path = record_path(id, bad[i][0]);
		CLEANUP(free_ptr)
		char *was = get_file(world->f, world->f->store, path);

		assert_non_null(was);
		assert_ok(world->f, put_file(world->f, world->f->store, path,
					     bad[i][1], STORE_PUSH_LATER));
		assert_null(back(world, id, NULL, NULL));
		assert_true(world->f->err.code == ERR_STATE ||
			    world->f->err.code == ERR_FORMAT);
		assert_ok(world->f, put_file(world->f, world->f->store, path,
					     was, STORE_PUSH_LATER));
	}
	assert_restores(world, back(world, id, NULL, NULL), "7");
}

#define CASE(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_backout_plan__restores_the_prior_value),
		CASE(test_backout_of_change__takes_the_beginning_of_an_id),
		CASE(test_backout_plan__already_as_before_is_nothing),
		CASE(test_backout_plan__somebody_elses_value_is_a_conflict),
		CASE(test_backout_plan__conflicts_are_listed_beside_the_rest),
		CASE(test_backout_plan__another_resource_under_the_name),
		CASE(test_backout_plan__a_resource_that_is_gone),
		CASE(test_backout_plan__only_and_force_must_match),
		CASE(test_backout_of_change__what_failed_is_not_undone),
		CASE(test_backout_of_change__unknown_may_have_happened),
		CASE(test_backout_of_change__what_waits_is_taken_back),
		CASE(test_backout_of_change__cut_off_is_refused),
		CASE(test_backout_of_change__a_later_one_cut_off_is_refused),
		CASE(test_backout_of_change__some_steps_of_a_set),
		CASE(test_backout_plan__sets_merge_per_member),
		CASE(test_backout_plan__nothing_of_ours_left_in_a_set),
		CASE(test_backout_plan__a_later_change_of_a_set_stays),
		CASE(test_backout_plan__set_again_later_names_the_change),
		CASE(test_backout_plan__force_passes_a_later_change),
		CASE(test_backout_plan__not_twice),
		CASE(test_backout_plan__of_a_backout_redoes_it),
		CASE(test_backout_to_time__the_oldest_prior_wins),
		CASE(test_backout_to_time__sets_keep_what_others_added),
		CASE(test_backout_to_time__what_cancels_out_is_nothing),
		CASE(test_backout_to_time__of_a_backout_alone_redoes_it),
		CASE(test_backout_to_time__nothing_since_is_an_error),
		CASE(test_backout_to_time__undone_by_it_is_not_undone_twice),
		CASE(test_backout__leaves_a_hold_and_redoing_removes_it),
		CASE(test_backout__of_two_changes_holds_what_both_set),
		CASE(test_backout__forced_holds_what_the_rule_asks_for),
		CASE(test_backout_of_change__damaged_records),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
