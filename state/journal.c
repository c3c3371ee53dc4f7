#include "state/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/crypto.h"
#include "core/file.h"
#include "core/limits.h"
#include "core/mem.h"
#include "state/guard.h"
#include "state/record.h"

#define CHECKSUM_DIGITS 16

struct journal {
	int fd;
	char *path;
	off_t len;   /* up to here every line is whole */
	bool broken; /* a write or a sync failed: nobody knows what is there */
};

/* ---- lines ----------------------------------------------------------- */

static void write_line(struct strbuf *out, const char *json, size_t len)
{
	char hex[SHA256_HEX_MAX];

	strbuf_addf(out, "%zu %.*s ", len, CHECKSUM_DIGITS,
		    sha256_hex(json, len, hex));
	strbuf_add(out, json, len);
	strbuf_addc(out, '\n');
}

/*
 * A line without its newline; new reference, or NULL: not as we wrote it.
 * *ret_whole: but it was written to its end.
 */
static json_t *read_line(const char *name, const char *line, size_t len,
			 bool *ret_whole)
{
	CLEANUP(error_release) struct error ignored = ERROR_INIT;
	CLEANUP(strbuf_release) struct strbuf same = STRBUF_INIT(SIZE_MAX / 2);
	json_t *event = NULL;
	const char *json = memchr(line, ' ', len);

	*ret_whole = false;
	if (json)
		json = memchr(json + 1, ' ', len - (size_t)(json + 1 - line));
	if (!json)
		return NULL;
	json++;
	/* one spelling only: what write_line makes of the same JSON */
	write_line(&same, json, len - (size_t)(json - line));
	if (same.len != len + 1 || memcmp(same.buf, line, len) != 0)
		return NULL;
	*ret_whole = true;
	if (json_parse(name, json, len - (size_t)(json - line), &event,
		       &ignored))
		return NULL;
	return event;
}

static int is_damaged(const char *name, size_t line, struct error *err)
{
	(void)error_set(err, ERR_STATE,
			"the journal '%s' is damaged at line %zu", name, line);
	error_where(err, "%s:%zu", name, line);
	error_hint(err, "a crash cannot do that, only a fault of the disk or "
			"an editor; compare live with the change's prior.json");
	return -1;
}

/*
 * Can the end of a journal be a write that was cut off? Then it is no longer
 * than the line that its own head announces, or has zeros where a file system
 * had not written the data yet.
 */
static bool can_be_torn(const char *tail, size_t len)
{
	size_t digits = 0, json_len = 0;

	if (memchr(tail, '\0', len))
		return true;
	while (digits < len && tail[digits] >= '0' && tail[digits] <= '9' &&
	       json_len <= LIMIT_JOURNAL_LINE)
		json_len = json_len * 10 + (size_t)(tail[digits++] - '0');
	return len <= digits + 1 + CHECKSUM_DIGITS + 1 + json_len + 1;
}

int journal_parse(const char *name, const char *text, size_t len,
		  json_t **ret_events, size_t *ret_whole, struct error *err)
{
	CLEANUP(json_release) json_t *events = json_array();
	size_t at = 0, line = 1;

	while (at < len) {
		const char *end = memchr(text + at, '\n', len - at);
		bool whole = false;
		json_t *event;

		event = end ? read_line(name, text + at,
					(size_t)(end - text) - at, &whole)
			    : NULL;
		if (!event) {
			/* what was written whole may have been acted upon */
			if (whole || (end && end + 1 < text + len) ||
			    !can_be_torn(text + at, len - at))
				return is_damaged(name, line, err);
			break;
		}
		(void)json_array_append_new(events, event);
		at = (size_t)(end - text) + 1;
		line++;
	}
	*ret_whole = at;
	*ret_events = TAKE(events);
	return 0;
}

/* ---- the running file ------------------------------------------------ */

/* ERR_USAGE for what would lead out of the directory. */
static int path_of(struct store *store, const char *change_id, char **ret_path,
		   struct error *err)
{
	if (!record_is_id(change_id))
		return error_set(err, ERR_USAGE, "'%s' is not a change id",
				 change_id);
	*ret_path = xasprintf("%s/aback/journal/%s.jsonl", store_path(store),
			      change_id);
	return 0;
}

/* The running file's bytes; *ret_found is false where there is none. */
static int read_running(const char *path, struct strbuf *text, bool *ret_found,
			struct error *err)
{
	*ret_found = !access(path, F_OK);
	if (!*ret_found && errno != ENOENT)
		return error_errno(err, ERR_STATE, "cannot read '%s'", path);
	return *ret_found ? file_read(path, LIMIT_STORE_FILE, text, err) : 0;
}

void journal_free(struct journal *journal)
{
	if (!journal)
		return;
	if (journal->fd >= 0)
		(void)close(journal->fd); /* each line was synced */
	free(journal->path);
	free(journal);
}

DEFINE_CLEANUP(cleanup_journal, struct journal *, journal_free)

/* Cut a torn tail off, so that the next line does not become its middle. */
static int cut_tail(struct journal *journal, struct error *err)
{
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT(LIMIT_STORE_FILE);
	CLEANUP(json_release) json_t *events = NULL;
	size_t whole;

	if (file_read(journal->path, LIMIT_STORE_FILE, &text, err) ||
	    journal_parse(journal->path, text.buf, text.len, &events, &whole,
			  err))
		return -1;
	journal->len = (off_t)whole;
	if (whole == text.len)
		return 0;
	if (ftruncate(journal->fd, journal->len) || fsync(journal->fd))
		return error_errno(err, ERR_STATE, "cannot repair '%s'",
				   journal->path);
	return 0;
}

