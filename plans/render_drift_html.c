/* What drift found, as a page. */
#include <string.h>

#include "core/limits.h"
#include "plans/render_drift.h"
#include "plans/render_html.h"

static void add_name(const json_t *difference, struct strbuf *out)
{
	const char *setting = json_text(difference, "setting");

	html_codef(out, "%s %s%s%s", json_text(difference, "target"),
		   json_text(difference, "address"), setting ? ":" : "",
		   setting ? setting : "");
}

static void add_values(const json_t *difference, struct strbuf *out)
{
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT(LIMIT_RENDERED);

	if (!strcmp(json_text(difference, "class"), "changed")) {
		html_transition(out, json_object_get(difference, "recorded"),
				json_object_get(difference, "live"),
				json_text(difference, "unit"));
		return;
	}
	drift_part_what(difference, &text);
	html_text(out, text.buf);
}

static void add_event(const json_t *event, struct strbuf *out)
{
	html_facts_begin(out);
	html_fact_code(out, "who", json_text(event, "caller"));
	html_fact_text(out, "when", json_text(event, "at"));
	html_fact_code(out, "from", json_text(event, "source_ip"));
	html_fact_code(out, "call", json_text(event, "name"));
	html_fact_code(out, "with", json_text(event, "user_agent"));
	html_fact_code(out, "request", json_text(event, "request_id"));
	html_facts_end(out);
}

static void add_others(const json_t *others, struct strbuf *out)
{
	json_t *event;
	size_t i;

	if (!json_array_size(others))
		return;
	html_details_begin(out, NULL, "%zu more calls set it",
			   json_array_size(others));
	json_array_foreach(others, i, event)
		add_event(event, out);
	html_details_end(out);
}

static void add_who(const json_t *difference, struct strbuf *out)
{
	const json_t *event = json_object_get(difference, "event");
	const char *reason = json_text(difference, "reason");

	if (json_is_object(event)) {
		add_event(event, out);
	} else {
		html_badge(out, HTML_WARN, "unknown");
		strbuf_addc(out, ' ');
		html_text(out, reason ? reason : "");
	}
	add_others(json_object_get(difference, "others"), out);
}

static void add_differences(const json_t *differences, struct strbuf *out)
{
	static const char *const columns[] = { "setting", "recorded → live",
					       "who", "recorded by", NULL };
	struct html_table table;
	json_t *difference;
	size_t i;

	html_table_begin(&table, out, "What differs from what was recorded",
			 columns);
	json_array_foreach(differences, i, difference) {
		html_row(&table);
		html_cell(&table);
		add_name(difference, out);
		html_cell(&table);
		add_values(difference, out);
		html_cell(&table);
		add_who(difference, out);
		html_cell_code(&table, json_text(difference, "recorded_by"));
		html_row_end(&table);
	}
	html_table_end(&table);
}

static void add_places(const json_t *places, struct strbuf *out)
{
	static const char *const columns[] = { "target", "region",   "from",
					       "to",     "complete", NULL };
	struct html_table table;
	json_t *place;
	size_t i;

	html_heading(out, 2, "places", "Event history");
	html_table_begin(&table, out, "What CloudTrail was asked", columns);
	json_array_foreach(places, i, place) {
		const char *reason = json_text(place, "reason");

		html_row(&table);
		html_cell_code(&table, json_text(place, "target"));
		html_cell_code(&table, json_text(place, "region"));
		html_cell_text(&table, json_text(place, "from"));
		html_cell_text(&table, json_text(place, "to"));
		html_cell_text(&table, reason ? reason : "complete");
		html_row_end(&table);
	}
	html_table_end(&table);
}

void render_drift_html(const json_t *document, struct strbuf *out)
{
	const json_t *differences = json_object_get(document, "differences");
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT(LIMIT_MESSAGE);

	drift_part_headline(document, &text);
	html_begin(out, "aback: drift");
	html_heading(out, 1, NULL, "Drift");
	html_facts_begin(out);
	html_fact_text(out, "found", text.buf);
	html_fact_text(out, "looked at", json_text(document, "at"));
	html_fact_code(out, "by", json_text(document, "caller"));
	html_facts_end(out);
	if (json_array_size(differences)) {
		html_heading(out, 2, "differences", "Differences: %zu",
			     json_array_size(differences));
		add_differences(differences, out);
		add_places(json_object_get(document, "places"), out);
	}
	html_end(out);
}
