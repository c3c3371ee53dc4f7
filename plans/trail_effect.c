/*
 * What somebody's call made of settings. Our kinds say what their own calls do
 * (kind_ops.after_call); others' calls are brought to that form.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "plans/rds.h"
#include "plans/trail_event.h"
#include "plans/value.h"

#define PARAMETER "Parameters.Parameter."

/* Two different values of the setting's type, that nobody has. */
static json_t *probe_of(const struct setting *setting, bool second)
{
	switch (setting->type) {
	case TYPE_STRING_SET:
		return second ? json_pack("[s]", "\x01") : json_array();
	case TYPE_RULE_SET:
		return second ? json_pack("[{ss si si ss}]", "ip_protocol",
					  "tcp", "from_port", 1, "to_port", 1,
					  "cidr_ipv4", "192.0.2.1/32")
			      : json_array();
	case TYPE_DOCUMENT:
	case TYPE_DOCUMENT_MAP:
	case TYPE_STRING_MAP:
		return second ? json_pack("{ss}", "\x01", "\x01")
			      : json_object();
	default:
		return json_string(second ? "\x01" : "\x02");
	}
}

static bool is_call(const char *row, const char *call)
{
	return row && !strcmp(row, call);
}

/* The name of the parameter that says which resource it is. Owned. */
static char *identifier_of(const struct trail_call *call, const json_t *wire)
{
	char *name = xstrdup(call->member);

	if (!json_object_get(wire, name))
		*name = (char)toupper((unsigned char)*name);
	return name;
}

static json_t *ask(const struct setting *setting, const char *call,
		   const json_t *wire, const json_t *value)
{
	return kind_after(kind_ops(setting->kind), NULL, call, wire, setting,
			  value);
}

/* Is key `group`, or a member of it? */
static bool in_group(const char *key, const char *group, size_t len)
{
	return !strncmp(key, group, len) && (!key[len] || key[len] == '.');
}

/* wire's parameters of the group that key is of, besides those of `with`. */
static json_t *with_group(const json_t *with, const json_t *wire,
			  const char *key)
{
	json_t *more = json_copy((json_t *)(uintptr_t)with);
	const size_t len = strcspn(key, ".");
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)wire, name, value) {
		if (in_group(name, key, len))
			json_object_set(more, name, value);
	}
	return more;
}

/*
 * As much of what somebody sent as makes sense for the kind, which itself sends
 * less: the identifier, and each other parameter that goes with it.
 */
static json_t *what_makes_sense(const char *as, const json_t *wire,
				const char *identifier,
				const struct setting *setting,
				const json_t *value)
{
	json_t *kept = json_object();
	const char *key;
	json_t *parameter;

	json_object_set(kept, identifier, json_object_get(wire, identifier));
	json_object_foreach((json_t *)(uintptr_t)wire, key, parameter) {
		CLEANUP(json_release) json_t *more = NULL, *after = NULL;

		if (json_object_get(kept, key))
			continue;
		more = with_group(kept, wire, key);
		after = ask(setting, as, more, value);
		if (after) {
			json_decref(kept);
			kept = TAKE(more);
		}
	}
	return kept;
}

/* The same for a kind that takes only all of several parameters together. */
static json_t *what_rows_know(const json_t *wire, const char *identifier,
			      enum kind kind)
{
	json_t *kept = json_object();
	size_t len;
	const struct setting *rows = catalogue_rows(kind, &len);

	json_object_set(kept, identifier, json_object_get(wire, identifier));
	for (size_t i = 0; i < len; i++) {
		json_t *more;

		if (!rows[i].write)
			continue;
		more = with_group(kept, wire, rows[i].write);
		json_decref(kept);
		kept = more;
	}
	return kept;
}

struct folding {
	const struct setting *setting;
	json_t *value; /* NULL: one of the calls makes no sense */
	size_t calls;
};

static void fold(void *ctx, const char *call, const json_t *parameters)
{
	struct folding *folding = ctx;
	json_t *next = folding->value ? ask(folding->setting, call, parameters,
					    folding->value)
				      : NULL;

	json_decref(folding->value);
	folding->value = next;
	folding->calls++;
}

/* What a single value is set to, whatever else the call has or lacks. */
static json_t *scalar_sent(const char *as, const json_t *wire,
			   const struct setting *setting)
{
	const char *text =
		setting->write ? json_text(wire, setting->write) : NULL;

	if (!text || setting->parts[0].name || setting_is_set(setting) ||
	    setting_is_map(setting) || !is_call(setting->call, as))
		return NULL;
	return value_from_wire(setting, &text, 1);
}

/* Deferred or not, that is what it will be. */
static json_t *made_immediate(const json_t *wire, bool always)
{
	json_t *copy = json_copy((json_t *)(uintptr_t)wire);

	if (always || json_object_get(wire, RDS_APPLY))
		json_object_set_new(copy, RDS_APPLY, json_string("true"));
	return copy;
}

