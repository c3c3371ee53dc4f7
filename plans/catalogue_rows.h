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
extern const struct setting catalogue_event_subscription[];
extern const size_t catalogue_event_subscription_len;

/* Valid forms (plans/catalogue_check.c); ERR_DESIRED says what is valid. */
int check_security_groups(const json_t *value, struct error *err);
int check_kms_key_arn(const json_t *value, struct error *err);
int check_role_arn(const json_t *value, struct error *err);
int check_policy_arns(const json_t *value, struct error *err);
int check_policy_arn(const json_t *value, struct error *err);
int check_trust_policy(const json_t *value, struct error *err);
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

#endif
