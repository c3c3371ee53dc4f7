/*
 * SimulatePrincipalPolicy: what it is asked, and of whom. iam_simulated.c
 * answers.
 */
#include <string.h>

#include "core/mem.h"
#include "tests/sim/access.h"
#include "tests/sim/ec2.h"
#include "tests/sim/iam.h"
#include "tests/sim/iam_simulate.h"
#include "tests/sim/paging.h"
#include "tests/sim/request.h"

#define REFUSE(call, code, ...)                                   \
	(answer_error((call)->answer, (call)->request, 400, code, \
		      __VA_ARGS__),                               \
	 false)

static void simulation_release(struct simulation *simulation)
{
	json_decref(simulation->actions);
	json_decref(simulation->resources);
	json_decref(simulation->keys);
	json_decref(simulation->form);
}

/* ---- what is asked ------------------------------------------------------ */

static json_t *members_of(const json_t *form, const char *name)
{
	return json_object_get(json_object_get(form, name), "member");
}

static bool check_names(struct iam_call *call, const json_t *form)
{
	static const char names[] = " PolicySourceArn ActionNames ResourceArns "
				    "ContextEntries MaxItems Marker ";
	const char *key;
	json_t *ignored;

	json_object_foreach((json_t *)(uintptr_t)form, key, ignored) {
		CLEANUP(free_ptr) char *word = xasprintf(" %s ", key);

		if (!strstr(names, word))
			return REFUSE(call, "ValidationError",
				      "Unknown parameter '%s' of %s", key,
				      call->request->action);
	}
	return true;
}

static bool is_type(const char *type)
{
	static const char *const types[] = {
		"string",  "stringList",  "numeric", "numericList",
		"boolean", "booleanList", "ip",      "ipList",
		"binary",  "binaryList",  "date",    "dateList"
	};

	for (size_t i = 0; type && i < ARRAY_SIZE(types); i++)
		if (!strcmp(types[i], type))
			return true;
	return false;
}

static bool read_context(struct simulation *simulation)
{
	json_t *list = members_of(simulation->form, "ContextEntries"), *entry;

	for (int n = 1; (entry = ec2_item(list, n)); n++) {
		const char *name = json_text(entry, "ContextKeyName");
		const char *value = json_string_value(
			ec2_item(members_of(entry, "ContextKeyValues"), 1));

		if (!name || strlen(name) < 5 || strlen(name) > 256 ||
		    !strchr(name, ':'))
			return REFUSE(simulation->call, "InvalidInput",
				      "Invalid context key: %s",
				      name ? name : "");
		if (!is_type(json_text(entry, "ContextKeyType")))
			return REFUSE(
				simulation->call, "ValidationError",
				"1 validation error detected: Value at "
				"'contextEntries.%d.member.contextKeyType' "
				"failed to satisfy constraint",
				n);
		json_array_append_new(simulation->keys, json_string(name));
		if (!strcasecmp(name, "iam:PassedToService"))
			simulation->passed_to = value;
	}
	return true;
}

static bool is_arn(const char *text)
{
	int colons = 0;

	for (const char *c = text; *c; c++)
		colons += *c == ':';
	return !strncmp(text, "arn:", 4) && colons >= 5;
}

/* "*" alone is the same as none. */
static bool check_resources(struct simulation *simulation)
{
	json_t *resources = simulation->resources, *one;
	size_t index;

	if (json_array_size(resources) == 1 && json_array_has(resources, "*"))
		json_array_clear(resources);
	json_array_foreach(resources, index, one) {
		const char *text = json_string_value(one);

		if (!text || !is_arn(text) || strlen(text) > 2048)
			return REFUSE(simulation->call, "InvalidInput",
				      "ResourceNames are not in a valid ARN "
				      "format: %s.",
				      text ? text : "");
	}
	return true;
}

static void add_name(struct strbuf *out, const char *name)
{
	strbuf_addf(out, "%s%s", out->len ? "," : "", name);
}

