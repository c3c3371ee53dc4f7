/* What going from one value to another destroys, or opens. */
#include <limits.h>
#include <string.h>
#include <strings.h>

#include "core/mem.h"
#include "plans/document.h"
#include "plans/sg_rule.h"
#include "plans/value.h"
#include "plans/value_internal.h"

/* Where the value stands among the type's values; false: nobody knows. */
static bool rank_of(const struct setting *setting, const json_t *value,
		    json_int_t *ret_rank)
{
	if (json_is_null(value)) {
		*ret_rank = -1;
		/* the default of a parameter may be anything */
		return setting->type != TYPE_PARAMETER;
	}
	if (json_is_boolean(value) || json_is_integer(value)) {
		*ret_rank = json_is_boolean(value) ? json_is_true(value)
						   : json_integer_value(value);
		return true;
	}
	if (value_is_word(setting, value)) {
		*ret_rank = LLONG_MAX;
		return true;
	}
	if (setting->type == TYPE_PARAMETER)
		return value_number(json_string_value(value), ret_rank);
	for (size_t i = 0; json_is_string(value) && i < SETTING_CHOICES_MAX;
	     i++) {
		if (setting->choices[i] &&
		    strcmp(setting->choices[i], json_string_value(value)) ==
			    0) {
			*ret_rank = (json_int_t)i;
			return true;
		}
	}
	return false;
}

/* Has a rule come from addresses that may be anybody's? */
static bool has_more_public(const json_t *a, const json_t *b)
{
	size_t i;
	json_t *rule;

	json_array_foreach(a, i, rule) {
		if (sg_rule_is_public(rule) && !set_find(b, rule, true))
			return true;
	}
	return false;
}

static bool has_more(const json_t *a, const json_t *b)
{
	CLEANUP(json_release) json_t *more = set_minus(a, b);

	return json_array_size(more) > 0;
}

bool value_loses(const struct setting *setting, const json_t *before,
		 const json_t *after)
{
	json_int_t from, to;

	if (setting->loss == LOSS_NONE || value_equal(setting, before, after))
		return false;
	if (setting->loss == LOSS_ANY)
		return true;
	if (setting_is_set(setting))
		return has_more(before, after);
	if (!rank_of(setting, before, &from) || !rank_of(setting, after, &to))
		return true;
	return to < from;
}

static bool is_in(const char *word, const char *words, const char *separators)
{
	const size_t len = strlen(word);

	for (const char *at = words; *at;) {
		size_t its = strcspn(at, separators);

		if (its == len && !strncasecmp(at, word, len))
			return true;
		at += its + (at[its] != '\0');
	}
	return false;
}

/*
 * Has `after` one of the row's weak words that `before` has not? What nobody
 * set may be any of them.
 */
static bool gets_weaker(const struct setting *setting, const json_t *before,
			const json_t *after)
{
	CLEANUP(free_ptr) char *words = xstrdup(setting->weak);
	const char *was =
		json_is_string(before) ? json_string_value(before) : "";
	const char *is = json_is_string(after) ? json_string_value(after)
					       : setting->weak;
	char *rest = words;

	for (char *word = NULL; rest && (word = strsep(&rest, " "));) {
		if (is_in(word, is, ", ") && !is_in(word, was, ", "))
			return !json_is_null(after) || !json_is_null(before);
	}
	return false;
}

bool value_exposes(const struct setting *setting, const json_t *before,
		   const json_t *after)
{
	switch (setting->exposure) {
	case EXPOSURE_NONE:
		return false;
	case EXPOSURE_WHEN_TRUE:
		return json_is_true(after) && !json_is_true(before);
	case EXPOSURE_WHEN_FALSE:
		return json_is_false(after) && !json_is_false(before);
	case EXPOSURE_ADDED_MEMBERS:
		return has_more(after, before);
	case EXPOSURE_WIDER_DOCUMENT:
		return document_widens(before, after);
	case EXPOSURE_WHEN_REPLACED:
		return !json_is_null(before) &&
		       !value_equal(setting, before, after);
	case EXPOSURE_ADDED_PUBLIC:
		return has_more_public(after, before);
	case EXPOSURE_WEAK:
		return gets_weaker(setting, before, after);
	}
	return false;
}

bool value_is_off(const json_t *value)
{
	return json_is_null(value) || json_is_false(value) ||
	       (json_is_integer(value) && !json_integer_value(value));
}
