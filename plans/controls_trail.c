/*
 * Controls of what would notice a change: trails of CloudTrail, and what AWS
 * Config records.
 */
#include <string.h>
#include <strings.h>

#include "core/limits.h"
#include "core/mem.h"
#include "plans/controls_rows.h"
#include "plans/trails.h"

#define TRAILS "trails"
#define RECORDERS "config_recorders"
#define RULES "config_rules"

static bool is_true(const json_t *object, const char *key)
{
	return json_is_true(json_object_get(object, key));
}

static json_t *text_member(const json_t *object, const char *key)
{
	json_t *value = json_object_get(object, key);

	return value ? json_incref(value) : json_null();
}

/* ---- trails ------------------------------------------------------------- */

static const char *name_of(const json_t *trail)
{
	const char *name = json_text(trail, "Name");

	return name ? name : "?";
}

/*
 * Does one of these trails log what is changed here, and deliver it? Else why
 * each does not, in *why. Where nobody could tell, the control is unread.
 */
static bool any_logs(struct judging *judging, const json_t *trails,
		     struct strbuf *why)
{
	bool unread = false;
	size_t i;
	json_t *trail;

	json_array_foreach(trails, i, trail) {
		CLEANUP(free_ptr) char *flaw = NULL;

		switch (trail_logs(trail, &flaw)) {
		case TRAIL_LOGS:
			return true;
		case TRAIL_UNREAD:
			unread = true;
			break;
		case TRAIL_DOES_NOT:
			strbuf_addf(why, "%s'%s' %s", why->len ? ", " : "",
				    name_of(trail), flaw);
			break;
		}
	}
	if (unread)
		judge_unread(judging);
	return unread;
}

static void judge_logs(struct judging *judging)
{
	const json_t *trails = judge_part(judging, TRAILS);
	CLEANUP(strbuf_release) struct strbuf why = STRBUF_INIT(LIMIT_MESSAGE);

	if (!trails || any_logs(judging, trails, &why))
		return;
	(void)judge_fail(judging, NULL, "a trail that logs and delivers",
			 "no trail records what is changed in %s%s%s",
			 judging->place->region, why.len ? ": " : "", why.buf);
}

static void judge_everywhere(struct judging *judging)
{
	const json_t *trails = judge_part(judging, TRAILS);
	CLEANUP(json_release) json_t *of_all = json_array();
	CLEANUP(strbuf_release) struct strbuf why = STRBUF_INIT(LIMIT_MESSAGE);
	size_t i;
	json_t *trail;

	/* benchmarks want what is read here too */
	json_array_foreach(trails, i, trail) {
		const char *events = json_text(trail, "management_events");

		if (!is_true(trail, "IsMultiRegionTrail"))
			continue;
		if (events && !strcmp(events, "WriteOnly"))
			strbuf_addf(&why, "%s'%s' has only what is written",
				    why.len ? ", " : "", name_of(trail));
		else
			json_array_append(of_all, trail);
	}
	if (!trails || any_logs(judging, of_all, &why))
		return;
	(void)judge_fail(judging, NULL, "a trail of all regions",
			 "no trail records what is changed in all regions%s%s",
			 why.len ? ": " : "", why.buf);
}

/*
 * A trail of all regions is seen from each: only the first target, by name,
 * speaks of it.
 */
static bool speaks_of(const struct judging *judging, const char *arn)
{
	const char *target;
	json_t *parts, *trail;
	size_t i;

	json_object_foreach((json_t *)(uintptr_t)judging->surroundings, target,
			    parts) {
		if (strcmp(target, judging->place->name) >= 0)
			continue;
		json_array_foreach(
			json_object_get(json_object_get(parts, TRAILS),
					"value"),
			i, trail) {
			const char *other = json_text(trail, "TrailARN");

			if (arn && other && !strcmp(arn, other))
				return false;
		}
	}
	return true;
}

/* Every trail has this, whether it logs or not. */
static void judge_each(struct judging *judging, const char *member,
		       bool (*holds)(const json_t *value), const char *expected,
		       const char *flaw)
{
	const json_t *trails = judge_part(judging, TRAILS);
	size_t judged = 0, i;
	json_t *trail;

	json_array_foreach(trails, i, trail) {
		if (!speaks_of(judging, json_text(trail, "TrailARN")))
			continue;
		judged++;
		if (!holds(json_object_get(trail, member)))
			failure_member(judge_fail(judging,
						  text_member(trail, member),
						  expected, "the trail '%s' %s",
						  name_of(trail), flaw),
				       name_of(trail));
	}
	if (trails && !judged)
		judge_not_applicable(judging);
}

