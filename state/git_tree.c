/* Reading trees, and writing the next one out of the last. */
#include "state/git_internal.h"

#include <string.h>
#include <strings.h>

#include "core/mem.h"

int repo_tree_of(struct repo *repo, const struct repo_id *commit,
		 git_tree **ret_tree, struct error *err)
{
	CLEANUP(cleanup_commit) git_commit *object = NULL;
	git_oid oid;

	if (repo_id_to_oid(repo, commit, &oid, err))
		return -1;
	if (git_commit_lookup(&object, repo->git, &oid) ||
	    git_commit_tree(ret_tree, object))
		return repo_fail(repo, err, "cannot read the commit '%s'",
				 commit->hex);
	return 0;
}

int repo_tree_id_of(struct repo *repo, const struct repo_id *commit,
		    git_oid *ret_oid, struct error *err)
{
	CLEANUP(cleanup_commit) git_commit *object = NULL;
	git_oid oid;

	if (repo_id_to_oid(repo, commit, &oid, err))
		return -1;
	if (git_commit_lookup(&object, repo->git, &oid))
		return repo_fail(repo, err, "cannot read the commit '%s'",
				 commit->hex);
	git_oid_cpy(ret_oid, git_commit_tree_id(object));
	return 0;
}

/* The entry at path below tree; *ret_entry is NULL where there is none. */
static int find_entry(struct repo *repo, git_tree *tree, const char *path,
		      git_tree_entry **ret_entry, struct error *err)
{
	int code = git_tree_entry_bypath(ret_entry, tree, path);

	if (code == GIT_ENOTFOUND)
		*ret_entry = NULL;
	else if (code)
		return repo_fail(repo, err, "cannot read '%s'", path);
	return 0;
}

int repo_read(struct repo *repo, const struct repo_id *commit, const char *path,
	      struct strbuf *ret_text, bool *ret_found, struct error *err)
{
	CLEANUP(cleanup_tree) git_tree *tree = NULL;
	CLEANUP(cleanup_entry) git_tree_entry *entry = NULL;
	CLEANUP(cleanup_blob) git_blob *blob = NULL;

	if (repo_tree_of(repo, commit, &tree, err) ||
	    find_entry(repo, tree, path, &entry, err))
		return -1;
	*ret_found = entry && git_tree_entry_type(entry) == GIT_OBJECT_BLOB;
	if (!*ret_found)
		return 0;
	if (git_tree_entry_filemode(entry) == GIT_FILEMODE_LINK) {
		(void)error_set(err, ERR_STATE,
				"'%s' is a symbolic link, which is not "
				"followed",
				path);
		error_hint(err, "aback wrote no link: put the file itself in "
				"its place; 'git log' shows who did this");
		return -1;
	}
	if (git_blob_lookup(&blob, repo->git, git_tree_entry_id(entry)))
		return repo_fail(repo, err, "cannot read '%s'", path);
	strbuf_clear(ret_text);
	strbuf_add(ret_text, git_blob_rawcontent(blob),
		   (size_t)git_blob_rawsize(blob));
	if (ret_text->overflowed)
		return error_set(err, ERR_STATE,
				 "'%s' in the state repository is larger than "
				 "%zu bytes",
				 path, ret_text->max_bytes);
	return 0;
}

static int no_directory(const struct repo *repo, const char *path,
			struct error *err)
{
	(void)error_set(err, ERR_STATE,
			"the state repository '%s' is damaged: '%s' is a file, "
			"not a directory",
			repo->path, path);
	error_hint(err, "see who wrote it: git -C '%s' log -p main -- '%s'",
		   repo->path, path);
	return -1;
}

/* The tree of a directory ("" is the root); *ret_tree is NULL for none. */
static int find_directory(struct repo *repo, const struct repo_id *commit,
			  const char *directory, git_tree **ret_tree,
			  struct error *err)
{
	CLEANUP(cleanup_tree) git_tree *root = NULL;
	CLEANUP(cleanup_entry) git_tree_entry *entry = NULL;

	*ret_tree = NULL;
	if (repo_tree_of(repo, commit, &root, err))
		return -1;
	if (!directory[0]) {
		*ret_tree = TAKE(root);
		return 0;
	}
	if (find_entry(repo, root, directory, &entry, err))
		return -1;
	if (!entry)
		return 0;
	if (git_tree_entry_type(entry) != GIT_OBJECT_TREE)
		return no_directory(repo, directory, err);
	if (git_tree_lookup(ret_tree, repo->git, git_tree_entry_id(entry)))
		return repo_fail(repo, err, "cannot read '%s'", directory);
	return 0;
}

struct listed {
	const char *name; /* the tree's */
	bool is_directory;
};

