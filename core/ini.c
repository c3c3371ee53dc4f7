#include "core/ini.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/crypto.h"
#include "core/file.h"
#include "core/limits.h"
#include "core/mem.h"
#include "core/secret.h"

/* A section's own line is the entry with the key "". */
struct entry {
	char *section;
	char *key;
	struct secret value;
	size_t line;
};

struct ini {
	struct entry *entries; /* sorted by section, key and line */
	size_t len, cap;
	size_t indent; /* of the last key's line, while it is read */
};

static int by_name(const struct entry *a, const struct entry *b)
{
	int order = strcmp(a->section, b->section);

	return order ? order : strcmp(a->key, b->key);
}

static int by_name_and_line(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	int order = by_name(x, y);

	return order ? order : (x->line > y->line) - (x->line < y->line);
}

static struct entry *add_entry(struct ini *ini, const char *section,
			       size_t section_len, size_t line)
{
	GROW(ini->entries, ini->len, ini->cap);
	ini->entries[ini->len] = (struct entry){
		.section = xstrndup(section, section_len),
		.line = line,
		.value = SECRET_INIT,
	};
	return &ini->entries[ini->len++];
}

/* One line without its end and without the blanks at both of its ends. */
struct line {
	const char *text;
	size_t len;
	size_t number;
	size_t indent;
};

static void trim(const char **text, size_t *len)
{
	while (*len && isspace((unsigned char)**text)) {
		(*text)++;
		(*len)--;
	}
	while (*len && isspace((unsigned char)(*text)[*len - 1]))
		(*len)--;
}

static int mistake(const char *file, size_t line, struct error *err,
		   const char *what)
{
	(void)error_set(err, ERR_FORMAT, "'%s' is malformed: %s", file, what);
	error_where(err, "%s:%zu", file, line);
	return -1;
}

static int parse_section(struct ini *ini, const char *file,
			 const struct line *line, struct error *err)
{
	const char *name = line->text + 1;
	const char *end = memchr(name, ']', line->len - 1);
	const char *rest = end ? end + 1 : NULL;
	size_t len = end ? (size_t)(end - name) : 0;
	size_t rest_len = end ? line->len - len - 2 : 0;

	if (!end)
		return mistake(file, line->number, err,
			       "the section's name has no ']'");
	trim(&rest, &rest_len);
	if (rest_len && *rest != '#' && *rest != ';')
		return mistake(file, line->number, err,
			       "something follows the section's name");
	trim(&name, &len);
	if (!len)
		return mistake(file, line->number, err,
			       "the section's name is empty");
	add_entry(ini, name, len, line->number)->key = xstrdup("");
	return 0;
}

static void continue_value(struct entry *entry, const struct line *line)
{
	struct secret *value = &entry->value;
	size_t len = value->len + 1 + line->len;
	char *joined = xmalloc(len + 1);

	memcpy(joined, value->bytes, value->len);
	joined[value->len] = '\n';
	memcpy(joined + value->len + 1, line->text, line->len);
	secret_set(value, joined, len);
	wipe(joined, len);
	free(joined);
}

static int parse_pair(struct ini *ini, const char *file,
		      const struct line *line, struct error *err)
{
	const char *key = line->text, *value;
	size_t key_len = 0, value_len;
	const char *section;
	struct entry *entry;

	if (!ini->len)
		return mistake(file, line->number, err,
			       "a line stands before the first section");
	while (key_len < line->len && key[key_len] != '=' &&
	       key[key_len] != ':')
		key_len++;
	if (key_len == line->len)
		return mistake(file, line->number, err, "a line has no '='");
	value = key + key_len + 1;
	value_len = line->len - key_len - 1;
	trim(&key, &key_len);
	trim(&value, &value_len);
	if (!key_len)
		return mistake(file, line->number, err,
			       "a line has nothing before '='");
	section = ini->entries[ini->len - 1].section;
	entry = add_entry(ini, section, strlen(section), line->number);
	entry->key = xstrndup(key, key_len);
	for (char *c = entry->key; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	secret_set(&entry->value, value, value_len);
	return 0;
}

static int parse_line(struct ini *ini, const char *file,
		      const struct line *line, struct error *err)
{
	if (!line->len || *line->text == '#' || *line->text == ';')
		return 0;
	/* deeper than the key it belongs to, which may stand deep itself */
	if (ini->len && *ini->entries[ini->len - 1].key &&
	    line->indent > ini->indent) {
		struct entry *entry = &ini->entries[ini->len - 1];

		if (entry->value.len + line->len > LIMIT_CONFIG_VALUE)
			return mistake(file, line->number, err,
				       "a value is too long");
		continue_value(entry, line);
		return 0;
	}
	ini->indent = line->indent;
	if (*line->text == '[')
		return parse_section(ini, file, line, err);
	return parse_pair(ini, file, line, err);
}

static int parse_lines(struct ini *ini, const char *file, const char *text,
		       size_t len, struct error *err)
{
	const char *end = text + len;

	for (size_t number = 1; text < end; number++) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		const char *line_end = newline ? newline : end;
		struct line line = {
			.text = text,
			.len = (size_t)(line_end - text),
			.number = number,
		};

		trim(&line.text, &line.len);
		line.indent = (size_t)(line.text - text);
		if (parse_line(ini, file, &line, err))
			return -1;
		text = line_end + 1;
	}
	return 0;
}

