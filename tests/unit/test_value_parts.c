/* Texts of several words: what people may write, and what becomes of it. */
#include "tests/unit/call_fixture.h"

#include "core/mem.h"
#include "plans/value.h"
#include "plans/value_parts.h"

#define ROLE "arn:aws:iam::123456789012:role/import"
#define KEY "arn:aws:kms:eu-west-1:123456789012:key/k"

static const struct setting *row(const char *name)
{
	const struct setting *found = catalogue_lookup(KIND_CLUSTER, name);

	assert_non_null(found);
	return found;
}

/* What a person may write comes to this value. */
static void comes_to(const char *name, const char *written, const char *kept)
{
	CLEANUP(json_release) json_t *value = test_json(written);
	CLEANUP(json_release) json_t *checked = NULL;
	struct error err = ERROR_INIT;

	assert_int_equal(value_check(row(name), value, &checked, &err), 0);
	test_is_json(checked, kept);
}

static void is_refused(const char *name, const char *written, const char *why)
{
	CLEANUP(json_release) json_t *value = test_json(written);
	CLEANUP(json_release) json_t *checked = NULL;
	CLEANUP(error_release) struct error err = ERROR_INIT;

	assert_int_equal(value_check(row(name), value, &checked, &err), -1);
	assert_null(checked);
	assert_int_equal(err.code, ERR_DESIRED);
	if (!strstr(err.chain[0], why))
		fail_msg("'%s' does not say '%s'", err.chain[0], why);
}

static void test_parts_check__a_map_or_its_words(void **state UNUSED)
{
	comes_to("database_activity_stream",
		 "{\"kms_key_id\": \"" KEY "\", \"mode\": \"ASYNC\"}",
		 "\"async " KEY "\"");
	comes_to("database_activity_stream", "\"  async \\t " KEY " \"",
		 "\"async " KEY "\"");
	comes_to("associated_roles", "[{\"role_arn\": \"" ROLE "\"}]",
		 "[\"" ROLE "\"]");
	comes_to("associated_roles",
		 "[{\"role_arn\": \"" ROLE "\", \"feature_name\": null}]",
		 "[\"" ROLE "\"]");
	comes_to("associated_roles",
		 "[\"" ROLE " s3Import\", {\"role_arn\": \"" ROLE
		 "\", \"feature_name\": \"Lambda\"}, \"" ROLE "  s3Import\"]",
		 "[\"" ROLE " Lambda\",\"" ROLE " s3Import\"]");
	comes_to("database_activity_stream", "null", "null");
}

/* What is kept can be sent again: it is its own canonical form. */
static void test_parts_check__is_idempotent(void **state UNUSED)
{
	comes_to("database_activity_stream", "\"sync " KEY "\"",
		 "\"sync " KEY "\"");
	comes_to("associated_roles", "[\"" ROLE " Lambda\"]",
		 "[\"" ROLE " Lambda\"]");
}

static void test_parts_check__what_is_missing_or_unknown(void **state UNUSED)
{
	is_refused("database_activity_stream", "{\"mode\": \"async\"}",
		   "must have a 'kms_key_id'");
	is_refused("database_activity_stream", "\"async\"",
		   "must have a 'kms_key_id'");
	is_refused("database_activity_stream",
		   "{\"mode\": \"async\", \"key\": \"" KEY "\"}",
		   "it has no 'key'");
	is_refused("associated_roles", "[{}]", "must have a 'role_arn'");
	is_refused("associated_roles", "[\"\"]", "must have a 'role_arn'");
	is_refused("associated_roles", "[\"" ROLE " a b\"]",
		   "these 2 words with a blank between them");
}

static void test_parts_check__each_part_is_judged(void **state UNUSED)
{
	is_refused("database_activity_stream", "\"both " KEY "\"",
		   "a 'mode' of async, sync, not 'both'");
	is_refused("database_activity_stream", "\"async alias/aws/rds\"",
		   "must be the ARN of a KMS key");
	is_refused("associated_roles", "[\"import\"]",
		   "must be the ARN of a role");
	is_refused("associated_roles", "[\"" ROLE " s3:Import\"]",
		   "must be the name of a feature");
	is_refused("associated_roles",
		   "[{\"role_arn\": \"" ROLE " s3Import\"}]", "is one word");
	is_refused("associated_roles",
		   "[{\"role_arn\": \"" ROLE "\", \"feature_name\": 7}]",
		   "is one word");
}

static void test_parts_check__another_type(void **state UNUSED)
{
	is_refused("database_activity_stream", "true",
		   "must be a map {mode: …, kms_key_id: …}");
	is_refused("associated_roles", "[7]",
		   "must be a map {role_arn: …, feature_name: …}");
	is_refused("associated_roles", "{}", "must be a list");
}

static void test_parts_word__by_blanks(void **state UNUSED)
{
	static const char *const words[] = { "a", "bc", NULL, NULL };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		CLEANUP(free_ptr) char *word = parts_word("  a   bc ", i);

		if (words[i])
			assert_string_equal(word, words[i]);
		else
			assert_null(word);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parts_check__a_map_or_its_words),
		cmocka_unit_test(test_parts_check__is_idempotent),
		cmocka_unit_test(test_parts_check__what_is_missing_or_unknown),
		cmocka_unit_test(test_parts_check__each_part_is_judged),
		cmocka_unit_test(test_parts_check__another_type),
		cmocka_unit_test(test_parts_word__by_blanks),
	};

	json_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
