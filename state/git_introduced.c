/* Where some bytes are in a tree, and which commits brought them there. */
#include "state/git_internal.h"

#include <string.h>

#include "core/json.h"
#include "core/mem.h"

/* ---- in one tree ------------------------------------------------------ */

struct finding {
	git_oid blob;
	repo_path_fn fn;
	void *ctx;
	struct error *err;
	int rc;
};

static int look_at(const char *root, const git_tree_entry *entry, void *ctx)
{
	struct finding *finding = ctx;
	CLEANUP(free_ptr) char *path = NULL;

	if (git_tree_entry_type(entry) != GIT_OBJECT_BLOB ||
	    !git_oid_equal(git_tree_entry_id(entry), &finding->blob))
		return 0;
	path = xasprintf("%s%s", root, git_tree_entry_name(entry));
	finding->rc = finding->fn(path, finding->ctx, finding->err);
	return finding->rc ? -1 : 0;
}

int repo_find_blob(struct repo *repo, const struct repo_id *commit,
		   const struct repo_id *blob, repo_path_fn fn, void *ctx,
		   struct error *err)
{
	struct finding finding = { .fn = fn, .ctx = ctx, .err = err };
	CLEANUP(cleanup_tree) git_tree *tree = NULL;

	if (repo_id_to_oid(repo, blob, &finding.blob, err) ||
	    repo_tree_of(repo, commit, &tree, err))
		return -1;
	if (git_tree_walk(tree, GIT_TREEWALK_PRE, look_at, &finding) &&
	    !finding.rc)
		return repo_fail(repo, err, "cannot read the commit '%s'",
				 commit->hex);
	return finding.rc;
}

/* ---- in a history ----------------------------------------------------- */

/* Has the commit these bytes at this path? */
static int has_blob(struct repo *repo, const git_commit *commit,
		    const char *path, const git_oid *blob, bool *ret_has,
		    struct error *err)
{
	CLEANUP(cleanup_tree) git_tree *tree = NULL;
	CLEANUP(cleanup_entry) git_tree_entry *entry = NULL;
	int code;

	if (git_commit_tree(&tree, commit))
		return repo_fail(repo, err, "cannot read a commit");
	code = git_tree_entry_bypath(&entry, tree, path);
	if (code && code != GIT_ENOTFOUND)
		return repo_fail(repo, err, "cannot read '%s'", path);
	*ret_has = !code && git_oid_equal(git_tree_entry_id(entry), blob);
	return 0;
}

/* What is still to be looked at, each commit once. */
struct walk {
	struct repo *repo;
	const char *path;
	git_oid blob;
	json_t *seen; /* {"<commit>": true} */
	git_oid *items;
	size_t len, cap;
};

static void push(struct walk *walk, const git_oid *oid)
{
	struct repo_id id;

	repo_id_from_oid(&id, oid);
	if (json_object_get(walk->seen, id.hex))
		return;
	json_object_set_new(walk->seen, id.hex, json_true());
	GROW(walk->items, walk->len, walk->cap);
	walk->items[walk->len++] = *oid;
}

/* Put its parents that have the bytes in line; *ret_first: there are none. */
static int look_at_parents(struct walk *walk, const git_commit *commit,
			   bool *ret_first, struct error *err)
{
	*ret_first = true;
	for (unsigned i = 0; i < git_commit_parentcount(commit); i++) {
		CLEANUP(cleanup_commit) git_commit *parent = NULL;
		bool has = false;

		if (git_commit_parent(&parent, commit, i))
			return repo_fail(walk->repo, err,
					 "cannot read a commit");
		if (has_blob(walk->repo, parent, walk->path, &walk->blob, &has,
			     err))
			return -1;
		if (!has)
			continue;
		*ret_first = false;
		push(walk, git_commit_id(parent));
	}
	return 0;
}

int repo_introducers(struct repo *repo, const struct repo_id *tip,
		     const char *path, const struct repo_id *blob,
		     void (*fn)(const char *email, void *ctx), void *ctx,
		     struct error *err)
{
	CLEANUP(json_release) json_t *seen = json_object();
	struct walk walk = { .repo = repo, .path = path, .seen = seen };
	int rc = 0;
	git_oid oid;

	if (repo_id_to_oid(repo, tip, &oid, err) ||
	    repo_id_to_oid(repo, blob, &walk.blob, err))
		return -1;
	push(&walk, &oid);
	while (walk.len && !rc) {
		CLEANUP(cleanup_commit) git_commit *commit = NULL;
		bool first;

		oid = walk.items[--walk.len];
		if (git_commit_lookup(&commit, repo->git, &oid)) {
			rc = repo_fail(repo, err, "cannot read a commit");
			break;
		}
		rc = look_at_parents(&walk, commit, &first, err);
		if (rc || !first)
			continue;
		fn(git_commit_author(commit)->email, ctx);
		fn(git_commit_committer(commit)->email, ctx);
	}
	free(walk.items);
	return rc;
}
