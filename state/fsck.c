#include "state/fsck.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "core/limits.h"
#include "core/mem.h"
#include "state/fsck_internal.h"
#include "state/holder.h"
#include "state/store_internal.h"

void fsck_init(struct fsck *fsck, struct store *store)
{
	*fsck = (struct fsck){ .store = store,
			       .damage = json_array(),
			       .notes = json_array(),
			       .files = json_object() };
}

void fsck_release(struct fsck *fsck)
{
	json_decref(fsck->damage);
	json_decref(fsck->notes);
	json_decref(fsck->files);
	free(fsck->tip);
	*fsck = (struct fsck){ 0 };
}

/* ---- findings -------------------------------------------------------- */

static void add(struct fsck *fsck, const struct fsck_finding *finding,
		const char *problem)
{
	(void)json_array_append_new(
		fsck->damage,
		json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o}", "check",
			  finding->check, "problem", json_from_text(problem),
			  "commit", json_from_text(finding->commit), "path",
			  json_from_text(finding->path), "expected",
			  json_from_text(finding->expected), "found",
			  json_from_text(finding->found), "remedy",
			  json_from_text(finding->remedy)));
}

void fsck_add(struct fsck *fsck, const struct fsck_finding *finding,
	      const char *fmt, ...)
{
	CLEANUP(free_ptr) char *problem = NULL;
	va_list ap;

	va_start(ap, fmt);
	problem = xvasprintf(fmt, ap);
	va_end(ap);
	add(fsck, finding, problem);
}

void fsck_add_error(struct fsck *fsck, const struct fsck_finding *finding,
		    struct error *err)
{
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(LIMIT_MESSAGE);
	struct fsck_finding whole = *finding;

	error_message(err, &text);
	if (!whole.remedy)
		whole.remedy = err->hint;
	add(fsck, &whole, text.buf);
	error_release(err);
}

void fsck_note(struct fsck *fsck, const char *fmt, ...)
{
	CLEANUP(free_ptr) char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	(void)json_array_append_new(fsck->notes, json_from_text(text));
}

bool fsck_is_unreadable(const struct fsck *fsck, const char *path)
{
	json_t *finding;
	size_t i;

	json_array_foreach(fsck->damage, i, finding) {
		const char *known = json_text(finding, "path");

		if (known && !strcmp(known, path) &&
		    !strcmp(json_text(finding, "check"), "object"))
			return true;
	}
	return false;
}

void fsck_add_unopened(struct fsck *fsck, struct error *err)
{
	fsck_add_error(fsck, &(struct fsck_finding){ .check = "store" }, err);
}

/* ---- objects --------------------------------------------------------- */

/* Where a whole copy may be. Owned. */
static char *replace_it(const struct fsck *fsck)
{
	const char *path = store_path(fsck->store);

	if (store_has_remote(fsck->store))
		return xasprintf("move '%s' away and let it be cloned anew "
				 "from its remote",
				 path);
	return xasprintf("put back a backup of '%s', or the object's file from "
			 "any clone of it",
			 path);
}

static int check_object(const struct repo_id *id, const char *why, void *ctx,
			struct error *err)
{
	struct fsck *fsck = ctx;
	CLEANUP(free_ptr) char *remedy = why ? replace_it(fsck) : NULL;
	CLEANUP(free_ptr)
	char *path = xasprintf("objects/%.2s/%s", id->hex, id->hex + 2);

	(void)err;
	fsck->objects++;
	if (why)
		fsck_add(fsck,
			 &(struct fsck_finding){ .check = "object",
						 .path = path,
						 .expected = id->hex,
						 .found = why,
						 .remedy = remedy },
			 "the object %s cannot be read", id->hex);
	return 0;
}

/* ---- refs ------------------------------------------------------------ */

/* git would show the replacement, libgit2 the original. */
static int check_replacement(const char *name, const struct repo_id *id,
			     void *ctx, struct error *err)
{
	struct fsck *fsck = ctx;
	CLEANUP(free_ptr)
	char *remedy = xasprintf("git -C '%s' update-ref -d %s",
				 store_path(fsck->store), name);

	(void)err;
	fsck_add(fsck,
		 &(struct fsck_finding){ .check = "replace",
					 .path = name,
					 .expected = "no such ref",
					 .found = id->hex,
					 .remedy = remedy },
		 "git shows another object in the place of %s",
		 name + strlen("refs/replace/"));
	return 0;
}

