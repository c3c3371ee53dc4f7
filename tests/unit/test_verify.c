/* Judging proofs, which reads nothing but the document. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/compiler.h"
#include "core/json.h"
#include "core/mem.h"
#include "plans/verify.h"
#include "plans/verify_parts.h"

/* ---- a proof that is proven --------------------------------------------- */

static const char proven[] =
	"{'format': 'aback-proof/1', 'change': 'C1', 'waited_s': 3,"
	" 'record': {'change': 'C1', 'started_at': '2026-11-24T02:00:00Z',"
	"  'finished_at': '2026-11-24T02:01:00Z', 'state': 'done', 'files': [],"
	"  'settings': [{'target': 'prod', 'address': 'cluster/orders',"
	"   'setting': 'backup_retention_period', 'unit': 'days', 'before': 7,"
	"   'resource_id': 'cluster-A', 'unfinished': null,"
	"   'decided': {'change': 'C1', 'state': 'done', 'value': 21,"
	"    'reason': null}}],"
	"  'calls': [{'step': 0, 'backout': false, 'target': 'prod',"
	"   'address': 'cluster/orders', 'call': 'rds:ModifyDBCluster',"
	"   'parameters': {'DBClusterIdentifier': 'orders',"
	"    'BackupRetentionPeriod': '21', 'ApplyImmediately': 'true'},"
	"   'outcome': 'ok', 'code': null, 'request_id': 'R1',"
	"   'ended': 'done'}]},"
	" 'evidence': {"
	"  'live': {'unread': null, 'resources': [{'target': 'prod',"
	"   'address': 'cluster/orders', 'present': true,"
	"   'resource_id': 'cluster-A', 'condition': 'ready', 'reason': null,"
	"   'values': {'backup_retention_period': 21}, 'pending': {},"
	"   'awaits_reboot': []}]},"
	"  'history': [{'account_id': '1', 'region': 'eu-west-1',"
	"   'asked_at': '2026-11-24T03:00:00Z', 'caught_up': 'seen',"
	"   'unread': null}],"
	"  'events': {'places': [{'target': 'prod', 'account_id': '1',"
	"    'region': 'eu-west-1', 'complete': true, 'reason': null,"
	"    'filter': 'every write', 'requests': 1}],"
	"   'events': [{'id': 'E1', 'at': '2026-11-24T02:00:30Z',"
	"    'source': 'rds.amazonaws.com', 'name': 'ModifyDBCluster',"
	"    'request_id': 'R1', 'error_code': null, 'change': 'C1',"
	"    'caller': 'arn:aws:sts::1:assumed-role/a/aback-C1',"
	"    'user_agent': 'aback/0.1.0 change/C1', 'source_ip': '10.0.0.1',"
	"    'target': 'prod', 'addresses': ['cluster/orders'],"
	"    'parameters': {'dBClusterIdentifier': 'orders',"
	"     'backupRetentionPeriod': 21, 'applyImmediately': true,"
	"     'allowMajorVersionUpgrade': false}}]},"
	"  'logs': {'log_groups': [{'target': 'prod',"
	"    'address': 'cluster/orders', 'log_group': 'audit',"
	"    'newest': null, 'unread': null}],"
	"   'rds_events': [{'target': 'prod', 'address': 'cluster/orders',"
	"    'events': [], 'unread': null}]}}}";

static json_t *parse(const char *text)
{
	CLEANUP(free_ptr) char *copy = xstrdup(text);
	json_t *value;

	for (char *p = copy; *p; p++)
		if (*p == '\'')
			*p = '"';
	value = json_loads(copy, JSON_DECODE_ANY, NULL);
	assert_non_null(value);
	return value;
}

