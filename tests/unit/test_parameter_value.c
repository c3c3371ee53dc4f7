#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "core/json.h"
#include "plans/parameter_value.h"

static json_t *about(const char *type, const char *allowed, const char *usual)
{
	return json_pack("{ss ss* ss*}", "type", type, "allowed", allowed,
			 "default", usual);
}

static void same(const char *type, const char *a, const char *b, bool expected)
{
	json_t *of = about(type, NULL, NULL);

	if (parameter_same(of, a, b) != expected ||
	    parameter_same(of, b, a) != expected)
		fail_msg("as %s, '%s' and '%s'", type, a, b);
	json_decref(of);
}

static void test_parameter_same__booleans(void **state UNUSED)
{
	static const char *const on[] = { "1", "ON", "on", "true", " On " };
	static const char *const off[] = { "0", "OFF", "off", "false" };

	for (size_t i = 0; i < ARRAY_SIZE(on); i++) {
		for (size_t j = 0; j < ARRAY_SIZE(on); j++)
			same("boolean", on[i], on[j], true);
		for (size_t j = 0; j < ARRAY_SIZE(off); j++)
			same("boolean", on[i], off[j], false);
	}
	same("boolean", "yes", "1", false);
	same("boolean", "{TrueIfReplica}", "1", false);
	/* of anything else these are words */
	same("string", "ON", "1", false);
	same("string", "ON", "on", false);
	same("integer", "1", "on", false);
}

static void test_parameter_same__lists(void **state UNUSED)
{
	same("list", "CONNECT,QUERY", " QUERY , CONNECT ", true);
	same("list", "CONNECT,QUERY,QUERY", "QUERY,CONNECT", true);
	same("list", "CONNECT,QUERY", "CONNECT", false);
	same("list", "connect", "CONNECT", false);
	same("list", "", " , ", true);
	same("string", "a,b", "b,a", false);
}

static void test_parameter_same__numbers_and_formulas(void **state UNUSED)
{
	same("integer", "600", "0600", true);
	same("integer", "600", "+600", true);
	same("integer", "600", "6e2", false);
	same("integer", "-1", "1", false);
	same("integer", "{DBInstanceClassMemory*3/4}",
	     " {DBInstanceClassMemory*3/4} ", true);
	same("integer", "{DBInstanceClassMemory*3/4}",
	     "{dbinstanceclassmemory*3/4}", false);
	same("float", "10", "10.0", false);
	same("integer", "99999999999999999999", "99999999999999999999", true);
	assert_true(parameter_same(NULL, "x", " x"));
	assert_false(parameter_same(NULL, "1", "on"));
}

/* What is to be had where `live` is and `wanted` is asked for. */
static void spells(json_t *of, const char *live, const char *wanted,
		   const char *expected)
{
	json_t *from = json_from_text(live);
	json_t *to = json_from_text(wanted);
	json_t *end = parameter_spell(of, from, to);
	json_t *as = json_from_text(expected);

	if (!json_equal(end, as))
		fail_msg("'%s' with '%s' live is '%s', not '%s'", wanted, live,
			 json_string_value(end), expected);
	json_decref(from);
	json_decref(to);
	json_decref(end);
	json_decref(as);
}

static void test_parameter_spell(void **state UNUSED)
{
	json_t *tls = about("boolean", "ON,OFF", "OFF");
	json_t *events = about("list", "CONNECT,QUERY,TABLE", NULL);
	json_t *number = about("integer", "1-65535", "100");
	json_t *free_text = about("boolean", NULL, NULL);

	/* as AllowedValues spells it */
	spells(tls, NULL, "1", "ON");
	spells(tls, NULL, "true", "ON");
	spells(free_text, NULL, "true", "true");
	/* live itself, to the letter, where that means the same */
	spells(tls, "on", "1", "on");
	spells(events, " TABLE,CONNECT", "CONNECT,TABLE", " TABLE,CONNECT");
	spells(number, "0600", "600", "0600");
	/* the default, where nobody set it, is satisfied */
	spells(tls, NULL, "0", NULL);
	spells(number, NULL, "0100", NULL);
	/* but not where somebody set something else */
	spells(tls, "ON", "0", "OFF");
	/* unset is unset, even where live is as the default */
	spells(tls, "OFF", NULL, NULL);
	/* blanks do not travel */
	spells(events, NULL, " TABLE , CONNECT ", "TABLE,CONNECT");
	spells(number, NULL, " 7 ", "7");
	/* what is none of its values is sent as it stands, to be refused */
	spells(tls, NULL, "maybe", "maybe");
	spells(NULL, NULL, "x", "x");
	json_decref(tls);
	json_decref(events);
	json_decref(number);
	json_decref(free_text);
}

