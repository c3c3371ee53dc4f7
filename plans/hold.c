#include "plans/hold.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/limits.h"
#include "core/mem.h"
#include "plans/document_map.h"
#include "plans/kind.h"
#include "plans/plan.h"
#include "plans/value.h"

#define HOLD_FORMAT "aback-hold/1"

void holds_release(struct holds *holds)
{
	json_decref(holds->by_target);
	*holds = (struct holds){ 0 };
}

/* ---- reading ---- */

static json_t *child(json_t *object, const char *key)
{
	json_t *member = json_object_get(object, key);

	if (member)
		return member;
	member = json_object();
	(void)json_object_set_new(object, key, member);
	return member;
}

static int add_file(struct holds *holds, const json_t *file, struct error *err)
{
	const char *format, *target, *address, *setting;
	json_t *settings, *hold, *into;

	if (json_get_string(file, "it", "format", &format, err) ||
	    json_get_string(file, "it", "target", &target, err) ||
	    json_get_string(file, "it", "address", &address, err) ||
	    json_get_object(file, "it", "settings", &settings, err))
		return -1;
	if (strcmp(format, HOLD_FORMAT) != 0)
		return error_set(err, ERR_FORMAT, "its format is '%s', not %s",
				 format, HOLD_FORMAT);
	into = child(child(holds->by_target, target), address);
	json_object_foreach(settings, setting, hold) {
		if (!json_text(hold, "change") ||
		    !json_object_get(hold, "rule_value"))
			return error_set(err, ERR_FORMAT,
					 "the hold on '%s' is incomplete",
					 setting);
		(void)json_object_set(into, setting, hold);
	}
	return 0;
}

struct loading {
	struct store *store;
	struct holds *holds;
};

static int load_file(const char *path, bool is_directory, void *ctx,
		     struct error *err)
{
	struct loading *loading = ctx;
	CLEANUP(json_release) json_t *file = NULL;

	if (is_directory)
		return 0;
	if (store_read_json(loading->store, path, &file, err) ||
	    add_file(loading->holds, file, err)) {
		if (!err->hint)
			error_hint(err,
				   "see who wrote it: git -C '%s' log -p main "
				   "-- '%s'",
				   store_path(loading->store), path);
		/* a hold that cannot be read must not count as none */
		(void)error_wrap(err, "cannot read the hold '%s'", path);
		err->code = ERR_STATE;
		return -1;
	}
	return 0;
}

int holds_load(struct store *store, struct holds *ret_holds, struct error *err)
{
	CLEANUP(holds_release)
	struct holds holds = { .by_target = json_object() };
	struct loading loading = { .store = store, .holds = &holds };

	if (store && store_walk(store, "holds", load_file, &loading, err))
		return -1;
	*ret_holds = holds;
	holds = (struct holds){ 0 };
	return 0;
}

const json_t *holds_find(const struct holds *holds, const char *target,
			 const char *address, const char *setting)
{
	const json_t *by_address = json_object_get(holds->by_target, target);

	return json_object_get(json_object_get(by_address, address), setting);
}

/* ---- changing ---- */

static char *path_of(const char *target, const char *address)
{
	static const char global[] = "/global";
	const size_t len = strlen(target);
	const bool is_global = len > strlen(global) &&
			       !strcmp(target + len - strlen(global), global);
	CLEANUP(free_ptr)
	char *name = xstrndup(target, is_global ? len - strlen(global) : len);
	CLEANUP(free_ptr) char *encoded = store_encode(name);

	return xasprintf("holds/%s%s/%s.json", encoded, is_global ? global : "",
			 address);
}

