/*
 * Where the URL of a remote leads: whether two of them are one repository, and
 * whether git goes where it is told to.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/mem.h"
#include "state/remote_internal.h"

const char *remote_local_path(const char *url)
{
	const char *colon = strchr(url, ':');
	const char *slash = strchr(url, '/');

	if (!strncmp(url, "file://", 7))
		return url + 7;
	if (strstr(url, "://") || (colon && (!slash || colon < slash)))
		return NULL;
	return url;
}

bool remote_is_relative(const char *url)
{
	const char *path = remote_local_path(url);

	return path && *path != '/';
}

/* ---- a place ---------------------------------------------------------- */

/* A repository elsewhere: what tells it from others. */
struct place_of {
	const char *user, *host, *path; /* in the URL */
	size_t user_len, host_len, path_len;
	bool at_home; /* the path begins in the home of the user */
};

static bool ends_in(const char *text, size_t len, const char *end)
{
	const size_t end_len = strlen(end);

	return len >= end_len && !strncmp(text + len - end_len, end, end_len);
}

/* The port that is meant where none is given. */
static size_t without_port(const char *url, const char *host, size_t len)
{
	const char *port = !strncmp(url, "ssh://", 6)     ? ":22"
			   : !strncmp(url, "https://", 8) ? ":443"
							  : "";

	return len - (ends_in(host, len, port) ? strlen(port) : 0);
}

/* scheme://user@host:port/path, or user@host:path */
static struct place_of place_of(const char *url)
{
	const char *scheme = strstr(url, "://");
	struct place_of place = { .host = scheme ? scheme + 3 : url };
	const size_t len = strcspn(place.host, scheme ? "/" : ":");
	const char *end = place.host + len;

	place.user = place.host;
	for (const char *c = place.host; c < end; c++) {
		if (*c == '@')
			place.host = c + 1;
	}
	if (place.host > place.user)
		place.user_len = (size_t)(place.host - place.user - 1);
	place.host_len =
		without_port(url, place.host, (size_t)(end - place.host));
	place.path = end + (*end != '\0');
	place.at_home = !scheme ? *place.path != '/'
				: !strncmp(url, "ssh://", 6) &&
					  !strncmp(place.path, "~/", 2);
	place.path += strspn(place.path, "/");
	place.path_len = strlen(place.path);
	while (place.path_len && place.path[place.path_len - 1] == '/')
		place.path_len--;
	if (ends_in(place.path, place.path_len, ".git"))
		place.path_len -= strlen(".git");
	return place;
}

static bool same_path(const char *a, const char *b)
{
	CLEANUP(free_ptr) char *real_a = realpath(a, NULL);
	CLEANUP(free_ptr) char *real_b = realpath(b, NULL);

	return !strcmp(real_a ? real_a : a, real_b ? real_b : b);
}

/* Each user has a home; that one of them is not named tells nothing. */
static bool same_home(const struct place_of *a, const struct place_of *b)
{
	if (!a->at_home || !b->at_home || !a->user_len || !b->user_len)
		return true;
	return a->user_len == b->user_len &&
	       !strncmp(a->user, b->user, a->user_len);
}

bool remote_same_place(const char *a, const char *b)
{
	const char *path_a = remote_local_path(a);
	const char *path_b = remote_local_path(b);
	struct place_of at_a, at_b;

	if (path_a || path_b)
		return path_a && path_b && same_path(path_a, path_b);
	at_a = place_of(a);
	at_b = place_of(b);
	return at_a.host_len == at_b.host_len &&
	       at_a.path_len == at_b.path_len && same_home(&at_a, &at_b) &&
	       !strncasecmp(at_a.host, at_b.host, at_a.host_len) &&
	       !strncmp(at_a.path, at_b.path, at_a.path_len);
}

/* ---- where git goes ---------------------------------------------------- */

/* A URL without user and password. Owned. */
static char *shown(const char *url)
{
	struct place_of place;

	if (remote_local_path(url))
		return xstrdup(url);
	place = place_of(url);
	return xasprintf("%.*s/%.*s", (int)place.host_len, place.host,
			 (int)place.path_len, place.path);
}

int remote_check_direct(struct remote *remote, const char *whose,
			struct error *err)
{
	CLEANUP(process_result_release)
	struct process_result result = REMOTE_RESULT_INIT;
	CLEANUP(remote_words_release)
	struct remote_words words = remote_words(remote->git_dir, "ls-remote");
	CLEANUP(free_ptr) char *url = NULL;
	CLEANUP(free_ptr) char *where = NULL;

	remote_add(&words, "--get-url");
	remote_add(&words, "--");
	remote_add(&words, remote->url);
	if (remote_run_well(remote, &words, "look at", &result, err))
		return -1;
	url = xstrndup(result.out.buf, strcspn(result.out.buf, "\n"));
	if (remote_same_place(url, remote->url))
		return 0;
	where = shown(url);
	(void)error_set(err, ERR_GATE,
			"git is configured to read '%s' in the place of %s "
			"'%s'",
			where, whose, remote->shown);
	error_hint(err, "take it out of git's configuration; it is in: git "
			"config --show-origin --get-regexp "
			"'^(url|remote)\\.', or in GIT_CONFIG_* of the "
			"environment");
	return -1;
}
