/*
 * What was sent and what CloudTrail shows of it. The query services take flat
 * names ("VpcSecurityGroupIds.VpcSecurityGroupId.1"), CloudTrail shows nested
 * members with a small first letter and typed values, EC2's lists in "items".
 * Both are laid out as path → text, in small letters and with lists numbered
 * from 1, without the names that only wrap a list or its members.
 */
#include <ctype.h>
#include <string.h>

#include "core/limits.h"
#include "core/mem.h"
#include "plans/verify_parts.h"

#define PATH_MAX_BYTES (4 * KIB)

/* Names that CloudTrail gives something else. */
static const struct {
	const char *ours, *theirs;
} aliases[] = {
	{ "useridgrouppairs", "groups" },
};

static bool is_number(const char *text, size_t len)
{
	return len > 0 && strspn(text, "0123456789") >= len;
}

/* Another part of a path. */
static void add_part(struct strbuf *path, const char *part, size_t len)
{
	if (path->len)
		strbuf_addc(path, '.');
	for (size_t i = 0; i < ARRAY_SIZE(aliases); i++) {
		if (len == strlen(aliases[i].ours) &&
		    !strncasecmp(aliases[i].ours, part, len)) {
			strbuf_adds(path, aliases[i].theirs);
			return;
		}
	}
	for (size_t i = 0; i < len; i++)
		strbuf_addc(path, (char)tolower((unsigned char)part[i]));
}

/* ---- what was sent ------------------------------------------------------ */

/*
 * "Tags.Tag.1.Key" → "tags.1.key": a name between that of its list and a number
 * is that of the list's members.
 */
static void flat_path(const char *name, struct strbuf *path)
{
	bool after_name = false;

	for (const char *part = name; *part;) {
		const size_t len = strcspn(part, ".");
		const char *next = part[len] ? part + len + 1 : "";
		const bool wraps = after_name && !is_number(part, len) &&
				   is_number(next, strcspn(next, "."));

		if (!wraps)
			add_part(path, part, len);
		after_name = !is_number(part, len);
		part = next;
	}
}

static void lay_out(json_t *leaves, struct strbuf *path, const json_t *value);

static void lay_out_sent(json_t *leaves, const json_t *sent)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)sent, name, value) {
		CLEANUP(strbuf_release)
		struct strbuf path = STRBUF_INIT(PATH_MAX_BYTES);

		flat_path(name, &path);
		lay_out(leaves, &path, value);
	}
}

/* ---- what is shown ------------------------------------------------------ */

static void add_leaf(json_t *leaves, const struct strbuf *path,
		     const json_t *value)
{
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT(LIMIT_ELEMENT_TEXT);

	if (json_is_string(value))
		strbuf_adds(&text, json_string_value(value));
	else
		json_compact(value, &text);
	(void)json_object_set_new(leaves, path->buf, json_from_text(text.buf));
}

static void lay_out_part(json_t *leaves, const struct strbuf *path,
			 const char *part, const json_t *value)
{
	CLEANUP(strbuf_release)
	struct strbuf longer = STRBUF_INIT(PATH_MAX_BYTES);

	strbuf_adds(&longer, path->buf);
	add_part(&longer, part, strlen(part));
	lay_out(leaves, &longer, value);
}

static void lay_out(json_t *leaves, struct strbuf *path, const json_t *value)
{
	const json_t *items = json_object_get(value, "items");
	const char *key;
	json_t *item;
	size_t i;

	if (json_is_array(items) && json_object_size(value) == 1)
		value = items;
	if (json_is_object(value)) {
		json_object_foreach((json_t *)(uintptr_t)value, key, item)
			lay_out_part(leaves, path, key, item);
	} else if (json_is_array(value)) {
		json_array_foreach(value, i, item) {
			CLEANUP(free_ptr) char *at = xasprintf("%zu", i + 1);

			lay_out_part(leaves, path, at, item);
		}
	} else if (value && !json_is_null(value)) {
		add_leaf(leaves, path, value);
	}
}

/* ---- comparing ---------------------------------------------------------- */

/* CloudTrail does not show secrets. */
static bool is_hidden(const char *text)
{
	return !strcmp(text, "****") ||
	       !strcmp(text, "HIDDEN_DUE_TO_SECURITY_REASONS");
}

/* Documents that mean the same JSON are the same. */
static bool is_same(const char *a, const char *b)
{
	CLEANUP(json_release) json_t *x = NULL;
	CLEANUP(json_release) json_t *y = NULL;

	if (!strcmp(a, b))
		return true;
	if (*a != '{' || *b != '{')
		return false;
	x = json_loads(a, 0, NULL);
	y = json_loads(b, 0, NULL);
	return x && y && json_equal(x, y);
}

static void add_line(json_t *lines, const char *path, const char *sent,
		     const char *shown)
{
	CLEANUP(free_ptr)
	char *line =
		!shown  ? xasprintf("'%s' was sent and is not shown", path)
		: !sent ? xasprintf("'%s' is shown and was not sent", path)
			: xasprintf("'%s' is shown with another value", path);

	(void)json_array_append_new(lines, json_from_text(line));
}

/* AWS's own clients fill in flags that nobody set. */
static bool is_filled_in(const char *shown)
{
	return !strcmp(shown, "false") || !*shown;
}

json_t *verify_parameters_differ(const json_t *sent, const json_t *shown)
{
	CLEANUP(json_release) json_t *ours = json_object();
	CLEANUP(json_release) json_t *theirs = json_object();
	CLEANUP(strbuf_release)
	struct strbuf path = STRBUF_INIT(PATH_MAX_BYTES);
	json_t *lines = json_array();
	CLEANUP(free_ptr) const char **keys = NULL;
	size_t len;

	if (json_is_true(json_object_get(shown, "omitted"))) {
		(void)json_array_append_new(
			lines, json_string("they are too long to be shown"));
		return lines;
	}
	lay_out_sent(ours, sent);
	lay_out(theirs, &path, shown);
	keys = json_sorted_keys(ours, &len);
	for (size_t i = 0; i < len; i++) {
		const char *want = json_text(ours, keys[i]);
		const char *have = json_text(theirs, keys[i]);

		if (!have || (!is_hidden(have) && !is_same(want, have)))
			add_line(lines, keys[i], want, have);
		(void)json_object_del(theirs, keys[i]);
	}
	free(keys);
	keys = json_sorted_keys(theirs, &len);
	for (size_t i = 0; i < len; i++) {
		if (!is_filled_in(json_text(theirs, keys[i])))
			add_line(lines, keys[i], NULL,
				 json_text(theirs, keys[i]));
	}
	return lines;
}