static int refuse_twice(const struct ini *ini, const char *file,
			struct error *err)
{
	for (size_t i = 1; i < ini->len; i++) {
		const struct entry *entry = &ini->entries[i];

		if (by_name(entry - 1, entry) != 0)
			continue;
		(void)mistake(file, entry->line, err,
			      *entry->key ? "a key is given twice"
					  : "a section is given twice");
		error_hint(err, "the first stands on line %zu: join them",
			   entry[-1].line);
		return -1;
	}
	return 0;
}

DEFINE_CLEANUP(free_ini, struct ini *, ini_free)

int ini_parse(const char *file, const char *text, size_t len,
	      struct ini **ret_ini, struct error *err)
{
	CLEANUP(free_ini) struct ini *ini = xcalloc(1, sizeof(*ini));

	if (memchr(text, '\0', len))
		return error_set(err, ERR_FORMAT,
				 "'%s' is malformed: it is binary", file);
	if (len >= 3 && !memcmp(text, "\xef\xbb\xbf", 3)) {
		text += 3;
		len -= 3;
	}
	if (parse_lines(ini, file, text, len, err))
		return -1;
	if (ini->len)
		qsort(ini->entries, ini->len, sizeof(*ini->entries),
		      by_name_and_line);
	if (refuse_twice(ini, file, err))
		return -1;
	*ret_ini = TAKE(ini);
	return 0;
}

int ini_read(const char *path, struct ini **ret_ini, struct error *err)
{
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT(LIMIT_CONFIG_FILE);
	int rc;

	if (access(path, F_OK) && (errno == ENOENT || errno == ENOTDIR))
		return ini_parse(path, "", 0, ret_ini, err);
	if (file_read(path, LIMIT_CONFIG_FILE, &text, err))
		return -1;
	rc = ini_parse(path, text.buf, text.len, ret_ini, err);
	wipe(text.buf, text.len);
	return rc;
}

void ini_free(struct ini *ini)
{
	if (!ini)
		return;
	for (size_t i = 0; i < ini->len; i++) {
		free(ini->entries[i].section);
		free(ini->entries[i].key);
		secret_release(&ini->entries[i].value);
	}
	free(ini->entries);
	free(ini);
}

static const struct entry *find(const struct ini *ini, const char *section,
				const char *key)
{
	size_t low = 0, high = ini->len;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct entry *entry = &ini->entries[middle];
		int order = strcmp(entry->section, section);

		if (!order)
			order = strcmp(entry->key, key);
		if (!order)
			return entry;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

bool ini_has_section(const struct ini *ini, const char *section)
{
	return find(ini, section, "") != NULL;
}

const char *ini_get(const struct ini *ini, const char *section, const char *key)
{
	const struct entry *entry = *key ? find(ini, section, key) : NULL;

	return entry ? entry->value.bytes : NULL;
}

char *ini_get_nested(const struct ini *ini, const char *section,
		     const char *key, const char *nested)
{
	const char *text = ini_get(ini, section, key);

	if (!text || *text != '\n')
		return NULL; /* a value of its own, which nothing is below */
	while (*text) {
		size_t line_len = strcspn(text, "\n");
		size_t key_len = strcspn(text, "=\n");
		const char *name = text, *value = text + key_len + 1;
		size_t value_len =
			key_len < line_len ? line_len - key_len - 1 : 0;

		trim(&name, &key_len);
		trim(&value, &value_len);
		if (key_len == strlen(nested) && value_len &&
		    !strncmp(name, nested, key_len))
			return xstrndup(value, value_len);
		text += line_len + (text[line_len] != '\0');
	}
	return NULL;
}
