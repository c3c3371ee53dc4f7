#include "plans/parameter_value.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/limits.h"
#include "core/mem.h"
#include "core/strbuf.h"

static const char *const on_words[] = { "1", "ON", "on", "true" };
static const char *const off_words[] = { "0", "OFF", "off", "false" };

static bool is_type(const json_t *about, const char *type)
{
	const char *its = json_text(about, "type");

	return its && strcmp(its, type) == 0;
}

/* 1: on, 0: off, -1: neither. */
static int switch_of(const char *text, size_t len)
{
	for (size_t i = 0; i < ARRAY_SIZE(on_words); i++) {
		if (strlen(on_words[i]) == len &&
		    !strncasecmp(on_words[i], text, len))
			return 1;
		if (strlen(off_words[i]) == len &&
		    !strncasecmp(off_words[i], text, len))
			return 0;
	}
	return -1;
}

static bool is_number(const char *text, long long *ret_number)
{
	char *end = NULL;

	errno = 0;
	*ret_number = strtoll(text, &end, 10);
	return !errno && end != text && !*end && !isspace((unsigned char)*text);
}

/* Without the blanks at both ends. */
static const char *trimmed(const char *text, size_t *len)
{
	while (*len && isspace((unsigned char)*text)) {
		text++;
		(*len)--;
	}
	while (*len && isspace((unsigned char)text[*len - 1]))
		(*len)--;
	return text;
}

/* The members of a comma-separated list in their order, each once. New. */
static json_t *members_of(const char *text)
{
	json_t *members = json_array();

	while (text) {
		size_t len = strcspn(text, ",");
		const char *next = text[len] ? text + len + 1 : NULL;
		const char *member = trimmed(text, &len);
		CLEANUP(free_ptr) char *copy = xstrndup(member, len);

		if (len)
			json_array_add_unique(members, copy);
		text = next;
	}
	return members;
}

static bool same_members(const json_t *a, const json_t *b)
{
	CLEANUP(json_release) json_t *x = json_sorted_set(a);
	CLEANUP(json_release) json_t *y = json_sorted_set(b);

	return json_equal(x, y);
}

static bool same_lists(const char *a, const char *b)
{
	CLEANUP(json_release) json_t *x = members_of(a);
	CLEANUP(json_release) json_t *y = members_of(b);

	return same_members(x, y);
}

bool parameter_same(const json_t *about, const char *a, const char *b)
{
	size_t a_len = strlen(a), b_len = strlen(b);
	const char *x = trimmed(a, &a_len);
	const char *y = trimmed(b, &b_len);
	long long m, n;

	if (a_len == b_len && !strncmp(x, y, a_len))
		return true;
	if (is_type(about, "boolean"))
		return switch_of(x, a_len) >= 0 &&
		       switch_of(x, a_len) == switch_of(y, b_len);
	if (is_type(about, "list"))
		return same_lists(a, b);
	return is_type(about, "integer") && is_number(a, &m) &&
	       is_number(b, &n) && m == n;
}

/* ---- spelling --------------------------------------------------------- */

static json_t *joined(const json_t *members)
{
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT(LIMIT_ELEMENT_TEXT);
	size_t i;
	json_t *member;

	json_array_foreach(members, i, member)
		strbuf_addf(&text, "%s%s", i ? "," : "",
			    json_string_value(member));
	return json_from_text(text.buf);
}

/* The allowed word for on or off; NULL: there is none. New reference. */
static json_t *allowed_switch(const json_t *about, int wanted)
{
	const char *allowed = json_text(about, "allowed");
	CLEANUP(json_release)
	json_t *words = allowed ? members_of(allowed) : NULL;
	size_t i;
	json_t *word;

	json_array_foreach(words, i, word) {
		if (switch_of(json_string_value(word),
			      json_string_length(word)) == wanted)
			return json_incref(word);
	}
	return NULL;
}

static json_t *to_send(const json_t *about, const char *text)
{
	size_t len = strlen(text);
	const char *trim = trimmed(text, &len);
	CLEANUP(free_ptr) char *copy = xstrndup(trim, len);
	json_t *word;

	if (is_type(about, "boolean") && switch_of(copy, len) >= 0) {
		word = allowed_switch(about, switch_of(copy, len));
		if (word)
			return word;
	}
	if (is_type(about, "list")) {
		CLEANUP(json_release) json_t *members = members_of(copy);

		return joined(members);
	}
	return json_from_text(copy);
}

/* live, or null for the default, where that means the same; else NULL. */
static json_t *as_it_is(const json_t *about, const json_t *live,
			const char *text)
{
	const char *usual = json_text(about, "default");

	if (json_is_string(live) &&
	    parameter_same(about, json_string_value(live), text))
		return json_incref((json_t *)(uintptr_t)live);
	if (json_is_null(live) && usual && parameter_same(about, usual, text))
		return json_null();
	return NULL;
}

json_t *parameter_spell(const json_t *about, const json_t *live,
			const json_t *wanted)
{
	const char *text = json_string_value(wanted);
	json_t *is;

	if (!text)
		return json_incref((json_t *)(uintptr_t)wanted);
	is = as_it_is(about, live, text);
	return is ? is : to_send(about, text);
}

json_t *parameter_merge(const json_t *about, const json_t *live,
			const json_t *include, const json_t *exclude)
{
	const char *usual = json_text(about, "default");
	const char *text =
		json_is_string(live) ? json_string_value(live) : usual;
	CLEANUP(json_release) json_t *was = members_of(text);
	CLEANUP(json_release) json_t *now = json_array();
	size_t i;
	json_t *member;

	json_array_foreach(was, i, member) {
		if (!json_array_has(exclude, json_string_value(member)))
			(void)json_array_append(now, member);
	}
	json_array_foreach(include, i, member)
		json_array_add_unique(now, json_string_value(member));
	return same_members(was, now) ? json_incref((json_t *)(uintptr_t)live)
				      : joined(now);
}

/* ---- valid values ----------------------------------------------------- */

/* "1-65535", "-1-2147483647" */
static bool is_range(const char *text, double *ret_low, double *ret_high)
{
	char *end = NULL;
	const char *second;

	*ret_low = strtod(text, &end);
	if (end == text || *end != '-')
		return false;
	second = end + 1;
	*ret_high = strtod(second, &end);
	return end != second && !*end;
}

static bool is_within(const char *range, const char *text)
{
	char *end = NULL;
	double low, high, number;

	if (!is_range(range, &low, &high))
		return false;
	number = strtod(text, &end);
	return end != text && !*end && number >= low && number <= high;
}

static bool any_allows(const json_t *parts, const char *text)
{
	size_t i;
	json_t *part;

	json_array_foreach(parts, i, part) {
		if (!strcmp(json_string_value(part), text) ||
		    is_within(json_string_value(part), text))
			return true;
	}
	return false;
}

bool parameter_allows(const json_t *about, const char *text)
{
	const char *allowed = json_text(about, "allowed");
	CLEANUP(json_release) json_t *parts = NULL;
	CLEANUP(json_release) json_t *members = NULL;
	size_t i;
	json_t *member;

	if (!allowed || !*allowed || strchr(text, '{'))
		return true;
	parts = members_of(allowed);
	if (any_allows(parts, text))
		return true;
	if (!is_type(about, "list"))
		return false;
	members = members_of(text);
	json_array_foreach(members, i, member) {
		if (!any_allows(parts, json_string_value(member)))
			return false;
	}
	return json_array_size(members) > 0;
}
