#include "cmd/passphrase.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "cmd/message.h"
#include "core/crypto.h"
#include "core/mem.h"

#define PASSPHRASE_MOST 1024

/* One line of the terminal, without its end; false: there is none. */
static bool read_line(int tty, char *line, size_t *ret_len)
{
	size_t len = 0;
	char c;

	while (read(tty, &c, 1) == 1) {
		if (c == '\n') {
			*ret_len = len;
			return true;
		}
		if (len == PASSPHRASE_MOST)
			return false;
		line[len++] = c;
	}
	return false;
}

static int read_hidden(int tty, const char *prompt,
		       struct secret *ret_passphrase, struct error *err)
{
	struct termios was, hidden;
	char line[PASSPHRASE_MOST];
	size_t len = 0;
	bool read_it;

	if (tcgetattr(tty, &was))
		return error_errno(err, ERR_CREDENTIALS,
				   "cannot ask for the %s", prompt);
	hidden = was;
	hidden.c_lflag &= ~(tcflag_t)ECHO;
	/* in this order: what is typed before is dropped */
	if (tcsetattr(tty, TCSAFLUSH, &hidden) ||
	    dprintf(tty, "%s: ", prompt) < 0)
		return error_errno(err, ERR_CREDENTIALS,
				   "cannot ask for the %s", prompt);
	read_it = read_line(tty, line, &len);
	(void)tcsetattr(tty, TCSAFLUSH, &was);
	(void)dprintf(tty, "\n");
	if (read_it)
		secret_set(ret_passphrase, line, len);
	if (read_it)
		secret_remember(line, len);
	wipe(line, sizeof(line));
	if (read_it)
		return 0;
	return interrupted ? error_set(err, ERR_INTERRUPTED, "interrupted")
			   : error_set(err, ERR_CREDENTIALS,
				       "no passphrase was given");
}

static int ask_terminal(const char *prompt, const char *hint,
			struct secret *ret_answer, struct error *err)
{
	int tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY), rc;

	if (tty < 0) {
		(void)error_set(err, ERR_CREDENTIALS,
				"there is no terminal to ask on for the %s",
				prompt);
		error_hint(err, "%s", hint);
		return -1;
	}
	rc = read_hidden(tty, prompt, ret_answer, err);
	(void)close(tty);
	return rc;
}

int passphrase_ask(void *ctx, struct secret *ret_passphrase, struct error *err)
{
	const char *given = getenv(PASSPHRASE_VARIABLE);

	if (!given)
		return ask_terminal(ctx, "set " PASSPHRASE_VARIABLE,
				    ret_passphrase, err);
	secret_set(ret_passphrase, given, strlen(given));
	return 0;
}

int passphrase_ask_code(void *ctx UNUSED, const char *serial,
			struct secret *ret_code, struct error *err)
{
	CLEANUP(free_ptr)
	char *prompt = xasprintf("code of the MFA device %s", serial);

	return ask_terminal(prompt,
			    "get credentials that are good for a while, and "
			    "hand them over in the environment: aws sts "
			    "get-session-token",
			    ret_code, err);
}

int passphrase_choose(struct secret *ret_passphrase, struct error *err)
{
	static char first[] = "passphrase of the new key (empty: none)";
	static char second[] = "the same again";
	CLEANUP(secret_release) struct secret again = SECRET_INIT;

	if (passphrase_ask(first, ret_passphrase, err) ||
	    passphrase_ask(second, &again, err))
		return -1;
	if (ret_passphrase->len != again.len ||
	    strcmp(ret_passphrase->bytes, again.bytes) != 0)
		return error_set(err, ERR_CREDENTIALS,
				 "the two passphrases differ; no key was made");
	if (!ret_passphrase->len)
		secret_release(ret_passphrase);
	return 0;
}
