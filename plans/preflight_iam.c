/*
 * Asking iam:SimulatePrincipalPolicy. Actions whose conditions differ are
 * refused together, so that each call asks about one of them, on a few
 * resources.
 */
#include <string.h>

#include "core/limits.h"
#include "core/mem.h"
#include "plans/preflight.h"

#define RESOURCES_MAX 20 /* more of them are throttled sooner */
#define RUNNING_MAX 4
#define ATTEMPTS_MAX 7 /* an apply is not to wait for long */
#define FAILURES_MAX 3 /* so many, and no more is asked */

#define CALL "iam:SimulatePrincipalPolicy"

/* One request, or its pages. */
struct question {
	struct principal *principal;
	const char *key;  /* of what is wanted */
	const json_t *of; /* {"action", "region", "passed_to", …} */
	json_t *resources;
	struct simulated *simulated;
};

struct principal {
	struct aws *aws;
	struct aws_session *session; /* which asks about itself */
	char *caller;
	char *arn;       /* NULL: nobody can be asked about it */
	char *role;      /* whose path may be missing there; NULL */
	char *found;     /* its ARN, as iam:GetRole has it; NULL */
	json_t *wants;   /* key → {"action", "region", "passed_to",
			    "resources": {ARN: true}} */
	json_t *answers; /* key → {ARN: entry} */
	struct question **questions;
	size_t len, cap, next;
	size_t running, failures;
	char *failure; /* the first one; NULL */
	bool over;     /* no more is asked */
};

/* ---- who ---------------------------------------------------------------- */

/* The part of an ARN that has this number, up to its colon; the 6th is last. */
static const char *arn_part(const char *arn, unsigned number)
{
	for (; arn && number > 1; number--) {
		arn = strchr(arn, ':');
		arn = arn ? arn + 1 : NULL;
	}
	return arn;
}

static bool part_is(const char *part, const char *text)
{
	const size_t len = strlen(text);

	return part && !strncmp(part, text, len) && part[len] == ':';
}

char *principal_arn(const char *caller_arn, char **ret_role)
{
	const char *partition = arn_part(caller_arn, 2);
	const char *service = arn_part(caller_arn, 3);
	const char *account = arn_part(caller_arn, 5);
	const char *name = arn_part(caller_arn, 6);
	static const char session[] = "assumed-role/";

	*ret_role = NULL;
	if (!name)
		return NULL;
	if (part_is(service, "iam") &&
	    (!strncmp(name, "user/", 5) || !strncmp(name, "role/", 5)))
		return xstrdup(caller_arn);
	if (!part_is(service, "sts") ||
	    strncmp(name, session, strlen(session)) != 0)
		return NULL;
	name += strlen(session);
	*ret_role = xstrndup(name, strcspn(name, "/"));
	return xasprintf("arn:%.*s:iam::%.*s:role/%s",
			 (int)strcspn(partition, ":"), partition,
			 (int)strcspn(account, ":"), account, *ret_role);
}

/* The role that a target names, else whoever the credentials are of. */
static const char *caller_of(const struct place *place)
{
	const char *role = aws_session_role(place->session);

	return role                ? role
	       : place->caller_arn ? place->caller_arn
				   : "the caller";
}

struct principal *principal_new(struct aws *aws, const struct place *place)
{
	struct principal *principal = xcalloc(1, sizeof(*principal));

	principal->aws = aws;
	principal->session = place->session;
	principal->caller = xstrdup(caller_of(place));
	principal->arn = principal_arn(principal->caller, &principal->role);
	principal->wants = json_object();
	principal->answers = json_object();
	if (!principal->arn)
		principal->failure = xasprintf("AWS cannot be asked about '%s'",
					       principal->caller);
	return principal;
}

bool principal_is_of(const struct principal *principal,
		     const struct place *place)
{
	return !strcmp(principal->caller, caller_of(place));
}

const char *principal_name(const struct principal *principal)
{
	return principal->found ? principal->found
	       : principal->arn ? principal->arn
				: principal->caller;
}

static void question_free(struct question *question)
{
	json_decref(question->resources);
	simulated_free(question->simulated);
	free(question);
}

void principal_free(struct principal *principal)
{
	if (!principal)
		return;
	for (size_t i = 0; i < principal->len; i++)
		question_free(principal->questions[i]);
	free(principal->questions);
	free(principal->caller);
	free(principal->arn);
	free(principal->role);
	free(principal->found);
	free(principal->failure);
	json_decref(principal->wants);
	json_decref(principal->answers);
	free(principal);
}

/* ---- what ----------------------------------------------------------------
 */

static const char *text_or_none(const json_t *object, const char *key)
{
	const char *text = json_text(object, key);

	return text ? text : "";
}

static char *key_of(const char *region, const json_t *permit)
{
	return xasprintf("%s %s %s", json_text(permit, "action"), region,
			 text_or_none(permit, "passed_to"));
}

