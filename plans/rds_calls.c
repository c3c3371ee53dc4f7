/* From the changes of one resource to as few calls as AWS allows. */
#include "plans/rds.h"

#include <stdlib.h>
#include <string.h>

#include "core/endpoint.h"
#include "core/limits.h"
#include "core/mem.h"
#include "plans/tags.h"
#include "plans/value.h"

struct rds_drafting {
	const struct rds_kind *rds;
	const struct resource *resource;
	const struct call_change *changes;
	size_t len;
	bool *window; /* of each change, coupled ones made equal */
	int *class;   /* of each change: the call that it goes in */
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

const json_t *rds_wanted(const struct rds_drafting *drafting,
			 const char *setting)
{
	for (size_t i = 0; i < drafting->len; i++) {
		if (strcmp(drafting->changes[i].setting->name, setting) == 0)
			return drafting->changes[i].after;
	}
	return NULL;
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

	if (!with || value_is_off(with) == json_is_null(change->after))
		return false;
	if (!value_is_off(with) && !change->setting->nullable) {
		refuse(d, i, NULL,
		       "AWS has no way to unset it while '%s' is "
		       "on",
		       main_row->name);
		return true;
	}
	remedy = xasprintf("let a rule also set '%s'", main_row->name);
	if (value_is_off(with))
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
		    value_is_off(change->after) == json_is_null(dependent))
			continue;
		if (value_is_off(change->after)) {
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
	CLEANUP(strbuf_release)
	struct strbuf reason = STRBUF_INIT(LIMIT_MESSAGE);

	if (row->engine && engine && strcmp(row->engine, engine) != 0) {
		refuse(d, i, "except the cluster from the rule",
		       "%s does not have it, only %s", engine, row->engine);
		return true;
	}
	if (row->only_with ? refuse_dependent(d, i) : refuse_main(d, i))
		return true;
	if (json_is_null(change->after) && !row->unset && !row->only_with &&
	    !row->call_remove) {
		refuse(d, i, NULL, "AWS has no way to unset it");
		return true;
	}
	if (json_is_array(change->after) && row->min > 0 &&
	    (long long)json_array_size(change->after) < row->min) {
		refuse(d, i, NULL, "AWS needs at least %lld of them", row->min);
		return true;
	}
	if (d->rds->refuse)
		d->rds->refuse(d->resource, change, d, &reason, &remedy);
	if (reason.len)
		refuse(d, i, remedy, "%s", reason.buf);
	return reason.len > 0;
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

/* Will the setting mean nothing afterwards? */
static bool goes_off(const struct rds_drafting *d, const struct setting *row)
{
	const json_t *with =
		row->only_with ? target_of(d, row_of(d, row->only_with)) : NULL;

	return with && value_is_off(with);
}

static void add_companion(void *ctx, const struct setting *companion)
{
	const struct companions *to = ctx;
	json_t *live = resource_value(to->d->resource, companion);

	if (change_of(to->d, companion) < to->d->len || !live ||
	    json_is_null(live) || goes_off(to->d, companion))
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

enum { CLASSES = 5, IN_NO_CALL = -1 };

/*
 * Would the kind refuse to take it back? Asked of a resource of which nothing
 * is known, so that whoever has only the plan comes to the same answer. What
 * goes together with others is never apart from them.
 */
static bool has_no_way_back(const struct rds_drafting *d, size_t i)
{
	const struct call_change back = { .setting = d->changes[i].setting,
					  .before = d->changes[i].after,
					  .after = d->changes[i].before };
	struct resource *bare;
	struct rds_drafting nothing = { .rds = d->rds, .refused = d->refused };
	CLEANUP(strbuf_release)
	struct strbuf reason = STRBUF_INIT(LIMIT_MESSAGE);
	const char *remedy = NULL;

	if (back.setting->one_way)
		return true;
	if (!d->rds->refuse || back.setting->companions ||
	    back.setting->only_with)
		return false;
	bare = resource_new(d->rds->kind, d->resource->place);
	nothing.resource = bare;
	d->rds->refuse(bare, &back, &nothing, &reason, &remedy);
	resource_free(bare);
	return reason.len > 0;
}

/*
 * A call that is refused must not take others down with it, nor one that cannot
 * be taken back their way back. A parameter group comes last: associated
 * earlier, the restart that another change causes would put it into effect,
 * which is somebody's to choose.
 */
static int class_of(const struct rds_drafting *d, size_t i)
{
	const struct setting *row = d->changes[i].setting;
	const json_t *facts = d->resource->facts;
	const enum effect effect = setting_effect(row, facts);

	/* what is passed on to another kind has no call, whatever a plan says
	 */
	if (is_refused(d, i) || setting_is_map(row) || !row->call)
		return IN_NO_CALL;
	if (effect == EFFECT_REBOOT)
		return 4;
	if (setting_restarts(row, facts))
		return 3;
	if (has_no_way_back(d, i))
		return 2;
	return effect == EFFECT_DEFERRABLE ? 1 : 0;
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

/* Apart, the first of them could overlap what the other one still is. */
static void couple_windows(struct coupling *c)
{
	size_t len;
	const struct setting *rows = catalogue_rows(c->d->rds->kind, &len);

	for (size_t i = 0; i < len; i++) {
		if (setting_is_window(&rows[i]))
			couple(c, &rows[i]);
	}
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
			if (is_refused(d, i))
				continue;
			catalogue_companions(d->changes[i].setting, couple, &c);
			if (setting_is_window(d->changes[i].setting))
				couple_windows(&c);
		}
	}
}

static bool is_modified(const struct rds_drafting *d, size_t i)
{
	return rds_is_modified(d->rds, d->resource, d->changes[i].setting);
}

/*
 * Those that have calls of their own. Only what restarts can wait for a window:
 * the other calls have no way to say so, and nobody can tell from them.
 */
static void draft_own(const struct rds_drafting *d, bool window, int class,
		      struct call_list *calls)
{
	for (size_t i = 0; i < d->len; i++) {
		const bool waits =
			d->window[i] && setting_restarts(d->changes[i].setting,
							 d->resource->facts);

		if (waits == window && d->class[i] == class &&
		    !is_modified(d, i))
			d->rds->own_calls(d->resource, &d->changes[i], i,
					  calls);
	}
}

static void draft_call(const struct rds_drafting *d, bool window, int class,
		       struct call_list *calls)
{
	struct call *call = NULL;

	for (size_t i = 0; i < d->len; i++) {
		if (d->window[i] != window || d->class[i] != class ||
		    !is_modified(d, i))
			continue;
		if (!call) {
			call = call_list_add(calls, d->rds->call);
			set_parameter(call->parameters, d->rds->identifier,
				      d->resource->id);
			if (!window)
				set_parameter(call->parameters, RDS_APPLY,
					      "true");
		}
		add_change(d, i, call);
	}
}

/* Tags have calls of their own, which take the ARN. */
static void draft_tags(const struct rds_drafting *d, struct call_list *calls)
{
	const struct resource *resource = d->resource;
	const struct place *place = resource->place;
	CLEANUP(free_ptr) char *arn = NULL;

	for (size_t i = 0; i < d->len; i++) {
		if (!setting_is_map(d->changes[i].setting) || is_refused(d, i))
			continue;
		if (!arn)
			arn = xasprintf("arn:%s:rds:%s:%s:%s:%s",
					endpoint_partition(place->region),
					place->region, place->account_id,
					d->rds->arn_type, resource->id);
		tags_calls(&rds_tags, arn, &d->changes[i], i, calls,
			   d->refused);
	}
}

void rds_calls(const struct rds_kind *rds, const struct resource *resource,
	       const struct call_change *changes, size_t changes_len,
	       struct call_list *ret_calls, json_t *ret_refused)
{
	CLEANUP(free_ptr)
	bool *window = xcalloc(changes_len + 1, sizeof(*window));
	CLEANUP(free_ptr)
	int *classes = xcalloc(changes_len + 1, sizeof(*classes));
	struct rds_drafting d = { .rds = rds,
				  .resource = resource,
				  .changes = changes,
				  .len = changes_len,
				  .window = window,
				  .class = classes,
				  .refused = ret_refused };

	refuse_all(&d);
	couple_all(&d);
	for (size_t i = 0; i < d.len; i++)
		d.class[i] = class_of(&d, i);
	for (int class = 0; class < CLASSES; class ++) {
		draft_call(&d, false, class, ret_calls);
		draft_own(&d, false, class, ret_calls);
	}
	for (int class = 0; class < CLASSES; class ++) {
		draft_call(&d, true, class, ret_calls);
		draft_own(&d, true, class, ret_calls);
	}
	draft_tags(&d, ret_calls);
}
