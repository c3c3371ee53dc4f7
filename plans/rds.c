#include "plans/rds.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "plans/value.h"

#define APPLY "ApplyImmediately"

bool rds_is_off(const json_t *value)
{
	return json_is_null(value) || json_is_false(value) ||
	       (json_is_integer(value) && !json_integer_value(value));
}

const char *rds_fact(const struct resource *resource, const char *path)
{
	return json_string_value(
		json_array_get(json_object_get(resource->facts, path), 0));
}

/* ---- may it be modified now? ------------------------------------------ */

enum condition rds_condition(const struct resource *resource,
			     const char **ret_why)
{
	static const struct {
		const char *status; /* a '*' at the end: begins with it */
		enum condition condition;
	} known[] = {
		{ "available", CONDITION_READY },
		{ "storage-optimization", CONDITION_READY },
		{ "stopped", CONDITION_STOPPED },
		{ "stopping", CONDITION_STOPPED },
		{ "failed", CONDITION_FAILED },
		{ "deleting", CONDITION_FAILED },
		{ "incompatible-*", CONDITION_FAILED },
		{ "inaccessible-encryption-credentials*", CONDITION_FAILED },
		{ "restore-error", CONDITION_FAILED },
		{ "migration-failed", CONDITION_FAILED },
		{ "cloning-failed", CONDITION_FAILED },
	};
	const char *status = resource->status ? resource->status : "unknown";

	*ret_why = status;
	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		const char *star = strchr(known[i].status, '*');

		if (star ? strncmp(status, known[i].status,
				   (size_t)(star - known[i].status)) == 0
			 : strcmp(status, known[i].status) == 0)
			return known[i].condition;
	}
	return CONDITION_BUSY;
}

/* ---- from changes to calls -------------------------------------------- */

struct rds_drafting {
	const struct rds_kind *rds;
	const struct resource *resource;
	const struct call_change *changes;
	size_t len;
	bool *window; /* of each change, coupled ones made equal */
	json_t *refused;
};

static const struct setting *row_of(const struct rds_drafting *d,
				    const char *name)
{
	return catalogue_lookup(d->rds->kind, name);
}

static bool is_refused(const struct rds_drafting *d, size_t i)
{
	return json_object_get(d->refused, d->changes[i].setting->name) != NULL;
}

/* The change of a setting that is still to be made, or len. */
static size_t change_of(const struct rds_drafting *d, const struct setting *row)
{
	size_t i = 0;

	while (i < d->len && (d->changes[i].setting != row || is_refused(d, i)))
		i++;
	return i;
}

/* What the setting will be afterwards; NULL: nobody knows. */
static const json_t *target_of(const struct rds_drafting *d,
			       const struct setting *row)
{
	const size_t i = change_of(d, row);

	return i < d->len ? d->changes[i].after
			  : resource_value(d->resource, row);
}

const json_t *rds_target(const struct rds_drafting *drafting,
			 const char *setting)
{
	return target_of(drafting, row_of(drafting, setting));
}

static void refuse(const struct rds_drafting *d, size_t i, const char *remedy,
		   const char *fmt, ...) PRINTF_LIKE(4, 5);
static void refuse(const struct rds_drafting *d, size_t i, const char *remedy,
		   const char *fmt, ...)
{
	va_list ap;
	CLEANUP(free_ptr) char *reason = NULL;
	json_t *entry = json_object();

	va_start(ap, fmt);
	reason = xvasprintf(fmt, ap);
	va_end(ap);
	json_object_set_new(entry, "reason", json_from_text(reason));
	json_object_set_new(entry, "remedy", json_from_text(remedy));
	json_object_set_new(d->refused, d->changes[i].setting->name, entry);
}

