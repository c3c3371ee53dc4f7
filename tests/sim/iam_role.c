/* The calls that change a role itself: what stands in it. */
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/mem.h"
#include "tests/sim/iam.h"
#include "tests/sim/paging.h"
#include "tests/sim/request.h"
#include "tests/sim/tags.h"
#include "tests/sim/xml.h"

#define TRUST_MAX 2048
#define INLINE_MAX 10240
#define INLINE "InlinePolicies"

/* ---- eventual consistency ----------------------------------------------- */

/* IAM is eventually consistent: for a while reads see what was before. */
const json_t *iam_visible(const struct role *role)
{
	return role->old && clock_monotonic_ms() < role->old_until_ms
		       ? role->old
		       : role->state;
}

void iam_write(struct iam_call *call, struct role *role, const char *key,
	       json_t *value)
{
	CLEANUP(json_release) json_t *owned = value;
	int64_t delay_ms =
		call->sim->fleet.iam_delay_ms + call->effect->delay_ms;

	if (call->effect->none)
		return;
	if (delay_ms > 0) {
		json_t *before = json_deep_copy(iam_visible(role));

		json_decref(role->old);
		role->old = before;
		role->old_until_ms = clock_monotonic_ms() + delay_ms;
	}
	if (owned)
		json_object_set(role->state, key, owned);
	else
		json_object_del(role->state, key);
}

/* ---- helpers ------------------------------------------------------------ */

bool iam_check_modifiable(struct iam_call *call, const struct role *role)
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

/* The role that is to be changed; NULL: answer is the error. */
static struct role *role_to_change(struct iam_call *call)
{
	struct role *role = iam_find_role(call);

	return role && iam_check_modifiable(call, role) ? role : NULL;
}

static void over_limit(struct iam_call *call, const char *quota, int most)
{
	answer_error(call->answer, call->request, 409, "LimitExceeded",
		     "Cannot exceed quota for %s: %d", quota, most);
}

/* ---- UpdateRole --------------------------------------------------------- */

static bool duration_of(struct iam_call *call, const char *text,
			json_int_t *ret_seconds)
{
	char *end = NULL;

	*ret_seconds = text ? strtoll(text, &end, 10) : 3600;
	if (!text || (end != text && !*end && *ret_seconds >= 3600 &&
		      *ret_seconds <= 43200))
		return true;
	answer_error(call->answer, call->request, 400, "ValidationError",
		     "1 validation error detected: Value '%s' at "
		     "'maxSessionDuration' failed to satisfy constraint: "
		     "Member must have value between 3600 and 43200",
		     text);
	return false;
}

/* What is left out goes back to its default. */
void iam_update_role(struct iam_call *call)
{
	const char *description = request_get(call->request, "Description");
	struct role *role =
		IAM_ONLY(call, "RoleName", "Description", "MaxSessionDuration")
			? role_to_change(call)
			: NULL;
	json_int_t seconds;

	if (!role ||
	    !duration_of(call, request_get(call->request, "MaxSessionDuration"),
			 &seconds))
		return;
	if (description && strlen(description) > 2000) {
		answer_error(call->answer, call->request, 400,
			     "ValidationError",
			     "1 validation error detected: Value at "
			     "'description' failed to satisfy constraint: "
			     "Member must have length less than or equal to "
			     "1000");
		return;
	}
	iam_write(call, role, "MaxSessionDuration", json_integer(seconds));
	if (!call->effect->none)
		/* the other half of the same write */
		json_object_set_new(role->state, "Description",
				    json_from_text(description && *description
							   ? description
							   : NULL));
	answer_begin(call->answer, call->request);
	answer_end(call->answer, call->request);
}

void iam_update_trust(struct iam_call *call)
{
	struct role *role = IAM_ONLY(call, "RoleName", "PolicyDocument")
				    ? role_to_change(call)
				    : NULL;
	json_t *document =
		role ? iam_document(call, "PolicyDocument", true) : NULL;

	if (!document)
		return;
	if (iam_document_size(document) > TRUST_MAX) {
		over_limit(call, "ACLSizePerRole", TRUST_MAX);
		json_decref(document);
		return;
	}
	iam_write(call, role, "AssumeRolePolicyDocument", document);
	answer_empty(call->answer, call->request);
}

