#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/limits.h"
#include "core/mem.h"
#include "plans/desired.h"

/* The member at a path of keys, NULL at its end; fails when it is not there. */
static json_t *at(json_t *value, ...)
{
	va_list ap;
	const char *key;

	va_start(ap, value);
	while ((key = va_arg(ap, const char *))) {
		value = json_object_get(value, key);
		if (!value)
			fail_msg("there is no '%s'", key);
	}
	va_end(ap);
	return value;
}

static json_t *settings_of(json_t *schema, enum kind kind)
{
	CLEANUP(free_ptr)
	char *name = xasprintf("%s_settings", kind_ops(kind)->name);

	return at(schema, "$defs", name, "properties", NULL);
}

static void
test_desired_schema__has_what_rules_may_set_and_no_more(void **state)
{
	CLEANUP(json_release) json_t *schema = desired_schema();

	(void)state;
	for (enum kind kind = 0; kind < KIND_COUNT; kind++) {
		json_t *settings = settings_of(schema, kind);
		size_t len, offered = 0;
		const struct setting *rows = catalogue_rows(kind, &len);

		for (size_t i = 0; i < len; i++) {
			bool valid = rows[i].standing == STANDING_WRITABLE ||
				     rows[i].standing == STANDING_FIXED;
			json_t *row = json_object_get(settings, rows[i].name);

			if ((row != NULL) != valid)
				fail_msg("%s", rows[i].name);
			if (!row)
				continue;
			offered++;
			assert_non_null(strstr(json_text(row, "description"),
					       rows[i].summary));
		}
		assert_int_equal(json_object_size(settings), offered);
	}
}

static void test_desired_schema__types_come_from_the_rows(void **state)
{
	CLEANUP(json_release) json_t *schema = desired_schema();
	json_t *cluster = settings_of(schema, KIND_CLUSTER);
	json_t *row, *forms;

	(void)state;
	row = at(cluster, "backup_retention_period", NULL);
	assert_string_equal(json_text(row, "type"), "integer");
	assert_int_equal(json_integer_value(at(row, "minimum", NULL)), 1);
	assert_int_equal(json_integer_value(at(row, "maximum", NULL)), 35);
	row = at(cluster, "network_type", NULL);
	assert_true(json_array_has(at(row, "enum", NULL), "DUAL"));
	row = at(cluster, "domain", "anyOf", NULL);
	assert_string_equal(json_text(json_array_get(row, 1), "type"), "null");
	forms = at(cluster, "enabled_cloudwatch_logs_exports", "oneOf", NULL);
	assert_int_equal(json_array_size(forms), 2);
	assert_true(json_array_has(
		at(json_array_get(forms, 0), "items", "enum", NULL), "audit"));
	assert_non_null(
		at(json_array_get(forms, 1), "properties", "exclude", NULL));
}

/* Every $ref leads somewhere. */
static void check_references(json_t *schema, json_t *value)
{
	const char *key, *ref = json_text(value, "$ref");
	json_t *member;
	size_t i;

	if (ref) {
		assert_true(!strncmp(ref, "#/$defs/", 8));
		(void)at(schema, "$defs", ref + 8, NULL);
	}
	json_array_foreach(value, i, member)
		check_references(schema, member);
	json_object_foreach(value, key, member)
		check_references(schema, member);
}

static void test_desired_schema__references_lead_somewhere(void **state)
{
	CLEANUP(json_release) json_t *schema = desired_schema();

	(void)state;
	check_references(schema, schema);
	assert_string_equal(json_text(schema, "$schema"),
			    "https://json-schema.org/draft/2020-12/schema");
	/* it can be printed: no number in it has a fraction */
	CLEANUP(strbuf_release) struct strbuf out = STRBUF_INIT(MIB);
	json_canonical(schema, &out);
	assert_true(out.len > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			test_desired_schema__has_what_rules_may_set_and_no_more),
		cmocka_unit_test(test_desired_schema__types_come_from_the_rows),
		cmocka_unit_test(
			test_desired_schema__references_lead_somewhere),
	};

	json_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
