/* Opening a store, and making one: here, in a remote, or from a remote. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/file.h"
#include "core/mem.h"
#include "state/store_internal.h"

/* ---- what is at a path ----------------------------------------------- */

enum at_path { AT_NOTHING, AT_EMPTY, AT_DIRECTORY, AT_OTHER };

static bool directory_is_empty(const char *path)
{
	DIR *directory = opendir(path);
	const struct dirent *entry;
	bool empty = directory != NULL;

	while (empty && (entry = readdir(directory)))
		empty = !strcmp(entry->d_name, ".") ||
			!strcmp(entry->d_name, "..");
	if (directory)
		(void)closedir(directory); /* only read from */
	return empty;
}

static int look_at(const char *path, enum at_path *ret_what, struct error *err)
{
	struct stat st;

	if (stat(path, &st)) {
		if (errno != ENOENT) {
			(void)error_errno(err, ERR_STATE,
					  "cannot look at the state "
					  "repository '%s'",
					  path);
			if (!err->hint)
				error_hint(err, "point state.repository "
						"elsewhere");
			return -1;
		}
		*ret_what = AT_NOTHING;
		return 0;
	}
	if (!S_ISDIR(st.st_mode))
		*ret_what = AT_OTHER;
	else
		*ret_what = directory_is_empty(path) ? AT_EMPTY : AT_DIRECTORY;
	return 0;
}

static int not_a_directory(const char *path, struct error *err)
{
	(void)error_set(err, ERR_STATE,
			"'%s' is a file, not an aback state repository", path);
	error_hint(err, "point state.repository elsewhere");
	return -1;
}

/* ---- opening --------------------------------------------------------- */

/* A store that was just made or cloned: this is where its branch begins. */
static int note_first_tip(struct store *store, struct error *err)
{
	struct repo_id tip;

	if (store_tip(store, &tip, err))
		return -1;
	store_note_tip(store, &tip);
	return 0;
}

static int open_at(const char *path, struct store **ret_store,
		   struct error *err)
{
	CLEANUP(cleanup_store) struct store *store = xcalloc(1, sizeof(*store));
	CLEANUP(free_ptr) char *whose = xasprintf("'%s'", path);
	struct repo_id tip;

	store->path = xstrdup(path);
	if (repo_open(path, &store->repo, err) || store_tip(store, &tip, err) ||
	    store_check_format(store->repo, &tip, whose, err))
		return -1;
	*ret_store = TAKE(store);
	return 0;
}

/* ---- making ---------------------------------------------------------- */

static int remove_entry(const char *path, const struct stat *st, int type,
			struct FTW *ftw)
{
	(void)st;
	(void)ftw;
	return type == FTW_DP ? rmdir(path) : unlink(path);
}

/* A half-made repository: what cannot be removed is only in the way. */
static void remove_tree(char **path)
{
	if (*path)
		(void)nftw(*path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
	free(*path);
}

/* Everything below path, directories too, once: it was just written. */
static int sync_tree(const char *path, struct error *err)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int rc = fd < 0 ? -1 : syncfs(fd);

	if (rc)
		(void)error_errno(err, ERR_STATE, "cannot sync '%s'", path);
	if (fd >= 0)
		(void)close(fd); /* only read from */
	return rc ? -1 : 0;
}

/* Move what was made at `made` to where it should be, durably. */
static int put_in_place(char **made, const char *path, struct error *err)
{
	if (sync_tree(*made, err))
		return -1;
	if (rename(*made, path))
		return error_errno(err, ERR_STATE,
				   "cannot make the state repository '%s'",
				   path);
	free(TAKE(*made));
	return file_sync_parent(path, err);
}

/* A fresh name beside path, in a directory that is made where missing. */
static int name_beside(const char *path, char **ret_name, struct error *err)
{
	CLEANUP(free_ptr) char *name = NULL;
	size_t len = strlen(path);

	while (len > 1 && path[len - 1] == '/')
		len--;
	name = xasprintf("%.*s.new-XXXXXX", (int)len, path);
	if (!mkdtemp(name)) {
		(void)error_errno(err, ERR_STATE,
				  "cannot make the state repository '%s'",
				  path);
		error_hint(err, "make its directory first, or point "
				"state.repository elsewhere");
		return -1;
	}
	/* made as others' directories are, not only for us */
	if (rmdir(name))
		return error_errno(err, ERR_STATE, "cannot remove '%s'", name);
	*ret_name = TAKE(name);
	return 0;
}

