/*
 * Live state from a client in memory: aws_list, aws_start and aws_step are
 * defined here and therefore not taken from the library. Answers come from a
 * function of each test; the queue is worked off last in, first out, so that
 * nothing can rely on an order.
 */
#include "tests/unit/call_fixture.h"

#include <stdlib.h>

#include "core/aws.h"
#include "core/mem.h"
#include "core/xml.h"
#include "plans/live.h"

#define QUEUE_MAX 512

/* What one page of a call gets: xml, or a failure. */
struct reply {
	char *xml; /* owned */
	enum aws_outcome outcome;
	enum aws_class class;
	bool more; /* another page follows: ask with page + 1 */
	bool torn; /* a first attempt breaks off half-way */
};

struct waiting {
	struct aws_call call;
	json_t *parameters;
	void (*page_done)(void *ctx);
};

static struct waiting queue[QUEUE_MAX];
static size_t queued, asked;
static struct reply (*answer)(const char *action, const char *region,
			      const json_t *parameters, size_t page);

static void enqueue(const struct aws_call *call, void (*page_done)(void *ctx))
{
	assert_true(queued < QUEUE_MAX);
	assert_false(call->mutating);
	queue[queued++] = (struct waiting){ .call = *call,
					    .parameters = json_deep_copy(
						    call->parameters),
					    .page_done = page_done };
}

void aws_start(struct aws *aws UNUSED, const struct aws_call *call)
{
	enqueue(call, NULL);
}

void aws_list(struct aws *aws UNUSED, const struct aws_listing *listing)
{
	assert_string_equal(listing->marker_path, "*/*/Marker");
	enqueue(&listing->call, listing->page_done);
}

size_t aws_in_flight(const struct aws *aws UNUSED)
{
	return queued;
}

static void feed(const struct aws_call *call, const char *xml, size_t len,
		 bool whole)
{
	struct xml_parser *parser =
		xml_parser_new(call->answer, call->handler, call->ctx);
	struct error err = ERROR_INIT;

	assert_int_equal(xml_parse(parser, xml, len, whole, &err), 0);
	xml_parser_free(parser);
}

static enum aws_outcome work(const struct waiting *w, struct aws_result *result,
			     size_t page)
{
	/* the session stands for the region in these tests */
	struct reply reply =
		answer(w->call.action, (const char *)w->call.session,
		       w->parameters, page);

	asked++;
	result->outcome = reply.outcome;
	result->class = reply.class;
	if (reply.xml) {
		if (reply.torn) {
			w->call.begin(w->call.ctx);
			feed(&w->call, reply.xml, strlen(reply.xml) / 2, false);
		}
		w->call.begin(w->call.ctx);
		feed(&w->call, reply.xml, strlen(reply.xml), true);
		free(reply.xml);
		if (w->page_done)
			w->page_done(w->call.ctx);
	}
	return reply.outcome == AWS_OK && reply.more ? work(w, result, page + 1)
						     : reply.outcome;
}

size_t aws_step(struct aws *aws UNUSED, int64_t until_ms UNUSED)
{
	struct waiting w;
	struct error err = ERROR_INIT;
	struct aws_result result = { .code = "" };

	if (!queued)
		return 0;
	w = queue[--queued];
	if (work(&w, &result, 0) != AWS_OK)
		(void)error_set(&err, ERR_AWS, "AWS said no to %s",
				w.call.action);
	result.error = error_is_set(&err) ? &err : NULL;
	w.call.done(w.call.ctx, &result);
	json_decref(w.parameters);
	error_release(&err);
	return 1;
}

/* ---- places and answers ----------------------------------------------- */

static struct place items[] = {
	{ .name = (char *)"123456789012/global",
	  .account_id = (char *)"123456789012",
	  .region = (char *)"global",
	  .path = (char *)"123456789012/global",
	  .global = true,
	  .session = (struct aws_session *)"global" },
	{ .name = (char *)"prod",
	  .account_id = (char *)"123456789012",
	  .region = (char *)"eu-west-1",
	  .path = (char *)"123456789012/eu-west-1",
	  .session = (struct aws_session *)"eu-west-1" },
	{ .name = (char *)"spare",
	  .account_id = (char *)"123456789012",
	  .region = (char *)"eu-west-2",
	  .path = (char *)"123456789012/eu-west-2",
	  .session = (struct aws_session *)"eu-west-2" },
};
static const struct places places = { .items = items, .len = 3 };

static const struct live_wanted all = { .kinds = { true, true, true },
					.references = true };

static struct reply ok(char *xml)
{
	return (struct reply){ .xml = xml, .outcome = AWS_OK };
}

