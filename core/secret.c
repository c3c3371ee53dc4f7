#include "core/secret.h"

#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "core/crypto.h"
#include "core/mem.h"

void secret_release(struct secret *secret)
{
	wipe(secret->bytes, secret->len);
	free(secret->bytes);
	*secret = (struct secret)SECRET_INIT;
}

void secret_set(struct secret *secret, const char *bytes, size_t len)
{
	char *copy = xstrndup(bytes, len);

	secret_release(secret);
	secret->bytes = copy;
	secret->len = len;
}

void secret_copy(struct secret *dst, const struct secret *src)
{
	if (src->bytes)
		secret_set(dst, src->bytes, src->len);
	else
		secret_release(dst);
}

void secret_protect_process(void)
{
	/*
	 * Not 0: where cores are piped to a program, the kernel looks at no
	 * limit but this one. As a size it is too small for any core.
	 */
	struct rlimit none = { 1, 1 };

	/* best effort: a sandbox may forbid either, and aback still works */
	(void)setrlimit(RLIMIT_CORE, &none);
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}
