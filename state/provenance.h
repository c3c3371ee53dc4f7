/* Where the files of the store come from: which commit wrote each, and whether
 * that commit carries a signature. */
#ifndef ABACK_STATE_PROVENANCE_H
#define ABACK_STATE_PROVENANCE_H

#include "core/compiler.h"
#include "core/error.h"
#include "core/json.h"
#include "state/store.h"

/*
 * Every file below a directory at the tip of the branch, sorted by path:
 * [{"path", "sha256", "commit": the one that last wrote it,
 *   "signature": "ssh", "openpgp" or "x509" that the commit carries; null:
 * none, "unsigned": why it has none, where the commit says so; else null}].
 * That there is a signature says nothing of whose: fsck_signatures does.
 */
MUST_CHECK int store_provenance(struct store *store, const char *directory,
				json_t **ret_files, struct error *err);

#endif
