/*
 * The shared config and credentials files of the AWS SDKs: sections of
 * `key = value`, comments with # or ;, an indented line continues the value
 * above it. Values may be secrets: they are wiped, and no message quotes one.
 */
#ifndef ABACK_CORE_INI_H
#define ABACK_CORE_INI_H

#include <stdbool.h>
#include <stddef.h>

#include "core/compiler.h"
#include "core/error.h"

struct ini;

/*
 * ERR_FORMAT with `where` = file:line: no section yet, no '=', a section or
 * key given twice. An empty text is an ini without sections.
 */
MUST_CHECK int ini_parse(const char *file, const char *text, size_t len,
			 struct ini **ret_ini, struct error *err);
/* A file that is not there is an ini without sections; other failures ERR_IO.
 */
MUST_CHECK int ini_read(const char *path, struct ini **ret_ini,
			struct error *err);
void ini_free(struct ini *ini);

bool ini_has_section(const struct ini *ini, const char *section);
/* key in lower case; NULL: not there. Borrowed from the ini. */
const char *ini_get(const struct ini *ini, const char *section,
		    const char *key);
/*
 * `nested = value` among the lines that are indented below a key without a
 * value of its own. Owned; NULL: not there, or empty.
 */
char *ini_get_nested(const struct ini *ini, const char *section,
		     const char *key, const char *nested);

#endif
