/*
 * Two machines recorded values of one resource, and their commits are put
 * together: the file of the resource is made anew from the records of both, for
 * neither side's file has all of it. A place is locked while it is changed, so
 * the records have an order; this only happens where a lock was taken away.
 */
#include <string.h>

#include "core/limits.h"
#include "state/recorded.h"
#include "state/store_internal.h"

struct joining {
	struct repo *repo;
	json_t *theirs; /* paths that they changed, as keys */
	json_t *both;
};

static int add_theirs(const struct repo_change *change, void *ctx,
		      struct error *err)
{
	const struct joining *joining = ctx;

	(void)err;
	(void)json_object_set_new(joining->theirs, change->path, json_true());
	return 0;
}

static int add_ours(const struct repo_change *change, void *ctx,
		    struct error *err)
{
	const struct joining *joining = ctx;

	(void)err;
	if (json_object_get(joining->theirs, change->path))
		(void)json_object_set_new(joining->both, change->path,
					  json_true());
	return 0;
}

/* The file as the records want it, where it is not so. */
static int put_file(const struct joining *joining, const struct repo_id *tip,
		    const char *path, const json_t *recorded,
		    struct store_edits *edits, struct error *err)
{
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT(LIMIT_STORE_FILE);
	CLEANUP(json_release) json_t *document = NULL;
	CLEANUP(json_release) json_t *now = NULL;
	bool found;

	if (!recorded)
		return 0; /* no file of a resource */
	document = recorded_document(recorded);
	if (repo_read(joining->repo, tip, path, &text, &found, err) ||
	    (found && json_parse(path, text.buf, text.len, &now, err)))
		return -1;
	if (!now || !json_equal(json_object_get(now, "values"),
				json_object_get(document, "values")))
		store_edits_put_json(edits, path, document);
	return 0;
}

static int put_files(const struct joining *joining, const struct repo_id *tip,
		     struct store_edits *edits, struct error *err)
{
	CLEANUP(json_release) json_t *files = NULL;
	const char *path;
	json_t *unused;

	if (!json_object_size(joining->both))
		return 0;
	if (recorded_build(joining->repo, tip, &files, err))
		return -1;
	json_object_foreach(joining->both, path, unused) {
		if (put_file(joining, tip, path, json_object_get(files, path),
			     edits, err))
			return -1;
	}
	return 0;
}

int store_join_values(struct store *store, const struct repo_id *base,
		      const struct repo_id *ours, const struct repo_id *theirs,
		      struct repo_id *tip, struct error *err)
{
	CLEANUP(json_release) json_t *of_theirs = json_object();
	CLEANUP(json_release) json_t *both = json_object();
	CLEANUP(store_edits_release) struct store_edits edits = { 0 };
	struct joining joining = { store->repo, of_theirs, both };
	struct repo_id commit;

	if (repo_changes(store->repo, base, theirs, add_theirs, &joining,
			 err) ||
	    repo_changes(store->repo, base, ours, add_ours, &joining, err) ||
	    put_files(&joining, tip, &edits, err))
		return -1;
	if (!edits.len)
		return 0;
	if (repo_commit(store->repo, tip, &edits,
			"Put together the values that two machines recorded\n",
			REPO_SIGNED, &commit, err))
		return -1;
	*tip = commit;
	return 0;
}