static struct reply no(enum aws_class class)
{
	return (struct reply){ .outcome = AWS_REFUSED, .class = class };
}

static char *cluster_xml(const char *id)
{
	return xasprintf("<DBCluster><DBClusterIdentifier>%s"
			 "</DBClusterIdentifier><DbClusterResourceId>c-%s"
			 "</DbClusterResourceId><Engine>aurora-mysql</Engine>"
			 "<Status>available</Status></DBCluster>",
			 id, id);
}

static struct reply clusters(const char *const *ids)
{
	CLEANUP(strbuf_release) struct strbuf xml = STRBUF_INIT(MIB);

	strbuf_adds(&xml, "<R><S><DBClusters>");
	for (; *ids; ids++) {
		CLEANUP(free_ptr) char *one = cluster_xml(*ids);

		strbuf_adds(&xml, one);
	}
	strbuf_adds(&xml, "</DBClusters></S></R>");
	return ok(strbuf_detach(&xml));
}

static struct reply instances(const char *id, const char *cluster,
			      const char *role)
{
	return ok(xasprintf(
		"<R><S><DBInstances><DBInstance><DBInstanceIdentifier>%s"
		"</DBInstanceIdentifier><DBClusterIdentifier>%s"
		"</DBClusterIdentifier><DbiResourceId>db-%s</DbiResourceId>"
		"<Engine>aurora-mysql</Engine><DBInstanceStatus>available"
		"</DBInstanceStatus><MonitoringInterval>60"
		"</MonitoringInterval><MonitoringRoleArn>"
		"arn:aws:iam::123456789012:role/%s</MonitoringRoleArn>"
		"</DBInstance></DBInstances></S></R>",
		id, cluster, id, role));
}

static struct reply role(const json_t *parameters)
{
	const char *name = json_text(parameters, "RoleName");

	if (strcmp(name, "gone") == 0)
		return no(AWS_CLASS_NOT_FOUND);
	return ok(xasprintf("<R><S><Role><RoleName>%s</RoleName><RoleId>AROA%s"
			    "</RoleId></Role></S></R>",
			    name, name));
}

static struct reply policies(bool truncated)
{
	return ok(xasprintf(
		"<R><S><AttachedPolicies><member><PolicyArn>arn:aws:iam::aws:"
		"policy/A</PolicyArn></member></AttachedPolicies>"
		"<IsTruncated>%s</IsTruncated></S></R>",
		truncated ? "true" : "false"));
}

/* Two pages of clusters, and a first attempt torn off. */
static struct reply healthy(const char *action, const char *region,
			    const json_t *parameters, size_t page)
{
	static const char *const first[] = { "a", "b", NULL };
	static const char *const second[] = { "c", NULL };
	struct reply reply;

	if (strcmp(action, "DescribeDBClusters") == 0) {
		reply = clusters(page ? second : first);
		reply.more = page == 0;
		reply.torn = true;
		return reply;
	}
	if (strcmp(action, "DescribeDBInstances") == 0)
		return instances(
			strcmp(region, "eu-west-1") == 0 ? "a-1" : "a-2", "a",
			strcmp(region, "eu-west-1") == 0 ? "watch" : "gone");
	assert_string_equal(region, "global");
	if (strcmp(action, "GetRole") == 0)
		return role(parameters);
	return policies(false);
}

/* ---- reading everything ----------------------------------------------- */

static void test_live_read__all_places(void **state UNUSED)
{
	static const char *const expected[][2] = {
		{ "123456789012/global", "iam_role/asked" },
		{ "123456789012/global", "iam_role/watch" },
		{ "prod", "cluster/a" },
		{ "prod", "cluster/b" },
		{ "prod", "cluster/c" },
		{ "prod", "instance/a-1" },
		{ "spare", "cluster/a" },
		{ "spare", "cluster/b" },
		{ "spare", "cluster/c" },
		{ "spare", "instance/a-2" },
	};
	CLEANUP(json_release)
	json_t *ids = test_json("{\"123456789012/global\":"
				"{\"iam_role\":[\"asked\",\"gone\"]}}");
	struct live_wanted wanted = all;
	struct live *live = NULL;
	struct error err = ERROR_INIT;

	wanted.ids = ids;
	answer = healthy;
	asked = 0;
	assert_int_equal(live_read(NULL, &places, &wanted, &live, &err), 0);
	assert_int_equal(live->len, ARRAY_SIZE(expected));
	for (size_t i = 0; i < live->len; i++) {
		assert_string_equal(live->items[i]->place->name,
				    expected[i][0]);
		assert_string_equal(live->items[i]->address, expected[i][1]);
		assert_ptr_equal(
			live_find(live, expected[i][0], expected[i][1]),
			live->items[i]);
	}
	assert_null(live_find(live, "prod", "cluster/z"));
	assert_null(live_find(live, "nowhere", "cluster/a"));
	/* two pages and one of each region; of each role what it is, and of
	 * those that are there three lists */
	assert_int_equal(asked, 2 * 3 + 3 + 2 * 3);
	live_free(live);
}

