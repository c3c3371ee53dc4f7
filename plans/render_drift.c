/* What drift found, for a terminal and for a pull request. */
#include "plans/render_drift.h"

#include <string.h>

#include "core/limits.h"
#include "core/mem.h"
#include "plans/render_parts.h"

/* So many calls are listed besides the one that made the difference. */
#define OTHERS_MOST 3

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_text(object, key);

	return text ? text : "";
}

static bool is_class(const json_t *difference, const char *class)
{
	return !strcmp(text_of(difference, "class"), class);
}

void drift_part_what(const json_t *difference, struct strbuf *out)
{
	const char *unit = json_text(difference, "unit");

	if (is_class(difference, "gone")) {
		strbuf_adds(out, "is not there any more");
	} else if (is_class(difference, "replaced")) {
		strbuf_addf(out,
			    "is another one under the same name: %s instead "
			    "of %s",
			    text_of(difference, "live_resource_id"),
			    text_of(difference, "resource_id"));
	} else if (is_class(difference, "unread")) {
		strbuf_adds(out, "could not be read");
	} else if (is_class(difference, "pending")) {
		strbuf_adds(out, "is to become ");
		part_value(json_object_get(difference, "pending"), unit, out);
		strbuf_adds(out, ", recorded is ");
		part_value(json_object_get(difference, "recorded"), unit, out);
	} else {
		part_transition(json_object_get(difference, "recorded"),
				json_object_get(difference, "live"), unit, out);
	}
}

/* "by … from … at …: ModifyDBCluster". Raw. */
static void add_event(const json_t *event, struct strbuf *out)
{
	strbuf_addf(out, "by %s", text_of(event, "caller"));
	if (json_text(event, "source_ip"))
		strbuf_addf(out, " from %s", text_of(event, "source_ip"));
	strbuf_addf(out, " at %s: %s", text_of(event, "at"),
		    text_of(event, "name"));
	if (json_text(event, "request_id"))
		strbuf_addf(out, ", request id %s",
			    text_of(event, "request_id"));
}

void drift_part_who(const json_t *difference, struct strbuf *out)
{
	const json_t *event = json_object_get(difference, "event");

	if (json_is_object(event))
		add_event(event, out);
	else
		strbuf_addf(out, "by unknown: %s",
			    text_of(difference, "reason"));
}

void drift_part_headline(const json_t *document, struct strbuf *out)
{
	const json_t *summary = json_object_get(document, "summary");
	const size_t resources = (size_t)json_integer_value(
		json_object_get(summary, "resources"));
	const size_t settings = (size_t)json_integer_value(
		json_object_get(summary, "settings"));
	const size_t differences = drift_count(document);

	if (!differences)
		strbuf_adds(out, "no drift");
	else
		part_count(differences, "difference", "differences", out);
	strbuf_adds(out, " in ");
	part_count(settings, "recorded setting", "recorded settings", out);
	strbuf_adds(out, " of ");
	part_count(resources, "resource", "resources", out);
}

/* ---- text --------------------------------------------------------------- */

/* The first few of what else was called; JSON has all. */
static void add_others(struct page *page, const json_t *others)
{
	const size_t len = json_array_size(others);
	json_t *event;
	size_t i;

	json_array_foreach(others, i, event) {
		CLEANUP(strbuf_release)
		struct strbuf text = STRBUF_INIT(LIMIT_RENDERED);

		if (i == OTHERS_MOST) {
			page_line(page, 4, 6, PAGE_DIM, "and %zu more calls",
				  len - i);
			return;
		}
		add_event(event, &text);
		page_line(page, 4, 6, PAGE_DIM, "also set %s", text.buf);
	}
}

