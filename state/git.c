#include "state/git.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/limits.h"
#include "core/mem.h"
#include "core/secret.h"
#include "state/git_internal.h"

/* A directory with thousands of entries is read again for every path in it. */
#define CACHED_TREE_BYTES (16 * MIB)
/* Of all of them: what goes past while a history is read is not needed twice.
 */
#define CACHED_BYTES (64 * MIB)
/* A lock of git's that stays this long is not one of a working process. */
#define REF_LOCK_WAIT_MS 10000
#define REF_LOCK_DEAD_S 600

bool repo_id_equal(const struct repo_id *a, const struct repo_id *b)
{
	return !strcmp(a->hex, b->hex);
}

bool repo_id_parse(const char *text, struct repo_id *ret_id)
{
	if (strnlen(text, 40) < 40 || strspn(text, "0123456789abcdef") < 40)
		return false;
	memcpy(ret_id->hex, text, 40);
	ret_id->hex[40] = '\0';
	return true;
}

void repo_id_from_oid(struct repo_id *id, const git_oid *oid)
{
	(void)git_oid_tostr(id->hex, sizeof(id->hex), oid);
}

int repo_id_to_oid(const struct repo *repo, const struct repo_id *id,
		   git_oid *ret_oid, struct error *err)
{
	if (git_oid_fromstr(ret_oid, id->hex))
		return repo_fail(repo, err, "'%s' is no object name", id->hex);
	return 0;
}

/* Cut off behind some commits, or without the contents of old files? */
static bool is_in_part(const struct repo *repo)
{
	CLEANUP(cleanup_config) git_config *config = NULL;
	const char *filter;

	return repo->git &&
	       (git_repository_is_shallow(repo->git) ||
		(!git_repository_config_snapshot(&config, repo->git) &&
		 !git_config_get_string(&filter, config,
					"remote.origin.partialclonefilter")));
}

int repo_fail(const struct repo *repo, struct error *err, const char *fmt, ...)
{
	const git_error *why = git_error_last();
	CLEANUP(free_ptr) char *message = NULL;
	va_list ap;

	va_start(ap, fmt);
	message = xvasprintf(fmt, ap);
	va_end(ap);
	(void)error_set(err, ERR_STATE, "%s%s%s", message, why ? ": " : "",
			why ? why->message : "");
	error_where(err, "%s", repo->path);
	if (why && error_remedy(why->message)) {
		error_hint(err, "%s", error_remedy(why->message));
		return -1;
	}
	if (is_in_part(repo))
		error_hint(err,
			   "it is a clone in part (--depth, --filter), which "
			   "lacks what is not on this machine: replace it by a "
			   "whole one: git clone --bare URL '%s'",
			   repo->path);
	else
		error_hint(err,
			   "look for damage with: git -C '%s' fsck --full; a "
			   "damaged repository is replaced by a clone of its "
			   "remote or by a backup",
			   repo->path);
	return -1;
}

/* libgit2 is set up once and stays up for as long as the process. */
static void start_library(void)
{
	static bool started;

	if (started)
		return;
	started = true;
	if (git_libgit2_init() < 0 ||
	    git_libgit2_opts(GIT_OPT_ENABLE_FSYNC_GITDIR, 1) < 0 ||
	    git_libgit2_opts(GIT_OPT_SET_CACHE_OBJECT_LIMIT, GIT_OBJECT_TREE,
			     CACHED_TREE_BYTES) < 0 ||
	    git_libgit2_opts(GIT_OPT_SET_CACHE_MAX_SIZE,
			     (ssize_t)CACHED_BYTES) < 0)
		assert(false && "libgit2 cannot be set up");
}

static struct repo *repo_new(const char *path)
{
	struct repo *repo = xcalloc(1, sizeof(*repo));

	repo->path = xstrdup(path);
	return repo;
}

void repo_free(struct repo *repo)
{
	if (!repo)
		return;
	git_repository_free(repo->git);
	json_decref(repo->settings);
	free(repo->unsigned_why);
	free(repo->path);
	free(repo);
}

DEFINE_CLEANUP(cleanup_repo, struct repo *, repo_free)

