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
/* Of an entry: both are there and the same, so that they say nothing. */
bool part_is_no_change(const json_t *before, const json_t *after);
/* "false → true", or "+audit −general" for sets, and for maps of texts
 * "+owner=dba −owner=ops". Raw. */
void part_transition(const json_t *before, const json_t *after,
		     const char *unit, struct strbuf *out);
/* Are both sets (arrays, or null beside one), or maps of texts? */
bool part_is_set(const json_t *before, const json_t *after);
/* The members ("owner=dba" of a map) of a that b has not, as a new array. */
json_t *part_minus(const json_t *a, const json_t *b);

/* ---- render_three_way.c ---- */

/* Does the change undo one of ours, and not bring back what one left? */
bool part_is_undoing(const struct plan *plan, const struct plan_change *change);
/* What a change of the plan does with the one of ours that it names. */
const char *part_undoes(const struct plan *plan);
/*
 * Each member of its set that comes back ("+"), goes ("−"), stays although we
 * had nothing to do with it ("="), or is not there ("·"), and why.
 */
typedef void (*part_member_fn)(void *ctx, const char *sign, const char *member,
			       const char *why);
void part_merge(const struct plan_change *change, part_member_fn fn, void *ctx);
/* Has part_merge something to say: is it a set, or a map of documents? */
bool part_has_members(const json_t *before, const json_t *after);
/* "we set: 5; live is: 7; it becomes: 1" */
void part_three_way(const struct plan_change *change, struct strbuf *out);
/* The same of all changes, as entries with set, live, becomes and members. */
json_t *part_three_way_entries(const struct plan *plan);

/* ---- render_parts.c ---- */

/* "takes effect at once", "restarts <what>"… Raw. */
void part_effect(const struct plan_change *change, const char *what,
		 struct strbuf *out);
/* Does a backout leave what it makes, and does that do no harm? */
bool part_is_left_behind(const struct plan_change *change);
/* "reversible", "lossy: destroys data that no backout brings back". */
const char *part_reversibility(const struct plan_change *change);
/* What a class of consent is about: "restarts database instances". */
const char *part_class(const char *class);
/* "DBClusterIdentifier=orders DeletionProtection=true" */
void part_parameters(const json_t *parameters, struct strbuf *out);
/* What a step's companions are: what a call sends again, or only rests on. */
const char *part_companions(const json_t *companions);
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

/* Does the plan back out what was itself a backout? */
bool part_is_redo(const struct plan *plan);
#define PART_REDO ", itself a backout: what it had undone is done again"

/* The unit of an entry's setting, as the catalogue has it; NULL: none. */
const char *part_unit(const json_t *entry);

/* ---- render_groups.c ---- */

/*
 * What is alike, so that it is said once. A group has pointers into an array
 * (struct plan_change, struct plan_step or json_t of an entry) in its order.
 */
struct part_group {
	const void **items;
	size_t len, cap;
};
struct part_groups {
	struct part_group *items;
	size_t len, cap;
};
void part_groups_release(struct part_groups *groups);
/*
 * Changes from..end of a plan that differ only in their resource; the worst
 * first: by consent, reversibility, restart and severity.
 */
void part_group_changes(const struct plan *plan, size_t from, size_t end,
			struct part_groups *ret);
/* Steps of one target that differ only in their resource. */
void part_group_steps(const struct plan *plan, struct part_groups *ret);
/* Entries that say the same under all of these keys (ends with NULL). */
void part_group_entries(const json_t *entries, const char *const *keys,
			struct part_groups *ret);
/* "orders" of "cluster/orders". */
const char *part_identifier(const char *address);
/* The parameters of a step with its own identifier as "…". New reference. */
json_t *part_shape(const struct plan_step *step, const json_t *parameters);

/* ---- render_facts.c ---- */

/*
 * What a reviewer has to know first, a line each: label, text, whether it is
 * bad news, and whether the text is an option to type. Nothing for a plan
 * without changes.
 */
typedef void (*part_fact_fn)(void *ctx, const char *label, const char *text,
			     bool bad, bool code);
void part_facts(const struct plan *plan, part_fact_fn fn, void *ctx);

/* ---- how much is shown ---- */

/* From so many changes on, alike ones are listed together. */
#define PART_GROUPED_FROM 10
/* The same of steps. */
#define PART_STEPS_GROUPED_FROM 20
/* So many of the same kind of line are shown where JSON has all. */
#define PART_LISTED_MOST 10
/* What is longer does not fit a comment (GitHub: 65,536 characters). */
#define PART_COMMENT_MOST 60000

