/*
 * Plans, changes and histories as people read them, against golden files:
 * tests/data/golden/render/<case>.<txt, md or html>. GOLDEN_REWRITE=1 (make
 * golden) writes them anew; review the diff.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "core/limits.h"
#include "core/mem.h"
#include "plans/history.h"
#include "plans/render.h"
#include "tests/unit/golden.h"

/* JSON written with ' for ", for tests. New reference. */
static json_t *json_of(const char *text)
{
	CLEANUP(free_ptr) char *copy = xstrdup(text);
	json_t *value;

	for (char *p = copy; *p; p++) {
		if (*p == '\'')
			*p = '"';
	}
	value = json_loads(copy, JSON_DECODE_ANY, NULL);
	assert_non_null(value);
	return value;
}

static void set_json(json_t **slot, const char *text)
{
	json_decref(*slot);
	*slot = json_of(text);
}

static void set_text(char **slot, const char *text)
{
	free(*slot);
	*slot = xstrdup(text);
}

static struct plan *new_plan(void)
{
	struct plan *plan = plan_new();

	set_text(&plan->id, "sha256:0123456789abcdef");
	set_text(&plan->kind, "apply");
	set_text(&plan->created_at, "2026-11-24T02:15:30Z");
	set_text(&plan->created_by,
		 "arn:aws:sts::123456789012:assumed-role/dba/alice");
	set_text(&plan->tool, "aback 0.1.0");
	set_json(&plan->desired, "{'path': 'aback.yaml', 'sha256': '0', "
				 "'git_blob': '0'}");
	plan->targets = xcalloc(1, sizeof(*plan->targets));
	plan->targets_len = 1;
	plan->targets[0] =
		(struct target){ xstrdup("prod"), xstrdup("123456789012"),
				 xstrdup("eu-west-1"), NULL };
	return plan;
}

static struct plan_change *add(struct plan *plan, const char *address,
			       const char *setting, const char *before,
			       const char *after)
{
	struct plan_change *change = plan_add_change(plan);

	set_text(&change->target, "prod");
	set_text(&change->address, address);
	set_text(&change->resource_id, "cluster-ABC");
	set_text(&change->setting, setting);
	set_json(&change->before, before);
	set_json(&change->after, after);
	set_text(&change->rule_name, "every Aurora cluster");
	change->rule_line = 12;
	set_json(&change->controls, "['CIS-Aurora-2.0.0 2.11', 'FSBP RDS.7']");
	set_text(&change->severity, "high");
	set_text(&change->effect, "immediate");
	set_text(&change->reversibility, "reversible");
	set_json(&change->consent, "[]");
	set_json(&change->backout_consent, "[]");
	return change;
}

static struct plan_step *add_step(struct plan *plan, const char *address,
				  const char *call, const char *parameters,
				  const char *backout)
{
	struct plan_step *step = plan_add_step(plan);

	set_text(&step->target, "prod");
	set_text(&step->address, address);
	set_text(&step->resource_id, "cluster-ABC");
	set_text(&step->call, call);
	set_json(&step->companions, "{}");
	set_json(&step->parameters, parameters);
	if (backout) {
		set_text(&step->backout_call, call);
		set_json(&step->backout_parameters, backout);
	} else {
		set_text(&step->backout_reason, "AWS has no call for it");
	}
	return step;
}

/* One of everything. */
static struct plan *full_plan(void)
{
	struct plan *plan = new_plan();
	struct plan_change *change;
	struct plan_step *step;

