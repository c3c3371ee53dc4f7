#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "core/limits.h"
#include "core/mem.h"
#include "plans/value.h"

static const struct setting *row(enum kind kind, const char *name)
{
	const struct setting *found = catalogue_lookup(kind, name);

	assert_non_null(found);
	return found;
}

static json_t *parse(const char *text)
{
	json_t *value = json_loads(text, JSON_DECODE_ANY, NULL);

	assert_non_null(value);
	return value;
}

static void is_json(json_t *value, const char *text)
{
	CLEANUP(strbuf_release) struct strbuf out = STRBUF_INIT(MIB);

	json_compact(value, &out);
	assert_string_equal(out.buf, text);
	json_decref(value);
}

#define FROM_WIRE(kind, name, ...)                                             \
	value_from_wire(row(kind, name), (const char *const[]){ __VA_ARGS__ }, \
			ARRAY_SIZE(((const char *const[]){ __VA_ARGS__ })))

static void test_value_from_wire__scalars(void **state UNUSED)
{
	is_json(FROM_WIRE(KIND_CLUSTER, "deletion_protection", "true"), "true");
	is_json(FROM_WIRE(KIND_CLUSTER, "deletion_protection", " False\n"),
		"false");
	is_json(FROM_WIRE(KIND_CLUSTER, "backup_retention_period", "14"), "14");
	is_json(FROM_WIRE(KIND_CLUSTER, "network_type", "dual"), "\"DUAL\"");
	is_json(FROM_WIRE(KIND_CLUSTER, "preferred_maintenance_window",
			  "Sun:02:00-Sun:03:00"),
		"\"sun:02:00-sun:03:00\"");
	is_json(FROM_WIRE(KIND_CLUSTER, "db_cluster_parameter_group_name",
			  "Default.Aurora-MySQL8.0"),
		"\"default.aurora-mysql8.0\"");
	is_json(FROM_WIRE(KIND_CLUSTER, "master_username", "Admin"),
		"\"Admin\"");
}

static void test_value_from_wire__absent_is_what_aws_means(void **state UNUSED)
{
	static const char *const none[] = { "" };

	is_json(value_from_wire(row(KIND_INSTANCE, "monitoring_interval"), NULL,
				0),
		"0");
	is_json(value_from_wire(row(KIND_CLUSTER, "deletion_protection"), NULL,
				0),
		"false");
	is_json(value_from_wire(
			row(KIND_CLUSTER, "enabled_cloudwatch_logs_exports"),
			NULL, 0),
		"[]");
	is_json(value_from_wire(row(KIND_CLUSTER, "kms_key_id"), NULL, 0),
		"null");
	is_json(value_from_wire(row(KIND_CLUSTER, "kms_key_id"), none, 1),
		"null");
}

static void
test_value_from_wire__sets_are_sorted_and_trimmed(void **state UNUSED)
{
	is_json(FROM_WIRE(KIND_CLUSTER, "enabled_cloudwatch_logs_exports",
			  " slowquery", "AUDIT", "slowquery", "", "upgrade"),
		"[\"audit\",\"slowquery\",\"upgrade\"]");
}

static void test_value_from_wire__nonsense_stays_text(void **state UNUSED)
{
	is_json(FROM_WIRE(KIND_CLUSTER, "deletion_protection", "maybe"),
		"\"maybe\"");
	is_json(FROM_WIRE(KIND_CLUSTER, "backup_retention_period",
			  "99999999999999999999"),
		"\"99999999999999999999\"");
	is_json(FROM_WIRE(KIND_CLUSTER, "backup_retention_period", "7 days"),
		"\"7 days\"");
	is_json(FROM_WIRE(KIND_CLUSTER, "master_username", "a\xff"),
		"\"a\xef\xbf\xbd\"");
}

struct written {
	enum kind kind;
	const char *name, *json, *result; /* result NULL: refused */
	const char *says;
};

