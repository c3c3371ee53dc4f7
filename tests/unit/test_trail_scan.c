/* Reading the event history, against answers that the tests make up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/json.h"
#include "core/mem.h"
#include "plans/trail.h"
#include "plans/trail_keep.h"
#include "plans/trail_place.h"
#include "plans/trail_scan.h"
#include "tests/unit/store_fixture.h"

#define NOW ((int64_t)1795000000)
#define DAY ((int64_t)86400)
#define ANSWERS_MAX 200

/* ---- a client that answers at once -------------------------------------- */

static struct {
	struct aws_call pending;
	bool flying;
	const char *answers[ANSWERS_MAX]; /* NULL: an empty page */
	size_t len;
	json_t *asked; /* the parameters of each request */
	int64_t sent_ms[ANSWERS_MAX];
} fake;

#define REFUSED "refused"
#define THROTTLED "throttled"
#define INTERRUPTED "interrupted"

void aws_start(struct aws *aws, const struct aws_call *call)
{
	(void)aws;
	assert_false(fake.flying); /* one at a time of a region */
	assert_string_equal(call->service, "cloudtrail");
	assert_string_equal(call->action, "LookupEvents");
	assert_false(call->mutating);
	fake.pending = *call;
	fake.flying = true;
	fake.sent_ms[json_array_size(fake.asked)] = clock_monotonic_ms();
	json_array_append_new(
		fake.asked,
		json_deep_copy((json_t *)(uintptr_t)call->parameters));
}

size_t aws_in_flight(const struct aws *aws)
{
	(void)aws;
	return fake.flying;
}

static void fail_with(const char *what)
{
	CLEANUP(error_release) struct error err = ERROR_INIT;
	struct aws_result result = { .outcome = AWS_NOT_SENT,
				     .class = AWS_CLASS_OTHER,
				     .code = "",
				     .request_id = "r1",
				     .error = &err };

	if (!strcmp(what, REFUSED)) {
		(void)error_set(&err, ERR_AWS, "not authorized");
		result.outcome = AWS_REFUSED;
		result.class = AWS_CLASS_AUTHORISATION;
		result.code = "AccessDeniedException";
	} else if (!strcmp(what, THROTTLED)) {
		(void)error_set(&err, ERR_AWS, "Rate exceeded");
		result.class = AWS_CLASS_THROTTLING;
		result.code = "ThrottlingException";
	} else {
		(void)error_set(&err, ERR_INTERRUPTED, "interrupted");
	}
	fake.pending.done(fake.pending.ctx, &result);
}

size_t aws_step(struct aws *aws, int64_t until_ms)
{
	const size_t n = json_array_size(fake.asked) - 1;
	const char *text = n < fake.len ? fake.answers[n] : NULL;
	struct aws_result result = { .outcome = AWS_OK,
				     .code = "",
				     .request_id = "" };
	CLEANUP(json_release) json_t *answer = NULL;
	CLEANUP(error_release) struct error err = ERROR_INIT;

	(void)aws;
	(void)until_ms;
	assert_true(fake.flying);
	fake.flying = false;
	if (text && *text != '{') {
		fail_with(text);
		return 1;
	}
	text = text ? text : "{\"Events\": []}";
	assert_int_equal(json_parse_answer(text, strlen(text), &answer, &err),
			 0);
	fake.pending.json(fake.pending.ctx, answer);
	fake.pending.done(fake.pending.ctx, &result);
	return 1;
}

/* ---- what the tests need ------------------------------------------------ */

static char *made[ANSWERS_MAX];
static size_t made_len;

/* A page of events at these times before NOW, newest first; ends with -1. */
static const char *page(const char *token, ...)
{
	CLEANUP(json_release) json_t *events = json_array(), *answer = NULL;
	va_list ap;

	va_start(ap, token);
	for (int64_t ago; (ago = va_arg(ap, int64_t)) >= 0;) {
		CLEANUP(free_ptr)
		char *id = xasprintf("e%lld", (long long)ago);
		char at[CLOCK_TEXT_MAX];
		CLEANUP(free_ptr)
		char *record = xasprintf(
			"{\"id\": \"%s\", \"at\": \"%s\", \"source\": \"s\","
			" \"name\": \"n\"}",
			id, clock_rfc3339(NOW - ago, at));

		json_array_append_new(events, json_pack("{ss ss sf}", "EventId",
							id, "CloudTrailEvent",
							record, "EventTime",
							(double)(NOW - ago)));
	}
	va_end(ap);
	answer = json_pack("{sO ss*}", "Events", events, "NextToken", token);
	made[made_len] = json_dumps(answer, 0);
	return made[made_len++];
}

