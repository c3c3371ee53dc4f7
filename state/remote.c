#include "state/remote.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/crypto.h"
#include "core/limits.h"
#include "core/mem.h"
#include "state/command.h"
#include "state/guard.h"

#define REASON_MAX 600
#define ARGUMENTS_MAX 32

#define SET_MAX 12

struct remote {
	char *git_dir;
	char *url; /* without a password: it is seen by other processes */
	char *shown;
	char *password;     /* of the URL, or the token; NULL: none */
	bool is_token;      /* it is ABACK_GIT_TOKEN's */
	char *set[SET_MAX]; /* variables for git, a NULL at the end */
	char *lock_path;    /* of a remote on this machine; NULL: elsewhere */
	int64_t deadline_ms;
};

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

/* What every call of git begins with: durable, and no surprises. */
static const char *const common_arguments[] = {
	"-c", "core.fsync=all",         "-c", "gc.auto=0",
	"-c", "maintenance.auto=false", "-c", "push.followTags=false",
	"-c", "push.gpgSign=false",     "-c", "advice.pushUpdateRejected=false",
};

/* ---- URLs ------------------------------------------------------------ */

/* The path of a remote on this machine, or NULL. Borrowed from url. */
static const char *local_path(const char *url)
{
	const char *colon = strchr(url, ':');
	const char *slash = strchr(url, '/');

	if (!strncmp(url, "file://", 7))
		return url + 7;
	if (strstr(url, "://") || (colon && (!slash || colon < slash)))
		return NULL;
	return url;
}

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
	const char *path = local_path(url);
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

