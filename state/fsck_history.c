/*
 * The history from its first commit on. Each file of a record is written once;
 * a journal may grow until there is a result. fsck->files has, for each such
 * file: "as", the object that it should be; "in", the commit that wrote it so;
 * "now", the object that it is at the commit that is being looked at ("" where
 * it was removed); "by", the commit that last did anything else to it.
 */
#include <stdlib.h>
#include <string.h>

#include "core/crypto.h"
#include "core/limits.h"
#include "core/mem.h"
#include "state/fsck_internal.h"
#include "state/record.h"
#include "state/store_internal.h"

/* ---- one commit ------------------------------------------------------ */

struct step {
	struct fsck *fsck;
	const struct repo_commit_info *commit;
	size_t written; /* files of records */
};

static bool is_written_once(const char *path)
{
	return !strcmp(path, "FORMAT") || store_is_record(path);
}

static bool is_journal(const char *path)
{
	const char *name = strrchr(path, '/');

	return store_is_record(path) && name && !strcmp(name, "/journal.jsonl");
}

/* The digest that the commit's message gives for a path, or NULL. Owned. */
static char *digest_in(const char *message, const char *path)
{
	static const char start[] = STORE_DIGEST ": ";

	for (const char *line = message; *line;) {
		size_t len = strcspn(line, "\n");
		const char *value = line + strlen(start);

		if (len == strlen(start) + 64 + 2 + strlen(path) &&
		    !strncmp(line, start, strlen(start)) &&
		    !strncmp(value + 66, path, strlen(path)))
			return xstrndup(value, 64);
		line += len + (line[len] != '\0');
	}
	return NULL;
}

static void check_digest(const struct step *step, const char *path,
			 const struct strbuf *text)
{
	CLEANUP(free_ptr)
	char *said = digest_in(step->commit->message, path);
	char hex[SHA256_HEX_MAX];

	if (!store_is_record(path))
		return;
	(void)sha256_hex(text->buf, text->len, hex);
	if (said && !strcmp(said, hex))
		return;
	fsck_add(step->fsck,
		 &(struct fsck_finding){
			 .check = "digest",
			 .commit = step->commit->id.hex,
			 .path = path,
			 .expected = said ? said : "a trailer " STORE_DIGEST,
			 .found = hex,
			 .remedy = "aback did not write this commit: find out "
				   "who did, and compare the record with live",
		 },
		 said ? "the file is not what its commit says it wrote"
		      : "the commit does not say what it wrote");
}

/* Does the journal's new text begin with its old one? */
static bool has_grown(const struct step *step, const char *old,
		      const struct strbuf *text)
{
	CLEANUP(strbuf_release)
	struct strbuf before = STRBUF_INIT(LIMIT_STORE_FILE);
	CLEANUP(error_release) struct error ignored = ERROR_INIT;
	struct repo_id id;

	if (!repo_id_parse(old, &id) ||
	    repo_blob(step->fsck->store->repo, &id, &before, &ignored))
		return true; /* that it cannot be read was said */
	return before.len <= text->len &&
	       !memcmp(before.buf, text->buf, before.len);
}

/* Does the change whose journal it is have its result already? */
static bool is_ended(const struct step *step, const char *journal)
{
	const char *name = strrchr(journal, '/');
	CLEANUP(free_ptr)
	char *result =
		xasprintf("%.*s/result.json", (int)(name - journal), journal);

	return json_object_get(step->fsck->files, result) != NULL;
}

static void set(json_t *file, const char *key, const char *text)
{
	(void)json_object_set_new(file, key, json_string(text));
}

/* The file as it should be from here on. */
static void take_as_written(const struct step *step, const char *path,
			    const struct repo_change *change,
			    const struct strbuf *text)
{
	json_t *file = json_object();

	set(file, "as", change->after.hex);
	set(file, "in", step->commit->id.hex);
	set(file, "now", change->after.hex);
	(void)json_object_set_new(step->fsck->files, path, file);
	check_digest(step, path, text);
}

static int check_file(const struct repo_change *change, void *ctx,
		      struct error *err)
{
	struct step *step = ctx;
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT(LIMIT_STORE_FILE);
	CLEANUP(error_release) struct error why = ERROR_INIT;
	json_t *file = json_object_get(step->fsck->files, change->path);
	bool once = is_written_once(change->path);

