/* Values as people write them: checked, and made canonical. */
#include <string.h>
#include <strings.h>

#include "core/limits.h"
#include "core/mem.h"
#include "plans/document.h"
#include "plans/sg_rule.h"
#include "plans/value.h"
#include "plans/value_internal.h"
#include "plans/value_parts.h"
#include "plans/window.h"

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
	    value_choice(setting, json_string_value(value)))
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
	text = value_scalar(setting, json_string_value(value));
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
	member = value_member(setting, json_string_value(item));
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
		if (value_is_word(setting, value)) {
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
	if (setting->check && !value_is_word(setting, checked) &&
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
