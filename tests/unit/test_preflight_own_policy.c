/* What a simulation denies, and a key's own policy may allow. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/compiler.h"
#include "core/json.h"
#include "plans/preflight.h"

static bool denies(const char *action, const char *decision, const char *beyond)
{
	CLEANUP(json_release)
	json_t *entry = json_pack("{s:s, s:s?, s:[]}", "decision", decision,
				  "beyond", beyond, "missing");

	assert_non_null(entry);
	return simulated_denies(action, entry);
}

static void test_simulated_denies__what_no_policy_allows(void **state UNUSED)
{
	assert_true(denies("rds:ModifyDBCluster", "implicitDeny", NULL));
	assert_true(denies("iam:PassRole", "implicitDeny", NULL));
	assert_false(denies("kms:CreateGrant", "implicitDeny", NULL));
	assert_false(denies("kms:EnableKeyRotation", "implicitDeny", NULL));
}

static void test_simulated_denies__against_the_keys_own(void **state UNUSED)
{
	assert_true(denies("kms:CreateGrant", "explicitDeny", NULL));
	assert_true(denies("kms:CreateGrant", "implicitDeny", "boundary"));
	assert_true(denies("kms:CreateGrant", "implicitDeny", "organisation"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_simulated_denies__what_no_policy_allows),
		cmocka_unit_test(test_simulated_denies__against_the_keys_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
