/*
 * Look-ups: what is asked, once each, and what becomes of the answers. aws_list
 * is defined here and therefore not taken from the library; a test answers what
 * it was asked when it likes.
 */
#include "tests/unit/call_fixture.h"

#include "core/aws.h"
#include "core/mem.h"
#include "core/xml.h"
#include "plans/live.h"
#include "plans/lookup.h"

#define ASKED_MAX 16

static struct asked {
	struct aws_listing list;
	json_t *parameters;
} asked[ASKED_MAX];
static size_t asked_len;

void aws_list(struct aws *aws UNUSED, const struct aws_listing *listing)
{
	assert_true(asked_len < ASKED_MAX);
	assert_false(listing->call.mutating);
	assert_string_equal(listing->call.service, "rds");
	asked[asked_len++] = (struct asked){
		.list = *listing,
		.parameters = json_deep_copy(listing->call.parameters),
	};
}

/* A call that is no listing, kept as one. */
void aws_start(struct aws *aws UNUSED, const struct aws_call *call)
{
	assert_true(asked_len < ASKED_MAX);
	assert_false(call->mutating);
	assert_string_equal(call->service, "secretsmanager");
	asked[asked_len++] = (struct asked){
		.list = { .call = *call },
		.parameters = json_deep_copy(call->parameters),
	};
}

static void forget(void)
{
	for (size_t i = 0; i < asked_len; i++)
		json_decref(asked[i].parameters);
	asked_len = 0;
}

static void feed(const struct aws_call *call, const char *xml, bool whole)
{
	struct xml_parser *parser =
		xml_parser_new(call->answer, call->handler, call->ctx);
	struct error err = ERROR_INIT;

	call->begin(call->ctx);
	assert_int_equal(xml_parse(parser, xml, strlen(xml), whole, &err), 0);
	xml_parser_free(parser);
}

static void page(size_t i, const char *xml)
{
	feed(&asked[i].list.call, xml, true);
	asked[i].list.page_done(asked[i].list.call.ctx);
}

static void end(size_t i)
{
	asked[i].list.call.done(asked[i].list.call.ctx,
				&(struct aws_result){ .outcome = AWS_OK });
}

static void fails(size_t i, enum aws_outcome outcome, enum aws_class class,
		  enum error_code code, int http_status)
{
	struct error err = ERROR_INIT;
	struct aws_result result = { .outcome = outcome,
				     .class = class,
				     .http_status = http_status,
				     .error = &err };

	(void)error_set(&err, code, "AWS said no");
	asked[i].list.call.done(asked[i].list.call.ctx, &result);
	error_release(&err);
}

/* ---- a fleet ---------------------------------------------------------- */

static const struct place prod = { .name = (char *)"prod" };
static const struct place spare = { .name = (char *)"spare" };

static const unsigned logs[KIND_COUNT] = { [KIND_CLUSTER] =
						   LOOKUP_ENGINE_VERSION };
static const unsigned cas[KIND_COUNT] = {
	[KIND_INSTANCE] = LOOKUP_ENGINE_VERSION | LOOKUP_CERTIFICATES
};

static struct resource *add(struct live *live, enum kind kind,
			    const struct place *place, const char *id,
			    const char *version)
{
	struct resource *resource = resource_new(kind, place);

	resource->id = xstrdup(id);
	resource->address = address_of(kind, id);
	resource->engine = xstrdup("aurora-mysql");
	resource->engine_version = xstrdup(version);
	live_add(live, resource);
	return resource;
}

static struct lookups *ask_all(const unsigned *wanted, const struct live *live)
{
	struct lookups *lookups = lookups_new(NULL, wanted, false);

	assert_non_null(lookups);
	for (size_t i = 0; i < live->len; i++)
		lookups_ask(lookups, live->items[i]);
	return lookups;
}

static void release(struct lookups *lookups, struct live *live)
{
	lookups_free(lookups);
	live_free(live);
	forget();
}

#define HEAD                                                                 \
	"<DescribeDBEngineVersionsResponse><DescribeDBEngineVersionsResult>" \
	"<DBEngineVersions>"
