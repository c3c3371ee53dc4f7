#include "plans/confirm_undo.h"

#include <string.h>

#include "core/clock.h"
#include "core/mem.h"
#include "plans/awaited.h"
#include "plans/backout_item.h"
#include "plans/live.h"

/* ---- what was approved ------------------------------------------------ */

/* Is the call among those that the change's steps have as their backout? */
static bool is_approved_call(const struct plan *approved,
			     const struct plan_change *change, const char *call)
{
	for (size_t i = 0; i < change->steps_len; i++) {
		const char *backout =
			approved->steps[change->steps[i]].backout_call;

		if (backout && !strcmp(backout, call))
			return true;
	}
	return false;
}

/* Why this change of the backout was not approved; NULL: it was. */
static const char *why_not_approved(const struct plan *approved,
				    const struct plan *plan,
				    const struct plan_change *change)
{
	const struct plan_change *of = plan_find_change(
		approved, change->target, change->address, change->setting);
	const json_t *class;
	size_t i;

	if (!of)
		return "the plan that was applied does not have it";
	json_array_foreach(change->consent, i, class) {
		if (!json_array_has(of->backout_consent,
				    json_string_value(class)))
			return "bringing it back would cost more now than the "
			       "plan said, and nobody agreed to that";
	}
	for (i = 0; i < change->steps_len; i++)
		if (!is_approved_call(approved, of,
				      plan->steps[change->steps[i]].call))
			return "bringing it back would take another call than "
			       "the plan had for it";
	return NULL;
}

/* false: the backout has no such item, as what follows from another has none.
 */
static bool drop(struct backout *backout, const struct plan_change *change)
{
	for (size_t i = 0; i < backout->len; i++) {
		struct backout_item *item = &backout->items[i];

		if (strcmp(item->target, change->target) != 0 ||
		    strcmp(item->address, change->address) != 0 ||
		    strcmp(item->setting, change->setting) != 0)
			continue;
		backout_item_release(item);
		memmove(item, item + 1, (backout->len - i - 1) * sizeof(*item));
		backout->len--;
		return true;
	}
	return false;
}

/* Leave out of the backout what was not approved; *ret_any: something. */
static void restrict_to(const struct plan *approved, const struct plan *plan,
			struct backout *backout, json_t *conflicts,
			bool *ret_any)
{
	*ret_any = false;
	for (size_t i = 0; i < plan->changes_len; i++) {
		const struct plan_change *change = &plan->changes[i];
		/* a reboot that follows needs consent of its own */
		const char *why =
			plan_change_follows(change)
				? NULL
				: why_not_approved(approved, plan, change);
		json_t *note;

		if (!why || !drop(backout, change))
			continue;
		note = plan_note(conflicts, change->target, change->address,
				 change->setting, why);
		json_object_set_new(
			note, "change",
			json_from_text(json_text(change->undoes, "change")));
		json_object_set(note, "set",
				json_object_get(change->undoes, "set"));
		json_object_set(note, "live", change->before);
		json_object_set(note, "prior",
				json_object_get(change->undoes, "prior"));
		*ret_any = true;
	}
}

/* ---- the plan --------------------------------------------------------- */

/* Where nothing can be restored, the plan that says why is as good as any. */
static int plan_rest(const struct backout *backout, const struct live *live,
		     struct backout_options *options, struct plan **ret_plan,
		     struct error *err)
{
	options->ret_refused = ret_plan;
	if (!backout_plan(backout, live, options, ret_plan, err))
		return 0;
	if (!*ret_plan)
		return -1;
	error_release(err);
	*err = (struct error)ERROR_INIT;
	return 0;
}

int confirm_undo_plan(struct aws *aws, const struct places *places,
		      struct store *store, struct backout *backout,
		      const struct plan *approved, struct plan **ret_plan,
		      struct error *err)
{
	json_t CLEANUP(json_release) *awaited = NULL;
	json_t CLEANUP(json_release) *conflicts = json_array();
	struct live CLEANUP(live_cleanup) *live = NULL;
	struct plan CLEANUP(plan_cleanup) *plan = NULL;
	struct backout_options options = { .created_by = places->caller_arn,
					   .now = clock_now() };
	bool again = true;

	if (awaited_load(store, &awaited, err) < 0 ||
	    backout_observe(aws, places, backout, &live, err) < 0)
		return -1;
	options.awaited = awaited;
	while (again) {
		plan_free(TAKE(plan));
		if (plan_rest(backout, live, &options, &plan, err) < 0)
			return -1;
		restrict_to(approved, plan, backout, conflicts, &again);
	}
	if (json_array_size(conflicts)) {
		(void)json_array_extend(plan->conflicts, conflicts);
		plan_finish(plan);
	}
	*ret_plan = TAKE(plan);
	return 0;
}

int confirm_undo_run(struct aws *aws, const struct places *places,
		     struct store *store, const struct plan *plan,
		     const struct execute_options *options,
		     struct execute_result *ret_result, struct error *err)
{
	json_t CLEANUP(json_release) *allow = plan_consent(plan);
	struct execute_options own = *options;

	/* agreed to when the change was applied: restrict_to saw to that */
	own.allow = allow;
	own.automatic = true;
	return execute_plan(aws, places, plan, plan->bytes.buf, plan->bytes.len,
			    NULL, store, &own, ret_result, err);
}