/* A setting that goes only with another one. */
static bool refuse_dependent(const struct rds_drafting *d, size_t i)
{
	const struct call_change *change = &d->changes[i];
	const struct setting *main_row = row_of(d, change->setting->only_with);
	const json_t *with = target_of(d, main_row);
	CLEANUP(free_ptr) char *remedy = NULL;

	if (!with || rds_is_off(with) == json_is_null(change->after))
		return false;
	if (!rds_is_off(with) && !change->setting->nullable) {
		refuse(d, i, NULL,
		       "AWS has no way to unset it while '%s' is "
		       "on",
		       main_row->name);
		return true;
	}
	remedy = xasprintf("let a rule also set '%s'", main_row->name);
	if (rds_is_off(with))
		refuse(d, i, remedy,
		       "'%s' is off, and '%s' means nothing "
		       "without it",
		       main_row->name, change->setting->name);
	else
		refuse(d, i, remedy, "'%s' is on and needs it", main_row->name);
	return true;
}

/* A setting that turns others off or on with it. */
static bool refuse_main(const struct rds_drafting *d, size_t i)
{
	const struct call_change *change = &d->changes[i];
	size_t len;
	const struct setting *rows = catalogue_rows(d->rds->kind, &len);

	for (size_t r = 0; r < len; r++) {
		CLEANUP(free_ptr) char *remedy = NULL;
		const json_t *dependent;

		if (!rows[r].only_with || !rows[r].nullable ||
		    strcmp(rows[r].only_with, change->setting->name) != 0)
			continue;
		dependent = target_of(d, &rows[r]);
		if (!dependent ||
		    rds_is_off(change->after) == json_is_null(dependent))
			continue;
		if (rds_is_off(change->after)) {
			remedy = xasprintf("let a rule also set '%s: null'",
					   rows[r].name);
			refuse(d, i, remedy,
			       "turning it off also unsets '%s', which no "
			       "rule says",
			       rows[r].name);
		} else {
			remedy = xasprintf("let a rule also set '%s'",
					   rows[r].name);
			refuse(d, i, remedy, "it needs '%s', which is not set",
			       rows[r].name);
		}
		return true;
	}
	return false;
}

static bool refuse_one(const struct rds_drafting *d, size_t i)
{
	const struct call_change *change = &d->changes[i];
	const struct setting *row = change->setting;
	const char *engine = d->resource->engine;
	const char *remedy = NULL;
	const char *reason;

	if (row->engine && engine && strcmp(row->engine, engine) != 0) {
		refuse(d, i, "except the cluster from the rule",
		       "%s does not have it, only %s", engine, row->engine);
		return true;
	}
	if (row->only_with ? refuse_dependent(d, i) : refuse_main(d, i))
		return true;
	if (json_is_null(change->after) && !row->unset && !row->only_with) {
		refuse(d, i, NULL, "AWS has no way to unset it");
		return true;
	}
	if (json_is_array(change->after) && row->min > 0 &&
	    (long long)json_array_size(change->after) < row->min) {
		refuse(d, i, NULL, "AWS needs at least %lld of them", row->min);
		return true;
	}
	reason = d->rds->refuse
			 ? d->rds->refuse(d->resource, change, d, &remedy)
			 : NULL;
	if (reason)
		refuse(d, i, remedy, "%s", reason);
	return reason != NULL;
}

/* What one refusal leaves undone may be what another change needs. */
static void refuse_all(const struct rds_drafting *d)
{
	bool again = true;

	while (again) {
		again = false;
		for (size_t i = 0; i < d->len; i++) {
			if (!is_refused(d, i) && refuse_one(d, i))
				again = true;
		}
	}
}

/* ---- the parameters --------------------------------------------------- */

static void set_parameter(json_t *parameters, const char *name,
			  const char *text)
{
	json_object_set_new(parameters, name, json_from_text(text));
}

static void set_members(json_t *parameters, const char *name,
			const json_t *members)
{
	size_t i;
	json_t *member;

	json_array_foreach(members, i, member) {
		CLEANUP(free_ptr) char *key = xasprintf("%s.%zu", name, i + 1);

		json_object_set(parameters, key, member);
	}
}

