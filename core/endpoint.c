#include "core/endpoint.h"

#include <assert.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/http.h"
#include "core/mem.h"
#include "core/profile.h"

const struct service endpoint_services[ENDPOINT_SERVICES] = {
	{ .name = "rds", .version = "2014-10-31" },
	{ .name = "iam", .version = "2010-05-08" },
	{ .name = "sts", .version = "2011-06-15" },
	{ .name = "ec2", .version = "2016-11-15" },
	{ .name = "logs",
	  .target = "Logs_20140328",
	  .variable = "CLOUDWATCH_LOGS" },
	{ .name = "kms", .target = "TrentService", .fips_gov = FIPS_BOTH },
	{ .name = "secretsmanager",
	  .target = "secretsmanager",
	  .variable = "SECRETS_MANAGER",
	  .fips_gov = FIPS_BOTH,
	  .single_stack = true },
	{ .name = "cloudtrail",
	  .target = "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101" },
	{ .name = "config",
	  .target = "StarlingDoveService",
	  .variable = "CONFIG_SERVICE" },
	/* CloudWatch's alarms */
	{ .name = "monitoring",
	  .version = "2010-08-01",
	  .variable = "CLOUDWATCH",
	  .fips_gov = FIPS_NONE },
	{ .name = "sns", .version = "2010-03-31" },
	{ .name = "events", .target = "AWSEvents", .variable = "EVENTBRIDGE" },
};

/* What botocore's partitions.json and its rule sets say. First fit. */
static const struct partition {
	const char *prefix; /* of the region */
	const char *name;   /* in ARNs */
	const char *suffix; /* of host names */
	const char *dual;   /* the same of those that speak IPv6 too */
	const char *iam_host;
	const char *iam_region;
} partitions[] = {
	{ "cn-", "aws-cn", "amazonaws.com.cn", "api.amazonwebservices.com.cn",
	  "iam.cn-north-1.amazonaws.com.cn", "cn-north-1" },
	{ "us-gov-", "aws-us-gov", "amazonaws.com", "api.aws",
	  "iam.us-gov.amazonaws.com", "us-gov-west-1" },
	{ "us-isob-", "aws-iso-b", "sc2s.sgov.gov", "api.aws.scloud",
	  "iam.us-isob-east-1.sc2s.sgov.gov", "us-isob-east-1" },
	{ "us-isof-", "aws-iso-f", "csp.hci.ic.gov", "api.aws.hci.ic.gov",
	  "iam.us-isof-south-1.csp.hci.ic.gov", "us-isof-south-1" },
	{ "us-iso-", "aws-iso", "c2s.ic.gov", "api.aws.ic.gov",
	  "iam.us-iso-east-1.c2s.ic.gov", "us-iso-east-1" },
	{ "eu-isoe-", "aws-iso-e", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk",
	  "iam.eu-isoe-west-1.cloud.adc-e.uk", "eu-isoe-west-1" },
	{ "eusc-", "aws-eusc", "amazonaws.eu", "api.amazonwebservices.eu",
	  "iam.eusc-de-east-1.amazonaws.eu", "eusc-de-east-1" },
	{ "", "aws", "amazonaws.com", "api.aws", "iam.amazonaws.com",
	  "us-east-1" },
};

size_t endpoint_service(const char *name)
{
	size_t i = 0;

	while (i < ENDPOINT_SERVICES &&
	       strcmp(endpoint_services[i].name, name) != 0)
		i++;
	assert(i < ENDPOINT_SERVICES);
	return i;
}

bool endpoint_speaks_json(const char *name)
{
	for (size_t i = 0; i < ENDPOINT_SERVICES; i++) {
		if (strcmp(endpoint_services[i].name, name) == 0)
			return endpoint_services[i].target != NULL;
	}
	return false;
}

static const struct partition *partition_of(const char *region)
{
	const struct partition *row = partitions;

	while (strncmp(region, row->prefix, strlen(row->prefix)) != 0)
		row++;
	return row;
}

const char *endpoint_partition(const char *region)
{
	return partition_of(region)->name;
}

const char *endpoint_suffix(const char *region)
{
	return partition_of(region)->suffix;
}

const char *endpoint_global_region(const char *region)
{
	return partition_of(region)->iam_region;
}

int endpoint_check_region(const char *region, struct error *err)
{
	size_t len = strspn(region, "abcdefghijklmnopqrstuvwxyz0123456789-");

	if (len && len < 64 && !region[len] && isalpha((unsigned char)*region))
		return 0;
	(void)error_set(err, ERR_USAGE, "'%s' is not a region's name", region);
	error_hint(err, "a region is named like 'eu-west-1'");
	return -1;
}

static bool is_true(const char *text)
{
	return text && !strcasecmp(text, "true");
}

/* A switch of the environment, else of the profile. */
static bool is_on(const struct profile *profile, const char *variable,
		  const char *key)
{
	const char *env = profile_env(variable);

	return is_true(env ? env : profile_value(profile, key));
}

/* Has the service's name "-fips" behind it? GovCloud has its own ways. */
static bool says_fips(const struct service *service,
		      const struct partition *partition, bool dual)
{
	if (strcmp(partition->prefix, "us-gov-") != 0)
		return true;
	return service->fips_gov == FIPS_BOTH ||
	       (service->fips_gov == FIPS_DUAL_STACK && dual);
}

