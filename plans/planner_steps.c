#include "plans/planner_steps.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/limits.h"
#include "core/mem.h"
#include "plans/catalogue.h"
#include "plans/value.h"

void planner_block(struct plan *plan, const struct want *want,
		   const char *reason, const char *remedy)
{
	json_t *before = resource_value(want->resource, want->setting);
	json_t *note =
		plan_note(plan->blocked, want->resource->place->name,
			  want->resource->address, want->setting->name, reason);

	(void)json_object_set_new(note, "before",
				  before ? json_incref(before) : json_null());
	(void)json_object_set(note, "after", want->after);
	(void)json_object_set_new(note, "remedy", json_from_text(remedy));
}

char *planner_unsendable(const struct setting *setting, const json_t *value)
{
	CLEANUP(error_release) struct error err = ERROR_INIT;
	CLEANUP(json_release) json_t *checked = NULL;
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(LIMIT_MESSAGE);

	if (json_is_null(value))
		return NULL;
	if (value_check(setting, value, &checked, &err)) {
		error_message(&err, &text);
		return strbuf_detach(&text);
	}
	return value_equal(setting, checked, value)
		       ? NULL
		       : xstrdup("the value is not in canonical form");
}

/* The wants of one resource that are being made into calls. */
struct making {
	struct plan *plan;
	const struct resource *resource;
	const struct kind_ops *ops;
	const struct want **wants;
	size_t len;
	const json_t *foreign;
	struct call_change *changes; /* one a want */
	struct call_list calls;
};

static void making_release(struct making *making)
{
	free(making->changes);
	call_list_release(&making->calls);
}

/* ---- which calls ---- */

/* Leave a want out, and say why. Order is kept. */
static void drop(struct making *making, size_t index, const char *reason,
		 const char *remedy)
{
	planner_block(making->plan, making->wants[index], reason, remedy);
	making->len--;
	memmove(&making->wants[index], &making->wants[index + 1],
		(making->len - index) * sizeof(struct want *));
}

static bool drop_refused(struct making *making, const json_t *refused)
{
	const size_t was = making->len;

	for (size_t i = was; i-- > 0;) {
		const json_t *why = json_object_get(
			refused, making->wants[i]->setting->name);
		const char *reason = json_text(why, "reason");

		if (why)
			drop(making, i, reason ? reason : "no call can make it",
			     json_text(why, "remedy"));
	}
	return making->len < was;
}

static bool is_immediate(const struct call *call)
{
	const char *immediately =
		json_text(call->parameters, "ApplyImmediately");

	return immediately && !strcmp(immediately, "true");
}

static bool in_call(const struct call *call, size_t change)
{
	for (size_t i = 0; i < call->changes_len; i++) {
		if (call->changes[i] == change)
			return true;
	}
	return false;
}

/* Leave out what would set off what somebody else left pending. */
static bool drop_foreign(struct making *making)
{
	const size_t was = making->len;
	CLEANUP(strbuf_release)
	struct strbuf reason = STRBUF_INIT(LIMIT_MESSAGE);
	json_t *text;
	size_t i;

	if (!json_array_size(making->foreign))
		return false;
	strbuf_adds(&reason, "its call sends ApplyImmediately, which would "
			     "also set off ");
	json_array_foreach(making->foreign, i, text)
		strbuf_addf(&reason, "%s%s", i ? "; " : "",
			    json_string_value(text));
	for (size_t w = was; w-- > 0;) {
		bool immediate = false;

		for (size_t c = 0; c < making->calls.len; c++)
			immediate = immediate ||
				    (is_immediate(&making->calls.items[c]) &&
				     in_call(&making->calls.items[c], w));
		if (immediate)
			drop(making, w, reason.buf,
			     "let what is pending take effect or have it taken "
			     "back, then plan again; or give the rule `when: "
			     "window`, which sends no ApplyImmediately");
	}
	return making->len < was;
}

/*
 * The value of a change's setting after the calls up to and with `last` that
 * make it; NULL when one of them makes no sense. New reference.
 */
