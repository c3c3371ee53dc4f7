/* EventBridge: rules and their targets. Nothing is delivered. */
#include <string.h>

#include "core/mem.h"
#include "tests/sim/defaults.h"
#include "tests/sim/json_call.h"
#include "tests/sim/paging.h"
#include "tests/sim/sections.h"

#define TARGET "AWSEvents"
#define MOST 100 /* on a page */
#define BUS "default"
#define TARGETS "targets"

/* ---- the fleet ---------------------------------------------------------- */

void event_rule_defaults(const struct place *place, json_t *rule)
{
	CLEANUP(free_ptr)
	char *arn = xasprintf("arn:aws:events:%s:%s:rule/%s", place->region,
			      place->account->id, json_text(rule, "Name"));

	json_default(rule, "Arn", json_string(arn));
	json_default(rule, "State", json_string("ENABLED"));
	json_default(rule, "EventBusName", json_string(BUS));
	json_default(rule, TARGETS, json_array());
}

/* ---- the actions -------------------------------------------------------- */

static bool read_page(struct json_call *call, struct page *page)
{
	const json_t *limit =
		json_object_get(call->request->parameters, "Limit");

	page->size = limit ? (long)json_integer_value(limit) : MOST;
	if (page->size < 1 || page->size > MOST) {
		answer_error(call->answer, call->request, 400,
			     "ValidationException",
			     "1 validation error detected: Value at 'limit' "
			     "failed to satisfy constraint: Member must have "
			     "value between 1 and %d",
			     MOST);
		return false;
	}
	if (call->sim->page_size > 0 && page->size > call->sim->page_size)
		page->size = call->sim->page_size;
	return page_token(call->request, "NextToken", "ValidationException",
			  page, call->answer);
}

static bool on_bus(const struct request *request, const json_t *rule)
{
	const char *bus = request_get(request, "EventBusName");

	return !strcmp(bus ? bus : BUS, json_text(rule, "EventBusName"));
}

static void list_rules(struct json_call *call)
{
	const char *prefix = request_get(call->request, "NamePrefix");
	CLEANUP(page_release) struct page page = { .after = NULL };
	CLEANUP(json_release)
	json_t *sorted = sorted_by(section(call->place, "event_rules"), "Name");
	CLEANUP(free_ptr) char *token = NULL;
	const char *last = NULL;
	json_t *list, *rule;
	size_t i;

	if (!read_page(call, &page))
		return;
	list = json_array();
	json_array_foreach(sorted, i, rule) {
		const char *name = json_text(rule, "Name");
		json_t *shown;

		if ((page.after && strcmp(name, page.after) <= 0) ||
		    (prefix && strncmp(name, prefix, strlen(prefix)) != 0) ||
		    !on_bus(call->request, rule))
			continue;
		if (json_array_size(list) == (size_t)page.size) {
			token = page_marker(call->request, last);
			break;
		}
		shown = json_copy(rule);
		json_object_del(shown, TARGETS);
		json_array_append_new(list, shown);
		last = name;
	}
	answer_object(call->answer,
		      json_pack("{so ss*}", "Rules", list, "NextToken", token));
}

static void list_targets(struct json_call *call)
{
	const char *name = request_get(call->request, "Rule");
	const json_t *rule =
		json_find(section(call->place, "event_rules"), "Name", name);
	CLEANUP(page_release) struct page page = { .after = NULL };

	if (!rule || !on_bus(call->request, rule))
		answer_error(call->answer, call->request, 400,
			     "ResourceNotFoundException",
			     "Rule %s does not exist on EventBus %s.", name,
			     BUS);
	else if (read_page(call, &page)) /* a rule has five targets at most */
		answer_object(call->answer,
			      json_pack("{sO}", "Targets",
					json_object_get(rule, TARGETS)));
}

static const struct json_member in_rules[] = {
	{ "NamePrefix", JSON_STRING, false },
	{ "EventBusName", JSON_STRING, false },
	{ "NextToken", JSON_STRING, false },
	{ "Limit", JSON_INTEGER, false },
};
static const struct json_member in_targets[] = {
	{ "Rule", JSON_STRING, true },
	{ "EventBusName", JSON_STRING, false },
	{ "NextToken", JSON_STRING, false },
	{ "Limit", JSON_INTEGER, false },
};

static const struct json_action actions[] = {
	{ "ListRules", list_rules, JSON_MEMBERS(in_rules) },
	{ "ListTargetsByRule", list_targets, JSON_MEMBERS(in_targets) },
};

void events_serve(struct sim *sim, struct request *request,
		  const struct effect *effect, struct answer *answer)
{
	struct json_call call = { .sim = sim,
				  .request = request,
				  .answer = answer,
				  .effect = effect };

	json_serve(&call, TARGET, actions, ARRAY_SIZE(actions),
		   "ValidationException");
}
