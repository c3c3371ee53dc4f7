/*
 * Reading policies by their names: GetPolicy of each, ListPolicyVersions of
 * those of the account, and GetPolicyVersion of each version, of which IAM
 * keeps five at most.
 */
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "plans/catalogue.h"
#include "plans/document.h"
#include "plans/iam_policy.h"
#include "plans/iam_policy_details.h"
#include "plans/iam_reading.h"
#include "plans/read_ids.h"

/* ---- answers ------------------------------------------------------------ */

enum {
	ID_ARN,
	ID_POLICY_ID,
	ID_DEFAULT,
	ID_ATTACHED,
	ID_BOUNDS,
	ID_VERSION,
	ID_TRUNCATED,
	ID_DOCUMENT
};

const struct xml_paths *iam_policy_paths(void)
{
	static struct xml_paths *paths;
	static const char *const texts[] = {
		[ID_ARN] = "*/*/Policy/Arn",
		[ID_POLICY_ID] = "*/*/Policy/PolicyId",
		[ID_DEFAULT] = "*/*/Policy/DefaultVersionId",
		[ID_ATTACHED] = "*/*/Policy/AttachmentCount",
		[ID_BOUNDS] = "*/*/Policy/PermissionsBoundaryUsageCount",
		[ID_VERSION] = "*/*/Versions/member/VersionId",
		[ID_TRUNCATED] = "*/*/IsTruncated",
		[ID_DOCUMENT] = "*/*/PolicyVersion/Document",
	};

	if (!paths) {
		paths = xml_paths_new();
		for (int i = 0; i < (int)ARRAY_SIZE(texts); i++)
			xml_paths_add(paths, texts[i], i);
	}
	return paths;
}

static void put(char **field, const char *text)
{
	free(*field);
	*field = *text ? xstrdup(text) : NULL;
}

static void on_close(void *ctx, int id, const char *text, size_t len UNUSED)
{
	struct iam_policy_answer *answer = ctx;
	char **const fields[] = { [ID_ARN] = &answer->arn,
				  [ID_POLICY_ID] = &answer->policy_id,
				  [ID_DEFAULT] = &answer->default_version,
				  [ID_ATTACHED] = &answer->attached,
				  [ID_BOUNDS] = &answer->bounds };

	if (id == ID_VERSION)
		json_array_append_new(answer->page, json_from_text(text));
	else if (id == ID_TRUNCATED)
		answer->truncated = strcmp(text, "true") == 0;
	else if (id == ID_DOCUMENT)
		put(&answer->document, text);
	else
		put(fields[id], text);
}

const struct xml_handler iam_policy_handler = { .close = on_close };

void iam_policy_answer_init(struct iam_policy_answer *answer)
{
	*answer = (struct iam_policy_answer){ .page = json_array(),
					      .ids = json_array(),
					      .versions = json_object() };
}

void iam_policy_answer_release(struct iam_policy_answer *answer)
{
	free(answer->arn);
	free(answer->policy_id);
	free(answer->default_version);
	free(answer->attached);
	free(answer->bounds);
	free(answer->document);
	json_decref(answer->page);
	json_decref(answer->ids);
	json_decref(answer->versions);
	*answer = (struct iam_policy_answer){ .arn = NULL };
}

static void note(struct resource *policy, char *line)
{
	CLEANUP(free_ptr) char *owned = line;

	if (!policy->notes)
		policy->notes = json_array();
	json_array_append_new(policy->notes, json_from_text(owned));
}

/* Whom a change of it reaches, and what it leaves. */
static void add_notes(struct resource *policy,
		      const struct iam_policy_answer *answer)
{
	const long attached =
		answer->attached ? strtol(answer->attached, NULL, 10) : 0;
	const long bounds =
		answer->bounds ? strtol(answer->bounds, NULL, 10) : 0;
	const size_t len = json_object_size(answer->versions);

	if (attached)
		note(policy,
		     xasprintf("it is attached to %ld %s, whose "
			       "rights change with it",
			       attached,
			       attached == 1 ? "user, group or role"
					     : "users, groups or roles"));
	if (bounds)
		note(policy,
		     xasprintf(
			     "it is the permissions boundary of %ld %s", bounds,
			     bounds == 1 ? "user or role" : "users or roles"));
	if (len)
		note(policy,
		     xasprintf("it has %zu of the %zu versions that IAM keeps; "
			       "a backout makes the one before the default "
			       "again, and leaves a new one where it is",
			       len, IAM_POLICY_VERSIONS_MAX));
}