static void test_live_read__only_what_is_wanted(void **state UNUSED)
{
	const struct live_wanted wanted = { .kinds = { [KIND_CLUSTER] =
							       true } };
	struct live *live = NULL;
	struct error err = ERROR_INIT;

	answer = healthy;
	asked = 0;
	assert_int_equal(live_read(NULL, &places, &wanted, &live, &err), 0);
	assert_int_equal(live->len, 6);
	assert_int_equal(asked, 4);
	live_free(live);
}

/* The first readings of prod's clusters lose their order: c is missing. */
static size_t disorderly;

static struct reply moving(const char *action, const char *region,
			   const json_t *parameters, size_t page)
{
	static const char *const again[] = { "b", NULL };

	if (strcmp(action, "DescribeDBClusters") == 0 &&
	    strcmp(region, "eu-west-1") == 0 && page && disorderly) {
		disorderly--;
		return clusters(again);
	}
	return healthy(action, region, parameters, page);
}

static void
test_live_read__a_listing_that_moved_is_read_again(void **state UNUSED)
{
	const struct live_wanted wanted = { .kinds = { [KIND_CLUSTER] =
							       true } };
	struct live *live = NULL;
	struct error err = ERROR_INIT;

	answer = moving;
	asked = 0;
	disorderly = 2;
	assert_int_equal(live_read(NULL, &places, &wanted, &live, &err), 0);
	assert_int_equal(live->len, 6);
	assert_non_null(live_find(live, "prod", "cluster/c"));
	/* three readings of one region, one of the other, two pages each */
	assert_int_equal(asked, 3 * 2 + 2);
	live_free(live);
}

static struct reply spare_denied(const char *action, const char *region,
				 const json_t *parameters, size_t page)
{
	if (strcmp(region, "eu-west-2") == 0 &&
	    strcmp(action, "DescribeDBInstances") == 0)
		return no(AWS_CLASS_AUTHORISATION);
	return healthy(action, region, parameters, page);
}

static void fails(struct reply (*how)(const char *action, const char *region,
				      const json_t *parameters, size_t page),
		  const char *says, const char *hints)
{
	struct live *live = NULL;
	struct error err = ERROR_INIT;
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(MIB);

	answer = how;
	assert_int_equal(live_read(NULL, &places, &all, &live, &err), -1);
	assert_null(live);
	error_message(&err, &text);
	if (!strstr(text.buf, says))
		fail_msg("'%s' does not say '%s'", text.buf, says);
	if (hints)
		assert_non_null(strstr(err.hint, hints));
	else
		assert_null(err.hint);
	error_release(&err);
}

static void
test_live_read__a_listing_that_always_moves_fails(void **state UNUSED)
{
	disorderly = SIZE_MAX;
	fails(moving, "changes its order between pages", "--target spare");
}

static void test_live_read__one_target_denied_fails_all(void **state UNUSED)
{
	fails(spare_denied, "reading the instances of 'spare'",
	      "--target prod");
}

static struct reply page_two_lost(const char *action, const char *region,
				  const json_t *parameters, size_t page)
{
	if (page)
		return no(AWS_CLASS_TRANSIENT);
	return healthy(action, region, parameters, page);
}

static void test_live_read__half_a_listing_is_nothing(void **state UNUSED)
{
	fails(page_two_lost, "reading the clusters of 'prod'", NULL);
}

static struct reply not_there(const char *action, const char *region,
			      const json_t *parameters, size_t page)
{
	if (strcmp(action, "DescribeDBClusters") == 0)
		return no(AWS_CLASS_NOT_FOUND);
	return healthy(action, region, parameters, page);
}

static void
test_live_read__not_found_of_a_whole_listing_fails(void **state UNUSED)
{
	fails(not_there, "reading the clusters", NULL);
}

static struct reply roles_cut(const char *action, const char *region,
			      const json_t *parameters, size_t page)
{
	if (strcmp(action, "ListAttachedRolePolicies") == 0)
		return policies(true);
	return healthy(action, region, parameters, page);
}

static void
test_live_read__a_truncated_list_of_policies_fails(void **state UNUSED)
{
	fails(roles_cut, "half of a list", NULL);
}

/* ---- look-ups --------------------------------------------------------- */

