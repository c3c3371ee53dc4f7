#include "tests/sim/iam.h"

#include <string.h>

#include "tests/sim/paging.h"
#include "tests/sim/request.h"
#include "tests/sim/xml.h"

#define POLICIES_PER_ROLE 10

/* ---- attachments --------------------------------------------------- */

static const char *policy_name(const char *arn)
{
	const char *slash = strrchr(arn, '/');
	return slash ? slash + 1 : arn;
}

void iam_list_attached_policies(struct iam_call *call)
{
	CLEANUP(page_release) struct page page = { .after = NULL };
	struct strbuf *out = &call->answer->body;
	const char *last = NULL;
	bool more = false;
	long count = 0;
	size_t index;
	json_t *arn;

	if (!IAM_ONLY(call, "RoleName", "PathPrefix", "Marker", "MaxItems") ||
	    !page_iam(call->request, call->sim->page_size, &page, call->answer))
		return;
	struct role *role = iam_find_role(call);
	if (!role)
		return;
	CLEANUP(json_release)
	json_t *sorted = json_sorted_set(
		json_object_get(iam_visible(role), "AttachedPolicies"));
	answer_begin(call->answer, call->request);
	strbuf_adds(out, "<AttachedPolicies>\n");
	json_array_foreach(sorted, index, arn) {
		const char *text = json_string_value(arn);
		if (page.after && strcmp(text, page.after) <= 0)
			continue;
		more = count == page.size;
		if (more)
			break;
		strbuf_adds(out, "<member>\n");
		xml_text(out, "PolicyName", policy_name(text));
		xml_text(out, "PolicyArn", text);
		strbuf_adds(out, "</member>\n");
		last = text;
		count++;
	}
	strbuf_adds(out, "</AttachedPolicies>\n");
	iam_add_paging(call, more ? last : NULL);
	answer_end(call->answer, call->request);
}

/* ---- writing ------------------------------------------------------------ */

void iam_attach_policy(struct iam_call *call)
{
	const char *arn = request_get(call->request, "PolicyArn");
	struct role *role = IAM_ONLY(call, "RoleName", "PolicyArn")
				    ? iam_find_role(call)
				    : NULL;

	if (!role || !iam_check_policy_arn(call, arn) ||
	    !iam_check_modifiable(call, role))
		return;
	if (!iam_policy_exists(call, arn)) {
		answer_error(call->answer, call->request, 404, "NoSuchEntity",
			     "Policy %s does not exist or is not attachable.",
			     arn);
		return;
	}
	CLEANUP(json_release)
	json_t *policies = json_deep_copy(
		json_object_get(role->state, "AttachedPolicies"));
	json_array_add_unique(policies, arn);
	if (json_array_size(policies) > POLICIES_PER_ROLE) {
		answer_error(call->answer, call->request, 409, "LimitExceeded",
			     "Cannot exceed quota for PoliciesPerRole: %d",
			     POLICIES_PER_ROLE);
		return;
	}
	iam_write(call, role, "AttachedPolicies", json_sorted_set(policies));
	answer_empty(call->answer, call->request);
}

void iam_detach_policy(struct iam_call *call)
{
	const char *arn = request_get(call->request, "PolicyArn");
	struct role *role = IAM_ONLY(call, "RoleName", "PolicyArn")
				    ? iam_find_role(call)
				    : NULL;

	if (!role || !iam_check_policy_arn(call, arn) ||
	    !iam_check_modifiable(call, role))
		return;
	json_t *live = json_object_get(role->state, "AttachedPolicies");
	if (!json_array_has(live, arn)) {
		answer_error(call->answer, call->request, 404, "NoSuchEntity",
			     "Policy %s was not found.", arn);
		return;
	}
	CLEANUP(json_release) json_t *policies = json_array();
	size_t index;
	json_t *policy;
	json_array_foreach(live, index, policy)
		if (strcmp(json_string_value(policy), arn) != 0)
			json_array_append(policies, policy);
	iam_write(call, role, "AttachedPolicies", json_sorted_set(policies));
	answer_empty(call->answer, call->request);
}
