/* A run that was cut off, and what is found out about it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/execute_fixture.h"

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

static void set_protected(void)
{
	json_object_set_new(world.resources[0].values, "deletion_protection",
			    json_true());
}

/* The first call had no answer, and its effect came after all. */
static void test_resume__late_effect_of_a_call_that_was_sent_again(void **state)
{
	char *id;

	(void)state;
	add_cluster("cluster/a", "a");
	plan_protection("cluster/a", "a");
	id = cut_off(0);
	journal("intent", NULL);
	journal("outcome", "unknown");
	journal("not_applied", NULL);
	journal("intent", NULL);
	journal("outcome", "refused"); /* such as: it exists already */
	set_protected();
	assert_resumes(id, "done");
	assert_step(0, "done", "by reading");
	free(id);
}

static void test_resume__late_effect_after_it_was_not_seen(void **state)
{
	char *id;

	(void)state;
	add_cluster("cluster/a", "a");
	plan_protection("cluster/a", "a");
	id = cut_off(0);
	journal("intent", NULL);
	journal("outcome", "unknown");
	journal("not_applied", NULL);
	set_protected();
	assert_resumes(id, "done");
	assert_step(0, "done", "by reading");
	free(id);
}

static void test_resume__done_by_somebody_else(void **state)
{
	char *id;

	(void)state;
	add_cluster("cluster/a", "a");
	plan_protection("cluster/a", "a");
	id = cut_off(0);
	journal("intent", NULL);
	journal("outcome", "ok");
	json_object_set_new(json_array_get(world.journal, 1), "missed",
			    json_true());
	/* it did nothing: this is not ours to take back */
	set_protected();
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
		CASE(test_resume__nothing_was_sent),
		CASE(test_resume__intent_and_it_happened),
		CASE(test_resume__intent_and_it_did_not_happen),
		CASE(test_resume__without_a_journal),
		CASE(test_resume__refused),
		CASE(test_resume__late_effect_of_a_call_that_was_sent_again),
		CASE(test_resume__late_effect_after_it_was_not_seen),
		CASE(test_resume__done_by_somebody_else),
		CASE(test_resume__settled_before_the_end),
		CASE(test_resume__accepted_and_settles_now),
		CASE(test_resume__cut_off_while_backing_out),
		CASE(test_resume__a_journal_of_another_plan),
		CASE(test_resume__finished),
	};

	json_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