static int check_lock(const char *name, const struct repo_id *id, void *ctx,
		      struct error *err)
{
	struct fsck *fsck = ctx;
	CLEANUP(repo_commit_info_release) struct repo_commit_info info = { 0 };
	CLEANUP(holder_release) struct holder holder = { 0 };
	CLEANUP(error_release) struct error why = ERROR_INIT;
	CLEANUP(free_ptr)
	char *remedy = xasprintf("once nobody works there: git -C '%s' "
				 "update-ref -d %s %s",
				 store_path(fsck->store), name, id->hex);
	const struct fsck_finding finding = {
		.check = "lock",
		.path = name,
		.expected = "a commit without parents that names its holder",
		.found = id->hex,
		.remedy = remedy,
	};

	(void)err;
	if (repo_commit_info(fsck->store->repo, id, &info, &why))
		fsck_add_error(fsck, &finding, &why);
	else if (info.parents || !holder_parse(info.message, &holder))
		fsck_add(fsck, &finding, "'%s' is no lock that aback wrote",
			 name);
	return 0;
}

/* ---- the branch ------------------------------------------------------ */

static int check_seen(struct fsck *fsck, const struct repo_id *tip,
		      struct error *err)
{
	struct repo_id seen;
	bool descends;

	if (!store_seen_tip(fsck->store, &seen)) {
		fsck_note(fsck, "this machine has no record of where the "
				"branch stood before");
		return 0;
	}
	if (store_tip_descends(fsck->store, tip, &seen, &descends, err))
		return -1;
	if (!descends) {
		CLEANUP(free_ptr)
		char *remedy = xasprintf(
			"find out who rewrote it; put it back with: git -C "
			"'%s' update-ref %s %s; or, to accept it as it is now, "
			"remove '%s/aback/seen'",
			store_path(fsck->store), STORE_BRANCH, seen.hex,
			store_path(fsck->store));

		fsck_add(fsck,
			 &(struct fsck_finding){ .check = "rewritten",
						 .commit = tip->hex,
						 .expected = seen.hex,
						 .found = tip->hex,
						 .remedy = remedy },
			 "the branch no longer holds the newest commit that "
			 "this machine saw on it");
	}
	return 0;
}

int fsck_run(struct fsck *fsck, struct error *err)
{
	struct repo *repo = fsck->store->repo;
	struct repo_id tip;

	if (repo_each_object(repo, check_object, fsck, err) ||
	    repo_each_ref(repo, "refs/replace/", check_replacement, fsck,
			  err) ||
	    repo_each_ref(repo, LOCK_REFS, check_lock, fsck, err) ||
	    store_tip(fsck->store, &tip, err))
		return -1;
	fsck->tip = xstrdup(tip.hex);
	if (check_seen(fsck, &tip, err))
		return -1;
	fsck_history(fsck, &tip);
	fsck_records(fsck);
	fsck_values(fsck, &tip);
	return 0;
}

/* null where signatures were not asked for. */
static json_t *counted(const struct fsck *fsck, size_t commits)
{
	return fsck->is_checked ? json_integer((json_int_t)commits)
				: json_null();
}

json_t *fsck_report(const struct fsck *fsck, const char *path)
{
	return json_pack(
		"{s:s, s:o, s:o, s:I, s:I, s:I, s:I, s:o, s:o, s:o, "
		"s:O, s:O}",
		"format", "aback-fsck/1", "store", json_from_text(path), "tip",
		json_from_text(fsck->tip), "commits", (json_int_t)fsck->commits,
		"objects", (json_int_t)fsck->objects, "changes",
		(json_int_t)fsck->changes, "reviews", (json_int_t)fsck->reviews,
		"signed", counted(fsck, fsck->well_signed), "unsigned",
		counted(fsck, fsck->unsigned_ends), "accepted",
		counted(fsck, fsck->accepted), "damage", fsck->damage, "notes",
		fsck->notes);
}
