/*
 * What surrounds clusters: what is asked, and what becomes of the answers.
 * aws_list and aws_start are defined here and therefore not taken from the
 * library; a test answers what it was asked, by the action's name.
 */
#include "tests/unit/call_fixture.h"

#include "core/aws.h"
#include "core/clock.h"
#include "core/mem.h"
#include "core/xml.h"
#include "plans/surroundings.h"

#define ASKED_MAX 64

static struct asked {
	struct aws_listing list;
	json_t *parameters;
	bool paged, answered;
} asked[ASKED_MAX];
static size_t asked_len;
static int sessions[3]; /* whose addresses stand for sessions */
#define HERE ((struct aws_session *)&sessions[0])
#define FAR ((struct aws_session *)&sessions[1])
static bool no_session;

static void ask(const struct aws_call *call, const struct aws_listing *list)
{
	assert_true(asked_len < ASKED_MAX);
	assert_false(call->mutating);
	asked[asked_len] = (struct asked){
		.parameters = call->parameters
				      ? json_deep_copy(call->parameters)
				      : json_object(),
		.paged = list != NULL,
	};
	if (list)
		asked[asked_len].list = *list;
	asked[asked_len].list.call = *call;
	asked_len++;
}

void aws_list(struct aws *aws UNUSED, const struct aws_listing *listing)
{
	ask(&listing->call, listing);
}

void aws_start(struct aws *aws UNUSED, const struct aws_call *call)
{
	ask(call, NULL);
}

static const char *answer_all; /* with this, whoever asks; or NULL */
static void answer_open(const char *text);

/* Whoever waits has left a question without its answer. */
size_t aws_step(struct aws *aws UNUSED, int64_t until_ms UNUSED)
{
	if (answer_all) {
		answer_open(answer_all);
		return 1;
	}
	for (size_t i = 0; i < asked_len; i++)
		if (!asked[i].answered)
			fail_msg("%s was not answered",
				 asked[i].list.call.action);
	fail_msg("nothing was asked");
	return 0;
}

int aws_session_elsewhere(struct aws_session *session, const char *region,
			  struct aws_session **ret_session, struct error *err)
{
	assert_ptr_equal(session, HERE);
	assert_string_equal(region, "us-east-1");
	if (no_session)
		return error_set(err, ERR_USAGE, "there is no such region");
	*ret_session = FAR;
	return 0;
}

const char *aws_session_region(const struct aws_session *session)
{
	return session == FAR ? "us-east-1" : "eu-west-1";
}

/* ---- answering ---------------------------------------------------------- */

/* The first open question about it, of that session. */
static struct asked *open_one(const char *action, struct aws_session *session)
{
	for (size_t i = 0; i < asked_len; i++)
		if (!asked[i].answered &&
		    !strcmp(asked[i].list.call.action, action) &&
		    asked[i].list.call.session == session)
			return &asked[i];
	fail_msg("%s was not asked", action);
	return NULL;
}

static size_t count(const char *action)
{
	size_t n = 0;

	for (size_t i = 0; i < asked_len; i++)
		n += !strcmp(asked[i].list.call.action, action);
	return n;
}

static void feed(const struct aws_call *call, const char *text)
{
	struct error err = ERROR_INIT;

	if (call->begin)
		call->begin(call->ctx);
	if (call->json) {
		json_t *answer = NULL;

		assert_int_equal(
			json_parse_answer(text, strlen(text), &answer, &err),
			0);
		call->json(call->ctx, answer);
		json_decref(answer);
		return;
	}
	struct xml_parser *parser =
		xml_parser_new(call->answer, call->handler, call->ctx);
	assert_int_equal(xml_parse(parser, text, strlen(text), true, &err), 0);
	xml_parser_free(parser);
}

static void page(struct asked *of, const char *text)
{
	feed(&of->list.call, text);
	if (of->list.page_done)
		of->list.page_done(of->list.call.ctx);
}

static void end(struct asked *of)
{
	of->answered = true;
	of->list.call.done(of->list.call.ctx,
			   &(struct aws_result){ .outcome = AWS_OK,
						 .request_id = "id-1" });
}

static void answer_open(const char *text)
{
	for (size_t i = 0; i < asked_len; i++) {
		if (asked[i].answered)
			continue;
		page(&asked[i], text);
		end(&asked[i]);
	}
}

static void answer_from(const char *action, struct aws_session *session,
			const char *text)
{
	struct asked *of = open_one(action, session);

	page(of, text);
	end(of);
}

static void answer(const char *action, const char *text)
{
	answer_from(action, HERE, text);
}

static void ends_with(const char *action, struct aws_session *session,
		      enum aws_outcome outcome, enum error_code error,
		      const char *code)
{
	struct asked *of = open_one(action, session);
	struct error err = ERROR_INIT;
	struct aws_result result = { .outcome = outcome,
				     .error = &err,
				     .code = code,
				     .message = *code ? "no" : "",
				     .request_id = *code ? "id-2" : "" };

	(void)error_set(&err, error, "the line is dead");
	of->answered = true;
	of->list.call.done(of->list.call.ctx, &result);
	error_release(&err);
}

