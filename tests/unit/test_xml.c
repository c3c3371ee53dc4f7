#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "core/limits.h"
#include "core/strbuf.h"
#include "core/xml.h"

/* What the handler heard: "<id" when it opened, "id>text;" when it closed. */
struct heard {
	struct strbuf log;
};

static void on_open(void *ctx, int id)
{
	struct heard *heard = ctx;

	strbuf_addf(&heard->log, "<%d ", id);
}

static void on_close(void *ctx, int id, const char *text, size_t len)
{
	struct heard *heard = ctx;

	assert_int_equal(strlen(text), len);
	strbuf_addf(&heard->log, "%d>%s;", id, text);
}

static const struct xml_handler handler = { .open = on_open,
					    .close = on_close };

static void heard_release(struct heard *heard)
{
	strbuf_release(&heard->log);
}

DEFINE_CLEANUP(paths_free, struct xml_paths *, xml_paths_free)
DEFINE_CLEANUP(parser_free, struct xml_parser *, xml_parser_free)

/* Parse in pieces of step bytes. */
static int parse(const struct xml_paths *paths, const char *document,
		 size_t step, struct heard *heard, struct error *err)
{
	CLEANUP(parser_free)
	struct xml_parser *parser = xml_parser_new(paths, &handler, heard);
	size_t len = strlen(document);

	for (size_t at = 0; at < len; at += step) {
		size_t piece = len - at < step ? len - at : step;

		if (xml_parse(parser, document + at, piece, false, err))
			return -1;
	}
	return xml_parse(parser, "", 0, true, err);
}

static void check(const struct xml_paths *paths, const char *document,
		  const char *expected)
{
	for (size_t step = 1; step < strlen(document) * 2;
	     step = step * 2 + 1) {
		CLEANUP(error_release) struct error err = ERROR_INIT;
		CLEANUP(heard_release)
		struct heard heard = { STRBUF_INIT(MIB) };

		assert_int_equal(parse(paths, document, step, &heard, &err), 0);
		assert_string_equal(heard.log.buf, expected);
	}
}

static void test_xml_parse__wanted_paths_of_a_query_answer(void **state)
{
	CLEANUP(paths_free) struct xml_paths *paths = xml_paths_new();

	(void)state;
	xml_paths_add(paths, "*/*/DBClusters/DBCluster", 1);
	xml_paths_add(paths, "*/*/DBClusters/DBCluster/Status", 2);
	xml_paths_add(paths, "*/*/DBClusters/DBCluster/Logs/member", 3);
	xml_paths_add(paths, "*/*/Marker", 4);
	check(paths,
	      "<?xml version='1.0'?>\n<R xmlns='http://x/'><S>\n <DBClusters>"
	      "<DBCluster><Status>available</Status><Other><Status>no</Status>"
	      "</Other><Logs><member>a</member><member/></Logs></DBCluster>"
	      "<DBCluster><Status></Status></DBCluster><Status>no</Status>"
	      "</DBClusters><Marker>m&amp;&#x41;</Marker></S></R>",
	      "<1 <2 2>available;<3 3>a;<3 3>;1>;<1 <2 2>;1>;<4 4>m&A;");
}

static void test_xml_parse__prefixes_are_ignored(void **state)
{
	CLEANUP(paths_free) struct xml_paths *paths = xml_paths_new();

	(void)state;
	xml_paths_add(paths, "a/b", 1);
	check(paths, "<n:a xmlns:n='u'><n:b>x</n:b><b>y</b></n:a>",
	      "<1 1>x;<1 1>y;");
}

static void test_xml_parse__named_and_any_child_both_match(void **state)
{
	CLEANUP(paths_free) struct xml_paths *paths = xml_paths_new();

	(void)state;
	xml_paths_add(paths, "*/*/Id", 1);
	xml_paths_add(paths, "*/Meta/Id", 2);
	xml_paths_add(paths, "*/Meta", 3);
	check(paths, "<r><Meta><Id>x</Id></Meta><M><Id>y</Id></M></r>",
	      "<3 <2 <1 2>x;1>x;3>;<1 1>y;");
}

