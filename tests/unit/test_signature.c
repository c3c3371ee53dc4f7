/* Ed25519 keys in each form, and what is no such key. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "core/crypto.h"
#include "core/signature.h"

/* RFC 8032, section 7.1, test 2. */
static const char rfc_public[] =
	"3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c";
static const char rfc_signature[] =
	"92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
	"085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00";

static void from_hex(const char *hex, unsigned char *bytes)
{
	for (size_t i = 0; hex[2 * i]; i++) {
		const char pair[] = { hex[2 * i], hex[2 * i + 1], '\0' };

		bytes[i] = (unsigned char)strtoul(pair, NULL, 16);
	}
}

static void test_signature_verify__rfc_8032(void **state UNUSED)
{
	struct public_key key;
	unsigned char signature[SIGNATURE_BYTES];
	const unsigned char message[] = { 0x72 };

	from_hex(rfc_public, key.bytes);
	from_hex(rfc_signature, signature);
	assert_true(signature_verify(&key, message, 1, signature));
	assert_false(signature_verify(&key, "x", 1, signature));
	signature[63] ^= 1;
	assert_false(signature_verify(&key, message, 1, signature));
}

/* Everything that a file may be, parsed as a public key: 0 or the error. */
static int parse_public(const char *text, struct public_key *key)
{
	CLEANUP(error_release) struct error err = ERROR_INIT;

	return public_key_parse("keys/alice.pub", text, strlen(text), key, &err)
		       ? (int)err.code
		       : 0;
}

static void test_public_key_parse__own_line(void **state UNUSED)
{
	struct private_key *private_key = private_key_generate();
	struct public_key key, again;
	CLEANUP(strbuf_release) struct strbuf line = STRBUF_INIT(4096);

	private_key_public(private_key, &key);
	public_key_line(&key, &line);
	assert_int_equal(
		strncmp(line.buf, "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5", 32), 0);
	assert_int_equal(parse_public(line.buf, &again), 0);
	assert_true(public_key_equal(&key, &again));
	strbuf_adds(&line, " someone@example.com\r\n");
	assert_int_equal(parse_public(line.buf, &again), 0);
	private_key_free(private_key);
}

static void test_public_key_parse__bad(void **state UNUSED)
{
	static const char *const bad[] = {
		"",
		"ssh-ed25519",
		"ssh-ed25519 ",
		"ssh-ed25519 AAAA",
		"ssh-ed25519 !!!!",
		/* a byte short, and a byte more */
		"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPiet7VUFHAdLDC6RIZOH4BZ"
		"TOCvfcVF0HnqxMYp65U=",
		"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPiet7VUFHAdLDC6RIZOH4BZ"
		"TOCvfcVF0HnqxMYp65W0AA==",
		"ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQ==",
		"-----BEGIN PUBLIC KEY-----\nMCow\n-----END PUBLIC KEY-----\n",
		"-----BEGIN PRIVATE KEY-----\nMCow\n",
		"garbage",
	};
	struct public_key key;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(parse_public(bad[i], &key), ERR_FORMAT);
}

/* A key of another algorithm is named as what it is. */
static void test_public_key_parse__other_algorithm(void **state UNUSED)
{
	static const char ec[] =
		"-----BEGIN PUBLIC KEY-----\n"
		"MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEaxfR8uEsQkf4vOblY6RA8ncD\n"
		"fYEt6zOg9KE5RdiYwpZP40Li/hp/m47n60p8D54WK84zV2sxXs7LtkBoN79R\n"
		"9Q==\n-----END PUBLIC KEY-----\n";
	CLEANUP(error_release) struct error err = ERROR_INIT;
	struct public_key key;

	assert_int_equal(public_key_parse("k", ec, strlen(ec), &key, &err), -1);
	assert_non_null(strstr(err.chain[0], "EC"));
	assert_non_null(strstr(err.hint, "aback keygen"));
}

static int give(void *ctx, struct secret *ret_passphrase,
		struct error *err UNUSED)
{
	secret_set(ret_passphrase, ctx, strlen(ctx));
	return 0;
}

/* Written and read again, the key signs what the first one's public verifies.
 */
