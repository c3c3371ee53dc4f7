#include "state/remote.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/crypto.h"
#include "core/mem.h"
#include "core/secret.h"
#include "state/remote_internal.h"

/*
 * Messages are read, so they must be in English; nothing may prompt, and a
 * trace that somebody asked for must not show a password.
 */
static const char *const set_variables[] = {
	"LC_ALL=C",
	"GIT_TERMINAL_PROMPT=0",
	"GIT_ALLOW_PROTOCOL=file:ssh:https",
	"GIT_TRACE_REDACT=1",
};

/*
 * git asks this for a user and a password; it is told by a variable, so that
 * neither an argument nor a file has the secret. A user of the URL stays.
 */
#define CREDENTIAL_HELPER                                                 \
	"!f() { test \"$1\" = get || exit 0; u=; "                        \
	"while read -r l; do case $l in username=*) u=$l ;; esac; done; " \
	"test -n \"$u\" || echo username=x-access-token; "                \
	"printf 'password=%s\\n' \"$ABACK_GIT_PASSWORD\"; }; f"

/* ---- URLs ------------------------------------------------------------ */

static bool url_is_known(const char *url)
{
	static const char *const schemes[] = { "file://", "ssh://",
					       "https://" };

	if (!url[0] || url[0] == '-' || strstr(url, "::"))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(schemes); i++) {
		if (!strncmp(url, schemes[i], strlen(schemes[i])))
			return true;
	}
	return !strstr(url, "://"); /* a path, or host:path */
}

/* Where processes that push to a repository on this machine take turns. */
static char *lock_path_of(const char *url)
{
	const char *path = remote_local_path(url);
	CLEANUP(free_ptr) char *nested = NULL;
	CLEANUP(free_ptr) char *objects = NULL;
	struct stat st;

	if (!path)
		return NULL;
	nested = xasprintf("%s/.git", path);
	objects = xasprintf("%s/objects", path);
	if (!stat(objects, &st))
		return xasprintf("%s/aback.lock", path);
	if (!stat(nested, &st) && S_ISDIR(st.st_mode))
		return xasprintf("%s/aback.lock", nested);
	return NULL; /* no repository; git will say so */
}

/* Percent-decoded. Owned. */
static char *decode(const char *text, size_t len)
{
	char *out = xcalloc(len + 1, 1);
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		int high = i + 2 < len ? hex_digit(text[i + 1]) : -1;
		int low = i + 2 < len ? hex_digit(text[i + 2]) : -1;

		if (text[i] == '%' && high >= 0 && low >= 0) {
			out[n++] = (char)(high * 16 + low);
			i += 2;
		} else {
			out[n++] = text[i];
		}
	}
	return out;
}

/* The parts of scheme://user:password@host. */
struct parts {
	const char *user; /* after "://"; NULL: there is neither of them */
	const char *at;   /* the '@' behind them */
	const char *colon;
	bool is_https; /* so that the user alone may be a token */
};

static struct parts parts_of(const char *url)
{
	const char *start = strstr(url, "://");
	struct parts parts = { .is_https = !strncmp(url, "https://", 8) };

	start = start ? start + 3 : url + strlen(url);
	parts.at = memrchr(start, '@', strcspn(start, "/"));
	if (!parts.at)
		return parts;
	parts.user = start;
	parts.colon = memchr(start, ':', (size_t)(parts.at - start));
	return parts;
}

char *remote_bare_url(const char *url)
{
	const struct parts parts = parts_of(url);
	const char *end;

	if (!parts.user || (!parts.colon && !parts.is_https))
		return xstrdup(url);
	end = parts.is_https ? parts.user : parts.colon;
	return xasprintf("%.*s%s", (int)(end - url), url,
			 parts.at + parts.is_https);
}

