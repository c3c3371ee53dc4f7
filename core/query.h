/*
 * The AWS Query protocol's request: a form of Action, Version and parameters,
 * and the percent-encoding of RFC 3986 that it and SigV4 share.
 */
#ifndef ABACK_CORE_QUERY_H
#define ABACK_CORE_QUERY_H

#include <stddef.h>

#include "core/json.h"
#include "core/strbuf.h"

/*
 * Append text with every byte but A-Z a-z 0-9 - . _ ~ as %XX; `keep` names
 * further bytes to leave alone ("/" in a path).
 */
void query_encode(const char *text, size_t len, const char *keep,
		  struct strbuf *out);

/*
 * Append the form body: Action, Version, then the parameters sorted by name.
 * parameters: an object of strings (asserted), or NULL.
 *
 */
void query_form(const char *action, const char *version,
		const json_t *parameters, struct strbuf *out);

#endif
