/* Whole files: capped reading, and writing that is durable or not there. */
#ifndef ABACK_CORE_FILE_H
#define ABACK_CORE_FILE_H

#include <stddef.h>

#include "core/compiler.h"
#include "core/error.h"
#include "core/strbuf.h"

/*
 * Read a file or a pipe (or "-", standard input) whole. Over max_bytes, a
 * directory, unreadable, or a pipe without a writer: ERR_IO with the path in
 * the message. A signal while a pipe is waited for: ERR_INTERRUPTED.
 */
MUST_CHECK int file_read(const char *path, size_t max_bytes,
			 struct strbuf *ret_text, struct error *err);

/*
 * Is there a directory for the file that is to be written? Asked before long
 * work whose result goes there. ERR_IO.
 */
MUST_CHECK int file_has_place(const char *path, struct error *err);

/*
 * Write by a temporary file in the same directory, fsync, rename and fsync of
 * the directory: afterwards the path holds either what it held before or all
 * of data. A symbolic link is followed; what is no file but a device or a pipe
 * is written to. mode: permission bits of a new file.
 */
MUST_CHECK int file_write(const char *path, const void *data, size_t len,
			  unsigned mode, struct error *err);

/* fsync the directory that holds path. */
MUST_CHECK int file_sync_parent(const char *path, struct error *err);

/* path, or base's directory joined with it where it is relative. Owned. */
char *file_beside(const char *base, const char *path);

#endif
