/*
 * Two machines recorded values of one resource, and their commits are put
 * together: the file of the resource is made anew from the records of both, for
 * neither side's file has all of it, and so is the file of its holds from what
 * each side did to them. A place is locked while it is changed, so the records
 * have an order; this only happens where a lock was taken away.
 */
#include <string.h>

#include "core/limits.h"
#include "state/recorded.h"
#include "state/store_internal.h"

struct joining {
	struct repo *repo;
	const struct repo_id *base, *ours_at, *theirs_at;
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

/* ---- values ----------------------------------------------------------- */

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

/* ---- holds ------------------------------------------------------------ */

static bool is_hold(const char *path)
{
	return !strncmp(path, "holds/", strlen("holds/"));
}

static int read_at(const struct joining *joining, const struct repo_id *commit,
		   const char *path, json_t **ret_value, struct error *err)
{
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT(LIMIT_STORE_FILE);
	bool found;

	if (repo_read(joining->repo, commit, path, &text, &found, err))
		return -1;
	return found ? json_parse(path, text.buf, text.len, ret_value, err) : 0;
}

static bool is_same(const json_t *a, const json_t *b)
{
	return a == b || (a && b && json_equal(a, b));
}

/* A setting's hold, of the three that there are; NULL: none. Borrowed. */
static json_t *merge_hold(json_t *base, json_t *ours, json_t *theirs)
{
	const char *our_change = json_text(ours, "change");
	const char *their_change = json_text(theirs, "change");

	if (is_same(ours, base))
		return theirs;
	if (is_same(theirs, base) || !their_change)
		return ours;
	/* both backed it out: an id begins with the time */
	return our_change && strcmp(our_change, their_change) > 0 ? ours
								  : theirs;
}

/* What both sides did to the holds of a resource, setting by setting. */
static json_t *merge_settings(json_t *base, json_t *ours, json_t *theirs)
{
	json_t *all = json_object(), *merged = json_object();
	const char *setting;
	json_t *unused;

	(void)json_object_update(all, base);
	(void)json_object_update(all, ours);
	(void)json_object_update(all, theirs);
	json_object_foreach(all, setting, unused) {
		json_t *hold = merge_hold(json_object_get(base, setting),
					  json_object_get(ours, setting),
					  json_object_get(theirs, setting));

		if (hold)
			(void)json_object_set(merged, setting, hold);
	}
	json_decref(all);
	return merged;
}

static int put_hold(const struct joining *joining, const char *path,
		    struct store_edits *edits, struct error *err)
{
	CLEANUP(json_release) json_t *base = NULL;
	CLEANUP(json_release) json_t *ours = NULL;
	CLEANUP(json_release) json_t *theirs = NULL;
	CLEANUP(json_release) json_t *merged = NULL;
	json_t *before;

	if (read_at(joining, joining->base, path, &base, err) ||
	    read_at(joining, joining->ours_at, path, &ours, err) ||
	    read_at(joining, joining->theirs_at, path, &theirs, err))
		return -1;
	before = json_object_get(theirs, "settings");
	merged = merge_settings(json_object_get(base, "settings"),
				json_object_get(ours, "settings"), before);
	if (!json_object_size(merged) && theirs)
		store_edits_remove(edits, path);
	else if (json_object_size(merged) && !is_same(merged, before)) {
		json_t *file = theirs ? theirs : ours;

		(void)json_object_set(file, "settings", merged);
		store_edits_put_json(edits, path, file);
	}
	return 0;
}

/* ---- both -------------------------------------------------------------- */

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
		if (is_hold(path) ? put_hold(joining, path, edits, err)
				  : put_file(joining, tip, path,
					     json_object_get(files, path),
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
	struct joining joining = { .repo = store->repo,
				   .base = base,
				   .ours_at = ours,
				   .theirs_at = theirs,
				   .theirs = of_theirs,
				   .both = both };
	struct repo_id commit;

	if (repo_changes(store->repo, base, theirs, add_theirs, &joining,
			 err) ||
	    repo_changes(store->repo, base, ours, add_ours, &joining, err) ||
	    put_files(&joining, tip, &edits, err))
		return -1;
	if (!edits.len)
		return 0;
	if (repo_commit(store->repo, tip, &edits,
			"Put together what two machines recorded\n",
			REPO_SIGNED, &commit, err))
		return -1;
	*tip = commit;
	return 0;
}

/* ---- what was meant to be written ---------------------------------------- */

int store_check_edits(struct store *store, const struct repo_id *from,
		      const struct store_edits *edits, struct error *err)
{
	CLEANUP(json_release) json_t *theirs = json_object();
	struct joining joining = { .repo = store->repo, .theirs = theirs };
	struct repo_id tip;

	if (store_tip(store, &tip, err) ||
	    repo_changes(store->repo, from, &tip, add_theirs, &joining, err))
		return -1;
	for (size_t i = 0; i < edits->len; i++) {
		if (!json_object_get(theirs, edits->items[i].path))
			continue;
		(void)error_set(err, ERR_CONFLICT,
				"somebody else wrote '%s' of the state remote "
				"'%s' meanwhile",
				edits->items[i].path,
				remote_shown(store->remote));
		error_hint(err,
			   "see what it was with: git -C '%s' log -p -1 "
			   "main -- '%s'; then try again",
			   store->path, edits->items[i].path);
		return -1;
	}
	return 0;
}
