#include "tests/sim/auth.h"

#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/crypto.h"
#include "core/mem.h"
#include "tests/sim/fleet.h"
#include "tests/sim/request.h"

#define ALGORITHM "AWS4-HMAC-SHA256"
#define SKEW_SECONDS (15 * 60)
#define CANONICAL_MAX ((size_t)256 * 1024)

/* "Name=" in the Authorization header, up to a comma; NULL: not there. */
static char *auth_field(const char *header, const char *name)
{
	const char *at = strstr(header, name);

	if (!at)
		return NULL;
	at += strlen(name);
	return xstrndup(at, strcspn(at, ", "));
}

/* The nth part (from 0) of a/b/c, or "". */
static char *scope_part(const char *scope, int nth)
{
	while (nth-- > 0) {
		scope += strcspn(scope, "/");
		if (*scope)
			scope++;
	}
	return xstrndup(scope, strcspn(scope, "/"));
}

static const char *authorization(const struct request *request)
{
	const char *text = json_text(request->headers, "authorization");
	return text ? text : "";
}

void auth_read_scope(struct request *request)
{
	CLEANUP(free_ptr)
	char *credential = auth_field(authorization(request), "Credential=");
	const char *scope = credential ? credential : "";

	free(request->access_key_id);
	free(request->region);
	free(request->service);
	request->access_key_id = scope_part(scope, 0);
	request->region = scope_part(scope, 2);
	request->service = scope_part(scope, 3);
}

static const struct access_key *find_key(const struct fleet *fleet,
					 const char *id,
					 struct account **ret_account)
{
	for (size_t i = 0; i < fleet->len; i++)
		for (size_t k = 0; k < fleet->accounts[i]->keys_len; k++)
			if (!strcmp(fleet->accounts[i]->keys[k]->id, id)) {
				*ret_account = fleet->accounts[i];
				return fleet->accounts[i]->keys[k];
			}
	return NULL;
}

static int compare_text(const void *a, const void *b)
{
	const char *const *left = a, *const *right = b;
	return strcmp(*left, *right);
}

/* The query's pairs in order; they are escaped by the client already. */
static void add_query(struct strbuf *out, const char *query)
{
	char *parts[64];
	size_t len = 0;
	CLEANUP(free_ptr) char *copy = xstrdup(query);
	char *rest = NULL;

	for (char *part = strtok_r(copy, "&", &rest);
	     part && len < ARRAY_SIZE(parts); part = strtok_r(NULL, "&", &rest))
		parts[len++] = part;
	qsort(parts, len, sizeof(*parts), compare_text);
	for (size_t i = 0; i < len; i++)
		strbuf_addf(out, "%s%s%s", i ? "&" : "", parts[i],
			    strchr(parts[i], '=') ? "" : "=");
	strbuf_addc(out, '\n');
}

/* Blanks around the value go, runs of them become one. */
static void add_header(struct strbuf *out, const char *name, const char *value)
{
	bool blank = false, any = false;

	strbuf_addf(out, "%s:", name);
	for (; *value; value++) {
		if (*value == ' ' || *value == '\t') {
			blank = true;
			continue;
		}
		if (blank && any)
			strbuf_addc(out, ' ');
		blank = false;
		any = true;
		strbuf_addc(out, *value);
	}
	strbuf_addc(out, '\n');
}

/* Each of the ;-separated names with its value; false: one is missing. */
static bool add_signed_headers(struct strbuf *out,
			       const struct request *request, const char *names)
{
	CLEANUP(free_ptr) char *copy = xstrdup(names);
	char *rest = NULL;
	bool host = false;

	for (char *name = strtok_r(copy, ";", &rest); name;
	     name = strtok_r(NULL, ";", &rest)) {
		const char *value = json_text(request->headers, name);
		if (!value)
			return false;
		host |= !strcmp(name, "host");
		add_header(out, name, value);
	}
	strbuf_addf(out, "\n%s\n", names);
	return host;
}

static bool canonical_request(struct strbuf *out, const struct request *request,
			      const char *names)
{
	char hex[SHA256_HEX_MAX];
	size_t path_len = strcspn(request->uri, "?");
	const char *query = request->uri + path_len;

	strbuf_addf(out, "%s\n%.*s\n", request->method, (int)path_len,
		    request->uri);
	add_query(out, *query ? query + 1 : "");
	if (!add_signed_headers(out, request, names))
		return false;
	strbuf_adds(out, sha256_hex(request->body.buf, request->body.len, hex));
	return !out->overflowed;
}

static void sign(const struct access_key *key, const struct request *request,
		 const char *date, const char *text, char hex[SHA256_HEX_MAX])
{
	unsigned char mac[SHA256_BYTES];
	CLEANUP(free_ptr) char *start = xasprintf("AWS4%s", key->secret);

	hmac_sha256(start, strlen(start), date, 8, mac);
	hmac_sha256(mac, sizeof(mac), request->region, strlen(request->region),
		    mac);
	hmac_sha256(mac, sizeof(mac), request->service,
		    strlen(request->service), mac);
	hmac_sha256(mac, sizeof(mac), "aws4_request", 12, mac);
	hmac_sha256(mac, sizeof(mac), text, strlen(text), mac);
	hex_encode(mac, sizeof(mac), hex);
}

