#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <string.h>

#include "core/json.h"
#include "core/limits.h"
#include "core/file.h"
#include "core/mem.h"
#include "core/sigv4.h"

#define VECTORS "tests/data/sigv4"

struct vector {
	json_t *json;
	struct sigv4_header headers[16];
	struct sigv4_request request;
	struct sigv4_scope scope;
	struct secret secret;
	unsigned char key[SIGV4_KEY_BYTES];
};

static void vector_release(struct vector *vector)
{
	json_decref(vector->json);
	secret_release(&vector->secret);
}

static const char *text(const struct vector *vector, const char *key)
{
	const char *value = json_text(vector->json, key);

	assert_non_null(value);
	return value;
}

static void vector_read(const char *name, struct vector *vector)
{
	CLEANUP(error_release) struct error err = ERROR_INIT;
	CLEANUP(strbuf_release) struct strbuf data = STRBUF_INIT(MIB);
	CLEANUP(free_ptr) char *path = xasprintf(VECTORS "/%s", name);
	size_t i;
	json_t *header;

	*vector = (struct vector){ .json = NULL };
	assert_int_equal(file_read(path, MIB, &data, &err), 0);
	assert_int_equal(
		json_parse(name, data.buf, data.len, &vector->json, &err), 0);
	json_array_foreach(json_object_get(vector->json, "headers"), i,
			   header) {
		assert_true(i < ARRAY_SIZE(vector->headers));
		vector->headers[i].name =
			json_string_value(json_array_get(header, 0));
		vector->headers[i].value =
			json_string_value(json_array_get(header, 1));
	}
	vector->request = (struct sigv4_request){
		.method = text(vector, "method"),
		.path = text(vector, "path"),
		.query = text(vector, "query"),
		.headers = vector->headers,
		.headers_len = i,
		.payload_hash = text(vector, "payload_hash"),
	};
	vector->scope = (struct sigv4_scope){
		.amz_date = text(vector, "amz_date"),
		.region = text(vector, "region"),
		.service = text(vector, "service"),
	};
	secret_set(&vector->secret, text(vector, "secret_key"),
		   strlen(text(vector, "secret_key")));
	sigv4_signing_key(&vector->secret, &vector->scope, vector->key);
}

static void check_vector(const char *name)
{
	CLEANUP(vector_release) struct vector vector;
	CLEANUP(strbuf_release) struct strbuf canonical = STRBUF_INIT(MIB);
	CLEANUP(strbuf_release) struct strbuf to_sign = STRBUF_INIT(MIB);
	CLEANUP(strbuf_release) struct strbuf header = STRBUF_INIT(MIB);
	char hash[SHA256_HEX_MAX], signature[SHA256_HEX_MAX];

	vector_read(name, &vector);
	print_message("vector %s\n", name);
	assert_string_equal(sha256_hex(text(&vector, "body"),
				       strlen(text(&vector, "body")), hash),
			    vector.request.payload_hash);
	sigv4_canonical_request(&vector.request, &canonical);
	assert_string_equal(canonical.buf, text(&vector, "canonical_request"));
	sigv4_string_to_sign(&vector.scope, canonical.buf, &to_sign);
	assert_string_equal(to_sign.buf, text(&vector, "string_to_sign"));
	sigv4_signature(vector.key, to_sign.buf, signature);
	assert_string_equal(signature, text(&vector, "signature"));
	sigv4_authorization(&vector.request, &vector.scope,
			    text(&vector, "access_key"), vector.key, &header);
	assert_string_equal(header.buf, text(&vector, "authorization"));
}

static bool claim_holds(const struct vector *vector)
{
	CLEANUP(error_release) struct error err = ERROR_INIT;
	CLEANUP(sigv4_claim_release) struct sigv4_claim claim;

	assert_int_equal(
		sigv4_claim_parse(text(vector, "authorization"), &claim, &err),
		0);
	assert_string_equal(claim.access_key, text(vector, "access_key"));
	assert_string_equal(claim.region, text(vector, "region"));
	assert_string_equal(claim.service, text(vector, "service"));
	return sigv4_verify(&claim, &vector->request, &vector->secret);
}

static void test_sigv4__every_vector_of_botocore(void **state)
{
	DIR *dir = opendir(VECTORS);
	size_t found = 0;

	(void)state;
	assert_non_null(dir);
	for (struct dirent *entry; (entry = readdir(dir));) {
		size_t len = strlen(entry->d_name);

		if (len < 5 || strcmp(entry->d_name + len - 5, ".json") != 0)
			continue;
		CLEANUP(vector_release) struct vector vector;
		check_vector(entry->d_name);
		vector_read(entry->d_name, &vector);
		assert_true(claim_holds(&vector));
		found++;
	}
	closedir(dir);
	assert_true(found >= 13);
}

