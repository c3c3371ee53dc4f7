/*
 * Members of the objects of a plan file, each of its type. object is the object
 * and what its name in messages, such as "changes[3]". ERR_FORMAT.
 */
#ifndef ABACK_PLANS_PLAN_MEMBERS_H
#define ABACK_PLANS_PLAN_MEMBERS_H

#include <stdbool.h>
#include <stddef.h>

#include "core/compiler.h"
#include "core/error.h"
#include "core/json.h"

/* It is an object and has all of keys, which end in NULL, and no others. */
MUST_CHECK int members_check(const json_t *object, const char *what,
			     const char *const *keys, struct error *err);
/* A copy of the string. */
MUST_CHECK int member_text(const json_t *object, const char *what,
			   const char *key, char **ret_text, struct error *err);
/* The same, or null, which leaves *ret_text as it is. */
MUST_CHECK int member_text_or_null(const json_t *object, const char *what,
				   const char *key, char **ret_text,
				   struct error *err);
/* One of words, which end in NULL. */
MUST_CHECK int member_word(const json_t *object, const char *what,
			   const char *key, const char *const *words,
			   char **ret_text, struct error *err);
/* A setting's value, instead of the one that *ret_value holds. */
MUST_CHECK int member_value(const json_t *object, const char *what,
			    const char *key, json_t **ret_value,
			    struct error *err);
/* The same for an array of strings. */
MUST_CHECK int member_strings(const json_t *object, const char *what,
			      const char *key, json_t **ret_array,
			      struct error *err);
/*
 * Ascending indexes below limit, into a new array; ERR_EDITED for another
 * number. What ret_len counts is set also where a later one is wrong.
 */
MUST_CHECK int member_indexes(const json_t *object, const char *what,
			      const char *key, size_t limit,
			      size_t **ret_indexes, size_t *ret_len,
			      struct error *err);

/* Let *slot hold the value too, instead of the one that it holds. */
void member_share(json_t **slot, json_t *value);
/* A scalar, or a set or a map of strings. */
bool is_setting_value(const json_t *value);
bool is_string_array(const json_t *value);
bool is_string_object(const json_t *value);
/*
 * What a call ("rds:ModifyDBCluster") takes: an object of texts, or also of
 * whole numbers and booleans where its service speaks JSON.
 */
bool is_parameters(const json_t *value, const char *call);

#endif
