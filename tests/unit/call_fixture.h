/* Changes and the calls they become, for the tests of the kinds. */
#ifndef ABACK_TESTS_UNIT_CALL_FIXTURE_H
#define ABACK_TESTS_UNIT_CALL_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "core/json.h"
#include "core/limits.h"
#include "plans/catalogue.h"
#include "plans/kind.h"

struct drafted {
	struct call_change changes[8];
	json_t *values[16];
	size_t len;
	struct call_list calls;
	json_t *refused;
};

static inline json_t *test_json(const char *text)
{
	json_t *value = json_loads(text, JSON_DECODE_ANY, NULL);

	assert_non_null(value);
	return value;
}

static inline void test_change(struct drafted *d, enum kind kind,
			       const char *name, const char *before,
			       const char *after, bool window)
{
	const struct setting *row = catalogue_lookup(kind, name);
	json_t *from = test_json(before), *to = test_json(after);

	assert_non_null(row);
	d->values[2 * d->len] = from;
	d->values[2 * d->len + 1] = to;
	d->changes[d->len++] = (struct call_change){
		.setting = row, .before = from, .after = to, .window = window
	};
}

static inline void test_draft(struct drafted *d,
			      const struct resource *resource)
{
	d->refused = json_object();
	kind_ops(resource->kind)
		->calls(resource, d->changes, d->len, &d->calls, d->refused);
}

static inline void test_drafted_release(struct drafted *d)
{
	for (size_t i = 0; i < 2 * d->len; i++)
		json_decref(d->values[i]);
	call_list_release(&d->calls);
	json_decref(d->refused);
}

static inline void test_is_json(const json_t *value, const char *text)
{
	struct strbuf out = STRBUF_INIT(MIB);

	if (value)
		json_compact(value, &out);
	assert_string_equal(value ? out.buf : "(none)", text);
	strbuf_release(&out);
}

/* Was the setting refused with a reason that says this? */
static inline void test_refused(const struct drafted *d, const char *setting,
				const char *says)
{
	const char *reason =
		json_text(json_object_get(d->refused, setting), "reason");

	if (!reason || !strstr(reason, says))
		fail_msg("'%s' was not refused with '%s' but with '%s'",
			 setting, says, reason ? reason : "nothing");
}

static inline void test_set_value(struct resource *resource, const char *name,
				  const char *json)
{
	const size_t i =
		catalogue_index(catalogue_lookup(resource->kind, name));

	json_decref(resource->values[i]);
	resource->values[i] = test_json(json);
}

/* What all calls make of the value, one after another. */
static inline void test_after(const struct drafted *d, enum kind kind,
			      const char *name, const char *before,
			      const char *after)
{
	const struct setting *row = catalogue_lookup(kind, name);
	json_t *value = test_json(before);

	for (size_t i = 0; i < d->calls.len; i++) {
		json_t *next = kind_ops(kind)->after_call(
			d->calls.items[i].call, d->calls.items[i].parameters,
			row, value);

		assert_non_null(next);
		json_decref(value);
		value = next;
	}
	test_is_json(value, after);
	json_decref(value);
}

#endif
