/* What a preflight comes to: a refusal, warnings, and what is recorded. */
#include <string.h>

#include "core/limits.h"
#include "core/mem.h"
#include "plans/execute_run.h"
#include "plans/permits.h"
#include "plans/preflight.h"

#define NAMED 3 /* so many are named; a count stands for the others */

static const char *resource_of(const struct need *need)
{
	return json_string_value(
		json_array_get(json_object_get(need->permit, "resources"), 0));
}

static const char *action_of(const struct need *need)
{
	return json_text(need->permit, "action");
}

static bool is_denied(const struct need *need, unsigned way)
{
	return need->may == MAY_NOT && need->ways & way;
}

/* ---- naming what is denied ---------------------------------------------- */

static void name_need(const struct need *need, unsigned way, struct strbuf *out)
{
	const struct plan_step *step = need_step(need, way)->plan;
	const char *passed_to = json_text(need->permit, "passed_to");

	strbuf_addf(out, "%s on %s", action_of(need), resource_of(need));
	if (passed_to)
		strbuf_addf(out, " to %s", passed_to);
	strbuf_addf(out, " (%s %s; %s)", step->target, step->address,
		    need->why);
}

/* "'<principal>' may not <action> on <resource> (…), … and 4 more" */
static void name_of(const struct preflight *preflight,
		    const struct principal *principal, unsigned way,
		    struct strbuf *out)
{
	size_t count = 0;

	for (size_t i = 0; i < preflight->needs_len; i++) {
		const struct need *need = preflight->needs[i];

		if (need->principal != principal || !is_denied(need, way) ||
		    count++ >= NAMED)
			continue;
		if (count > 1)
			strbuf_adds(out, ", ");
		else
			strbuf_addf(out, "%s'%s' may not ",
				    out->len ? "; " : "",
				    principal_name(principal));
		name_need(need, way, out);
	}
	if (count > NAMED)
		strbuf_addf(out, ", and %zu more", count - NAMED);
}

/* Nothing is added where nothing is denied. */
static void name_denied(const struct preflight *preflight, unsigned way,
			struct strbuf *out)
{
	for (size_t i = 0; i < preflight->principals_len; i++)
		name_of(preflight, preflight->principals[i], way, out);
}

/* ---- the record ---------------------------------------------------------- */

static json_t *principals(const struct preflight *preflight)
{
	json_t CLEANUP(json_release) *names = json_array();

	for (size_t i = 0; i < preflight->principals_len; i++)
		json_array_add_unique(names,
				      principal_name(preflight->principals[i]));
	return json_sorted_set(names);
}

static json_t *denied_back(const struct preflight *preflight)
{
	json_t *denied = json_array();

	for (size_t i = 0; i < preflight->needs_len; i++) {
		const struct need *need = preflight->needs[i];

		if (is_denied(need, WAY_BACK))
			json_array_append_new(
				denied,
				json_pack("{s:s, s:s, s:s, s:s, s:s}", "target",
					  need->place->name, "address",
					  need_step(need, WAY_BACK)
						  ->plan->address,
					  "action", action_of(need), "resource",
					  resource_of(need), "reason",
					  need->why));
	}
	return denied;
}

/* By place, the first reason, and for how many it stands. */
static json_t *not_asked(const struct preflight *preflight)
{
	json_t CLEANUP(json_release) *by_place = json_object();
	json_t *list = json_array();

	for (size_t i = 0; i < preflight->needs_len; i++) {
		const struct need *need = preflight->needs[i];
		const char *target = need->place->name;
		json_t *known = json_object_get(by_place, target);

		if (need->may != MAY_UNKNOWN)
			continue;
		if (!known) {
			known = json_pack("{s:s, s:s, s:i}", "target", target,
					  "reason", need->why, "count", 0);
			json_object_set_new(by_place, target, known);
			json_array_append(list, known);
		}
		known = json_object_get(known, "count");
		json_integer_set(known, json_integer_value(known) + 1);
	}
	return list;
}