static void denied(const char *action)
{
	ends_with(action, HERE, AWS_REFUSED, ERR_AWS, "AccessDenied");
}

/* ---- asking ------------------------------------------------------------- */

static struct place items[] = {
	{ .name = (char *)"123456789012/global",
	  .account_id = (char *)"123456789012",
	  .region = (char *)"global",
	  .global = true },
	{ .name = (char *)"prod",
	  .account_id = (char *)"123456789012",
	  .region = (char *)"eu-west-1",
	  .session = HERE },
};
static const struct places places = { .items = items, .len = 2 };

static struct surroundings *begin(unsigned parts)
{
	asked_len = 0;
	no_session = false;
	return surroundings_start(NULL, &places, parts);
}

/* The document's part of prod; the caller frees it. */
static json_t *entry(struct surroundings *surroundings, enum surrounding part)
{
	struct error err = ERROR_INIT;
	json_t *document = NULL, *found;

	assert_int_equal(surroundings_wait(surroundings, &document, &err), 0);
	assert_null(json_object_get(document, "123456789012/global"));
	found = json_incref(json_object_get(json_object_get(document, "prod"),
					    surrounding_name(part)));
	json_decref(document);
	surroundings_free(surroundings);
	for (size_t i = 0; i < asked_len; i++)
		json_decref(asked[i].parameters);
	asked_len = 0;
	return found;
}

static void check(struct surroundings *surroundings, enum surrounding part,
		  const char *wanted)
{
	json_t *got = entry(surroundings, part);
	struct strbuf text = STRBUF_INIT(1 << 20);

	json_compact(json_object_get(got, "value"), &text);
	assert_string_equal(text.buf, wanted);
	assert_non_null(json_text(got, "read_at"));
	strbuf_release(&text);
	json_decref(got);
}

static void check_unread(struct surroundings *surroundings,
			 enum surrounding part, const char *wanted)
{
	json_t *got = entry(surroundings, part);
	struct strbuf text = STRBUF_INIT(1 << 20);

	json_compact(got, &text);
	assert_string_equal(text.buf, wanted);
	strbuf_release(&text);
	json_decref(got);
}

/* ---- parts -------------------------------------------------------------- */

#define TRAIL "arn:aws:cloudtrail:us-east-1:123456789012:trail/"

static void test_start__asks_only_what_is_wanted(void **state UNUSED)
{
	struct surroundings *surroundings =
		begin(1U << SURROUNDING_CONFIG_RECORDERS);

	assert_int_equal(asked_len, 1);
	answer("DescribeConfigurationRecorders",
	       "{\"ConfigurationRecorders\":[]}");
	assert_int_equal(asked_len, 1);
	check(surroundings, SURROUNDING_CONFIG_RECORDERS, "[]");
}

static void test_parts__each_has_its_own_name(void **state UNUSED)
{
	for (enum surrounding a = 0; a < SURROUNDING_COUNT; a++)
		for (enum surrounding b = 0; b < a; b++)
			assert_string_not_equal(surrounding_name(a),
						surrounding_name(b));
}

static void test_trails__with_status_and_selectors(void **state UNUSED)
{
	struct surroundings *surroundings = begin(1U << SURROUNDING_TRAILS);

	answer("DescribeTrails",
	       "{\"trailList\":[{\"Name\":\"b\",\"TrailARN\":\"" TRAIL "b\","
	       "\"HasCustomEventSelectors\":true},{\"Name\":\"a\",\"TrailARN\":"
	       "\"" TRAIL "a\",\"HasCustomEventSelectors\":false}]}");
	assert_int_equal(count("GetTrailStatus"), 2);
	assert_int_equal(count("GetEventSelectors"), 1);
	assert_string_equal(
		json_text(open_one("GetTrailStatus", HERE)->parameters, "Name"),
		TRAIL "b");
	answer("GetTrailStatus", "{\"IsLogging\":true,\"LatestDeliveryTime\":"
				 "1780000000.25,\"LatestDeliveryError\":\"\"}");
	denied("GetTrailStatus");
	answer("GetEventSelectors",
	       "{\"EventSelectors\":[{\"ReadWriteType\":\"ReadOnly\","
	       "\"IncludeManagementEvents\":false}],\"AdvancedEventSelectors\":"
	       "[{\"FieldSelectors\":[{\"Field\":\"eventCategory\",\"Equals\":"
	       "[\"Management\"]},{\"Field\":\"readOnly\",\"Equals\":"
	       "[\"false\"]}]}]}");
	json_t *got = entry(surroundings, SURROUNDING_TRAILS);
	const json_t *list = json_object_get(got, "value");
	const json_t *a = json_array_get(list, 0), *b = json_array_get(list, 1);
	assert_string_equal(json_text(a, "Name"), "a");
	assert_string_equal(json_text(a, "management_events"), "All");
	assert_string_equal(json_text(b, "management_events"), "WriteOnly");
	assert_true(json_is_null(json_object_get(a, "KmsKeyId")));
	assert_string_equal(
		json_text(
			json_object_get(json_object_get(a, "status"), "unread"),
			"code"),
		"AccessDenied");
	assert_string_equal(
		json_text(json_object_get(b, "status"), "LatestDeliveryTime"),
		"2026-05-28T20:26:40Z");
	assert_string_equal(json_text(got, "request_id"), "id-1");
	json_decref(got);
}

