/* Where a service is, which API version it is asked for, what to sign with. */
#ifndef ABACK_CORE_ENDPOINT_H
#define ABACK_CORE_ENDPOINT_H

#include <stdbool.h>
#include <stddef.h>

#include "core/compiler.h"
#include "core/error.h"

struct profile;

/*
 * The services that can be called, by index. One with a version speaks the
 * query protocol, one with a target JSON 1.1.
 */
struct service {
	const char *name;     /* "rds"; signs with it */
	const char *version;  /* "2014-10-31", or NULL */
	const char *target;   /* "TrentService": of X-Amz-Target; or NULL */
	const char *variable; /* in AWS_ENDPOINT_URL_…; NULL: as the name */
	/* which of its hosts in GovCloud are named "-fips" */
	enum { FIPS_DUAL_STACK, FIPS_BOTH, FIPS_NONE } fips_gov;
	bool single_stack; /* it has no host that speaks IPv6 too */
};
#define ENDPOINT_SERVICES 12
extern const struct service endpoint_services[ENDPOINT_SERVICES];
/* The index; an unknown name is a bug (asserted). */
size_t endpoint_service(const char *name);
/* Does it speak JSON 1.1? A service that cannot be called does not. */
bool endpoint_speaks_json(const char *name);

struct endpoint {
	char *url;  /* with its path */
	char *host; /* the Host header */
	char *path;
	char *signing_region; /* iam signs in its partition's own region */
};

#define ENDPOINT_VARIABLE_PREFIX "AWS_ENDPOINT_URL_"

/* A URL that somebody configured, and where. Both owned. */
struct endpoint_configured {
	char *url; /* NULL: nobody did */
	char *where;
};
void endpoint_configured_release(struct endpoint_configured *configured);
/*
 * The variable (AWS_ENDPOINT_URL_<SERVICE>), AWS_ENDPOINT_URL, the service's
 * endpoint_url in the [services] section that the profile names, the profile's
 * endpoint_url; none of them where AWS_IGNORE_CONFIGURED_ENDPOINT_URLS or the
 * profile's ignore_configured_endpoint_urls is true. ERR_USAGE: there is no
 * such section.
 */
MUST_CHECK int endpoint_configured(const struct profile *profile,
				   const char *variable,
				   struct endpoint_configured *ret_configured,
				   struct error *err);

/*
 * What is configured for the service (endpoint_configured), or AWS's own by
 * partition, region, AWS_USE_FIPS_ENDPOINT and
 * AWS_USE_DUALSTACK_ENDPOINT. ERR_USAGE names what is
 * wrong with which.
 */
MUST_CHECK int endpoint_find(const struct profile *profile, size_t service,
			     const char *region, struct endpoint *ret_endpoint,
			     struct error *err);
void endpoint_release(struct endpoint *endpoint);

/* "aws", "aws-cn", …: the partition of a region, as ARNs name it. */
const char *endpoint_partition(const char *region);
/* "amazonaws.com", "amazonaws.com.cn", …: how its host names end. */
const char *endpoint_suffix(const char *region);
/* "us-east-1", …: where its partition keeps what belongs to no region. */
const char *endpoint_global_region(const char *region);

/* ERR_USAGE: it cannot be a region's name. */
MUST_CHECK int endpoint_check_region(const char *region, struct error *err);

#endif
