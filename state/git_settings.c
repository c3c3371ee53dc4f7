/* What git's configuration says of who commits and of signatures. */
#include "state/git_internal.h"

#include <string.h>

#include "core/process.h"

#define DEADLINE_MS 10000

/* What is asked for, as git and libgit2 spell it. */
static const char *const keys[] = {
	"author.name",
	"author.email",
	"committer.name",
	"committer.email",
	"user.name",
	"user.email",
	"user.signingkey",
	"commit.gpgsign",
	"gpg.format",
	"gpg.program",
	"gpg.openpgp.program",
	"gpg.ssh.program",
	"gpg.ssh.defaultkeycommand",
};

static const char *known_key(const char *text, size_t len)
{
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		if (strlen(keys[i]) == len && !strncmp(keys[i], text, len))
			return keys[i];
	}
	return NULL;
}

/* `key\nvalue\0`; a key without a value is a true one. The last one counts. */
static void parse(const struct strbuf *out, json_t *settings)
{
	for (size_t at = 0; at < out->len;) {
		const char *entry = out->buf + at;
		size_t len = strcspn(entry, "\n");
		const char *key = known_key(entry, len);

		if (key)
			(void)json_object_set_new(
				settings, key,
				json_from_text(entry[len] ? entry + len + 1
							  : "true"));
		at += strlen(entry) + 1;
	}
}

static void ask_library(const struct repo *repo, json_t *settings)
{
	CLEANUP(cleanup_config) git_config *config = NULL;
	const char *value;

	/* without a readable configuration the names fall back */
	if (git_repository_config_snapshot(&config, repo->git))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		if (!git_config_get_string(&value, config, keys[i]))
			(void)json_object_set_new(settings, keys[i],
						  json_from_text(value));
	}
}

static int run_git(const char *const *argv, struct process_result *result,
		   struct error *err)
{
	static const char *const set[] = { "LC_ALL=C", NULL };
	const struct process command = { .argv = argv,
					 .set = set,
					 .unset = process_git_unset,
					 .deadline_ms = DEADLINE_MS };

	return process_run(&command, result, err);
}

static int ask_git(const struct repo *repo, json_t *settings, struct error *err)
{
	const char *const argv[] = { "git",
				     "--git-dir",
				     repo->path,
				     "config",
				     "--null",
				     "--get-regexp",
				     "^(author|committer|user|commit|gpg)\\.",
				     NULL };
	CLEANUP(process_result_release)
	struct process_result result = { .out = STRBUF_INIT(0),
					 .err = STRBUF_INIT(0) };
	CLEANUP(error_release) struct error missing = ERROR_INIT;

	if (run_git(argv, &result, &missing)) {
		ask_library(repo, settings);
		return 0;
	}
	if (!result.too_late && result.status == 0) {
		parse(&result.out, settings);
		return 0;
	}
	if (!result.too_late && result.status == 1 && !result.err.len)
		return 0; /* nothing of it is set */
	(void)error_set(err, ERR_STATE,
			"git cannot read its configuration: "
			"%.*s",
			(int)strcspn(result.err.buf, "\n"), result.err.buf);
	error_hint(err, "see: git --git-dir '%s' config --list", repo->path);
	return -1;
}

int repo_prepare(struct repo *repo, struct error *err)
{
	CLEANUP(json_release) json_t *settings = NULL;

	if (repo->settings)
		return 0;
	settings = json_object();
	if (ask_git(repo, settings, err))
		return -1;
	repo->settings = TAKE(settings);
	return 0;
}

bool repo_git_trusts(const char *path)
{
	/* found, not named by --git-dir: then git looks whose it is */
	const char *const argv[] = { "git",       "-C",        path,
				     "rev-parse", "--git-dir", NULL };
	CLEANUP(process_result_release)
	struct process_result result = { .out = STRBUF_INIT(0),
					 .err = STRBUF_INIT(0) };
	CLEANUP(error_release) struct error ignored = ERROR_INIT;

	return !run_git(argv, &result, &ignored) && !result.too_late &&
	       result.status == 0 && !strcmp(result.out.buf, ".\n");
}

const char *repo_setting(const struct repo *repo, const char *key)
{
	return json_text(repo->settings, key);
}
