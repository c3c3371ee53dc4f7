#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "core/file.h"
#include "core/json.h"
#include "core/limits.h"
#include "core/mem.h"
#include "plans/plan.h"

#define ACCEPTED "tests/data/plan/v1/accepted"
#define REFUSED "tests/data/plan/v1/refused"

static int set_up(void **state)
{
	(void)state;
	json_init();
	return 0;
}

/* fn for each file of a folder; how many there were. */
static size_t each_file(const char *folder,
			void (*fn)(const char *name, const char *path))
{
	DIR *dir = opendir(folder);
	struct dirent *entry;
	size_t len = 0;

	assert_non_null(dir);
	while ((entry = readdir(dir))) {
		CLEANUP(free_ptr) char *path = NULL;

		if (entry->d_name[0] == '.')
			continue;
		path = xasprintf("%s/%s", folder, entry->d_name);
		fn(entry->d_name, path);
		len++;
	}
	closedir(dir);
	return len;
}

static void load(const char *path, struct strbuf *bytes)
{
	CLEANUP(error_release) struct error err = ERROR_INIT;

	assert_int_equal(file_read(path, LIMIT_PLAN_FILE, bytes, &err), 0);
}

static void assert_round_trip(const char *name, const char *path)
{
	CLEANUP(strbuf_release)
	struct strbuf bytes = STRBUF_INIT(LIMIT_PLAN_FILE);
	CLEANUP(strbuf_release)
	struct strbuf again = STRBUF_INIT(LIMIT_PLAN_FILE);
	CLEANUP(error_release) struct error err = ERROR_INIT;
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(LIMIT_MESSAGE);
	CLEANUP(plan_cleanup) struct plan *plan = NULL;
	CLEANUP(free_ptr) char *id = NULL;

	if (plan_load(path, &bytes, &plan, &err)) {
		error_render(&err, &text);
		fail_msg("%s: %s", name, text.buf);
	}
	plan_write(plan, &again);
	assert_string_equal(bytes.buf, again.buf);
	/* and finishing it again changes nothing */
	id = xstrdup(plan->id);
	plan_finish(plan);
	assert_string_equal(plan->id, id);
}

static void test_plan_load__accepted_files_round_trip(void **state)
{
	(void)state;
	assert_true(each_file(ACCEPTED, assert_round_trip) >= 4);
}

static void assert_refused(const char *name, const char *path)
{
	CLEANUP(strbuf_release)
	struct strbuf bytes = STRBUF_INIT(LIMIT_PLAN_FILE);
	CLEANUP(error_release) struct error err = ERROR_INIT;
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(LIMIT_MESSAGE);
	struct plan *plan = NULL;
	const char *code;

	if (!plan_load(path, &bytes, &plan, &err))
		fail_msg("%s was accepted", name);
	assert_null(plan);
	error_render(&err, &text);
	code = error_name(err.code);
	if (strncmp(name, code, strlen(code)) != 0 || name[strlen(code)] != '-')
		fail_msg("%s: %s: %s", name, code, text.buf);
	/* it says which file */
	assert_non_null(strstr(text.buf, path));
	if (err.code == ERR_EDITED)
		assert_int_equal(error_exit_code(err.code), 3);
}

static void test_plan_load__refused_files_say_why(void **state)
{
	(void)state;
	assert_true(each_file(REFUSED, assert_refused) > 50);
}

/* A changed byte anywhere never goes unnoticed. */
static void test_plan_parse__every_flipped_byte_is_noticed(void **state)
{
	CLEANUP(strbuf_release)
	struct strbuf bytes = STRBUF_INIT(LIMIT_PLAN_FILE);

	(void)state;
	load(ACCEPTED "/one-setting.json", &bytes);
	for (size_t i = 0; i < bytes.len; i++) {
		CLEANUP(error_release) struct error err = ERROR_INIT;
		struct plan *plan = NULL;

		bytes.buf[i] ^= 1;
		assert_int_equal(
			plan_parse("p", bytes.buf, bytes.len, &plan, &err), -1);
		bytes.buf[i] ^= 1;
	}
}

static void test_plan_parse__every_cut_is_noticed(void **state)
{
	CLEANUP(strbuf_release)
	struct strbuf bytes = STRBUF_INIT(LIMIT_PLAN_FILE);

	(void)state;
	load(ACCEPTED "/one-setting.json", &bytes);
	for (size_t len = 0; len < bytes.len; len++) {
		CLEANUP(error_release) struct error err = ERROR_INIT;
		CLEANUP(free_ptr) char *cut = xmalloc(len + 1);
		struct plan *plan = NULL;

		/* its own memory, so that reading past the end shows */
		memcpy(cut, bytes.buf, len);
		assert_int_equal(plan_parse("p", cut, len, &plan, &err), -1);
	}
}

