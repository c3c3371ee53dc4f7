/*
 * Signing a commit by the program that git would run. It is told nothing but
 * what git tells it, so whatever holds a person's key (an agent, a token, a
 * program of its own) works here as it does there. It has no terminal.
 */
#include "state/git_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/file.h"
#include "core/limits.h"
#include "core/mem.h"
#include "core/process.h"

/* A key may have to be touched. */
#define DEADLINE_MS 60000

static int cannot_sign(struct error *err, const char *program, const char *why,
		       size_t len)
{
	(void)error_set(err, ERR_SIGN,
			"the commit could not be signed by "
			"'%s': %.*s",
			program, (int)len, why);
	error_hint(err,
		   "git's configuration asks for it (commit.gpgSign): make "
		   "'git commit -S' work without a prompt, or turn it off "
		   "for this repository");
	return -1;
}

/* The program's first line that says something, without gpg's status lines. */
static void first_reason(const struct process_result *result,
			 const char **ret_line, size_t *ret_len)
{
	*ret_line = "it gave no reason";
	*ret_len = strlen(*ret_line);
	for (const char *line = result->err.buf; *line;) {
		size_t len = strcspn(line, "\n");

		if (len && strncmp(line, "[GNUPG:]", 8) != 0) {
			*ret_line = line;
			*ret_len = len;
			return;
		}
		line += len + (line[len] != '\0');
	}
}

static int run(const struct process *command, struct process_result *ret_result,
	       struct error *err)
{
	const char *program = command->argv[0];
	CLEANUP(error_release) struct error why = ERROR_INIT;
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(LIMIT_MESSAGE);

	if (process_run(command, ret_result, &why)) {
		error_message(&why, &text);
		return cannot_sign(err, program, text.buf, text.len);
	}
	if (ret_result->too_late)
		return cannot_sign(err, program, "no answer within 60 s",
				   strlen("no answer within 60 s"));
	if (ret_result->status) {
		const char *line;
		size_t len;

		first_reason(ret_result, &line, &len);
		return cannot_sign(err, program, line, len);
	}
	return 0;
}

/* Without the newline at its end, which libgit2 would indent. */
static char *take_signature(const char *text, size_t len)
{
	while (len && text[len - 1] == '\n')
		len--;
	return xstrndup(text, len);
}

/* ---- OpenPGP ---------------------------------------------------------- */

static int sign_openpgp(struct repo *repo, const char *text, size_t len,
			const char *committer, char **ret_signature,
			struct error *err)
{
	const char *program = repo_setting(repo, "gpg.openpgp.program");
	const char *key = repo_setting(repo, "user.signingkey");
	CLEANUP(process_result_release)
	struct process_result result = { .out = STRBUF_INIT(0),
					 .err = STRBUF_INIT(0) };
	const char *argv[] = { NULL, "--status-fd=2", "-bsau", NULL, NULL };
	const struct process command = { .argv = argv,
					 .input = text,
					 .input_len = len,
					 .deadline_ms = DEADLINE_MS };

	if (!program)
		program = repo_setting(repo, "gpg.program");
	argv[0] = program ? program : "gpg";
	argv[3] = key && *key ? key : committer;
	if (run(&command, &result, err))
		return -1;
	/* as git: its exit code alone is not believed */
	if (!strstr(result.err.buf, "[GNUPG:] SIG_CREATED ") || !result.out.len)
		return cannot_sign(err, argv[0], "it made no signature",
				   strlen("it made no signature"));
	*ret_signature = take_signature(result.out.buf, result.out.len);
	return 0;
}

/* ---- SSH --------------------------------------------------------------- */

/* A temporary file and what ssh-keygen puts beside it. */
struct temporary {
	char *path; /* NULL: none */
};

static void temporary_release(struct temporary *file)
{
	CLEANUP(free_ptr) char *beside = NULL;

	if (!file->path)
		return;
	beside = xasprintf("%s.sig", file->path);
	(void)unlink(file->path); /* if it stays, it holds no secret */
	(void)unlink(beside);
	free(file->path);
}

static int temporary_write(struct temporary *file, const char *text, size_t len,
			   struct error *err)
{
	const char *directory = getenv("TMPDIR");
	CLEANUP(free_ptr)
	char *path = xasprintf("%s/aback-sign-XXXXXX",
			       directory && *directory ? directory : "/tmp");
	int fd = mkstemp(path);
	bool ok;

	if (fd < 0)
		return error_errno(err, ERR_SIGN, "cannot make '%s'", path);
	file->path = TAKE(path);
	ok = write(fd, text, len) == (ssize_t)len;
	if (!ok)
		(void)error_errno(err, ERR_SIGN, "cannot write '%s'",
				  file->path);
	(void)close(fd); /* it is read back at once */
	return ok ? 0 : -1;
}