static json_t *value_after(const struct making *making, size_t change,
			   size_t last)
{
	const struct call_change *of = &making->changes[change];
	CLEANUP(json_release)
	json_t *value = json_deep_copy(of->before);

	for (size_t c = 0; c <= last && c < making->calls.len; c++) {
		const struct call *call = &making->calls.items[c];
		json_t *next;

		if (!in_call(call, change))
			continue;
		next = making->ops->after_call(call->call, call->parameters,
					       of->setting, value);
		json_decref(value);
		value = next;
		if (!value)
			return NULL;
	}
	return TAKE(value);
}

/* Leave out what the calls do not bring about: never send what misses. */
static bool drop_missed(struct making *making)
{
	const size_t was = making->len;

	for (size_t w = was; w-- > 0;) {
		bool made = false;
		CLEANUP(json_release)
		json_t *end = value_after(making, w, making->calls.len);

		for (size_t c = 0; c < making->calls.len; c++)
			made = made || in_call(&making->calls.items[c], w);
		if (!made || !value_equal(making->wants[w]->setting, end,
					  making->wants[w]->after))
			drop(making, w, "aback knows no call that leads there",
			     NULL);
	}
	return making->len < was;
}

/*
 * One attempt at calls for the wants that are left; false when some had to be
 * left out, since what is left may then need other calls.
 */
static bool make_calls(struct making *making)
{
	CLEANUP(json_release) json_t *refused = json_object();

	making_release(making);
	making->changes = xcalloc(making->len + 1, sizeof(*making->changes));
	making->calls = (struct call_list){ 0 };
	for (size_t i = 0; i < making->len; i++) {
		const struct want *want = making->wants[i];

		making->changes[i] = (struct call_change){
			.setting = want->setting,
			.before = resource_value(want->resource, want->setting),
			.after = want->after,
			.window = want->window,
		};
	}
	if (!making->len)
		return true;
	making->ops->calls(making->resource, making->changes, making->len,
			   &making->calls, refused);
	return !drop_refused(making, refused) && !drop_foreign(making) &&
	       !drop_missed(making);
}

static bool takes_back(const struct making *making, const struct call *call)
{
	for (size_t i = 0; i < call->changes_len; i++) {
		const struct want *want = making->wants[call->changes[i]];

		/* what waits for a reboot is set off by no call */
		if (want->pending && want->setting->effect != EFFECT_REBOOT)
			return true;
	}
	return false;
}

/* The i-th call, and where it is to stand. */
struct call_place {
	struct call call;
	bool first;
	size_t was;
};

static int compare_places(const void *a, const void *b)
{
	const struct call_place *x = a, *y = b;

	if (x->first != y->first)
		return x->first ? -1 : 1;
	return x->was < y->was ? -1 : x->was > y->was;
}

/*
 * What takes back something pending comes before all else that sends
 * ApplyImmediately, which would set it off, and that needs it done.
 */
static void take_back_first(struct making *making)
{
	struct call_list *calls = &making->calls;
	CLEANUP(free_ptr)
	struct call_place *places = xcalloc(calls->len + 1, sizeof(*places));
	CLEANUP(free_ptr)
	size_t *now_at = xcalloc(calls->len + 1, sizeof(*now_at));
	size_t first = 0;

	for (size_t i = 0; i < calls->len; i++) {
		const struct call *call = &calls->items[i];
		const bool back = takes_back(making, call);

		places[i] = (struct call_place){ *call, back, i };
		first += back;
	}
	if (!first)
		return;
	qsort(places, calls->len, sizeof(*places), compare_places);
	for (size_t i = 0; i < calls->len; i++) {
		calls->items[i] = places[i].call;
		now_at[places[i].was] = i;
	}
	for (size_t i = 0; i < calls->len; i++) {
		struct call *call = &calls->items[i];

		for (size_t n = 0; n < call->needs_len; n++)
			call->needs[n] = now_at[call->needs[n]];
		for (size_t n = 0; i >= first && n < first; n++)
			call_add_need(call, n);
	}
}

/* ---- the way back ---- */

/* The resource with values of its own, to ask what calls it would need. */
struct shadow {
	struct resource resource;
	size_t rows;
};