int journal_open(struct store *store, const char *change_id,
		 struct journal **ret_journal, struct error *err)
{
	CLEANUP(cleanup_journal)
	struct journal *journal = xcalloc(1, sizeof(*journal));

	journal->fd = -1;
	if (path_of(store, change_id, &journal->path, err) ||
	    guard_directory(store_path(store), "journal", err))
		return -1;
	journal->fd = open(journal->path,
			   O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
	if (journal->fd < 0)
		return error_errno(err, ERR_STATE, "cannot open '%s'",
				   journal->path);
	/* always: an earlier process may have died before it did */
	if (file_sync_parent(journal->path, err) || cut_tail(journal, err))
		return -1;
	*ret_journal = TAKE(journal);
	return 0;
}

/* Half a line must not stay in front of the next one. */
static int give_up(struct journal *journal, struct error *err)
{
	(void)error_errno(err, ERR_STATE, "cannot write the journal '%s'",
			  journal->path);
	journal->broken = true;
	/* where this fails too, reading discards the torn tail */
	if (ftruncate(journal->fd, journal->len))
		return error_wrap(err, "half a line may be left");
	return -1;
}

static int append(struct journal *journal, const json_t *event, bool sync,
		  struct error *err)
{
	CLEANUP(strbuf_release)
	struct strbuf json = STRBUF_INIT(LIMIT_JOURNAL_LINE);
	CLEANUP(strbuf_release)
	struct strbuf line = STRBUF_INIT(LIMIT_JOURNAL_LINE + KIB);
	ssize_t written;

	if (journal->broken)
		return error_set(err, ERR_STATE,
				 "the journal '%s' could not be written before",
				 journal->path);
	json_compact(event, &json);
	if (json.overflowed)
		return error_set(err, ERR_STATE,
				 "an event is too large for the journal '%s'",
				 journal->path);
	write_line(&line, json.buf, json.len);
	do {
		written = write(journal->fd, line.buf, line.len);
	} while (written < 0 && errno == EINTR);
	if (written >= 0 && (size_t)written < line.len) {
		errno = ENOSPC; /* a file takes less only when it is full */
		return give_up(journal, err);
	}
	if (written < 0 || (sync && fsync(journal->fd)))
		return give_up(journal, err);
	journal->len += (off_t)line.len;
	return 0;
}

int journal_append(struct journal *journal, const json_t *event,
		   struct error *err)
{
	return append(journal, event, true, err);
}

int journal_note(struct journal *journal, const json_t *event,
		 struct error *err)
{
	return append(journal, event, false, err);
}

/* ---- reading --------------------------------------------------------- */

int journal_exists(struct store *store, const char *change_id, bool *ret_exists,
		   struct error *err)
{
	CLEANUP(free_ptr) char *path = NULL;
	CLEANUP(free_ptr)
	char *recorded = record_path(change_id, "journal.jsonl");
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT(LIMIT_STORE_FILE);
	bool found;

	if (path_of(store, change_id, &path, err) ||
	    read_running(path, &text, &found, err) ||
	    (!found && store_read(store, recorded, &text, &found, err)))
		return -1;
	*ret_exists = found;
	return 0;
}

/* The bytes without a torn tail and the events in them. */
static int load(struct store *store, const char *change_id,
		struct strbuf *ret_text, json_t **ret_events, struct error *err)
{
	CLEANUP(free_ptr) char *path = NULL;
	CLEANUP(free_ptr) char *recorded = NULL;
	const char *name;
	bool found;
	size_t whole;

	if (path_of(store, change_id, &path, err) ||
	    read_running(path, ret_text, &found, err))
		return -1;
	name = path;
	if (!found) {
		name = recorded = record_path(change_id, "journal.jsonl");
		if (store_read(store, recorded, ret_text, &found, err))
			return -1;
	}
	if (journal_parse(name, ret_text->buf, ret_text->len, ret_events,
			  &whole, err))
		return -1;
	if (ret_text->len > whole) {
		ret_text->len = whole;
		ret_text->buf[whole] = '\0';
	}
	return 0;
}

int journal_read(struct store *store, const char *change_id,
		 json_t **ret_events, struct error *err)
{
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT(LIMIT_STORE_FILE);

	return load(store, change_id, &text, ret_events, err);
}

int journal_text(struct store *store, const char *change_id,
		 struct strbuf *ret_text, struct error *err)
{
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT(LIMIT_STORE_FILE);
	CLEANUP(json_release) json_t *events = NULL;

	if (load(store, change_id, &text, &events, err))
		return -1;
	strbuf_clear(ret_text);
	strbuf_add(ret_text, text.buf, text.len);
	return 0;
}

int journal_remove(struct store *store, const char *change_id,
		   struct error *err)
{
	CLEANUP(free_ptr) char *path = NULL;

	if (path_of(store, change_id, &path, err))
		return -1;
	if (unlink(path) && errno != ENOENT)
		return error_errno(err, ERR_STATE, "cannot remove '%s'", path);
	/* not synced: a journal that comes back says what the tree says */
	return 0;
}
