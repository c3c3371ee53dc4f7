/*
 * Running git for a remote, and what it says when it fails.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "state/remote_internal.h"

/* What every call of git begins with: durable, and no surprises. */
static const char *const common_arguments[] = {
	"-c", "core.fsync=all",
	"-c", "core.fsyncMethod=fsync",
	"-c", "gc.auto=0",
	"-c", "maintenance.auto=false",
	"-c", "push.followTags=false",
	"-c", "push.gpgSign=false",
	"-c", "advice.pushUpdateRejected=false",
};

/* ---- words ----------------------------------------------------------- */

void remote_words_release(struct remote_words *words)
{
	for (size_t i = 0; i < words->len; i++)
		free(words->items[i]);
	free(words->items);
}

/* Owned by words from here on; what follows the last stays NULL. */
static void add_owned(struct remote_words *words, char *word)
{
	GROW(words->items, words->len, words->cap);
	words->items[words->len++] = word;
	GROW(words->items, words->len, words->cap);
	words->items[words->len] = NULL;
}

void remote_add(struct remote_words *words, const char *word)
{
	add_owned(words, xstrdup(word));
}

void remote_addf(struct remote_words *words, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add_owned(words, xvasprintf(fmt, ap));
	va_end(ap);
}

struct remote_words remote_words(const char *git_dir, const char *verb)
{
	struct remote_words words = { 0 };

	remote_add(&words, "git");
	if (git_dir) {
		remote_add(&words, "--git-dir");
		remote_add(&words, git_dir);
	}
	for (size_t i = 0; i < ARRAY_SIZE(common_arguments); i++)
		remote_add(&words, common_arguments[i]);
	remote_add(&words, verb);
	return words;
}

/* ---- what it says ---------------------------------------------------- */

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
	{ "dubious ownership",
	  "it belongs to another user: where you trust it, on that machine: "
	  "git config --global --add safe.directory PATH" },
	{ "certificate",
	  "have git trust the authority that signed it: git config --global "
	  "http.sslCAInfo FILE (or GIT_SSL_CAINFO, where that is set)" },
	{ "SSL", "check that the URL's port speaks TLS, and git's http.ssl "
		 "settings" },
	{ REMOTE_NO_GIT, "check the URL, and whether a proxy or a page to log "
			 "in answers in its place" },
	{ "is this a git repository?",
	  "check the URL, and whether a proxy or a page to log in answers in "
	  "its place" },
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

int remote_fail(const struct remote *remote, struct error *err,
		const char *what, const char *why)
{
	(void)error_set(err, ERR_REMOTE, "cannot %s the state remote '%s': %s",
			what, remote->shown, why);
	add_remedy(remote, why, err);
	return -1;
}

void remote_add_line(const struct remote *remote, struct strbuf *out,
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

char *remote_reason(const struct remote *remote,
		    const struct process_result *result)
{
	CLEANUP(strbuf_release)
	struct strbuf out = STRBUF_INIT(REMOTE_REASON_MAX);

	for (int all = 0; all < 2 && !out.len; all++) {
		const char *line = result->err.buf;

		while (*line) {
			size_t len = strcspn(line, "\n");

			if (len && (all || says_why(line, len)))
				remote_add_line(remote, &out, line, len);
			line += len + (line[len] != '\0');
		}
	}
	if (!out.len)
		return xasprintf("git ended with exit code %d", result->status);
	return strbuf_detach(&out);
}

int remote_run(const struct remote *remote, const struct remote_words *words,
	       const char *what, struct process_result *ret_result,
	       struct error *err)
{
	struct process command = { .argv = (const char *const *)words->items,
				   .set = (const char *const *)remote->set,
				   .unset = process_git_unset,
				   .deadline_ms = remote->deadline_ms };

	if (process_run(&command, ret_result, err)) {
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

int remote_run_well(const struct remote *remote,
		    const struct remote_words *words, const char *what,
		    struct process_result *ret_result, struct error *err)
{
	CLEANUP(free_ptr) char *why = NULL;

	if (remote_run(remote, words, what, ret_result, err))
		return -1;
	if (ret_result->status == 0)
		return 0;
	why = remote_reason(remote, ret_result);
	return remote_fail(remote, err, what, why);
}
