/* The plan of a desired file: rules, waivers and holds give what is wanted. */
#include "plans/planner.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "plans/catalogue.h"
#include "plans/deciding.h"
#include "plans/kind.h"
#include "plans/only.h"
#include "plans/planner_pass.h"

/* ---- one row ---- */

/* The row's own rule and all that expand into it; false: there is none. */
static bool decide_row(struct deciding *deciding,
		       const struct resource *resource,
		       const struct wanted_setting *wanted, size_t row,
		       const struct passing *passing)
{
	size_t rows;
	const struct setting *settings = catalogue_rows(resource->kind, &rows);
	struct decision decision = { .setting = &settings[row] };

	if (settings[row].expands) {
		if (wanted[row].rule)
			(void)only_has(&deciding->only, resource->address,
				       settings[row].name);
		return wanted[row].rule;
	}
	if (wanted[row].rule) {
		decision.wanted = &wanted[row];
		decision.after = desired_value(
			deciding->desired, resource, wanted[row].rule_setting,
			resource_value(resource, &settings[row]));
	}
	for (size_t i = 0; i < rows; i++) {
		if (wanted[i].rule && settings[i].expands &&
		    !strcmp(settings[i].expands, settings[row].name))
			deciding_expand(deciding, resource, &wanted[i],
					&decision);
		if (decision.stuck)
			return true;
	}
	if (passing->len && !deciding_take_passed(deciding, resource, passing,
						  &wanted[row], &decision))
		return true;
	if (decision.wanted)
		deciding_setting(deciding, resource, &decision);
	return decision.wanted;
}

/* ---- all of them ---- */

/* What a rule implies besides what it says, unless a rule says that too. */
static void add_implied(struct deciding *deciding,
			const struct resource *resource,
			const struct wanted_setting *wanted)
{
	size_t len;
	const struct setting *rows = catalogue_rows(resource->kind, &len);
	const struct wanted_setting *first = wanted;

	while (first < wanted + len && !first->rule)
		first++;
	if (first == wanted + len)
		return; /* who passes something on says all of it */
	for (size_t i = 0; i < len; i++) {
		CLEANUP(json_release) json_t *after = NULL;

		if (!rows[i].implied || wanted[i].rule)
			continue;
		after = json_loads(rows[i].implied, JSON_DECODE_ANY, NULL);
		if (!only_has(&deciding->only, resource->address,
			      rows[i].name) ||
		    deciding_is_satisfied(resource, &rows[i], after) ||
		    deciding_is_held(deciding, resource, &rows[i], after))
			continue;
		wants_add(&deciding->wants,
			  &(struct want){
				  .resource = resource,
				  .setting = &rows[i],
				  .after = TAKE(after),
				  .rule_name = first->rule->name,
				  .rule_line = first->rule->line,
				  .via = first->rule_setting->setting->name });
	}
}

static void ask_for_many(struct plan *plan)
{
	for (size_t i = 0; i < plan->changes_len; i++) {
		json_t **consent = &plan->changes[i].consent;
		CLEANUP(json_release) json_t *was = *consent;

		json_array_add_unique(was, "many");
		*consent = json_sorted_set(was);
	}
}

static void use_rules(struct deciding *deciding,
		      const struct resource *resource)
{
	for (size_t i = 0; i < deciding->desired->rules_len; i++) {
		if (!deciding->rule_used[i] &&
		    rule_matches(&deciding->desired->rules[i], resource))
			deciding->rule_used[i] = true;
	}
}

static size_t most_rows(void)
{
	size_t most = 0;

	for (enum kind kind = 0; kind < KIND_COUNT; kind++) {
		size_t rows;

		(void)catalogue_rows(kind, &rows);
		if (rows > most)
			most = rows;
	}
	return most;
}

