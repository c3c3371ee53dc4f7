#include "plans/desired_read.h"

#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/limits.h"
#include "core/mem.h"
#include "core/nearest.h"

/* Of a text that is shown in a message, so many bytes. */
#define SHOWN_BYTES 80

/* The length of the control character at s; 0: it is none. */
static size_t control_bytes(const unsigned char *s)
{
	if (*s && (*s < 0x20 || *s == 0x7f))
		return 1;
	return *s == 0xc2 && s[1] >= 0x80 && s[1] < 0xa0 ? 2 : 0;
}

/* Terminals obey control characters, and a quoted text may hold any. */
static void defuse(char *text)
{
	unsigned char *s = (unsigned char *)text;

	while (*s) {
		size_t len = control_bytes(s);

		if (len)
			memset(s, '?', len);
		s += len ? len : 1;
	}
}

/* An alias used twice shows the mistakes inside it twice: once is enough. */
static bool known_mistake(const struct error_list *list,
			  const struct yaml_node *at, const char *message)
{
	for (size_t i = 0; i < list->len; i++) {
		const struct error_item *item = &list->items[i];

		if (item->line == at->line && item->column == at->column &&
		    !strcmp(item->message, message))
			return true;
	}
	return false;
}

void desired_mistake(struct desired_reader *r, const struct yaml_node *at,
		     const char *hint, const char *fmt, ...)
{
	CLEANUP(free_ptr) char *message = NULL;
	CLEANUP(free_ptr) char *clean_hint = xstrdup(hint);
	va_list ap;

	va_start(ap, fmt);
	message = xvasprintf(fmt, ap);
	va_end(ap);
	defuse(message);
	if (clean_hint)
		defuse(clean_hint);
	if (!known_mistake(r->list, at, message))
		error_list_add(r->list, r->desired->path, at->line, at->column,
			       clean_hint, "%s", message);
}

/* Cut between characters where it is long. */
static const char *shown(struct desired_reader *r, const char *text)
{
	size_t len = strlen(text);
	CLEANUP(free_ptr) char *cut = NULL;

	if (len <= SHOWN_BYTES)
		return text;
	len = SHOWN_BYTES;
	while (len && ((unsigned char)text[len] & 0xc0) == 0x80)
		len--;
	cut = xasprintf("%.*s…", (int)len, text);
	return arena_strdup(&r->desired->arena, cut);
}

const char *desired_describe(struct desired_reader *r,
			     const struct yaml_node *node)
{
	CLEANUP(free_ptr) char *text = NULL;

	switch (node->type) {
	case YAML_NULL:
		return "null";
	case YAML_BOOL:
		return node->boolean ? "the boolean true" : "the boolean false";
	case YAML_INT:
	case YAML_FLOAT:
		text = xasprintf("the number %s", shown(r, node->text));
		break;
	case YAML_STRING:
		text = xasprintf("the string '%s'", shown(r, node->text));
		break;
	case YAML_LIST:
		return "a list";
	case YAML_MAP:
		return "a map";
	}
	return arena_strdup(&r->desired->arena, text);
}

const char *desired_meant(struct desired_reader *r, const char *name,
			  const char *const *names)
{
	struct nearest nearest = nearest_to(name);
	CLEANUP(free_ptr) char *hint = NULL;

	for (; *names; names++)
		nearest_offer(&nearest, *names);
	if (!nearest_best(&nearest))
		return NULL;
	hint = xasprintf("did you mean '%s'?", nearest_best(&nearest));
	return arena_strdup(&r->desired->arena, hint);
}

static bool is_one_of(const char *name, const char *const *names)
{
	for (; *names; names++) {
		if (!strcmp(name, *names))
			return true;
	}
	return false;
}

const char *desired_any_of(struct desired_reader *r, const char *const *names)
{
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(LIMIT_MESSAGE);

	for (size_t i = 0; names[i]; i++)
		strbuf_addf(&text, "%s%s",
			    !i             ? ""
			    : names[i + 1] ? ", "
					   : " or ",
			    names[i]);
	return arena_strdup(&r->desired->arena, text.buf);
}

bool desired_map(struct desired_reader *r, const struct yaml_node *node,
		 const char *what, const char *const *keys)
{
	if (node->type != YAML_MAP) {
		desired_mistake(r, node, NULL,
				"%s must be a map with the keys %s, not %s",
				what, desired_any_of(r, keys),
				desired_describe(r, node));
		return false;
	}
	for (size_t i = 0; i < node->len; i++) {
		const struct yaml_node *key = node->pairs[i].key;
		const char *hint;

		if (is_one_of(key->text, keys))
			continue;
		hint = desired_meant(r, key->text, keys);
		if (!hint) {
			CLEANUP(free_ptr)
			char *all = xasprintf("valid are %s",
					      desired_any_of(r, keys));

			hint = arena_strdup(&r->desired->arena, all);
		}
		desired_mistake(r, key, hint, "unknown key '%s' in %s",
				shown(r, key->text), what);
	}
	return true;
}

