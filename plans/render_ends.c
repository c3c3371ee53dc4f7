/* How far a change and its steps got, and what is next. */
#include "plans/render_parts.h"

#include <string.h>

#include "core/mem.h"

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_text(object, key);

	return text ? text : "";
}

const char *part_state(const struct record *record)
{
	const char *state = json_text(record->result, "state");

	return state ? state : "unfinished";
}

const char *part_change_state(const struct record *record,
			      const struct plan_change *change)
{
	return text_of(
		plan_find_entry(json_object_get(record->result, "changes"),
				change->target, change->address,
				change->setting),
		"state");
}

/* The step that an entry is about under key, or NULL. */
static struct part_end *end_of(const struct change_view *view,
			       struct part_end *ends, const json_t *entry,
			       const char *key)
{
	const json_t *index = json_object_get(entry, key);
	const json_int_t i = json_integer_value(index);

	return json_is_integer(index) && i >= 0 &&
			       (json_int_t)view->plan->steps_len > i
		       ? &ends[i]
		       : NULL;
}

/*
 * What a line of the journal says; the last word on a step counts. That it was
 * taken back later is another matter, see render_account.c.
 */
static void take_line(struct part_end *end, const json_t *line)
{
	if (!strncmp(text_of(line, "event"), "backout_", strlen("backout_")))
		return;
	end->state = !strcmp(text_of(line, "event"), "intent")
			     ? "sent, outcome unknown"
			     : text_of(line, "event");
	if (json_text(line, "outcome"))
		end->state = text_of(line, "outcome");
	if (json_text(line, "state"))
		end->state = text_of(line, "state");
	if (json_text(line, "request_id"))
		end->request = text_of(line, "request_id");
	end->reason = json_text(line, "reason") ? text_of(line, "reason")
						: text_of(line, "message");
}

struct part_end *part_ends(const struct change_view *view)
{
	const json_t *steps = json_object_get(view->record->result, "steps");
	struct part_end *ends =
		xcalloc(view->plan->steps_len + 1, sizeof(*ends));
	json_t *entry;
	size_t i;

	for (i = 0; i < view->plan->steps_len; i++)
		ends[i] = (struct part_end){ "not begun", "", "" };
	json_array_foreach(view->journal, i, entry) {
		struct part_end *end = end_of(view, ends, entry, "step");

		if (end)
			take_line(end, entry);
	}
	json_array_foreach(steps, i, entry) {
		struct part_end *end = end_of(view, ends, entry, "index");

		if (!end)
			continue;
		end->state = text_of(entry, "state");
		end->reason = text_of(entry, "reason");
		if (*text_of(entry, "request_id"))
			end->request = text_of(entry, "request_id");
	}
	return ends;
}

/* The next command, for each state. */
static const struct {
	const char *state, *text, *command;
} nexts[] = {
	{ "unfinished", "it still runs, or was cut off; account for it with",
	  "resume" },
	{ "waiting",
	  "the rest takes effect later: 'aback plan' lists it as waiting until "
	  "then; back it out with",
	  "backout" },
	{ "failed", "back out what was done with", "backout" },
	{ "done", "back it out with", "backout" },
};

/* Did it pass a gate, or was that passed by? So will its backout have to. */
static bool is_gated(const struct change_view *view)
{
	return json_is_object(json_object_get(view->record->change, "gate"));
}

const char *part_next(const struct change_view *view, struct strbuf *command)
{
	const char *state = part_state(view->record);

	for (size_t i = 0; i < ARRAY_SIZE(nexts); i++) {
		if (strcmp(nexts[i].state, state) != 0)
			continue;
		strbuf_addf(command, "aback %s %s", nexts[i].command,
			    view->record->id);
		if (!strcmp(nexts[i].command, "backout") && is_gated(view)) {
			strbuf_adds(command, " -o back.json");
		} else if (!strcmp(nexts[i].command, "backout")) {
			strbuf_adds(command, " --apply");
			render_backout_allow(
				view->plan,
				json_object_get(view->record->result,
						"changes"),
				command);
		}
		return nexts[i].text;
	}
	return NULL;
}
