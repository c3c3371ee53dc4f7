/* iam: roles and the managed policies that are attached to them. */
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/mem.h"
#include "tests/sim/paging.h"
#include "tests/sim/request.h"
#include "tests/sim/sim.h"
#include "tests/sim/xml.h"

#define POLICIES_PER_ROLE 10
#define DOCUMENT_MAX ((size_t)256 * 1024)

struct iam_call {
	struct sim *sim;
	struct request *request;
	struct answer *answer;
	const struct effect *effect;
	struct account *account;
};

static bool only(struct iam_call *call, const char *const *names, size_t len)
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

#define ONLY(call, ...)                                  \
	only(call, (const char *const[]){ __VA_ARGS__ }, \
	     sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(char *))

static struct role *find_role(struct iam_call *call)
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

/* ---- what a read sees --------------------------------------------------- */

/* IAM is eventually consistent: for a while reads see what was before. */
static json_t *visible_policies(const struct role *role)
{
	if (role->old_attached && clock_monotonic_ms() < role->old_until_ms)
		return role->old_attached;
	return json_object_get(role->state, "AttachedPolicies");
}

/* RFC 3986, as IAM writes policy documents. */
static void percent_encode(struct strbuf *out, const char *text)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789-_.~";

	for (; *text; text++)
		if (strchr(plain, *text))
			strbuf_addc(out, *text);
		else
			strbuf_addf(out, "%%%02X", (unsigned char)*text);
}

static void add_document(struct strbuf *out, const json_t *document)
{
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(DOCUMENT_MAX);

	json_compact(document, &text);
	strbuf_adds(out, "<AssumeRolePolicyDocument>");
	percent_encode(out, text.buf);
	strbuf_adds(out, "</AssumeRolePolicyDocument>\n");
}

/* The members of a role, without its element. detail: as GetRole has them */
static void add_role(struct strbuf *out, const struct role *role, bool detail)
{
	static const char *const keys[] = { "Path",
					    "RoleName",
					    "RoleId",
					    "Arn",
					    "CreateDate",
					    "Description",
					    "MaxSessionDuration" };

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		const json_t *value = json_object_get(role->state, keys[i]);
		if (value)
			xml_value(out, keys[i], value);
	}
	add_document(out,
		     json_object_get(role->state, "AssumeRolePolicyDocument"));
	json_t *boundary = json_object_get(role->state, "PermissionsBoundary");
	json_t *tags = json_object_get(role->state, "Tags");
	if (detail && boundary)
		xml_value(out, "PermissionsBoundary", boundary);
	if (detail && json_array_size(tags))
		xml_value(out, "Tags", tags);
}

static void get_role(struct iam_call *call)
{
	struct role *role = ONLY(call, "RoleName") ? find_role(call) : NULL;

	if (!role)
		return;
	answer_begin(call->answer, call->request);
	strbuf_adds(&call->answer->body, "<Role>\n");
	add_role(&call->answer->body, role, true);
	strbuf_adds(&call->answer->body, "</Role>");
	answer_end(call->answer, call->request);
}

/* last: what the page ends with where there is more; NULL: there is not */
static void add_paging(struct iam_call *call, const char *last)
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

	if (!ONLY(call, "PathPrefix", "Marker", "MaxItems") ||
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
		add_role(out, role, false);
		strbuf_adds(out, "</member>\n");
		last = name;
		count++;
	}
	strbuf_adds(out, "</Roles>\n");
	add_paging(call, more ? last : NULL);
	answer_end(call->answer, call->request);
}

static const char *policy_name(const char *arn)
{
	const char *slash = strrchr(arn, '/');
	return slash ? slash + 1 : arn;
}

static void list_attached(struct iam_call *call)
{
	CLEANUP(page_release) struct page page = { .after = NULL };
	struct strbuf *out = &call->answer->body;
	const char *last = NULL;
	bool more = false;
	long count = 0;
	size_t index;
	json_t *arn;

	if (!ONLY(call, "RoleName", "PathPrefix", "Marker", "MaxItems") ||
	    !page_iam(call->request, call->sim->page_size, &page, call->answer))
		return;
	struct role *role = find_role(call);
	if (!role)
		return;
	CLEANUP(json_release)
	json_t *sorted = json_sorted_set(visible_policies(role));
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
	add_paging(call, more ? last : NULL);
	answer_end(call->answer, call->request);
}

/* No role of a fleet has inline policies. */
static void list_inline(struct iam_call *call)
{
	CLEANUP(page_release) struct page page = { .after = NULL };

	if (!ONLY(call, "RoleName", "Marker", "MaxItems") ||
	    !page_iam(call->request, 0, &page, call->answer) ||
	    !find_role(call))
		return;
	answer_begin(call->answer, call->request);
	strbuf_adds(&call->answer->body, "<PolicyNames/>\n");
	add_paging(call, NULL);
	answer_end(call->answer, call->request);
}

/* ---- policies ----------------------------------------------------------- */

/* The customer's policy, or NULL. */
static json_t *customer_policy(const struct account *account, const char *arn)
{
	size_t index;
	json_t *policy;

	json_array_foreach(account->policies, index, policy)
		if (!strcmp(json_text(policy, "Arn"), arn))
			return policy;
	return NULL;
}