static void test_plan_parse__newer_format_says_so(void **state)
{
	CLEANUP(strbuf_release)
	struct strbuf bytes = STRBUF_INIT(LIMIT_PLAN_FILE);
	CLEANUP(error_release) struct error err = ERROR_INIT;
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(LIMIT_MESSAGE);
	struct plan *plan = NULL;

	(void)state;
	assert_int_equal(plan_load(REFUSED "/ERR_FORMAT-newer-format.json",
				   &bytes, &plan, &err),
			 -1);
	error_render(&err, &text);
	assert_non_null(strstr(text.buf, "made by a newer aback"));
	assert_non_null(err.hint);
}

static void test_plan_load__unreadable_paths(void **state)
{
	static const char *const paths[] = { "tests/data/plan/v1/none.json",
					     "tests/data/plan/v1" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		CLEANUP(strbuf_release)
		struct strbuf bytes = STRBUF_INIT(LIMIT_PLAN_FILE);
		CLEANUP(error_release) struct error err = ERROR_INIT;
		struct plan *plan = NULL;

		assert_int_equal(plan_load(paths[i], &bytes, &plan, &err), -1);
		assert_int_equal(err.code, ERR_IO);
	}
}

/* The page says of every member what it is, and shows a plan that is one. */
static void assert_documented(const json_t *value, const char *page)
{
	const char *key;
	json_t *member;
	size_t i;

	json_array_foreach(value, i, member)
		assert_documented(member, page);
	json_object_foreach((json_t *)(uintptr_t)value, key, member) {
		CLEANUP(free_ptr) char *quoted = xasprintf("`%s`", key);

		if (!strcmp(key, "parameters") || !strcmp(key, "companions"))
			continue;
		if (!strstr(page, quoted))
			fail_msg("docs/plan-format.md does not name %s", key);
		assert_documented(member, page);
	}
}

static void test_plan_format__is_what_the_page_says(void **state)
{
	static const char *const names[] = { "everything", "backout" };
	CLEANUP(strbuf_release) struct strbuf page = STRBUF_INIT(MIB);
	CLEANUP(strbuf_release)
	struct strbuf example = STRBUF_INIT(LIMIT_PLAN_FILE);

	(void)state;
	load("docs/plan-format.md", &page);
	load(ACCEPTED "/one-setting.json", &example);
	assert_non_null(strstr(page.buf, example.buf));
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		CLEANUP(free_ptr)
		char *path = xasprintf(ACCEPTED "/%s.json", names[i]);
		CLEANUP(strbuf_release)
		struct strbuf bytes = STRBUF_INIT(LIMIT_PLAN_FILE);
		CLEANUP(error_release) struct error err = ERROR_INIT;
		CLEANUP(json_release) json_t *plan = NULL;

		load(path, &bytes);
		assert_int_equal(
			json_parse(path, bytes.buf, bytes.len, &plan, &err), 0);
		assert_documented(plan, page.buf);
	}
}

/* What a later catalogue would build differently is still readable. */
static void test_plan_parse_recorded__does_not_judge_the_calls(void **state)
{
	CLEANUP(strbuf_release)
	struct strbuf bytes = STRBUF_INIT(LIMIT_PLAN_FILE);
	CLEANUP(error_release) struct error err = ERROR_INIT;
	CLEANUP(plan_cleanup) struct plan *plan = NULL;

	(void)state;
	load(REFUSED "/ERR_EDITED-sealed-other-call.json", &bytes);
	assert_int_equal(
		plan_parse_recorded("p", bytes.buf, bytes.len, &plan, &err), 0);
	bytes.buf[bytes.len / 2] ^= 1;
	plan_free(TAKE(plan));
	assert_int_equal(
		plan_parse_recorded("p", bytes.buf, bytes.len, &plan, &err),
		-1);
	assert_int_equal(err.code, ERR_STATE);
}

static void test_plan_consent__each_class_once_and_sorted(void **state)
{
	CLEANUP(strbuf_release)
	struct strbuf bytes = STRBUF_INIT(LIMIT_PLAN_FILE);
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(LIMIT_MESSAGE);
	CLEANUP(error_release) struct error err = ERROR_INIT;
	CLEANUP(plan_cleanup) struct plan *plan = NULL;
	CLEANUP(json_release) json_t *consent = NULL;

	(void)state;
	assert_int_equal(
		plan_load(ACCEPTED "/everything.json", &bytes, &plan, &err), 0);
	json_array_add_unique(plan->changes[0].consent, "restart");
	json_array_add_unique(plan->changes[0].consent, "exposure");
	consent = plan_consent(plan);
	json_compact(consent, &text);
	assert_string_equal(text.buf, "[\"exposure\",\"restart\"]");
}

