/* Hiding what is remembered, in whatever way somebody wrote it. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "core/compiler.h"
#include "core/crypto.h"
#include "core/limits.h"
#include "core/mem.h"
#include "core/query.h"
#include "core/secret.h"

#define MASK_LEN 3 /* of "***" */
#define LEAST 8    /* bytes */
#define CODE 6     /* the digits of a code that is used once */
#define LONG 16    /* from so many on it is no word, whatever is around it */

/* For the whole of the process, as it may be said at any time. */
static struct secret *remembered;
static size_t remembered_len, remembered_cap;

/* ---- remembering ------------------------------------------------------ */

static bool is_code(const char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (!isdigit((unsigned char)bytes[i]))
			return false;
	}
	return len == CODE;
}

/* The longest first: of one that holds another nothing is to be left. */
static void add(const char *bytes, size_t len)
{
	size_t to;

	for (size_t i = 0; i < remembered_len; i++) {
		if (remembered[i].len == len &&
		    !memcmp(remembered[i].bytes, bytes, len))
			return;
	}
	GROW(remembered, remembered_len, remembered_cap);
	for (to = remembered_len++; to && remembered[to - 1].len < len; to--)
		remembered[to] = remembered[to - 1];
	remembered[to] = (struct secret)SECRET_INIT;
	secret_set(&remembered[to], bytes, len);
}

void secret_remember(const char *bytes, size_t len)
{
	/* as it stands in a form, which may as a whole be encoded once more */
	CLEANUP(strbuf_release) struct strbuf encoded = STRBUF_INIT(MIB);

	if (len < LEAST && !is_code(bytes, len))
		return;
	add(bytes, len);
	query_encode(bytes, len, "", &encoded);
	add(encoded.buf, encoded.len);
	wipe(encoded.buf, encoded.len);
}

void secret_remember_text(const char *text)
{
	if (text)
		secret_remember(text, strlen(text));
}

/* The byte that a %XX at text stands for; -1: there is none. */
static int decode(const char *text)
{
	const int high = *text == '%' ? hex_digit(text[1]) : -1;
	const int low = high >= 0 ? hex_digit(text[2]) : -1;

	return low < 0 ? -1 : high * 16 + low;
}

/* The '@' after user and password, which may have a '/' of their own. */
static const char *end_of_user(const char *authority)
{
	const size_t len = strcspn(authority, "/?#");
	const char *colon = memchr(authority, ':', len);
	const char *end = memrchr(authority, '@', len);

	if (end || !colon)
		return end;
	colon++;
	/* a port */
	if (colon + strspn(colon, "0123456789") >= authority + len)
		return NULL;
	return strrchr(authority, '@');
}

/* A piece of a URL, as it stands there and decoded. */
static void remember_piece(const char *start, const char *end)
{
	CLEANUP(secret_release) struct secret plain = SECRET_INIT;
	size_t len = 0;

	secret_set(&plain, start, (size_t)(end - start));
	secret_remember(plain.bytes, plain.len);
	for (const char *at = plain.bytes; *at; len++) {
		const int byte = decode(at);

		plain.bytes[len] = byte < 0 ? *at : (char)byte;
		at += byte < 0 ? 1 : 3;
	}
	secret_remember(plain.bytes, len);
}

void secret_remember_url(const char *url)
{
	const char *start = url ? strstr(url, "://") : NULL;
	const char *end, *colon;

	/* a proxy may be given without a scheme */
	start = start ? start + strlen("://") : url;
	end = start ? end_of_user(start) : NULL;
	if (!end)
		return;
	colon = memchr(start, ':', (size_t)(end - start));
	if (colon)
		remember_piece(colon + 1, end);
	if ((colon ? colon : end) - start >= SECRET_TOKEN_LEN)
		remember_piece(start, colon ? colon : end);
}

void secret_remember_whole_url(const char *url)
{
	const char *slash = url ? strrchr(url, '/') : NULL;

	secret_remember_text(url);
	/* the rest is often known; a host stands behind a second slash */
	if (slash && slash > url && slash[-1] != '/')
		secret_remember_text(slash + 1);
}