static char *iam_url(const struct partition *partition, bool fips, bool dual)
{
	const bool gov = !strcmp(partition->prefix, "us-gov-");

	fips &= !gov;
	if (dual)
		return xasprintf("https://iam%s.%s.%s/", fips ? "-fips" : "",
				 gov ? "us-gov" : "global", partition->dual);
	return xasprintf("https://iam%s%s/", fips ? "-fips" : "",
			 partition->iam_host + strlen("iam"));
}

static char *own_url(const struct profile *profile,
		     const struct service *service, const char *region)
{
	const struct partition *partition = partition_of(region);
	const bool dual = !service->single_stack &&
			  is_on(profile, "AWS_USE_DUALSTACK_ENDPOINT",
				"use_dualstack_endpoint");
	const bool fips =
		is_on(profile, "AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint");

	if (!strcmp(service->name, "iam"))
		return iam_url(partition, fips, dual);
	return xasprintf("https://%s%s.%s.%s/", service->name,
			 fips && says_fips(service, partition, dual) ? "-fips"
								     : "",
			 region, dual ? partition->dual : partition->suffix);
}

static bool is_ignored(const struct profile *profile)
{
	return is_on(profile, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
		     "ignore_configured_endpoint_urls");
}

void endpoint_configured_release(struct endpoint_configured *configured)
{
	free(configured->url);
	free(configured->where);
	*configured = (struct endpoint_configured){ .url = NULL };
}

static char *copy_of(const char *text)
{
	return text ? xstrdup(text) : NULL;
}

/* The service's own in the section that the profile's `services` names. */
static int find_in_services(const struct profile *profile, const char *variable,
			    struct endpoint_configured *configured,
			    struct error *err)
{
	const char *section = profile_value(profile, "services");
	CLEANUP(free_ptr)
	char *service =
		xstrdup_lower(variable + strlen(ENDPOINT_VARIABLE_PREFIX));
	bool there;

	if (!section)
		return 0;
	configured->url = profile_service(profile, section, service,
					  "endpoint_url", &there);
	configured->where = xasprintf("'endpoint_url' of '%s' in [services %s]",
				      service, section);
	if (there)
		return 0;
	(void)error_set(err, ERR_USAGE,
			"the profile '%s' has 'services = %s', and '%s' has no "
			"section [services %s]",
			profile->name, section, profile->config_path, section);
	error_hint(err, "add it, or set %s", variable);
	return -1;
}

int endpoint_configured(const struct profile *profile, const char *variable,
			struct endpoint_configured *ret_configured,
			struct error *err)
{
	static const char everywhere[] = "AWS_ENDPOINT_URL";
	struct endpoint_configured configured = { .url = NULL };
	const char *found;

	*ret_configured = configured;
	if (is_ignored(profile))
		return 0;
	found = profile_env(variable)     ? variable
		: profile_env(everywhere) ? everywhere
					  : NULL;
	if (found) {
		configured.url = xstrdup(profile_env(found));
		configured.where = xstrdup(found);
	} else if (find_in_services(profile, variable, &configured, err)) {
		endpoint_configured_release(&configured);
		return -1;
	}
	if (!configured.url) {
		free(configured.where);
		configured.url =
			copy_of(profile_value(profile, "endpoint_url"));
		configured.where = xstrdup("the profile's 'endpoint_url'");
	}
	*ret_configured = configured;
	return 0;
}

static char *variable_of(const struct service *service)
{
	char *variable = xasprintf(ENDPOINT_VARIABLE_PREFIX "%s",
				   service->variable ? service->variable
						     : service->name);

	for (char *c = variable; *c; c++)
		*c = (char)toupper((unsigned char)*c);
	return variable;
}

/* A path ends in '/', as the SDKs send it. */
static char *with_slash(const char *url)
{
	size_t len = strlen(url);

	return xasprintf("%s%s", url, len && url[len - 1] == '/' ? "" : "/");
}

int endpoint_find(const struct profile *profile, size_t service,
		  const char *region, struct endpoint *ret_endpoint,
		  struct error *err)
{
	const char *name = endpoint_services[service].name;
	CLEANUP(free_ptr)
	char *variable = variable_of(&endpoint_services[service]);
	CLEANUP(endpoint_configured_release)
	struct endpoint_configured configured = { .url = NULL };
	struct http_url parts;

	if (endpoint_configured(profile, variable, &configured, err))
		return -1;
	CLEANUP(free_ptr)
	char *url =
		configured.url
			? with_slash(configured.url)
			: own_url(profile, &endpoint_services[service], region);
	if (http_url_parse(url, &parts, err)) {
		error_hint(err, "an endpoint is such as "
				"https://rds.eu-west-1.amazonaws.com; leave "
				"it out for AWS's own");
		return error_wrap(err, "%s cannot be used",
				  configured.url ? configured.where
						 : "the endpoint");
	}
	*ret_endpoint = (struct endpoint){
		.url = TAKE(url),
		.host = parts.host,
		.path = parts.path,
		.signing_region =
			xstrdup(strcmp(name, "iam") != 0
					? region
					: partition_of(region)->iam_region),
	};
	return 0;
}

void endpoint_release(struct endpoint *endpoint)
{
	free(endpoint->url);
	free(endpoint->host);
	free(endpoint->path);
	free(endpoint->signing_region);
	*endpoint = (struct endpoint){ .url = NULL };
}