static json_t *after_of(const struct trail_call *call, const json_t *sent,
			const struct setting *setting, const json_t *value)
{
	const char *as = call->as ? call->as : call->call;
	const struct kind_ops *ops = kind_ops(setting->kind);
	CLEANUP(free_ptr) char *id = identifier_of(call, sent);
	CLEANUP(json_release) json_t *wire = made_immediate(sent, false);
	CLEANUP(json_release) json_t *applied = made_immediate(sent, true);
	CLEANUP(json_release) json_t *known = NULL, *kept = NULL;
	struct folding folding = { .setting = setting,
				   .value = json_incref(
					   (json_t *)(uintptr_t)value) };
	json_t *after;

	if (ops->foreign)
		ops->foreign(as, wire, fold, &folding);
	if (folding.calls)
		return folding.value;
	json_decref(folding.value);
	after = ask(setting, as, wire, value);
	if (!after)
		after = ask(setting, as, applied, value);
	if (!after) {
		known = what_rows_know(wire, id, setting->kind);
		after = ask(setting, as, known, value);
	}
	if (!after) {
		kept = what_makes_sense(as, wire, id, setting, value);
		after = ask(setting, as, kept, value);
	}
	return after ? after : scalar_sent(as, wire, setting);
}

static bool sends(const json_t *wire, const char *list)
{
	const size_t len = list ? strlen(list) : 0;
	const char *key;
	json_t *value;

	if (!list)
		return false;
	json_object_foreach((json_t *)(uintptr_t)wire, key, value) {
		if (in_group(key, list, len))
			return true;
	}
	return false;
}

/* Does the row say that such a call takes something of it away, or sets it? */
static bool row_says(const char *call, const json_t *wire,
		     const struct setting *setting)
{
	if (is_call(setting->call_remove, call))
		return true;
	if (!is_call(setting->call, call))
		return false;
	return sends(wire, setting->write) ||
	       sends(wire, setting->write_remove);
}

/* Is it among names separated by blanks? */
static bool names_has(const char *names, const char *name)
{
	const size_t len = strlen(name);

	for (const char *at = names; at && *at; at += strcspn(at, " ")) {
		at += strspn(at, " ");
		if (!strncmp(at, name, len) && (!at[len] || at[len] == ' '))
			return true;
	}
	return false;
}

bool trail_event_touches(const struct trail_call *call, const json_t *wire,
			 const struct setting *setting, const json_t *before,
			 json_t **ret_after)
{
	CLEANUP(json_release) json_t *one = probe_of(setting, false);
	CLEANUP(json_release) json_t *two = probe_of(setting, true);
	CLEANUP(json_release)
	json_t *after_one = after_of(call, wire, setting, one);
	CLEANUP(json_release)
	json_t *after_two = after_of(call, wire, setting, two);
	const bool changed = (after_one && !json_equal(after_one, one)) ||
			     (after_two && !json_equal(after_two, two));

	*ret_after = NULL;
	if (!changed && !names_has(call->sets, setting->name) &&
	    !row_says(call->as ? call->as : call->call, wire, setting))
		return false;
	if (before)
		*ret_after = after_of(call, wire, setting, before);
	else if (after_one && json_equal(after_one, after_two))
		*ret_after = json_incref(after_one);
	return true;
}

/* Only Modify calls that can say ApplyImmediately leave anything to wait. */
bool trail_event_defers(const struct trail_call *call, const json_t *wire,
			const struct setting *setting)
{
	const char *now = json_text(wire, RDS_APPLY);

	return setting->pending && is_call(setting->call, call->call) &&
	       setting->effect != EFFECT_ASYNCHRONOUS &&
	       setting->effect != EFFECT_IMMEDIATE &&
	       !(now && !strcmp(now, "true"));
}

/* The names that the call has of settings that its kind's table lacks. */
static json_t *names_in(const json_t *wire)
{
	json_t *names = json_object();
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)wire, key, value) {
		if (json_is_string(value) &&
		    !strncmp(key, PARAMETER, strlen(PARAMETER)) &&
		    strstr(key, ".ParameterName"))
			json_object_set_new(names, json_string_value(value),
					    json_true());
	}
	return names;
}

/* Of an open kind: is the row such a one as may be made, and not a fixed one?
 */
static bool is_open_row(const struct setting *row, const struct setting *like)
{
	return like && row->write && like->write &&
	       !strcmp(row->write, like->write);
}

void trail_event_rows(enum kind kind, const json_t *wire,
		      void (*fn)(void *ctx, const struct setting *setting),
		      void *ctx)
{
	const char *form, *name;
	const struct setting *like = catalogue_open(kind, &form), *rows;
	CLEANUP(json_release) json_t *names = names_in(wire);
	const char *all = json_text(wire, "ResetAllParameters");
	json_t *value;
	size_t len;

	/* a row that only this event names is made here */
	json_object_foreach(names, name, value) {
		if (like)
			(void)catalogue_get(kind, name);
	}
	rows = catalogue_rows(kind, &len);
	for (size_t i = 0; i < len; i++) {
		if (rows[i].expands)
			continue; /* another way to say what another row has */
		if (!is_open_row(&rows[i], like) ||
		    json_object_get(names, rows[i].name) ||
		    (all && !strcmp(all, "true")))
			fn(ctx, &rows[i]);
	}
}