void principal_want(struct principal *principal, const char *region,
		    const json_t *permit)
{
	CLEANUP(free_ptr) char *key = key_of(region, permit);
	json_t *want = json_object_get(principal->wants, key);
	json_t *resources;
	size_t i;
	const json_t *resource;

	if (!want) {
		want = json_pack("{s:O, s:s, s:O, s:{}}", "action",
				 json_object_get(permit, "action"), "region",
				 region, "passed_to",
				 json_object_get(permit, "passed_to"),
				 "resources");
		(void)json_object_set_new(principal->wants, key, want);
	}
	resources = json_object_get(want, "resources");
	json_array_foreach(json_object_get(permit, "resources"), i, resource)
		(void)json_object_set_new(
			resources, json_string_value(resource), json_true());
}

static struct question *add_question(struct principal *principal,
				     const char *key, const json_t *of)
{
	struct question *question = xcalloc(1, sizeof(*question));

	question->principal = principal;
	question->key = key;
	question->of = of;
	question->resources = json_array();
	question->simulated = simulated_new(json_text(of, "action"));
	GROW(principal->questions, principal->len, principal->cap);
	principal->questions[principal->len++] = question;
	return question;
}

static void add_questions(struct principal *principal)
{
	const char *key, *resource;
	json_t *want, *ignored;

	json_object_foreach(principal->wants, key, want) {
		struct question *question = NULL;

		json_object_foreach(json_object_get(want, "resources"),
				    resource, ignored) {
			if (!question || json_array_size(question->resources) >=
						 RESOURCES_MAX)
				question = add_question(principal, key, want);
			(void)json_array_append_new(question->resources,
						    json_string(resource));
		}
	}
}

/* ---- asking -------------------------------------------------------------- */

static void add_parameter(json_t *parameters, const char *list, size_t index,
			  const char *below, const char *value)
{
	CLEANUP(free_ptr)
	char *key = xasprintf("%s.member.%zu%s", list, index, below);

	(void)json_object_set_new(parameters, key, json_from_text(value));
}

static void add_context(json_t *parameters, size_t index, const char *key,
			const char *value)
{
	add_parameter(parameters, "ContextEntries", index, ".ContextKeyName",
		      key);
	add_parameter(parameters, "ContextEntries", index, ".ContextKeyType",
		      "string");
	add_parameter(parameters, "ContextEntries", index,
		      ".ContextKeyValues.member.1", value);
}

static json_t *parameters_of(const struct question *question)
{
	const struct principal *principal = question->principal;
	const char *passed_to = json_text(question->of, "passed_to");
	json_t *parameters = json_object();
	size_t i;
	const json_t *resource;

	(void)json_object_set_new(parameters, "PolicySourceArn",
				  json_from_text(principal_name(principal)));
	add_parameter(parameters, "ActionNames", 1, "",
		      json_text(question->of, "action"));
	json_array_foreach(question->resources, i, resource)
		/* "*" stands for itself, and is no ARN to name */
		if (strcmp(json_string_value(resource), "*") != 0)
			add_parameter(parameters, "ResourceArns", i + 1, "",
				      json_string_value(resource));
	add_context(parameters, 1, "aws:RequestedRegion",
		    json_text(question->of, "region"));
	if (passed_to)
		add_context(parameters, 2, "iam:PassedToService", passed_to);
	return parameters;
}

/* Of several that are denied together each one is asked about alone. */
static void take_answer(struct question *question)
{
	struct principal *principal = question->principal;
	const json_t *given = question->simulated->answer;
	const size_t asked = json_array_size(question->resources);
	json_t *answers = json_object_get(principal->answers, question->key);
	size_t i;
	json_t *resource;

	if (!answers) {
		answers = json_object();
		(void)json_object_set_new(principal->answers, question->key,
					  answers);
	}
	json_array_foreach(question->resources, i, resource) {
		const char *arn = json_string_value(resource);
		const json_t *entry = simulated_entry(given, arn, asked);

		if (entry)
			(void)json_object_set(answers, arn,
					      (json_t *)(uintptr_t)entry);
		else if (asked > 1)
			(void)json_array_append(add_question(principal,
							     question->key,
							     question->of)
							->resources,
						resource);
	}
}

/* One line; why the whole is not known. */
static char *failure_of(const struct principal *principal,
			const struct aws_result *result)
{
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(LIMIT_MESSAGE);

	if (result->class == AWS_CLASS_AUTHORISATION)
		return xasprintf("'%s' is not allowed " CALL
				 " on itself, which 'aback policy apply' has",
				 principal_name(principal));
	if (result->class == AWS_CLASS_NOT_FOUND)
		return xasprintf(
			CALL " knows no '%s'%s", principal_name(principal),
			principal->role && !principal->found
				? "; iam:GetRole, which would tell its path, "
				  "is not allowed or does not know it"
				: "");
	error_message(result->error, &text);
	return xasprintf(CALL ": %s", text.buf);
}

static void failed(struct principal *principal, const struct aws_result *result)
{
	if (!principal->failure)
		principal->failure = failure_of(principal, result);
	if (aws_is_lacking(result) || ++principal->failures >= FAILURES_MAX)
		principal->over = true;
}

