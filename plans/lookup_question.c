#include "plans/lookup_question.h"

#include <string.h>

#include "core/clock.h"
#include "core/limits.h"
#include "core/mem.h"
#include "plans/lookup.h"

#define LOG_TYPES "ExportableLogTypes/member"
#define EXPORTS_LOGS "SupportsLogExportsToCloudwatchLogs"
#define CAS "SupportedCACertificateIdentifiers/member"
#define FEATURES "SupportedFeatureNames/member"
#define ROTATES "SupportsCertificateRotationWithoutRestart"
#define MAINTENANCE \
	"PendingMaintenanceActionDetails/PendingMaintenanceAction/Action"

static const char *text_of(const json_t *element, const char *member)
{
	return json_string_value(
		json_array_get(json_object_get(element, member), 0));
}

static bool says(const json_t *element, const char *member, const char *text)
{
	const char *said = text_of(element, member);

	return said && strcasecmp(said, text) == 0;
}

static void take_list(const json_t *element, const char *member, json_t *facts,
		      const char *fact)
{
	const json_t *texts = json_object_get(element, member);

	if (json_array_size(texts))
		json_object_set_new(facts, fact, json_sorted_set(texts));
}

/* A version may be asked for by its beginning: only the very one counts. */
static void take_version(const struct lookup_subject *subject,
			 const json_t *element, json_t *facts)
{
	if (!says(element, "Engine", subject->engine) ||
	    !says(element, "EngineVersion", subject->version))
		return;
	json_object_clear(facts);
	take_list(element, LOG_TYPES, facts, FACT_LOG_TYPES);
	if (says(element, EXPORTS_LOGS, "false"))
		json_object_set_new(facts, FACT_LOG_TYPES, json_array());
	take_list(element, CAS, facts, FACT_CAS);
	take_list(element, FEATURES, facts, FACT_FEATURES);
	if (text_of(element, "Status"))
		json_object_set_new(facts, FACT_VERSION_STATUS,
				    json_from_text(text_of(element, "Status")));
	if (text_of(element, ROTATES))
		json_object_set_new(
			facts, FACT_ROTATES,
			json_boolean(says(element, ROTATES, "true")));
}

static json_t *member_in(json_t *facts, const char *fact)
{
	json_t *inner = json_object_get(facts, fact);

	if (!inner) {
		inner = json_object();
		json_object_set_new(facts, fact, inner);
	}
	return inner;
}

static void take_certificate(const struct lookup_subject *subject UNUSED,
			     const json_t *element, json_t *facts)
{
	CLEANUP(error_release) struct error err = ERROR_INIT;
	const char *id = text_of(element, "CertificateIdentifier");
	const char *till = text_of(element, "ValidTill");
	int64_t when = 0;

	if (!id || !till || clock_parse(till, &when, &err))
		return;
	json_object_set_new(member_in(facts, FACT_EXPIRED), id,
			    when < clock_now() ? json_from_text(till)
					       : json_null());
	json_object_set_new(member_in(facts, FACT_VALID_TILL), id,
			    json_from_text(till));
}

/* DescribePendingMaintenanceActions lists only what has some. */
static void take_maintenance(const struct lookup_subject *subject UNUSED,
			     const json_t *element, json_t *facts)
{
	const char *arn = text_of(element, "ResourceIdentifier");
	CLEANUP(json_release)
	json_t *actions =
		json_sorted_set(json_object_get(element, MAINTENANCE));
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(LIMIT_MESSAGE);
	size_t i;
	json_t *action;

	if (!arn || !json_array_size(actions))
		return;
	json_array_foreach(actions, i, action)
		strbuf_addf(&text, "%s%s", i ? ", " : "",
			    json_string_value(action));
	json_object_set_new(member_in(facts, FACT_MAINTENANCE), arn,
			    json_from_text(text.buf));
}

const char *lookup_maintenance(const struct resource *resource)
{
	const json_t *by_arn =
		json_object_get(resource->facts, FACT_MAINTENANCE);

	return resource->arn ? json_text(by_arn, resource->arn) : NULL;
}

/* AWS writes times as numbers, with a fraction. */
static json_t *seconds(const json_t *answer, const char *member)
{
	const json_t *when = json_object_get(answer, member);

	return json_is_number(when)
		       ? json_integer((json_int_t)json_number_value(when))
		       : NULL;
}

/* One that is about to be deleted is nobody's any more. */
static void take_secret(const json_t *answer, json_t *facts)
{
	const char *owner = json_text(answer, "OwningService");

	json_object_set_new(facts, FACT_SECRET_OWNER,
			    json_object_get(answer, "DeletedDate")
				    ? json_null()
				    : json_from_text(owner ? owner : ""));
	json_object_set_new(
		facts, FACT_SECRET_ROTATION,
		json_pack("{sb so* so*}", "enabled",
			  json_is_true(
				  json_object_get(answer, "RotationEnabled")),
			  "last_rotated", seconds(answer, "LastRotatedDate"),
			  "created", seconds(answer, "CreatedDate")));
}

/* A page of them: ARN → the facts of that one. */
static void take_secrets(const json_t *answer, json_t *facts)
{
	json_t *all = member_in(facts, "secrets");
	size_t i;
	json_t *secret;

	json_array_foreach(json_object_get(answer, "SecretList"), i, secret) {
		const char *arn = json_text(secret, "ARN");
		json_t *one = json_object();

		take_secret(secret, one);
		if (arn)
			json_object_set_new(all, arn, one);
		else
			json_decref(one);
	}
}

