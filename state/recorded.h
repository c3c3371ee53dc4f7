/*
 * What the records of changes, taken together, say of each resource: the values
 * that its file must have. The files can be made anew from it.
 */
#ifndef ABACK_STATE_RECORDED_H
#define ABACK_STATE_RECORDED_H

#include "core/compiler.h"
#include "core/error.h"
#include "core/json.h"
#include "state/git.h"

/*
 * Out of all finished changes of a commit's tree, the earliest first (changes
 * of one place follow each other, for each holds its lock). *ret_files is an
 * object of path → {"address", "resource_id", "change", "recorded_at",
 * "values": {setting: value}, "unseen": {setting: true}}; unseen are values
 * that nobody read back after the call, so that a file may lack them.
 */
MUST_CHECK int recorded_build(struct repo *repo, const struct repo_id *commit,
			      json_t **ret_files, struct error *err);

/* The document of a resource's file out of one of them. A new reference. */
json_t *recorded_document(const json_t *file);

#endif
