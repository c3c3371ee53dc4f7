/* Controls of what an instance itself says. */
#include "plans/controls_rows.h"

static const struct control rows[] = {
	{
		.id = "instance-not-public",
		.title = "Instances have no public address",
		.why = "Anybody may knock at the database.",
		.severity = SEVERITY_CRITICAL,
		.kind = KIND_INSTANCE,
		.references = { "CIS-Aurora-2.0.0 2.9", "CIS-AWS-3.0.0 2.3.3",
				"CIS-AWS-5.0.0 2.2.3", "CIS-AWS-7.0.0 3.2.3",
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
};

const struct control_table instance_controls = { rows, ARRAY_SIZE(rows) };