/* ---- the forms -------------------------------------------------------- */

/* How characters that mean the same become the same. */
typedef char fold_fn(char c);

static char as_it_is(char c)
{
	return c;
}

static char of_base64(char c)
{
	if (c == '-')
		return '+';
	return c == '_' ? '/' : c;
}

static char of_hex(char c)
{
	return (char)tolower((unsigned char)c);
}

struct form {
	const char *bytes;
	size_t len;
	fold_fn *fold;
	bool is_word; /* it counts only where nothing else is around it */
	bool breaks;  /* into lines */
};

/* How many bytes of text are the form; 0: it does not begin so. */
static size_t match(const char *text, const struct form *form, bool encoded)
{
	size_t used = 0;

	for (size_t i = 0; i < form->len; i++) {
		const size_t gap =
			i && form->breaks ? strspn(text + used, " \r\n") : 0;
		const int byte = encoded ? decode(text + used + gap) : -1;
		const char c = byte < 0 ? text[used + gap] : (char)byte;

		if (form->fold(c) != form->bytes[i] || !c)
			return 0;
		used += gap + (byte < 0 ? 1 : 3);
	}
	return used;
}

static bool is_alone(const char *text, size_t at, size_t used)
{
	return !(at && isalnum((unsigned char)text[at - 1])) &&
	       !isalnum((unsigned char)text[at + used]);
}

static void hide_form(char *text, const struct form *form)
{
	size_t to = 0, at = 0;
	const size_t len = strlen(text);
	const bool may_be_encoded = strchr(text, '%') != NULL;

	/* no form is shorter than the mask, so what is kept moves forward */
	while (at < len) {
		size_t used = match(text + at, form, false);

		if (!used && may_be_encoded)
			used = match(text + at, form, true);
		if (used && form->is_word && !is_alone(text, at, used))
			used = 0;
		if (used) {
			memset(text + to, '*', MASK_LEN);
			to += MASK_LEN;
			at += used;
		} else {
			text[to++] = text[at++];
		}
	}
	wipe(text + to, len - to);
}

static void hide_hex(char *text, const struct secret *secret)
{
	char *hex = xmalloc(2 * secret->len + 1);
	const struct form form = { hex, 2 * secret->len, of_hex, false, true };

	hex_encode(secret->bytes, secret->len, hex);
	hide_form(text, &form);
	wipe(hex, form.len);
	free(hex);
}

/*
 * In base64 a secret looks in one of three ways, by how many bytes stand before
 * it. What is compared are the digits that hold bits of nothing else.
 */
static void hide_base64(char *text, const struct secret *secret, size_t before)
{
	static const size_t first[] = { 0, 2, 3 };
	const size_t len = before + secret->len;
	const size_t digits = (len * 8) / 6;
	char *bytes = xcalloc(len, 1);
	char *base64 = xmalloc(4 * ((len + 2) / 3) + 1);
	const struct form form = { base64 + first[before],
				   digits - first[before], of_base64, false,
				   true };

	memcpy(bytes + before, secret->bytes, secret->len);
	base64_encode(bytes, len, base64);
	hide_form(text, &form);
	wipe(bytes, len);
	free(bytes);
	wipe(base64, digits);
	free(base64);
}

/* No digits that are compared are fewer, whatever stands before it. */
static size_t least_of_base64(const struct secret *secret)
{
	return secret->len * 8 / 6 - 1;
}

void secret_hide(char *text)
{
	size_t len;

	if (!text)
		return;
	len = strlen(text);
	for (size_t i = 0; i < remembered_len; i++) {
		const struct secret *secret = &remembered[i];
		const struct form plain = { secret->bytes, secret->len,
					    as_it_is, secret->len < LONG,
					    false };

		/* every form is at least as long */
		if (len < secret->len)
			continue;
		hide_form(text, &plain);
		if (secret->len < LEAST)
			continue;
		/* most messages have no room for a form of a long token */
		if (len >= 2 * secret->len)
			hide_hex(text, secret);
		for (size_t before = 0;
		     before < 3 && len >= least_of_base64(secret); before++)
			hide_base64(text, secret, before);
	}
}
