#include "core/crypto.h"

#include <assert.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* OpenSSL fails here only when it cannot allocate or is misused. */
void crypto_must(int ok)
{
	if (ok != 1) {
		(void)fputs("aback: error: OpenSSL failed\n", stderr);
		abort();
	}
}

void sha256(const void *data, size_t len, unsigned char digest[SHA256_BYTES])
{
	crypto_must(EVP_Digest(data, len, digest, NULL, EVP_sha256(), NULL));
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

int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

void base64_encode(const void *data, size_t len, char *text)
{
	assert(len <= INT32_MAX / 2);
	(void)EVP_EncodeBlock((unsigned char *)text, data, (int)len);
}

/* 0–63; -1: no digit of base64. */
static int base64_digit(char c)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmno"
				     "pqrstuvwxyz0123456789+/";
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

bool base64_decode(const char *text, size_t len, void *data, size_t size,
		   size_t *ret_len)
{
	unsigned char *out = data;
	uint32_t bits = 0;
	size_t digits = 0, pads = 0, at = 0;

	for (size_t i = 0; i < len; i++) {
		const int digit = base64_digit(text[i]);
		const size_t place = digits % 4;

		if (text[i] && strchr(" \t\r\n", text[i]))
			continue;
		pads += text[i] == '=';
		if (text[i] == '=')
			continue;
		if (digit < 0 || pads)
			return false;
		bits = bits << 6 | (uint32_t)digit;
		digits++;
		if (!place)
			continue;
		if (at == size)
			return false;
		out[at++] = (unsigned char)(bits >> (6 - 2 * place));
	}
	*ret_len = at;
	return (digits + pads) % 4 == 0 && pads < 3;
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
	crypto_must(HMAC(EVP_sha256(), key, (int)key_len, data, len, mac,
			 NULL) != NULL);
}

void random_bytes(void *data, size_t len)
{
	assert(len <= INT32_MAX);
	crypto_must(RAND_bytes(data, (int)len));
}

double random_fraction(void)
{
	uint32_t bits;

	random_bytes(&bits, sizeof(bits));
	return bits / 4294967296.0;
}

const char *sha1_hex(const void *data, size_t len, char hex[SHA1_HEX_MAX])
{
	unsigned char digest[20];

	crypto_must(EVP_Digest(data, len, digest, NULL, EVP_sha1(), NULL));
	hex_encode(digest, sizeof(digest), hex);
	return hex;
}

const char *git_blob_hex(const void *data, size_t len,
			 char hex[GIT_BLOB_HEX_MAX])
{
	unsigned char digest[20];
	char head[32];
	int head_len = snprintf(head, sizeof(head), "blob %zu", len);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	crypto_must(ctx != NULL);
	crypto_must(EVP_DigestInit_ex(ctx, EVP_sha1(), NULL));
	crypto_must(EVP_DigestUpdate(ctx, head, (size_t)head_len + 1));
	crypto_must(EVP_DigestUpdate(ctx, data, len));
	crypto_must(EVP_DigestFinal_ex(ctx, digest, NULL));
	EVP_MD_CTX_free(ctx);
	hex_encode(digest, sizeof(digest), hex);
	return hex;
}

void wipe(void *data, size_t len)
{
	if (data)
		OPENSSL_cleanse(data, len);
}
