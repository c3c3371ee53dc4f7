/* The passphrase of a key: from the environment, else asked on a terminal. */
#ifndef ABACK_CMD_PASSPHRASE_H
#define ABACK_CMD_PASSPHRASE_H

#include "core/compiler.h"
#include "core/error.h"
#include "core/secret.h"

#define PASSPHRASE_VARIABLE "ABACK_KEY_PASSPHRASE"

/*
 * Ask for it, without showing what is typed. ERR_CREDENTIALS: there is neither
 * the variable nor a terminal. ctx: the prompt, a const char *; it is a
 * passphrase_fn of core/signature.h.
 */
MUST_CHECK int passphrase_ask(void *ctx, struct secret *ret_passphrase,
			      struct error *err);
/* A new one, asked twice; none is set where it is empty. */
MUST_CHECK int passphrase_choose(struct secret *ret_passphrase,
				 struct error *err);

#endif
