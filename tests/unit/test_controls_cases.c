/*
 * Each predicate of the table of controls, over the cases of
 * tests/data/controls/<control>.json: a base of resources, and for each case
 * what is other than in the base, and what comes of it. Controls of regions by
 * their surroundings alone are tried in test_controls_surroundings.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/file.h"
#include "core/json.h"
#include "core/limits.h"
#include "core/mem.h"
#include "plans/catalogue.h"
#include "plans/judging.h"

#define FOLDER "tests/data/controls"
#define NOW "2026-11-24T00:00:00Z"

static struct place places[] = {
	{ .name = (char *)"prod",
	  .account_id = (char *)"123456789012",
	  .region = (char *)"eu-west-1",
	  .path = (char *)"123456789012/eu-west-1" },
	{ .name = (char *)"123456789012/global",
	  .account_id = (char *)"123456789012",
	  .region = (char *)"global",
	  .path = (char *)"123456789012/global",
	  .global = true },
};

/* ---- resources out of JSON -------------------------------------------- */

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_text(object, key);

	return text ? text : "";
}

static void set_values(struct resource *resource, const json_t *values,
		       void (*set)(struct resource *resource,
				   const struct setting *row, json_t *value))
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)values, name, value) {
		const struct setting *row = catalogue_get(resource->kind, name);

		if (!row)
			fail_msg("there is no setting '%s'", name);
		set(resource, row, json_incref(value));
	}
}

static struct resource *resource_of(const char *text, const json_t *about)
{
	struct address address;
	struct error err = ERROR_INIT;
	struct resource *resource;

	assert_int_equal(address_parse(text, &address, &err), 0);
	resource =
		resource_new(address.ops->kind, &places[address.ops->global]);
	resource->id = xstrdup(address.id);
	resource->address = xstrdup(address.resource);
	resource->arn = xstrdup(json_text(about, "arn"));
	resource->engine = xstrdup(json_text(about, "engine"));
	resource->engine_version = xstrdup(json_text(about, "version"));
	resource->cluster = xstrdup(json_text(about, "cluster"));
	resource->status = xstrdup(json_text(about, "status"));
	resource->facts = json_incref(json_object_get(about, "facts"));
	resource->unhealthy = json_incref(json_object_get(about, "unhealthy"));
	resource->owned_elsewhere =
		json_incref(json_object_get(about, "owned_elsewhere"));
	if (!resource->facts)
		resource->facts = json_object();
	set_values(resource, json_object_get(about, "values"),
		   resource_set_value);
	set_values(resource, json_object_get(about, "pending"),
		   resource_set_pending);
	address_release(&address);
	return resource;
}

/* What a case says of a resource, laid over what the base says. */
static json_t *laid_over(const json_t *base, const json_t *over)
{
	json_t *both = base ? json_deep_copy(base) : json_object();
	const char *key, *name;
	json_t *value, *member;

	json_object_foreach((json_t *)(uintptr_t)over, key, value) {
		json_t *inner = json_object_get(both, key);

		if (json_is_object(inner) && json_is_object(value))
			json_object_update(inner, value);
		else if (!strcmp(key, "drop"))
			continue;
		else
			json_object_set(both, key, value);
	}
	json_object_foreach(json_object_get(over, "drop"), key, value) {
		size_t i;

		json_array_foreach(value, i, member) {
			name = json_string_value(member);
			assert_int_equal(
				json_object_del(json_object_get(both, key),
						name),
				0);
		}
	}
	return both;
}

static struct live *live_of(const json_t *file, const json_t *one)
{
	const json_t *base = json_object_get(file, "base");
	const json_t *over = json_object_get(one, "resources");
	struct live *live = live_new();
	json_t *all =
		base ? json_copy((json_t *)(uintptr_t)base) : json_object();
	const char *address;
	json_t *about;

	json_object_foreach((json_t *)(uintptr_t)over, address, about) {
		if (json_is_null(about)) {
			json_object_del(all, address);
			continue;
		}
		json_object_set_new(
			all, address,
			laid_over(json_object_get(all, address), about));
	}
	json_object_foreach(all, address, about)
		live_add(live, resource_of(address, about));
	json_decref(all);
	live_sort(live);
	if (json_object_get(one, "unread")) {
		json_decref(live->unread);
		live->unread = json_incref(json_object_get(one, "unread"));
	}
	return live;
}

/* ---- judging ---------------------------------------------------------- */

static void is_text(const char *is, const char *should, const char *what,
		    const char *name)
{
	if (strcmp(is ? is : "", should) != 0)
		fail_msg("%s: %s '%s' instead of '%s'", name, what,
			 is ? is : "", should);
}

static void check_failures(const struct judging *judging, const json_t *wanted,
			   const char *name)
{
	size_t i;
	json_t *one;

	if (json_array_size(wanted) != judging->failures_len)
		fail_msg("%s: %zu failures instead of %zu", name,
			 judging->failures_len, json_array_size(wanted));
	json_array_foreach(wanted, i, one) {
		const struct failure *failure = &judging->failures[i];

		if (!strstr(failure->message, text_of(one, "message")))
			fail_msg("%s: '%s'", name, failure->message);
		if (json_object_get(one, "member"))
			is_text(failure->member, text_of(one, "member"),
				"member", name);
		if (json_object_get(one, "fix"))
			is_text(failure->holder ? failure->holder->address
						: NULL,
				text_of(one, "fix"), "fix of", name);
		/* what the id of a finding is made of */
		for (size_t k = 0; k < i; k++) {
			const char *other = judging->failures[k].member;

			if (!other || !failure->member ||
			    !strcmp(other, failure->member))
				fail_msg("%s: two of one member", name);
		}
		/* whatever fails has been seen somewhere */
		if (judging->resource && !json_array_size(failure->evidence))
			fail_msg("%s: no evidence", name);
	}
}

