#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/strbuf.h"
#include "plans/catalogue.h"
#include "plans/grant.h"
#include "plans/lookup_question.h"
#include "plans/permits.h"

static void assert_granted(const struct setting *row, const char *call)
{
	if (call && !grant_find(row->kind, call))
		fail_msg("%s has no grant of '%s', a call of '%s'",
			 kind_ops(row->kind)->name, call, row->name);
}

static void test_grant_find__every_call_of_the_catalogue(void **state UNUSED)
{
	for (enum kind kind = 0; kind < KIND_COUNT; kind++) {
		size_t len;
		const struct setting *rows = catalogue_rows(kind, &len);

		for (size_t i = 0; i < len; i++) {
			if (rows[i].standing != STANDING_WRITABLE)
				continue;
			assert_granted(&rows[i], rows[i].call);
			assert_granted(&rows[i], rows[i].call_remove);
		}
	}
}

/* A name in `of` that no row has would allow nothing, and nobody would see. */
static void test_grant_is_of__names_of_rows(void **state UNUSED)
{
	for (enum kind kind = 0; kind < KIND_COUNT; kind++) {
		const struct grant *grant = kind_ops(kind)->grants;

		for (; grant->action; grant++) {
			CLEANUP(free_ptr) char *of = xstrdup(grant->of);
			char *rest = NULL;

			if (!of || !strcmp(of, "*"))
				continue;
			assert_int_equal(grant->use, GRANT_WRITE);
			for (char *name = strtok_r(of, " ", &rest); name;
			     name = strtok_r(NULL, " ", &rest)) {
				assert_non_null(catalogue_lookup(kind, name));
				assert_true(grant_is_of(grant, name));
			}
			assert_false(grant_is_of(grant, "none"));
		}
	}
}

static void test_grant_is_of__whole_words(void **state UNUSED)
{
	const struct grant grant = { .of = "domain_iam_role_name domain" };

	assert_true(grant_is_of(&grant, "domain"));
	assert_true(grant_is_of(&grant, "domain_iam_role_name"));
	assert_false(grant_is_of(&grant, "iam_role"));
	assert_false(grant_is_of(&grant, "role_name"));
}

static void test_grant_arn__all_words(void **state UNUSED)
{
	const struct grant_subject subject = { .region = "cn-north-1",
					       .account = "123456789012",
					       .id = "orders-*" };
	CLEANUP(free_ptr)
	char *arn = grant_arn("rds:{region}:{account}:cluster:{id}", &subject,
			      "aws-cn");

	assert_string_equal(arn, "arn:aws-cn:rds:cn-north-1:123456789012:"
				 "cluster:orders-*");
}

static size_t compact_size(const json_t *value)
{
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(1 << 20);

	json_compact(value, &text);
	return text.len;
}

static void test_permits_documents__split_and_whole(void **state UNUSED)
{
	CLEANUP(json_release) json_t *permits = json_object();
	CLEANUP(json_release) json_t *documents = NULL;
	size_t i, j, resources = 0;
	json_t *document, *statement;

	for (size_t n = 0; n < 300; n++) {
		CLEANUP(free_ptr)
		char *arn = xasprintf("arn:aws:rds:eu-west-1:123456789012:"
				      "cluster:c%zu",
				      n);

		permits_add(permits, "rds:ModifyDBCluster", arn, NULL);
	}
	documents = permits_documents(permits, PERMITS_SESSION_MAX);
	assert_true(json_array_size(documents) > 5);
	json_array_foreach(documents, i, document) {
		assert_true(compact_size(document) <= PERMITS_SESSION_MAX);
		json_array_foreach(json_object_get(document, "Statement"), j,
				   statement)
			resources += json_array_size(
				json_object_get(statement, "Resource"));
	}
	assert_int_equal(resources, 300);
}

static void test_permits_documents__wider_covers(void **state UNUSED)
{
	CLEANUP(json_release) json_t *permits = json_object();
	CLEANUP(json_release) json_t *documents = NULL;
	CLEANUP(json_release)
	json_t *want = json_loads(
		"[{\"Version\": \"2012-10-17\", \"Statement\": [{\"Action\": "
		"[\"rds:A\", \"rds:B\"], \"Effect\": \"Allow\", \"Resource\": "
		"[\"arn:c:*\"], \"Sid\": \"Rds1\"}]}]",
		0, NULL);

	permits_add(permits, "rds:B", "arn:c:one", NULL);
	permits_add(permits, "rds:B", "arn:c:*", NULL);
	permits_add(permits, "rds:A", "arn:c:*", NULL);
	documents = permits_documents(permits, PERMITS_MANAGED_MAX);
	assert_true(json_equal(documents, want));
}