static void test_xml_parse__text_around_children_is_one(void **state)
{
	CLEANUP(paths_free) struct xml_paths *paths = xml_paths_new();

	(void)state;
	xml_paths_add(paths, "r/a", 1);
	check(paths, "<r>no<a> x <b>no</b> y<!-- no --><![CDATA[<z>]]></a></r>",
	      "<1 1> x  y<z>;");
}

static void test_xml_parse__leaf_within_a_leaf(void **state)
{
	CLEANUP(paths_free) struct xml_paths *paths = xml_paths_new();

	(void)state;
	xml_paths_add(paths, "r/a", 1);
	xml_paths_add(paths, "*/*/b", 2);
	check(paths, "<r><a>x<b>in</b>y</a></r>", "<1 <2 2>in;1>xy;");
}

static void test_xml_parser_also__both_sets_are_looked_for(void **state)
{
	CLEANUP(paths_free) struct xml_paths *one = xml_paths_new();
	CLEANUP(paths_free) struct xml_paths *two = xml_paths_new();
	CLEANUP(error_release) struct error err = ERROR_INIT;
	CLEANUP(heard_release) struct heard heard = { STRBUF_INIT(MIB) };
	const char *document = "<r><a>x</a><b>y</b></r>";

	(void)state;
	xml_paths_add(one, "r/a", 1);
	xml_paths_add(two, "*/b", -1);
	CLEANUP(parser_free)
	struct xml_parser *parser = xml_parser_new(one, &handler, &heard);
	xml_parser_also(parser, two);
	assert_string_equal(xml_parser_root(parser), "");
	assert_int_equal(
		xml_parse(parser, document, strlen(document), true, &err), 0);
	assert_string_equal(heard.log.buf, "<1 1>x;<-1 -1>y;");
	assert_string_equal(xml_parser_root(parser), "r");
}

static void test_xml_parse__many_paths_of_one_element(void **state)
{
	CLEANUP(paths_free) struct xml_paths *paths = xml_paths_new();
	CLEANUP(strbuf_release) struct strbuf document = STRBUF_INIT(MIB);
	CLEANUP(strbuf_release) struct strbuf expected = STRBUF_INIT(MIB);

	(void)state;
	strbuf_adds(&document, "<r>");
	for (int i = 0; i < 200; i++) {
		char path[32];

		(void)snprintf(path, sizeof(path), "r/Name%d", i);
		xml_paths_add(paths, path, i);
		strbuf_addf(&document, "<Name%d>%d</Name%d><Nam%d/>", i, i, i,
			    i);
		strbuf_addf(&expected, "<%d %d>%d;", i, i, i);
	}
	strbuf_adds(&document, "</r>");
	check(paths, document.buf, expected.buf);
}

/* The error that the document gives, however it is cut into pieces. */
static void refused(const char *document, const char *expected)
{
	for (size_t step = 1; step <= strlen(document) + 1;
	     step = step * 7 + 1) {
		CLEANUP(paths_free) struct xml_paths *paths = xml_paths_new();
		CLEANUP(error_release) struct error err = ERROR_INIT;
		CLEANUP(heard_release)
		struct heard heard = { STRBUF_INIT(8 * MIB) };

		xml_paths_add(paths, "r/a", 1);
		assert_int_equal(parse(paths, document, step, &heard, &err),
				 -1);
		assert_int_equal(err.code, ERR_FORMAT);
		if (!strstr(err.chain[0], expected))
			fail_msg("'%s' does not say '%s'", err.chain[0],
				 expected);
	}
}

