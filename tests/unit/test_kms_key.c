#include "tests/unit/call_fixture.h"
#include "tests/unit/rds_fixture.h"

#include "core/mem.h"
#include "plans/kms_key.h"

#define KIND KIND_KMS_KEY
#define ID "6d1e4c0a-52b7-4f0e-8f31-9b1f2f7c7e21"
#define ARN "arn:aws:kms:eu-west-1:123456789012:key/" ID
#define KEY "\"KeyId\":\"" ID "\""
#define OURS                                  \
	"\"KeyId\":\"" ID "\",\"Arn\":\"" ARN \
	"\",\"KeyManager\":\"CUSTOMER\","     \
	"\"Origin\":\"AWS_KMS\",\"KeySpec\":\"SYMMETRIC_DEFAULT\""
#define ENABLED "{" OURS ",\"KeyState\":\"Enabled\"}"
#define OFF "{\"KeyRotationEnabled\":false}"
#define ON(days) \
	"{\"KeyRotationEnabled\":true,\"RotationPeriodInDays\":" #days "}"

static const struct setting *row(const char *name)
{
	return catalogue_lookup(KIND, name);
}

static struct resource *key_of(const char *metadata, const char *rotation)
{
	json_t *meta = test_json(metadata);
	json_t *status = rotation ? test_json(rotation) : NULL;
	struct resource *key = kms_key_resource(&test_place, meta, status);

	json_decref(meta);
	json_decref(status);
	return key;
}

static void reads_as(const char *metadata, const char *rotation,
		     const char *enabled, const char *days)
{
	struct resource *key = key_of(metadata, rotation);

	assert_string_equal(key->address, "kms_key/" ID);
	assert_string_equal(key->resource_id, ARN);
	assert_true(json_array_has(key->names, ARN));
	test_is_json(resource_value(key, row("rotation_enabled")), enabled);
	test_is_json(resource_value(key, row("rotation_period_days")), days);
	resource_free(key);
}

static void test_read__rotation(void **state UNUSED)
{
	reads_as(ENABLED, OFF, "false", "null");
	reads_as(ENABLED, ON(180), "true", "180");
	/* an endpoint older than the period */
	reads_as(ENABLED, "{\"KeyRotationEnabled\":true}", "true", "365");
	/* while it is off, a period that AWS may still show is none */
	reads_as(ENABLED,
		 "{\"KeyRotationEnabled\":false,\"RotationPeriodInDays\":180}",
		 "false", "null");
	/* AWS rotates its own keys every year, and says so */
	reads_as("{\"KeyId\":\"" ID "\",\"Arn\":\"" ARN
		 "\",\"KeyManager\":\"AWS\",\"KeyState\":\"Enabled\"}",
		 NULL, "true", "365");
	/* what cannot be rotated is neither on nor off */
	reads_as("{\"KeyId\":\"" ID "\",\"Arn\":\"" ARN
		 "\",\"KeySpec\":\"RSA_2048\"}",
		 NULL, "null", "null");
}

static void test_read__an_answer_about_nothing(void **state UNUSED)
{
	assert_null(key_of("{}", OFF));
	assert_null(key_of("{" KEY "}", OFF));
}

static void has_rotation(const char *metadata, bool expected)
{
	json_t *meta = test_json(metadata);

	assert_int_equal(kms_key_has_rotation(meta), expected);
	json_decref(meta);
}

static void test_has_rotation(void **state UNUSED)
{
	has_rotation(ENABLED, true);
	has_rotation("{" OURS ",\"KeyState\":\"PendingDeletion\"}", true);
	has_rotation("{" OURS ",\"KeyState\":\"PendingImport\"}", false);
	has_rotation(
		"{\"KeyManager\":\"AWS\",\"KeyState\":\"Enabled\","
		"\"Origin\":\"AWS_KMS\",\"KeySpec\":\"SYMMETRIC_DEFAULT\"}",
		false);
	has_rotation(
		"{\"KeyManager\":\"CUSTOMER\",\"KeyState\":\"Enabled\","
		"\"Origin\":\"EXTERNAL\",\"KeySpec\":\"SYMMETRIC_DEFAULT\"}",
		false);
	has_rotation("{}", false);
}

