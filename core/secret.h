/*
 * Text that must never be written anywhere: nothing formats a struct secret,
 * and releasing it wipes it.
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

/* No core dump and no ptrace of this process, from now on. */
void secret_protect_process(void);

#endif