static const struct written cases[] = {
	{ KIND_CLUSTER, "deletion_protection", "true", "true", NULL },
	{ KIND_CLUSTER, "deletion_protection", "\"true\"", NULL,
	  "must be true or false, not 'true'" },
	{ KIND_CLUSTER, "deletion_protection", "null", NULL,
	  "cannot be unset" },
	{ KIND_CLUSTER, "backup_retention_period", "35", "35", NULL },
	{ KIND_CLUSTER, "backup_retention_period", "0", NULL,
	  "a whole number of days from 1 to 35, not 0" },
	{ KIND_CLUSTER, "backup_retention_period", "\"7\"", NULL, "not '7'" },
	{ KIND_CLUSTER, "backup_retention_period", "{\"a\":1}", NULL,
	  "not a map" },
	{ KIND_CLUSTER, "port", "1149", NULL, "from 1150 to 65535" },
	{ KIND_CLUSTER, "network_type", "\"dual\"", "\"DUAL\"", NULL },
	{ KIND_CLUSTER, "network_type", "\"IPV6\"", NULL,
	  "one of IPV4, DUAL, not 'IPV6'" },
	{ KIND_CLUSTER, "preferred_backup_window", "\" 02:00-03:00 \"",
	  "\"02:00-03:00\"", NULL },
	{ KIND_CLUSTER, "preferred_backup_window", "\"02:00-02:20\"", NULL,
	  "at least 30 minutes" },
	{ KIND_CLUSTER, "preferred_maintenance_window",
	  "\"SUN:23:45-MON:00:15\"", "\"sun:23:45-mon:00:15\"", NULL },
	{ KIND_CLUSTER, "preferred_maintenance_window", "\"02:00-03:00\"", NULL,
	  "weekly window" },
	{ KIND_CLUSTER, "enabled_cloudwatch_logs_exports",
	  "[\"slowquery\",\"audit\",\"audit\"]", "[\"audit\",\"slowquery\"]",
	  NULL },
	{ KIND_CLUSTER, "enabled_cloudwatch_logs_exports", "[]", "[]", NULL },
	{ KIND_CLUSTER, "enabled_cloudwatch_logs_exports", "[\"adit\"]", NULL,
	  "audit, error, general" },
	{ KIND_CLUSTER, "enabled_cloudwatch_logs_exports", "\"audit\"", NULL,
	  "must be a list, not 'audit'" },
	{ KIND_CLUSTER, "enabled_cloudwatch_logs_exports", "[1]", NULL,
	  "a list of strings, not 1" },
	{ KIND_CLUSTER, "enabled_cloudwatch_logs_exports", "[\" \"]", NULL,
	  "empty member" },
	{ KIND_CLUSTER, "vpc_security_group_ids", "[]", NULL,
	  "at least 1 members" },
	{ KIND_CLUSTER, "vpc_security_group_ids", "[\"default\"]", NULL,
	  "not 'default'" },
	{ KIND_CLUSTER, "domain", "null", "null", NULL },
	{ KIND_CLUSTER, "domain", "\"\"", NULL, "must not be empty" },
	{ KIND_CLUSTER, "kms_key_id", "\"alias/aurora\"", NULL,
	  "ARN of a KMS key" },
	{ KIND_CLUSTER, "kms_key_id", "\"arn:aws:kms:eu-west-1:1:key/2\"",
	  "\"arn:aws:kms:eu-west-1:1:key/2\"", NULL },
	{ KIND_CLUSTER, "performance_insights_retention_period", "465", "465",
	  NULL },
	{ KIND_CLUSTER, "performance_insights_retention_period", "30", NULL,
	  "a multiple of 31" },
	{ KIND_INSTANCE, "monitoring_interval", "20", NULL,
	  "5, 10, 15, 30 or 60 seconds, not 20" },
	{ KIND_INSTANCE, "monitoring_role_arn",
	  "\"arn:aws-cn:iam::1:role/x/y\"", "\"arn:aws-cn:iam::1:role/x/y\"",
	  NULL },
	{ KIND_INSTANCE, "monitoring_role_arn", "\"y\"", NULL,
	  "ARN of a role" },
	{ KIND_IAM_ROLE, "managed_policy_arns", "[\"ReadOnlyAccess\"]", NULL,
	  "ARNs of managed policies" },
	{ KIND_IAM_ROLE, "managed_policy_arns", "[]", "[]", NULL },
};

static void test_value_check__says_what_is_valid(void **state UNUSED)
{
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct written *c = &cases[i];
		CLEANUP(json_release) json_t *value = parse(c->json);
		json_t *checked = NULL;
		struct error err = ERROR_INIT;
		const int rc = value_check(row(c->kind, c->name), value,
					   &checked, &err);

		if (c->result) {
			assert_int_equal(rc, 0);
			is_json(checked, c->result);
			continue;
		}
		CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(MIB);

		assert_int_equal(rc, -1);
		assert_null(checked);
		assert_int_equal(err.code, ERR_DESIRED);
		error_message(&err, &text);
		if (!strstr(text.buf, c->says))
			fail_msg("'%s' does not say '%s'", text.buf, c->says);
		assert_non_null(strstr(text.buf, c->name));
		error_release(&err);
	}
}