static void test_bad_state(void **state UNUSED)
{
	json_t *good = test_json(ENABLED);
	json_t *going = test_json("{" OURS ",\"KeyState\":\"PendingDeletion\","
				  "\"DeletionDate\":1.8E9}");
	json_t *off = test_json("{" OURS ",\"KeyState\":\"Disabled\"}");
	CLEANUP(free_ptr) char *none = kms_key_bad_state(good);
	CLEANUP(free_ptr) char *urgent = kms_key_bad_state(going);
	CLEANUP(free_ptr) char *disabled = kms_key_bad_state(off);

	assert_null(none);
	assert_non_null(strstr(urgent, "on 2027-01-15T08:00:00Z"));
	assert_non_null(strstr(urgent, "cancel-key-deletion --key-id " ID));
	assert_non_null(strstr(disabled, "enable-key --key-id " ID));
	json_decref(good);
	json_decref(going);
	json_decref(off);
}

static void test_names(void **state UNUSED)
{
	static const char there[] = "arn:aws:kms:eu-west-2:123456789012:key/1";
	static const char theirs[] = "arn:aws:kms:eu-west-1:210987654321:key/1";

	assert_string_equal(kms_key_id_of(ARN, &test_place), ID);
	assert_string_equal(kms_key_id_of(there, &test_place), there);
	assert_false(kms_key_is_foreign(ARN, &test_place));
	assert_false(kms_key_is_foreign(ID, &test_place));
	assert_false(kms_key_is_foreign("alias/orders", &test_place));
	assert_true(kms_key_is_foreign(there, &test_place));
	assert_true(kms_key_is_foreign(theirs, &test_place));
	assert_true(kms_key_is_foreign("arn:aws", &test_place));
}

/* ---- calls ---- */

/* before and after: NULL: no change */
struct wish {
	const char *enabled[2], *period[2];
};

static void wish(struct drafted *d, const struct wish *w)
{
	if (w->enabled[0])
		test_change(d, KIND, "rotation_enabled", w->enabled[0],
			    w->enabled[1], false);
	if (w->period[0])
		test_change(d, KIND, "rotation_period_days", w->period[0],
			    w->period[1], false);
}

static void becomes(const char *rotation, struct wish w, const char *call,
		    const char *parameters)
{
	struct resource *key = key_of(ENABLED, rotation);
	struct drafted d = { .len = 0 };

	wish(&d, &w);
	test_draft(&d, key);
	assert_int_equal(json_object_size(d.refused), 0);
	assert_int_equal(d.calls.len, 1);
	assert_string_equal(d.calls.items[0].call, call);
	test_is_json(d.calls.items[0].parameters, parameters);
	assert_int_equal(d.calls.items[0].changes_len, d.len);
	for (size_t i = 0; i < d.len; i++) {
		const char *name = d.changes[i].setting->name;
		const char **pair = strcmp(name, "rotation_enabled") != 0
					    ? w.period
					    : w.enabled;

		test_after(&d, KIND, name, pair[0], pair[1]);
	}
	test_drafted_release(&d);
	resource_free(key);
}

static void test_calls__one_for_all(void **state UNUSED)
{
	becomes(OFF, (struct wish){ .enabled = { "false", "true" } },
		"kms:EnableKeyRotation", "{" KEY "}");
	becomes(OFF, (struct wish){ { "false", "true" }, { "null", "180" } },
		"kms:EnableKeyRotation",
		"{" KEY ",\"RotationPeriodInDays\":180}");
	becomes(ON(365), (struct wish){ .period = { "365", "90" } },
		"kms:EnableKeyRotation",
		"{" KEY ",\"RotationPeriodInDays\":90}");
	becomes(ON(365), (struct wish){ .enabled = { "true", "false" } },
		"kms:DisableKeyRotation", "{" KEY "}");
	becomes(ON(180),
		(struct wish){ { "true", "false" }, { "180", "null" } },
		"kms:DisableKeyRotation", "{" KEY "}");
}

static void refuses(const char *metadata, const char *rotation, struct wish w,
		    const char *setting, const char *why)
{
	struct resource *key = key_of(metadata, rotation);
	struct drafted d = { .len = 0 };

	wish(&d, &w);
	test_draft(&d, key);
	assert_int_equal(d.calls.len, 0);
	test_refused(&d, setting, why);
	test_drafted_release(&d);
	resource_free(key);
}

