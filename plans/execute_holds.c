/* Holds: a backout puts them on what it restored, everything else ends them. */
#include <string.h>

#include "core/clock.h"
#include "core/mem.h"
#include "plans/execute_run.h"
#include "plans/hold.h"
#include "state/record.h"

/*
 * Does this backout restore what rules do not want? The backout of an apply
 * does; the backout of that one brings the rules' values back; and so on.
 */
static int restores_against_rules(struct run *run, bool *ret_holds,
				  struct error *err)
{
	char CLEANUP(free_ptr) *id = xstrdup(run->plan->reverses);
	bool holds = true;

	while (id) {
		struct record CLEANUP(record_release) record = { 0 };
		const char *kind, *reverses;

		if (record_load(run->store, id, &record, err) < 0)
			return -1;
		kind = json_text(record.change, "kind");
		if (!kind || strcmp(kind, "backout") != 0)
			break;
		holds = !holds;
		reverses = json_text(record.change, "reverses");
		/* older each time: a chain that does not go back is damage */
		if (reverses && strcmp(reverses, record.id) >= 0)
			return error_set(err, ERR_STATE,
					 "the change %s reverses %s, which is "
					 "not older",
					 record.id, reverses);
		free(id);
		id = xstrdup(reverses);
	}
	*ret_holds = holds;
	return 0;
}

static json_t *new_hold(const struct run *run, const struct plan_change *change)
{
	char now[CLOCK_TEXT_MAX];
	const char *reason = json_text(run->change, "reason");

	return json_pack("{s:s, s:o, s:s, s:o, s:O, s:O}", "change",
			 run->change_id, "by",
			 json_from_text(json_text(run->change, "caller")), "at",
			 clock_rfc3339(clock_now(), now), "reason",
			 json_from_text(reason), "rule_value", change->before,
			 "restored", change->after);
}

int record_holds(struct run *run, struct store_edits *edits, struct error *err)
{
	struct holds CLEANUP(holds_release) holds = { 0 };
	bool put = strcmp(run->plan->kind, "backout") == 0;

	if (put && restores_against_rules(run, &put, err) < 0)
		return -1;
	if (holds_load(run->store, &holds, err) < 0)
		return -1;
	for (size_t i = 0; i < run->plan->changes_len; i++) {
		const struct plan_change *change = &run->plan->changes[i];
		struct change_end end = change_end(run, change);
		const char *state = change_state(&end);
		json_t CLEANUP(json_release) *hold =
			put ? new_hold(run, change) : NULL;

		if (strcmp(state, "done") != 0 && strcmp(state, "waiting") != 0)
			continue;
		if (hold || holds_find(&holds, change->target, change->address,
				       change->setting))
			holds_change(&holds, edits, change->target,
				     change->address, change->setting, hold);
	}
	return 0;
}
