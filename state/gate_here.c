#include "state/gate_here.h"

#include <stdlib.h>
#include <string.h>

#include "core/file.h"
#include "core/limits.h"
#include "core/mem.h"
#include "core/process.h"
#include "core/secret.h"
#include "state/remote.h"

#define GIT_DEADLINE_MS 10000

/* What git prints, a line; NULL: it does not know. Owned. */
static char *ask_git(const char *directory, const char *const *words)
{
	const char *argv[8] = { "git", "-C", directory };
	const char *const set[] = { "LC_ALL=C", NULL };
	const struct process command = { .argv = argv,
					 .set = set,
					 .unset = process_git_unset,
					 .deadline_ms = GIT_DEADLINE_MS };
	struct process_result result = { .out = STRBUF_INIT(LIMIT_MESSAGE),
					 .err = STRBUF_INIT(LIMIT_MESSAGE) };
	CLEANUP(error_release) struct error ignored = ERROR_INIT;
	char *line = NULL;

	for (size_t i = 0; words[i]; i++)
		argv[3 + i] = words[i];
	if (!process_run(&command, &result, &ignored) && !result.status)
		line = xstrndup(result.out.buf, strcspn(result.out.buf, "\n"));
	process_result_release(&result);
	return line;
}

/* The remote's own default branch, as a clone knows it. Owned, or NULL. */
static char *default_branch(const char *directory)
{
	static const char *const words[] = { "symbolic-ref", "--short",
					     "refs/remotes/origin/HEAD", NULL };
	CLEANUP(free_ptr) char *name = ask_git(directory, words);
	const char *slash = name ? strchr(name, '/') : NULL;

	return slash ? xstrdup(slash + 1) : NULL;
}

static int need(const char *value, const char *what, const char *variable,
		struct error *err)
{
	if (value && *value)
		return 0;
	(void)error_set(err, ERR_GATE,
			"which %s the gate is to look at is not known: git "
			"names none here",
			what);
	error_hint(err,
		   "git remote set-head origin --auto, once the branch is "
		   "pushed; or say it with %s",
		   variable);
	return -1;
}

/* A name such as "main", below refs/heads; no other ref and no pattern. */
static bool is_branch(const char *name)
{
	return !strchr("-/.", *name) && strncmp(name, "refs/", 5) != 0 &&
	       !strstr(name, "..") && !strstr(name, "//") &&
	       !strstr(name, "@{") && !strpbrk(name, " ~^:?*[\\\t\n\r\x7f");
}

static int check_pin(const struct gate_pin *pin, struct error *err)
{
	if (!is_branch(pin->branch))
		return error_set(err, ERR_GATE, "'%s' is no name of a branch",
				 pin->branch);
	if (!remote_is_relative(pin->remote))
		return 0;
	(void)error_set(err, ERR_GATE,
			"the remote '%s' is another place from each folder",
			pin->remote);
	error_hint(err, "name it by a URL or an absolute path, with "
			"ABACK_GATE_REMOTE");
	return -1;
}

int gate_pin_here(const char *desired, const char *branch, const char *remote,
		  struct gate_pin *ret_pin, struct error *err)
{
	static const char *const prefix_words[] = { "rev-parse",
						    "--show-prefix", NULL };
	static const char *const url_words[] = { "remote", "get-url", "origin",
						 NULL };
	const char *slash = strrchr(desired, '/');
	CLEANUP(free_ptr) char *directory = file_beside(desired, ".");
	CLEANUP(free_ptr) char *prefix = ask_git(directory, prefix_words);
	CLEANUP(free_ptr) char *bare = NULL;
	CLEANUP(gate_pin_release)
	struct gate_pin pin = {
		.branch = branch ? xstrdup(branch) : default_branch(directory),
		.remote = remote ? xstrdup(remote)
				 : ask_git(directory, url_words),
	};

	if (!prefix)
		return error_set(err, ERR_GATE,
				 "'%s' is in no git repository, so that there "
				 "is no branch to review plans on",
				 desired);
	if (need(pin.branch, "branch", "ABACK_GATE_BRANCH", err) ||
	    need(pin.remote, "remote", "ABACK_GATE_REMOTE", err) ||
	    check_pin(&pin, err))
		return -1;
	secret_remember_url(pin.remote);
	bare = remote_bare_url(pin.remote);
	/* the pin is for all to read, and CI puts the job's token in there */
	free(pin.remote);
	pin.remote = TAKE(bare);
	pin.desired = xasprintf("%s%s", prefix, slash ? slash + 1 : desired);
	*ret_pin = pin;
	pin = (struct gate_pin){ 0 };
	return 0;
}
