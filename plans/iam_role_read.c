#include "plans/iam_role_read.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "plans/catalogue.h"
#include "plans/iam_role_answer.h"
#include "plans/iam_role_details.h"
#include "plans/iam_reading.h"
#include "plans/read_ids.h"

struct reader;

/* One role: who it is, what is attached to it, what stands in it. */
struct asking {
	struct reader *reader;
	struct iam_role_answer *answer;
	json_t *parameters;
	json_t *one;   /* parameters of the inline policy that is asked for */
	json_t *reads; /* the resource's; NULL: none are kept */
	size_t next;   /* of the names of inline policies */
};

struct reader {
	struct iam_reading reading;
	struct asking *roles;
	size_t len;
};

static void finish(struct reader *reader)
{
	iam_reading_end(&reader->reading);
	for (size_t i = 0; i < reader->len; i++) {
		iam_role_answer_free(reader->roles[i].answer);
		json_decref(reader->roles[i].parameters);
		json_decref(reader->roles[i].one);
		json_decref(reader->roles[i].reads);
	}
	free(reader->roles);
	free(reader);
}

static void role_ended(struct reader *reader)
{
	if (!--reader->reading.running)
		finish(reader);
}

static bool gave_up(struct asking *role, const struct aws_result *result)
{
	return iam_gave_up(&role->reader->reading, KIND_IAM_ROLE,
			   role->answer->wanted, result);
}

/* Its element that the answer which is being told of gave. */
static void note_read(struct asking *role, const char *what, const char *member)
{
	json_t *answer = read_answer(&role->reader->reading.request);
	CLEANUP(free_ptr)
	char *key = member ? xasprintf("%s/%s", what, member) : xstrdup(what);

	if (!answer)
		return;
	if (!role->reads)
		role->reads = json_object();
	(void)json_object_set(role->reads, key, answer);
}

static void found(struct asking *role)
{
	struct iam_reading *reading = &role->reader->reading;
	const struct read_request *request = &reading->request;
	struct resource *resource =
		role->answer->truncated
			? NULL
			: iam_role_answer_resource(
				  role->answer, request->place, request->wanted,
				  request->reports ? NULL : request->live);

	if (resource) {
		resource->reads = TAKE(role->reads);
		request->found(request->ctx, resource);
	} else {
		iam_incomplete(reading,
			       "AWS answered for the role '%s' without its "
			       "name or id, or with half of a list",
			       role->answer->wanted);
	}
}

/* Is any row of this type to be read? */
static bool is_wanted(const struct asking *role, enum value_type type)
{
	size_t len;
	const struct setting *rows = catalogue_rows(KIND_IAM_ROLE, &len);
	const bool *wanted = role->reader->reading.request.wanted;

	for (size_t i = 0; i < len; i++) {
		if (rows[i].read && rows[i].type == type &&
		    (!wanted || wanted[i]))
			return true;
	}
	return false;
}

static void end(struct asking *role)
{
	found(role);
	role_ended(role->reader);
}

static void after_listing(struct iam_role_answer *answer,
			  const struct aws_result *result,
			  void (*next)(struct asking *role))
{
	struct asking *role = answer->asking;

	if (gave_up(role, result))
		role_ended(role->reader);
	else if (answer->truncated)
		end(role); /* which says so */
	else
		next(role);
}

static void ask_profiles(struct asking *role);

static void page_begin(void *ctx)
{
	iam_role_answer_begin_page(ctx);
}

static void list(struct asking *role, const char *action,
		 const struct xml_paths *paths, void (*begin)(void *ctx),
		 void (*page_done)(void *ctx),
		 void (*done)(void *ctx, const struct aws_result *result))
{
	const struct iam_question question = {
		.action = action,
		.parameters = role->parameters,
		.answer = paths,
		.handler = &iam_role_handler,
		.begin = begin,
		.page_done = page_done,
		.done = done,
		.ctx = role->answer,
	};

	iam_list(&role->reader->reading, &question);
}

/* ---- by which instance profiles EC2 has it ---- */

static void profiles_begin(void *ctx)
{
	iam_role_answer_begin_profiles(ctx);
}

static void profiles_page(void *ctx UNUSED)
{
	/* they are kept each once, however often an attempt gives them */
}

/* It is worth a line in the plan; who may not know it goes without. */
static void profiles_done(void *ctx, const struct aws_result *result)
{
	struct asking *role = ((struct iam_role_answer *)ctx)->asking;

	role->answer->truncated = false;
	if (result->outcome != AWS_OK &&
	    result->class != AWS_CLASS_AUTHORISATION &&
	    result->class != AWS_CLASS_OTHER) {
		(void)gave_up(role, result);
		role_ended(role->reader);
		return;
	}
	end(role);
}

/* Only for plans: whoever looks while an apply runs, or only reports, need not
 * know. */
static void ask_profiles(struct asking *role)
{
	const struct read_request *request = &role->reader->reading.request;

	if (request->live && !request->reports)
		list(role, "ListInstanceProfilesForRole", iam_profiles_paths(),
		     profiles_begin, profiles_page, profiles_done);
	else
		end(role);
}

/* ---- its inline policies, one after the other ---- */

static void ask_next_inline(struct asking *role);

