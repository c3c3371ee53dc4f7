#include "plans/planner.h"

#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/limits.h"
#include "core/mem.h"
#include "plans/awaited.h"
#include "plans/catalogue.h"
#include "plans/kind.h"
#include "plans/planner_follow.h"
#include "plans/planner_link.h"
#include "plans/planner_pending.h"
#include "plans/planner_steps.h"
#include "plans/planner_unmet.h"
#include "plans/planner_vain.h"
#include "plans/value.h"
#include "plans/way_back.h"

struct planning {
	struct plan *plan;
	const struct wants *wants;
	const struct desired *desired; /* NULL: of a backout */
	struct vain vain;
	struct pending pending;
	int64_t now;
};

static void planning_release(struct planning *planning)
{
	pending_release(&planning->pending);
	vain_release(&planning->vain);
}

/* ---- each want ---- */

static const char *why_waiting(const struct setting *setting)
{
	switch (setting->effect) {
	case EFFECT_REBOOT:
		return "it is set, and takes effect when the instances are "
		       "rebooted; a rule for them with 'pending_reboot: false' "
		       "plans that";
	case EFFECT_DEFERRABLE:
	case EFFECT_RESTART:
		return "it is pending already, and takes effect in the "
		       "maintenance window";
	case EFFECT_IMMEDIATE:
	case EFFECT_ASYNCHRONOUS:
		break;
	}
	return "it is pending already: AWS is about to do it";
}

static void note_waiting(struct plan *plan, const struct want *want,
			 json_t *pending)
{
	json_t *note = plan_note(plan->waiting, want->resource->place->name,
				 want->resource->address, want->setting->name,
				 why_waiting(want->setting));

	(void)json_object_set(note, "pending", pending);
}

/* Somebody else's pending value for the very setting. */
static void block_pending(const struct planning *planning,
			  const struct want *want, const json_t *live,
			  const json_t *pending)
{
	const char *change = awaited_change(planning->pending.awaited,
					    want->resource, want->setting);
	CLEANUP(free_ptr) char *remedy = NULL;
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(LIMIT_MESSAGE);

	if (value_equal(want->setting, live, want->after))
		strbuf_adds(&text, "it is so now, but it will not stay so: ");
	strbuf_adds(&text, "a change to ");
	value_show(want->setting, pending, &text);
	strbuf_adds(&text, " is pending");
	pending_who(&planning->pending, change, &text);
	if (change)
		remedy = xasprintf("plan again after the window, or take it "
				   "back: aback backout %s",
				   change);
	planner_block(planning->plan, want, text.buf,
		      remedy ? remedy
			     : "find out whose it is; when it has taken effect "
			       "or was taken back, plan again");
}

/*
 * May it be written at all, by us, and now? What aback would not let a person
 * ask for it does not send either. If not, the plan says why.
 */
static bool may_be_written(struct plan *plan, const struct want *want)
{
	const struct setting *setting = want->setting;
	const char *owner =
		json_text(want->resource->owned_elsewhere, setting->name);
	CLEANUP(free_ptr) char *unsendable = NULL;

	if (setting->standing != STANDING_WRITABLE) {
		planner_block(plan, want, setting->reason, setting->remedy);
		return false;
	}
	if (owner) {
		planner_block(plan, want, owner,
			      "change it there, or except the resource from "
			      "the rule");
		return false;
	}
	if (want->unmet) {
		planner_block(plan, want, want->unmet,
			      "see to that first, then plan again");
		return false;
	}
	unsendable = value_unsendable(setting, want->after);
	if (unsendable)
		planner_block(plan, want, unsendable, NULL);
	return !unsendable;
}

/* Is the want to become a change? If not, the plan says why where it must. */
static bool is_candidate(const struct planning *planning,
			 const struct want *want)
{
	struct plan *plan = planning->plan;
	const struct setting *setting = want->setting;
	const struct resource *resource = want->resource;
	json_t *live = want_before(want);
	json_t *pending = resource_pending(resource, setting);

	if (setting->passes_through) {
		planner_block(plan, want,
			      "it has no value: it says what another resource "
			      "is to have",
			      NULL);
		return false;
	}
	if (!live) {
		planner_block(plan, want, "its live value was not read", NULL);
		return false;
	}
	if (!pending && value_equal(setting, live, want->after))
		return false;
	if (pending && value_equal(setting, pending, want->after)) {
		note_waiting(plan, want, pending);
		return false;
	}
	/* what waits for nothing but a reboot, another value replaces */
	if (value_equal(setting, pending, live))
		pending = NULL;
	if (pending &&
	    !(want->pending && value_equal(setting, pending, want->pending))) {
		block_pending(planning, want, live, pending);
		return false;
	}
	return may_be_written(plan, want);
}

static void note_resource(struct plan *plan, const struct resource *resource)
{
	size_t i;
	json_t *line;

	json_array_foreach(resource->notes, i, line)
		(void)plan_note(plan->notes, resource->place->name,
				resource->address, NULL,
				json_string_value(line));
}

