#include "core/sigv4.h"

#include <assert.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "core/limits.h"
#include "core/mem.h"
#include "core/query.h"

#define ALGORITHM "AWS4-HMAC-SHA256"
#define DATE_LEN 8 /* of the day in amz_date */

/* ---- step 1: the canonical request ---- */

/* A piece of the query or path that is on its way into the canonical form. */
struct piece {
	const char *start;
	size_t len;
};

struct pieces {
	struct piece *items;
	size_t len, cap;
};

static void pieces_release(struct pieces *pieces)
{
	free(pieces->items);
}

static struct pieces split(const char *text, char separator)
{
	struct pieces pieces = { .items = NULL };

	for (;;) {
		size_t len = (size_t)(strchrnul(text, separator) - text);

		if (len) {
			GROW(pieces.items, pieces.len, pieces.cap);
			pieces.items[pieces.len++] =
				(struct piece){ .start = text, .len = len };
		}
		if (!text[len])
			return pieces;
		text += len + 1;
	}
}

static bool piece_is(const struct piece *piece, const char *text)
{
	return piece->len == strlen(text) &&
	       !memcmp(piece->start, text, piece->len);
}

/* Dot segments and double slashes go, then what is left is encoded again. */
static void add_path(const char *path, struct strbuf *out)
{
	CLEANUP(pieces_release) struct pieces pieces = split(path, '/');
	size_t path_len = strlen(path), kept = 0;

	for (size_t i = 0; i < pieces.len; i++) {
		if (piece_is(&pieces.items[i], ".."))
			kept -= kept ? 1 : 0;
		else if (!piece_is(&pieces.items[i], "."))
			pieces.items[kept++] = pieces.items[i];
	}
	for (size_t i = 0; i < kept; i++) {
		strbuf_addc(out, '/');
		query_encode(pieces.items[i].start, pieces.items[i].len, "",
			     out);
	}
	if (!kept || path[path_len - 1] == '/')
		strbuf_addc(out, '/');
}

