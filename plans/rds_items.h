/*
 * Small listings of RDS: each element becomes an object of the texts that its
 * kind asks for. Clusters and instances, of which there are thousands, have a
 * reader of their own (plans/rds.h).
 */
#ifndef ABACK_PLANS_RDS_ITEMS_H
#define ABACK_PLANS_RDS_ITEMS_H

#include "core/aws.h"
#include "core/json.h"
#include "core/xml.h"
#include "plans/kind.h"

/* What to ask, and what to keep of each element. One a program. */
struct rds_items {
	const char *action;  /* "DescribeEventSubscriptions" */
	const char *element; /* below the result: "List/Element" */
	/* paths below the element: their text is kept under the path */
	const char *const *texts; /* NULL at the end */
	/* the same of lists, kept as arrays; an absent one is an empty array */
	const char *const *lists;
	struct xml_paths *paths; /* made at the first use, and kept */
};

/*
 * List everything that these parameters give, all pages of it. done is called
 * once, from aws_step: the items, borrowed, are NULL unless the outcome is
 * AWS_OK.
 */
void rds_items_list(struct rds_items *of, const struct read_request *request,
		    const json_t *parameters,
		    void (*done)(void *ctx, const json_t *items,
				 const struct aws_result *result),
		    void *ctx);

/*
 * The ids of a reading, each once: those asked
 * for and those of the lanes as keys; addresses of other kinds that stand in
 * place of an id (kind_ops.references) go to *ret_of. ERR_USAGE: a lane that is
 * no address.
 */
MUST_CHECK int read_request_ids(const struct read_request *request,
				json_t *ret_ids, json_t *ret_of,
				struct error *err);

#endif