/* "record.calls[0].outcome": the member of the last part's parent is set. */
static void set(json_t *proof, const char *path, const char *text)
{
	CLEANUP(free_ptr) char *copy = xstrdup(path);
	json_t *at = proof;

	for (char *part = copy, *next; part; part = next) {
		char *bracket;

		next = strchr(part, '.');
		if (next)
			*next++ = '\0';
		bracket = strchr(part, '[');
		if (bracket)
			*bracket = '\0';
		if (!next && !bracket) {
			json_object_set_new(at, part, parse(text));
			return;
		}
		at = json_object_get(at, part);
		if (bracket)
			at = json_array_get(at, strtoul(bracket + 1, NULL, 10));
		assert_non_null(at);
	}
}

struct change {
	const char *path, *text;
};

#define CHANGES_MAX 6

struct row {
	const char *what;
	struct change changes[CHANGES_MAX];
	const char *verdict;
	const char *about, *text; /* of a finding; NULL: there is none */
};

static bool has_finding(const json_t *proof, const struct row *row)
{
	json_t *finding;
	size_t i;

	json_array_foreach(json_object_get(proof, "findings"), i, finding) {
		if (verify_is(finding, "about", row->about) &&
		    strstr(verify_text(finding, "text"), row->text))
			return true;
	}
	return false;
}

static void check_row(const struct row *row)
{
	CLEANUP(json_release) json_t *proof = parse(proven);
	CLEANUP(free_ptr) char *found = NULL;

	for (size_t i = 0; i < CHANGES_MAX && row->changes[i].path; i++)
		set(proof, row->changes[i].path, row->changes[i].text);
	proof_judge(proof);
	found = json_dumps(json_object_get(proof, "findings"), JSON_INDENT(1));
	if (!verify_is(proof, "verdict", row->verdict) ||
	    (row->about ? !has_finding(proof, row)
			: json_array_size(json_object_get(proof, "findings"))))
		fail_msg("%s: %s, because of %s", row->what,
			 verify_text(proof, "verdict"), found);
}

#define RESOURCE "evidence.live.resources[0]."
#define SETTING "record.settings[0]."
#define CALL "record.calls[0]."
#define EVENT "evidence.events.events[0]."
#define PLACE "evidence.events.places[0]."
#define MARK "evidence.history[0]."

static const struct row settings[] = {
	{ "as it is", { { "waited_s", "3" } }, "proven", NULL, NULL },
	{ "another value",
	  { { RESOURCE "values", "{'backup_retention_period': 3}" } },
	  "refuted",
	  "setting",
	  "it is 3 days, and should be 21 days" },
	{ "not read",
	  { { RESOURCE "values", "{}" } },
	  "not_proven",
	  "setting",
	  "could not be read" },
	{ "the same is pending",
	  { { RESOURCE "values", "{'backup_retention_period': 7}" },
	    { RESOURCE "pending", "{'backup_retention_period': 21}" } },
	  "not_proven",
	  "setting",
	  "pending and not in effect yet: 21 days" },
	{ "something else is pending",
	  { { RESOURCE "pending", "{'backup_retention_period': 9}" } },
	  "refuted",
	  "setting",
	  "another value is pending: 9 days" },
	{ "pending is what is live",
	  { { RESOURCE "pending", "{'backup_retention_period': 21}" } },
	  "proven",
	  NULL,
	  NULL },
	{ "waits for a reboot",
	  { { RESOURCE "awaits_reboot", "['backup_retention_period']" } },
	  "not_proven",
	  "setting",
	  "takes effect with a reboot" },
	{ "waited, and came",
	  { { SETTING "decided",
	      "{'change': 'C1', 'state': 'waiting', 'value': 21}" } },
	  "proven",
	  NULL,
	  NULL },
	{ "failed",
	  { { SETTING "decided", "{'change': 'C1', 'state': 'failed', "
				 "'value': 21, 'reason': 'AccessDenied'}" } },
	  "not_proven",
	  "setting",
	  "the change failed at it: AccessDenied" },
	{ "skipped",
	  { { SETTING "decided",
	      "{'change': 'C1', 'state': 'skipped', 'value': 21}" } },
	  "not_proven",
	  "setting",
	  "did not get to it" },
	{ "unknown",
	  { { SETTING "decided",
	      "{'change': 'C1', 'state': 'unknown', 'value': 21}" } },
	  "not_proven",
	  "setting",
	  "is not known" },
	{ "backed out within the change",
	  { { SETTING "decided",
	      "{'change': 'C1', 'state': 'backed_out', 'value': 21}" } },
	  "proven",
	  NULL,
	  NULL },
	{ "a later change set it again",
	  { { SETTING "decided",
	      "{'change': 'C2', 'state': 'done', 'value': 9}" } },
	  "refuted",
	  "setting",
	  "should be 9 days" },
	{ "an unfinished one is at it",
	  { { SETTING "unfinished", "'C3'" } },
	  "not_proven",
	  "setting",
	  "change C3, which is unfinished" },
	{ "no such setting",
	  { { SETTING "setting", "'made_up'" } },
	  "not_proven",
	  "setting",
	  "knows no such setting" },
};