static bool is_yes(const json_t *value)
{
	return json_is_true(value);
}

static bool is_text(const json_t *value)
{
	return json_string_length(value) > 0;
}

static void judge_validation(struct judging *judging)
{
	judge_each(judging, "LogFileValidationEnabled", is_yes, "true",
		   "does not sign its files");
}

static void judge_trail_key(struct judging *judging)
{
	judge_each(judging, "KmsKeyId", is_text, "a key",
		   "does not encrypt its files with a key of the account");
}

static void judge_trail_logs(struct judging *judging)
{
	judge_each(judging, TRAIL_LOG_GROUP, is_text, "a log group",
		   "does not deliver to CloudWatch Logs");
}

/* ---- AWS Config --------------------------------------------------------- */

static const char *const types[] = { "AWS::RDS::DBCluster",
				     "AWS::RDS::DBInstance" };

static bool records(const json_t *recorder, const char *type)
{
	const char *strategy = json_text(recorder, "recordingStrategy");

	if (is_true(recorder, "allSupported") ||
	    (strategy && !strcmp(strategy, "ALL_SUPPORTED_RESOURCE_TYPES")))
		return true;
	if (strategy && !strcmp(strategy, "EXCLUSION_BY_RESOURCE_TYPES"))
		return !json_array_has(json_object_get(recorder, "exclusions"),
				       type);
	return json_array_has(json_object_get(recorder, "resourceTypes"), type);
}

static void fail_recorder(struct judging *judging, const json_t *recorder,
			  const char *flaw)
{
	const char *name = json_text(recorder, "name");

	failure_member(judge_fail(judging,
				  json_incref((json_t *)(uintptr_t)recorder),
				  "a recorder that records both", "%s '%s' %s",
				  "the recorder", name ? name : "?", flaw),
		       name);
}

static void judge_recorder(struct judging *judging, const json_t *recorder)
{
	const json_t *recording = json_object_get(recorder, "recording");
	const char *last = json_text(recorder, "lastStatus");
	const char *error = json_text(recorder, "lastErrorCode");
	CLEANUP(strbuf_release) struct strbuf flaw = STRBUF_INIT(LIMIT_MESSAGE);

	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		if (!records(recorder, types[i]))
			strbuf_addf(&flaw, "%s%s",
				    flaw.len ? " or " : "does not record ",
				    types[i]);
	}
	if (json_is_false(recording))
		strbuf_addf(&flaw, "%sis stopped", flaw.len ? ", and " : "");
	else if (last && !strcasecmp(last, "FAILURE"))
		strbuf_addf(&flaw, "%scannot deliver (%s)",
			    flaw.len ? ", and " : "", error ? error : last);
	else if (!json_is_true(recording))
		judge_unread(judging);
	if (flaw.len)
		fail_recorder(judging, recorder, flaw.buf);
}

/* There is one for the account; services may have others of their own. */
static void judge_recorders(struct judging *judging)
{
	static const char of_service[] = "AWSConfigurationRecorderFor";
	const json_t *recorders = judge_part(judging, RECORDERS);
	size_t own = 0, i;
	json_t *recorder;

	json_array_foreach(recorders, i, recorder) {
		const char *name = json_text(recorder, "name");

		if (name && !strncmp(name, of_service, strlen(of_service)))
			continue;
		own++;
		judge_recorder(judging, recorder);
	}
	if (recorders && !own)
		(void)judge_fail(judging, NULL, "a recorder that records both",
				 "AWS Config records nothing in %s",
				 judging->place->region);
}

static void judge_rules(struct judging *judging)
{
	const json_t *rules = judge_part(judging, RULES);
	const char *name;
	json_t *rule;

	if (rules && !json_object_size(rules))
		judge_not_applicable(judging);
	json_object_foreach((json_t *)(uintptr_t)rules, name, rule) {
		const char *compliance = json_text(rule, "compliance");

		if (compliance && !strcmp(compliance, "NON_COMPLIANT"))
			failure_member(
				judge_fail(judging, json_string(compliance),
					   "COMPLIANT",
					   "AWS Config's rule '%s' is not kept",
					   name),
				name);
	}
}

/* ---- rows --------------------------------------------------------------- */