	(void)err;
	if (repo_id_is_set(&change->after) &&
	    repo_blob(step->fsck->store->repo, &change->after, &text, &why)) {
		fsck_add_error(step->fsck,
			       &(struct fsck_finding){
				       .check = "object",
				       .commit = step->commit->id.hex,
				       .path = change->path,
				       .expected = change->after.hex,
			       },
			       &why);
		once = false;
	}
	if (!once)
		return 0;
	step->written++;
	if (!file ||
	    (is_journal(change->path) && !is_ended(step, change->path) &&
	     repo_id_is_set(&change->after) &&
	     !strcmp(json_text(file, "now"), json_text(file, "as")) &&
	     has_grown(step, json_text(file, "as"), &text))) {
		take_as_written(step, change->path, change, &text);
		return 0;
	}
	set(file, "now", change->after.hex);
	set(file, "by", step->commit->id.hex);
	return 0;
}

static void check_commit(struct fsck *fsck,
			 const struct repo_commit_info *commit)
{
	struct step step = { .fsck = fsck, .commit = commit };
	CLEANUP(error_release) struct error why = ERROR_INIT;

	if (commit->parents > 1)
		fsck_add(fsck,
			 &(struct fsck_finding){
				 .check = "history",
				 .commit = commit->id.hex,
				 .expected = "one parent",
				 .found = "several parents",
				 .remedy = "aback never merges: find out who "
					   "did, and what the other side wrote",
			 },
			 "the history is not linear");
	if (repo_changes(fsck->store->repo, &commit->parent, &commit->id,
			 check_file, &step, &why))
		fsck_add_error(
			fsck,
			&(struct fsck_finding){ .check = "object",
						.commit = commit->id.hex },
			&why);
}

/* ---- all of them ------------------------------------------------------ */

struct line {
	struct repo_commit_info *items; /* newest first */
	size_t len, cap;
};

static void line_release(struct line *line)
{
	for (size_t i = 0; i < line->len; i++)
		repo_commit_info_release(&line->items[i]);
	free(line->items);
}

/* Follow first parents down to a commit without one. */
static void read_line(struct fsck *fsck, const struct repo_id *tip,
		      struct line *line)
{
	struct repo_id at = *tip;

	while (repo_id_is_set(&at)) {
		CLEANUP(error_release) struct error why = ERROR_INIT;

		GROW(line->items, line->len, line->cap);
		if (repo_commit_info(fsck->store->repo, &at,
				     &line->items[line->len], &why)) {
			fsck_add_error(fsck,
				       &(struct fsck_finding){
					       .check = "history",
					       .commit = at.hex,
					       .expected = "a commit" },
				       &why);
			return;
		}
		at = line->items[line->len++].parent;
	}
}

/* What was written once is still so? */
static void check_edited(struct fsck *fsck)
{
	const char *path;
	json_t *file;

	json_object_foreach(fsck->files, path, file) {
		const char *as = json_text(file, "as");
		const char *now = json_text(file, "now");
		const char *by = json_text(file, "by");
		CLEANUP(free_ptr) char *remedy = NULL;

		if (by && !strcmp(as, now))
			fsck_note(fsck,
				  "'%s' was changed in %.12s and put "
				  "back later",
				  path, by);
		if (!strcmp(as, now))
			continue;
		remedy = xasprintf(
			"see who did it: git -C '%s' show %.12s; the file as "
			"it was written: git -C '%s' show %.12s:%s",
			store_path(fsck->store), by, store_path(fsck->store),
			json_text(file, "in"), path);
		fsck_add(
			fsck,
			&(struct fsck_finding){ .check = "edited",
						.commit = by,
						.path = path,
						.expected = as,
						.found = *now ? now : "removed",
						.remedy = remedy },
			"a record was changed after it had been written (in "
			"%.12s)",
			json_text(file, "in"));
	}
}

void fsck_history(struct fsck *fsck, const struct repo_id *tip)
{
	CLEANUP(line_release) struct line line = { 0 };

	read_line(fsck, tip, &line);
	fsck->commits = line.len;
	for (size_t i = line.len; i > 0; i--)
		check_commit(fsck, &line.items[i - 1]);
	check_edited(fsck);
}
