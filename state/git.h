/*
 * The one door to libgit2: a bare repository, its commits and trees, and one
 * ref at a time. Names here begin with repo_, because git_ is the library's.
 *
 * Objects are durable when the function that writes them returns; a ref is
 * moved alone, last, by comparing. Nothing here talks to a remote
 * (state/remote.h does) or keeps writers apart (state/guard.h does).
 */
#ifndef ABACK_STATE_GIT_H
#define ABACK_STATE_GIT_H

#include <stdbool.h>
#include <stddef.h>

#include "core/compiler.h"
#include "core/error.h"
#include "core/strbuf.h"
#include "state/store.h"

struct repo;

/* The name of an object, 40 hex digits; hex[0] is NUL for "none". */
struct repo_id {
	char hex[41];
};

static inline bool repo_id_is_set(const struct repo_id *id)
{
	return id->hex[0] != '\0';
}
bool repo_id_equal(const struct repo_id *a, const struct repo_id *b);
/* 40 hex digits at text, whatever follows; false: it is none. */
bool repo_id_parse(const char *text, struct repo_id *ret_id);

/* Make an empty bare repository whose HEAD is the branch main. */
MUST_CHECK int repo_create(const char *path, struct repo **ret_repo,
			   struct error *err);
/* ERR_STATE for what is no bare repository, or none that can be read. */
MUST_CHECK int repo_open(const char *path, struct repo **ret_repo,
			 struct error *err);
void repo_free(struct repo *repo);

/*
 * The URL that it was cloned from, which git keeps as `remote.origin.url`;
 * NULL: none. Owned.
 */
char *repo_origin(struct repo *repo);
MUST_CHECK int repo_set_origin(struct repo *repo, const char *url,
			       struct error *err);

/* Where a ref stands; not set where there is none. */
MUST_CHECK int repo_ref(struct repo *repo, const char *ref,
			struct repo_id *ret_id, struct error *err);
/*
 * Move a ref from `from` (not set: it must not exist) to `to` (not set: remove
 * it). *ret_moved is false, and nothing happened, when it stands elsewhere.
 * The caller holds the guard (state/guard.h).
 */
MUST_CHECK int repo_ref_move(struct repo *repo, const char *ref,
			     const struct repo_id *from,
			     const struct repo_id *to, bool *ret_moved,
			     struct error *err);

/* Is the object in the repository? */
bool repo_has(struct repo *repo, const struct repo_id *id);

/* Reading a commit's tree; as store_read, store_list and store_walk. */
MUST_CHECK int repo_read(struct repo *repo, const struct repo_id *commit,
			 const char *path, struct strbuf *ret_text,
			 bool *ret_found, struct error *err);
/* As store_check_path. */
MUST_CHECK int repo_check_path(struct repo *repo, const struct repo_id *commit,
			       const char *path, struct error *err);
MUST_CHECK int repo_list(struct repo *repo, const struct repo_id *commit,
			 const char *directory, store_entry_fn fn, void *ctx,
			 struct error *err);
MUST_CHECK int repo_walk(struct repo *repo, const struct repo_id *commit,
			 const char *directory, store_entry_fn fn, void *ctx,
			 struct error *err);

/* A commit's message. */
MUST_CHECK int repo_message(struct repo *repo, const struct repo_id *commit,
			    struct strbuf *ret_text, struct error *err);

/* What a commit is, for who walks the history. */
struct repo_commit_info {
	struct repo_id id, parent; /* the first one; not set: none */
	unsigned parents;
	char *message;
	/* its "gpgsig", well signed or not; NULL: none */
	char *signature;
};
void repo_commit_info_release(struct repo_commit_info *info);
MUST_CHECK int repo_commit_info(struct repo *repo, const struct repo_id *commit,
				struct repo_commit_info *ret_info,
				struct error *err);

/* A file that a commit wrote: which object it was and is; not set: none. */
struct repo_change {
	const char *path;
	struct repo_id before, after;
};
typedef int (*repo_change_fn)(const struct repo_change *change, void *ctx,
			      struct error *err);
