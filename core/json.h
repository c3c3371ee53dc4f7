/*
 * JSON over jansson, which is used directly everywhere. This adds what the
 * formats need: canonical text, capped and strict reading, and lookups with a
 * path in their errors.
 *
 * json_init() makes jansson allocate by xmalloc, so that its calls fail only
 * for invalid UTF-8.
 */
#ifndef ABACK_CORE_JSON_H
#define ABACK_CORE_JSON_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/compiler.h"
#include "core/error.h"
#include "core/strbuf.h"

/* Once, before any other call. */
void json_init(void);

/* For CLEANUP(json_release) json_t *value = …; */
static inline void json_release(json_t **value)
{
	json_decref(*value);
}

/*
 * Canonical text: sorted keys, UTF-8, two-space indent, a newline at the end.
 * Empty arrays and objects are `[]` and `{}`. Reals must not occur (asserted).
 */
void json_canonical(const json_t *value, struct strbuf *out);
/* The same value on one line with sorted keys and no newline. */
void json_compact(const json_t *value, struct strbuf *out);
/*
 * Canonical text for inside a document: every line but the first is indented by
 * so many blanks, and there is no newline at the end.
 */
void json_add_value(struct strbuf *out, const json_t *value, size_t indent);
/* The text as a JSON string, or null for NULL: what json_from_text makes. */
void json_add_text(struct strbuf *out, const char *text);

/*
 * Parse a whole text: duplicate keys, reals, trailing bytes and depth beyond
 * jansson's own 2048 are errors (ERR_FORMAT, where = "<name>:line:column").
 * ret_value: a new reference.
 */
MUST_CHECK int json_parse(const char *name, const char *text, size_t len,
			  json_t **ret_value, struct error *err);

/*
 * An object as other people's services write it: numbers may be reals.
 * Otherwise like json_parse.
 */
MUST_CHECK int json_parse_answer(const char *text, size_t len,
				 json_t **ret_object, struct error *err);

/*
 * Members of an object that must be there with that type, else ERR_FORMAT
 * naming `what` and the key. Borrowed from the object.
 */
MUST_CHECK int json_get_string(const json_t *object, const char *what,
			       const char *key, const char **ret_text,
			       struct error *err);
MUST_CHECK int json_get_int(const json_t *object, const char *what,
			    const char *key, int64_t *ret_number,
			    struct error *err);
MUST_CHECK int json_get_array(const json_t *object, const char *what,
			      const char *key, json_t **ret_array,
			      struct error *err);
MUST_CHECK int json_get_object(const json_t *object, const char *what,
			       const char *key, json_t **ret_object,
			       struct error *err);

/* The string, or NULL where it is absent, null or no string. Borrowed. */
const char *json_text(const json_t *object, const char *key);

/* A new string value, or JSON null for NULL; invalid UTF-8 becomes U+FFFD. */
json_t *json_from_text(const char *text);
/*
 * The same, for texts that come again and again: each is kept once, in the pool
 * (an object), and must not be changed. New reference.
 */
json_t *json_pooled(json_t *pool, const char *text);

/*
 * Put into the object which call of AWS failed and what it said: "call",
 * "code", "message", "request_id". Where AWS did not say it, code is the
 * error's own name, message its chain, and the others are null.
 */
void error_to_json(const struct error *err, json_t *object);

/*
 * The keys in the order of their bytes; the caller frees the array, the keys
 * are borrowed from the object.
 */
const char **json_sorted_keys(const json_t *object, size_t *ret_len);
/* The same as a new array of strings. */
json_t *json_keys(const json_t *object);

/* Does the array hold this string? */
bool json_array_has(const json_t *array, const char *text);
/* Append the string unless the array holds it. */
void json_array_add_unique(json_t *array, const char *text);
/* A new array of the same strings, sorted by bytes, each once. */
json_t *json_sorted_set(const json_t *array);

#endif
