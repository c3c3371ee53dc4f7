#include "plans/render_html.h"

#include "core/limits.h"
#include "core/mem.h"
#include "plans/value.h"

/* So many names stand in a cell; more are folded. */
#define NAMES_MOST 12

void html_value(struct strbuf *out, const json_t *value, const char *unit)
{
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT(LIMIT_RENDERED);

	part_value(value, unit, &text);
	html_code(out, text.buf);
}

/* The members of a that b has not; returns how many. */
static size_t add_members(struct strbuf *out, const char *sign,
			  const char *what, const json_t *a, const json_t *b)
{
	CLEANUP(json_release) json_t *members = part_minus(a, b);
	json_t *member;
	size_t i;

	json_array_foreach(members, i, member) {
		CLEANUP(free_ptr) char *text = member_show(member);

		strbuf_addf(out, "<li>%s %s ", sign, what);
		html_code(out, text);
		strbuf_adds(out, "</li>");
	}
	return json_array_size(members);
}

void html_transition(struct strbuf *out, const json_t *before,
		     const json_t *after, const char *unit)
{
	if (!part_is_set(before, after)) {
		html_value(out, before, json_is_integer(after) ? NULL : unit);
		strbuf_adds(out, " → ");
		html_value(out, after, unit);
		return;
	}
	strbuf_adds(out, "<ul class=\"members\">");
	if (add_members(out, "+", "added", after, before) +
		    add_members(out, "−", "removed", before, after) ==
	    0)
		strbuf_adds(out, "<li>(none)</li>");
	strbuf_adds(out, "</ul>");
}

void html_names(struct strbuf *out, const json_t *names)
{
	const bool folded = json_array_size(names) > NAMES_MOST;
	json_t *name;
	size_t i;

	if (folded)
		strbuf_addf(out, "<details><summary>%zu of them</summary>",
			    json_array_size(names));
	json_array_foreach(names, i, name) {
		strbuf_adds(out, i ? ", " : "");
		html_code(out, json_string_value(name));
	}
	strbuf_adds(out, folded ? "</details>" : "");
}

void html_fact_text(struct strbuf *out, const char *name, const char *text)
{
	if (!text || !*text)
		return;
	html_fact(out, name);
	html_text(out, text);
	html_fact_end(out);
}

void html_fact_code(struct strbuf *out, const char *name, const char *text)
{
	if (!text || !*text)
		return;
	html_fact(out, name);
	html_code(out, text);
	html_fact_end(out);
}
