#include "plans/backout.h"

#include <stdlib.h>
#include <string.h>

#include "core/limits.h"
#include "core/mem.h"
#include "plans/catalogue.h"
#include "plans/document_map.h"
#include "plans/kind.h"
#include "plans/only.h"
#include "plans/planner_reads.h"
#include "plans/value.h"

struct restoring {
	const struct live *live;
	struct only only, force;
	struct wants wants;
	json_t *undoes; /* array of what the wants point to */
	json_t *skipped, *conflicts;
};

static void restoring_release(struct restoring *restoring)
{
	only_release(&restoring->only);
	only_release(&restoring->force);
	wants_release(&restoring->wants);
	json_decref(restoring->undoes);
	json_decref(restoring->skipped);
	json_decref(restoring->conflicts);
}

/* ---- what becomes of an item ---- */

static void conflict(struct restoring *restoring,
		     const struct backout_item *item, json_t *live,
		     const char *reason)
{
	json_t *note = plan_note(restoring->conflicts, item->target,
				 item->address, item->setting, reason);

	(void)json_object_set_new(note, "change", json_from_text(item->change));
	(void)json_object_set(note, "set", item->set);
	(void)json_object_set_new(note, "live",
				  live ? json_incref(live) : json_null());
	(void)json_object_set(note, "prior", item->prior);
}

static void skip(struct restoring *restoring, const struct backout_item *item,
		 const char *reason)
{
	(void)plan_note(restoring->skipped, item->target, item->address,
			item->setting, reason);
}

/* The value is to become `after`, which the caller gives up. */
static void restore(struct restoring *restoring,
		    const struct backout_item *item,
		    const struct resource *resource,
		    const struct setting *setting, json_t *after,
		    const json_t *pending)
{
	json_t *undoes = json_object();

	(void)json_object_set_new(undoes, "change",
				  json_from_text(item->change));
	(void)json_object_set(undoes, "set", item->set);
	(void)json_object_set(undoes, "prior", item->prior);
	(void)json_object_set_new(undoes, "redo", json_boolean(item->redo));
	(void)json_array_append_new(restoring->undoes, undoes);
	wants_add(&restoring->wants, &(struct want){ .resource = resource,
						     .setting = setting,
						     .after = after,
						     .pending = pending,
						     .undoes = undoes });
}

/* Take our members out and put back what we took: others' stay as they are. */
static void restore_set(struct restoring *restoring,
			const struct backout_item *item,
			const struct resource *resource,
			const struct setting *setting)
{
	const json_t *live = resource_value(resource, setting);
	CLEANUP(json_release) json_t *added = set_minus(item->set, item->prior);
	CLEANUP(json_release)
	json_t *removed = set_minus(item->prior, item->set);
	CLEANUP(json_release) json_t *without = set_minus(live, added);
	CLEANUP(json_release) json_t *both = set_union(without, removed);
	CLEANUP(json_release) json_t *after = value_adopt(live, both);

	if (value_equal(setting, live, after) &&
	    !resource_pending(resource, setting))
		skip(restoring, item,
		     "already as before: nothing of ours is "
		     "left in it");
	else
		restore(restoring, item, resource, setting, TAKE(after), NULL);
}

static char *why_conflict(const struct backout_item *item,
			  const struct setting *setting, const json_t *live)
{
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(LIMIT_MESSAGE);

	if (item->later) {
		strbuf_addf(&text,
			    "our later change %s set it again: back that out "
			    "first",
			    item->later);
	} else {
		strbuf_adds(&text, "somebody else changed it since: it is ");
		value_show(setting, live, &text);
		strbuf_adds(&text, ", neither what we set nor what it was "
				   "before");
	}
	return strbuf_detach(&text);
}

/* What is pending and differs from live, or NULL. */
static json_t *other_pending(const struct resource *resource,
			     const struct setting *setting)
{
	json_t *pending = resource_pending(resource, setting);

	return value_equal(setting, pending, resource_value(resource, setting))
		       ? NULL
		       : pending;
}

