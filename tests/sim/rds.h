/* The RDS calls; rds.c dispatches, each other file answers some. */
#ifndef ABACK_TESTS_SIM_RDS_H
#define ABACK_TESTS_SIM_RDS_H

#include "tests/sim/fleet.h"
#include "tests/sim/sim.h"

struct rds_call {
	struct sim *sim;
	struct request *request;
	struct answer *answer;
	struct place *place;
	const struct effect *effect;
};

void rds_describe_clusters(struct rds_call *call);
void rds_describe_instances(struct rds_call *call);
void rds_describe_global(struct rds_call *call);
void rds_list_tags(struct rds_call *call);
void rds_add_tags(struct rds_call *call);
void rds_remove_tags(struct rds_call *call);
void rds_describe_engine_versions(struct rds_call *call);
void rds_describe_certificates(struct rds_call *call);
void rds_describe_maintenance(struct rds_call *call);
void rds_describe_subnet_groups(struct rds_call *call);
void rds_modify_cluster(struct rds_call *call);
void rds_modify_instance(struct rds_call *call);
void rds_reboot_instance(struct rds_call *call);
void rds_add_role(struct rds_call *call);
void rds_remove_role(struct rds_call *call);
void rds_enable_http_endpoint(struct rds_call *call);
void rds_disable_http_endpoint(struct rds_call *call);
void rds_start_activity_stream(struct rds_call *call);
void rds_stop_activity_stream(struct rds_call *call);
/* Of clusters and of instances: the action's name tells (rds_param_group.c). */
void rds_describe_param_groups(struct rds_call *call);
void rds_describe_parameters(struct rds_call *call);
void rds_describe_engine_parameters(struct rds_call *call);
void rds_create_param_group(struct rds_call *call);
void rds_copy_param_group(struct rds_call *call);
void rds_delete_param_group(struct rds_call *call);
void rds_modify_param_group(struct rds_call *call);
void rds_reset_param_group(struct rds_call *call);

/*
 * The resource that a parameter names; NULL: answer is the error, also where
 * the parameter is missing.
 */
struct resource *rds_find(struct rds_call *call, bool cluster,
			  const char *parameter);
/*
 * Are all parameters among these names? A name that ends in '.' allows what
 * begins with it. Else answer refuses the first other one.
 */
bool rds_only(struct rds_call *call, const char *const *names, size_t len);

/* The Filters of a listing. */
#define RDS_FILTERS_MAX 8
struct rds_filter {
	const char *name;
	json_t *values; /* of strings */
};
struct rds_filters {
	struct rds_filter items[RDS_FILTERS_MAX];
	size_t len;
};
/* false: answer is the refusal of an unknown or malformed filter. */
bool rds_read_filters(struct rds_call *call, const char *const *names,
		      size_t names_len, struct rds_filters *ret_filters);
/* Is text among the values of the filter, or is there no such filter? */
bool rds_filter_accepts(const struct rds_filters *filters, const char *name,
			const char *text);
void rds_filters_release(struct rds_filters *filters);

#endif
