/*
 * A review as CSV (RFC 4180), a finding a row, for a spreadsheet. What could
 * not be read has rows too. A cell that a spreadsheet would take for a formula
 * begins with an apostrophe: names in AWS are other people's text.
 */
#include <string.h>

#include "core/limits.h"
#include "plans/render_review.h"
#include "plans/review.h"

static const char *const columns[] = {
	"id",           "status",      "severity",   "control",
	"title",        "target",      "account_id", "region",
	"address",      "resource_id", "arn",        "engine",
	"cluster",      "setting",     "member",     "message",
	"value",        "expected",    "fix",        "fix_text",
	"references",   "rule",        "rule_line",  "waiver_reason",
	"waiver_until", "first_seen",
};

static void add_cell(const char *text, struct strbuf *out)
{
	strbuf_addc(out, '"');
	if (*text && strchr("=+-@\t\r", *text))
		strbuf_addc(out, '\'');
	for (; *text; text++) {
		if (*text == '"')
			strbuf_addc(out, '"');
		strbuf_addc(out, *text);
	}
	strbuf_addc(out, '"');
}

/* The cells in the order of the columns; what has none is empty. */
static void add_row(const json_t *cells, struct strbuf *out)
{
	for (size_t i = 0; i < ARRAY_SIZE(columns); i++) {
		const json_t *value = json_object_get(cells, columns[i]);
		CLEANUP(strbuf_release)
		struct strbuf text = STRBUF_INIT(LIMIT_RENDERED);

		if (json_is_string(value))
			strbuf_adds(&text, json_string_value(value));
		else if (value && !json_is_null(value))
			json_compact(value, &text);
		strbuf_adds(out, i ? "," : "");
		add_cell(text.buf, out);
	}
	strbuf_adds(out, "\r\n");
}

static void set(json_t *cells, const char *column, const json_t *object,
		const char *key)
{
	json_object_set(cells, column, json_object_get(object, key));
}

static void add_finding(const json_t *review, const json_t *finding,
			struct strbuf *out)
{
	const json_t *control =
		review_control(review, review_text(finding, "control"));
	const json_t *waiver = json_object_get(finding, "waiver");
	CLEANUP(json_release) json_t *references = review_references(control);
	CLEANUP(json_release) json_t *cells = json_copy((json_t *)finding);
	CLEANUP(strbuf_release)
	struct strbuf joined = STRBUF_INIT(LIMIT_RENDERED);

	part_join(references, &joined);
	json_object_set_new(cells, "references", json_from_text(joined.buf));
	set(cells, "fix", json_object_get(finding, "fix"), "class");
	set(cells, "fix_text", json_object_get(finding, "fix"), "text");
	set(cells, "rule", json_object_get(finding, "rule"), "name");
	set(cells, "rule_line", json_object_get(finding, "rule"), "line");
	set(cells, "waiver_reason", waiver, "reason");
	set(cells, "waiver_until", waiver, "expires");
	add_row(cells, out);
}

static void add_unread(const json_t *unread, struct strbuf *out)
{
	CLEANUP(json_release) json_t *cells = json_object();
	CLEANUP(strbuf_release)
	struct strbuf joined = STRBUF_INIT(LIMIT_RENDERED);

	json_object_set_new(cells, "status", json_string("unread"));
	set(cells, "target", unread, "target");
	set(cells, "address", unread, "address");
	part_join(json_object_get(unread, "controls"), &joined);
	json_object_set_new(cells, "control", json_from_text(joined.buf));
	strbuf_clear(&joined);
	review_unread_line(unread, &joined);
	json_object_set_new(cells, "message", json_from_text(joined.buf));
	add_row(cells, out);
}

void render_review_csv(const json_t *review,
		       const struct render_style *style UNUSED,
		       struct strbuf *out)
{
	json_t *item;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(columns); i++)
		strbuf_addf(out, "%s%s", i ? "," : "", columns[i]);
	strbuf_adds(out, "\r\n");
	json_array_foreach(json_object_get(review, "findings"), i, item) {
		if (review_shows(review, item))
			add_finding(review, item, out);
	}
	json_array_foreach(json_object_get(review, "unread"), i, item)
		add_unread(item, out);
}
