/*
 * What was changed since the last review, in the order of time: our own changes
 * with the calls that they made, and what others did.
 */
#include "plans/render_review_html.h"

#include <stdlib.h>
#include <string.h>

#include "core/limits.h"
#include "core/mem.h"
#include "plans/render_html.h"

/* One of our changes, or an event of CloudTrail that is of none of them. */
struct moment {
	const char *at;
	const json_t *change; /* NULL: see event */
	const json_t *event;
};

struct moments {
	struct moment *items;
	size_t len, cap;
};

static void moments_release(struct moments *moments)
{
	free(moments->items);
}

static void add_moment(struct moments *moments, struct moment moment)
{
	GROW(moments->items, moments->len, moments->cap);
	moments->items[moments->len++] = moment;
}

/* Times are RFC 3339 in UTC, so that their bytes are in their order. */
static int by_time(const void *a, const void *b)
{
	const struct moment *x = a, *y = b;
	const int order = strcmp(x->at, y->at);

	return order ? order : (x->change == NULL) - (y->change == NULL);
}

static const json_t *change_of(const json_t *review, const json_t *event)
{
	const char *id = json_text(event, "change");
	json_t *change;
	size_t i;

	json_array_foreach(json_object_get(review, "changes"), i, change) {
		if (id && !strcmp(review_text(change, "id"), id))
			return change;
	}
	return NULL;
}

static const json_t *events_of(const json_t *review)
{
	return json_object_get(json_object_get(review, "events"), "events");
}

static void find_moments(struct moments *moments, const json_t *review)
{
	json_t *item;
	size_t i;

	json_array_foreach(json_object_get(review, "changes"), i, item)
		add_moment(moments,
			   (struct moment){ review_text(item, "started_at"),
					    item, NULL });
	json_array_foreach(events_of(review), i, item) {
		if (!change_of(review, item))
			add_moment(moments,
				   (struct moment){ review_text(item, "at"),
						    NULL, item });
	}
	if (moments->len)
		qsort(moments->items, moments->len, sizeof(*moments->items),
		      by_time);
}

/* ---- what was set ----------------------------------------------------- */

static void add_setting(const char *target, const json_t *setting,
			struct strbuf *out)
{
	const json_t *before = json_object_get(setting, "before");
	const json_t *after = json_object_get(setting, "after");
	const char *own = json_text(setting, "target");

	strbuf_adds(out, "<li>");
	html_codef(out, "%s%s%s:%s", own ? own : target,
		   own || *target ? " " : "", review_text(setting, "address"),
		   review_text(setting, "setting"));
	strbuf_addc(out, ' ');
	if (before && after) {
		html_transition(out, before, after, part_unit(setting));
	} else if (after) {
		strbuf_adds(out, "(not known) → ");
		html_value(out, after, part_unit(setting));
	} else {
		strbuf_adds(out, "(what it was set to is not known)");
	}
	if (json_is_true(json_object_get(setting, "deferred")))
		strbuf_adds(out, " in the maintenance window");
	strbuf_adds(out, "</li>");
}

static void add_settings(const char *target, const json_t *settings,
			 struct strbuf *out)
{
	json_t *setting;
	size_t i;

	json_array_foreach(settings, i, setting)
		add_setting(target, setting, out);
}

/* ---- events ----------------------------------------------------------- */

/* "ModifyDBCluster of cluster/orders, request …" */
static void add_call(const json_t *event, struct strbuf *out)
{
	CLEANUP(json_release) json_t *none = json_array();
	const json_t *addresses = json_object_get(event, "addresses");
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT(LIMIT_RENDERED);

	html_code(out, review_text(event, "name"));
	part_join(addresses ? addresses : none, &text);
	if (text.len)
		html_textf(out, " of %s", text.buf);
	if (json_text(event, "error_code")) {
		strbuf_addc(out, ' ');
		html_badge(out, HTML_WARN, review_text(event, "error_code"));
	}
	if (json_text(event, "request_id")) {
		strbuf_adds(out, ", request ");
		html_code(out, review_text(event, "request_id"));
	}
}

static void add_event(const json_t *event, struct strbuf *out)
{
	const bool ours = json_text(event, "change");

	html_badge(out, ours ? HTML_PLAIN : HTML_WARN,
		   ours ? "aback" : "not by aback");
	strbuf_addc(out, ' ');
	add_call(event, out);
	strbuf_adds(out, "<br>by ");
	html_code(out, review_text(event, "caller"));
	if (json_text(event, "source_ip"))
		html_textf(out, " from %s", review_text(event, "source_ip"));
	if (json_text(event, "user_agent")) {
		strbuf_adds(out, " with ");
		html_code(out, review_text(event, "user_agent"));
	}
	strbuf_adds(out, "<ul class=\"members\">");
	add_settings(review_text(event, "target"),
		     json_object_get(event, "settings"), out);
	strbuf_adds(out, "</ul>");
}

