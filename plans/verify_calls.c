/*
 * The calls of a change: what its journal says of each, and whether event
 * history shows it. An answered call is known by AWS's request id. One that
 * nobody answered is known by the change's id, which is in the user agent of
 * our calls and in the session name of assumed roles.
 */
#include <string.h>

#include "plans/verify_parts.h"

#define BACKOUT "backout_"

/* ---- out of the journal ------------------------------------------------- */

/* The last call of that step that has no outcome yet, or NULL. */
static json_t *open_call(const json_t *calls, json_int_t step, bool backout)
{
	for (size_t i = json_array_size(calls); i-- > 0;) {
		json_t *call = json_array_get(calls, i);

		if (json_integer_value(json_object_get(call, "step")) == step &&
		    json_is_true(json_object_get(call, "backout")) == backout)
			return verify_is(call, "outcome", "none") ? call : NULL;
	}
	return NULL;
}

static void add_intent(json_t *calls, const struct plan *plan,
		       const json_t *event, size_t line, bool backout)
{
	const json_int_t index =
		json_integer_value(json_object_get(event, "step"));
	const struct plan_step *step;

	if (index < 0 || (size_t)index >= plan->steps_len)
		return;
	step = &plan->steps[index];
	(void)json_array_append_new(
		calls,
		json_pack("{s:I, s:b, s:s, s:s, s:o, s:O, s:I, s:O?, s:s, s:n, "
			  "s:n}",
			  "step", index, "backout", (int)backout, "target",
			  step->target, "address", step->address, "call",
			  json_from_text(backout ? step->backout_call
						 : step->call),
			  "parameters",
			  backout ? step->backout_parameters : step->parameters,
			  "line", (json_int_t)line, "sent_at",
			  json_object_get(event, "at"), "outcome", "none",
			  "code", "request_id"));
}

/* null where the journal has an empty text. */
static void take(json_t *call, const json_t *event, const char *key)
{
	const char *text = json_text(event, key);

	(void)json_object_set_new(call, key,
				  json_from_text(text && *text ? text : NULL));
}

static void add_outcome(json_t *calls, const json_t *event, bool backout)
{
	json_t *call = open_call(
		calls, json_integer_value(json_object_get(event, "step")),
		backout);

	if (!call)
		return;
	take(call, event, "outcome");
	take(call, event, "code");
	take(call, event, "request_id");
}

/* How the step ended that the call belongs to, or JSON null. */
static json_t *ended(const json_t *result, const json_t *call)
{
	const bool backout = json_is_true(json_object_get(call, "backout"));
	const json_t *steps =
		json_object_get(result, backout ? "backout" : "steps");
	json_t *step;
	size_t i;

	json_array_foreach(steps, i, step) {
		if (json_equal(json_object_get(step, "index"),
			       json_object_get(call, "step")))
			return json_from_text(json_text(step, "state"));
	}
	return json_null();
}

json_t *verify_calls_of(const struct plan *plan, const json_t *journal,
			const json_t *result)
{
	json_t *calls = json_array(), *event, *call;
	size_t i;

	json_array_foreach(journal, i, event) {
		const char *name = verify_text(event, "event");
		const bool backout = !strncmp(name, BACKOUT, strlen(BACKOUT));

		if (backout)
			name += strlen(BACKOUT);
		if (!strcmp(name, "intent"))
			add_intent(calls, plan, event, i + 1, backout);
		else if (!strcmp(name, "outcome"))
			add_outcome(calls, event, backout);
	}
	json_array_foreach(calls, i, call)
		(void)json_object_set_new(call, "ended", ended(result, call));
	return calls;
}

/* ---- against event history ---------------------------------------------- */

struct judging {
	const json_t *proof;
	json_t *events; /* that event history shows; borrowed */
	json_t *ours;   /* id → true: taken by a call */
	json_t *calls;  /* the result */
};

static json_t *event_by_request(const struct judging *judging, const char *id)
{
	json_t *event;
	size_t i;

	json_array_foreach(judging->events, i, event) {
		if (verify_is(event, "request_id", id))
			return event;
	}
	return NULL;
}

bool verify_names_change(const json_t *event, const char *change)
{
	const char *caller = verify_text(event, "caller");
	const char *agent = strstr(verify_text(event, "user_agent"), "change/");
	const size_t len = strlen(caller), of = strlen(change);

	if (agent && !strncmp(agent + strlen("change/"), change, of))
		return true;
	return len > of && caller[len - of - 1] == '-' &&
	       !strcmp(caller + len - of, change);
}

/* "rds:ModifyDBCluster" and an event of rds.amazonaws.com of that name. */
static bool is_call(const json_t *event, const char *call)
{
	const char *colon = strchr(call, ':');
	const size_t len = colon ? (size_t)(colon - call) : 0;
	const char *source = verify_text(event, "source");

	return colon && verify_is(event, "name", colon + 1) &&
	       !strncmp(source, call, len) && source[len] == '.';
}