int repo_create(const char *path, struct repo **ret_repo, struct error *err)
{
	CLEANUP(cleanup_repo) struct repo *repo = repo_new(path);
	git_repository_init_options options;

	start_library();
	if (git_repository_init_options_init(
		    &options, GIT_REPOSITORY_INIT_OPTIONS_VERSION))
		return repo_fail(repo, err, "cannot make the repository");
	/* no template: a person's hooks and files have no place in a store */
	options.flags = GIT_REPOSITORY_INIT_BARE |
			GIT_REPOSITORY_INIT_NO_REINIT |
			GIT_REPOSITORY_INIT_MKDIR;
	options.initial_head = "main";
	options.description = "Settings of Aurora, as aback recorded them\n";
	if (git_repository_init_ext(&repo->git, path, &options) ||
	    repo_read_loose(repo->git, path))
		return repo_fail(repo, err, "cannot make the repository");
	*ret_repo = TAKE(repo);
	return 0;
}

static bool is_of_another_user(int code)
{
	const git_error *why = git_error_last();

	/* 1.5 stumbles over its own look-up where nothing is configured */
	return code == GIT_EOWNER || (code && why &&
				      (strstr(why->message, "not owned by") ||
				       strstr(why->message, "safe.directory")));
}

/* What libgit2's refusal to open means for a person. */
static int explain_open(const struct repo *repo, int code, struct error *err)
{
	const git_error *why = git_error_last();
	const char *message = why ? why->message : "";
	CLEANUP(free_ptr) char *absolute = realpath(repo->path, NULL);

	if (is_of_another_user(code)) {
		(void)error_set(err, ERR_STATE,
				"the state repository '%s' belongs to another "
				"user",
				repo->path);
		error_hint(err,
			   "trust it with: git config --global --add "
			   "safe.directory '%s'",
			   absolute ? absolute : repo->path);
		return -1;
	}
	if (code == GIT_ENOTFOUND) {
		(void)error_set(err, ERR_STATE,
				"'%s' is not an aback state repository",
				repo->path);
		error_hint(err, "point state.repository elsewhere, or make a "
				"new one with: aback init");
		return -1;
	}
	(void)error_set(err, ERR_STATE,
			"cannot open the state repository '%s': %s", repo->path,
			message);
	error_hint(err, "a store is a bare repository with SHA-1 names and no "
			"extensions, as aback init makes it");
	return -1;
}

/* Whoever cloned a store without --bare is told how to. */
static int has_work_tree(struct repo *repo, struct error *err)
{
	CLEANUP(free_ptr) char *origin = repo_origin(repo);

	(void)error_set(err, ERR_STATE,
			"'%s' is a repository with a work tree, not an aback "
			"state repository",
			repo->path);
	secret_remember_url(origin);
	if (origin)
		error_hint(err,
			   "make a bare clone: git clone --bare '%s' "
			   "aurora-state.git",
			   origin);
	else
		error_hint(err, "point state.repository elsewhere, or make a "
				"new one with: aback init");
	return -1;
}

/*
 * libgit2 1.5 knows safe.directory only as whole paths in ~/.gitconfig: not
 * '*', and no other file. So it is git that is asked.
 */
static int open_trusted(struct repo *repo)
{
	int code;

	git_error_clear();
	code = git_repository_open_ext(&repo->git, repo->path,
				       GIT_REPOSITORY_OPEN_NO_SEARCH, NULL);
	if (!is_of_another_user(code) || !repo_git_trusts(repo->path))
		return code;
	(void)git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0);
	code = git_repository_open_ext(&repo->git, repo->path,
				       GIT_REPOSITORY_OPEN_NO_SEARCH, NULL);
	(void)git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 1);
	return code;
}

int repo_open(const char *path, struct repo **ret_repo, struct error *err)
{
	CLEANUP(cleanup_repo) struct repo *repo = repo_new(path);
	CLEANUP(cleanup_reference) git_reference *head = NULL;
	int code;

	start_library();
	code = open_trusted(repo);
	if (code)
		return explain_open(repo, code, err);
	if (!git_repository_is_bare(repo->git)) {
		return has_work_tree(repo, err);
	}
	if (repo_read_loose(repo->git, path))
		return repo_fail(repo, err, "cannot open the repository");
	/* git itself must be able to read it, too */
	if (git_reference_lookup(&head, repo->git, "HEAD"))
		return repo_fail(repo, err, "cannot read its HEAD");
	*ret_repo = TAKE(repo);
	return 0;
}

int repo_sync_directory(const struct repo *repo, const char *name,
			struct error *err)
{
	CLEANUP(free_ptr) char *path = xasprintf("%s/%s", repo->path, name);
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int rc = fd < 0 ? -1 : fsync(fd);

