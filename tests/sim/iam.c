/* iam: the dispatch, and roles. */
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "tests/sim/iam.h"
#include "tests/sim/paging.h"
#include "tests/sim/request.h"
#include "tests/sim/sim.h"
#include "tests/sim/xml.h"

bool iam_only(struct iam_call *call, const char *const *names, size_t len)
{
	const char *key;
	json_t *ignored;

	json_object_foreach(call->request->parameters, key, ignored) {
		size_t i = 0;
		while (i < len && strcmp(names[i], key) != 0)
			i++;
		if (i < len)
			continue;
		answer_error(call->answer, call->request, 400,
			     "ValidationError", "Unknown parameter '%s' of %s",
			     key, call->request->action);
		return false;
	}
	return true;
}

struct role *iam_find_role(struct iam_call *call)
{
	const char *name = request_get(call->request, "RoleName");

	if (!name || !*name) {
		answer_error(call->answer, call->request, 400,
			     "ValidationError",
			     "1 validation error detected: Value at 'roleName' "
			     "failed to satisfy constraint: Member must not be "
			     "null");
		return NULL;
	}
	struct role *role = account_role(call->account, name);
	if (!role)
		answer_error(call->answer, call->request, 404, "NoSuchEntity",
			     "The role with name %s cannot be found.", name);
	return role;
}

/* The members of a role, without its element. detail: as GetRole has them */
/* Empty where nobody used it in the time that AWS looks back. */
void iam_add_last_used(struct strbuf *out, const json_t *state)
{
	const json_t *used = json_object_get(state, "RoleLastUsed");

	if (used)
		xml_value(out, "RoleLastUsed", used);
	else
		strbuf_adds(out, "<RoleLastUsed/>\n");
}

static void add_role(struct strbuf *out, const json_t *state, bool detail)
{
	static const char *const keys[] = { "Path",
					    "RoleName",
					    "RoleId",
					    "Arn",
					    "CreateDate",
					    "Description",
					    "MaxSessionDuration" };

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		const json_t *value = json_object_get(state, keys[i]);
		if (value)
			xml_value(out, keys[i], value);
	}
	iam_add_document(out, "AssumeRolePolicyDocument",
			 json_object_get(state, "AssumeRolePolicyDocument"));
	json_t *boundary = json_object_get(state, "PermissionsBoundary");
	json_t *tags = json_object_get(state, "Tags");
	if (detail && boundary)
		xml_value(out, "PermissionsBoundary", boundary);
	if (detail && json_array_size(tags))
		xml_value(out, "Tags", tags);
	if (detail)
		iam_add_last_used(out, state);
}

static void get_role(struct iam_call *call)
{
	struct role *role =
		IAM_ONLY(call, "RoleName") ? iam_find_role(call) : NULL;

	if (!role)
		return;
	answer_begin(call->answer, call->request);
	strbuf_adds(&call->answer->body, "<Role>\n");
	add_role(&call->answer->body, iam_visible(role), true);
	strbuf_adds(&call->answer->body, "</Role>");
	answer_end(call->answer, call->request);
}

void iam_add_paging(struct iam_call *call, const char *last)
{
	CLEANUP(free_ptr)
	char *marker = last ? page_marker(call->request, last) : NULL;

	xml_text(&call->answer->body, "IsTruncated", last ? "true" : "false");
	if (marker)
		xml_text(&call->answer->body, "Marker", marker);
}

static bool starts_with(const char *text, const char *prefix)
{
	return !prefix || !strncmp(text, prefix, strlen(prefix));
}

static void list_roles(struct iam_call *call)
{
	CLEANUP(page_release) struct page page = { .after = NULL };
	const char *prefix = request_get(call->request, "PathPrefix");
	struct strbuf *out = &call->answer->body;
	const char *last = NULL;
	bool more = false;
	long count = 0;

	if (!IAM_ONLY(call, "PathPrefix", "Marker", "MaxItems") ||
	    !page_iam(call->request, call->sim->page_size, &page, call->answer))
		return;
	answer_begin(call->answer, call->request);
	strbuf_adds(out, "<Roles>\n");
	for (size_t i = 0; i < call->account->roles_len && !more; i++) {
		const struct role *role = call->account->roles[i];
		const char *name = json_text(role->state, "RoleName");
		if ((page.after && strcmp(name, page.after) <= 0) ||
		    !starts_with(json_text(role->state, "Path"), prefix))
			continue;
		more = count == page.size;
		if (more)
			break;
		strbuf_adds(out, "<member>\n");
		add_role(out, iam_visible(role), false);
		strbuf_adds(out, "</member>\n");
		last = name;
		count++;
	}
	strbuf_adds(out, "</Roles>\n");
	iam_add_paging(call, more ? last : NULL);
	answer_end(call->answer, call->request);
}

static const struct {
	const char *name;
	void (*serve)(struct iam_call *call);
} actions[] = {
	{ "AttachRolePolicy", iam_attach_policy },
	{ "CreatePolicyVersion", iam_create_version },
	{ "DeletePolicyVersion", iam_delete_version },
	{ "DeleteRolePermissionsBoundary", iam_delete_boundary },
	{ "DeleteRolePolicy", iam_delete_inline },
	{ "DetachRolePolicy", iam_detach_policy },
	{ "GenerateServiceLastAccessedDetails", iam_generate_accessed },
	{ "GetAccountAuthorizationDetails", iam_account_details },
	{ "GetPolicy", iam_get_policy },
	{ "GetPolicyVersion", iam_get_version },
	{ "GetRole", get_role },
	{ "GetRolePolicy", iam_get_inline },
	{ "GetServiceLastAccessedDetails", iam_get_accessed },
	{ "ListAttachedRolePolicies", iam_list_attached_policies },
	{ "ListInstanceProfilesForRole", iam_list_profiles },
	{ "ListPolicyVersions", iam_list_versions },
	{ "ListRolePolicies", iam_list_inline },
	{ "ListRoles", list_roles },
	{ "PutRolePermissionsBoundary", iam_put_boundary },
	{ "PutRolePolicy", iam_put_inline },
	{ "SetDefaultPolicyVersion", iam_set_default_version },
	{ "SimulatePrincipalPolicy", iam_simulate },
	{ "TagRole", iam_tag_role },
	{ "UntagRole", iam_untag_role },
	{ "UpdateAssumeRolePolicy", iam_update_trust },
	{ "UpdateRole", iam_update_role },
};

void iam_serve(struct sim *sim, struct request *request,
	       const struct effect *effect, struct answer *answer)
{
	struct iam_call call = { .sim = sim,
				 .request = request,
				 .answer = answer,
				 .effect = effect,
				 .account = request->account };

	/* global: an SDK with an endpoint of its own signs for any region */
	for (size_t i = 0; i < ARRAY_SIZE(actions); i++)
		if (!strcmp(actions[i].name, request->action) &&
		    !strcmp(request->version, "2010-05-08")) {
			actions[i].serve(&call);
			return;
		}
	answer_error(answer, request, 400, "InvalidAction",
		     "Could not find operation %s for version %s",
		     request->action, request->version);
}