/* What was to use the resource cannot be: none of its wants goes on. */
static void block_vain(struct planning *planning, size_t first, size_t next,
		       const char *because)
{
	CLEANUP(free_ptr)
	char *why = xasprintf("it would be created for '%s', which is blocked",
			      because);

	for (size_t i = first; i < next; i++)
		planner_block(planning->plan, &planning->wants->items[i], why,
			      "see what blocks that; to have it all the same, "
			      "name it exactly in a rule");
}

/* All wants of one resource: items[first] up to items[next]. */
static void plan_resource(struct planning *planning, size_t first, size_t next)
{
	const struct wants *wants = planning->wants;
	const struct resource *resource = wants->items[first].resource;
	CLEANUP(free_ptr)
	const struct want **candidates =
		xcalloc(next - first, sizeof(*candidates));
	CLEANUP(json_release) json_t *foreign = NULL;
	const char *because =
		vain_because(&planning->vain, planning->desired, resource);
	size_t len = 0;

	if (because) {
		block_vain(planning, first, next, because);
		return;
	}
	for (size_t i = first; i < next; i++) {
		const struct want *want = &wants->items[i];

		if (is_candidate(planning, want))
			candidates[len++] = want;
	}
	if (!len)
		return;
	foreign = pending_foreign(&planning->pending, resource);
	note_resource(planning->plan, resource);
	planner_steps(planning->plan, resource, candidates, len, foreign,
		      planning->now);
}

/* ---- the plan ---- */

static void copy_targets(struct plan *plan, const struct target *targets,
			 size_t len)
{
	plan->targets = xcalloc(len + 1, sizeof(*plan->targets));
	for (size_t i = 0; i < len; i++) {
		plan->targets[i] = (struct target){
			.name = xstrdup(targets[i].name),
			.account_id = xstrdup(targets[i].account_id),
			.region = xstrdup(targets[i].region),
			.role_arn = xstrdup(targets[i].role_arn),
		};
	}
	plan->targets_len = len;
}

static json_t *desired_json(const struct desired *desired)
{
	json_t *object;

	if (!desired)
		return json_null();
	object = json_object();
	(void)json_object_set_new(object, "path",
				  json_from_text(desired->path));
	(void)json_object_set_new(object, "sha256",
				  json_string(desired->sha256));
	(void)json_object_set_new(object, "git_blob",
				  json_string(desired->git_blob));
	return object;
}

static struct plan *begin_plan(const struct planner_input *input)
{
	struct plan *plan = plan_new();
	char now[CLOCK_TEXT_MAX];

	plan->kind = xstrdup(input->kind);
	plan->reverses = xstrdup(input->reverses);
	plan->created_at = xstrdup(clock_rfc3339(input->now, now));
	plan->created_by = xstrdup(input->created_by ? input->created_by : "");
	plan->tool = xstrdup("aback " ABACK_VERSION);
	json_decref(plan->desired);
	plan->desired = desired_json(input->desired);
	copy_targets(plan, input->targets, input->targets_len);
	return plan;
}

/* All wants, which are sorted, into a new plan. */
static struct plan *plan_wants(const struct planner_input *input,
			       const struct wants *wants)
{
	CLEANUP(planning_release)
	struct planning planning = { .plan = begin_plan(input),
				     .wants = wants,
				     .desired = input->desired,
				     .vain = vain_begin(),
				     .pending = pending_find(input->live, wants,
							     input->awaited),
				     .now = input->now };

	for (size_t i = 0, next; i < wants->len; i = next) {
		const struct resource *resource = wants->items[i].resource;
		const size_t blocked = json_array_size(planning.plan->blocked);

		for (next = i + 1; next < wants->len; next++) {
			if (wants->items[next].resource != resource)
				break;
		}
		plan_resource(&planning, i, next);
		vain_planned(&planning.vain, planning.plan, wants, i, next,
			     blocked);
	}
	return planning.plan;
}

/* Those and these, both still owned by their lists; the caller frees items. */
static struct wants both(const struct wants *wants, const struct wants *more)
{
	struct wants all = { 0 };

	for (size_t i = 0; i < wants->len; i++)
		wants_add(&all, &wants->items[i]);
	for (size_t i = 0; i < more->len; i++)
		wants_add(&all, &more->items[i]);
	wants_sort(&all);
	return all;
}

/*
 * What follows depends on which changes can be made at all, and is planned
 * together with them.
 */
struct plan *planner_plan(const struct planner_input *input,
			  struct wants *wants)
{
	CLEANUP(followed_release) struct followed followed = { 0 };
	struct wants all;
	struct plan *plan;

	wants_sort(wants);
	plan = plan_wants(input, wants);
	while (input->live && planner_unmet(plan, wants, input->live)) {
		plan_free(plan);
		plan = plan_wants(input, wants);
	}
	planner_follow(plan, wants, input->live, &followed);
	if (followed.wants.len) {
		plan_free(plan);
		all = both(wants, &followed.wants);
		plan = plan_wants(input, &all);
		planner_link(plan, &all);
		free(all.items);
	} else {
		planner_link(plan, wants);
	}
	(void)json_array_extend(plan->notes, followed.notes);
	return plan;
}
