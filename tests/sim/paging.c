#include "tests/sim/paging.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "core/crypto.h"
#include "core/mem.h"
#include "tests/sim/request.h"

#define SEAL_DIGITS 16
#define LOGS_MOST 50

/*
 * A marker is the hex of the last name, sealed with a digest over what it is
 * for, so that a marker of another listing or an invented one is refused.
 */
static char *seal(const struct request *request, const char *after)
{
	char hex[SHA256_HEX_MAX];
	CLEANUP(free_ptr)
	char *text = xasprintf("marker/%s/%s/%s/%s", request->action,
			       request->access_key_id, request->region, after);

	sha256_hex(text, strlen(text), hex);
	return xstrndup(hex, SEAL_DIGITS);
}

char *page_marker(const struct request *request, const char *after)
{
	size_t len = strlen(after);
	CLEANUP(free_ptr) char *hex = xmalloc(2 * len + 1);
	CLEANUP(free_ptr) char *sealed = seal(request, after);

	hex_encode(after, len, hex);
	return xasprintf("%s%s", sealed, hex);
}

static unsigned digit(char c)
{
	return c <= '9' ? (unsigned)(c - '0') : (unsigned)(c - 'a' + 10);
}

/* The name in a marker; NULL: it is not one of ours. */
static char *open_marker(const struct request *request, const char *marker)
{
	size_t len = strlen(marker);

	if (len <= SEAL_DIGITS || len % 2 ||
	    strspn(marker, "0123456789abcdef") != len)
		return NULL;
	len = (len - SEAL_DIGITS) / 2;
	CLEANUP(free_ptr) char *after = xmalloc(len + 1);
	const char *hex = marker + SEAL_DIGITS;
	for (size_t i = 0; i < len; i++)
		after[i] =
			(char)(digit(hex[2 * i]) * 16 + digit(hex[2 * i + 1]));
	after[len] = '\0';
	CLEANUP(free_ptr) char *again = page_marker(request, after);
	return !strcmp(again, marker) ? TAKE(after) : NULL;
}

bool page_token(const struct request *request, const char *name,
		const char *code, struct page *page, struct answer *answer)
{
	const char *marker = request_get(request, name);

	if (!marker || !*marker)
		return true;
	page->after = open_marker(request, marker);
	if (page->after)
		return true;
	answer_error(answer, request, 400, code, "Invalid marker: %s", marker);
	return false;
}

static bool read_size(const struct request *request, const char *name,
		      long least, long most, const char *code,
		      struct page *page, struct answer *answer)
{
	const char *text = request_get(request, name);
	char *end = NULL;

	page->size = 100;
	if (!text)
		return true;
	errno = 0;
	page->size = strtol(text, &end, 10);
	if (!errno && isdigit((unsigned char)*text) && !*end &&
	    page->size >= least && page->size <= most)
		return true;
	answer_error(answer, request, 400, code,
		     "Invalid value %s for %s. Must be between %ld and %ld",
		     text, name, least, most);
	return false;
}

static bool read_page(const struct request *request, const char *size_name,
		      long least, long most, const char *code, long cap,
		      struct page *ret_page, struct answer *answer)
{
	if (!page_token(request, "Marker", code, ret_page, answer) ||
	    !read_size(request, size_name, least, most, code, ret_page, answer))
		return false;
	if (cap > 0 && ret_page->size > cap)
		ret_page->size = cap;
	return true;
}

bool page_rds(const struct request *request, long cap, struct page *ret_page,
	      struct answer *answer)
{
	return read_page(request, "MaxRecords", 20, 100,
			 "InvalidParameterValue", cap, ret_page, answer);
}

bool page_iam(const struct request *request, long cap, struct page *ret_page,
	      struct answer *answer)
{
	return read_page(request, "MaxItems", 1, 1000, "ValidationError", cap,
			 ret_page, answer);
}

bool page_logs(const struct request *request, long cap, struct page *ret_page,
	       struct answer *answer)
{
	const json_t *limit = json_object_get(request->parameters, "limit");

	ret_page->size = limit ? (long)json_integer_value(limit) : LOGS_MOST;
	if (ret_page->size < 1 || ret_page->size > LOGS_MOST) {
		answer_error(
			answer, request, 400, "InvalidParameterException",
			"1 validation error detected: Value '%ld' at "
			"'limit' failed to satisfy constraint: Member must "
			"have value between 1 and %d",
			ret_page->size, LOGS_MOST);
		return false;
	}
	if (cap > 0 && ret_page->size > cap)
		ret_page->size = cap;
	return page_token(request, "nextToken", "InvalidParameterException",
			  ret_page, answer);
}

bool page_ec2(const struct request *request, long cap, struct page *ret_page,
	      struct answer *answer)
{
	if (!page_token(request, "NextToken", "InvalidParameterValue", ret_page,
			answer) ||
	    !read_size(request, "MaxResults", 5, 1000, "InvalidParameterValue",
		       ret_page, answer))
		return false;
	if (!request_get(request, "MaxResults"))
		ret_page->size = LONG_MAX;
	else if (cap > 0 && ret_page->size > cap)
		ret_page->size = cap;
	return true;
}