static void shadow_release(struct shadow *shadow)
{
	for (size_t i = 0; i < shadow->rows; i++)
		json_decref(shadow->resource.values[i]);
	free(shadow->resource.values);
}

static struct shadow shadow_of(const struct resource *resource)
{
	struct shadow shadow = { .resource = *resource };

	(void)catalogue_rows(resource->kind, &shadow.rows);
	shadow.resource.values =
		xcalloc(shadow.rows, sizeof(*shadow.resource.values));
	for (size_t i = 0; i < shadow.rows; i++)
		shadow.resource.values[i] = json_incref(resource->values[i]);
	return shadow;
}

/* What a step does to a change's setting. */
struct span {
	json_t *before, *after;
};

static void spans_free(struct span *spans, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		json_decref(spans[i].before);
		json_decref(spans[i].after);
	}
	free(spans);
}

static struct span *spans_of(const struct making *making, size_t index)
{
	const struct call *call = &making->calls.items[index];
	struct span *spans = xcalloc(call->changes_len + 1, sizeof(*spans));

	for (size_t i = 0; i < call->changes_len; i++) {
		const size_t change = call->changes[i];

		spans[i].before =
			index ? value_after(making, change, index - 1)
			      : json_deep_copy(making->changes[change].before);
		spans[i].after = value_after(making, change, index);
	}
	return spans;
}

static char *refusal(const json_t *refused)
{
	const char *setting;
	json_t *why;

	json_object_foreach((json_t *)(uintptr_t)refused, setting, why) {
		const char *reason = json_text(why, "reason");

		return xasprintf("'%s' cannot be set back: %s", setting,
				 reason ? reason : "no call can make it");
	}
	return NULL;
}

/* The call that swaps the spans back, or why there is none. */
static char *find_backout(const struct making *making, const struct call *call,
			  const struct span *spans, struct plan_step *step)
{
	CLEANUP(shadow_release)
	struct shadow shadow = shadow_of(making->resource);
	CLEANUP(free_ptr)
	struct call_change *swapped =
		xcalloc(call->changes_len, sizeof(*swapped));
	CLEANUP(call_list_release) struct call_list calls = { 0 };
	CLEANUP(json_release) json_t *refused = json_object();

	for (size_t i = 0; i < call->changes_len; i++) {
		const struct setting *setting =
			making->changes[call->changes[i]].setting;
		json_t **slot =
			&shadow.resource.values[catalogue_index(setting)];
		CLEANUP(free_ptr)
		char *why = planner_unsendable(setting, spans[i].before);

		if (why)
			return xasprintf("the value before cannot be sent: %s",
					 why);
		json_decref(*slot);
		*slot = json_incref(spans[i].after);
		swapped[i] = (struct call_change){ .setting = setting,
						   .before = spans[i].after,
						   .after = spans[i].before };
	}
	making->ops->calls(&shadow.resource, swapped, call->changes_len, &calls,
			   refused);
	if (json_object_size(refused))
		return refusal(refused);
	if (calls.len != 1)
		return xstrdup("no single call takes it back");
	step->backout_call = xstrdup(calls.items[0].call);
	json_decref(step->backout_parameters);
	step->backout_parameters = json_incref(calls.items[0].parameters);
	return NULL;
}

/* ---- into the plan ---- */

static void add_step(const struct making *making, size_t index, size_t base)
{
	const struct call *call = &making->calls.items[index];
	struct plan_step *step = plan_add_step(making->plan);
	struct span *spans = spans_of(making, index);

	step->target = xstrdup(making->resource->place->name);
	step->address = xstrdup(making->resource->address);
	step->resource_id = xstrdup(making->resource->resource_id);
	step->call = xstrdup(call->call);
	json_decref(step->parameters);
	step->parameters = json_incref(call->parameters);
	json_decref(step->companions);
	step->companions = json_incref(call->companions);
	step->needs_len = call->needs_len;
	step->needs = xcalloc(call->needs_len + 1, sizeof(*step->needs));
	for (size_t i = 0; i < call->needs_len; i++)
		step->needs[i] = base + call->needs[i];
	step->backout_reason = find_backout(making, call, spans, step);
	spans_free(spans, call->changes_len);
}

