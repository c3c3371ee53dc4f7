#include "plans/planner_steps.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/limits.h"
#include "core/mem.h"
#include "plans/catalogue.h"
#include "plans/controls.h"
#include "plans/lookup.h"
#include "plans/plan_cost.h"
#include "plans/planner_derived.h"
#include "plans/value.h"
#include "plans/way_back.h"

void planner_block(struct plan *plan, const struct want *want,
		   const char *reason, const char *remedy)
{
	json_t *before = want_before(want);
	json_t *note =
		plan_note(plan->blocked, want->resource->place->name,
			  want->resource->address, want->setting->name, reason);

	(void)json_object_set_new(note, "before",
				  before ? json_incref(before) : json_null());
	(void)json_object_set(note, "after", want->after);
	(void)json_object_set_new(note, "remedy", json_from_text(remedy));
}

/* The wants of one resource that are being made into calls. */
struct making {
	struct plan *plan;
	const struct resource *resource;
	const struct kind_ops *ops;
	const struct want **wants; /* with room for what is derived */
	size_t len;
	struct derived derived;
	const json_t *foreign;
	int64_t now;
	struct call_change *changes; /* one a want */
	struct call_list calls;
};

static void calls_release(struct making *making)
{
	free(making->changes);
	making->changes = NULL;
	call_list_release(&making->calls);
}

static void making_release(struct making *making)
{
	calls_release(making);
	derived_release(&making->derived);
	free(making->wants);
}

/* ---- which calls ---- */

/* Leave a want out, and say why. Order is kept. */
static void drop(struct making *making, size_t index, const char *reason,
		 const char *remedy)
{
	/* what nobody asked for is not missed */
	if (!is_derived(&making->derived, making->wants[index]))
		planner_block(making->plan, making->wants[index], reason,
			      remedy);
	making->len--;
	memmove(&making->wants[index], &making->wants[index + 1],
		(making->len - index) * sizeof(struct want *));
}

/* What entails something that cannot be is refused itself. */
static void refuse_origins(const struct making *making, json_t *refused)
{
	for (size_t i = 0; i < making->len; i++) {
		const struct want *want = making->wants[i];
		json_t *why = json_object_get(refused, want->setting->name);

		if (why && is_derived(&making->derived, want) &&
		    !json_object_get(refused, want->via))
			(void)json_object_set(refused, want->via, why);
	}
}

