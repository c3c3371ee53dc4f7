/*
 * The executor against an AWS in memory (fake_aws.h) and a real store: what is
 * sent, in which order, and what is left behind when something breaks.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ftw.h>
#include <unistd.h>

#include "core/error.h"
#include "plans/execute.h"
#include "state/lock.h"
#include "state/record.h"
#include "tests/unit/fake_aws.h"

#define GLOBAL "123456789012/global"

static struct {
	char dir[64];
	struct store *store;
	struct places places;
	struct plan *plan;
	struct strbuf bytes;
	struct execute_options options;
	struct execute_result result;
	struct error err;
	volatile sig_atomic_t interrupted;
} t;

/* Put a value where the plan has a default one. */
static void put(json_t **slot, json_t *value)
{
	json_decref(*slot);
	*slot = value;
}

/* ---- the world and the plan ------------------------------------------- */

static struct world_resource *add_resource(enum kind kind, const char *address,
					   const char *id, const char *cluster,
					   json_t *values)
{
	struct world_resource *added = &world.resources[world.resources_len++];

	*added = (struct world_resource){
		.kind = kind,
		.address = address,
		.id = id,
		.resource_id = id,
		.cluster = cluster,
		.status = "available",
		.values = values,
		.pending = json_object(),
		.pending_elements = json_object(),
	};
	return added;
}

static void add_cluster(const char *address, const char *id)
{
	add_resource(KIND_CLUSTER, address, id, id,
		     json_pack("{s:b, s:i}", "deletion_protection", 0,
			       "backup_retention_period", 7));
}

static struct plan_step *add_step(const char *target, const char *address,
				  const char *id, const char *call,
				  json_t *parameters, const char *back,
				  json_t *back_parameters)
{
	struct plan_step *step = plan_add_step(t.plan);

	step->target = xstrdup(target);
	step->address = xstrdup(address);
	step->resource_id = xstrdup(id);
	step->call = xstrdup(call);
	put(&step->parameters, parameters);
	put(&step->companions, json_object());
	step->backout_call = xstrdup(back);
	put(&step->backout_parameters, back_parameters);
	return step;
}

static struct plan_change *add_change(const char *target, const char *address,
				      const char *id, const char *setting,
				      json_t *before, json_t *after)
{
	struct plan_change *change = plan_add_change(t.plan);

	change->target = xstrdup(target);
	change->address = xstrdup(address);
	change->resource_id = xstrdup(id);
	change->setting = xstrdup(setting);
	put(&change->before, before);
	put(&change->after, after);
	change->severity = xstrdup("high");
	change->effect = xstrdup("immediate");
	change->reversibility = xstrdup("reversible");
	change->rule_name = xstrdup("a rule");
	change->rule_line = 3;
	return change;
}

static void change_in_steps(struct plan_change *change, size_t first,
			    size_t len)
{
	change->steps = xcalloc(len, sizeof(*change->steps));
	change->steps_len = len;
	for (size_t i = 0; i < len; i++)
		change->steps[i] = first + i;
}

static json_t *protect(const char *id, const char *value)
{
	return json_pack("{s:s, s:s, s:s}", "DBClusterIdentifier", id,
			 "ApplyImmediately", "true", "DeletionProtection",
			 value);
}

/* Protection of a cluster that was not protected. */
static void plan_protection(const char *address, const char *id)
{
	add_step("prod", address, id, "rds:ModifyDBCluster",
		 protect(id, "true"), "rds:ModifyDBCluster",
		 protect(id, "false"));
	change_in_steps(add_change("prod", address, id, "deletion_protection",
				   json_false(), json_true()),
			t.plan->steps_len - 1, 1);
}

static json_t *retain(const char *id, const char *days)
{
	return json_pack("{s:s, s:s, s:s}", "DBClusterIdentifier", id,
			 "ApplyImmediately", "true", "BackupRetentionPeriod",
			 days);
}

static void plan_retention(const char *address, const char *id)
{
	add_step("prod", address, id, "rds:ModifyDBCluster", retain(id, "21"),
		 "rds:ModifyDBCluster", retain(id, "7"));
	change_in_steps(add_change("prod", address, id,
				   "backup_retention_period", json_integer(7),
				   json_integer(21)),
			t.plan->steps_len - 1, 1);
}

static json_t *policy(const char *arn)
{
	return json_pack("{s:s, s:s}", "RoleName", "r", "PolicyArn", arn);
}

/* From [a] to [b]: attach b, then detach a. */
static void plan_policies(void)
{
	struct plan_step *detach;

	add_step(GLOBAL, "iam_role/r", "r", "iam:AttachRolePolicy", policy("b"),
		 "iam:DetachRolePolicy", policy("b"));
	detach = add_step(GLOBAL, "iam_role/r", "r", "iam:DetachRolePolicy",
			  policy("a"), "iam:AttachRolePolicy", policy("a"));
	detach->needs = xcalloc(1, sizeof(*detach->needs));
	detach->needs[0] = t.plan->steps_len - 2;
	detach->needs_len = 1;
	change_in_steps(add_change(GLOBAL, "iam_role/r", "r",
				   "managed_policy_arns", json_pack("[s]", "a"),
				   json_pack("[s]", "b")),
			t.plan->steps_len - 2, 2);
}

static void add_target(void)
{
	t.plan->targets = xcalloc(1, sizeof(*t.plan->targets));
	t.plan->targets_len = 1;
	t.plan->targets[0] =
		(struct target){ .name = xstrdup("prod"),
				 .account_id = xstrdup("123456789012"),
				 .region = xstrdup("eu-west-1") };
}

static char global_name[] = GLOBAL, account[] = "123456789012";
static char region[] = "eu-west-1", target[] = "prod", global[] = "global";
static char regional_path[] = "123456789012/eu-west-1";