/* Written in any order, the same plan is the same bytes. */
static struct plan *plan_of_changes(void)
{
	static const char *const keys[][3] = {
		{ "b", "cluster/a", "port" },
		{ "a", "cluster/b", "port" },
		{ "a", "cluster/a", "port" },
		{ "a", "cluster/a", "deletion_protection" },
		{ "a", "cluster/a-1", "port" },
	};
	struct plan *plan = plan_new();

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		struct plan_change *change = plan_add_change(plan);

		change->target = xstrdup(keys[i][0]);
		change->address = xstrdup(keys[i][1]);
		change->setting = xstrdup(keys[i][2]);
		(void)plan_note(plan->held, keys[i][0], keys[i][1], keys[i][2],
				"");
	}
	plan_finish(plan);
	return plan;
}

static void test_plan_find__each_one_and_nothing_else(void **state)
{
	static const char *const misses[][3] = {
		{ "a", "cluster/a", "zzz" },
		{ "a", "cluster/a", "" },
		{ "a", "cluster/zzz", "port" },
		{ "c", "cluster/a", "port" },
		{ "", "", "" },
	};
	CLEANUP(plan_cleanup) struct plan *plan = plan_of_changes();
	CLEANUP(plan_cleanup) struct plan *empty = plan_new();

	(void)state;
	for (size_t i = 0; i < plan->changes_len; i++) {
		const struct plan_change *c = &plan->changes[i];
		const json_t *entry = plan_find_entry(plan->held, c->target,
						      c->address, c->setting);

		assert_ptr_equal(plan_find_change(plan, c->target, c->address,
						  c->setting),
				 c);
		assert_ptr_equal(entry, json_array_get(plan->held, i));
	}
	for (size_t i = 0; i < ARRAY_SIZE(misses); i++) {
		const char *const *m = misses[i];

		assert_null(plan_find_change(plan, m[0], m[1], m[2]));
		assert_null(plan_find_entry(plan->held, m[0], m[1], m[2]));
		assert_null(plan_find_change(empty, m[0], m[1], m[2]));
		assert_null(plan_find_entry(NULL, m[0], m[1], m[2]));
	}
}

static void test_plan_finish__order_of_adding_does_not_matter(void **state)
{
	CLEANUP(strbuf_release)
	struct strbuf bytes = STRBUF_INIT(LIMIT_PLAN_FILE);
	CLEANUP(error_release) struct error err = ERROR_INIT;
	CLEANUP(plan_cleanup) struct plan *plan = NULL;
	CLEANUP(free_ptr) char *id = NULL;
	struct plan_change first;

	(void)state;
	assert_int_equal(
		plan_load(ACCEPTED "/everything.json", &bytes, &plan, &err), 0);
	id = xstrdup(plan->id);
	first = plan->changes[0];
	plan->changes[0] = plan->changes[plan->changes_len - 1];
	plan->changes[plan->changes_len - 1] = first;
	(void)json_array_append(plan->skipped,
				json_array_get(plan->skipped, 0));
	(void)json_array_remove(plan->skipped, 0);
	plan_finish(plan);
	assert_string_equal(plan->id, id);
}

static void test_plan_note__absent_texts_are_null(void **state)
{
	CLEANUP(plan_cleanup) struct plan *plan = plan_new();
	const json_t *note;

	(void)state;
	note = plan_note(plan->skipped, NULL, NULL, NULL, "why");
	assert_true(json_is_null(json_object_get(note, "target")));
	assert_string_equal(json_text(note, "reason"), "why");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plan_load__accepted_files_round_trip),
		cmocka_unit_test(test_plan_load__refused_files_say_why),
		cmocka_unit_test(
			test_plan_parse__every_flipped_byte_is_noticed),
		cmocka_unit_test(test_plan_parse__every_cut_is_noticed),
		cmocka_unit_test(test_plan_parse__newer_format_says_so),
		cmocka_unit_test(test_plan_load__unreadable_paths),
		cmocka_unit_test(test_plan_format__is_what_the_page_says),
		cmocka_unit_test(
			test_plan_parse_recorded__does_not_judge_the_calls),
		cmocka_unit_test(test_plan_consent__each_class_once_and_sorted),
		cmocka_unit_test(test_plan_find__each_one_and_nothing_else),
		cmocka_unit_test(
			test_plan_finish__order_of_adding_does_not_matter),
		cmocka_unit_test(test_plan_note__absent_texts_are_null),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
