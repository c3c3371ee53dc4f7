/* Edits collected for a commit, and identifiers as file names. */
#include <string.h>
#include <strings.h>

#include "core/limits.h"
#include "core/mem.h"
#include "state/store.h"

static struct store_edit *add(struct store_edits *edits, const char *path)
{
	struct store_edit *edit;

	GROW(edits->items, edits->len, edits->cap);
	edit = &edits->items[edits->len++];
	*edit = (struct store_edit){ .path = xstrdup(path) };
	return edit;
}

void store_edits_put(struct store_edits *edits, const char *path,
		     const char *text, size_t len)
{
	struct store_edit *edit = add(edits, path);

	edit->text = xstrndup(text, len);
	edit->len = len;
}

void store_edits_put_json(struct store_edits *edits, const char *path,
			  const json_t *value)
{
	struct strbuf text = STRBUF_INIT(LIMIT_STORE_FILE);
	struct store_edit *edit = add(edits, path);

	json_canonical(value, &text);
	edit->len = text.len;
	edit->text = strbuf_detach(&text);
}

void store_edits_remove(struct store_edits *edits, const char *path)
{
	(void)add(edits, path);
}

void store_edits_release(struct store_edits *edits)
{
	for (size_t i = 0; i < edits->len; i++) {
		free(edits->items[i].path);
		free(edits->items[i].text);
	}
	free(edits->items);
	*edits = (struct store_edits){ 0 };
}

static bool is_plain(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       (c >= '0' && c <= '9') || (c && strchr("_.@+=,-", c));
}

char *store_encode(const char *identifier)
{
	struct strbuf out = STRBUF_INIT(LIMIT_ELEMENT_TEXT * 4);
	/* names that mean something else to a file system or to git */
	bool special = !strcmp(identifier, ".") || !strcmp(identifier, "..") ||
		       !strcasecmp(identifier, ".git");

	for (const char *p = identifier; *p; p++) {
		if (is_plain(*p) && !(special && p == identifier))
			strbuf_addc(&out, *p);
		else
			strbuf_addf(&out, "%%%02X", (unsigned char)*p);
	}
	return strbuf_detach(&out);
}