#define TAIL                                                   \
	"</DBEngineVersions></DescribeDBEngineVersionsResult>" \
	"<ResponseMetadata><RequestId>r</RequestId>"           \
	"</ResponseMetadata></DescribeDBEngineVersionsResponse>"
#define VERSION(engine, version, more)                                        \
	"<DBEngineVersion><Engine>" engine "</Engine><EngineVersion>" version \
	"</EngineVersion>" more "</DBEngineVersion>"
#define LOGS(a, b)                                             \
	"<ExportableLogTypes><member>" a "</member><member>" b \
	"</member></ExportableLogTypes>"
#define CAS(a)                                                      \
	"<SupportedCACertificateIdentifiers><member>" a "</member>" \
	"</SupportedCACertificateIdentifiers>"
#define ROTATES(b)                                      \
	"<SupportsCertificateRotationWithoutRestart>" b \
	"</SupportsCertificateRotationWithoutRestart>"

/* ---- what is asked ---------------------------------------------------- */

static void test_lookups_new__nothing_wanted(void **state UNUSED)
{
	static const unsigned none[KIND_COUNT] = { 0 };

	assert_null(lookups_new(NULL, none, false));
	lookups_free(NULL);
}

static void test_lookups_ask__each_version_once(void **state UNUSED)
{
	struct live *live = live_new();
	struct lookups *lookups;

	add(live, KIND_CLUSTER, &prod, "a", "8.0.3");
	add(live, KIND_CLUSTER, &prod, "b", "8.0.3");
	add(live, KIND_CLUSTER, &prod, "c", "5.7.2");
	add(live, KIND_CLUSTER, &spare, "a", "8.0.3");
	add(live, KIND_INSTANCE, &prod, "a-1", "8.0.9");
	lookups = ask_all(logs, live);
	assert_int_equal(asked_len, 3);
	assert_string_equal(asked[0].list.call.action,
			    "DescribeDBEngineVersions");
	test_is_json(asked[0].parameters,
		     "{\"Engine\":\"aurora-mysql\",\"EngineVersion\":\"8.0.3\","
		     "\"IncludeAll\":\"true\"}");
	assert_true(lookups_open(lookups));
	for (size_t i = 0; i < 3; i++)
		end(i);
	assert_false(lookups_open(lookups));
	release(lookups, live);
}

static void test_lookups_ask__certificates_once_a_place(void **state UNUSED)
{
	struct live *live = live_new();
	struct lookups *lookups;
	size_t certificates = 0;

	add(live, KIND_CLUSTER, &prod, "a", "8.0.3");
	add(live, KIND_INSTANCE, &prod, "a-1", "8.0.3");
	add(live, KIND_INSTANCE, &prod, "a-2", "8.0.3");
	lookups = ask_all(cas, live);
	for (size_t i = 0; i < asked_len; i++) {
		if (strcmp(asked[i].list.call.action, "DescribeCertificates"))
			continue;
		certificates++;
		test_is_json(asked[i].parameters, "{}");
	}
	assert_int_equal(certificates, 1);
	assert_int_equal(asked_len, 2);
	end(0);
	end(1);
	release(lookups, live);
}

/* An engine version that nobody gave cannot be asked for. */
static void test_lookups_ask__unknown_version(void **state UNUSED)
{
	struct live *live = live_new();
	struct resource *cluster = add(live, KIND_CLUSTER, &prod, "a", "1");
	struct lookups *lookups;

	free(cluster->engine_version);
	cluster->engine_version = NULL;
	lookups = ask_all(logs, live);
	assert_int_equal(asked_len, 0);
	lookups_give(lookups, live);
	assert_null(cluster->facts);
	test_is_json(live->skipped, "[]");
	release(lookups, live);
}

/* ---- what comes of it ------------------------------------------------- */

