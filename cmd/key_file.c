#include "cmd/key_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cmd/passphrase.h"
#include "core/crypto.h"
#include "core/file.h"
#include "core/limits.h"
#include "core/mem.h"

#define KEY_FILE_BYTES (64 * KIB)

char *key_file_path(const char *given)
{
	const char *config = getenv("XDG_CONFIG_HOME");
	const char *home = getenv("HOME");

	if (given)
		return xstrdup(given);
	if (config && *config)
		return xasprintf("%s/aback/key", config);
	return xasprintf("%s/.config/aback/key", home ? home : "");
}

int key_file_make_directory(const char *path, struct error *err)
{
	CLEANUP(free_ptr) char *copy = xstrdup(path);
	struct stat st;

	for (char *slash = copy + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		if (stat(copy, &st) && mkdir(copy, 0700) && errno != EEXIST)
			return error_errno(err, ERR_IO, "cannot make '%s'",
					   copy);
		*slash = '/';
	}
	return 0;
}

/* As ssh does it: a key that others may read is no secret any more. */
static int check_mode(const char *path, struct error *err)
{
	struct stat st;

	if (stat(path, &st)) {
		const int rc = error_errno(err, ERR_IO,
					   "cannot read the key '%s'", path);

		if (errno == ENOENT)
			error_hint(err, "make one with: aback keygen");
		return rc;
	}
	if (!S_ISREG(st.st_mode) || !(st.st_mode & 077))
		return 0;
	(void)error_set(err, ERR_CREDENTIALS,
			"others may read the private key '%s' (mode %04o)",
			path, (unsigned)st.st_mode & 07777);
	error_hint(err, "chmod 600 %s", path);
	return -1;
}

int key_file_load(const char *path, struct private_key **ret_key,
		  struct error *err)
{
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT(KEY_FILE_BYTES);
	CLEANUP(free_ptr) char *prompt = xasprintf("passphrase of %s", path);
	int rc;

	if (check_mode(path, err) ||
	    file_read(path, KEY_FILE_BYTES, &text, err))
		return -1;
	rc = private_key_parse(path, text.buf, text.len, passphrase_ask, prompt,
			       ret_key, err);
	wipe(text.buf, text.len);
	return rc;
}