static void document_begin(void *ctx)
{
	iam_role_answer_begin_document(ctx);
}

static const char *next_name(const struct asking *role)
{
	return json_string_value(
		json_array_get(role->answer->names, role->next));
}

/* One that is gone since it was listed is not there. */
static void document_done(void *ctx, const struct aws_result *result)
{
	struct asking *role = ((struct iam_role_answer *)ctx)->asking;
	struct reader *reader = role->reader;

	if (result->outcome != AWS_OK && result->class != AWS_CLASS_NOT_FOUND) {
		(void)gave_up(role, result);
		role_ended(reader);
		return;
	}
	if (result->outcome == AWS_OK &&
	    !iam_role_answer_document(role->answer, next_name(role)))
		iam_incomplete(&reader->reading,
			       "AWS answered for the policy '%s' of the role "
			       "'%s' without its document",
			       next_name(role), role->answer->wanted);
	note_read(role, "inline_policies", next_name(role));
	role->next++;
	ask_next_inline(role);
}

static void ask_next_inline(struct asking *role)
{
	const char *name = next_name(role);
	struct iam_question question = {
		.action = "GetRolePolicy",
		.answer = iam_inline_paths(),
		.handler = &iam_role_handler,
		.begin = document_begin,
		.done = document_done,
		.ctx = role->answer,
	};

	if (!name) {
		ask_profiles(role);
		return;
	}
	json_decref(role->one);
	role->one = json_deep_copy(role->parameters);
	json_object_set_new(role->one, "PolicyName", json_from_text(name));
	question.parameters = role->one;
	iam_ask(&role->reader->reading, &question);
}

static void names_page(void *ctx)
{
	struct asking *role = ((struct iam_role_answer *)ctx)->asking;

	note_read(role, "inline_policies", NULL);
	iam_role_answer_names(ctx);
}

static void names_done(void *ctx, const struct aws_result *result)
{
	after_listing(ctx, result, ask_next_inline);
}

static void ask_inline(struct asking *role)
{
	if (is_wanted(role, TYPE_DOCUMENT_MAP))
		list(role, "ListRolePolicies", iam_inline_paths(), page_begin,
		     names_page, names_done);
	else
		ask_profiles(role);
}

/* ---- what is attached to it ---- */

static void policies_page(void *ctx)
{
	struct asking *role = ((struct iam_role_answer *)ctx)->asking;

	note_read(role, "managed_policy_arns", NULL);
	iam_role_answer_page(ctx);
}

static void policies_done(void *ctx, const struct aws_result *result)
{
	after_listing(ctx, result, ask_inline);
}

static void ask_policies(struct asking *role)
{
	if (is_wanted(role, TYPE_STRING_SET))
		list(role, "ListAttachedRolePolicies", iam_policies_paths(),
		     page_begin, policies_page, policies_done);
	else
		ask_inline(role);
}

/* ---- who it is ---- */

static void role_begin(void *ctx)
{
	iam_role_answer_begin_role(ctx);
}

static void role_done(void *ctx, const struct aws_result *result)
{
	struct asking *role = ((struct iam_role_answer *)ctx)->asking;

	if (gave_up(role, result)) {
		role_ended(role->reader);
		return;
	}
	note_read(role, "", NULL);
	ask_policies(role);
}

static void ask_role(struct asking *role)
{
	const struct iam_question question = {
		.action = "GetRole",
		.parameters = role->parameters,
		.answer = iam_role_paths(),
		.handler = &iam_role_handler,
		.begin = role_begin,
		.done = role_done,
		.ctx = role->answer,
	};

	iam_ask(&role->reader->reading, &question);
}

/* One by one; these are all there are to ask for. */
static void ask_each(struct reader *reader, const json_t *names)
{
	reader->len = reader->reading.running = json_array_size(names);
	reader->roles = xcalloc(reader->len + 1, sizeof(*reader->roles));
	for (size_t i = 0; i < reader->len; i++) {
		struct asking *role = &reader->roles[i];
		const char *name = json_string_value(json_array_get(names, i));

		role->reader = reader;
		role->answer = iam_role_answer_new(name);
		role->answer->asking = role;
		role->parameters = json_object();
		json_object_set_new(role->parameters, "RoleName",
				    json_from_text(name));
	}
	if (!reader->len || error_is_set(&reader->reading.err)) {
		finish(reader);
		return;
	}
	for (size_t i = 0; i < json_array_size(names); i++)
		ask_role(&reader->roles[i]);
}

/* Who may not read the listing may still read each role. */
static void listed(void *ctx, json_t *missing, const struct error *err)
{
	struct reader *reader = ctx;
	CLEANUP(json_release) json_t *names = missing;

	if (err)
		error_copy(&reader->reading.err, err);
	ask_each(reader, names);
}

void iam_role_read(const struct read_request *request)
{
	struct reader *reader = xcalloc(1, sizeof(*reader));
	CLEANUP(json_release) json_t *names = NULL;

	reader->reading.request = *request;
	names = read_ids(request, &reader->reading.err);
	if (!error_is_set(&reader->reading.err) &&
	    iam_role_details_fit(request, json_array_size(names)))
		iam_role_details_read(request, names, listed, reader);
	else
		ask_each(reader, names);
}
