/*
 * CloudWatch's alarms. The service speaks the query protocol, as it always did,
 * and JSON 1.0, which today's AWS CLI and SDKs choose.
 */
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/mem.h"
#include "tests/sim/defaults.h"
#include "tests/sim/json_call.h"
#include "tests/sim/paging.h"
#include "tests/sim/request.h"
#include "tests/sim/sections.h"
#include "tests/sim/xml.h"

#define VERSION "2010-08-01"
#define TARGET "GraniteServiceVersion20100801"
#define MOST 100 /* alarms on a page */
#define SINCE "2026-01-01T00:00:00Z"

/* ---- the fleet ---------------------------------------------------------- */

void alarm_defaults(const struct place *place, json_t *alarm)
{
	CLEANUP(free_ptr)
	char *arn =
		xasprintf("arn:aws:cloudwatch:%s:%s:alarm:%s", place->region,
			  place->account->id, json_text(alarm, "AlarmName"));
	static const char *const lists[] = { "AlarmActions", "OKActions",
					     "InsufficientDataActions",
					     "Dimensions" };

	json_default(alarm, "AlarmArn", json_string(arn));
	json_default(alarm, "ActionsEnabled", json_true());
	json_default(alarm, "StateValue", json_string("OK"));
	json_default(alarm, "StateReason", json_string("Unchecked"));
	json_default(alarm, "StateUpdatedTimestamp", json_string(SINCE));
	json_default(alarm, "AlarmConfigurationUpdatedTimestamp",
		     json_string(SINCE));
	json_default(alarm, "EvaluationPeriods", json_integer(1));
	json_default(alarm, "ComparisonOperator",
		     json_string("GreaterThanOrEqualToThreshold"));
	json_default(alarm, "Threshold", json_string("1.0"));
	for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
		json_default(alarm, lists[i], json_array());
	if (json_object_get(alarm, "Metrics"))
		return;
	json_default(alarm, "Namespace", json_string("AWS/RDS"));
	json_default(alarm, "MetricName", json_string("CPUUtilization"));
	json_default(alarm, "Statistic", json_string("Sum"));
	json_default(alarm, "Period", json_integer(300));
}

/* ---- what is asked for -------------------------------------------------- */

/* A list as either protocol has it. A new reference. */
static json_t *texts_of(const struct request *request, const char *name)
{
	json_t *texts = json_array(), *list;

	list = json_object_get(request->parameters, name);
	if (list) {
		json_array_extend(texts, list);
		return texts;
	}
	for (int n = 1;; n++) {
		CLEANUP(free_ptr)
		char *key = xasprintf("%s.member.%d", name, n);
		json_t *text = json_object_get(request->parameters, key);

		if (!text)
			return texts;
		json_array_append(texts, text);
	}
}

static bool is_known(const char *parameter)
{
	static const char *const names[] = { "ActionPrefix", "AlarmNamePrefix",
					     "AlarmNames",   "AlarmTypes",
					     "MaxRecords",   "NextToken",
					     "StateValue" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const size_t len = strlen(names[i]);
		if (!strncmp(names[i], parameter, len) &&
		    (!parameter[len] ||
		     !strncmp(parameter + len, ".member.", 8)))
			return true;
	}
	return false;
}

struct query {
	json_t *names, *types;
	const char *prefix, *state, *action;
	struct page page;
};

static void query_release(struct query *query)
{
	json_decref(query->names);
	json_decref(query->types);
	page_release(&query->page);
}

static bool refuse(struct json_call *call, const char *code, const char *what,
		   const char *value)
{
	answer_error(call->answer, call->request, 400, code, "%s: %s", what,
		     value);
	return false;
}

static bool read_size(struct json_call *call, struct query *query)
{
	const json_t *most =
		json_object_get(call->request->parameters, "MaxRecords");

	query->page.size = MOST;
	if (json_is_string(most))
		query->page.size = strtol(json_string_value(most), NULL, 10);
	else if (most)
		query->page.size = (long)json_integer_value(most);
	if (query->page.size < 1 || query->page.size > MOST)
		return refuse(call, "ValidationError",
			      "Value is not between 1 and 100", "MaxRecords");
	if (call->sim->page_size > 0 && query->page.size > call->sim->page_size)
		query->page.size = call->sim->page_size;
	return page_token(call->request, "NextToken", "InvalidNextToken",
			  &query->page, call->answer);
}

static bool read_query(struct json_call *call, struct query *query)
{
	const struct request *request = call->request;
	const char *key;
	json_t *value;

	json_object_foreach(request->parameters, key, value)
		if (!is_known(key))
			return refuse(call, "ValidationError",
				      "Unknown parameter", key);
	*query = (struct query){
		.names = texts_of(request, "AlarmNames"),
		.types = texts_of(request, "AlarmTypes"),
		.prefix = request_get(request, "AlarmNamePrefix"),
		.state = request_get(request, "StateValue"),
		.action = request_get(request, "ActionPrefix"),
	};
	if (json_array_size(query->names) && query->prefix)
		return refuse(call, "ValidationError",
			      "AlarmNames and AlarmNamePrefix exclude each "
			      "other",
			      query->prefix);
	return read_size(call, query);
}