/* An answer of the wrong form is as if nothing were there, and no crash. */
static void test_trails__odd_answers(void **state UNUSED)
{
	static const char *const odd[] = {
		"{}",
		"{\"trailList\":null}",
		"{\"trailList\":{\"Name\":\"x\"}}",
		"{\"trailList\":[]}",
	};

	for (size_t i = 0; i < ARRAY_SIZE(odd); i++) {
		struct surroundings *surroundings =
			begin(1U << SURROUNDING_TRAILS);
		answer("DescribeTrails", odd[i]);
		check(surroundings, SURROUNDING_TRAILS, "[]");
	}
	struct surroundings *surroundings = begin(1U << SURROUNDING_TRAILS);
	answer("DescribeTrails", "{\"trailList\":[7,{\"Name\":1.5,\"KmsKeyId\":"
				 "[],\"CloudWatchLogsLogGroupArn\":\"a:b\"}]}");
	for (int i = 0; i < 2; i++) {
		answer("GetTrailStatus", "{\"IsLogging\":\"maybe\","
					 "\"LatestDeliveryTime\":\"x\"}");
		answer("GetEventSelectors", "{\"EventSelectors\":[null,3]}");
	}
	json_t *got = entry(surroundings, SURROUNDING_TRAILS);
	assert_int_equal(json_array_size(json_object_get(got, "value")), 2);
	json_decref(got);
}

static void test_recorders__with_status(void **state UNUSED)
{
	struct surroundings *surroundings =
		begin(1U << SURROUNDING_CONFIG_RECORDERS);

	answer("DescribeConfigurationRecorders",
	       "{\"ConfigurationRecorders\":[{\"name\":\"default\","
	       "\"recordingGroup\":{\"allSupported\":false,\"resourceTypes\":[]"
	       ","
	       "\"exclusionByResourceTypes\":{\"resourceTypes\":[\"b\",\"a\"]},"
	       "\"recordingStrategy\":{\"useOnly\":\"EXCLUSION\"}}}]}");
	answer("DescribeConfigurationRecorderStatus",
	       "{\"ConfigurationRecordersStatus\":[{\"name\":\"other\","
	       "\"recording\":false},{\"name\":\"default\",\"recording\":true,"
	       "\"lastStatus\":\"SUCCESS\"}]}");
	check(surroundings, SURROUNDING_CONFIG_RECORDERS,
	      "[{\"allSupported\":false,\"exclusions\":[\"a\",\"b\"],"
	      "\"lastErrorCode\":null,\"lastStatus\":\"SUCCESS\",\"name\":"
	      "\"default\",\"recording\":true,\"recordingStrategy\":"
	      "\"EXCLUSION\",\"resourceTypes\":[]}]");
}

static void test_recorders__no_status_is_unread(void **state UNUSED)
{
	struct surroundings *surroundings =
		begin(1U << SURROUNDING_CONFIG_RECORDERS);

	answer("DescribeConfigurationRecorders",
	       "{\"ConfigurationRecorders\":[{\"name\":\"default\"}]}");
	denied("DescribeConfigurationRecorderStatus");
	check_unread(surroundings, SURROUNDING_CONFIG_RECORDERS,
		     "{\"unread\":{\"call\":\"config:DescribeConfiguration"
		     "RecorderStatus\",\"code\":\"AccessDenied\",\"message\":"
		     "\"no\",\"request_id\":\"id-2\"}}");
}

static void test_rules__only_those_of_rds(void **state UNUSED)
{
	struct surroundings *surroundings =
		begin(1U << SURROUNDING_CONFIG_RULES);
	struct asked *rules = open_one("DescribeConfigRules", HERE);

	assert_string_equal(rules->list.marker_path, "NextToken");
	page(rules, "{\"ConfigRules\":[{\"ConfigRuleName\":\"a\","
		    "\"ConfigRuleState\":\"ACTIVE\",\"Source\":{"
		    "\"SourceIdentifier\":\"S3_BUCKET\"}},{\"ConfigRuleName\":"
		    "\"b\",\"ConfigRuleState\":\"ACTIVE\",\"Source\":{"
		    "\"SourceIdentifier\":\"RDS_MULTI_AZ\"}}]}");
	page(rules,
	     "{\"ConfigRules\":[{\"ConfigRuleName\":\"c\",\"Scope\":{"
	     "\"ComplianceResourceTypes\":[\"AWS::RDS::DBCluster\"]}}]}");
	end(rules);
	struct asked *compliance =
		open_one("DescribeComplianceByConfigRule", HERE);
	json_t *names = json_pack("{s[ss]}", "ConfigRuleNames", "b", "c");
	assert_true(json_equal(compliance->parameters, names));
	json_decref(names);
	answer("DescribeComplianceByConfigRule",
	       "{\"ComplianceByConfigRules\":[{\"ConfigRuleName\":\"b\","
	       "\"Compliance\":{\"ComplianceType\":\"NON_COMPLIANT\"}},"
	       "{\"ConfigRuleName\":\"z\",\"Compliance\":{}}]}");
	check(surroundings, SURROUNDING_CONFIG_RULES,
	      "{\"b\":{\"compliance\":\"NON_COMPLIANT\",\"resourceTypes\":[],"
	      "\"sourceIdentifier\":\"RDS_MULTI_AZ\",\"state\":\"ACTIVE\"},"
	      "\"c\":{\"compliance\":null,\"resourceTypes\":["
	      "\"AWS::RDS::DBCluster\"],\"sourceIdentifier\":null,\"state\":"
	      "null}}");
}

