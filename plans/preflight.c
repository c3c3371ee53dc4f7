#include "plans/preflight.h"

#include <string.h>

#include "core/endpoint.h"
#include "core/limits.h"
#include "core/mem.h"
#include "plans/execute_run.h"
#include "plans/permits.h"

const struct run_step *need_step(const struct need *need, unsigned way)
{
	return need->step[way == WAY_BACK];
}

static void preflight_release(struct preflight *preflight)
{
	for (size_t i = 0; i < preflight->principals_len; i++)
		principal_free(preflight->principals[i]);
	free(preflight->principals);
	for (size_t i = 0; i < preflight->needs_len; i++) {
		json_decref(preflight->needs[i]->permit);
		free(preflight->needs[i]->why);
		free(preflight->needs[i]);
	}
	free(preflight->needs);
	json_decref(preflight->index);
	free(preflight->carried_out);
}

/* ---- what is needed ----------------------------------------------------- */

static struct principal *principal_of(struct preflight *preflight,
				      const struct place *place)
{
	for (size_t i = 0; i < preflight->principals_len; i++)
		if (principal_is_of(preflight->principals[i], place))
			return preflight->principals[i];
	GROW(preflight->principals, preflight->principals_len,
	     preflight->principals_cap);
	return preflight->principals[preflight->principals_len++] =
		       principal_new(preflight->run->aws, place);
}

/* What belongs to no region is asked for in its partition's own. */
static const char *region_of(const struct place *place)
{
	const char *region = aws_session_region(place->session);

	return place->global ? endpoint_global_region(region) : region;
}

/* The need for this; steps that need the same share it. */
static struct need *need_of(struct preflight *preflight,
			    const struct place *place, json_t *permit)
{
	CLEANUP(strbuf_release) struct strbuf key = STRBUF_INIT(1 * MIB);
	const json_t *known;
	struct need *need;

	strbuf_addf(&key, "%s\n", place->name);
	json_compact(permit, &key);
	known = json_object_get(preflight->index, key.buf);
	if (known && preflight->needs)
		return preflight->needs[json_integer_value(known)];
	need = xcalloc(1, sizeof(*need));
	need->principal = principal_of(preflight, place);
	need->place = place;
	need->region = region_of(place);
	need->permit = json_incref(permit);
	(void)json_object_set_new(
		preflight->index, key.buf,
		json_integer((json_int_t)preflight->needs_len));
	GROW(preflight->needs, preflight->needs_len, preflight->needs_cap);
	preflight->needs[preflight->needs_len++] = need;
	principal_want(need->principal, need->region, permit);
	return need;
}

static void add_step(struct preflight *preflight, const struct live *live,
		     const struct run_step *step, unsigned way)
{
	const struct place *place =
		places_find(preflight->run->places, step->plan->target);
	CLEANUP(json_release)
	json_t *permits = step_permits(preflight->run, step, live, way, true);
	size_t i;
	json_t *permit;

	json_array_foreach(permits, i, permit) {
		struct need *need = need_of(preflight, place, permit);

		if (!(need->ways & way))
			need->step[way == WAY_BACK] = step;
		need->ways |= way;
	}
}

static void add_steps(struct preflight *preflight, const struct live *live)
{
	for (size_t i = 0; i < preflight->run->steps_len; i++) {
		const struct run_step *step = &preflight->run->steps[i];

		if (step->left_out)
			continue;
		add_step(preflight, live, step, WAY_FORWARD);
		add_step(preflight, live, step, WAY_BACK);
	}
}

/* ---- asking -------------------------------------------------------------- */

static bool is_busy(const struct preflight *preflight)
{
	for (size_t i = 0; i < preflight->principals_len; i++)
		if (principal_is_busy(preflight->principals[i]))
			return true;
	return preflight->dry > 0;
}

static void judge(struct need *need)
{
	if (need->dry == MAY_UNKNOWN) {
		need->may = principal_may(need->principal, need->region,
					  need->permit, &need->why);
		return;
	}
	need->may = need->dry;
	if (need->may == MAY_NOT)
		need->why = xstrdup("denied to a dry run");
}

int preflight(struct run *run, const struct live *live, struct error *err)
{
	CLEANUP(preflight_release)
	struct preflight preflight = { .run = run, .index = json_object() };

	if (run->options->automatic)
		return 0;
	add_steps(&preflight, live);
	for (size_t i = 0; i < preflight.principals_len; i++)
		principal_ask(preflight.principals[i]);
	preflight_dry_run(&preflight);
	while (is_busy(&preflight))
		(void)aws_step(run->aws, INT64_MAX);
	if (run_interrupted(run) && !preflight.carried_out)
		return error_set(err, ERR_INTERRUPTED,
				 "interrupted before anything was changed");
	for (size_t i = 0; i < preflight.needs_len; i++)
		judge(preflight.needs[i]);
	return preflight_verdict(&preflight, err);
}
