/*
 * The branch that a gate looks at: fetched from the remote that the store has
 * pinned, into a repository of its own below <store>/aback/gate.git, and only
 * read. What a working copy holds is not looked at.
 */
#ifndef ABACK_STATE_GATE_BRANCH_H
#define ABACK_STATE_GATE_BRANCH_H

#include <stdbool.h>
#include <stdint.h>

#include "core/compiler.h"
#include "core/error.h"
#include "core/strbuf.h"
#include "state/store.h"

/* What `aback init --gate` pinned, in the store's config.json. */
struct gate_pin {
	char *branch;  /* "main" */
	char *remote;  /* its URL */
	char *desired; /* path of the desired file in the branch's tree */
};
void gate_pin_release(struct gate_pin *pin);
/* branch stays NULL where the store has no gate. ERR_STATE: it is damaged. */
MUST_CHECK int gate_pin_load(struct store *store, struct gate_pin *ret_pin,
			     struct error *err);
/*
 * Pin it. ERR_GATE: another one is pinned, which nothing takes away but a new
 * store. *ret_made is false where the same one is pinned already.
 */
MUST_CHECK int gate_pin_save(struct store *store, const struct gate_pin *pin,
			     bool *ret_made, struct error *err);

struct gate_branch;
/*
 * Fetch it. ERR_GATE: it cannot be, there is no such branch, or git is
 * configured to read another remote in the place of the pinned one.
 */
MUST_CHECK int gate_branch_fetch(struct store *store,
				 const struct gate_pin *pin,
				 struct gate_branch **ret_branch,
				 struct error *err);
void gate_branch_free(struct gate_branch *branch);
/* The commit that it stands at, 40 hex digits. Borrowed. */
const char *gate_branch_tip(const struct gate_branch *branch);
/* A file there. A symbolic link is an error. */
MUST_CHECK int gate_branch_read(struct gate_branch *branch, const char *path,
				struct strbuf *ret_text, bool *ret_found,
				struct error *err);
/* The path of each file whose bytes have this name as a git blob. */
MUST_CHECK int gate_branch_find(struct gate_branch *branch, const char *blob,
				int (*fn)(const char *path, void *ctx,
					  struct error *err),
				void *ctx, struct error *err);
/* Does the branch's history hold that commit? */
MUST_CHECK int gate_branch_holds(struct gate_branch *branch, const char *commit,
				 bool *ret_holds, struct error *err);
/*
 * Who brought these bytes to the branch, at whatever path: the email of author
 * and committer of each commit that has them while none of its parents does.
 * Commits older than `since` are looked at only where they have them.
 */
MUST_CHECK int gate_branch_authors(struct gate_branch *branch, const char *blob,
				   int64_t since,
				   void (*fn)(const char *email, void *ctx),
				   void *ctx, struct error *err);

#endif
