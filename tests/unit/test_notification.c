/* What people are told, against tests/data/golden/render/notification-*. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/json.h"
#include "plans/notification.h"
#include "tests/unit/golden.h"

#define AT INT64_C(1795486530) /* 2026-11-24T02:15:30Z */

static json_t *parsed(const char *text)
{
	json_error_t why;
	json_t *value = json_loads(text, 0, &why);

	if (!value)
		fail_msg("%d: %s", why.line, why.text);
	return value;
}

static void add_finding(json_t *review, const char *severity,
			const char *status, const char *address,
			const char *message)
{
	(void)json_array_append_new(
		json_object_get(review, "findings"),
		json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:n, s:n}", "id",
			  "0123456789abcdef", "control", "some-control",
			  "severity", severity, "status", status, "target",
			  "prod", "address", address, "message", message,
			  "setting", "member"));
}

/* A review with a name that would like to be something else. */
static json_t *new_review(const char *threshold)
{
	json_t *review = parsed(
		"{\"format\": \"aback-review/1\", \"id\": "
		"\"20261124T021530Z-a1b2c3\", \"started_at\": "
		"\"2026-11-24T02:15:00Z\", \"finished_at\": "
		"\"2026-11-24T02:15:30Z\", \"complete\": false, "
		"\"targets\": [{\"name\": \"prod\", \"account_id\": "
		"\"123456789012\", \"region\": \"eu-west-1\"}], \"summary\": "
		"{\"resources\": 3, \"controls\": 2, \"failed\": 3, "
		"\"waived\": 1, \"unread\": 2, \"by_severity\": {\"critical\": "
		"1, \"high\": 1, \"medium\": 0, \"low\": 1, \"info\": 0}}, "
		"\"previous\": {\"id\": \"20260824T021530Z-a1b2c3\", "
		"\"finished_at\": \"2026-08-24T02:15:30Z\", \"failed\": 4, "
		"\"new\": 1, \"fixed\": 2}, \"findings\": [], \"unread\": []}");

	(void)json_object_set_new(review, "severity", json_string(threshold));
	add_finding(review, "critical", "failed", "cluster/orders",
		    "publicly_accessible is true and should be false");
	add_finding(review, "high", "waived", "cluster/users",
		    "somebody accepted this");
	add_finding(review, "high", "failed", "log_group/<!channel>&<script>",
		    "a name \x1b[2J with\nmore in it \xe2\x80\xae than meets");
	add_finding(review, "low", "failed", "cluster/orders", "a small thing");
	return review;
}

/* All three forms, and that the text is safe on any terminal. */
static void check(const char *name, json_t *note)
{
	static const struct {
		const char *tail;
		bool slack;
	} forms[] = { { "json", false }, { "slack.json", true } };
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(MIB);
	CLEANUP(free_ptr) char *mail = xasprintf("notification-%s.txt", name);

	for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
		CLEANUP(free_ptr)
		char *file =
			xasprintf("notification-%s.%s", name, forms[i].tail);
		CLEANUP(json_release)
		json_t *form = forms[i].slack ? notification_slack(note)
					      : json_incref(note);

		json_canonical(form, &text);
		check_golden(file, &text);
		strbuf_clear(&text);
	}
	notification_text(note, &text);
	check_golden(mail, &text);
	assert_null(strchr(text.buf, '\x1b'));
	json_decref(note);
}

static void test_notification_of_review__golden(void **state)
{
	CLEANUP(json_release) json_t *review = new_review("info");

	(void)state;
	check("review", notification_of_review(review, true, true, AT));
}

/* What is below the threshold is not told. */
static void test_notification_of_review__threshold(void **state)
{
	CLEANUP(json_release) json_t *review = new_review("critical");
	CLEANUP(json_release)
	json_t *note = notification_of_review(review, false, true, AT);
	const json_t *details = json_object_get(note, "details");

	(void)state;
	assert_int_equal(json_array_size(json_object_get(details, "findings")),
			 1);
	assert_true(json_is_false(json_object_get(
		json_object_get(details, "review"), "recorded")));
}

/* A fleet's worth of findings is told in few lines, and long ones are cut. */
static void test_notification_of_review__many_and_long(void **state)
{
	CLEANUP(json_release) json_t *review = new_review("info");
	CLEANUP(json_release) json_t *note = NULL;
	CLEANUP(json_release) json_t *slack = NULL;
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(MIB);
	CLEANUP(strbuf_release) struct strbuf longest = STRBUF_INIT(MIB);

	(void)state;
	strbuf_pad(&longest, 'x', 100000);
	for (int i = 0; i < 5000; i++)
		add_finding(review, "low", "failed", "cluster/a", longest.buf);
	note = notification_of_review(review, true, true, AT);
	notification_text(note, &text);
	assert_true(text.len < 10000);
	assert_non_null(strstr(text.buf, "\nand 4993 more\n"));
	/* Slack takes 50 blocks, of 3,000 characters each */
	slack = notification_slack(note);
	assert_true(json_array_size(json_object_get(slack, "blocks")) < 50);
}

static void test_notification_of_due__golden(void **state)
{
	CLEANUP(json_release)
	json_t *due = parsed(
		"{\"format\": \"aback-due/1\", \"due\": true, \"reason\": \"a "
		"review by dba@example.com is overdue by 12 days: the last, "
		"20260815T021530Z-a1b2c3, ended at 2026-08-15T02:15:30Z\", "
		"\"every_s\": 7776000, \"owners\": [\"dba@example.com\"], "
		"\"due_at\": \"2026-11-12T02:15:30Z\", \"overdue_s\": 1036800, "
		"\"last\": {\"id\": \"20260815T021530Z-a1b2c3\", "
		"\"finished_at\": \"2026-08-15T02:15:30Z\", \"complete\": "
		"true, \"signed_off_by\": null}, \"ahead\": []}");

	(void)state;
	check("due", notification_of_due(due, AT));
}

static void test_notification_of_drift__golden(void **state)
{
	CLEANUP(json_release)
	json_t *drift = parsed(
		"{\"format\": \"aback-drift/1\", \"summary\": {\"resources\": "
		"3, \"settings\": 14}, \"differences\": [{\"class\": "
		"\"changed\", \"target\": \"prod\", \"address\": "
		"\"cluster/orders\", \"setting\": \"deletion_protection\", "
		"\"recorded\": true, \"live\": false, \"unit\": null, "
		"\"event\": {\"caller\": \"arn:aws:iam::123456789012:user/"
		"mallory\", \"source_ip\": \"203.0.113.7\", \"at\": "
		"\"2026-11-24T01:00:00Z\", \"name\": \"ModifyDBCluster\", "
		"\"request_id\": \"1b2c\"}, \"reason\": null}, {\"class\": "
		"\"gone\", \"target\": \"prod\", \"address\": "
		"\"cluster/users\", \"setting\": null, \"event\": null, "
		"\"reason\": \"CloudTrail was not asked\"}]}");

	(void)state;
	check("drift", notification_of_drift(drift, AT));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_notification_of_review__golden),
		cmocka_unit_test(test_notification_of_review__threshold),
		cmocka_unit_test(test_notification_of_review__many_and_long),
		cmocka_unit_test(test_notification_of_due__golden),
		cmocka_unit_test(test_notification_of_drift__golden),
	};

	json_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