/* AWS takes 25 names at once. */
static void test_rules__names_in_batches(void **state UNUSED)
{
	struct surroundings *surroundings =
		begin(1U << SURROUNDING_CONFIG_RULES);
	struct strbuf rules = STRBUF_INIT(1 << 20);

	strbuf_adds(&rules, "{\"ConfigRules\":[");
	for (int i = 0; i < 51; i++)
		strbuf_addf(&rules,
			    "%s{\"ConfigRuleName\":\"r%d\",\"Source\":{"
			    "\"SourceIdentifier\":\"RDS_X\"}}",
			    i ? "," : "", i);
	strbuf_adds(&rules, "]}");
	answer("DescribeConfigRules", rules.buf);
	strbuf_release(&rules);
	assert_int_equal(count("DescribeComplianceByConfigRule"), 3);
	for (int i = 0; i < 3; i++)
		answer("DescribeComplianceByConfigRule", "{}");
	json_decref(entry(surroundings, SURROUNDING_CONFIG_RULES));
}

#define ALARMS_OPEN "<R><DescribeAlarmsResult><MetricAlarms>"
#define ALARMS_CLOSE "</MetricAlarms></DescribeAlarmsResult></R>"

static void test_alarms__the_filter_behind(void **state UNUSED)
{
	struct surroundings *surroundings = begin(
		1U << SURROUNDING_ALARMS | 1U << SURROUNDING_METRIC_FILTERS);

	answer("DescribeAlarms", ALARMS_OPEN
	       "<member><AlarmName>sum</AlarmName><ActionsEnabled>"
	       "true</ActionsEnabled><AlarmActions><member>arn:x"
	       "</member></AlarmActions><Metrics><member><MetricStat>"
	       "<Metric><Namespace>N</Namespace><MetricName>M"
	       "</MetricName></Metric></MetricStat></member><member>"
	       "<Expression>m1</Expression></member></Metrics>"
	       "</member><member><AlarmName>cpu</AlarmName>"
	       "<Namespace>AWS/RDS</Namespace><MetricName>CPU"
	       "</MetricName></member>" ALARMS_CLOSE);
	answer("DescribeMetricFilters",
	       "{\"metricFilters\":[{\"filterName\":\"f\",\"logGroupName\":"
	       "\"g\",\"filterPattern\":\"p\",\"metricTransformations\":[{"
	       "\"metricName\":\"M\",\"metricNamespace\":\"N\"}]}]}");
	json_t *got = entry(surroundings, SURROUNDING_ALARMS);
	const json_t *list = json_object_get(got, "value");
	const json_t *cpu = json_array_get(list, 0),
		     *sum = json_array_get(list, 1);
	assert_string_equal(json_text(cpu, "AlarmName"), "cpu");
	assert_true(json_is_null(json_object_get(cpu, "metric_filter")));
	assert_true(json_is_null(json_object_get(cpu, "ActionsEnabled")));
	assert_string_equal(json_text(sum, "metric_filter"), "f");
	assert_string_equal(json_text(sum, "region"), "eu-west-1");
	assert_int_equal(json_array_size(json_object_get(sum, "metrics")), 1);
	assert_string_equal(json_text(got, "call"),
			    "cloudwatch:DescribeAlarms");
	json_decref(got);
}

/* A trail's log group stands in its home region, and filters with it. */
static struct surroundings *with_trail_elsewhere(bool can_go)
{
	struct surroundings *surroundings = begin(
		1U << SURROUNDING_TRAILS | 1U << SURROUNDING_METRIC_FILTERS);

	no_session = !can_go;
	answer("DescribeTrails",
	       "{\"trailList\":[{\"TrailARN\":\"" TRAIL "a\","
	       "\"HasCustomEventSelectors\":false,"
	       "\"CloudWatchLogsLogGroupArn\":"
	       "\"arn:aws:logs:us-east-1:123456789012:log-group:t:*\"},"
	       "{\"TrailARN\":\"" TRAIL "b\",\"HasCustomEventSelectors\":false,"
	       "\"CloudWatchLogsLogGroupArn\":"
	       "\"arn:aws:logs:us-east-1:123456789012:log-group:u:*\"},"
	       "{\"TrailARN\":\"" TRAIL "c\",\"HasCustomEventSelectors\":false,"
	       "\"CloudWatchLogsLogGroupArn\":"
	       "\"arn:aws:logs:eu-north-1:999999999999:log-group:u:*\"}]}");
	for (int i = 0; i < 3; i++)
		answer("GetTrailStatus", "{}");
	answer("DescribeMetricFilters",
	       "{\"metricFilters\":[{\"filterName\":\"here\"}]}");
	return surroundings;
}