static void set_value(json_t *parameters, const struct setting *row,
		      const json_t *before, const json_t *after)
{
	if (row->type == TYPE_STRING_SET && row->write_remove) {
		CLEANUP(json_release) json_t *more = set_minus(after, before);
		CLEANUP(json_release) json_t *fewer = set_minus(before, after);

		set_members(parameters, row->write, more);
		set_members(parameters, row->write_remove, fewer);
	} else if (row->type == TYPE_STRING_SET) {
		set_members(parameters, row->write, after);
	} else if (!json_is_null(after) || row->unset) {
		CLEANUP(free_ptr) char *text = value_to_wire(row, after);

		set_parameter(parameters, row->write, text);
	}
	/* else it goes away together with the setting that it belongs to */
}

struct companions {
	const struct rds_drafting *d;
	struct call *call;
};

static void add_companion(void *ctx, const struct setting *companion)
{
	const struct companions *to = ctx;
	json_t *live = resource_value(to->d->resource, companion);

	if (change_of(to->d, companion) < to->d->len || !live ||
	    json_is_null(live))
		return;
	set_value(to->call->parameters, companion, NULL, live);
	json_object_set(to->call->companions, companion->name, live);
}

static void add_change(const struct rds_drafting *d, size_t i,
		       struct call *call)
{
	const struct call_change *change = &d->changes[i];
	struct companions to = { .d = d, .call = call };

	call_add_change(call, i);
	set_value(call->parameters, change->setting, change->before,
		  change->after);
	if (!json_is_null(change->after))
		catalogue_companions(change->setting, add_companion, &to);
}

/* ---- which changes share a call --------------------------------------- */

enum { CLASSES = 3 };

/* A call that is refused must not take others down with it. */
static int class_of(const struct setting *row)
{
	if (row->restart || row->effect == EFFECT_RESTART ||
	    row->effect == EFFECT_REBOOT)
		return 2;
	return row->effect == EFFECT_DEFERRABLE ? 1 : 0;
}

struct coupling {
	struct rds_drafting *d;
	size_t change;
	bool changed;
};

static void couple(void *ctx, const struct setting *companion)
{
	struct coupling *c = ctx;
	const size_t other = change_of(c->d, companion);

	if (other == c->d->len ||
	    c->d->window[other] == c->d->window[c->change])
		return;
	c->d->window[other] = c->d->window[c->change] = false;
	c->changed = true;
}

/* What must go along goes now if either is wanted now. */
static void couple_all(struct rds_drafting *d)
{
	struct coupling c = { .d = d, .changed = true };

	for (size_t i = 0; i < d->len; i++)
		d->window[i] = d->changes[i].window;
	while (c.changed) {
		c.changed = false;
		for (size_t i = 0; i < d->len; i++) {
			c.change = i;
			if (!is_refused(d, i))
				catalogue_companions(d->changes[i].setting,
						     couple, &c);
		}
	}
}

static void draft_call(const struct rds_drafting *d, bool window, int class,
		       struct call_list *calls)
{
	struct call *call = NULL;

	for (size_t i = 0; i < d->len; i++) {
		if (is_refused(d, i) || d->window[i] != window ||
		    class_of(d->changes[i].setting) != class)
			continue;
		if (!call) {
			call = call_list_add(calls, d->rds->call);
			set_parameter(call->parameters, d->rds->identifier,
				      d->resource->id);
			if (!window)
				set_parameter(call->parameters, APPLY, "true");
		}
		add_change(d, i, call);
	}
}

void rds_calls(const struct rds_kind *rds, const struct resource *resource,
	       const struct call_change *changes, size_t changes_len,
	       struct call_list *ret_calls, json_t *ret_refused)
{
	CLEANUP(free_ptr)
	bool *window = xcalloc(changes_len + 1, sizeof(*window));
	struct rds_drafting d = { .rds = rds,
				  .resource = resource,
				  .changes = changes,
				  .len = changes_len,
				  .window = window,
				  .refused = ret_refused };

	refuse_all(&d);
	couple_all(&d);
	for (int class = 0; class < CLASSES; class ++)
		draft_call(&d, false, class, ret_calls);
	for (int class = 0; class < CLASSES; class ++)
		draft_call(&d, true, class, ret_calls);
}

