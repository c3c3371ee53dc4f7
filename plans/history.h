/*
 * What was changed, when, by whom: the change records as one list.
 */
#ifndef ABACK_PLANS_HISTORY_H
#define ABACK_PLANS_HISTORY_H

#include "core/compiler.h"
#include "core/error.h"
#include "core/json.h"
#include "core/strbuf.h"
#include "plans/render.h"
#include "state/record.h"
#include "state/store.h"

/*
 * All changes, the newest first, as a new array of
 * {"change","kind","state","at","by","reason","reverses","plan_id",
 *  "settings": [{"target","address","setting","before","after","unit",
 *  "state"}]}, of one that was verified "verified": {"verdict", "at", "path"},
 * and of a change that undoes itself "confirm": {"state": "open",
 * "kept", "due" or "undone", "until", "by", "backout", "outcome"}.
 * address (NULL: all) keeps the settings of "kind/id" or the one of
 * "kind/id:setting", and only changes that have any. ERR_USAGE: no address.
 */
MUST_CHECK int history_read(struct store *store, const char *address,
			    json_t **ret_history, struct error *err);

/*
 * How a change that undoes itself stands, as "confirm" of history_read; null
 * for another. New reference.
 */
MUST_CHECK int history_confirm(struct store *store, const struct record *record,
			       json_t **ret_confirm, struct error *err);

/* The id of the newest change. Owned. ERR_NOT_FOUND: there is none. */
MUST_CHECK int history_newest(struct store *store, char **ret_id,
			      struct error *err);

/* all_settings: list every setting, not only the first few of each change. */
void render_history_text(const json_t *history, bool all_settings,
			 const struct render_style *style, struct strbuf *out);
void render_history_markdown(const json_t *history, struct strbuf *out);
void render_history_html(const json_t *history, struct strbuf *out);

#endif