static void test_filters__where_the_trail_delivers(void **state UNUSED)
{
	struct surroundings *surroundings = with_trail_elsewhere(true);

	assert_int_equal(count("DescribeMetricFilters"), 2);
	answer_from("DescribeMetricFilters", FAR,
		    "{\"metricFilters\":[{\"filterName\":\"far\"}]}");
	json_t *got = entry(surroundings, SURROUNDING_METRIC_FILTERS);
	const json_t *list = json_object_get(got, "value");
	assert_int_equal(json_array_size(list), 2);
	assert_string_equal(json_text(json_array_get(list, 0), "filterName"),
			    "here");
	assert_string_equal(json_text(json_array_get(list, 1), "filterName"),
			    "far");
	assert_string_equal(json_text(json_array_get(list, 1), "region"),
			    "us-east-1");
	json_decref(got);
}

static void test_filters__elsewhere_is_refused(void **state UNUSED)
{
	struct surroundings *surroundings = with_trail_elsewhere(true);

	ends_with("DescribeMetricFilters", FAR, AWS_REFUSED, ERR_AWS,
		  "AccessDenied");
	json_t *got = entry(surroundings, SURROUNDING_METRIC_FILTERS);
	const json_t *far = json_array_get(json_object_get(got, "value"), 1);
	assert_string_equal(json_text(far, "region"), "us-east-1");
	assert_string_equal(json_text(json_object_get(far, "unread"), "code"),
			    "AccessDenied");
	json_decref(got);
}

static void test_filters__elsewhere_cannot_be_reached(void **state UNUSED)
{
	json_t *got =
		entry(with_trail_elsewhere(false), SURROUNDING_METRIC_FILTERS);
	const json_t *far = json_array_get(json_object_get(got, "value"), 1);

	assert_non_null(
		strstr(json_text(json_object_get(far, "unread"), "message"),
		       "no such region"));
	json_decref(got);
}

static void test_event_rules__whom_they_tell(void **state UNUSED)
{
	struct surroundings *surroundings =
		begin(1U << SURROUNDING_EVENT_RULES);

	answer("ListRules",
	       "{\"Rules\":[{\"Name\":\"n\",\"ScheduleExpression\":\"x\"},"
	       "{\"Name\":\"b\",\"State\":\"ENABLED\",\"EventPattern\":"
	       "\"{\\\"source\\\":[\\\"aws.rds\\\"]}\"},{\"Name\":\"a\","
	       "\"EventPattern\":\"rds.amazonaws.com\"}]}");
	assert_int_equal(count("ListTargetsByRule"), 2);
	answer("ListTargetsByRule",
	       "{\"Targets\":[{\"Arn\":\"arn:2\"},{\"Arn\":\"arn:1\"},{}]}");
	denied("ListTargetsByRule");
	/* where the events of IAM are */
	answer_from("ListRules", FAR,
		    "{\"Rules\":[{\"Name\":\"0\",\"EventPattern\":"
		    "\"aws.iam\"}]}");
	answer_from("ListTargetsByRule", FAR, "{\"Targets\":[]}");
	check(surroundings, SURROUNDING_EVENT_RULES,
	      "[{\"bus\":null,\"name\":\"a\",\"pattern\":\"rds.amazonaws.com\","
	      "\"region\":\"eu-west-1\",\"state\":null,\"targets\":null},"
	      "{\"bus\":null,\"name\":\"b\","
	      "\"pattern\":\"{\\\"source\\\":[\\\"aws.rds\\\"]}\","
	      "\"region\":\"eu-west-1\",\"state\":"
	      "\"ENABLED\",\"targets\":[\"arn:1\",\"arn:2\"]},"
	      "{\"bus\":null,\"name\":\"0\",\"pattern\":\"aws.iam\","
	      "\"region\":\"us-east-1\",\"state\":null,\"targets\":[]}]");
}

/* Filters and alarms where it delivers, rules and alarms where it is at home;
 * each of them once, and in no third region. */
