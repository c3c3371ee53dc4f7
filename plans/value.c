#include "plans/value.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/limits.h"
#include "core/mem.h"
#include "plans/document.h"
#include "plans/sg_rule.h"
#include "plans/value_parts.h"
#include "plans/window.h"

/* A copy without the blanks at both ends, lower case where asked. */
static char *trimmed(const char *text, bool lower)
{
	const char *end;
	char *copy;

	while (isspace((unsigned char)*text))
		text++;
	end = text + strlen(text);
	while (end > text && isspace((unsigned char)end[-1]))
		end--;
	copy = xstrndup(text, (size_t)(end - text));
	for (char *c = copy; lower && *c; c++)
		*c = (char)tolower((unsigned char)*c);
	return copy;
}

static bool lower_type(enum value_type type)
{
	return type == TYPE_LOWER_STRING || type == TYPE_DAILY_WINDOW ||
	       type == TYPE_WEEKLY_WINDOW;
}

/* The choice as the row spells it, or NULL. */
static const char *choice_of(const struct setting *setting, const char *text)
{
	for (size_t i = 0; i < SETTING_CHOICES_MAX; i++) {
		const char *choice = setting->choices[i];

		if (choice && strcasecmp(choice, text) == 0)
			return choice;
	}
	return NULL;
}

static bool number_of(const char *text, json_int_t *ret_number)
{
	char *end;
	long long number;

	errno = 0;
	number = strtoll(text, &end, 10);
	if (errno || end == text || *end || isspace((unsigned char)*text))
		return false;
	*ret_number = number;
	return true;
}

static json_t *absent_value(const struct setting *setting)
{
	json_t *value = setting->absent ? json_loads(setting->absent,
						     JSON_DECODE_ANY, NULL)
					: json_null();

	assert(value); /* a row's literal; tests parse each */
	return value;
}

static json_t *scalar_from_wire(const struct setting *setting, const char *text)
{
	CLEANUP(free_ptr)
	char *trim = setting->type == TYPE_TEXT
			     ? xstrdup(text)
			     : trimmed(text, lower_type(setting->type));
	const char *choice = choice_of(setting, trim);
	json_int_t number;

	if (!*trim)
		return absent_value(setting);
	if (setting->type == TYPE_BOOL && strcasecmp(trim, "true") == 0)
		return json_true();
	if (setting->type == TYPE_BOOL && strcasecmp(trim, "false") == 0)
		return json_false();
	if (setting->type == TYPE_INT && number_of(trim, &number))
		return json_integer(number);
	if (setting->word && strcasecmp(trim, setting->word) == 0)
		return json_string(setting->word);
	return json_from_text(choice ? choice : trim);
}

/* A member as it is kept; "" stays "". */
static json_t *member_of(const struct setting *setting, const char *text)
{
	CLEANUP(free_ptr) char *trim = trimmed(text, false);
	const char *choice = choice_of(setting, trim);

	return json_from_text(choice ? choice : trim);
}

static json_t *set_from_wire(const struct setting *setting,
			     const char *const *texts, size_t len)
{
	CLEANUP(json_release) json_t *members = json_array();

	for (size_t i = 0; i < len; i++) {
		json_t *member = member_of(setting, texts[i]);

		if (json_string_length(member))
			json_array_append(members, member);
		json_decref(member);
	}
	if (!json_array_size(members))
		return absent_value(setting);
	return json_sorted_set(members);
}

json_t *value_from_wire(const struct setting *setting, const char *const *texts,
			size_t len)
{
	if (setting->type == TYPE_STRING_SET)
		return set_from_wire(setting, texts, len);
	if (!len)
		return absent_value(setting);
	assert(!setting_is_map(setting)); /* has names as well */
	if (setting->type == TYPE_DOCUMENT)
		return document_from_text(texts[0]);
	return scalar_from_wire(setting, texts[0]);
}

/* ---- what people write ------------------------------------------------ */

static void add_choices(const struct setting *setting, struct strbuf *out)
{
	const char *separator = "";

	for (size_t i = 0; i < SETTING_CHOICES_MAX; i++) {
		if (!setting->choices[i])
			continue;
		strbuf_addf(out, "%s%s", separator, setting->choices[i]);
		separator = ", ";
	}
}

/* "must be <what>, not <value>" */
static int refuse(const json_t *value, struct error *err, const char *what)
{
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(LIMIT_MESSAGE);

	if (json_is_string(value))
		strbuf_addf(&text, "'%s'", json_string_value(value));
	else if (json_is_object(value))
		strbuf_adds(&text, "a map");
	else
		json_compact(value, &text);
	return error_set(err, ERR_DESIRED, "must be %s, not %s", what,
			 text.buf);
}

