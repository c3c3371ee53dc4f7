/* The records as they are at the tip, and the journals that still run. */
#include <dirent.h>
#include <errno.h>
#include <string.h>

#include "core/file.h"
#include "core/limits.h"
#include "core/mem.h"
#include "state/fsck_internal.h"
#include "state/journal.h"
#include "state/record.h"

/* A member of a record's document that must have this text. */
static void check_text(struct fsck *fsck, const char *path,
		       const json_t *document, const char *key,
		       const char *expected)
{
	const char *found = json_text(document, key);

	if (found && expected && !strcmp(found, expected))
		return;
	fsck_add(fsck,
		 &(struct fsck_finding){
			 .check = "record",
			 .path = path,
			 .expected = expected,
			 .found = found,
			 .remedy = "the record is not of one piece: compare "
				   "live with what it says by hand",
		 },
		 "'%s' is not the one that belongs there", key);
}

/* A document of the record; NULL where it is not there or was said. */
static json_t *read_document(struct fsck *fsck, const char *path, bool must)
{
	CLEANUP(error_release) struct error why = ERROR_INIT;
	json_t *document = NULL;

	if (fsck_is_unreadable(fsck, path))
		return NULL;
	if (store_read_json(fsck->store, path, &document, &why)) {
		fsck_add_error(fsck,
			       &(struct fsck_finding){ .check = "record",
						       .path = path },
			       &why);
		return NULL;
	}
	if (!document && must) {
		CLEANUP(free_ptr)
		char *remedy = xasprintf("see whether it ever was there: git "
					 "-C '%s' log --all -- '%s'",
					 store_path(fsck->store), path);

		fsck_add(fsck,
			 &(struct fsck_finding){ .check = "record",
						 .path = path,
						 .expected = "a file",
						 .found = "nothing",
						 .remedy = remedy },
			 "a part of the record is missing");
	}
	return document;
}

/* Journals are checked line by line: length and checksum. */
static void check_journal(struct fsck *fsck, const char *path,
			  const struct strbuf *text, bool may_be_torn)
{
	CLEANUP(error_release) struct error why = ERROR_INIT;
	CLEANUP(json_release) json_t *events = NULL;
	size_t whole;

	if (journal_parse(path, text->buf, text->len, &events, &whole, &why)) {
		const char *where = why.where ? why.where : path;

		fsck_add_error(
			fsck,
			&(struct fsck_finding){ .check = "journal",
						.path = path,
						.expected = "<length> "
							    "<checksum> <JSON>",
						.found = where },
			&why);
	} else if (whole < text->len && !may_be_torn) {
		fsck_add(fsck,
			 &(struct fsck_finding){
				 .check = "journal",
				 .path = path,
				 .expected = "a line that is whole",
				 .found = text->buf + whole,
				 .remedy = "aback commits whole lines: find "
					   "out who changed it",
			 },
			 "the journal's last line is cut off, although it was "
			 "committed");
	}
}

static void check_recorded_journal(struct fsck *fsck, const char *id)
{
	CLEANUP(free_ptr) char *path = record_path(id, "journal.jsonl");
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT(LIMIT_STORE_FILE);
	CLEANUP(error_release) struct error why = ERROR_INIT;
	bool found;

	if (store_read(fsck->store, path, &text, &found, &why))
		fsck_add_error(fsck,
			       &(struct fsck_finding){ .check = "journal",
						       .path = path },
			       &why);
	else if (found)
		check_journal(fsck, path, &text, false);
}

static int check_record(const char *id, bool is_directory, void *ctx,
			struct error *err)
{
	struct fsck *fsck = ctx;
	CLEANUP(free_ptr) char *change_path = record_path(id, "change.json");
	CLEANUP(free_ptr) char *plan_path = record_path(id, "plan.json");
	CLEANUP(free_ptr) char *prior_path = record_path(id, "prior.json");
	CLEANUP(free_ptr) char *result_path = record_path(id, "result.json");
	CLEANUP(json_release) json_t *change = NULL;
	CLEANUP(json_release) json_t *plan = NULL;
	CLEANUP(json_release) json_t *prior = NULL;
	CLEANUP(json_release) json_t *result = NULL;

