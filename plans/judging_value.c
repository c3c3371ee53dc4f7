/* Predicates that several controls share: one setting against one value. */
#include <stdint.h>

#include "core/limits.h"
#include "plans/catalogue.h"
#include "plans/judging_private.h"
#include "plans/render_parts.h"
#include "plans/value.h"

static bool is_empty(const json_t *value)
{
	return json_is_null(value) ||
	       (json_is_array(value) && !json_array_size(value)) ||
	       (json_is_object(value) && !json_object_size(value));
}

static void fail_value(struct judging *judging, const struct setting *row,
		       const json_t *value, const json_t *wanted,
		       const char *more)
{
	CLEANUP(strbuf_release) struct strbuf is = STRBUF_INIT(LIMIT_MESSAGE);
	CLEANUP(strbuf_release)
	struct strbuf should = STRBUF_INIT(LIMIT_MESSAGE);

	if (json_is_integer(wanted))
		strbuf_adds(&should, "at least ");
	if (is_empty(value) && !json_is_null(value))
		strbuf_adds(&is, "(none)");
	else
		part_value(value, row->unit, &is);
	if (wanted)
		part_value(wanted, row->unit, &should);
	else
		strbuf_adds(&should, "set");
	(void)judge_fail(judging, json_incref((json_t *)(uintptr_t)value),
			 should.buf, "%s is %s and should be %s%s", row->name,
			 is.buf, should.buf, more);
}

static void compare(struct judging *judging,
		    bool (*holds)(const struct setting *row,
				  const json_t *value, const json_t *wanted))
{
	const struct setting *row = control_first_setting(judging->control);
	const struct resource *resource = judging->resource;
	CLEANUP(json_release) json_t *wanted = control_wanted(judging->control);
	const json_t *value = judge_value(judging, resource, row->name);
	const json_t *pending = resource_pending(resource, row);

	if (!value)
		return;
	if (pending)
		judge_note(judging, resource, row->name, NULL,
			   row->pending ? row->pending : row->read, pending);
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

static bool is_not_empty(const struct setting *row UNUSED, const json_t *value,
			 const json_t *wanted UNUSED)
{
	return !is_empty(value);
}

void judge_set(struct judging *judging)
{
	compare(judging, is_not_empty);
}
