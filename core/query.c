#include "core/query.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/compiler.h"
#include "core/mem.h"

static bool is_unreserved(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' ||
	       c == '~';
}

void query_encode(const char *text, size_t len, const char *keep,
		  struct strbuf *out)
{
	static const char digit[] = "0123456789ABCDEF";

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if (is_unreserved(text[i]) || (c && strchr(keep, c))) {
			strbuf_addc(out, text[i]);
		} else {
			strbuf_addc(out, '%');
			strbuf_addc(out, digit[c >> 4]);
			strbuf_addc(out, digit[c & 15]);
		}
	}
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void add_pair(const char *name, const char *value, size_t value_len,
		     struct strbuf *out)
{
	strbuf_addc(out, '&');
	query_encode(name, strlen(name), "", out);
	strbuf_addc(out, '=');
	query_encode(value, value_len, "", out);
}

void query_form(const char *action, const char *version,
		const json_t *parameters, struct strbuf *out)
{
	size_t len = json_object_size(parameters), i = 0;
	CLEANUP(free_ptr) const char **names = xcalloc(len, sizeof(*names));
	const char *name;
	json_t *value;

	strbuf_adds(out, "Action=");
	query_encode(action, strlen(action), "", out);
	add_pair("Version", version, strlen(version), out);
	json_object_foreach((json_t *)parameters, name, value)
		names[i++] = name;
	if (len)
		qsort(names, len, sizeof(*names), by_name);
	for (i = 0; i < len; i++) {
		value = json_object_get(parameters, names[i]);
		assert(json_is_string(value));
		add_pair(names[i], json_string_value(value),
			 json_string_length(value), out);
	}
}
