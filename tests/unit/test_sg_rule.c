#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "plans/sg_rule.h"
#include "tests/unit/call_fixture.h"

static json_t *checked(const char *text)
{
	CLEANUP(json_release) json_t *given = test_json(text);
	CLEANUP(error_release) struct error err = ERROR_INIT;
	json_t *rule = NULL;

	if (sg_rule_check(given, &rule, &err))
		fail_msg("%s was refused: %s", text, err.chain[0]);
	return rule;
}

static void reads_as(const char *text, const char *canonical, const char *shown)
{
	CLEANUP(json_release) json_t *rule = checked(text);
	CLEANUP(free_ptr) char *show = sg_rule_show(rule);

	test_is_json(rule, canonical);
	assert_string_equal(show, shown);
}

static void test_sg_rule_check__canonical_form(void **state UNUSED)
{
	reads_as("{\"ip_protocol\":6,\"from_port\":3306,\"to_port\":3306,"
		 "\"cidr_ipv4\":\"10.0.0.0/8\",\"description\":\"app\"}",
		 "{\"cidr_ipv4\":\"10.0.0.0/8\",\"description\":\"app\","
		 "\"from_port\":3306,\"ip_protocol\":\"tcp\",\"to_port\":3306}",
		 "tcp 3306 10.0.0.0/8 (app)");
	reads_as("{\"ip_protocol\":-1,\"cidr_ipv6\":\"2001:0DB8:0::/32\"}",
		 "{\"cidr_ipv6\":\"2001:db8::/32\",\"ip_protocol\":\"-1\"}",
		 "all 2001:db8::/32");
	reads_as("{\"ip_protocol\":\"58\",\"from_port\":8,\"to_port\":-1,"
		 "\"prefix_list_id\":\"pl-1a\"}",
		 "{\"from_port\":8,\"ip_protocol\":\"icmpv6\","
		 "\"prefix_list_id\":\"pl-1a\",\"to_port\":-1}",
		 "icmpv6 8/-1 pl-1a");
	reads_as("{\"ip_protocol\":\"50\","
		 "\"referenced_group_id\":\"123456789012/sg-1\"}",
		 "{\"ip_protocol\":\"50\","
		 "\"referenced_group_id\":\"123456789012/sg-1\"}",
		 "50 123456789012/sg-1");
	reads_as("{\"ip_protocol\":\"udp\",\"from_port\":1,\"to_port\":9,"
		 "\"referenced_group_id\":\"sg-1\"}",
		 "{\"from_port\":1,\"ip_protocol\":\"udp\","
		 "\"referenced_group_id\":\"sg-1\",\"to_port\":9}",
		 "udp 1-9 sg-1");
}

#define NET "\"cidr_ipv4\":\"10.0.0.0/8\""
#define TCP "\"ip_protocol\":\"tcp\",\"from_port\":1,\"to_port\":2"

