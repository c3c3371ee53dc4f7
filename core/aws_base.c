/*
 * The credentials that everything begins with: found as the SDKs do, once for
 * all sessions, and again before they expire.
 */
#include "core/aws_private.h"

#define RENEW_BEFORE_S 300
#define RENEW_AGAIN_S 30 /* after a failure, while they are good */

static int find(struct aws *aws, const struct profile *profile,
		const char *region, json_t *looked_at, struct credentials *ret,
		struct error *err)
{
	const struct credentials_request request = {
		.profile = profile,
		.region = region,
		.user_agent = aws->user_agent,
		.ca_bundle = aws->ca_bundle,
		.ask_code = aws->ask_code,
		.ask_ctx = aws->ask_ctx,
		.interrupted = aws->interrupted,
		.looked_at = looked_at,
	};

	return credentials_find(&request, ret, err);
}

/* Short-lived ones are renewed at half their time, or it would never end. */
static void plan_renewal(struct aws *aws)
{
	const int64_t now = aws_now(aws), end = aws->base.expires_at;

	aws->renew_base_at = 0;
	if (!end)
		return;
	aws->renew_base_at = end - RENEW_BEFORE_S;
	if (aws->renew_base_at < now + (end - now) / 2)
		aws->renew_base_at = now + (end - now) / 2;
	if (aws->renew_base_at <= now)
		aws->renew_base_at = now + RENEW_AGAIN_S;
}

int aws_base_find(struct aws *aws, const char *region, struct error *err)
{
	if (aws->base.access_key)
		return 0;
	aws->looked_at = json_array();
	if (find(aws, &aws->profile, region, aws->looked_at, &aws->base, err))
		return -1;
	plan_renewal(aws);
	return 0;
}

bool aws_base_renew(struct aws *aws, const char *region)
{
	CLEANUP(error_release) struct error err = ERROR_INIT;
	CLEANUP(profile_release) struct profile profile = { .name = NULL };
	CLEANUP(credentials_release)
	struct credentials newer = CREDENTIALS_INIT;

	/* on failure the refusal itself is what people are told */
	aws->renew_base_at = aws_now(aws) + RENEW_AGAIN_S;
	if (profile_load(&profile, &err) ||
	    find(aws, &profile, region, NULL, &newer, &err))
		return false;
	if (credentials_equal(&newer, &aws->base))
		return false;
	credentials_copy(&aws->base, &newer);
	plan_renewal(aws);
	return true;
}

struct aws_identity aws_identity(const struct aws *aws)
{
	return (struct aws_identity){ .source = aws->base.source,
				      .access_key = aws->base.access_key,
				      .expires_at = aws->base.expires_at,
				      .looked_at = aws->looked_at };
}
