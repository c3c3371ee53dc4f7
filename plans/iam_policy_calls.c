/*
 * A policy's document changes by a new version that is made the default, or by
 * making a version the default that has the document already: so a backout goes
 * back to the version that was there, and to the letter. No version is ever
 * deleted.
 */
#include <stdlib.h>
#include <string.h>

#include "core/error.h"
#include "core/mem.h"
#include "plans/catalogue.h"
#include "plans/document.h"
#include "plans/iam_policy.h"
#include "plans/value.h"

#define CREATE "iam:CreatePolicyVersion"
#define SET_DEFAULT "iam:SetDefaultPolicyVersion"
#define ARN "PolicyArn"
#define DOCUMENT "PolicyDocument"
#define AS_DEFAULT "SetAsDefault"
#define VERSION "VersionId"

/* The newest version that has the document, best in the same words; or NULL. */
static const char *version_with(const json_t *versions, const json_t *document)
{
	size_t len;
	CLEANUP(free_ptr)
	const char **ids = iam_policy_newest(versions, &len);
	const char *same = NULL;

	for (size_t i = 0; i < len; i++) {
		const json_t *other = json_object_get(versions, ids[i]);

		if (json_equal(other, document))
			return ids[i];
		if (!same && document_equal(other, document))
			same = ids[i];
	}
	return same;
}

static void refuse(json_t *refused, const struct call_change *change,
		   const char *reason, const char *remedy)
{
	json_t *entry = json_object();

	json_object_set_new(entry, "reason", json_string(reason));
	json_object_set_new(entry, "remedy", json_from_text(remedy));
	json_object_set_new(refused, change->setting->name, entry);
}

/* The oldest version that is not the default one; NULL: there is none. */
static const char *oldest_unused(const json_t *versions, const json_t *in_use)
{
	const char *used = version_with(versions, in_use);
	size_t len;
	CLEANUP(free_ptr)
	const char **ids = iam_policy_newest(versions, &len);

	while (len && used && strcmp(ids[len - 1], used) == 0)
		len--;
	return len ? ids[len - 1] : NULL;
}

static void refuse_full(const struct resource *resource,
			const struct call_change *change,
			const json_t *versions, json_t *refused)
{
	const char *oldest = oldest_unused(versions, change->before);
	CLEANUP(free_ptr)
	char *reason = xasprintf("IAM keeps %zu versions of a policy, which "
				 "this one has, and aback deletes none, since "
				 "a backout may need it",
				 IAM_POLICY_VERSIONS_MAX);
	CLEANUP(free_ptr)
	char *remedy = xasprintf(
		"delete one that no change needs (aback history %s); the "
		"oldest that is not the default is %s: aws iam "
		"delete-policy-version --policy-arn %s --version-id %s",
		resource->address, oldest ? oldest : "none",
		resource->resource_id, oldest ? oldest : "…");

	refuse(refused, change, reason, remedy);
}

static struct call *add_call(const char *name, const struct resource *resource,
			     size_t change, struct call_list *calls)
{
	struct call *call = call_list_add(calls, name);

	call_add_change(call, change);
	json_object_set_new(call->parameters, ARN,
			    json_from_text(resource->resource_id));
	return call;
}

static void add_version(const struct resource *resource,
			const struct call_change *change, size_t index,
			struct call_list *calls)
{
	CLEANUP(free_ptr)
	char *text = value_to_wire(change->setting, change->after);
	struct call *call = add_call(CREATE, resource, index, calls);

	json_object_set_new(call->parameters, DOCUMENT, json_from_text(text));
	json_object_set_new(call->parameters, AS_DEFAULT, json_string("true"));
}

static void set_version(const struct resource *resource, const char *version,
			size_t index, struct call_list *calls)
{
	struct call *call = add_call(SET_DEFAULT, resource, index, calls);

	json_object_set_new(call->parameters, VERSION, json_string(version));
}

void iam_policy_calls(const struct resource *resource,
		      const struct call_change *changes, size_t changes_len,
		      struct call_list *ret_calls, json_t *ret_refused)
{
	const json_t *versions =
		json_object_get(resource->facts, IAM_POLICY_VERSIONS);