	(void)add(plan, "cluster/orders", "deletion_protection", "false",
		  "true");
	change = add(plan, "cluster/orders", "backup_retention_period", "35",
		     "7");
	set_text(&change->unit, "days");
	set_text(&change->reversibility, "lossy");
	set_json(&change->consent, "['lossy']");
	change = add(plan, "cluster/orders", "port", "3306", "3307");
	set_text(&change->effect, "restart");
	set_text(&change->reversibility, "restart");
	set_json(&change->consent, "['restart']");
	set_json(&change->backout_consent, "['restart']");
	change = add(plan, "cluster/users", "enabled_cloudwatch_logs_exports",
		     "['general', 'slowquery']", "['audit', 'slowquery']");
	set_text(&change->effect, "asynchronous");
	change = add(plan, "instance/users-1", "publicly_accessible", "false",
		     "true");
	set_json(&change->consent, "['exposure']");
	set_json(&plan->blocked,
		 "[{'target': 'prod', 'address': 'cluster/legacy', 'setting': "
		 "'storage_encrypted', 'before': false, 'after': true, "
		 "'reason': 'encryption is chosen when a cluster is created', "
		 "'remedy': 'restore an encrypted copy of a snapshot and move "
		 "the application'}]");
	set_json(&plan->held,
		 "[{'target': 'prod', 'address': 'cluster/billing', "
		 "'setting': 'iam_database_authentication_enabled', 'after': "
		 "true, 'change': '20261120T100000Z-a1b2c3', 'by': "
		 "'arn:aws:iam::123456789012:user/bob', 'reason': 'the old "
		 "driver cannot log in'}]");
	set_json(&plan->waived,
		 "[{'target': 'prod', 'address': 'cluster/legacy', 'setting': "
		 "'deletion_protection', 'before': false, 'after': true, "
		 "'reason': 'decommissioned in January', 'expires': "
		 "'2027-01-31'}]");
	set_json(&plan->waiting,
		 "[{'target': 'prod', 'address': 'cluster/users', 'setting': "
		 "'backup_retention_period', 'pending': 14, 'reason': 'waits "
		 "for the window sun:02:00-sun:03:00'}]");
	set_json(&plan->skipped,
		 "[{'target': 'prod', 'address': 'cluster/docs', 'reason': "
		 "'engine docdb is not Aurora'}]");
	set_json(&plan->foreseen,
		 "['the policy protects: cluster/orders:port']");
	json_array_append_new(
		plan->foreseen_back,
		json_string("the policy allows no change that is 'lossy': "
			    "cluster/orders:backup_retention_period"));
	step = add_step(plan, "cluster/orders", "rds:ModifyDBCluster",
			"{'ApplyImmediately': 'true', 'DBClusterIdentifier': "
			"'orders', 'DeletionProtection': 'true'}",
			"{'ApplyImmediately': 'true', 'DBClusterIdentifier': "
			"'orders', 'DeletionProtection': 'false'}");
	set_json(&step->companions, "{'monitoring_role_arn': 'arn:aws:iam::"
				    "123456789012:role/monitoring'}");
	(void)add_step(plan, "instance/users-1", "rds:ModifyDBInstance",
		       "{'DBInstanceIdentifier': 'users-1', "
		       "'PubliclyAccessible': 'true'}",
		       NULL);
	return plan;
}

static void check_plan(const char *name, struct plan *plan, bool color)
{
	const struct render_style style = { .color = color, .width = 80 };
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(MIB);
	CLEANUP(free_ptr) char *txt = xasprintf("%s.txt", name);
	CLEANUP(free_ptr) char *md = xasprintf("%s.md", name);
	CLEANUP(free_ptr) char *html = xasprintf("%s.html", name);

	render_plan_text(plan, &style, &text);
	if (!color)
		check_width(&text, 80);
	check_golden(txt, &text);
	strbuf_clear(&text);
	render_plan_markdown(plan, &text);
	check_golden(md, &text);
	strbuf_clear(&text);
	render_plan_html(plan, &text);
	check_golden_html(html, &text);
	plan_free(plan);
}

static void test_render_plan__one_of_everything(void **state)
{
	(void)state;
	check_plan("plan-full", full_plan(), false);
}

static void test_render_plan__in_colour(void **state)
{
	(void)state;
	check_plan("plan-colour", full_plan(), true);
}

static void test_render_plan__nothing_to_do(void **state)
{
	(void)state;
	check_plan("plan-empty", new_plan(), false);
}

static void test_render_plan__many_alike_are_summed_up(void **state)
{
	struct plan *plan = new_plan();

	(void)state;
	for (int i = 0; i < 24; i++) {
		CLEANUP(free_ptr) char *address = xasprintf("cluster/c%02d", i);
		struct plan_change *change =
			add(plan, address, "backup_retention_period",
			    i % 2 ? "35" : "30", "14");

		set_text(&change->unit, "days");
		set_json(&change->consent, "['lossy', 'many']");
	}
	check_plan("plan-many", plan, false);
}

