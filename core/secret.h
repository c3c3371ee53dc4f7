/*
 * Text that must never be written anywhere: nothing formats a struct secret,
 * and releasing it wipes it.
 *
 * Others repeat what they are given: a server in its refusal, a program in its
 * complaint, a library in its message. So whoever gets hold of a secret lets it
 * be remembered, and what others say passes secret_hide before it is kept or
 * shown. Every struct error does that for itself.
 */
#ifndef ABACK_CORE_SECRET_H
#define ABACK_CORE_SECRET_H

#include <stdbool.h>
#include <stddef.h>

struct secret {
	char *bytes; /* NUL-terminated; NULL: none */
	size_t len;
};

#define SECRET_INIT           \
	{                     \
		.bytes = NULL \
	}

/* Copy len bytes in; what was there is wiped. */
void secret_set(struct secret *secret, const char *bytes, size_t len);
void secret_copy(struct secret *dst, const struct secret *src);
void secret_release(struct secret *secret);
static inline bool secret_is_set(const struct secret *secret)
{
	return secret->bytes != NULL;
}

/*
 * From now on secret_hide knows it. Up to 7 bytes are not remembered, but for
 * the 6 digits of a code: an emulator's 'test' is no secret, and would be
 * missed wherever it is a word.
 */
void secret_remember(const char *bytes, size_t len);
/* The same of a string; NULL and "" are nothing to remember. */
void secret_remember_text(const char *text);
/* A user of a URL that is as long is a token, and no name. */
#define SECRET_TOKEN_LEN 20
/*
 * The same of the password in a URL, as it stands there and decoded, and of the
 * user where that is a token.
 */
void secret_remember_url(const char *url);
/* The same of a URL that is a secret as a whole, and of what ends its path. */
void secret_remember_whole_url(const char *url);
/*
 * Put "***" in the place of everything remembered, however it is written:
 * plain, percent-encoded, and either of them in base64, at any offset and of
 * either alphabet, or in hex, which may be broken into lines. What is short is
 * hidden only where it is a word of its own. The text
 * gets no longer; NULL is left alone.
 */
void secret_hide(char *text);

/*
 * No core dump and no ptrace of this process, from now on, and no core dump of
 * the programs that it starts.
 */
void secret_protect_process(void);

#endif