static void test_proof_judge__settings(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(settings); i++)
		check_row(&settings[i]);
}

static const struct row resources[] = {
	{ "gone",
	  { { RESOURCE "present", "false" } },
	  "refuted",
	  "setting",
	  "not there any more" },
	{ "another one",
	  { { RESOURCE "resource_id", "'cluster-B'" } },
	  "refuted",
	  "setting",
	  "its id is cluster-B, and was cluster-A" },
	{ "busy",
	  { { RESOURCE "condition", "'busy'" },
	    { RESOURCE "reason", "'modifying'" } },
	  "not_proven",
	  "resource",
	  "not settled: modifying" },
	{ "stopped",
	  { { RESOURCE "condition", "'stopped'" } },
	  "proven",
	  NULL,
	  NULL },
	{ "unread",
	  { { "evidence.live.unread", "{'message': 'throttled'}" },
	    { "evidence.live.resources", "[]" } },
	  "not_proven",
	  "setting",
	  "live state could not be read: throttled" },
	{ "taken away by the change, and gone",
	  { { SETTING "setting", "'exists'" },
	    { SETTING "decided",
	      "{'change': 'C1', 'state': 'done', 'value': false}" },
	    { RESOURCE "present", "false" } },
	  "proven",
	  NULL,
	  NULL },
	{ "taken away by the change, and there",
	  { { SETTING "setting", "'exists'" },
	    { SETTING "decided",
	      "{'change': 'C1', 'state': 'done', 'value': false}" } },
	  "refuted",
	  "setting",
	  "is there, although" },
};

static void test_proof_judge__resources(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(resources); i++)
		check_row(&resources[i]);
}