static void test_value_to_wire__each_type(void **state UNUSED)
{
	static const struct {
		const char *name, *json, *text;
	} pairs[] = {
		{ "deletion_protection", "true", "true" },
		{ "deletion_protection", "false", "false" },
		{ "port", "5432", "5432" },
		{ "network_type", "\"DUAL\"", "DUAL" },
		{ "domain", "null", "none" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
		CLEANUP(json_release) json_t *value = parse(pairs[i].json);
		CLEANUP(free_ptr)
		char *text =
			value_to_wire(row(KIND_CLUSTER, pairs[i].name), value);

		assert_string_equal(text, pairs[i].text);
	}
}

static void test_value_equal__unread_equals_nothing(void **state UNUSED)
{
	const struct setting *any = row(KIND_CLUSTER, "port");
	CLEANUP(json_release) json_t *one = json_integer(1);

	assert_true(value_equal(any, one, one));
	assert_false(value_equal(any, one, NULL));
	assert_false(value_equal(any, NULL, NULL));
}

static bool loses(const char *name, const char *before, const char *after)
{
	CLEANUP(json_release) json_t *from = parse(before);
	CLEANUP(json_release) json_t *to = parse(after);

	return value_loses(row(KIND_CLUSTER, name), from, to);
}

static void test_value_loses__only_downwards(void **state UNUSED)
{
	assert_true(loses("backup_retention_period", "14", "7"));
	assert_false(loses("backup_retention_period", "7", "14"));
	assert_false(loses("backup_retention_period", "7", "7"));
	assert_true(loses("backup_retention_period", "\"?\"", "7"));
	assert_true(loses("performance_insights_enabled", "true", "false"));
	assert_false(loses("performance_insights_enabled", "false", "true"));
	assert_true(
		loses("performance_insights_retention_period", "7", "null"));
	assert_false(
		loses("performance_insights_retention_period", "null", "7"));
	assert_true(loses("database_insights_mode", "\"advanced\"",
			  "\"standard\""));
	assert_false(loses("database_insights_mode", "\"standard\"",
			   "\"advanced\""));
	assert_false(loses("deletion_protection", "true", "false"));
}

static void test_value_exposes__what_opens(void **state UNUSED)
{
	const struct setting *public =
		row(KIND_INSTANCE, "publicly_accessible");
	const struct setting *groups =
		row(KIND_CLUSTER, "vpc_security_group_ids");
	CLEANUP(json_release) json_t *one = parse("[\"sg-1\"]");
	CLEANUP(json_release) json_t *two = parse("[\"sg-1\",\"sg-2\"]");

	assert_true(value_exposes(public, json_false(), json_true()));
	assert_true(value_exposes(public, NULL, json_true()));
	assert_false(value_exposes(public, json_true(), json_false()));
	assert_true(value_exposes(groups, one, two));
	assert_false(value_exposes(groups, two, one));
}

static void test_set__union_and_minus(void **state UNUSED)
{
	CLEANUP(json_release) json_t *a = parse("[\"b\",\"a\"]");
	CLEANUP(json_release) json_t *b = parse("[\"c\",\"b\"]");

	is_json(set_union(a, b), "[\"a\",\"b\",\"c\"]");
	is_json(set_minus(a, b), "[\"a\"]");
	is_json(set_union(NULL, NULL), "[]");
	is_json(set_minus(a, NULL), "[\"a\",\"b\"]");
}

static void shows(const char *json, const char *text)
{
	CLEANUP(strbuf_release) struct strbuf out = STRBUF_INIT(MIB);
	CLEANUP(json_release) json_t *value = json ? parse(json) : NULL;

	value_show(row(KIND_CLUSTER, "port"), value, &out);
	assert_string_equal(out.buf, text);
}

static void test_value_show__for_people(void **state UNUSED)
{
	shows("true", "true");
	shows("14", "14");
	shows("[\"audit\",\"error\"]", "audit, error");
	shows("[]", "(none)");
	shows("null", "(unset)");
	shows(NULL, "(unknown)");
	shows("\"a\\u001b[31mb\"", "a\\x1b[31mb");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_value_from_wire__scalars),
		cmocka_unit_test(
			test_value_from_wire__absent_is_what_aws_means),
		cmocka_unit_test(
			test_value_from_wire__sets_are_sorted_and_trimmed),
		cmocka_unit_test(test_value_from_wire__nonsense_stays_text),
		cmocka_unit_test(test_value_check__says_what_is_valid),
		cmocka_unit_test(test_value_to_wire__each_type),
		cmocka_unit_test(test_value_equal__unread_equals_nothing),
		cmocka_unit_test(test_value_loses__only_downwards),
		cmocka_unit_test(test_value_exposes__what_opens),
		cmocka_unit_test(test_set__union_and_minus),
		cmocka_unit_test(test_value_show__for_people),
	};

	json_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