	if (rc)
		(void)error_errno(err, ERR_STATE, "cannot sync '%s'", path);
	if (fd >= 0)
		(void)close(fd); /* only read from */
	return rc ? -1 : 0;
}

int repo_ref(struct repo *repo, const char *ref, struct repo_id *ret_id,
	     struct error *err)
{
	git_oid oid;
	int code = git_reference_name_to_id(&oid, repo->git, ref);

	if (code == GIT_ENOTFOUND) {
		*ret_id = (struct repo_id){ "" };
		return 0;
	}
	if (code)
		return repo_fail(repo, err, "cannot read '%s'", ref);
	repo_id_from_oid(ret_id, &oid);
	return 0;
}

bool repo_has(struct repo *repo, const struct repo_id *id)
{
	CLEANUP(cleanup_odb) git_odb *odb = NULL;
	git_oid oid;

	return !git_oid_fromstr(&oid, id->hex) &&
	       !git_repository_odb(&odb, repo->git) &&
	       git_odb_exists(odb, &oid);
}

/* One attempt at a move; libgit2's code. */
static int try_move(struct repo *repo, const char *ref, const git_oid *from,
		    const git_oid *to)
{
	CLEANUP(cleanup_reference) git_reference *reference = NULL;
	int code;

	if (to && !from)
		return git_reference_create(&reference, repo->git, ref, to, 0,
					    NULL);
	if (to)
		return git_reference_create_matching(&reference, repo->git, ref,
						     to, 1, from, NULL);
	code = git_reference_lookup(&reference, repo->git, ref);
	if (code)
		return code;
	if (git_reference_type(reference) != GIT_REFERENCE_DIRECT ||
	    git_oid_cmp(git_reference_target(reference), from) != 0)
		return GIT_EMODIFIED;
	return git_reference_delete(reference); /* compares once more */
}

/*
 * Remove a lock file that was left before the machine started, so that nobody
 * can hold it; see docs/state-repository.md for why no other is removed.
 */
static bool remove_dead_lock(const struct repo *repo, const char *ref)
{
	CLEANUP(free_ptr)
	char *path = xasprintf("%s/%s.lock", repo->path, ref);
	struct timespec up;
	struct stat st;
	int64_t now = clock_now();

	if (stat(path, &st) || clock_gettime(CLOCK_BOOTTIME, &up))
		return false;
	if (st.st_mtim.tv_sec >= now - up.tv_sec ||
	    st.st_mtim.tv_sec >= now - REF_LOCK_DEAD_S)
		return false;
	return !unlink(path);
}

static int ref_is_locked(const struct repo *repo, const char *ref,
			 struct error *err)
{
	(void)repo_fail(repo, err, "cannot move '%s'", ref);
	error_hint(err,
		   "another git is writing, or was killed while it did; once "
		   "none is running, remove '%s/%s.lock' (or "
		   "'%s/packed-refs.lock')",
		   repo->path, ref, repo->path);
	return -1;
}

int repo_ref_move(struct repo *repo, const char *ref,
		  const struct repo_id *from, const struct repo_id *to,
		  bool *ret_moved, struct error *err)
{
	bool is_from = repo_id_is_set(from), is_to = repo_id_is_set(to);
	int64_t until = clock_monotonic_ms() + REF_LOCK_WAIT_MS;
	int64_t wait_ms = 1;
	git_oid old, new;
	int code;

	if ((is_from && repo_id_to_oid(repo, from, &old, err)) ||
	    (is_to && repo_id_to_oid(repo, to, &new, err)))
		return -1;
	while ((code = try_move(repo, ref, is_from ? &old : NULL,
				is_to ? &new : NULL)) == GIT_ELOCKED) {
		if (remove_dead_lock(repo, ref) ||
		    remove_dead_lock(repo, "packed-refs"))
			continue;
		if (clock_monotonic_ms() >= until)
			return ref_is_locked(repo, ref, err);
		clock_sleep_ms(wait_ms);
		wait_ms = wait_ms < 50 ? wait_ms * 2 : wait_ms;
	}
	*ret_moved = !code;
	if (code == GIT_EMODIFIED || code == GIT_EEXISTS ||
	    code == GIT_ENOTFOUND)
		return 0;
	return code ? repo_fail(repo, err, "cannot move '%s'", ref) : 0;
}
