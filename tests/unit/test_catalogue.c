#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "core/file.h"
#include "core/json.h"
#include "core/limits.h"
#include "plans/catalogue.h"
#include "plans/controls.h"

#define PAGE "docs/settings.md"

static void each_row(void (*fn)(const struct setting *row))
{
	for (enum kind kind = 0; kind < KIND_COUNT; kind++) {
		size_t len;
		const struct setting *rows = catalogue_rows(kind, &len);

		assert_true(len > 0);
		for (size_t i = 0; i < len; i++)
			fn(&rows[i]);
	}
}

static void is_described(const struct setting *row)
{
	static const char *const severities[] = { "critical", "high", "medium",
						  "low", "info" };
	bool known = false;

	for (size_t i = 0; i < ARRAY_SIZE(severities); i++)
		known |= strcmp(setting_severity(row), severities[i]) == 0;
	assert_true(known);
	assert_non_null(row->summary);
	assert_ptr_equal(strstr(row->source, "https://docs.aws.amazon.com/"),
			 row->source);
	assert_int_equal(catalogue_rows(row->kind, &(size_t){ 0 }) +
					 catalogue_index(row) ==
				 row,
			 1);
}

static void test_catalogue__rows_are_described_and_sourced(void **state UNUSED)
{
	each_row(is_described);
}

static void test_catalogue__rows_are_sorted_and_unique(void **state UNUSED)
{
	for (enum kind kind = 0; kind < KIND_COUNT; kind++) {
		size_t len;
		const struct setting *rows = catalogue_rows(kind, &len);

		for (size_t i = 0; i < len; i++) {
			assert_int_equal(rows[i].kind, kind);
			if (i)
				assert_true(strcmp(rows[i - 1].name,
						   rows[i].name) < 0);
		}
	}
}

static void exists(void *ctx, const struct setting *companion)
{
	const struct setting *row = ctx;

	assert_int_equal(companion->standing, STANDING_WRITABLE);
	assert_ptr_not_equal(companion, row);
}

/* What a writable row needs, and what the others must say instead. */
static void is_complete(const struct setting *row)
{
	if (row->passes_through) {
		const struct setting *through =
			catalogue_lookup(row->kind, row->passes_through);

		/* the other kind's rows say it all */
		assert_null(row->call);
		assert_null(row->read);
		assert_null(row->write);
		assert_non_null(through);
		assert_true(through->refers);
		assert_non_null(kind_ops(row->passes_to)->stand_in);
	} else if (row->standing == STANDING_WRITABLE) {
		assert_non_null(row->call);
		/* what a call only does is no member of answers or calls */
		assert_true(row->read || row->once);
		assert_int_equal(!row->write, !row->read);
		assert_null(row->reason);
	} else {
		assert_null(row->call);
		assert_non_null(row->reason);
		assert_true(strlen(row->reason) > 10);
	}
	if (row->standing == STANDING_FIXED) {
		assert_non_null(row->read);
		assert_non_null(row->remedy);
	}
	if (row->standing == STANDING_OTHER_KIND) {
		const struct kind_ops *home = kind_by_name(row->belongs);
		const struct setting *there =
			catalogue_lookup(home->kind, row->name);

		assert_non_null(there);
		assert_int_not_equal(there->standing, STANDING_OTHER_KIND);
		assert_int_equal(there->type, row->type);
	}
	if (row->type == TYPE_INT && row->call)
		assert_true(row->min < row->max);
	if (row->type == TYPE_ENUM && row->call)
		assert_non_null(row->choices[1]);
	if (row->absent) {
		json_t *absent = json_loads(row->absent, JSON_DECODE_ANY, NULL);

		assert_non_null(absent);
		json_decref(absent);
	}
	if (row->only_with)
		assert_non_null(catalogue_lookup(row->kind, row->only_with));
	catalogue_companions(row, exists, (void *)(uintptr_t)row);
}

static void test_catalogue__rows_are_complete(void **state UNUSED)
{
	each_row(is_complete);
}

static void test_catalogue_find__known_name(void **state UNUSED)
{
	const struct setting *row = NULL;
	struct error err = ERROR_INIT;

	assert_int_equal(
		catalogue_find(KIND_CLUSTER, "deletion_protection", &row, &err),
		0);
	assert_string_equal(row->write, "DeletionProtection");
}

static void
test_catalogue_find__misspelt_name_hints_the_nearest(void **state UNUSED)
{
	const struct setting *row = NULL;
	struct error err = ERROR_INIT;

	assert_int_equal(
		catalogue_find(KIND_CLUSTER, "deletion_protecton", &row, &err),
		-1);
	assert_int_equal(err.code, ERR_UNKNOWN_SETTING);
	assert_non_null(strstr(err.hint, "'deletion_protection'"));
	assert_null(row);
	error_release(&err);
}

static void test_catalogue__a_clusters_setting_on_an_instance_names_its_home(
	void **state UNUSED)
{
	static const char *const names[] = {
		"deletion_protection",
		"backup_retention_period",
		"iam_database_authentication_enabled",
		"copy_tags_to_snapshot",
		"vpc_security_group_ids",
		"enabled_cloudwatch_logs_exports",
		"port",
		"preferred_backup_window",
		"master_user_password",
		"database_insights_mode",
		"performance_insights_enabled",
		"domain",
		"network_type",
		"manage_master_user_password",
		"engine_version",
		"multi_az"
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const struct setting *row =
			catalogue_lookup(KIND_INSTANCE, names[i]);

		assert_non_null(row);
		assert_int_equal(row->standing, STANDING_OTHER_KIND);
		assert_string_equal(row->belongs, "cluster");
	}
}

/* Named rows have to be on the page, and the page is the one in docs/. */
static void test_catalogue_markdown__is_the_page_in_docs(void **state UNUSED)
{
	CLEANUP(strbuf_release) struct strbuf page = STRBUF_INIT(MIB);
	CLEANUP(strbuf_release) struct strbuf kept = STRBUF_INIT(MIB);
	struct error err = ERROR_INIT;

	catalogue_markdown(&page);
	assert_false(page.overflowed);
	assert_non_null(strstr(page.buf, "[`deletion_protection`]"));
	if (getenv("GOLDEN_REWRITE"))
		assert_int_equal(
			file_write(PAGE, page.buf, page.len, 0644, &err), 0);
	assert_int_equal(file_read(PAGE, MIB, &kept, &err), 0);
	assert_string_equal(kept.buf, page.buf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			test_catalogue__rows_are_described_and_sourced),
		cmocka_unit_test(test_catalogue__rows_are_sorted_and_unique),
		cmocka_unit_test(test_catalogue__rows_are_complete),
		cmocka_unit_test(test_catalogue_find__known_name),
		cmocka_unit_test(
			test_catalogue_find__misspelt_name_hints_the_nearest),
		cmocka_unit_test(
			test_catalogue__a_clusters_setting_on_an_instance_names_its_home),
		cmocka_unit_test(test_catalogue_markdown__is_the_page_in_docs),
	};

	json_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
