/*
 * EC2 says itself, with DryRun, whether a call may be made: it sees what no
 * simulation does, and looks at the rights, not at what the call would do.
 */
#include <string.h>

#include "core/mem.h"
#include "plans/execute_run.h"
#include "plans/grant.h"
#include "plans/permits.h"
#include "plans/preflight.h"

struct dry_run {
	struct preflight *preflight;
	struct need *need;
	const char *call; /* "ec2:RevokeSecurityGroupIngress" */
	char *service;
};

static void on_done(void *ctx, const struct aws_result *result)
{
	struct dry_run *dry = ctx;
	struct preflight *preflight = dry->preflight;

	preflight->dry--;
	if (result->outcome == AWS_OK && !preflight->carried_out)
		preflight->carried_out = xasprintf(
			"%s (request id %s)", dry->call, result->request_id);
	else if (!strcmp(result->code, "DryRunOperation"))
		dry->need->dry = MAY_DO;
	else if (!strcmp(result->code, "UnauthorizedOperation"))
		dry->need->dry = MAY_NOT;
	free(dry->service);
	free(dry);
}

/* With the parameters of the first step whose it is. */
static void start(struct preflight *preflight, struct need *need,
		  const char *call, const json_t *parameters)
{
	CLEANUP(json_release) json_t *own = json_deep_copy(parameters);
	struct dry_run *dry = xcalloc(1, sizeof(*dry));
	const size_t len = strcspn(call, ":");

	(void)json_object_set_new(own, "DryRun", json_string("true"));
	*dry = (struct dry_run){ .preflight = preflight,
				 .need = need,
				 .call = call,
				 .service = xstrndup(call, len) };
	preflight->dry++;
	/* it changes nothing, so that it may be asked again as a read is */
	aws_start(preflight->run->aws, &(struct aws_call){
					       .session = need->place->session,
					       .service = dry->service,
					       .action = call + len + 1,
					       .parameters = own,
					       .attempts = 3,
					       .done = on_done,
					       .ctx = dry,
				       });
}

static bool takes_dry_run(const struct run_step *step, const char *call)
{
	const struct grant *grant = grant_find(step->ops->kind, call);

	return grant && grant->dry_run;
}

void preflight_dry_run(struct preflight *preflight)
{
	for (size_t i = 0; i < preflight->needs_len; i++) {
		struct need *need = preflight->needs[i];
		const bool back = !(need->ways & WAY_FORWARD);
		const struct run_step *step =
			need_step(need, back ? WAY_BACK : WAY_FORWARD);
		const struct plan_step *plan = step->plan;
		const char *call = back ? plan->backout_call : plan->call;

		if (!strcmp(json_text(need->permit, "action"), call) &&
		    takes_dry_run(step, call))
			start(preflight, need, call,
			      back ? plan->backout_parameters
				   : plan->parameters);
	}
}
