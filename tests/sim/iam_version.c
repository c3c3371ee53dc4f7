/* Managed policies and their versions. */
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/mem.h"
#include "tests/sim/iam.h"
#include "tests/sim/json_call.h"
#include "tests/sim/paging.h"
#include "tests/sim/request.h"
#include "tests/sim/xml.h"

#define VERSIONS "Versions"
#define VERSIONS_MAX 5
#define MANAGED_MAX 6144
#define DEFAULT "DefaultVersionId"
#define ID "VersionId"
#define LAST "lastVersion" /* of this file: numbers are not given again */

/* ---- which policy -------------------------------------------------------- */

static json_t *customer_policy(const struct account *account, const char *arn)
{
	return json_find(account->policies, "Arn", arn);
}

bool iam_policy_exists(const struct iam_call *call, const char *arn)
{
	return json_array_has(call->sim->fleet.aws_policies, arn) ||
	       customer_policy(call->account, arn);
}

bool iam_check_policy_arn(struct iam_call *call, const char *arn)
{
	if (arn && !strncmp(arn, "arn:aws:iam::", 13) &&
	    strstr(arn, ":policy/"))
		return true;
	answer_error(call->answer, call->request, 400, "InvalidInput",
		     "ARN %s is not valid.", arn ? arn : "");
	return false;
}

static void no_entity(struct iam_call *call, const char *what, const char *name)
{
	answer_error(call->answer, call->request, 404, "NoSuchEntity",
		     "%s %s does not exist or is not attachable.", what, name);
}

/* One of AWS: all of them allow the same here. A new reference. */
static json_t *aws_policy(const char *arn)
{
	json_t *document = json_pack(
		"{ss s[{ss ss ss}]}", "Version", "2012-10-17", "Statement",
		"Effect", "Allow", "Action", "rds:Describe*", "Resource", "*");

	return json_pack("{ss ss ss ss ss ss s[{ss so ss}]}", "PolicyName",
			 strrchr(arn, '/') + 1, "PolicyId",
			 "ANPAAWSMANAGEDPOLICY0", "Arn", arn, "Path", "/",
			 "CreateDate", "2015-02-06T18:40:15Z", DEFAULT, "v1",
			 VERSIONS, ID, "v1", "Document", document, "CreateDate",
			 "2015-02-06T18:40:15Z");
}

/* What reads see of it now. A new reference, or NULL. */
static json_t *visible(const struct iam_call *call, const char *arn)
{
	const struct account *account = call->account;
	const json_t *late = json_object_get(account->late_policies, arn);
	json_t *policy = customer_policy(account, arn);

	if (json_array_has(call->sim->fleet.aws_policies, arn))
		return aws_policy(arn);
	if (policy && late &&
	    clock_monotonic_ms() <
		    json_integer_value(json_object_get(late, "until")))
		policy = json_object_get(late, "state");
	return json_incref(policy);
}

/* The policy that PolicyArn names; NULL: answer is the error. */
static json_t *named(struct iam_call *call)
{
	const char *arn = request_get(call->request, "PolicyArn");
	json_t *policy = NULL;

	if (!iam_check_policy_arn(call, arn))
		return NULL;
	policy = visible(call, arn);
	if (!policy)
		no_entity(call, "Policy", arn);
	return policy;
}

/* The one that is to be changed, itself. Borrowed. */
static json_t *to_change(struct iam_call *call)
{
	const char *arn = request_get(call->request, "PolicyArn");
	json_t *policy = NULL;

	if (!iam_check_policy_arn(call, arn))
		return NULL;
	if (json_array_has(call->sim->fleet.aws_policies, arn)) {
		answer_error(call->answer, call->request, 403, "AccessDenied",
			     "Cannot modify the AWS managed policy %s", arn);
		return NULL;
	}
	policy = customer_policy(call->account, arn);
	if (!policy)
		no_entity(call, "Policy", arn);
	return policy;
}

/* Set members of the policy, which readers may see late. Steals set. */
static void write_policy(struct iam_call *call, json_t *policy, json_t *stolen)
{
	CLEANUP(json_release) json_t *set = stolen;
	const int64_t delay_ms =
		call->sim->fleet.iam_delay_ms + call->effect->delay_ms;
	const char *arn = json_text(policy, "Arn");

	if (call->effect->none)
		return;
	if (delay_ms > 0) {
		CLEANUP(json_release) json_t *before = visible(call, arn);

		json_object_set_new(call->account->late_policies, arn,
				    json_pack("{so sI}", "state",
					      json_deep_copy(before), "until",
					      clock_monotonic_ms() + delay_ms));
	}
	json_object_update(policy, set);
}

/* ---- reading ------------------------------------------------------------- */

