/* Where the members of a cluster or an instance stand in an answer. */
#ifndef ABACK_PLANS_RDS_LAYOUT_H
#define ABACK_PLANS_RDS_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>

#include "core/xml.h"
#include "plans/rds.h"

/* Ids beyond those of paths with a text of their own. */
enum {
	RDS_ID_ELEMENT = 10000,
	RDS_ID_TAG,
	RDS_ID_GROUP,
	RDS_ID_PENDING,
	RDS_ID_PENDING_CHILD
};

#define RDS_PATHS_MAX 112

/* What every kind is asked for, whatever rules name. */
enum rds_fixed {
	RDS_ID,
	RDS_RESOURCE_ID,
	RDS_ARN,
	RDS_STATUS,
	RDS_CLUSTER,
	RDS_ENGINE,
	RDS_VERSION,
	RDS_TAG_KEY,
	RDS_TAG_VALUE,
	RDS_PENDING_CA,
	RDS_EXPORTS_ON,
	RDS_EXPORTS_OFF,
	RDS_BACKUP_OWNER,
	RDS_COUNT
};

struct rds_layout {
	/* below the element, each once; the id is the index */
	const char *paths[RDS_PATHS_MAX];
	size_t len;
	size_t fixed[RDS_COUNT]; /* their indexes into paths */
	size_t *facts;           /* those of the kind's facts */
	size_t *group;           /* those of rds_kind.group_facts */
	size_t group_len;
	size_t *rows; /* those of each row; RDS_PATHS_MAX: none */
	struct xml_paths *xml;
};

/* Made once a kind, and kept for the life of the program. */
const struct rds_layout *rds_layout_of(const struct rds_kind *rds);

/*
 * The rows wanted (NULL: all that can be read), and those without which they
 * cannot be judged (settings_belong_together). Owned.
 */
bool *rds_rows_to_keep(enum kind kind, const bool *wanted);

#endif
