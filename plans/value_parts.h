/*
 * Texts of several words, such as the members of `associated_roles`: a role
 * and the feature that it is for. One word a part, in the order of the row's
 * parts, with a single blank between them; that is the canonical form, which
 * plans and records show. People may also write a map, by the parts' names.
 */
#ifndef ABACK_PLANS_VALUE_PARTS_H
#define ABACK_PLANS_VALUE_PARTS_H

#include <stdbool.h>

#include "core/compiler.h"
#include "core/error.h"
#include "core/json.h"
#include "core/strbuf.h"
#include "plans/catalogue.h"

/* Has the row's value, or each of its members, several parts? */
bool setting_has_parts(const struct setting *setting);

/*
 * Check one such text, or the map that says the same, and make the canonical
 * text of it. ERR_DESIRED says what is wrong. ret_text is owned.
 */
MUST_CHECK int parts_check(const struct setting *setting, const json_t *value,
			   char **ret_text, struct error *err);

/* The n-th word of a text; NULL: it has none. Owned. */
char *parts_word(const char *text, size_t n);

/* Of the words given, up to the first that is NULL or empty. Owned. */
char *parts_join(const char *first, const char *second);

/* "{role_arn: …, feature_name: …}", for people who are to write one. */
void parts_show_form(const struct setting *setting, struct strbuf *out);

#endif
