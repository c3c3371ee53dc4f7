/* The message of a commit: a subject, trailers, and the digests of records. */
#include <string.h>

#include "core/crypto.h"
#include "state/store_internal.h"

/* Text on one line, as a subject and a trailer must be. */
static void add_one_line(struct strbuf *out, const char *text)
{
	for (; *text; text++)
		strbuf_addc(out, (unsigned char)*text < ' ' ? ' ' : *text);
}

static void add_trailer(struct strbuf *out, const char *name, const char *value)
{
	strbuf_addf(out, "%s: ", name);
	add_one_line(out, value);
	strbuf_addc(out, '\n');
}

bool store_is_record(const char *path)
{
	return !strncmp(path, "changes/", strlen("changes/")) ||
	       !strncmp(path, "reviews/", strlen("reviews/"));
}

/*
 * The SHA-256 of each file of a record that the commit writes, in the form of
 * sha256sum: git's own names of objects are SHA-1.
 */
static void add_digests(struct strbuf *out, const struct store_edits *edits)
{
	for (size_t i = 0; i < edits->len; i++) {
		const struct store_edit *edit = &edits->items[i];
		char hex[SHA256_HEX_MAX];

		if (!edit->text || !store_is_record(edit->path))
			continue;
		strbuf_addf(out, STORE_DIGEST ": %s  %s\n",
			    sha256_hex(edit->text, edit->len, hex), edit->path);
	}
}

void store_message(struct strbuf *out, const char *subject,
		   const struct store_trailer *trailers,
		   const struct store_edits *edits)
{
	size_t len;

	add_one_line(out, subject);
	strbuf_addc(out, '\n');
	len = out->len;
	for (; trailers && trailers->name; trailers++) {
		if (trailers->value)
			add_trailer(out, trailers->name, trailers->value);
	}
	add_digests(out, edits);
	if (out->len > len)
		strbuf_insert(out, len, "\n");
}
