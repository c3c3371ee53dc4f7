/* CloudTrail's own side: LookupEvents, DescribeTrails, GetTrailStatus. */
#ifndef ABACK_TESTS_SIM_CLOUDTRAIL_H
#define ABACK_TESTS_SIM_CLOUDTRAIL_H

#include "core/compiler.h"
#include "core/error.h"
#include "core/json.h"

struct account;

/*
 * Take an account's trails out of the fleet file; NULL: one of all regions
 * that is logging. ERR_FORMAT.
 */
MUST_CHECK int cloudtrail_load(struct account *account, const json_t *trails,
			       struct error *err);

#endif