static int first_commit(struct repo *repo, struct error *err)
{
	CLEANUP(store_edits_release) struct store_edits edits = { 0 };
	CLEANUP(json_release)
	json_t *config =
		json_pack("{s:s, s:n}", "format", "aback-config/1", "gate");
	struct repo_id none = { "" }, id;
	bool moved;

	store_edits_put(&edits, "FORMAT", STORE_FORMAT "\n",
			strlen(STORE_FORMAT "\n"));
	store_edits_put_json(&edits, "config.json", config);
	if (repo_commit(repo, &none, &edits,
			"Begin the record of Aurora's settings\n", REPO_SIGNED,
			&id, err))
		return -1;
	return repo_ref_move(repo, STORE_BRANCH, &none, &id, &moved, err);
}

/* A new store at a temporary name. */
static int make_new(const char *path, char **ret_made, struct error *err)
{
	CLEANUP(remove_tree) char *made = NULL;
	CLEANUP(cleanup_repo) struct repo *repo = NULL;

	if (name_beside(path, &made, err) || repo_create(made, &repo, err) ||
	    first_commit(repo, err) || guard_directory(made, "locks", err) ||
	    guard_directory(made, "journal", err))
		return -1;
	*ret_made = TAKE(made);
	return 0;
}

/* A clone of the remote at a temporary name; what it holds is checked. */
static int make_clone(const char *path, const char *url, char **ret_made,
		      struct error *err)
{
	CLEANUP(remove_tree) char *made = NULL;
	CLEANUP(cleanup_repo) struct repo *repo = NULL;
	struct remote *remote = NULL;
	CLEANUP(free_ptr) char *whose = NULL;
	struct repo_id tip, none = { "" };
	bool moved;
	int rc;

	if (name_beside(path, &made, err) ||
	    remote_new(made, url, &remote, err))
		return -1;
	whose = xasprintf("the state remote '%s'", remote_shown(remote));
	rc = remote_clone(remote, made, "main", err);
	remote_free(remote);
	if (rc || repo_open(made, &repo, err) ||
	    repo_ref(repo, STORE_BRANCH, &tip, err) ||
	    store_check_format(repo, &tip, whose, err) ||
	    repo_ref_move(repo, STORE_SEEN, &none, &tip, &moved, err) ||
	    guard_directory(made, "locks", err) ||
	    guard_directory(made, "journal", err))
		return -1;
	*ret_made = TAKE(made);
	return 0;
}

/* Where the remote's branch stands; not set: it is empty. */
static int ask_remote(const char *url, struct repo_id *ret_tip,
		      struct error *err)
{
	struct remote *remote = NULL;
	int rc;

	/* any directory serves: nothing local is read */
	if (remote_new("/", url, &remote, err))
		return -1;
	rc = remote_ref(remote, STORE_BRANCH, ret_tip, err);
	remote_free(remote);
	return rc;
}

static int refuse_first(const struct remote *remote, const char *refused,
			struct error *err)
{
	(void)error_set(err, ERR_REMOTE,
			"the state remote '%s' refuses the first commit: %s",
			remote_shown(remote), refused);
	error_hint(err, strstr(refused, "checked out")
				? "it has a work tree: make a bare one with: "
				  "git init --bare -b main"
				: "let this user push to its branch main");
	return -1;
}

/*
 * Push the new store's first commit. *ret_first is false when somebody else
 * was faster, so that theirs is the store.
 */
static int push_first(const char *made, const char *url, bool *ret_first,
		      struct error *err)
{
	CLEANUP(cleanup_store) struct store *store = NULL;
	CLEANUP(free_ptr) char *refused = NULL;
	struct repo_id tip, none = { "" };
	bool moved;

