#include "plans/value.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/mem.h"
#include "plans/document.h"
#include "plans/sg_rule.h"
#include "plans/value_internal.h"

/* A copy without the blanks at both ends, lower case where asked. */
static char *trimmed(const char *text, bool lower)
{
	const char *end;
	char *copy;

	while (isspace((unsigned char)*text))
		text++;
	end = text + strlen(text);
	while (end > text && isspace((unsigned char)end[-1]))
		end--;
	copy = xstrndup(text, (size_t)(end - text));
	for (char *c = copy; lower && *c; c++)
		*c = (char)tolower((unsigned char)*c);
	return copy;
}

static bool lower_type(enum value_type type)
{
	return type == TYPE_LOWER_STRING || type == TYPE_DAILY_WINDOW ||
	       type == TYPE_WEEKLY_WINDOW;
}

const char *value_choice(const struct setting *setting, const char *text)
{
	for (size_t i = 0; i < SETTING_CHOICES_MAX; i++) {
		const char *choice = setting->choices[i];

		if (choice && strcasecmp(choice, text) == 0)
			return choice;
	}
	return NULL;
}

bool value_number(const char *text, json_int_t *ret_number)
{
	char *end;
	long long number;

	errno = 0;
	number = strtoll(text, &end, 10);
	if (errno || end == text || *end || isspace((unsigned char)*text))
		return false;
	*ret_number = number;
	return true;
}

static json_t *absent_value(const struct setting *setting)
{
	json_t *value = setting->absent ? json_loads(setting->absent,
						     JSON_DECODE_ANY, NULL)
					: json_null();

	assert(value); /* a row's literal; tests parse each */
	return value;
}

json_t *value_scalar(const struct setting *setting, const char *text)
{
	CLEANUP(free_ptr)
	char *trim = setting->type == TYPE_TEXT
			     ? xstrdup(text)
			     : trimmed(text, lower_type(setting->type));
	const char *choice = value_choice(setting, trim);
	json_int_t number;

	if (!*trim)
		return absent_value(setting);
	if (setting->type == TYPE_BOOL && strcasecmp(trim, "true") == 0)
		return json_true();
	if (setting->type == TYPE_BOOL && strcasecmp(trim, "false") == 0)
		return json_false();
	if (setting->type == TYPE_INT && value_number(trim, &number))
		return json_integer(number);
	if (setting->word && strcasecmp(trim, setting->word) == 0)
		return json_string(setting->word);
	return json_from_text(choice ? choice : trim);
}

json_t *value_member(const struct setting *setting, const char *text)
{
	CLEANUP(free_ptr) char *trim = trimmed(text, false);
	const char *choice = value_choice(setting, trim);

	return json_from_text(choice ? choice : trim);
}

static json_t *set_from_wire(const struct setting *setting,
			     const char *const *texts, size_t len)
{
	CLEANUP(json_release) json_t *members = json_array();

	for (size_t i = 0; i < len; i++) {
		json_t *member = value_member(setting, texts[i]);

		if (json_string_length(member))
			json_array_append(members, member);
		json_decref(member);
	}
	if (!json_array_size(members))
		return absent_value(setting);
	return json_sorted_set(members);
}

json_t *value_from_wire(const struct setting *setting, const char *const *texts,
			size_t len)
{
	if (setting->type == TYPE_STRING_SET)
		return set_from_wire(setting, texts, len);
	if (!len)
		return absent_value(setting);
	assert(!setting_is_map(setting)); /* has names as well */
	if (setting->type == TYPE_DOCUMENT)
		return document_from_text(texts[0]);
	return value_scalar(setting, texts[0]);
}

bool value_is_word(const struct setting *setting, const json_t *value)
{
	return setting->word && json_is_string(value) &&
	       strcasecmp(json_string_value(value), setting->word) == 0;
}

char *value_to_wire(const struct setting *setting, const json_t *value)
{
	if (json_is_boolean(value))
		return xstrdup(json_is_true(value) ? "true" : "false");
	if (json_is_integer(value))
		return xasprintf("%lld", (long long)json_integer_value(value));
	if (json_is_string(value))
		return xstrdup(json_string_value(value));
	if (json_is_object(value))
		return document_text(value);
	assert(json_is_null(value)); /* sets are not one text */
	return xstrdup(setting->unset ? setting->unset : "");
}

static bool same_documents(const json_t *a, const json_t *b)
{
	const char *name;
	json_t *document;

	if (json_object_size(a) != json_object_size(b))
		return false;
	json_object_foreach((json_t *)(uintptr_t)a, name, document) {
		const json_t *other = json_object_get(b, name);

		/* one that AWS answered unreadably equals itself */
		if (!other || (!json_equal(document, other) &&
			       !document_equal(document, other)))
			return false;
	}
	return true;
}

static bool same_rules(const json_t *a, const json_t *b)
{
	size_t i;
	json_t *rule;

	if (json_array_size(a) != json_array_size(b))
		return false;
	json_array_foreach(a, i, rule) {
		if (!sg_rule_equal(rule, json_array_get(b, i)))
			return false;
	}
	return true;
}

bool value_equal(const struct setting *setting, const json_t *a,
		 const json_t *b)
{
	/* one that is wanted does not know the ids that AWS gave */
	if (setting->type == TYPE_RULE_SET && json_is_array(a) &&
	    json_is_array(b))
		return same_rules(a, b);
	if (setting->type == TYPE_DOCUMENT && json_is_object(a))
		return document_equal(a, b);
	if (setting->type == TYPE_DOCUMENT_MAP && json_is_object(a) &&
	    json_is_object(b))
		return same_documents(a, b);
	/* both are canonical: that is what the type is for */
	return a && b && json_equal(a, b);
}

/* What AWS answers may hold anything; a terminal must not act on it. */
static void show_text(const char *text, struct strbuf *out)
{
	for (const char *c = text; *c; c++) {
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			strbuf_addf(out, "\\x%02x", (unsigned char)*c);
		else
			strbuf_addc(out, *c);
	}
}

void value_show(const struct setting *setting, const json_t *value,
		struct strbuf *out)
{
	size_t i;
	json_t *member;

	if (!value) {
		strbuf_adds(out, "(unknown)");
	} else if (json_is_null(value)) {
		strbuf_adds(out, "(unset)");
	} else if (json_is_array(value)) {
		json_array_foreach(value, i, member) {
			CLEANUP(free_ptr) char *text = member_show(member);

			strbuf_adds(out, i ? ", " : "");
			show_text(text, out);
		}
		if (!json_array_size(value))
			strbuf_adds(out, "(none)");
	} else if (is_text_map(value)) {
		CLEANUP(json_release) json_t *members = map_members(value);

		value_show(setting, members, out);
	} else if (setting->type == TYPE_STRING_MAP) {
		strbuf_adds(out, "(none)");
	} else if (json_is_object(value)) {
		json_compact(value, out);
	} else {
		CLEANUP(free_ptr) char *text = value_to_wire(setting, value);

		show_text(text, out);
	}
}
