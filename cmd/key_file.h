/* Where a person's key is, and reading it. */
#ifndef ABACK_CMD_KEY_FILE_H
#define ABACK_CMD_KEY_FILE_H

#include "core/compiler.h"
#include "core/error.h"
#include "core/signature.h"

/* given, else key below the person's aback configuration. Owned. */
char *key_file_path(const char *given);
/* Make the directory of the default place where it is missing, for us alone. */
MUST_CHECK int key_file_make_directory(const char *path, struct error *err);
/*
 * Read the private key. ERR_CREDENTIALS: others may read the file, or its
 * passphrase is missing or wrong.
 */
MUST_CHECK int key_file_load(const char *path, struct private_key **ret_key,
			     struct error *err);

#endif