static bool is_word(const struct setting *setting, const json_t *value)
{
	return setting->word && json_is_string(value) &&
	       strcasecmp(json_string_value(value), setting->word) == 0;
}

static int check_integer(const struct setting *setting, const json_t *value,
			 struct error *err)
{
	CLEANUP(strbuf_release) struct strbuf what = STRBUF_INIT(LIMIT_MESSAGE);
	const json_int_t number = json_integer_value(value);

	if (json_is_integer(value) && number >= setting->min &&
	    number <= setting->max)
		return 0;
	strbuf_adds(&what, "a whole number");
	if (setting->unit)
		strbuf_addf(&what, " of %s", setting->unit);
	strbuf_addf(&what, " from %lld to %lld", setting->min, setting->max);
	if (setting->word)
		strbuf_addf(&what, ", or %s", setting->word);
	return refuse(value, err, what.buf);
}

static int check_length(const struct setting *setting, size_t len,
			const char *of, struct error *err)
{
	if ((long long)len < setting->min) {
		return error_set(err, ERR_DESIRED, "must have at least %lld %s",
				 setting->min, of);
	}
	if (setting->max && (long long)len > setting->max) {
		return error_set(err, ERR_DESIRED,
				 "must have at most %lld %s, not %zu",
				 setting->max, of, len);
	}
	return 0;
}

static int check_choice(const struct setting *setting, const json_t *value,
			const json_t *shown, struct error *err)
{
	CLEANUP(strbuf_release) struct strbuf what = STRBUF_INIT(LIMIT_MESSAGE);

	if (!setting->choices[0] ||
	    choice_of(setting, json_string_value(value)))
		return 0;
	strbuf_adds(&what, setting->choices[1] ? "one of " : "");
	add_choices(setting, &what);
	return refuse(shown, err, what.buf);
}

/* Of valid UTF-8. */
static size_t characters(const json_t *text)
{
	size_t count = 0;

	for (const char *c = json_string_value(text); *c; c++)
		count += ((unsigned char)*c & 0xc0) != 0x80;
	return count;
}

static int check_parts(const struct setting *setting, const json_t *value,
		       json_t **ret_value, struct error *err)
{
	CLEANUP(free_ptr) char *text = NULL;

	if (parts_check(setting, value, &text, err))
		return -1;
	*ret_value = json_from_text(text);
	return 0;
}

static int check_text(const struct setting *setting, const json_t *value,
		      json_t **ret_value, struct error *err)
{
	CLEANUP(json_release) json_t *text = NULL;

	if (setting_has_parts(setting))
		return check_parts(setting, value, ret_value, err);
	if (!json_is_string(value))
		return refuse(value, err, "a string");
	text = scalar_from_wire(setting, json_string_value(value));
	if (!json_is_string(text))
		return error_set(err, ERR_DESIRED, "must not be empty");
	if (setting->type == TYPE_DAILY_WINDOW &&
	    !window_daily_valid(json_string_value(text))) {
		return refuse(value, err,
			      "a daily window of at least 30 minutes in UTC "
			      "such as '02:00-03:00'");
	}
	if (setting->type == TYPE_WEEKLY_WINDOW &&
	    !window_weekly_valid(json_string_value(text))) {
		return refuse(value, err,
			      "a weekly window of at least 30 minutes in UTC "
			      "such as 'sun:02:00-sun:03:00'");
	}
	if (check_choice(setting, text, value, err) < 0 ||
	    check_length(setting, characters(text), "characters", err) < 0)
		return -1;
	*ret_value = TAKE(text);
	return 0;
}

/* One member of a set, in canonical form. */
static int check_member(const struct setting *setting, const json_t *item,
			json_t **ret_member, struct error *err)
{
	CLEANUP(json_release) json_t *member = NULL;

	if (setting_has_parts(setting))
		return check_parts(setting, item, ret_member, err);
	if (!json_is_string(item))
		return refuse(item, err, "a list of strings");
	member = member_of(setting, json_string_value(item));
	if (!json_string_length(member))
		return error_set(err, ERR_DESIRED,
				 "must not have an empty member");
	if (check_choice(setting, member, item, err) < 0)
		return -1;
	*ret_member = TAKE(member);
	return 0;
}

