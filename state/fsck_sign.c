/*
 * Signatures, checked by `git verify-commit`, whose exit code is all that is
 * believed. What git's own configuration trusts does not count: a key must be
 * in the file that was given.
 *
 * A commit that says itself why it has none is told apart from one that lost
 * it, or never had one. It is no better proof: whoever can push can write the
 * same words. Only who knows the commit can say so, by its whole id, which
 * nothing else can have.
 */
#include <errno.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/file.h"
#include "core/limits.h"
#include "core/mem.h"
#include "core/process.h"
#include "state/fsck_internal.h"
#include "state/store_internal.h"

#define DEADLINE_MS 60000
#define SSH_START "-----BEGIN SSH SIGNATURE-----"
#define PGP_START "-----BEGIN PGP SIGNATURE-----"
#define PGP_KEYS "-----BEGIN PGP PUBLIC KEY BLOCK-----"

struct verifying {
	struct fsck *fsck;
	const char *signers; /* as given, for messages */
	bool is_openpgp;
	char *setting; /* of git, for ssh's file */
	char *keyring; /* a GNUPGHOME of its own; NULL: none */
};

static int remove_entry(const char *path, const struct stat *st, int type,
			struct FTW *ftw)
{
	(void)st;
	(void)ftw;
	return type == FTW_DP ? rmdir(path) : unlink(path);
}

static void verifying_release(struct verifying *verifying)
{
	if (verifying->keyring)
		/* a copy of public keys, for the time of this check */
		(void)nftw(verifying->keyring, remove_entry, 16,
			   FTW_DEPTH | FTW_PHYS);
	free(verifying->keyring);
	free(verifying->setting);
}

/* Public keys into a keyring where there is nothing else. */
static int import_keys(struct verifying *verifying, struct error *err)
{
	const char *directory = getenv("TMPDIR");
	CLEANUP(free_ptr)
	char *keyring = xasprintf("%s/aback-keys-XXXXXX",
				  directory && *directory ? directory : "/tmp");
	const char *const argv[] = { "gpg",       "--batch",
				     "--quiet",   "--no-autostart",
				     "--homedir", keyring,
				     "--import",  verifying->signers,
				     NULL };
	const struct process command = { .argv = argv,
					 .deadline_ms = DEADLINE_MS };
	CLEANUP(process_result_release)
	struct process_result result = { .out = STRBUF_INIT(0),
					 .err = STRBUF_INIT(0) };

	if (!mkdtemp(keyring))
		return error_errno(err, ERR_IO, "cannot make '%s'", keyring);
	verifying->keyring = xstrdup(keyring);
	if (process_run(&command, &result, err))
		return error_wrap(err, "cannot read the keys of '%s'",
				  verifying->signers);
	if (result.status || result.too_late)
		return error_set(err, ERR_IO,
				 "cannot read the keys of '%s': "
				 "%.*s",
				 verifying->signers,
				 (int)strcspn(result.err.buf, "\n"),
				 result.err.buf);
	return 0;
}

static int prepare(struct verifying *verifying, struct error *err)
{
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT(LIMIT_CONFIG_FILE);
	CLEANUP(free_ptr) char *absolute = NULL;

	if (file_read(verifying->signers, LIMIT_CONFIG_FILE, &text, err)) {
		error_hint(err, "--signers wants a file of ssh's allowed "
				"signers, or of OpenPGP public keys");
		return -1;
	}
	verifying->is_openpgp = strstr(text.buf, PGP_KEYS) != NULL;
	if (verifying->is_openpgp)
		return import_keys(verifying, err);
	absolute = realpath(verifying->signers, NULL);
	verifying->setting =
		xasprintf("gpg.ssh.allowedSignersFile=%s",
			  absolute ? absolute : verifying->signers);
	return 0;
}

static void add(const struct verifying *verifying, const char *commit,
		const char *found, const char *problem)
{
	CLEANUP(free_ptr)
	char *expected = xasprintf("a good signature by a key of '%s'",
				   verifying->signers);
	CLEANUP(free_ptr)
	char *remedy = xasprintf("ask who made it: git -C '%s' show %.12s; add "
				 "the key where it is one of yours",
				 store_path(verifying->fsck->store), commit);

	fsck_add(verifying->fsck,
		 &(struct fsck_finding){ .check = "signature",
					 .commit = commit,
					 .expected = expected,
					 .found = found,
					 .remedy = remedy },
		 "%s", problem);
}

/* It says itself that signing was not possible when it was recorded. */
static void add_unsigned(const struct verifying *verifying, const char *commit,
			 const char *excuse)
{
	CLEANUP(free_ptr)
	char *remedy =
		xasprintf("see that it is what you recorded: git -C "
			  "'%s' show %s; if so: --accept %s",
			  store_path(verifying->fsck->store), commit, commit);

	verifying->fsck->unsigned_ends++;
	fsck_add(verifying->fsck,
		 &(struct fsck_finding){ .check = "unsigned",
					 .commit = commit,
					 .expected = "a signature",
					 .found = excuse,
					 .remedy = remedy },
		 "the commit says that it was recorded while signing was not "
		 "possible, which nothing proves");
}

