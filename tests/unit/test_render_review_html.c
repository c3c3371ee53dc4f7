/* The page of a review: a bit of everything, and as much as there can be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "plans/review.h"
#include "tests/unit/golden.h"

static const struct render_style style = { .width = 0 };

static json_t *load(void)
{
	json_t *review = json_load_file("tests/data/review/full.json", 0, NULL);

	assert_non_null(review);
	return review;
}

static size_t count(const struct strbuf *text, const char *part)
{
	const size_t len = strlen(part);
	size_t found = 0;

	/* not by strstr, which sanitizers measure the whole rest for */
	for (size_t i = 0; i + len <= text->len; i++)
		found += text->buf[i] == *part &&
			 !memcmp(text->buf + i, part, len);
	return found;
}

static void test_render_review_html__everything(void **state UNUSED)
{
	CLEANUP(json_release) json_t *review = load();
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(MIB);

	render_review_html(review, &style, &text);
	check_golden_html("review-full.html", &text);
}

static void test_render_review_html__hostile(void **state UNUSED)
{
	CLEANUP(json_release) json_t *review = load();
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(MIB);

	render_review_html(review, &style, &text);
	assert_null(strstr(text.buf, "<script"));
	assert_null(strstr(text.buf, "<img"));
	assert_null(strstr(text.buf, "\xe2\x80\xae"));
	assert_non_null(strstr(text.buf, "&lt;script&gt;"));
}

/* A document that has nothing but its frame. */
static void test_render_review_html__nothing(void **state UNUSED)
{
	CLEANUP(json_release)
	json_t *review =
		json_pack("{s:s, s:s, s:{}, s:[]}", "format", REVIEW_FORMAT,
			  "severity", "info", "summary", "findings");
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(MIB);

	render_review_html(review, &style, &text);
	assert_non_null(strstr(text.buf, "Nothing was found."));
	assert_non_null(strstr(text.buf, "CloudTrail was not asked"));
	assert_non_null(strstr(text.buf, "Nobody had signed it off"));
}

static void test_render_review_html__below_the_threshold(void **state UNUSED)
{
	CLEANUP(json_release) json_t *review = load();
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(MIB);

	(void)json_object_set_new(review, "severity", json_string("critical"));
	render_review_html(review, &style, &text);
	assert_non_null(
		strstr(text.buf, "4 below --severity critical are not shown."));
	assert_null(strstr(text.buf, "backup_retention_period is 3"));
}

static void test_render_review_html__signed_off(void **state UNUSED)
{
	CLEANUP(json_release) json_t *review = load();
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(MIB);

	(void)json_object_set_new(
		review, "signoff",
		json_pack("{s:s, s:s, s:s}", "by", "Alice <dba>", "at",
			  "2026-11-25T09:00:00Z", "note", "two to mend"));
	render_review_html(review, &style, &text);
	assert_non_null(strstr(text.buf, "Alice &lt;dba&gt;"));
	assert_non_null(strstr(text.buf, "two to mend"));
	assert_null(strstr(text.buf, "Nobody had signed it off"));
}

/* ---- a document that somebody damaged -------------------------------- */

/* What stands in a member's place: each other type, and hostile text. */
static json_t *other(size_t which)
{
	switch (which) {
	case 0:
		return json_null();
	case 1:
		return json_string("<script>\xe2\x80\xae\"'&");
	default:
		return json_pack("[n, {}, s]", "<script>");
	}
}
#define OTHERS 3

static void render_all(const json_t *review)
{
	static const review_render_fn renderers[] = { render_review_text,
						      render_review_markdown,
						      render_review_html };
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(MIB);

	for (size_t i = 0; i < ARRAY_SIZE(renderers); i++) {
		strbuf_clear(&text);
		renderers[i](review, &style, &text);
	}
	assert_null(strstr(text.buf, "<script"));
	assert_non_null(strstr(text.buf, "</html>"));
}

/* Each value below node in its turn, the others as they are. */
static void replace_each(const json_t *review, json_t *node)
{
	const char *key;
	json_t *value;
	size_t i;

	json_array_foreach(node, i, value) {
		json_incref(value);
		for (size_t o = 0; o < OTHERS; o++) {
			(void)json_array_set_new(node, i, other(o));
			render_all(review);
		}
		(void)json_array_set_new(node, i, value);
		replace_each(review, value);
	}
	json_object_foreach(node, key, value) {
		json_incref(value);
		for (size_t o = 0; o < OTHERS; o++) {
			(void)json_object_set_new(node, key, other(o));
			render_all(review);
		}
		(void)json_object_set_new(node, key, value);
		replace_each(review, value);
	}
}