/* ---- one call ------------------------------------------------------------ */

#define HERE .region = "eu-west-1", .account = "123456789012"

static void assert_needs(const struct permits_call *call, bool exact,
			 const char *want_text)
{
	CLEANUP(json_release) json_t *needs = permits_of_call(call, exact);
	CLEANUP(json_release) json_t *want = json_loads(want_text, 0, NULL);
	CLEANUP(free_ptr) char *text = json_dumps(needs, JSON_SORT_KEYS);

	assert_non_null(want);
	if (!json_equal(needs, want))
		fail_msg("%s", text);
}

static void test_permits_of_call__exact_leaves_globs_out(void **state UNUSED)
{
	const struct permits_call call = { .kind = KIND_CLUSTER,
					   HERE,
					   .id = "orders",
					   .call = "rds:ModifyDBCluster" };

	assert_needs(&call, true,
		     "[{\"action\": \"rds:ModifyDBCluster\", \"passed_to\": "
		     "null, \"resources\": [\"arn:aws:rds:eu-west-1:"
		     "123456789012:cluster:orders\"]}]");
	assert_needs(&call, false,
		     "[{\"action\": \"rds:ModifyDBCluster\", \"passed_to\": "
		     "null, \"resources\": [\"arn:aws:rds:eu-west-1:"
		     "123456789012:cluster:orders\", \"arn:aws:rds:eu-west-1:"
		     "123456789012:cluster-pg:*\", \"arn:aws:rds:eu-west-1:"
		     "123456789012:og:*\"]}]");
}

static void test_permits_of_call__role_that_it_passes(void **state UNUSED)
{
	CLEANUP(json_release)
	json_t *parameters =
		json_pack("{ss}", "MonitoringRoleArn",
			  "arn:aws-cn:iam::123456789012:role/path/monitor");
	const char *settings[] = { "monitoring_role_arn" };
	const struct permits_call call = { .kind = KIND_INSTANCE,
					   .region = "cn-north-1",
					   .account = "123456789012",
					   .id = "orders-1",
					   .call = "rds:ModifyDBInstance",
					   .parameters = parameters,
					   .settings = settings,
					   .settings_len = 1 };

	assert_needs(&call, true,
		     "[{\"action\": \"rds:ModifyDBInstance\", \"passed_to\": "
		     "null, \"resources\": [\"arn:aws-cn:rds:cn-north-1:"
		     "123456789012:db:orders-1\"]}, {\"action\": "
		     "\"iam:PassRole\", \"passed_to\": "
		     "\"monitoring.rds.amazonaws.com\", \"resources\": "
		     "[\"arn:aws-cn:iam::123456789012:role/path/monitor\"]}]");
}

static void test_permits_of_call__path_of_a_role(void **state UNUSED)
{
	const struct permits_call call = {
		.kind = KIND_IAM_ROLE,
		HERE,
		.id = "app",
		.arn = "arn:aws:iam::123456789012:role/team/app",
		.call = "iam:TagRole"
	};

	assert_needs(&call, true,
		     "[{\"action\": \"iam:TagRole\", \"passed_to\": null, "
		     "\"resources\": [\"arn:aws:iam::123456789012:role/app\", "
		     "\"arn:aws:iam::123456789012:role/team/app\"]}]");
}

static void test_permits_of_call__spellings_of_a_log_group(void **state UNUSED)
{
	const struct permits_call call = { .kind = KIND_LOG_GROUP,
					   HERE,
					   .id = "/a",
					   .call = "logs:PutRetentionPolicy" };

	assert_needs(&call, true,
		     "[{\"action\": \"logs:PutRetentionPolicy\", "
		     "\"passed_to\": null, \"resources\": [\"arn:aws:logs:"
		     "eu-west-1:123456789012:log-group:/a\", \"arn:aws:logs:"
		     "eu-west-1:123456789012:log-group:/a:*\"]}]");
}

