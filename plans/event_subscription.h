/* Event subscriptions of RDS: what the kind's files share. */
#ifndef ABACK_PLANS_EVENT_SUBSCRIPTION_H
#define ABACK_PLANS_EVENT_SUBSCRIPTION_H

#include "core/json.h"
#include "plans/kind.h"
#include "plans/place.h"

/*
 * The subscription of that name: as an element of DescribeEventSubscriptions
 * says, its paths as keys, or, where it is NULL, one that is not there and can
 * be created. NULL: the element has no ARN.
 */
struct resource *event_subscription_resource(const struct place *place,
					     const char *name,
					     const json_t *item);

/*
 * Does a glob select it? Of sources that clusters in scope or their members
 * are, it names one of them, or none, which stands for all. sources: their
 * addresses as keys.
 */
bool event_subscription_is_in_scope(const json_t *item, const json_t *sources);

/* kind_ops.read: one listing, for a region has few of them. */
void event_subscription_read(const struct read_request *request);

#endif
