#include "plans/notification.h"

#include <string.h>

#include "core/clock.h"
#include "core/limits.h"
#include "core/terminal.h"
#include "plans/desired.h"
#include "plans/drift.h"
#include "plans/render_drift.h"
#include "plans/render_review.h"
#include "plans/review.h"

/* A line is cut after so many columns: values may be long. */
#define LINE_COLUMNS 400

static json_t *notification(enum occasion occasion, bool found, int64_t at)
{
	char text[CLOCK_TEXT_MAX];

	return json_pack("{s:s, s:s, s:s, s:s, s:b, s:[]}", "format",
			 "aback-notification/1", "occasion",
			 occasion_name(occasion), "at", clock_rfc3339(at, text),
			 "tool", "aback " ABACK_VERSION, "found", found,
			 "lines");
}

/* Texts of strangers: no control characters, and not without end. */
static json_t *tame(const char *text)
{
	CLEANUP(strbuf_release) struct strbuf safe = STRBUF_INIT(MIB);
	CLEANUP(strbuf_release) struct strbuf line = STRBUF_INIT(MIB);

	terminal_escape(&safe, text, false);
	terminal_fit(&line, safe.buf, LINE_COLUMNS);
	return json_from_text(line.buf);
}

static void set_subject(json_t *note, const char *text)
{
	(void)json_object_set_new(note, "subject", tame(text));
}

static void add_line(json_t *note, const char *text)
{
	(void)json_array_append_new(json_object_get(note, "lines"), tame(text));
}

static void add_more(json_t *note, size_t listed, size_t all)
{
	CLEANUP(strbuf_release) struct strbuf line = STRBUF_INIT(LIMIT_MESSAGE);

	if (all <= listed)
		return;
	strbuf_addf(&line, "and %zu more", all - listed);
	add_line(note, line.buf);
}

/* An object of some members of another. New reference; keys end in NULL. */
static json_t *pick(const json_t *object, const char *const *keys)
{
	json_t *picked = json_object();

	for (; *keys; keys++) {
		json_t *value = json_object_get(object, *keys);

		(void)json_object_set(picked, *keys,
				      value ? value : json_null());
	}
	return picked;
}

/* ---- a review -------------------------------------------------------- */

static void add_targets(const json_t *review, struct strbuf *out)
{
	const json_t *targets = json_object_get(review, "targets");
	const size_t len = json_array_size(targets);

	if (len > 3)
		strbuf_addf(out, "%zu targets", len);
	for (size_t i = 0; len <= 3 && i < len; i++)
		strbuf_addf(out, "%s%s", i ? ", " : "",
			    review_text(json_array_get(targets, i), "name"));
}

static void add_progress(json_t *note, const json_t *review, bool recorded)
{
	const json_t *previous = json_object_get(review, "previous");
	CLEANUP(strbuf_release) struct strbuf line = STRBUF_INIT(LIMIT_MESSAGE);

	if (json_is_object(previous)) {
		strbuf_addf(&line, "since the review %s: %zu new, %zu fixed",
			    review_text(previous, "id"),
			    review_count(previous, "new"),
			    review_count(previous, "fixed"));
		add_line(note, line.buf);
		strbuf_clear(&line);
	}
	strbuf_addf(&line, "%s %s",
		    recorded ? "recorded as the review"
			     : "not recorded: the "
			       "review",
		    review_text(review, "id"));
	add_line(note, line.buf);
}

/* The worst that nobody waived: findings are sorted so. New reference. */
static json_t *add_findings(json_t *note, const json_t *review)
{
	static const char *const keys[] = { "id",      "control", "severity",
					    "target",  "address", "message",
					    "setting", "member",  NULL };
	json_t *told = json_array();
	size_t all = 0, i;
	json_t *finding;

	json_array_foreach(json_object_get(review, "findings"), i, finding) {
		CLEANUP(strbuf_release)
		struct strbuf line = STRBUF_INIT(LIMIT_RENDERED);

		if (!review_is(finding, "status", "failed") ||
		    !review_shows(review, finding) ||
		    ++all > NOTIFICATION_LISTED_MOST)
			continue;
		strbuf_addf(&line, "%s  %s %s: %s",
			    review_text(finding, "severity"),
			    review_text(finding, "target"),
			    review_text(finding, "address"),
			    review_text(finding, "message"));
		add_line(note, line.buf);
		(void)json_array_append_new(told, pick(finding, keys));
	}
	add_more(note, NOTIFICATION_LISTED_MOST, all);
	return told;
}

json_t *notification_of_review(const json_t *review, bool recorded, bool found,
			       int64_t at)
{
	static const char *const keys[] = {
		"id",       "started_at", "finished_at", "targets", "summary",
		"previous", "complete",   "severity",    NULL
	};
	json_t *note = notification(OCCASION_REVIEW, found, at);
	CLEANUP(strbuf_release) struct strbuf line = STRBUF_INIT(LIMIT_MESSAGE);
	json_t *head = pick(review, keys);

	strbuf_adds(&line, "aback review of ");
	add_targets(review, &line);
	strbuf_adds(&line, ": ");
	review_headline(review, &line);
	set_subject(note, line.buf);
	add_progress(note, review, recorded);
	(void)json_object_set_new(head, "recorded", json_boolean(recorded));
	(void)json_object_set_new(note, "details",
				  json_pack("{s:o, s:o}", "review", head,
					    "findings",
					    add_findings(note, review)));
	return note;
}

