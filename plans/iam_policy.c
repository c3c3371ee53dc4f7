/* Managed policies: of the account, not of a region; read by their names. */
#include "plans/grant.h"
#include "plans/iam_policy.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "plans/kinds.h"

#define POLICY ":policy/"

/* ---- names -------------------------------------------------------------- */

static bool is_arn(const char *text)
{
	return strncmp(text, "arn:", 4) == 0;
}

char *iam_policy_arn(const char *id, const struct place *place)
{
	if (is_arn(id))
		return xstrdup(id);
	return xasprintf("arn:%s:iam::%s" POLICY "%s",
			 place->partition ? place->partition : "aws",
			 place->account_id, id);
}

/* The account of an ARN, "aws" of those of AWS. Owned. */
static char *account_of(const char *arn)
{
	const char *at = is_arn(arn) ? strstr(arn, ":iam::") : NULL;

	return at ? xstrndup(at + 6, strcspn(at + 6, ":")) : xstrdup("");
}

char *iam_policy_id_of(const char *arn, const struct place *place)
{
	CLEANUP(free_ptr) char *account = account_of(arn);
	const char *name = strstr(arn, POLICY);

	return xstrdup(name && strcmp(account, place->account_id) == 0
			       ? name + strlen(POLICY)
			       : arn);
}

bool iam_policy_is_of_aws(const char *arn)
{
	CLEANUP(free_ptr) char *account = account_of(arn);

	return strcmp(account, "aws") == 0;
}

bool iam_policy_is_foreign(const char *arn, const struct place *place)
{
	CLEANUP(free_ptr) char *account = account_of(arn);

	return strcmp(account, "aws") != 0 &&
	       strcmp(account, place->account_id) != 0;
}

/* "v12": the number counts, not the text. */
static int by_number(const void *a, const void *b)
{
	const long x = strtol(*(const char *const *)a + 1, NULL, 10);
	const long y = strtol(*(const char *const *)b + 1, NULL, 10);

	return x < y ? 1 : x > y ? -1 : 0;
}

const char **iam_policy_newest(const json_t *versions, size_t *ret_len)
{
	const char **ids = json_sorted_keys(versions, ret_len);

	if (*ret_len)
		qsort(ids, *ret_len, sizeof(*ids), by_number);
	return ids;
}

/* ---- the kind ----------------------------------------------------------- */

static char *lane(const struct resource *resource)
{
	return xstrdup(resource->address);
}

static enum condition condition(const struct resource *resource UNUSED,
				const char **ret_why)
{
	*ret_why = "policies have no status";
	return CONDITION_READY;
}

/* One of another account goes by its ARN, and nobody here changes it. */
static bool is_own(const char *id)
{
	return strncmp(id, "arn:", 4) != 0;
}

const struct kind_ops iam_policy_kind = {
	.kind = KIND_IAM_POLICY,
	.name = "iam_policy",
	.grants = iam_policy_grants,
	.id_in_arns = is_own,
	.global = true,
	.lane_kind = KIND_IAM_POLICY,
	.by_reference = true,
	.read = iam_policy_read,
	.lane = lane,
	.condition = condition,
	.calls = iam_policy_calls,
	.after_with = iam_policy_after,
	.happened = iam_policy_happened,
};