void holds_change(struct holds *holds, struct store_edits *edits,
		  const char *target, const char *address, const char *setting,
		  const json_t *hold)
{
	json_t *settings = child(child(holds->by_target, target), address);
	CLEANUP(free_ptr) char *path = path_of(target, address);
	CLEANUP(json_release) json_t *file = NULL;

	if (hold)
		(void)json_object_set_new(settings, setting,
					  json_deep_copy(hold));
	else
		(void)json_object_del(settings, setting);
	if (!json_object_size(settings)) {
		store_edits_remove(edits, path);
		return;
	}
	file = json_object();
	(void)json_object_set_new(file, "format", json_string(HOLD_FORMAT));
	(void)json_object_set_new(file, "target", json_from_text(target));
	(void)json_object_set_new(file, "address", json_from_text(address));
	(void)json_object_set(file, "settings", settings);
	store_edits_put_json(edits, path, file);
}

/* ---- what a hold covers ---- */

/* What the change had set or found, as people write it. New reference. */
static json_t *written(const json_t *hold, const char *key)
{
	const json_t *value = json_object_get(hold, key);

	if (!value) /* by a version that did not record it */
		value = json_object_get(hold, "restored");
	return value_written(value);
}

static const json_t *under(const json_t *hold)
{
	return json_object_get(hold, "under");
}

/* Is it the very value that this backout took back? */
static bool covers_value(const json_t *hold, const struct setting *setting,
			 const json_t *before, const json_t *after)
{
	/* ids of rules changed when the backout made them anew */
	CLEANUP(json_release) json_t *set = written(hold, "rule_value");
	CLEANUP(json_release) json_t *prior = written(hold, "prior");
	CLEANUP(json_release) json_t *to = value_written(after);

	if (setting ? value_equal(setting, set, to) : json_equal(set, to))
		return true;
	return is_document_map(set) && is_document_map(after) &&
	       document_map_covers(set, prior, before, after);
}

static void take_out(json_t **members, const json_t *some)
{
	json_t *rest = set_minus(*members, some);

	json_decref(*members);
	*members = rest;
}

/* Is every member one that the backouts removed or brought back? */
static bool covers_members(const json_t *hold, const json_t *before,
			   const json_t *after)
{
	CLEANUP(json_release) json_t *from = value_written(before);
	CLEANUP(json_release) json_t *to = value_written(after);
	CLEANUP(json_release) json_t *adds = NULL, *removes = NULL;
	bool any = false;

	if (!json_is_array(to))
		return false;
	adds = set_minus(to, from);
	removes = set_minus(from, to);
	for (; hold; hold = under(hold)) {
		CLEANUP(json_release) json_t *set = written(hold, "rule_value");
		CLEANUP(json_release) json_t *prior = written(hold, "prior");
		CLEANUP(json_release) json_t *added = NULL, *removed = NULL;

		if (!json_is_array(set))
			continue;
		any = true;
		added = set_minus(set, prior);
		removed = set_minus(prior, set);
		take_out(&adds, added);
		take_out(&removes, removed);
	}
	return any && !json_array_size(adds) && !json_array_size(removes);
}

bool hold_covers(const json_t *hold, const struct setting *setting,
		 const json_t *before, const json_t *after)
{
	for (const json_t *one = hold; one; one = under(one)) {
		if (covers_value(one, setting, before, after))
			return true;
	}
	return !(setting && setting->whole_only) &&
	       covers_members(hold, before, after);
}

int holds_refuse(const struct holds *holds, const struct plan *plan,
		 struct error *err)
{
	CLEANUP(strbuf_release)
	struct strbuf names = STRBUF_INIT(LIMIT_MESSAGE);
	const char *release = NULL, *setting = NULL;

	if (strcmp(plan->kind, "apply") != 0)
		return 0;
	for (size_t i = 0; i < plan->changes_len; i++) {
		const struct plan_change *change = &plan->changes[i];
		const json_t *hold =
			holds_find(holds, change->target, change->address,
				   change->setting);

		if (!hold ||
		    !hold_covers(hold,
				 setting_at(change->address, change->setting),
				 change->before, change->after))
			continue;
		strbuf_addf(&names, "%s'%s:%s' (since change %s)",
			    names.len ? ", " : "", change->address,
			    change->setting, json_text(hold, "change"));
		if (!release) {
			release = change->address;
			setting = change->setting;
		}
	}
	if (!release)
		return 0;
	(void)error_set(err, ERR_HELD,
			"the plan would set again what was backed out: %s",
			names.buf);
	error_hint(err,
		   "plan again, which leaves held settings alone, or let plans "
		   "propose it: aback release %s:%s",
		   release, setting);
	return -1;
}