static const struct row calls[] = {
	{ "not there",
	  { { "evidence.events.events", "[]" } },
	  "not_proven",
	  "call",
	  "R1: event history does not show it (yet)" },
	{ "other parameters",
	  { { EVENT "parameters", "{'dBClusterIdentifier': 'orders', "
				  "'backupRetentionPeriod': 20, "
				  "'applyImmediately': true}" } },
	  "not_proven",
	  "call",
	  "other parameters" },
	{ "refused, says event history",
	  { { EVENT "error_code", "'AccessDenied'" } },
	  "not_proven",
	  "call",
	  "as refused" },
	{ "refused, and not written down",
	  { { CALL "outcome", "'refused'" },
	    { "evidence.events.events", "[]" } },
	  "proven",
	  NULL,
	  NULL },
	{ "never sent",
	  { { CALL "outcome", "'not_sent'" },
	    { CALL "request_id", "null" },
	    { "evidence.events.events", "[]" } },
	  "proven",
	  NULL,
	  NULL },
	{ "not answered, found by its user agent",
	  { { CALL "outcome", "'unknown'" },
	    { CALL "request_id", "null" },
	    { EVENT "caller", "'arn:aws:iam::1:user/dba'" },
	    { EVENT "change", "null" } },
	  "proven",
	  NULL,
	  NULL },
	{ "the process was gone, found by the name of its session",
	  { { CALL "outcome", "'none'" },
	    { CALL "request_id", "null" },
	    { EVENT "user_agent", "'somebody'" },
	    { EVENT "change", "null" } },
	  "proven",
	  NULL,
	  NULL },
	{ "not answered, and the event is of another change",
	  { { CALL "outcome", "'unknown'" },
	    { CALL "request_id", "null" },
	    { EVENT "caller", "'arn:aws:iam::1:user/dba'" },
	    { EVENT "user_agent", "'aback/0.1.0 change/C2'" },
	    { EVENT "change", "null" } },
	  "refuted",
	  "event",
	  "somebody else" },
	{ "not answered, and the event has other parameters",
	  { { CALL "outcome", "'unknown'" },
	    { CALL "request_id", "null" },
	    { EVENT "parameters", "{'dBClusterIdentifier': 'orders'}" },
	    { EVENT "change", "null" } },
	  "not_proven",
	  "event",
	  "names this change, whose journal does not have it" },
	{ "the journal was lost",
	  { { "record.calls", "[]" }, { EVENT "change", "null" } },
	  "not_proven",
	  "event",
	  "names this change, whose journal does not have it" },
	{ "not answered, without a trace, and done all the same",
	  { { CALL "outcome", "'unknown'" },
	    { CALL "request_id", "null" },
	    { "evidence.events.events", "[]" } },
	  "not_proven",
	  "call",
	  "nobody answered it" },
	{ "not answered, without a trace, and failed",
	  { { CALL "outcome", "'unknown'" },
	    { CALL "request_id", "null" },
	    { CALL "ended", "'failed'" },
	    { "evidence.events.events", "[]" } },
	  "proven",
	  NULL,
	  NULL },
};

static void test_proof_judge__calls(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++)
		check_row(&calls[i]);
}

/* An event beside ours. */
#define FOREIGN(more)                                                       \
	"{'id': 'E9', 'at': '2026-11-24T02:30:00Z', 'source': "             \
	"'rds.amazonaws.com', 'name': 'ModifyDBCluster', 'request_id': "    \
	"'R9', 'caller': 'arn:eve', 'source_ip': '10.6.6.6', 'addresses': " \
	"['cluster/orders'], 'target': 'prod'" more "}"

static const struct row others[] = {
	{ "a foreign write",
	  { { "evidence.events.events[0]", FOREIGN("") } },
	  "refuted",
	  "event",
	  "cluster/orders: ModifyDBCluster at 2026-11-24T02:30:00Z by arn:eve "
	  "from 10.6.6.6 (event E9)" },
	{ "one that failed",
	  { { "evidence.events.events[0]",
	      FOREIGN(", 'error_code': 'AccessDenied'") } },
	  "proven",
	  NULL,
	  NULL },
	{ "one of our other changes",
	  { { "evidence.events.events[0]", FOREIGN(", 'change': 'C7'") } },
	  "proven",
	  NULL,
	  NULL },
	{ "one before the change",
	  { { "evidence.events.events[0]",
	      FOREIGN(", 'at': '2026-11-24T01:59:59Z'") } },
	  "proven",
	  NULL,
	  NULL },
	{ "one that only uses the key, for a volume",
	  { { "evidence.events.events[0]",
	      FOREIGN(", 'source': 'kms.amazonaws.com', 'name': "
		      "'CreateGrant', 'source_ip': 'rds.amazonaws.com'") } },
	  "proven",
	  NULL,
	  NULL },
	{ "a grant that a person makes",
	  { { "evidence.events.events[0]",
	      FOREIGN(", 'source': 'kms.amazonaws.com', 'name': "
		      "'CreateGrant'") } },
	  "refuted",
	  "event",
	  "CreateGrant" },
	{ "a new stream of a log group",
	  { { "evidence.events.events[0]",
	      FOREIGN(", 'source': 'logs.amazonaws.com', 'name': "
		      "'CreateLogStream'") } },
	  "proven",
	  NULL,
	  NULL },
	{ "history that is not whole",
	  { { PLACE "complete", "false" }, { PLACE "reason", "'cut off'" } },
	  "not_proven",
	  "history",
	  "eu-west-1 could not be read whole: cut off" },
	{ "history of another place only",
	  { { PLACE "target", "'test'" } },
	  "not_proven",
	  "history",
	  "was not read" },
	{ "history that has not caught up",
	  { { MARK "caught_up", "null" } },
	  "not_proven",
	  "history",
	  "had not caught up after 3 s" },
	{ "history whose usual lag is over",
	  { { MARK "caught_up", "'waited'" } },
	  "proven",
	  NULL,
	  NULL },
	{ "no mark in the region",
	  { { MARK "region", "'us-east-1'" } },
	  "not_proven",
	  "history",
	  "had not caught up" },
	{ "history that could not be asked",
	  { { MARK "unread", "{'message': 'no'}" },
	    { MARK "caught_up", "null" } },
	  "not_proven",
	  "history",
	  "could not be read: no" },
	{ "logs that could not be read",
	  { { "evidence.logs.log_groups[0].unread", "{'message': 'no'}" } },
	  "not_proven",
	  "log",
	  "the newest event of 'audit' could not be read: no" },
	{ "events of RDS that could not be read",
	  { { "evidence.logs.rds_events[0].unread", "{'message': 'no'}" } },
	  "not_proven",
	  "log",
	  "the events of RDS could not be read: no" },
};

