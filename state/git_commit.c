/* Writing commits, comparing them, and writing them again on another base. */
#include "state/git_internal.h"

#include <assert.h>
#include <git2/sys/mempack.h>
#include <git2/sys/odb_backend.h>
#include <string.h>

#include "core/clock.h"
#include "core/limits.h"
#include "core/mem.h"

/*
 * From so many files on, a commit is written as one pack: a loose object costs
 * two fsyncs, a pack a handful in all.
 */
#define PACK_FROM_EDITS 64

int repo_message(struct repo *repo, const struct repo_id *commit,
		 struct strbuf *ret_text, struct error *err)
{
	CLEANUP(cleanup_commit) git_commit *object = NULL;
	git_oid oid;

	if (repo_id_to_oid(repo, commit, &oid, err))
		return -1;
	if (git_commit_lookup(&object, repo->git, &oid))
		return repo_fail(repo, err, "cannot read the commit '%s'",
				 commit->hex);
	strbuf_clear(ret_text);
	strbuf_adds(ret_text, git_commit_message(object));
	return 0;
}

/* ---- who ------------------------------------------------------------- */

/* The first that is set: environment, two configuration keys, fallback. */
static char *identity_part(const struct repo *repo, const char *variable,
			   const char *own_key, const char *user_key,
			   const char *fallback)
{
	const char *value = getenv(variable);
	char *text, *to;

	if (!value || !*value)
		value = repo_setting(repo, own_key);
	if (!value || !*value)
		value = repo_setting(repo, user_key);
	/* without what would end the field in the commit object */
	text = xstrdup(value && *value ? value : fallback);
	to = text;
	for (const char *from = text; *from; from++) {
		if (!strchr("<>\n\r", *from))
			*to++ = *from;
	}
	*to = '\0';
	return text;
}

struct role {
	const char *name_variable, *email_variable;
	const char *name_key, *email_key;
};
static const struct role author_role = { "GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL",
					 "author.name", "author.email" };
static const struct role committer_role = { "GIT_COMMITTER_NAME",
					    "GIT_COMMITTER_EMAIL",
					    "committer.name",
					    "committer.email" };

static int name(struct repo *repo, const struct role *role,
		git_signature **ret_signature, struct error *err)
{
	const char *mail = getenv("EMAIL");
	CLEANUP(free_ptr)
	char *who = identity_part(repo, role->name_variable, role->name_key,
				  "user.name", "aback");
	CLEANUP(free_ptr)
	char *email = identity_part(repo, role->email_variable, role->email_key,
				    "user.email",
				    mail && *mail ? mail : "aback@host");

	if (git_signature_new(ret_signature, who, email, clock_now(), 0) &&
	    git_signature_new(ret_signature, "aback", "aback@host", clock_now(),
			      0))
		return repo_fail(repo, err, "cannot name the author");
	return 0;
}

/* ---- writing --------------------------------------------------------- */

static int write_blobs(struct repo *repo, const struct store_edits *edits,
		       struct tree_edit *ret_edits, struct error *err)
{
	for (size_t i = 0; i < edits->len; i++) {
		const struct store_edit *edit = &edits->items[i];

		ret_edits[i].path = edit->path;
		ret_edits[i].order = i;
		ret_edits[i].remove = !edit->text;
		if (edit->text &&
		    git_blob_create_from_buffer(&ret_edits[i].blob, repo->git,
						edit->text, edit->len))
			return repo_fail(repo, err, "cannot write '%s'",
					 edit->path);
	}
	return 0;
}

struct commit_parts {
	const git_oid *tree;
	git_commit *parent; /* NULL: none */
	const git_signature *author, *committer;
	const char *message;
	enum repo_signing signing;
};

static int write_unsigned(struct repo *repo, const char *text, size_t len,
			  git_oid *ret_oid, struct error *err)
{
	CLEANUP(cleanup_odb) git_odb *odb = NULL;

	if (git_repository_odb(&odb, repo->git) ||
	    git_odb_write(ret_oid, odb, text, len, GIT_OBJECT_COMMIT))
		return repo_fail(repo, err, "cannot write the commit");
	return 0;
}

/* The commit says itself why it has no signature; so does the handle. */
static int write_excused(struct repo *repo, const char *text, size_t len,
			 const struct error *why, git_oid *ret_oid,
			 struct error *err)
{
	CLEANUP(strbuf_release) struct strbuf reason = STRBUF_INIT(KIB);
	CLEANUP(strbuf_release)
	struct strbuf whole = STRBUF_INIT(len + 8 * KIB);