static json_t *keep(const json_t *record)
{
	return json_incref((json_t *)(uintptr_t)record);
}

static struct trail_scan new_scan(int64_t ago)
{
	return (struct trail_scan){
		.account_id = xstrdup("123456789012"),
		.region = xstrdup("eu-west-1"),
		.from = NOW - ago,
		.to = NOW,
		.now = NOW,
		.pace_ms = 1,
		.names = json_pack("[s s]", "ModifyDBCluster", "PutRolePolicy"),
		.keep = keep,
	};
}

static void run(struct trail_scan *scan)
{
	trail_scan_begin(scan);
	trail_scans_run(NULL, scan, 1, NULL, NULL);
	assert_true(scan->finished);
	assert_int_equal(scan->requests, json_array_size(fake.asked));
}

static void forget_answers(void)
{
	json_decref(fake.asked);
	fake.asked = json_array();
	fake.len = 0;
	fake.flying = false;
	while (made_len)
		free(made[--made_len]);
}

static int setup(void **state)
{
	forget_answers();
	return fixture_setup_store(state);
}

static int teardown(void **state)
{
	forget_answers();
	json_decref(fake.asked);
	fake.asked = NULL;
	return fixture_teardown(state);
}

static void answer(const char *text)
{
	fake.answers[fake.len++] = text;
}

/* Request n asks for these events between these times before NOW. */
static void asked(size_t n, const char *key, const char *value, int64_t from,
		  int64_t to)
{
	const json_t *parameters = json_array_get(fake.asked, n);
	const json_t *attribute = json_array_get(
		json_object_get(parameters, "LookupAttributes"), 0);

	assert_string_equal(json_text(attribute, "AttributeKey"), key);
	assert_string_equal(json_text(attribute, "AttributeValue"), value);
	assert_int_equal(
		json_integer_value(json_object_get(parameters, "StartTime")),
		NOW - from);
	/* the whole of the last second */
	assert_int_equal(
		json_integer_value(json_object_get(parameters, "EndTime")),
		NOW - to + 1);
}

/* ---- what is asked ------------------------------------------------------ */

static void test_trail_scans_run__one_page_of_every_write(void **state)
{
	struct trail_scan scan = new_scan(DAY);

	(void)state;
	answer(page(NULL, (int64_t)5, (int64_t)3600, (int64_t)-1));
	run(&scan);
	assert_true(scan.complete);
	assert_false(scan.by_name);
	assert_int_equal(scan.requests, 1);
	assert_int_equal(json_object_size(scan.events), 2);
	asked(0, "ReadOnly", "false", DAY, 0);
	trail_scan_release(&scan);
}

static void test_trail_scans_run__pages_and_what_is_there_twice(void **state)
{
	struct trail_scan scan = new_scan(DAY);
	json_t *second;

	(void)state;
	answer(page("t1", (int64_t)5, DAY / 2, (int64_t)-1));
	answer(page(NULL, DAY / 2, DAY - 1, (int64_t)-1));
	run(&scan);
	assert_true(scan.complete);
	assert_int_equal(json_object_size(scan.events), 3);
	/* everything but the token stays as it was */
	second = json_array_get(fake.asked, 1);
	assert_string_equal(json_text(second, "NextToken"), "t1");
	json_object_del(second, "NextToken");
	assert_true(json_equal(second, json_array_get(fake.asked, 0)));
	trail_scan_release(&scan);
}

static void test_trail_scans_run__by_name_where_that_is_cheaper(void **state)
{
	struct trail_scan scan = new_scan(90 * DAY);

	(void)state;
	/* four reach back two hours: that would be thousands of pages */
	answer(page("t1", (int64_t)5, (int64_t)6, (int64_t)-1));
	answer(page("t2", (int64_t)7, (int64_t)-1));
	answer(page("t3", (int64_t)8, (int64_t)-1));
	answer(page("t4", (int64_t)9, (int64_t)7200, (int64_t)-1));
	run(&scan);
	assert_true(scan.complete);
	assert_true(scan.by_name);
	assert_int_equal(scan.requests, 6);
	/* the last second that was seen is asked for once more */
	asked(4, "EventName", "ModifyDBCluster", 90 * DAY, 7200);
	asked(5, "EventName", "PutRolePolicy", 90 * DAY, 7200);
	assert_null(json_text(json_array_get(fake.asked, 4), "NextToken"));
	trail_scan_release(&scan);
}