static int by_name(const void *a, const void *b)
{
	const struct listed *x = a, *y = b;

	return strcmp(x->name, y->name);
}

int repo_list(struct repo *repo, const struct repo_id *commit,
	      const char *directory, store_entry_fn fn, void *ctx,
	      struct error *err)
{
	CLEANUP(cleanup_tree) git_tree *tree = NULL;
	CLEANUP(free_ptr) struct listed *items = NULL;
	size_t len;
	int rc = 0;

	if (find_directory(repo, commit, directory, &tree, err))
		return -1;
	len = tree ? git_tree_entrycount(tree) : 0;
	if (!len)
		return 0;
	items = xcalloc(len, sizeof(*items));
	for (size_t i = 0; i < len; i++) {
		const git_tree_entry *entry = git_tree_entry_byindex(tree, i);

		items[i].name = git_tree_entry_name(entry);
		items[i].is_directory =
			git_tree_entry_type(entry) == GIT_OBJECT_TREE;
	}
	/* a tree orders its directories as if their names ended in a slash */
	qsort(items, len, sizeof(*items), by_name);
	for (size_t i = 0; i < len && !rc; i++)
		rc = fn(items[i].name, items[i].is_directory, ctx, err);
	return rc;
}

struct walk {
	struct repo *repo;
	const char *directory;
	store_entry_fn fn;
	void *ctx;
	struct error *err;
	int rc; /* what fn returned */
};

static int visit(const char *root, const git_tree_entry *entry, void *payload)
{
	struct walk *walk = payload;
	CLEANUP(free_ptr) char *path = NULL;

	if (git_tree_entry_type(entry) != GIT_OBJECT_BLOB)
		return 0;
	path = xasprintf("%s%s%s%s", walk->directory,
			 walk->directory[0] ? "/" : "", root,
			 git_tree_entry_name(entry));
	walk->rc = walk->fn(path, false, walk->ctx, walk->err);
	return walk->rc ? -1 : 0; /* a positive one would mean "skip" */
}

int repo_walk(struct repo *repo, const struct repo_id *commit,
	      const char *directory, store_entry_fn fn, void *ctx,
	      struct error *err)
{
	CLEANUP(cleanup_tree) git_tree *tree = NULL;
	struct walk walk = { .repo = repo,
			     .directory = directory,
			     .fn = fn,
			     .ctx = ctx,
			     .err = err };

	if (find_directory(repo, commit, directory, &tree, err))
		return -1;
	if (tree && git_tree_walk(tree, GIT_TREEWALK_PRE, visit, &walk) &&
	    !walk.rc)
		return repo_fail(repo, err, "cannot read '%s'", directory);
	return walk.rc;
}

static int by_path(const void *a, const void *b)
{
	const struct tree_edit *x = a, *y = b;
	int order = strcmp(x->path, y->path);

	if (order)
		return order;
	return x->order < y->order ? -1 : x->order > y->order;
}

static bool part_is_valid(const char *part, size_t len)
{
	return len && !(len == 1 && part[0] == '.') &&
	       !(len == 2 && !memcmp(part, "..", 2)) &&
	       !(len == 4 && !strncasecmp(part, ".git", 4));
}

/* A relative path without empty, dot or .git parts. */
static bool path_is_valid(const char *path)
{
	for (;;) {
		size_t len = strcspn(path, "/");

		if (!part_is_valid(path, len))
			return false;
		if (!path[len])
			return true;
		path += len + 1;
	}
}

static int in_the_way(const char *path, struct error *err)
{
	(void)error_set(err, ERR_STATE,
			"cannot write '%s' to the state repository: a "
			"directory and a file would have the same name",
			path);
	error_hint(err, "see who put it there with: git log --stat main");
	return -1;
}

/* Is the entry of a path, where there is one, of the type that it must be? */
static int check_entry(struct repo *repo, git_tree *root, const char *path,
		       bool is_directory, struct error *err)
{
	CLEANUP(cleanup_entry) git_tree_entry *entry = NULL;
	bool is_tree;

	if (find_entry(repo, root, path, &entry, err))
		return -1;
	is_tree = entry && git_tree_entry_type(entry) == GIT_OBJECT_TREE;
	if (!entry || is_tree == is_directory)
		return 0;
	return is_directory ? no_directory(repo, path, err)
			    : in_the_way(path, err);
}

int repo_check_path(struct repo *repo, const struct repo_id *commit,
		    const char *path, struct error *err)
{
	CLEANUP(cleanup_tree) git_tree *root = NULL;

	if (repo_tree_of(repo, commit, &root, err))
		return -1;
	for (size_t at = 0;; at++) {
		CLEANUP(free_ptr) char *part = NULL;

		at += strcspn(path + at, "/");
		part = xstrndup(path, at);
		if (check_entry(repo, root, part, path[at] != '\0', err))
			return -1;
		if (!path[at])
			return 0;
	}
}

