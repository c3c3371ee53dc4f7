/* Tags of any resource: lists of {"Key", "Value"}, and what requests say. */
#ifndef ABACK_TESTS_SIM_TAGS_H
#define ABACK_TESTS_SIM_TAGS_H

#include <stdbool.h>

#include "core/json.h"

struct request;

#define TAGS_MAX 50 /* of one resource, those of AWS apart */

/*
 * "<name>.1.Key" and "<name>.1.Value", … without gaps; NULL: there is none, or
 * something else. A new reference.
 */
json_t *tags_given(const struct request *request, const char *name);
/* "<name>.1", … the same of keys: an array of strings. */
json_t *tags_keys_given(const struct request *request, const char *name);
/* What AWS has against these tags, or NULL. */
const char *tags_bad(const json_t *tags);
/*
 * The list with these tags put, or taken away. any_case: keys that differ in
 * letter case alone are the same. New references.
 */
json_t *tags_with(const json_t *list, const json_t *tags, bool any_case);
json_t *tags_without(const json_t *list, const json_t *keys, bool any_case);
/* How many of them count. */
size_t tags_counted(const json_t *list);

#endif
