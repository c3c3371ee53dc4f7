#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/compiler.h"
#include "core/nearest.h"

static const char *const names[] = { "backup_retention_period",
				     "deletion_protection", "port",
				     "publicly_accessible", "name" };

static const char *best_for(const char *wanted)
{
	struct nearest nearest = nearest_to(wanted);

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		nearest_offer(&nearest, names[i]);
	return nearest_best(&nearest);
}

static void test_nearest__typing_mistakes_find_the_name(void **state)
{
	(void)state;
	assert_string_equal(best_for("deletion_protecton"),
			    "deletion_protection");
	assert_string_equal(best_for("DeletionProtection"),
			    "deletion_protection");
	assert_string_equal(best_for("deletion-protection"),
			    "deletion_protection");
	assert_string_equal(best_for("prot"), "port");
	assert_string_equal(best_for("nmae"), "name");
}

static void test_nearest__a_beginning_is_near(void **state)
{
	(void)state;
	assert_string_equal(best_for("backup_retention"),
			    "backup_retention_period");
	assert_string_equal(best_for("publicly"), "publicly_accessible");
}

static void test_nearest__what_is_far_has_none(void **state)
{
	char long_name[200];

	(void)state;
	memset(long_name, 'a', sizeof(long_name) - 1);
	long_name[sizeof(long_name) - 1] = '\0';
	assert_null(best_for(""));
	assert_null(best_for("x"));
	assert_null(best_for("storage_encrypted"));
	assert_null(best_for(long_name));
}

static void test_nearest__nothing_offered_has_none(void **state)
{
	struct nearest nearest = nearest_to("port");

	(void)state;
	assert_null(nearest_best(&nearest));
}

static void test_nearest__the_first_of_equals_stays(void **state)
{
	struct nearest nearest = nearest_to("cat");

	(void)state;
	nearest_offer(&nearest, "car");
	nearest_offer(&nearest, "cab");
	assert_string_equal(nearest_best(&nearest), "car");
	nearest_offer(&nearest, "cat");
	assert_string_equal(nearest_best(&nearest), "cat");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nearest__typing_mistakes_find_the_name),
		cmocka_unit_test(test_nearest__a_beginning_is_near),
		cmocka_unit_test(test_nearest__what_is_far_has_none),
		cmocka_unit_test(test_nearest__nothing_offered_has_none),
		cmocka_unit_test(test_nearest__the_first_of_equals_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