/* ---- render_lists.c ---- */

/* "at once", "after a reboot"; *ret_loud: is it to stand out? */
const char *part_effect_word(const char *effect, bool *ret_loud);
/*
 * "takes effect at once; reversible; severity high; backing it out needs
 * --allow lossy". what: see part_effect.
 */
void part_cost(const struct plan_change *change, const char *what,
	       struct strbuf *out);
/* Where the changes of the target of plan->changes[from] end. */
size_t part_target_end(const struct plan *plan, size_t from);
/* So many changes have a row each in a table; more are listed by setting. */
#define PART_ROWS_MOST 100

/* A list of entries of a plan as a table: a column for each key. */
struct part_list {
	const char *title;
	bool folded;
	const char *const *keys; /* ends with NULL */
};
typedef void (*part_list_fn)(void *ctx, const struct part_list *list,
			     const json_t *entries);
/* What the plan does not do; and what else is to be known. Also the empty. */
void part_lists(const struct plan *plan, part_list_fn fn, void *ctx);
void part_lists_last(const struct plan *plan, part_list_fn fn, void *ctx);
#define PART_THREE_WAY "What we set, what is live, what it becomes"

/* The controls of each setting ("cluster port") of a plan, once. */
typedef void (*part_controls_fn)(void *ctx, const char *setting,
				 const char *controls);
void part_controls(const struct plan *plan, part_controls_fn fn, void *ctx);

/* ---- render_ends.c ---- */

/* "done", "failed", "waiting", "unfinished". */
const char *part_state(const struct record *record);
/* What became of a change of the plan, or "" where nothing is recorded. */
const char *part_change_state(const struct record *record,
			      const struct plan_change *change);
/* How far a step got, for people; never NULL. */
struct part_end {
	const char *state, *reason, *request;
};
/* How far each step got: as the result has it, else the journal. Owned. */
struct part_end *part_ends(const struct change_view *view);
/* What is next, and the command to do it with; NULL: nothing. */
const char *part_next(const struct change_view *view, struct strbuf *command);

/* ---- render_history.c ---- */

/*
 * How a change that undoes itself stands, of its "confirm" as history_read has
 * it; nothing for NULL and null: it does not. Bad news?
 */
bool part_confirm(const json_t *confirm, struct strbuf *out);

/* ---- render_account.c ---- */

/*
 * What the steps do not tell of a change, a line each: whether it was kept, why
 * it stopped, how each wave went, and what the run took back of itself.
 */
void part_account(const struct change_view *view, part_fact_fn fn, void *ctx);

/* ---- for a terminal (render_page.c, render_plan_*.c) ---- */

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
/* Of these what a backout does not take back. */
void page_stays(struct page *page, const struct plan *plan);
void page_changes(struct page *page, const struct plan *plan);
void page_steps(struct page *page, const struct plan *plan);
/* The members of a set that is backed out, a line each; render_three_way.c. */
void page_merge(struct page *page, const struct plan_change *change);

#define PAGE_RED "31"
#define PAGE_GREEN "32"
#define PAGE_YELLOW "33"
#define PAGE_BOLD "1"
#define PAGE_DIM "2"

/* ---- Markdown (render_page.c, render_plan_markdown*.c) ---- */

/*
 * md_text: text without any effect; md_code: the same in <code>.
 * Both are safe in a table cell and cannot mention people or link.
 */
void md_text(struct strbuf *out, const char *text);
void md_code(struct strbuf *out, const char *text);
/* Text inside <pre>. */
void md_pre(struct strbuf *out, const char *text);
/* md_code of a formatted text. */
void md_code_of(struct strbuf *out, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* Before and after as code; sets as their added and removed members. */
void md_transition(const json_t *before, const json_t *after, const char *unit,
		   struct strbuf *out);
/* The first two cells of a row: which setting of what, and its values. */
void md_group_cells(const struct part_group *group, struct strbuf *out);

/* A plan's page, and how much of each list it shows. */
struct markdown {
	const struct plan *plan;
	struct strbuf *out;
	size_t most;
};
/* The parts of render_plan_markdown that are folded. */
void md_plan_changes(const struct markdown *md);
void md_plan_steps(const struct markdown *md);
void md_plan_controls(const struct markdown *md);

#endif