static void add_difference(struct page *page, const json_t *difference)
{
	const char *setting = json_text(difference, "setting");
	const json_t *hold = json_object_get(difference, "hold");
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT(LIMIT_RENDERED);

	drift_part_what(difference, &text);
	page_line(page, 0, 4, PAGE_YELLOW, "%s %s%s%s  %s",
		  text_of(difference, "target"), text_of(difference, "address"),
		  setting ? ":" : "", setting ? setting : "", text.buf);
	strbuf_clear(&text);
	drift_part_who(difference, &text);
	page_line(page, 4, 6, NULL, "%s", text.buf);
	add_others(page, json_object_get(difference, "others"));
	page_line(page, 4, 6, PAGE_DIM, "recorded by change %s, begun %s",
		  text_of(difference, "recorded_by"),
		  text_of(difference, "recorded_at"));
	if (json_is_object(hold))
		page_line(page, 4, 6, PAGE_DIM,
			  "held since change %s by %s: plans leave it alone",
			  text_of(hold, "change"), text_of(hold, "by"));
}

static void add_ours(struct page *page, const json_t *ours)
{
	json_t *entry;
	size_t i;

	json_array_foreach(ours, i, entry)
		page_line(page, 0, 4, PAGE_DIM,
			  "%s %s:%s  is by now what our change %s wanted",
			  text_of(entry, "target"), text_of(entry, "address"),
			  text_of(entry, "setting"), text_of(entry, "change"));
}

static void add_places(struct page *page, const json_t *places)
{
	json_t *place;
	size_t i;

	json_array_foreach(places, i, place) {
		if (json_is_false(json_object_get(place, "complete")))
			page_line(page, 0, 4, PAGE_YELLOW,
				  "%s: the event history is incomplete: %s",
				  text_of(place, "target"),
				  text_of(place, "reason"));
	}
}

void render_drift_text(const json_t *document, const struct render_style *style,
		       struct strbuf *out)
{
	const json_t *differences = json_object_get(document, "differences");
	struct page page = { style, out };
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT(LIMIT_MESSAGE);
	json_t *difference;
	size_t i;

	drift_part_headline(document, &text);
	page_line(&page, 0, 2, PAGE_BOLD, "%s", text.buf);
	json_array_foreach(differences, i, difference) {
		page_blank(&page);
		add_difference(&page, difference);
	}
	if (json_array_size(json_object_get(document, "ours"))) {
		page_blank(&page);
		add_ours(&page, json_object_get(document, "ours"));
	}
	if (json_array_size(differences)) {
		page_blank(&page);
		add_places(&page, json_object_get(document, "places"));
	}
}

/* ---- Markdown ----------------------------------------------------------- */

static void add_cell(struct strbuf *out, const char *text)
{
	strbuf_adds(out, "| ");
	md_code(out, text);
	strbuf_addc(out, ' ');
}

static void add_row(const json_t *difference, struct strbuf *out)
{
	const char *setting = json_text(difference, "setting");
	CLEANUP(free_ptr)
	char *name = xasprintf("%s %s%s%s", text_of(difference, "target"),
			       text_of(difference, "address"),
			       setting ? ":" : "", setting ? setting : "");
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT(LIMIT_RENDERED);

	add_cell(out, name);
	drift_part_what(difference, &text);
	add_cell(out, text.buf);
	strbuf_clear(&text);
	drift_part_who(difference, &text);
	strbuf_adds(out, "| ");
	md_text(out, text.buf);
	strbuf_addc(out, ' ');
	add_cell(out, text_of(difference, "recorded_by"));
	strbuf_adds(out, "|\n");
}

void render_drift_markdown(const json_t *document, struct strbuf *out)
{
	const json_t *differences = json_object_get(document, "differences");
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT(LIMIT_MESSAGE);
	json_t *difference;
	size_t i;

	drift_part_headline(document, &text);
	strbuf_adds(out, "## Drift\n\n");
	md_text(out, text.buf);
	strbuf_adds(out, "\n");
	if (!json_array_size(differences))
		return;
	strbuf_adds(out, "\n| setting | recorded → live | who | recorded by |\n"
			 "| --- | --- | --- | --- |\n");
	json_array_foreach(differences, i, difference)
		add_row(difference, out);
}
