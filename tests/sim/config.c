/* AWS Config: recorders, rules, and whether the rules are kept. */
#include <string.h>

#include "core/mem.h"
#include "tests/sim/defaults.h"
#include "tests/sim/json_call.h"
#include "tests/sim/paging.h"
#include "tests/sim/sections.h"

#define TARGET "StarlingDoveService"
#define RULES_MOST 25 /* names in a request, and rules on a page */

/* ---- the fleet ---------------------------------------------------------- */

void config_recorder_defaults(const struct place *place, json_t *recorder)
{
	CLEANUP(free_ptr)
	char *role = xasprintf("arn:aws:iam::%s:role/aws-service-role/"
			       "config.amazonaws.com/AWSServiceRoleForConfig",
			       place->account->id);
	CLEANUP(free_ptr)
	char *arn = xasprintf("arn:aws:config:%s:%s:configuration-recorder/%s",
			      place->region, place->account->id,
			      json_text(recorder, "name"));

	json_default(recorder, "arn", json_string(arn));
	json_default(recorder, "roleARN", json_string(role));
	json_default(recorder, "recordingGroup",
		     json_pack("{sb sb s[] s{ss}}", "allSupported", 1,
			       "includeGlobalResourceTypes", 0, "resourceTypes",
			       "recordingStrategy", "useOnly",
			       "ALL_SUPPORTED_RESOURCE_TYPES"));
	json_default(recorder, "recordingMode",
		     json_pack("{ss}", "recordingFrequency", "CONTINUOUS"));
	json_default(recorder, "recordingScope", json_string("PAID"));
	json_default(recorder, "status", json_object());
	json_t *status = json_object_get(recorder, "status");
	json_default(status, "recording", json_true());
	json_default(status, "lastStatus", json_string("SUCCESS"));
	json_default(status, "lastStartTime", json_integer(1767225600));
	json_default(status, "lastStatusChangeTime", json_integer(1767225600));
}

void config_recorders_complete(struct place *place, json_t *list, bool absent)
{
	if (!absent)
		return;
	json_array_append_new(list, json_pack("{ss}", "name", "default"));
	config_recorder_defaults(place, json_array_get(list, 0));
}

void config_rule_defaults(const struct place *place, json_t *rule)
{
	const char *name = json_text(rule, "ConfigRuleName");
	CLEANUP(free_ptr) char *id = derived_id("config-rule-", name, 6);
	CLEANUP(free_ptr)
	char *arn = xasprintf("arn:aws:config:%s:%s:config-rule/%s",
			      place->region, place->account->id, id);

	json_default(rule, "ConfigRuleArn", json_string(arn));
	json_default(rule, "ConfigRuleId", json_string(id));
	json_default(rule, "ConfigRuleState", json_string("ACTIVE"));
	json_default(rule, "Source",
		     json_pack("{ss ss}", "Owner", "AWS", "SourceIdentifier",
			       "RDS_STORAGE_ENCRYPTED"));
	json_default(rule, "EvaluationModes",
		     json_pack("[{ss}]", "Mode", "DETECTIVE"));
	json_default(rule, "compliance", json_string("COMPLIANT"));
}

/* ---- the actions -------------------------------------------------------- */

/* Every name that is asked for must be there; else answer refuses. */
static bool all_there(struct json_call *call, const json_t *names,
		      const json_t *list, const char *id, const char *code)
{
	size_t i;
	json_t *name;

	json_array_foreach(names, i, name) {
		const char *text = json_string_value(name);
		if (text && json_find(list, id, text))
			continue;
		answer_error(call->answer, call->request, 400, code,
			     "Cannot find '%s' in this account and region.",
			     text ? text : "");
		return false;
	}
	return true;
}

static json_t *asked_recorders(struct json_call *call)
{
	const json_t *names = json_object_get(call->request->parameters,
					      "ConfigurationRecorderNames");
	json_t *list = section(call->place, "config_recorders");
	json_t *asked, *recorder;
	size_t i;

	if (!all_there(call, names, list, "name",
		       "NoSuchConfigurationRecorderException"))
		return NULL;
	asked = json_array();
	json_array_foreach(list, i, recorder)
		if (!json_array_size(names) ||
		    json_array_has(names, json_text(recorder, "name")))
			json_array_append(asked, recorder);
	return asked;
}

static void describe_recorders(struct json_call *call)
{
	CLEANUP(json_release) json_t *asked = asked_recorders(call);
	json_t *list, *recorder;
	size_t i;

	if (!asked)
		return;
	list = json_array();
	json_array_foreach(asked, i, recorder) {
		json_t *shown = json_copy(recorder);
		json_object_del(shown, "status");
		json_array_append_new(list, shown);
	}
	answer_object(call->answer,
		      json_pack("{so}", "ConfigurationRecorders", list));
}