static void test_elsewhere__each_once(void **state UNUSED)
{
	struct surroundings *surroundings =
		begin(1U << SURROUNDING_TRAILS | 1U << SURROUNDING_ALARMS |
		      1U << SURROUNDING_METRIC_FILTERS |
		      1U << SURROUNDING_EVENT_RULES);

	answer("DescribeTrails",
	       "{\"trailList\":[{\"HomeRegion\":\"us-east-1\",\"TrailARN\":"
	       "\"arn:t\",\"HasCustomEventSelectors\":false,"
	       "\"CloudWatchLogsLogGroupArn\":\"arn:aws:logs:us-east-1:"
	       "123456789012:log-group:t:*\"}]}");
	assert_int_equal(count("DescribeAlarms"), 2);
	assert_int_equal(count("ListRules"), 2);
	assert_int_equal(count("DescribeMetricFilters"), 2);
	answer_from("DescribeAlarms", HERE, "<R/>");
	answer_from("DescribeAlarms", FAR, "<R/>");
	answer_all = "{}";
	surroundings_free(surroundings);
	answer_all = NULL;
	for (size_t i = 0; i < asked_len; i++)
		json_decref(asked[i].parameters);
	asked_len = 0;
}

/* ---- the network -------------------------------------------------------- */

#define GROUPS                                                             \
	"<R><S><DBSubnetGroups><DBSubnetGroup><DBSubnetGroupName>g"        \
	"</DBSubnetGroupName><VpcId>vpc-1</VpcId><Subnets><Subnet>"        \
	"<SubnetIdentifier>subnet-1</SubnetIdentifier></Subnet><Subnet>"   \
	"<SubnetIdentifier>subnet-2</SubnetIdentifier></Subnet></Subnets>" \
	"</DBSubnetGroup></DBSubnetGroups></S></R>"

/* A table with one route and one association, each given whole. */
#define TABLE(id, route, association)                                   \
	"<item><routeTableId>" id "</routeTableId><vpcId>vpc-1</vpcId>" \
	"<routeSet><item>" route "</item></routeSet><associationSet>"   \
	"<item>" association "</item></associationSet></item>"
#define TABLES(tables) "<R><routeTableSet>" tables "</routeTableSet></R>"
#define MAIN "<main>true</main>"
#define SUBNET_2 "<main>false</main><subnetId>subnet-2</subnetId>"
#define TO(where, gateway)             \
	"<destinationCidrBlock>" where \
	"</destinationCidrBlock><gatewayId>" gateway "</gatewayId>"

static json_t *routes(const char *tables)
{
	struct surroundings *surroundings =
		begin(1U << SURROUNDING_ROUTE_TABLES);
	json_t *got, *value;

	answer("DescribeRouteTables", tables);
	answer("DescribeDBSubnetGroups", GROUPS);
	got = entry(surroundings, SURROUNDING_ROUTE_TABLES);
	value = json_incref(json_object_get(got, "value"));
	json_decref(got);
	return value;
}

static void check_public(const char *tables, int one, int two)
{
	json_t *value = routes(tables);
	const int wanted[] = { one, two };
	static const char *const subnets[] = { "subnet-1", "subnet-2" };

	assert_int_equal(json_object_size(value), 2);
	for (size_t i = 0; i < 2; i++) {
		const json_t *open = json_object_get(
			json_object_get(value, subnets[i]), "public");
		const int is = json_is_null(open) ? -1 : json_is_true(open);

		assert_int_equal(is, wanted[i]);
	}
	json_decref(value);
}

static void test_route_tables__public_or_not(void **state UNUSED)
{
	/* its own table, and the main one for the other */
	check_public(TABLES(TABLE("rtb-1", TO("0.0.0.0/0", "nat-1"), MAIN)
				    TABLE("rtb-2", TO("0.0.0.0/0", "igw-1"),
					  SUBNET_2)),
		     false, true);
	check_public(TABLES(TABLE("rtb-1", TO("0.0.0.0/0", "igw-1"), MAIN)
				    TABLE("rtb-2", TO("10.0.0.0/8", "local"),
					  SUBNET_2)),
		     true, false);
	/* not for everybody, no longer there, only outwards, IPv6 */
	check_public(TABLES(TABLE("rtb-1", TO("192.0.2.0/24", "igw-1"), MAIN)),
		     false, false);
	check_public(TABLES(TABLE("rtb-1",
				  TO("0.0.0.0/0",
				     "igw-1") "<state>blackhole</state>",
				  MAIN)),
		     false, false);
	check_public(TABLES(TABLE("rtb-1",
				  "<destinationIpv6CidrBlock>::/0"
				  "</destinationIpv6CidrBlock>"
				  "<egressOnlyInternetGatewayId>eigw-1"
				  "</egressOnlyInternetGatewayId>",
				  MAIN)),
		     false, false);
	check_public(TABLES(TABLE("rtb-1",
				  "<destinationIpv6CidrBlock>::/0"
				  "</destinationIpv6CidrBlock>"
				  "<gatewayId>igw-1</gatewayId>",
				  MAIN)),
		     true, true);
	/* no table: nobody knows */
	check_public(TABLES(TABLE("rtb-2", TO("0.0.0.0/0", "igw-1"), SUBNET_2)),
		     -1, true);
	check_public(TABLES(""), -1, -1);
}

