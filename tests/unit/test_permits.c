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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_grant_find__every_call_of_the_catalogue),
		cmocka_unit_test(test_grant_is_of__names_of_rows),
		cmocka_unit_test(test_grant_is_of__whole_words),
		cmocka_unit_test(test_grant_arn__all_words),
		cmocka_unit_test(test_permits_documents__split_and_whole),
		cmocka_unit_test(test_permits_documents__wider_covers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