static bool check_actions(struct simulation *simulation)
{
	CLEANUP(strbuf_release)
	struct strbuf known = STRBUF_INIT(REQUEST_BODY_MAX);
	CLEANUP(strbuf_release)
	struct strbuf others = STRBUF_INIT(REQUEST_BODY_MAX);
	size_t index;
	json_t *one;

	if (!json_array_size(simulation->actions))
		return REFUSE(simulation->call, "ValidationError",
			      "1 validation error detected: Value null at "
			      "'actionNames' failed to satisfy constraint: "
			      "Member must not be null");
	json_array_foreach(simulation->actions, index, one) {
		const char *text = json_string_value(one);

		if (!text || strlen(text) < 3 || strlen(text) > 128)
			return REFUSE(simulation->call, "ValidationError",
				      "1 validation error detected: Value at "
				      "'actionNames' failed to satisfy "
				      "constraint: Member must have length "
				      "between 3 and 128");
		if (!strchr(text, ':'))
			return REFUSE(simulation->call, "InvalidInput",
				      "The action %s is invalid since it is "
				      "missing names",
				      text);
		add_name(needs_knows(text) ? &known : &others, text);
	}
	if (!json_array_size(simulation->resources) || !known.len ||
	    !others.len)
		return true;
	return REFUSE(simulation->call, "InvalidInput",
		      "Invalid Input Actions: [%s] and [%s] require different "
		      "authorization information. Please refer to the "
		      "documentation for more details.",
		      known.buf, others.buf);
}

/* ---- whose policies ----------------------------------------------------- */

static bool missing(struct simulation *simulation, const char *sort)
{
	const char *name = strrchr(simulation->arn, '/') + 1;

	answer_error(simulation->call->answer, simulation->call->request, 404,
		     "NoSuchEntity", "The %s with name %s cannot be found.",
		     sort, name);
	return false;
}

static bool find_role(struct simulation *simulation)
{
	const char *name = strrchr(simulation->arn, '/') + 1;
	const struct role *role = account_role(simulation->call->account, name);

	/* the path is part of the ARN */
	if (!role ||
	    strcmp(json_text(role->state, "Arn"), simulation->arn) != 0)
		return missing(simulation, "role");
	simulation->policies = json_object_get(role->state, "policies");
	return true;
}

static bool find_user(struct simulation *simulation)
{
	const struct account *account = simulation->call->account;

	for (size_t i = 0; i < account->keys_len; i++)
		if (!strcmp(account->keys[i]->arn, simulation->arn)) {
			simulation->policies =
				access_policies(account, account->keys[i]);
			return true;
		}
	return missing(simulation, "user");
}

static bool find_principal(struct simulation *simulation)
{
	const char *arn =
		request_get(simulation->call->request, "PolicySourceArn");
	const char *entity = arn && !strncmp(arn, "arn:aws:iam::", 13)
				     ? strrchr(arn, ':') + 1
				     : "";

	if (!arn || strlen(arn) < 20 || strlen(arn) > 2048)
		return REFUSE(simulation->call, "ValidationError",
			      "1 validation error detected: Value at "
			      "'policySourceArn' failed to satisfy "
			      "constraint");
	simulation->arn = arn;
	if (!strncmp(entity, "role/", 5))
		return find_role(simulation);
	if (!strncmp(entity, "user/", 5))
		return find_user(simulation);
	if (!strncmp(entity, "group/", 6))
		return missing(simulation, "group");
	return REFUSE(simulation->call, "InvalidInput",
		      "Invalid Entity Arn: %s does not clearly define entity "
		      "type and name.",
		      arn);
}

static bool has_token(struct iam_call *call)
{
	if (!call->sim->throttle ||
	    throttle_take(&call->account->simulations, 25, 5))
		return true;
	return REFUSE(call, "Throttling", "Rate exceeded");
}

void iam_simulate(struct iam_call *call)
{
	CLEANUP(page_release) struct page page = { .after = NULL };
	CLEANUP(simulation_release)
	struct simulation simulation = {
		.call = call,
		.keys = json_array(),
		.form = ec2_form(call->request->parameters),
	};

	simulation.actions =
		ec2_texts(members_of(simulation.form, "ActionNames"));
	simulation.resources =
		ec2_texts(members_of(simulation.form, "ResourceArns"));
	if (!simulation.form) {
		(void)REFUSE(call, "ValidationError",
			     "Two parameters contradict each other");
		return;
	}
	if (!has_token(call) || !check_names(call, simulation.form) ||
	    !page_iam(call->request, call->sim->page_size, &page,
		      call->answer) ||
	    !check_resources(&simulation) || !check_actions(&simulation) ||
	    !read_context(&simulation) || !find_principal(&simulation))
		return;
	answer_begin(call->answer, call->request);
	simulation_add_results(&simulation, &page);
	answer_end(call->answer, call->request);
}
