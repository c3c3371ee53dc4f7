/*
 * Small listings in XML: each element becomes an object of the texts that are
 * asked for. Clusters and instances, of which there are thousands, have a
 * reader of their own (plans/rds.h).
 */
#ifndef ABACK_PLANS_XML_ITEMS_H
#define ABACK_PLANS_XML_ITEMS_H

#include <stdbool.h>

#include "core/aws.h"
#include "core/json.h"
#include "core/xml.h"

/* Objects within an element, such as the routes of a table. */
struct xml_parts {
	const char *path; /* below the element; kept under it as an array */
	const char *const *texts; /* below the part; NULL at the end */
};

/* What to ask, and what to keep of each element. One a program. */
struct xml_items {
	const char *service; /* "rds" */
	const char *action;  /* "DescribeEventSubscriptions" */
	/* path of the element: "Response/Result/List/Element" with stars */
	const char *element;
	/* paths below the element: their text is kept under the path */
	const char *const *texts; /* NULL at the end */
	/* the same of lists, kept as arrays; an absent one is an empty array */
	const char *const *lists;
	const struct xml_parts *parts; /* path NULL at the end; or NULL */
	/* "*" "/" "*" "/Marker" and "Marker", as the service pages */
	const char *marker_path, *marker_parameter;
	struct xml_paths *paths; /* made at the first use, and kept */
};

/* Of an item, where they are kept: the answer that had it (aws_answer). */
#define XML_ITEM_ANSWER "@answer"

/*
 * List everything that these parameters give, all pages of it. done is called
 * once, from aws_step: the items, borrowed, are NULL unless the outcome is
 * AWS_OK.
 */
void xml_items_list(struct xml_items *of, struct aws *aws,
		    struct aws_session *session, const json_t *parameters,
		    bool answers,
		    void (*done)(void *ctx, const json_t *items,
				 const struct aws_result *result),
		    void *ctx);

#endif
