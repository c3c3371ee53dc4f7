/* What the files state/git*.c share and nobody else sees. */
#ifndef ABACK_STATE_GIT_INTERNAL_H
#define ABACK_STATE_GIT_INTERNAL_H

#include <git2.h>
#include <stdbool.h>
#include <stddef.h>

#include "core/compiler.h"
#include "core/error.h"
#include "core/json.h"
#include "state/git.h"

struct repo {
	git_repository *git;
	char *path;
	json_t *settings;   /* of git's configuration; NULL: not read yet */
	char *unsigned_why; /* NULL: nothing was left unsigned */
};

/*
 * Of git's configuration, asked of git itself, which knows every file, include
 * and variable that counts; of libgit2 where there is no git. After
 * repo_prepare: a value by its key in lower case, or NULL. Borrowed.
 */
/* Does git open the bare repository at path, whoever's it is? */
bool repo_git_trusts(const char *path);
const char *repo_setting(const struct repo *repo, const char *key);

/*
 * Sign the text of a commit as git would: by the same program with the same
 * key. *ret_signature is NULL where git's configuration wants no signature.
 * committer: "Name <email>". ERR_SIGN.
 */
MUST_CHECK int repo_sign(struct repo *repo, const char *text, size_t len,
			 const char *committer, char **ret_signature,
			 struct error *err);

/* ERR_STATE: what was being done, what libgit2 said, and what to do next. */
int repo_fail(const struct repo *repo, struct error *err, const char *fmt, ...)
	PRINTF_LIKE(3, 4);

void repo_id_from_oid(struct repo_id *id, const git_oid *oid);
MUST_CHECK int repo_id_to_oid(const struct repo *repo, const struct repo_id *id,
			      git_oid *ret_oid, struct error *err);

/* The tree of a commit; owned by the caller. */
MUST_CHECK int repo_tree_of(struct repo *repo, const struct repo_id *commit,
			    git_tree **ret_tree, struct error *err);

/* The object of a commit's tree. */
MUST_CHECK int repo_tree_id_of(struct repo *repo, const struct repo_id *commit,
			       git_oid *ret_oid, struct error *err);

/* One file of a tree to put (as a blob that is there already) or to remove. */
struct tree_edit {
	const char *path; /* borrowed */
	git_oid blob;
	bool remove;
	size_t order; /* of two edits of one path, the later one counts */
};
/*
 * Write base (NULL: empty) with the edits applied, touching only the
 * directories on their paths. Directories that become empty go. Sorts edits.
 */
MUST_CHECK int repo_tree_write(struct repo *repo, const git_tree *base,
			       struct tree_edit *edits, size_t len,
			       git_oid *ret_tree, struct error *err);

/* Read loose objects by state/git_loose.c from now on; libgit2's code. */
MUST_CHECK int repo_read_loose(git_repository *git, const char *path);

/* fsync the directory <repository>/<name>. */
MUST_CHECK int repo_sync_directory(const struct repo *repo, const char *name,
				   struct error *err);

DEFINE_CLEANUP(cleanup_tree, git_tree *, git_tree_free)
DEFINE_CLEANUP(cleanup_commit, git_commit *, git_commit_free)
DEFINE_CLEANUP(cleanup_blob, git_blob *, git_blob_free)
DEFINE_CLEANUP(cleanup_entry, git_tree_entry *, git_tree_entry_free)
DEFINE_CLEANUP(cleanup_builder, git_treebuilder *, git_treebuilder_free)
DEFINE_CLEANUP(cleanup_reference, git_reference *, git_reference_free)
DEFINE_CLEANUP(cleanup_signature, git_signature *, git_signature_free)
DEFINE_CLEANUP(cleanup_config, git_config *, git_config_free)
DEFINE_CLEANUP(cleanup_diff, git_diff *, git_diff_free)
DEFINE_CLEANUP(cleanup_revwalk, git_revwalk *, git_revwalk_free)
DEFINE_CLEANUP(cleanup_odb, git_odb *, git_odb_free)
DEFINE_CLEANUP(cleanup_packbuilder, git_packbuilder *, git_packbuilder_free)
DEFINE_CLEANUP(cleanup_repository, git_repository *, git_repository_free)

#endif