/* Three-way: what we set, what is live, what was there before. */
static void restore_scalar(struct restoring *restoring,
			   const struct backout_item *item,
			   const struct resource *resource,
			   const struct setting *setting, bool forced)
{
	json_t *live = resource_value(resource, setting);
	/* what only waits for a reboot is live already */
	json_t *pending = other_pending(resource, setting);
	const bool is_set = kind_means(resource, setting, live, item->set);
	const bool is_prior = kind_means(resource, setting, live, item->prior);
	const bool ours_pending =
		pending && value_equal(setting, pending, item->set);

	if (is_prior && !ours_pending) {
		skip(restoring, item, "already as before");
	} else if ((is_set || is_prior) && !item->later) {
		restore(restoring, item, resource, setting,
			json_incref(item->prior),
			ours_pending ? pending : NULL);
	} else if (forced) {
		restore(restoring, item, resource, setting,
			json_incref(item->prior), pending);
	} else {
		CLEANUP(free_ptr)
		char *why = why_conflict(item, setting, live);

		conflict(restoring, item, live, why);
	}
}

/* Each name that we changed as it was; what others did to the rest stays. */
static void restore_map(struct restoring *restoring,
			const struct backout_item *item,
			const struct resource *resource,
			const struct setting *setting, bool forced)
{
	json_t *live = resource_value(resource, setting);
	const char *name = document_map_conflict(live, item->set, item->prior);
	CLEANUP(json_release)
	json_t *after = document_map_restored(live, item->set, item->prior);

	if (name && !forced) {
		CLEANUP(free_ptr)
		char *why = xasprintf("somebody else changed '%s' since: it is "
				      "neither what we set nor what it was "
				      "before",
				      name);

		conflict(restoring, item, live, why);
	} else if (value_equal(setting, live, after)) {
		skip(restoring, item,
		     "already as before: nothing of ours is "
		     "left in it");
	} else {
		restore(restoring, item, resource, setting, TAKE(after), NULL);
	}
}

static void skip_undone(struct restoring *restoring,
			const struct backout_item *item)
{
	CLEANUP(free_ptr)
	char *line = xasprintf("change %s has backed it out already",
			       item->undone_by);

	skip(restoring, item, line);
}

static void restore_item(struct restoring *restoring,
			 const struct backout_item *item,
			 const struct setting *setting, bool forced)
{
	const struct resource *resource =
		live_find(restoring->live, item->target, item->address);
	json_t *live =
		resource && setting ? resource_value(resource, setting) : NULL;

	if (!resource)
		conflict(restoring, item, NULL, "it is not there any more");
	else if (strcmp(resource->resource_id, item->resource_id) != 0)
		conflict(restoring, item, live,
			 "another resource has this name now");
	else if (!setting)
		conflict(restoring, item, NULL,
			 "this aback does not know the setting");
	else if (!live)
		conflict(restoring, item, NULL, "its live value was not read");
	else if (setting->left_behind &&
		 !value_equal(setting, live, item->prior))
		skip(restoring, item, setting->left_behind);
	else if (item->undone_by)
		skip_undone(restoring, item);
	else if (json_equal(item->set, item->prior))
		skip(restoring, item,
		     "our changes to it since then cancel each other out");
	else if (json_is_array(item->set) && json_is_array(item->prior) &&
		 !setting->whole_only)
		restore_set(restoring, item, resource, setting);
	else if (is_document_map(item->set) && is_document_map(item->prior))
		restore_map(restoring, item, resource, setting, forced);
	else
		restore_scalar(restoring, item, resource, setting, forced);
}

/* ---- the plan ---- */

static int restore_all(struct restoring *restoring,
		       const struct backout *backout, struct error *err)
{
	CLEANUP(json_release) json_t *addresses = json_array();

	for (size_t i = 0; i < backout->len; i++) {
		const struct backout_item *item = &backout->items[i];
		bool forced = restoring->force.len &&
			      only_has(&restoring->force, item->address,
				       item->setting);

		(void)json_array_append_new(addresses,
					    json_from_text(item->address));
		if (only_has(&restoring->only, item->address, item->setting))
			restore_item(restoring, item,
				     setting_at(item->address, item->setting),
				     forced);
	}
	if (only_check(&restoring->only, "nothing is to be backed out at",
		       addresses, err) ||
	    only_check(&restoring->force, "nothing is to be backed out at",
		       addresses, err))
		return -1;
	return 0;
}

static void nothing_left(const json_t *conflicts, struct error *err)
{
	const json_t *first = json_array_get(conflicts, 0);
	const size_t len = json_array_size(conflicts);

	(void)error_set(
		err, ERR_CONFLICT, "'%s:%s': %s", json_text(first, "address"),
		json_text(first, "setting"), json_text(first, "reason"));
	(void)error_wrap(err,
			 "nothing can be restored: %zu setting%s in conflict",
			 len, len == 1 ? " is" : "s are");
	error_hint(err,
		   "look at what is live now; to overwrite it all the same: "
		   "--force %s:%s",
		   json_text(first, "address"), json_text(first, "setting"));
}

