/* Event subscriptions: which events of RDS an SNS topic is told of. */
#ifndef ABACK_TESTS_SIM_RDS_SUBSCRIPTION_H
#define ABACK_TESTS_SIM_RDS_SUBSCRIPTION_H

#include "core/compiler.h"
#include "core/error.h"
#include "core/json.h"

struct place;
struct rds_call;

#define SUBSCRIPTION_ID "CustSubscriptionId"

/* The subscriptions of a fleet file; NULL: none. ERR_FORMAT. */
MUST_CHECK int subscriptions_load(struct place *place,
				  const json_t *subscriptions,
				  struct error *err);

void rds_describe_subscriptions(struct rds_call *call);
void rds_create_subscription(struct rds_call *call);
void rds_modify_subscription(struct rds_call *call);
void rds_delete_subscription(struct rds_call *call);
void rds_add_source(struct rds_call *call);
void rds_remove_source(struct rds_call *call);

#endif
