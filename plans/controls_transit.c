/* Controls of data in transit: TLS that clients must use, and how old. */
#include <string.h>
#include <strings.h>

#include "plans/controls_rows.h"
#include "plans/effective.h"

#define GROUP KIND_CLUSTER_PARAMETER_GROUP

/* ---- predicates ------------------------------------------------------- */

static bool is_mysql(const struct judging *judging)
{
	const char *engine = judging->resource->engine;

	return engine && !strcmp(engine, CONTROL_MYSQL);
}

static void judge_encrypted(struct judging *judging)
{
	static const struct parameter_wish mysql = { "require_secure_transport",
						     parameter_is_on, "ON",
						     "ON" };
	static const struct parameter_wish postgresql = { "rds.force_ssl",
							  parameter_is_on, "1",
							  "1" };

	judge_parameter(judging, is_mysql(judging) ? &mysql : &postgresql);
}

/* "TLSv1.2", "TLSv1.3": of a list, all of them */
static bool has_no_old(const char *text)
{
	return text && *text && !parameter_lists(text, "TLSv1") &&
	       !parameter_lists(text, "TLSv1.1");
}

static void judge_version(struct judging *judging)
{
	static const struct parameter_wish mysql = { "tls_version", has_no_old,
						     "TLSv1.2 or newer alone",
						     "TLSv1.2" };
	static const struct parameter_wish postgresql = {
		"ssl_min_protocol_version", has_no_old, "TLSv1.2 or newer",
		"TLSv1.2"
	};

	judge_parameter(judging, is_mysql(judging) ? &mysql : &postgresql);
}

/* ---- rows ------------------------------------------------------------- */

static const struct control rows[] = {
	{
		.id = "cluster-tls-required",
		.title = "Clients must use TLS",
		.why = "Whoever can listen on the way reads passwords and "
		       "data.",
		.severity = SEVERITY_HIGH,
		.kind = KIND_CLUSTER,
		.references = { "CIS-Aurora-2.0.0 2.3",
				"Prowler rds_instance_transport_encrypted" },
		.settings = { { GROUP, "require_secure_transport" },
			      { GROUP, "rds.force_ssl" } },
		.also = { { KIND_CLUSTER, "db_cluster_parameter_group_name" },
			  { GROUP, "ssl" },
			  { GROUP, "babelfishpg_tds.tds_ssl_encrypt" } },
		.judge = judge_encrypted,
		.fix = FIX_PLAN,
		.fix_text = "require TLS; clients that do not use it are cut "
			    "off",
	},
	{
		.id = "cluster-tls-version",
		.title = "TLS is version 1.2 or newer",
		.why = "Older versions have holes that are known how to use.",
		.severity = SEVERITY_HIGH,
		.kind = KIND_CLUSTER,
		.references = { "CIS-Aurora-2.0.0 2.3" },
		.settings = { { GROUP, "tls_version" },
			      { GROUP, "ssl_min_protocol_version" } },
		.also = { { GROUP, "ssl_cipher" },
			  { GROUP, "ssl_ciphers" },
			  { GROUP, "ssl_max_protocol_version" },
			  { GROUP, "babelfishpg_tds."
				   "tds_ssl_min_protocol_version" } },
		.judge = judge_version,
		.fix = FIX_PLAN,
		.fix_text = "allow only TLS 1.2 and newer; clients that know "
			    "nothing newer are cut off",
	},
};

const struct control_table transit_controls = { rows, ARRAY_SIZE(rows) };