static void cut(json_t *review, const char *key, size_t most)
{
	json_t *array = json_object_get(review, key);

	while (json_array_size(array) > most)
		(void)json_array_remove(array, most);
}

static void test_render_review__any_member_of_another_type(void **state UNUSED)
{
	CLEANUP(json_release) json_t *review = load();

	cut(review, "findings", 1);
	cut(review, "controls", 1);
	cut(review, "matrix", 1);
	cut(review, "trend", 1);
	replace_each(review, review);
}

/* ---- a fleet ---------------------------------------------------------- */

#define CLUSTERS 5000
#define CONTROLS 45

/* Clusters without any two alike, and a finding for each cross. */
static json_t *fleet_review(void)
{
	json_t *controls = json_array(), *matrix = json_array();
	json_t *findings = json_array();

	for (int c = 0; c < CONTROLS; c++)
		(void)json_array_append_new(
			controls, json_pack("{s:o, s:s, s:s, s:i}", "id",
					    json_sprintf("control-%02d", c),
					    "title", "It is as it should be",
					    "severity", "high", "failed", 1));
	for (int i = 0; i < CLUSTERS; i++) {
		json_t *results = json_object();

		for (int c = 0; c < CONTROLS; c++) {
			const bool failed = c < 13 && i >> c & 1;
			CLEANUP(free_ptr)
			char *control = xasprintf("control-%02d", c);

			(void)json_object_set_new(
				results, control,
				json_string(failed ? "failed" : "passed"));
			if (failed && c < 4)
				(void)json_array_append_new(
					findings,
					json_pack(
						"{s:o, s:s, s:s, s:s, s:s, "
						"s:o, s:s, s:s}",
						"id",
						json_sprintf("%08x%08x", i, c),
						"control", control, "status",
						"failed", "severity", "high",
						"target", "prod", "address",
						json_sprintf("cluster/c-%05d",
							     i),
						"message", "it is not", "title",
						"It is not"));
		}
		(void)json_array_append_new(
			matrix,
			json_pack("{s:s, s:o, s:o}", "target", "prod",
				  "address", json_sprintf("cluster/c-%05d", i),
				  "results", results));
	}
	return json_pack("{s:s, s:{}, s:o, s:o, s:o}", "severity", "info",
			 "summary", "controls", controls, "matrix", matrix,
			 "findings", findings);
}

static void
test_render_review_html__fleet_without_two_alike(void **state UNUSED)
{
	CLEANUP(json_release) json_t *review = fleet_review();
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(64 * MIB);

	render_review_html(review, &style, &text);
	assert_false(text.overflowed);
	assert_true(text.len < 16 * MIB);
	/* the crosses, all there, and each with a link to its findings */
	assert_int_equal(count(&text, "<td class=\"f\"><a href=\"#"),
			 count(&text, ">failed</a></td>"));
	assert_int_equal(count(&text, "\">passed</td>") +
				 count(&text, "<td class=\"f\">"),
			 CLUSTERS * CONTROLS);
	/* in tables that a browser can lay out one by one */
	assert_int_equal(count(&text, "<div class=\"heat far\""), 20);
	/* all findings are told, those of a control under one heading */
	assert_int_equal(count(&text, "id=\"e-"),
			 json_array_size(json_object_get(review, "findings")));
	assert_int_equal(count(&text, "id=\"k-"), 4);
}

/* Clusters that are alike share a row, which has all their names. */
static void test_render_review_html__fleet_all_alike(void **state UNUSED)
{
	CLEANUP(json_release) json_t *review = fleet_review();
	json_t *matrix = json_object_get(review, "matrix");
	json_t *results = json_object_get(json_array_get(matrix, 1), "results");
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(64 * MIB);
	json_t *row;
	size_t i;

	json_array_foreach(matrix, i, row)
		(void)json_object_set(row, "results", results);
	render_review_html(review, &style, &text);
	assert_non_null(strstr(text.buf, "5000 alike in prod"));
	assert_non_null(strstr(text.buf, "c-04999"));
	assert_int_equal(count(&text, "\">passed</td>"), CONTROLS - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_render_review_html__everything),
		cmocka_unit_test(test_render_review_html__hostile),
		cmocka_unit_test(test_render_review_html__nothing),
		cmocka_unit_test(test_render_review_html__below_the_threshold),
		cmocka_unit_test(test_render_review_html__signed_off),
		cmocka_unit_test(
			test_render_review__any_member_of_another_type),
		cmocka_unit_test(
			test_render_review_html__fleet_without_two_alike),
		cmocka_unit_test(test_render_review_html__fleet_all_alike),
	};

	json_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