static size_t count_asked(const struct preflight *preflight)
{
	size_t count = 0;

	for (size_t i = 0; i < preflight->needs_len; i++)
		count += preflight->needs[i]->may != MAY_UNKNOWN;
	return count;
}

static json_t *record(const struct preflight *preflight)
{
	return json_pack(
		"{s:o, s:I, s:o, s:o}", "principals", principals(preflight),
		"asked", (json_int_t)count_asked(preflight), "denied_back",
		denied_back(preflight), "not_asked", not_asked(preflight));
}

/* ---- telling ------------------------------------------------------------- */

/* Places that it is not known of for the same reason are one line. */
static void warn_not_asked(const struct run *run)
{
	json_t CLEANUP(json_release) *by_reason = json_object();
	const json_t *entry,
		*list = json_object_get(run->preflight, "not_asked");
	const char *reason;
	json_t *targets;
	size_t i;

	json_array_foreach(list, i, entry) {
		const char *why = json_text(entry, "reason");
		const char *target = json_text(entry, "target");
		const json_t *so_far = json_object_get(by_reason, why);
		char CLEANUP(free_ptr) *names =
			so_far ? xasprintf("%s, %s", json_string_value(so_far),
					   target)
			       : xstrdup(target);

		json_object_set_new(by_reason, why, json_from_text(names));
	}
	json_object_foreach(by_reason, reason, targets) {
		char CLEANUP(free_ptr) *text = xasprintf(
			"%s: whether every call is permitted could not be "
			"asked beforehand: %s",
			json_string_value(targets), reason);

		run_progress(run, NULL, "warning", text);
	}
}

static bool is_backout(const struct run *run)
{
	return !strcmp(run->plan->kind, "backout");
}

static int refuse_forward(const struct run *run, const char *denied,
			  struct error *err)
{
	error_set(err, ERR_PERMISSION,
		  "AWS would refuse calls of the plan: %s; nothing was changed",
		  denied);
	error_hint(err,
		   "grant it what 'aback policy %s' prints; a denial may also "
		   "stand in a boundary or in the organisation's policies",
		   is_backout(run) ? "backout" : "apply");
	return -1;
}

/*
 * Whoever backs out makes things as they were, often with a role that may do
 * nothing else: that nobody could take that back in turn is no reason to leave
 * things as they are.
 */
static int judge_back(const struct run *run, const char *denied,
		      struct error *err)
{
	char CLEANUP(free_ptr) *text = NULL;

	if (!is_backout(run) &&
	    !json_array_has(run->options->allow, "no-way-back")) {
		error_set(err, ERR_PERMISSION,
			  "what the plan does could not be taken back: %s; "
			  "nothing was changed",
			  denied);
		error_hint(err, "grant it what 'aback policy apply' prints, or "
				"go without a way back: --allow no-way-back");
		return -1;
	}
	text = xasprintf("%s: %s",
			 is_backout(run) ? "this backout could not be taken "
					   "back in turn"
					 : "there is no way back for all of it",
			 denied);
	run_progress(run, NULL, "warning", text);
	return 0;
}

static int refuse_carried_out(const char *call, struct error *err)
{
	error_set(err, ERR_PARTIAL,
		  "the endpoint does not heed DryRun: it carried out %s, which "
		  "was only to be tried",
		  call);
	error_hint(err, "look what it changed, and make a new plan; the "
			"endpoint is not AWS's, or not as it should be");
	return -1;
}

int preflight_verdict(struct preflight *preflight, struct error *err)
{
	struct run *run = preflight->run;
	struct strbuf CLEANUP(strbuf_release) forward =
		STRBUF_INIT(LIMIT_MESSAGE);
	struct strbuf CLEANUP(strbuf_release) back = STRBUF_INIT(LIMIT_MESSAGE);

	if (preflight->carried_out)
		return refuse_carried_out(preflight->carried_out, err);
	run->preflight = record(preflight);
	name_denied(preflight, WAY_FORWARD, &forward);
	if (forward.len)
		return refuse_forward(run, forward.buf, err);
	name_denied(preflight, WAY_BACK, &back);
	warn_not_asked(run);
	return back.len ? judge_back(run, back.buf, err) : 0;
}
