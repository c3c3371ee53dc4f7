/*
 * What the text of a parameter means. How that differs by parameter is what AWS
 * says of it (`about`): {"type": DataType, "apply": ApplyType, "allowed":
 * AllowedValues, "default": text, "modifiable": true}, of which only the first
 * is always there; NULL: AWS was not asked.
 *
 *   boolean  1, ON, on, true / 0, OFF, off, false are two values
 *   list     comma-separated, in any order, blanks around members ignored
 *   integer  numbers
 *   formulas such as {DBInstanceClassMemory*3/4}, and all else: the text
 */
#ifndef ABACK_PLANS_PARAMETER_VALUE_H
#define ABACK_PLANS_PARAMETER_VALUE_H

#include <stdbool.h>

#include "core/json.h"

/* Do the two texts mean the same? */
bool parameter_same(const json_t *about, const char *a, const char *b);

/*
 * The value to have where `live` is and this is wanted: live itself where that
 * means the same, null where nobody set it and its default means the same, else
 * the text as AllowedValues spells it. New reference.
 */
json_t *parameter_spell(const json_t *about, const json_t *live,
			const json_t *wanted);

/*
 * The same for members of a list to add and to take away: from the live list,
 * or from the default where nobody set one. New reference.
 */
json_t *parameter_merge(const json_t *about, const json_t *live,
			const json_t *include, const json_t *exclude);

/* May it have that text? Formulas are let through. */
bool parameter_allows(const json_t *about, const char *text);

#endif
