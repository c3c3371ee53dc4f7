#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "plans/document.h"

#define ALLOW "'Effect':'Allow','Action':'sts:AssumeRole',"
#define V "'Version':'2012-10-17',"

/* JSON with ' for ". New reference. */
static json_t *quoted(const char *text)
{
	CLEANUP(free_ptr) char *copy = xstrdup(text);
	json_t *value;

	for (char *c = copy; *c; c++)
		*c = *c == '\'' ? '"' : *c;
	value = json_loads(copy, JSON_DECODE_ANY, NULL);
	if (!value)
		fail_msg("not JSON: %s", copy);
	return value;
}

static bool equal(const char *a, const char *b)
{
	CLEANUP(json_release) json_t *x = quoted(a);
	CLEANUP(json_release) json_t *y = quoted(b);

	assert_int_equal(document_equal(x, y), document_equal(y, x));
	return document_equal(x, y);
}

#define STATEMENT(text) "{'Statement':[{" text "}]}"

static void test_document_equal__same_meaning(void **state UNUSED)
{
	static const char *const pairs[][2] = {
		{ "{" V "'Statement':{" ALLOW "'Sid':'a'}}",
		  "{'Statement':[{'Sid':'a','Action':['sts:AssumeRole'],"
		  "'Effect':'allow'}],'Version':'2012-10-17'}" },
		{ STATEMENT("'Action':['a:b','a:c']"),
		  STATEMENT("'Action':['a:c','a:b']") },
		{ STATEMENT("'Resource':'*'"), STATEMENT("'Resource':['*']") },
		{ STATEMENT("'NotAction':'a:b'"),
		  STATEMENT("'NotAction':['a:b']") },
		{ STATEMENT("'Effect':'ALLOW'"),
		  STATEMENT("'Effect':'Allow'") },
		{ STATEMENT("'Principal':{'AWS':'123456789012'}"),
		  STATEMENT("'Principal':{'AWS':["
			    "'arn:aws:iam::123456789012:root']}") },
		{ STATEMENT("'Principal':{'AWS':'123456789012'}"),
		  STATEMENT("'Principal':{'AWS':"
			    "'arn:aws-cn:iam::123456789012:root'}") },
		{ STATEMENT(
			  "'Condition':{'Bool':{'k':true},'B':{'x':[2,'1']}}"),
		  STATEMENT("'Condition':{'B':{'x':['1','2']},"
			    "'Bool':{'k':['true']}}") },
		{ "{'Statement':[{'Sid':'a'},{'Sid':'b'}]}",
		  "{'Statement':[{'Sid':'b'},{'Sid':'a'}]}" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
		if (!equal(pairs[i][0], pairs[i][1]))
			fail_msg("%s is not %s", pairs[i][0], pairs[i][1]);
	}
}

static void test_document_equal__other_meaning(void **state UNUSED)
{
	static const char *const pairs[][2] = {
		{ "{'Statement':[]}", "{" V "'Statement':[]}" },
		{ "{'Version':'2008-10-17','Statement':[]}",
		  "{" V "'Statement':[]}" },
		{ "{'Id':'a','Statement':[]}", "{'Id':'b','Statement':[]}" },
		{ STATEMENT("'Sid':'a'"), STATEMENT("'Sid':'A'") },
		{ STATEMENT("'Action':'a:b'"), STATEMENT("'Action':'a:B'") },
		{ STATEMENT("'Action':['a:b']"),
		  STATEMENT("'Action':['a:b','a:b']") },
		{ STATEMENT("'Action':'a:b'"), STATEMENT("'NotAction':'a:b'") },
		{ STATEMENT("'Effect':'Allow'"), STATEMENT("'Effect':'Deny'") },
		{ STATEMENT("'Principal':'*'"),
		  STATEMENT("'Principal':{'AWS':'*'}") },
		{ STATEMENT("'Principal':{'AWS':'123456789012'}"),
		  STATEMENT("'Principal':{'AWS':"
			    "'arn:aws:iam::123456789012:role/root'}") },
		{ STATEMENT("'Principal':{'AWS':'123456789012'}"),
		  STATEMENT("'Principal':{'AWS':'123456789013'}") },
		/* outside of principals an ARN is an ARN */
		{ STATEMENT("'Resource':'123456789012'"),
		  STATEMENT("'Resource':'arn:aws:iam::123456789012:root'") },
		{ STATEMENT("'Condition':{'Bool':{'k':true}}"),
		  STATEMENT("'Condition':{'Bool':{'k':false}}") },
		{ "{'Statement':[{'Sid':'a'}]}",
		  "{'Statement':[{'Sid':'a'},{'Sid':'a'}]}" },
		{ "{'Statement':[]}", "'x'" },
		{ "{'Statement':[]}", "null" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
		if (equal(pairs[i][0], pairs[i][1]))
			fail_msg("%s is %s", pairs[i][0], pairs[i][1]);
	}
}

static void test_document_equal__no_documents(void **state UNUSED)
{
	assert_false(equal("'x'", "'x'"));
	assert_false(document_equal(NULL, NULL));
}

static void is_read_as(const char *wire, const char *json)
{
	CLEANUP(json_release) json_t *read = document_from_wire(wire);
	CLEANUP(json_release) json_t *want = quoted(json);

	if (!json_equal(read, want))
		fail_msg("'%s' is not read as %s", wire, json);
}

static void test_document_from_wire__percent_encoding(void **state UNUSED)
{
	is_read_as("%7B%22a%22%3A%22b%22%7D", "{'a':'b'}");
	is_read_as("%7b%22a%22%3a%22b+c%2B%25%22%7d", "{'a':'b+c+%'}");
	is_read_as("{\"a\":\"100%\"}", "{'a':'100%'}");
	is_read_as("{\"a\":\"%2\"}", "{'a':'%2'}");
	is_read_as("{\"a\":\"%zz%4\"}", "{'a':'%zz%4'}");
	is_read_as("{\"a\":1.5,\"b\":[{\"c\":2e3}]}",
		   "{'a':'1.5','b':[{'c':'2000'}]}");
}

static void test_document_from_wire__nonsense_stays_text(void **state UNUSED)
{
	is_read_as("", "''");
	is_read_as("%", "'%'");
	is_read_as("%00", "'%00'");
	is_read_as("[1]", "'[1]'");
	is_read_as("{a", "'{a'");
	is_read_as("{\"a\":1,\"a\":2}",
		   "'{\\u0022a\\u0022:1,\\u0022a\\u0022:2}'");
}

static bool widens(const char *a, const char *b)
{
	CLEANUP(json_release) json_t *before = quoted(a);
	CLEANUP(json_release) json_t *after = quoted(b);

	return document_widens(before, after);
}

#define BOTH                                                 \
	STATEMENT("'Effect':'Allow','Action':['a:b','a:c']," \
		  "'Principal':{'AWS':['x','y'],'Service':'s'}")
#define ONE STATEMENT("'Effect':'Allow','Action':'a:c','Principal':{'AWS':'y'}")
#define DENIED(text)                                                       \
	"{'Statement':[{'Effect':'Allow','Action':'a:c','Principal':'*'}," \
	"{'Effect':'Deny','Action':" text ",'Principal':'*'}]}"

static void test_document_widens__only_what_is_not_narrower(void **state UNUSED)
{
	assert_false(widens(BOTH, ONE));
	assert_true(widens(ONE, BOTH));
	assert_false(widens(BOTH, BOTH));
	assert_false(widens(DENIED("'a:x'"), DENIED("['a:x','a:y']")));
	assert_true(widens(DENIED("['a:x','a:y']"), DENIED("'a:x'")));
	/* a condition more is narrower, but not in the same words */
	assert_true(widens(
		ONE, STATEMENT("'Effect':'Allow','Action':'a:c','Principal':{"
			       "'AWS':'y'},'Condition':{'Bool':{'k':true}}")));
	assert_true(widens("'unreadable'", ONE));
	assert_true(widens(ONE, "{" V "'Statement':[]}"));
	assert_false(widens(ONE, "{'Statement':[]}"));
}

static void test_document_size__counts_characters(void **state UNUSED)
{
	CLEANUP(json_release)
	json_t *document = quoted("{'a': [ 'é' , 'b' ] }");

	assert_int_equal(document_size(document),
			 strlen("{\"a\":[\"e\",\"b\"]}"));
}

static void test_document_lost_principal__anywhere(void **state UNUSED)
{
	static const char *const lost[] = {
		"{'Statement':{'Principal':{'AWS':'AROAEXAMPLE0123456789'}}}",
		"{'Statement':[{},{'NotPrincipal':{'AWS':['*',"
		"'AROAEXAMPLE0123456789']}}]}",
	};
	static const char *const kept[] = {
		"{'Statement':{'Principal':{'AWS':'arn:aws:iam::1:role/"
		"AROAX'}}}",
		"{'Statement':{'Principal':{'Service':'AROAEXAMPLE0123456789'}}"
		"}",
		"{'Statement':{'Principal':{'AWS':'AROAexample0123456789'}}}",
		"{'Statement':{'Principal':'*'}}",
		"{'Statement':'AROAEXAMPLE0123456789'}",
		"'AROAEXAMPLE0123456789'",
	};

	for (size_t i = 0; i < ARRAY_SIZE(lost); i++) {
		CLEANUP(json_release) json_t *document = quoted(lost[i]);

		assert_string_equal(document_lost_principal(document),
				    "AROAEXAMPLE0123456789");
	}
	for (size_t i = 0; i < ARRAY_SIZE(kept); i++) {
		CLEANUP(json_release) json_t *document = quoted(kept[i]);

		assert_null(document_lost_principal(document));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_document_equal__same_meaning),
		cmocka_unit_test(test_document_equal__other_meaning),
		cmocka_unit_test(test_document_equal__no_documents),
		cmocka_unit_test(test_document_from_wire__percent_encoding),
		cmocka_unit_test(test_document_from_wire__nonsense_stays_text),
		cmocka_unit_test(
			test_document_widens__only_what_is_not_narrower),
		cmocka_unit_test(test_document_size__counts_characters),
		cmocka_unit_test(test_document_lost_principal__anywhere),
	};

	json_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