static bool begins(const char *text, const char *prefix)
{
	return !prefix || !strncmp(text, prefix, strlen(prefix));
}

static bool has_action(const json_t *alarm, const char *prefix)
{
	size_t i;
	json_t *action;

	json_array_foreach(json_object_get(alarm, "AlarmActions"), i, action)
		if (begins(json_string_value(action), prefix))
			return true;
	return !prefix;
}

static bool wanted(const struct query *query, const json_t *alarm)
{
	const char *name = json_text(alarm, "AlarmName");

	return (!query->page.after || strcmp(name, query->page.after) > 0) &&
	       (!json_array_size(query->names) ||
		json_array_has(query->names, name)) &&
	       begins(name, query->prefix) &&
	       (!query->state ||
		!strcmp(query->state, json_text(alarm, "StateValue"))) &&
	       has_action(alarm, query->action);
}

/* A page of them, and what comes after it (or NULL). A new reference. */
static json_t *find_alarms(struct json_call *call, const struct query *query,
			   char **ret_token)
{
	json_t *found = json_array(), *alarm;
	CLEANUP(json_release)
	json_t *sorted = sorted_by(section(call->place, "alarms"), "AlarmName");
	const char *last = NULL;
	size_t i;

	*ret_token = NULL;
	/* composite alarms there are none */
	if (json_array_size(query->types) &&
	    !json_array_has(query->types, "MetricAlarm"))
		return found;
	json_array_foreach(sorted, i, alarm) {
		if (!wanted(query, alarm))
			continue;
		if (json_array_size(found) == (size_t)query->page.size) {
			*ret_token = page_marker(call->request, last);
			break;
		}
		json_array_append(found, alarm);
		last = json_text(alarm, "AlarmName");
	}
	return found;
}

/* ---- in JSON ------------------------------------------------------------ */

/* Times and numbers, which a fleet file has as text. */
static json_t *typed(const json_t *alarm)
{
	static const char *const times[] = {
		"AlarmConfigurationUpdatedTimestamp", "StateUpdatedTimestamp"
	};
	json_t *shown = json_copy((json_t *)(uintptr_t)alarm);
	const char *threshold = json_text(shown, "Threshold");

	for (size_t i = 0; i < ARRAY_SIZE(times); i++) {
		CLEANUP(error_release) struct error err = ERROR_INIT;
		const char *text = json_text(shown, times[i]);
		int64_t when = 0;

		if (text && !clock_parse(text, &when, &err))
			json_object_set_new(shown, times[i],
					    json_integer(when));
	}
	if (threshold)
		json_object_set_new(shown, "Threshold",
				    json_real(strtod(threshold, NULL)));
	return shown;
}

static void answer_json(struct json_call *call, const json_t *found,
			const char *token)
{
	json_t *alarms = json_array(), *alarm, *object;
	size_t i;

	json_array_foreach(found, i, alarm)
		json_array_append_new(alarms, typed(alarm));
	object = json_pack("{so s[] ss*}", "MetricAlarms", alarms,
			   "CompositeAlarms", "NextToken", token);
	/* reals: not canonical */
	char *text = json_dumps(object, JSON_COMPACT);
	strbuf_clear(&call->answer->body);
	strbuf_adds(&call->answer->body, text);
	free(text);
	json_decref(object);
}

/* ---- in XML ------------------------------------------------------------- */

static void answer_xml(struct json_call *call, const json_t *found,
		       const char *token)
{
	struct strbuf *out = &call->answer->body;

	answer_begin(call->answer, call->request);
	xml_value(out, "MetricAlarms", found);
	strbuf_adds(out, "<CompositeAlarms/>\n");
	if (token)
		xml_text(out, "NextToken", token);
	answer_end(call->answer, call->request);
}

/* ---- the dispatch ------------------------------------------------------- */

static void describe_alarms(struct json_call *call)
{
	CLEANUP(query_release) struct query query = { .names = NULL };
	CLEANUP(json_release) json_t *found = NULL;
	CLEANUP(free_ptr) char *token = NULL;

	if (!read_query(call, &query))
		return;
	found = find_alarms(call, &query, &token);
	if (call->request->json)
		answer_json(call, found, token);
	else
		answer_xml(call, found, token);
}

void monitoring_serve(struct sim *sim, struct request *request,
		      const struct effect *effect, struct answer *answer)
{
	struct json_call call = { .sim = sim,
				  .request = request,
				  .answer = answer,
				  .effect = effect };

	if (request->json) {
		answer->content_type = "application/x-amz-json-1.0";
		answer->query_error = true;
	}
	call.place = account_place(request->account, request->region);
	if (!call.place) /* a region where nothing is */
		call.place =
			account_add_place(request->account, request->region);
	if (!strcmp(request->action, "DescribeAlarms") &&
	    !strcmp(request->version, request->json ? TARGET : VERSION))
		describe_alarms(&call);
	else
		answer_error(answer, request, 400, "InvalidAction",
			     "Could not find operation %s for version %s",
			     request->action, request->version);
}