	if (open_at(made, &store, err) ||
	    remote_new(made, url, &store->remote, err) ||
	    repo_set_origin(store->repo, remote_url(store->remote), err) ||
	    store_tip(store, &tip, err) ||
	    remote_push(store->remote, STORE_BRANCH, &none, &tip, &refused,
			err))
		return -1;
	*ret_first = !refused;
	if (refused) {
		struct repo_id now;

		if (remote_ref(store->remote, STORE_BRANCH, &now, err))
			return -1;
		return repo_id_is_set(&now)
			       ? 0
			       : refuse_first(store->remote, refused, err);
	}
	return repo_ref_move(store->repo, STORE_SEEN, &none, &tip, &moved, err);
}

static int make_with_remote(const char *path, const char *url, char **ret_made,
			    struct error *err)
{
	CLEANUP(remove_tree) char *made = NULL;
	struct repo_id tip;
	bool first = true;

	if (ask_remote(url, &tip, err))
		return -1;
	if (repo_id_is_set(&tip))
		return make_clone(path, url, ret_made, err);
	if (make_new(path, &made, err) || push_first(made, url, &first, err))
		return -1;
	if (!first)
		return make_clone(path, url, ret_made, err);
	*ret_made = TAKE(made);
	return 0;
}

int store_init_remote(const char *path, const char *remote, bool *ret_made,
		      struct error *err)
{
	CLEANUP(remove_tree) char *made = NULL;
	CLEANUP(cleanup_store) struct store *store = NULL;
	enum at_path what;

	if (look_at(path, &what, err))
		return -1;
	if (what == AT_OTHER)
		return not_a_directory(path, err);
	if (what == AT_DIRECTORY) {
		if (open_at(path, &store, err))
			return -1;
		*ret_made = false;
		return 0;
	}
	if (remote ? make_with_remote(path, remote, &made, err)
		   : make_new(path, &made, err))
		return -1;
	if (put_in_place(&made, path, err) || open_at(path, &store, err) ||
	    note_first_tip(store, err))
		return -1;
	*ret_made = true;
	return 0;
}

int store_init(const char *path, bool *ret_made, struct error *err)
{
	return store_init_remote(path, NULL, ret_made, err);
}

/* Nothing is at path: clone, where there is something to clone. */
static int clone_missing(const char *path, const char *remote,
			 struct error *err)
{
	CLEANUP(remove_tree) char *made = NULL;
	struct repo_id tip;

	if (!remote) {
		(void)error_set(err, ERR_NOT_FOUND,
				"there is no state repository at '%s'", path);
		error_hint(err, "make it with: aback init");
		return -1;
	}
	if (ask_remote(remote, &tip, err))
		return -1;
	if (!repo_id_is_set(&tip)) {
		(void)error_set(err, ERR_NOT_FOUND,
				"there is no state repository at '%s', and its "
				"remote is empty",
				path);
		error_hint(err, "make both with: aback init");
		return -1;
	}
	if (make_clone(path, remote, &made, err))
		return -1;
	return put_in_place(&made, path, err);
}

int store_open(const char *path, const char *remote, struct store **ret_store,
	       struct error *err)
{
	CLEANUP(cleanup_store) struct store *store = NULL;
	enum at_path what;

	if (look_at(path, &what, err))
		return -1;
	if (what == AT_OTHER)
		return not_a_directory(path, err);
	if (what == AT_EMPTY) {
		(void)error_set(err, ERR_STATE,
				"the state repository '%s' is an empty "
				"directory",
				path);
		error_hint(err, "fill it with: aback init");
		return -1;
	}
	if ((what == AT_NOTHING && clone_missing(path, remote, err)) ||
	    open_at(path, &store, err) ||
	    (what == AT_NOTHING && note_first_tip(store, err)) ||
	    (remote && remote_new(path, remote, &store->remote, err)))
		return -1;
	*ret_store = TAKE(store);
	return 0;
}

int store_open_clone(const char *path, struct store **ret_store,
		     struct error *err)
{
	CLEANUP(cleanup_store) struct store *store = NULL;
	CLEANUP(free_ptr) char *origin = NULL;

	if (store_open(path, NULL, &store, err))
		return -1;
	origin = repo_origin(store->repo);
	if (origin && remote_new(path, origin, &store->remote, err))
		return error_wrap(err, "the origin of '%s'", path);
	*ret_store = TAKE(store);
	return 0;
}