static const char *not_answered; /* the region whose look-ups fail */
static enum aws_class not_why;

static struct reply with_versions(const char *action, const char *region,
				  const json_t *parameters, size_t page)
{
	struct reply reply;
	char *xml;
	const char *end;

	if (strcmp(action, "DescribeDBEngineVersions") == 0) {
		if (not_answered && strcmp(region, not_answered) == 0)
			return (struct reply){
				.outcome = not_why == AWS_CLASS_THROTTLING
						   ? AWS_NOT_SENT
						   : AWS_REFUSED,
				.class = not_why
			};
		return ok(xasprintf(
			"<R><S><DBEngineVersions><DBEngineVersion><Engine>%s"
			"</Engine><EngineVersion>%s</EngineVersion>"
			"<ExportableLogTypes><member>audit</member>"
			"</ExportableLogTypes></DBEngineVersion>"
			"</DBEngineVersions></S></R>",
			json_text(parameters, "Engine"),
			json_text(parameters, "EngineVersion")));
	}
	reply = healthy(action, region, parameters, page);
	xml = reply.xml;
	if (strcmp(action, "DescribeDBClusters") != 0)
		return reply;
	/* the last cluster of the page gets a version */
	end = strstr(xml, "</DBCluster></DBClusters>");
	reply.xml = xasprintf("%.*s<EngineVersion>3.0%zu</EngineVersion>%s",
			      (int)(end - xml), xml, page, end);
	free(xml);
	return reply;
}

static void test_live_read__looks_up_what_is_in_use(void **state UNUSED)
{
	const struct live_wanted wanted = {
		.kinds = { [KIND_CLUSTER] = true },
		.lookups = { [KIND_CLUSTER] = LOOKUP_ENGINE_VERSION },
	};
	struct live *live = NULL;
	struct error err = ERROR_INIT;

	answer = with_versions;
	not_answered = NULL;
	asked = 0;
	assert_int_equal(live_read(NULL, &places, &wanted, &live, &err), 0);
	/* two pages and two versions of each region */
	assert_int_equal(asked, 4 + 4);
	test_is_json(
		json_object_get(live->items[1]->facts, "exportable_log_types"),
		"[\"audit\"]");
	test_is_json(live->skipped, "[]");
	live_free(live);

	not_answered = "eu-west-2";
	not_why = AWS_CLASS_AUTHORISATION;
	assert_int_equal(live_read(NULL, &places, &wanted, &live, &err), 0);
	assert_int_equal(json_array_size(live->skipped), 1);
	assert_string_equal(
		json_text(json_array_get(live->skipped, 0), "target"), "spare");
	live_free(live);

	live = NULL;
	not_why = AWS_CLASS_THROTTLING;
	assert_int_equal(live_read(NULL, &places, &wanted, &live, &err), -1);
	assert_null(live);
	assert_non_null(strstr(err.hint, "--target prod"));
	error_release(&err);
}

/* ---- observing lanes -------------------------------------------------- */

struct seen {
	struct live *live;
	struct error err;
	size_t calls;
};

static void on_live(void *ctx, struct live *live, const struct error *err)
{
	struct seen *seen = ctx;

	seen->calls++;
	seen->live = live;
	if (err)
		error_copy(&seen->err, err);
}

static void observe(struct seen *seen, size_t place, enum kind kind,
		    const char *const *lanes, size_t len)
{
	*seen = (struct seen){ .err = ERROR_INIT };
	live_observe(NULL, &items[place], kind, lanes, len, on_live, seen);
	while (aws_step(NULL, 0))
		continue;
	assert_int_equal(seen->calls, 1);
}

static struct reply by_id(const char *action, const char *region UNUSED,
			  const json_t *parameters, size_t page UNUSED)
{
	static const char *const everything[] = { "a", "b", "c", NULL };
	const char *id = json_text(parameters, "DBClusterIdentifier");
	const char *value =
		json_text(parameters, "Filters.Filter.1.Values.Value.1");

	if (strcmp(action, "DescribeDBInstances") == 0) {
		assert_string_equal(
			json_text(parameters, "Filters.Filter.1.Name"),
			"db-cluster-id");
		return instances("a-1", value, "watch");
	}
	if (id && strcmp(id, "z") == 0)
		return no(AWS_CLASS_NOT_FOUND);
	if (id)
		return clusters((const char *const[]){ id, NULL });
	/* one that is gone fails all of them */
	if (json_text(parameters, "Filters.Filter.1.Values.Value.3"))
		return no(AWS_CLASS_NOT_FOUND);
	/* an emulator that ignores filters */
	return clusters(everything);
}

