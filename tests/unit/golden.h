/*
 * What is rendered against golden files in tests/data/golden/render/.
 * GOLDEN_REWRITE=1 (make golden) writes them anew; review the diff. Include it
 * after cmocka.h.
 */
#ifndef ABACK_TESTS_UNIT_GOLDEN_H
#define ABACK_TESTS_UNIT_GOLDEN_H

#include <stdlib.h>
#include <string.h>

#include "core/file.h"
#include "core/limits.h"
#include "core/mem.h"
#include "core/strbuf.h"
#include "core/terminal.h"

#define GOLDEN "tests/data/golden/render/"

static inline void check_golden(const char *name, const struct strbuf *text)
{
	CLEANUP(free_ptr) char *path = xasprintf(GOLDEN "%s", name);
	CLEANUP(strbuf_release) struct strbuf want = STRBUF_INIT(MIB);
	CLEANUP(error_release) struct error err = ERROR_INIT;

	if (getenv("GOLDEN_REWRITE")) {
		assert_int_equal(
			file_write(path, text->buf, text->len, 0644, &err), 0);
		return;
	}
	assert_int_equal(file_read(path, MIB, &want, &err), 0);
	assert_string_equal(text->buf, want.buf);
}

/* What the page shows; its head is test_html's business. */
static inline void check_golden_html(const char *name, struct strbuf *text)
{
	const char *start = strstr(text->buf, "<main>");
	CLEANUP(strbuf_release) struct strbuf body = STRBUF_INIT(MIB);

	assert_non_null(start);
	strbuf_adds(&body, start);
	check_golden(name, &body);
}

/* No line of text is wider, but for a single word that cannot be broken. */
static inline void check_width(const struct strbuf *text, size_t width)
{
	CLEANUP(free_ptr) char *copy = xstrdup(text->buf);
	char *rest = copy;
	char *line;

	while ((line = strsep(&rest, "\n"))) {
		const char *word = line + strspn(line, " ");

		if (strchr(word, ' '))
			assert_true(terminal_columns(line) <= width);
	}
}

#endif
