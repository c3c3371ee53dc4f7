/*
 * What RDS says that happened: the events of DescribeEvents. Whoever lets
 * something happen writes one. The last RDS_EVENTS_MAX of each place are kept;
 * they are no part of the fleet file.
 */
#ifndef ABACK_TESTS_SIM_RDS_EVENTS_H
#define ABACK_TESTS_SIM_RDS_EVENTS_H

#include "core/compiler.h"
#include "tests/sim/fleet.h"

struct rds_call;

#define RDS_EVENTS_MAX ((size_t)5000)

/*
 * Write an event of anything that has an ARN. type: AWS's SourceType, such as
 * "db-cluster-snapshot"; category: one EventCategory.
 */
void rds_event(struct place *place, const char *type, const char *id,
	       const char *arn, const char *category, const char *fmt, ...)
	PRINTF_LIKE(6, 7);
/* The same for a cluster or an instance. */
void resource_event(const struct resource *resource, const char *category,
		    const char *fmt, ...) PRINTF_LIKE(3, 4);

void rds_describe_events(struct rds_call *call);

#endif
