#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "core/json.h"
#include "core/mem.h"
#include "plans/catalogue.h"
#include "plans/iam_policy.h"

#define ACCOUNT "123456789012"
#define OWN "arn:aws:iam::" ACCOUNT ":policy/"

static struct place place = { .name = (char *)ACCOUNT "/global",
			      .account_id = (char *)ACCOUNT,
			      .region = (char *)(uintptr_t) "global",
			      .global = true };

static json_t *allow(const char *action)
{
	return json_pack("{s:{s:s, s:s, s:s}}", "Statement", "Effect", "Allow",
			 "Action", action, "Resource", "*");
}

static void id_is(const char *arn, const char *id)
{
	CLEANUP(free_ptr) char *found = iam_policy_id_of(arn, &place);
	CLEANUP(free_ptr) char *back = iam_policy_arn(id, &place);

	assert_string_equal(found, id);
	assert_string_equal(back, arn);
}

static void test_iam_policy_id__path_and_name_of_our_own(void **state UNUSED)
{
	id_is(OWN "orders", "orders");
	id_is(OWN "a/b/orders", "a/b/orders");
	id_is("arn:aws:iam::aws:policy/ReadOnlyAccess",
	      "arn:aws:iam::aws:policy/ReadOnlyAccess");
	id_is("arn:aws:iam::210987654321:policy/orders",
	      "arn:aws:iam::210987654321:policy/orders");
	place.partition = "aws-cn";
	id_is("arn:aws-cn:iam::" ACCOUNT ":policy/orders", "orders");
	place.partition = NULL;
	assert_true(iam_policy_is_of_aws("arn:aws:iam::aws:policy/a"));
	assert_false(iam_policy_is_of_aws(OWN "aws"));
	assert_true(iam_policy_is_foreign("arn:aws:iam::1:policy/a", &place));
	assert_true(iam_policy_is_foreign("nonsense", &place));
	assert_false(iam_policy_is_foreign(OWN "a", &place));
}

/* A policy with so many versions: v1 allows a:1, v2 a:2, … */
static struct resource *policy_with(int len)
{
	const struct setting *row =
		catalogue_lookup(KIND_IAM_POLICY, "document");
	struct resource *policy = resource_new(KIND_IAM_POLICY, &place);
	json_t *versions = json_object();

	policy->id = xstrdup("orders");
	policy->address = xstrdup("iam_policy/orders");
	policy->resource_id = xstrdup(OWN "orders");
	for (int i = 1; i <= len; i++) {
		CLEANUP(free_ptr) char *id = xasprintf("v%d", i + 8);
		CLEANUP(free_ptr) char *action = xasprintf("a:%d", i + 8);

		json_object_set_new(versions, id, allow(action));
	}
	policy->facts = json_pack("{s:o}", IAM_POLICY_VERSIONS, versions);
	policy->values[catalogue_index(row)] = allow("a:9");
	return policy;
}

/* The call that leads to the action, or the refusal. Owned. */
static char *call_to(int versions, const char *action)
{
	struct resource *policy = policy_with(versions);
	CLEANUP(json_release) json_t *before = allow("a:9");
	CLEANUP(json_release) json_t *after = allow(action);
	CLEANUP(json_release) json_t *refused = json_object();
	CLEANUP(call_list_release) struct call_list calls = { 0 };
	const struct call_change change = {
		.setting = catalogue_lookup(KIND_IAM_POLICY, "document"),
		.before = before,
		.after = after
	};
	const char *version;
	char *text;

	iam_policy_calls(policy, &change, 1, &calls, refused);
	if (json_object_size(refused)) {
		assert_int_equal(calls.len, 0);
		text = xstrdup(json_text(json_object_get(refused, "document"),
					 "remedy"));
	} else {
		CLEANUP(json_release) json_t *came = NULL;

		assert_int_equal(calls.len, 1);
		version = json_text(calls.items[0].parameters, "VersionId");
		text = xasprintf("%s %s", calls.items[0].call,
				 version ? version : "");
		came = kind_after(kind_ops(KIND_IAM_POLICY), policy->facts,
				  calls.items[0].call,
				  calls.items[0].parameters, change.setting,
				  before);
		assert_true(json_equal(came, after));
	}
	resource_free(policy);
	return text;
}

static void calls_are(int versions, const char *action, const char *text)
{
	CLEANUP(free_ptr) char *found = call_to(versions, action);

	if (!strstr(found, text))
		fail_msg("%d versions, %s: %s", versions, action, found);
}