static void test_sg_rule_check__bad_rules(void **state UNUSED)
{
	static const char *const bad[][2] = {
		{ "[]", "each of them a map" },
		{ "{" NET "}", "without ip_protocol" },
		{ "{\"ip_protocol\":true," NET "}", "is no text" },
		{ "{\"ip_protocol\":\"http\"," NET "}",
		  "'http', which is none" },
		{ "{\"ip_protocol\":256," NET "}", "'256'" },
		{ "{\"ip_protocol\":\"tcp\"," NET "}", "without from_port" },
		{ "{\"ip_protocol\":\"tcp\",\"from_port\":1," NET "}",
		  "without to_port" },
		{ "{\"ip_protocol\":\"tcp\",\"from_port\":2,\"to_port\":1," NET
		  "}",
		  "above its to_port" },
		{ "{\"ip_protocol\":\"tcp\",\"from_port\":0,\"to_port\":"
		  "65536," NET "}",
		  "from 0 to 65535" },
		{ "{\"ip_protocol\":\"icmp\",\"from_port\":256,\"to_port\":-"
		  "1," NET "}",
		  "from -1 to 255" },
		{ "{\"ip_protocol\":\"-1\",\"from_port\":0,\"to_port\":1," NET
		  "}",
		  "with ports" },
		{ "{" TCP "}", "without a peer" },
		{ "{" TCP "," NET ",\"cidr_ipv6\":\"::/0\"}", "one peer" },
		{ "{" TCP ",\"cidr_ipv4\":\"10.1.2.3/8\"}", "bits set beyond" },
		{ "{" TCP ",\"cidr_ipv4\":\"10.0.0.0\"}", "no network" },
		{ "{" TCP ",\"cidr_ipv4\":\"::/0\"}",
		  "belongs under cidr_ipv6" },
		{ "{" TCP ",\"cidr_ipv6\":\"0.0.0.0/0\"}",
		  "belongs under cidr_ipv4" },
		{ "{" TCP ",\"referenced_group_id\":\"1/sg-1\"}", "is none" },
		{ "{" TCP ",\"referenced_group_id\":\"orders\"}", "is none" },
		{ "{" TCP ",\"prefix_list_id\":\"pl-\"}", "is none" },
		{ "{" TCP "," NET ",\"description\":\"caf\\u00e9\"}",
		  "does not take" },
		{ "{" TCP "," NET ",\"tags\":{\"aws:x\":\"y\"}}", "'aws:x'" },
		{ "{" TCP "," NET ",\"colour\":\"red\"}", "'colour'" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		CLEANUP(json_release) json_t *given = test_json(bad[i][0]);
		CLEANUP(error_release) struct error err = ERROR_INIT;
		json_t *rule = NULL;

		if (!sg_rule_check(given, &rule, &err))
			fail_msg("%s was taken", bad[i][0]);
		assert_int_equal(err.code, ERR_DESIRED);
		if (!strstr(err.chain[0], bad[i][1]))
			fail_msg("%s: %s", bad[i][0], err.chain[0]);
	}
}

static bool equal(const char *a, const char *b)
{
	CLEANUP(json_release) json_t *x = test_json(a);
	CLEANUP(json_release) json_t *y = test_json(b);

	assert_int_equal(sg_rule_equal(x, y), sg_rule_equal(y, x));
	return sg_rule_equal(x, y);
}

#define READ TCP "," NET ",\"rule_id\":\"sgr-1\""

static void test_sg_rule_equal__what_must_not_differ(void **state UNUSED)
{
	/* wanted against read: a description only where one is wanted */
	assert_true(equal("{" TCP "," NET "}", "{" READ "}"));
	assert_true(
		equal("{" TCP "," NET "}", "{" READ ",\"description\":\"x\"}"));
	assert_false(
		equal("{" TCP "," NET ",\"description\":\"x\"}", "{" READ "}"));
	assert_true(equal("{" TCP "," NET ",\"description\":\"x\"}",
			  "{" READ ",\"description\":\"x\"}"));
	/* read against read: everything */
	assert_false(equal("{" READ ",\"description\":\"x\"}", "{" READ "}"));
	assert_false(
		equal("{" READ "}", "{" TCP "," NET ",\"rule_id\":\"sgr-2\"}"));
	assert_false(equal("{" TCP "," NET "}",
			   "{" TCP ",\"cidr_ipv4\":\"10.0.0.0/9\"}"));
}

static void test_sg_rule_adopt__keeps_what_is_there(void **state UNUSED)
{
	CLEANUP(json_release)
	json_t *live = test_json("{" READ ",\"description\":\"old\","
				 "\"tags\":{\"a\":\"b\"}}");
	CLEANUP(json_release)
	json_t *wanted = test_json("{" TCP "," NET ",\"description\":\"new\"}");
	CLEANUP(json_release) json_t *plain = test_json("{" TCP "," NET "}");
	CLEANUP(json_release) json_t *other = test_json("{" READ "}");
	CLEANUP(json_release) json_t *a = sg_rule_adopt(live, wanted);
	CLEANUP(json_release) json_t *b = sg_rule_adopt(live, plain);
	CLEANUP(json_release) json_t *c = sg_rule_adopt(NULL, other);

	assert_string_equal(json_text(a, "description"), "new");
	assert_string_equal(json_text(a, "rule_id"), "sgr-1");
	assert_non_null(json_object_get(a, "tags"));
	assert_true(json_equal(b, live));
	assert_true(json_equal(c, plain));
}

static void is_public(const char *network, bool is, bool world)
{
	CLEANUP(json_release)
	json_t *rule = json_pack(
		"{ss ss}", "ip_protocol", "-1",
		strchr(network, ':') ? "cidr_ipv6" : "cidr_ipv4", network);

	assert_int_equal(sg_rule_is_public(rule), is);
	assert_int_equal(sg_rule_is_world(rule), world);
}

static void test_sg_rule_is_public__wide_networks(void **state UNUSED)
{
	is_public("0.0.0.0/0", true, true);
	is_public("::/0", true, true);
	is_public("128.0.0.0/1", true, false);
	is_public("2000::/3", true, false);
	is_public("10.0.0.0/8", false, false);
	is_public("2001:db8::/32", false, false);
}

#define TCP_FROM "\"ip_protocol\":\"tcp\",\"from_port\":"
#define FROM_TEN "\"cidr_ipv4\":\"10.0.0.0/8\"}"

static void lies_in(const char *rule, const char *other, bool expected)
{
	CLEANUP(json_release) json_t *inner = checked(rule);
	CLEANUP(json_release) json_t *outer = checked(other);

	if (sg_rule_lies_in(inner, outer) != expected)
		fail_msg("%s %s in %s", rule,
			 expected ? "does not lie" : "lies", other);
	assert_true(sg_rule_lies_in(inner, inner));
	assert_true(sg_rule_lies_in(outer, outer));
}

static void test_sg_rule_lies_in(void **state UNUSED)
{
	static const char one[] =
		"{" TCP_FROM "3306,\"to_port\":3306," FROM_TEN;
	static const char range[] =
		"{" TCP_FROM
		"3000,\"to_port\":4000,\"cidr_ipv4\":\"0.0.0.0/0\"}";
	static const char all[] = "{\"ip_protocol\":\"-1\"," FROM_TEN;
	static const char ping[] = "{\"ip_protocol\":\"icmp\",\"from_port\":8,"
				   "\"to_port\":0," FROM_TEN;
	static const char icmp[] = "{\"ip_protocol\":\"icmp\",\"from_port\":8,"
				   "\"to_port\":-1," FROM_TEN;

	lies_in(one, range, true);
	lies_in(range, one, false);
	lies_in(one, all, true);
	lies_in(all, one, false);
	/* other addresses */
	lies_in(range, all, false);
	/* ports that only overlap */
	lies_in("{" TCP_FROM "3306,\"to_port\":5000," FROM_TEN, range, false);
	lies_in("{\"ip_protocol\":\"udp\",\"from_port\":3306,"
		"\"to_port\":3306," FROM_TEN,
		range, false);
	lies_in(ping, icmp, true);
	lies_in(icmp, ping, false);
	lies_in(ping, all, true);
	lies_in("{\"ip_protocol\":\"50\",\"prefix_list_id\":\"pl-1\"}",
		"{\"ip_protocol\":\"-1\",\"prefix_list_id\":\"pl-1\"}", true);
	lies_in("{\"ip_protocol\":\"50\",\"prefix_list_id\":\"pl-1\"}",
		"{\"ip_protocol\":\"-1\",\"prefix_list_id\":\"pl-2\"}", false);
	/* who is in a group nobody knows */
	lies_in("{\"ip_protocol\":\"50\",\"referenced_group_id\":\"sg-1\"}",
		"{\"ip_protocol\":\"-1\",\"cidr_ipv4\":\"0.0.0.0/0\"}", false);
}

static void comes_back(const char *text, bool revoke, const char *as)
{
	CLEANUP(json_release) json_t *rule = checked(text);
	CLEANUP(json_release)
	json_t *parameters = json_pack("{ss}", "GroupId", "sg-1");
	CLEANUP(json_release) json_t *again = NULL;

	sg_rule_to_call(rule, revoke, parameters);
	again = sg_rule_from_call(parameters, revoke);
	test_is_json(again, as);
	(void)json_object_set_new(parameters, "Hidden", json_string("x"));
	assert_null(sg_rule_from_call(parameters, revoke));
}

static void test_sg_rule_to_call__and_back(void **state UNUSED)
{
#define TAGGED "\"tags\":{\"a\":\"1\",\"b\":\"2\"}"
	comes_back("{" TCP "," NET ",\"description\":\"d\"," TAGGED "}", false,
		   "{\"cidr_ipv4\":\"10.0.0.0/8\",\"description\":\"d\","
		   "\"from_port\":1,\"ip_protocol\":\"tcp\"," TAGGED
		   ",\"to_port\":2}");
	comes_back("{" TCP "," NET ",\"description\":\"d\"," TAGGED "}", true,
		   "{\"cidr_ipv4\":\"10.0.0.0/8\",\"from_port\":1,"
		   "\"ip_protocol\":\"tcp\",\"to_port\":2}");
	comes_back("{\"ip_protocol\":\"50\","
		   "\"referenced_group_id\":\"123456789012/sg-2\"}",
		   false,
		   "{\"ip_protocol\":\"50\","
		   "\"referenced_group_id\":\"123456789012/sg-2\"}");
	comes_back("{\"ip_protocol\":\"-1\",\"prefix_list_id\":\"pl-2\"}", true,
		   "{\"ip_protocol\":\"-1\",\"prefix_list_id\":\"pl-2\"}");
}

static void test_sg_rule_from_wire__canonical_form(void **state UNUSED)
{
	CLEANUP(json_release)
	json_t *item = test_json(
		"{\"securityGroupRuleId\":\"sgr-1\",\"ipProtocol\":\"-1\","
		"\"fromPort\":\"-1\",\"toPort\":\"-1\",\"cidrIpv4\":"
		"\"10.1.2.3/"
		"8\",\"description\":\"\",\"tagSet\":{\"k\":\"v\"}}");
	CLEANUP(json_release)
	json_t *group = test_json(
		"{\"securityGroupRuleId\":\"sgr-2\",\"ipProtocol\":\"6\","
		"\"fromPort\":\"1\",\"toPort\":\"2\","
		"\"referencedGroupInfo/groupId\":\"sg-2\","
		"\"referencedGroupInfo/userId\":\"123456789012\"}");
	CLEANUP(json_release)
	json_t *rule = sg_rule_from_wire(item, "123456789012");
	CLEANUP(json_release)
	json_t *own = sg_rule_from_wire(group, "123456789012");
	CLEANUP(json_release)
	json_t *foreign = sg_rule_from_wire(group, "210987654321");

	test_is_json(rule, "{\"cidr_ipv4\":\"10.0.0.0/8\",\"ip_protocol\":"
			   "\"-1\",\"rule_id\":\"sgr-1\",\"tags\":{\"k\":"
			   "\"v\"}}");
	assert_string_equal(json_text(own, "referenced_group_id"), "sg-2");
	assert_string_equal(json_text(foreign, "referenced_group_id"),
			    "123456789012/sg-2");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sg_rule_check__canonical_form),
		cmocka_unit_test(test_sg_rule_check__bad_rules),
		cmocka_unit_test(test_sg_rule_equal__what_must_not_differ),
		cmocka_unit_test(test_sg_rule_adopt__keeps_what_is_there),
		cmocka_unit_test(test_sg_rule_is_public__wide_networks),
		cmocka_unit_test(test_sg_rule_to_call__and_back),
		cmocka_unit_test(test_sg_rule_lies_in),
		cmocka_unit_test(test_sg_rule_from_wire__canonical_form),
	};

	json_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