/* What no call can bring back; force changes nothing about that. */
static void nothing_possible(const json_t *blocked, struct error *err)
{
	const json_t *first = json_array_get(blocked, 0);
	const char *remedy = json_text(first, "remedy");
	const size_t len = json_array_size(blocked);

	(void)error_set(
		err, ERR_CONFLICT, "'%s:%s': %s", json_text(first, "address"),
		json_text(first, "setting"), json_text(first, "reason"));
	(void)error_wrap(err, "nothing can be restored: %zu setting%s blocked",
			 len, len == 1 ? " is" : "s are");
	if (remedy)
		error_hint(err, "%s", remedy);
}

/* Lines of the history that the --only did not leave out. */
static void add_skipped(struct restoring *restoring, const json_t *lines)
{
	json_t *line;
	size_t i;

	json_array_foreach(lines, i, line) {
		if (only_has(&restoring->only, json_text(line, "address"),
			     json_text(line, "setting")))
			(void)json_array_append(restoring->skipped, line);
	}
}

/* Lines about no resource: what could not be looked up. */
static void add_unknown(struct restoring *restoring)
{
	json_t *line;
	size_t i;

	json_array_foreach(restoring->live->skipped, i, line) {
		if (!json_text(line, "address"))
			(void)plan_note(restoring->skipped,
					json_text(line, "target"), NULL, NULL,
					json_text(line, "reason"));
	}
}

int backout_plan(const struct backout *backout, const struct live *live,
		 const struct backout_options *options, struct plan **ret_plan,
		 struct error *err)
{
	CLEANUP(restoring_release)
	struct restoring restoring = { .live = live,
				       .undoes = json_array(),
				       .skipped = json_array(),
				       .conflicts = json_array() };
	const struct planner_input input = {
		.kind = options->kind ? options->kind : "backout",
		.reverses = backout->reverses,
		.targets = backout->targets,
		.targets_len = backout->targets_len,
		.created_by = options->created_by,
		.now = options->now,
		.live = live,
		.awaited = options->awaited,
	};
	CLEANUP(plan_cleanup) struct plan *plan = NULL;

	if (only_parse(&options->only, false, &restoring.only, err) ||
	    only_parse(&options->force, true, &restoring.force, err))
		return -1;
	add_skipped(&restoring, backout->skipped);
	add_unknown(&restoring);
	if (restore_all(&restoring, backout, err))
		return -1;
	plan = planner_plan(&input, &restoring.wants);
	(void)json_array_extend(plan->skipped, restoring.skipped);
	(void)json_array_extend(plan->conflicts, restoring.conflicts);
	plan_finish(plan);
	if (plan->changes_len || (!json_array_size(plan->conflicts) &&
				  !json_array_size(plan->blocked))) {
		*ret_plan = TAKE(plan);
		return 0;
	}
	if (json_array_size(plan->conflicts))
		nothing_left(plan->conflicts, err);
	else
		nothing_possible(plan->blocked, err);
	if (options->ret_refused)
		*options->ret_refused = TAKE(plan);
	return -1;
}

/* ---- what must be read ---- */

int backout_observe(struct aws *aws, const struct places *places,
		    const struct backout *backout, struct live **ret_live,
		    struct error *err)
{
	struct desired_reads *reads = reads_new();
	int rc = 0;

	for (size_t i = 0; i < backout->len && !rc; i++) {
		const struct backout_item *item = &backout->items[i];
		const struct setting *setting =
			setting_at(item->address, item->setting);
		CLEANUP(address_release) struct address address = { 0 };

		rc = address_parse(item->address, &address, err);
		if (rc)
			break;
		reads_add_kind(reads, address.ops->kind);
		if (setting)
			reads_add_setting(reads, setting);
		if (setting_at(item->address, "exists"))
			reads_add_setting(reads,
					  setting_at(item->address, "exists"));
		if (address.ops->by_reference)
			reads_add_id(reads, item->target, address.ops->kind,
				     address.id);
	}
	if (!rc)
		rc = live_read(aws, places, reads_wanted(reads), ret_live, err);
	desired_reads_free(reads);
	return rc;
}
