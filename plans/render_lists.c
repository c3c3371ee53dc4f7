/* What several renderers list in the same order and under the same words. */
#include "plans/render_parts.h"

#include <string.h>

#include "core/limits.h"
#include "core/mem.h"

const char *part_effect_word(const char *effect, bool *ret_loud)
{
	static const struct {
		const char *effect, *word;
		bool loud;
	} words[] = {
		{ "immediate", "at once", false },
		{ "asynchronous", "soon", false },
		{ "window", "in the window", false },
		{ "reboot", "after a reboot", true },
		{ "restart", "restarts it", true },
	};

	*ret_loud = false;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (strcmp(words[i].effect, effect) != 0)
			continue;
		*ret_loud = words[i].loud;
		return words[i].word;
	}
	return "";
}

void part_cost(const struct plan_change *change, const char *what,
	       struct strbuf *out)
{
	CLEANUP(strbuf_release)
	struct strbuf allow = STRBUF_INIT(LIMIT_MESSAGE);

	part_effect(change, what, out);
	strbuf_addf(out, "; %s", part_reversibility(change));
	if (change->severity)
		strbuf_addf(out, "; severity %s", change->severity);
	part_allow(change->backout_consent, &allow);
	if (allow.len)
		strbuf_addf(out, "; backing it out needs%s", allow.buf);
}

size_t part_target_end(const struct plan *plan, size_t from)
{
	size_t end = from;

	while (end < plan->changes_len &&
	       !strcmp(plan->changes[end].target, plan->changes[from].target))
		end++;
	return end;
}

void part_lists(const struct plan *plan, part_list_fn fn, void *ctx)
{
	static const char *const blocked[] = { "reason", "remedy", NULL };
	static const char *const conflicts[] = { "set", "live", "prior",
						 "reason", NULL };
	static const char *const waiting[] = { "pending", "reason", NULL };
	static const char *const held[] = { "after", "change", "by", "reason",
					    NULL };
	static const char *const waived[] = { "expires", "reason", NULL };
	static const struct part_list lists[] = {
		{ "Blocked", false, blocked },
		{ "Conflicts", false, conflicts },
		{ "Waiting", false, waiting },
		{ "Held", false, held },
		{ "Waived", true, waived },
	};
	const json_t *const entries[] = { plan->blocked, plan->conflicts,
					  plan->waiting, plan->held,
					  plan->waived };

	for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
		fn(ctx, &lists[i], entries[i]);
}

void part_lists_last(const struct plan *plan, part_list_fn fn, void *ctx)
{
	static const char *const reason[] = { "reason", NULL };
	static const struct part_list notes = { "To know", false, reason };
	static const struct part_list skipped = { "Skipped", true, reason };

	fn(ctx, &notes, plan->notes);
	fn(ctx, &skipped, plan->skipped);
}

void part_controls(const struct plan *plan, part_controls_fn fn, void *ctx)
{
	CLEANUP(json_release) json_t *seen = json_object();

	for (size_t i = 0; i < plan->changes_len; i++) {
		const struct plan_change *change = &plan->changes[i];
		CLEANUP(strbuf_release)
		struct strbuf controls = STRBUF_INIT(LIMIT_MESSAGE);
		CLEANUP(free_ptr)
		char *name =
			xasprintf("%.*s %s", (int)strcspn(change->address, "/"),
				  change->address, change->setting);

		if (!json_array_size(change->controls) ||
		    json_object_get(seen, name))
			continue;
		(void)json_object_set_new(seen, name, json_true());
		part_join(change->controls, &controls);
		fn(ctx, name, controls.buf);
	}
}