/* The second event stands behind ours. */
static void test_proof_judge__others(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		const struct row *row = &others[i];
		CLEANUP(json_release) json_t *proof = NULL;
		json_t *events;

		if (strcmp(row->changes[0].path, "evidence.events.events[0]") !=
		    0) {
			check_row(row);
			continue;
		}
		proof = parse(proven);
		events = json_object_get(
			json_object_get(json_object_get(proof, "evidence"),
					"events"),
			"events");
		json_array_append_new(events, parse(row->changes[0].text));
		proof_judge(proof);
		if (!verify_is(proof, "verdict", row->verdict) ||
		    (row->about && !has_finding(proof, row)))
			fail_msg("%s: %s", row->what,
				 verify_text(proof, "verdict"));
	}
}

static void test_proof_judge__claim_ends_with_the_earliest_mark(void **state)
{
	CLEANUP(json_release) json_t *proof = parse(proven);
	const json_t *claim;

	(void)state;
	proof_judge(proof);
	claim = json_object_get(proof, "claim");
	assert_string_equal(verify_text(claim, "statement"),
			    "between 2026-11-24T02:00:00Z and "
			    "2026-11-24T03:00:00Z event history shows no other "
			    "management write on this 1 resource");
	assert_string_equal(verify_text(claim, "to"), "2026-11-24T03:00:00Z");
	assert_true(json_is_true(json_object_get(claim, "proven")));
}

/* Judging what is judged changes nothing. */
static void test_proof_judge__twice_is_the_same(void **state)
{
	CLEANUP(json_release) json_t *proof = parse(proven);
	CLEANUP(json_release) json_t *before = NULL;

	(void)state;
	proof_judge(proof);
	before = json_deep_copy(proof);
	proof_judge(proof);
	assert_true(json_equal(before, proof));
}

/* Whatever is missing or of another type, nothing breaks or is proven. */
static void strip(json_t *proof, json_t *at)
{
	CLEANUP(json_release) json_t *whole = json_copy(at);
	const char *key;
	json_t *value;

	json_object_foreach(whole, key, value) {
		json_object_set_new(at, key, json_integer(1));
		proof_judge(proof);
		json_object_del(at, key);
		proof_judge(proof);
		json_object_set(at, key, value);
	}
}