static const struct control rows[] = {
	{
		.id = "config-records-databases",
		.title = "AWS Config records clusters and instances",
		.why = "Nobody can tell how a cluster was set last month, and "
		       "rules of AWS Config judge nothing.",
		.severity = SEVERITY_MEDIUM,
		.subject = SUBJECT_REGION,
		.references = { CONTROL_CIS_AWS_3("3.5", "3.3", "3.3", "4.3"),
				"FSBP Config.1",
				"Prowler config_recorder_all_regions_enabled" },
		.parts = { RECORDERS },
		.judge = judge_recorders,
		.fix = FIX_DECISION,
		.fix_text = "let a recorder with a role and a delivery channel "
			    "record AWS::RDS::DBCluster and "
			    "AWS::RDS::DBInstance; each change that it records "
			    "costs money",
	},
	{
		.id = "config-rules-kept",
		.title = "The rules of AWS Config on RDS are kept",
		.why = "Somebody once thought that this has to hold.",
		.severity = SEVERITY_LOW,
		.subject = SUBJECT_REGION,
		.parts = { RULES },
		.judge = judge_rules,
		.fix = FIX_DECISION,
		.fix_text = "see in AWS Config which resources break the rule, "
			    "and set those right, or take the rule away",
	},
	{
		.id = "trail-all-regions",
		.title = "A trail records all regions",
		.why = "What is done in a region that nobody uses is seen by "
		       "nobody.",
		.severity = SEVERITY_MEDIUM,
		.subject = SUBJECT_REGION,
		.references = { CONTROL_CIS_AWS("3.1", "3.1", "4.1"),
				"FSBP CloudTrail.1",
				"Config multi-region-cloudtrail-enabled" },
		.parts = { TRAILS },
		.judge = judge_everywhere,
		.fix = FIX_DECISION,
		.fix_text = "let one trail be of all regions; the first that "
			    "records management events costs nothing but the "
			    "bucket",
	},
	{
		.id = "trail-encrypted",
		.title = "Trails are encrypted with a key of the account",
		.why = "Whoever reads the bucket reads who does what, and how.",
		.severity = SEVERITY_MEDIUM,
		.subject = SUBJECT_REGION,
		.references = { CONTROL_CIS_AWS_3("3.7", "3.5", "3.5", "4.5"),
				"FSBP CloudTrail.2",
				"Config cloud-trail-encryption-enabled",
				"Prowler cloudtrail_kms_encryption_enabled" },
		.parts = { TRAILS },
		.judge = judge_trail_key,
		.fix = FIX_DECISION,
		.fix_text = "choose a key whose policy lets CloudTrail use it, "
			    "and set it on the trail",
	},
	{
		.id = "trail-logs",
		.title = "A trail records what is changed, and delivers it",
		.why = "After 90 days nobody can tell who changed what, and "
		       "nothing can be proven.",
		.severity = SEVERITY_HIGH,
		.subject = SUBJECT_REGION,
		.references = { "CIS-Aurora-2.0.0 2.5",
				"Prowler cloudtrail_multi_region_enabled" },
		.parts = { TRAILS },
		.judge = judge_logs,
		.fix = FIX_DECISION,
		.fix_text = "choose a bucket that nobody can empty, and create "
			    "or start a trail of management events that "
			    "delivers to it",
	},
	{
		.id = "trail-to-log-group",
		.title = "Trails deliver to CloudWatch Logs",
		.why = "Without that no alarm can go off on what a trail "
		       "sees.",
		.severity = SEVERITY_LOW,
		.subject = SUBJECT_REGION,
		.references = { "CIS-AWS-1.5.0 3.4", "CIS-AWS-2.0.0 3.4",
				"FSBP CloudTrail.5",
				"Config cloud-trail-cloud-watch-logs-enabled",
				/* one name */
				("Prowler cloudtrail_cloudwatch_logging_"
				 "enabled") },
		.parts = { TRAILS },
		.judge = judge_trail_logs,
		.fix = FIX_DECISION,
		.fix_text = "give the trail a log group and a role that may "
			    "write to it; what is written there costs money",
	},
	{
		.id = "trail-validated",
		.title = "Trails sign what they deliver",
		.why = "Nobody can show that a file of the trail is as it was "
		       "delivered.",
		.severity = SEVERITY_LOW,
		.subject = SUBJECT_REGION,
		.references = { CONTROL_CIS_AWS("3.2", "3.2", "4.2"),
				"FSBP CloudTrail.4",
				"Config cloud-trail-log-file-validation-"
				"enabled",
				"Prowler cloudtrail_log_file_validation_"
				"enabled" },
		.parts = { TRAILS },
		.judge = judge_validation,
		.fix = FIX_DECISION,
		.fix_text = "turn log file validation of the trail on; it "
			    "costs nothing",
	},
};

const struct control_table trail_controls = { rows, ARRAY_SIZE(rows) };