	error_message(why, &reason);
	free(repo->unsigned_why);
	repo->unsigned_why = xstrdup(reason.buf);
	strbuf_add(&whole, text, len);
	strbuf_adds(&whole, REPO_UNSIGNED_TRAILER ": ");
	for (const char *at = reason.buf; *at; at++)
		strbuf_addc(&whole, (unsigned char)*at < ' ' ? ' ' : *at);
	strbuf_addc(&whole, '\n');
	return write_unsigned(repo, whole.buf, whole.len, ret_oid, err);
}

static int sign_and_write(struct repo *repo, const struct commit_parts *parts,
			  const git_buf *text, git_oid *ret_oid,
			  struct error *err)
{
	CLEANUP(error_release) struct error why = ERROR_INIT;
	CLEANUP(free_ptr) char *signature = NULL;
	CLEANUP(free_ptr)
	char *committer = xasprintf("%s <%s>", parts->committer->name,
				    parts->committer->email);

	if (parts->signing != REPO_UNSIGNED &&
	    repo_sign(repo, text->ptr, text->size, committer, &signature,
		      &why)) {
		if (parts->signing == REPO_SIGNED_IF_POSSIBLE)
			return write_excused(repo, text->ptr, text->size, &why,
					     ret_oid, err);
		error_copy(err, &why);
		return -1;
	}
	if (!signature)
		return write_unsigned(repo, text->ptr, text->size, ret_oid,
				      err);
	if (git_commit_create_with_signature(ret_oid, repo->git, text->ptr,
					     signature, NULL))
		return repo_fail(repo, err, "cannot write the commit");
	return 0;
}

static int write_commit(struct repo *repo, const struct commit_parts *parts,
			git_oid *ret_oid, struct error *err)
{
	CLEANUP(cleanup_tree) git_tree *tree = NULL;
	const git_commit *parents[] = { parts->parent };
	git_buf text = { 0 };
	int rc;

	if (git_tree_lookup(&tree, repo->git, parts->tree) ||
	    git_commit_create_buffer(&text, repo->git, parts->author,
				     parts->committer, NULL, parts->message,
				     tree, parts->parent ? 1 : 0, parents))
		return repo_fail(repo, err, "cannot write the commit");
	rc = sign_and_write(repo, parts, &text, ret_oid, err);
	git_buf_dispose(&text);
	return rc;
}

/* Blobs, trees and commit into whatever repo->git writes to. */
static int build(struct repo *repo, const struct repo_id *parent,
		 const struct store_edits *edits, const char *message,
		 enum repo_signing signing, git_oid *ret_oid, struct error *err)
{
	static const struct store_edits none = { NULL, 0, 0 };
	CLEANUP(cleanup_signature) git_signature *author = NULL;
	CLEANUP(cleanup_signature) git_signature *committer = NULL;
	CLEANUP(cleanup_commit) git_commit *before = NULL;
	CLEANUP(cleanup_tree) git_tree *base = NULL;
	CLEANUP(free_ptr) struct tree_edit *tree_edits = NULL;
	git_oid oid, tree;

	if (!edits)
		edits = &none;
	if (repo_id_is_set(parent)) {
		if (repo_id_to_oid(repo, parent, &oid, err))
			return -1;
		if (git_commit_lookup(&before, repo->git, &oid) ||
		    git_commit_tree(&base, before))
			return repo_fail(repo, err,
					 "cannot read the commit '%s'",
					 parent->hex);
	}
	tree_edits = xcalloc(edits->len + 1, sizeof(*tree_edits));
	if (name(repo, &author_role, &author, err) ||
	    name(repo, &committer_role, &committer, err) ||
	    write_blobs(repo, edits, tree_edits, err) ||
	    repo_tree_write(repo, base, tree_edits, edits->len, &tree, err))
		return -1;
	return write_commit(repo,
			    &(struct commit_parts){ &tree, before, author,
						    committer, message,
						    signing },
			    ret_oid, err);
}

/*
 * loose objects: each file and its own directory are synced by libgit2; a
 * directory that is new is an entry of objects/, which is not.
 */
static int build_loose(struct repo *repo, const struct repo_id *parent,
		       const struct store_edits *edits, const char *message,
		       enum repo_signing signing, git_oid *ret_oid,
		       struct error *err)
{
	if (build(repo, parent, edits, message, signing, ret_oid, err))
		return -1;
	return repo_sync_directory(repo, "objects", err);
}

/* Everything new that the commit reaches, as one pack. */
static int write_pack(struct repo *repo, const struct repo_id *parent,
		      const git_oid *commit, struct error *err)
{
	CLEANUP(cleanup_revwalk) git_revwalk *walk = NULL;
	CLEANUP(cleanup_packbuilder) git_packbuilder *builder = NULL;
	git_oid hide;

	if (repo_id_is_set(parent) && repo_id_to_oid(repo, parent, &hide, err))
		return -1;
	if (git_revwalk_new(&walk, repo->git) ||
	    git_revwalk_push(walk, commit) ||
	    (repo_id_is_set(parent) && git_revwalk_hide(walk, &hide)) ||
	    git_packbuilder_new(&builder, repo->git) ||
	    git_packbuilder_insert_walk(builder, walk) ||
	    git_packbuilder_write(builder, NULL, 0, NULL, NULL))
		return repo_fail(repo, err, "cannot write a pack");
	return repo_sync_directory(repo, "objects/pack", err);
}

