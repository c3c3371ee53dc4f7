/*
 * JSON as text. jansson's own dump hands every bracket and blank to a callback
 * and sorts in passes of its own; a plan of a large fleet is megabytes of text,
 * and this is where they come from.
 */
#include "core/json.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"

/* ---- strings ---- */

static bool is_plain(unsigned char c)
{
	return c >= 0x20 && c != '"' && c != '\\';
}

static void add_escaped(struct strbuf *out, unsigned char c)
{
	static const char from[] = "\"\\\b\f\n\r\t";
	static const char to[] = "\"\\bfnrt";
	const char *at = c ? strchr(from, c) : NULL;

	if (at)
		strbuf_addf(out, "\\%c", to[at - from]);
	else
		strbuf_addf(out, "\\u%04X", c);
}

/* Valid UTF-8 between quotes. */
static void add_quoted(struct strbuf *out, const char *text, size_t len)
{
	strbuf_addc(out, '"');
	for (size_t i = 0; i < len; i++) {
		const size_t from = i;

		while (i < len && is_plain((unsigned char)text[i]))
			i++;
		strbuf_add(out, text + from, i - from);
		if (i < len)
			add_escaped(out, (unsigned char)text[i]);
	}
	strbuf_addc(out, '"');
}

void json_add_text(struct strbuf *out, const char *text)
{
	CLEANUP(json_release) json_t *valid = NULL;
	size_t len = 0;

	if (!text) {
		strbuf_adds(out, "null");
		return;
	}
	while (text[len] && (unsigned char)text[len] < 0x80)
		len++;
	if (text[len]) { /* it may not be valid UTF-8 */
		valid = json_from_text(text);
		text = json_string_value(valid);
		len = json_string_length(valid);
	}
	add_quoted(out, text, len);
}

/* ---- values ---- */

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

const char **json_sorted_keys(const json_t *object, size_t *ret_len)
{
	/* the macro takes a non-const object and leaves it as it is */
	json_t *from = (json_t *)(uintptr_t)object;
	const char **keys =
		xcalloc(json_object_size(object) + 1, sizeof(*keys));
	const char *key;
	json_t *value;
	size_t len = 0;

	json_object_foreach(from, key, value)
		keys[len++] = key;
	if (len > 1)
		qsort(keys, len, sizeof(*keys), by_bytes);
	*ret_len = len;
	return keys;
}

json_t *json_keys(const json_t *object)
{
	size_t len;
	CLEANUP(free_ptr) const char **keys = json_sorted_keys(object, &len);
	json_t *names = json_array();

	for (size_t i = 0; i < len; i++)
		(void)json_array_append_new(names, json_string(keys[i]));
	return names;
}

/* How deep the line is indented; or all on one line. */
#define ON_ONE_LINE SIZE_MAX

static size_t deeper(size_t indent)
{
	return indent == ON_ONE_LINE ? indent : indent + 2;
}

static void add_break(struct strbuf *out, size_t indent)
{
	if (indent == ON_ONE_LINE)
		return;
	strbuf_addc(out, '\n');
	strbuf_pad(out, ' ', indent);
}

static void add_value(struct strbuf *out, const json_t *value, size_t indent);

static void add_array(struct strbuf *out, const json_t *array, size_t indent)
{
	json_t *member;
	size_t i;

	strbuf_addc(out, '[');
	json_array_foreach(array, i, member) {
		if (i)
			strbuf_addc(out, ',');
		add_break(out, deeper(indent));
		add_value(out, member, deeper(indent));
	}
	if (json_array_size(array))
		add_break(out, indent);
	strbuf_addc(out, ']');
}

static void add_object(struct strbuf *out, const json_t *object, size_t indent)
{
	size_t len;
	CLEANUP(free_ptr) const char **keys = json_sorted_keys(object, &len);

	strbuf_addc(out, '{');
	for (size_t i = 0; i < len; i++) {
		if (i)
			strbuf_addc(out, ',');
		add_break(out, deeper(indent));
		add_quoted(out, keys[i], strlen(keys[i]));
		strbuf_adds(out, indent == ON_ONE_LINE ? ":" : ": ");
		add_value(out, json_object_get(object, keys[i]),
			  deeper(indent));
	}
	if (len)
		add_break(out, indent);
	strbuf_addc(out, '}');
}

static void add_value(struct strbuf *out, const json_t *value, size_t indent)
{
	switch (json_typeof(value)) {
	case JSON_NULL:
		strbuf_adds(out, "null");
		return;
	case JSON_TRUE:
		strbuf_adds(out, "true");
		return;
	case JSON_FALSE:
		strbuf_adds(out, "false");
		return;
	case JSON_INTEGER:
		strbuf_addf(out, "%" JSON_INTEGER_FORMAT,
			    json_integer_value(value));
		return;
	case JSON_STRING:
		add_quoted(out, json_string_value(value),
			   json_string_length(value));
		return;
	case JSON_ARRAY:
		add_array(out, value, indent);
		return;
	case JSON_OBJECT:
		add_object(out, value, indent);
		return;
	case JSON_REAL:
		break;
	}
	/* reading refuses reals, and no document of ours makes one */
	assert(!json_is_real(value));
}

void json_add_value(struct strbuf *out, const json_t *value, size_t indent)
{
	add_value(out, value, indent);
}

void json_canonical(const json_t *value, struct strbuf *out)
{
	add_value(out, value, 0);
	strbuf_addc(out, '\n');
}

void json_compact(const json_t *value, struct strbuf *out)
{
	add_value(out, value, ON_ONE_LINE);
}
