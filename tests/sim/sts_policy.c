/*
 * Session policies. AssumeRole takes a document of at most 2,048 characters;
 * it packs that in a way of its own, and refuses what is too large packed
 * whatever its length was. How large that is, nobody outside can tell: here it
 * is the length without blanks, of so many characters as the role has room for
 * ("PackedPolicyMax"; no document is too large unless that says so).
 *
 * Refusals: the STS API reference, AssumeRole, and for the words of the packed
 * size the knowledge centre's "iam-role-aws-sts-error".
 */
#include <string.h>

#include "tests/sim/fleet.h"
#include "tests/sim/iam.h"
#include "tests/sim/request.h"
#include "tests/sim/sts.h"

#define POLICY_MAX 2048

/* Managed policies narrow a session too; nobody here asks for that. */
static bool names_managed(const struct request *request)
{
	const char *key;
	json_t *ignored;

	json_object_foreach(request->parameters, key, ignored)
		if (!strncmp(key, "PolicyArns.", 11))
			return true;
	return false;
}

static long long room_of(const struct role *role)
{
	const json_t *most = json_object_get(role->state, "PackedPolicyMax");

	return json_integer_value(most) > 0 ? json_integer_value(most)
					    : POLICY_MAX;
}

static bool check_packed(const struct request *request,
			 const struct session_policy *policy,
			 struct answer *answer)
{
	if (policy->percentage <= 100)
		return true;
	answer_error(answer, request, 400, "PackedPolicyTooLarge",
		     "Packed policy consumes %lld%% of allotted space, please "
		     "use smaller policy.",
		     policy->percentage);
	return false;
}

bool sts_session_policy(struct request *request, const struct role *role,
			struct session_policy *ret_policy,
			struct answer *answer)
{
	const char *text = request_get(request, "Policy");
	struct iam_call call = { .request = request, .answer = answer };

	*ret_policy = (struct session_policy){ .documents = NULL };
	if (names_managed(request)) {
		answer_error(answer, request, 400, "ValidationError",
			     "The simulator has no managed session policies");
		return false;
	}
	if (!text)
		return true;
	if (!*text || strlen(text) > POLICY_MAX) {
		answer_error(answer, request, 400, "ValidationError",
			     "1 validation error detected: Value at 'policy' "
			     "failed to satisfy constraint: Member must have "
			     "length between 1 and %d",
			     POLICY_MAX);
		return false;
	}
	CLEANUP(json_release)
	json_t *document = iam_document(&call, "Policy", false);
	if (!document)
		return false;
	ret_policy->percentage = ((long long)iam_document_size(document) * 100 +
				  room_of(role) - 1) /
				 room_of(role);
	if (!check_packed(request, ret_policy, answer))
		return false;
	ret_policy->documents = json_pack("[O]", document);
	return true;
}
