#include "core/signature_ssh.h"

#include <stdint.h>
#include <string.h>

#include "core/crypto.h"
#include "core/mem.h"

#define SSH_TYPE "ssh-ed25519"
#define SSH_PRIVATE_END "-----END OPENSSH PRIVATE KEY-----"
#define SSH_MAGIC "openssh-key-v1" /* with its NUL */
/* A key without a passphrase has about 400 bytes; no honest one has more. */
#define SSH_BYTES_MAX 16384

/* What is left to read; bad: less was there than was read. */
struct reader {
	const unsigned char *at;
	size_t left;
	bool bad;
};

static const unsigned char *take(struct reader *reader, size_t len)
{
	const unsigned char *at = reader->at;

	if (reader->bad || len > reader->left) {
		reader->bad = true;
		return NULL;
	}
	reader->at += len;
	reader->left -= len;
	return at;
}

static uint32_t take_number(struct reader *reader)
{
	const unsigned char *at = take(reader, 4);

	return at ? (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 |
			       (uint32_t)at[2] << 8 | (uint32_t)at[3]
		  : 0;
}

/* A counted text, itself to be read. */
static struct reader take_text(struct reader *reader)
{
	struct reader text = { .left = take_number(reader) };

	text.at = take(reader, text.left);
	text.bad = reader->bad;
	return text;
}

static bool is_text(const struct reader *text, const char *word)
{
	return !text->bad && text->left == strlen(word) &&
	       !memcmp(text->at, word, text->left);
}

/* The key out of the blob that a public line and a private file both have. */
static bool read_public(struct reader blob, unsigned char *ret_key)
{
	const struct reader type = take_text(&blob);
	const struct reader key = take_text(&blob);

	if (blob.bad || blob.left || !is_text(&type, SSH_TYPE) ||
	    key.left != PUBLIC_KEY_BYTES)
		return false;
	memcpy(ret_key, key.at, PUBLIC_KEY_BYTES);
	return true;
}

int ssh_public_parse(const char *name, const char *text,
		     struct public_key *ret_key, struct error *err)
{
	unsigned char blob[256];
	size_t type = strcspn(text, " \t\r\n"), start, digits, len;

	if (type != strlen(SSH_TYPE) || strncmp(text, SSH_TYPE, type) != 0) {
		(void)error_set(err, ERR_FORMAT,
				"'%s' is no public key of Ed25519: a line that "
				"begins with '" SSH_TYPE "', or PEM",
				name);
		error_hint(err, "make one with: aback keygen");
		return -1;
	}
	start = type + strspn(text + type, " \t");
	digits = strcspn(text + start, " \t\r\n");
	if (!base64_decode(text + start, digits, blob, sizeof(blob), &len) ||
	    !read_public((struct reader){ .at = blob, .left = len },
			 ret_key->bytes))
		return error_set(err, ERR_FORMAT,
				 "the key in '%s' is damaged: it does not "
				 "decode to one of Ed25519",
				 name);
	return 0;
}

void public_key_line(const struct public_key *key, struct strbuf *out)
{
	static const unsigned char head[] = { 0,   0,   0,   11,  's', 's', 'h',
					      '-', 'e', 'd', '2', '5', '5', '1',
					      '9', 0,   0,   0,   32 };
	unsigned char blob[sizeof(head) + PUBLIC_KEY_BYTES];
	char text[(sizeof(blob) + 2) / 3 * 4 + 1];

	memcpy(blob, head, sizeof(head));
	memcpy(blob + sizeof(head), key->bytes, PUBLIC_KEY_BYTES);
	base64_encode(blob, sizeof(blob), text);
	strbuf_addf(out, SSH_TYPE " %s", text);
}

/* The private part: twice the same number, then keys. */
static bool read_private(struct reader part, const unsigned char *public_key,
			 unsigned char *ret_seed)
{
	const uint32_t check = take_number(&part);
	const bool whole = take_number(&part) == check;
	const struct reader type = take_text(&part);
	const struct reader public_part = take_text(&part);
	const struct reader secret = take_text(&part);

	if (part.bad || !whole || !is_text(&type, SSH_TYPE) ||
	    public_part.left != PUBLIC_KEY_BYTES ||
	    secret.left != 2 * (size_t)PUBLIC_KEY_BYTES ||
	    memcmp(public_part.at, public_key, PUBLIC_KEY_BYTES) != 0)
		return false;
	memcpy(ret_seed, secret.at, PUBLIC_KEY_BYTES);
	return true;
}

static int read_file(const char *name, struct reader file, unsigned char *seed,
		     struct error *err)
{
	unsigned char public_key[PUBLIC_KEY_BYTES];
	const unsigned char *magic = take(&file, sizeof(SSH_MAGIC));
	struct reader cipher, kdf;

	if (!magic || memcmp(magic, SSH_MAGIC, sizeof(SSH_MAGIC)) != 0)
		return error_set(err, ERR_FORMAT,
				 "'%s' is no private key of OpenSSH", name);
	cipher = take_text(&file);
	kdf = take_text(&file);
	(void)take_text(&file);
	if (!is_text(&cipher, "none") || !is_text(&kdf, "none")) {
		(void)error_set(err, ERR_FORMAT,
				"the key '%s' has a passphrase of ssh-keygen, "
				"which aback cannot open",
				name);
		error_hint(err, "make a key for this with: aback keygen, which "
				"has passphrases of its own");
		return -1;
	}
	if (take_number(&file) != 1 ||
	    !read_public(take_text(&file), public_key) ||
	    !read_private(take_text(&file), public_key, seed))
		return error_set(err, ERR_FORMAT,
				 "'%s' holds no private key of Ed25519, or is "
				 "damaged",
				 name);
	return 0;
}

int ssh_private_parse(const char *name, const char *text,
		      unsigned char seed[PUBLIC_KEY_BYTES], struct error *err)
{
	const char *start = strstr(text, SSH_PRIVATE_BEGIN);
	const char *end = strstr(text, SSH_PRIVATE_END);
	unsigned char *bytes;
	size_t len = 0;
	int rc;

	start += strlen(SSH_PRIVATE_BEGIN);
	if (!end || end < start || (size_t)(end - start) > SSH_BYTES_MAX)
		return error_set(err, ERR_FORMAT,
				 "the private key in '%s' has no end", name);
	bytes = xmalloc(SSH_BYTES_MAX);
	if (base64_decode(start, (size_t)(end - start), bytes, SSH_BYTES_MAX,
			  &len))
		rc = read_file(name,
			       (struct reader){ .at = bytes, .left = len },
			       seed, err);
	else
		rc = error_set(err, ERR_FORMAT,
			       "the private key in '%s' is damaged", name);
	wipe(bytes, SSH_BYTES_MAX);
	free(bytes);
	return rc;
}
