#include "tests/sim/auth.h"

#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/crypto.h"
#include "core/mem.h"
#include "core/sigv4.h"
#include "tests/sim/fleet.h"
#include "tests/sim/request.h"

#define SKEW_SECONDS ((int64_t)15 * 60)

static const char *authorization(const struct request *request)
{
	const char *text = json_text(request->headers, "authorization");
	return text ? text : "";
}

void auth_read_scope(struct request *request)
{
	CLEANUP(error_release) struct error err = ERROR_INIT;
	CLEANUP(sigv4_claim_release)
	struct sigv4_claim claim = { .date = NULL };
	bool good = !sigv4_claim_parse(authorization(request), &claim, &err);

	free(request->access_key_id);
	free(request->region);
	free(request->service);
	request->access_key_id = xstrdup(good ? claim.access_key : "");
	request->region = xstrdup(good ? claim.region : "");
	request->service = xstrdup(good ? claim.service : "");
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

static bool check_signature(const struct sigv4_claim *claim,
			    const struct access_key *key,
			    const struct request *request)
{
	char hash[SHA256_HEX_MAX];
	size_t path_len = strcspn(request->uri, "?"), len = 0;
	const char *query = request->uri + path_len;
	CLEANUP(free_ptr) char *path = xstrndup(request->uri, path_len);
	CLEANUP(free_ptr)
	struct sigv4_header *headers = xcalloc(
		json_object_size(request->headers) + 1, sizeof(*headers));
	CLEANUP(secret_release) struct secret secret = SECRET_INIT;
	const char *name;
	json_t *value;

	json_object_foreach(request->headers, name, value)
		headers[len++] = (struct sigv4_header){
			.name = name, .value = json_string_value(value)
		};
	sha256_hex(request->body.buf, request->body.len, hash);
	secret_set(&secret, key->secret, strlen(key->secret));
	struct sigv4_request signed_request = { .method = request->method,
						.path = path,
						.query =
							*query ? query + 1 : "",
						.headers = headers,
						.headers_len = len,
						.payload_hash = hash };
	return sigv4_verify(claim, &signed_request, &secret);
}

static bool parse_claim(const struct request *request,
			struct sigv4_claim *ret_claim, struct answer *answer)
{
	CLEANUP(error_release) struct error err = ERROR_INIT;
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(4096);

	if (!*authorization(request)) {
		answer_error(answer, request, 403, "MissingAuthenticationToken",
			     "Request is missing Authentication Token");
		return false;
	}
	if (!sigv4_claim_parse(authorization(request), ret_claim, &err))
		return true;
	error_message(&err, &text);
	answer_error(answer, request, 400, "IncompleteSignature",
		     "Authorization header is not usable: %s", text.buf);
	return false;
}

bool auth_verify(const struct fleet *fleet, struct request *request,
		 int64_t now, const char *skew_code, struct answer *answer)
{
	CLEANUP(sigv4_claim_release)
	struct sigv4_claim claim = { .date = NULL };
	const char *date = json_text(request->headers, "x-amz-date");

	if (!parse_claim(request, &claim, answer))
		return false;
	request->key = find_key(fleet, claim.access_key, &request->account);
	if (!request->key) {
		answer_error(answer, request, 403, "InvalidClientTokenId",
			     "The security token included in the request is "
			     "invalid.");
		return false;
	}
	if (!check_clock(request, date ? date : "", now, skew_code, answer))
		return false;
	if (!check_signature(&claim, request->key, request)) {
		answer_error(answer, request, 403, "SignatureDoesNotMatch",
			     "The request signature we calculated does not "
			     "match the signature you provided. Check your AWS "
			     "Secret Access Key and signing method.");
		return false;
	}
	return check_token(request->key, request, now, answer);
}
