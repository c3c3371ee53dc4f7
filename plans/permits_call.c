/* What AWS asks of who makes one call of a plan, and of who reads for it. */
#include <stdlib.h>
#include <string.h>

#include "core/endpoint.h"
#include "core/mem.h"
#include "plans/desired.h"
#include "plans/lookup_question.h"
#include "plans/permits.h"

/* Whether a call took place is asked in the course of writing. */
static bool is_reading(const struct grant *grant)
{
	const char *verb = strchr(grant->action, ':') + 1;

	return grant->use & (GRANT_READ | GRANT_PLAN) ||
	       (grant->use & GRANT_WRITE && !strncmp(verb, "Describe", 8));
}

void permits_add_reading(json_t *permits)
{
	for (enum kind kind = 0; kind < KIND_COUNT; kind++) {
		const struct grant *grant = kind_ops(kind)->grants;

		for (; grant->action; grant++) {
			if (is_reading(grant))
				permits_add(permits, grant->action, "*", NULL);
		}
	}
	for (size_t i = 0; i < LOOKUP_QUESTIONS; i++) {
		const struct grant *grant = &lookup_questions[i].grant;

		if (is_reading(grant))
			permits_add(permits, grant->action, "*", NULL);
	}
}

static bool same_service(const char *a, const char *b)
{
	const size_t len = strcspn(a, ":");

	return !strncmp(a, b, len) && b[len] == ':';
}

/*
 * The row of the call itself, and those of other services, which AWS asks in
 * the caller's name for what a setting is changed to. Other rows of the same
 * service are of other calls.
 */
static bool is_needed(const struct grant *grant,
		      const struct permits_call *call)
{
	if (!(grant->use & GRANT_WRITE))
		return false;
	if (same_service(grant->action, call->call))
		return !strcmp(grant->action, call->call);
	for (size_t i = 0; i < call->settings_len; i++) {
		if (grant_is_of(grant, call->settings[i]))
			return true;
	}
	return false;
}

/* What stands behind the id is how the service spells it: "<log group>:*". */
static bool is_glob(const char *form)
{
	const char *id = strstr(form, "{id}");
	const char *star = strchr(form, '*');

	return star && (!id || star < id);
}

/* What the call names that such an ARN may be: the role that it passes on. */
static void add_named(json_t *resources, const char *glob, const json_t *value)
{
	const char *text = json_string_value(value);
	const char *key;
	size_t i;
	json_t *inner;

	if (text && glob_matches(glob, text))
		json_array_add_unique(resources, text);
	json_array_foreach(value, i, inner)
		add_named(resources, glob, inner);
	json_object_foreach((json_t *)(uintptr_t)value, key, inner)
		add_named(resources, glob, inner);
}

/* One form of the row's ARNs. */
static void add_form(json_t *resources, const char *form,
		     const struct permits_call *call, bool exact)
{
	const char *partition = endpoint_partition(call->region);
	const struct grant_subject subject = { .region = call->region,
					       .account = call->account,
					       .id = call->id };
	/* a key may be another account's, where the call names it by its ARN */
	const struct grant_subject anybodys = { .region = call->region,
						.account = "*",
						.id = call->id };
	CLEANUP(free_ptr) char *arn = grant_arn(form, &subject, partition);
	CLEANUP(free_ptr) char *named = grant_arn(form, &anybodys, partition);
	const size_t before = json_array_size(resources);

	if (!is_glob(form)) {
		json_array_add_unique(resources, arn);
		return;
	}
	if (call->arn && strstr(form, "{id}")) {
		if (glob_matches(arn, call->arn))
			json_array_add_unique(resources, call->arn);
		return;
	}
	add_named(resources, named, call->parameters);
	if (json_array_size(resources) == before && !exact)
		json_array_add_unique(resources, arn);
}

static json_t *resources_of(const struct grant *grant,
			    const struct permits_call *call, bool exact)
{
	json_t *resources = json_array();

	if (!grant->arns[0])
		json_array_add_unique(resources, "*");
	for (size_t i = 0; i < GRANT_ARNS_MAX && grant->arns[i]; i++)
		add_form(resources, grant->arns[i], call, exact);
	return resources;
}

json_t *permits_of_call(const struct permits_call *call, bool exact)
{
	const struct grant *grant = kind_ops(call->kind)->grants;
	json_t *needs = json_array();

	for (; grant->action; grant++) {
		CLEANUP(json_release) json_t *resources = NULL;

		if (!is_needed(grant, call))
			continue;
		resources = resources_of(grant, call, exact);
		if (json_array_size(resources))
			json_array_append_new(
				needs,
				json_pack("{ss sO so}", "action", grant->action,
					  "resources", resources, "passed_to",
					  json_from_text(grant->passed_to)));
	}
	return needs;
}