static void make_places(void)
{
	world.places[0] = (struct place){ .name = global_name,
					  .account_id = account,
					  .region = global,
					  .path = global_name,
					  .global = true };
	world.places[1] = (struct place){ .name = target,
					  .account_id = account,
					  .region = region,
					  .path = regional_path };
	t.places = (struct places){ .items = world.places,
				    .len = 2,
				    .caller_arn = account };
}

static int setup(void **state)
{
	bool made;
	char *path;

	(void)state;
	memset(&t, 0, sizeof(t));
	memset(&world, 0, sizeof(world));
	world.said = (struct strbuf)STRBUF_INIT(1 * MIB);
	t.bytes = (struct strbuf)STRBUF_INIT(1 * MIB);
	world.journal = json_array();
	snprintf(t.dir, sizeof(t.dir), "/tmp/aback-test-XXXXXX");
	assert_non_null(mkdtemp(t.dir));
	path = xasprintf("%s/store.git", t.dir);
	assert_int_equal(store_init(path, &made, &t.err), 0);
	assert_int_equal(store_open(path, NULL, &t.store, &t.err), 0);
	free(path);
	make_places();
	t.plan = plan_new();
	t.plan->kind = xstrdup("backout");
	t.plan->created_at = xstrdup("2026-11-24T02:15:30Z");
	t.plan->created_by = xstrdup("arn:aws:iam::123456789012:user/test");
	t.plan->tool = xstrdup("aback test");
	add_target();
	t.options.interrupted = &t.interrupted;
	return 0;
}

static int remove_one(const char *path, const struct stat *at, int flag,
		      struct FTW *ftw)
{
	(void)at;
	(void)flag;
	(void)ftw;
	return remove(path);
}