/* ---- our changes ------------------------------------------------------ */

/* The calls of a change that CloudTrail has, and what they set. */
static void add_its_events(const json_t *review, const json_t *change,
			   struct strbuf *out)
{
	const json_t *own = json_object_get(change, "settings");
	const char *id = review_text(change, "id");
	size_t calls = 0;
	json_t *event;
	size_t i;

	strbuf_adds(out, "<ul class=\"members\">");
	add_settings("", own, out);
	json_array_foreach(events_of(review), i, event) {
		if (!review_is(event, "change", id))
			continue;
		calls++;
		if (!json_array_size(own))
			add_settings(review_text(event, "target"),
				     json_object_get(event, "settings"), out);
	}
	strbuf_adds(out, "</ul>");
	if (!calls)
		return;
	html_details_begin(out, NULL, "Its calls in CloudTrail: %zu", calls);
	strbuf_adds(out, "<ul>");
	json_array_foreach(events_of(review), i, event) {
		if (!review_is(event, "change", id))
			continue;
		strbuf_adds(out, "<li>");
		html_time(out, review_text(event, "at"));
		strbuf_addc(out, ' ');
		add_call(event, out);
		strbuf_adds(out, "</li>");
	}
	strbuf_adds(out, "</ul>");
	html_details_end(out);
}

static void add_change(const json_t *review, const json_t *change,
		       struct strbuf *out)
{
	const char *state = review_text(change, "state");

	html_badge(out, html_tone_of(state), state);
	html_textf(out, " %s, change ", review_text(change, "kind"));
	html_code(out, review_text(change, "id"));
	strbuf_adds(out, "<br>by ");
	html_code(out, review_text(change, "caller"));
	if (json_text(change, "reason"))
		html_textf(out, ": %s", review_text(change, "reason"));
	add_its_events(review, change, out);
}

/* ---- where it was looked for ------------------------------------------ */

static void add_places(const json_t *events, struct strbuf *out)
{
	static const char *const columns[] = { "place",    "from", "to",
					       "complete", "lag",  NULL };
	const json_t *places = json_object_get(events, "places");
	struct html_table table;
	json_t *place;
	size_t i;

	html_heading(out, 3, NULL, "Where CloudTrail was asked");
	html_table_begin(&table, out, "Which places were asked, and from when",
			 columns);
	json_array_foreach(places, i, place) {
		const bool complete =
			json_is_true(json_object_get(place, "complete"));

		html_row(&table);
		html_cell(&table);
		html_codef(out, "%s %s/%s", review_text(place, "target"),
			   review_text(place, "account_id"),
			   review_text(place, "region"));
		html_cell(&table);
		html_time(out, review_text(place, "from"));
		html_cell(&table);
		html_time(out, review_text(place, "to"));
		html_cell(&table);
		html_badge(out, complete ? HTML_GOOD : HTML_BAD,
			   complete ? "complete" : "not complete");
		html_textf(out, " %s", review_text(place, "reason"));
		html_cell_text(&table, json_text(place, "lag"));
		html_row_end(&table);
	}
	html_table_end(&table);
}

void html_review_timeline(const json_t *review, struct strbuf *out)
{
	const json_t *events = json_object_get(review, "events");
	CLEANUP(moments_release) struct moments moments = { 0 };

	find_moments(&moments, review);
	html_heading(out, 2, "timeline", "What was changed: %zu", moments.len);
	if (!json_is_object(events))
		strbuf_adds(out, "<p>CloudTrail was not asked: what others "
				 "changed is not known.</p>\n");
	else if (!moments.len)
		strbuf_adds(out, "<p>Nothing was changed that is known "
				 "of.</p>\n");
	if (moments.len)
		strbuf_adds(out, "<ol class=\"time\">\n");
	for (size_t i = 0; i < moments.len; i++) {
		strbuf_adds(out, "<li>");
		html_time(out, moments.items[i].at);
		strbuf_addc(out, ' ');
		if (moments.items[i].change)
			add_change(review, moments.items[i].change, out);
		else
			add_event(moments.items[i].event, out);
		strbuf_adds(out, "</li>\n");
	}
	if (moments.len)
		strbuf_adds(out, "</ol>\n");
	if (json_is_object(events))
		add_places(events, out);
}
