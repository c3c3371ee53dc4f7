#include "core/crypto.h"

#include <assert.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* OpenSSL fails here only when it cannot allocate or is misused. */
static void must(int ok)
{
	if (ok != 1) {
		(void)fputs("aback: error: OpenSSL failed\n", stderr);
		abort();
	}
}

void sha256(const void *data, size_t len, unsigned char digest[SHA256_BYTES])
{
	must(EVP_Digest(data, len, digest, NULL, EVP_sha256(), NULL));
}

void hex_encode(const void *data, size_t len, char *hex)
{
	static const char digit[] = "0123456789abcdef";
	const unsigned char *byte = data;

	for (size_t i = 0; i < len; i++) {
		*hex++ = digit[byte[i] >> 4];
		*hex++ = digit[byte[i] & 15];
	}
	*hex = '\0';
}

void base64_encode(const void *data, size_t len, char *text)
{
	assert(len <= INT32_MAX / 2);
	(void)EVP_EncodeBlock((unsigned char *)text, data, (int)len);
}

const char *sha256_hex(const void *data, size_t len, char hex[SHA256_HEX_MAX])
{
	unsigned char digest[SHA256_BYTES];

	sha256(data, len, digest);
	hex_encode(digest, sizeof(digest), hex);
	return hex;
}

void hmac_sha256(const void *key, size_t key_len, const void *data, size_t len,
		 unsigned char mac[SHA256_BYTES])
{
	assert(key_len <= INT32_MAX);
	must(HMAC(EVP_sha256(), key, (int)key_len, data, len, mac, NULL) !=
	     NULL);
}

void random_bytes(void *data, size_t len)
{
	assert(len <= INT32_MAX);
	must(RAND_bytes(data, (int)len));
}

double random_fraction(void)
{
	uint32_t bits;

	random_bytes(&bits, sizeof(bits));
	return bits / 4294967296.0;
}

const char *git_blob_hex(const void *data, size_t len,
			 char hex[GIT_BLOB_HEX_MAX])
{
	unsigned char digest[20];
	char head[32];
	int head_len = snprintf(head, sizeof(head), "blob %zu", len);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	must(ctx != NULL);
	must(EVP_DigestInit_ex(ctx, EVP_sha1(), NULL));
	must(EVP_DigestUpdate(ctx, head, (size_t)head_len + 1));
	must(EVP_DigestUpdate(ctx, data, len));
	must(EVP_DigestFinal_ex(ctx, digest, NULL));
	EVP_MD_CTX_free(ctx);
	hex_encode(digest, sizeof(digest), hex);
	return hex;
}

void wipe(void *data, size_t len)
{
	if (data)
		OPENSSL_cleanse(data, len);
}
