/* DescribeDBEngineVersions and DescribeCertificates. */
#include <string.h>

#include "core/mem.h"
#include "tests/sim/engines.h"
#include "tests/sim/paging.h"
#include "tests/sim/rds.h"
#include "tests/sim/request.h"
#include "tests/sim/xml.h"

static void add_version(struct strbuf *out, const struct engine_version *row)
{
	CLEANUP(json_release)
	json_t *version = json_pack(
		"{ss ss ss ss ss so sb sb sb s[] s[s] so so ss}", "Engine",
		row->engine, "EngineVersion", row->version,
		"DBParameterGroupFamily", row->family, "DBEngineDescription",
		engine_is_aurora(row->engine) ? "Amazon Aurora" : row->engine,
		"DBEngineVersionDescription", row->description,
		"ExportableLogTypes",
		engine_log_types(row->engine, row->version),
		"SupportsLogExportsToCloudwatchLogs", 1,
		"SupportsCertificateRotationWithoutRestart",
		row->rotates_without_restart, "SupportsReadReplica", 0,
		"ValidUpgradeTarget", "SupportedEngineModes", "provisioned",
		"SupportedFeatureNames", engine_features(row->engine),
		"SupportedCACertificateIdentifiers",
		engine_certificates(row->engine, row->version), "Status",
		"available");

	xml_value(out, "DBEngineVersion", version);
}

static bool is_wanted(const struct rds_call *call,
		      const struct rds_filters *filters,
		      const struct engine_version *row)
{
	const struct request *request = call->request;
	const char *engine = request_get(request, "Engine");
	const char *version = request_get(request, "EngineVersion");
	const char *family = request_get(request, "DBParameterGroupFamily");
	const char *only_default = request_get(request, "DefaultOnly");
	size_t len = version ? strlen(version) : 0;

	/* a version may be a beginning: 16 means 16.4 too */
	return (!engine || !strcmp(engine, row->engine)) &&
	       (!version ||
		(!strncmp(version, row->version, len) &&
		 (!row->version[len] || row->version[len] == '.'))) &&
	       (!family || !strcmp(family, row->family)) &&
	       !(only_default && !strcasecmp(only_default, "true") &&
		 !row->is_default) &&
	       rds_filter_accepts(filters, "engine", row->engine) &&
	       rds_filter_accepts(filters, "engine-version", row->version) &&
	       rds_filter_accepts(filters, "db-parameter-group-family",
				  row->family);
}

/* What a marker calls a row. The caller frees it. */
static char *row_name(const struct engine_version *row)
{
	return xasprintf("%s %s", row->engine, row->version);
}

/* The row after the one that a marker names. */
static size_t first_row(const char *after)
{
	const struct engine_version *row;

	for (size_t i = 0; after && (row = engine_version_at(i)); i++) {
		CLEANUP(free_ptr) char *name = row_name(row);
		if (!strcmp(name, after))
			return i + 1;
	}
	return 0;
}

/* One page. The last row's name where more follow, else NULL. */
static char *add_versions(struct rds_call *call, const struct page *page,
			  const struct rds_filters *filters)
{
	const struct engine_version *row;
	CLEANUP(free_ptr) char *last = NULL;
	long count = 0;

	for (size_t i = first_row(page->after); (row = engine_version_at(i));
	     i++) {
		if (!is_wanted(call, filters, row))
			continue;
		if (count++ == page->size)
			return TAKE(last);
		add_version(&call->answer->body, row);
		free(last);
		last = row_name(row);
	}
	return NULL;
}

void rds_describe_engine_versions(struct rds_call *call)
{
	static const char *const names[] = { "Engine",
					     "EngineVersion",
					     "DBParameterGroupFamily",
					     "DefaultOnly",
					     "Filters.",
					     "IncludeAll",
					     "ListSupportedCharacterSets",
					     "ListSupportedTimezones",
					     "Marker",
					     "MaxRecords" };
	static const char *const filter_names[] = { "db-parameter-group-family",
						    "engine",
						    "engine-version" };
	CLEANUP(page_release) struct page page = { .after = NULL };
	CLEANUP(rds_filters_release) struct rds_filters filters = { .len = 0 };

	if (!rds_only(call, names, ARRAY_SIZE(names)) ||
	    !page_rds(call->request, call->sim->page_size, &page,
		      call->answer) ||
	    !rds_read_filters(call, filter_names, ARRAY_SIZE(filter_names),
			      &filters))
		return;
	answer_begin(call->answer, call->request);
	strbuf_adds(&call->answer->body, "<DBEngineVersions>\n");
	CLEANUP(free_ptr) char *last = add_versions(call, &page, &filters);
	CLEANUP(free_ptr)
	char *marker = last ? page_marker(call->request, last) : NULL;
	strbuf_adds(&call->answer->body, "</DBEngineVersions>\n");
	if (marker)
		xml_text(&call->answer->body, "Marker", marker);
	answer_end(call->answer, call->request);
}

static void add_certificate(const struct rds_call *call,
			    const struct certificate *row)
{
	CLEANUP(free_ptr)
	char *arn = xasprintf("arn:aws:rds:%s::cert:%s", call->place->region,
			      row->id);
	CLEANUP(json_release)
	json_t *certificate = json_pack(
		"{ss ss ss ss ss ss sb}", "CertificateIdentifier", row->id,
		"CertificateType", "CA", "Thumbprint", row->thumbprint,
		"ValidFrom", row->valid_from, "ValidTill", row->valid_till,
		"CertificateArn", arn, "CustomerOverride", 0);

	xml_value(&call->answer->body, "Certificate", certificate);
}

void rds_describe_certificates(struct rds_call *call)
{
	static const char *const names[] = { "CertificateIdentifier", "Marker",
					     "MaxRecords" };
	CLEANUP(page_release) struct page page = { .after = NULL };
	const char *id = request_get(call->request, "CertificateIdentifier");
	const struct certificate *row;

	if (!rds_only(call, names, ARRAY_SIZE(names)) ||
	    !page_rds(call->request, 0, &page, call->answer))
		return;
	if (id && !certificate_find(id)) {
		answer_error(call->answer, call->request, 404,
			     "CertificateNotFound", "Certificate not found: %s",
			     id);
		return;
	}
	answer_begin(call->answer, call->request);
	xml_text(&call->answer->body, "DefaultCertificateForNewLaunches",
		 "rds-ca-rsa2048-g1");
	strbuf_adds(&call->answer->body, "<Certificates>\n");
	for (size_t i = 0; (row = certificate_at(i)); i++)
		if (!id || !strcmp(id, row->id))
			add_certificate(call, row);
	strbuf_adds(&call->answer->body, "</Certificates>");
	answer_end(call->answer, call->request);
}
