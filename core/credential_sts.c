/* Credentials of a role, by sts. */
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/credential_source.h"
#include "core/endpoint.h"
#include "core/limits.h"
#include "core/mem.h"
#include "core/query.h"
#include "core/sigv4.h"
#include "core/xml.h"

#define STS_TIMEOUT_MS 10000
#define STS_ATTEMPTS 3
#define ANSWER_MOST (256 * KIB)

enum {
	STS_KEY,
	STS_SECRET,
	STS_TOKEN,
	STS_EXPIRY,
	STS_CODE,
	STS_MESSAGE,
	STS_TEXTS
};

struct answer {
	struct secret texts[STS_TEXTS];
};

static void answer_release(struct answer *answer)
{
	for (size_t i = 0; i < STS_TEXTS; i++)
		secret_release(&answer->texts[i]);
}

static void on_close(void *ctx, int id, const char *text, size_t len)
{
	struct answer *answer = ctx;

	secret_set(&answer->texts[id], text, len);
}

static int read_answer(const struct strbuf *body, struct answer *ret_answer,
		       struct error *err)
{
	static const struct {
		const char *path;
		int id;
	} wanted[] = {
		{ "*/*/Credentials/AccessKeyId", STS_KEY },
		{ "*/*/Credentials/SecretAccessKey", STS_SECRET },
		{ "*/*/Credentials/SessionToken", STS_TOKEN },
		{ "*/*/Credentials/Expiration", STS_EXPIRY },
		{ "ErrorResponse/Error/Code", STS_CODE },
		{ "ErrorResponse/Error/Message", STS_MESSAGE },
	};
	static const struct xml_handler handler = { .close = on_close };
	struct xml_paths *paths = xml_paths_new();
	struct xml_parser *parser;
	int rc;

	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++)
		xml_paths_add(paths, wanted[i].path, wanted[i].id);
	parser = xml_parser_new(paths, &handler, ret_answer);
	rc = xml_parse(parser, body->buf, body->len, true, err);
	xml_parser_free(parser);
	xml_paths_free(paths);
	return rc;
}

/* The headers of a signed request; each is wiped by its owner. */
struct signed_headers {
	char *date, *authorization, *token;
};

static void headers_release(struct signed_headers *headers)
{
	free(headers->date);
	if (headers->authorization)
		wipe(headers->authorization, strlen(headers->authorization));
	free(headers->authorization);
	if (headers->token)
		wipe(headers->token, strlen(headers->token));
	free(headers->token);
}

static void sign(const struct endpoint *endpoint, const char *body,
		 const struct credentials *signer,
		 struct signed_headers *ret_headers)
{
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(LIMIT_MESSAGE);
	unsigned char key[SIGV4_KEY_BYTES];
	char date[CLOCK_TEXT_MAX], hash[SHA256_HEX_MAX];
	struct sigv4_header headers[] = {
		{ "Host", endpoint->host },
		{ "X-Amz-Date", clock_basic(clock_now(), date) },
		{ "X-Amz-Security-Token", signer->session_token.bytes },
	};
	const struct sigv4_scope scope = { date, endpoint->signing_region,
					   "sts" };
	const struct sigv4_request request = {
		.method = "POST",
		.path = endpoint->path,
		.headers = headers,
		.headers_len = secret_is_set(&signer->session_token) ? 3 : 2,
		.payload_hash = sha256_hex(body, strlen(body), hash),
	};

	sigv4_signing_key(&signer->secret_key, &scope, key);
	sigv4_authorization(&request, &scope, signer->access_key, key, &text);
	wipe(key, sizeof(key));
	ret_headers->date = xasprintf("X-Amz-Date: %s", date);
	ret_headers->authorization = xasprintf("Authorization: %s", text.buf);
	if (secret_is_set(&signer->session_token))
		ret_headers->token = xasprintf("X-Amz-Security-Token: %s",
					       signer->session_token.bytes);
}

static int refuse(const char *action, int status, const char *why,
		  const struct answer *answer, struct error *err)
{
	const char *code = answer->texts[STS_CODE].bytes;
	const char *message = answer->texts[STS_MESSAGE].bytes;

	if (!status)
		return error_set(err, ERR_CREDENTIALS,
				 "'sts:%s' got no answer: %s", action,
				 why ? why : "");
	return error_set(err, ERR_CREDENTIALS, "'sts:%s' was refused: %s%s%s",
			 action, code ? code : "no reason given",
			 message ? ": " : "", message ? message : "");
}

static int take(const char *action, const struct answer *answer, char *source,
		struct credentials *ret, struct error *err)
{
	const struct found_keys keys = {
		.access_key = answer->texts[STS_KEY].bytes,
		.secret_key = answer->texts[STS_SECRET].bytes,
		.token = answer->texts[STS_TOKEN].bytes,
	};

	if (!keys.access_key || !keys.secret_key || !keys.token ||
	    !secret_is_set(&answer->texts[STS_EXPIRY])) {
		free(source);
		return error_set(err, ERR_CREDENTIALS,
				 "the answer to 'sts:%s' holds no credentials",
				 action);
	}
	if (credential_take(&keys, source, ret, err) < 0)
		return -1;
	return credential_time(answer->texts[STS_EXPIRY].bytes,
			       &ret->expires_at, err);
}

static int call(struct finding *finding, const char *action,
		const json_t *parameters, const struct credentials *signer,
		struct answer *ret_answer, struct error *err)
{
	const char *region = finding->request->region;
	CLEANUP(endpoint_release) struct endpoint endpoint = { .url = NULL };
	CLEANUP(headers_release) struct signed_headers headers = { 0 };
	CLEANUP(strbuf_release)
	struct strbuf form = STRBUF_INIT(LIMIT_REQUEST_BODY);
	CLEANUP(strbuf_release) struct strbuf body = STRBUF_INIT(ANSWER_MOST);
	CLEANUP(free_ptr) char *why = NULL;
	struct fetch fetch = { .method = "POST",
			       .timeout_ms = STS_TIMEOUT_MS,
			       .attempts = STS_ATTEMPTS };
	const size_t sts = endpoint_service("sts");
	int status = 0, rc;

	if (endpoint_find(finding->request->profile, sts,
			  region ? region : "us-east-1", &endpoint, err))
		return -1;
	query_form(action, endpoint_services[sts].version, parameters, &form);
	fetch.url = endpoint.url;
	fetch.body = form.buf;
	fetch.headers[0] = "Content-Type: application/x-www-form-urlencoded; "
			   "charset=utf-8";
	if (signer) {
		sign(&endpoint, form.buf, signer, &headers);
		fetch.headers[1] = headers.date;
		fetch.headers[2] = headers.authorization;
		fetch.headers[3] = headers.token;
	}
	rc = credential_fetch(finding, &fetch, &status, &body, &why, err);
	wipe(form.buf, form.len);
	if (!rc && status && read_answer(&body, ret_answer, err)) {
		err->code = ERR_CREDENTIALS;
		rc = error_wrap(err, "the answer to 'sts:%s'", action);
	}
	wipe(body.buf, body.len);
	if (!rc && status != 200)
		rc = refuse(action, status, why, ret_answer, err);
	return rc;
}

int credential_from_sts(struct finding *finding, const char *action,
			const json_t *parameters,
			const struct credentials *signer, char *source,
			struct credentials *ret, struct error *err)
{
	CLEANUP(answer_release) struct answer answer = { 0 };

	if (call(finding, action, parameters, signer, &answer, err)) {
		(void)error_wrap(err, "getting the credentials of %s", source);
		free(source);
		return -1;
	}
	return take(action, &answer, source, ret, err);
}
