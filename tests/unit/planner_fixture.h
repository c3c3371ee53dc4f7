/* What is wanted of resources of the test's making, and the plan of it. */
#ifndef ABACK_TESTS_UNIT_PLANNER_FIXTURE_H
#define ABACK_TESTS_UNIT_PLANNER_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/limits.h"
#include "plans/planner.h"
#include "tests/unit/fleet.h"

#define NOW 1795486530 /* 2026-11-24T02:15:30Z */

/* What a test plans with; set up and torn down around each. */
struct world {
	struct wants wants;
	struct resource *resources[8];
	size_t len;
	struct plan *plan;
	struct live live; /* its items are those above */
	bool with_live;
};

static inline int set_up(void **state)
{
	json_init();
	*state = xcalloc(1, sizeof(struct world));
	return 0;
}

static inline int tear_down(void **state)
{
	struct world *world = *state;

	wants_release(&world->wants);
	for (size_t i = 0; i < world->len; i++)
		resource_free(world->resources[i]);
	plan_free(world->plan);
	free(world);
	return 0;
}

static inline struct resource *add(struct world *world,
				   struct resource *resource)
{
	world->resources[world->len++] = resource;
	return resource;
}

static inline void want_it(struct world *world, const struct resource *resource,
			   const char *setting, const char *after, bool window)
{
	wants_add(&world->wants,
		  &(struct want){ .resource = resource,
				  .setting = row(resource->kind, setting),
				  .after = j(after),
				  .window = window,
				  .rule_name = "a rule",
				  .rule_line = 12 });
}

static inline struct plan *plan_it(struct world *world)
{
	const struct planner_input input = {
		.kind = "apply",
		.targets = &fleet_target,
		.targets_len = 1,
		.created_by = "arn:aws:iam::123456789012:user/dba",
		.now = NOW,
		.live = world->with_live ? &world->live : NULL,
	};

	world->live.items = world->resources;
	world->live.len = world->len;
	plan_free(world->plan);
	world->plan = planner_plan(&input, &world->wants);
	/* as if from a file */
	world->plan->desired =
		j("{'path':'aback.yaml','sha256':'','git_blob':''}");
	plan_finish(world->plan);
	return world->plan;
}

/* Every plan that is made must also be one that is accepted. */
static inline void assert_accepted(const struct plan *plan)
{
	CLEANUP(strbuf_release)
	struct strbuf bytes = STRBUF_INIT(LIMIT_PLAN_FILE);
	CLEANUP(strbuf_release)
	struct strbuf again = STRBUF_INIT(LIMIT_PLAN_FILE);
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(LIMIT_MESSAGE);
	CLEANUP(error_release) struct error err = ERROR_INIT;
	struct plan *read = NULL;

	plan_write(plan, &bytes);
	if (plan_parse("made.json", bytes.buf, bytes.len, &read, &err)) {
		error_render(&err, &text);
		fail_msg("%s%s", text.buf, bytes.buf);
	}
	plan_write(read, &again);
	plan_free(read);
	assert_string_equal(bytes.buf, again.buf);
}

static inline const char *parameter(const struct plan_step *step,
				    const char *name)
{
	return json_text(step->parameters, name);
}

static inline void assert_json(const json_t *value, const char *text)
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

/* Let a plan made here pass as a backout. */
static inline void make_backout(struct plan *plan)
{
	free(plan->kind);
	plan->kind = xstrdup("backout");
	json_decref(plan->desired);
	plan->desired = json_null();
	for (size_t i = 0; i < plan->changes_len; i++) {
		free(plan->changes[i].rule_name);
		plan->changes[i].rule_name = NULL;
		plan->changes[i].undoes =
			j("{'change':'20261124T021530Z-a1b2c3','set':14,"
			  "'prior':7,'redo':false}");
	}
	plan_finish(plan);
}

static inline const struct plan_change *change_of(const struct plan *plan,
						  const char *setting)
{
	for (size_t i = 0; i < plan->changes_len; i++) {
		if (!strcmp(plan->changes[i].setting, setting))
			return &plan->changes[i];
	}
	fail_msg("nothing changes '%s'", setting);
	return NULL;
}

static inline const char *only_block(const struct plan *plan, const char *key)
{
	assert_int_equal(plan->changes_len, 0);
	assert_int_equal(plan->steps_len, 0);
	assert_int_equal(json_array_size(plan->blocked), 1);
	return json_text(json_array_get(plan->blocked, 0), key);
}

#endif