static void test_route_tables__without_the_groups(void **state UNUSED)
{
	struct surroundings *surroundings =
		begin(1U << SURROUNDING_ROUTE_TABLES);

	answer("DescribeRouteTables", TABLES(""));
	denied("DescribeDBSubnetGroups");
	check_unread(surroundings, SURROUNDING_ROUTE_TABLES,
		     "{\"unread\":{\"call\":\"rds:DescribeDBSubnetGroups\","
		     "\"code\":\"AccessDenied\",\"message\":\"no\","
		     "\"request_id\":\"id-2\"}}");
}

/* ---- log groups --------------------------------------------------------- */

static void test_log_groups__one_by_one(void **state UNUSED)
{
	struct surroundings *surroundings = begin(1U << SURROUNDING_LOG_GROUPS);
	json_t *names = json_pack("[sssss]", "d", "b", "a", "c", "a");

	assert_int_equal(asked_len, 0);
	surroundings_ask_log_groups(surroundings, "prod", names);
	json_decref(names);
	/* in order, each once */
	assert_int_equal(asked_len, 4);
	answer("DescribeLogStreams",
	       "{\"logStreams\":[{\"logStreamName\":\"s\","
	       "\"lastEventTimestamp\":1780000000123}]}");
	answer("DescribeLogStreams", "{\"logStreams\":[]}");
	ends_with("DescribeLogStreams", HERE, AWS_REFUSED, ERR_AWS,
		  "ResourceNotFoundException");
	denied("DescribeLogStreams");
	json_t *got = entry(surroundings, SURROUNDING_LOG_GROUPS);
	json_t *groups = json_object_get(got, "value");
	const char *name;
	json_t *group;
	json_object_foreach(groups, name, group) {
		assert_non_null(json_text(group, "read_at"));
		assert_string_equal(json_text(group, "call"),
				    "logs:DescribeLogStreams");
		assert_string_equal(json_text(group, "request_id"),
				    *name < 'c' ? "id-1" : "id-2");
		json_object_del(group, "read_at");
		json_object_del(group, "call");
		json_object_del(group, "request_id");
	}
	struct strbuf text = STRBUF_INIT(1 << 20);
	json_compact(groups, &text);
	assert_string_equal(
		text.buf,
		"{\"a\":{\"lastEventTimestamp\":\"2026-05-28T20:26:40Z\","
		"\"stream\":\"s\"},\"b\":{\"lastEventTimestamp\":null,"
		"\"stream\":null},\"c\":{\"missing\":true},\"d\":{"
		"\"unread\":{\"call\":\"logs:DescribeLogStreams\",\"code\":"
		"\"AccessDenied\",\"message\":\"no\",\"request_id\":"
		"\"id-2\"}}}");
	strbuf_release(&text);
	json_decref(got);
}

/* AWS takes 25 a second: some at once, and no more than one every 45 ms. */
static void test_log_groups__not_too_fast(void **state UNUSED)
{
	struct surroundings *surroundings = begin(1U << SURROUNDING_LOG_GROUPS);
	const int64_t began = clock_monotonic_ms();
	json_t *names = json_array(), *got;
	size_t at_once;

	for (int i = 0; i < 25; i++) {
		CLEANUP(free_ptr) char *name = xasprintf("group-%d", i);

		json_array_append_new(names, json_string(name));
	}
	surroundings_ask_log_groups(surroundings, "prod", names);
	json_decref(names);
	at_once = asked_len;
	assert_in_range(at_once, 20, 23);
	answer_all = "{\"logStreams\":[]}";
	got = entry(surroundings, SURROUNDING_LOG_GROUPS);
	answer_all = NULL;
	assert_int_equal(json_object_size(json_object_get(got, "value")), 25);
	assert_true(clock_monotonic_ms() - began >=
		    (int64_t)(25 - at_once - 1) * 45);
	json_decref(got);
}

static void test_log_groups__none(void **state UNUSED)
{
	struct surroundings *surroundings = begin(1U << SURROUNDING_LOG_GROUPS);
	json_t *names = json_array();

	surroundings_ask_log_groups(surroundings, "elsewhere", names);
	surroundings_ask_log_groups(surroundings, "prod", names);
	json_decref(names);
	check(surroundings, SURROUNDING_LOG_GROUPS, "{}");
}

/* ---- what goes wrong ---------------------------------------------------- */

