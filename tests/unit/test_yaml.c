#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>

#include "core/file.h"
#include "core/limits.h"
#include "core/mem.h"
#include "core/yaml.h"

/* A parsed text, with all that it holds. */
struct parsed {
	struct arena arena;
	struct error_list list;
	struct yaml_node *root;
	struct strbuf text; /* the mistakes, as they are shown */
};

static struct parsed parse_bytes(const char *text, size_t len)
{
	struct parsed p = { .arena = ARENA_INIT, .text = STRBUF_INIT(MIB) };

	p.root = yaml_parse(&p.arena, "f", text, len, &p.list);
	error_list_sort(&p.list);
	error_list_render(&p.list, &p.text);
	return p;
}

static struct parsed parse(const char *text)
{
	return parse_bytes(text, strlen(text));
}

static void parsed_release(struct parsed *p)
{
	arena_release(&p->arena);
	error_list_release(&p->list);
	strbuf_release(&p->text);
}

static void expect_mistake(const char *text, const char *mistake)
{
	CLEANUP(parsed_release) struct parsed p = parse(text);

	if (!strstr(p.text.buf, mistake))
		fail_msg("of \"%.80s\" it says \"%s\", not \"%s\"", text,
			 p.text.buf, mistake);
}

static void expect_type(const char *text, enum yaml_type type)
{
	CLEANUP(parsed_release) struct parsed p = parse(text);

	if (!p.root || p.root->type != type || p.list.len)
		fail_msg("%s has type %d, not %d (%s)", text,
			 p.root ? (int)p.root->type : -1, (int)type,
			 p.text.buf);
	if (p.root->type < YAML_LIST && p.root->type != YAML_NULL)
		assert_string_equal(p.root->text, text);
}

