/* What ModifyDBCluster and ModifyDBInstance have in common. */
#ifndef ABACK_TESTS_SIM_RDS_MODIFY_H
#define ABACK_TESTS_SIM_RDS_MODIFY_H

#include "tests/sim/rds.h"
#include "tests/sim/rds_params.h"

/* A modification while it is being checked; released by change_release. */
struct change {
	struct rds_call *call;
	struct resource *resource;
	json_t *given;      /* what params_read gave */
	bool immediately;   /* ApplyImmediately */
	json_t *set;        /* element → value: takes effect now */
	json_t *deferred;   /* element → value: pending unless immediately */
	json_t *at_reboot;  /* element → value: pending until a reboot */
	json_t *in_pending; /* shown as pending while it is on its way */
	const char *status; /* while it is on its way */
	const char *members;
};

void change_release(struct change *change);
/* A given value by its wire name, or NULL. */
json_t *change_given(const struct change *change, const char *name);
/* The value that an element will have, given or live; borrowed. */
json_t *change_after(const struct change *change, const char *name,
		     const char *element);
/* Refuse with HTTP 400; always returns false. */
bool change_refuse(struct change *change, const char *code, const char *fmt,
		   ...) PRINTF_LIKE(3, 4);

/* Sort the plain parameters into set and deferred. */
void change_collect(struct change *change, const struct param *params,
		    size_t len);
/* Performance Insights, on clusters and instances. false: refused. */
bool change_performance_insights(struct change *change);
/*
 * The ARN of a KMS key that is named by it, by its id or an alias; of the
 * default key for NULL. The caller frees it.
 */
char *change_kms_arn(const struct change *change, const char *key);
/* Who keeps the master user's password. false: refused. */
bool change_secret(struct change *change);
/* The two windows must not overlap. daily, weekly: as they will be. */
bool change_check_windows(struct change *change, const char *daily,
			  const char *weekly);
/*
 * Begin it: what is deferred waits, or with ApplyImmediately goes along with
 * everything else that was pending. Then answer with the resource as it is.
 */
void change_commit(struct change *change);

#endif
