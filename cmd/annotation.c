#include "cmd/annotation.h"

#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/compiler.h"
#include "core/mem.h"

/* As the runner decodes it: a property also ends at ':' and ','. */
static void add_escaped(struct strbuf *out, const char *text, bool property)
{
	for (; *text; text++) {
		if (strchr("%\r\n", *text) || (property && strchr(":,", *text)))
			strbuf_addf(out, "%%%02X", (unsigned char)*text);
		else
			strbuf_addc(out, *text);
	}
}

/* A file as GitHub knows it: from the root of the checkout. Owned. */
static char *path_in_checkout(const char *file)
{
	const char *root = getenv("GITHUB_WORKSPACE");
	CLEANUP(free_ptr) char *real_root = root ? realpath(root, NULL) : NULL;
	CLEANUP(free_ptr) char *real = realpath(file, NULL);
	size_t len = real_root ? strlen(real_root) : 0;

	if (!len || !real || strncmp(real, real_root, len) != 0 ||
	    real[len] != '/')
		return xstrdup(file);
	return xstrdup(real + len + 1);
}

/* more: how many mistakes this one stands for besides itself */
static void add_mistake(struct strbuf *out, const struct error_item *item,
			size_t more)
{
	CLEANUP(free_ptr) char *file = path_in_checkout(item->file);

	strbuf_adds(out, "::error file=");
	add_escaped(out, file, true);
	if (item->line)
		strbuf_addf(out, ",line=%ld,col=%ld", item->line, item->column);
	strbuf_adds(out, "::");
	add_escaped(out, item->message, false);
	if (item->hint) {
		strbuf_adds(out, "%0Ahint: ");
		add_escaped(out, item->hint, false);
	}
	if (more)
		strbuf_addf(out, "%%0Aand %zu more mistakes: see the log",
			    more);
	strbuf_addc(out, '\n');
}

void annotate_mistakes(const struct error_list *list, struct strbuf *out)
{
	const char *actions = getenv("GITHUB_ACTIONS");
	size_t total = list->len + list->dropped;

	if (!actions || strcmp(actions, "true") != 0)
		return;
	for (size_t i = 0; i < list->len && i < ANNOTATIONS_MOST; i++)
		add_mistake(out, &list->items[i],
			    i + 1 == ANNOTATIONS_MOST ? total - i - 1 : 0);
}