static int write_level(struct repo *repo, const git_tree *base,
		       const struct tree_edit *edits, size_t len, size_t skip,
		       bool *ret_empty, git_oid *ret_tree, struct error *err);

/* How many edits from the first on are in its directory (part_len long). */
static size_t same_directory(const struct tree_edit *edits, size_t len,
			     size_t skip, size_t part_len)
{
	size_t n = 1;

	while (n < len && !strncmp(edits[0].path + skip, edits[n].path + skip,
				   part_len + 1))
		n++;
	return n;
}

/* Apply the edits that share the directory `name`, and put it or drop it. */
static int write_directory(struct repo *repo, git_treebuilder *builder,
			   const char *name, const struct tree_edit *edits,
			   size_t len, size_t skip, struct error *err)
{
	CLEANUP(cleanup_tree) git_tree *old = NULL;
	const git_tree_entry *entry = git_treebuilder_get(builder, name);
	bool is_tree = entry && git_tree_entry_type(entry) == GIT_OBJECT_TREE;
	bool empty = false;
	git_oid oid;

	if (is_tree &&
	    git_tree_lookup(&old, repo->git, git_tree_entry_id(entry)))
		return repo_fail(repo, err, "cannot read '%s'", name);
	if (write_level(repo, old, edits, len, skip, &empty, &oid, err))
		return -1;
	if (empty && !is_tree)
		return 0; /* only removals, of what was not there */
	if (entry && !is_tree)
		return in_the_way(edits[0].path, err);
	if (empty ? git_treebuilder_remove(builder, name)
		  : git_treebuilder_insert(NULL, builder, name, &oid,
					   GIT_FILEMODE_TREE))
		return repo_fail(repo, err, "cannot write '%s'", name);
	return 0;
}

static int write_file(struct repo *repo, git_treebuilder *builder,
		      const char *name, const struct tree_edit *edit,
		      struct error *err)
{
	const git_tree_entry *entry = git_treebuilder_get(builder, name);
	bool is_tree = entry && git_tree_entry_type(entry) == GIT_OBJECT_TREE;

	if (edit->remove) {
		if (entry && !is_tree && git_treebuilder_remove(builder, name))
			return repo_fail(repo, err, "cannot remove '%s'",
					 edit->path);
		return 0;
	}
	if (is_tree)
		return in_the_way(edit->path, err);
	if (git_treebuilder_insert(NULL, builder, name, &edit->blob,
				   GIT_FILEMODE_BLOB))
		return repo_fail(repo, err, "cannot write '%s'", edit->path);
	return 0;
}

/* One directory: edits[i].path + skip is relative to it. */
static int write_level(struct repo *repo, const git_tree *base,
		       const struct tree_edit *edits, size_t len, size_t skip,
		       bool *ret_empty, git_oid *ret_tree, struct error *err)
{
	CLEANUP(cleanup_builder) git_treebuilder *builder = NULL;

	if (git_treebuilder_new(&builder, repo->git, base))
		return repo_fail(repo, err, "cannot build a tree");
	for (size_t i = 0; i < len;) {
		const char *rest = edits[i].path + skip;
		size_t part = strcspn(rest, "/");
		CLEANUP(free_ptr) char *name = xstrndup(rest, part);
		size_t n = 1;
		int rc;

		if (rest[part]) {
			n = same_directory(edits + i, len - i, skip, part);
			rc = write_directory(repo, builder, name, edits + i, n,
					     skip + part + 1, err);
		} else {
			rc = write_file(repo, builder, name, &edits[i], err);
		}
		if (rc)
			return -1;
		i += n;
	}
	*ret_empty = git_treebuilder_entrycount(builder) == 0;
	if (*ret_empty && skip)
		return 0; /* the caller drops it */
	if (git_treebuilder_write(ret_tree, builder))
		return repo_fail(repo, err, "cannot write a tree");
	return 0;
}

int repo_tree_write(struct repo *repo, const git_tree *base,
		    struct tree_edit *edits, size_t len, git_oid *ret_tree,
		    struct error *err)
{
	bool empty;

	for (size_t i = 0; i < len; i++) {
		if (!path_is_valid(edits[i].path))
			return error_set(err, ERR_STATE,
					 "'%s' cannot be the name of a file in "
					 "the state repository",
					 edits[i].path);
	}
	if (len)
		qsort(edits, len, sizeof(*edits), by_path);
	return write_level(repo, base, edits, len, 0, &empty, ret_tree, err);
}