static void test_iam_policy_calls__a_version_that_is_there(void **state UNUSED)
{
	calls_are(5, "a:12", "iam:SetDefaultPolicyVersion v12");
	calls_are(5, "a:13", "iam:SetDefaultPolicyVersion v13");
	calls_are(4, "a:13", "iam:CreatePolicyVersion ");
	/* v10 is younger than v9, which is the default */
	calls_are(5, "a:1", "the oldest that is not the default is v10:");
}

static void test_iam_policy_after__what_makes_no_sense(void **state UNUSED)
{
	static const struct {
		const char *call, *parameters;
	} bad[] = {
		{ "iam:CreatePolicyVersion", "{}" },
		{ "iam:CreatePolicyVersion",
		  "{\"PolicyArn\":\"a\",\"PolicyDocument\":\"{}\"}" },
		{ "iam:CreatePolicyVersion",
		  "{\"PolicyArn\":\"a\",\"PolicyDocument\":\"{}\","
		  "\"SetAsDefault\":\"false\"}" },
		{ "iam:CreatePolicyVersion",
		  "{\"PolicyArn\":\"\",\"PolicyDocument\":\"{}\","
		  "\"SetAsDefault\":\"true\"}" },
		{ "iam:SetDefaultPolicyVersion", "{\"PolicyArn\":\"a\"}" },
		{ "iam:SetDefaultPolicyVersion",
		  "{\"PolicyArn\":\"a\",\"VersionId\":\"v1\"}" },
		{ "iam:SetDefaultPolicyVersion",
		  "{\"PolicyArn\":\"a\",\"VersionId\":\"v9\",\"x\":\"y\"}" },
		{ "iam:DeletePolicyVersion",
		  "{\"PolicyArn\":\"a\",\"VersionId\":\"v9\"}" },
	};
	struct resource *policy = policy_with(1);

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		CLEANUP(json_release)
		json_t *parameters = json_loads(bad[i].parameters, 0, NULL);
		CLEANUP(json_release)
		json_t *after = iam_policy_after(
			policy->facts, bad[i].call, parameters,
			catalogue_lookup(KIND_IAM_POLICY, "document"), NULL);

		if (after)
			fail_msg("%zu made sense", i);
	}
	resource_free(policy);
}

static void feed(struct iam_policy_answer *answer, const char *text)
{
	CLEANUP(error_release) struct error err = ERROR_INIT;
	struct xml_parser *parser =
		xml_parser_new(iam_policy_paths(), &iam_policy_handler, answer);

	assert_int_equal(xml_parse(parser, text, strlen(text), true, &err), 0);
	xml_parser_free(parser);
}

static void test_iam_policy_resource__from_answers(void **state UNUSED)
{
	struct iam_policy_answer answer;
	struct resource *policy;

	iam_policy_answer_init(&answer);
	feed(&answer, "<R><X><Policy><Arn>" OWN "p/orders</Arn>"
		      "<PolicyId>ANPA1</PolicyId><DefaultVersionId>v2"
		      "</DefaultVersionId><AttachmentCount>2</AttachmentCount>"
		      "</Policy></X></R>");
	/* who it is, and nothing of what it says */
	assert_null(iam_policy_resource(&answer, &place, true));
	json_object_set_new(answer.versions, "v2", allow("a:2"));
	policy = iam_policy_resource(&answer, &place, true);
	assert_string_equal(policy->address, "iam_policy/p%2Forders");
	assert_string_equal(policy->resource_id, OWN "p/orders");
	assert_string_equal(json_text(policy->facts, IAM_POLICY_ID), "ANPA1");
	assert_int_equal(json_array_size(policy->notes), 2);
	resource_free(policy);
	feed(&answer, "<R><X><Versions><member><VersionId>v2</VersionId>"
		      "</member><member><VersionId>v1</VersionId></member>"
		      "</Versions><IsTruncated>true</IsTruncated></X></R>");
	assert_int_equal(json_array_size(answer.page), 2);
	assert_true(answer.truncated);
	feed(&answer, "<R><X><PolicyVersion><Document>%7B%22a%22%3A1%7D"
		      "</Document></PolicyVersion></X></R>");
	assert_string_equal(answer.document, "%7B%22a%22%3A1%7D");
	iam_policy_answer_release(&answer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_iam_policy_id__path_and_name_of_our_own),
		cmocka_unit_test(
			test_iam_policy_calls__a_version_that_is_there),
		cmocka_unit_test(test_iam_policy_after__what_makes_no_sense),
		cmocka_unit_test(test_iam_policy_resource__from_answers),
	};

	json_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