static size_t count_lines(const struct strbuf *text)
{
	size_t lines = 0;

	for (const char *p = text->buf; (p = strchr(p, '\n')); p++)
		lines++;
	return lines;
}

/* 300 clusters, five settings each, one call each. */
static struct plan *fleet_plan(void)
{
	static const char *const settings[] = {
		"copy_tags_to_snapshot", "deletion_protection",
		"iam_database_authentication_enabled",
		"performance_insights_enabled", "storage_encrypted"
	};
	struct plan *plan = new_plan();

	for (int i = 0; i < 300; i++) {
		CLEANUP(free_ptr)
		char *address = xasprintf("cluster/payments-%05d", i);
		CLEANUP(free_ptr)
		char *there = xasprintf("{'DBClusterIdentifier': '%s', "
					"'DeletionProtection': 'true'}",
					address + strlen("cluster/"));

		for (size_t k = 0; k < ARRAY_SIZE(settings); k++) {
			struct plan_change *change = add(
				plan, address, settings[k], "false", "true");

			if (k == 3) /* the worst is not the first */
				set_text(&change->severity, "critical");
		}
		(void)add_step(plan, address, "rds:ModifyDBCluster", there,
			       there);
	}
	return plan;
}

/* It is read by people, and posted as a comment of at most 65,536 bytes. */
static void test_render_plan__a_fleet_fits_a_page(void **state)
{
	const struct render_style style = { .width = 80 };
	struct plan *plan = fleet_plan();
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(MIB);
	const char *worst, *other;

	(void)state;
	render_plan_text(plan, &style, &text);
	check_width(&text, 80);
	assert_true(count_lines(&text) < 600);
	assert_non_null(strstr(text.buf, "300 × cluster deletion_protection"));
	assert_non_null(strstr(text.buf, "DBClusterIdentifier=… "));
	worst = strstr(text.buf, "performance_insights_enabled");
	other = strstr(text.buf, "copy_tags_to_snapshot");
	assert_true(worst && other && worst < other);
	/* no resource is left out */
	assert_non_null(strstr(text.buf, "payments-00299"));
	strbuf_clear(&text);
	render_plan_markdown(plan, &text);
	assert_true(text.len < 65536);
	assert_non_null(strstr(text.buf, "1500 changes to 300 resources"));
	assert_non_null(strstr(text.buf, "payments-00299"));
	plan_free(plan);
}

/* What does not fit a comment is cut, and that is said. */
static void test_render_plan__too_long_for_a_comment(void **state)
{
	struct plan *plan = new_plan();
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(MIB);

	(void)state;
	for (int i = 0; i < 9000; i++) {
		CLEANUP(free_ptr) char *address = xasprintf("cluster/c%d", i);
		CLEANUP(free_ptr) char *days = xasprintf("%d", i % 30);

		(void)add(plan, address, "backup_retention_period", days, "35");
	}
	render_plan_markdown(plan, &text);
	assert_true(text.len < 65536);
	assert_non_null(strstr(text.buf, "the plan file has all of them"));
	assert_non_null(strstr(text.buf, " and 280 more"));
	assert_non_null(strstr(text.buf, "… and 10 rows more"));
	plan_free(plan);
}

/* Few changes may be long too: whole documents of policies. */
static void test_render_plan__few_but_long_ones(void **state UNUSED)
{
	struct plan *plan = new_plan();
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(MIB);
	char document[5000];

	memset(document, 'x', sizeof(document));
	memcpy(document, "{'A': '", 7);
	memcpy(document + sizeof(document) - 3, "'}", 3);
	for (int i = 0; i < 15; i++) {
		CLEANUP(free_ptr) char *address = xasprintf("cluster/c%d", i);
		CLEANUP(free_ptr) char *days = xasprintf("%d", i);

		(void)add(plan, address, "backup_retention_period", days, "35");
		(void)add_step(plan, address, "rds:ModifyDBCluster", document,
			       document);
	}
	render_plan_markdown(plan, &text);
	assert_true(text.len < 65536);
	assert_non_null(strstr(text.buf, "cut after 5 entries"));
	assert_non_null(strstr(text.buf, "… and 10 calls more"));
	assert_non_null(strstr(text.buf, "… and 10 rows more"));
	plan_free(plan);
}