struct resource *iam_policy_resource(const struct iam_policy_answer *answer,
				     const struct place *place, bool document)
{
	const struct setting *row =
		catalogue_lookup(KIND_IAM_POLICY, "document");
	json_t *value = answer->default_version
				? json_object_get(answer->versions,
						  answer->default_version)
				: NULL;
	struct resource *policy;

	if (!answer->arn || !answer->default_version || (document && !value))
		return NULL;
	policy = resource_new(KIND_IAM_POLICY, place);
	policy->id = iam_policy_id_of(answer->arn, place);
	policy->address = address_of(KIND_IAM_POLICY, policy->id);
	policy->resource_id = xstrdup(answer->arn);
	policy->arn = xstrdup(answer->arn);
	policy->names = json_array();
	json_array_append_new(policy->names, json_from_text(answer->arn));
	policy->facts = json_object();
	if (answer->policy_id)
		json_object_set_new(policy->facts, IAM_POLICY_ID,
				    json_from_text(answer->policy_id));
	if (document) {
		policy->values[catalogue_index(row)] = json_incref(value);
		json_object_set(policy->facts, IAM_POLICY_VERSIONS,
				answer->versions);
	}
	if (iam_policy_is_of_aws(answer->arn))
		policy->owned_elsewhere = json_pack(
			"{s:s}", "document",
			"it is AWS's own policy, which nobody else can "
			"change; make a policy of your own and attach that");
	else
		add_notes(policy, answer);
	return policy;
}

/* ---- asking ------------------------------------------------------------- */

struct reader;

/* One policy: who it is, which versions it has, what they say. */
struct asking {
	struct iam_policy_answer answer; /* first: it is what handlers get */
	struct reader *reader;
	char *arn;
	json_t *parameters;
	json_t *one; /* parameters of the version that is asked for */
	size_t next; /* of answer.ids */
	json_t *read, *document_read; /* the answers; NULL: are not kept */
};

struct reader {
	struct iam_reading reading;
	bool document; /* is wanted */
	struct asking *policies;
	size_t len;
};

static void finish(struct reader *reader)
{
	iam_reading_end(&reader->reading);
	for (size_t i = 0; i < reader->len; i++) {
		iam_policy_answer_release(&reader->policies[i].answer);
		free(reader->policies[i].arn);
		json_decref(reader->policies[i].parameters);
		json_decref(reader->policies[i].one);
		json_decref(reader->policies[i].read);
		json_decref(reader->policies[i].document_read);
	}
	free(reader->policies);
	free(reader);
}

static void ended(struct reader *reader)
{
	if (!--reader->reading.running)
		finish(reader);
}

static bool gave_up(struct asking *policy, const struct aws_result *result)
{
	return iam_gave_up(&policy->reader->reading, KIND_IAM_POLICY,
			   policy->arn, result);
}

static void found(struct asking *policy)
{
	struct reader *reader = policy->reader;
	struct resource *resource = iam_policy_resource(
		&policy->answer, reader->reading.request.place,
		reader->document);

	if (resource) {
		resource_set_read(resource, NULL, policy->read);
		resource_set_read(resource, "document", policy->document_read);
		reader->reading.request.found(reader->reading.request.ctx,
					      resource);
	} else {
		iam_incomplete(&reader->reading,
			       "AWS answered for the policy '%s' without its "
			       "ARN, or the document of its default version",
			       policy->arn);
	}
	ended(reader);
}

static void ask(struct asking *policy, const char *action,
		const json_t *parameters, void (*begin)(void *ctx),
		void (*done)(void *ctx, const struct aws_result *result))
{
	const struct iam_question question = {
		.action = action,
		.parameters = parameters,
		.answer = iam_policy_paths(),
		.handler = &iam_policy_handler,
		.begin = begin,
		.done = done,
		.ctx = policy,
	};

	iam_ask(&policy->reader->reading, &question);
}

/* ---- its versions, one after the other ---- */

static void ask_next_version(struct asking *policy);

static void keep_answer(const struct asking *policy, json_t **kept)
{
	json_decref(*kept);
	*kept = json_incref(read_answer(&policy->reader->reading.request));
}

static void version_begin(void *ctx)
{
	put(&((struct asking *)ctx)->answer.document, "");
}

static const char *next_version(const struct asking *policy)
{
	return json_string_value(
		json_array_get(policy->answer.ids, policy->next));
}

/* One that is gone since it was listed is not there. */
static void version_done(void *ctx, const struct aws_result *result)
{
	struct asking *policy = ctx;

	if (result->outcome != AWS_OK && result->class != AWS_CLASS_NOT_FOUND) {
		(void)gave_up(policy, result);
		ended(policy->reader);
		return;
	}
	keep_answer(policy, &policy->document_read);
	if (result->outcome == AWS_OK && policy->answer.document)
		json_object_set_new(
			policy->answer.versions, next_version(policy),
			document_from_wire(policy->answer.document));
	policy->next++;
	ask_next_version(policy);
}

static void ask_next_version(struct asking *policy)
{
	const char *version = next_version(policy);

	if (!version) {
		found(policy);
		return;
	}
	json_decref(policy->one);
	policy->one = json_deep_copy(policy->parameters);
	json_object_set_new(policy->one, "VersionId", json_from_text(version));
	ask(policy, "GetPolicyVersion", policy->one, version_begin,
	    version_done);
}

/* ---- which versions there are ---- */

static void page_begin(void *ctx)
{
	struct asking *policy = ctx;

	json_array_clear(policy->answer.page);
	policy->answer.truncated = false;
}