static bool drop_refused(struct making *making, json_t *refused)
{
	const size_t was = making->len;

	refuse_origins(making, refused);
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

static bool in_call(const struct call *call, size_t change)
{
	for (size_t i = 0; i < call->changes_len; i++) {
		if (call->changes[i] == change)
			return true;
	}
	return false;
}

/* What of others the call would do, after the words that say why. Owned. */
static char *setting_off(const struct making *making, const char *why)
{
	CLEANUP(strbuf_release) struct strbuf out = STRBUF_INIT(LIMIT_MESSAGE);
	json_t *text;
	size_t i;

	strbuf_adds(&out, why);
	json_array_foreach(making->foreign, i, text)
		strbuf_addf(&out, "%s%s", i ? "; " : "",
			    json_string_value(text));
	return strbuf_detach(&out);
}

static bool sets_off(const struct making *making, size_t change)
{
	for (size_t c = 0; c < making->calls.len; c++) {
		const struct call *call = &making->calls.items[c];

		if (in_call(call, change) &&
		    call_sets_off_pending(making->resource->kind, call->call,
					  call->parameters))
			return true;
	}
	return false;
}

/* A window that has begun makes AWS do its own maintenance as well. */
static bool drop_maintenance(struct making *making)
{
	const size_t was = making->len;
	const char *actions = lookup_maintenance(making->resource);
	CLEANUP(free_ptr) char *why = NULL;

	if (!actions)
		return false;
	why = xasprintf("that window has begun already, so that AWS would at "
			"once do the maintenance that waits for it: %s",
			actions);
	for (size_t w = was; w-- > 0;) {
		const struct want *want = making->wants[w];

		if (setting_opens_window(want->setting, want->after,
					 making->now))
			drop(making, w, why,
			     "choose a window that does not contain the "
			     "present, or let the maintenance take place "
			     "first, then plan again");
	}
	return making->len < was;
}

/* Leave out what would set off what somebody else left pending. */
static bool drop_foreign(struct making *making)
{
	const size_t was = making->len;
	CLEANUP(free_ptr) char *now = NULL;
	CLEANUP(free_ptr) char *does = NULL;
	CLEANUP(free_ptr) char *window = NULL;

	if (!json_array_size(making->foreign))
		return false;
	now = setting_off(making, "its call sends ApplyImmediately, which "
				  "would also set off ");
	does = setting_off(making, "it would also set off ");
	window = setting_off(making, "that window has begun already, so that "
				     "AWS would at once do ");
	for (size_t w = was; w-- > 0;) {
		const struct want *want = making->wants[w];

		if (setting_opens_window(want->setting, want->after,
					 making->now))
			drop(making, w, window,
			     "choose a window that does not contain the "
			     "present; or let what is pending take effect or "
			     "have it taken back, then plan again");
		else if (sets_off(making, w))
			drop(making, w, want->setting->once ? does : now,
			     "let what is pending take effect or have it taken "
			     "back, then plan again; or give the rule 'when: "
			     "window', which sends no ApplyImmediately");
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
		next = kind_after(making->ops, making->resource->facts,
				  call->call, call->parameters, of->setting,
				  value);
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

	calls_release(making);
	making->len =
		derived_find(&making->derived, making->wants, making->len);
	making->changes = xcalloc(making->len + 1, sizeof(*making->changes));
	for (size_t i = 0; i < making->len; i++) {
		const struct want *want = making->wants[i];

		making->changes[i] = (struct call_change){
			.setting = want->setting,
			.before = want_before(want),
			.after = want->after,
			.window = want->window,
		};
	}
	if (!making->len)
		return true;
	making->ops->calls(making->resource, making->changes, making->len,
			   &making->calls, refused);
	return !drop_refused(making, refused) && !drop_maintenance(making) &&
	       !drop_foreign(making) && !drop_missed(making);
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

/* ---- into the plan ---- */

/* From what the step leaves to what it found. */
static char *find_way_back(const struct making *making, size_t index,
			   struct plan_step *step)
{
	const struct call *call = &making->calls.items[index];
	CLEANUP(free_ptr)
	struct call_change *back = xcalloc(call->changes_len, sizeof(*back));
	CLEANUP(json_release) json_t *values = json_array();

	for (size_t i = 0; i < call->changes_len; i++) {
		const size_t change = call->changes[i];
		const struct call_change *of = &making->changes[change];
		json_t *found = index ? value_after(making, change, index - 1)
				      : json_deep_copy(of->before);
		json_t *left = value_after(making, change, index);

		/* the array owns them */
		(void)json_array_append_new(values, found);
		(void)json_array_append_new(values, left);
		back[i] = (struct call_change){ .setting = of->setting,
						.before = left,
						.after = found };
	}
	return way_back_find(making->resource, back, call->changes_len, step);
}

static void add_step(const struct making *making, size_t index, size_t base)
{
	const struct call *call = &making->calls.items[index];
	struct plan_step *step = plan_add_step(making->plan);

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
	step->backout_reason = find_way_back(making, index, step);
}

/* What opening or closing access comes to besides the setting. */
static void note_aftermath(const struct making *making,
			   const struct plan_change *change,
			   const struct setting *setting)
{
	const bool opens =
		value_exposes(setting, change->before, change->after);
	const bool closes =
		value_exposes(setting, change->after, change->before);
	CLEANUP(free_ptr) char *line = NULL;

	if (!setting->aftermath || (!opens && !closes))
		return;
	line = xasprintf("%s%s", opens ? "a backout closes it again, but " : "",
			 setting->aftermath);
	(void)plan_note(making->plan->notes, change->target, change->address,
			change->setting, line);
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
	change->before = json_incref(want_before(want));
	change->after = json_incref(want->after);
	change->unit = xstrdup(want->setting->unit);
	change->via = xstrdup(want->via);
	change->rule_name = xstrdup(want->rule_name);
	change->rule_line = want->rule_line;
	json_decref(change->controls);
	change->controls = setting_references(want->setting);
	change->severity = xstrdup(setting_severity(want->setting));
	if (want->pending)
		change->pending = json_deep_copy(want->pending);
	if (want->undoes)
		change->undoes = json_deep_copy(want->undoes);
	change->facts = setting_facts(want->setting, want->resource->facts);
	change->steps = xcalloc(making->calls.len + 1, sizeof(size_t));
	for (size_t c = 0; c < making->calls.len; c++) {
		if (!in_call(&making->calls.items[c], index))
			continue;
		change->steps[change->steps_len++] = base + c;
		/* a rule's window gives way where settings go together */
		now = now ||
		      kind_at_once(making->ops, making->calls.items[c].call,
				   making->calls.items[c].parameters,
				   want->setting);
		if (!way_back_known(&making->plan->steps[base + c]) &&
		    !want->setting->left_behind)
			undoable = false;
	}
	plan_set_cost(change, want->setting, now, undoable,
		      resource_is_missing(want->resource));
	note_aftermath(making, change, want->setting);
	if (want->setting->caveat)
		(void)plan_note(making->plan->notes, change->target,
				change->address, change->setting,
				want->setting->caveat);
}

void planner_steps(struct plan *plan, const struct resource *resource,
		   const struct want *const *wants, size_t wants_len,
		   const json_t *foreign, int64_t now)
{
	CLEANUP(making_release)
	struct making making = {
		.plan = plan,
		.resource = resource,
		.ops = kind_ops(resource->kind),
		.len = wants_len,
		.foreign = foreign,
		.now = now,
	};
	const size_t base = plan->steps_len;
	size_t rows;

	(void)catalogue_rows(resource->kind, &rows);
	making.wants = xcalloc(wants_len + rows, sizeof(*making.wants));
	memcpy(making.wants, wants, wants_len * sizeof(*wants));
	derived_init(&making.derived, resource->kind);
	/* each round leaves one out at least, so this ends */
	while (!make_calls(&making))
		;
	take_back_first(&making);
	for (size_t c = 0; c < making.calls.len; c++)
		add_step(&making, c, base);
	for (size_t i = 0; i < making.len; i++)
		add_change(&making, i, base);
}