/* *ret_good: by git's exit code. ret_said: what it says, the key among it. */
static int verify(const struct verifying *verifying, const char *commit,
		  bool *ret_good, struct strbuf *ret_said, struct error *err)
{
	CLEANUP(free_ptr)
	char *home = xasprintf("GNUPGHOME=%s", verifying->keyring
						       ? verifying->keyring
						       : "/nonexistent");
	const char *const set[] = { "LC_ALL=C", home, NULL };
	const char *const argv[] = {
		"git",
		"--git-dir",
		store_path(verifying->fsck->store),
		"-c",
		verifying->setting ? verifying->setting
				   : "gpg.ssh.allowedSignersFile=/dev/null",
		"-c",
		"gpg.minTrustLevel=undefined",
		"verify-commit",
		commit,
		NULL
	};
	const struct process command = { .argv = argv,
					 .set = set,
					 .unset = process_git_unset,
					 .deadline_ms = DEADLINE_MS };
	CLEANUP(process_result_release)
	struct process_result result = { .out = STRBUF_INIT(0),
					 .err = STRBUF_INIT(0) };

	if (process_run(&command, &result, err)) {
		error_hint(err, "signatures are checked by the git command: "
				"apt-get install git");
		return error_wrap(err, "cannot check signatures");
	}
	*ret_good = result.status == 0 && !result.too_late;
	for (const char *line = result.err.buf; *line;) {
		size_t len = strcspn(line, "\n");

		if (len && ret_said->len)
			strbuf_adds(ret_said, "; ");
		/* ssh-keygen's lines end as a terminal's do */
		strbuf_add(ret_said, line,
			   len - (len && line[len - 1] == '\r'));
		line += len + (line[len] != '\0');
	}
	return 0;
}

/* Why a commit says that it has no signature, or NULL. Owned. */
static char *excuse_of(const char *message)
{
	const char *at = strstr(message, "\n" REPO_UNSIGNED_TRAILER ": ");

	if (!at)
		return NULL;
	at += strlen("\n" REPO_UNSIGNED_TRAILER ": ");
	return xasprintf("none, for: %.*s", (int)strcspn(at, "\n"), at);
}

static bool is_accepted(const struct fsck *fsck, const char *commit)
{
	for (size_t i = 0; i < fsck->accept_len; i++)
		if (!strcmp(fsck->accept[i], commit))
			return true;
	return false;
}

/* The beginning of an id would fit others too, tomorrow at the latest. */
static int check_accepted(const struct fsck *fsck, struct error *err)
{
	for (size_t i = 0; i < fsck->accept_len; i++) {
		const char *id = fsck->accept[i];
		struct repo_id parsed;

		if (strlen(id) == 40 && repo_id_parse(id, &parsed))
			continue;
		(void)error_set(err, ERR_USAGE,
				"'%s' is not the whole id of a commit", id);
		error_hint(err, "give all 40 digits, as fsck shows them");
		return -1;
	}
	return 0;
}

static int check(struct verifying *verifying,
		 const struct repo_commit_info *info, struct error *err)
{
	const char *start = verifying->is_openpgp ? PGP_START : SSH_START;
	CLEANUP(strbuf_release) struct strbuf said = STRBUF_INIT(4 * KIB);
	bool good = false;

	if (is_accepted(verifying->fsck, info->id.hex)) {
		verifying->fsck->accepted++;
		return 0;
	}
	if (!info->signature) {
		CLEANUP(free_ptr) char *excuse = excuse_of(info->message);

		if (excuse)
			add_unsigned(verifying, info->id.hex, excuse);
		else
			add(verifying, info->id.hex, "none",
			    "the commit is not signed");
		return 0;
	}
	if (strncmp(info->signature, start, strlen(start)) != 0) {
		add(verifying, info->id.hex, "a signature of another kind",
		    "the commit is signed in another way than with the keys of "
		    "the file");
		return 0;
	}
	if (verify(verifying, info->id.hex, &good, &said, err))
		return -1;
	if (good)
		verifying->fsck->well_signed++;
	else
		add(verifying, info->id.hex, said.buf,
		    "the commit's signature is not good");
	return 0;
}

int fsck_signatures(struct fsck *fsck, const char *signers, struct error *err)
{
	CLEANUP(verifying_release)
	struct verifying verifying = { .fsck = fsck, .signers = signers };
	struct repo_id at;

	if (check_accepted(fsck, err) || prepare(&verifying, err))
		return -1;
	fsck->is_checked = true;
	if (!repo_id_parse(fsck->tip, &at))
		return 0;
	while (repo_id_is_set(&at)) {
		CLEANUP(repo_commit_info_release)
		struct repo_commit_info info = { 0 };
		CLEANUP(error_release) struct error ignored = ERROR_INIT;

		/* one that cannot be read was said already */
		if (repo_commit_info(fsck->store->repo, &at, &info, &ignored))
			return 0;
		if (check(&verifying, &info, err))
			return -1;
		at = info.parent;
	}
	return 0;
}