static void test_trail_scans_run__a_burst_is_no_rate(void **state)
{
	struct trail_scan scan = new_scan(90 * DAY);

	(void)state;
	answer(page("t1", (int64_t)5, (int64_t)6, (int64_t)-1));
	answer(page("t2", (int64_t)7, (int64_t)-1));
	answer(page("t3", (int64_t)8, (int64_t)-1));
	answer(page("t4", 85 * DAY, (int64_t)-1));
	answer(page(NULL, 86 * DAY, (int64_t)-1));
	run(&scan);
	assert_true(scan.complete);
	assert_false(scan.by_name);
	assert_int_equal(scan.requests, 5);
	trail_scan_release(&scan);
}

static void test_trail_scans_run__every_write_whatever_it_costs(void **state)
{
	struct trail_scan scan = new_scan(90 * DAY);

	(void)state;
	scan.all_writes = true;
	answer(page("t1", (int64_t)5, (int64_t)7200, (int64_t)-1));
	answer(page("t2", (int64_t)7300, (int64_t)-1));
	answer(page(NULL, 80 * DAY, (int64_t)-1));
	run(&scan);
	assert_true(scan.complete);
	assert_false(scan.by_name);
	assert_int_equal(scan.requests, 3);
	trail_scan_release(&scan);
}

static void test_trail_scans_run__keeps_the_pace(void **state)
{
	struct trail_scan scan = new_scan(DAY);

	(void)state;
	scan.pace_ms = 40;
	scan.all_writes = true;
	for (size_t i = 0; i < 3; i++)
		answer(page(i == 0   ? "t1"
			    : i == 1 ? "t2"
				     : NULL,
			    (int64_t)i, (int64_t)-1));
	run(&scan);
	assert_int_equal(scan.requests, 3);
	for (size_t i = 1; i < 3; i++)
		assert_true(fake.sent_ms[i] - fake.sent_ms[i - 1] >= 40);
	trail_scan_release(&scan);
}

/* ---- what goes wrong ---------------------------------------------------- */

static void test_trail_scans_run__refused(void **state)
{
	struct trail_scan scan = new_scan(DAY);

	(void)state;
	answer(REFUSED);
	run(&scan);
	assert_false(scan.complete);
	assert_false(scan.resumable);
	assert_string_equal(scan.code, "AccessDeniedException");
	assert_string_equal(scan.request_id, "r1");
	assert_int_equal(scan.spans_len, 0);
	trail_scan_release(&scan);
}

/* Or it would be asked for until the night is over. */
static void test_trail_scans_run__the_same_page_again(void **state)
{
	struct trail_scan scan = new_scan(DAY);

	(void)state;
	scan.all_writes = true;
	answer(page("t1", (int64_t)5, (int64_t)-1));
	answer(page("t1", (int64_t)5, (int64_t)-1));
	run(&scan);
	assert_int_equal(scan.requests, 2);
	assert_false(scan.complete);
	assert_true(error_is_set(&scan.err));
	trail_scan_release(&scan);
}

static void test_trail_scans_run__an_event_that_is_none(void **state)
{
	static const char *const bad[] = {
		"{\"Events\": [{\"EventId\": \"a\", \"EventTime\": 1.0}]}",
		"{\"Events\": [{\"EventId\": \"a\", \"EventTime\": 1.0,"
		" \"CloudTrailEvent\": \"{\"}]}",
		"{\"Events\": [{\"EventId\": \"a\", \"EventTime\": \"1\","
		" \"CloudTrailEvent\": \"{}\"}]}",
		"{\"Events\": [7]}",
		"{\"Events\": null}",
		"{}",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct trail_scan scan = new_scan(DAY);

		forget_answers();
		answer(bad[i]);
		run(&scan);
		assert_false(scan.complete);
		assert_false(scan.resumable);
		assert_true(error_is_set(&scan.err));
		trail_scan_release(&scan);
	}
}

/* ---- going on where it stopped ------------------------------------------ */

static void save(void *ctx, struct trail_scan *scan)
{
	trail_keep_save(ctx, scan);
}

/* The first is cut off after two pages; what the second has to do is left. */
static void cut_off(struct store *store, const char *how)
{
	struct trail_scan scan = new_scan(10 * DAY);

	scan.all_writes = true;
	scan.save = save;
	scan.save_ctx = store;
	answer(page("t1", (int64_t)5, DAY, (int64_t)-1));
	answer(page("t2", DAY, 3 * DAY, (int64_t)-1));
	answer(how);
	run(&scan);
	assert_false(scan.complete);
	assert_true(scan.resumable);
	assert_int_equal(json_object_size(scan.events), 3);
	trail_scan_release(&scan);
}

