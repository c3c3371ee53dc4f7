#include "core/file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/limits.h"
#include "core/mem.h"

static void close_fd(const int *fd)
{
	if (*fd >= 0)
		(void)close(*fd); /* readers, or closed already on success */
}

/* A pipe that is open but gives nothing for as long is not waited for. */
#define SILENT_PIPE_MS 60000
/* Who is to write into a named pipe may just be about to open it. */
#define OPENING_PIPE_MS 1000

static int too_large(const char *shown, size_t max_bytes, struct error *err)
{
	(void)error_set(err, ERR_IO, "%s is larger than %zu %s", shown,
			max_bytes / (max_bytes % MIB ? KIB : MIB),
			max_bytes % MIB ? "KiB" : "MiB");
	error_hint(err, "is it the right file?");
	return -1;
}

/*
 * Go on after a read that failed? What was opened without blocking waits here,
 * and only a pipe or a terminal waits, and can be interrupted.
 */
static int failed_read(int fd, const char *shown, struct error *err)
{
	struct pollfd wait = { .fd = fd, .events = POLLIN };

	if (errno == EAGAIN) {
		int ready = poll(&wait, 1, SILENT_PIPE_MS);

		if (ready > 0)
			return 0;
		if (!ready)
			return error_set(err, ERR_IO,
					 "nothing came from %s for %d s", shown,
					 SILENT_PIPE_MS / 1000);
	}
	if (errno == EINTR)
		return error_set(err, ERR_INTERRUPTED,
				 "interrupted while reading %s", shown);
	return error_errno(err, ERR_IO, "cannot read %s", shown);
}

/* Of a named pipe; whether somebody came shows when it is read. */
static int await_writer(int fd, const char *shown, struct error *err)
{
	struct pollfd wait = { .fd = fd, .events = POLLIN };

	return poll(&wait, 1, OPENING_PIPE_MS) < 0 ? failed_read(fd, shown, err)
						   : 0;
}

/* Append all that fd gives. */
static int read_all(int fd, const char *shown, size_t max_bytes,
		    struct strbuf *text, struct error *err)
{
	char chunk[65536];
	ssize_t n;

	while ((n = read(fd, chunk, sizeof(chunk))) != 0) {
		if (n < 0) {
			if (failed_read(fd, shown, err))
				return -1;
			continue;
		}
		if ((size_t)n > max_bytes - text->len)
			return too_large(shown, max_bytes, err);
		strbuf_add(text, chunk, (size_t)n);
	}
	return 0;
}

/* What can be told of a file before it is read. */
static int check_kind(const struct stat *st, const char *shown,
		      size_t max_bytes, struct error *err)
{
	if (S_ISDIR(st->st_mode)) {
		(void)error_set(err, ERR_IO, "%s is a directory", shown);
		error_hint(err, "name a file in it");
		return -1;
	}
	if (S_ISREG(st->st_mode) && st->st_size > 0 &&
	    (uint64_t)st->st_size > max_bytes)
		return too_large(shown, max_bytes, err);
	return 0;
}

static int read_path(const char *path, size_t max_bytes, struct strbuf *text,
		     struct error *err)
{
	CLEANUP(free_ptr) char *shown = xasprintf("'%s'", path);
	/* a pipe without a writer would not even open */
	CLEANUP(close_fd)
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat st;

	if (fd < 0 || fstat(fd, &st))
		return error_errno(err, ERR_IO, "cannot open %s", shown);
	if (check_kind(&st, shown, max_bytes, err) ||
	    (S_ISFIFO(st.st_mode) && await_writer(fd, shown, err)) ||
	    read_all(fd, shown, max_bytes, text, err))
		return -1;
	if (!text->len && S_ISFIFO(st.st_mode))
		return error_set(err, ERR_IO,
				 "%s is a pipe, and nobody writes to it",
				 shown);
	return 0;
}

int file_read(const char *path, size_t max_bytes, struct strbuf *ret_text,
	      struct error *err)
{
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(SIZE_MAX / 2);
	int rc = strcmp(path, "-") != 0
			 ? read_path(path, max_bytes, &text, err)
			 : read_all(STDIN_FILENO, "standard input", max_bytes,
				    &text, err);

	if (rc)
		return -1;
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

/* The directory that it is in; owned. */
static char *directory_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? xstrndup(path,
				slash == path ? 1 : (size_t)(slash - path))
		     : xstrdup(".");
}

int file_has_place(const char *path, struct error *err)
{
	CLEANUP(free_ptr) char *dir = directory_of(path);
	struct stat st;

	if (!stat(dir, &st) || errno != ENOENT)
		return 0;
	(void)error_set(err, ERR_IO, "there is no directory '%s' for '%s'", dir,
			path);
	error_hint(err, "mkdir -p '%s'", dir);
	return -1;
}

int file_sync_parent(const char *path, struct error *err)
{
	CLEANUP(free_ptr) char *dir = directory_of(path);
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
	if (write_all(fd, path, data, len, err))
		return -1;
	if (fchmod(fd, (mode_t)mode) || fsync(fd))
		return error_errno(err, ERR_IO, "cannot write '%s'", path);
	if (rename(temporary, path))
		return error_errno(err, ERR_IO, "cannot replace '%s'", path);
	return file_sync_parent(path, err);
}

/* A device or a pipe is written to; replacing it would take it away. */
static int write_through(const char *path, const void *data, size_t len,
			 struct error *err)
{
	CLEANUP(close_fd) int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return error_errno(err, ERR_IO, "cannot open '%s'", path);
	return write_all(fd, path, data, len, err);
}

static int write_anew(const char *path, const char *final, const void *data,
		      size_t len, unsigned mode, struct error *err)
{
	CLEANUP(free_ptr) char *temporary = xasprintf("%s.XXXXXX", final);
	CLEANUP(close_fd) int fd = mkostemp(temporary, O_CLOEXEC);

	if (fd < 0)
		return error_errno(err, ERR_IO, "cannot create '%s'", path);
	if (fill_and_rename(fd, temporary, final, data, len, mode, err)) {
		(void)unlink(temporary); /* gone already if renamed */
		return -1;
	}
	return 0;
}

int file_write(const char *path, const void *data, size_t len, unsigned mode,
	       struct error *err)
{
	CLEANUP(free_ptr) char *target = realpath(path, NULL);
	const char *final = target ? target : path;
	struct stat st;

	if (stat(final, &st))
		return write_anew(path, final, data, len, mode, err);
	if (S_ISDIR(st.st_mode)) {
		(void)error_set(err, ERR_IO, "'%s' is a directory", path);
		error_hint(err, "name a file in it");
		return -1;
	}
	if (!S_ISREG(st.st_mode))
		return write_through(path, data, len, err);
	return write_anew(path, final, data, len, st.st_mode & 07777, err);
}

char *file_beside(const char *base, const char *path)
{
	const char *slash = strrchr(base, '/');

	if (path[0] == '/' || !slash)
		return xstrdup(path);
	return xasprintf("%.*s/%s", (int)(slash - base), base, path);
}