static void test_render_plan__a_backout_with_conflicts(void **state)
{
	struct plan *plan = new_plan();
	struct plan_change *change;

	(void)state;
	set_text(&plan->kind, "backout");
	set_text(&plan->reverses, "20261120T100000Z-a1b2c3");
	set_json(&plan->desired, "null");
	change = add(plan, "cluster/orders", "deletion_protection", "true",
		     "false");
	free(TAKE(change->rule_name));
	set_json(&plan->conflicts,
		 "[{'target': 'prod', 'address': 'cluster/orders', 'setting': "
		 "'port', 'set': 3307, 'live': 3308, 'prior': 3306, 'reason': "
		 "'changed since by somebody else'}]");
	check_plan("plan-backout", plan, false);
}

/* Each member of a set, and three values of everything else. */
static void test_render_plan__a_backout_member_by_member(void **state)
{
	struct plan *plan = new_plan();
	struct plan_change *change;

	(void)state;
	set_text(&plan->kind, "backout");
	set_text(&plan->reverses, "20261120T100000Z-a1b2c3");
	set_json(&plan->desired, "null");
	change = add(plan, "cluster/orders", "enabled_cloudwatch_logs_exports",
		     "['audit', 'error', 'slowquery']",
		     "['error', 'general', 'slowquery']");
	set_json(&change->undoes, "{'change': '20261120T100000Z-a1b2c3', "
				  "'set': ['audit', 'slowquery'], 'prior': "
				  "['general', 'slowquery'], 'redo': false}");
	change = add(plan, "cluster/orders", "port", "3307", "3306");
	set_json(&change->undoes, "{'change': '20261120T100000Z-a1b2c3', "
				  "'set': 3307, 'prior': 3306, 'redo': false}");
	check_plan("plan-three-way", plan, false);
}

/* Whoever says --last twice is told what the second one means. */
static void test_render_plan__a_backout_of_a_backout(void **state)
{
	const struct render_style style = { .width = 80 };
	struct plan *plan = new_plan();
	struct plan_change *change;
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(MIB);

	(void)state;
	set_text(&plan->kind, "backout");
	set_text(&plan->reverses, "20261120T100000Z-a1b2c3");
	change = add(plan, "cluster/orders", "port", "3306", "3307");
	set_json(&change->undoes, "{'change': '20261120T100000Z-a1b2c3', "
				  "'set': 3306, 'prior': 3307, 'redo': true}");
	render_plan_text(plan, &style, &text);
	assert_non_null(strstr(text.buf, "itself a backout"));
	strbuf_clear(&text);
	set_json(&change->undoes, "{'change': '20261120T100000Z-a1b2c3', "
				  "'set': 3306, 'prior': 3307, 'redo': false}");
	render_plan_text(plan, &style, &text);
	assert_null(strstr(text.buf, "itself a backout"));
	plan_free(plan);
}

/* What strangers wrote acts neither on a terminal nor on a page. */
static struct plan *hostile_plan(void)
{
	struct plan *plan = new_plan();
	struct plan_change *change =
		add(plan, "cluster/orders", "engine_mode",
		    "'a\\u001b[2J\\u009b31m\\u202e'",
		    "'<script>alert(1)</script> `x` | **b** @all #12 "
		    "https://evil.example'");

	set_text(&change->rule_name, "*rule*\n# heading <b>|");
	set_json(&plan->skipped,
		 "[{'target': 'prod', 'address': 'cluster/x', 'reason': "
		 "'\\u001b]0;owned\\u0007 [link](http://evil.example)'}]");
	(void)add_step(plan, "cluster/orders", "rds:ModifyDBCluster",
		       "{'A': '</pre><script>\\u001b[1m'}",
		       "{'A': '```\\n</pre>'}");
	return plan;
}

