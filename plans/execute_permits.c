/* What the calls of a run need to be allowed. */
#include "core/mem.h"
#include "plans/execute_run.h"
#include "plans/permits.h"

static void drop_address(struct address *address)
{
	address_release(address);
}

/* What taking the step back sends is in the plan, beside what it sends. */
static void set_call(struct permits_call *call, const struct run_step *step,
		     unsigned way)
{
	const struct plan_step *plan = step->plan;

	call->call = way == WAY_BACK ? plan->backout_call : plan->call;
	call->parameters =
		way == WAY_BACK ? plan->backout_parameters : plan->parameters;
}

static json_t *permits_on(const struct run *run, const struct run_step *step,
			  const char *id, const char *arn, unsigned way,
			  bool exact)
{
	const struct place *place =
		places_find(run->places, step->plan->target);
	CLEANUP(free_ptr)
	const char **settings = xcalloc(step->values_len, sizeof(*settings));
	struct permits_call call = {
		.kind = step->ops->kind,
		.region = aws_session_region(place->session),
		.account = place->account_id,
		.id = id,
		.arn = arn,
		.settings = settings,
		.settings_len = step->values_len,
	};

	set_call(&call, step, way);
	if (!call.call)
		return json_array();
	for (size_t i = 0; i < step->values_len; i++)
		settings[i] = step->values[i].setting->name;
	return permits_of_call(&call, exact);
}

json_t *step_permits(const struct run *run, const struct run_step *step,
		     const struct live *live, unsigned way, bool exact)
{
	const struct resource *resource =
		live_find(live, step->plan->target, step->plan->address);
	CLEANUP(drop_address) struct address address = { 0 };
	CLEANUP(error_release) struct error ignored = ERROR_INIT;

	if (address_parse(step->plan->address, &address, &ignored) < 0)
		return json_array();
	return permits_on(run, step, address.id,
			  resource ? resource->arn : NULL, way, exact);
}

json_t *step_permits_of_kind(const struct run *run, const struct run_step *step,
			     unsigned way)
{
	return permits_on(run, step, "*", NULL, way, false);
}
