/*
 * Controls of the surroundings: each fails, passes, does not apply, and says so
 * where what it needs was not read.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "core/json.h"
#include "core/mem.h"
#include "plans/catalogue.h"
#include "plans/judging.h"

static struct place prod = { .name = (char *)"prod",
			     .account_id = (char *)"123456789012",
			     .region = (char *)"eu-west-1" };

/* What is live: one cluster, and what a test adds. */
static struct live *live;

static void add(enum kind kind, const char *id)
{
	struct resource *resource = resource_new(kind, &prod);

	resource->id = xstrdup(id);
	resource->address = address_of(kind, id);
	live_add(live, resource);
}

static int setup(void **state)
{
	(void)state;
	live = live_new();
	add(KIND_CLUSTER, "orders");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	live_free(live);
	return 0;
}

/* "part": value, … of prod, in JSON with ' for ". */
static json_t *around(const char *parts)
{
	CLEANUP(free_ptr) char *text = xasprintf("{'prod':{%s}}", parts);
	struct error err = ERROR_INIT;
	json_t *object = NULL;

	for (char *c = text; *c; c++)
		*c = *c == '\'' ? '"' : *c;
	assert_int_equal(json_parse_answer(text, strlen(text), &object, &err),
			 0);
	return object;
}

/* message: what the first failure has to say, or NULL. */
static void judged(const char *control, const char *parts, enum outcome wanted,
		   const char *message)
{
	CLEANUP(json_release) json_t *surroundings = around(parts);
	struct judging judging = { .control = control_find(control),
				   .live = live,
				   .surroundings = surroundings,
				   .place = &prod };

	assert_non_null(judging.control);
	judge(&judging);
	assert_string_equal(outcome_name(judging_outcome(&judging)),
			    outcome_name(wanted));
	if (message && !strstr(judging.failures[0].message, message))
		fail_msg("'%s' has no '%s'", judging.failures[0].message,
			 message);
	judging_release(&judging);
}

#define VALUE(part, value) "'" part "':{'call':'c','value':" value "}"
#define UNREAD(part) "'" part "':{'unread':{'code':'AccessDenied'}}"

/* ---- trails ------------------------------------------------------------- */

#define TRAIL(members) VALUE("trails", "[{'Name':'t'," members "}]")
#define LOGS "'management_events':'All','status':{'IsLogging':true}"
#define EVERYWHERE "'IsMultiRegionTrail':true,"

static void test_trail_logs(void **state)
{
	static const char id[] = "trail-logs";

	(void)state;
	judged(id, TRAIL(LOGS), OUTCOME_PASSED, NULL);
	judged(id,
	       TRAIL("'management_events':'WriteOnly','status':{'IsLogging':"
		     "true,'LatestDeliveryError':''}"),
	       OUTCOME_PASSED, NULL);
	judged(id, VALUE("trails", "[]"), OUTCOME_FAILED,
	       "no trail records what is changed in eu-west-1");
	judged(id, TRAIL("'status':{'IsLogging':false}"), OUTCOME_FAILED,
	       "'t' is stopped");
	judged(id,
	       TRAIL("'management_events':'All','status':{'IsLogging':true,"
		     "'LatestDeliveryError':'NoSuchBucket'}"),
	       OUTCOME_FAILED, "cannot deliver (NoSuchBucket)");
	judged(id,
	       TRAIL("'management_events':'ReadOnly','status':{'IsLogging':"
		     "true}"),
	       OUTCOME_FAILED, "only what is read");
	judged(id,
	       TRAIL("'management_events':'none','status':{'IsLogging':true}"),
	       OUTCOME_FAILED, "no management events");
	judged(id, UNREAD("trails"), OUTCOME_UNREAD, NULL);
	judged(id, "", OUTCOME_UNREAD, NULL);
	judged(id, TRAIL("'management_events':'All','status':{'unread':{}}"),
	       OUTCOME_UNREAD, NULL);
	judged(id,
	       TRAIL("'management_events':null,'status':{'IsLogging':true}"),
	       OUTCOME_UNREAD, NULL);
}