static void take_no_secret(json_t *facts)
{
	json_object_set_new(facts, FACT_SECRET_OWNER, json_null());
}

/* ---- what for ----------------------------------------------------------- */

static char *version_of(const struct resource *resource)
{
	if (!resource->engine || !resource->engine_version)
		return NULL;
	return xasprintf("%s %s", resource->engine, resource->engine_version);
}

static char *anything(const struct resource *resource UNUSED)
{
	return xstrdup("");
}

static char *secret_of(const struct resource *resource)
{
	const char *arn = json_string_value(json_array_get(
		json_object_get(resource->facts, FACT_SECRET_ARN), 0));

	return arn && *arn ? xstrdup(arn) : NULL;
}

/* All of a region are asked for at once, where any is. */
static char *any_secret(const struct resource *resource)
{
	CLEANUP(free_ptr) char *arn = secret_of(resource);

	return arn ? xstrdup("") : NULL;
}

/* One that is not among RDS's is none of RDS. */
static json_t *pick_secret(const struct resource *resource, const json_t *facts)
{
	CLEANUP(free_ptr) char *arn = secret_of(resource);
	json_t *one = json_object_get(json_object_get(facts, "secrets"), arn);
	json_t *none;

	if (one)
		return json_incref(one);
	none = json_object();
	take_no_secret(none);
	return none;
}

static json_t *ask_version(const struct lookup_subject *subject)
{
	/* a version that runs may be one that is no longer to be had */
	return json_pack("{s:o, s:o, s:s}", "Engine",
			 json_from_text(subject->engine), "EngineVersion",
			 json_from_text(subject->version), "IncludeAll",
			 "true");
}

static json_t *ask_all(const struct lookup_subject *subject UNUSED)
{
	return json_object();
}

/* Who owns it, and nothing of what is in it. */
static json_t *ask_secret(const struct lookup_subject *subject)
{
	return json_pack("{s:o}", "SecretId", json_from_text(subject->secret));
}

static json_t *ask_secrets(const struct lookup_subject *subject UNUSED)
{
	return json_pack("{si s[{ss s[s]}]}", "MaxResults", 100, "Filters",
			 "Key", "owning-service", "Values", "rds");
}

const struct lookup_question lookup_questions[LOOKUP_QUESTIONS] = {
	{ .lookup = LOOKUP_ENGINE_VERSION,
	  .service = "rds",
	  .action = "DescribeDBEngineVersions",
	  .grant = { .action = "rds:DescribeDBEngineVersions",
		     .use = GRANT_READ },
	  .key = version_of,
	  .parameters = ask_version,
	  .element = "DBEngineVersions/DBEngineVersion",
	  .members = { "Engine", "EngineVersion", LOG_TYPES, CAS, FEATURES,
		       ROTATES, EXPORTS_LOGS, "Status" },
	  .take = take_version,
	  .nothing = "the answer says nothing of it" },
	{ .lookup = LOOKUP_SECRET,
	  .whom = FOR_CHANGES,
	  .service = "secretsmanager",
	  .action = "DescribeSecret",
	  .grant = { .action = "secretsmanager:DescribeSecret",
		     .use = GRANT_READ,
		     .arns = { "secretsmanager:{region}:{account}:secret:rds!"
			       "*" } },
	  .key = secret_of,
	  .parameters = ask_secret,
	  .take_json = take_secret,
	  .take_missing = take_no_secret,
	  .unknown =
		  "whether RDS owns the secrets of master passwords could "
		  "not be looked up, so that what the clusters name is taken "
		  "to be theirs" },
	{ .lookup = LOOKUP_SECRET,
	  .whom = FOR_REPORTS,
	  .service = "secretsmanager",
	  .action = "ListSecrets",
	  .grant = { .action = "secretsmanager:ListSecrets",
		     .use = GRANT_REPORT },
	  .key = any_secret,
	  .parameters = ask_secrets,
	  .take_json = take_secrets,
	  .token = "NextToken",
	  .pick = pick_secret },
	{ .lookup = LOOKUP_CERTIFICATES,
	  .service = "rds",
	  .action = "DescribeCertificates",
	  .grant = { .action = "rds:DescribeCertificates", .use = GRANT_READ },
	  .key = anything,
	  .parameters = ask_all,
	  .element = "Certificates/Certificate",
	  .members = { "CertificateIdentifier", "ValidTill" },
	  .take = take_certificate,
	  .nothing = "the answer has none",
	  .unknown = "which certificates have expired could not be looked "
		     "up, so all are taken to be valid" },
	{ .lookup = LOOKUP_MAINTENANCE,
	  .service = "rds",
	  .action = "DescribePendingMaintenanceActions",
	  .grant = { .action = "rds:DescribePendingMaintenanceActions",
		     .use = GRANT_READ },
	  .key = anything,
	  .parameters = ask_all,
	  .element = "PendingMaintenanceActions/"
		     "ResourcePendingMaintenanceActions",
	  .members = { "ResourceIdentifier", MAINTENANCE },
	  .take = take_maintenance,
	  .unknown = "which maintenance waits for its window could not be "
		     "looked up, so that a window which has begun may set it "
		     "off" },
};

struct lookup_subject lookup_subject_of(const struct lookup_question *question,
					const struct resource *resource)
{
	struct lookup_subject subject = { .engine = NULL };

	if (question->lookup == LOOKUP_ENGINE_VERSION) {
		subject.engine = xstrdup(resource->engine);
		subject.version = xstrdup(resource->engine_version);
	} else if (question->lookup == LOOKUP_SECRET && !question->pick) {
		subject.secret = secret_of(resource);
	}
	return subject;
}