/* ---- a review that is due -------------------------------------------- */

json_t *notification_of_due(const json_t *due, int64_t at)
{
	json_t *note = notification(
		OCCASION_DUE, json_is_true(json_object_get(due, "due")), at);

	set_subject(note, review_text(due, "reason"));
	(void)json_object_set_new(note, "details", json_deep_copy(due));
	return note;
}

/* ---- drift ----------------------------------------------------------- */

static void add_difference(json_t *note, const json_t *difference)
{
	const char *setting = json_text(difference, "setting");
	CLEANUP(strbuf_release)
	struct strbuf line = STRBUF_INIT(LIMIT_RENDERED);

	strbuf_addf(&line, "%s %s%s%s  ", review_text(difference, "target"),
		    review_text(difference, "address"), setting ? ":" : "",
		    setting ? setting : "");
	drift_part_what(difference, &line);
	strbuf_adds(&line, ", ");
	drift_part_who(difference, &line);
	add_line(note, line.buf);
}

json_t *notification_of_drift(const json_t *drift, int64_t at)
{
	const json_t *all = json_object_get(drift, "differences");
	const size_t len = json_array_size(all);
	json_t *note = notification(OCCASION_DRIFT, len > 0, at);
	json_t *told = json_array();
	CLEANUP(strbuf_release) struct strbuf line = STRBUF_INIT(LIMIT_MESSAGE);

	strbuf_adds(&line, "aback drift: ");
	drift_part_headline(drift, &line);
	set_subject(note, line.buf);
	for (size_t i = 0; i < len && i < NOTIFICATION_LISTED_MOST; i++) {
		add_difference(note, json_array_get(all, i));
		(void)json_array_append(told, json_array_get(all, i));
	}
	add_more(note, NOTIFICATION_LISTED_MOST, len);
	(void)json_object_set_new(note, "details",
				  json_pack("{s:O, s:o}", "summary",
					    json_object_get(drift, "summary"),
					    "differences", told));
	return note;
}

/* ---- forms ----------------------------------------------------------- */

/* ---- a gate that was passed by --------------------------------------- */

json_t *notification_of_break_glass(const struct broken_glass *glass,
				    int64_t at)
{
	json_t *note = notification(OCCASION_BREAK_GLASS, true, at);
	CLEANUP(strbuf_release) struct strbuf line = STRBUF_INIT(LIMIT_MESSAGE);

	strbuf_addf(&line, "aback: a backout passed the gate by: %s",
		    glass->reason);
	set_subject(note, line.buf);
	strbuf_clear(&line);
	strbuf_addf(&line, "by %s",
		    glass->caller ? glass->caller : "nobody known");
	add_line(note, line.buf);
	strbuf_clear(&line);
	strbuf_addf(&line, "%s, change %s", glass->what, glass->change_id);
	add_line(note, line.buf);
	(void)json_object_set_new(
		note, "details",
		json_pack("{s:o, s:o, s:o}", "reason",
			  json_from_text(glass->reason), "change",
			  json_from_text(glass->change_id), "caller",
			  json_from_text(glass->caller)));
	return note;
}

/* ---- forms ------------------------------------------------------------ */

void notification_text(const json_t *notification, struct strbuf *out)
{
	json_t *line;
	size_t i;

	strbuf_addf(out, "%s\n", review_text(notification, "subject"));
	json_array_foreach(json_object_get(notification, "lines"), i, line)
		strbuf_addf(out, "%s%s\n", i ? "" : "\n",
			    json_string_value(line));
	strbuf_addf(out, "\n%s, %s\n", review_text(notification, "tool"),
		    review_text(notification, "at"));
}

/* Nothing in it is a link, a mention or a mark-up of Slack's. */
static void add_slack(struct strbuf *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '&')
			strbuf_adds(out, "&amp;");
		else if (*text == '<')
			strbuf_adds(out, "&lt;");
		else if (*text == '>')
			strbuf_adds(out, "&gt;");
		else
			strbuf_addc(out, *text);
	}
}

static json_t *plain(const char *text)
{
	return json_pack("{s:s, s:o, s:b}", "type", "plain_text", "text",
			 json_from_text(text), "emoji", false);
}

static json_t *section(json_t *text)
{
	return json_pack("{s:s, s:o}", "type", "section", "text", text);
}

json_t *notification_slack(const json_t *notification)
{
	CLEANUP(strbuf_release) struct strbuf subject = STRBUF_INIT(MIB);
	CLEANUP(strbuf_release) struct strbuf lines = STRBUF_INIT(MIB);
	json_t *blocks = json_array();
	json_t *line;
	size_t i;

	add_slack(&subject, review_text(notification, "subject"));
	(void)json_array_append_new(
		blocks, section(plain(review_text(notification, "subject"))));
	json_array_foreach(json_object_get(notification, "lines"), i, line)
		(void)json_array_append_new(
			blocks, section(plain(json_string_value(line))));
	strbuf_addf(&lines, "%s, %s", review_text(notification, "tool"),
		    review_text(notification, "at"));
	(void)json_array_append_new(blocks,
				    json_pack("{s:s, s:[o]}", "type", "context",
					      "elements", plain(lines.buf)));
	/* text is what a phone shows of it, and what others than Slack read */
	return json_pack("{s:o, s:o}", "text", json_from_text(subject.buf),
			 "blocks", blocks);
}