/* "20261124T021530Z" → UTC seconds; false: it is none. */
static bool parse_date(const char *text, int64_t *ret_when)
{
	struct tm tm = { .tm_isdst = 0 };
	const char *end = strptime(text, "%Y%m%dT%H%M%SZ", &tm);

	if (!end || *end || strlen(text) != 16)
		return false;
	*ret_when = timegm(&tm);
	return true;
}

static bool check_clock(const struct request *request, const char *date,
			int64_t now, const char *skew_code,
			struct answer *answer)
{
	char now_text[CLOCK_TEXT_MAX], limit[CLOCK_TEXT_MAX];
	int64_t when;

	if (!parse_date(date, &when)) {
		answer_error(answer, request, 400, "IncompleteSignature",
			     "Date must be in ISO-8601 'basic format'. Got "
			     "'%s'.",
			     date);
		return false;
	}
	bool late = when < now - SKEW_SECONDS;
	if (!late && when <= now + SKEW_SECONDS)
		return true;
	clock_basic(now, now_text);
	clock_basic(late ? now - SKEW_SECONDS : now + SKEW_SECONDS, limit);
	answer_error(answer, request, 403,
		     skew_code ? skew_code : "SignatureDoesNotMatch",
		     late ? "Signature expired: %s is now earlier than %s (%s "
			    "- 15 min.)"
			  : "Signature not yet current: %s is still later "
			    "than %s (%s + 15 min.)",
		     date, limit, now_text);
	return false;
}

static bool check_token(const struct access_key *key,
			const struct request *request, int64_t now,
			struct answer *answer)
{
	const char *token = json_text(request->headers, "x-amz-security-token");

	if ((key->token == NULL) != (token == NULL) ||
	    (token && strcmp(token, key->token) != 0)) {
		answer_error(answer, request, 403, "InvalidClientTokenId",
			     "The security token included in the request is "
			     "invalid.");
		return false;
	}
	if (key->expires_at && key->expires_at <= now) {
		answer_error(answer, request, 403, "ExpiredToken",
			     "The security token included in the request is "
			     "expired");
		return false;
	}
	return true;
}

static bool check_signature(const struct access_key *key,
			    const struct request *request, const char *date,
			    const char *names, const char *signature)
{
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT(CANONICAL_MAX);
	char hex[SHA256_HEX_MAX];

	if (!canonical_request(&text, request, names))
		return false;
	sha256_hex(text.buf, text.len, hex);
	CLEANUP(free_ptr)
	char *to_sign =
		xasprintf(ALGORITHM "\n%s\n%.8s/%s/%s/aws4_request\n%s", date,
			  date, request->region, request->service, hex);
	sign(key, request, date, to_sign, hex);
	return !strcmp(hex, signature);
}

bool auth_verify(const struct fleet *fleet, struct request *request,
		 int64_t now, const char *skew_code, struct answer *answer)
{
	const char *header = authorization(request);
	const char *date = json_text(request->headers, "x-amz-date");
	CLEANUP(free_ptr) char *names = auth_field(header, "SignedHeaders=");
	CLEANUP(free_ptr) char *signature = auth_field(header, "Signature=");
	CLEANUP(free_ptr) char *scope = auth_field(header, "Credential=");

	if (!*header) {
		answer_error(answer, request, 403, "MissingAuthenticationToken",
			     "Request is missing Authentication Token");
		return false;
	}
	CLEANUP(free_ptr) char *last = scope_part(scope ? scope : "", 4);
	CLEANUP(free_ptr) char *day = scope_part(scope ? scope : "", 1);
	if (strncmp(header, ALGORITHM " ", strlen(ALGORITHM) + 1) != 0 ||
	    !names || !signature || !date ||
	    strcmp(last, "aws4_request") != 0 || strncmp(day, date, 8) != 0 ||
	    strlen(day) != 8) {
		answer_error(answer, request, 400, "IncompleteSignature",
			     "Authorization header requires an existing "
			     "Credential, SignedHeaders, Signature and date");
		return false;
	}
	request->key =
		find_key(fleet, request->access_key_id, &request->account);
	if (!request->key) {
		answer_error(answer, request, 403, "InvalidClientTokenId",
			     "The security token included in the request is "
			     "invalid.");
		return false;
	}
	if (!check_clock(request, date, now, skew_code, answer))
		return false;
	if (!check_signature(request->key, request, date, names, signature)) {
		answer_error(answer, request, 403, "SignatureDoesNotMatch",
			     "The request signature we calculated does not "
			     "match the signature you provided. Check your AWS "
			     "Secret Access Key and signing method.");
		return false;
	}
	return check_token(request->key, request, now, answer);
}
