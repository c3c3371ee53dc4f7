#include "tests/sim/engines.h"

#include <string.h>

#include "core/compiler.h"
#include "core/mem.h"

static const struct engine_version versions[] = {
	{ "aurora-mysql", "5.7.mysql_aurora.2.11.5", "aurora-mysql5.7",
	  "Aurora MySQL 2.11.5 (compatible with MySQL 5.7)", false, false },
	{ "aurora-mysql", "8.0.mysql_aurora.3.04.1", "aurora-mysql8.0",
	  "Aurora MySQL 3.04.1 (compatible with MySQL 8.0.28)", false, true },
	{ "aurora-mysql", "8.0.mysql_aurora.3.05.2", "aurora-mysql8.0",
	  "Aurora MySQL 3.05.2 (compatible with MySQL 8.0.32)", false, true },
	{ "aurora-mysql", "8.0.mysql_aurora.3.08.0", "aurora-mysql8.0",
	  "Aurora MySQL 3.08.0 (compatible with MySQL 8.0.39)", true, true },
	{ "aurora-postgresql", "13.12", "aurora-postgresql13",
	  "Aurora PostgreSQL (Release 13.12)", false, false },
	{ "aurora-postgresql", "14.9", "aurora-postgresql14",
	  "Aurora PostgreSQL (Release 14.9)", false, false },
	{ "aurora-postgresql", "15.4", "aurora-postgresql15",
	  "Aurora PostgreSQL (Release 15.4)", false, true },
	{ "aurora-postgresql", "15.5", "aurora-postgresql15",
	  "Aurora PostgreSQL (Release 15.5)", false, true },
	{ "aurora-postgresql", "16.4", "aurora-postgresql16",
	  "Aurora PostgreSQL (Release 16.4)", true, true },
	{ "aurora-postgresql", "17.4", "aurora-postgresql17",
	  "Aurora PostgreSQL (Release 17.4)", false, true },
	{ "mysql", "8.0.36", "mysql8.0", "MySQL 8.0.36", true, true },
	{ "neptune", "1.3.1.0", "neptune1.3", "Neptune 1.3.1.0", true, true },
	{ "docdb", "5.0.0", "docdb5.0", "DocumentDB 5.0.0", true, true },
	{ "postgres", "16.4", "postgres16", "PostgreSQL 16.4-R1", true, true },
};

static const struct certificate certificates[] = {
	{ "rds-ca-2019", "2019-09-18T16:53:46Z", "2024-08-22T17:08:50Z",
	  "f0ed823ed1438b4e0d1a11f8ebbe7edc6d5b5c02" },
	{ "rds-ca-ecc384-g1", "2021-05-25T22:41:55Z", "2121-05-25T23:41:55Z",
	  "5ed6a9c8a4e8d3d1c7b5e1a93c60d5a44a5d3a1f" },
	{ "rds-ca-rsa2048-g1", "2021-05-25T22:34:57Z", "2061-05-25T23:34:57Z",
	  "8e1b9d1b83a4d8b6b0c7b1a2e1d7f0b3c6f2a9d4" },
	{ "rds-ca-rsa4096-g1", "2021-05-25T22:38:35Z", "2121-05-25T23:38:35Z",
	  "1c4f6a4d9ad8a2b35c7e55a1f0a8e4dd27b6c3f9" },
};

const struct engine_version *engine_version_at(size_t index)
{
	return index < ARRAY_SIZE(versions) ? &versions[index] : NULL;
}

const struct engine_version *engine_version_find(const char *engine,
						 const char *version)
{
	for (size_t i = 0; i < ARRAY_SIZE(versions); i++)
		if (!strcmp(versions[i].engine, engine) &&
		    !strcmp(versions[i].version, version))
			return &versions[i];
	return NULL;
}

const struct engine_version *engine_default(const char *engine)
{
	for (size_t i = 0; i < ARRAY_SIZE(versions); i++)
		if (!strcmp(versions[i].engine, engine) &&
		    versions[i].is_default)
			return &versions[i];
	return NULL;
}

char *engine_family(const char *engine, const char *version)
{
	const struct engine_version *row = engine_version_find(engine, version);

	if (row)
		return xstrdup(row->family);
	/* 8.0.mysql_aurora.3.05.2 → 8.0; 16.4 → 16; 8.0.36 → 8.0 */
	size_t major = strcspn(version, ".");
	if (strstr(engine, "mysql") && version[major])
		major += 1 + strcspn(version + major + 1, ".");
	return xasprintf("%s%.*s", engine, (int)major, version);
}

/* Versions that are old enough to restart for a certificate lack some logs. */
static bool is_old(const char *engine, const char *version)
{
	const struct engine_version *row = engine_version_find(engine, version);

	return row && !row->rotates_without_restart;
}

json_t *engine_log_types(const char *engine, const char *version)
{
	const bool old = is_old(engine, version);

	if (!strcmp(engine, "aurora-mysql"))
		return old ? json_pack("[ssss]", "audit", "error", "general",
				       "slowquery")
			   : json_pack("[ssssss]", "audit", "error", "general",
				       "iam-db-auth-error", "instance",
				       "slowquery");
	if (!strcmp(engine, "aurora-postgresql"))
		return old ? json_pack("[s]", "postgresql")
			   : json_pack("[sss]", "iam-db-auth-error", "instance",
				       "postgresql");
	if (!strcmp(engine, "postgres"))
		return json_pack("[ss]", "postgresql", "upgrade");
	if (!strcmp(engine, "mysql"))
		return json_pack("[ssss]", "audit", "error", "general",
				 "slowquery");
	return json_pack("[s]", "audit");
}

json_t *engine_certificates(const char *engine, const char *version)
{
	const bool old = is_old(engine, version);
	json_t *ids = json_array();

	for (size_t i = 0; i < ARRAY_SIZE(certificates); i++)
		if (old || strcmp(certificates[i].id, "rds-ca-2019") != 0)
			json_array_append_new(ids,
					      json_string(certificates[i].id));
	return ids;
}

json_t *engine_features(const char *engine)
{
	static const char *const names[] = { "Comprehend", "Lambda",
					     "SageMaker", "s3Export",
					     "s3Import" };
	json_t *features = json_array();

	for (size_t i = 0;
	     !strcmp(engine, "aurora-postgresql") && i < ARRAY_SIZE(names); i++)
		json_array_append_new(features, json_string(names[i]));
	return features;
}

int engine_port(const char *engine)
{
	if (!strcmp(engine, "neptune"))
		return 8182;
	if (!strcmp(engine, "docdb"))
		return 27017;
	return strstr(engine, "postgres") ? 5432 : 3306;
}

bool engine_is_aurora(const char *engine)
{
	return !strcmp(engine, "aurora-mysql") ||
	       !strcmp(engine, "aurora-postgresql");
}

const struct certificate *certificate_at(size_t index)
{
	return index < ARRAY_SIZE(certificates) ? &certificates[index] : NULL;
}

const struct certificate *certificate_find(const char *id)
{
	for (size_t i = 0; i < ARRAY_SIZE(certificates); i++)
		if (!strcmp(certificates[i].id, id))
			return &certificates[i];
	return NULL;
}