static void merges(const char *usual, const char *live, const char *include,
		   const char *exclude, const char *expected)
{
	json_t *of = about("list", NULL, usual);
	json_t *from = json_from_text(live);
	json_t *more = json_loads(include, 0, NULL);
	json_t *less = json_loads(exclude, 0, NULL);
	json_t *end = parameter_merge(of, from, more, less);
	json_t *as = json_from_text(expected);

	if (!json_equal(end, as))
		fail_msg("'%s' + %s - %s is '%s', not '%s'", live, include,
			 exclude, json_string_value(end), expected);
	json_decref(of);
	json_decref(from);
	json_decref(more);
	json_decref(less);
	json_decref(end);
	json_decref(as);
}

static void test_parameter_merge(void **state UNUSED)
{
	/* with the default, where nobody set it */
	merges("pg_stat_statements", NULL, "[\"pgaudit\"]", "[]",
	       "pg_stat_statements,pgaudit");
	merges(NULL, NULL, "[\"pgaudit\"]", "[]", "pgaudit");
	/* with what is live: others' members and their order stay */
	merges("pg_stat_statements", "pglogical, auto_explain", "[\"pgaudit\"]",
	       "[]", "pglogical,auto_explain,pgaudit");
	merges(NULL, "a,b,c", "[]", "[\"b\"]", "a,c");
	/* nothing to do: as it is, to the letter */
	merges("pg_stat_statements", NULL, "[\"pg_stat_statements\"]", "[]",
	       NULL);
	merges(NULL, " b ,a", "[\"a\"]", "[\"c\"]", " b ,a");
	merges(NULL, "a", "[]", "[\"a\"]", "");
}

static void allows(const char *type, const char *allowed, const char *text,
		   bool expected)
{
	json_t *of = about(type, allowed, NULL);

	if (parameter_allows(of, text) != expected)
		fail_msg("'%s' of %s", text, allowed);
	json_decref(of);
}

static void test_parameter_allows(void **state UNUSED)
{
	allows("boolean", "0,1", "1", true);
	allows("boolean", "0,1", "2", false);
	allows("integer", "1-65535", "65535", true);
	allows("integer", "1-65535", "65536", false);
	allows("integer", "1-65535", "0", false);
	allows("integer", "1-65535", "1x", false);
	allows("integer", "1-65535", "", false);
	allows("integer", "-1-2147483647", "-1", true);
	allows("integer", "-1-2147483647", "-2", false);
	allows("integer", "1-10,20,30-40", "20", true);
	allows("integer", "1-10,20,30-40", "25", false);
	allows("float", "0-1.5", "0.25", true);
	allows("string", "none,ddl", "ddl", true);
	allows("string", "none,ddl", "DDL", false);
	allows("string", "none,ddl", "none,ddl", false);
	allows("list", "CONNECT,QUERY", "QUERY,CONNECT", true);
	allows("list", "CONNECT,QUERY", "QUERY,TABLE", false);
	allows("string", "utf8-bin,utf8", "utf8-bin", true);
	allows("integer", "1-65535", "{DBInstanceClassMemory/12}", true);
	allows("string", NULL, "anything", true);
	assert_true(parameter_allows(NULL, "anything"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parameter_same__booleans),
		cmocka_unit_test(test_parameter_same__lists),
		cmocka_unit_test(test_parameter_same__numbers_and_formulas),
		cmocka_unit_test(test_parameter_spell),
		cmocka_unit_test(test_parameter_merge),
		cmocka_unit_test(test_parameter_allows),
	};

	json_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
