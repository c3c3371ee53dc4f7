/* OpenSSL has a type of the name of one of our error codes. */
#define ERR_STATE OPENSSL_ERR_STATE
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#undef ERR_STATE

#include "core/signature.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/crypto.h"
#include "core/mem.h"
#include "core/signature_ssh.h"

/* ---- public ----------------------------------------------------------- */

bool public_key_equal(const struct public_key *a, const struct public_key *b)
{
	return !memcmp(a->bytes, b->bytes, PUBLIC_KEY_BYTES);
}

static void free_pkey(EVP_PKEY **key)
{
	EVP_PKEY_free(*key);
}

static void free_bio(BIO **bio)
{
	BIO_free_all(*bio);
}

static BIO *bio_of(const char *text, size_t len)
{
	BIO *bio = BIO_new_mem_buf(text, (int)len);

	crypto_must(bio && len <= INT32_MAX);
	return bio;
}

/* ERR_FORMAT unless it is Ed25519, which the others are not. */
static int check_algorithm(const char *name, const EVP_PKEY *key,
			   struct error *err)
{
	const char *algorithm = EVP_PKEY_get0_type_name(key);

	if (EVP_PKEY_is_a(key, "ED25519"))
		return 0;
	(void)error_set(err, ERR_FORMAT,
			"'%s' is a key of %s, and only Ed25519 is used", name,
			algorithm ? algorithm : "an unknown algorithm");
	error_hint(err, "make one with: aback keygen");
	return -1;
}

static int parse_public_pem(const char *name, const char *text, size_t len,
			    struct public_key *ret_key, struct error *err)
{
	CLEANUP(free_bio) BIO *bio = bio_of(text, len);
	CLEANUP(free_pkey)
	EVP_PKEY *key = PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL);
	size_t bytes = PUBLIC_KEY_BYTES;

	if (!key)
		return error_set(err, ERR_FORMAT,
				 "'%s' begins like a public key in PEM and is "
				 "none",
				 name);
	if (check_algorithm(name, key, err))
		return -1;
	crypto_must(EVP_PKEY_get_raw_public_key(key, ret_key->bytes, &bytes));
	return 0;
}

int public_key_parse(const char *name, const char *text, size_t len,
		     struct public_key *ret_key, struct error *err)
{
	if (strstr(text, "PRIVATE KEY-----")) {
		(void)error_set(err, ERR_FORMAT,
				"'%s' is a private key, where a public one is "
				"expected",
				name);
		error_hint(err, "never give a private key away: if this one "
				"was committed, make a new one");
		return -1;
	}
	if (strstr(text, "-----BEGIN "))
		return parse_public_pem(name, text, len, ret_key, err);
	return ssh_public_parse(name, text, ret_key, err);
}

bool signature_verify(const struct public_key *key, const void *data,
		      size_t len,
		      const unsigned char signature[SIGNATURE_BYTES])
{
	CLEANUP(free_pkey)
	EVP_PKEY *pkey = EVP_PKEY_new_raw_public_key(
		EVP_PKEY_ED25519, NULL, key->bytes, PUBLIC_KEY_BYTES);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool good;

	crypto_must(pkey && ctx);
	crypto_must(EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, pkey));
	good = EVP_DigestVerify(ctx, signature, SIGNATURE_BYTES, data, len) ==
	       1;
	EVP_MD_CTX_free(ctx);
	return good;
}

/* ---- private ---------------------------------------------------------- */

struct private_key {
	EVP_PKEY *pkey;
};

void private_key_free(struct private_key *key)
{
	if (!key)
		return;
	EVP_PKEY_free(key->pkey); /* OpenSSL wipes it */
	free(key);
}

static struct private_key *wrap(EVP_PKEY *pkey)
{
	struct private_key *key = xcalloc(1, sizeof(*key));

	crypto_must(pkey != NULL);
	key->pkey = pkey;
	return key;
}

