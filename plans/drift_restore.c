/*
 * From what drift found to a plan that restores what is recorded: the items of
 * a backout whose `set` is what is live.
 */
#include <string.h>

#include "core/mem.h"
#include "plans/backout_item.h"
#include "plans/drift.h"
#include "plans/value.h"

static void drift_cleanup(struct drift **drift)
{
	drift_free(*drift);
}

static struct target copy_target(const struct target *target)
{
	return (struct target){ .name = xstrdup(target->name),
				.account_id = xstrdup(target->account_id),
				.region = xstrdup(target->region),
				.role_arn = xstrdup(target->role_arn) };
}

static void add_item(struct backout *backout, const json_t *difference)
{
	GROW(backout->items, backout->len, backout->cap);
	backout->items[backout->len++] = (struct backout_item){
		.change = xstrdup(json_text(difference, "recorded_by")),
		.target = xstrdup(json_text(difference, "target")),
		.address = xstrdup(json_text(difference, "address")),
		.resource_id = xstrdup(json_text(difference, "resource_id")),
		.setting = xstrdup(json_text(difference, "setting")),
		.set = json_incref(json_object_get(difference, "live")),
		.prior = json_incref(json_object_get(difference, "recorded")),
	};
}

/* What is no change of a setting is said, and left as it is. */
static void skip(struct backout *backout, const json_t *difference)
{
	static const struct {
		const char *class, *why;
	} reasons[] = {
		{ "gone", "it is not there any more, and nothing makes it "
			  "again" },
		{ "replaced", "another resource has this name now" },
		{ "pending", "it is still as recorded, and what is pending is "
			     "somebody else's to take back" },
		{ "unread", "it could not be read" },
	};
	const char *class = json_text(difference, "class");

	for (size_t i = 0; i < ARRAY_SIZE(reasons); i++) {
		if (!strcmp(class, reasons[i].class))
			(void)plan_note(backout->skipped,
					json_text(difference, "target"),
					json_text(difference, "address"),
					json_text(difference, "setting"),
					reasons[i].why);
	}
}

static struct backout *items_of(const struct drift *drift,
				const json_t *document)
{
	struct backout *backout = backout_new();
	json_t *difference;
	size_t i;

	backout->targets = xcalloc(drift->backout->targets_len + 1,
				   sizeof(*backout->targets));
	for (size_t t = 0; t < drift->backout->targets_len; t++)
		backout->targets[backout->targets_len++] =
			copy_target(&drift->backout->targets[t]);
	json_array_foreach(json_object_get(document, "differences"), i,
			   difference) {
		if (!strcmp(json_text(difference, "class"), "changed"))
			add_item(backout, difference);
		else
			skip(backout, difference);
	}
	return backout;
}

int drift_plan(const struct drift *drift, const struct live *live,
	       const json_t *document, const struct drift_plan_options *options,
	       struct plan **ret_plan, struct error *err)
{
	CLEANUP(backout_cleanup)
	struct backout *backout = items_of(drift, document);
	const struct backout_options how = { .kind = "restore",
					     .awaited = options->awaited,
					     .created_by = options->created_by,
					     .now = options->now };

	return backout_plan(backout, live, &how, ret_plan, err);
}

/* ---- may such a plan be applied? ---------------------------------------- */

static int check_change(const struct plan_change *change,
			const struct drift *drift, struct error *err)
{
	const struct backout_item *item = backout_find(drift->backout, change);
	const char *id = json_text(change->undoes, "change");
	const json_t *prior = json_object_get(change->undoes, "prior");

	if (json_is_null(change->undoes))
		return 0; /* it follows from others */
	if (item && !strcmp(item->resource_id, change->resource_id) && id &&
	    !strcmp(id, item->change) && json_equal(prior, item->prior) &&
	    value_equal(setting_at(change->address, change->setting),
			change->after, item->prior))
		return 0;
	(void)error_set(err, ERR_EDITED,
			"its change of '%s:%s' does not go back to what is "
			"recorded",
			change->address, change->setting);
	error_hint(err, "make the plan again with: aback drift -o PLAN");
	return -1;
}

int restore_check(const struct plan *plan, struct store *store,
		  struct error *err)
{
	CLEANUP(drift_cleanup) struct drift *drift = NULL;

	if (strcmp(plan->kind, "restore") != 0)
		return 0;
	if (drift_load(store, plan->targets, plan->targets_len, &drift, err))
		return -1;
	for (size_t i = 0; i < plan->changes_len; i++) {
		if (check_change(&plan->changes[i], drift, err))
			return error_wrap(err, "the plan does not restore what "
					       "is recorded");
	}
	return 0;
}
