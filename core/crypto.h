/* The one door to OpenSSL: digests, HMAC, random bytes, and their texts. */
#ifndef ABACK_CORE_CRYPTO_H
#define ABACK_CORE_CRYPTO_H

#include <stdbool.h>
#include <stddef.h>

#define SHA256_BYTES 32
#define SHA256_HEX_MAX 65 /* 64 digits and the NUL */

void sha256(const void *data, size_t len, unsigned char digest[SHA256_BYTES]);
/* Lower-case hex; returns hex. */
const char *sha256_hex(const void *data, size_t len, char hex[SHA256_HEX_MAX]);
void hmac_sha256(const void *key, size_t key_len, const void *data, size_t len,
		 unsigned char mac[SHA256_BYTES]);
/* 2 * len digits and a NUL; hex has room for them. */
void hex_encode(const void *data, size_t len, char *hex);
/* The value of a digit of either case, or -1. */
int hex_digit(char c);
/* 4 digits for every 3 bytes begun, padded with '=', and a NUL. */
void base64_encode(const void *data, size_t len, char *text);
/*
 * The other way round, white space apart; false: it is no base64, or more than
 * size bytes.
 */
bool base64_decode(const char *text, size_t len, void *data, size_t size,
		   size_t *ret_len);

/* Unpredictable bytes; dies when the system has none. */
void random_bytes(void *data, size_t len);
/* A number in [0, 1), for jitter. */
double random_fraction(void);

/* In lower-case hex: names of files that others have chosen so. */
#define SHA1_HEX_MAX 41
const char *sha1_hex(const void *data, size_t len, char hex[SHA1_HEX_MAX]);
/* SHA-1 of "blob <len>\0<data>", as `git hash-object` prints it. */
#define GIT_BLOB_HEX_MAX 41
const char *git_blob_hex(const void *data, size_t len,
			 char hex[GIT_BLOB_HEX_MAX]);

/* Dies unless ok is 1: what OpenSSL cannot do but for want of memory. */
void crypto_must(int ok);

/* Overwrite memory so that the compiler cannot leave it out. */
void wipe(void *data, size_t len);

#endif