static int count_users(const struct account *account, const char *arn,
		       bool bounds)
{
	int count = 0;

	for (size_t i = 0; i < account->roles_len; i++) {
		const json_t *state = account->roles[i]->state;
		const char *bound =
			json_text(json_object_get(state, "PermissionsBoundary"),
				  "PermissionsBoundaryArn");

		if (bounds)
			count += bound && !strcmp(bound, arn);
		else
			count += json_array_has(
				json_object_get(state, "AttachedPolicies"),
				arn);
	}
	return count;
}

/* Its members, without its element. */
static void add_policy(const struct iam_call *call, const json_t *policy)
{
	struct strbuf *out = &call->answer->body;
	const char *arn = json_text(policy, "Arn");
	CLEANUP(json_release)
	json_t *shown = json_copy((json_t *)(uintptr_t)policy);

	json_object_del(shown, VERSIONS);
	json_object_del(shown, LAST);
	xml_members(out, shown);
	strbuf_addf(out, "<AttachmentCount>%d</AttachmentCount>\n",
		    count_users(call->account, arn, false));
	strbuf_addf(out,
		    "<PermissionsBoundaryUsageCount>%d"
		    "</PermissionsBoundaryUsageCount>\n",
		    count_users(call->account, arn, true));
	strbuf_adds(out, "<IsAttachable>true</IsAttachable>\n");
}

void iam_get_policy(struct iam_call *call)
{
	CLEANUP(json_release)
	json_t *policy = IAM_ONLY(call, "PolicyArn") ? named(call) : NULL;

	if (!policy)
		return;
	answer_begin(call->answer, call->request);
	strbuf_adds(&call->answer->body, "<Policy>\n");
	add_policy(call, policy);
	strbuf_adds(&call->answer->body, "</Policy>");
	answer_end(call->answer, call->request);
}

/* document: with it, percent-encoded */
static void add_version(struct strbuf *out, const json_t *policy,
			const json_t *version, bool document)
{
	const char *id = json_text(version, ID);

	if (document)
		iam_add_document(out, "Document",
				 json_object_get(version, "Document"));
	xml_text(out, ID, id);
	xml_text(out, "IsDefaultVersion",
		 strcmp(id, json_text(policy, DEFAULT)) ? "false" : "true");
	xml_text(out, "CreateDate", json_text(version, "CreateDate"));
}

/* Of the account, or of AWS and attached to one of its roles. Sorted. */
static json_t *details_of(const struct iam_call *call)
{
	CLEANUP(json_release) json_t *arns = json_array();
	json_t *value;
	size_t i;

	json_array_foreach(call->account->policies, i, value)
		json_array_append(arns, json_object_get(value, "Arn"));
	json_array_foreach(call->sim->fleet.aws_policies, i, value) {
		if (count_users(call->account, json_string_value(value), false))
			json_array_append(arns, value);
	}
	return json_sorted_set(arns);
}

static void add_policy_detail(const struct iam_call *call, const char *arn)
{
	struct strbuf *out = &call->answer->body;
	CLEANUP(json_release) json_t *policy = visible(call, arn);
	size_t i;
	json_t *version;

	strbuf_adds(out, "<member>\n");
	add_policy(call, policy);
	strbuf_adds(out, "<PolicyVersionList>\n");
	json_array_foreach(json_object_get(policy, VERSIONS), i, version) {
		strbuf_adds(out, "<member>\n");
		add_version(out, policy, version, true);
		strbuf_adds(out, "</member>\n");
	}
	strbuf_adds(out, "</PolicyVersionList>\n</member>\n");
}

char *iam_add_policy_details(struct iam_call *call, const char *after,
			     long most)
{
	CLEANUP(json_release) json_t *arns = details_of(call);
	const char *last = NULL;
	long count = 0;
	size_t i;
	json_t *arn;

	json_array_foreach(arns, i, arn) {
		const char *text = json_string_value(arn);

		if (after && strcmp(text, after) <= 0)
			continue;
		if (count++ == most)
			return xstrdup(last);
		add_policy_detail(call, text);
		last = text;
	}
	return NULL;
}

void iam_list_versions(struct iam_call *call)
{
	CLEANUP(page_release) struct page page = { .after = NULL };
	struct strbuf *out = &call->answer->body;
	CLEANUP(json_release) json_t *policy = NULL;
	const char *last = NULL;
	bool more = false, begun;
	long count = 0;
	size_t index;
	json_t *version;

	if (!IAM_ONLY(call, "PolicyArn", "Marker", "MaxItems") ||
	    !page_iam(call->request, call->sim->page_size, &page, call->answer))
		return;
	policy = named(call);
	if (!policy)
		return;
	answer_begin(call->answer, call->request);
	strbuf_adds(out, "<Versions>\n");
	begun = !page.after;
	json_array_foreach(json_object_get(policy, VERSIONS), index, version) {
		if (!begun) {
			begun = !strcmp(json_text(version, ID), page.after);
			continue;
		}
		more = count == page.size;
		if (more)
			break;
		strbuf_adds(out, "<member>\n");
		add_version(out, policy, version, false);
		strbuf_adds(out, "</member>\n");
		last = json_text(version, ID);
		count++;
	}
	strbuf_adds(out, "</Versions>\n");
	iam_add_paging(call, more ? last : NULL);
	answer_end(call->answer, call->request);
}

