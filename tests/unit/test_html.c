/* The writer of pages: nothing that comes from outside acts on a browser. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "core/crypto.h"
#include "core/limits.h"
#include "plans/html.h"

static void check_text(const char *text, const char *want)
{
	CLEANUP(strbuf_release) struct strbuf out = STRBUF_INIT(MIB);

	html_text(&out, text);
	assert_string_equal(out.buf, want);
}

static void test_html_text__markup_is_text(void **state)
{
	(void)state;
	check_text("<script>alert('x')</script>",
		   "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;");
	check_text("\" onload=\"a&amp;b", "&quot; onload=&quot;a&amp;amp;b");
	check_text("<!-- ]]> --", "&lt;!-- ]]&gt; --");
	check_text("", "");
	check_text("plain-0.9_ö→", "plain-0.9_ö→");
}

static void test_html_text__what_acts_is_spelled_out(void **state)
{
	(void)state;
	check_text("a\x1b[31m\nb\tc", "a\\x1b[31m\\nb\\x09c");
	check_text("\xe2\x80\xae"
		   "evil\xe2\x81\xa6",
		   "\\u202eevil\\u2066");
	check_text("\xef\xbb\xbf\xc2\x85", "\\ufeff\\u0085");
	check_text("\xff\xc3(\xed\xa0\x80", "\\xff\\xc3(\\xed\\xa0\\x80");
}

static void test_html_attribute__cannot_be_left(void **state)
{
	CLEANUP(strbuf_release) struct strbuf out = STRBUF_INIT(MIB);

	(void)state;
	html_attribute(&out, "id", "a\" autofocus onfocus='x' b=\"<&");
	assert_string_equal(out.buf, " id=\"a&quot; autofocus onfocus=&#39;x"
				     "&#39; b=&quot;&lt;&amp;\"");
}

static void test_html_code__keeps_its_direction(void **state)
{
	CLEANUP(strbuf_release) struct strbuf out = STRBUF_INIT(MIB);

	(void)state;
	html_codef(&out, "%s/%s", "cluster", "שלום");
	assert_string_equal(out.buf, "<code>cluster/שלום</code>");
}

/* The style sheet is the only thing that a page may use. */
static void test_html_begin__only_its_own_style(void **state)
{
	CLEANUP(strbuf_release) struct strbuf out = STRBUF_INIT(MIB);
	unsigned char digest[SHA256_BYTES];
	char text[SHA256_BYTES * 2];
	const char *style, *end;

	(void)state;
	html_begin(&out, "</title><script>");
	html_end(&out);
	assert_non_null(strstr(out.buf, "&lt;/title&gt;&lt;script&gt;"));
	style = strstr(out.buf, "<style>");
	end = strstr(out.buf, "</style>");
	assert_true(style && end && style < end);
	style += strlen("<style>");
	sha256(style, (size_t)(end - style), digest);
	base64_encode(digest, sizeof(digest), text);
	assert_non_null(strstr(out.buf, "default-src 'none'; style-src "));
	assert_non_null(strstr(out.buf, text));
	assert_null(strstr(out.buf, "unsafe"));
	assert_null(strstr(out.buf, "http:"));
	assert_null(strstr(out.buf, "https:"));
	assert_null(strstr(out.buf, "url("));
}

static void test_html_table__heads_and_cells(void **state)
{
	static const char *const columns[] = { "a<", "b", NULL };
	CLEANUP(strbuf_release) struct strbuf out = STRBUF_INIT(MIB);
	struct html_table table;

	(void)state;
	html_table_begin(&table, &out, "x & \"y\"", columns);
	html_row(&table);
	html_cell_text(&table, "<1>");
	html_cell_code(&table, NULL);
	html_row_end(&table);
	html_table_end(&table);
	assert_string_equal(
		out.buf, "<div class=\"wide\" role=\"region\" tabindex=\"0\" "
			 "aria-label=\"x &amp; &quot;y&quot;\"><table>\n"
			 "<caption>x &amp; &quot;y&quot;</caption>\n"
			 "<thead><tr><th scope=\"col\">a&lt;</th>"
			 "<th scope=\"col\">b</th></tr></thead>\n<tbody>\n"
			 "<tr><th scope=\"row\">&lt;1&gt;</th><td "
			 "data-label=\"b\"></td></tr>\n"
			 "</tbody>\n</table></div>\n");
}

/* A tone has a sign beside its colour. */
static void test_html_badge__is_not_colour_alone(void **state)
{
	CLEANUP(strbuf_release) struct strbuf out = STRBUF_INIT(MIB);

	(void)state;
	html_badge(&out, html_tone_of("failed"), "failed");
	assert_string_equal(out.buf,
			    "<span class=\"badge bad\">✗ failed</span>");
	assert_int_equal(html_tone_of("done"), HTML_GOOD);
	assert_int_equal(html_tone_of("waiting"), HTML_WARN);
	assert_int_equal(html_tone_of(""), HTML_PLAIN);
}

/* A page that would be too large is seen to be, not cut. */
static void test_html__too_large_overflows(void **state)
{
	CLEANUP(strbuf_release) struct strbuf out = STRBUF_INIT(16 * KIB);

	(void)state;
	html_begin(&out, "x");
	for (int i = 0; i < 4096; i++)
		html_code(&out, "<>&\"'");
	html_end(&out);
	assert_true(out.overflowed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_html_text__markup_is_text),
		cmocka_unit_test(test_html_text__what_acts_is_spelled_out),
		cmocka_unit_test(test_html_attribute__cannot_be_left),
		cmocka_unit_test(test_html_code__keeps_its_direction),
		cmocka_unit_test(test_html_begin__only_its_own_style),
		cmocka_unit_test(test_html_table__heads_and_cells),
		cmocka_unit_test(test_html_badge__is_not_colour_alone),
		cmocka_unit_test(test_html__too_large_overflows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