static void test_lookups_give__facts_of_the_very_version(void **state UNUSED)
{
	struct live *live = live_new();
	struct resource *one = add(live, KIND_CLUSTER, &prod, "a", "16.4");
	struct resource *other = add(live, KIND_CLUSTER, &prod, "b", "15.4");
	struct resource *member =
		add(live, KIND_INSTANCE, &prod, "a-1", "16.4");
	struct lookups *lookups = ask_all(logs, live);

	page(0, HEAD VERSION("aurora-mysql", "16.4",
			     LOGS("slowquery", "audit") CAS("ca-1")
				     ROTATES("true"))
			VERSION("aurora-mysql", "16.4.1", LOGS("never", "this"))
				TAIL);
	page(0, HEAD VERSION("aurora-postgresql", "16.4", LOGS("nor", "this"))
			TAIL);
	end(0);
	page(1, HEAD VERSION("aurora-mysql", "15.4",
			     CAS("ca-2") ROTATES("false")) TAIL);
	end(1);
	lookups_give(lookups, live);
	test_is_json(one->facts,
		     "{\"exportable_log_types\":[\"audit\",\"slowquery\"],"
		     "\"rotates_certificate_without_restart\":true,"
		     "\"supported_ca_certificate_identifiers\":[\"ca-1\"]}");
	test_is_json(other->facts,
		     "{\"rotates_certificate_without_restart\":false,"
		     "\"supported_ca_certificate_identifiers\":[\"ca-2\"]}");
	assert_null(member->facts);
	test_is_json(live->skipped, "[]");
	release(lookups, live);
}

static void
test_lookups_give__a_torn_attempt_counts_for_nothing(void **state UNUSED)
{
	struct live *live = live_new();
	struct resource *one = add(live, KIND_CLUSTER, &prod, "a", "16.4");
	struct lookups *lookups = ask_all(logs, live);

	feed(&asked[0].list.call,
	     HEAD VERSION("aurora-mysql", "16.4", LOGS("torn", "off")), false);
	page(0,
	     HEAD VERSION("aurora-mysql", "16.4", LOGS("audit", "error")) TAIL);
	end(0);
	lookups_give(lookups, live);
	test_is_json(one->facts,
		     "{\"exportable_log_types\":[\"audit\",\"error\"]}");
	release(lookups, live);
}

static void test_lookups_give__no_exports_at_all(void **state UNUSED)
{
	struct live *live = live_new();
	struct resource *one = add(live, KIND_CLUSTER, &prod, "a", "16.4");
	struct lookups *lookups = ask_all(logs, live);

	page(0, HEAD VERSION("aurora-mysql", "16.4",
			     "<SupportsLogExportsToCloudwatchLogs>false"
			     "</SupportsLogExportsToCloudwatchLogs>") TAIL);
	end(0);
	lookups_give(lookups, live);
	test_is_json(one->facts, "{\"exportable_log_types\":[]}");
	release(lookups, live);
}

static void test_lookups_give__expired_certificates(void **state UNUSED)
{
#define CERTIFICATE(id, till)                                     \
	"<Certificate><CertificateIdentifier>" id                 \
	"</CertificateIdentifier><ValidTill>" till "</ValidTill>" \
	"</Certificate>"
	struct live *live = live_new();
	struct resource *one = add(live, KIND_INSTANCE, &prod, "a-1", "16.4");
	struct lookups *lookups = ask_all(cas, live);
	const size_t at =
		strcmp(asked[0].list.call.action, "DescribeCertificates") != 0;

	page(at,
	     "<R><S><Certificates>" CERTIFICATE("old", "2020-01-01T00:00:00Z")
		     CERTIFICATE("odd", "soon") "</Certificates></S></R>");
	page(at, "<R><S><Certificates>" CERTIFICATE(
			 "new", "2121-01-01T00:00:00.000Z") "</Certificates>"
							    "</S></R>");
	end(at);
	page(!at, HEAD VERSION("aurora-mysql", "16.4", ROTATES("true")) TAIL);
	end(!at);
	lookups_give(lookups, live);
	test_is_json(one->facts,
		     "{\"certificates\":{\"new\":\"2121-01-01T00:00:00.000Z\","
		     "\"old\":"
		     "\"2020-01-01T00:00:00Z\"},"
		     "\"expired_certificates\":{\"new\":null,\"old\":"
		     "\"2020-01-01T00:00:00Z\"},"
		     "\"rotates_certificate_without_restart\":true}");
	release(lookups, live);
#undef CERTIFICATE
}

/* ---- failures --------------------------------------------------------- */