static int build_packed(struct repo *repo, const struct repo_id *parent,
			const struct store_edits *edits, const char *message,
			enum repo_signing signing, git_oid *ret_oid,
			struct error *err)
{
	/* a handle of its own: its objects are written to memory for good */
	CLEANUP(cleanup_repository) git_repository *git = NULL;
	CLEANUP(cleanup_odb) git_odb *odb = NULL;
	struct repo in_memory = { .path = repo->path };
	int rc;
	git_odb_backend *memory = NULL;

	if (git_repository_open_bare(&git, repo->path) ||
	    repo_read_loose(git, repo->path) || git_repository_odb(&odb, git) ||
	    git_mempack_new(&memory))
		return repo_fail(repo, err, "cannot open the repository");
	if (git_odb_add_backend(odb, memory, 999)) {
		memory->free(memory);
		return repo_fail(repo, err, "cannot open the repository");
	}
	in_memory.git = git;
	in_memory.settings = json_incref(repo->settings);
	rc = build(&in_memory, parent, edits, message, signing, ret_oid, err);
	json_decref(in_memory.settings);
	if (in_memory.unsigned_why) {
		free(repo->unsigned_why);
		repo->unsigned_why = in_memory.unsigned_why;
	}
	if (rc)
		return -1;
	return write_pack(&in_memory, parent, ret_oid, err);
}

int repo_commit(struct repo *repo, const struct repo_id *parent,
		const struct store_edits *edits, const char *message,
		enum repo_signing signing, struct repo_id *ret_commit,
		struct error *err)
{
	bool packed = edits && edits->len >= PACK_FROM_EDITS;
	git_oid oid;

	if (repo_prepare(repo, err))
		return -1;

	if (packed ? build_packed(repo, parent, edits, message, signing, &oid,
				  err)
		   : build_loose(repo, parent, edits, message, signing, &oid,
				 err))
		return -1;
	repo_id_from_oid(ret_commit, &oid);
	return 0;
}

const char *repo_unsigned(const struct repo *repo)
{
	return repo->unsigned_why;
}

/* ---- comparing and replaying ----------------------------------------- */

int repo_compare(struct repo *repo, const struct repo_id *a,
		 const struct repo_id *b, enum repo_relation *ret_relation,
		 struct repo_id *ret_base, struct error *err)
{
	git_oid x, y, base;
	int code;

	if (repo_id_to_oid(repo, a, &x, err) ||
	    repo_id_to_oid(repo, b, &y, err))
		return -1;
	code = git_merge_base(&base, repo->git, &x, &y);
	if (code == GIT_ENOTFOUND) {
		*ret_relation = REPO_UNRELATED;
		return 0;
	}
	if (code)
		return repo_fail(repo, err, "cannot compare '%s' and '%s'",
				 a->hex, b->hex);
	repo_id_from_oid(ret_base, &base);
	if (repo_id_equal(a, b))
		*ret_relation = REPO_SAME;
	else if (!git_oid_cmp(&base, &y))
		*ret_relation = REPO_AHEAD;
	else if (!git_oid_cmp(&base, &x))
		*ret_relation = REPO_BEHIND;
	else
		*ret_relation = REPO_DIVERGED;
	return 0;
}

/* What differs between two trees (NULL: empty), whole files, no renames. */
static int diff_trees(struct repo *repo, git_tree *from, git_tree *to,
		      git_diff **ret_diff, struct error *err)
{
	git_diff_options options;

	if (git_diff_options_init(&options, GIT_DIFF_OPTIONS_VERSION))
		return repo_fail(repo, err, "cannot compare two trees");
	options.flags = GIT_DIFF_INCLUDE_TYPECHANGE;
	if (git_diff_tree_to_tree(ret_diff, repo->git, from, to, &options))
		return repo_fail(repo, err, "cannot compare two trees");
	return 0;
}

static int path_in_diff(const void *key, const void *item)
{
	return strcmp(key, *(const char *const *)item);
}

struct replay {
	struct repo *repo;
	const char **theirs; /* sorted paths that onto changed */
	size_t theirs_len;
	git_diff *theirs_diff; /* owns the paths */
	struct repo_id at;     /* the newest commit written */
};