static int check_members(const struct setting *setting, const json_t *value,
			 json_t **ret_value, struct error *err)
{
	CLEANUP(json_release) json_t *members = json_array();
	size_t i;
	json_t *item;

	if (!json_is_array(value))
		return refuse(value, err, "a list");
	json_array_foreach(value, i, item) {
		json_t *member = NULL;

		if (check_member(setting, item, &member, err) < 0)
			return -1;
		json_array_append_new(members, member);
	}
	*ret_value = json_sorted_set(members);
	return 0;
}

/* A map of documents by name; the row's check judges the names. */
static int check_documents(const json_t *value, json_t **ret_value,
			   struct error *err)
{
	CLEANUP(json_release) json_t *documents = json_object();
	const char *name;
	json_t *member;

	if (!json_is_object(value))
		return refuse(value, err, "a map of policy documents by name");
	json_object_foreach((json_t *)(uintptr_t)value, name, member) {
		json_t *document = NULL;

		if (document_check(member, &document, err) < 0)
			return error_wrap(err, "the policy '%s'", name);
		(void)json_object_set_new(documents, name, document);
	}
	*ret_value = TAKE(documents);
	return 0;
}

static int check_texts(const json_t *value, json_t **ret_value,
		       struct error *err)
{
	const char *key;
	json_t *text;

	if (!json_is_object(value))
		return refuse(value, err, "a map of strings");
	json_object_foreach((json_t *)(uintptr_t)value, key, text) {
		if (json_is_string(text))
			continue;
		(void)refuse(text, err, "a string");
		return error_wrap(err, "the value of '%s'", key);
	}
	*ret_value = json_copy((json_t *)(uintptr_t)value);
	return 0;
}

/* Each rule once, in canonical form. */
static int check_rules(const json_t *value, json_t **ret_value,
		       struct error *err)
{
	CLEANUP(json_release) json_t *rules = json_array();
	size_t i;
	json_t *item, *other;

	if (!json_is_array(value))
		return refuse(value, err, "a list of rules");
	json_array_foreach(value, i, item) {
		CLEANUP(json_release) json_t *rule = NULL;
		size_t n;

		if (sg_rule_check(item, &rule, err) < 0)
			return -1;
		json_array_foreach(rules, n, other) {
			CLEANUP(free_ptr) char *text = NULL;

			if (!sg_rule_same(other, rule))
				continue;
			text = sg_rule_text(rule);
			return error_set(err, ERR_DESIRED,
					 "has the rule '%s' twice", text);
		}
		(void)json_array_append(rules, rule);
	}
	*ret_value = set_sorted(rules);
	return 0;
}

static int check_value(const struct setting *setting, const json_t *value,
		       json_t **ret_value, struct error *err)
{
	switch (setting->type) {
	case TYPE_BOOL:
		if (!json_is_boolean(value))
			return refuse(value, err, "true or false");
		*ret_value = json_boolean(json_is_true(value));
		return 0;
	case TYPE_INT:
		if (is_word(setting, value)) {
			*ret_value = json_string(setting->word);
			return 0;
		}
		if (check_integer(setting, value, err) < 0)
			return -1;
		*ret_value = json_integer(json_integer_value(value));
		return 0;
	case TYPE_STRING_SET:
		return check_members(setting, value, ret_value, err);
	case TYPE_DOCUMENT:
		return document_check(value, ret_value, err);
	case TYPE_DOCUMENT_MAP:
		return check_documents(value, ret_value, err);
	case TYPE_STRING_MAP:
		return check_texts(value, ret_value, err);
	case TYPE_RULE_SET:
		return check_rules(value, ret_value, err);
	case TYPE_PARAMETER:
		if (!json_is_string(value))
			return refuse(value, err, "a string");
		*ret_value = json_incref((json_t *)(uintptr_t)value);
		return 0;
	case TYPE_STRING:
	case TYPE_TEXT:
	case TYPE_LOWER_STRING:
	case TYPE_ENUM:
	case TYPE_DAILY_WINDOW:
	case TYPE_WEEKLY_WINDOW:
		break;
	}
	return check_text(setting, value, ret_value, err);
}

