#include "plans/judging_private.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "plans/catalogue.h"
#include "plans/render_parts.h"

static const char *const outcomes[] = {
	[OUTCOME_NOT_APPLICABLE] = "not_applicable",
	[OUTCOME_PASSED] = "passed",
	[OUTCOME_WAIVED] = "waived",
	[OUTCOME_UNREAD] = "unread",
	[OUTCOME_FAILED] = "failed",
};

const char *outcome_name(enum outcome outcome)
{
	return outcomes[outcome];
}

static void failure_release(struct failure *failure)
{
	free(failure->member);
	free(failure->message);
	json_decref(failure->value);
	free(failure->expected);
	json_decref(failure->evidence);
	json_decref(failure->fix_value);
	free(failure->fix_text);
}

void judging_release(struct judging *judging)
{
	for (size_t i = 0; i < judging->failures_len; i++)
		failure_release(&judging->failures[i]);
	free(judging->failures);
	json_decref(judging->evidence);
}

static bool is_about(const struct judging *judging)
{
	const struct control *control = judging->control;
	const char *engine =
		judging->resource ? judging->resource->engine : NULL;

	return !control->engine || !engine || !strcmp(control->engine, engine);
}

void judge(struct judging *judging)
{
	judging->evidence = json_array();
	if (is_about(judging))
		judging->control->judge(judging);
	else
		judging->not_applicable = true;
}

enum outcome judging_outcome(const struct judging *judging)
{
	return judging->failures_len     ? OUTCOME_FAILED
	       : judging->unread         ? OUTCOME_UNREAD
	       : judging->not_applicable ? OUTCOME_NOT_APPLICABLE
					 : OUTCOME_PASSED;
}

/* ---- what is ---------------------------------------------------------- */

static json_t *borrow(const json_t *value)
{
	return value ? json_incref((json_t *)(uintptr_t)value) : json_null();
}

static void add_evidence(struct judging *judging, const char *address,
			 const json_t *answer, const char *element,
			 const json_t *value)
{
	static const char *const keys[] = { "call", "read_at", "request_id" };
	json_t *entry = json_object();

	/* of thousands of values that one answer gave, it is kept once */
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		(void)json_object_set_new(
			entry, keys[i],
			borrow(json_object_get(answer, keys[i])));
	(void)json_object_set_new(entry, "address", json_from_text(address));
	(void)json_object_set_new(entry, "element", json_from_text(element));
	(void)json_object_set_new(entry, "value", borrow(value));
	(void)json_array_append_new(judging->evidence, entry);
}

void judge_note(struct judging *judging, const struct resource *resource,
		const char *what, const char *member, const char *element,
		const json_t *value)
{
	add_evidence(judging, resource->address,
		     resource_read(resource, what ? what : "", member), element,
		     value);
}

void judge_forget(struct judging *judging)
{
	json_decref(judging->evidence);
	judging->evidence = json_array();
}

json_t *judge_value(struct judging *judging, const struct resource *resource,
		    const char *setting)
{
	const struct setting *row = catalogue_lookup(resource->kind, setting);
	json_t *value = resource_value(resource, row);

	if (!value) {
		judging->unread = true;
		return NULL;
	}
	judge_note(judging, resource, setting, NULL, row->read, value);
	return value;
}

json_t *judge_fact(struct judging *judging, const struct resource *resource,
		   const char *fact)
{
	json_t *value = json_object_get(resource->facts, fact);

	judge_note(judging, resource, fact, NULL, fact, value);
	return value;
}

const char *judge_fact_text(struct judging *judging,
			    const struct resource *resource, const char *fact)
{
	const json_t *text =
		json_array_get(json_object_get(resource->facts, fact), 0);

	judge_note(judging, resource, fact, NULL, fact, text);
	return json_string_value(text);
}

/* Does a line of what was not read speak of this? */
static bool is_of(const json_t *line, const char *place,
		  const struct kind_ops *ops, const char *address)
{
	const char *target = json_text(line, "target");
	const char *kind = json_text(line, "kind");
	const char *one = json_text(line, "address");

	return target && kind && !strcmp(target, place) &&
	       !strcmp(kind, ops->name) &&
	       (!one || (address && !strcmp(one, address)));
}

