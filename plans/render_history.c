#include "plans/history.h"

#include <string.h>

#include "core/limits.h"
#include "plans/render_parts.h"
#include "plans/verify.h"

/* A change lists so many of its settings unless all are asked for. */
#define LISTED_MOST 5

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_text(object, key);

	return text ? text : "";
}

static const char *color_of(const char *state)
{
	if (!strcmp(state, "done"))
		return PAGE_GREEN;
	return !strcmp(state, "failed") || !strcmp(state, "unfinished")
		       ? PAGE_RED
		       : PAGE_YELLOW;
}

static void add_transition(const json_t *setting, struct strbuf *out)
{
	part_transition(json_object_get(setting, "before"),
			json_object_get(setting, "after"),
			json_text(setting, "unit"), out);
}

static void add_settings(struct page *page, const json_t *settings, bool all)
{
	size_t len = json_array_size(settings);
	json_t *setting;
	size_t i;

	json_array_foreach(settings, i, setting) {
		const char *state = text_of(setting, "state");
		bool told = *state && strcmp(state, "done") != 0;
		CLEANUP(strbuf_release)
		struct strbuf text = STRBUF_INIT(LIMIT_RENDERED);

		if (!all && i == LISTED_MOST && len > LISTED_MOST + 1) {
			page_line(page, 4, 6, PAGE_DIM, "and %zu more",
				  len - i);
			return;
		}
		add_transition(setting, &text);
		page_line(
			page, 4, 6, NULL, "%s %s:%s  %s%s%s%s",
			text_of(setting, "target"), text_of(setting, "address"),
			text_of(setting, "setting"), text.buf,
			told ? "  (" : "", told ? state : "", told ? ")" : "");
	}
}

/* How its backout by itself ended. Bad news? */
static bool add_outcome(const json_t *confirm, const char *outcome,
			struct strbuf *out)
{
	const char *backout = text_of(confirm, "backout");

	if (!strcmp(outcome, "nothing"))
		strbuf_adds(out, "nothing of it was left to back out");
	else if (!strcmp(outcome, "done"))
		strbuf_addf(out, "backed out by itself: %s", backout);
	else if (*backout)
		strbuf_addf(out,
			    "was to back itself out: %s, which ended as %s",
			    backout, outcome);
	else
		strbuf_adds(out, "was to back itself out, and stays: somebody "
				 "else changed the same since");
	return strcmp(outcome, "done") != 0 && strcmp(outcome, "nothing") != 0;
}

bool part_confirm(const json_t *confirm, struct strbuf *out)
{
	const char *state = text_of(confirm, "state");
	const char *outcome = text_of(confirm, "outcome");

	if (!strcmp(state, "open"))
		strbuf_addf(out, "undoes itself unless confirmed by %s",
			    text_of(confirm, "until"));
	else if (!strcmp(state, "kept"))
		strbuf_addf(out, "kept: confirmed by %s",
			    text_of(confirm, "by"));
	else if (!strcmp(state, "due"))
		strbuf_adds(out,
			    "is to be backed out: aback confirm --expired");
	else if (*outcome)
		return add_outcome(confirm, outcome, out);
	return !strcmp(state, "due");
}

static void add_confirm(struct page *page, const json_t *entry)
{
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(LIMIT_MESSAGE);
	bool bad = part_confirm(json_object_get(entry, "confirm"), &text);
	bool open = !strcmp(text_of(json_object_get(entry, "confirm"), "state"),
			    "open");

	if (text.len)
		page_line(page, 2, 4,
			  bad    ? PAGE_RED
			  : open ? PAGE_YELLOW
				 : NULL,
			  "%s", text.buf);
}

static void add_gate(struct page *page, const json_t *entry)
{
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(LIMIT_MESSAGE);

	gate_text(json_object_get(entry, "gate"), &text);
	if (text.len)
		page_line(page, 2, 4, NULL, "gate: %s", text.buf);
}

static void add_verified(struct page *page, const json_t *entry)
{
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(LIMIT_MESSAGE);

	proof_summary_text(json_object_get(entry, "verified"), &text);
	if (text.len)
		page_line(page, 2, 4, NULL, "verified %s", text.buf);
}

void render_history_text(const json_t *history, bool all_settings,
			 const struct render_style *style, struct strbuf *out)
{
	struct page page = { style, out };
	json_t *entry;
	size_t i;

	json_array_foreach(history, i, entry) {
		const char *state = text_of(entry, "state");
		const char *reverses = json_text(entry, "reverses");

		if (i)
			page_blank(&page);
		page_line(&page, 0, 2, color_of(state), "%s  %s%s%s: %s",
			  text_of(entry, "change"), text_of(entry, "kind"),
			  reverses ? " of " : "", reverses ? reverses : "",
			  state);
		page_line(&page, 2, 4, PAGE_DIM, "%s by %s",
			  text_of(entry, "at"), text_of(entry, "by"));
		if (json_text(entry, "reason"))
			page_line(&page, 2, 4, NULL, "reason: %s",
				  text_of(entry, "reason"));
		add_gate(&page, entry);
		add_confirm(&page, entry);
		add_verified(&page, entry);
		add_settings(&page, json_object_get(entry, "settings"),
			     all_settings);
	}
}

static void add_row(const json_t *entry, const json_t *setting,
		    struct strbuf *out)
{
	static const char *const keys[] = { "change", "at", "by", "kind",
					    "state" };
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT(LIMIT_RENDERED);

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		strbuf_adds(out, "| ");
		md_code(out, text_of(entry, keys[i]));
		strbuf_addc(out, ' ');
	}
	strbuf_addf(&text, "%s %s:%s", text_of(setting, "target"),
		    text_of(setting, "address"), text_of(setting, "setting"));
	strbuf_adds(out, "| ");
	md_code(out, text.buf);
	strbuf_clear(&text);
	add_transition(setting, &text);
	strbuf_adds(out, " | ");
	md_code(out, text.buf);
	strbuf_adds(out, " |\n");
}

void render_history_markdown(const json_t *history, struct strbuf *out)
{
	json_t *entry, *setting;
	size_t i, k;

	strbuf_adds(out, "| change | begun | by | kind | state | setting | "
			 "values |\n"
			 "| --- | --- | --- | --- | --- | --- | --- |\n");
	json_array_foreach(history, i, entry) {
		json_array_foreach(json_object_get(entry, "settings"), k,
				   setting)
			add_row(entry, setting, out);
	}
}
