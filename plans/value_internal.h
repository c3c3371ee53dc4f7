/* What the files of values share; nobody else includes it. */
#ifndef ABACK_PLANS_VALUE_INTERNAL_H
#define ABACK_PLANS_VALUE_INTERNAL_H

#include <stdbool.h>

#include "core/json.h"
#include "plans/catalogue.h"

/* The choice as the row spells it, or NULL. Borrowed. */
const char *value_choice(const struct setting *setting, const char *text);
/* A decimal number and nothing else; false: it is none. */
bool value_number(const char *text, json_int_t *ret_number);
/* Is it the row's word that is a value beside the numbers? */
bool value_is_word(const struct setting *setting, const json_t *value);
/* The canonical value of one text. New reference. */
json_t *value_scalar(const struct setting *setting, const char *text);
/* A member of a set as it is kept; "" stays "". New reference. */
json_t *value_member(const struct setting *setting, const char *text);
/*
 * The member of a set that is the same; of rules: that says the same, or
 * (alike) that is the same rule, whatever else it says. Borrowed, or NULL.
 */
json_t *set_find(const json_t *set, const json_t *member, bool alike);

#endif