/* address NULL: all of the kind */
static bool was_unread(const struct judging *judging, enum kind kind,
		       const char *address)
{
	const struct kind_ops *ops = kind_ops(kind);
	const struct place *place = judging->place;
	CLEANUP(free_ptr)
	char *name = ops->global ? xasprintf("%s/global", place->account_id)
				 : xstrdup(place->name);
	size_t i;
	json_t *line;

	json_array_foreach(judging->live->unread, i, line) {
		if (is_of(line, name, ops, address))
			return true;
	}
	return false;
}

const struct resource *judge_find(struct judging *judging, enum kind kind,
				  const char *id, bool *ret_unread)
{
	const struct resource *found =
		usage_find(judging->usage, judging->place, kind, id);
	CLEANUP(free_ptr) char *address = address_of(kind, id);
	const bool unread = !found && was_unread(judging, kind, address);

	judging->unread |= unread;
	if (ret_unread)
		*ret_unread = unread;
	return found;
}

bool judge_saw(struct judging *judging, enum kind kind)
{
	const bool unread = was_unread(judging, kind, NULL);

	judging->unread |= unread;
	return !unread;
}

/* A part as it was read; NULL: it was not, and the control is unread. */
static const json_t *find_part(struct judging *judging, const char *name)
{
	const json_t *part = json_object_get(
		json_object_get(judging->surroundings, judging->place->name),
		name);

	if (json_object_get(part, "value"))
		return part;
	judging->unread = true;
	return NULL;
}

const json_t *judge_part(struct judging *judging, const char *part)
{
	const json_t *read = find_part(judging, part);
	const json_t *value = json_object_get(read, "value");

	if (read)
		add_evidence(judging, NULL, read, part, value);
	return value;
}

const json_t *judge_part_member(struct judging *judging, const char *part,
				const char *member, bool *ret_unread)
{
	const json_t *read = find_part(judging, part);
	const json_t *value = json_object_get(read, "value");
	const json_t *found = json_object_get(value, member);
	const bool unread = !read || json_object_get(found, "unread");
	CLEANUP(free_ptr) char *element = xasprintf("%s.%s", part, member);

	judging->unread |= unread;
	if (ret_unread)
		*ret_unread = unread;
	if (unread)
		return NULL;
	/* some are read by a request of their own */
	add_evidence(judging, NULL, json_text(found, "call") ? found : read,
		     element, found);
	return found;
}

void judge_not_applicable(struct judging *judging)
{
	judging->not_applicable = true;
}

void judge_unread(struct judging *judging)
{
	judging->unread = true;
}

/* ---- failures --------------------------------------------------------- */

const struct setting *control_first_setting(const struct control *control)
{
	const struct control_setting *first = &control->settings[0];

	return first->name ? catalogue_lookup(first->kind, first->name) : NULL;
}

json_t *control_wanted(const struct control *control)
{
	return control->wanted
		       ? json_loads(control->wanted, JSON_DECODE_ANY, NULL)
		       : NULL;
}

struct failure *judge_fail(struct judging *judging, json_t *value,
			   const char *expected, const char *fmt, ...)
{
	const struct control *control = judging->control;
	const struct setting *setting = control_first_setting(control);
	const struct resource *resource = judging->resource;
	struct failure *failure;
	va_list ap;

	GROW(judging->failures, judging->failures_len, judging->failures_cap);
	failure = &judging->failures[judging->failures_len++];
	*failure = (struct failure){
		.value = value ? value : json_null(),
		.expected = xstrdup(expected),
		.evidence = json_copy(judging->evidence),
		.fix = control->fix,
		.fix_text = xstrdup(control->fix_text),
	};
	va_start(ap, fmt);
	failure->message = xvasprintf(fmt, ap);
	va_end(ap);
	if (resource && setting && setting->kind == resource->kind) {
		failure->holder = resource;
		failure->setting = setting;
		failure->fix_value = control_wanted(control);
	}
	return failure;
}

void failure_member(struct failure *failure, const char *member)
{
	free(failure->member);
	failure->member = xstrdup(member);
}

void failure_fix(struct failure *failure, const struct resource *holder,
		 const char *setting, json_t *value)
{
	failure->holder = holder;
	failure->setting = catalogue_lookup(holder->kind, setting);
	json_decref(failure->fix_value);
	failure->fix_value = value;
}

void failure_how(struct failure *failure, enum fix_class fix, const char *fmt,
		 ...)
{
	va_list ap;

	char *text; /* which may be made of the one before */

	failure->fix = fix;
	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	free(failure->fix_text);
	failure->fix_text = text;
}
