/* AWS Config: what it records, and what its rules on RDS say. */
#include <string.h>

#include "core/compiler.h"
#include "plans/surroundings_private.h"

#define CONFIG "config"
#define RULE_NAMES_MAX 25 /* of one DescribeComplianceByConfigRule */

/* ---- recorders ---------------------------------------------------------- */

static void add_statuses(struct part *part, json_t *subject,
			 const json_t *statuses)
{
	static const char *const keys[] = { "recording", "lastStatus",
					    "lastErrorCode" };
	size_t i, k;
	json_t *status, *recorder;

	(void)subject;
	json_array_foreach(statuses, i, status) {
		const char *name = json_text(status, "name");

		json_array_foreach(part->value, k, recorder) {
			const char *own = json_text(recorder, "name");
			CLEANUP(json_release) json_t *said = NULL;

			if (!own || !name || strcmp(own, name) != 0)
				continue;
			said = part_members(status, keys, ARRAY_SIZE(keys));
			json_object_update(recorder, said);
		}
	}
}

static const struct part_listing statuses_listing = {
	.service = CONFIG,
	.action = "DescribeConfigurationRecorderStatus",
	.items = "ConfigurationRecordersStatus",
	.whole = add_statuses,
};

static json_t *recorder_of(const json_t *answered)
{
	const json_t *group = json_object_get(answered, "recordingGroup");
	const json_t *excluded =
		json_object_get(group, "exclusionByResourceTypes");
	const json_t *strategy = json_object_get(group, "recordingStrategy");

	return json_pack("{so so so so so so so so}", "name",
			 part_member(answered, "name"), "allSupported",
			 part_member(group, "allSupported"), "resourceTypes",
			 part_texts(group, "resourceTypes"),
			 "recordingStrategy", part_member(strategy, "useOnly"),
			 "exclusions", part_texts(excluded, "resourceTypes"),
			 /* until its status is known */
			 "recording", json_null(), "lastStatus", json_null(),
			 "lastErrorCode", json_null());
}

static void add_recorders(struct part *part, json_t *subject,
			  const json_t *recorders)
{
	size_t i;
	json_t *recorder;

	(void)subject;
	part->value = json_array();
	json_array_foreach(recorders, i, recorder)
		json_array_append_new(part->value, recorder_of(recorder));
	part_sort(part->value, "name");
	if (json_array_size(part->value))
		part_list(part, &statuses_listing, NULL, NULL);
}

static const struct part_listing recorders_listing = {
	.service = CONFIG,
	.action = "DescribeConfigurationRecorders",
	.items = "ConfigurationRecorders",
	.whole = add_recorders,
};

void config_recorders_start(struct part *part)
{
	part_list(part, &recorders_listing, NULL, NULL);
}

/* ---- rules -------------------------------------------------------------- */

static void add_compliance(struct part *part, json_t *subject,
			   const json_t *results)
{
	size_t i;
	json_t *result;

	(void)subject;
	json_array_foreach(results, i, result) {
		const char *name = json_text(result, "ConfigRuleName");
		const json_t *compliance =
			json_object_get(result, "Compliance");
		json_t *rule = name ? json_object_get(part->value, name) : NULL;

		if (rule)
			json_object_set_new(
				rule, "compliance",
				part_member(compliance, "ComplianceType"));
	}
}

static const struct part_listing compliance_listing = {
	.service = CONFIG,
	.action = "DescribeComplianceByConfigRule",
	.token = "NextToken",
	.items = "ComplianceByConfigRules",
	.whole = add_compliance,
};

/* Does the rule look at RDS? Its scope says so, or which rule of AWS it is. */
static bool is_of_rds(const json_t *rule)
{
	static const char *const words[] = { "RDS_", "AURORA_",
					     "DB_INSTANCE_BACKUP" };
	const char *which =
		json_text(json_object_get(rule, "Source"), "SourceIdentifier");
	CLEANUP(json_release)
	json_t *types = part_texts(json_object_get(rule, "Scope"),
				   "ComplianceResourceTypes");
	size_t i;
	json_t *type;

	json_array_foreach(types, i, type)
		if (!strncmp(json_string_value(type), "AWS::RDS::", 10))
			return true;
	for (i = 0; which && i < ARRAY_SIZE(words); i++)
		if (strstr(which, words[i]))
			return true;
	return false;
}

static void ask_compliance(struct part *part)
{
	json_t *names = json_array();
	const char *name;
	json_t *rule;

	json_object_foreach(part->value, name, rule) {
		json_array_append_new(names, json_from_text(name));
		if (json_array_size(names) < RULE_NAMES_MAX)
			continue;
		CLEANUP(json_release)
		json_t *full = json_pack("{so}", "ConfigRuleNames", names);
		part_list(part, &compliance_listing, full, NULL);
		names = json_array();
	}
	CLEANUP(json_release)
	json_t *rest = json_pack("{so}", "ConfigRuleNames", names);
	if (json_array_size(names))
		part_list(part, &compliance_listing, rest, NULL);
}

static void add_rules(struct part *part, json_t *subject, const json_t *rules)
{
	size_t i;
	json_t *rule;

	(void)subject;
	part->value = json_object();
	json_array_foreach(rules, i, rule) {
		const char *name = json_text(rule, "ConfigRuleName");
		const json_t *source = json_object_get(rule, "Source");
		const json_t *scope = json_object_get(rule, "Scope");

		if (!name || !is_of_rds(rule))
			continue;
		json_object_set_new(
			part->value, name,
			json_pack(
				"{so so so so}", "state",
				part_member(rule, "ConfigRuleState"),
				"compliance", json_null(), "sourceIdentifier",
				part_member(source, "SourceIdentifier"),
				"resourceTypes",
				part_texts(scope, "ComplianceResourceTypes")));
	}
	ask_compliance(part);
}

static const struct part_listing rules_listing = {
	.service = CONFIG,
	.action = "DescribeConfigRules",
	.token = "NextToken",
	.items = "ConfigRules",
	.whole = add_rules,
};

void config_rules_start(struct part *part)
{
	part_list(part, &rules_listing, NULL, NULL);
}