static void run_case(const struct control *control, const json_t *file,
		     const json_t *one)
{
	CLEANUP(free_ptr)
	char *name = xasprintf("%s: %s", control->id, text_of(one, "name"));
	const char *subject = json_text(one, "subject");
	struct error err = ERROR_INIT;
	struct live *live = live_of(file, one);
	struct usage *usage = usage_new(live);
	CLEANUP(json_release) json_t *surroundings = json_object();
	struct judging judging = {
		.control = control,
		.live = live,
		.usage = usage,
		.surroundings = surroundings,
		.place = &places[control->subject == SUBJECT_ACCOUNT],
	};

	json_object_set(surroundings, "prod",
			json_object_get(one, "surroundings")
				? json_object_get(one, "surroundings")
				: json_object_get(file, "surroundings"));
	assert_int_equal(clock_parse(NOW, &judging.now, &err), 0);
	if (!subject)
		subject = json_text(file, "subject");
	if (subject) {
		judging.resource = live_find(live, "prod", subject);
		if (!judging.resource)
			judging.resource =
				live_find(live, places[1].name, subject);
		assert_non_null(judging.resource);
		judging.place = judging.resource->place;
	}
	judge(&judging);
	if (strcmp(outcome_name(judging_outcome(&judging)),
		   text_of(one, "outcome")) != 0)
		fail_msg("%s: %s (%s)", name,
			 outcome_name(judging_outcome(&judging)),
			 judging.failures_len ? judging.failures[0].message
					      : "no failure");
	check_failures(&judging, json_object_get(one, "failures"), name);
	judging_release(&judging);
	usage_free(usage);
	live_free(live);
}

/* ---- the files -------------------------------------------------------- */

static json_t *file_of(const struct control *control)
{
	CLEANUP(free_ptr)
	char *path = xasprintf(FOLDER "/%s.json", control->id);
	struct strbuf text = STRBUF_INIT(MIB);
	struct error err = ERROR_INIT;
	json_t *file = NULL;

	if (file_read(path, MIB, &text, &err) ||
	    json_parse(path, text.buf, text.len, &file, &err)) {
		struct strbuf why = STRBUF_INIT(MIB);

		error_render(&err, &why);
		fail_msg("%s", why.buf);
	}
	strbuf_release(&text);
	return file;
}

static bool is_tried_here(const struct control *control)
{
	return control->subject == SUBJECT_RESOURCE || !control->parts[0];
}

static bool has_outcome(const json_t *file, const char *outcome)
{
	size_t i;
	json_t *one;

	json_array_foreach(json_object_get(file, "cases"), i, one) {
		if (!strcmp(text_of(one, "outcome"), outcome))
			return true;
	}
	return false;
}

/* One that is about one engine is not about the other. */
static void check_other_engine(const struct control *control, json_t *file)
{
	const char *other = !strcmp(control->engine, "aurora-mysql")
				    ? "aurora-postgresql"
				    : "aurora-mysql";
	CLEANUP(json_release)
	json_t *one = json_pack("{ss ss s{s{ss}}}", "name", "the other engine",
				"outcome", "not_applicable", "resources",
				text_of(file, "subject"), "engine", other);

	run_case(control, file, one);
}

static void test_controls__each_case(void **state UNUSED)
{
	const struct control *const *control = controls_all(NULL);

	for (; *control; control++) {
		CLEANUP(json_release) json_t *file = NULL;
		size_t i;
		json_t *one;

		if (!is_tried_here(*control))
			continue;
		file = file_of(*control);
		json_array_foreach(json_object_get(file, "cases"), i, one)
			run_case(*control, file, one);
		if ((*control)->engine)
			check_other_engine(*control, file);
	}
}

static void test_controls__each_way_is_tried(void **state UNUSED)
{
	const struct control *const *control = controls_all(NULL);

	for (; *control; control++) {
		CLEANUP(json_release) json_t *file = NULL;

		if (!is_tried_here(*control))
			continue;
		file = file_of(*control);
		if (!has_outcome(file, "passed") ||
		    !has_outcome(file, "failed") ||
		    !has_outcome(file, "unread"))
			fail_msg("%s does not pass, or fail, or is never "
				 "unread",
				 (*control)->id);
	}
}

static void test_controls__no_case_is_left_over(void **state UNUSED)
{
	DIR *dir = opendir(FOLDER);
	struct dirent *entry;

	assert_non_null(dir);
	while ((entry = readdir(dir))) {
		const char *dot = strstr(entry->d_name, ".json");
		CLEANUP(free_ptr)
		char *id = dot ? xstrndup(entry->d_name,
					  (size_t)(dot - entry->d_name))
			       : NULL;

		if (id && !control_find(id))
			fail_msg("there is no control '%s'", id);
	}
	closedir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_controls__each_case),
		cmocka_unit_test(test_controls__each_way_is_tried),
		cmocka_unit_test(test_controls__no_case_is_left_over),
	};

	json_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