static void test_render_plan__hostile_text_has_no_effect(void **state)
{
	const struct render_style style = { .width = 80 };
	struct plan *plan = hostile_plan();
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(MIB);

	(void)state;
	render_plan_text(plan, &style, &text);
	assert_null(strchr(text.buf, '\033'));
	assert_null(strchr(text.buf, '\a'));
	assert_null(strstr(text.buf, "\xc2\x9b"));
	assert_null(strstr(text.buf, "\xe2\x80\xae"));
	strbuf_clear(&text);
	render_plan_markdown(plan, &text);
	assert_null(strchr(text.buf, '\033'));
	assert_null(strstr(text.buf, "<script>"));
	assert_null(strstr(text.buf, "**b**"));
	assert_null(strstr(text.buf, "@all"));
	assert_null(strstr(text.buf, "https://evil"));
	assert_null(strstr(text.buf, "\n# heading"));
	assert_null(strstr(text.buf, "[link]("));
	strbuf_clear(&text);
	render_plan_html(plan, &text);
	assert_null(strchr(text.buf, '\033'));
	assert_null(strstr(text.buf, "\xe2\x80\xae"));
	assert_null(strstr(text.buf, "<script"));
	assert_null(strstr(text.buf, "<b>"));
	assert_null(strstr(text.buf, "</pre><"
				     "script"));
	assert_non_null(strstr(text.buf, "&lt;script&gt;alert(1)"));
	check_plan("plan-hostile", plan, false);
}

static void test_render_plan__without_wrapping(void **state)
{
	const struct render_style style = { .width = 0 };
	struct plan *plan = full_plan();
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(MIB);

	(void)state;
	render_plan_text(plan, &style, &text);
	assert_non_null(strstr(text.buf,
			       "remedy: restore an encrypted copy of a "
			       "snapshot and move the application\n"));
	plan_free(plan);
}

/* ---- changes and history ---------------------------------------------- */

static const char change_json[] =
	"{'format': 'aback-change/1', 'id': '20261124T021530Z-a1b2c3', "
	"'plan_id': 'sha256:0123', 'kind': 'apply', 'reverses': null, "
	"'reason': 'quarterly review', 'caller': "
	"'arn:aws:sts::123456789012:assumed-role/dba/alice', 'host': "
	"'runner-7', 'user': 'alice', 'pid': 4711, 'started_at': "
	"'2026-11-24T02:20:00Z', 'places': ['123456789012/eu-west-1']}";

static const char result_json[] =
	"{'format': 'aback-result/1', 'change': '20261124T021530Z-a1b2c3', "
	"'state': 'failed', 'finished_at': '2026-11-24T02:21:07Z', 'steps': "
	"[{'index': 0, 'state': 'done', 'reason': null, 'request_id': "
	"'7f1c-1'}, {'index': 1, 'state': 'failed', 'reason': 'AccessDenied: "
	"not authorized to perform rds:ModifyDBInstance', 'request_id': "
	"'7f1c-2'}], 'changes': [{'target': 'prod', 'address': "
	"'cluster/orders', 'setting': 'deletion_protection', 'state': 'done', "
	"'value': true}, {'target': 'prod', 'address': 'instance/users-1', "
	"'setting': 'publicly_accessible', 'state': 'failed', 'value': "
	"false}], 'stopped': 'step 1 on instance/users-1 failed', 'waves': "
	"[{'wave': 1, 'state': 'done', 'health': 'passed', 'clusters': "
	"[{'target': 'prod', 'address': 'cluster/orders'}]}, {'wave': 2, "
	"'state': 'failed', 'health': null, 'clusters': [{'target': 'prod', "
	"'address': 'cluster/users'}]}], 'backout': [{'index': 0, 'state': "
	"'failed', 'reason': 'AccessDenied: no'}, {'index': 1, 'state': "
	"'done', 'reason': null}]}";

static void check_change(const char *name, const char *result,
			 const char *journal)
{
	const struct render_style style = { .width = 80 };
	CLEANUP(json_release) json_t *events = json_of(journal);
	CLEANUP(json_release) json_t *prior = json_of("{'values': []}");
	CLEANUP(json_release)
	json_t *confirm = json_of("{'state': 'due', 'until': "
				  "'2026-11-24T02:30:00Z', 'by': null, "
				  "'backout': null}");
	struct record record = { .id = xstrdup("20261124T021530Z-a1b2c3"),
				 .change = json_of(change_json),
				 .result = result ? json_of(result) : NULL };
	struct plan *plan = full_plan();
	const struct change_view view = { &record, plan, prior,
					  events,  NULL, confirm };
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(MIB);
	CLEANUP(free_ptr) char *txt = xasprintf("%s.txt", name);
	CLEANUP(free_ptr) char *md = xasprintf("%s.md", name);
	CLEANUP(free_ptr) char *html = xasprintf("%s.html", name);
	CLEANUP(json_release) json_t *whole = render_change_json(&view);

	render_change_text(&view, &style, &text);
	check_width(&text, 80);
	check_golden(txt, &text);
	strbuf_clear(&text);
	render_change_markdown(&view, &text);
	check_golden(md, &text);
	strbuf_clear(&text);
	render_change_html(&view, &text);
	check_golden_html(html, &text);
	assert_string_equal(json_text(whole, "state"),
			    result ? "failed" : "unfinished");
	assert_true(json_is_object(json_object_get(whole, "plan")));
	record_release(&record);
	plan_free(plan);
}

