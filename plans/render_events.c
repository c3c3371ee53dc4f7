/* Events of CloudTrail (plans/trail.h) as people read them. */
#include <string.h>

#include "core/limits.h"
#include "plans/render_parts.h"
#include "plans/render_review.h"

/* "deletion_protection true → false", or the value alone where one is known. */
static void add_setting(const json_t *setting, struct strbuf *out)
{
	const json_t *before = json_object_get(setting, "before");
	const json_t *after = json_object_get(setting, "after");

	strbuf_addf(out, "%s:%s", review_text(setting, "address"),
		    review_text(setting, "setting"));
	if (!after)
		return;
	strbuf_addc(out, ' ');
	if (before) {
		part_transition(before, after, NULL, out);
		return;
	}
	strbuf_adds(out, "→ ");
	part_value(after, NULL, out);
}

/*
 * "rds:ModifyDBCluster cluster/orders:deletion_protection true → false"; of a
 * call that AWS refused it says so. Raw.
 */
static void event_what(const json_t *event, struct strbuf *out)
{
	const json_t *settings = json_object_get(event, "settings");
	const char *source = review_text(event, "source");
	const char *error = json_text(event, "error_code");
	json_t *item;
	size_t i;

	strbuf_addf(out, "%.*s:%s", (int)strcspn(source, "."), source,
		    review_text(event, "name"));
	json_array_foreach(settings, i, item) {
		if (i == PART_LISTED_MOST) {
			strbuf_addf(out, " and %zu more",
				    json_array_size(settings) - i);
			break;
		}
		strbuf_adds(out, i ? "; " : " ");
		add_setting(item, out);
	}
	if (!json_array_size(settings)) {
		strbuf_addc(out, ' ');
		part_join(json_object_get(event, "addresses"), out);
	}
	if (error)
		strbuf_addf(out, " (refused: %s)", error);
}

/* Did aback make it? */
static bool is_ours(const json_t *event)
{
	return json_text(event, "change");
}

/* How many of a document's events aback did not make. */
static size_t count_foreign(const json_t *events)
{
	size_t i, count = 0;
	json_t *event;

	json_array_foreach(json_object_get(events, "events"), i, event)
		count += !is_ours(event);
	return count;
}

/* The places that were not seen whole, and why. */
static void add_gaps(const json_t *events, struct strbuf *out)
{
	json_t *place;
	size_t i;

	json_array_foreach(json_object_get(events, "places"), i, place) {
		if (json_is_true(json_object_get(place, "complete")))
			continue;
		strbuf_adds(out, "- :warning: ");
		md_text(out, review_text(place, "target"));
		strbuf_adds(out, ", ");
		md_text(out, review_text(place, "region"));
		strbuf_adds(out, ", was not seen whole: ");
		md_text(out, review_text(place, "reason"));
		strbuf_addc(out, '\n');
	}
}

static void add_row(const json_t *event, struct strbuf *out)
{
	CLEANUP(strbuf_release)
	struct strbuf what = STRBUF_INIT(LIMIT_RENDERED);

	event_what(event, &what);
	strbuf_adds(out, "| ");
	md_text(out, review_text(event, "at"));
	strbuf_adds(out, " | ");
	md_code(out, review_text(event, "caller"));
	strbuf_adds(out, "<br>from ");
	md_text(out, review_text(event, "source_ip"));
	strbuf_adds(out, " | ");
	md_code(out, what.buf);
	strbuf_adds(out, " |\n");
}

void md_events(const json_t *events, size_t most, struct strbuf *out)
{
	const size_t foreign = count_foreign(events);
	const size_t all = json_array_size(json_object_get(events, "events"));
	size_t i, shown = 0;
	json_t *event;

	if (!json_is_object(events))
		return;
	strbuf_adds(out, "\n<details><summary>Changes that CloudTrail has from "
			 "");
	md_text(out, review_text(events, "from"));
	strbuf_adds(out, " to ");
	md_text(out, review_text(events, "to"));
	strbuf_addf(out, ": %zu by others, %zu by aback</summary>\n\n", foreign,
		    all - foreign);
	add_gaps(events, out);
	if (foreign && most)
		strbuf_adds(out, "\n| when | who | what |\n"
				 "| --- | --- | --- |\n");
	json_array_foreach(json_object_get(events, "events"), i, event) {
		if (is_ours(event) || shown == most)
			continue;
		add_row(event, out);
		shown++;
	}
	if (foreign > shown)
		strbuf_addf(out, "\n… and %zu events more\n", foreign - shown);
	strbuf_adds(out, "\n</details>\n");
}

void page_events(struct page *page, const json_t *events)
{
	const size_t foreign = count_foreign(events);
	const size_t all = json_array_size(json_object_get(events, "events"));
	size_t i, shown = 0;
	json_t *item;

	if (!json_is_object(events))
		return;
	page_blank(page);
	page_line(page, 0, 2, PAGE_BOLD,
		  "CloudTrail, %s to %s: %zu changes by others, %zu by aback",
		  review_text(events, "from"), review_text(events, "to"),
		  foreign, all - foreign);
	json_array_foreach(json_object_get(events, "places"), i, item) {
		if (!json_is_true(json_object_get(item, "complete")))
			page_line(page, 2, 4, PAGE_RED,
				  "%s, %s, was not seen whole: %s",
				  review_text(item, "target"),
				  review_text(item, "region"),
				  review_text(item, "reason"));
	}
	json_array_foreach(json_object_get(events, "events"), i, item) {
		CLEANUP(strbuf_release)
		struct strbuf what = STRBUF_INIT(LIMIT_RENDERED);

		if (is_ours(item) || shown == PART_LISTED_MOST)
			continue;
		shown++;
		event_what(item, &what);
		page_line(page, 2, 4, NULL, "%s %s", review_text(item, "at"),
			  what.buf);
		page_line(page, 4, 6, PAGE_DIM, "by %s from %s",
			  review_text(item, "caller"),
			  review_text(item, "source_ip"));
	}
	if (foreign > shown)
		page_line(page, 2, 4, PAGE_DIM,
			  "and %zu more, which --format json has",
			  foreign - shown);
}
