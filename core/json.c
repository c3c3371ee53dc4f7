#include "core/json.h"

#include <stdlib.h>
#include <string.h>

#include "core/limits.h"
#include "core/mem.h"

void json_init(void)
{
	json_set_alloc_funcs(xmalloc, free);
}

static bool has_real(json_t *value)
{
	const char *key;
	json_t *member;
	size_t i;

	if (json_is_real(value))
		return true;
	json_array_foreach(value, i, member) {
		if (has_real(member))
			return true;
	}
	json_object_foreach(value, key, member) {
		if (has_real(member))
			return true;
	}
	return false;
}

int json_parse(const char *name, const char *text, size_t len,
	       json_t **ret_value, struct error *err)
{
	json_error_t why;
	CLEANUP(json_release)
	json_t *value = json_loadb(
		text, len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &why);

	if (!value) {
		(void)error_set(err, ERR_FORMAT, "not valid JSON: %s",
				why.text);
		error_where(err, "%s:%d:%d", name, why.line, why.column);
		return -1;
	}
	if (has_real(value)) {
		(void)error_set(err, ERR_FORMAT,
				"a number with a fraction or an exponent");
		error_where(err, "%s", name);
		return -1;
	}
	*ret_value = TAKE(value);
	return 0;
}

int json_parse_answer(const char *text, size_t len, json_t **ret_object,
		      struct error *err)
{
	json_error_t why;
	CLEANUP(json_release)
	json_t *value = json_loadb(text, len, JSON_REJECT_DUPLICATES, &why);

	if (!value)
		return error_set(err, ERR_FORMAT, "not valid JSON: %s",
				 why.text);
	if (!json_is_object(value))
		return error_set(err, ERR_FORMAT, "not a JSON object");
	*ret_object = TAKE(value);
	return 0;
}

/* The member, or NULL with err set when it is not there. */
static json_t *member_of(const json_t *object, const char *what,
			 const char *key, const char *type, struct error *err)
{
	json_t *member = json_object_get(object, key);

	if (!member)
		(void)error_set(err, ERR_FORMAT, "%s has no '%s' (%s)", what,
				key, type);
	return member;
}

static int wrong_type(const char *what, const char *key, const char *type,
		      struct error *err)
{
	return error_set(err, ERR_FORMAT, "'%s' of %s is not %s", key, what,
			 type);
}

int json_get_string(const json_t *object, const char *what, const char *key,
		    const char **ret_text, struct error *err)
{
	json_t *member = member_of(object, what, key, "a string", err);

	if (!member)
		return -1;
	if (!json_is_string(member))
		return wrong_type(what, key, "a string", err);
	*ret_text = json_string_value(member);
	return 0;
}

int json_get_int(const json_t *object, const char *what, const char *key,
		 int64_t *ret_number, struct error *err)
{
	json_t *member = member_of(object, what, key, "a whole number", err);

	if (!member)
		return -1;
	if (!json_is_integer(member))
		return wrong_type(what, key, "a whole number", err);
	*ret_number = json_integer_value(member);
	return 0;
}

int json_get_array(const json_t *object, const char *what, const char *key,
		   json_t **ret_array, struct error *err)
{
	json_t *member = member_of(object, what, key, "an array", err);

	if (!member)
		return -1;
	if (!json_is_array(member))
		return wrong_type(what, key, "an array", err);
	*ret_array = member;
	return 0;
}

int json_get_object(const json_t *object, const char *what, const char *key,
		    json_t **ret_object, struct error *err)
{
	json_t *member = member_of(object, what, key, "an object", err);

	if (!member)
		return -1;
	if (!json_is_object(member))
		return wrong_type(what, key, "an object", err);
	*ret_object = member;
	return 0;
}

const char *json_text(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

/* How many bytes of s are one valid UTF-8 sequence; 0: none. */
static size_t utf8_sequence(const unsigned char *s)
{
	size_t more;
	unsigned long point;

	if (s[0] < 0x80)
		return 1;
	if (s[0] >= 0xc2 && s[0] <= 0xdf) {
		more = 1;
		point = s[0] & 0x1fu;
	} else if (s[0] >= 0xe0 && s[0] <= 0xef) {
		more = 2;
		point = s[0] & 0x0fu;
	} else if (s[0] >= 0xf0 && s[0] <= 0xf4) {
		more = 3;
		point = s[0] & 0x07u;
	} else {
		return 0;
	}
	for (size_t i = 1; i <= more; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		point = (point << 6) | (s[i] & 0x3fu);
	}
	if ((more == 2 && point < 0x800) || (more == 3 && point < 0x10000) ||
	    (point >= 0xd800 && point <= 0xdfff) || point > 0x10ffff)
		return 0;
	return more + 1;
}

json_t *json_from_text(const char *text)
{
	json_t *value;
	CLEANUP(strbuf_release)
	struct strbuf clean = STRBUF_INIT(LIMIT_ANSWER);

	if (!text)
		return json_null();
	value = json_string(text);
	if (value)
		return value;
	for (const char *p = text; *p;) {
		size_t len = utf8_sequence((const unsigned char *)p);

		strbuf_add(&clean, len ? p : "\xef\xbf\xbd", len ? len : 3);
		p += len ? len : 1;
	}
	return json_string(clean.buf);
}

json_t *json_pooled(json_t *pool, const char *text)
{
	json_t *value = text ? json_object_get(pool, text) : NULL;

	if (value)
		return json_incref(value);
	value = json_from_text(text);
	/* what is no UTF-8 is no key, and is not kept */
	if (text)
		(void)json_object_set(pool, text, value);
	return value;
}

bool json_array_has(const json_t *array, const char *text)
{
	json_t *member;
	size_t i;

	json_array_foreach(array, i, member) {
		if (json_is_string(member) &&
		    !strcmp(json_string_value(member), text))
			return true;
	}
	return false;
}

void json_array_add_unique(json_t *array, const char *text)
{
	if (!json_array_has(array, text))
		(void)json_array_append_new(array, json_from_text(text));
}

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

json_t *json_sorted_set(const json_t *array)
{
	size_t len = json_array_size(array);
	CLEANUP(free_ptr) const char **texts = xcalloc(len, sizeof(*texts));
	json_t *set = json_array();
	size_t n = 0;
	json_t *member;
	size_t i;

	json_array_foreach(array, i, member) {
		if (json_is_string(member))
			texts[n++] = json_string_value(member);
	}
	if (n)
		qsort(texts, n, sizeof(*texts), by_bytes);
	for (i = 0; i < n; i++) {
		if (!i || strcmp(texts[i - 1], texts[i]) != 0)
			(void)json_array_append_new(set, json_string(texts[i]));
	}
	return set;
}

void error_to_json(const struct error *err, json_t *object)
{
	CLEANUP(strbuf_release)
	struct strbuf message = STRBUF_INIT(LIMIT_MESSAGE);

	error_message(err, &message);
	json_object_set_new(object, "call", json_from_text(err->call));
	json_object_set_new(object, "code",
			    json_from_text(err->call_code
						   ? err->call_code
						   : error_name(err->code)));
	json_object_set_new(object, "message",
			    json_from_text(err->call_message ? err->call_message
							     : message.buf));
	json_object_set_new(object, "request_id", json_from_text(err->call_id));
}