/* ---- tags --------------------------------------------------------------- */

/* Members "<prefix>1…" besides RoleName, and nothing else. */
static bool only_role_and(struct iam_call *call, const char *prefix)
{
	const char *key;
	json_t *ignored;

	json_object_foreach(call->request->parameters, key, ignored) {
		if (!strcmp(key, "RoleName") ||
		    !strncmp(key, prefix, strlen(prefix)))
			continue;
		answer_error(call->answer, call->request, 400,
			     "ValidationError", "Unknown parameter '%s' of %s",
			     key, call->request->action);
		return false;
	}
	return true;
}

static void bad_tags(struct iam_call *call, const char *message)
{
	answer_error(call->answer, call->request, 400, "InvalidInput", "%s",
		     message ? message : "The tags are malformed.");
}

/* Keys that differ in letter case alone are one. */
void iam_tag_role(struct iam_call *call)
{
	struct role *role = only_role_and(call, "Tags.member.")
				    ? role_to_change(call)
				    : NULL;
	CLEANUP(json_release)
	json_t *given = role ? tags_given(call->request, "Tags.member") : NULL;
	CLEANUP(json_release) json_t *tags = NULL;

	if (!role)
		return;
	if (!given || tags_bad(given)) {
		bad_tags(call, given ? tags_bad(given) : NULL);
		return;
	}
	tags = tags_with(json_object_get(role->state, "Tags"), given, true);
	if (tags_counted(tags) > TAGS_MAX) {
		over_limit(call, "TagsPerRole", TAGS_MAX);
		return;
	}
	iam_write(call, role, "Tags", json_incref(tags));
	answer_empty(call->answer, call->request);
}

void iam_untag_role(struct iam_call *call)
{
	struct role *role = only_role_and(call, "TagKeys.member.")
				    ? role_to_change(call)
				    : NULL;
	CLEANUP(json_release)
	json_t *keys =
		role ? tags_keys_given(call->request, "TagKeys.member") : NULL;

	if (!role)
		return;
	if (!keys) {
		bad_tags(call, NULL);
		return;
	}
	iam_write(
		call, role, "Tags",
		tags_without(json_object_get(role->state, "Tags"), keys, true));
	answer_empty(call->answer, call->request);
}

/* ---- the boundary ------------------------------------------------------- */

void iam_put_boundary(struct iam_call *call)
{
	const char *arn = request_get(call->request, "PermissionsBoundary");
	struct role *role = IAM_ONLY(call, "RoleName", "PermissionsBoundary")
				    ? role_to_change(call)
				    : NULL;

	if (!role || !iam_check_policy_arn(call, arn))
		return;
	if (!iam_policy_exists(call, arn)) {
		answer_error(call->answer, call->request, 404, "NoSuchEntity",
			     "Policy %s does not exist or is not attachable.",
			     arn);
		return;
	}
	iam_write(call, role, "PermissionsBoundary",
		  json_pack("{ss ss}", "PermissionsBoundaryType", "Policy",
			    "PermissionsBoundaryArn", arn));
	answer_empty(call->answer, call->request);
}

void iam_delete_boundary(struct iam_call *call)
{
	struct role *role =
		IAM_ONLY(call, "RoleName") ? role_to_change(call) : NULL;

	if (!role)
		return;
	if (!json_object_get(role->state, "PermissionsBoundary")) {
		answer_error(call->answer, call->request, 404, "NoSuchEntity",
			     "There is no PermissionsBoundary for role %s",
			     json_text(role->state, "RoleName"));
		return;
	}
	iam_write(call, role, "PermissionsBoundary", NULL);
	answer_empty(call->answer, call->request);
}

/* ---- inline policies ---------------------------------------------------- */

