#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "core/file.h"
#include "core/json.h"
#include "core/limits.h"
#include "plans/controls.h"

#define PAGE "docs/controls.md"

static void each_control(void (*fn)(const struct control *control))
{
	const struct control *const *control = controls_all(NULL);

	assert_non_null(*control);
	for (; *control; control++)
		fn(*control);
}

static void test_controls__are_sorted_and_unique(void **state UNUSED)
{
	size_t len;
	const struct control *const *controls = controls_all(&len);

	for (size_t i = 1; i < len; i++)
		assert_true(strcmp(controls[i - 1]->id, controls[i]->id) < 0);
	assert_null(controls[len]);
	assert_null(control_find("cluster"));
	assert_ptr_equal(control_find(controls[len - 1]->id),
			 controls[len - 1]);
}

static void is_described(const struct control *control)
{
	assert_true(control->id[strspn(control->id,
				       "abcdefghijklmnopqrstuvwxyz-")] == '\0');
	assert_non_null(control->judge);
	assert_true(control->severity < SEVERITY_COUNT);
	/* a title stands in a list, the others in a text */
	assert_true(control->title[strlen(control->title) - 1] != '.');
	assert_true(control->why[strlen(control->why) - 1] == '.');
	assert_non_null(control->fix_text);
	assert_true(control->fix_text[strlen(control->fix_text) - 1] != '.');
	assert_int_equal(control->fix == FIX_ONE_WAY,
			 control->procedure[0] != NULL);
	if (control->fix == FIX_PLAN)
		assert_non_null(control->settings[0].name);
}

static void test_controls__are_described(void **state UNUSED)
{
	each_control(is_described);
}

/* "CIS-Aurora-2.0.0 2.11": a benchmark of CIS without a version is ambiguous */
static void has_good_references(const struct control *control)
{
	static const char *const benchmarks[] = {
		"CIS-Aurora-2.0.0 ", "CIS-AWS-", "FSBP ",
		"SecurityHub ",      "Config ",  "Prowler "
	};

	for (size_t i = 0; i < CONTROL_REFERENCES_MAX && control->references[i];
	     i++) {
		const char *reference = control->references[i];
		CLEANUP(json_release)
		json_t *parts = control_reference(reference);
		bool known = false;

		for (size_t b = 0; b < ARRAY_SIZE(benchmarks); b++)
			known |= strncmp(reference, benchmarks[b],
					 strlen(benchmarks[b])) == 0;
		assert_true(known);
		assert_non_null(json_text(parts, "benchmark"));
		assert_null(strchr(json_text(parts, "number"), ' '));
		if (!strncmp(reference, "CIS-AWS-", 8))
			assert_non_null(
				strstr(json_text(parts, "benchmark"), ".0"));
	}
}

static void test_controls__references_have_versions(void **state UNUSED)
{
	each_control(has_good_references);
}

static void has_settings(const struct control *control)
{
	for (size_t i = 0;
	     i < CONTROL_SETTINGS_MAX && control->settings[i].name; i++)
		assert_non_null(catalogue_lookup(control->settings[i].kind,
						 control->settings[i].name));
}

static void test_controls__settings_exist(void **state UNUSED)
{
	each_control(has_settings);
}

/* What is said twice disagrees one day. */
static void test_setting_severity__is_said_once(void **state UNUSED)
{
	for (enum kind kind = 0; kind < KIND_COUNT; kind++) {
		size_t len;
		const struct setting *rows = catalogue_rows(kind, &len);

		for (size_t i = 0; i < len; i++) {
			const struct control *const *control =
				controls_all(NULL);
			bool looks = false;

			for (; *control; control++) {
				for (size_t s = 0; s < CONTROL_SETTINGS_MAX &&
						   (*control)->settings[s].name;
				     s++)
					looks |= (*control)->settings[s].kind ==
							 kind &&
						 !strcmp((*control)
								 ->settings[s]
								 .name,
							 rows[i].name);
			}
			if (looks == (rows[i].severity != NULL))
				fail_msg("%s: its controls say it, or nobody "
					 "does",
					 rows[i].name);
			assert_non_null(setting_severity(&rows[i]));
		}
	}
}

static void test_controls_markdown__is_the_page(void **state UNUSED)
{
	struct strbuf made = STRBUF_INIT(4 * MIB);
	struct strbuf page = STRBUF_INIT(4 * MIB);
	struct error err = ERROR_INIT;

	controls_markdown(&made);
	assert_int_equal(file_read(PAGE, 4 * MIB, &page, &err), 0);
	assert_string_equal(made.buf, page.buf);
	strbuf_release(&made);
	strbuf_release(&page);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_controls__are_sorted_and_unique),
		cmocka_unit_test(test_controls__are_described),
		cmocka_unit_test(test_controls__references_have_versions),
		cmocka_unit_test(test_controls__settings_exist),
		cmocka_unit_test(test_setting_severity__is_said_once),
		cmocka_unit_test(test_controls_markdown__is_the_page),
	};

	json_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