/* One good one is enough, beside any others. */
static void test_trail_logs__one_of_them(void **state)
{
	(void)state;
	judged("trail-logs",
	       VALUE("trails", "[{'Name':'a','status':{'IsLogging':false}},"
			       "{'Name':'b','status':{'unread':{}}},"
			       "{'Name':'c'," LOGS "}]"),
	       OUTCOME_PASSED, NULL);
	judged("trail-logs",
	       VALUE("trails", "[{'Name':'a','status':{'IsLogging':false}},"
			       "{'Name':'b','status':{'unread':{}}}]"),
	       OUTCOME_UNREAD, NULL);
}

static void test_trail_all_regions(void **state)
{
	static const char id[] = "trail-all-regions";

	(void)state;
	judged(id, TRAIL(EVERYWHERE LOGS), OUTCOME_PASSED, NULL);
	judged(id, TRAIL(LOGS), OUTCOME_FAILED, "in all regions");
	judged(id,
	       TRAIL(EVERYWHERE "'management_events':'WriteOnly','status':{"
				"'IsLogging':true}"),
	       OUTCOME_FAILED, "only what is written");
	judged(id, TRAIL(EVERYWHERE "'status':{'IsLogging':false}"),
	       OUTCOME_FAILED, "'t' is stopped");
	judged(id, UNREAD("trails"), OUTCOME_UNREAD, NULL);
}

