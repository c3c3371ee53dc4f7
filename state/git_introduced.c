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

/* A link whose target reads like the bytes is another thing. */
static bool is_file(const git_tree_entry *entry)
{
	return git_tree_entry_type(entry) == GIT_OBJECT_BLOB &&
	       git_tree_entry_filemode(entry) != GIT_FILEMODE_LINK;
}

static int look_at(const char *root, const git_tree_entry *entry, void *ctx)
{
	struct finding *finding = ctx;
	CLEANUP(free_ptr) char *path = NULL;

	if (!is_file(entry) ||
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

/* Deeper than any tree that people make. */
#define TREE_DEPTH_MOST 256

/* What is still to be looked at, each commit once. */
struct history {
	struct repo *repo;
	git_oid blob;
	int64_t since;
	json_t *trees; /* {"<tree>": does it hold the bytes} */
	json_t *seen;  /* {"<commit>": true} */
	git_oid *items;
	size_t len, cap;
};

static int tree_has(struct history *history, const git_oid *oid, int depth,
		    bool *ret_has, struct error *err);

static int entry_has(struct history *history, const git_tree_entry *entry,
		     int depth, bool *ret_has, struct error *err)
{
	const git_oid *oid = git_tree_entry_id(entry);

	if (git_tree_entry_type(entry) == GIT_OBJECT_TREE)
		return tree_has(history, oid, depth + 1, ret_has, err);
	*ret_has = is_file(entry) && git_oid_equal(oid, &history->blob);
	return 0;
}

/* From one commit to the next most trees are the same: each is read once. */
static int tree_has(struct history *history, const git_oid *oid, int depth,
		    bool *ret_has, struct error *err)
{
	CLEANUP(cleanup_tree) git_tree *tree = NULL;
	const json_t *known;
	struct repo_id id;

	repo_id_from_oid(&id, oid);
	known = json_object_get(history->trees, id.hex);
	*ret_has = json_is_true(known);
	if (known)
		return 0;
	if (depth > TREE_DEPTH_MOST)
		return error_set(err, ERR_STATE, "a commit has folders %d deep",
				 depth);
	if (git_tree_lookup(&tree, history->repo->git, oid))
		return repo_fail(history->repo, err, "cannot read a commit");
	for (size_t i = 0; i < git_tree_entrycount(tree) && !*ret_has; i++) {
		if (entry_has(history, git_tree_entry_byindex(tree, i), depth,
			      ret_has, err))
			return -1;
	}
	(void)json_object_set_new(history->trees, id.hex,
				  json_boolean(*ret_has));
	return 0;
}

static void push(struct history *history, const git_oid *oid)
{
	struct repo_id id;

	repo_id_from_oid(&id, oid);
	if (json_object_get(history->seen, id.hex))
		return;
	(void)json_object_set_new(history->seen, id.hex, json_true());
	GROW(history->items, history->len, history->cap);
	history->items[history->len++] = *oid;
}

/* What was fetched from a clone in part ends somewhere. */
static int cut_off(const git_commit *commit, struct error *err)
{
	struct repo_id id;

	repo_id_from_oid(&id, git_commit_id(commit));
	(void)error_set(err, ERR_STATE,
			"the branch's history is cut off behind the commit "
			"%.12s",
			id.hex);
	error_hint(err, "is the remote a shallow clone? Fill it there with: "
			"git fetch --unshallow");
	return -1;
}

/*
 * Put its parents in line. What has the bytes is followed to where they came
 * in; what has not may have had them before, but not before they were made.
 */
static int look_at_parents(struct history *history, const git_commit *commit,
			   bool *ret_any, struct error *err)
{
	*ret_any = false;
	for (unsigned i = 0; i < git_commit_parentcount(commit); i++) {
		CLEANUP(cleanup_commit) git_commit *parent = NULL;
		bool has;

		if (git_commit_parent(&parent, commit, i))
			return cut_off(commit, err);
		if (tree_has(history, git_commit_tree_id(parent), 0, &has, err))
			return -1;
		*ret_any = *ret_any || has;
		if (has || git_commit_time(parent) >= history->since)
			push(history, git_commit_id(parent));
	}
	return 0;
}

static int look_at_commit(struct history *history, const git_oid *oid,
			  void (*fn)(const char *email, void *ctx), void *ctx,
			  struct error *err)
{
	CLEANUP(cleanup_commit) git_commit *commit = NULL;
	bool has, had;

	if (git_commit_lookup(&commit, history->repo->git, oid))
		return repo_fail(history->repo, err, "cannot read a commit");
	if (tree_has(history, git_commit_tree_id(commit), 0, &has, err) ||
	    look_at_parents(history, commit, &had, err))
		return -1;
	if (has && !had) {
		fn(git_commit_author(commit)->email, ctx);
		fn(git_commit_committer(commit)->email, ctx);
	}
	return 0;
}

int repo_introducers(struct repo *repo, const struct repo_id *tip,
		     const struct repo_id *blob, int64_t since,
		     void (*fn)(const char *email, void *ctx), void *ctx,
		     struct error *err)
{
	CLEANUP(json_release) json_t *trees = json_object();
	CLEANUP(json_release) json_t *seen = json_object();
	struct history history = {
		.repo = repo, .since = since, .trees = trees, .seen = seen
	};
	int rc = 0;
	git_oid oid;

	if (repo_id_to_oid(repo, tip, &oid, err) ||
	    repo_id_to_oid(repo, blob, &history.blob, err))
		return -1;
	push(&history, &oid);
	while (history.len && !rc) {
		oid = history.items[--history.len];
		rc = look_at_commit(&history, &oid, fn, ctx, err);
	}
	free(history.items);
	return rc;
}