static void test_xml_parse__malformed_and_cut_off(void **state)
{
	(void)state;
	refused("", "it is empty");
	refused("<r><a>x", "it is cut off");
	refused("<r><a>x</a>", "it is cut off");
	refused("<r", "it is cut off");
	refused("<r><a>x</b></r>", "line 1, column 10: mismatched tag");
	refused("<r>\n<a>&nbsp;</a></r>", "line 2, column 4: undefined entity");
	refused("{\"a\": 1}", "not well-formed");
	refused("<r/><r/>", "junk after document element");
	refused("<r>\xff\xfe</r>", "not well-formed");
}

static void test_xml_parse__document_types_are_refused(void **state)
{
	(void)state;
	refused("<!DOCTYPE r [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;'>]>"
		"<r><a>&b;</a></r>",
		"it has a document type");
	refused("<!DOCTYPE r SYSTEM 'file:///etc/passwd'><r/>",
		"it has a document type");
}

static void test_xml_parse__too_deep(void **state)
{
	CLEANUP(strbuf_release) struct strbuf document = STRBUF_INIT(MIB);

	(void)state;
	strbuf_adds(&document, "<r>");
	for (int i = 0; i < LIMIT_XML_DEPTH; i++)
		strbuf_adds(&document, "<b>");
	refused(document.buf, "elements are nested too deep");
}

static void test_xml_parse__too_much_text(void **state)
{
	CLEANUP(paths_free) struct xml_paths *paths = xml_paths_new();
	CLEANUP(error_release) struct error err = ERROR_INIT;
	CLEANUP(heard_release) struct heard heard = { STRBUF_INIT(MIB) };
	CLEANUP(strbuf_release) struct strbuf document = STRBUF_INIT(8 * MIB);

	(void)state;
	xml_paths_add(paths, "r/a", 1);
	strbuf_adds(&document, "<r><b>");
	strbuf_pad(&document, 'x', 2 * LIMIT_ELEMENT_TEXT);
	strbuf_adds(&document, "</b><a>");
	strbuf_pad(&document, 'x', LIMIT_ELEMENT_TEXT + 1);
	strbuf_adds(&document, "</a></r>");
	assert_int_equal(parse(paths, document.buf, 10000, &heard, &err), -1);
	assert_non_null(strstr(err.chain[0], "text is too long"));
}

static void test_xml_parse__endless_tag(void **state)
{
	CLEANUP(paths_free) struct xml_paths *paths = xml_paths_new();
	CLEANUP(error_release) struct error err = ERROR_INIT;
	CLEANUP(heard_release) struct heard heard = { STRBUF_INIT(MIB) };
	CLEANUP(strbuf_release) struct strbuf document = STRBUF_INIT(8 * MIB);

	(void)state;
	xml_paths_add(paths, "r/a", 1);
	strbuf_adds(&document, "<r><!--");
	strbuf_pad(&document, 'x', 2 * LIMIT_XML_TOKEN);
	assert_int_equal(parse(paths, document.buf, 100000, &heard, &err), -1);
	assert_non_null(strstr(err.chain[0], "a tag or comment is too long"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			test_xml_parse__wanted_paths_of_a_query_answer),
		cmocka_unit_test(test_xml_parse__prefixes_are_ignored),
		cmocka_unit_test(
			test_xml_parse__named_and_any_child_both_match),
		cmocka_unit_test(test_xml_parse__text_around_children_is_one),
		cmocka_unit_test(test_xml_parse__leaf_within_a_leaf),
		cmocka_unit_test(
			test_xml_parser_also__both_sets_are_looked_for),
		cmocka_unit_test(test_xml_parse__many_paths_of_one_element),
		cmocka_unit_test(test_xml_parse__malformed_and_cut_off),
		cmocka_unit_test(test_xml_parse__document_types_are_refused),
		cmocka_unit_test(test_xml_parse__too_deep),
		cmocka_unit_test(test_xml_parse__too_much_text),
		cmocka_unit_test(test_xml_parse__endless_tag),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