static int check_whole(const struct setting *setting, const json_t *value,
		       json_t **ret_value, struct error *err)
{
	CLEANUP(json_release) json_t *checked = NULL;

	if (json_is_null(value)) {
		if (!setting->nullable)
			return error_set(err, ERR_DESIRED, "cannot be unset");
		*ret_value = setting->word ? json_string(setting->word)
					   : json_null();
		return 0;
	}
	if (check_value(setting, value, &checked, err) < 0)
		return -1;
	if (setting_is_set(setting) &&
	    check_length(setting, json_array_size(checked), "members", err) < 0)
		return -1;
	if (setting->check && !is_word(setting, checked) &&
	    setting->check(checked, err) < 0)
		return -1;
	*ret_value = TAKE(checked);
	return 0;
}

int value_check(const struct setting *setting, const json_t *value,
		json_t **ret_value, struct error *err)
{
	if (check_whole(setting, value, ret_value, err) < 0)
		return error_wrap(err, "'%s'", setting->name);
	return 0;
}

/* ---- using values ----------------------------------------------------- */

char *value_to_wire(const struct setting *setting, const json_t *value)
{
	if (json_is_boolean(value))
		return xstrdup(json_is_true(value) ? "true" : "false");
	if (json_is_integer(value))
		return xasprintf("%lld", (long long)json_integer_value(value));
	if (json_is_string(value))
		return xstrdup(json_string_value(value));
	if (json_is_object(value))
		return document_text(value);
	assert(json_is_null(value)); /* sets are not one text */
	return xstrdup(setting->unset ? setting->unset : "");
}

static bool same_documents(const json_t *a, const json_t *b)
{
	const char *name;
	json_t *document;

	if (json_object_size(a) != json_object_size(b))
		return false;
	json_object_foreach((json_t *)(uintptr_t)a, name, document) {
		const json_t *other = json_object_get(b, name);

		/* one that AWS answered unreadably equals itself */
		if (!other || (!json_equal(document, other) &&
			       !document_equal(document, other)))
			return false;
	}
	return true;
}

static bool same_rules(const json_t *a, const json_t *b)
{
	size_t i;
	json_t *rule;

	if (json_array_size(a) != json_array_size(b))
		return false;
	json_array_foreach(a, i, rule) {
		if (!sg_rule_equal(rule, json_array_get(b, i)))
			return false;
	}
	return true;
}

bool value_equal(const struct setting *setting, const json_t *a,
		 const json_t *b)
{
	/* one that is wanted does not know the ids that AWS gave */
	if (setting->type == TYPE_RULE_SET && json_is_array(a) &&
	    json_is_array(b))
		return same_rules(a, b);
	if (setting->type == TYPE_DOCUMENT && json_is_object(a))
		return document_equal(a, b);
	if (setting->type == TYPE_DOCUMENT_MAP && json_is_object(a) &&
	    json_is_object(b))
		return same_documents(a, b);
	/* both are canonical: that is what the type is for */
	return a && b && json_equal(a, b);
}

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
	if (is_word(setting, value)) {
		*ret_rank = LLONG_MAX;
		return true;
	}
	if (setting->type == TYPE_PARAMETER)
		return number_of(json_string_value(value), ret_rank);
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

/*
 * The member of a set that is the same; of rules: that says the same, or
 * (alike) that is the same rule, whatever else it says. Borrowed, or NULL.
 */
static json_t *find_member(const json_t *set, const json_t *member, bool alike)
{
	size_t i;
	json_t *other;

	json_array_foreach(set, i, other) {
		if (json_is_object(member) && json_is_object(other)
			    ? alike ? sg_rule_same(other, member)
				    : sg_rule_equal(other, member)
			    : json_equal(other, member))
			return other;
	}
	return NULL;
}