static void recorder_status(struct json_call *call)
{
	CLEANUP(json_release) json_t *asked = asked_recorders(call);
	json_t *list, *recorder;
	size_t i;

	if (!asked)
		return;
	list = json_array();
	json_array_foreach(asked, i, recorder) {
		json_t *shown = json_copy(json_object_get(recorder, "status"));
		json_object_set(shown, "name",
				json_object_get(recorder, "name"));
		json_object_set(shown, "arn", json_object_get(recorder, "arn"));
		json_array_append_new(list, shown);
	}
	answer_object(call->answer,
		      json_pack("{so}", "ConfigurationRecordersStatus", list));
}

static json_t *show_rule(const json_t *rule)
{
	json_t *shown = json_copy((json_t *)(uintptr_t)rule);

	json_object_del(shown, "compliance");
	return shown;
}

static json_t *show_compliance(const json_t *rule)
{
	const char *type = json_text(rule, "compliance");
	bool counted = !strcmp(type, "NON_COMPLIANT");
	json_t *compliance = json_pack("{ss}", "ComplianceType", type);

	if (counted)
		json_object_set_new(compliance, "ComplianceContributorCount",
				    json_pack("{si sb}", "CappedCount", 1,
					      "CapExceeded", 0));
	return json_pack("{sO so}", "ConfigRuleName",
			 json_object_get(rule, "ConfigRuleName"), "Compliance",
			 compliance);
}

static bool has_type(const json_t *types, const json_t *rule)
{
	return !json_array_size(types) ||
	       json_array_has(types, json_text(rule, "compliance"));
}

/* A page of the rules, each shown as show does. */
static void list_rules(struct json_call *call, const char *member,
		       json_t *(*show)(const json_t *rule))
{
	const json_t *parameters = call->request->parameters;
	const json_t *names = json_object_get(parameters, "ConfigRuleNames");
	const json_t *types = json_object_get(parameters, "ComplianceTypes");
	CLEANUP(page_release) struct page page = { .size = RULES_MOST };
	const json_t *rules = section(call->place, "config_rules");
	CLEANUP(json_release) json_t *sorted = NULL;
	CLEANUP(free_ptr) char *marker = NULL;
	json_t *list, *rule;
	size_t i;

	if (json_array_size(names) > RULES_MOST) {
		answer_error(call->answer, call->request, 400,
			     "InvalidParameterValueException",
			     "At most %d rules can be named.", RULES_MOST);
		return;
	}
	if (!all_there(call, names, rules, "ConfigRuleName",
		       "NoSuchConfigRuleException") ||
	    !page_token(call->request, "NextToken", "InvalidNextTokenException",
			&page, call->answer))
		return;
	if (call->sim->page_size > 0 && call->sim->page_size < page.size)
		page.size = call->sim->page_size;
	sorted = sorted_by(rules, "ConfigRuleName");
	list = json_array();
	json_array_foreach(sorted, i, rule) {
		const char *name = json_text(rule, "ConfigRuleName");
		if ((page.after && strcmp(name, page.after) <= 0) ||
		    (json_array_size(names) && !json_array_has(names, name)) ||
		    !has_type(types, rule))
			continue;
		if (json_array_size(list) == (size_t)page.size) {
			marker = page_marker(
				call->request,
				json_text(json_array_get(list,
							 json_array_size(list) -
								 1),
					  "ConfigRuleName"));
			break;
		}
		json_array_append_new(list, show(rule));
	}
	answer_object(call->answer,
		      json_pack("{so ss*}", member, list, "NextToken", marker));
}

static void describe_rules(struct json_call *call)
{
	list_rules(call, "ConfigRules", show_rule);
}

static void compliance_by_rule(struct json_call *call)
{
	list_rules(call, "ComplianceByConfigRules", show_compliance);
}

static const struct json_member in_recorders[] = {
	{ "ConfigurationRecorderNames", JSON_ARRAY, false },
};
static const struct json_member in_rules[] = {
	{ "ConfigRuleNames", JSON_ARRAY, false },
	{ "NextToken", JSON_STRING, false },
};
static const struct json_member in_compliance[] = {
	{ "ConfigRuleNames", JSON_ARRAY, false },
	{ "ComplianceTypes", JSON_ARRAY, false },
	{ "NextToken", JSON_STRING, false },
};

static const struct json_action actions[] = {
	{ "DescribeComplianceByConfigRule", compliance_by_rule,
	  JSON_MEMBERS(in_compliance) },
	{ "DescribeConfigRules", describe_rules, JSON_MEMBERS(in_rules) },
	{ "DescribeConfigurationRecorderStatus", recorder_status,
	  JSON_MEMBERS(in_recorders) },
	{ "DescribeConfigurationRecorders", describe_recorders,
	  JSON_MEMBERS(in_recorders) },
};

void config_serve(struct sim *sim, struct request *request,
		  const struct effect *effect, struct answer *answer)
{
	struct json_call call = { .sim = sim,
				  .request = request,
				  .answer = answer,
				  .effect = effect };

	json_serve(&call, TARGET, actions, ARRAY_SIZE(actions),
		   "InvalidParameterValueException");
}