bool desired_list(struct desired_reader *r, const struct yaml_node *node,
		  const char *what)
{
	if (node->type == YAML_LIST)
		return true;
	desired_mistake(r, node, NULL, "%s must be a list, not %s", what,
			desired_describe(r, node));
	return false;
}

const struct yaml_node *desired_need(struct desired_reader *r,
				     const struct yaml_node *map,
				     const char *what, const char *key)
{
	const struct yaml_node *value = yaml_get(map, key);

	if (!value)
		desired_mistake(r, map, NULL, "%s has no '%s'", what, key);
	return value;
}

/* Line breaks of folded and block texts become blanks; none at the end. */
static char *one_line(struct arena *arena, const char *text)
{
	char *copy = arena_strdup(arena, text);
	size_t len = strlen(copy);

	while (len && strchr(" \t\r\n", copy[len - 1]))
		copy[--len] = '\0';
	for (char *s = copy; *s; s++) {
		if (*s == '\n' || *s == '\t')
			*s = ' ';
	}
	return copy;
}

static bool has_control(const char *text)
{
	for (; *text; text++) {
		if (control_bytes((const unsigned char *)text))
			return true;
	}
	return false;
}

const char *desired_text(struct desired_reader *r, const struct yaml_node *node,
			 const char *what)
{
	CLEANUP(free_ptr) char *hint = NULL;
	const char *text;

	if (node->type != YAML_STRING) {
		if (node->type == YAML_INT || node->type == YAML_FLOAT ||
		    node->type == YAML_BOOL)
			hint = xasprintf("put it in quotes: \"%s\"",
					 shown(r, node->text));
		desired_mistake(r, node, hint, "%s must be a string, not %s",
				what, desired_describe(r, node));
		return NULL;
	}
	text = one_line(&r->desired->arena, node->text);
	if (!*text || has_control(text)) {
		desired_mistake(r, node, NULL,
				*text ? "%s has a control character in it"
				      : "%s is empty",
				what);
		return NULL;
	}
	return text;
}

const char **desired_texts(struct desired_reader *r,
			   const struct yaml_node *node, const char *what,
			   size_t *ret_len)
{
	const char **texts;
	bool good = true;

	if (node->type == YAML_MAP || node->type == YAML_NULL ||
	    (node->type == YAML_LIST && !node->len)) {
		desired_mistake(
			r, node, NULL,
			"%s must be a string or a list of them, not %s", what,
			node->type == YAML_LIST ? "an empty list"
						: desired_describe(r, node));
		return NULL;
	}
	*ret_len = node->type == YAML_LIST ? node->len : 1;
	texts = arena_alloc(&r->desired->arena, *ret_len * sizeof(*texts));
	for (size_t i = 0; i < *ret_len; i++) {
		texts[i] = desired_text(
			r, node->type == YAML_LIST ? node->items[i] : node,
			what);
		good = good && texts[i];
	}
	return good ? texts : NULL;
}

bool desired_kind(struct desired_reader *r, const struct yaml_node *node,
		  enum kind *ret_kind)
{
	const char *names[KIND_COUNT + 1] = { NULL };
	const char *text = desired_text(r, node, "'kind'");
	const struct kind_ops *ops = text ? kind_by_name(text) : NULL;
	CLEANUP(free_ptr) char *valid = NULL;
	const char *hint;

	if (!text)
		return false;
	if (ops) {
		*ret_kind = ops->kind;
		return true;
	}
	for (size_t i = 0; i < KIND_COUNT; i++)
		names[i] = kind_ops((enum kind)i)->name;
	valid = xasprintf("valid are %s", desired_any_of(r, names));
	hint = desired_meant(r, text, names);
	desired_mistake(r, node, hint ? hint : valid, "unknown kind '%s'",
			shown(r, text));
	return false;
}

const struct target *desired_target(struct desired_reader *r,
				    const struct yaml_node *node,
				    const char *name)
{
	const struct desired *d = r->desired;
	struct nearest nearest = nearest_to(name);
	CLEANUP(free_ptr) char *hint = NULL;

	for (size_t i = 0; i < d->targets_len; i++) {
		if (!d->targets[i].name)
			continue;
		if (!strcmp(d->targets[i].name, name))
			return &d->targets[i];
		nearest_offer(&nearest, d->targets[i].name);
	}
	if (nearest_best(&nearest))
		hint = xasprintf("did you mean '%s'?", nearest_best(&nearest));
	desired_mistake(r, node, hint, "there is no target '%s'", name);
	return NULL;
}

bool desired_duration(struct desired_reader *r, const struct yaml_node *node,
		      const char *what, const char *such_as,
		      int64_t *ret_seconds)
{
	CLEANUP(error_release) struct error err = ERROR_INIT;
	CLEANUP(free_ptr) char *quoted = xasprintf("'%s'", what);
	CLEANUP(free_ptr)
	char *hint = xasprintf("a whole number and one of s, m, h, d, w, such "
			       "as %s",
			       such_as);
	const char *text = desired_text(r, node, quoted);

	if (!text)
		return false;
	if (!clock_parse_duration(text, ret_seconds, &err))
		return true;
	desired_mistake(r, node, hint, "'%s' must be a duration, not '%s'",
			what, text);
	return false;
}
