#include "plans/desired_patch.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/limits.h"
#include "core/mem.h"
#include "core/yaml.h"
#include "plans/desired_patch_rules.h"

#define CONTEXT_LINES 3

static void release_list(struct error_list *list)
{
	error_list_release(list);
}

static void free_desired(struct desired **desired)
{
	desired_free(*desired);
}

/* ---- where to add them ------------------------------------------------- */

/* The file as lines; each but perhaps the last ends with its newline. */
struct lines {
	const char **items; /* into the text */
	size_t *lens;
	size_t len, lens_cap, items_cap;
};

static void lines_release(struct lines *lines)
{
	free(lines->items);
	free(lines->lens);
}

static void lines_split(struct lines *lines, const char *text, size_t len)
{
	for (size_t at = 0; at < len;) {
		const char *newline = memchr(text + at, '\n', len - at);
		size_t size =
			newline ? (size_t)(newline - text) - at + 1 : len - at;

		GROW(lines->items, lines->len, lines->items_cap);
		GROW(lines->lens, lines->len, lines->lens_cap);
		lines->items[lines->len] = text + at;
		lines->lens[lines->len++] = size;
		at += size;
	}
}

/* How many blanks the line begins with, where it has something else. */
static bool first_character(const struct lines *lines, size_t line,
			    unsigned *ret_indent, char *ret_c)
{
	const char *text;
	size_t i = 0;

	if (line >= lines->len)
		return false;
	text = lines->items[line];
	while (i < lines->lens[line] && text[i] == ' ')
		i++;
	if (i == lines->lens[line] || text[i] == '\n')
		return false;
	*ret_indent = (unsigned)i;
	*ret_c = text[i];
	return true;
}

/*
 * After which line the rules end, and how far their dashes are indented. False
 * where they are no block list.
 */
static bool find_end(const struct lines *lines, const struct yaml_node *root,
		     size_t *ret_after, unsigned *ret_indent)
{
	const struct yaml_node *rules = yaml_get(root, "rules");
	size_t after = lines->len;
	unsigned indent;
	char c;

	if (!rules || rules->type != YAML_LIST || !rules->len)
		return false;
	if (!first_character(lines, (size_t)rules->items[0]->line - 1,
			     ret_indent, &c) ||
	    c != '-')
		return false;
	for (size_t i = 0; i < root->len; i++) {
		size_t line = (size_t)root->pairs[i].key->line - 1;

		if (root->pairs[i].key->line > rules->items[0]->line &&
		    line < after)
			after = line;
	}
	/* comments and empty lines there belong to what follows */
	while (after &&
	       (!first_character(lines, after - 1, &indent, &c) || c == '#'))
		after--;
	*ret_after = after;
	return true;
}

/* ---- the diff ---------------------------------------------------------- */

static void add_line(struct strbuf *out, char sign, const char *text,
		     size_t len)
{
	strbuf_addc(out, sign);
	strbuf_add(out, text, len);
	if (!len || text[len - 1] != '\n')
		strbuf_adds(out, "\n\\ No newline at end of file\n");
}

/* Added text has whole lines, each with its newline. */
static void add_inserted(struct strbuf *out, const struct strbuf *added)
{
	for (const char *p = added->buf; *p;) {
		size_t len = strcspn(p, "\n") + 1;

		add_line(out, '+', p, len);
		p += len;
	}
}

static size_t count_lines(const struct strbuf *text)
{
	size_t count = 0;

	for (size_t i = 0; i < text->len; i++)
		count += text->buf[i] == '\n';
	return count;
}

static void diff(const char *name, const struct lines *lines, size_t after,
		 const struct strbuf *added, struct strbuf *out)
{
	size_t from = after > CONTEXT_LINES ? after - CONTEXT_LINES : 0;
	size_t to = after + CONTEXT_LINES < lines->len ? after + CONTEXT_LINES
						       : lines->len;
	const char *last = lines->items[after - 1];
	size_t last_len = lines->lens[after - 1];
	bool cut = last[last_len - 1] != '\n'; /* the file ends there */

	strbuf_addf(out, "--- %s\n+++ %s\n@@ -%zu,%zu +%zu,%zu @@\n", name,
		    name, from + 1, to - from, from + 1,
		    to - from + count_lines(added));
	for (size_t i = from; i < after - 1; i++)
		add_line(out, ' ', lines->items[i], lines->lens[i]);
	if (cut) {
		add_line(out, '-', last, last_len);
		strbuf_addc(out, '+');
		strbuf_add(out, last, last_len);
		strbuf_addc(out, '\n');
	} else {
		add_line(out, ' ', last, last_len);
	}
	add_inserted(out, added);
	for (size_t i = after; i < to; i++)
		add_line(out, ' ', lines->items[i], lines->lens[i]);
}

/* Would the file still be valid? */
static bool is_valid_with(const struct desired *desired,
			  const struct lines *lines, size_t after,
			  const struct strbuf *added)
{
	CLEANUP(strbuf_release)
	struct strbuf whole = STRBUF_INIT(LIMIT_DESIRED_FILE);
	CLEANUP(release_list) struct error_list list = { 0 };
	CLEANUP(error_release) struct error err = ERROR_INIT;
	CLEANUP(free_desired) struct desired *patched = NULL;

	for (size_t i = 0; i < after; i++)
		strbuf_add(&whole, lines->items[i], lines->lens[i]);
	if (whole.len && whole.buf[whole.len - 1] != '\n')
		strbuf_addc(&whole, '\n');
	strbuf_add(&whole, added->buf, added->len);
	for (size_t i = after; i < lines->len; i++)
		strbuf_add(&whole, lines->items[i], lines->lens[i]);
	return !whole.overflowed &&
	       !desired_parse(desired->path, whole.buf, whole.len, &patched,
			      &list, &err);
}

void desired_patch(const struct desired *desired, const char *name,
		   const char *text, size_t len, const struct holds *holds,
		   const char *change_id, struct strbuf *out,
		   struct strbuf *ret_why)
{
	CLEANUP(arena_release) struct arena arena = ARENA_INIT;
	CLEANUP(release_list) struct error_list list = { 0 };
	CLEANUP(lines_release) struct lines lines = { 0 };
	CLEANUP(strbuf_release)
	struct strbuf added = STRBUF_INIT(LIMIT_DESIRED_FILE);
	const struct yaml_node *root =
		yaml_parse(&arena, desired->path, text, len, &list);
	unsigned indent = 0;
	size_t after = 0;
	bool found;

	lines_split(&lines, text, len);
	found = root && find_end(&lines, root, &after, &indent);
	desired_patch_rules(desired, holds, change_id, indent, &added, ret_why);
	if (!added.len)
		return;
	if (!found)
		strbuf_addf(ret_why,
			    "the rules of %s are no block list that one can "
			    "be added to; in it they would be:\n%s",
			    name, added.buf);
	else if (!is_valid_with(desired, &lines, after, &added))
		strbuf_addf(ret_why,
			    "%s would not be valid with this behind its "
			    "rules:\n%s",
			    name, added.buf);
	else
		diff(name, &lines, after, &added, out);
}