static void test_sigv4__example_that_aws_publishes(void **state)
{
	CLEANUP(vector_release) struct vector vector;
	char key[2 * SIGV4_KEY_BYTES + 1];

	(void)state;
	vector_read("aws-example-iam-list-users.json", &vector);
	hex_encode(vector.key, SIGV4_KEY_BYTES, key);
	/* the key is that of the same page's worked derivation */
	assert_string_equal(key, "c4afb1cc5771d871763a393e44b703571b55cc28"
				 "424d1a5e86da6ed3c154a4b9");
	assert_string_equal(text(&vector, "signature"),
			    "5d672d79c15b13162d9279b0855cfba6789a8edb4c"
			    "82c400e06b5924a6f2b5d7");
	check_vector("aws-example-iam-list-users.json");
}

static void test_sigv4_canonical_request__raw_bytes_are_encoded(void **state)
{
	CLEANUP(strbuf_release) struct strbuf out = STRBUF_INIT(MIB);
	struct sigv4_header headers[] = { { "Host", "h" } };
	struct sigv4_request request = {
		.method = "GET",
		.path = "/\xe1\x88\xb4",
		.query = "\xe1\x88\xb4=b r&flag&x=1=2&50%&%4",
		.headers = headers,
		.headers_len = 1,
		.payload_hash = "p",
	};

	(void)state;
	sigv4_canonical_request(&request, &out);
	assert_string_equal(out.buf, "GET\n/%E1%88%B4\n"
				     "%254=&%E1%88%B4=b%20r&50%25=&flag=&"
				     "x=1%3D2\nhost:h\n\nhost\np");
}

static void test_sigv4_verify__anything_moved_is_refused(void **state)
{
	CLEANUP(vector_release) struct vector vector;
	const char *kept;

	(void)state;
	vector_read("session-token.json", &vector);
	assert_true(claim_holds(&vector));
	vector.request.method = "PUT";
	assert_false(claim_holds(&vector));
	vector.request.method = "POST";
	vector.request.path = "/x";
	assert_false(claim_holds(&vector));
	vector.request.path = "/";
	vector.request.query = "a=b";
	assert_false(claim_holds(&vector));
	vector.request.query = NULL;
	assert_true(claim_holds(&vector));
	kept = vector.headers[0].value;
	vector.headers[0].value = "text/plain";
	assert_false(claim_holds(&vector));
	vector.headers[0].value = kept;
	vector.request.headers_len--; /* a signed header is missing */
	assert_false(claim_holds(&vector));
	vector.request.headers_len++;
	secret_set(&vector.secret, "other", 5);
	assert_false(claim_holds(&vector));
}

static void
test_sigv4_verify__headers_that_are_not_signed_are_free(void **state)
{
	CLEANUP(vector_release) struct vector vector;

	(void)state;
	vector_read("local-port.json", &vector);
	vector.headers[vector.request.headers_len++] =
		(struct sigv4_header){ "User-Agent", "x" };
	assert_true(claim_holds(&vector));
}

static void test_sigv4_verify__date_must_be_the_scopes(void **state)
{
	CLEANUP(vector_release) struct vector vector;

	(void)state;
	vector_read("rds-modify-post.json", &vector);
	for (size_t i = 0; i < vector.request.headers_len; i++) {
		if (!strcasecmp(vector.headers[i].name, "x-amz-date"))
			vector.headers[i].value = "2015";
	}
	assert_false(claim_holds(&vector));
}

static void test_sigv4_claim_parse__malformed_headers(void **state)
{
	static const char *const bad[] = {
		"",
		"Basic abc",
		"AWS4-HMAC-SHA256",
		"AWS4-HMAC-SHA256Credential=a/20150830/r/s/aws4_request",
		"AWS4-HMAC-SHA256 Credential=",
		"AWS4-HMAC-SHA256 Credential=a/20150830/r/s/aws4_request",
		"AWS4-HMAC-SHA256 Credential=a/20150830/r/s/aws4_request, "
		"SignedHeaders=host",
		"AWS4-HMAC-SHA256 Credential=a/2015/r/s/aws4_request, "
		"SignedHeaders=host, Signature=00",
		"AWS4-HMAC-SHA256 Credential=a/20150830/r/aws4_request, "
		"SignedHeaders=host, Signature=00",
		"AWS4-HMAC-SHA256 Credential=a/20150830/r/s/aws5_request, "
		"SignedHeaders=host, Signature=00",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		CLEANUP(error_release) struct error err = ERROR_INIT;
		CLEANUP(sigv4_claim_release)
		struct sigv4_claim claim = { .access_key = NULL };

		assert_int_equal(sigv4_claim_parse(bad[i], &claim, &err), -1);
		assert_int_equal(err.code, ERR_FORMAT);
		assert_null(claim.access_key);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sigv4__every_vector_of_botocore),
		cmocka_unit_test(test_sigv4__example_that_aws_publishes),
		cmocka_unit_test(
			test_sigv4_canonical_request__raw_bytes_are_encoded),
		cmocka_unit_test(test_sigv4_verify__anything_moved_is_refused),
		cmocka_unit_test(
			test_sigv4_verify__headers_that_are_not_signed_are_free),
		cmocka_unit_test(test_sigv4_verify__date_must_be_the_scopes),
		cmocka_unit_test(test_sigv4_claim_parse__malformed_headers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
