/* Which values of live `aback init --from-live` writes down. */
#ifndef ABACK_PLANS_INIT_VALUES_H
#define ABACK_PLANS_INIT_VALUES_H

#include <stdbool.h>

#include "core/json.h"
#include "plans/catalogue.h"
#include "plans/kind.h"

/*
 * Can the value be that of many? Members without choices, and documents, are of
 * one resource.
 */
bool init_is_named(const struct setting *row);
/*
 * Is the row one that init writes down? Plain strings are identifiers of what
 * somebody chose for this one resource.
 */
bool init_is_written(const struct setting *row);
/* A rule that lies in another one of the set, which *ret_outer is; or NULL. */
const json_t *init_overlapping(const json_t *rules, const json_t **ret_outer);
/* The value that there is to write down; NULL: none. New reference. */
json_t *init_value(const struct resource *resource, const struct setting *row);

#endif