static void check_round_trip(const char *passphrase)
{
	struct private_key *first = private_key_generate(), *again = NULL;
	struct secret word = SECRET_INIT, pem = SECRET_INIT;
	unsigned char signature[SIGNATURE_BYTES];
	CLEANUP(error_release) struct error err = ERROR_INIT;
	struct public_key key;

	if (passphrase)
		secret_set(&word, passphrase, strlen(passphrase));
	private_key_pem(first, &word, &pem);
	assert_int_equal(private_key_parse("k", pem.bytes, pem.len,
					   passphrase ? give : NULL,
					   (char *)(uintptr_t)passphrase,
					   &again, &err),
			 0);
	private_key_sign(again, "plan", 4, signature);
	private_key_public(first, &key);
	assert_true(signature_verify(&key, "plan", 4, signature));
	secret_release(&word);
	secret_release(&pem);
	private_key_free(first);
	private_key_free(again);
}

static void test_private_key_pem__round_trip(void **state UNUSED)
{
	check_round_trip(NULL);
	check_round_trip("correct horse battery staple");
}

static void test_private_key_parse__passphrase(void **state UNUSED)
{
	struct private_key *first = private_key_generate(), *again = NULL;
	struct secret word = SECRET_INIT, pem = SECRET_INIT;
	CLEANUP(error_release) struct error err = ERROR_INIT;

	secret_set(&word, "right", 5);
	private_key_pem(first, &word, &pem);
	assert_non_null(strstr(pem.bytes, "BEGIN ENCRYPTED PRIVATE KEY"));
	assert_int_equal(private_key_parse("k", pem.bytes, pem.len, give,
					   (char[]){ "wrong" }, &again, &err),
			 -1);
	assert_int_equal(err.code, ERR_CREDENTIALS);
	assert_non_null(strstr(err.chain[0], "is wrong"));
	error_release(&err);
	assert_int_equal(private_key_parse("k", pem.bytes, pem.len, NULL, NULL,
					   &again, &err),
			 -1);
	assert_int_equal(err.code, ERR_CREDENTIALS);
	assert_non_null(strstr(err.chain[0], "nobody gave it"));
	secret_release(&word);
	secret_release(&pem);
	private_key_free(first);
}

/* Cut off at each byte, a key is an error and never a key. */
static void test_private_key_parse__cut_off(void **state UNUSED)
{
	struct private_key *first = private_key_generate(), *again = NULL;
	struct secret none = SECRET_INIT, pem = SECRET_INIT;

	private_key_pem(first, &none, &pem);
	for (size_t len = 0; len + 2 < pem.len; len++) {
		CLEANUP(error_release) struct error err = ERROR_INIT;
		struct secret part = SECRET_INIT;

		secret_set(&part, pem.bytes, len);
		assert_int_equal(private_key_parse("k", part.bytes, len, NULL,
						   NULL, &again, &err),
				 -1);
		assert_int_equal(err.code, ERR_FORMAT);
		secret_release(&part);
	}
	secret_release(&pem);
	private_key_free(first);
}

static void test_base64_decode__forms(void **state UNUSED)
{
	static const struct {
		const char *text, *bytes;
	} good[] = { { "", "" },
		     { "Zg==", "f" },
		     { "Zm8=", "fo" },
		     { "Zm9v", "foo" },
		     { "Zm9vYg==", "foob" },
		     { "Zm9v\nYmFy", "foobar" } };
	static const char *const bad[] = { "Z",     "Zg",       "Zg=", "Zg===",
					   "Zm9v!", "Zg==Zg==", "=Zg=" };
	char bytes[8];
	size_t len;

	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		assert_true(base64_decode(good[i].text, strlen(good[i].text),
					  bytes, sizeof(bytes), &len));
		assert_int_equal(len, strlen(good[i].bytes));
		assert_memory_equal(bytes, good[i].bytes, len);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_false(base64_decode(bad[i], strlen(bad[i]), bytes,
					   sizeof(bytes), &len));
	assert_false(base64_decode("Zm9vYmFyZm9v", 12, bytes, 8, &len));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_signature_verify__rfc_8032),
		cmocka_unit_test(test_public_key_parse__own_line),
		cmocka_unit_test(test_public_key_parse__bad),
		cmocka_unit_test(test_public_key_parse__other_algorithm),
		cmocka_unit_test(test_private_key_pem__round_trip),
		cmocka_unit_test(test_private_key_parse__passphrase),
		cmocka_unit_test(test_private_key_parse__cut_off),
		cmocka_unit_test(test_base64_decode__forms),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