/* Of a call that nobody answered: the first event that can be it. */
static json_t *event_by_change(const struct judging *judging,
			       const json_t *call)
{
	const char *change = verify_text(
		json_object_get(judging->proof, "record"), "change");
	json_t *event;
	size_t i;

	json_array_foreach(judging->events, i, event) {
		const char *id = verify_text(event, "id");
		CLEANUP(json_release) json_t *differ = NULL;

		if (json_object_get(judging->ours, id) ||
		    json_text(event, "change") ||
		    !is_call(event, verify_text(call, "call")) ||
		    !verify_names_change(event, change))
			continue;
		differ = verify_parameters_differ(
			json_object_get(call, "parameters"),
			json_object_get(event, "parameters"));
		if (!json_array_size(differ))
			return event;
	}
	return NULL;
}

static void set_verdict(json_t *call, const char *verdict, const char *reason)
{
	(void)json_object_set_new(call, "verdict", json_string(verdict));
	(void)json_object_set_new(call, "reason", json_from_text(reason));
}

static void take_event(const struct judging *judging, json_t *call,
		       json_t *event, const char *how)
{
	json_t *differ =
		verify_parameters_differ(json_object_get(call, "parameters"),
					 json_object_get(event, "parameters"));
	const char *outcome = verify_text(call, "outcome");
	const bool failed = json_text(event, "error_code") != NULL;

	(void)json_object_set_new(judging->ours, verify_text(event, "id"),
				  json_true());
	(void)json_object_set_new(
		call, "event",
		json_pack("{s:O?, s:O?, s:O?, s:O?, s:O?, s:s}", "id",
			  json_object_get(event, "id"), "at",
			  json_object_get(event, "at"), "caller",
			  json_object_get(event, "caller"), "request_id",
			  json_object_get(event, "request_id"), "error_code",
			  json_object_get(event, "error_code"), "found_by",
			  how));
	(void)json_object_set_new(call, "differences", differ);
	if (json_array_size(differ))
		set_verdict(call, "differs",
			    "event history shows other parameters");
	else if (!strcmp(outcome, "ok") && failed)
		set_verdict(call, "differs",
			    "event history shows it as refused");
	else
		set_verdict(call, "seen", NULL);
}

/* Nothing was found: is that as it must be? */
static void judge_unseen(json_t *call)
{
	const char *outcome = verify_text(call, "outcome");

	if (!strcmp(outcome, "not_sent"))
		set_verdict(call, "not_needed", "it never left");
	else if (!strcmp(outcome, "refused"))
		set_verdict(call, "not_needed",
			    "AWS refused it, and such calls are not always "
			    "written down");
	else if (!strcmp(outcome, "ok"))
		set_verdict(call, "not_seen",
			    "event history does not show it (yet)");
	else
		set_verdict(call, "no_trace",
			    "nobody answered it, and event history shows no "
			    "call that is it");
}

static bool is_seen(const json_t *call)
{
	return verify_is(call, "verdict", "seen") ||
	       verify_is(call, "verdict", "differs");
}

/* Did another call of the same step arrive? */
static bool has_sibling(const json_t *calls, const json_t *of)
{
	json_t *call;
	size_t i;

	json_array_foreach(calls, i, call) {
		if (json_equal(json_object_get(call, "step"),
			       json_object_get(of, "step")) &&
		    json_equal(json_object_get(call, "backout"),
			       json_object_get(of, "backout")) &&
		    is_seen(call))
			return true;
	}
	return false;
}

/*
 * A call without an answer that left no trace did not arrive. Where its step is
 * done all the same, another call of that step must have done it.
 */
static void settle_traceless(json_t *calls)
{
	json_t *call;
	size_t i;

	json_array_foreach(calls, i, call) {
		if (!verify_is(call, "verdict", "no_trace"))
			continue;
		if ((!verify_is(call, "ended", "done") &&
		     !verify_is(call, "ended", "waiting")) ||
		    has_sibling(calls, call))
			set_verdict(call, "not_needed",
				    "nobody answered it, and it did not "
				    "arrive");
	}
}

static void judge(const struct judging *judging, const json_t *of)
{
	json_t *call = json_copy((json_t *)(uintptr_t)of);
	const char *request = json_text(call, "request_id");
	json_t *event = request ? event_by_request(judging, request) : NULL;
	const char *outcome = verify_text(call, "outcome");

	(void)json_object_set_new(call, "event", json_null());
	(void)json_object_set_new(call, "differences", json_array());
	(void)json_array_append_new(judging->calls, call);
	if (event) {
		take_event(judging, call, event, "request id");
		return;
	}
	if (!strcmp(outcome, "unknown") || !strcmp(outcome, "none"))
		event = event_by_change(judging, call);
	if (event)
		take_event(judging, call, event, "change id");
	else
		judge_unseen(call);
}

json_t *verify_judge_calls(const json_t *proof, json_t *ours)
{
	const json_t *record = json_object_get(proof, "record");
	const json_t *evidence = json_object_get(proof, "evidence");
	struct judging judging = {
		.proof = proof,
		.events = json_object_get(json_object_get(evidence, "events"),
					  "events"),
		.ours = ours,
		.calls = json_array(),
	};
	json_t *call;
	size_t i;

	json_array_foreach(json_object_get(record, "calls"), i, call)
		judge(&judging, call);
	settle_traceless(judging.calls);
	return judging.calls;
}
