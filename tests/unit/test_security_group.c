#include "tests/unit/call_fixture.h"

#include <stdlib.h>

#include "core/mem.h"
#include "plans/live.h"
#include "plans/plan_cost.h"
#include "plans/value.h"

static char place_name[] = "prod";
static const struct place place = { .name = place_name };

static struct resource *a_group(void)
{
	struct resource *group = resource_new(KIND_SECURITY_GROUP, &place);

	group->id = xstrdup("sg-1");
	group->address = xstrdup("security_group/sg-1");
	group->resource_id = xstrdup("sg-1");
	return group;
}

#define OLD                                                     \
	"{\"cidr_ipv4\":\"0.0.0.0/0\",\"description\":\"tmp\"," \
	"\"from_port\":1,\"ip_protocol\":\"tcp\",\"rule_id\":"  \
	"\"sgr-1\",\"tags\":{\"k\":\"v\"},\"to_port\":2}"
#define NEW "{\"cidr_ipv4\":\"10.0.0.0/8\",\"ip_protocol\":\"-1\"}"

static void test_calls__authorise_before_revoke(void **state UNUSED)
{
	struct resource *group = a_group();
	struct drafted d = { .len = 0 };

	test_change(&d, KIND_SECURITY_GROUP, "ingress", "[" OLD "]",
		    "[" NEW "]", false);
	test_draft(&d, group);
	assert_int_equal(d.calls.len, 2);
	assert_string_equal(d.calls.items[0].call,
			    "ec2:AuthorizeSecurityGroupIngress");
	test_is_json(d.calls.items[0].parameters,
		     "{\"GroupId\":\"sg-1\",\"IpPermissions.1.IpProtocol\":"
		     "\"-1\",\"IpPermissions.1.IpRanges.1.CidrIp\":"
		     "\"10.0.0.0/8\"}");
	assert_string_equal(d.calls.items[1].call,
			    "ec2:RevokeSecurityGroupIngress");
	test_is_json(d.calls.items[1].parameters,
		     "{\"GroupId\":\"sg-1\","
		     "\"SecurityGroupRuleId.1\":\"sgr-1\"}");
	assert_int_equal(d.calls.items[1].needs_len, 1);
	assert_int_equal(d.calls.items[1].needs[0], 0);
	test_after(&d, KIND_SECURITY_GROUP, "ingress", "[" OLD "]",
		   "[" NEW "]");
	test_after(&d, KIND_SECURITY_GROUP, "egress", "[" OLD "]", "[" OLD "]");
	test_drafted_release(&d);
	resource_free(group);
}

/* A rule that was not read has no id: its properties say which one it is. */
static void test_calls__revoke_by_properties(void **state UNUSED)
{
	struct resource *group = a_group();
	struct drafted d = { .len = 0 };

	test_change(&d, KIND_SECURITY_GROUP, "egress", "[" NEW "]", "[]",
		    false);
	test_draft(&d, group);
	assert_int_equal(d.calls.len, 1);
	assert_string_equal(d.calls.items[0].call,
			    "ec2:RevokeSecurityGroupEgress");
	test_is_json(d.calls.items[0].parameters,
		     "{\"GroupId\":\"sg-1\",\"IpPermissions.1.IpProtocol\":"
		     "\"-1\",\"IpPermissions.1.IpRanges.1.CidrIp\":"
		     "\"10.0.0.0/8\"}");
	test_after(&d, KIND_SECURITY_GROUP, "egress", "[" NEW "]", "[]");
	test_drafted_release(&d);
	resource_free(group);
}

static void test_calls__description_and_tags_return(void **state UNUSED)
{
	struct resource *group = a_group();
	struct drafted d = { .len = 0 };

	test_change(&d, KIND_SECURITY_GROUP, "ingress", "[]", "[" OLD "]",
		    false);
	test_draft(&d, group);
	assert_int_equal(d.calls.len, 1);
	test_is_json(d.calls.items[0].parameters,
		     "{\"GroupId\":\"sg-1\",\"IpPermissions.1.FromPort\":\"1\","
		     "\"IpPermissions.1.IpProtocol\":\"tcp\","
		     "\"IpPermissions.1.IpRanges.1.CidrIp\":\"0.0.0.0/0\","
		     "\"IpPermissions.1.IpRanges.1.Description\":\"tmp\","
		     "\"IpPermissions.1.ToPort\":\"2\","
		     "\"TagSpecification.1.ResourceType\":"
		     "\"security-group-rule\","
		     "\"TagSpecification.1.Tag.1.Key\":\"k\","
		     "\"TagSpecification.1.Tag.1.Value\":\"v\"}");
	test_drafted_release(&d);
	resource_free(group);
}