static void test_yaml_parse__core_schema_types(void **state)
{
	static const struct {
		const char *text;
		enum yaml_type type;
	} cases[] = {
		{ "true", YAML_BOOL },
		{ "True", YAML_BOOL },
		{ "TRUE", YAML_BOOL },
		{ "false", YAML_BOOL },
		{ "False", YAML_BOOL },
		{ "FALSE", YAML_BOOL },
		{ "tRue", YAML_STRING },
		{ "yes", YAML_STRING },
		{ "no", YAML_STRING },
		{ "on", YAML_STRING },
		{ "off", YAML_STRING },
		{ "y", YAML_STRING },
		{ "null", YAML_NULL },
		{ "Null", YAML_NULL },
		{ "NULL", YAML_NULL },
		{ "~", YAML_NULL },
		{ "nULL", YAML_STRING },
		{ "0", YAML_INT },
		{ "-7", YAML_INT },
		{ "+7", YAML_INT },
		{ "007", YAML_INT },
		{ "0x1F", YAML_INT },
		{ "0o17", YAML_INT },
		{ "0o18", YAML_STRING },
		{ "0x", YAML_STRING },
		{ "-0x1", YAML_STRING },
		{ "1_000", YAML_STRING },
		{ "1.5", YAML_FLOAT },
		{ ".5", YAML_FLOAT },
		{ "5.", YAML_FLOAT },
		{ "1e3", YAML_FLOAT },
		{ "1e", YAML_STRING },
		{ "1.2.3", YAML_STRING },
		{ ".inf", YAML_FLOAT },
		{ "-.inf", YAML_FLOAT },
		{ ".nan", YAML_FLOAT },
		{ ".", YAML_STRING },
		{ "+", YAML_STRING },
		{ "02:00", YAML_STRING },
		{ "2027-01-31", YAML_STRING },
		{ "0b11", YAML_STRING },
		{ "1 2", YAML_STRING },
		{ "9223372036854775807", YAML_INT },
		{ "9223372036854775808", YAML_FLOAT },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		expect_type(cases[i].text, cases[i].type);
}

static int64_t integer_of(const char *text)
{
	CLEANUP(parsed_release) struct parsed p = parse(text);

	assert_non_null(p.root);
	assert_int_equal(p.root->type, YAML_INT);
	return p.root->integer;
}

static void test_yaml_parse__integers_have_their_value(void **state)
{
	(void)state;
	assert_int_equal(integer_of("010"), 10);
	assert_int_equal(integer_of("0o10"), 8);
	assert_int_equal(integer_of("0x1f"), 31);
	assert_int_equal(integer_of("+14"), 14);
	assert_true(integer_of("-9223372036854775808") == INT64_MIN);
	assert_true(integer_of("0x7fffffffffffffff") == INT64_MAX);
}

static void test_yaml_parse__quotes_make_strings(void **state)
{
	static const char *const texts[] = { "\"true\"", "'14'", "\"~\"", "''",
					     "|\n  14\n" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		CLEANUP(parsed_release) struct parsed p = parse(texts[i]);

		assert_non_null(p.root);
		assert_int_equal(p.root->type, YAML_STRING);
		assert_true(p.root->quoted);
	}
}

static void test_yaml_parse__places_are_one_based_characters(void **state)
{
	CLEANUP(parsed_release)
	struct parsed p = parse("\xef\xbb\xbf# \xc3\xa4\r\na: {\xc3\xa4: b,\r\n"
				"  c: [1, x]}\r\n");
	struct yaml_node *a, *c;

	(void)state;
	assert_non_null(p.root);
	assert_int_equal(p.root->line, 2);
	assert_int_equal(p.root->column, 1);
	a = yaml_get(p.root, "a");
	assert_non_null(a);
	assert_int_equal(a->column, 4);
	assert_int_equal(yaml_get(a, "\xc3\xa4")->column, 8);
	c = yaml_get(a, "c");
	assert_int_equal(c->line, 3);
	assert_int_equal(c->items[1]->column, 10);
	assert_null(yaml_get(a, "b"));
	assert_null(yaml_get(c, "1"));
}

static void test_yaml_parse__nothing_in_it_is_null(void **state)
{
	static const char *const texts[] = {
		"",      "\n\n",       "# only this\n",
		"---\n", "---\n...\n", "\xef\xbb\xbf"
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		CLEANUP(parsed_release) struct parsed p = parse(texts[i]);

		assert_non_null(p.root);
		assert_int_equal(p.root->type, YAML_NULL);
		assert_string_equal(p.root->text, "");
		assert_int_equal(p.list.len, 0);
	}
}

static void test_yaml_parse__aliases_share_but_keep_their_place(void **state)
{
	CLEANUP(parsed_release)
	struct parsed p = parse("a: &x {b: [1, 2]}\nc: *x\nd: &x 7\ne: *x\n");
	struct yaml_node *a, *c;

	(void)state;
	assert_int_equal(p.list.len, 0);
	a = yaml_get(p.root, "a");
	c = yaml_get(p.root, "c");
	assert_int_equal(c->line, 2);
	assert_int_equal(c->column, 4);
	assert_ptr_equal(yaml_get(a, "b"), yaml_get(c, "b"));
	assert_int_equal(yaml_get(p.root, "e")->integer, 7);
}

static void test_yaml_parse__duplicate_keys_name_the_first(void **state)
{
	CLEANUP(parsed_release)
	struct parsed p = parse("a: 1\nb: {x: 1, 'x': 2}\n\"a\": 2\na: 3\n");

	(void)state;
	assert_string_equal(
		p.text.buf,
		"f:2:11: error: the key 'x' is there twice; first at line 2\n"
		"f:3:1: error: the key 'a' is there twice; first at line 1\n"
		"f:4:1: error: the key 'a' is there twice; first at line 1\n");
	/* the structure is clear: the caller can go on looking */
	assert_non_null(p.root);
}

static void test_yaml_parse__structure_that_is_refused(void **state)
{
	static const struct {
		const char *text, *mistake;
	} cases[] = {
		{ "a: 1\n---\nb: 2\n", "f:2:1: error: more than one document" },
		{ "a: 1\n...\n# c\n---\nb: 2\n",
		  "f:4:1: error: more than one" },
		{ "a: 1\n...\n%TAG ! !\n---\n",
		  "f:3:1: error: something after" },
		{ "{a: 1} b", "f:1:8: error: something after the end" },
		{ "a: *b\n", "f:1:4: error: the alias '*b' names no anchor" },
		{ "a: &a [*a]\n",
		  "f:1:8: error: the alias '*a' stands inside" },
		{ "&k k: 1\n? [a]\n: 1\n",
		  "f:2:3: error: a key must be a text" },
		{ "a: {<<: {b: 1}}\n", "f:1:5: error: merge keys" },
		{ "a: !!str 1\n", "f:1:4: error: the tag" },
		{ "a: !!python/object:os.system x\n",
		  "tags are not supported" },
		{ "a: !x [1]\n", "f:1:4: error: the tag '!x'" },
		{ "%TAG ! !\n---\na: 1\n", "f:1:1: error: YAML directives" },
		{ "%YAML 1.2\n%YAML 1.2\n---\na\n", "f:2:1: error: YAML dir" },
		{ "a: \"\\0\"\n", "f:1:4: error: a text with a NUL" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		expect_mistake(cases[i].text, cases[i].mistake);
}

static void test_yaml_parse__allowed_rarities(void **state)
{
	static const char *const texts[] = {
		"%YAML 1.2\n---\na: 1\n",
		"# c\n%YAML 1.2 # c\n--- {a: 1}\n",
		"---\na: 1\n...\n",
		"a: 1\n# the end",
		"? a\n: 1\n",
		"a: 1\n...\n# c\n...\n",
		"'<<': 1\n",
		"- a\t# tab\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		CLEANUP(parsed_release) struct parsed p = parse(texts[i]);

		if (!p.root || p.list.len)
			fail_msg("\"%s\": %s", texts[i], p.text.buf);
	}
}

static void test_yaml_parse__malformed_text_has_place_and_hint(void **state)
{
	static const struct {
		const char *text, *mistake;
	} cases[] = {
		{ "a:\n\tb: 1\n", "f:2:1: error: malformed YAML" },
		{ "a:\n\tb: 1\n", "hint: indent with blanks, not tabs" },
		{ "a: [1, 2\n", "f:2:1: error: malformed YAML" },
		{ "a: 'x\n", "error: malformed YAML" },
		{ "a: b: c\n", "f:1:5: error: malformed YAML: mapping values" },
		{ "a: 1\n  b: 2\n", "f:2:4: error: malformed YAML" },
		{ "a: 1\n- b\n", "f:2:1: error: malformed YAML" },
		{ "a: @x\n", "f:1:4: error: malformed YAML" },
		{ "%YAML 1.3\n---\na\n", "error: malformed YAML" },
		{ "}", "f:1:1: error: malformed YAML" },
		{ "a: \"\\q\"\n", "error: malformed YAML" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		expect_mistake(cases[i].text, cases[i].mistake);
}

static void test_yaml_parse__bytes_that_are_no_text(void **state)
{
	static const struct {
		const char *text;
		size_t len;
		const char *mistake;
	} cases[] = {
		{ "a: 1\nb: \0\n", 10, "f:2:4: error: unreadable text: a NUL" },
		{ "\x7f"
		  "ELF\2\1",
		  6, "f:1:1: error: unreadable text" },
		{ "a: \xff\n", 5,
		  "f:1:4: error: unreadable text: a byte that" },
		{ "a: \xc3", 4, "f:1:4: error: unreadable text: a byte that" },
		{ "\xc0\xaf", 2, "a byte that is not UTF-8" },
		{ "\xed\xa0\x80", 3, "a byte that is not UTF-8" },
		{ "\xf4\x90\x80\x80", 4, "a byte that is not UTF-8" },
		{ "\xff\xfe"
		  "a\0",
		  4, "f:1:1: error: the text is UTF-16" },
		{ "a: 1\rb: 2\r", 10, "f:1:5: error: unreadable text: a carr" },
		{ "a: \xc2\x85", 5, "a Unicode line separator" },
		{ "a: \xe2\x80\xa8", 6, "a Unicode line separator" },
		{ "a: \x1b[31m", 8,
		  "f:1:4: error: unreadable text: a control" },
		{ "a\xef\xbb\xbf: 1", 7,
		  "f:1:2: error: unreadable text: a byte" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		CLEANUP(parsed_release)
		struct parsed p = parse_bytes(cases[i].text, cases[i].len);

		if (p.root || !strstr(p.text.buf, cases[i].mistake))
			fail_msg("case %zu: \"%s\" is not \"%s\"", i,
				 p.text.buf, cases[i].mistake);
	}
}

static void test_yaml_parse__alias_bomb_is_refused(void **state)
{
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(MIB);

	(void)state;
	strbuf_adds(&text, "l0: &l0 [x, x, x, x, x, x, x, x, x, x]\n");
	for (int i = 1; i < 10; i++) {
		strbuf_addf(&text, "l%d: &l%d [", i, i);
		for (int j = 0; j < 10; j++)
			strbuf_addf(&text, "%s*l%d", j ? ", " : "", i - 1);
		strbuf_adds(&text, "]\n");
	}
	expect_mistake(text.buf,
		       "more than 1000000 values, counting what aliases");
}

static void test_yaml_parse__depth_is_limited(void **state)
{
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(MIB);

	(void)state;
	strbuf_pad(&text, '[', LIMIT_YAML_DEPTH - 1);
	strbuf_adds(&text, "x");
	strbuf_pad(&text, ']', LIMIT_YAML_DEPTH - 1);
	expect_type("[x]", YAML_LIST);
	{
		CLEANUP(parsed_release) struct parsed p = parse(text.buf);

		assert_non_null(p.root);
	}
	strbuf_clear(&text);
	strbuf_pad(&text, '[', 100000);
	expect_mistake(text.buf, "f:1:65: error: nested deeper than 64 levels");
	strbuf_clear(&text);
	for (int i = 0; i < 100000; i++)
		strbuf_adds(&text, "- ");
	expect_mistake(text.buf, "nested deeper than 64 levels");
}

static void test_yaml_parse__depth_through_aliases_is_limited(void **state)
{
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(MIB);

	(void)state;
	strbuf_adds(&text, "- &a0 [x]\n");
	for (int i = 1; i < 70; i++)
		strbuf_addf(&text, "- &a%d [*a%d]\n", i, i - 1);
	expect_mistake(text.buf, "nested deeper than 64 levels");
}

static void test_yaml_parse__many_anchors_and_directives(void **state)
{
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(16 * MIB);

	(void)state;
	for (int i = 0; i < 1001; i++)
		strbuf_addf(&text, "- &a%d x\n", i);
	expect_mistake(text.buf, "f:1001:3: error: more than 1000 anchors");
	strbuf_clear(&text);
	for (int i = 0; i < 200000; i++)
		strbuf_addf(&text, "%%TAG !%d! x\n", i);
	expect_mistake(text.buf, "f:1:1: error: YAML directives");
	strbuf_clear(&text);
	strbuf_adds(&text, "x\n...\n");
	for (int i = 0; i < 200000; i++)
		strbuf_addf(&text, "%%TAG !%d! x\n", i);
	expect_mistake(text.buf, "f:3:1: error: something after");
}

static void test_yaml_parse__large_maps_are_read(void **state)
{
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(16 * MIB);

	(void)state;
	for (int i = 0; i < 100000; i++)
		strbuf_addf(&text, "key%d: %d\n", i, i);
	{
		CLEANUP(parsed_release) struct parsed p = parse(text.buf);

		assert_non_null(p.root);
		assert_int_equal(p.root->len, 100000);
		assert_int_equal(yaml_get(p.root, "key99999")->integer, 99999);
	}
	strbuf_adds(&text, "key5: again\n");
	expect_mistake(text.buf, "f:100001:1: error: the key 'key5' is there "
				 "twice; first at line 6");
}

static void test_yaml_parse__more_values_than_the_limit(void **state)
{
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(16 * MIB);

	(void)state;
	strbuf_adds(&text, "[");
	for (int i = 0; i <= LIMIT_YAML_NODES; i++)
		strbuf_adds(&text, "1,");
	strbuf_adds(&text, "]");
	expect_mistake(text.buf, "more than 1000000 values");
}

static void test_yaml_parse__long_keys_say_so(void **state)
{
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(MIB);

	(void)state;
	strbuf_pad(&text, 'k', 2000);
	strbuf_adds(&text, ": 1\n");
	expect_mistake(text.buf, "at most 1024 characters");
}

/* What fuzzing found worth keeping: a tree or a mistake, and no crash. */
static void test_yaml_parse__fuzzing_corpus(void **state)
{
	static const char *const dirs[] = { "tests/fuzz/corpus/fuzz_yaml/",
					    "tests/fuzz/corpus/fuzz_desired/" };
	size_t found = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++) {
		DIR *dir = opendir(dirs[i]);
		struct dirent *entry;

		assert_non_null(dir);
		while ((entry = readdir(dir))) {
			CLEANUP(free_ptr)
			char *path = xasprintf("%s%s", dirs[i], entry->d_name);
			CLEANUP(strbuf_release)
			struct strbuf text = STRBUF_INIT(MIB);
			CLEANUP(error_release) struct error err = ERROR_INIT;

			if (entry->d_name[0] == '.')
				continue;
			assert_int_equal(file_read(path, MIB, &text, &err), 0);
			CLEANUP(parsed_release)
			struct parsed p = parse_bytes(text.buf, text.len);

			assert_true(p.root || p.list.len);
			found++;
		}
		(void)closedir(dir);
	}
	assert_true(found > 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_yaml_parse__core_schema_types),
		cmocka_unit_test(test_yaml_parse__integers_have_their_value),
		cmocka_unit_test(test_yaml_parse__quotes_make_strings),
		cmocka_unit_test(
			test_yaml_parse__places_are_one_based_characters),
		cmocka_unit_test(test_yaml_parse__nothing_in_it_is_null),
		cmocka_unit_test(
			test_yaml_parse__aliases_share_but_keep_their_place),
		cmocka_unit_test(
			test_yaml_parse__duplicate_keys_name_the_first),
		cmocka_unit_test(test_yaml_parse__structure_that_is_refused),
		cmocka_unit_test(test_yaml_parse__allowed_rarities),
		cmocka_unit_test(
			test_yaml_parse__malformed_text_has_place_and_hint),
		cmocka_unit_test(test_yaml_parse__bytes_that_are_no_text),
		cmocka_unit_test(test_yaml_parse__alias_bomb_is_refused),
		cmocka_unit_test(test_yaml_parse__depth_is_limited),
		cmocka_unit_test(
			test_yaml_parse__depth_through_aliases_is_limited),
		cmocka_unit_test(test_yaml_parse__many_anchors_and_directives),
		cmocka_unit_test(test_yaml_parse__large_maps_are_read),
		cmocka_unit_test(test_yaml_parse__more_values_than_the_limit),
		cmocka_unit_test(test_yaml_parse__long_keys_say_so),
		cmocka_unit_test(test_yaml_parse__fuzzing_corpus),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