static int teardown(void **state)
{
	(void)state;
	for (size_t i = 0; i < world.resources_len; i++) {
		json_decref(world.resources[i].values);
		json_decref(world.resources[i].pending);
		json_decref(world.resources[i].pending_elements);
	}
	json_decref(world.journal);
	strbuf_release(&world.said);
	strbuf_release(&t.bytes);
	execute_result_release(&t.result);
	error_release(&t.err);
	plan_free(t.plan);
	store_free(t.store);
	nftw(t.dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	return 0;
}

/* ---- running and looking ---------------------------------------------- */

static int execute(void)
{
	plan_finish(t.plan);
	plan_write(t.plan, &t.bytes);
	return execute_plan(NULL, &t.places, t.plan, t.bytes.buf, t.bytes.len,
			    NULL, t.store, &t.options, &t.result, &t.err);
}

static void assert_executes(const char *state)
{
	if (execute() < 0) {
		struct strbuf text = STRBUF_INIT(LIMIT_MESSAGE);

		error_render(&t.err, &text);
		print_error("%s\n", text.buf);
		strbuf_release(&text);
		fail();
	}
	assert_string_equal(t.result.state, state);
}

static const char *step_field(size_t step, const char *field)
{
	return json_text(
		json_array_get(json_object_get(t.result.result, "steps"), step),
		field);
}

static void assert_step(size_t step, const char *state, const char *reason)
{
	const char *said = step_field(step, "reason");

	assert_string_equal(step_field(step, "state"), state);
	if (reason && (!said || !strstr(said, reason))) {
		print_error("'%s' is not in '%s'\n", reason, said ? said : "");
		fail();
	}
}

static size_t count_said(const char *what)
{
	size_t count = 0;

	for (const char *at = world.said.buf; (at = strstr(at, what)); at++)
		count++;
	return count;
}

static bool recorded(const char *file)
{
	struct strbuf text = STRBUF_INIT(1 * MIB);
	char *path = record_path(t.result.change_id, file);
	bool found = false;

	assert_int_equal(store_read(t.store, path, &text, &found, &t.err), 0);
	strbuf_release(&text);
	free(path);
	return found;
}

/* Is the place free again? */
static bool unlocked(void)
{
	const char *place = regional_path;
	struct lock *lock = NULL;
	struct error err = ERROR_INIT;
	bool got = lock_take(t.store, &place, 1, "another", "another-change",
			     &lock, &err) == 0;

	if (got) {
		assert_int_equal(lock_release(lock, &err), 0);
		lock_free(lock);
	}
	error_release(&err);
	return got;
}

static bool world_protected(size_t resource)
{
	return json_is_true(json_object_get(world.resources[resource].values,
					    "deletion_protection"));
}

/* ---- tests: a run that works ------------------------------------------ */

static void check_way_back(size_t call)
{
	struct records records = { 0 };
	json_t *prior = NULL;

	/* at the very moment of the first call, the way back is in the store */
	assert_int_equal(call, 0);
	assert_int_equal(records_load(t.store, &records, &t.err), 0);
	assert_int_equal(records.len, 1);
	assert_null(records.items[0].result);
	assert_int_equal(
		record_prior(t.store, records.items[0].id, &prior, &t.err), 0);
	assert_int_equal(json_array_size(json_object_get(prior, "values")), 1);
	json_decref(prior);
	records_release(&records);
}

static void test_execute__in_order(void **state)
{
	(void)state;
	add_cluster("cluster/a", "a");
	plan_protection("cluster/a", "a");
	world.before_call = check_way_back;
	assert_executes("done");
	assert_string_equal(world.said.buf,
			    "change,intent 0,call rds:ModifyDBCluster,"
			    "outcome 0 ok,settled 0 done");
	assert_true(world_protected(0));
	assert_true(recorded("result.json"));
	assert_true(recorded("journal.jsonl"));
	assert_true(t.result.pushed);
	assert_true(unlocked());
	assert_int_equal(t.result.trouble.code, ERR_NONE);
}

static void test_execute__records_values(void **state)
{
	json_t *file = NULL;

	(void)state;
	add_cluster("cluster/a", "a");
	plan_protection("cluster/a", "a");
	assert_executes("done");
	assert_int_equal(store_read_json(t.store,
					 "123456789012/eu-west-1/cluster/"
					 "a.json",
					 &file, &t.err),
			 0);
	assert_non_null(file);
	assert_true(json_is_true(json_object_get(
		json_object_get(file, "values"), "deletion_protection")));
	/* what no change names is not recorded either */
	assert_int_equal(json_object_size(json_object_get(file, "values")), 1);
	json_decref(file);
}

static void test_execute__two_steps_of_one_lane(void **state)
{
	(void)state;
	add_cluster("cluster/a", "a");
	plan_protection("cluster/a", "a");
	plan_retention("cluster/a", "a");
	assert_executes("done");
	/* the second begins when the first is settled */
	assert_non_null(strstr(world.said.buf, "settled 0 done,intent 1"));
}

static void test_execute__lanes_side_by_side(void **state)
{
	(void)state;
	add_cluster("cluster/a", "a");
	add_cluster("cluster/b", "b");
	plan_protection("cluster/a", "a");
	plan_protection("cluster/b", "b");
	assert_executes("done");
	assert_non_null(
		strstr(world.said.buf, "call rds:ModifyDBCluster,intent 1"));
	/* one look serves both */
	assert_true(world.looks <= 5);
}

static void test_execute__many_lanes_are_paced(void **state)
{
	static char ids[WORLD_MAX][12], addresses[WORLD_MAX][24];
	const int64_t begin = clock_monotonic_ms();

	(void)state;
	for (size_t i = 0; i < WORLD_MAX; i++) {
		snprintf(ids[i], sizeof(ids[i]), "c%03zu", i);
		snprintf(addresses[i], sizeof(addresses[i]), "cluster/%.11s",
			 ids[i]);
		add_cluster(addresses[i], ids[i]);
		plan_protection(addresses[i], ids[i]);
	}
	assert_executes("done");
	/* beyond the burst, about ten requests a second, reads and writes */
	assert_true(clock_monotonic_ms() - begin > 1500);
	assert_true(clock_monotonic_ms() - begin < 15000);
	assert_int_equal(count_said("call"), WORLD_MAX);
}

static void test_execute__set_in_two_calls(void **state)
{
	(void)state;
	add_resource(KIND_IAM_ROLE, "iam_role/r", "r", NULL,
		     json_pack("{s:[s]}", "managed_policy_arns", "a"));
	plan_policies();
	assert_executes("done");
	assert_non_null(strstr(world.said.buf, "call iam:AttachRolePolicy"));
	assert_non_null(strstr(world.said.buf, "call iam:DetachRolePolicy"));
	assert_string_equal(json_string_value(json_array_get(
				    json_object_get(world.resources[0].values,
						    "managed_policy_arns"),
				    0)),
			    "b");
}

/* ---- tests: what moves ------------------------------------------------ */

static void test_execute__moved_before(void **state)
{
	(void)state;
	add_cluster("cluster/a", "a");
	plan_protection("cluster/a", "a");
	json_object_set_new(world.resources[0].values, "deletion_protection",
			    json_true());
	assert_int_equal(execute(), -1);
	assert_int_equal(t.err.code, ERR_STALE);
	assert_null(t.result.change_id);
	assert_string_equal(world.said.buf, "");
	assert_true(unlocked());
}

static void protect_late(size_t look)
{
	if (look == 1)
		json_object_set_new(world.resources[0].values,
				    "deletion_protection", json_true());
}

static void test_execute__moves_before_its_write(void **state)
{
	(void)state;
	add_cluster("cluster/a", "a");
	plan_protection("cluster/a", "a");
	world.before_look = protect_late;
	assert_executes("failed");
	assert_step(0, "failed", "changed by somebody since the plan");
	assert_int_equal(count_said("call"), 0);
}

static void pend_late(size_t look)
{
	if (look == 1)
		json_object_set_new(world.resources[0].pending_elements,
				    "EngineVersion", json_string("17.1"));
}

static void test_execute__foreign_pending_appears(void **state)
{
	(void)state;
	add_cluster("cluster/a", "a");
	plan_protection("cluster/a", "a");
	world.before_look = pend_late;
	assert_executes("failed");
	assert_step(0, "failed", "EngineVersion");
	assert_int_equal(count_said("call"), 0);
}

static void pend_on_member_late(size_t look)
{
	if (look == 1)
		json_object_set_new(world.resources[1].pending_elements,
				    "DBInstanceClass",
				    json_string("db.r6g.large"));
}

static void test_execute__foreign_pending_on_a_member(void **state)
{
	(void)state;
	add_cluster("cluster/a", "a");
	add_resource(KIND_INSTANCE, "instance/a-1", "a-1", "a", json_object());
	plan_protection("cluster/a", "a");
	world.before_look = pend_on_member_late;
	assert_executes("failed");
	assert_step(0, "failed", "instance/a-1 has a pending change");
	assert_int_equal(count_said("call"), 0);
}

static void test_execute__foreign_pending_on_a_member_before(void **state)
{
	(void)state;
	add_cluster("cluster/a", "a");
	add_resource(KIND_INSTANCE, "instance/a-1", "a-1", "a", json_object());
	plan_protection("cluster/a", "a");
	pend_on_member_late(1);
	assert_int_equal(execute(), -1);
	assert_int_equal(t.err.code, ERR_STALE);
}

static void test_execute__foreign_pending_elsewhere(void **state)
{
	(void)state;
	add_cluster("cluster/a", "a");
	add_resource(KIND_INSTANCE, "instance/b-1", "b-1", "b", json_object());
	plan_protection("cluster/a", "a");
	pend_on_member_late(1);
	assert_executes("done");
}

static void become_another(size_t look)
{
	if (look == 1)
		world.resources[0].resource_id = "another";
}

static void test_execute__another_resource(void **state)
{
	(void)state;
	add_cluster("cluster/a", "a");
	plan_protection("cluster/a", "a");
	world.before_look = become_another;
	assert_executes("failed");
	assert_int_equal(count_said("call"), 0);
}

static void busy_at_first(size_t look)
{
	world.resources[0].status = look < 3 ? "backing-up" : "available";
}

static void test_execute__busy_is_waited_for(void **state)
{
	(void)state;
	add_cluster("cluster/a", "a");
	plan_protection("cluster/a", "a");
	world.before_look = busy_at_first;
	assert_executes("done");
	assert_int_equal(count_said("call"), 1);
}

static void test_execute__busy_to_the_deadline(void **state)
{
	(void)state;
	add_cluster("cluster/a", "a");
	plan_protection("cluster/a", "a");
	world.resources[0].status = "pondering";
	t.options.deadline_s = 1;
	assert_executes("failed");
	assert_step(0, "failed", "pondering");
	assert_int_equal(count_said("call"), 0);
}

/* Two clusters, of which the first one's change restarts it. */
static void restart_until(int64_t until)
{
	t.options.allow = json_pack("[s]", "restart");
	t.options.restart_until = until;
	add_cluster("cluster/a", "a");
	add_cluster("cluster/b", "b");
	plan_protection("cluster/a", "a");
	plan_protection("cluster/b", "b");
	json_array_append_new(t.plan->changes[0].consent,
			      json_string("restart"));
}

static void test_execute__restarts_in_the_window(void **state)
{
	(void)state;
	restart_until(clock_now() + 600);
	assert_executes("done");
	json_decref((json_t *)(uintptr_t)t.options.allow);
}

static void test_execute__no_restart_after_the_window(void **state)
{
	(void)state;
	restart_until(clock_now());
	assert_executes("failed");
	assert_step(0, "failed",
		    "not sent: it restarts cluster/a, and the "
		    "policy's window for that closed at 2");
	assert_false(world_protected(0));
	json_decref((json_t *)(uintptr_t)t.options.allow);
}

static void test_execute__stopped(void **state)
{
	(void)state;
	add_cluster("cluster/a", "a");
	plan_protection("cluster/a", "a");
	world.resources[0].status = "stopped";
	assert_executes("failed");
	assert_step(0, "failed", "stopped");
	assert_int_equal(count_said("call"), 0);
}

static void test_execute__member_busy(void **state)
{
	(void)state;
	add_cluster("cluster/a", "a");
	add_resource(KIND_INSTANCE, "instance/a-1", "a-1", "a", json_object());
	plan_protection("cluster/a", "a");
	world.resources[1].status = "rebooting";
	t.options.deadline_s = 1;
	assert_executes("failed");
	assert_step(0, "failed", "instance/a-1");
	assert_int_equal(count_said("call"), 0);
}

static json_t *group_status;

/* AWS tells only at the fourth look that the members wait. */
static void members_tell_late(size_t look)
{
	if (look == 4)
		json_array_set_new(json_object_get(group_status, "statuses"), 0,
				   json_string("pending-reboot"));
}

static void test_execute__a_status_that_comes_late(void **state)
{
	struct plan_change *change;

	(void)state;
	add_resource(
		KIND_CLUSTER, "cluster/a", "a", "a",
		json_pack("{s:s}", "db_cluster_parameter_group_name", "old"));
	group_status = json_pack("{s:[s]}", "statuses", "in-sync");
	world.resources[0].facts = group_status;
	add_step("prod", "cluster/a", "a", "rds:ModifyDBCluster",
		 json_pack("{s:s, s:s}", "DBClusterIdentifier", "a",
			   "DBClusterParameterGroupName", "new"),
		 NULL, NULL);
	change = add_change("prod", "cluster/a", "a",
			    "db_cluster_parameter_group_name",
			    json_string("old"), json_string("new"));
	free(change->effect);
	change->effect = xstrdup("reboot");
	change_in_steps(change, t.plan->steps_len - 1, 1);
	world.before_look = members_tell_late;
	assert_executes("waiting");
	assert_step(0, "waiting", "when the instances are rebooted");
	json_decref(group_status);
}

/* ---- tests: answers --------------------------------------------------- */

static void script(size_t call, enum world_fault fault, enum aws_class class,
		   const char *code)
{
	world.script[call] = (struct world_call){ .fault = fault,
						  .class = class,
						  .code = code,
						  .message = "because" };
}

static void test_execute__state_conflict_passes(void **state)
{
	(void)state;
	add_cluster("cluster/a", "a");
	plan_protection("cluster/a", "a");
	script(0, WORLD_REFUSE, AWS_CLASS_STATE, "InvalidDBClusterStateFault");
	script(1, WORLD_THROTTLE, AWS_CLASS_THROTTLING, "Throttling");
	assert_executes("done");
	assert_int_equal(count_said("intent 0"), 3);
}

static void test_execute__denied(void **state)
{
	(void)state;
	add_cluster("cluster/a", "a");
	plan_protection("cluster/a", "a");
	plan_retention("cluster/a", "a");
	script(0, WORLD_REFUSE, AWS_CLASS_AUTHORISATION, "AccessDenied");
	assert_executes("failed");
	assert_step(0, "failed", "AccessDenied: because");
	assert_step(1, "skipped", "step 0");
	assert_int_equal(count_said("call"), 1);
	assert_true(unlocked());
}

static void test_execute__need_not_done(void **state)
{
	(void)state;
	add_resource(KIND_IAM_ROLE, "iam_role/r", "r", NULL,
		     json_pack("{s:[s]}", "managed_policy_arns", "a"));
	plan_policies();
	script(0, WORLD_REFUSE, AWS_CLASS_VALIDATION, "InvalidInput");
	assert_executes("failed");
	assert_step(1, "skipped", NULL);
	assert_int_equal(count_said("DetachRolePolicy"), 0);
}

static void attach_b(size_t call)
{
	if (call == 0)
		json_object_set_new(world.resources[0].values,
				    "managed_policy_arns",
				    json_pack("[ss]", "a", "b"));
}

static void test_execute__already_there(void **state)
{
	(void)state;
	add_resource(KIND_IAM_ROLE, "iam_role/r", "r", NULL,
		     json_pack("{s:[s]}", "managed_policy_arns", "a"));
	plan_policies();
	world.before_call = attach_b;
	script(0, WORLD_REFUSE, AWS_CLASS_EXISTS, "EntityAlreadyExists");
	t.options.on_failure = ON_FAILURE_BACKOUT;
	assert_executes("failed");
	assert_step(0, "failed", "somebody else");
	/* theirs is not taken back, and nothing of ours is there */
	assert_int_equal(count_said("call"), 1);
}

static void test_execute__not_there_after_all(void **state)
{
	(void)state;
	add_resource(KIND_IAM_ROLE, "iam_role/r", "r", NULL,
		     json_pack("{s:[s]}", "managed_policy_arns", "a"));
	plan_policies();
	script(0, WORLD_REFUSE, AWS_CLASS_NOT_FOUND, "NoSuchEntity");
	assert_executes("failed");
	assert_step(0, "failed", "NoSuchEntity");
	assert_step(1, "skipped", NULL);
}

#define RULE                                                                   \
	"ip_protocol", "tcp", "from_port", 3306, "to_port", 3306, "cidr_ipv4", \
		"10.0.0.0/8"

/* A group with one rule, which the plan takes away by what it is. */
static void plan_revoke(void)
{
	const char *permission = "IpPermissions.1.IpProtocol";
	json_t *parameters =
		json_pack("{s:s, s:s, s:s, s:s, s:s}", "GroupId", "sg-1",
			  permission, "tcp", "IpPermissions.1.FromPort", "3306",
			  "IpPermissions.1.ToPort", "3306",
			  "IpPermissions.1.IpRanges.1.CidrIp", "10.0.0.0/8");

	add_resource(KIND_SECURITY_GROUP, "security_group/sg-1", "sg-1", NULL,
		     json_pack("{s:[{s:s, s:s, s:i, s:i, s:s}]}", "ingress",
			       "rule_id", "sgr-1", RULE));
	add_step("prod", "security_group/sg-1", "sg-1",
		 "ec2:RevokeSecurityGroupIngress", parameters,
		 "ec2:AuthorizeSecurityGroupIngress", json_incref(parameters));
	change_in_steps(add_change("prod", "security_group/sg-1", "sg-1",
				   "ingress",
				   json_pack("[{s:s, s:s, s:i, s:i, s:s}]",
					     "rule_id", "sgr-1", RULE),
				   json_array()),
			t.plan->steps_len - 1, 1);
}

static void revoke_before(size_t call)
{
	(void)call;
	json_array_clear(json_object_get(world.resources[0].values, "ingress"));
}

static void assert_refused(enum error_code code, const char *said)
{
	struct strbuf text = STRBUF_INIT(LIMIT_MESSAGE);

	assert_int_equal(execute(), -1);
	assert_int_equal(t.err.code, code);
	error_render(&t.err, &text);
	assert_non_null(strstr(text.buf, said));
	strbuf_release(&text);
	assert_null(t.result.change_id);
	assert_int_equal(world.calls, 0);
	assert_true(unlocked());
}

static void test_execute__dry_run_is_denied(void **state)
{
	(void)state;
	plan_revoke();
	world.dry_run = "UnauthorizedOperation";
	assert_refused(ERR_PERMISSION,
		       "may not ec2:RevokeSecurityGroupIngress");
}

static void test_execute__dry_run_that_is_carried_out(void **state)
{
	(void)state;
	plan_revoke();
	world.heedless = true;
	assert_refused(ERR_PARTIAL, "does not heed DryRun");
}

static void test_execute__automatic_tries_nothing_first(void **state)
{
	(void)state;
	plan_revoke();
	world.dry_run = "UnauthorizedOperation";
	t.options.automatic = true;
	assert_executes("done");
}

/* EC2 hides in a good answer that there was no such rule. */
static void test_execute__nothing_was_found_to_do(void **state)
{
	(void)state;
	plan_revoke();
	world.before_call = revoke_before;
	script(0, WORLD_MISS, AWS_CLASS_NONE, "");
	t.options.on_failure = ON_FAILURE_BACKOUT;
	assert_executes("failed");
	assert_step(0, "failed", "AWS found nothing to do");
	/* what somebody else took away is not put back */
	assert_int_equal(count_said("call"), 1);
}

static void test_execute__what_was_found_is_done(void **state)
{
	(void)state;
	plan_revoke();
	assert_executes("done");
	assert_step(0, "done", NULL);
}

static void test_execute__eventual(void **state)
{
	(void)state;
	add_resource(KIND_IAM_ROLE, "iam_role/r", "r", NULL,
		     json_pack("{s:[s]}", "managed_policy_arns", "a"));
	plan_policies();
	script(0, WORLD_REFUSE, AWS_CLASS_EVENTUAL, "InvalidParameterValue");
	assert_executes("done");
	assert_int_equal(count_said("call"), 3);
}

static void test_execute__lost_after_the_effect(void **state)
{
	(void)state;
	add_cluster("cluster/a", "a");
	plan_protection("cluster/a", "a");
	script(0, WORLD_LOSE_AFTER, AWS_CLASS_TRANSIENT, "");
	assert_executes("done");
	assert_step(0, "done", "by reading");
	assert_int_equal(count_said("call"), 1);
}

static void test_execute__lost_before_the_effect(void **state)
{
	(void)state;
	add_cluster("cluster/a", "a");
	plan_protection("cluster/a", "a");
	script(0, WORLD_LOSE_BEFORE, AWS_CLASS_TRANSIENT, "");
	assert_executes("done");
	assert_non_null(strstr(world.said.buf,
			       "outcome 0 unknown,not_applied 0,intent 0"));
	assert_int_equal(count_said("call"), 2);
}

static void test_execute__ignored(void **state)
{
	(void)state;
	add_cluster("cluster/a", "a");
	plan_protection("cluster/a", "a");
	script(0, WORLD_IGNORE, AWS_CLASS_NONE, "");
	t.options.deadline_s = 1;
	assert_executes("failed");
	assert_step(0, "failed", "the value did not change");
	assert_int_equal(count_said("call"), 1);
}

static void test_execute__window(void **state)
{
	(void)state;
	add_cluster("cluster/a", "a");
	plan_retention("cluster/a", "a");
	json_object_del(t.plan->steps[0].parameters, "ApplyImmediately");
	script(0, WORLD_PEND, AWS_CLASS_NONE, "");
	assert_executes("waiting");
	assert_step(0, "waiting", "window");
	assert_true(unlocked());
}

static void test_execute__backout_on_failure(void **state)
{
	(void)state;
	add_cluster("cluster/a", "a");
	plan_protection("cluster/a", "a");
	plan_retention("cluster/a", "a");
	script(1, WORLD_REFUSE, AWS_CLASS_QUOTA, "Quota");
	t.options.on_failure = ON_FAILURE_BACKOUT;
	assert_executes("backed_out");
	assert_non_null(strstr(world.said.buf, "backout_intent 0"));
	assert_false(world_protected(0));
	assert_int_equal(count_said("call"), 3);
}

/* ---- tests: the automatic backout of what did not end well ------------ */

/* Protection and retention in one call. */
static void plan_both(const char *address, const char *id)
{
	size_t index = t.plan->steps_len;

	plan_protection(address, id);
	json_object_set_new(t.plan->steps[index].parameters,
			    "BackupRetentionPeriod", json_string("21"));
	json_object_set_new(t.plan->steps[index].backout_parameters,
			    "BackupRetentionPeriod", json_string("7"));
	change_in_steps(add_change("prod", address, id,
				   "backup_retention_period", json_integer(7),
				   json_integer(21)),
			index, 1);
}

static int64_t world_retention(size_t resource)
{
	return json_integer_value(json_object_get(
		world.resources[resource].values, "backup_retention_period"));
}

/* Of the first cluster's call, one of two values comes true. */
static void half_of_it(size_t look)
{
	if (world.calls == 2 && count_said("backout_intent") == 0)
		protect_late(1);
	(void)look;
}

static void test_undo__of_nothing_and_of_a_part(void **state)
{
	(void)state;
	add_cluster("cluster/a", "a");
	add_cluster("cluster/b", "b");
	plan_both("cluster/a", "a");
	plan_protection("cluster/b", "b");
	script(0, WORLD_IGNORE, AWS_CLASS_NONE, "");
	script(1, WORLD_IGNORE, AWS_CLASS_NONE, "");
	world.before_look = half_of_it;
	t.options.deadline_s = 1;
	t.options.on_failure = ON_FAILURE_BACKOUT;
	assert_executes("backed_out");
	assert_step(0, "failed", "backup_retention_period is 7");
	assert_step(1, "failed", "the value did not change");
	assert_false(world_protected(0));
	/* for what was not there, nothing is sent */
	assert_int_equal(count_said("backout_intent 0"), 1);
	assert_int_equal(count_said("backout_intent 1"), 0);
	assert_int_equal(count_said("call"), 3);
}

static void retain_differently(size_t look)
{
	if (world.calls == 1)
		json_object_set_new(world.resources[0].values,
				    "backup_retention_period",
				    json_integer(30));
	(void)look;
}

static void test_undo__leaves_what_is_somebody_elses(void **state)
{
	(void)state;
	add_cluster("cluster/a", "a");
	plan_both("cluster/a", "a");
	script(0, WORLD_IGNORE, AWS_CLASS_NONE, "");
	world.before_look = retain_differently;
	t.options.deadline_s = 1;
	t.options.on_failure = ON_FAILURE_BACKOUT;
	assert_executes("failed");
	assert_int_equal(count_said("call"), 1);
	assert_int_equal(world_retention(0), 30);
}

/* The present value sent again takes a pending one back. */
static void take_pending_back(size_t call)
{
	if (call == 2)
		json_object_clear(world.resources[0].pending);
}

static void test_undo__of_what_waits_for_the_window(void **state)
{
	(void)state;
	add_cluster("cluster/a", "a");
	add_cluster("cluster/b", "b");
	plan_retention("cluster/a", "a");
	json_object_del(t.plan->steps[0].parameters, "ApplyImmediately");
	plan_protection("cluster/b", "b");
	script(0, WORLD_PEND, AWS_CLASS_NONE, "");
	script(1, WORLD_REFUSE, AWS_CLASS_QUOTA, "Quota");
	world.before_call = take_pending_back;
	t.options.on_failure = ON_FAILURE_BACKOUT;
	assert_executes("backed_out");
	assert_int_equal(count_said("backout_intent 0"), 1);
	assert_int_equal(world_retention(0), 7);
}

/* ---- tests: what breaks ----------------------------------------------- */

static void test_execute__no_intent_no_call(void **state)
{
	(void)state;
	add_cluster("cluster/a", "a");
	plan_protection("cluster/a", "a");
	world.journal_fails_at = 1;
	assert_executes("failed");
	assert_int_equal(count_said("call"), 0);
	assert_int_equal(t.result.trouble.code, ERR_IO);
}

static void test_execute__disk_full_stops_the_others(void **state)
{
	(void)state;
	add_cluster("cluster/a", "a");
	add_cluster("cluster/b", "b");
	plan_protection("cluster/a", "a");
	plan_protection("cluster/b", "b");
	world.journal_fails_at = 2; /* the second intent */
	assert_executes("unfinished");
	assert_int_equal(count_said("call"), 1);
	assert_false(recorded("result.json"));
	assert_false(unlocked());
}

static void test_execute__credentials_expire(void **state)
{
	(void)state;
	add_cluster("cluster/a", "a");
	plan_protection("cluster/a", "a");
	plan_retention("cluster/a", "a");
	world.blind = ERR_CREDENTIALS;
	world.blind_from = 3; /* after the first call */
	assert_executes("unfinished");
	assert_int_equal(count_said("call"), 1);
	assert_int_equal(t.result.trouble.code, ERR_CREDENTIALS);
	assert_true(recorded("prior.json"));
	assert_false(recorded("result.json"));
	assert_false(unlocked());
}

static void interrupt(size_t look)
{
	(void)look;
	t.interrupted = 1;
}

static void test_execute__interrupted_before_the_call(void **state)
{
	(void)state;
	add_cluster("cluster/a", "a");
	plan_protection("cluster/a", "a");
	/* the observation is over; the look before the write is not */
	world.before_look = NULL;
	world.before_call = interrupt;
	plan_retention("cluster/a", "a");
	assert_executes("unfinished");
	assert_int_equal(count_said("call"), 1);
	assert_step(1, "skipped", "interrupted");
}

static void test_execute__runs_once(void **state)
{
	(void)state;
	add_cluster("cluster/a", "a");
	plan_protection("cluster/a", "a");
	assert_executes("done");
	execute_result_release(&t.result);
	strbuf_clear(&t.bytes);
	assert_int_equal(execute(), -1);
	assert_int_equal(t.err.code, ERR_ALREADY_RUN);
}

/* ---- tests: resume ---------------------------------------------------- */

/* A run that was cut off when this much was in its journal. */
static char *cut_off(size_t journal_len)
{
	char *id = NULL;
	struct error err = ERROR_INIT;

	world.blind = ERR_CREDENTIALS;
	world.blind_from = 2; /* the first look before a write */
	assert_executes("failed");
	/* as if it had not come to its end */
	id = xstrdup(t.result.change_id);
	struct store_edits edits = { 0 };
	char *path = record_path(id, "result.json");
	const struct store_trailer none[] = { { NULL, NULL } };

	store_edits_remove(&edits, path);
	assert_int_equal(store_commit(t.store, "undo the end", none, &edits,
				      STORE_PUSH_LATER, NULL, &err),
			 0);
	store_edits_release(&edits);
	free(path);
	world.blind = ERR_NONE;
	assert_int_equal(journal_len, json_array_size(world.journal));
	execute_result_release(&t.result);
	return id;
}

static void journal(const char *event, const char *outcome)
{
	json_t *line = json_pack("{s:s, s:i}", "event", event, "step", 0);

	if (outcome)
		json_object_set_new(line, "outcome", json_string(outcome));
	json_array_append_new(world.journal, line);
}

static void journal_of(int step, const char *event, const char *key,
		       const char *value)
{
	json_t *line = json_pack("{s:s, s:i}", "event", event, "step", step);

	if (key)
		json_object_set_new(line, key, json_string(value));
	json_array_append_new(world.journal, line);
}

static void assert_resumes(const char *id, const char *state)
{
	if (execute_resume(NULL, &t.places, t.store, id, &t.options, &t.result,
			   &t.err) < 0) {
		struct strbuf text = STRBUF_INIT(LIMIT_MESSAGE);

		error_render(&t.err, &text);
		print_error("%s\n", text.buf);
		strbuf_release(&text);
		fail();
	}
	assert_string_equal(t.result.state, state);
	assert_int_equal(count_said("call"), 0);
	assert_true(recorded("result.json"));
	assert_true(unlocked());
}

static void test_resume__nothing_was_sent(void **state)
{
	char *id;

	(void)state;
	add_cluster("cluster/a", "a");
	plan_protection("cluster/a", "a");
	id = cut_off(0);
	assert_resumes(id, "failed");
	assert_step(0, "skipped", "cut off");
	free(id);
}

static void test_resume__intent_and_it_happened(void **state)
{
	char *id;

	(void)state;
	add_cluster("cluster/a", "a");
	plan_protection("cluster/a", "a");
	id = cut_off(0);
	journal("intent", NULL);
	json_object_set_new(world.resources[0].values, "deletion_protection",
			    json_true());
	assert_resumes(id, "done");
	free(id);
}

static void test_resume__intent_and_it_did_not_happen(void **state)
{
	char *id;

	(void)state;
	add_cluster("cluster/a", "a");
	plan_protection("cluster/a", "a");
	id = cut_off(0);
	journal("intent", NULL);
	assert_resumes(id, "failed");
	assert_step(0, "skipped", "did not happen");
	free(id);
}

/* The first of two was done; nobody knows what was sent. */
static void test_resume__without_a_journal(void **state)
{
	char *id;

	(void)state;
	add_cluster("cluster/a", "a");
	add_resource(KIND_IAM_ROLE, "iam_role/r", "r", NULL,
		     json_pack("{s:[s]}", "managed_policy_arns", "a"));
	plan_protection("cluster/a", "a");
	plan_policies();
	id = cut_off(0);
	world.journal_lost = true;
	json_object_set_new(world.resources[0].values, "deletion_protection",
			    json_true());
	assert_resumes(id, "failed");
	/* the role's place comes first */
	assert_step(0, "skipped", "did not happen");
	assert_step(1, "skipped", "step 0, which it needs");
	assert_step(2, "done", "by reading");
	free(id);
}

static void test_resume__refused(void **state)
{
	char *id;

	(void)state;
	add_cluster("cluster/a", "a");
	plan_protection("cluster/a", "a");
	id = cut_off(0);
	journal("intent", NULL);
	journal("outcome", "refused");
	assert_resumes(id, "failed");
	assert_step(0, "failed", NULL);
	free(id);
}

static json_t *change_field(size_t change, const char *field)
{
	return json_object_get(
		json_array_get(json_object_get(t.result.result, "changes"),
			       change),
		field);
}

static void test_resume__settled_before_the_end(void **state)
{
	char *id;

	(void)state;
	add_cluster("cluster/a", "a");
	plan_protection("cluster/a", "a");
	id = cut_off(0);
	journal("intent", NULL);
	journal("outcome", "ok");
	journal_of(0, "settled", "state", "done");
	/* what others did since is not what this change left */
	assert_resumes(id, "done");
	assert_true(json_is_true(change_field(0, "value")));
	free(id);
}

static void test_resume__accepted_and_settles_now(void **state)
{
	char *id;

	(void)state;
	add_cluster("cluster/a", "a");
	plan_protection("cluster/a", "a");
	id = cut_off(0);
	journal("intent", NULL);
	journal("outcome", "ok");
	json_object_set_new(world.resources[0].values, "deletion_protection",
			    json_true());
	assert_resumes(id, "done");
	assert_step(0, "done", NULL);
	free(id);
}

static void test_resume__cut_off_while_backing_out(void **state)
{
	char *id;

	(void)state;
	add_cluster("cluster/a", "a");
	plan_protection("cluster/a", "a");
	plan_retention("cluster/a", "a");
	id = cut_off(0);
	journal("intent", NULL);
	journal("outcome", "ok");
	journal_of(0, "settled", "state", "done");
	journal_of(1, "intent", NULL, NULL);
	journal_of(1, "outcome", "outcome", "refused");
	journal_of(1, "settled", "state", "failed");
	journal_of(0, "backout_intent", NULL, NULL);
	/* live has the old value again: the backout's call did happen */
	assert_resumes(id, "backed_out");
	assert_string_equal(json_string_value(change_field(1, "state")),
			    "backed_out");
	free(id);
}

static void test_resume__a_journal_of_another_plan(void **state)
{
	char *id;

	(void)state;
	add_cluster("cluster/a", "a");
	plan_protection("cluster/a", "a");
	id = cut_off(0);
	journal_of(7, "intent", NULL, NULL);
	assert_int_equal(execute_resume(NULL, &t.places, t.store, id,
					&t.options, &t.result, &t.err),
			 -1);
	assert_int_equal(t.err.code, ERR_STATE);
	free(id);
}

static void test_resume__finished(void **state)
{
	(void)state;
	add_cluster("cluster/a", "a");
	plan_protection("cluster/a", "a");
	assert_executes("done");
	char *id = xstrdup(t.result.change_id);

	execute_result_release(&t.result);
	assert_int_equal(execute_resume(NULL, &t.places, t.store, id,
					&t.options, &t.result, &t.err),
			 -1);
	assert_int_equal(t.err.code, ERR_NOT_FOUND);
	free(id);
}

#define CASE(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_execute__in_order),
		CASE(test_execute__records_values),
		CASE(test_execute__two_steps_of_one_lane),
		CASE(test_execute__lanes_side_by_side),
		CASE(test_execute__many_lanes_are_paced),
		CASE(test_execute__set_in_two_calls),
		CASE(test_execute__moved_before),
		CASE(test_execute__moves_before_its_write),
		CASE(test_execute__foreign_pending_appears),
		CASE(test_execute__foreign_pending_on_a_member),
		CASE(test_execute__foreign_pending_on_a_member_before),
		CASE(test_execute__foreign_pending_elsewhere),
		CASE(test_execute__another_resource),
		CASE(test_execute__busy_is_waited_for),
		CASE(test_execute__busy_to_the_deadline),
		CASE(test_execute__stopped),
		CASE(test_execute__restarts_in_the_window),
		CASE(test_execute__no_restart_after_the_window),
		CASE(test_execute__member_busy),
		CASE(test_execute__a_status_that_comes_late),
		CASE(test_execute__state_conflict_passes),
		CASE(test_execute__denied),
		CASE(test_execute__need_not_done),
		CASE(test_execute__already_there),
		CASE(test_execute__not_there_after_all),
		CASE(test_execute__nothing_was_found_to_do),
		CASE(test_execute__dry_run_is_denied),
		CASE(test_execute__dry_run_that_is_carried_out),
		CASE(test_execute__automatic_tries_nothing_first),
		CASE(test_execute__what_was_found_is_done),
		CASE(test_execute__eventual),
		CASE(test_execute__lost_after_the_effect),
		CASE(test_execute__lost_before_the_effect),
		CASE(test_execute__ignored),
		CASE(test_execute__window),
		CASE(test_execute__backout_on_failure),
		CASE(test_undo__of_nothing_and_of_a_part),
		CASE(test_undo__leaves_what_is_somebody_elses),
		CASE(test_undo__of_what_waits_for_the_window),
		CASE(test_execute__no_intent_no_call),
		CASE(test_execute__disk_full_stops_the_others),
		CASE(test_execute__credentials_expire),
		CASE(test_execute__interrupted_before_the_call),
		CASE(test_execute__runs_once),
		CASE(test_resume__nothing_was_sent),
		CASE(test_resume__intent_and_it_happened),
		CASE(test_resume__intent_and_it_did_not_happen),
		CASE(test_resume__without_a_journal),
		CASE(test_resume__refused),
		CASE(test_resume__settled_before_the_end),
		CASE(test_resume__accepted_and_settles_now),
		CASE(test_resume__cut_off_while_backing_out),
		CASE(test_resume__a_journal_of_another_plan),
		CASE(test_resume__finished),
	};

	json_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