static void test_permits_of_call__key_of_another_account(void **state UNUSED)
{
	CLEANUP(json_release)
	json_t *parameters =
		json_pack("{ss}", "MasterUserSecretKmsKeyId",
			  "arn:aws:kms:eu-west-1:210987654321:key/1");
	const char *settings[] = { "master_user_secret_kms_key_id" };
	const struct permits_call call = { .kind = KIND_CLUSTER,
					   HERE,
					   .id = "orders",
					   .call = "rds:ModifyDBCluster",
					   .parameters = parameters,
					   .settings = settings,
					   .settings_len = 1 };
	CLEANUP(json_release) json_t *needs = permits_of_call(&call, true);
	size_t i, keys = 0;
	const json_t *need;

	json_array_foreach(needs, i, need) {
		const json_t *resources = json_object_get(need, "resources");

		if (strncmp(json_text(need, "action"), "kms:", 4) != 0)
			continue;
		keys++;
		assert_int_equal(json_array_size(resources), 1);
		assert_true(json_array_has(
			resources, "arn:aws:kms:eu-west-1:210987654321:key/1"));
	}
	assert_int_equal(keys, 2);
}

/* Another call of the same setting is not what this one needs. */
static void test_permits_of_call__no_other_call(void **state UNUSED)
{
	const char *settings[] = { "ingress" };
	const struct permits_call call = {
		.kind = KIND_SECURITY_GROUP,
		HERE,
		.id = "sg-1",
		.call = "ec2:RevokeSecurityGroupIngress",
		.settings = settings,
		.settings_len = 1,
	};

	assert_needs(&call, true,
		     "[{\"action\": \"ec2:RevokeSecurityGroupIngress\", "
		     "\"passed_to\": null, \"resources\": [\"arn:aws:ec2:"
		     "eu-west-1:123456789012:security-group/sg-1\"]}]");
}

/* Whoever may look may ask each question that there is. */
static void test_lookup_questions__each_has_its_grant(void **state UNUSED)
{
	for (size_t i = 0; i < LOOKUP_QUESTIONS; i++) {
		const struct lookup_question *question = &lookup_questions[i];
		CLEANUP(free_ptr)
		char *action =
			xasprintf("%s:%s", question->service, question->action);

		assert_non_null(question->grant.action);
		assert_string_equal(question->grant.action, action);
		assert_true(question->grant.use & (GRANT_READ | GRANT_REPORT));
	}
}

/* It goes into a session policy, whatever a plan is about. */
static void test_permits_add_reading__has_room(void **state UNUSED)
{
	CLEANUP(json_release) json_t *permits = json_object();
	CLEANUP(json_release) json_t *documents = NULL;
	const char *action;
	json_t *resources;

	permits_add_reading(permits);
	json_object_foreach(permits, action, resources) {
		const char *verb = strchr(action, ':') + 1;

		if (strncmp(verb, "Describe", 8) != 0 &&
		    strncmp(verb, "Get", 3) != 0 &&
		    strncmp(verb, "List", 4) != 0)
			fail_msg("%s is no reading", action);
	}
	documents = permits_documents(permits, PERMITS_SESSION_MAX);
	assert_int_equal(json_array_size(documents), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_grant_find__every_call_of_the_catalogue),
		cmocka_unit_test(test_grant_is_of__names_of_rows),
		cmocka_unit_test(test_grant_is_of__whole_words),
		cmocka_unit_test(test_grant_arn__all_words),
		cmocka_unit_test(test_permits_documents__split_and_whole),
		cmocka_unit_test(test_permits_documents__wider_covers),
		cmocka_unit_test(test_permits_of_call__exact_leaves_globs_out),
		cmocka_unit_test(test_permits_of_call__role_that_it_passes),
		cmocka_unit_test(test_permits_of_call__path_of_a_role),
		cmocka_unit_test(
			test_permits_of_call__spellings_of_a_log_group),
		cmocka_unit_test(test_permits_of_call__key_of_another_account),
		cmocka_unit_test(test_permits_of_call__no_other_call),
		cmocka_unit_test(test_lookup_questions__each_has_its_grant),
		cmocka_unit_test(test_permits_add_reading__has_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
