/* Proofs in the store: changes/<change>/verify-<time>.json, written once. */
#include <string.h>

#include "core/clock.h"
#include "core/limits.h"
#include "core/mem.h"
#include "plans/verify_parts.h"

#define PREFIX "verify-"
#define SUFFIX ".json"
/* So many names are tried, each of a second later. */
#define NAMES_TRIED 60

bool proof_is_path(const char *path)
{
	const char *name = path ? strrchr(path, '/') : NULL;

	return name && !strncmp(name + 1, PREFIX, strlen(PREFIX));
}

static char *path_at(const char *change, int64_t when)
{
	char text[CLOCK_TEXT_MAX];
	CLEANUP(free_ptr)
	char *file = xasprintf(PREFIX "%s" SUFFIX, clock_basic(when, text));

	return record_path(change, file);
}

/* A name that no other proof has. */
static int free_path(struct store *store, const char *change, int64_t when,
		     char **ret_path, struct error *err)
{
	for (int i = 0; i < NAMES_TRIED; i++) {
		CLEANUP(free_ptr) char *path = path_at(change, when + i);
		CLEANUP(strbuf_release)
		struct strbuf text = STRBUF_INIT(LIMIT_STORE_FILE);
		bool found;

		if (store_read(store, path, &text, &found, err))
			return -1;
		if (!found) {
			*ret_path = TAKE(path);
			return 0;
		}
	}
	return error_set(err, ERR_STATE,
			 "change %s was verified %d times within a minute",
			 change, NAMES_TRIED);
}

static int commit(struct store *store, const json_t *proof, const char *path,
		  bool *ret_pushed, struct error *err)
{
	CLEANUP(store_edits_release) struct store_edits edits = { 0 };
	const char *change = verify_text(proof, "change");
	CLEANUP(free_ptr)
	char *subject = xasprintf("verify %s: %s", change,
				  verify_text(proof, "verdict"));
	const struct store_trailer trailers[] = {
		{ "Aback-Change", change },
		{ "Aback-Caller", json_text(proof, "verified_by") },
		{ NULL, NULL },
	};

	store_edits_put_json(&edits, path, proof);
	return store_commit(store, subject, trailers, &edits, STORE_PUSH_LATER,
			    ret_pushed, err);
}

/* Another machine may have taken the name in the same second. */
static int is_there(struct store *store, const json_t *proof, const char *path,
		    bool *ret_there, struct error *err)
{
	CLEANUP(json_release) json_t *found = NULL;

	if (store_read_json(store, path, &found, err))
		return -1;
	*ret_there = found && json_equal(found, proof);
	return 0;
}

int proof_store(struct store *store, const json_t *proof, char **ret_path,
		bool *ret_pushed, struct error *err)
{
	int64_t when;
	bool there = false;

	if (clock_parse(verify_text(proof, "verified_at"), &when, err))
		return -1;
	while (!there) {
		CLEANUP(free_ptr) char *path = NULL;

		if (free_path(store, verify_text(proof, "change"), when, &path,
			      err) ||
		    commit(store, proof, path, ret_pushed, err) ||
		    is_there(store, proof, path, &there, err))
			return -1;
		if (there)
			*ret_path = TAKE(path);
	}
	return 0;
}

/* ---- the newest --------------------------------------------------------- */

static int take_newest(const char *name, bool is_directory, void *ctx,
		       struct error *err)
{
	char **newest = ctx;

	(void)err;
	/* names come sorted, and sort by time */
	if (!is_directory && !strncmp(name, PREFIX, strlen(PREFIX))) {
		free(*newest);
		*newest = xstrdup(name);
	}
	return 0;
}

int proof_newest(struct store *store, const char *change_id, json_t **ret_proof,
		 char **ret_path, struct error *err)
{
	CLEANUP(free_ptr) char *directory = record_path(change_id, "");
	CLEANUP(free_ptr) char *name = NULL;
	CLEANUP(free_ptr) char *path = NULL;

	*ret_proof = NULL;
	directory[strlen(directory) - 1] = '\0'; /* its slash */
	if (store_list(store, directory, take_newest, &name, err))
		return -1;
	if (!name)
		return 0;
	path = record_path(change_id, name);
	if (store_read_json(store, path, ret_proof, err))
		return -1;
	if (ret_path)
		*ret_path = TAKE(path);
	return 0;
}

int proof_summary(struct store *store, const char *change_id,
		  json_t **ret_summary, struct error *err)
{
	CLEANUP(json_release) json_t *proof = NULL;
	CLEANUP(free_ptr) char *path = NULL;

	if (proof_newest(store, change_id, &proof, &path, err))
		return -1;
	*ret_summary = json_null();
	if (proof)
		*ret_summary = json_pack("{s:s, s:s, s:s}", "verdict",
					 verify_text(proof, "verdict"), "at",
					 verify_text(proof, "verified_at"),
					 "path", path);
	return 0;
}