static void test_proof_judge__parts_that_are_missing(void **state)
{
	CLEANUP(json_release) json_t *proof = parse(proven);
	json_t *record = json_object_get(proof, "record");
	json_t *evidence = json_object_get(proof, "evidence");
	json_t *live = json_object_get(evidence, "live");
	json_t *events = json_object_get(evidence, "events");

	(void)state;
	strip(proof, record);
	strip(proof, evidence);
	strip(proof, live);
	strip(proof, events);
	strip(proof, json_array_get(json_object_get(record, "settings"), 0));
	strip(proof, json_array_get(json_object_get(record, "calls"), 0));
	strip(proof, json_array_get(json_object_get(live, "resources"), 0));
	strip(proof, json_array_get(json_object_get(events, "events"), 0));
	proof_judge(proof);
	assert_string_equal(verify_text(proof, "verdict"), "proven");
	json_object_del(record, "settings");
	proof_judge(proof);
	assert_string_equal(verify_text(proof, "verdict"), "not_proven");
	json_object_del(proof, "evidence");
	proof_judge(proof);
	assert_string_equal(verify_text(proof, "verdict"), "not_proven");
}

/* ---- parameters --------------------------------------------------------- */

static const struct {
	const char *sent, *shown;
	const char *differs; /* NULL: they say the same */
} parameters[] = {
	{ "{}", "null", NULL },
	{ "{'A': '1'}", "null", "'a' was sent and is not shown" },
	{ "{'DBClusterIdentifier': 'orders', 'DeletionProtection': 'true'}",
	  "{'dBClusterIdentifier': 'orders', 'deletionProtection': true}",
	  NULL },
	{ "{'VpcSecurityGroupIds.VpcSecurityGroupId.1': 'sg-1', "
	  "'VpcSecurityGroupIds.VpcSecurityGroupId.2': 'sg-2'}",
	  "{'vpcSecurityGroupIds': ['sg-1', 'sg-2']}", NULL },
	{ "{'VpcSecurityGroupIds.VpcSecurityGroupId.1': 'sg-1'}",
	  "{'vpcSecurityGroupIds': ['sg-1', 'sg-2']}",
	  "'vpcsecuritygroupids.2' is shown and was not sent" },
	{ "{'CloudwatchLogsExportConfiguration.EnableLogTypes.member.1': "
	  "'audit'}",
	  "{'cloudwatchLogsExportConfiguration': {'enableLogTypes': "
	  "['audit']}}",
	  NULL },
	{ "{'Tags.Tag.1.Key': 'a', 'Tags.Tag.1.Value': 'b'}",
	  "{'tags': [{'key': 'a', 'value': 'b'}]}", NULL },
	{ "{'GroupId': 'sg-1', 'IpPermissions.1.FromPort': '5432', "
	  "'IpPermissions.1.IpRanges.1.CidrIp': '0.0.0.0/0'}",
	  "{'groupId': 'sg-1', 'ipPermissions': {'items': [{'fromPort': 5432, "
	  "'groups': {}, 'ipRanges': {'items': [{'cidrIp': "
	  "'0.0.0.0/0'}]}}]}}",
	  NULL },
	{ "{'IpPermissions.1.UserIdGroupPairs.1.GroupId': 'sg-2'}",
	  "{'ipPermissions': {'items': [{'groups': {'items': [{'groupId': "
	  "'sg-2'}]}}]}}",
	  NULL },
	{ "{'MasterUserPassword': 'x'}", "{'masterUserPassword': '****'}",
	  NULL },
	{ "{'Document': '{\\'a\\': 1, \\'b\\': 2}'}",
	  "{'document': '{\\'b\\':2,\\'a\\':1}'}", NULL },
	{ "{'Document': '{\\'a\\': 1}'}", "{'document': '{\\'a\\':2}'}",
	  "'document' is shown with another value" },
	{ "{'Port': '1'}", "{'port': 1, 'enableIAM': false, 'text': ''}",
	  NULL },
	{ "{'Port': '1'}", "{'port': 1, 'enableIAM': true}",
	  "'enableiam' is shown and was not sent" },
	{ "{'Port': '1'}", "{'omitted': true, 'originalSize': 200000}",
	  "too long to be shown" },
	{ "{'logGroupName': '/aws/x', 'retentionInDays': 30}",
	  "{'logGroupName': '/aws/x', 'retentionInDays': 30}", NULL },
};

