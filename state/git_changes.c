/*
 * What differs between the trees of two commits, read from the trees' own
 * bytes. libgit2's diff makes an object of every entry of both, which in a
 * directory of thousands of changes, of which a commit touches one, is nearly
 * all of the work.
 */
#include "state/git_internal.h"

#include <string.h>

#include "core/mem.h"

#define OID_BYTES 20
#define DEPTH_MAX 64 /* of directories */

/* An entry as it stands in a tree: "<mode> <name>", a zero, the object. */
struct entry {
	const char *start, *name; /* of the bytes; the name ends in a zero */
	size_t len;               /* of all of it; 0: there is none */
	bool is_directory;
	const unsigned char *object;
};

struct tree_bytes {
	const char *at;
	size_t left;
};

struct comparing {
	struct repo *repo;
	git_odb *odb;
	repo_change_fn fn;
	void *ctx;
};

DEFINE_CLEANUP(cleanup_object, git_odb_object *, git_odb_object_free)

static int malformed(const struct comparing *comparing, const char *path,
		     struct error *err)
{
	(void)error_set(err, ERR_STATE,
			"the state repository '%s' is damaged: the tree '%s' "
			"is malformed",
			comparing->repo->path, path);
	error_hint(err, "see what git says of it: git -C '%s' fsck",
		   comparing->repo->path);
	return -1;
}

/* The entry that the bytes begin with; false: that is none. */
static bool peek(const struct tree_bytes *tree, struct entry *ret_entry)
{
	const char *space, *end;

	*ret_entry = (struct entry){ 0 };
	if (!tree->left)
		return true;
	space = memchr(tree->at, ' ', tree->left);
	end = memchr(tree->at, '\0', tree->left);
	if (!space || !end || space > end || space + 1 == end ||
	    tree->left - (size_t)(end - tree->at) < 1 + OID_BYTES)
		return false;
	ret_entry->start = tree->at;
	ret_entry->name = space + 1;
	ret_entry->len = (size_t)(end - tree->at) + 1 + OID_BYTES;
	ret_entry->is_directory = space - tree->at == 5 && tree->at[0] == '4';
	ret_entry->object = (const unsigned char *)end + 1;
	return true;
}

static void pass(struct tree_bytes *tree, const struct entry *entry)
{
	tree->at += entry->len;
	tree->left -= entry->len;
}

/* As trees are sorted: a directory as if its name ended in a slash. */
static int order(const struct entry *a, const struct entry *b)
{
	const unsigned char *x = (const unsigned char *)a->name;
	const unsigned char *y = (const unsigned char *)b->name;

	while (*x && *x == *y) {
		x++;
		y++;
	}
	return (*x                ? *x
		: a->is_directory ? '/'
				  : 0) -
	       (*y                ? *y
		: b->is_directory ? '/'
				  : 0);
}

static bool is_same(const struct entry *a, const struct entry *b)
{
	return a->len && a->len == b->len &&
	       !memcmp(a->start, b->start, a->len);
}

static int read_tree(const struct comparing *comparing,
		     const unsigned char *object, git_odb_object **ret_object,
		     struct tree_bytes *ret_tree, struct error *err)
{
	git_oid oid;

	*ret_tree = (struct tree_bytes){ "", 0 };
	if (!object)
		return 0;
	memcpy(oid.id, object, OID_BYTES);
	if (git_odb_read(ret_object, comparing->odb, &oid))
		return repo_fail(comparing->repo, err, "cannot read a tree");
	if (git_odb_object_type(*ret_object) != GIT_OBJECT_TREE)
		return error_set(err, ERR_STATE,
				 "the state repository '%s' is damaged: a "
				 "directory's object is no tree",
				 comparing->repo->path);
	*ret_tree = (struct tree_bytes){ git_odb_object_data(*ret_object),
					 git_odb_object_size(*ret_object) };
	return 0;
}

static void take_object(struct repo_id *id, const struct entry *entry)
{
	git_oid oid;

	if (!entry->len)
		return;
	memcpy(oid.id, entry->object, OID_BYTES);
	repo_id_from_oid(id, &oid);
}

static int compare(const struct comparing *comparing,
		   const unsigned char *before, const unsigned char *after,
		   const char *directory, int depth, struct error *err);

/* Two entries of one name, of which one may be missing. */
static int differ(const struct comparing *comparing, const struct entry *before,
		  const struct entry *after, const char *directory, int depth,
		  struct error *err)
{
	const struct entry *named = after->len ? after : before;
	CLEANUP(free_ptr)
	char *path = xasprintf("%s%s%s", directory, *directory ? "/" : "",
			       named->name);
	struct repo_change change = { .path = path };

	if (named->is_directory)
		return compare(comparing, before->object, after->object, path,
			       depth + 1, err);
	take_object(&change.before, before);
	take_object(&change.after, after);
	return comparing->fn(&change, comparing->ctx, err);
}

/* The objects of two directories; NULL: it is not there. */
static int compare(const struct comparing *comparing,
		   const unsigned char *before, const unsigned char *after,
		   const char *directory, int depth, struct error *err)
{
	CLEANUP(cleanup_object) git_odb_object *old = NULL;
	CLEANUP(cleanup_object) git_odb_object *new = NULL;
	const struct entry none = { 0 };
	struct tree_bytes from, to;

	if (depth > DEPTH_MAX)
		return malformed(comparing, directory, err);
	if (read_tree(comparing, before, &old, &from, err) ||
	    read_tree(comparing, after, &new, &to, err))
		return -1;
	while (from.left || to.left) {
		struct entry a, b;
		int which;

		if (!peek(&from, &a) || !peek(&to, &b))
			return malformed(comparing, directory, err);
		if (is_same(&a, &b)) {
			pass(&from, &a);
			pass(&to, &b);
			continue;
		}
		which = !a.len ? 1 : !b.len ? -1 : order(&a, &b);
		if (which < 0)
			b = none;
		else if (which > 0)
			a = none;
		if (differ(comparing, &a, &b, directory, depth, err))
			return -1;
		pass(&from, &a);
		pass(&to, &b);
	}
	return 0;
}

int repo_changes(struct repo *repo, const struct repo_id *from,
		 const struct repo_id *to, repo_change_fn fn, void *ctx,
		 struct error *err)
{
	CLEANUP(cleanup_odb) git_odb *odb = NULL;
	struct comparing comparing = { .repo = repo, .fn = fn, .ctx = ctx };
	git_oid before, after;

	if ((repo_id_is_set(from) &&
	     repo_tree_id_of(repo, from, &before, err)) ||
	    repo_tree_id_of(repo, to, &after, err))
		return -1;
	if (git_repository_odb(&odb, repo->git))
		return repo_fail(repo, err, "cannot open its objects");
	comparing.odb = odb;
	return compare(&comparing, repo_id_is_set(from) ? before.id : NULL,
		       after.id, "", 0, err);
}
