/*
 * What the renderers of plans and changes share: values, words and counts as
 * people read them. Only plans/render*.c use this.
 */
#ifndef ABACK_PLANS_RENDER_PARTS_H
#define ABACK_PLANS_RENDER_PARTS_H

#include <stdbool.h>
#include <stddef.h>

#include "core/compiler.h"
#include "core/json.h"
#include "core/strbuf.h"
#include "plans/plan.h"
#include "plans/render.h"

/* `true`, `14 days`, `audit, error`, `(none)`, `(unset)`. Raw, not escaped. */
void part_value(const json_t *value, const char *unit, struct strbuf *out);
/* "false → true", or "+audit −general" for sets. Raw. */
void part_transition(const json_t *before, const json_t *after,
		     const char *unit, struct strbuf *out);
/* Are both sets (arrays, or null beside one)? */
bool part_is_set(const json_t *before, const json_t *after);
/* The members of a that b has not, as a new array. */
json_t *part_minus(const json_t *a, const json_t *b);

/* "takes effect at once", "restarts cluster/orders"… Raw. */
void part_effect(const struct plan_change *change, struct strbuf *out);
/* "reversible", "lossy: destroys data that no backout brings back". */
const char *part_reversibility(const char *reversibility);
/* What a class of consent is about: "restarts database instances". */
const char *part_class(const char *class);
/* The classes of consent, the worst first; ends with NULL. */
extern const char *const part_classes[];

/* "12 changes", "1 change" */
void part_count(size_t count, const char *one, const char *many,
		struct strbuf *out);
/* "7 changes to 3 resources, 2 blocked, 1 held"; "no changes". */
void part_headline(const struct plan *plan, struct strbuf *out);
/* " --allow restart --allow lossy", or nothing. */
void part_allow(const json_t *classes, struct strbuf *out);
/* All classes that backing the plan out will need, sorted. New reference. */
json_t *part_backout_consent(const struct plan *plan);
/* Strings of an array, joined by ", ". Raw. */
void part_join(const json_t *strings, struct strbuf *out);
/* "aback.yaml", or NULL for a plan without a desired file. */
const char *part_desired_path(const struct plan *plan);

/* Changes that are alike but for their resource, sorted by kind and setting. */
struct change_group {
	const struct plan_change *first;
	size_t len;
};
struct change_groups {
	struct change_group *items;
	size_t len, cap;
};
void change_groups_make(const struct plan *plan, struct change_groups *ret);
void change_groups_release(struct change_groups *groups);

/* Lines of text for a terminal. */
struct page {
	const struct render_style *style;
	struct strbuf *out;
};
/*
 * A line (formatted, made safe, wrapped): its first row begins at indent, the
 * others at hanging. color: an SGR parameter such as "31", or NULL.
 */
void page_line(struct page *page, unsigned indent, unsigned hanging,
	       const char *color, const char *fmt, ...) PRINTF_LIKE(5, 6);
void page_blank(struct page *page);

/* The parts of render_plan_text, each with an empty line before it. */
void page_blocked(struct page *page, const struct plan *plan);
void page_left_alone(struct page *page, const struct plan *plan);
void page_skipped(struct page *page, const struct plan *plan);
void page_changes(struct page *page, const struct plan *plan);
void page_steps(struct page *page, const struct plan *plan);

#define PAGE_RED "31"
#define PAGE_GREEN "32"
#define PAGE_YELLOW "33"
#define PAGE_BOLD "1"
#define PAGE_DIM "2"

/*
 * Markdown. md_text: text without any effect; md_code: the same in <code>.
 * Both are safe in a table cell and cannot mention people or link.
 */
void md_text(struct strbuf *out, const char *text);
void md_code(struct strbuf *out, const char *text);
/* Text inside <pre>. */
void md_pre(struct strbuf *out, const char *text);

#endif