/* Take user and password out of the URL, as far as they are secret. */
static void take_password(struct remote *remote, const char *url)
{
	const struct parts parts = parts_of(url);
	const char *user_end = parts.colon ? parts.colon : parts.at;
	const bool is_token = parts.user && parts.is_https &&
			      user_end - parts.user >= SECRET_TOKEN_LEN;

	if (!parts.colon && !is_token) {
		remote->url = xstrdup(url);
		remote->shown = xstrdup(url);
		return;
	}
	secret_remember_url(url);
	remote->shown =
		xasprintf("%.*s***%s", (int)(parts.user - url), url, parts.at);
	if (is_token) {
		remote->url = remote_bare_url(url);
		remote->user =
			decode(parts.user, (size_t)(user_end - parts.user));
	} else {
		remote->url = xasprintf("%.*s%s", (int)(parts.colon - url), url,
					parts.at);
	}
	if (parts.colon)
		remote->password = decode(parts.colon + 1,
					  (size_t)(parts.at - parts.colon - 1));
}

struct variables {
	char **next;
	unsigned long count; /* of git's settings */
};

/* A setting of git for the remote's host alone. */
static void set_for_host(struct variables *variables,
			 const struct remote *remote, const char *name,
			 const char *value)
{
	const char *host = strstr(remote->url, "://") + 3;

	*variables->next++ = xasprintf(
		"GIT_CONFIG_KEY_%lu=credential.%.*s.%s", variables->count,
		(int)(host - remote->url + (long)strcspn(host, "/")),
		remote->url, name);
	*variables->next++ =
		xasprintf("GIT_CONFIG_VALUE_%lu=%s", variables->count++, value);
}

/* What git's children find in their environment. */
static void set_environment(struct remote *remote)
{
	const char *text = getenv("GIT_CONFIG_COUNT");
	struct variables variables = {
		.next = remote->set,
		.count = text ? strtoul(text, NULL, 10) : 0,
	};

	for (size_t i = 0; i < ARRAY_SIZE(set_variables); i++)
		*variables.next++ = xstrdup(set_variables[i]);
	if (!strstr(remote->url, "://") || (!remote->password && !remote->user))
		return;
	if (remote->user)
		set_for_host(&variables, remote, "username", remote->user);
	if (remote->password) {
		/* in the place of all other helpers */
		set_for_host(&variables, remote, "helper", "");
		set_for_host(&variables, remote, "helper", CREDENTIAL_HELPER);
		*variables.next++ =
			xasprintf("ABACK_GIT_PASSWORD=%s", remote->password);
	}
	*variables.next = xasprintf("GIT_CONFIG_COUNT=%lu", variables.count);
}

int remote_new(const char *git_dir, const char *url, struct remote **ret_remote,
	       struct error *err)
{
	const char *token = getenv("ABACK_GIT_TOKEN");
	struct remote *remote;

	if (!url_is_known(url)) {
		(void)error_set(err, ERR_REMOTE,
				"state.remote is not a path, file://, ssh://, "
				"host:path or https://");
		error_hint(err, "give state.remote as git@host:path or "
				"https://host/path");
		return -1;
	}
	remote = xcalloc(1, sizeof(*remote));
	remote->git_dir = xstrdup(git_dir);
	remote->lock_path = lock_path_of(url);
	remote->deadline_ms = REMOTE_DEADLINE_MS;
	take_password(remote, url);
	if (!remote->password && token && *token &&
	    !strncmp(url, "https://", strlen("https://"))) {
		remote->password = xstrdup(token);
		remote->is_token = true;
	}
	secret_remember_text(remote->password);
	set_environment(remote);
	*ret_remote = remote;
	return 0;
}

void remote_free(struct remote *remote)
{
	if (!remote)
		return;
	free(remote->git_dir);
	free(remote->url);
	free(remote->shown);
	if (remote->password)
		wipe(remote->password, strlen(remote->password));
	free(remote->password);
	if (remote->user)
		wipe(remote->user, strlen(remote->user));
	free(remote->user);
	for (size_t i = 0; remote->set[i]; i++) {
		wipe(remote->set[i], strlen(remote->set[i]));
		free(remote->set[i]);
	}
	free(remote->lock_path);
	free(remote);
}

const char *remote_url(const struct remote *remote)
{
	return remote->url;
}

const char *remote_shown(const struct remote *remote)
{
	return remote->shown;
}

void remote_set_deadline(struct remote *remote, int64_t deadline_ms)
{
	remote->deadline_ms = deadline_ms;
}