static void page_done(void *ctx)
{
	struct asking *policy = ctx;

	json_array_extend(policy->answer.ids, policy->answer.page);
	json_array_clear(policy->answer.page);
}

static void versions_done(void *ctx, const struct aws_result *result)
{
	struct asking *policy = ctx;
	struct reader *reader = policy->reader;

	if (gave_up(policy, result)) {
		ended(reader);
		return;
	}
	if (policy->answer.truncated)
		iam_incomplete(&reader->reading,
			       "AWS gave half of the versions of the policy "
			       "'%s'",
			       policy->arn);
	/* the listing may lag behind */
	json_array_add_unique(policy->answer.ids,
			      policy->answer.default_version);
	ask_next_version(policy);
}

static void list_versions(struct asking *policy)
{
	const struct iam_question question = {
		.action = "ListPolicyVersions",
		.parameters = policy->parameters,
		.answer = iam_policy_paths(),
		.handler = &iam_policy_handler,
		.begin = page_begin,
		.page_done = page_done,
		.done = versions_done,
		.ctx = policy,
	};

	iam_list(&policy->reader->reading, &question);
}

/* ---- who it is ---- */

static void policy_begin(void *ctx)
{
	struct iam_policy_answer *answer = &((struct asking *)ctx)->answer;

	put(&answer->arn, "");
	put(&answer->policy_id, "");
	put(&answer->default_version, "");
	put(&answer->attached, "");
	put(&answer->bounds, "");
}

/*
 * Of AWS's own, which nobody here changes, and of those that are only reported
 * on, only what holds counts.
 */
static void policy_done(void *ctx, const struct aws_result *result)
{
	struct asking *policy = ctx;
	const struct read_request *request = &policy->reader->reading.request;
	const char *version = policy->answer.default_version;

	keep_answer(policy, &policy->read);
	if (gave_up(policy, result)) {
		ended(policy->reader);
	} else if (!policy->reader->document || !version) {
		found(policy);
	} else if (request->reports || iam_policy_is_of_aws(policy->arn)) {
		json_array_append_new(policy->answer.ids,
				      json_from_text(version));
		ask_next_version(policy);
	} else {
		list_versions(policy);
	}
}

/* ---- which policies ---- */

/* The ARN of each, once; what is another account's is passed over. */
static void add_arn(const struct reader *reader, const char *id, json_t *arns)
{
	const struct read_request *request = &reader->reading.request;
	CLEANUP(free_ptr) char *arn = iam_policy_arn(id, request->place);

	if (iam_policy_is_foreign(arn, request->place))
		request->skipped(request->ctx, KIND_IAM_POLICY, id,
				 "it belongs to another account");
	else
		json_array_add_unique(arns, arn);
}

static json_t *arns_of(struct reader *reader)
{
	CLEANUP(json_release)
	json_t *ids = read_ids(&reader->reading.request, &reader->reading.err);
	json_t *arns = json_array(), *id;
	size_t i;

	json_array_foreach(ids, i, id)
		add_arn(reader, json_string_value(id), arns);
	return arns;
}

static bool wants_document(const struct read_request *request)
{
	const struct setting *row =
		catalogue_lookup(KIND_IAM_POLICY, "document");

	return !request->wanted || request->wanted[catalogue_index(row)];
}

/* One by one; these are all there are to ask for. */
static void ask_each(struct reader *reader, json_t *arns)
{
	reader->len = reader->reading.running = json_array_size(arns);
	reader->policies = xcalloc(reader->len + 1, sizeof(*reader->policies));
	for (size_t i = 0; i < reader->len; i++) {
		struct asking *policy = &reader->policies[i];
		json_t *arn = json_array_get(arns, i);

		iam_policy_answer_init(&policy->answer);
		policy->reader = reader;
		policy->arn = xstrdup(json_string_value(arn));
		policy->parameters = json_pack("{s:O}", "PolicyArn", arn);
	}
	if (!reader->len || error_is_set(&reader->reading.err)) {
		finish(reader);
		return;
	}
	for (size_t i = 0; i < json_array_size(arns); i++)
		ask(&reader->policies[i], "GetPolicy",
		    reader->policies[i].parameters, policy_begin, policy_done);
}

/* What the listing lacks is asked for by itself. */
static void listed(void *ctx, json_t *missing, const struct error *err)
{
	struct reader *reader = ctx;
	CLEANUP(json_release) json_t *arns = missing;

	if (err && !error_is_set(&reader->reading.err))
		error_copy(&reader->reading.err, err);
	ask_each(reader, arns);
}

void iam_policy_read(const struct read_request *request)
{
	struct reader *reader = xcalloc(1, sizeof(*reader));
	CLEANUP(json_release) json_t *arns = NULL;

	reader->reading.request = *request;
	reader->document = wants_document(request);
	arns = arns_of(reader);
	if (!error_is_set(&reader->reading.err) && reader->document &&
	    iam_policy_details_fit(request, json_array_size(arns)))
		iam_policy_details_read(request, arns, listed, reader);
	else
		ask_each(reader, arns);
}
