/*
 * The state repository: a bare git repository with plain files in its tree, on
 * the branch main. It stores documents and knows nothing of Aurora.
 *
 * Writing: hold the locks (state/lock.h), collect edits in a struct
 * store_edits, commit them at once. A commit is durable when store_commit
 * returns: objects, ref and directories are fsynced, and, where the store has
 * a remote, pushed and read back. Killed at any instant before that, the branch
 * is what it was.
 */
#ifndef ABACK_STATE_STORE_H
#define ABACK_STATE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/compiler.h"
#include "core/error.h"
#include "core/json.h"
#include "core/strbuf.h"

struct store;

#define STORE_FORMAT "aback-state 1"

/*
 * Make the bare repository at path (with FORMAT and config.json in its first
 * commit); where it is a store already, nothing is changed and *ret_made is
 * false. A path that holds anything else is ERR_STATE.
 */
MUST_CHECK int store_init(const char *path, bool *ret_made, struct error *err);
/*
 * The same where `state.remote` is set: a store that the remote has is cloned,
 * an empty remote gets the new store's first commit. *ret_made is false only
 * where path was a store before.
 */
MUST_CHECK int store_init_remote(const char *path, const char *remote,
				 bool *ret_made, struct error *err);

/*
 * Open the store at path. remote (may be NULL) is the URL that `state.remote`
 * gives: where path is missing it is cloned from there. Missing without a
 * remote: ERR_NOT_FOUND with the hint `aback init`. Not a store, damaged, or
 * holding a newer format: ERR_STATE. An existing store is opened without asking
 * the remote for anything.
 */
MUST_CHECK int store_open(const char *path, const char *remote,
			  struct store **ret_store, struct error *err);
/*
 * The same for a store that is known by its path alone: its remote is the one
 * that it was cloned from or made with, if any.
 */
MUST_CHECK int store_open_clone(const char *path, struct store **ret_store,
				struct error *err);
void store_free(struct store *store);
/*
 * Who waits for somebody else, of whom err tells, asks this again and again:
 * false ends the waiting. Where nobody set it, nothing does.
 */
void store_on_wait(struct store *store,
		   bool (*goes_on)(void *ctx, const struct error *err),
		   void *ctx);
bool store_goes_on(const struct store *store, const struct error *err);
const char *store_path(const struct store *store);
bool store_has_remote(const struct store *store);

/* How long one operation with the remote may take; 60 s unless set. */
void store_set_deadline(struct store *store, int64_t deadline_ms);

/*
 * Bring in what others pushed (nothing to do without a remote). ERR_REMOTE.
 * Commits of ours that were not pushed yet end up on top.
 */
MUST_CHECK int store_fetch(struct store *store, struct error *err);

struct store_sync {
	size_t brought_in; /* commits of others */
	size_t pushed;     /* commits of ours */
	bool rewritten;    /* ours were written again on top of theirs */
	char tip[41];      /* where both stand now */
};
/*
 * store_fetch, then push what was not pushed yet. ret_sync may be NULL, and is
 * zero where there is no remote.
 */
MUST_CHECK int store_sync(struct store *store, struct store_sync *ret_sync,
			  struct error *err);
/* Its remote's URL without a password; NULL: it has none. Borrowed. */
const char *store_remote(const struct store *store);
/* ERR_GATE: git reads another repository in the place of its remote. */
MUST_CHECK int store_check_direct(const struct store *store, struct error *err);

/*
 * A file at the tip of the branch. *ret_found says whether it is there.
 */
MUST_CHECK int store_read(struct store *store, const char *path,
			  struct strbuf *ret_text, bool *ret_found,
			  struct error *err);
/* The same, parsed; *ret_value is NULL where the file is not there. */
MUST_CHECK int store_read_json(struct store *store, const char *path,
			       json_t **ret_value, struct error *err);

/*
 * Could a commit put a file there, as far as what is there now goes? ERR_STATE:
 * a file is where a directory must be, or the other way round, or what is there
 * cannot be read.
 */
MUST_CHECK int store_check_path(struct store *store, const char *path,
				struct error *err);

/*
 * Every name directly in a directory of the tree, sorted by bytes; a directory
 * that is not there has none. A non-zero return of fn stops and is returned.
 */
typedef int (*store_entry_fn)(const char *name, bool is_directory, void *ctx,
			      struct error *err);
MUST_CHECK int store_list(struct store *store, const char *directory,
			  store_entry_fn fn, void *ctx, struct error *err);
/* Every file below a directory, as full paths, sorted. */
MUST_CHECK int store_walk(struct store *store, const char *directory,
			  store_entry_fn fn, void *ctx, struct error *err);

/* Files to write and remove with one commit. */
struct store_edit {
	char *path;
	char *text; /* NULL: remove it */
	size_t len;
};
struct store_edits {
	struct store_edit *items;
	size_t len, cap;
};
void store_edits_put(struct store_edits *edits, const char *path,
		     const char *text, size_t len);
void store_edits_put_json(struct store_edits *edits, const char *path,
			  const json_t *value); /* canonical text */
void store_edits_remove(struct store_edits *edits, const char *path);
void store_edits_release(struct store_edits *edits);

struct store_trailer {
	const char *name;  /* "Aback-Change" */
	const char *value; /* NULL: left out */
};

/* May it be left undone to push, and to sign where git's settings want that? */
enum store_push {
	/* no: ERR_REMOTE, ERR_SIGN */
	STORE_PUSH_REQUIRED,
	/* yes, for what it records has happened: *ret_pushed says, and
	 * store_unsigned; `aback state sync` is next */
	STORE_PUSH_LATER
};
/* Why a commit of this handle has no signature; NULL: none lacks one. */
const char *store_unsigned(const struct store *store);
/* Why a lock of this handle could not be released; NULL: none stayed. */
const char *store_still_locked(const struct store *store);

/*
 * Commit the edits on the branch and, where there is a remote, push. Author and
 * committer come from git's configuration, else "aback <aback@host>". subject
 * is one line; trailers end in one with value NULL and name NULL.
 * ret_pushed may be NULL; it is true without a remote.
 * With STORE_PUSH_REQUIRED, the remote's branch moves first and ours only once
 * it was read back there: a commit that could not be pushed was never recorded.
 */
MUST_CHECK int store_commit(struct store *store, const char *subject,
			    const struct store_trailer *trailers,
			    const struct store_edits *edits,
			    enum store_push push, bool *ret_pushed,
			    struct error *err);

/* Percent-encode an identifier for a file name or an address. Owned. */
char *store_encode(const char *identifier);

#endif