static void test_calls__what_does_not_go_together(void **state UNUSED)
{
	refuses(ENABLED, OFF, (struct wish){ .period = { "null", "180" } },
		"rotation_period_days", "is not rotated");
	refuses(ENABLED, ON(180),
		(struct wish){ .enabled = { "true", "false" } },
		"rotation_enabled", "also unsets 'rotation_period_days'");
	refuses(ENABLED, ON(180), (struct wish){ .period = { "180", "null" } },
		"rotation_period_days", "has a period");
	refuses(ENABLED, ON(365),
		(struct wish){ { "true", "false" }, { "365", "90" } },
		"rotation_period_days", "has no period");
}

static void test_calls__keys_that_cannot_be_rotated(void **state UNUSED)
{
	static const struct {
		const char *metadata, *why;
	} rows[] = {
		{ "{\"KeyManager\":\"AWS\",\"KeyState\":\"Enabled\",",
		  "managed" },
		{ "{\"KeySpec\":\"HMAC_256\",", "symmetric" },
		{ "{\"Origin\":\"EXTERNAL\",", "does not come from KMS" },
		{ "{\"MultiRegionConfiguration\":{\"MultiRegionKeyType\":"
		  "\"REPLICA\"},",
		  "replica" },
		{ "{\"KeyState\":\"PendingDeletion\",", "pending deletion" },
		{ "{\"KeyState\":\"Disabled\",", "not enabled" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		CLEANUP(free_ptr)
		char *text =
			xasprintf("%s\"KeyId\":\"" ID "\",\"Arn\":\"" ARN "\"}",
				  rows[i].metadata);

		refuses(text, OFF,
			(struct wish){ { "false", "true" }, { "null", "90" } },
			"rotation_enabled", rows[i].why);
		refuses(text, OFF,
			(struct wish){ { "false", "true" }, { "null", "90" } },
			"rotation_period_days", rows[i].why);
	}
}

static void test_after_call__nonsense(void **state UNUSED)
{
	static const char *const pairs[][2] = {
		{ "kms:ScheduleKeyDeletion", "{" KEY "}" },
		{ "kms:EnableKeyRotation", "{}" },
		{ "kms:EnableKeyRotation", "{\"KeyId\":\"\"}" },
		{ "kms:EnableKeyRotation", "{" KEY ",\"x\":1}" },
		{ "kms:EnableKeyRotation",
		  "{" KEY ",\"RotationPeriodInDays\":\"90\"}" },
		{ "kms:DisableKeyRotation",
		  "{" KEY ",\"RotationPeriodInDays\":90}" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
		json_t *params = test_json(pairs[i][1]);

		assert_null(kind_ops(KIND)->after_call(pairs[i][0], params,
						       row("rotation_enabled"),
						       json_true()));
		json_decref(params);
	}
}

static void test_condition(void **state UNUSED)
{
	static const struct {
		const char *state;
		enum condition condition;
	} rows[] = {
		{ "Enabled", CONDITION_READY },
		{ "Creating", CONDITION_BUSY },
		{ "Disabled", CONDITION_FAILED },
		{ "PendingDeletion", CONDITION_FAILED },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		CLEANUP(free_ptr)
		char *text = xasprintf("{" OURS ",\"KeyState\":\"%s\"}",
				       rows[i].state);
		struct resource *key = key_of(text, OFF);
		const char *why = NULL;

		assert_int_equal(kind_ops(KIND)->condition(key, &why),
				 rows[i].condition);
		assert_non_null(why);
		resource_free(key);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read__rotation),
		cmocka_unit_test(test_read__an_answer_about_nothing),
		cmocka_unit_test(test_has_rotation),
		cmocka_unit_test(test_bad_state),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_calls__one_for_all),
		cmocka_unit_test(test_calls__what_does_not_go_together),
		cmocka_unit_test(test_calls__keys_that_cannot_be_rotated),
		cmocka_unit_test(test_after_call__nonsense),
		cmocka_unit_test(test_condition),
	};

	json_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
