/* Canonical JSON; see core/json.h. jansson's own dump is the judge. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "core/json.h"
#include "core/limits.h"
#include "core/mem.h"

#define JUDGED (JSON_SORT_KEYS | JSON_ENCODE_ANY)

static void assert_as_jansson(const json_t *value)
{
	CLEANUP(strbuf_release) struct strbuf out = STRBUF_INIT(MIB);
	CLEANUP(free_ptr)
	char *pretty = json_dumps(value, JUDGED | JSON_INDENT(2));
	CLEANUP(free_ptr)
	char *compact = json_dumps(value, JUDGED | JSON_COMPACT);

	json_canonical(value, &out);
	assert_int_equal(out.buf[out.len - 1], '\n');
	out.buf[out.len - 1] = '\0';
	assert_string_equal(out.buf, pretty);
	strbuf_clear(&out);
	json_compact(value, &out);
	assert_string_equal(out.buf, compact);
}

static void test_json_canonical__literal_values(void **state)
{
	static const char *const texts[] = {
		"null",
		"true",
		"false",
		"0",
		"-9223372036854775808",
		"9223372036854775807",
		"[]",
		"{}",
		"[[],{},[[]]]",
		"{\"b\":1,\"a\":{\"d\":[],\"c\":[1,[2,{\"x\":null}]]},\"aa\":"
		"\"\"}",
		"\"\\u0001\\u001f\\b\\f\\n\\r\\t\\\"\\\\/\\u007f\"",
		"{\"\\\"k\\n\":\"gr\\u00fc\\u00df \\ud83d\\ude00 \\u2028\"}",
		"{\"\":0,\"\\u00e9\":1,\"z\":2,\"Z\":3}",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		CLEANUP(json_release)
		json_t *value = json_loads(texts[i], JSON_DECODE_ANY, NULL);

		assert_non_null(value);
		assert_as_jansson(value);
	}
}

/* Every byte that a string can have, at every place of a short one. */
static void test_json_canonical__every_character(void **state)
{
	(void)state;
	for (char c = 1; c > 0 && c < 127; c++) {
		const char text[] = { c, 'a', c, c, 'b', c, '\0' };
		CLEANUP(json_release) json_t *value = json_string(text);

		assert_as_jansson(value);
	}
}

static json_t *any_value(unsigned depth)
{
	switch (rand() % (depth ? 7 : 5)) {
	case 0:
		return json_null();
	case 1:
		return json_boolean(rand() % 2);
	case 2:
		return json_integer(rand() - RAND_MAX / 2);
	case 3:
		return json_sprintf("%x\"\t\xc3\xa9%x", rand(), rand());
	case 4:
		return json_string("plain");
	case 5: {
		json_t *array = json_array();

		for (int i = rand() % 5; i > 0; i--)
			(void)json_array_append_new(array,
						    any_value(depth - 1));
		return array;
	}
	default: {
		json_t *object = json_object();

		for (int i = rand() % 9; i > 0; i--) {
			CLEANUP(free_ptr)
			char *key = xasprintf("%x", rand() % 4096);

			(void)json_object_set_new(object, key,
						  any_value(depth - 1));
		}
		return object;
	}
	}
}

static void test_json_canonical__many_values(void **state)
{
	(void)state;
	srand(7);
	for (size_t i = 0; i < 2000; i++) {
		CLEANUP(json_release) json_t *value = any_value(4);

		assert_as_jansson(value);
	}
}

static void test_json_add_value__indents_all_but_the_first_line(void **state)
{
	CLEANUP(strbuf_release) struct strbuf out = STRBUF_INIT(MIB);
	CLEANUP(json_release)
	json_t *value = json_loads("{\"a\":[1],\"b\":{}}", 0, NULL);

	(void)state;
	json_add_value(&out, value, 4);
	assert_string_equal(out.buf, "{\n      \"a\": [\n        1\n      ],\n"
				     "      \"b\": {}\n    }");
}

static void test_json_add_text__is_the_text_of_json_from_text(void **state)
{
	static const char *const texts[] = {
		NULL,
		"",
		"plain",
		"a\"b\\c\n",
		"gr\xc3\xbc\xc3\x9f",
		"\xff\xc3x",
		"\xed\xa0\x80",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		CLEANUP(strbuf_release) struct strbuf out = STRBUF_INIT(MIB);
		CLEANUP(json_release) json_t *value = json_from_text(texts[i]);
		CLEANUP(free_ptr) char *want = json_dumps(value, JUDGED);

		json_add_text(&out, texts[i]);
		assert_string_equal(out.buf, want);
	}
}

static void test_json_sorted_keys__by_bytes(void **state)
{
	CLEANUP(json_release)
	json_t *value =
		json_loads("{\"b\":1,\"a\":2,\"B\":3,\"aa\":4}", 0, NULL);
	CLEANUP(json_release) json_t *empty = json_object();
	size_t len = 9;
	CLEANUP(free_ptr) const char **keys = json_sorted_keys(value, &len);
	CLEANUP(free_ptr) const char **none = NULL;

	(void)state;
	assert_int_equal(len, 4);
	assert_string_equal(keys[0], "B");
	assert_string_equal(keys[1], "a");
	assert_string_equal(keys[2], "aa");
	assert_string_equal(keys[3], "b");
	CLEANUP(json_release) json_t *names = json_keys(value);
	assert_int_equal(json_array_size(names), 4);
	for (size_t i = 0; i < 4; i++)
		assert_string_equal(json_string_value(json_array_get(names, i)),
				    keys[i]);
	none = json_sorted_keys(empty, &len);
	assert_int_equal(len, 0);
}

static void test_json_pooled__each_text_once(void **state)
{
	CLEANUP(json_release) json_t *pool = json_object();
	CLEANUP(json_release) json_t *one = json_pooled(pool, "text");
	CLEANUP(json_release) json_t *same = json_pooled(pool, "text");
	CLEANUP(json_release) json_t *empty = json_pooled(pool, "");
	CLEANUP(json_release) json_t *null = json_pooled(pool, NULL);
	CLEANUP(json_release) json_t *broken = json_pooled(pool, "a\xff");

	(void)state;
	assert_ptr_equal(one, same);
	assert_string_equal(json_string_value(one), "text");
	assert_string_equal(json_string_value(empty), "");
	assert_true(json_is_null(null));
	assert_string_equal(json_string_value(broken), "a\xef\xbf\xbd");
	assert_int_equal(json_object_size(pool), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_json_canonical__literal_values),
		cmocka_unit_test(test_json_canonical__every_character),
		cmocka_unit_test(test_json_canonical__many_values),
		cmocka_unit_test(
			test_json_add_value__indents_all_but_the_first_line),
		cmocka_unit_test(
			test_json_add_text__is_the_text_of_json_from_text),
		cmocka_unit_test(test_json_sorted_keys__by_bytes),
		cmocka_unit_test(test_json_pooled__each_text_once),
	};

	json_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