/* ---- what a backout leaves ---- */

/* How the change ended: a state of result.json, "" where it says nothing. */
static const char *end_of(const json_t *changes,
			  const struct plan_change *change)
{
	const char *state =
		json_text(plan_find_entry(changes, change->target,
					  change->address, change->setting),
			  "state");

	return state ? state : "";
}

static bool is_done(const char *end)
{
	return !strcmp(end, "done") || !strcmp(end, "waiting");
}

/* undone: it undid itself, so it asked for `after` and has `before` again. */
static json_t *hold_of(const struct plan_change *change, bool undone,
		       const char *change_id, const char *by, const char *at,
		       const char *reason)
{
	json_t *hold = json_object();
	json_t *set = json_object_get(change->undoes, "set");
	json_t *prior = json_object_get(change->undoes, "prior");
	json_t *restored = undone ? change->before : change->after;

	if (!set)
		set = undone ? change->after : change->before;
	(void)json_object_set_new(hold, "change", json_from_text(change_id));
	(void)json_object_set_new(hold, "by", json_from_text(by));
	(void)json_object_set_new(hold, "at", json_from_text(at));
	(void)json_object_set_new(hold, "reason",
				  json_from_text(reason ? reason : ""));
	(void)json_object_set(hold, "rule_value", set);
	(void)json_object_set(hold, "prior", prior ? prior : restored);
	(void)json_object_set(hold, "restored", restored);
	return hold;
}

static bool is_redo(const struct plan_change *change)
{
	return json_is_true(json_object_get(change->undoes, "redo"));
}

/*
 * What is left of a hold once the backout that put it is itself backed out: the
 * others that are under it, or over it. NULL: nothing. New reference.
 */
static json_t *without(const json_t *hold, const char *change)
{
	const char *put_by = json_text(hold, "change");
	json_t *copy, *rest;

	if (!hold)
		return NULL;
	if (put_by && change && !strcmp(put_by, change))
		return json_incref((json_t *)(uintptr_t)under(hold));
	rest = without(under(hold), change);
	copy = json_copy((json_t *)(uintptr_t)hold);
	(void)json_object_del(copy, "under");
	if (rest)
		(void)json_object_set_new(copy, "under", rest);
	return copy;
}

static bool is_put_by(const json_t *hold, const char *change)
{
	for (; hold; hold = under(hold)) {
		const char *put_by = json_text(hold, "change");

		if (put_by && change && !strcmp(put_by, change))
			return true;
	}
	return false;
}

void holds_record(struct holds *holds, const struct plan *plan,
		  const char *change_id, const char *by, const char *at,
		  const char *reason, const json_t *done_changes,
		  struct store_edits *edits)
{
	const bool is_backout = !strcmp(plan->kind, "backout");

	/* what is recorded is restored, and a hold with it */
	if (!strcmp(plan->kind, "restore"))
		return;
	for (size_t i = 0; i < plan->changes_len; i++) {
		const struct plan_change *change = &plan->changes[i];
		const char *end = end_of(done_changes, change);
		const bool undone = !is_backout && !strcmp(end, "backed_out");
		const json_t *old =
			holds_find(holds, change->target, change->address,
				   change->setting);
		CLEANUP(json_release) json_t *hold = NULL;

		if (!is_done(end) && !undone)
			continue;
		if (undone || (is_backout && !is_redo(change))) {
			hold = hold_of(change, undone, change_id, by, at,
				       reason);
			if (old)
				(void)json_object_set(hold, "under",
						      (json_t *)(uintptr_t)old);
		} else if (is_backout &&
			   is_put_by(old,
				     json_text(change->undoes, "change"))) {
			hold = without(old,
				       json_text(change->undoes, "change"));
		}
		if (hold || old)
			holds_change(holds, edits, change->target,
				     change->address, change->setting, hold);
	}
}
