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
	if (i == lines->lens[line] || text[i] == '\n' || text[i] == '\r')
		return false;
	*ret_indent = (unsigned)i;
	*ret_c = text[i];
	return true;
}

/* Nothing but a comment, if that. */
static bool is_empty(const struct lines *lines, size_t line)
{
	unsigned indent;
	char c;

	return !first_character(lines, line, &indent, &c) || c == '#';
}

/* "...": the document ends here. */
static bool ends_document(const struct lines *lines, size_t line)
{
	return lines->lens[line] >= 3 &&
	       !strncmp(lines->items[line], "...", 3) &&
	       (lines->lens[line] == 3 ||
		strchr(" \t\r\n", lines->items[line][3]));
}

/*
 * How far the dashes are indented: the first item may begin below its dash, and
 * nothing before the line after `rules:` is one.
 */
static bool find_dash(const struct lines *lines, size_t first,
		      const struct yaml_node *item, unsigned *ret_indent)
{
	size_t line = (size_t)item->line - 1;
	char c;

	if (first_character(lines, line, ret_indent, &c) && c == '-')
		return true;
	while (line > first && is_empty(lines, line - 1))
		line--;
	return line > first &&
	       first_character(lines, line - 1, ret_indent, &c) && c == '-';
}

/*
 * Empty lines belong to what follows, and comments that are no deeper than the
 * dashes; a deeper one is the last rule's, or even text of it.
 */
static size_t end_of_item(const struct lines *lines, size_t after,
			  unsigned dash)
{
	unsigned indent;
	char c;

	while (after && is_empty(lines, after - 1) &&
	       (!first_character(lines, after - 1, &indent, &c) ||
		indent <= dash))
		after--;
	return after;
}

static const struct yaml_pair *find_rules(const struct yaml_node *root)
{
	for (size_t i = 0; root->type == YAML_MAP && i < root->len; i++) {
		if (!strcmp(root->pairs[i].key->text, "rules"))
			return &root->pairs[i];
	}
	return NULL;
}

/*
 * After which line the rules end, and how far their dashes are indented. False
 * where they are no block list.
 */
static bool find_end(const struct lines *lines, const struct yaml_node *root,
		     size_t *ret_after, unsigned *ret_indent)
{
	const struct yaml_pair *rules = find_rules(root);
	size_t after = lines->len;
	size_t first;

	if (!rules || rules->value->type != YAML_LIST || !rules->value->len ||
	    !find_dash(lines, (size_t)rules->key->line, rules->value->items[0],
		       ret_indent))
		return false;
	first = (size_t)rules->value->items[0]->line;
	for (size_t i = 0; i < root->len; i++) {
		size_t line = (size_t)root->pairs[i].key->line - 1;

		if (line >= first && line < after)
			after = line;
	}
	for (size_t i = first; i < after; i++) {
		if (ends_document(lines, i))
			after = i;
	}
	*ret_after = end_of_item(lines, after, *ret_indent);
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

/* How lines end in this file: as the first does. */
static const char *line_end(const struct lines *lines)
{
	const size_t len = lines->len ? lines->lens[0] : 0;

	return len > 1 && !memcmp(lines->items[0] + len - 2, "\r\n", 2) ? "\r\n"
									: "\n";
}

static void end_lines(const char *end, struct strbuf *text)
{
	struct strbuf ended = STRBUF_INIT(LIMIT_DESIRED_FILE);

	for (const char *p = text->buf; *p;) {
		size_t len = strcspn(p, "\n");

		strbuf_add(&ended, p, len);
		strbuf_adds(&ended, end);
		p += len + 1;
	}
	strbuf_release(text);
	*text = ended;
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
		strbuf_adds(out, line_end(lines));
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
	CLEANUP(desired_cleanup) struct desired *patched = NULL;

	for (size_t i = 0; i < after; i++)
		strbuf_add(&whole, lines->items[i], lines->lens[i]);
	if (whole.len && whole.buf[whole.len - 1] != '\n')
		strbuf_adds(&whole, line_end(lines));
	strbuf_add(&whole, added->buf, added->len);
	for (size_t i = after; i < lines->len; i++)
		strbuf_add(&whole, lines->items[i], lines->lens[i]);
	return !whole.overflowed &&
	       !desired_parse(desired->path, whole.buf, whole.len, &patched,
			      &list, &err);
}

void desired_patch(const struct desired *desired, const char *name,
		   const char *text, size_t len, const struct holds *holds,
		   const char *change_id, const char *rule_name,
		   struct strbuf *out, struct strbuf *ret_why)
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
	desired_patch_rules(desired, holds, change_id, rule_name, indent,
			    &added, ret_why);
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
	else {
		end_lines(line_end(&lines), &added);
		diff(name, &lines, after, &added, out);
	}
}