static void ask_more(struct principal *principal);

static void begin_page(void *ctx)
{
	simulated_begin(((struct question *)ctx)->simulated);
}

static void page_done(void *ctx)
{
	simulated_page(((struct question *)ctx)->simulated);
}

static void on_answer(void *ctx, const struct aws_result *result)
{
	struct question *question = ctx;
	struct principal *principal = question->principal;

	principal->running--;
	if (result->outcome == AWS_OK)
		take_answer(question);
	else
		failed(principal, result);
	ask_more(principal);
}

static void on_open(void *ctx, int id)
{
	simulated_handler.open(((struct question *)ctx)->simulated, id);
}

static void on_close(void *ctx, int id, const char *text, size_t len)
{
	simulated_handler.close(((struct question *)ctx)->simulated, id, text,
				len);
}

static void ask(struct question *question)
{
	static const struct xml_handler handler = { .open = on_open,
						    .close = on_close };
	CLEANUP(json_release) json_t *parameters = parameters_of(question);
	const struct aws_listing list = {
		.call = { .session = question->principal->session,
			  .service = "iam",
			  .action = "SimulatePrincipalPolicy",
			  .parameters = parameters,
			  .attempts = ATTEMPTS_MAX,
			  .answer = simulated_paths(),
			  .handler = &handler,
			  .begin = begin_page,
			  .done = on_answer,
			  .ctx = question },
		.marker_path = "*/*/Marker",
		.marker_parameter = "Marker",
		.page_done = page_done,
	};

	aws_list(question->principal->aws, &list);
}

static void ask_more(struct principal *principal)
{
	while (!principal->over && principal->running < RUNNING_MAX &&
	       principal->next < principal->len) {
		principal->running++;
		ask(principal->questions[principal->next++]);
	}
}

/* ---- the role's path ----------------------------------------------------- */

static void on_role(void *ctx, int id UNUSED, const char *text, size_t len)
{
	struct principal *principal = ctx;

	free(principal->found);
	principal->found = len ? xstrndup(text, len) : NULL;
}

static void begin_role(void *ctx)
{
	on_role(ctx, 0, "", 0);
}

/* Where it does not tell, there may be no path at all. */
static void on_role_done(void *ctx, const struct aws_result *result)
{
	struct principal *principal = ctx;

	principal->running--;
	if (result->outcome != AWS_OK)
		begin_role(ctx);
	ask_more(principal);
}

static void ask_role(struct principal *principal)
{
	static const struct xml_handler handler = { .close = on_role };
	static struct xml_paths *paths;
	CLEANUP(json_release)
	json_t *parameters = json_pack("{s:s}", "RoleName", principal->role);

	if (!paths) {
		paths = xml_paths_new();
		xml_paths_add(paths, "*/*/Role/Arn", 0);
	}
	principal->running++;
	aws_start(principal->aws, &(struct aws_call){
					  .session = principal->session,
					  .service = "iam",
					  .action = "GetRole",
					  .parameters = parameters,
					  .attempts = ATTEMPTS_MAX,
					  .answer = paths,
					  .handler = &handler,
					  .begin = begin_role,
					  .done = on_role_done,
					  .ctx = principal,
				  });
}

void principal_ask(struct principal *principal)
{
	if (!principal->arn)
		return;
	add_questions(principal);
	if (principal->role)
		ask_role(principal);
	else
		ask_more(principal);
}

bool principal_is_busy(const struct principal *principal)
{
	return principal->running > 0;
}

/* ---- what came of it ----------------------------------------------------- */

/* Of the spellings of a resource AWS asks for one. */
enum may principal_may(const struct principal *principal, const char *region,
		       const json_t *permit, char **ret_why)
{
	CLEANUP(free_ptr) char *key = key_of(region, permit);
	const json_t *answers = json_object_get(principal->answers, key);
	const char *action = json_text(permit, "action");
	enum may all = MAY_NOT;
	size_t i;
	const json_t *resource;

	*ret_why = NULL;
	json_array_foreach(json_object_get(permit, "resources"), i, resource) {
		const json_t *entry =
			json_object_get(answers, json_string_value(resource));
		CLEANUP(free_ptr) char *why = NULL;
		enum may may = simulated_may(entry, &why);

		if (may == MAY_DO) {
			free(TAKE(*ret_why));
			return MAY_DO;
		}
		if (may == MAY_NOT && !simulated_denies(action, entry)) {
			may = MAY_UNKNOWN;
			free(why);
			why = xasprintf("no policy of '%s' allows %s, and the "
					"key's own may",
					principal_name(principal), action);
		}
		if (may == MAY_UNKNOWN && !entry && principal->failure) {
			free(why);
			why = xstrdup(principal->failure);
		}
		if (may == MAY_UNKNOWN && all != MAY_UNKNOWN)
			free(TAKE(*ret_why));
		if (may == MAY_UNKNOWN)
			all = MAY_UNKNOWN;
		if (!*ret_why)
			*ret_why = TAKE(why);
	}
	return all;
}
