/*
 * The element of an answer that is being read: a cluster or an instance, as the
 * texts of its members. It is kept and begun again, so that its room is made
 * once a reading.
 */
#ifndef ABACK_PLANS_RDS_ELEMENT_H
#define ABACK_PLANS_RDS_ELEMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/json.h"
#include "core/strbuf.h"
#include "plans/kind.h"
#include "plans/rds.h"
#include "plans/rds_layout.h"

#define RDS_NO_PIECE SIZE_MAX

/* One of its texts. */
struct rds_piece {
	size_t start; /* in texts */
	size_t next;  /* of the same path, or RDS_NO_PIECE */
};

struct rds_element {
	const struct rds_kind *rds;
	const struct rds_layout *layout;
	const struct place *place;
	bool *keep;          /* which rows */
	struct strbuf texts; /* each with its NUL */
	struct rds_piece *pieces;
	size_t pieces_len, pieces_cap;
	size_t head[RDS_PATHS_MAX], tail[RDS_PATHS_MAX], count[RDS_PATHS_MAX];
	const char **picked; /* room for the texts of one path */
	size_t picked_cap;
	json_t *pending;
	char *pending_name;
	bool pending_child; /* it is a structure */
};
void rds_element_init(struct rds_element *element, const struct rds_kind *rds,
		      const struct place *place, const bool *wanted);
void rds_element_release(struct rds_element *element);
/* Another one begins: what was read is forgotten. */
void rds_element_begin(struct rds_element *element);

void rds_element_add(struct rds_element *element, size_t path, const char *text,
		     size_t len);
/* Keys and values are matched by their order: a missing value is empty. */
void rds_element_tag_ended(struct rds_element *element);
/* The same for the members of the kind's group. */
void rds_element_group_ended(struct rds_element *element);
/* A pending value of that name begins; it ended, with this text. */
void rds_element_pending(struct rds_element *element, const char *name);
void rds_element_pending_ended(struct rds_element *element, const char *text);

/* All texts of a path, in order, valid until the next call. */
size_t rds_element_texts(struct rds_element *element, size_t path,
			 const char ***ret_texts);
/* The same as a new array. */
json_t *rds_element_all(struct rds_element *element, size_t path);
/* The first text of a path, or NULL where it is absent or empty. */
const char *rds_element_first(const struct rds_element *element,
			      enum rds_fixed fixed);

/* ---- plans/rds_resource.c ---- */

/* A sound element as a resource; NULL: it has no identity. The caller's. */
struct resource *rds_element_resource(struct rds_element *element);

#endif