static void test_render_change__failed(void **state)
{
	(void)state;
	check_change("change-failed", result_json, "[]");
}

static void test_render_change__cut_off(void **state)
{
	(void)state;
	check_change("change-unfinished", NULL,
		     "[{'event': 'intent', 'step': 0, 'at': 'x'}, {'event': "
		     "'outcome', 'step': 0, 'outcome': 'unknown', 'message': "
		     "'connection reset', 'request_id': ''}, {'event': "
		     "'intent', 'step': 1, 'at': 'x'}]");
}

static void test_render_history__text_and_markdown(void **state)
{
	const struct render_style style = { .width = 80 };
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(MIB);
	CLEANUP(json_release)
	json_t *history = json_of(
		"[{'change': '20261125T000000Z-ffffff', 'kind': 'backout', "
		"'state': 'done', 'at': '2026-11-25T00:00:00Z', 'by': "
		"'arn:aws:iam::123456789012:user/bob', 'reason': 'logins "
		"fail', 'reverses': '20261124T021530Z-a1b2c3', 'plan_id': 'x', "
		"'settings': [{'target': 'prod', 'address': 'cluster/orders', "
		"'setting': 'port', 'before': 3307, 'after': 3306, 'unit': "
		"null, 'state': 'done'}]}, {'change': "
		"'20261124T021530Z-a1b2c3', 'kind': 'apply', 'state': "
		"'failed', 'at': '2026-11-24T02:20:00Z', 'by': 'alice', "
		"'reason': null, 'reverses': null, 'plan_id': 'y', 'settings': "
		"[]}]");
	json_t *settings =
		json_object_get(json_array_get(history, 1), "settings");

	(void)state;
	for (int i = 0; i < 9; i++) {
		CLEANUP(free_ptr)
		char *setting = xasprintf(
			"{'target': 'prod', 'address': 'cluster/c%d', "
			"'setting': 'backup_retention_period', 'before': 1, "
			"'after': 14, 'unit': 'days', 'state': '%s'}",
			i, i == 1 ? "failed" : "done");

		(void)json_array_append_new(settings, json_of(setting));
	}
	render_history_text(history, false, &style, &text);
	check_width(&text, 80);
	check_golden("history.txt", &text);
	strbuf_clear(&text);
	render_history_markdown(history, &text);
	check_golden("history.md", &text);
	strbuf_clear(&text);
	render_history_html(history, &text);
	check_golden_html("history.html", &text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_render_plan__one_of_everything),
		cmocka_unit_test(test_render_plan__in_colour),
		cmocka_unit_test(test_render_plan__nothing_to_do),
		cmocka_unit_test(test_render_plan__many_alike_are_summed_up),
		cmocka_unit_test(test_render_plan__a_backout_member_by_member),
		cmocka_unit_test(test_render_plan__a_backout_of_a_backout),
		cmocka_unit_test(test_render_plan__a_fleet_fits_a_page),
		cmocka_unit_test(test_render_plan__too_long_for_a_comment),
		cmocka_unit_test(test_render_plan__few_but_long_ones),
		cmocka_unit_test(test_render_plan__a_backout_with_conflicts),
		cmocka_unit_test(test_render_plan__hostile_text_has_no_effect),
		cmocka_unit_test(test_render_plan__without_wrapping),
		cmocka_unit_test(test_render_change__failed),
		cmocka_unit_test(test_render_change__cut_off),
		cmocka_unit_test(test_render_history__text_and_markdown),
	};

	json_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