	for (size_t i = 0; i < changes_len; i++) {
		const struct call_change *change = &changes[i];
		const char *version = version_with(versions, change->after);

		if (iam_policy_is_of_aws(resource->resource_id))
			refuse(ret_refused, change,
			       "the policy is AWS's own, which alone may "
			       "change it",
			       "make a policy of your own, and attach that "
			       "instead");
		else if (json_is_null(change->after))
			refuse(ret_refused, change,
			       "AWS has no way to unset it", NULL);
		else if (version)
			set_version(resource, version, i, ret_calls);
		else if (json_object_size(versions) >= IAM_POLICY_VERSIONS_MAX)
			refuse_full(resource, change, versions, ret_refused);
		else
			add_version(resource, change, i, ret_calls);
	}
}

/* ---- what a call makes of the document ---------------------------------- */

json_t *iam_policy_after(const json_t *facts, const char *call,
			 const json_t *parameters,
			 const struct setting *setting UNUSED,
			 const json_t *value UNUSED)
{
	const char *document = json_text(parameters, DOCUMENT);
	const char *as_default = json_text(parameters, AS_DEFAULT);
	const char *version = json_text(parameters, VERSION);
	const size_t len = json_object_size(parameters);

	if (!json_string_length(json_object_get(parameters, ARN)))
		return NULL;
	if (strcmp(call, CREATE) == 0)
		return len == 3 && document && as_default &&
				       strcmp(as_default, "true") == 0
			       ? document_from_text(document)
			       : NULL;
	if (strcmp(call, SET_DEFAULT) != 0 || len != 2 || !version)
		return NULL;
	return json_incref(json_object_get(
		json_object_get(facts, IAM_POLICY_VERSIONS), version));
}

/* ---- a call without an answer ------------------------------------------- */

struct asking {
	json_t *document; /* that was to be made */
	char *id;
	const char *ids[1];
	struct resource *policy;
	void (*done)(void *ctx, const char *evidence, const struct error *err);
	void *ctx;
};

static void on_found(void *ctx, struct resource *resource)
{
	struct asking *asking = ctx;

	resource_free(asking->policy);
	asking->policy = resource;
}

static void on_skipped(void *ctx UNUSED, enum kind kind UNUSED,
		       const char *id UNUSED, const char *reason UNUSED)
{
	/* what is not there has no version either */
}

/*
 * A version is not asked for again even where IAM shows none: it may show one
 * later, and then there would be two.
 */
static void on_done(void *ctx, const struct error *err)
{
	struct asking *asking = ctx;
	const json_t *versions =
		asking->policy ? json_object_get(asking->policy->facts,
						 IAM_POLICY_VERSIONS)
			       : NULL;
	const char *version = version_with(versions, asking->document);
	CLEANUP(error_release) struct error unknown = ERROR_INIT;
	CLEANUP(free_ptr)
	char *evidence =
		version ? xasprintf("version %s has the document", version)
			: NULL;

	if (!err && !version) {
		(void)error_set(&unknown, ERR_INCOMPLETE,
				"IAM shows no version with the document so "
				"far, and may do so later: it is not asked "
				"for again, plan anew");
		err = &unknown;
	}
	asking->done(asking->ctx, err ? NULL : evidence, err);
	resource_free(asking->policy);
	json_decref(asking->document);
	free(asking->id);
	free(asking);
}

void iam_policy_happened(struct aws *aws, const struct place *place,
			 const json_t *parameters, int64_t since UNUSED,
			 void (*done)(void *ctx, const char *evidence,
				      const struct error *err),
			 void *ctx)
{
	const char *document = json_text(parameters, DOCUMENT);
	struct asking *asking;

	if (!document) { /* another version as the default: again is the same */
		done(ctx, NULL, NULL);
		return;
	}
	asking = xcalloc(1, sizeof(*asking));
	*asking = (struct asking){ .document = document_from_text(document),
				   .id = xstrdup(json_text(parameters, ARN)),
				   .done = done,
				   .ctx = ctx };
	asking->ids[0] = asking->id;
	iam_policy_read(&(struct read_request){ .aws = aws,
						.place = place,
						.ids = asking->ids,
						.ids_len = 1,
						.found = on_found,
						.skipped = on_skipped,
						.done = on_done,
						.ctx = asking });
}