/* Has a rule come from addresses that may be anybody's? */
static bool has_more_public(const json_t *a, const json_t *b)
{
	size_t i;
	json_t *rule;

	json_array_foreach(a, i, rule) {
		if (sg_rule_is_public(rule) && !find_member(b, rule, true))
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

static int by_member(const void *a, const void *b)
{
	CLEANUP(free_ptr) char *x = sg_rule_text(*(json_t *const *)a);
	CLEANUP(free_ptr) char *y = sg_rule_text(*(json_t *const *)b);

	return strcmp(x, y);
}

json_t *set_sorted(const json_t *members)
{
	const size_t len = json_array_size(members);
	CLEANUP(free_ptr) json_t **items = xcalloc(len + 1, sizeof(*items));
	json_t *sorted;

	if (!json_is_object(json_array_get(members, 0)))
		return members ? json_sorted_set(members) : json_array();
	for (size_t i = 0; i < len; i++)
		items[i] = json_array_get(members, i);
	qsort(items, len, sizeof(json_t *), by_member);
	sorted = json_array();
	for (size_t i = 0; i < len; i++)
		(void)json_array_append(sorted, items[i]);
	return sorted;
}

bool set_has(const json_t *set, const json_t *member)
{
	return find_member(set, member, true);
}

json_t *set_union(const json_t *a, const json_t *b)
{
	CLEANUP(json_release) json_t *all = json_array();
	size_t i;
	json_t *member;

	json_array_foreach(a, i, member) {
		json_t *other = json_is_object(member)
					? find_member(b, member, true)
					: NULL;

		/* where b says more of the rule, its description is wanted */
		if (other)
			(void)json_array_append_new(
				all, sg_rule_adopt(member, other));
		else
			(void)json_array_append(all, member);
	}
	json_array_foreach(b, i, member) {
		if (!find_member(a, member, true))
			(void)json_array_append(all, member);
	}
	return set_sorted(all);
}

json_t *set_minus(const json_t *a, const json_t *b)
{
	CLEANUP(json_release) json_t *rest = json_array();
	size_t i;
	json_t *member;

	json_array_foreach(a, i, member) {
		if (!find_member(b, member, false))
			(void)json_array_append(rest, member);
	}
	return set_sorted(rest);
}

json_t *value_adopt(const json_t *live, const json_t *wanted)
{
	json_t *value;
	size_t i;
	json_t *member;

	if (!json_is_object(json_array_get(wanted, 0)))
		return json_incref((json_t *)(uintptr_t)wanted);
	value = json_array();
	json_array_foreach(wanted, i, member)
		(void)json_array_append_new(
			value,
			sg_rule_adopt(find_member(live, member, true), member));
	return value;
}

json_t *value_written(const json_t *value)
{
	json_t *written;
	size_t i;
	json_t *member;

	if (!json_is_object(json_array_get(value, 0)))
		return json_incref((json_t *)(uintptr_t)value);
	written = json_array();
	json_array_foreach(value, i, member)
		(void)json_array_append_new(written, sg_rule_anonymous(member));
	return written;
}

char *member_show(const json_t *member)
{
	if (json_is_object(member))
		return sg_rule_show(member);
	return xstrdup(json_string_value(member));
}

bool setting_is_set(const struct setting *setting)
{
	return setting->type == TYPE_STRING_SET ||
	       setting->type == TYPE_RULE_SET;
}

bool setting_is_map(const struct setting *setting)
{
	return setting->type == TYPE_DOCUMENT_MAP ||
	       setting->type == TYPE_STRING_MAP;
}

bool is_text_map(const json_t *value)
{
	const char *key;
	json_t *text;

	json_object_foreach((json_t *)(uintptr_t)value, key, text) {
		if (!json_is_string(text))
			return false;
	}
	return json_object_size(value) > 0;
}

json_t *map_members(const json_t *map)
{
	json_t *members = json_array();
	size_t len;
	CLEANUP(free_ptr) const char **keys = json_sorted_keys(map, &len);

	for (size_t i = 0; i < len; i++) {
		CLEANUP(free_ptr)
		char *text =
			xasprintf("%s=%s", keys[i], json_text(map, keys[i]));

		(void)json_array_append_new(members, json_from_text(text));
	}
	return members;
}

/* What AWS answers may hold anything; a terminal must not act on it. */
static void show_text(const char *text, struct strbuf *out)
{
	for (const char *c = text; *c; c++) {
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			strbuf_addf(out, "\\x%02x", (unsigned char)*c);
		else
			strbuf_addc(out, *c);
	}
}

void value_show(const struct setting *setting, const json_t *value,
		struct strbuf *out)
{
	size_t i;
	json_t *member;

	if (!value) {
		strbuf_adds(out, "(unknown)");
	} else if (json_is_null(value)) {
		strbuf_adds(out, "(unset)");
	} else if (json_is_array(value)) {
		json_array_foreach(value, i, member) {
			CLEANUP(free_ptr) char *text = member_show(member);

			strbuf_adds(out, i ? ", " : "");
			show_text(text, out);
		}
		if (!json_array_size(value))
			strbuf_adds(out, "(none)");
	} else if (is_text_map(value)) {
		CLEANUP(json_release) json_t *members = map_members(value);

		value_show(setting, members, out);
	} else if (setting->type == TYPE_STRING_MAP) {
		strbuf_adds(out, "(none)");
	} else if (json_is_object(value)) {
		json_compact(value, out);
	} else {
		CLEANUP(free_ptr) char *text = value_to_wire(setting, value);

		show_text(text, out);
	}
}
