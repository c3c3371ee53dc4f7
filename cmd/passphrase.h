/*
 * What only a person knows: the passphrase of a key, the code of an MFA device.
 */
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
/* The code that an MFA device shows; aws_options.ask_code. */
MUST_CHECK int passphrase_ask_code(void *ctx, const char *serial,
				   struct secret *ret_code, struct error *err);
/* A new one, asked twice; none is set where it is empty. */
MUST_CHECK int passphrase_choose(struct secret *ret_passphrase,
				 struct error *err);

#endif