static void test_verify_parameters_differ__rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(parameters); i++) {
		CLEANUP(json_release)
		json_t *sent = parse(parameters[i].sent);
		CLEANUP(json_release)
		json_t *shown = parse(parameters[i].shown);
		CLEANUP(json_release)
		json_t *lines = verify_parameters_differ(sent, shown);
		CLEANUP(free_ptr) char *text = json_dumps(lines, 0);
		const char *want = parameters[i].differs;

		if (want ? !strstr(text, want) : json_array_size(lines) != 0)
			fail_msg("row %zu: %s", i, text);
	}
}

/* ---- the journal -------------------------------------------------------- */

static void test_verify_calls_of__pairs_intents_and_outcomes(void **state)
{
	struct plan *plan = plan_new();
	CLEANUP(json_release)
	json_t *journal = parse(
		"[{'event': 'intent', 'step': 0, 'at': 't1'},"
		" {'event': 'outcome', 'step': 0, 'outcome': 'refused', 'code':"
		"  'InvalidDBClusterStateFault', 'request_id': 'R1'},"
		" {'event': 'intent', 'step': 0, 'at': 't2'},"
		" {'event': 'outcome', 'step': 0, 'outcome': 'ok', 'code': '',"
		"  'request_id': 'R2'},"
		" {'event': 'settled', 'step': 0, 'state': 'done'},"
		" {'event': 'backout_intent', 'step': 0, 'at': 't3'},"
		" {'event': 'intent', 'step': 9},"
		" {'event': 'outcome', 'step': 9, 'outcome': 'ok'}]");
	CLEANUP(json_release)
	json_t *result = parse("{'steps': [{'index': 0, 'state': 'done'}], "
			       "'backout': [{'index': 0, 'state': "
			       "'unknown'}]}");
	CLEANUP(json_release) json_t *list = NULL;
	struct plan_step *step = plan_add_step(plan);

	(void)state;
	step->target = xstrdup("prod");
	step->address = xstrdup("cluster/orders");
	step->call = xstrdup("rds:ModifyDBCluster");
	json_decref(step->parameters);
	json_decref(step->backout_parameters);
	step->parameters = parse("{'Port': '1'}");
	step->backout_call = xstrdup("rds:Other");
	step->backout_parameters = parse("{'Port': '2'}");
	list = verify_calls_of(plan, journal, result);
	assert_int_equal(json_array_size(list), 3);
	assert_string_equal(verify_text(json_array_get(list, 0), "outcome"),
			    "refused");
	assert_string_equal(verify_text(json_array_get(list, 1), "request_id"),
			    "R2");
	assert_null(json_text(json_array_get(list, 1), "code"));
	assert_string_equal(verify_text(json_array_get(list, 1), "ended"),
			    "done");
	assert_string_equal(verify_text(json_array_get(list, 2), "call"),
			    "rds:Other");
	assert_string_equal(verify_text(json_array_get(list, 2), "outcome"),
			    "none");
	assert_string_equal(verify_text(json_array_get(list, 2), "ended"),
			    "unknown");
	assert_int_equal(json_integer_value(json_object_get(
				 json_array_get(list, 2), "line")),
			 6);
	plan_free(plan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_proof_judge__settings),
		cmocka_unit_test(test_proof_judge__resources),
		cmocka_unit_test(test_proof_judge__calls),
		cmocka_unit_test(test_proof_judge__others),
		cmocka_unit_test(
			test_proof_judge__claim_ends_with_the_earliest_mark),
		cmocka_unit_test(test_proof_judge__twice_is_the_same),
		cmocka_unit_test(test_proof_judge__parts_that_are_missing),
		cmocka_unit_test(test_verify_parameters_differ__rows),
		cmocka_unit_test(
			test_verify_calls_of__pairs_intents_and_outcomes),
	};

	json_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
