/*
 * A review in each of its formats, against golden files. The document,
 * tests/data/review/full.json, has a bit of everything: what is hostile, what
 * was waived, what nobody could read, what others did.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "plans/review.h"
#include "tests/unit/golden.h"

typedef void (*render_fn)(const json_t *review,
			  const struct render_style *style, struct strbuf *out);

static json_t *load(void)
{
	json_t *review = json_load_file("tests/data/review/full.json", 0, NULL);

	assert_non_null(review);
	return review;
}

static void render(const json_t *review, render_fn fn, struct strbuf *out)
{
	const struct render_style style = { .width = 80 };

	fn(review, &style, out);
	assert_false(out->overflowed);
}

static void check(const char *golden, render_fn fn)
{
	CLEANUP(json_release) json_t *review = load();
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(MIB);

	render(review, fn, &text);
	check_golden(golden, &text);
}

static void test_render_review_text__everything(void **state UNUSED)
{
	CLEANUP(json_release) json_t *review = load();
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(MIB);

	check("review-full.txt", render_review_text);
	render(review, render_review_text, &text);
	check_width(&text, 80);
}

static void test_render_review_markdown__everything(void **state UNUSED)
{
	check("review-full.md", render_review_markdown);
}

static void test_render_review_sarif__everything(void **state UNUSED)
{
	check("review-full.sarif", render_review_sarif);
}

static void test_render_review_ocsf__everything(void **state UNUSED)
{
	check("review-full.ocsf.json", render_review_ocsf);
}

static void test_render_review_csv__everything(void **state UNUSED)
{
	check("review-full.csv", render_review_csv);
}

/* Nothing of another person's text takes effect. */
static void test_render_review_markdown__hostile(void **state UNUSED)
{
	CLEANUP(json_release) json_t *review = load();
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(MIB);

	render(review, render_review_markdown, &text);
	assert_null(strstr(text.buf, "<script"));
	assert_null(strstr(text.buf, "<img"));
	assert_null(strstr(text.buf, "<eve>"));
	assert_null(strstr(text.buf, " @everyone"));
}

static void test_render_review_csv__formulas(void **state UNUSED)
{
	CLEANUP(json_release) json_t *review = load();
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(MIB);

	render(review, render_review_csv, &text);
	assert_null(strstr(text.buf, ",\"=HYPERLINK"));
	assert_non_null(strstr(text.buf, ",\"'=HYPERLINK(\"\"http:"));
}

/* Copies of the first finding, until there are as many. */
static void multiply(json_t *review, size_t count)
{
	json_t *findings = json_object_get(review, "findings");

	while (json_array_size(findings) < count)
		json_array_append_new(findings,
				      json_copy(json_array_get(findings, 0)));
}

static void test_render_review_markdown__too_long(void **state UNUSED)
{
	CLEANUP(json_release) json_t *review = load();
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(8 * MIB);

	multiply(review, 2000);
	render(review, render_review_markdown, &text);
	assert_in_range(text.len, 1, 65536);
	assert_non_null(strstr(text.buf, "lists are cut after 20 entries"));
	assert_non_null(strstr(text.buf, "findings more"));
}

/* What is below the threshold is in no list of what failed. */
static void test_render_review__threshold(void **state UNUSED)
{
	static const render_fn all[] = { render_review_sarif,
					 render_review_ocsf,
					 render_review_csv };
	CLEANUP(json_release) json_t *review = load();

	json_object_set_new(review, "severity", json_string("critical"));
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(MIB);

		render(review, all[i], &text);
		assert_non_null(strstr(text.buf, "instance-not-public"));
		assert_null(strstr(text.buf, "cluster-deletion-protection"));
	}
}

/* Without an aback.yaml there is no file to point at. */
static void test_render_review_sarif__no_file(void **state UNUSED)
{
	CLEANUP(json_release) json_t *review = load();
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(MIB);

	json_object_set_new(review, "desired", json_null());
	render(review, render_review_sarif, &text);
	assert_null(strstr(text.buf, "physicalLocation"));
	assert_non_null(strstr(text.buf, "logicalLocations"));
}

static void test_render_review_sarif__paths(void **state UNUSED)
{
	CLEANUP(json_release) json_t *review = load();
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(MIB);
	json_t *desired = json_object_get(review, "desired");

	json_object_set_new(desired, "path", json_string("./db/my file.yaml"));
	render(review, render_review_sarif, &text);
	assert_non_null(strstr(text.buf, "\"uri\": \"db/my%20file.yaml\""));
	strbuf_clear(&text);
	json_object_set_new(desired, "path", json_string("/srv/aback.yaml"));
	render(review, render_review_sarif, &text);
	assert_non_null(
		strstr(text.buf, "\"uri\": \"file:///srv/aback.yaml\""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_render_review_text__everything),
		cmocka_unit_test(test_render_review_markdown__everything),
		cmocka_unit_test(test_render_review_sarif__everything),
		cmocka_unit_test(test_render_review_ocsf__everything),
		cmocka_unit_test(test_render_review_csv__everything),
		cmocka_unit_test(test_render_review_markdown__hostile),
		cmocka_unit_test(test_render_review_markdown__too_long),
		cmocka_unit_test(test_render_review_csv__formulas),
		cmocka_unit_test(test_render_review__threshold),
		cmocka_unit_test(test_render_review_sarif__no_file),
		cmocka_unit_test(test_render_review_sarif__paths),
	};

	json_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
