/*
 * The journal of a running change: <store>/aback/journal/<change>.jsonl, one
 * line an event, appended and fsynced before journal_append returns, never
 * rewritten. A line is `<length> <sha256, first 16 digits> <compact JSON>`;
 * length counts the JSON's bytes. A torn last line (a crash in the middle of a
 * write) is recognised and discarded on reading; a bad line anywhere else is
 * damage, ERR_STATE.
 */
#ifndef ABACK_STATE_JOURNAL_H
#define ABACK_STATE_JOURNAL_H

#include <stdbool.h>

#include "core/compiler.h"
#include "core/error.h"
#include "core/json.h"
#include "core/strbuf.h"
#include "state/store.h"

struct journal;

/* Create it (fsyncing the directory), or open an existing one to append. */
MUST_CHECK int journal_open(struct store *store, const char *change_id,
			    struct journal **ret_journal, struct error *err);
void journal_free(struct journal *journal);
/* One event; durable on return. event is borrowed. */
MUST_CHECK int journal_append(struct journal *journal, const json_t *event,
			      struct error *err);
/*
 * One event that saves work and on which nothing depends: durable with the next
 * journal_append, or with the commit of the journal.
 */
MUST_CHECK int journal_note(struct journal *journal, const json_t *event,
			    struct error *err);
/*
 * All events of a change as an array, wherever its journal is: the running
 * file, else changes/<id>/journal.jsonl of the tree. No journal: empty array.
 */
MUST_CHECK int journal_read(struct store *store, const char *change_id,
			    json_t **ret_events, struct error *err);
/*
 * Is there a journal, be it empty? Where there is none, the change was begun on
 * another machine, or cut off before it had one.
 */
MUST_CHECK int journal_exists(struct store *store, const char *change_id,
			      bool *ret_exists, struct error *err);
/* The running file's bytes without a torn tail, for the commit. */
MUST_CHECK int journal_text(struct store *store, const char *change_id,
			    struct strbuf *ret_text, struct error *err);
/* Remove the running file, once its text is committed. */
MUST_CHECK int journal_remove(struct store *store, const char *change_id,
			      struct error *err);

/*
 * A journal's bytes as events. *ret_whole is how many bytes are whole lines;
 * what follows is a torn tail. name is for the message of damage, ERR_STATE.
 */
MUST_CHECK int journal_parse(const char *name, const char *text, size_t len,
			     json_t **ret_events, size_t *ret_whole,
			     struct error *err);

#endif