/* The bytes of a query as sent; what is encoded already stays as it is. */
static void add_encoded(const char *text, size_t len, struct strbuf *out)
{
	for (size_t i = 0; i < len; i++) {
		bool encoded = text[i] == '%' && len - i > 2 &&
			       isxdigit((unsigned char)text[i + 1]) &&
			       isxdigit((unsigned char)text[i + 2]);

		query_encode(text + i, 1, encoded ? "%" : "", out);
	}
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/*
 * Sorted by name, then value. '\1' stands for '=' while sorting, so that a
 * name sorts before the longer names that it begins.
 */
static void add_query(const char *query, struct strbuf *out)
{
	CLEANUP(pieces_release) struct pieces pieces = split(query, '&');
	CLEANUP(free_ptr) char **pairs = xcalloc(pieces.len, sizeof(*pairs));

	for (size_t i = 0; i < pieces.len; i++) {
		const struct piece *piece = &pieces.items[i];
		const char *equals = memchr(piece->start, '=', piece->len);
		size_t name_len =
			equals ? (size_t)(equals - piece->start) : piece->len;
		struct strbuf pair = STRBUF_INIT(LIMIT_REQUEST_BODY);

		add_encoded(piece->start, name_len, &pair);
		strbuf_addc(&pair, '\1');
		if (equals)
			add_encoded(equals + 1, piece->len - name_len - 1,
				    &pair);
		pairs[i] = strbuf_detach(&pair);
	}
	if (pieces.len)
		qsort(pairs, pieces.len, sizeof(*pairs), by_text);
	for (size_t i = 0; i < pieces.len; i++) {
		*strchr(pairs[i], '\1') = '=';
		if (i)
			strbuf_addc(out, '&');
		strbuf_adds(out, pairs[i]);
		free(pairs[i]);
	}
}

static int by_header(const void *a, const void *b)
{
	const struct sigv4_header *x = *(const struct sigv4_header *const *)a;
	const struct sigv4_header *y = *(const struct sigv4_header *const *)b;
	int order = strcasecmp(x->name, y->name);

	/* of one name: the order in which they are sent */
	return order ? order : (x > y) - (x < y);
}

/* Owned; pointers into the request. */
static const struct sigv4_header **sorted(const struct sigv4_request *request)
{
	const struct sigv4_header **headers =
		xcalloc(request->headers_len, sizeof(*headers));

	for (size_t i = 0; i < request->headers_len; i++)
		headers[i] = &request->headers[i];
	if (request->headers_len)
		qsort(headers, request->headers_len, sizeof(*headers),
		      by_header);
	return headers;
}

static void add_lower(const char *text, struct strbuf *out)
{
	for (; *text; text++)
		strbuf_addc(out, (char)tolower((unsigned char)*text));
}

/* Without blanks around it, and with one for each run of them. */
static void add_trimmed(const char *value, struct strbuf *out)
{
	bool blank = false, begun = false;

	for (; *value; value++) {
		if (isspace((unsigned char)*value)) {
			blank = true;
			continue;
		}
		if (blank && begun)
			strbuf_addc(out, ' ');
		strbuf_addc(out, *value);
		begun = true;
		blank = false;
	}
}

static bool same_name(const struct sigv4_header **headers, size_t i)
{
	return i && !strcasecmp(headers[i]->name, headers[i - 1]->name);
}

static void add_signed_names(const struct sigv4_header **headers, size_t len,
			     struct strbuf *out)
{
	for (size_t i = 0; i < len; i++) {
		if (same_name(headers, i))
			continue;
		if (i)
			strbuf_addc(out, ';');
		add_lower(headers[i]->name, out);
	}
}

void sigv4_canonical_request(const struct sigv4_request *request,
			     struct strbuf *out)
{
	CLEANUP(free_ptr) const struct sigv4_header **headers = sorted(request);

	strbuf_adds(out, request->method);
	strbuf_addc(out, '\n');
	add_path(request->path, out);
	strbuf_addc(out, '\n');
	add_query(request->query ? request->query : "", out);
	for (size_t i = 0; i < request->headers_len; i++) {
		if (same_name(headers, i)) {
			strbuf_addc(out, ',');
		} else {
			strbuf_addc(out, '\n');
			add_lower(headers[i]->name, out);
			strbuf_addc(out, ':');
		}
		add_trimmed(headers[i]->value, out);
	}
	strbuf_adds(out, "\n\n");
	add_signed_names(headers, request->headers_len, out);
	strbuf_addc(out, '\n');
	strbuf_adds(out, request->payload_hash);
}

/* ---- steps 2 to 4 ---- */

static void add_scope(const struct sigv4_scope *scope, struct strbuf *out)
{
	strbuf_addf(out, "%.*s/%s/%s/aws4_request", DATE_LEN, scope->amz_date,
		    scope->region, scope->service);
}

void sigv4_string_to_sign(const struct sigv4_scope *scope,
			  const char *canonical_request, struct strbuf *out)
{
	char hex[SHA256_HEX_MAX];

	strbuf_addf(out, ALGORITHM "\n%s\n", scope->amz_date);
	add_scope(scope, out);
	strbuf_addf(
		out, "\n%s",
		sha256_hex(canonical_request, strlen(canonical_request), hex));
}

void sigv4_signing_key(const struct secret *secret_key,
		       const struct sigv4_scope *scope,
		       unsigned char key[SIGV4_KEY_BYTES])
{
	size_t first_len = strlen("AWS4") + secret_key->len;
	char *first = xmalloc(first_len + 1);
	unsigned char step[SIGV4_KEY_BYTES];

	assert(strlen(scope->amz_date) >= DATE_LEN);
	memcpy(first, "AWS4", sizeof("AWS4"));
	memcpy(first + 4, secret_key->bytes, secret_key->len);
	hmac_sha256(first, first_len, scope->amz_date, DATE_LEN, key);
	hmac_sha256(key, SIGV4_KEY_BYTES, scope->region, strlen(scope->region),
		    step);
	hmac_sha256(step, sizeof(step), scope->service, strlen(scope->service),
		    key);
	hmac_sha256(key, SIGV4_KEY_BYTES, "aws4_request",
		    strlen("aws4_request"), step);
	memcpy(key, step, sizeof(step));
	wipe(step, sizeof(step));
	wipe(first, first_len);
	free(first);
}

void sigv4_signature(const unsigned char key[SIGV4_KEY_BYTES],
		     const char *string_to_sign, char signature[SHA256_HEX_MAX])
{
	unsigned char mac[SHA256_BYTES];

	hmac_sha256(key, SIGV4_KEY_BYTES, string_to_sign,
		    strlen(string_to_sign), mac);
	hex_encode(mac, sizeof(mac), signature);
}

static void sign(const struct sigv4_request *request,
		 const struct sigv4_scope *scope,
		 const unsigned char key[SIGV4_KEY_BYTES],
		 char signature[SHA256_HEX_MAX])
{
	CLEANUP(strbuf_release)
	struct strbuf canonical = STRBUF_INIT(LIMIT_REQUEST_BODY);
	CLEANUP(strbuf_release)
	struct strbuf to_sign = STRBUF_INIT(LIMIT_REQUEST_BODY);

	sigv4_canonical_request(request, &canonical);
	sigv4_string_to_sign(scope, canonical.buf, &to_sign);
	sigv4_signature(key, to_sign.buf, signature);
	wipe(canonical.buf, canonical.len); /* it may hold a session token */
}

void sigv4_authorization(const struct sigv4_request *request,
			 const struct sigv4_scope *scope,
			 const char *access_key,
			 const unsigned char key[SIGV4_KEY_BYTES],
			 struct strbuf *out)
{
	CLEANUP(free_ptr) const struct sigv4_header **headers = sorted(request);
	char signature[SHA256_HEX_MAX];

	sign(request, scope, key, signature);
	strbuf_addf(out, ALGORITHM " Credential=%s/", access_key);
	add_scope(scope, out);
	strbuf_adds(out, ", SignedHeaders=");
	add_signed_names(headers, request->headers_len, out);
	strbuf_addf(out, ", Signature=%s", signature);
}

/* ---- the server's side ---- */

void sigv4_claim_release(struct sigv4_claim *claim)
{
	free(claim->access_key);
	free(claim->date);
	free(claim->region);
	free(claim->service);
	free(claim->signed_headers);
	free(claim->signature);
	*claim = (struct sigv4_claim){ .access_key = NULL };
}

/* The value of `name=` in the header, up to a comma or blank; owned or NULL. */
static char *attribute(const char *text, const char *name)
{
	size_t name_len = strlen(name);

	while (*text) {
		text += strspn(text, ", ");
		size_t len = strcspn(text, ", ");

		if (len > name_len && !strncmp(text, name, name_len) &&
		    text[name_len] == '=')
			return xstrndup(text + name_len + 1,
					len - name_len - 1);
		text += len;
	}
	return NULL;
}

/* access key/date/region/service/aws4_request */
static bool parse_scope(const char *credential, struct sigv4_claim *claim)
{
	CLEANUP(pieces_release) struct pieces parts = split(credential, '/');

	if (parts.len != 5 || !piece_is(&parts.items[4], "aws4_request") ||
	    parts.items[1].len != DATE_LEN)
		return false;
	claim->access_key = xstrndup(parts.items[0].start, parts.items[0].len);
	claim->date = xstrndup(parts.items[1].start, parts.items[1].len);
	claim->region = xstrndup(parts.items[2].start, parts.items[2].len);
	claim->service = xstrndup(parts.items[3].start, parts.items[3].len);
	return true;
}

int sigv4_claim_parse(const char *authorization, struct sigv4_claim *ret_claim,
		      struct error *err)
{
	CLEANUP(sigv4_claim_release)
	struct sigv4_claim claim = { .access_key = NULL };
	size_t algorithm_len = strlen(ALGORITHM);
	const char *rest = authorization + algorithm_len;

	if (strncmp(authorization, ALGORITHM, algorithm_len) != 0 ||
	    *rest != ' ')
		return error_set(err, ERR_FORMAT,
				 "the authorization is not " ALGORITHM);
	CLEANUP(free_ptr) char *credential = attribute(rest, "Credential");
	claim.signed_headers = attribute(rest, "SignedHeaders");
	claim.signature = attribute(rest, "Signature");
	if (!credential || !claim.signed_headers || !claim.signature)
		return error_set(err, ERR_FORMAT,
				 "the authorization has no '%s'",
				 !credential            ? "Credential"
				 : claim.signed_headers ? "Signature"
							: "SignedHeaders");
	if (!parse_scope(credential, &claim))
		return error_set(err, ERR_FORMAT,
				 "the authorization's scope is malformed");
	*ret_claim = claim;
	claim = (struct sigv4_claim){ .access_key = NULL };
	return 0;
}

static bool is_claimed(const struct pieces *names, const char *name)
{
	for (size_t i = 0; i < names->len; i++) {
		if (names->items[i].len == strlen(name) &&
		    !strncasecmp(names->items[i].start, name,
				 names->items[i].len))
			return true;
	}
	return false;
}

static const char *header(const struct sigv4_request *request, const char *name)
{
	for (size_t i = 0; i < request->headers_len; i++) {
		if (!strcasecmp(request->headers[i].name, name))
			return request->headers[i].value;
	}
	return NULL;
}

/* As long for a wrong first digit as for a wrong last one. */
static bool same_signature(const char *a, const char *b)
{
	unsigned char differ = 0;

	if (strlen(a) != strlen(b))
		return false;
	for (; *a; a++, b++)
		differ |= (unsigned char)(*a ^ *b);
	return !differ;
}

bool sigv4_verify(const struct sigv4_claim *claim,
		  const struct sigv4_request *request,
		  const struct secret *secret_key)
{
	CLEANUP(pieces_release)
	struct pieces names = split(claim->signed_headers, ';');
	CLEANUP(free_ptr)
	struct sigv4_header *headers =
		xcalloc(request->headers_len, sizeof(*headers));
	struct sigv4_request claimed = *request;
	struct sigv4_scope scope = {
		.amz_date = header(request, "x-amz-date"),
		.region = claim->region,
		.service = claim->service,
	};
	unsigned char key[SIGV4_KEY_BYTES];
	char signature[SHA256_HEX_MAX];

	for (size_t i = 0; i < names.len; i++) {
		CLEANUP(free_ptr)
		char *name = xstrndup(names.items[i].start, names.items[i].len);
		if (!header(request, name))
			return false;
	}
	if (!scope.amz_date || !is_claimed(&names, "host") ||
	    !is_claimed(&names, "x-amz-date") ||
	    strncmp(scope.amz_date, claim->date, DATE_LEN) != 0)
		return false;
	claimed.headers = headers;
	claimed.headers_len = 0;
	for (size_t i = 0; i < request->headers_len; i++) {
		if (is_claimed(&names, request->headers[i].name))
			headers[claimed.headers_len++] = request->headers[i];
	}
	sigv4_signing_key(secret_key, &scope, key);
	sign(&claimed, &scope, key, signature);
	wipe(key, sizeof(key));
	return same_signature(signature, claim->signature);
}
