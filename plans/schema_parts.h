/*
 * Short hands for JSON Schemas of our documents. Each gives a new reference,
 * and steals the schemas that it is given.
 */
#ifndef ABACK_PLANS_SCHEMA_PARTS_H
#define ABACK_PLANS_SCHEMA_PARTS_H

#include "core/json.h"

#define SCHEMA_MOMENT "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z$"

json_t *schema_described(json_t *schema, const char *description);
json_t *schema_type(const char *name);
json_t *schema_text(void);
json_t *schema_text_or_null(void);
json_t *schema_pattern(const char *regex);
json_t *schema_or_null(json_t *schema);
json_t *schema_list(json_t *items);
/* An object of any keys. */
json_t *schema_map(json_t *members);
/* What stands under $defs. */
json_t *schema_ref(const char *definition);
/* One of words, which end in NULL. */
json_t *schema_word(const char *const *words);
/*
 * These members and no others; all are there, but for the one that is optional
 * (NULL: none).
 */
json_t *schema_object(json_t *properties, const char *optional);
/* These members and no others; steals required, names of them, or NULL. */
json_t *schema_of(json_t *properties, json_t *required);
/* A text that is not empty. */
json_t *schema_some_text(const char *description);
json_t *schema_text_like(const char *pattern, const char *description);
/* The same thing once or in a list that is not empty. */
json_t *schema_one_or_list(json_t *schema, const char *description);

#endif
