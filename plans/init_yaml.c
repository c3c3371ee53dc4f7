#include "plans/init_yaml.h"

#include <string.h>

#include "core/limits.h"

/* A list of so many bytes stands on one line. */
#define LIST_ON_A_LINE 60

/* A word that no YAML version takes for anything but itself. */
static bool is_plain(const char *text)
{
	static const char *const words[] = { "true", "false", "null",
					     "yes",  "no",    "on",
					     "off",  "y",     "n" };
	static const char valid[] = "abcdefghijklmnopqrstuvwxyz0123456789-";

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (!strcmp(text, words[i]))
			return false;
	}
	return *text >= 'a' && *text <= 'z' &&
	       strspn(text, valid) == strlen(text);
}

void init_add_value(struct strbuf *out, const json_t *value)
{
	json_t *member;
	size_t i;

	if (json_is_string(value) && is_plain(json_string_value(value))) {
		strbuf_adds(out, json_string_value(value));
		return;
	}
	if (!json_is_array(value)) {
		json_compact(value, out);
		return;
	}
	strbuf_addc(out, '[');
	json_array_foreach(value, i, member) {
		strbuf_adds(out, i ? ", " : "");
		init_add_value(out, member);
	}
	strbuf_addc(out, ']');
}

void init_add_text(struct strbuf *out, const char *text)
{
	CLEANUP(json_release) json_t *value = json_from_text(text);

	init_add_value(out, value);
}

void init_add_after_key(struct strbuf *out, const json_t *value)
{
	CLEANUP(strbuf_release)
	struct strbuf line = STRBUF_INIT(LIMIT_RENDERED);
	json_t *member;
	size_t i;

	init_add_value(&line, value);
	if (json_array_size(value) < 2 || line.len <= LIST_ON_A_LINE) {
		strbuf_addf(out, " %s\n", line.buf);
		return;
	}
	strbuf_addc(out, '\n');
	json_array_foreach(value, i, member) {
		strbuf_adds(out, "        - ");
		init_add_value(out, member);
		strbuf_addc(out, '\n');
	}
}
