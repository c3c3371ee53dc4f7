#include "core/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/mem.h"

static void close_fd(const int *fd)
{
	if (*fd >= 0)
		(void)close(*fd); /* readers, or closed already on success */
}

/* Append all that fd gives, up to the strbuf's own limit. */
static int read_all(int fd, const char *path, size_t max_bytes,
		    struct strbuf *text, struct error *err)
{
	char chunk[65536];
	ssize_t n;

	while ((n = read(fd, chunk, sizeof(chunk))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_errno(err, ERR_IO, "cannot read '%s'",
					   path);
		if ((size_t)n > max_bytes - text->len)
			return error_set(err, ERR_IO,
					 "'%s' is larger than %zu bytes", path,
					 max_bytes);
		strbuf_add(text, chunk, (size_t)n);
	}
	return 0;
}

int file_read(const char *path, size_t max_bytes, struct strbuf *ret_text,
	      struct error *err)
{
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(SIZE_MAX / 2);
	CLEANUP(close_fd) int fd = -1;
	struct stat st;

	if (!strcmp(path, "-")) {
		if (read_all(STDIN_FILENO, "standard input", max_bytes, &text,
			     err))
			return -1;
	} else {
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
		if (fd < 0 || fstat(fd, &st))
			return error_errno(err, ERR_IO, "cannot open '%s'",
					   path);
		if (S_ISDIR(st.st_mode))
			return error_set(err, ERR_IO, "'%s' is a directory",
					 path);
		if (read_all(fd, path, max_bytes, &text, err))
			return -1;
	}
	strbuf_release(ret_text);
	*ret_text = text;
	text = (struct strbuf)STRBUF_INIT(0);
	return 0;
}

static int write_all(int fd, const char *path, const char *data, size_t len,
		     struct error *err)
{
	while (len) {
		ssize_t n = write(fd, data, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_errno(err, ERR_IO, "cannot write '%s'",
					   path);
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

int file_sync_parent(const char *path, struct error *err)
{
	const char *slash = strrchr(path, '/');
	CLEANUP(free_ptr)
	char *dir = slash ? xstrndup(path,
				     slash == path ? 1 : (size_t)(slash - path))
			  : xstrdup(".");
	CLEANUP(close_fd)
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || fsync(fd))
		return error_errno(err, ERR_IO, "cannot sync directory '%s'",
				   dir);
	return 0;
}

/* Fill the temporary file and move it over path. */
static int fill_and_rename(int fd, const char *temporary, const char *path,
			   const void *data, size_t len, unsigned mode,
			   struct error *err)
{
	if (write_all(fd, temporary, data, len, err))
		return -1;
	if (fchmod(fd, (mode_t)mode) || fsync(fd))
		return error_errno(err, ERR_IO, "cannot write '%s'", path);
	if (rename(temporary, path))
		return error_errno(err, ERR_IO, "cannot replace '%s'", path);
	return file_sync_parent(path, err);
}

int file_write(const char *path, const void *data, size_t len, unsigned mode,
	       struct error *err)
{
	CLEANUP(free_ptr) char *target = realpath(path, NULL);
	const char *final = target ? target : path;
	CLEANUP(free_ptr) char *temporary = xasprintf("%s.XXXXXX", final);
	CLEANUP(close_fd) int fd = mkostemp(temporary, O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return error_errno(err, ERR_IO, "cannot create '%s'", path);
	if (!stat(final, &st))
		mode = st.st_mode & 07777;
	if (fill_and_rename(fd, temporary, final, data, len, mode, err)) {
		(void)unlink(temporary); /* gone already if renamed */
		return -1;
	}
	return 0;
}

char *file_beside(const char *base, const char *path)
{
	const char *slash = strrchr(base, '/');

	if (path[0] == '/' || !slash)
		return xstrdup(path);
	return xasprintf("%.*s/%s", (int)(slash - base), base, path);
}
