/*
 * Asking iam:SimulatePrincipalPolicy. Actions whose conditions differ are
 * refused together, so that each call asks about one of them, on a few
 * resources.
 */
#include <string.h>

#include "core/limits.h"
#include "core/mem.h"
#include "plans/preflight.h"
#include "plans/preflight_iam.h"

#define RESOURCES_MAX 20 /* more of them are throttled sooner */
#define RUNNING_MAX 4
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

static void question_free(struct question *question)
{
	json_decref(question->resources);
	simulated_free(question->simulated);
	free(question);
}

void principal_free_questions(struct principal *principal)
{
	for (size_t i = 0; i < principal->len; i++)
		question_free(principal->questions[i]);
	free(principal->questions);
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

void principal_add_questions(struct principal *principal)
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
	principal_ask_more(principal);
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
			  .attempts = PREFLIGHT_ATTEMPTS,
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

void principal_ask_more(struct principal *principal)
{
	while (!principal->over && principal->running < RUNNING_MAX &&
	       principal->next < principal->len) {
		principal->running++;
		ask(principal->questions[principal->next++]);
	}
}