/* What differs between two commits' trees (from not set: the empty tree). */
MUST_CHECK int repo_changes(struct repo *repo, const struct repo_id *from,
			    const struct repo_id *to, repo_change_fn fn,
			    void *ctx, struct error *err);
/* A file by its object's name. */
MUST_CHECK int repo_blob(struct repo *repo, const struct repo_id *blob,
			 struct strbuf *ret_text, struct error *err);

/* why: NULL where its bytes are what its name says. */
typedef int (*repo_object_fn)(const struct repo_id *id, const char *why,
			      void *ctx, struct error *err);
/* Read every object there is, whether something needs it or not. */
MUST_CHECK int repo_each_object(struct repo *repo, repo_object_fn fn, void *ctx,
				struct error *err);

typedef int (*repo_ref_fn)(const char *name, const struct repo_id *id,
			   void *ctx, struct error *err);
/* Every ref whose name begins so. */
MUST_CHECK int repo_each_ref(struct repo *repo, const char *prefix,
			     repo_ref_fn fn, void *ctx, struct error *err);

typedef int (*repo_path_fn)(const char *path, void *ctx, struct error *err);
/* Each path of a commit's tree at which there is a file of these bytes. */
MUST_CHECK int repo_find_blob(struct repo *repo, const struct repo_id *commit,
			      const struct repo_id *blob, repo_path_fn fn,
			      void *ctx, struct error *err);
/*
 * Each commit of the history that has a file of these bytes, wherever, while
 * none of its parents does: the email of its author and its committer. So it is
 * found again behind a rename, and where they were removed and came back. Where
 * commits that do not have them are older than `since`, the search ends.
 */
MUST_CHECK int repo_introducers(struct repo *repo, const struct repo_id *tip,
				const struct repo_id *blob, int64_t since,
				void (*fn)(const char *email, void *ctx),
				void *ctx, struct error *err);

/* Of a commit that was left unsigned: why. */
#define REPO_UNSIGNED_TRAILER "Aback-Unsigned"

enum repo_signing {
	REPO_UNSIGNED,
	/* where git's configuration says so; ERR_SIGN when it cannot be */
	REPO_SIGNED,
	/* the same, but what cannot be signed is written without; the message
	 * and repo_unsigned say why */
	REPO_SIGNED_IF_POSSIBLE
};
/*
 * Write a commit of parent's tree (not set: a first commit) with the edits
 * applied; edits may be NULL. No ref moves. Author and committer come from
 * git's configuration, else "aback <aback@host>".
 */
MUST_CHECK int repo_commit(struct repo *repo, const struct repo_id *parent,
			   const struct store_edits *edits, const char *message,
			   enum repo_signing signing,
			   struct repo_id *ret_commit, struct error *err);
/*
 * Read git's configuration, which the first repo_commit does otherwise: before
 * a lock is held that a child of ours would hold on to for a moment.
 */
MUST_CHECK int repo_prepare(struct repo *repo, struct error *err);
/* Why a commit of this handle was left unsigned; NULL: none was. Borrowed. */
const char *repo_unsigned(const struct repo *repo);

enum repo_relation {
	REPO_SAME,
	REPO_AHEAD,    /* a descends from b */
	REPO_BEHIND,   /* b descends from a */
	REPO_DIVERGED, /* both have commits of their own */
	REPO_UNRELATED /* no common commit */
};
/* ret_base is set for all but REPO_UNRELATED. */
MUST_CHECK int repo_compare(struct repo *repo, const struct repo_id *a,
			    const struct repo_id *b,
			    enum repo_relation *ret_relation,
			    struct repo_id *ret_base, struct error *err);

/* How many commits `to` has that `from` (not set: nothing) does not have. */
MUST_CHECK int repo_count(struct repo *repo, const struct repo_id *from,
			  const struct repo_id *to, size_t *ret_count,
			  struct error *err);

/*
 * Write the commits base..tip again, on top of onto, as what they did to whole
 * files. Where onto changed a file after base too, onto's is kept: it was
 * written by whoever held the place after us.
 */
MUST_CHECK int repo_replay(struct repo *repo, const struct repo_id *base,
			   const struct repo_id *tip,
			   const struct repo_id *onto,
			   struct repo_id *ret_commit, struct error *err);

#endif