static void test_calls__another_description(void **state UNUSED)
{
	static const char after[] =
		"[{\"cidr_ipv4\":\"0.0.0.0/0\",\"description\":\"kept\","
		"\"from_port\":1,\"ip_protocol\":\"tcp\",\"rule_id\":"
		"\"sgr-1\",\"tags\":{\"k\":\"v\"},\"to_port\":2}]";
	struct resource *group = a_group();
	struct drafted d = { .len = 0 };

	test_change(&d, KIND_SECURITY_GROUP, "ingress", "[" OLD "]", after,
		    false);
	test_draft(&d, group);
	assert_int_equal(d.calls.len, 1);
	assert_string_equal(d.calls.items[0].call,
			    "ec2:UpdateSecurityGroupRuleDescriptionsIngress");
	test_after(&d, KIND_SECURITY_GROUP, "ingress", "[" OLD "]", after);
	test_drafted_release(&d);
	resource_free(group);
}

static void nonsense(const char *call, const char *parameters)
{
	CLEANUP(json_release) json_t *given = test_json(parameters);
	CLEANUP(json_release) json_t *value = test_json("[" OLD "]");

	assert_null(kind_ops(KIND_SECURITY_GROUP)
			    ->after_call(call, given,
					 catalogue_lookup(KIND_SECURITY_GROUP,
							  "ingress"),
					 value));
}

static void test_after_call__nonsense(void **state UNUSED)
{
	nonsense("ec2:DeleteSecurityGroup", "{\"GroupId\":\"sg-1\"}");
	nonsense("ec2:RevokeSecurityGroupIngress", "{}");
	nonsense("ec2:RevokeSecurityGroupIngress", "{\"GroupId\":\"sg-1\"}");
	nonsense("ec2:RevokeSecurityGroupIngress",
		 "{\"GroupId\":\"\",\"SecurityGroupRuleId.1\":\"sgr-1\"}");
	nonsense("ec2:RevokeSecurityGroupIngress",
		 "{\"GroupId\":\"sg-1\",\"SecurityGroupRuleId.1\":\"sgr-1\","
		 "\"SecurityGroupRuleId.2\":\"sgr-2\"}");
	nonsense(
		"ec2:AuthorizeSecurityGroupIngress",
		"{\"GroupId\":\"sg-1\",\"IpPermissions.1.IpProtocol\":\"-1\"}");
	nonsense("ec2:UpdateSecurityGroupRuleDescriptionsIngress",
		 "{\"GroupId\":\"sg-1\"}");
}

static void costs(const char *before, const char *after, const char *consent,
		  const char *back)
{
	const struct setting *row =
		catalogue_lookup(KIND_SECURITY_GROUP, "ingress");
	struct plan_change change = { .before = test_json(before),
				      .after = test_json(after) };

	plan_set_cost(&change, row, false, true, NULL);
	test_is_json(change.consent, consent);
	test_is_json(change.backout_consent, back);
	json_decref(change.before);
	json_decref(change.after);
	json_decref(change.consent);
	json_decref(change.backout_consent);
	free(change.effect);
	free(change.reversibility);
}

static void test_cost__public_rules_expose(void **state UNUSED)
{
	costs("[" OLD "]", "[]", "[]", "[\"exposure\"]");
	costs("[]", "[" OLD "]", "[\"exposure\"]", "[]");
	costs("[]", "[" NEW "]", "[]", "[]");
	costs("[" OLD "]", "[" OLD "]", "[]", "[]");
}

/* ---- sets of rules ------------------------------------------------------ */

static void test_set__members_are_the_rules(void **state UNUSED)
{
	CLEANUP(json_release) json_t *live = test_json("[" OLD "]");
	CLEANUP(json_release)
	json_t *wanted =
		test_json("[{\"cidr_ipv4\":\"0.0.0.0/0\",\"from_port\":1,"
			  "\"ip_protocol\":\"tcp\",\"to_port\":2}," NEW "]");
	CLEANUP(json_release) json_t *all = set_union(live, wanted);
	CLEANUP(json_release) json_t *more = set_minus(wanted, live);
	CLEANUP(json_release) json_t *fewer = set_minus(live, wanted);
	CLEANUP(json_release) json_t *written = value_written(all);

	test_is_json(all, "[" NEW "," OLD "]");
	test_is_json(more, "[" NEW "]");
	test_is_json(fewer, "[]");
	assert_null(json_object_get(json_array_get(written, 1), "rule_id"));
	assert_true(
		value_equal(catalogue_lookup(KIND_SECURITY_GROUP, "ingress"),
			    all, written));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_calls__authorise_before_revoke),
		cmocka_unit_test(test_calls__revoke_by_properties),
		cmocka_unit_test(test_calls__description_and_tags_return),
		cmocka_unit_test(test_calls__another_description),
		cmocka_unit_test(test_after_call__nonsense),
		cmocka_unit_test(test_cost__public_rules_expose),
		cmocka_unit_test(test_set__members_are_the_rules),
	};

	json_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