static void test_each_trail(void **state)
{
	static const struct {
		const char *id, *good, *message;
	} each[] = {
		{ "trail-validated", ",'LogFileValidationEnabled':true",
		  "does not sign" },
		{ "trail-encrypted", ",'KmsKeyId':'arn:k'",
		  "does not encrypt" },
		{ "trail-to-log-group", ",'CloudWatchLogsLogGroupArn':'arn:g'",
		  "does not deliver to CloudWatch Logs" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(each); i++) {
		CLEANUP(free_ptr)
		char *good = xasprintf("'trails':{'value':[{'Name':'t'," LOGS
				       "%s}]}",
				       each[i].good);

		judged(each[i].id, good, OUTCOME_PASSED, NULL);
		judged(each[i].id, TRAIL(LOGS), OUTCOME_FAILED,
		       each[i].message);
		judged(each[i].id, TRAIL("'status':{'IsLogging':false}"),
		       OUTCOME_FAILED, each[i].message);
		judged(each[i].id, VALUE("trails", "[]"),
		       OUTCOME_NOT_APPLICABLE, NULL);
		judged(each[i].id, UNREAD("trails"), OUTCOME_UNREAD, NULL);
	}
}

/* Seen from several targets, a trail is blamed once. */
static void test_each_trail__once(void **state)
{
	CLEANUP(json_release) json_t *surroundings = NULL;
	struct judging judging = { .control = control_find("trail-encrypted"),
				   .live = live,
				   .place = &prod };

	(void)state;
	surroundings = around(
		VALUE("trails", "[{'Name':'t','TrailARN':'arn:t'," LOGS "}]"));
	json_object_set(surroundings, "other",
			json_object_get(surroundings, "prod"));
	judging.surroundings = surroundings;
	judge(&judging);
	assert_int_equal(judging_outcome(&judging), OUTCOME_NOT_APPLICABLE);
	judging_release(&judging);
}

/* ---- AWS Config --------------------------------------------------------- */

#define RECORDER(members) \
	VALUE("config_recorders", "[{'name':'default'," members "}]")
#define RECORDS "'recording':true,'lastStatus':'SUCCESS'"
#define BOTH "['AWS::RDS::DBCluster','AWS::RDS::DBInstance']"

static void test_config_records(void **state)
{
	static const char id[] = "config-records-databases";

	(void)state;
	judged(id, RECORDER(RECORDS ",'allSupported':true"), OUTCOME_PASSED,
	       NULL);
	judged(id, RECORDER(RECORDS ",'resourceTypes':" BOTH), OUTCOME_PASSED,
	       NULL);
	judged(id,
	       RECORDER(RECORDS ",'recordingStrategy':"
				"'EXCLUSION_BY_RESOURCE_TYPES','exclusions':"
				"['AWS::EC2::Instance']"),
	       OUTCOME_PASSED, NULL);
	judged(id,
	       RECORDER(RECORDS ",'recordingStrategy':"
				"'EXCLUSION_BY_RESOURCE_TYPES','exclusions':"
				"['AWS::RDS::DBCluster']"),
	       OUTCOME_FAILED, "does not record AWS::RDS::DBCluster");
	judged(id, RECORDER(RECORDS ",'resourceTypes':['AWS::RDS::DBCluster']"),
	       OUTCOME_FAILED, "does not record AWS::RDS::DBInstance");
	judged(id, RECORDER("'recording':false,'allSupported':true"),
	       OUTCOME_FAILED, "is stopped");
	judged(id,
	       RECORDER("'recording':true,'lastStatus':'FAILURE',"
			"'lastErrorCode':'AccessDenied','allSupported':true"),
	       OUTCOME_FAILED, "cannot deliver (AccessDenied)");
	judged(id, VALUE("config_recorders", "[]"), OUTCOME_FAILED,
	       "records nothing in eu-west-1");
	judged(id,
	       VALUE("config_recorders",
		     "[{'name':'AWSConfigurationRecorderForX','recording':"
		     "true,'allSupported':true}]"),
	       OUTCOME_FAILED, "records nothing");
	judged(id, RECORDER("'recording':null,'allSupported':true"),
	       OUTCOME_UNREAD, NULL);
	judged(id, UNREAD("config_recorders"), OUTCOME_UNREAD, NULL);
}

static void test_config_rules(void **state)
{
	static const char id[] = "config-rules-kept";

	(void)state;
	judged(id, VALUE("config_rules", "{'r':{'compliance':'COMPLIANT'}}"),
	       OUTCOME_PASSED, NULL);
	judged(id,
	       VALUE("config_rules",
		     "{'q':{'compliance':'INSUFFICIENT_DATA'},'r':{"
		     "'compliance':'NON_COMPLIANT'}}"),
	       OUTCOME_FAILED, "rule 'r' is not kept");
	judged(id, VALUE("config_rules", "{}"), OUTCOME_NOT_APPLICABLE, NULL);
	judged(id, UNREAD("config_rules"), OUTCOME_UNREAD, NULL);
}

/* ---- who is told -------------------------------------------------------- */

#define GROUP(region, account, name)                                    \
	"'CloudWatchLogsLogGroupArn':'arn:aws:logs:" region ":" account \
	":log-group:" name ":*'"
#define HERE GROUP("eu-west-1", "123456789012", "trail")
#define TRAIL_HERE TRAIL(LOGS "," HERE)
#define FILTER(region, group, pattern)                    \
	VALUE("metric_filters",                           \
	      "[{'region':'" region                       \
	      "','filterName':'f','logGroupName':'" group \
	      "','filterPattern':'" pattern               \
	      "','metrics':[{'MetricName':'M','Namespace':'N'}]}]")
#define OF_RDS FILTER("eu-west-1", "trail", "{ $.eventName = ModifyDBCluster }")
#define ALARM(members)                                                     \
	VALUE("alarms", "[{'region':'eu-west-1','metrics':[{'MetricName':" \
			"'M','Namespace':'N'}]," members "}]")
#define TELLS "'ActionsEnabled':true,'AlarmActions':['arn:t']"
#define NO_RULES VALUE("event_rules", "[]")
#define NO_ALARMS VALUE("alarms", "[]")
#define NO_FILTERS VALUE("metric_filters", "[]")
#define NO_TRAILS VALUE("trails", "[]")
#define NOTHING NO_TRAILS "," NO_FILTERS "," NO_ALARMS

static const char databases[] = "changes-of-databases-told";
static const char groups[] = "changes-of-security-groups-told";

static void test_told__by_alarm(void **state)
{
	(void)state;
	judged(databases, TRAIL_HERE "," OF_RDS "," ALARM(TELLS) "," NO_RULES,
	       OUTCOME_PASSED, NULL);
	/* any call of the service, by its name alone */
	judged(databases,
	       TRAIL_HERE "," FILTER(
		       "eu-west-1", "trail",
		       "{ $.eventSource = rds.amazonaws.com }") "," ALARM(TELLS) "," NO_RULES,
	       OUTCOME_PASSED, NULL);
	judged(groups,
	       TRAIL_HERE "," FILTER(
		       "eu-west-1", "trail",
		       "{ $.eventName = "
		       "AuthorizeSecurityGroupIngress }") "," ALARM(TELLS) "," NO_RULES,
	       OUTCOME_PASSED, NULL);
}

static void test_told__by_an_alarm_that_does_not_do(void **state)
{
	static const char *const bad[] = {
		/* nobody to tell, or switched off */
		TRAIL_HERE "," OF_RDS
			   "," ALARM("'ActionsEnabled':true,'AlarmActions':[]"),
		TRAIL_HERE
		"," OF_RDS
		"," ALARM("'ActionsEnabled':false,'AlarmActions':['arn:t']"),
		TRAIL_HERE "," OF_RDS "," NO_ALARMS,
		/* of something else */
		TRAIL_HERE
		"," FILTER("eu-west-1", "trail",
			   "{ $.eventName = ConsoleLogin }") "," ALARM(TELLS),
		TRAIL_HERE "," FILTER(
			"eu-west-1", "trail",
			"{ $.eventSource = rds.amazonaws.com && $.eventName = "
			"DeleteDBCluster }") "," ALARM(TELLS),
		/* where no trail delivers to */
		TRAIL_HERE "," FILTER(
			"eu-west-1", "other",
			"{ $.eventName = ModifyDBCluster }") "," ALARM(TELLS),
		TRAIL_HERE "," FILTER(
			"us-east-1", "trail",
			"{ $.eventName = ModifyDBCluster }") "," ALARM(TELLS),
		TRAIL(LOGS) "," OF_RDS "," ALARM(TELLS),
		TRAIL("'status':{'IsLogging':false}," HERE) "," OF_RDS
							    "," ALARM(TELLS),
		TRAIL(LOGS
		      ",'CloudWatchLogsLogGroupArn':'odd'") "," OF_RDS
							    "," ALARM(TELLS),
		NOTHING,
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		CLEANUP(free_ptr)
		char *parts = xasprintf("%s," NO_RULES, bad[i]);

		judged(databases, parts, OUTCOME_FAILED, "nobody is told");
	}
}

static void test_told__unread(void **state)
{
	(void)state;
	judged(databases,
	       UNREAD("trails") "," NO_FILTERS "," NO_ALARMS "," NO_RULES,
	       OUTCOME_UNREAD, NULL);
	judged(databases,
	       TRAIL_HERE "," UNREAD("metric_filters") "," NO_ALARMS
						       "," NO_RULES,
	       OUTCOME_UNREAD, NULL);
	judged(databases, NOTHING "," UNREAD("event_rules"), OUTCOME_UNREAD,
	       NULL);
	/* one way is enough, whatever the others are */
	judged(databases,
	       TRAIL_HERE "," OF_RDS "," ALARM(TELLS) "," UNREAD("event_rules"),
	       OUTCOME_PASSED, NULL);
	/* a region, or an account, that nobody sees */
	judged(databases,
	       TRAIL(LOGS "," GROUP(
		       "us-east-1", "123456789012",
		       "trail")) "," VALUE("metric_filters",
					   "[{'region':'us-east-1','unread':{}}"
					   "]") "," NO_ALARMS "," NO_RULES,
	       OUTCOME_UNREAD, NULL);
	judged(databases,
	       TRAIL(LOGS "," GROUP("eu-west-1", "999999999999",
				    "trail")) "," NO_FILTERS "," NO_ALARMS
					      "," NO_RULES,
	       OUTCOME_UNREAD, NULL);
}

#define RULE_IN(region, pattern, members)                              \
	VALUE("event_rules",                                           \
	      "[{'region':'" region "','name':'r','pattern':'" pattern \
	      "'," members "}]")
#define RULE(pattern, members) \
	NOTHING "," RULE_IN("eu-west-1", pattern, members)
/* quotes within a pattern */
#define Q "\\'"
#define SOURCE_RDS "{" Q "source" Q ":[" Q "aws.rds" Q "]}"
#define TARGETS "'state':'ENABLED','targets':['arn:t']"

static void test_told__by_rule(void **state)
{
	(void)state;
	judged(databases, RULE(SOURCE_RDS, TARGETS), OUTCOME_PASSED, NULL);
	judged(databases,
	       RULE("{" Q "detail" Q ":{" Q "eventSource" Q ":[" Q
		    "rds.amazonaws.com" Q "]," Q "eventName" Q ":[" Q
		    "ModifyDBCluster" Q "]}}",
		    TARGETS),
	       OUTCOME_PASSED, NULL);
	judged(databases,
	       RULE("{" Q "source" Q ":[" Q "aws.rds" Q "]," Q "detail" Q ":{" Q
		    "eventName" Q ":[{" Q "prefix" Q ":" Q "Mod" Q "}]}}",
		    TARGETS),
	       OUTCOME_PASSED, NULL);
	judged(databases,
	       RULE(SOURCE_RDS, "'state':'DISABLED','targets':['arn:t']"),
	       OUTCOME_FAILED, NULL);
	judged(databases, RULE(SOURCE_RDS, "'targets':[]"), OUTCOME_FAILED,
	       NULL);
	judged(databases, RULE(SOURCE_RDS, "'targets':null"), OUTCOME_UNREAD,
	       NULL);
	judged(databases,
	       RULE("{" Q "detail" Q ":{" Q "eventSource" Q ":[" Q
		    "rds.amazonaws.com" Q "]," Q "eventName" Q ":[" Q
		    "CreateDBCluster" Q "]}}",
		    TARGETS),
	       OUTCOME_FAILED, NULL);
	judged(groups, RULE(SOURCE_RDS, TARGETS), OUTCOME_FAILED, NULL);
	judged(databases, RULE("odd", TARGETS), OUTCOME_FAILED, NULL);
}

/* Who followed our own advice is told. */
static void test_told__by_the_rules_that_we_give(void **state)
{
	static const struct {
		const char *pattern, *control, *region;
	} ours[] = {
		{ "rds", "changes-of-databases-told", "eu-west-1" },
		{ "surroundings", "changes-of-security-groups-told",
		  "eu-west-1" },
		{ "iam", "changes-of-policies-told", "us-east-1" },
	};
	CLEANUP(json_release)
	json_t *patterns = json_load_file(
		"docs/schedule/eventbridge/patterns.json", 0, NULL);

	(void)state;
	assert_non_null(patterns);
	for (size_t i = 0; i < ARRAY_SIZE(ours); i++) {
		CLEANUP(json_release)
		json_t *surroundings = around(NOTHING "," NO_RULES);
		struct judging judging = { .control = control_find(
						   ours[i].control),
					   .live = live,
					   .surroundings = surroundings,
					   .place = &prod };
		char *pattern =
			json_dumps(json_object_get(patterns, ours[i].pattern),
				   JSON_COMPACT);

		json_array_append_new(
			json_object_get(
				json_object_get(
					json_object_get(surroundings, "prod"),
					"event_rules"),
				"value"),
			json_pack("{ss ss ss s[s]}", "region", ours[i].region,
				  "name", "ours", "pattern", pattern, "targets",
				  "arn:t"));
		judge(&judging);
		assert_int_equal(judging_outcome(&judging), OUTCOME_PASSED);
		judging_release(&judging);
		free(pattern);
	}
}

/* A rule without targets, with an alarm that counts how often it matched. */
#define ON_RULE(region, rule)                                                 \
	VALUE("alarms",                                                       \
	      "[{'region':'" region "','metrics':[{'Namespace':'AWS/Events'," \
	      "'MetricName':'TriggeredRules'}],'dimensions':{'RuleName':"     \
	      "'" rule "'}," TELLS "}]")

static void test_told__by_an_alarm_on_a_rule(void **state)
{
	static const struct {
		const char *alarms;
		enum outcome outcome;
	} cases[] = {
		{ ON_RULE("eu-west-1", "r"), OUTCOME_PASSED },
		{ ON_RULE("eu-west-1", "other"), OUTCOME_FAILED },
		/* of a rule of the same name elsewhere */
		{ ON_RULE("us-east-1", "r"), OUTCOME_FAILED },
		{ VALUE("alarms", "[{'region':'eu-west-1','unread':{}}]"),
		  OUTCOME_UNREAD },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		CLEANUP(free_ptr)
		char *parts =
			xasprintf("%s,%s", cases[i].alarms,
				  NO_TRAILS "," NO_FILTERS
					    "," RULE_IN("eu-west-1", SOURCE_RDS,
							"'targets':[]"));

		judged(databases, parts, cases[i].outcome, NULL);
	}
}

/* ---- what is of the account --------------------------------------------- */

static const char policies[] = "changes-of-policies-told";
static const char trails[] = "changes-of-trails-told";

#define SOURCE(name) "{" Q "source" Q ":[" Q name Q "]}"
#define UNTOLD NO_TRAILS "," NO_FILTERS "," NO_ALARMS

/* The events of IAM are in one region, wherever the target is. */
static void test_told__of_policies_by_rule(void **state)
{
	(void)state;
	judged(policies,
	       UNTOLD "," RULE_IN("us-east-1", SOURCE("aws.iam"), TARGETS),
	       OUTCOME_PASSED, NULL);
	judged(policies,
	       UNTOLD "," RULE_IN("eu-west-1", SOURCE("aws.iam"), TARGETS),
	       OUTCOME_FAILED,
	       "nobody is told when the policies of roles are changed in "
	       "123456789012");
	judged(policies,
	       UNTOLD "," RULE_IN("us-east-1", SOURCE("aws.ec2"), TARGETS),
	       OUTCOME_FAILED, NULL);
	judged(policies,
	       UNTOLD
	       "," VALUE("event_rules", "[{'region':'us-east-1','unread':{}}]"),
	       OUTCOME_UNREAD, NULL);
	/* of another region nobody needs to know */
	judged(policies,
	       UNTOLD "," VALUE("event_rules",
				"[{'region':'eu-north-1','unread':{}}]"),
	       OUTCOME_FAILED, NULL);
}

#define OF_IAM FILTER("eu-west-1", "trail", "{ $.eventName = PutRolePolicy }")

/* Not every trail has the events of IAM. */
static void test_told__of_policies_by_alarm(void **state)
{
	static const struct {
		const char *trail;
		enum outcome outcome;
	} cases[] = {
		{ TRAIL(EVERYWHERE LOGS "," HERE), OUTCOME_PASSED },
		{ TRAIL("'HomeRegion':'us-east-1'," LOGS "," HERE),
		  OUTCOME_PASSED },
		{ TRAIL("'HomeRegion':'eu-west-1'," LOGS "," HERE),
		  OUTCOME_FAILED },
		{ TRAIL(EVERYWHERE "'IncludeGlobalServiceEvents':false," LOGS
				   "," HERE),
		  OUTCOME_FAILED },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		CLEANUP(free_ptr)
		char *parts = xasprintf("%s,%s", cases[i].trail,
					OF_IAM "," ALARM(TELLS) "," NO_RULES);

		judged(policies, parts, cases[i].outcome, NULL);
	}
	judged(policies,
	       TRAIL(EVERYWHERE LOGS "," HERE) "," OF_RDS
					       "," ALARM(TELLS) "," NO_RULES,
	       OUTCOME_FAILED, NULL);
}

/* A trail can be stopped where it is at home alone. */
static void test_told__of_trails(void **state)
{
	static const char rest[] = NO_FILTERS "," NO_ALARMS;
	static const struct {
		const char *home, *rule, *outcome;
	} cases[] = {
		{ "us-west-2", "us-west-2", "passed" },
		{ "us-west-2", "eu-west-1", "failed" },
		{ "eu-west-1", "eu-west-1", "passed" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		CLEANUP(free_ptr)
		char *parts = xasprintf(
			"%s,'trails':{'value':[{'HomeRegion':'%s'}]},"
			"'event_rules':{'value':[{'region':'%s','name':'r',"
			"'pattern':'{\\'source\\':[\\'aws.cloudtrail\\']}',"
			"'targets':['arn:t']}]}",
			rest, cases[i].home, cases[i].rule);

		judged(trails, parts,
		       strcmp(cases[i].outcome, "passed") ? OUTCOME_FAILED
							  : OUTCOME_PASSED,
		       NULL);
	}
	judged(trails,
	       TRAIL_HERE
	       "," FILTER("eu-west-1", "trail",
			  "{ $.eventName = "
			  "StopLogging }") "," ALARM(TELLS) "," NO_RULES,
	       OUTCOME_PASSED, NULL);
	judged(trails, UNTOLD "," NO_RULES, OUTCOME_FAILED,
	       "nobody is told when a trail is stopped or changed in "
	       "123456789012");
	judged(trails,
	       UNREAD("trails") "," NO_FILTERS "," NO_ALARMS "," NO_RULES,
	       OUTCOME_UNREAD, NULL);
}

/* Two targets of one account are one account. */
static void test_told__once_an_account(void **state)
{
	struct place first = { .name = (char *)"alpha",
			       .account_id = (char *)"123456789012",
			       .region = (char *)"eu-north-1" };
	struct resource *cluster = resource_new(KIND_CLUSTER, &first);

	(void)state;
	cluster->id = xstrdup("users");
	cluster->address = address_of(KIND_CLUSTER, "users");
	live_add(live, cluster);
	judged(policies, UNTOLD "," NO_RULES, OUTCOME_NOT_APPLICABLE, NULL);
	judged(trails, UNTOLD "," NO_RULES, OUTCOME_NOT_APPLICABLE, NULL);
	judged(groups, UNTOLD "," NO_RULES, OUTCOME_FAILED, NULL);
	first.account_id = (char *)"210987654321";
	judged(policies, UNTOLD "," NO_RULES, OUTCOME_FAILED, NULL);
}

static void subscribe(const char *id, const char *type, const char *category)
{
	struct resource *one;

	add(KIND_EVENT_SUBSCRIPTION, id);
	one = live->items[live->len - 1];
	one->values[catalogue_index(catalogue_lookup(KIND_EVENT_SUBSCRIPTION,
						     "enabled"))] = json_true();
	one->values[catalogue_index(
		catalogue_lookup(KIND_EVENT_SUBSCRIPTION, "source_type"))] =
		json_from_text(type);
	one->values[catalogue_index(catalogue_lookup(KIND_EVENT_SUBSCRIPTION,
						     "event_categories"))] =
		category ? json_pack("[s]", category) : json_array();
}

static void test_told__by_subscription(void **state)
{
	(void)state;
	subscribe("a", "db-cluster", NULL);
	judged(databases, NOTHING "," NO_RULES, OUTCOME_FAILED, NULL);
	subscribe("b", "db-instance", "failover");
	judged(databases, NOTHING "," NO_RULES, OUTCOME_FAILED, NULL);
	subscribe("c", "db-instance", "configuration change");
	judged(databases, NOTHING "," NO_RULES, OUTCOME_PASSED, NULL);
	/* RDS says nothing of security groups that EC2 has */
	judged(groups, NOTHING "," NO_RULES, OUTCOME_FAILED, NULL);
}

static void test_told__of_everything(void **state)
{
	(void)state;
	subscribe("all", NULL, NULL);
	judged(databases, NOTHING "," NO_RULES, OUTCOME_PASSED, NULL);
}

static void test_told__where_nothing_is(void **state)
{
	(void)state;
	live_free(live);
	live = live_new();
	judged(databases, NOTHING "," NO_RULES, OUTCOME_NOT_APPLICABLE, NULL);
	judged(groups, NOTHING "," NO_RULES, OUTCOME_NOT_APPLICABLE, NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_trail_logs),
		TEST(test_trail_logs__one_of_them),
		TEST(test_trail_all_regions),
		TEST(test_each_trail),
		TEST(test_each_trail__once),
		TEST(test_config_records),
		TEST(test_config_rules),
		TEST(test_told__by_alarm),
		TEST(test_told__by_an_alarm_that_does_not_do),
		TEST(test_told__unread),
		TEST(test_told__by_rule),
		TEST(test_told__by_the_rules_that_we_give),
		TEST(test_told__by_an_alarm_on_a_rule),
		TEST(test_told__of_policies_by_rule),
		TEST(test_told__of_policies_by_alarm),
		TEST(test_told__of_trails),
		TEST(test_told__once_an_account),
		TEST(test_told__by_subscription),
		TEST(test_told__of_everything),
		TEST(test_told__where_nothing_is),
	};

	json_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