/* ---- from a call to values -------------------------------------------- */

/* Is key "<list>.<number>"? */
static bool is_member_key(const char *key, const char *list)
{
	const size_t len = list ? strlen(list) : 0;

	return list && strncmp(key, list, len) == 0 && key[len] == '.' &&
	       key[len + 1] >= '1' && key[len + 1] <= '9' &&
	       strspn(key + len + 1, "0123456789") == strlen(key + len + 1);
}

static bool row_explains(const struct setting *row, const char *key)
{
	if (row->standing != STANDING_WRITABLE)
		return false;
	if (row->type == TYPE_STRING_SET)
		return is_member_key(key, row->write) ||
		       is_member_key(key, row->write_remove);
	return strcmp(key, row->write) == 0;
}

static bool explains(const struct rds_kind *rds, const char *key,
		     const json_t *value)
{
	size_t len;
	const struct setting *rows = catalogue_rows(rds->kind, &len);

	if (!json_is_string(value))
		return false;
	if (strcmp(key, rds->identifier) == 0)
		return *json_string_value(value) != '\0';
	if (strcmp(key, APPLY) == 0)
		return strcmp(json_string_value(value), "true") == 0;
	for (size_t i = 0; i < len; i++) {
		if (row_explains(&rows[i], key))
			return true;
	}
	return false;
}

/* Does the call consist of nothing but what this kind can send? */
static bool makes_sense(const struct rds_kind *rds, const char *call,
			const json_t *parameters)
{
	const char *key;
	json_t *value;

	if (strcmp(call, rds->call) != 0 ||
	    !json_object_get(parameters, rds->identifier))
		return false;
	json_object_foreach((json_t *)(uintptr_t)parameters, key, value) {
		if (!explains(rds, key, value))
			return false;
	}
	return true;
}

/* The members of a list parameter; empty where it is not sent. */
static json_t *members_sent(const json_t *parameters, const char *name)
{
	json_t *members = json_array();

	for (size_t i = 1; name; i++) {
		CLEANUP(free_ptr) char *key = xasprintf("%s.%zu", name, i);
		json_t *member = json_object_get(parameters, key);

		if (!member)
			break;
		json_array_append(members, member);
	}
	return members;
}

static json_t *set_after(const json_t *parameters, const struct setting *row,
			 const json_t *value)
{
	CLEANUP(json_release)
	json_t *more = members_sent(parameters, row->write);
	CLEANUP(json_release)
	json_t *fewer = members_sent(parameters, row->write_remove);
	CLEANUP(json_release) json_t *all = NULL;

	if (!json_array_size(more) && !json_array_size(fewer))
		return json_incref((json_t *)(uintptr_t)value);
	if (!row->write_remove)
		return json_sorted_set(more);
	all = set_union(value, more);
	return set_minus(all, fewer);
}

static json_t *scalar_after(const json_t *parameters, const struct setting *row,
			    const json_t *value)
{
	const char *text =
		json_string_value(json_object_get(parameters, row->write));

	if (!text)
		return json_incref((json_t *)(uintptr_t)value);
	if (row->unset && strcmp(text, row->unset) == 0)
		return json_null();
	return value_from_wire(row, &text, 1);
}

json_t *rds_after_call(const struct rds_kind *rds, const char *call,
		       const json_t *parameters, const struct setting *setting,
		       const json_t *value)
{
	const struct setting *with = NULL;

	if (!makes_sense(rds, call, parameters))
		return NULL;
	if (setting->standing != STANDING_WRITABLE)
		return json_incref((json_t *)(uintptr_t)value);
	if (setting->only_with)
		with = catalogue_lookup(rds->kind, setting->only_with);
	if (with && json_object_get(parameters, with->write)) {
		CLEANUP(json_release)
		json_t *on = scalar_after(parameters, with, NULL);

		if (rds_is_off(on))
			return json_null();
	}
	if (setting->type == TYPE_STRING_SET)
		return set_after(parameters, setting, value);
	return scalar_after(parameters, setting, value);
}
