#include "state/scratch.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "core/file.h"
#include "core/limits.h"
#include "core/mem.h"
#include "state/guard.h"

static char *path_of(struct store *store, const char *directory,
		     const char *name)
{
	return xasprintf("%s/aback/%s/%s", store_path(store), directory, name);
}

/* One write, to the end: lines of two writers stay whole. */
static int append(const char *path, const struct strbuf *text,
		  struct error *err)
{
	const int fd =
		open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	ssize_t written;

	if (fd < 0)
		return error_errno(err, ERR_IO, "cannot open '%s'", path);
	written = write(fd, text->buf, text->len);
	if (close(fd) || written != (ssize_t)text->len)
		return error_errno(err, ERR_IO, "cannot write '%s'", path);
	return 0;
}

int scratch_add(struct store *store, const char *directory, const char *name,
		const json_t *line, struct error *err)
{
	CLEANUP(free_ptr) char *path = path_of(store, directory, name);
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT(LIMIT_SCRATCH);

	json_compact(line, &text);
	strbuf_addc(&text, '\n');
	if (text.overflowed)
		return error_set(err, ERR_IO, "a line of '%s' is too long",
				 path);
	if (guard_directory(store_path(store), directory, err))
		return -1;
	return append(path, &text, err);
}

json_t *scratch_read(struct store *store, const char *directory,
		     const char *name)
{
	CLEANUP(free_ptr) char *path = path_of(store, directory, name);
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT(LIMIT_SCRATCH);
	CLEANUP(error_release) struct error ignored = ERROR_INIT;
	json_t *lines = json_array();
	const char *end;

	if (access(path, R_OK) ||
	    file_read(path, LIMIT_SCRATCH, &text, &ignored))
		return lines;
	for (const char *at = text.buf; (end = strchr(at, '\n'));
	     at = end + 1) {
		json_t *line = NULL;

		if (!json_parse(path, at, (size_t)(end - at), &line, &ignored))
			(void)json_array_append_new(lines, line);
	}
	return lines;
}

void scratch_remove(struct store *store, const char *directory,
		    const char *name)
{
	CLEANUP(free_ptr) char *path = path_of(store, directory, name);

	(void)unlink(path); /* what stays is trimmed when it is read */
}
