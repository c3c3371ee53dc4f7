#include "plans/iam_role_read.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "plans/catalogue.h"
#include "plans/iam_role_answer.h"
#include "plans/iam_role_details.h"

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
	struct read_request request;
	struct asking *roles;
	size_t len, running;
	struct error err;
};

static void finish(struct reader *reader)
{
	reader->request.done(reader->request.ctx,
			     error_is_set(&reader->err) ? &reader->err : NULL);
	for (size_t i = 0; i < reader->len; i++) {
		iam_role_answer_free(reader->roles[i].answer);
		json_decref(reader->roles[i].parameters);
		json_decref(reader->roles[i].one);
		json_decref(reader->roles[i].reads);
	}
	free(reader->roles);
	error_release(&reader->err);
	free(reader);
}

static void role_ended(struct reader *reader)
{
	if (!--reader->running)
		finish(reader);
}

/* Is that the end of this role, because it failed or does not exist? */
static bool gave_up(struct asking *role, const struct aws_result *result)
{
	struct reader *reader = role->reader;
	const char *name = role->answer->wanted;

	if (result->outcome == AWS_OK)
		return false;
	if (result->class != AWS_CLASS_NOT_FOUND &&
	    !read_excused(&reader->request, KIND_IAM_ROLE, name,
			  result->error) &&
	    !error_is_set(&reader->err))
		error_copy(&reader->err, result->error);
	return true;
}

/* Its element that the answer which is being told of gave. */
static void note_read(struct asking *role, const char *what, const char *member)
{
	json_t *answer = read_answer(&role->reader->request);
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
	struct reader *reader = role->reader;
	struct resource *resource =
		role->answer->truncated
			? NULL
			: iam_role_answer_resource(
				  role->answer, reader->request.place,
				  reader->request.wanted,
				  reader->request.reports
					  ? NULL
					  : reader->request.live);

	if (resource) {
		resource->reads = TAKE(role->reads);
		reader->request.found(reader->request.ctx, resource);
	} else if (!error_is_set(&reader->err)) {
		(void)error_set(&reader->err, ERR_INCOMPLETE,
				"AWS answered for the role '%s' without "
				"its name or id, or with half of a list",
				role->answer->wanted);
	}
}

/* Is any row of this type to be read? */
static bool is_wanted(const struct asking *role, enum value_type type)
{
	size_t len;
	const struct setting *rows = catalogue_rows(KIND_IAM_ROLE, &len);
	const bool *wanted = role->reader->request.wanted;

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
	const struct read_request *request = &role->reader->request;
	const struct aws_listing listing = {
		.call = { .session = request->place->session,
			  .service = "iam",
			  .action = action,
			  .parameters = role->parameters,
			  .answer = paths,
			  .handler = &iam_role_handler,
			  .begin = begin,
			  .done = done,
			  .ctx = role->answer },
		.marker_path = "*/*/Marker",
		.marker_parameter = "Marker",
		.page_done = page_done,
	};

	aws_list(request->aws, &listing);
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
	if (role->reader->request.live && !role->reader->request.reports)
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
	    !iam_role_answer_document(role->answer, next_name(role)) &&
	    !error_is_set(&reader->err))
		(void)error_set(&reader->err, ERR_INCOMPLETE,
				"AWS answered for the policy '%s' of the role "
				"'%s' without its document",
				next_name(role), role->answer->wanted);
	note_read(role, "inline_policies", next_name(role));
	role->next++;
	ask_next_inline(role);
}

static void ask_next_inline(struct asking *role)
{
	const struct read_request *request = &role->reader->request;
	const char *name = next_name(role);
	struct aws_call call = {
		.session = request->place->session,
		.service = "iam",
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
	call.parameters = role->one;
	aws_start(request->aws, &call);
}

static void names_page(void *ctx)
{
	struct asking *role = ((struct iam_role_answer *)ctx)->asking;

	note_read(role, "inline_policies", NULL);
	iam_role_answer_names(ctx);
}

static void names_done(void *ctx, const struct aws_result *result)
{
	struct asking *role = ((struct iam_role_answer *)ctx)->asking;

	if (gave_up(role, result))
		role_ended(role->reader);
	else if (role->answer->truncated)
		end(role); /* which says so */
	else
		ask_next_inline(role);
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
	struct asking *role = ((struct iam_role_answer *)ctx)->asking;

	if (gave_up(role, result))
		role_ended(role->reader);
	else if (role->answer->truncated)
		end(role); /* which says so */
	else
		ask_inline(role);
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
	const struct read_request *request = &role->reader->request;
	const struct aws_call call = {
		.session = request->place->session,
		.service = "iam",
		.action = "GetRole",
		.parameters = role->parameters,
		.answer = iam_role_paths(),
		.handler = &iam_role_handler,
		.begin = role_begin,
		.done = role_done,
		.ctx = role->answer,
	};

	aws_start(request->aws, &call);
}

/* Each name once. */
static json_t *names_of(struct reader *reader)
{
	const struct read_request *request = &reader->request;
	json_t *names = json_array();

	for (size_t i = 0; i < request->ids_len; i++)
		json_array_add_unique(names, request->ids[i]);
	for (size_t i = 0; i < request->lanes_len; i++) {
		struct address address;
		struct error err = ERROR_INIT;

		if (address_parse(request->lanes[i], &address, &err) < 0) {
			error_copy(&reader->err, &err);
			error_release(&err);
			continue;
		}
		json_array_add_unique(names, address.id);
		address_release(&address);
	}
	return names;
}

void iam_role_read(const struct read_request *request)
{
	struct reader *reader = xcalloc(1, sizeof(*reader));
	CLEANUP(json_release) json_t *names = NULL;

	reader->request = *request;
	names = names_of(reader);
	if (!error_is_set(&reader->err) &&
	    iam_role_details_fit(request, json_array_size(names))) {
		iam_role_details_read(request, names);
		free(reader);
		return;
	}
	reader->len = reader->running = json_array_size(names);
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
	if (!reader->len || error_is_set(&reader->err)) {
		finish(reader);
		return;
	}
	for (size_t i = 0; i < json_array_size(names); i++)
		ask_role(&reader->roles[i]);
}