static void replay_release(struct replay *replay)
{
	free(replay->theirs);
	git_diff_free(replay->theirs_diff);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int replay_start(struct replay *replay, const struct repo_id *base,
			const struct repo_id *onto, struct error *err)
{
	CLEANUP(cleanup_tree) git_tree *from = NULL;
	CLEANUP(cleanup_tree) git_tree *to = NULL;
	size_t len;

	if (repo_tree_of(replay->repo, base, &from, err) ||
	    repo_tree_of(replay->repo, onto, &to, err) ||
	    diff_trees(replay->repo, from, to, &replay->theirs_diff, err))
		return -1;
	len = git_diff_num_deltas(replay->theirs_diff);
	replay->theirs = xcalloc(len + 1, sizeof(*replay->theirs));
	replay->theirs_len = len;
	for (size_t i = 0; i < len; i++)
		replay->theirs[i] = git_diff_get_delta(replay->theirs_diff, i)
					    ->new_file.path;
	qsort(replay->theirs, len, sizeof(*replay->theirs), by_text);
	replay->at = *onto;
	return 0;
}

/* The edits that a commit made, but for the files that are theirs now. */
static size_t edits_of(const struct replay *replay, git_diff *diff,
		       struct tree_edit *edits)
{
	size_t n = 0;

	for (size_t i = 0; i < git_diff_num_deltas(diff); i++) {
		const git_diff_delta *delta = git_diff_get_delta(diff, i);
		const char *path = delta->new_file.path;

		if (bsearch(path, replay->theirs, replay->theirs_len,
			    sizeof(*replay->theirs), path_in_diff))
			continue;
		edits[n].path = path;
		edits[n].order = i;
		edits[n].remove = delta->status == GIT_DELTA_DELETED;
		git_oid_cpy(&edits[n].blob, &delta->new_file.id);
		n++;
	}
	return n;
}

static int replay_one(struct replay *replay, const git_oid *oid,
		      struct error *err)
{
	struct repo *repo = replay->repo;
	CLEANUP(cleanup_commit) git_commit *commit = NULL;
	CLEANUP(cleanup_commit) git_commit *parent = NULL;
	CLEANUP(cleanup_commit) git_commit *onto = NULL;
	CLEANUP(cleanup_tree) git_tree *before = NULL;
	CLEANUP(cleanup_tree) git_tree *after = NULL;
	CLEANUP(cleanup_tree) git_tree *base = NULL;
	CLEANUP(cleanup_diff) git_diff *diff = NULL;
	CLEANUP(free_ptr) struct tree_edit *edits = NULL;
	git_oid at, tree, written;

	if (repo_id_to_oid(repo, &replay->at, &at, err))
		return -1;
	if (git_commit_lookup(&commit, repo->git, oid) ||
	    git_commit_parent(&parent, commit, 0) ||
	    git_commit_tree(&before, parent) ||
	    git_commit_tree(&after, commit) ||
	    git_commit_lookup(&onto, repo->git, &at) ||
	    git_commit_tree(&base, onto))
		return repo_fail(repo, err, "cannot read a commit to replay");
	if (diff_trees(repo, before, after, &diff, err))
		return -1;
	edits = xcalloc(git_diff_num_deltas(diff) + 1, sizeof(*edits));
	if (repo_tree_write(repo, base, edits, edits_of(replay, diff, edits),
			    &tree, err) ||
	    write_commit(repo,
			 &(struct commit_parts){
				 &tree, onto, git_commit_author(commit),
				 git_commit_committer(commit),
				 git_commit_message(commit), REPO_SIGNED },
			 &written, err))
		return -1;
	repo_id_from_oid(&replay->at, &written);
	return 0;
}

int repo_replay(struct repo *repo, const struct repo_id *base,
		const struct repo_id *tip, const struct repo_id *onto,
		struct repo_id *ret_commit, struct error *err)
{
	CLEANUP(replay_release) struct replay replay = { .repo = repo };
	CLEANUP(cleanup_revwalk) git_revwalk *walk = NULL;
	git_oid hide, push, oid;
	int code;

	if (repo_prepare(repo, err) || repo_id_to_oid(repo, base, &hide, err) ||
	    repo_id_to_oid(repo, tip, &push, err) ||
	    replay_start(&replay, base, onto, err))
		return -1;
	if (git_revwalk_new(&walk, repo->git) ||
	    git_revwalk_sorting(walk,
				GIT_SORT_TOPOLOGICAL | GIT_SORT_REVERSE) ||
	    git_revwalk_simplify_first_parent(walk) ||
	    git_revwalk_push(walk, &push) || git_revwalk_hide(walk, &hide))
		return repo_fail(repo, err, "cannot list commits");
	while (!(code = git_revwalk_next(&oid, walk))) {
		if (replay_one(&replay, &oid, err))
			return -1;
	}
	if (code != GIT_ITEROVER)
		return repo_fail(repo, err, "cannot list commits");
	*ret_commit = replay.at;
	return repo_sync_directory(repo, "objects", err);
}
