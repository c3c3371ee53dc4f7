/* What IAM tells of who has a role, and of all roles or policies at once. */
#include <string.h>

#include "core/mem.h"
#include "tests/sim/iam.h"
#include "tests/sim/paging.h"
#include "tests/sim/request.h"
#include "tests/sim/xml.h"

#define PROFILES "InstanceProfiles" /* names, in a role's state */

static void add_profile(struct strbuf *out, const struct iam_call *call,
			const char *name)
{
	CLEANUP(free_ptr)
	char *arn = xasprintf("arn:aws:iam::%s:instance-profile/%s",
			      call->account->id, name);

	strbuf_adds(out, "<member>\n");
	xml_text(out, "Path", "/");
	xml_text(out, "InstanceProfileName", name);
	xml_text(out, "InstanceProfileId", "AIPAEXAMPLEPROFILE001");
	xml_text(out, "Arn", arn);
	xml_text(out, "CreateDate", "2022-03-08T09:14:02Z");
	strbuf_adds(out, "<Roles/>\n</member>\n");
}

void iam_list_profiles(struct iam_call *call)
{
	CLEANUP(page_release) struct page page = { .after = NULL };
	struct strbuf *out = &call->answer->body;
	const char *last = NULL;
	bool more = false;
	long count = 0;
	size_t index;
	json_t *name;

	if (!IAM_ONLY(call, "RoleName", "Marker", "MaxItems") ||
	    !page_iam(call->request, call->sim->page_size, &page, call->answer))
		return;
	struct role *role = iam_find_role(call);

	if (!role)
		return;
	CLEANUP(json_release)
	json_t *sorted =
		json_sorted_set(json_object_get(iam_visible(role), PROFILES));

	answer_begin(call->answer, call->request);
	strbuf_adds(out, "<InstanceProfiles>\n");
	json_array_foreach(sorted, index, name) {
		const char *text = json_string_value(name);

		if (page.after && strcmp(text, page.after) <= 0)
			continue;
		more = count == page.size;
		if (more)
			break;
		add_profile(out, call, text);
		last = text;
		count++;
	}
	strbuf_adds(out, "</InstanceProfiles>\n");
	iam_add_paging(call, more ? last : NULL);
	answer_end(call->answer, call->request);
}

/* ---- all of them --------------------------------------------------------- */

static void add_inline(struct strbuf *out, const json_t *state)
{
	size_t len;
	json_t *policies = json_object_get(state, "InlinePolicies");
	CLEANUP(free_ptr) const char **names = json_sorted_keys(policies, &len);

	strbuf_adds(out, "<RolePolicyList>\n");
	for (size_t i = 0; i < len; i++) {
		strbuf_adds(out, "<member>\n");
		xml_text(out, "PolicyName", names[i]);
		iam_add_document(out, "PolicyDocument",
				 json_object_get(policies, names[i]));
		strbuf_adds(out, "</member>\n");
	}
	strbuf_adds(out, "</RolePolicyList>\n");
}

static void add_attached(struct strbuf *out, const json_t *state)
{
	size_t index;
	json_t *arn;

	strbuf_adds(out, "<AttachedManagedPolicies>\n");
	json_array_foreach(json_object_get(state, "AttachedPolicies"), index,
			   arn) {
		const char *text = json_string_value(arn);

		strbuf_adds(out, "<member>\n");
		xml_text(out, "PolicyName", strrchr(text, '/') + 1);
		xml_text(out, "PolicyArn", text);
		strbuf_adds(out, "</member>\n");
	}
	strbuf_adds(out, "</AttachedManagedPolicies>\n");
}

/* All but its description and how long sessions last. */
static void add_detail(struct strbuf *out, const struct iam_call *call,
		       const json_t *state)
{
	static const char *const keys[] = { "Path", "RoleName", "RoleId", "Arn",
					    "CreateDate" };
	json_t *boundary = json_object_get(state, "PermissionsBoundary");
	json_t *tags = json_object_get(state, "Tags");
	size_t index;
	json_t *name;

	strbuf_adds(out, "<member>\n");
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		xml_value(out, keys[i], json_object_get(state, keys[i]));
	iam_add_document(out, "AssumeRolePolicyDocument",
			 json_object_get(state, "AssumeRolePolicyDocument"));
	strbuf_adds(out, "<InstanceProfileList>\n");
	json_array_foreach(json_object_get(state, PROFILES), index, name)
		add_profile(out, call, json_string_value(name));
	strbuf_adds(out, "</InstanceProfileList>\n");
	add_inline(out, state);
	add_attached(out, state);
	if (boundary)
		xml_value(out, "PermissionsBoundary", boundary);
	if (json_array_size(tags))
		xml_value(out, "Tags", tags);
	iam_add_last_used(out, state);
	strbuf_adds(out, "</member>\n");
}

static bool has_filter(const struct iam_call *call, const char *kind)
{
	for (int i = 1; i <= 5; i++) {
		CLEANUP(free_ptr) char *name = xasprintf("Filter.member.%d", i);
		const char *filter = request_get(call->request, name);

		if (filter && !strcmp(filter, kind))
			return true;
	}
	return false;
}

/* The name of the last role that was shown; NULL: there are no more. Owned. */
static char *add_roles(const struct iam_call *call, const struct page *page)
{
	const char *last = NULL;
	long count = 0;

	for (size_t i = 0; i < call->account->roles_len; i++) {
		const json_t *state = iam_visible(call->account->roles[i]);
		const char *name = json_text(state, "RoleName");

		if (page->after && strcmp(name, page->after) <= 0)
			continue;
		if (count == page->size)
			return xstrdup(last);
		add_detail(&call->answer->body, call, state);
		last = name;
		count++;
	}
	return NULL;
}

/* Roles or policies: nobody here asks for anything else, or for both. */
void iam_account_details(struct iam_call *call)
{
	CLEANUP(page_release) struct page page = { .after = NULL };
	struct strbuf *out = &call->answer->body;
	const bool roles = has_filter(call, "Role");
	const bool policies = has_filter(call, "LocalManagedPolicy") &&
			      has_filter(call, "AWSManagedPolicy");
	CLEANUP(free_ptr) char *last = NULL;

	if (!IAM_ONLY(call, "Filter.member.1", "Filter.member.2", "Marker",
		      "MaxItems") ||
	    !page_iam(call->request, call->sim->page_size, &page, call->answer))
		return;
	if (roles == policies) {
		answer_error(call->answer, call->request, 400,
			     "ValidationError",
			     "This simulator only knows the filter Role, and "
			     "LocalManagedPolicy with AWSManagedPolicy");
		return;
	}
	answer_begin(call->answer, call->request);
	strbuf_adds(out, "<RoleDetailList>\n");
	if (roles)
		last = add_roles(call, &page);
	strbuf_adds(out, "</RoleDetailList>\n<UserDetailList/>\n"
			 "<GroupDetailList/>\n<Policies>\n");
	if (policies)
		last = iam_add_policy_details(call, page.after, page.size);
	strbuf_adds(out, "</Policies>\n");
	iam_add_paging(call, last);
	answer_end(call->answer, call->request);
}