/* "ssh-ed25519 AAAA…" or "key::…" itself instead of a file's name. */
static const char *literal_key(const char *key)
{
	if (!strncmp(key, "key::", 5))
		return key + 5;
	return strncmp(key, "ssh-", 4) != 0 ? NULL : key;
}

/* The key that git would take where none is named. Owned. */
static int default_key(struct repo *repo, char **ret_key, struct error *err)
{
	const char *line = repo_setting(repo, "gpg.ssh.defaultkeycommand");
	const char *const argv[] = { "/bin/sh", "-c", line, NULL };
	const struct process command = { .argv = argv,
					 .deadline_ms = DEADLINE_MS };
	CLEANUP(process_result_release)
	struct process_result result = { .out = STRBUF_INIT(0),
					 .err = STRBUF_INIT(0) };
	CLEANUP(free_ptr) char *key = NULL;

	if (!line) {
		(void)error_set(err, ERR_SIGN,
				"the commit could not be "
				"signed: no key is named");
		error_hint(err, "set user.signingKey or "
				"gpg.ssh.defaultKeyCommand in git's "
				"configuration");
		return -1;
	}
	if (run(&command, &result, err))
		return -1;
	key = xstrndup(result.out.buf, strcspn(result.out.buf, "\n"));
	if (!literal_key(key))
		return cannot_sign(err, line, "it names no key",
				   strlen("it names no key"));
	*ret_key = TAKE(key);
	return 0;
}

static char *expand_home(const char *path)
{
	const char *home = getenv("HOME");

	if (home && path[0] == '~' && path[1] == '/')
		return xasprintf("%s%s", home, path + 1);
	return xstrdup(path);
}

static int read_signature(const char *program, const struct temporary *text,
			  char **ret_signature, struct error *err)
{
	CLEANUP(strbuf_release) struct strbuf signature = STRBUF_INIT(64 * KIB);
	CLEANUP(error_release) struct error why = ERROR_INIT;
	CLEANUP(free_ptr) char *path = xasprintf("%s.sig", text->path);

	if (file_read(path, 64 * KIB, &signature, &why) || !signature.len)
		return cannot_sign(err, program, "it made no signature",
				   strlen("it made no signature"));
	*ret_signature = take_signature(signature.buf, signature.len);
	return 0;
}

static int sign_ssh(struct repo *repo, const char *text, size_t len,
		    char **ret_signature, struct error *err)
{
	CLEANUP(temporary_release) struct temporary signed_text = { NULL };
	CLEANUP(temporary_release) struct temporary key_file = { NULL };
	CLEANUP(process_result_release)
	struct process_result result = { .out = STRBUF_INIT(0),
					 .err = STRBUF_INIT(0) };
	CLEANUP(free_ptr)
	char *key = xstrdup(repo_setting(repo, "user.signingkey"));
	CLEANUP(free_ptr) char *path = NULL;
	const char *program = repo_setting(repo, "gpg.ssh.program");
	const char *argv[10] = { program ? program : "ssh-keygen",
				 "-Y",
				 "sign",
				 "-n",
				 "git",
				 "-f" };
	const struct process command = { .argv = argv,
					 .deadline_ms = DEADLINE_MS };
	const char *literal;
	size_t n = 6;

	if (!key || !*key) {
		free(TAKE(key));
		if (default_key(repo, &key, err))
			return -1;
	}
	literal = literal_key(key);
	if ((literal &&
	     temporary_write(&key_file, literal, strlen(literal), err)) ||
	    temporary_write(&signed_text, text, len, err))
		return -1;
	path = literal ? NULL : expand_home(key);
	argv[n++] = literal ? key_file.path : path;
	if (literal)
		argv[n++] = "-U"; /* the agent has the other half */
	argv[n] = signed_text.path;
	if (run(&command, &result, err))
		return -1;
	return read_signature(argv[0], &signed_text, ret_signature, err);
}

/* ------------------------------------------------------------------------ */

int repo_sign(struct repo *repo, const char *text, size_t len,
	      const char *committer, char **ret_signature, struct error *err)
{
	const char *wanted = repo_setting(repo, "commit.gpgsign");
	const char *format = repo_setting(repo, "gpg.format");
	int yes = 0;

	*ret_signature = NULL;
	if (wanted && git_config_parse_bool(&yes, wanted))
		return error_set(err, ERR_SIGN,
				 "commit.gpgSign of git's configuration is "
				 "'%s', neither true nor false",
				 wanted);
	if (!yes)
		return 0;
	if (!format || !*format || !strcmp(format, "openpgp"))
		return sign_openpgp(repo, text, len, committer, ret_signature,
				    err);
	if (!strcmp(format, "ssh"))
		return sign_ssh(repo, text, len, ret_signature, err);
	(void)error_set(
		err, ERR_SIGN,
		"gpg.format of git's configuration is '%s'; only openpgp "
		"and ssh are known here",
		format);
	error_hint(err,
		   "set gpg.format for this repository: git -C '%s' config "
		   "gpg.format ssh",
		   repo->path);
	return -1;
}