static bool policy_exists(const struct iam_call *call, const char *arn)
{
	return json_array_has(call->sim->fleet.aws_policies, arn) ||
	       customer_policy(call->account, arn);
}

static bool check_policy_arn(struct iam_call *call, const char *arn)
{
	if (arn && !strncmp(arn, "arn:aws:iam::", 13) &&
	    strstr(arn, ":policy/"))
		return true;
	answer_error(call->answer, call->request, 400, "InvalidInput",
		     "ARN %s is not valid.", arn ? arn : "");
	return false;
}

static int attachment_count(const struct account *account, const char *arn)
{
	int count = 0;

	for (size_t i = 0; i < account->roles_len; i++)
		count +=
			json_array_has(json_object_get(account->roles[i]->state,
						       "AttachedPolicies"),
				       arn);
	return count;
}

static void get_policy(struct iam_call *call)
{
	const char *arn = request_get(call->request, "PolicyArn");
	struct strbuf *out = &call->answer->body;

	if (!ONLY(call, "PolicyArn") || !check_policy_arn(call, arn))
		return;
	if (!policy_exists(call, arn)) {
		answer_error(call->answer, call->request, 404, "NoSuchEntity",
			     "Policy %s was not found.", arn);
		return;
	}
	CLEANUP(json_release)
	json_t *policy = json_deep_copy(customer_policy(call->account, arn));
	if (!policy)
		policy = json_pack("{ss ss ss ss ss}", "PolicyName",
				   policy_name(arn), "PolicyId",
				   "ANPAAWSMANAGEDPOLICY0", "Arn", arn,
				   "CreateDate", "2015-02-06T18:40:15Z",
				   "DefaultVersionId", "v1");
	answer_begin(call->answer, call->request);
	strbuf_adds(out, "<Policy>\n");
	xml_members(out, policy);
	strbuf_addf(out, "<AttachmentCount>%d</AttachmentCount>\n",
		    attachment_count(call->account, arn));
	strbuf_adds(out, "<IsAttachable>true</IsAttachable>\n</Policy>");
	answer_end(call->answer, call->request);
}

/* ---- writing ------------------------------------------------------------ */

/* Attach and detach answer without a result element. */
static void answer_empty(struct iam_call *call)
{
	strbuf_addf(&call->answer->body,
		    "<%sResponse xmlns=\"https://iam.amazonaws.com/doc/"
		    "2010-05-08/\">\n  <ResponseMetadata>\n"
		    "    <RequestId>%s</RequestId>\n  </ResponseMetadata>\n"
		    "</%sResponse>\n",
		    call->request->action, call->request->request_id,
		    call->request->action);
}

static bool check_modifiable(struct iam_call *call, const struct role *role)
{
	const char *name = json_text(role->state, "RoleName");

	if (strncmp(json_text(role->state, "Path"), "/aws-service-role/", 18) !=
	    0)
		return true;
	answer_error(call->answer, call->request, 400, "UnmodifiableEntity",
		     "Cannot perform the operation on the protected role '%s' "
		     "- this role is only modifiable by AWS",
		     name);
	return false;
}

/* From now on, or after the fault's delay, and for readers after IAM's. */
static void write_policies(struct iam_call *call, struct role *role,
			   json_t *policies)
{
	int64_t delay_ms =
		call->sim->fleet.iam_delay_ms + call->effect->delay_ms;

	if (call->effect->none)
		return;
	if (delay_ms > 0) {
		json_t *before = json_deep_copy(visible_policies(role));
		json_decref(role->old_attached);
		role->old_attached = before;
		role->old_until_ms = clock_monotonic_ms() + delay_ms;
	}
	json_object_set_new(role->state, "AttachedPolicies",
			    json_sorted_set(policies));
}

static void attach(struct iam_call *call)
{
	const char *arn = request_get(call->request, "PolicyArn");
	struct role *role =
		ONLY(call, "RoleName", "PolicyArn") ? find_role(call) : NULL;

	if (!role || !check_policy_arn(call, arn) ||
	    !check_modifiable(call, role))
		return;
	if (!policy_exists(call, arn)) {
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
	write_policies(call, role, policies);
	answer_empty(call);
}

static void detach(struct iam_call *call)
{
	const char *arn = request_get(call->request, "PolicyArn");
	struct role *role =
		ONLY(call, "RoleName", "PolicyArn") ? find_role(call) : NULL;

	if (!role || !check_policy_arn(call, arn) ||
	    !check_modifiable(call, role))
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
	write_policies(call, role, policies);
	answer_empty(call);
}

static const struct {
	const char *name;
	void (*serve)(struct iam_call *call);
} actions[] = {
	{ "AttachRolePolicy", attach },
	{ "DetachRolePolicy", detach },
	{ "GetPolicy", get_policy },
	{ "GetRole", get_role },
	{ "ListAttachedRolePolicies", list_attached },
	{ "ListRolePolicies", list_inline },
	{ "ListRoles", list_roles },
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
