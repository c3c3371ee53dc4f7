/* The role of an EC2 instance, by its metadata service, version 2. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/credential_source.h"
#include "core/crypto.h"
#include "core/limits.h"
#include "core/mem.h"

#define IMDS_HOST "http://169.254.169.254"
#define IMDS_HOST_6 "http://[fd00:ec2::254]"
#define TOKEN_PATH "latest/api/token"
#define ROLES_PATH "latest/meta-data/iam/security-credentials/"
#define BODY_MOST (64 * KIB)

/* A number of the environment, in 1..most; else the usual one. */
static int number(const char *variable, int usual, int most)
{
	const char *text = profile_env(variable);
	char *end = NULL;
	const long value = text ? strtol(text, &end, 10) : usual;

	return value >= 1 && value <= most && (!end || !*end) ? (int)value
							      : usual;
}

/* The service's URL, with its slash. Owned. */
static char *endpoint(const struct profile *profile)
{
	const char *url = profile_env("AWS_EC2_METADATA_SERVICE_ENDPOINT");
	const char *mode =
		profile_env("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE");

	if (!url)
		url = profile_value(profile, "ec2_metadata_service_endpoint");
	if (!mode)
		mode = profile_value(profile,
				     "ec2_metadata_service_endpoint_mode");
	if (!url)
		url = mode && !strcasecmp(mode, "ipv6") ? IMDS_HOST_6
							: IMDS_HOST;
	return xasprintf("%s%s", url, url[strlen(url) - 1] == '/' ? "" : "/");
}

struct imds {
	struct finding *finding;
	char *base;
	struct secret header; /* with the token */
};

static void imds_release(struct imds *imds)
{
	free(imds->base);
	secret_release(&imds->header);
}

/* *ret_status is 0 where there is no such service. */
static int ask(struct imds *imds, const char *method, const char *path,
	       const char *header, int *ret_status, struct strbuf *ret_body,
	       struct error *err)
{
	CLEANUP(free_ptr) char *url = xasprintf("%s%s", imds->base, path);
	CLEANUP(free_ptr) char *why = NULL;
	const struct fetch fetch = {
		.method = method,
		.url = url,
		.headers = { header },
		.timeout_ms = INT64_C(1000) *
			      number("AWS_METADATA_SERVICE_TIMEOUT", 1, 60),
		.attempts = number("AWS_METADATA_SERVICE_NUM_ATTEMPTS", 1, 10),
		.direct = true,
	};

	return credential_fetch(imds->finding, &fetch, ret_status, ret_body,
				&why, err);
}

/*
 * 1: it is there. 0: there is no such service, which is how most machines are.
 * A service that answers, but for the token, is one hop too far away.
 */
static int get_token(struct imds *imds, struct error *err)
{
	CLEANUP(strbuf_release) struct strbuf body = STRBUF_INIT(BODY_MOST);
	CLEANUP(free_ptr) char *header = NULL;
	int status = 0;

	if (ask(imds, "PUT", TOKEN_PATH,
		"x-aws-ec2-metadata-token-ttl-seconds: 21600", &status, &body,
		err))
		return -1;
	if (status != 200)
		return 0;
	secret_remember(body.buf, strcspn(body.buf, "\r\n"));
	header = xasprintf("x-aws-ec2-metadata-token: %.*s",
			   (int)strcspn(body.buf, "\r\n"), body.buf);
	secret_set(&imds->header, header, strlen(header));
	wipe(header, strlen(header));
	wipe(body.buf, body.len);
	return 1;
}

static int too_far(struct imds *imds, struct error *err)
{
	CLEANUP(strbuf_release) struct strbuf body = STRBUF_INIT(BODY_MOST);
	int status = 0;

	if (ask(imds, "GET", "latest/meta-data/", NULL, &status, &body, err))
		return -1;
	if (status != 401 && status != 200)
		return 0;
	(void)error_set(err, ERR_CREDENTIALS,
			"the instance's metadata service is there and gives "
			"no token");
	error_hint(err, "in a container the hop limit has to be 2: aws ec2 "
			"modify-instance-metadata-options "
			"--http-put-response-hop-limit 2");
	return -1;
}

static int get_credentials(struct imds *imds, const char *role,
			   struct credentials *ret, struct error *err)
{
	static const struct credential_names names = { "AccessKeyId",
						       "SecretAccessKey",
						       "Token", "Expiration" };
	CLEANUP(free_ptr)
	char *url = xasprintf("%s" ROLES_PATH "%s", imds->base, role);
	CLEANUP(json_release) json_t *answer = NULL;
	const struct fetch fetch = {
		.method = "GET",
		.url = url,
		.headers = { imds->header.bytes },
		.timeout_ms = INT64_C(1000) *
			      number("AWS_METADATA_SERVICE_TIMEOUT", 1, 60),
		.attempts = number("AWS_METADATA_SERVICE_NUM_ATTEMPTS", 1, 10),
		.direct = true,
	};

	if (credential_fetch_json(imds->finding, &fetch,
				  "the instance's metadata service", &answer,
				  err))
		return -1;
	return credential_read(answer, &names,
			       xasprintf("the instance's role '%s'", role), ret,
			       err);
}

static int find(struct imds *imds, struct credentials *ret, struct error *err)
{
	CLEANUP(strbuf_release) struct strbuf body = STRBUF_INIT(BODY_MOST);
	int status = 0, found = get_token(imds, err);

	if (found < 0)
		return -1;
	if (!found)
		return too_far(imds, err);
	if (ask(imds, "GET", ROLES_PATH, imds->header.bytes, &status, &body,
		err))
		return -1;
	body.buf[strcspn(body.buf, "\r\n")] = '\0';
	if (status != 200 || !*body.buf)
		return 0; /* the instance has no role */
	return get_credentials(imds, body.buf, ret, err) ? -1 : 1;
}

int credential_from_instance(struct finding *finding, struct credentials *ret,
			     struct error *err)
{
	const char *off = profile_env("AWS_EC2_METADATA_DISABLED");
	CLEANUP(imds_release) struct imds imds = { .finding = finding };

	if (off && !strcasecmp(off, "true"))
		return 0;
	imds.base = endpoint(finding->profile);
	return find(&imds, ret, err);
}