/* Denied, not supported, or answered by something that is not AWS. */
static void test_lookups_give__lacking_is_one_line(void **state UNUSED)
{
	struct live *live = live_new();
	struct resource *one = add(live, KIND_CLUSTER, &prod, "a", "8.0.3");
	struct lookups *lookups;

	add(live, KIND_CLUSTER, &prod, "b", "5.7.2");
	add(live, KIND_CLUSTER, &prod, "c", "9.9.9");
	add(live, KIND_CLUSTER, &spare, "a", "8.0.3");
	lookups = ask_all(logs, live);
	fails(0, AWS_REFUSED, AWS_CLASS_AUTHORISATION, ERR_AWS, 403);
	fails(1, AWS_REFUSED, AWS_CLASS_OTHER, ERR_AWS, 501);
	end(2);
	fails(3, AWS_NOT_SENT, AWS_CLASS_TRANSIENT, ERR_NETWORK, 500);
	assert_null(lookups_error(lookups, &prod));
	assert_null(lookups_error(lookups, &spare));
	lookups_give(lookups, live);
	assert_null(one->facts);
	test_is_json(
		live->skipped,
		"[{\"address\":null,\"reason\":\"what these versions support "
		"could not be looked up, so aback's own table decides: "
		"aurora-mysql 5.7.2, aurora-mysql 8.0.3 (AWS said no)\","
		"\"target\":\"prod\"},"
		"{\"address\":null,\"reason\":\"what these versions support "
		"could not be looked up, so aback's own table decides: "
		"aurora-mysql 9.9.9 (the answer says nothing of it)\","
		"\"target\":\"prod\"},"
		"{\"address\":null,\"reason\":\"what these versions support "
		"could not be looked up, so aback's own table decides: "
		"aurora-mysql 8.0.3 (AWS said no)\",\"target\":\"spare\"}]");
	release(lookups, live);
}

/* What a listing had given before it broke off is not relied on. */
static void test_lookups_give__half_a_listing(void **state UNUSED)
{
	struct live *live = live_new();
	struct resource *one = add(live, KIND_CLUSTER, &prod, "a", "16.4");
	struct lookups *lookups = ask_all(logs, live);

	page(0,
	     HEAD VERSION("aurora-mysql", "16.4", LOGS("audit", "error")) TAIL);
	fails(0, AWS_REFUSED, AWS_CLASS_VALIDATION, ERR_AWS, 400);
	lookups_give(lookups, live);
	assert_null(one->facts);
	assert_int_equal(json_array_size(live->skipped), 1);
	release(lookups, live);
}