/* The valid name of an inline policy, or NULL: answer is the error. */
static const char *policy_name(struct iam_call *call)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789+=,.@_-";
	const char *name = request_get(call->request, "PolicyName");

	if (name && *name && strspn(name, plain) == strlen(name) &&
	    strlen(name) <= 128)
		return name;
	answer_error(call->answer, call->request, 400, "ValidationError",
		     "The specified value for policyName is invalid. It must "
		     "contain only alphanumeric characters and/or the "
		     "following: +=,.@_-");
	return NULL;
}

static void no_such_policy(struct iam_call *call, const char *name)
{
	answer_error(call->answer, call->request, 404, "NoSuchEntity",
		     "The role policy with name %s cannot be found.", name);
}

void iam_get_inline(struct iam_call *call)
{
	struct role *role = IAM_ONLY(call, "RoleName", "PolicyName")
				    ? iam_find_role(call)
				    : NULL;
	const char *name = role ? policy_name(call) : NULL;
	struct strbuf *out = &call->answer->body;
	const json_t *document;

	if (!name)
		return;
	document = json_object_get(json_object_get(iam_visible(role), INLINE),
				   name);
	if (!document) {
		no_such_policy(call, name);
		return;
	}
	answer_begin(call->answer, call->request);
	xml_text(out, "RoleName", json_text(role->state, "RoleName"));
	xml_text(out, "PolicyName", name);
	iam_add_document(out, "PolicyDocument", document);
	answer_end(call->answer, call->request);
}

void iam_list_inline(struct iam_call *call)
{
	CLEANUP(page_release) struct page page = { .after = NULL };
	struct strbuf *out = &call->answer->body;
	CLEANUP(free_ptr) const char **names = NULL;
	const char *last = NULL;
	bool more = false;
	long count = 0;
	size_t len;

	if (!IAM_ONLY(call, "RoleName", "Marker", "MaxItems") ||
	    !page_iam(call->request, call->sim->page_size, &page, call->answer))
		return;
	struct role *role = iam_find_role(call);

	if (!role)
		return;
	names = json_sorted_keys(json_object_get(iam_visible(role), INLINE),
				 &len);
	answer_begin(call->answer, call->request);
	strbuf_adds(out, "<PolicyNames>\n");
	for (size_t i = 0; i < len && !more; i++) {
		if (page.after && strcmp(names[i], page.after) <= 0)
			continue;
		more = count == page.size;
		if (more)
			break;
		xml_text(out, "member", names[i]);
		last = names[i];
		count++;
	}
	strbuf_adds(out, "</PolicyNames>\n");
	iam_add_paging(call, more ? last : NULL);
	answer_end(call->answer, call->request);
}

void iam_put_inline(struct iam_call *call)
{
	struct role *role =
		IAM_ONLY(call, "RoleName", "PolicyName", "PolicyDocument")
			? role_to_change(call)
			: NULL;
	const char *name = role ? policy_name(call) : NULL;
	json_t *document =
		name ? iam_document(call, "PolicyDocument", false) : NULL;
	size_t size = 0;
	const char *key;
	json_t *one;

	if (!document)
		return;
	CLEANUP(json_release)
	json_t *policies = json_deep_copy(json_object_get(role->state, INLINE));

	json_object_set_new(policies, name, document);
	json_object_foreach(policies, key, one)
		size += iam_document_size(one);
	if (size > INLINE_MAX) {
		answer_error(call->answer, call->request, 409, "LimitExceeded",
			     "Maximum policy size of %d bytes exceeded for "
			     "role %s",
			     INLINE_MAX, json_text(role->state, "RoleName"));
		return;
	}
	iam_write(call, role, INLINE, json_incref(policies));
	answer_empty(call->answer, call->request);
}

void iam_delete_inline(struct iam_call *call)
{
	struct role *role = IAM_ONLY(call, "RoleName", "PolicyName")
				    ? role_to_change(call)
				    : NULL;
	const char *name = role ? policy_name(call) : NULL;

	if (!name)
		return;
	CLEANUP(json_release)
	json_t *policies = json_deep_copy(json_object_get(role->state, INLINE));

	if (json_object_del(policies, name)) {
		no_such_policy(call, name);
		return;
	}
	iam_write(call, role, INLINE, json_incref(policies));
	answer_empty(call->answer, call->request);
}