struct private_key *private_key_generate(void)
{
	return wrap(EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"));
}

/* What the callback of OpenSSL knows. */
struct asking {
	passphrase_fn ask;
	void *ctx;
	struct error *err;
	bool asked, failed;
};

static int give_passphrase(char *buf, int size, int writing UNUSED, void *ctx)
{
	struct asking *asking = ctx;
	CLEANUP(secret_release) struct secret passphrase = SECRET_INIT;

	asking->asked = true;
	if (!asking->ask ||
	    asking->ask(asking->ctx, &passphrase, asking->err) ||
	    passphrase.len > (size_t)size) {
		asking->failed = true;
		return -1;
	}
	memcpy(buf, passphrase.bytes, passphrase.len);
	return (int)passphrase.len;
}

static int refuse_pem(const char *name, const struct asking *asking,
		      struct error *err)
{
	if (asking->failed && err->code)
		return -1;
	if (asking->failed)
		return error_set(err, ERR_CREDENTIALS,
				 "the key '%s' has a passphrase, and nobody "
				 "gave it",
				 name);
	if (asking->asked)
		return error_set(err, ERR_CREDENTIALS,
				 "the passphrase of the key '%s' is wrong",
				 name);
	return error_set(err, ERR_FORMAT, "'%s' holds no private key", name);
}

int private_key_parse(const char *name, const char *text, size_t len,
		      passphrase_fn ask, void *ctx,
		      struct private_key **ret_key, struct error *err)
{
	struct asking asking = { .ask = ask, .ctx = ctx, .err = err };
	CLEANUP(free_bio) BIO *bio = NULL;
	CLEANUP(free_pkey) EVP_PKEY *pkey = NULL;
	unsigned char seed[PUBLIC_KEY_BYTES];

	if (strstr(text, SSH_PRIVATE_BEGIN)) {
		if (ssh_private_parse(name, text, seed, err))
			return -1;
		*ret_key = wrap(EVP_PKEY_new_raw_private_key(
			EVP_PKEY_ED25519, NULL, seed, sizeof(seed)));
		wipe(seed, sizeof(seed));
		return 0;
	}
	bio = bio_of(text, len);
	pkey = PEM_read_bio_PrivateKey(bio, NULL, give_passphrase, &asking);
	if (!pkey)
		return refuse_pem(name, &asking, err);
	if (check_algorithm(name, pkey, err))
		return -1;
	*ret_key = wrap(pkey);
	pkey = NULL;
	return 0;
}

/* scrypt's cost: 16 MiB for each guess, the most that OpenSSL reads back. */
#define SCRYPT_N 16384
#define SCRYPT_R 8
#define SCRYPT_P 1

static void write_encrypted(BIO *bio, PKCS8_PRIV_KEY_INFO *info,
			    const struct secret *passphrase)
{
	unsigned char salt[16];
	X509_ALGOR *how;
	X509_SIG *sealed;

	random_bytes(salt, sizeof(salt));
	how = PKCS5_pbe2_set_scrypt(EVP_aes_256_cbc(), salt, sizeof(salt), NULL,
				    SCRYPT_N, SCRYPT_R, SCRYPT_P);
	crypto_must(how != NULL);
	sealed = PKCS8_set0_pbe(passphrase->bytes, (int)passphrase->len, info,
				how);
	crypto_must(sealed != NULL);
	crypto_must(PEM_write_bio_PKCS8(bio, sealed));
	X509_SIG_free(sealed);
}

void private_key_pem(const struct private_key *key,
		     const struct secret *passphrase, struct secret *ret_pem)
{
	CLEANUP(free_bio) BIO *bio = BIO_new(BIO_s_secmem());
	PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(key->pkey);
	char *text;
	long len;

	crypto_must(bio && info);
	if (secret_is_set(passphrase))
		write_encrypted(bio, info, passphrase);
	else
		crypto_must(PEM_write_bio_PKCS8_PRIV_KEY_INFO(bio, info));
	PKCS8_PRIV_KEY_INFO_free(info);
	len = BIO_get_mem_data(bio, &text);
	crypto_must(len > 0);
	secret_set(ret_pem, text, (size_t)len);
}

void private_key_public(const struct private_key *key,
			struct public_key *ret_key)
{
	size_t bytes = PUBLIC_KEY_BYTES;

	crypto_must(
		EVP_PKEY_get_raw_public_key(key->pkey, ret_key->bytes, &bytes));
}

void private_key_sign(const struct private_key *key, const void *data,
		      size_t len, unsigned char signature[SIGNATURE_BYTES])
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	size_t bytes = SIGNATURE_BYTES;

	crypto_must(ctx != NULL);
	crypto_must(EVP_DigestSignInit(ctx, NULL, NULL, NULL, key->pkey));
	crypto_must(EVP_DigestSign(ctx, signature, &bytes, data, len));
	EVP_MD_CTX_free(ctx);
}