/* The version that VersionId names; NULL: answer is the error. Borrowed. */
static json_t *named_version(struct iam_call *call, const json_t *policy)
{
	const char *id = request_get(call->request, ID);
	json_t *version =
		id ? json_find(json_object_get(policy, VERSIONS), ID, id)
		   : NULL;

	if (!version)
		no_entity(call, "Policy version", id ? id : "");
	return version;
}

void iam_get_version(struct iam_call *call)
{
	CLEANUP(json_release)
	json_t *policy = IAM_ONLY(call, "PolicyArn", ID) ? named(call) : NULL;
	const json_t *version = policy ? named_version(call, policy) : NULL;

	if (!version)
		return;
	answer_begin(call->answer, call->request);
	strbuf_adds(&call->answer->body, "<PolicyVersion>\n");
	add_version(&call->answer->body, policy, version, true);
	strbuf_adds(&call->answer->body, "</PolicyVersion>");
	answer_end(call->answer, call->request);
}

/* ---- writing ------------------------------------------------------------- */

static bool has_room(struct iam_call *call, const json_t *policy,
		     const json_t *document)
{
	if (iam_document_size(document) > MANAGED_MAX)
		answer_error(call->answer, call->request, 409, "LimitExceeded",
			     "Cannot exceed quota for PolicySize: %d",
			     MANAGED_MAX);
	else if (json_array_size(json_object_get(policy, VERSIONS)) >=
		 VERSIONS_MAX)
		answer_error(call->answer, call->request, 409, "LimitExceeded",
			     "A managed policy can have up to %d versions. "
			     "Before you create a new version, you must delete "
			     "an existing version.",
			     VERSIONS_MAX);
	else
		return true;
	return false;
}

/* The newest version comes first. */
void iam_create_version(struct iam_call *call)
{
	json_t *policy =
		IAM_ONLY(call, "PolicyArn", "PolicyDocument", "SetAsDefault")
			? to_change(call)
			: NULL;
	const char *as_default = request_get(call->request, "SetAsDefault");
	CLEANUP(json_release)
	json_t *document =
		policy ? iam_document(call, "PolicyDocument", false) : NULL;
	CLEANUP(json_release) json_t *versions = NULL;
	CLEANUP(free_ptr) char *id = NULL;
	char now[CLOCK_TEXT_MAX];
	json_int_t number;

	if (!document || !has_room(call, policy, document))
		return;
	number = json_integer_value(json_object_get(policy, LAST)) + 1;
	id = xasprintf("v%lld", (long long)number);
	versions = json_copy(json_object_get(policy, VERSIONS));
	json_array_insert_new(versions, 0,
			      json_pack("{ss sO ss}", ID, id, "Document",
					document, "CreateDate",
					clock_rfc3339(clock_now(), now)));
	CLEANUP(json_release)
	json_t *set = json_pack("{sO sI}", VERSIONS, versions, LAST, number);

	if (as_default && !strcmp(as_default, "true"))
		json_object_set_new(set, DEFAULT, json_string(id));
	write_policy(call, policy, json_incref(set));
	answer_begin(call->answer, call->request);
	strbuf_adds(&call->answer->body, "<PolicyVersion>\n");
	add_version(&call->answer->body, policy, json_array_get(versions, 0),
		    false);
	strbuf_adds(&call->answer->body, "</PolicyVersion>");
	answer_end(call->answer, call->request);
}

void iam_set_default_version(struct iam_call *call)
{
	json_t *policy =
		IAM_ONLY(call, "PolicyArn", ID) ? to_change(call) : NULL;
	const json_t *version = policy ? named_version(call, policy) : NULL;

	if (!version)
		return;
	write_policy(call, policy,
		     json_pack("{ss}", DEFAULT, json_text(version, ID)));
	answer_empty(call->answer, call->request);
}

void iam_delete_version(struct iam_call *call)
{
	json_t *policy =
		IAM_ONLY(call, "PolicyArn", ID) ? to_change(call) : NULL;
	const json_t *version = policy ? named_version(call, policy) : NULL;
	json_t *rest, *other;
	size_t index;

	if (!version)
		return;
	if (!strcmp(json_text(version, ID), json_text(policy, DEFAULT))) {
		answer_error(call->answer, call->request, 409, "DeleteConflict",
			     "Cannot delete the default version of a policy.");
		return;
	}
	rest = json_array();
	json_array_foreach(json_object_get(policy, VERSIONS), index, other) {
		if (other != version)
			json_array_append(rest, other);
	}
	write_policy(call, policy, json_pack("{so}", VERSIONS, rest));
	answer_empty(call->answer, call->request);
}