/* Each part by itself: the others are read all the same. */
static void test_wait__a_refused_part_fails_no_other_one(void **state UNUSED)
{
	static const struct {
		enum surrounding part;
		const char *action;
	} first[] = {
		{ SURROUNDING_TRAILS, "DescribeTrails" },
		{ SURROUNDING_CONFIG_RECORDERS,
		  "DescribeConfigurationRecorders" },
		{ SURROUNDING_CONFIG_RULES, "DescribeConfigRules" },
		{ SURROUNDING_METRIC_FILTERS, "DescribeMetricFilters" },
		{ SURROUNDING_ALARMS, "DescribeAlarms" },
		{ SURROUNDING_EVENT_RULES, "ListRules" },
		{ SURROUNDING_SUBNET_GROUPS, "DescribeDBSubnetGroups" },
		{ SURROUNDING_ROUTE_TABLES, "DescribeRouteTables" },
	};

	for (size_t bad = 0; bad < ARRAY_SIZE(first); bad++) {
		struct surroundings *surroundings =
			begin((1U << SURROUNDING_COUNT) - 1);
		struct error err = ERROR_INIT;
		json_t *document = NULL, *prod;

		for (size_t i = 0; i < ARRAY_SIZE(first); i++) {
			struct asked *of = open_one(first[i].action, HERE);

			if (i == bad) {
				denied(first[i].action);
				continue;
			}
			page(of, of->list.call.json ? "{}" : "<R/>");
			end(of);
		}
		answer_from("ListRules", FAR, "{}");
		answer_from("DescribeAlarms", FAR, "<R/>");
		assert_int_equal(
			surroundings_wait(surroundings, &document, &err), 0);
		prod = json_object_get(document, "prod");
		assert_int_equal(json_object_size(prod), SURROUNDING_COUNT);
		for (size_t i = 0; i < ARRAY_SIZE(first); i++) {
			const bool unread =
				i == bad ||
				/* which subnets matter is not known */
				(first[bad].part == SURROUNDING_SUBNET_GROUPS &&
				 first[i].part == SURROUNDING_ROUTE_TABLES);
			const json_t *got = json_object_get(
				prod, surrounding_name(first[i].part));

			assert_int_equal(
				unread, json_object_get(got, "unread") != NULL);
			assert_int_equal(!unread,
					 json_object_get(got, "value") != NULL);
		}
		json_decref(document);
		surroundings_free(surroundings);
		for (size_t i = 0; i < asked_len; i++)
			json_decref(asked[i].parameters);
		asked_len = 0;
	}
}

static void test_wait__no_answer_has_no_code(void **state UNUSED)
{
	struct surroundings *surroundings = begin(1U << SURROUNDING_ALARMS);

	ends_with("DescribeAlarms", HERE, AWS_NOT_SENT, ERR_NETWORK, "");
	check_unread(surroundings, SURROUNDING_ALARMS,
		     "{\"unread\":{\"call\":\"cloudwatch:DescribeAlarms\","
		     "\"code\":null,\"message\":\"the line is dead\","
		     "\"request_id\":null}}");
}

/* A page that came is not all of it. */
static void test_wait__half_a_listing_is_unread(void **state UNUSED)
{
	struct surroundings *surroundings = begin(1U << SURROUNDING_ALARMS);

	page(open_one("DescribeAlarms", HERE), ALARMS_OPEN
	     "<member><AlarmName>a</AlarmName></member>" ALARMS_CLOSE);
	ends_with("DescribeAlarms", HERE, AWS_NOT_SENT, ERR_INCOMPLETE, "");
	json_t *got = entry(surroundings, SURROUNDING_ALARMS);
	assert_null(json_object_get(got, "value"));
	json_decref(got);
}

static void test_wait__interrupted(void **state UNUSED)
{
	struct surroundings *surroundings = begin(1U << SURROUNDING_ALARMS);
	struct error err = ERROR_INIT;
	json_t *document = NULL;

	ends_with("DescribeAlarms", HERE, AWS_NOT_SENT, ERR_INTERRUPTED, "");
	assert_int_equal(surroundings_wait(surroundings, &document, &err), -1);
	assert_int_equal(err.code, ERR_INTERRUPTED);
	assert_null(document);
	error_release(&err);
	surroundings_free(surroundings);
	json_decref(asked[0].parameters);
	asked_len = 0;
}

static void test_free__nothing(void **state UNUSED)
{
	surroundings_free(NULL);
	surroundings_free(begin(0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_start__asks_only_what_is_wanted),
		cmocka_unit_test(test_parts__each_has_its_own_name),
		cmocka_unit_test(test_trails__with_status_and_selectors),
		cmocka_unit_test(test_trails__odd_answers),
		cmocka_unit_test(test_recorders__with_status),
		cmocka_unit_test(test_recorders__no_status_is_unread),
		cmocka_unit_test(test_rules__only_those_of_rds),
		cmocka_unit_test(test_rules__names_in_batches),
		cmocka_unit_test(test_alarms__the_filter_behind),
		cmocka_unit_test(test_filters__where_the_trail_delivers),
		cmocka_unit_test(test_filters__elsewhere_is_refused),
		cmocka_unit_test(test_filters__elsewhere_cannot_be_reached),
		cmocka_unit_test(test_event_rules__whom_they_tell),
		cmocka_unit_test(test_elsewhere__each_once),
		cmocka_unit_test(test_route_tables__public_or_not),
		cmocka_unit_test(test_route_tables__without_the_groups),
		cmocka_unit_test(test_log_groups__one_by_one),
		cmocka_unit_test(test_log_groups__not_too_fast),
		cmocka_unit_test(test_log_groups__none),
		cmocka_unit_test(test_wait__a_refused_part_fails_no_other_one),
		cmocka_unit_test(test_wait__no_answer_has_no_code),
		cmocka_unit_test(test_wait__half_a_listing_is_unread),
		cmocka_unit_test(test_wait__interrupted),
		cmocka_unit_test(test_free__nothing),
	};

	json_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
