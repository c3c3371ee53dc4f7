#include "plans/judging.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "core/limits.h"
#include "core/mem.h"
#include "plans/catalogue.h"
#include "plans/value.h"

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

/* ---- evidence --------------------------------------------------------- */

/* Of what a resource was read with, that which tells of this. */
static const json_t *answer_of(const struct resource *resource,
			       const char *call)
{
	const json_t *answer = json_array_get(resource->reads, 0);
	size_t i;
	json_t *read;

	json_array_foreach(resource->reads, i, read) {
		if (call && !strcmp(json_text(read, "call"), call))
			answer = read;
	}
	return answer;
}

static void add_evidence(struct judging *judging,
			 const struct resource *resource, const char *element,
			 const json_t *value)
{
	static const char *const keys[] = { "call", "read_at", "request_id" };
	const json_t *answer = answer_of(resource, NULL);
	json_t *entry = json_object();

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		(void)json_object_set_new(
			entry, keys[i],
			json_from_text(json_text(answer, keys[i])));
	(void)json_object_set_new(entry, "address",
				  json_from_text(resource->address));
	(void)json_object_set_new(entry, "element", json_from_text(element));
	(void)json_object_set_new(
		entry, "value",
		value ? json_incref((json_t *)(uintptr_t)value) : json_null());
	(void)json_array_append_new(judging->evidence, entry);
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
	add_evidence(judging, resource, row->read, value);
	return value;
}

json_t *judge_fact(struct judging *judging, const struct resource *resource,
		   const char *fact)
{
	json_t *value = json_object_get(resource->facts, fact);

	add_evidence(judging, resource, fact, value);
	return value;
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

static const struct setting *first_setting(const struct control *control)
{
	const struct control_setting *first = &control->settings[0];

	return first->name ? catalogue_lookup(first->kind, first->name) : NULL;
}

static json_t *wanted_of(const struct control *control)
{
	return control->wanted
		       ? json_loads(control->wanted, JSON_DECODE_ANY, NULL)
		       : NULL;
}

struct failure *judge_fail(struct judging *judging, json_t *value,
			   const char *expected, const char *fmt, ...)
{
	const struct control *control = judging->control;
	const struct setting *setting = first_setting(control);
	const struct resource *resource = judging->resource;
	struct failure *failure;
	va_list ap;

	GROW(judging->failures, judging->failures_len, judging->failures_cap);
	failure = &judging->failures[judging->failures_len++];
	*failure = (struct failure){
		.value = value,
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
		failure->fix_value = wanted_of(control);
	}
	return failure;
}

void failure_member(struct failure *failure, const char *member)
{
	free(failure->member);
	failure->member = xstrdup(member);
}

void failure_fix(struct failure *failure, const struct resource *holder,
		 const char *setting, const char *value)
{
	failure->holder = holder;
	failure->setting = catalogue_lookup(holder->kind, setting);
	json_decref(failure->fix_value);
	failure->fix_value =
		value ? json_loads(value, JSON_DECODE_ANY, NULL) : NULL;
}

void failure_decision(struct failure *failure, const char *fmt, ...)
{
	va_list ap;

	failure->fix = FIX_DECISION;
	free(failure->fix_text);
	va_start(ap, fmt);
	failure->fix_text = xvasprintf(fmt, ap);
	va_end(ap);
}

/* ---- predicates that several controls share --------------------------- */

static void fail_value(struct judging *judging, const struct setting *row,
		       const json_t *value, const json_t *wanted,
		       const char *more)
{
	CLEANUP(strbuf_release) struct strbuf is = STRBUF_INIT(LIMIT_MESSAGE);
	CLEANUP(strbuf_release)
	struct strbuf should = STRBUF_INIT(LIMIT_MESSAGE);

	value_show(row, value, &is);
	value_show(row, wanted, &should);
	if (row->unit && json_is_integer(value))
		strbuf_addf(&is, " %s", row->unit);
	if (row->unit && json_is_integer(wanted))
		strbuf_addf(&should, " %s", row->unit);
	if (json_is_integer(wanted))
		strbuf_insert(&should, 0, "at least ");
	(void)judge_fail(judging, json_incref((json_t *)(uintptr_t)value),
			 should.buf, "%s is %s and should be %s%s", row->name,
			 is.buf, should.buf, more);
}

static void compare(struct judging *judging,
		    bool (*holds)(const struct setting *row,
				  const json_t *value, const json_t *wanted))
{
	const struct setting *row = first_setting(judging->control);
	const struct resource *resource = judging->resource;
	CLEANUP(json_release) json_t *wanted = wanted_of(judging->control);
	const json_t *value = judge_value(judging, resource, row->name);
	const json_t *pending = resource_pending(resource, row);

	if (!value)
		return;
	if (pending)
		add_evidence(judging, resource, row->pending, pending);
	if (!holds(row, value, wanted))
		fail_value(judging, row, value, wanted,
			   pending && holds(row, pending, wanted)
				   ? "; that it will be so is pending"
				   : "");
	else if (pending && !holds(row, pending, wanted))
		fail_value(judging, row, pending, wanted,
			   "; it is still so, and the change is pending");
}

void judge_wanted(struct judging *judging)
{
	compare(judging, value_equal);
}

static bool is_at_least(const struct setting *row UNUSED, const json_t *value,
			const json_t *wanted)
{
	return json_is_integer(value) &&
	       json_integer_value(value) >= json_integer_value(wanted);
}

void judge_at_least(struct judging *judging)
{
	compare(judging, is_at_least);
}