static void test_live_observe__one_lane(void **state UNUSED)
{
	static const char *const lanes[] = { "cluster/a" };
	struct seen seen;

	answer = by_id;
	observe(&seen, 1, KIND_CLUSTER, lanes, 1);
	assert_non_null(seen.live);
	assert_int_equal(seen.live->len, 2);
	assert_non_null(live_find(seen.live, "prod", "cluster/a"));
	assert_non_null(live_find(seen.live, "prod", "instance/a-1"));
	live_free(seen.live);
}

static void test_live_observe__extras_are_ignored(void **state UNUSED)
{
	static const char *const lanes[] = { "cluster/a", "cluster/c" };
	struct seen seen;

	answer = by_id;
	observe(&seen, 1, KIND_CLUSTER, lanes, 2);
	assert_int_equal(seen.live->len, 3);
	assert_null(live_find(seen.live, "prod", "cluster/b"));
	live_free(seen.live);
}

static void test_live_observe__a_gone_one_hides_no_other(void **state UNUSED)
{
	static const char *const lanes[] = { "cluster/a", "cluster/b",
					     "cluster/z" };
	struct seen seen;

	answer = by_id;
	observe(&seen, 1, KIND_CLUSTER, lanes, 3);
	assert_non_null(seen.live);
	assert_non_null(live_find(seen.live, "prod", "cluster/a"));
	assert_non_null(live_find(seen.live, "prod", "cluster/b"));
	assert_null(live_find(seen.live, "prod", "cluster/z"));
	live_free(seen.live);
}

static void test_live_observe__many_lanes_few_requests(void **state UNUSED)
{
	char *lanes[250];
	struct seen seen;

	for (size_t i = 0; i < ARRAY_SIZE(lanes); i++)
		lanes[i] = xasprintf("cluster/c-%03zu", i);
	answer = healthy;
	asked = 0;
	observe(&seen, 1, KIND_CLUSTER, (const char *const *)lanes,
		ARRAY_SIZE(lanes));
	/* three of instances, and three of clusters of two pages each */
	assert_int_equal(asked, 3 + 3 * 2);
	assert_int_equal(seen.live->len, 0);
	live_free(seen.live);
	for (size_t i = 0; i < ARRAY_SIZE(lanes); i++)
		free(lanes[i]);
}

static void test_live_observe__roles(void **state UNUSED)
{
	static const char *const lanes[] = { "iam_role/gone",
					     "iam_role/watch" };
	struct seen seen;

	answer = healthy;
	observe(&seen, 0, KIND_IAM_ROLE, lanes, 2);
	assert_int_equal(seen.live->len, 1);
	assert_string_equal(seen.live->items[0]->address, "iam_role/watch");
	live_free(seen.live);
}

static void test_live_observe__failure(void **state UNUSED)
{
	static const char *const lanes[] = { "cluster/a" };
	struct seen seen;

	answer = spare_denied;
	observe(&seen, 2, KIND_CLUSTER, lanes, 1);
	assert_null(seen.live);
	assert_int_equal(seen.err.code, ERR_AWS);
	error_release(&seen.err);
}

static void test_live_observe__no_lanes_ask_nothing(void **state UNUSED)
{
	struct seen seen;

	answer = healthy;
	asked = 0;
	observe(&seen, 1, KIND_CLUSTER, NULL, 0);
	assert_int_equal(asked, 0);
	assert_int_equal(seen.live->len, 0);
	live_free(seen.live);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_live_read__all_places),
		cmocka_unit_test(test_live_read__only_what_is_wanted),
		cmocka_unit_test(
			test_live_read__a_listing_that_moved_is_read_again),
		cmocka_unit_test(
			test_live_read__a_listing_that_always_moves_fails),
		cmocka_unit_test(test_live_read__one_target_denied_fails_all),
		cmocka_unit_test(test_live_read__half_a_listing_is_nothing),
		cmocka_unit_test(
			test_live_read__not_found_of_a_whole_listing_fails),
		cmocka_unit_test(
			test_live_read__a_truncated_list_of_policies_fails),
		cmocka_unit_test(test_live_read__looks_up_what_is_in_use),
		cmocka_unit_test(test_live_observe__one_lane),
		cmocka_unit_test(test_live_observe__extras_are_ignored),
		cmocka_unit_test(test_live_observe__a_gone_one_hides_no_other),
		cmocka_unit_test(test_live_observe__many_lanes_few_requests),
		cmocka_unit_test(test_live_observe__roles),
		cmocka_unit_test(test_live_observe__failure),
		cmocka_unit_test(test_live_observe__no_lanes_ask_nothing),
	};

	json_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