static void go_on(struct store *store, struct trail_scan *scan)
{
	forget_answers();
	scan->all_writes = true;
	trail_keep_load(store, scan);
	run(scan);
	assert_true(scan->complete);
}

static void test_trail_keep__goes_on(void **state)
{
	static const char *const ways[] = { THROTTLED, INTERRUPTED };
	const struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		struct trail_scan scan = new_scan(10 * DAY);

		forget_answers();
		cut_off(f->store, ways[i]);
		go_on(f->store, &scan);
		/* what may not have been there yet, then what is left */
		assert_int_equal(scan.requests, 2);
		asked(0, "ReadOnly", "false", TRAIL_LAG_S - 1, 0);
		asked(1, "ReadOnly", "false", 10 * DAY, 3 * DAY);
		/* those of before are there: that of 5 s ago will come again */
		assert_int_equal(json_object_size(scan.events), 3);
		trail_scan_release(&scan);

		scan = new_scan(10 * DAY);
		trail_keep_drop(f->store, &scan);
		go_on(f->store, &scan);
		assert_int_equal(scan.requests, 1);
		trail_scan_release(&scan);
	}
}

static void test_trail_keep__of_another_time_or_region(void **state)
{
	const struct fixture *f = *state;
	struct trail_scan scan = new_scan(10 * DAY);

	cut_off(f->store, THROTTLED);
	/* a later window that overlaps it */
	scan.from = NOW - 2 * DAY;
	scan.now = scan.to = NOW + DAY;
	go_on(f->store, &scan);
	assert_int_equal(scan.requests, 1);
	asked(0, "ReadOnly", "false", TRAIL_LAG_S - 1, -DAY);
	/* of its events those that are not older */
	assert_int_equal(json_object_size(scan.events), 2);
	trail_scan_release(&scan);

	scan = new_scan(10 * DAY);
	free(scan.region);
	scan.region = xstrdup("us-east-1");
	go_on(f->store, &scan);
	assert_int_equal(scan.requests, 1);
	asked(0, "ReadOnly", "false", 10 * DAY, 0);
	trail_scan_release(&scan);
}

/* ---- what is said of a place -------------------------------------------- */

static json_t *place_of(struct trail_scan *scan, int64_t asked_from)
{
	const struct place place = { .name = (char *)"prod",
				     .account_id = (char *)"123456789012",
				     .region = (char *)"eu-west-1" };

	return trail_place(scan, &place, asked_from);
}

static void check_place(struct trail_scan *scan, int64_t asked_from,
			const char *reason, const char *lag)
{
	CLEANUP(json_release) json_t *entry = place_of(scan, asked_from);
	const char *why = json_text(entry, "reason");
	const char *late = json_text(entry, "lag");

	assert_int_equal(json_is_true(json_object_get(entry, "complete")),
			 reason == NULL);
	if (reason)
		assert_non_null(strstr(why, reason));
	else
		assert_null(why);
	if (lag)
		assert_non_null(strstr(late, lag));
	else
		assert_null(late);
}

static void test_trail_place__what_is_complete(void **state)
{
	struct trail_scan scan = new_scan(DAY);

	(void)state;
	scan.complete = true;
	check_place(&scan, NOW - DAY, NULL, "some may still be missing");
	/* over the ninety days */
	check_place(&scan, NOW - 2 * DAY, "for 90 days: before ",
		    "some may still be missing");
	scan.to = NOW - TRAIL_LAG_S;
	check_place(&scan, NOW - DAY, NULL, NULL);
	scan.complete = false;
	(void)error_set(&scan.err, ERR_AWS, "no such thing");
	check_place(&scan, NOW - DAY, "was cut off: no such thing", NULL);
	scan.code = xstrdup("AccessDeniedException");
	check_place(&scan, NOW - DAY,
		    "refused cloudtrail:LookupEvents: no such thing", NULL);
	trail_scan_release(&scan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
		TEST(test_trail_scans_run__one_page_of_every_write),
		TEST(test_trail_scans_run__pages_and_what_is_there_twice),
		TEST(test_trail_scans_run__by_name_where_that_is_cheaper),
		TEST(test_trail_scans_run__a_burst_is_no_rate),
		TEST(test_trail_scans_run__every_write_whatever_it_costs),
		TEST(test_trail_scans_run__keeps_the_pace),
		TEST(test_trail_scans_run__refused),
		TEST(test_trail_scans_run__the_same_page_again),
		TEST(test_trail_scans_run__an_event_that_is_none),
		TEST(test_trail_keep__goes_on),
		TEST(test_trail_place__what_is_complete),
		TEST(test_trail_keep__of_another_time_or_region),
	};

	json_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
