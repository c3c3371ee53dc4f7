/*
 * The patch of a backout, judged by `git apply`: however the file is laid out,
 * it is taken, and the file is then the same with one rule more.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/file.h"
#include "core/limits.h"
#include "core/mem.h"
#include "core/process.h"
#include "plans/desired.h"
#include "plans/desired_patch.h"

#define CHANGE "20261124T021530Z-a1b2c3"
#define HEAD                     \
	"version: 1\ntargets:\n" \
	"  - {name: \"1\", account_id: \"123456789012\", region: eu-west-1}\n"
#define RULE                           \
	"  - match: {kind: cluster}\n" \
	"    set: {deletion_protection: true}\n"
#define ADDED                                          \
	"  - name: backed out by " CHANGE "\n"         \
	"    match: {kind: cluster, id: \"orders\"}\n" \
	"    set:\n"                                   \
	"        deletion_protection: false\n"

static void release_list(struct error_list *list)
{
	error_list_release(list);
}

static void release_result(struct process_result *result)
{
	process_result_release(result);
}

static struct desired *parse(const char *text, size_t len)
{
	CLEANUP(release_list) struct error_list list = { 0 };
	CLEANUP(error_release) struct error err = ERROR_INIT;
	struct desired *desired = NULL;

	assert_int_equal(
		desired_parse("aback.yaml", text, len, &desired, &list, &err),
		0);
	return desired;
}

/* After a backout that restored one setting of one cluster. */
static void make_patch(const char *text, struct strbuf *patch,
		       struct strbuf *why)
{
	CLEANUP(desired_cleanup)
	struct desired *desired = parse(text, strlen(text));
	CLEANUP(json_release)
	json_t *by_target =
		json_pack("{s:{s:{s:{s:s, s:b, s:b, s:b}}}}", "1",
			  "cluster/orders", "deletion_protection", "change",
			  CHANGE, "prior", 0, "rule_value", 1, "restored", 0);
	const struct holds holds = { .by_target = by_target };

	desired_patch(desired, "aback.yaml", text, strlen(text), &holds, CHANGE,
		      "backed out by " CHANGE, patch, why);
}

static void write_file(const char *path, const char *data, size_t len)
{
	CLEANUP(error_release) struct error err = ERROR_INIT;

	assert_int_equal(file_write(path, data, len, 0600, &err), 0);
}

/* By git, in a directory where there is only the file. */
static void git_apply(const char *text, const struct strbuf *patch,
		      struct strbuf *ret_text)
{
	CLEANUP(error_release) struct error err = ERROR_INIT;
	CLEANUP(release_result) struct process_result result = { 0 };
	char dir[] = "/tmp/aback-patch-XXXXXX";
	const char *made = mkdtemp(dir);
	CLEANUP(free_ptr) char *where = xasprintf("DIR=%s", dir);
	CLEANUP(free_ptr) char *file = xasprintf("%s/aback.yaml", dir);
	CLEANUP(free_ptr) char *change = xasprintf("%s/change.patch", dir);
	const char *const argv[] = { "sh", "-c",
				     "cd \"$DIR\" && git apply change.patch",
				     NULL };
	const char *const set[] = { where, NULL };
	const struct process command = { .argv = argv,
					 .set = set,
					 .unset = process_git_unset,
					 .deadline_ms = 20000 };

	assert_non_null(made);
	write_file(file, text, strlen(text));
	write_file(change, patch->buf, patch->len);
	assert_int_equal(process_run(&command, &result, &err), 0);
	assert_string_equal(result.err.buf, "");
	assert_int_equal(result.status, 0);
	assert_int_equal(file_read(file, LIMIT_DESIRED_FILE, ret_text, &err),
			 0);
	(void)remove(file);
	(void)remove(change);
	(void)remove(dir);
}

/* head and tail are the file; between them comes what is added. */
static void check(const char *head, const char *added, const char *tail)
{
	CLEANUP(strbuf_release)
	struct strbuf patch = STRBUF_INIT(LIMIT_DESIRED_FILE);
	CLEANUP(strbuf_release) struct strbuf why = STRBUF_INIT(LIMIT_MESSAGE);
	CLEANUP(strbuf_release)
	struct strbuf got = STRBUF_INIT(LIMIT_DESIRED_FILE);
	CLEANUP(free_ptr) char *text = xasprintf("%s%s", head, tail);
	CLEANUP(free_ptr) char *want = xasprintf("%s%s%s", head, added, tail);
	CLEANUP(desired_cleanup) struct desired *before = NULL;
	CLEANUP(desired_cleanup) struct desired *after = NULL;

	make_patch(text, &patch, &why);
	assert_string_equal(why.buf, "");
	git_apply(text, &patch, &got);
	assert_string_equal(got.buf, want);
	before = parse(text, strlen(text));
	after = parse(got.buf, got.len);
	assert_int_equal(after->rules_len, before->rules_len + 1);
}

