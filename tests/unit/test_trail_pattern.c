#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "core/mem.h"
#include "plans/trail_call.h"
#include "plans/trail_pattern.h"

/* In how many patterns does the call stand, beside its service? */
static size_t count(const json_t *patterns, const char *call)
{
	const char *name = strchr(call, ':') + 1;
	CLEANUP(free_ptr)
	char *source =
		xasprintf("%.*s.amazonaws.com", (int)(name - call - 1), call);
	const char *key;
	json_t *pattern;
	size_t found = 0;

	json_object_foreach((json_t *)patterns, key, pattern) {
		const json_t *detail = json_object_get(pattern, "detail");

		found += json_array_has(json_object_get(detail, "eventSource"),
					source) &&
			 json_array_has(json_object_get(detail, "eventName"),
					name);
	}
	return found;
}

static void test_trail_patterns__each_call_once(void **state)
{
	CLEANUP(json_release) json_t *patterns = trail_patterns();
	const struct trail_call *calls;
	size_t len, names = 0;
	const char *key;
	json_t *pattern;

	(void)state;
	calls = trail_calls(&len);
	assert_true(len > 50);
	for (size_t i = 0; i < len; i++) {
		if (count(patterns, calls[i].call) != 1)
			fail_msg("%s stands in %zu patterns", calls[i].call,
				 count(patterns, calls[i].call));
	}
	json_object_foreach(patterns, key, pattern) {
		names += json_array_size(json_object_get(
			json_object_get(pattern, "detail"), "eventName"));
	}
	assert_int_equal(names, len);
}

static void test_trail_patterns__fit(void **state)
{
	CLEANUP(json_release) json_t *patterns = trail_patterns();
	const char *key;
	json_t *pattern;

	(void)state;
	json_object_foreach(patterns, key, pattern) {
		CLEANUP(free_ptr)
		char *text = json_dumps(pattern, JSON_COMPACT);

		if (strlen(text) > TRAIL_PATTERN_MOST)
			fail_msg("%s has %zu bytes", key, strlen(text));
	}
}

/* Global services write their events elsewhere: their rule does too. */
static void test_trail_patterns__global_services_apart(void **state)
{
	CLEANUP(json_release) json_t *patterns = trail_patterns();
	const char *key;
	json_t *pattern;

	(void)state;
	json_object_foreach(patterns, key, pattern) {
		const json_t *sources = json_object_get(
			json_object_get(pattern, "detail"), "eventSource");
		size_t global = 0;

		for (size_t i = 0; i < json_array_size(sources); i++)
			global += trail_is_global(
				json_string_value(json_array_get(sources, i)));
		assert_true(!global || global == json_array_size(sources));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_trail_patterns__each_call_once),
		cmocka_unit_test(test_trail_patterns__fit),
		cmocka_unit_test(test_trail_patterns__global_services_apart),
	};

	json_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
