#include "plans/value_parts.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "core/limits.h"
#include "core/mem.h"

#define BLANKS " \t\r\n\v\f"

bool setting_has_parts(const struct setting *setting)
{
	return setting->parts[0].name != NULL;
}

static size_t parts_of(const struct setting *setting)
{
	size_t len = 0;

	while (len < SETTING_PARTS_MAX && setting->parts[len].name)
		len++;
	return len;
}

char *parts_word(const char *text, size_t n)
{
	size_t len;

	text += strspn(text, BLANKS);
	for (; n && *text; n--) {
		text += strcspn(text, BLANKS);
		text += strspn(text, BLANKS);
	}
	len = strcspn(text, BLANKS);
	return len ? xstrndup(text, len) : NULL;
}

char *parts_join(const char *first, const char *second)
{
	if (!second || !*second)
		return xstrdup(first);
	return xasprintf("%s %s", first, second);
}

void parts_show_form(const struct setting *setting, struct strbuf *out)
{
	const size_t len = parts_of(setting);

	strbuf_addc(out, '{');
	for (size_t i = 0; i < len; i++)
		strbuf_addf(out, "%s%s: …", i ? ", " : "",
			    setting->parts[i].name);
	strbuf_addc(out, '}');
}

/* Is it one of the part's choices? The word as AWS spells it, or NULL. */
static const char *choice_of(const struct setting_part *part, const char *word)
{
	for (size_t i = 0; i < SETTING_CHOICES_MAX; i++) {
		const char *choice = part->choices[i];

		if (choice && !strcasecmp(choice, word))
			return choice;
	}
	return NULL;
}

static int refuse_choice(const struct setting_part *part, const char *word,
			 struct error *err)
{
	CLEANUP(strbuf_release) struct strbuf out = STRBUF_INIT(LIMIT_MESSAGE);

	for (size_t i = 0; i < SETTING_CHOICES_MAX && part->choices[i]; i++)
		strbuf_addf(&out, "%s%s", i ? ", " : "", part->choices[i]);
	return error_set(err, ERR_DESIRED, "must have a '%s' of %s, not '%s'",
			 part->name, out.buf, word);
}

/* The word as it is kept. Owned by the caller; NULL with err set. */
static char *check_word(const struct setting_part *part, const char *word,
			struct error *err)
{
	CLEANUP(json_release) json_t *text = json_from_text(word);
	const char *choice = choice_of(part, word);

	if (part->choices[0] && !choice) {
		(void)refuse_choice(part, word, err);
		return NULL;
	}
	if (part->check && part->check(text, err))
		return NULL;
	return xstrdup(choice ? choice : word);
}

/* words: one a part, NULL where it is not there */
static int check_words(const struct setting *setting, char *const *words,
		       char **ret_text, struct error *err)
{
	CLEANUP(free_ptr) char *text = NULL;

	for (size_t i = 0; i < parts_of(setting); i++) {
		const struct setting_part *part = &setting->parts[i];
		CLEANUP(free_ptr) char *word = NULL;
		char *longer;

		if (!words[i] && part->optional)
			continue;
		if (!words[i])
			return error_set(err, ERR_DESIRED, "must have a '%s'",
					 part->name);
		word = check_word(part, words[i], err);
		if (!word)
			return -1;
		longer = text ? parts_join(text, word) : xstrdup(word);
		free(text);
		text = longer;
	}
	*ret_text = TAKE(text);
	return 0;
}

static void free_words(char *(*words)[SETTING_PARTS_MAX + 1])
{
	for (size_t i = 0; i <= SETTING_PARTS_MAX; i++)
		free((*words)[i]);
}

static int from_text(const struct setting *setting, const char *text,
		     char **ret_text, struct error *err)
{
	CLEANUP(free_words) char *words[SETTING_PARTS_MAX + 1] = { NULL };
	const size_t len = parts_of(setting);

	for (size_t i = 0; i <= len; i++)
		words[i] = parts_word(text, i);
	if (words[len]) {
		CLEANUP(strbuf_release)
		struct strbuf form = STRBUF_INIT(LIMIT_MESSAGE);

		parts_show_form(setting, &form);
		return error_set(err, ERR_DESIRED,
				 "must be %s, or these %zu words with a blank "
				 "between them, not '%s'",
				 form.buf, len, text);
	}
	return check_words(setting, words, ret_text, err);
}

static size_t find_part(const struct setting *setting, const char *name)
{
	size_t i = 0;

	while (i < parts_of(setting) &&
	       strcmp(setting->parts[i].name, name) != 0)
		i++;
	return i;
}

static int take_member(const struct setting *setting, const char *name,
		       const json_t *value, char **words, struct error *err)
{
	const size_t i = find_part(setting, name);
	const char *text = json_string_value(value);

	if (i == parts_of(setting)) {
		CLEANUP(strbuf_release)
		struct strbuf form = STRBUF_INIT(LIMIT_MESSAGE);

		parts_show_form(setting, &form);
		return error_set(err, ERR_DESIRED, "must be %s: it has no '%s'",
				 form.buf, name);
	}
	if (json_is_null(value) && setting->parts[i].optional)
		return 0;
	if (!text || !*text || text[strcspn(text, BLANKS)])
		return error_set(err, ERR_DESIRED,
				 "must have a '%s' that is one word", name);
	words[i] = xstrdup(text);
	return 0;
}

static int from_map(const struct setting *setting, const json_t *map,
		    char **ret_text, struct error *err)
{
	CLEANUP(free_words) char *words[SETTING_PARTS_MAX + 1] = { NULL };
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)map, name, value) {
		if (take_member(setting, name, value, words, err))
			return -1;
	}
	return check_words(setting, words, ret_text, err);
}

int parts_check(const struct setting *setting, const json_t *value,
		char **ret_text, struct error *err)
{
	CLEANUP(strbuf_release) struct strbuf form = STRBUF_INIT(LIMIT_MESSAGE);

	if (json_is_string(value))
		return from_text(setting, json_string_value(value), ret_text,
				 err);
	if (json_is_object(value))
		return from_map(setting, value, ret_text, err);
	parts_show_form(setting, &form);
	return error_set(err, ERR_DESIRED, "must be a map %s", form.buf);
}
