/*
 * Ed25519 keys and signatures, in the forms that people have them:
 *
 * public   `ssh-ed25519 AAAA… comment`, or PEM (SubjectPublicKeyInfo)
 * private  PEM (PKCS #8), with a passphrase or without, or the file that
 *          ssh-keygen makes, without a passphrase
 *
 * Part of the door to OpenSSL (core/crypto.h).
 */
#ifndef ABACK_CORE_SIGNATURE_H
#define ABACK_CORE_SIGNATURE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/compiler.h"
#include "core/error.h"
#include "core/secret.h"
#include "core/strbuf.h"

#define SIGNATURE_BYTES 64
#define PUBLIC_KEY_BYTES 32

struct public_key {
	unsigned char bytes[PUBLIC_KEY_BYTES];
};
bool public_key_equal(const struct public_key *a, const struct public_key *b);
/*
 * Read one from the text of a file. ERR_FORMAT: it is neither form, or of
 * another algorithm, which the message names; name is for messages.
 */
MUST_CHECK int public_key_parse(const char *name, const char *text, size_t len,
				struct public_key *ret_key, struct error *err);
/* "ssh-ed25519 AAAA…": one line without comment and newline. */
void public_key_line(const struct public_key *key, struct strbuf *out);
/* Did the key's owner sign the data? */
bool signature_verify(const struct public_key *key, const void *data,
		      size_t len,
		      const unsigned char signature[SIGNATURE_BYTES]);

struct private_key;
void private_key_free(struct private_key *key); /* wipes it */
struct private_key *private_key_generate(void);
/*
 * Read one from the text of a file. ask (may be NULL) is called once where it
 * has a passphrase: with 0 and the passphrase, or -1 with err. ERR_CREDENTIALS:
 * the passphrase is missing or wrong. ERR_FORMAT: neither form, of another
 * algorithm, or an ssh-keygen file with a passphrase.
 */
typedef int (*passphrase_fn)(void *ctx, struct secret *ret_passphrase,
			     struct error *err);
MUST_CHECK int private_key_parse(const char *name, const char *text, size_t len,
				 passphrase_fn ask, void *ctx,
				 struct private_key **ret_key,
				 struct error *err);
/* PKCS #8 in PEM; passphrase not set: not encrypted, else AES-256 by scrypt. */
void private_key_pem(const struct private_key *key,
		     const struct secret *passphrase, struct secret *ret_pem);
void private_key_public(const struct private_key *key,
			struct public_key *ret_key);
void private_key_sign(const struct private_key *key, const void *data,
		      size_t len, unsigned char signature[SIGNATURE_BYTES]);

#endif
