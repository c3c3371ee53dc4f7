/*
 * Three values meet at each setting of a backout: what our change had set, what
 * is live, and what it will be. Of sets, the same for each member.
 */
#include "plans/render_parts.h"

#include <stdint.h>
#include <string.h>

#include "core/limits.h"
#include "core/mem.h"
#include "plans/document_map.h"
#include "plans/value.h"

static bool is_restore(const struct plan *plan)
{
	return !strcmp(plan->kind, "restore");
}

bool part_is_undoing(const struct plan *plan, const struct plan_change *change)
{
	return json_is_object(change->undoes) && !is_restore(plan);
}

const char *part_undoes(const struct plan *plan)
{
	return is_restore(plan) ? "restores what was left by change"
				: "undoes change";
}

/* Members of a that are in neither b nor c. New reference. */
static json_t *minus_both(const json_t *a, const json_t *b, const json_t *c)
{
	CLEANUP(json_release) json_t *rest = part_minus(a, b);

	return part_minus(rest, c);
}

/* Members that a and b share. */
static json_t *shared(const json_t *a, const json_t *b)
{
	CLEANUP(json_release) json_t *only_a = part_minus(a, b);

	return part_minus(a, only_a);
}

/* Who hears of members, and whether these are documents. */
struct hearer {
	part_member_fn fn;
	void *ctx;
	bool documents;
};

static void each(const json_t *members, const char *sign, const char *why,
		 const struct hearer *hearer)
{
	json_t *member;
	size_t i;

	json_array_foreach(members, i, member) {
		CLEANUP(free_ptr) char *text = member_show(member);

		if (hearer->documents)
			text[strcspn(text, "\n")] = '\0'; /* its name */
		hearer->fn(hearer->ctx, sign, text, why);
	}
}

bool part_has_members(const json_t *before, const json_t *after)
{
	return part_is_set(before, after) ||
	       (json_is_object(before) && json_is_object(after) &&
		(is_document_map(before) || is_document_map(after)));
}

/*
 * Of a map of documents, each of them is a member, shown by its name: another
 * document under the same name is another member. New reference.
 */
static json_t *members_of(const json_t *value)
{
	CLEANUP(json_release) json_t *members = NULL;
	const char *name;
	json_t *document;

	if (!is_document_map(value))
		return json_incref((json_t *)(uintptr_t)value);
	members = json_array();
	json_object_foreach((json_t *)(uintptr_t)value, name, document) {
		CLEANUP(strbuf_release)
		struct strbuf text = STRBUF_INIT(LIMIT_RENDERED);

		strbuf_addf(&text, "%s\n", name);
		json_compact(document, &text);
		json_array_append_new(members, json_from_text(text.buf));
	}
	return json_sorted_set(members);
}

void part_merge(const struct plan_change *change, part_member_fn fn, void *ctx)
{
	const struct hearer hearer = {
		fn, ctx, !part_is_set(change->before, change->after)
	};
	const bool redo = json_is_true(json_object_get(change->undoes, "redo"));
	CLEANUP(json_release)
	json_t *set = members_of(json_object_get(change->undoes, "set"));
	CLEANUP(json_release)
	json_t *prior = members_of(json_object_get(change->undoes, "prior"));
	CLEANUP(json_release) json_t *live = members_of(change->before);
	CLEANUP(json_release) json_t *after = members_of(change->after);
	CLEANUP(json_release) json_t *comes = part_minus(after, live);
	CLEANUP(json_release) json_t *goes = part_minus(live, after);
	CLEANUP(json_release) json_t *stays = shared(live, after);
	CLEANUP(json_release) json_t *theirs = minus_both(stays, set, prior);
	CLEANUP(json_release) json_t *was_back = shared(stays, prior);
	CLEANUP(json_release) json_t *back = part_minus(was_back, set);
	CLEANUP(json_release) json_t *ours = minus_both(set, prior, live);
	CLEANUP(json_release) json_t *gone = part_minus(ours, after);
	CLEANUP(json_release) json_t *kept = shared(set, prior);
	CLEANUP(json_release) json_t *lost = minus_both(kept, live, after);

	each(comes, "+",
	     redo ? "set again: the backout had taken it out"
		  : "comes back: we took it out",
	     &hearer);
	each(goes, "−",
	     redo ? "goes again: the backout had brought it back"
		  : "goes: we put it in",
	     &hearer);
	each(theirs, "=", "stays: somebody else put it in since", &hearer);
	each(lost, "·", "stays away: somebody else took it out since", &hearer);
	each(back, "=", "is back already", &hearer);
	each(gone, "·", "is gone already", &hearer);
}

void part_three_way(const struct plan_change *change, struct strbuf *out)
{
	strbuf_adds(out, "we set: ");
	part_value(json_object_get(change->undoes, "set"), change->unit, out);
	strbuf_adds(out, "; live is: ");
	part_value(change->before, change->unit, out);
	strbuf_adds(out, "; it becomes: ");
	part_value(change->after, change->unit, out);
}

/* ---- as text ---------------------------------------------------------- */

static void add_member(void *ctx, const char *sign, const char *member,
		       const char *why)
{
	const char *color = *sign == '+'                         ? PAGE_GREEN
			    : *sign == '=' || !strcmp(sign, "·") ? PAGE_DIM
								 : PAGE_RED;

	page_line(ctx, 8, 10, color, "%s %s  (%s)", sign, member, why);
}

void page_merge(struct page *page, const struct plan_change *change)
{
	part_merge(change, add_member, page);
}

/* ---- as a table ------------------------------------------------------- */

static void add_to_cell(void *ctx, const char *sign, const char *member,
			const char *why)
{
	struct strbuf *cell = ctx;

	strbuf_addf(cell, "%s%s%s (%s)", cell->len ? "; " : "", sign, member,
		    why);
}

json_t *part_three_way_entries(const struct plan *plan)
{
	json_t *entries = json_array();

	for (size_t i = 0; i < plan->changes_len; i++) {
		const struct plan_change *change = &plan->changes[i];
		CLEANUP(strbuf_release)
		struct strbuf merge = STRBUF_INIT(LIMIT_RENDERED);
		json_t *entry;

		if (!part_is_undoing(plan, change))
			continue;
		if (part_has_members(change->before, change->after))
			part_merge(change, add_to_cell, &merge);
		entry = plan_note(entries, change->target, change->address,
				  change->setting, NULL);
		json_object_set(entry, "set",
				json_object_get(change->undoes, "set"));
		json_object_set(entry, "live", change->before);
		json_object_set(entry, "becomes", change->after);
		json_object_set_new(entry, "member by member",
				    merge.len ? json_from_text(merge.buf)
					      : json_string("–"));
	}
	return entries;
}