	(void)err;
	if (!is_directory || !record_is_id(id))
		return 0;
	fsck->changes++;
	change = read_document(fsck, change_path, true);
	plan = read_document(fsck, plan_path, true);
	prior = read_document(fsck, prior_path, true);
	result = read_document(fsck, result_path, false);
	if (change)
		check_text(fsck, change_path, change, "id", id);
	if (change && plan)
		check_text(fsck, plan_path, plan, "id",
			   json_text(change, "plan_id"));
	if (prior)
		check_text(fsck, prior_path, prior, "format", "aback-prior/1");
	if (result)
		check_text(fsck, result_path, result, "change", id);
	else if (!fsck_is_unreadable(fsck, result_path))
		fsck_note(fsck,
			  "change %s is unfinished; next is: aback resume %s",
			  id, id);
	check_recorded_journal(fsck, id);
	fsck_proofs(fsck, id);
	return 0;
}

/* ---- reviews ----------------------------------------------------------- */

static int check_review(const char *id, bool is_directory, void *ctx,
			struct error *err)
{
	struct fsck *fsck = ctx;
	CLEANUP(free_ptr) char *path = xasprintf("reviews/%s/review.json", id);
	CLEANUP(free_ptr)
	char *signoff_path = xasprintf("reviews/%s/signoff.json", id);
	CLEANUP(json_release) json_t *review = NULL;
	CLEANUP(json_release) json_t *signoff = NULL;

	(void)err;
	if (!is_directory || !record_is_id(id))
		return 0;
	fsck->reviews++;
	review = read_document(fsck, path, true);
	signoff = read_document(fsck, signoff_path, false);
	if (review) {
		check_text(fsck, path, review, "id", id);
		check_text(fsck, path, review, "format", "aback-review/1");
	}
	if (signoff)
		check_text(fsck, signoff_path, signoff, "review", id);
	return 0;
}

/* ---- journals outside the tree ----------------------------------------- */

static void check_running(struct fsck *fsck, const char *directory,
			  const char *name)
{
	CLEANUP(free_ptr) char *path = xasprintf("%s/%s", directory, name);
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT(LIMIT_STORE_FILE);
	CLEANUP(error_release) struct error why = ERROR_INIT;
	const char *dot = strchr(name, '.');
	CLEANUP(free_ptr)
	char *id = xstrndup(name, dot ? (size_t)(dot - name) : strlen(name));

	if (!record_is_id(id) || !dot || strcmp(dot, ".jsonl") != 0)
		return;
	if (file_read(path, LIMIT_STORE_FILE, &text, &why))
		fsck_add_error(fsck,
			       &(struct fsck_finding){ .check = "journal",
						       .path = path },
			       &why);
	else
		check_journal(fsck, path, &text, true);
}

static void check_shelf(struct fsck *fsck, const char *shelf,
			store_entry_fn check)
{
	CLEANUP(error_release) struct error why = ERROR_INIT;

	if (store_list(fsck->store, shelf, check, fsck, &why))
		fsck_add_error(fsck,
			       &(struct fsck_finding){ .check = "record",
						       .path = shelf },
			       &why);
}

void fsck_records(struct fsck *fsck)
{
	CLEANUP(free_ptr)
	char *journals = xasprintf("%s/aback/journal", store_path(fsck->store));
	DIR *directory = opendir(journals);
	const struct dirent *entry;

	check_shelf(fsck, "changes", check_record);
	check_shelf(fsck, "reviews", check_review);
	while (directory && (entry = readdir(directory)))
		check_running(fsck, journals, entry->d_name);
	if (directory)
		(void)closedir(directory); /* only read from */
}
