/*
 * A plan of the test's making, carried out against an AWS in memory
 * (fake_aws.h) and a real store.
 */
#ifndef ABACK_TESTS_UNIT_EXECUTE_FIXTURE_H
#define ABACK_TESTS_UNIT_EXECUTE_FIXTURE_H

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
static inline void put(json_t **slot, json_t *value)
{
	json_decref(*slot);
	*slot = value;
}

/* ---- the world and the plan ------------------------------------------- */

static inline struct world_resource *
add_resource(enum kind kind, const char *address, const char *id,
	     const char *cluster, json_t *values)
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

static inline void add_cluster(const char *address, const char *id)
{
	add_resource(KIND_CLUSTER, address, id, id,
		     json_pack("{s:b, s:i}", "deletion_protection", 0,
			       "backup_retention_period", 7));
}

static inline struct plan_step *add_step(const char *target,
					 const char *address, const char *id,
					 const char *call, json_t *parameters,
					 const char *back,
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

static inline struct plan_change *
add_change(const char *target, const char *address, const char *id,
	   const char *setting, json_t *before, json_t *after)
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

static inline void change_in_steps(struct plan_change *change, size_t first,
				   size_t len)
{
	change->steps = xcalloc(len, sizeof(*change->steps));
	change->steps_len = len;
	for (size_t i = 0; i < len; i++)
		change->steps[i] = first + i;
}

static inline json_t *protect(const char *id, const char *value)
{
	return json_pack("{s:s, s:s, s:s}", "DBClusterIdentifier", id,
			 "ApplyImmediately", "true", "DeletionProtection",
			 value);
}

/* Protection of a cluster that was not protected. */
static inline void plan_protection(const char *address, const char *id)
{
	add_step("prod", address, id, "rds:ModifyDBCluster",
		 protect(id, "true"), "rds:ModifyDBCluster",
		 protect(id, "false"));
	change_in_steps(add_change("prod", address, id, "deletion_protection",
				   json_false(), json_true()),
			t.plan->steps_len - 1, 1);
}

static inline json_t *retain(const char *id, const char *days)
{
	return json_pack("{s:s, s:s, s:s}", "DBClusterIdentifier", id,
			 "ApplyImmediately", "true", "BackupRetentionPeriod",
			 days);
}

static inline void plan_retention(const char *address, const char *id)
{
	add_step("prod", address, id, "rds:ModifyDBCluster", retain(id, "21"),
		 "rds:ModifyDBCluster", retain(id, "7"));
	change_in_steps(add_change("prod", address, id,
				   "backup_retention_period", json_integer(7),
				   json_integer(21)),
			t.plan->steps_len - 1, 1);
}

static inline json_t *policy(const char *arn)
{
	return json_pack("{s:s, s:s}", "RoleName", "r", "PolicyArn", arn);
}

/* From [a] to [b]: attach b, then detach a. */
static inline void plan_policies(void)
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

static inline void add_target(void)
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

static inline void make_places(void)
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

static inline int setup(void **state)
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

static inline int remove_one(const char *path, const struct stat *at, int flag,
			     struct FTW *ftw)
{
	(void)at;
	(void)flag;
	(void)ftw;
	return remove(path);
}

static inline int teardown(void **state)
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

static inline int execute(void)
{
	plan_finish(t.plan);
	plan_write(t.plan, &t.bytes);
	return execute_plan(NULL, &t.places, t.plan, t.bytes.buf, t.bytes.len,
			    NULL, t.store, &t.options, &t.result, &t.err);
}

static inline void assert_executes(const char *state)
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

static inline const char *step_field(size_t step, const char *field)
{
	return json_text(
		json_array_get(json_object_get(t.result.result, "steps"), step),
		field);
}

static inline void assert_step(size_t step, const char *state,
			       const char *reason)
{
	const char *said = step_field(step, "reason");

	assert_string_equal(step_field(step, "state"), state);
	if (reason && (!said || !strstr(said, reason))) {
		print_error("'%s' is not in '%s'\n", reason, said ? said : "");
		fail();
	}
}

static inline size_t count_said(const char *what)
{
	size_t count = 0;

	for (const char *at = world.said.buf; (at = strstr(at, what)); at++)
		count++;
	return count;
}

static inline bool recorded(const char *file)
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
static inline bool unlocked(void)
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

static inline bool world_protected(size_t resource)
{
	return json_is_true(json_object_get(world.resources[resource].values,
					    "deletion_protection"));
}

static inline void script(size_t call, enum world_fault fault,
			  enum aws_class class, const char *code)
{
	world.script[call] = (struct world_call){ .fault = fault,
						  .class = class,
						  .code = code,
						  .message = "because" };
}

/* For world.before_look: somebody else protects the first cluster. */
static inline void protect_late(size_t look)
{
	if (look == 1)
		json_object_set_new(world.resources[0].values,
				    "deletion_protection", json_true());
}

#endif