/* An array of the texts that are not NULL, which must be in sorted order. */
static json_t *classes(const char *a, const char *b, const char *c,
		       const char *d)
{
	const char *const all[] = { a, b, c, d };
	json_t *array = json_array();

	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		if (all[i])
			(void)json_array_append_new(array, json_string(all[i]));
	}
	return array;
}

/*
 * A reboot that AWS asks for afterwards is somebody's to choose, so it needs no
 * consent: the change ends as waiting for it.
 */
static bool restarts(const struct setting *setting)
{
	return setting->effect == EFFECT_RESTART ||
	       (setting->restart && setting->effect != EFFECT_REBOOT);
}

static void set_cost(struct plan_change *change, const struct setting *setting,
		     bool now, bool undoable)
{
	const char *restart = restarts(setting) ? "restart" : NULL;
	const bool loses = value_loses(setting, change->before, change->after);
	const bool loses_back =
		value_loses(setting, change->after, change->before);

	change->effect = xstrdup(setting->effect == EFFECT_DEFERRABLE && now
					 ? "immediate"
					 : effect_name(setting->effect));
	change->reversibility = xstrdup(!undoable ? "one-way"
					: loses   ? "lossy"
					: restart ? "restart"
						  : "reversible");
	json_decref(change->consent);
	change->consent = classes(
		value_exposes(setting, change->before, change->after)
			? "exposure"
			: NULL,
		loses ? "lossy" : NULL, undoable ? NULL : "one-way", restart);
	json_decref(change->backout_consent);
	change->backout_consent =
		classes(value_exposes(setting, change->after, change->before)
				? "exposure"
				: NULL,
			loses_back ? "lossy" : NULL, NULL, restart);
}

static json_t *controls_of(const struct setting *setting)
{
	json_t *controls = json_array();

	for (size_t i = 0; i < SETTING_CONTROLS_MAX && setting->controls[i];
	     i++)
		(void)json_array_append_new(controls,
					    json_string(setting->controls[i]));
	return controls;
}

static void add_change(const struct making *making, size_t index, size_t base)
{
	const struct want *want = making->wants[index];
	struct plan_change *change = plan_add_change(making->plan);
	bool undoable = true, now = false;

	change->target = xstrdup(want->resource->place->name);
	change->address = xstrdup(want->resource->address);
	change->resource_id = xstrdup(want->resource->resource_id);
	change->setting = xstrdup(want->setting->name);
	change->before =
		json_incref(resource_value(want->resource, want->setting));
	change->after = json_incref(want->after);
	change->unit = xstrdup(want->setting->unit);
	change->via = xstrdup(want->via);
	change->rule_name = xstrdup(want->rule_name);
	change->rule_line = want->rule_line;
	json_decref(change->controls);
	change->controls = controls_of(want->setting);
	change->severity = xstrdup(want->setting->severity);
	if (want->pending)
		change->pending = json_deep_copy(want->pending);
	if (want->undoes)
		change->undoes = json_deep_copy(want->undoes);
	change->steps = xcalloc(making->calls.len + 1, sizeof(size_t));
	for (size_t c = 0; c < making->calls.len; c++) {
		if (!in_call(&making->calls.items[c], index))
			continue;
		change->steps[change->steps_len++] = base + c;
		/* a rule's window gives way where settings go together */
		now = now || is_immediate(&making->calls.items[c]);
		if (!making->plan->steps[base + c].backout_call)
			undoable = false;
	}
	set_cost(change, want->setting, now, undoable);
}

void planner_steps(struct plan *plan, const struct resource *resource,
		   const struct want **wants, size_t wants_len,
		   const json_t *foreign)
{
	CLEANUP(making_release)
	struct making making = {
		.plan = plan,
		.resource = resource,
		.ops = kind_ops(resource->kind),
		.wants = wants,
		.len = wants_len,
		.foreign = foreign,
	};
	const size_t base = plan->steps_len;

	/* each round leaves one out at least, so this ends */
	while (!make_calls(&making))
		;
	take_back_first(&making);
	for (size_t c = 0; c < making.calls.len; c++)
		add_step(&making, c, base);
	for (size_t i = 0; i < making.len; i++)
		add_change(&making, i, base);
}
