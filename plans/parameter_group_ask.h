/*
 * Listings about parameter groups: one paged call whose elements become objects
 * of their members' texts, by their names.
 */
#ifndef ABACK_PLANS_PARAMETER_GROUP_ASK_H
#define ABACK_PLANS_PARAMETER_GROUP_ASK_H

#include "core/aws.h"
#include "core/error.h"
#include "core/json.h"
#include "plans/kind.h"
#include "plans/parameter_group.h"

/* What is listed. */
enum parameter_listing {
	LISTING_GROUPS,     /* by id in lower case */
	LISTING_PARAMETERS, /* of a group, by name */
	LISTING_DEFAULTS    /* of a family, by name */
};

struct parameter_asking {
	const struct parameter_kind *of;
	struct aws *aws;
	const struct place *place;
	enum parameter_listing listing;
	const char *action;
	const json_t *parameters; /* besides MaxRecords */
	/* object that gets what pages read whole have; borrowed until done */
	json_t *found;
	/* object that gets name → the answer that had it; NULL: is not kept */
	json_t *reads;
	/* once; result is valid during the call */
	void (*done)(void *ctx, const struct aws_result *result);
	void *ctx;
};
void parameter_group_ask(const struct parameter_asking *asking);

#endif