static int hex_digit(char c)
{
	const char *digits = "0123456789abcdef";
	const char *at = c ? strchr(digits, c | 0x20) : NULL;

	return at ? (int)(at - digits) : -1;
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

/* Take the password out of scheme://user:password@host. */
static void take_password(struct remote *remote, const char *url)
{
	const char *start = strstr(url, "://");
	size_t host = start ? strcspn(start + 3, "/") : 0;
	const char *at = NULL, *colon;

	for (size_t i = 0; start && i < host; i++) {
		if (start[3 + i] == '@')
			at = start + 3 + i;
	}
	colon = at ? memchr(start + 3, ':', (size_t)(at - start - 3)) : NULL;
	if (!colon) {
		remote->url = xstrdup(url);
		remote->shown = xstrdup(url);
		return;
	}
	remote->password = decode(colon + 1, (size_t)(at - colon - 1));
	remote->url = xasprintf("%.*s%s", (int)(colon - url), url, at);
	remote->shown = xasprintf("%.*s***%s", (int)(start + 3 - url), url, at);
}

/* What git's children find in their environment. */
static void set_environment(struct remote *remote)
{
	const char *text = getenv("GIT_CONFIG_COUNT");
	unsigned long count = text ? strtoul(text, NULL, 10) : 0;
	const char *host = strstr(remote->url, "://");
	CLEANUP(free_ptr) char *key = NULL;
	size_t n = 0;

	for (; n < ARRAY_SIZE(set_variables); n++)
		remote->set[n] = xstrdup(set_variables[n]);
	if (!remote->password || !host)
		return;
	/* for this host alone, and in the place of all other helpers */
	key = xasprintf(
		"credential.%.*s.helper",
		(int)(host + 3 - remote->url + (long)strcspn(host + 3, "/")),
		remote->url);
	remote->set[n++] = xasprintf("GIT_CONFIG_KEY_%lu=%s", count, key);
	remote->set[n++] = xasprintf("GIT_CONFIG_VALUE_%lu=", count);
	remote->set[n++] = xasprintf("GIT_CONFIG_KEY_%lu=%s", count + 1, key);
	remote->set[n++] = xasprintf("GIT_CONFIG_VALUE_%lu=%s", count + 1,
				     CREDENTIAL_HELPER);
	remote->set[n++] = xasprintf("GIT_CONFIG_COUNT=%lu", count + 2);
	remote->set[n++] = xasprintf("ABACK_GIT_PASSWORD=%s", remote->password);
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

/* ---- running git ----------------------------------------------------- */

struct arguments {
	const char *items[ARGUMENTS_MAX];
	size_t len;
};

static void add(struct arguments *arguments, const char *text)
{
	/* the last place stays NULL */
	if (arguments->len < ARGUMENTS_MAX - 1)
		arguments->items[arguments->len++] = text;
}

static struct arguments git(const char *git_dir, const char *verb)
{
	struct arguments arguments = { { NULL }, 0 };

	add(&arguments, "git");
	if (git_dir) {
		add(&arguments, "--git-dir");
		add(&arguments, git_dir);
	}
	for (size_t i = 0; i < ARRAY_SIZE(common_arguments); i++)
		add(&arguments, common_arguments[i]);
	add(&arguments, verb);
	return arguments;
}

/* What git and ssh say, and what helps; a NULL at the end. */
static const struct {
	const char *said;
	const char *hint;
} remedies[] = {
	{ "Host key verification failed",
	  "ssh does not know the host: compare its key with the one its owner "
	  "gives, then: ssh-keyscan HOST >>~/.ssh/known_hosts" },
	{ "Permission denied (publickey",
	  "let ssh find a key that the host accepts (ssh-add -l, IdentityFile, "
	  "GIT_SSH_COMMAND); an ed25519 key is accepted everywhere, an RSA key "
	  "not where the server has turned it off" },
	{ "Permission denied", "let this user read and write there" },
	{ "certificate",
	  "have git trust the authority that signed it: git config --global "
	  "http.sslCAInfo FILE (or GIT_SSL_CAINFO, where that is set)" },
	{ "SSL", "check that the URL's port speaks TLS, and git's http.ssl "
		 "settings" },
	{ "Could not resolve host", "check the URL's host and the network" },
	{ "Could not resolve hostname",
	  "check the URL's host and the network" },
};

static bool wants_credentials(const char *why)
{
	return strstr(why, "Authentication failed") ||
	       strstr(why, "could not read Username") ||
	       strstr(why, "could not read Password") ||
	       strstr(why, "returned error: 401") ||
	       strstr(why, "returned error: 403");
}

static void add_remedy(const struct remote *remote, const char *why,
		       struct error *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(remedies); i++) {
		if (strstr(why, remedies[i].said)) {
			error_hint(err, "%s", remedies[i].hint);
			return;
		}
	}
	if (!wants_credentials(why))
		error_hint(err,
			   "see whether git reaches it: git ls-remote '%s'",
			   remote->shown);
	else if (remote->is_token)
		error_hint(err, "the token in ABACK_GIT_TOKEN is not accepted: "
				"give one that may read and write there");
	else if (remote->password)
		error_hint(err, "the password in the URL is not accepted; "
				"better take it out and set ABACK_GIT_TOKEN");
	else
		error_hint(err, "set ABACK_GIT_TOKEN to a token that may read "
				"and write there, or configure one of git's "
				"credential helpers");
}

static int remote_fail(const struct remote *remote, struct error *err,
		       const char *what, const char *why)
{
	(void)error_set(err, ERR_REMOTE, "cannot %s the state remote '%s': %s",
			what, remote->shown, why);
	add_remedy(remote, why, err);
	return -1;
}

/* Append a line of git's, without its secret and its control characters. */
static void add_line(const struct remote *remote, struct strbuf *out,
		     const char *line, size_t len)
{
	size_t secret = remote->password ? strlen(remote->password) : 0;

	if (out->len)
		strbuf_adds(out, "; ");
	for (size_t i = 0; i < len;) {
		if (secret && len - i >= secret &&
		    !memcmp(line + i, remote->password, secret)) {
			strbuf_adds(out, "***");
			i += secret;
			continue;
		}
		if ((unsigned char)line[i] >= ' ' && line[i] != 0x7f)
			strbuf_addc(out, line[i]);
		i++;
	}
}

static bool says_why(const char *line, size_t len)
{
	static const char *const starts[] = { "fatal:",
					      "error:",
					      "remote:",
					      "ssh:",
					      "Host key",
					      "Load key",
					      "Connection closed",
					      "Connection reset",
					      "kex_exchange_identification" };
	static const char denied[] = "Permission denied";

	for (size_t i = 0; i < ARRAY_SIZE(starts); i++) {
		if (!strncmp(line, starts[i], strlen(starts[i])))
			return true;
	}
	/* "user@host: Permission denied (publickey)." */
	return memmem(line, len, denied, strlen(denied)) != NULL;
}

/* Why git failed, in its own words. Owned. */
static char *reason_of(const struct remote *remote,
		       const struct command_result *result)
{
	CLEANUP(strbuf_release) struct strbuf out = STRBUF_INIT(REASON_MAX);

	for (int all = 0; all < 2 && !out.len; all++) {
		const char *line = result->err.buf;

		while (*line) {
			size_t len = strcspn(line, "\n");

			if (len && (all || says_why(line, len)))
				add_line(remote, &out, line, len);
			line += len + (line[len] != '\0');
		}
	}
	if (!out.len)
		return xasprintf("git ended with exit code %d", result->status);
	return strbuf_detach(&out);
}

/* ERR_REMOTE when git is missing or was too slow; its status is not judged. */
static int run(const struct remote *remote, const struct arguments *arguments,
	       const char *what, struct command_result *ret_result,
	       struct error *err)
{
	struct command command = { .argv = arguments->items,
				   .set = (const char *const *)remote->set,
				   .unset = command_git_unset,
				   .deadline_ms = remote->deadline_ms };

	if (command_run(&command, ret_result, err)) {
		err->code = ERR_REMOTE;
		error_hint(err, "a state remote needs the git command: "
				"apt-get install git");
		return error_wrap(err, "cannot %s the state remote '%s'", what,
				  remote->shown);
	}
	if (ret_result->too_late) {
		CLEANUP(free_ptr)
		char *why = xasprintf("no answer within %lld s",
				      (long long)remote->deadline_ms / 1000);

		return remote_fail(remote, err, what, why);
	}
	return 0;
}

/* The same, where any failure of git is a failure. */
static int run_well(const struct remote *remote,
		    const struct arguments *arguments, const char *what,
		    struct command_result *ret_result, struct error *err)
{
	CLEANUP(free_ptr) char *why = NULL;

	if (run(remote, arguments, what, ret_result, err))
		return -1;
	if (ret_result->status == 0)
		return 0;
	why = reason_of(remote, ret_result);
	return remote_fail(remote, err, what, why);
}

/* ---- operations ------------------------------------------------------ */

int remote_ref(struct remote *remote, const char *ref, struct repo_id *ret_id,
	       struct error *err)
{
	CLEANUP(command_result_release)
	struct command_result result = { .out = STRBUF_INIT(0),
					 .err = STRBUF_INIT(0) };
	struct arguments arguments = git(remote->git_dir, "ls-remote");

	add(&arguments, "--");
	add(&arguments, remote->url);
	add(&arguments, ref);
	if (run_well(remote, &arguments, "read", &result, err))
		return -1;
	*ret_id = (struct repo_id){ "" };
	/* a pattern matches at the end: other refs may be listed too */
	for (const char *line = result.out.buf; *line;) {
		size_t len = strcspn(line, "\n");

		if (len == 41 + strlen(ref) && line[40] == '\t' &&
		    !strncmp(line + 41, ref, len - 41) &&
		    !repo_id_parse(line, ret_id))
			return remote_fail(remote, err, "read",
					   "git ls-remote gave no object name");
		line += len + (line[len] != '\0');
	}
	return 0;
}

int remote_refs(struct remote *remote, const char *prefix, repo_ref_fn fn,
		void *ctx, struct error *err)
{
	CLEANUP(command_result_release)
	struct command_result result = { .out = STRBUF_INIT(0),
					 .err = STRBUF_INIT(0) };
	CLEANUP(free_ptr) char *pattern = xasprintf("%s*", prefix);
	struct arguments arguments = git(remote->git_dir, "ls-remote");

	add(&arguments, "--");
	add(&arguments, remote->url);
	add(&arguments, pattern);
	if (run_well(remote, &arguments, "read", &result, err))
		return -1;
	for (const char *line = result.out.buf; *line;) {
		size_t len = strcspn(line, "\n");
		CLEANUP(free_ptr) char *name = NULL;
		struct repo_id id;

		if (len > 41 && line[40] == '\t' &&
		    !strncmp(line + 41, prefix, strlen(prefix)) &&
		    repo_id_parse(line, &id)) {
			name = xstrndup(line + 41, len - 41);
			if (fn(name, &id, ctx, err))
				return -1;
		}
		line += len + (line[len] != '\0');
	}
	return 0;
}

int remote_fetch(struct remote *remote, const char *ref, struct error *err)
{
	CLEANUP(command_result_release)
	struct command_result result = { .out = STRBUF_INIT(0),
					 .err = STRBUF_INIT(0) };
	struct arguments arguments = git(remote->git_dir, "fetch");

	add(&arguments, "--quiet");
	add(&arguments, "--no-tags");
	add(&arguments, "--no-write-fetch-head");
	add(&arguments, "--no-recurse-submodules");
	add(&arguments, "--");
	add(&arguments, remote->url);
	add(&arguments, ref);
	return run_well(remote, &arguments, "fetch from", &result, err);
}

int remote_clone(struct remote *remote, const char *path, const char *branch,
		 struct error *err)
{
	CLEANUP(command_result_release)
	struct command_result result = { .out = STRBUF_INIT(0),
					 .err = STRBUF_INIT(0) };
	struct arguments arguments = git(NULL, "clone");

	add(&arguments, "--quiet");
	add(&arguments, "--bare");
	add(&arguments, "--no-tags");
	add(&arguments, "--no-local"); /* copied, not linked */
	add(&arguments, "--single-branch");
	add(&arguments, "--template=");
	add(&arguments, "--branch");
	add(&arguments, branch);
	add(&arguments, "--");
	add(&arguments, remote->url);
	add(&arguments, path);
	return run_well(remote, &arguments, "clone", &result, err);
}

/*
 * git push --porcelain says "<flag>\t<from>:<to>\t<summary>" for each ref;
 * the flag of a refused one is '!'. Owned text, or NULL when there is no such
 * line.
 */
static char *refusal_of(const struct remote *remote, const char *ref,
			const struct command_result *result)
{
	CLEANUP(free_ptr) char *tail = xasprintf(":%s\t", ref);
	CLEANUP(strbuf_release) struct strbuf out = STRBUF_INIT(REASON_MAX);

	for (const char *line = result->out.buf; *line;) {
		size_t len = strcspn(line, "\n");
		const char *at = memmem(line, len, tail, strlen(tail));

		if (line[0] == '!' && at) {
			at += strlen(tail);
			add_line(remote, &out, at, len - (size_t)(at - line));
			return strbuf_detach(&out);
		}
		line += len + (line[len] != '\0');
	}
	return NULL;
}

bool remote_lost_race(const char *refused)
{
	static const char *const races[] = { "fetch first", "non-fast-forward",
					     "stale info", "lock",
					     "failed to update ref" };

	if (strstr(refused, "hook declined"))
		return false; /* what follows are the hook's own words */
	for (size_t i = 0; i < ARRAY_SIZE(races); i++) {
		if (strstr(refused, races[i]))
			return true;
	}
	return false;
}

static void add_push(struct arguments *arguments, const struct remote *remote,
		     const char *lease, const char *refspec)
{
	add(arguments, "--porcelain");
	add(arguments, "--no-verify");
	add(arguments, "--recurse-submodules=no");
	if (remote->lock_path) /* on this machine we can ask for durability */
		add(arguments,
		    "--receive-pack=git -c core.fsync=all receive-pack");
	if (lease)
		add(arguments, lease);
	add(arguments, "--");
	add(arguments, remote->url);
	add(arguments, refspec);
}

/* One push, its answer judged; see remote_push. */
static int push_once(struct remote *remote, const char *ref,
		     const struct repo_id *from, const struct repo_id *to,
		     char **ret_refused, struct error *err)
{
	CLEANUP(command_result_release)
	struct command_result result = { .out = STRBUF_INIT(0),
					 .err = STRBUF_INIT(0) };
	CLEANUP(free_ptr) char *refspec = xasprintf("%s:%s", to->hex, ref);
	CLEANUP(free_ptr)
	char *lease =
		from ? xasprintf("--force-with-lease=%s:%s", ref, from->hex)
		     : NULL;
	struct arguments arguments = git(remote->git_dir, "push");

	add_push(&arguments, remote, lease, refspec);
	if (run(remote, &arguments, "push to", &result, err))
		return -1;
	*ret_refused = refusal_of(remote, ref, &result);
	if (*ret_refused && strstr(*ret_refused, "hook declined")) {
		/* the hook said why on its stderr */
		CLEANUP(free_ptr) char *why = reason_of(remote, &result);
		char *both = xasprintf("%s: %s", *ret_refused, why);

		free(*ret_refused);
		*ret_refused = both;
	}
	if (!*ret_refused && result.status != 0) {
		CLEANUP(free_ptr) char *why = reason_of(remote, &result);

		return remote_fail(remote, err, "push to", why);
	}
	return 0;
}

/* What git said is not enough: look where the ref stands now. */
static int settle(struct remote *remote, const char *ref,
		  const struct repo_id *to, char **refused, struct error *err)
{
	struct repo_id now;

	if (remote_ref(remote, ref, &now, err))
		return -1;
	if (repo_id_equal(&now, to)) {
		free(*refused);
		*refused = NULL;
	} else if (!*refused) {
		*refused = xasprintf("git reported success, but '%s' stands "
				     "elsewhere",
				     ref);
	}
	return 0;
}

static void close_lock(const int *fd)
{
	if (*fd >= 0)
		(void)close(*fd); /* nothing was written */
}

int remote_push(struct remote *remote, const char *ref,
		const struct repo_id *from, const struct repo_id *to,
		char **ret_refused, struct error *err)
{
	CLEANUP(close_lock) int fd = -1;
	CLEANUP(free_ptr) char *refused = NULL;
	CLEANUP(error_release) struct error again = ERROR_INIT;

	if (remote->lock_path) {
		if (guard_flock(remote->lock_path, remote->deadline_ms, &fd,
				err)) {
			CLEANUP(strbuf_release)
			struct strbuf why = STRBUF_INIT(LIMIT_MESSAGE / 2);

			error_message(err, &why);
			return remote_fail(remote, err, "push to", why.buf);
		}
		if (fd < 0)
			return remote_fail(remote, err, "push to",
					   "others kept it locked");
	}
	if (push_once(remote, ref, from, to, &refused, err)) {
		/* perhaps it arrived all the same */
		if (settle(remote, ref, to, &refused, &again) || refused)
			return -1;
		error_release(err);
	} else if (settle(remote, ref, to, &refused, err)) {
		return -1;
	}
	*ret_refused = TAKE(refused);
	return 0;
}
