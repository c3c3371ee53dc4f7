/*
 * What clusters and instances share: both are listed by a paged Describe call
 * of RDS and modified by one Modify call whose parameters come from the
 * catalogue. What differs stands in a struct rds_kind, next to the kind's
 * operations.
 */
#ifndef ABACK_PLANS_RDS_H
#define ABACK_PLANS_RDS_H

#include <stdbool.h>
#include <stddef.h>

#include "core/json.h"
#include "core/strbuf.h"
#include "core/xml.h"
#include "plans/catalogue.h"
#include "plans/kind.h"

#define RDS_APPLY "ApplyImmediately" /* parameter of both Modify calls */

struct rds_drafting; /* the changes of one resource, on the way to calls */
/* What a setting will be after all of them; NULL: nobody knows. Borrowed. */
const json_t *rds_target(const struct rds_drafting *drafting,
			 const char *setting);
/* What is wanted of it, refused or not; NULL: no change of it. Borrowed. */
const json_t *rds_wanted(const struct rds_drafting *drafting,
			 const char *setting);

struct rds_kind {
	enum kind kind;
	const char *call;       /* "rds:ModifyDBCluster" */
	const char *identifier; /* its "DBClusterIdentifier" */
	const char *describe;   /* "DescribeDBClusters" */
	/* its parameter that takes one lane's id; NULL: only a filter does */
	const char *lane_identifier;
	const char *element;  /* "DBClusters/DBCluster" of its answer */
	const char *arn_type; /* "cluster", of arn:aws:rds:…:cluster:orders */
	/* members of that element */
	const char *id, *resource_id, *arn, *status, *cluster;
	/* paths of further members: each becomes an array of texts in facts */
	const char *const *facts; /* NULL at the end */
	/*
	 * An element that is there several times, and facts that are members
	 * of it: where one lacks a member, its text is empty, so that their
	 * arrays go side by side. NULL: none.
	 */
	const char *group;
	const char *const *group_facts; /* NULL at the end */
	/*
	 * The setting that names the parameter group, and the fact that says
	 * whether it is in effect: until it is, the setting is pending.
	 */
	const char *group_setting, *group_status;
	/*
	 * Add to reason why the change cannot be made now, beyond what the
	 * catalogue says of every setting; nothing: it can. A value or a fact
	 * that is not known (NULL) is no reason. May be NULL.
	 */
	void (*refuse)(const struct resource *resource,
		       const struct call_change *change,
		       const struct rds_drafting *drafting,
		       struct strbuf *reason, const char **ret_remedy);
	/*
	 * The resource was read, its facts too: what no single element gives
	 * of its values. A row is kept where keep says so. May be NULL.
	 */
	void (*derive)(struct resource *resource, const bool *keep);
	/*
	 * The calls of a change that is not written by `call`
	 * (rds_is_modified). NULL where all are.
	 */
	void (*own_calls)(const struct resource *resource,
			  const struct call_change *change, size_t index,
			  struct call_list *calls);
};

/* Does the Modify call of the kind write this setting of the resource? */
bool rds_is_modified(const struct rds_kind *rds,
		     const struct resource *resource,
		     const struct setting *setting);

extern const struct rds_kind cluster_rds;  /* plans/cluster.c */
extern const struct rds_kind instance_rds; /* plans/instance.c */

/* kind_ops.calls, .after_call, .condition and .read of these kinds. */
void rds_calls(const struct rds_kind *rds, const struct resource *resource,
	       const struct call_change *changes, size_t changes_len,
	       struct call_list *ret_calls, json_t *ret_refused);
json_t *rds_after_call(const struct rds_kind *rds, const char *call,
		       const json_t *parameters, const struct setting *setting,
		       const json_t *value);
enum condition rds_condition(const struct resource *resource,
			     const char **ret_why);
void rds_read(const struct rds_kind *rds, const struct read_request *request);

/* The first text of a fact, or NULL. Borrowed. */
const char *rds_fact(const struct resource *resource, const char *path);

/* "instance, postgresql" of an array of texts */
void rds_list(const json_t *texts, struct strbuf *out);

/*
 * The parser's side of a listing, for tests too: feed pages through
 * rds_page_paths and rds_page_handler with a page as ctx.
 */
struct rds_page;
struct rds_page *rds_page_new(const struct rds_kind *rds,
			      const struct place *place, const bool *wanted);
void rds_page_free(struct rds_page *page);
const struct xml_paths *rds_page_paths(const struct rds_kind *rds);
extern const struct xml_handler rds_page_handler;
/* Pages of one reading that may repeat each other's resources. */
void rds_page_share(struct rds_page *page, struct rds_page *with);
/* Whoever is behind the page, for callbacks that get the page as ctx. */
void rds_page_own(struct rds_page *page, void *owner);
void *rds_page_owner(const struct rds_page *page);
/* Forget what the page gave since the last take. */
void rds_page_begin(struct rds_page *page);
/*
 * Hand over what the page gave: found and skipped of the request are called,
 * each resource once however often the listing repeats it. ERR_INCOMPLETE: a
 * resource had no identifier.
 */
MUST_CHECK int rds_page_take(struct rds_page *page,
			     const struct read_request *request,
			     struct error *err);
/*
 * Has this reading given more resources than there are different ones so far?
 * Then others may be missing: as many as a listing that lost its order repeats.
 */
bool rds_page_repeats(const struct rds_page *page);
/* Another reading of the same listing begins; what was seen stays seen. */
void rds_page_again(struct rds_page *page);

#endif
