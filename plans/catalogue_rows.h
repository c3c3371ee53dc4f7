/*
 * The catalogue's rows, a file each kind, and the checks that rows name. Only
 * plans/catalogue.c reads the rows; everybody else asks catalogue.h.
 */
#ifndef ABACK_PLANS_CATALOGUE_ROWS_H
#define ABACK_PLANS_CATALOGUE_ROWS_H

#include <stddef.h>

#include "core/error.h"
#include "core/json.h"
#include "plans/catalogue.h"

/* Sorted by name. */
extern const struct setting catalogue_cluster[];
extern const size_t catalogue_cluster_len;
extern const struct setting catalogue_instance[];
extern const size_t catalogue_instance_len;
extern const struct setting catalogue_iam_role[];
extern const size_t catalogue_iam_role_len;
extern const struct setting catalogue_log_group[];
extern const size_t catalogue_log_group_len;
extern const struct setting catalogue_kms_key[];
extern const size_t catalogue_kms_key_len;
extern const struct setting catalogue_security_group[];
extern const size_t catalogue_security_group_len;
extern const struct setting catalogue_cluster_snapshot[];
extern const size_t catalogue_cluster_snapshot_len;
extern const struct setting catalogue_iam_policy[];
extern const size_t catalogue_iam_policy_len;
extern const struct setting catalogue_event_subscription[];
extern const size_t catalogue_event_subscription_len;

/*
 * Kinds whose rows are open (plans/catalogue_open.c): what the table has, and
 * what further rows are like. spared_by of those has their name behind it.
 */
struct open_rows {
	const struct setting *table;
	const size_t *table_len;
	struct setting like;
	const char *form; /* of their names, as a regular expression */
	bool (*is_name)(const char *name);
	/* all of them, the table's first; made when first asked for */
	struct setting *rows;
	size_t len;
};
/* NULL: the kind's rows are not open. */
struct open_rows *open_rows(enum kind kind);
/* A row of that name; NULL: no row can have it, or there are too many. */
const struct setting *open_rows_add(struct open_rows *open, const char *name);
/* Behind the table; NULL: there is none. */
const struct setting *open_rows_find(const struct open_rows *open,
				     const char *name);
extern struct open_rows catalogue_cluster_parameters;
extern struct open_rows catalogue_instance_parameters;

/* Valid forms (plans/catalogue_check.c); ERR_DESIRED says what is valid. */
int check_security_groups(const json_t *value, struct error *err);
int check_kms_key_arn(const json_t *value, struct error *err);
int check_role_arn(const json_t *value, struct error *err);
int check_feature_name(const json_t *value, struct error *err);
int check_policy_arns(const json_t *value, struct error *err);
int check_policy_arn(const json_t *value, struct error *err);
int check_trust_policy(const json_t *value, struct error *err);
int check_managed_policy(const json_t *value, struct error *err);
int check_inline_policies(const json_t *value, struct error *err);
int check_role_description(const json_t *value, struct error *err);
int check_insights_retention(const json_t *value, struct error *err);
int check_topic_arn(const json_t *value, struct error *err);
int check_source_ids(const json_t *value, struct error *err);
int check_snapshot_accounts(const json_t *value, struct error *err);
int check_false(const json_t *value, struct error *err);
int check_no_reboot(const json_t *value, struct error *err);
int check_monitoring_interval(const json_t *value, struct error *err);
int check_log_retention(const json_t *value, struct error *err);
/* Of what aback creates and never deletes. */
int check_true(const json_t *value, struct error *err);
int check_parameter(const json_t *value, struct error *err);
int check_parameter_family(const json_t *value, struct error *err);

#endif
