/*
 * What the tables of controls share: where each is, and short hands for what
 * many rows say. Only plans/controls*.c use this.
 */
#ifndef ABACK_PLANS_CONTROLS_ROWS_H
#define ABACK_PLANS_CONTROLS_ROWS_H

#include "plans/controls.h"
#include "plans/judging.h"

#define CONTROL_MYSQL "aurora-mysql"
#define CONTROL_POSTGRESQL "aurora-postgresql"

/* The numbers of CIS AWS Foundations moved twice: of 1.5 to 3.0, 4.0 and 5.0,
 * 6.0 and 7.0. */
#define CONTROL_CIS_AWS(old, middle, newest)                              \
	"CIS-AWS-1.5.0 " old, "CIS-AWS-2.0.0 " old, "CIS-AWS-3.0.0 " old, \
		"CIS-AWS-4.0.0 " middle, "CIS-AWS-5.0.0 " middle,         \
		"CIS-AWS-6.0.0 " newest, "CIS-AWS-7.0.0 " newest

/* The same of a topic that moved once more, with 3.0. */
#define CONTROL_CIS_AWS_3(old, third, middle, newest)                       \
	"CIS-AWS-1.5.0 " old, "CIS-AWS-2.0.0 " old, "CIS-AWS-3.0.0 " third, \
		"CIS-AWS-4.0.0 " middle, "CIS-AWS-5.0.0 " middle,           \
		"CIS-AWS-6.0.0 " newest, "CIS-AWS-7.0.0 " newest

struct control_table {
	const struct control *rows;
	size_t len;
};
extern const struct control_table cluster_controls;    /* controls_cluster.c */
extern const struct control_table encryption_controls; /* …_encryption.c */
extern const struct control_table network_controls;    /* …_network.c */
extern const struct control_table transit_controls;    /* …_transit.c */
extern const struct control_table password_controls;   /* …_password.c */
extern const struct control_table logging_controls;    /* …_logging.c */
extern const struct control_table audit_controls;      /* …_audit.c */
extern const struct control_table instance_controls;   /* …_instance.c */
extern const struct control_table iam_controls;        /* …_iam.c */
extern const struct control_table policy_controls;     /* …_policy.c */
extern const struct control_table event_controls;      /* …_event.c */
extern const struct control_table trail_controls;      /* …_trail.c */
extern const struct control_table told_controls;       /* …_told.c */

#endif
