/* Controls of what an instance itself says. */
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "plans/catalogue.h"
#include "plans/controls_rows.h"
#include "plans/kinds.h"
#include "plans/lookup.h"

#define DAY ((int64_t)24 * 60 * 60)
#define SOON_DAYS 90

/* ---- predicates ------------------------------------------------------- */

/* What ends first: the certificate itself, or the CA that signed it. */
static const char *valid_till(struct judging *judging, const char *ca)
{
	const struct resource *instance = judging->resource;
	const json_t *cas = json_object_get(instance->facts, FACT_VALID_TILL);
	const char *of_ca = json_text(cas, ca);
	const char *own =
		judge_fact_text(judging, instance, INSTANCE_VALID_TILL_FACT);

	judge_note(judging, instance, FACT_VALID_TILL, NULL, "ValidTill",
		   json_object_get(cas, ca));
	/* both are RFC 3339 in UTC, whose order is that of the texts */
	if (own && of_ca)
		return strcmp(own, of_ca) < 0 ? own : of_ca;
	/* its own it may not tell; the CA's has to be looked up */
	if (!of_ca)
		judge_unread(judging);
	return own ? own : of_ca;
}

static void judge_certificate(struct judging *judging)
{
	const struct resource *instance = judging->resource;
	const json_t *value =
		judge_value(judging, instance, "ca_certificate_identifier");
	const char *ca = json_string_value(value);
	const char *till = ca ? valid_till(judging, ca) : NULL;
	CLEANUP(error_release) struct error err = ERROR_INIT;
	int64_t end = 0;

	if (!value)
		return;
	if (!till || clock_parse(till, &end, &err)) {
		judge_unread(judging);
		return;
	}
	if (end < judging->now)
		(void)judge_fail(judging, json_string(till),
				 "a certificate that is valid",
				 "its certificate of '%s' expired at %s", ca,
				 till);
	else if (end < judging->now + SOON_DAYS * DAY)
		(void)judge_fail(judging, json_string(till),
				 "a certificate for the next 90 days",
				 "its certificate of '%s' expires at %s", ca,
				 till);
}

static void judge_monitoring(struct judging *judging)
{
	const struct resource *instance = judging->resource;
	const json_t *value =
		judge_value(judging, instance, "monitoring_interval");
	const json_t *role =
		judge_value(judging, instance, "monitoring_role_arn");
	const char *arn = json_string_value(role);
	const char *name = arn ? strrchr(arn, '/') : NULL;
	bool unread;

	if (!value)
		return;
	if (!json_integer_value(value)) {
		(void)judge_fail(judging, json_integer(0), "60 seconds or less",
				 "enhanced monitoring is off");
		return;
	}
	if (name && !judge_find(judging, KIND_IAM_ROLE, name + 1, &unread) &&
	    !unread)
		(void)judge_fail(judging, json_string(arn),
				 "a role that exists",
				 "enhanced monitoring is on, and its role '%s' "
				 "does not exist",
				 arn);
}

/* ---- rows ------------------------------------------------------------- */

static const struct control rows[] = {
	{
		.id = "instance-auto-minor-upgrade",
		.title = "Minor versions are taken automatically",
		.why = "Holes that are fixed stay open until somebody thinks "
		       "of it.",
		.severity = SEVERITY_MEDIUM,
		.kind = KIND_INSTANCE,
		.references = { CONTROL_CIS_AWS("2.3.2", "2.2.2", "3.2.2"),
				"FSBP RDS.13",
				"Config "
				"rds-automatic-minor-version-upgrade-enabled",
				"Prowler "
				"rds_cluster_minor_version_upgrade_enabled",
				"Prowler "
				"rds_instance_minor_version_upgrade_enabled" },
		.settings = { { KIND_INSTANCE, "auto_minor_version_upgrade" } },
		.wanted = "true",
		.judge = judge_wanted,
		.fix = FIX_PLAN,
		.fix_text = "let AWS take minor versions, in the maintenance "
			    "window; on all members alike",
	},
	{
		.id = "instance-certificate",
		.title = "Certificates of instances are valid for a while",
		.why = "When it has expired, clients that check it cannot "
		       "connect, and those that can do not check.",
		.severity = SEVERITY_HIGH,
		.kind = KIND_INSTANCE,
		.references = { "CIS-Aurora-2.0.0 2.3",
				"Prowler rds_instance_certificate_expiration" },
		.settings = { { KIND_INSTANCE, "ca_certificate_identifier" } },
		.lookups = LOOKUP_CERTIFICATES,
		.judge = judge_certificate,
		.fix = FIX_DECISION,
		.fix_text = "choose a CA that is valid, let clients trust it, "
			    "then set ca_certificate_identifier to it; some "
			    "versions restart",
	},
	{
		.id = "instance-enhanced-monitoring",
		.title = "Enhanced monitoring is on",
		.why = "What the operating system does, and for which process, "
		       "is not seen.",
		.severity = SEVERITY_LOW,
		.kind = KIND_INSTANCE,
		.references = { "FSBP RDS.6",
				"Config rds-enhanced-monitoring-enabled",
				"Prowler "
				"rds_instance_enhanced_monitoring_enabled" },
		.settings = { { KIND_INSTANCE, "monitoring_interval" },
			      { KIND_INSTANCE, "monitoring_role_arn" } },
		.wanted = "60",
		.judge = judge_monitoring,
		.fix = FIX_PLAN,
		.fix_text = "turn it on; monitoring_role_arn must name a role "
			    "that monitoring.rds.amazonaws.com may assume",
	},
	{
		.id = "instance-not-public",
		.title = "Instances have no public address",
		.why = "Anybody may knock at the database.",
		.severity = SEVERITY_CRITICAL,
		.kind = KIND_INSTANCE,
		.references = { "CIS-Aurora-2.0.0 2.9",
				CONTROL_CIS_AWS("2.3.3", "2.2.3", "3.2.3"),
				"FSBP RDS.2",
				"Config rds-instance-public-access-check",
				"Prowler rds_instance_no_public_access" },
		.settings = { { KIND_INSTANCE, "publicly_accessible" } },
		.wanted = "false",
		.judge = judge_wanted,
		.fix = FIX_PLAN,
		.fix_text = "make the instance private; clients outside of "
			    "the VPC lose access",
	},
	{
		.id = "instance-tagged",
		.title = "Instances have tags",
		.why = "Nobody knows whom to ask about it.",
		.severity = SEVERITY_LOW,
		.kind = KIND_INSTANCE,
		.references = { "SecurityHub RDS.30" },
		.settings = { { KIND_INSTANCE, "tags" } },
		.judge = judge_set,
		.fix = FIX_DECISION,
		.fix_text = "say in tags whose it is and what for",
	},
};

const struct control_table instance_controls = { rows, ARRAY_SIZE(rows) };