static void decide_all(struct deciding *deciding)
{
	CLEANUP(free_ptr)
	struct wanted_setting *wanted = xcalloc(most_rows(), sizeof(*wanted));

	for (size_t i = 0; i < deciding->live->len; i++) {
		const struct resource *resource = deciding->live->items[i];
		CLEANUP(handing_release) struct handing handing = { 0 };
		CLEANUP(passing_release)
		struct passing passing =
			passing_to(&deciding->passing, resource);
		bool matched = false;
		size_t rows;

		(void)catalogue_rows(resource->kind, &rows);
		use_rules(deciding, resource);
		desired_decide(deciding->desired, resource, wanted);
		deciding_hand_on(deciding, resource, wanted, &handing);
		if (handing.instead.wanted)
			deciding_setting(deciding, resource, &handing.instead);
		for (size_t row = 0; row < rows; row++) {
			if (decide_row(deciding, resource, wanted, row,
				       &passing))
				matched = true;
		}
		matched = matched || handing.pass.row;
		if (!matched)
			continue;
		add_implied(deciding, resource, wanted);
		deciding_count_clusters(deciding->cluster_users,
					deciding->matched_clusters, resource);
	}
}

static void skip_unused_rules(struct deciding *deciding)
{
	for (size_t i = 0; i < deciding->desired->rules_len; i++) {
		const struct rule *rule = &deciding->desired->rules[i];
		CLEANUP(free_ptr) char *line = NULL;

		if (deciding->rule_used[i])
			continue;
		line = xasprintf("the rule '%s' (%s:%ld) matches nothing",
				 rule->name, deciding->desired->path,
				 rule->line);
		(void)plan_note(deciding->skipped, NULL, NULL, NULL, line);
	}
}

static void skip_passed_over(struct deciding *deciding)
{
	json_t *line;
	size_t i;

	json_array_foreach(deciding->live->skipped, i, line)
		(void)plan_note(deciding->skipped, json_text(line, "target"),
				json_text(line, "address"), NULL,
				json_text(line, "reason"));
}

static int check_only(const struct deciding *deciding, struct error *err)
{
	CLEANUP(json_release) json_t *addresses = json_array();

	if (!deciding->only.len)
		return 0;
	for (size_t i = 0; i < deciding->live->len; i++)
		(void)json_array_append_new(
			addresses,
			json_from_text(deciding->live->items[i]->address));
	return only_check(&deciding->only, "no rule sets anything that matches",
			  addresses, err);
}

static void move_notes(json_t *to, json_t **from)
{
	(void)json_array_extend(to, *from);
	json_decref(*from);
	*from = NULL;
}

int planner_desired(const struct desired *desired, const struct live *live,
		    const struct holds *holds, const json_t *awaited,
		    const struct planner_only *only, const char *created_by,
		    int64_t now, struct plan **ret_plan, struct error *err)
{
	CLEANUP(deciding_release)
	struct deciding deciding = {
		.desired = desired,
		.live = live,
		.holds = holds,
		.now = now,
		.held = json_array(),
		.waived = json_array(),
		.skipped = json_array(),
		.blocked = json_array(),
		.texts = json_array(),
		.rule_used = xcalloc(desired->rules_len + 1, sizeof(bool)),
		.cluster_users = desired->has_limit
					 ? deciding_cluster_users(live)
					 : NULL,
		.matched_clusters = json_object(),
	};
	const struct planner_input input = {
		.kind = "apply",
		.desired = desired,
		.targets = desired->targets,
		.targets_len = desired->targets_len,
		.created_by = created_by,
		.now = now,
		.live = live,
		.awaited = awaited,
	};
	struct plan *plan;

	if (only_parse(only, false, &deciding.only, err))
		return -1;
	decide_all(&deciding);
	skip_unused_rules(&deciding);
	skip_passed_over(&deciding);
	if (check_only(&deciding, err))
		return -1;
	plan = planner_plan(&input, &deciding.wants);
	move_notes(plan->held, &deciding.held);
	move_notes(plan->waived, &deciding.waived);
	move_notes(plan->skipped, &deciding.skipped);
	move_notes(plan->blocked, &deciding.blocked);
	if (deciding_over_limit(&deciding, plan))
		ask_for_many(plan);
	plan_finish(plan);
	*ret_plan = plan;
	return 0;
}