static void test_desired_patch__a_file_like_any(void **state UNUSED)
{
	check(HEAD "rules:\n" RULE, ADDED, "");
	check(HEAD "rules:\n" RULE, ADDED,
	      "\n# what follows\n\nlimits: {max_clusters: 5}\n");
	check(HEAD "rules: # all\n" RULE, ADDED, "\n\n  # the end\n# of it");
}

/* Which the rule of another target must not be taken for. */
static void
test_desired_patch__a_target_with_the_name_of_a_number(void **state UNUSED)
{
	check(HEAD "  - {name: two, account_id: \"123456789012\", region: "
		   "eu-west-2}\nrules:\n" RULE,
	      "  - name: backed out by " CHANGE "\n"
	      "    match: {kind: cluster, id: \"orders\", target: \"1\"}\n"
	      "    set:\n"
	      "        deletion_protection: false\n",
	      "");
}

static void
test_desired_patch__lines_that_end_as_on_windows(void **state UNUSED)
{
	static const char head[] =
		"version: 1\r\ntargets:\r\n"
		"  - {name: \"1\", account_id: \"123456789012\", region: "
		"eu-west-1}\r\nrules:\r\n  - match: {kind: cluster}\r\n"
		"    set: {deletion_protection: true}\r\n";
	static const char added[] =
		"  - name: backed out by " CHANGE "\r\n"
		"    match: {kind: cluster, id: \"orders\"}\r\n"
		"    set:\r\n"
		"        deletion_protection: false\r\n";

	check(head, added, "");
	check(head, added,
	      "\r\n# what follows\r\n\r\nlimits: {max_clusters: 5}\r\n");
}

static void
test_desired_patch__a_document_that_says_where_it_ends(void **state UNUSED)
{
	check("---\n" HEAD "rules:\n" RULE, ADDED, "...\n");
	check("---\n" HEAD "rules:\n" RULE, ADDED, "\n# the end\n... # of it");
}

static void test_desired_patch__a_dash_on_a_line_of_its_own(void **state UNUSED)
{
	check(HEAD "rules:\n  - # the first\n\n    match: {kind: cluster}\n"
		   "    set: {deletion_protection: true}\n",
	      ADDED, "");
	check(HEAD "rules: &all\n  - &first\n    match: {kind: cluster}\n"
		   "    set: {deletion_protection: true}\n",
	      ADDED, "");
}

/* What looks like a comment may be text, and what is one may be the rule's. */
static void
test_desired_patch__a_comment_within_the_last_rule(void **state UNUSED)
{
	check(HEAD "rules:\n" RULE "    # größe\t☃ is ours\n", ADDED,
	      "\n# x\n");
	check(HEAD "rules:\n" RULE "  - match: {kind: cluster, id: o*}\n"
		   "    set:\n      deletion_protection: true\n    name: |\n"
		   "      what\n      # this is not\n",
	      ADDED, "");
}

/* As after the patch of the plan, once the plan is applied. */
static void test_desired_patch__what_is_asked_for_already(void **state UNUSED)
{
	CLEANUP(strbuf_release)
	struct strbuf patch = STRBUF_INIT(LIMIT_DESIRED_FILE);
	CLEANUP(strbuf_release) struct strbuf why = STRBUF_INIT(LIMIT_MESSAGE);

	make_patch(HEAD "rules:\n" RULE ADDED, &patch, &why);
	assert_string_equal(patch.buf, "");
	assert_string_equal(why.buf, "");
	/* but a later rule decides, and so may one that has conditions */
	check(HEAD "rules:\n" ADDED RULE, ADDED, "");
	check(HEAD "rules:\n" RULE "  - match: {kind: cluster, id: orders, "
		   "tags: {a: b}}\n    set: {deletion_protection: false}\n",
	      ADDED, "");
}

static void
test_desired_patch__rules_that_cannot_be_added_to(void **state UNUSED)
{
	CLEANUP(strbuf_release)
	struct strbuf patch = STRBUF_INIT(LIMIT_DESIRED_FILE);
	CLEANUP(strbuf_release) struct strbuf why = STRBUF_INIT(LIMIT_MESSAGE);

	make_patch(HEAD "rules: [{match: {kind: cluster}, "
			"set: {deletion_protection: true}}]\n",
		   &patch, &why);
	assert_string_equal(patch.buf, "");
	assert_non_null(strstr(why.buf, "no block list"));
	assert_non_null(strstr(why.buf, "deletion_protection: false"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_desired_patch__what_is_asked_for_already),
		cmocka_unit_test(test_desired_patch__a_file_like_any),
		cmocka_unit_test(
			test_desired_patch__a_target_with_the_name_of_a_number),
		cmocka_unit_test(
			test_desired_patch__lines_that_end_as_on_windows),
		cmocka_unit_test(
			test_desired_patch__a_document_that_says_where_it_ends),
		cmocka_unit_test(
			test_desired_patch__a_dash_on_a_line_of_its_own),
		cmocka_unit_test(
			test_desired_patch__a_comment_within_the_last_rule),
		cmocka_unit_test(
			test_desired_patch__rules_that_cannot_be_added_to),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