static void test_lookups_error__could_have_been_answered(void **state UNUSED)
{
	static const struct {
		enum aws_outcome outcome;
		enum aws_class class;
		enum error_code code;
		int status;
	} cases[] = {
		{ AWS_NOT_SENT, AWS_CLASS_THROTTLING, ERR_AWS, 400 },
		{ AWS_NOT_SENT, AWS_CLASS_TRANSIENT, ERR_INCOMPLETE, 200 },
		{ AWS_NOT_SENT, AWS_CLASS_TRANSIENT, ERR_NETWORK, 0 },
		{ AWS_NOT_SENT, AWS_CLASS_OTHER, ERR_INTERRUPTED, 0 },
		{ AWS_REFUSED, AWS_CLASS_CREDENTIALS, ERR_CREDENTIALS, 403 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct live *live = live_new();
		struct lookups *lookups;
		const struct error *err;

		add(live, KIND_CLUSTER, &prod, "a", "16.4");
		add(live, KIND_CLUSTER, &spare, "a", "16.4");
		lookups = ask_all(logs, live);
		fails(0, cases[i].outcome, cases[i].class, cases[i].code,
		      cases[i].status);
		end(1);
		err = lookups_error(lookups, &prod);
		assert_non_null(err);
		assert_int_equal(err->code, cases[i].code);
		assert_null(lookups_error(lookups, &spare));
		release(lookups, live);
	}
}

/* ---- secrets ------------------------------------------------------------ */

static const unsigned secrets[KIND_COUNT] = { [KIND_CLUSTER] = LOOKUP_SECRET };

static struct resource *add_managed(struct live *live, const char *id,
				    const char *arn)
{
	struct resource *cluster =
		add(live, KIND_CLUSTER, &prod, id, "8.0.mysql_aurora.3.08.0");

	cluster->facts = json_pack("{s:[s]}", FACT_SECRET_ARN, arn);
	return cluster;
}

static void answer_secret(size_t i, const char *json)
{
	json_t *answer = test_json(json);

	asked[i].list.call.begin(asked[i].list.call.ctx);
	asked[i].list.call.json(asked[i].list.call.ctx, answer);
	json_decref(answer);
	end(i);
}

static void test_lookups_ask__a_secret_where_one_is_named(void **state UNUSED)
{
	struct live *live = live_new();
	struct lookups *lookups;

	(void)add_managed(live, "a", "arn:one");
	(void)add_managed(live, "b", "arn:one");
	(void)add(live, KIND_CLUSTER, &prod, "c", "1");
	lookups = ask_all(secrets, live);
	assert_int_equal(asked_len, 1);
	assert_string_equal(asked[0].list.call.action, "DescribeSecret");
	test_is_json(asked[0].parameters, "{\"SecretId\":\"arn:one\"}");
	answer_secret(0, "{\"OwningService\": \"rds\"}");
	assert_false(lookups_open(lookups));
	lookups_give(lookups, live);
	test_is_json(json_object_get(live->items[1]->facts, FACT_SECRET_OWNER),
		     "\"rds\"");
	assert_null(json_object_get(live->items[2]->facts, FACT_SECRET_OWNER));
	release(lookups, live);
}

static void test_lookups_give__secrets_of_nobody(void **state UNUSED)
{
	struct live *live = live_new();
	struct lookups *lookups;

	(void)add_managed(live, "a", "arn:one");
	(void)add_managed(live, "b", "arn:two");
	(void)add_managed(live, "c", "arn:three");
	lookups = ask_all(secrets, live);
	assert_int_equal(asked_len, 3);
	answer_secret(0, "{\"Name\": \"x\"}");
	answer_secret(1, "{\"OwningService\": \"rds\", \"DeletedDate\": 1}");
	fails(2, AWS_REFUSED, AWS_CLASS_NOT_FOUND, ERR_AWS, 400);
	lookups_give(lookups, live);
	test_is_json(json_object_get(live->items[0]->facts, FACT_SECRET_OWNER),
		     "\"\"");
	test_is_json(json_object_get(live->items[1]->facts, FACT_SECRET_OWNER),
		     "null");
	test_is_json(json_object_get(live->items[2]->facts, FACT_SECRET_OWNER),
		     "null");
	test_is_json(live->skipped, "[]");
	release(lookups, live);
}

static void
test_lookups_give__a_secret_that_may_not_be_asked(void **state UNUSED)
{
	struct live *live = live_new();
	struct lookups *lookups;

	(void)add_managed(live, "a", "arn:one");
	lookups = ask_all(secrets, live);
	fails(0, AWS_REFUSED, AWS_CLASS_AUTHORISATION, ERR_AWS, 400);
	lookups_give(lookups, live);
	assert_null(lookups_error(lookups, &prod));
	assert_null(json_object_get(live->items[0]->facts, FACT_SECRET_OWNER));
	assert_int_equal(json_array_size(live->skipped), 1);
	release(lookups, live);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lookups_ask__a_secret_where_one_is_named),
		cmocka_unit_test(test_lookups_give__secrets_of_nobody),
		cmocka_unit_test(
			test_lookups_give__a_secret_that_may_not_be_asked),
		cmocka_unit_test(test_lookups_new__nothing_wanted),
		cmocka_unit_test(test_lookups_ask__each_version_once),
		cmocka_unit_test(test_lookups_ask__certificates_once_a_place),
		cmocka_unit_test(test_lookups_ask__unknown_version),
		cmocka_unit_test(test_lookups_give__facts_of_the_very_version),
		cmocka_unit_test(
			test_lookups_give__a_torn_attempt_counts_for_nothing),
		cmocka_unit_test(test_lookups_give__no_exports_at_all),
		cmocka_unit_test(test_lookups_give__expired_certificates),
		cmocka_unit_test(test_lookups_give__lacking_is_one_line),
		cmocka_unit_test(test_lookups_give__half_a_listing),
		cmocka_unit_test(test_lookups_error__could_have_been_answered),
	};

	json_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
