/* The plan of a desired file: rules, waivers and holds give what is wanted. */
#include "plans/planner.h"

#include <stdlib.h>
#include <string.h>

#include "core/limits.h"
#include "core/mem.h"
#include "plans/catalogue.h"
#include "plans/kind.h"
#include "plans/only.h"
#include "plans/planner_pass.h"
#include "plans/value.h"

struct deciding {
	const struct desired *desired;
	const struct live *live;
	const struct holds *holds;
	int64_t now;
	struct only only;
	struct wants wants;
	/* what has been found to be neither a want nor nothing */
	json_t *held, *waived, *skipped, *blocked;
	struct passing passing;   /* to resources that come later */
	json_t *texts;            /* that wants point to */
	bool *rule_used;          /* by rule: it matched something */
	json_t *matched_clusters; /* "<place> <lane>" → true */
};

static void deciding_release(struct deciding *deciding)
{
	only_release(&deciding->only);
	wants_release(&deciding->wants);
	json_decref(deciding->held);
	json_decref(deciding->waived);
	json_decref(deciding->skipped);
	json_decref(deciding->blocked);
	json_decref(deciding->texts);
	passing_release(&deciding->passing);
	free(deciding->rule_used);
	json_decref(deciding->matched_clusters);
}

/* ---- clusters, for limits.max_clusters ---- */

/* The cluster that the resource is of, unique over places; NULL: none. */
static char *cluster_of(const struct resource *resource)
{
	const struct kind_ops *ops = kind_ops(resource->kind);
	CLEANUP(free_ptr) char *lane = NULL;

	if (ops->lane_kind != KIND_CLUSTER)
		return NULL;
	lane = ops->lane(resource);
	return xasprintf("%s %s", resource->place->name, lane);
}

static void count_cluster(json_t *clusters, const struct resource *resource)
{
	CLEANUP(free_ptr) char *cluster = cluster_of(resource);

	if (cluster)
		(void)json_object_set_new(clusters, cluster, json_true());
}

/* Does the plan change more clusters than the file lets it? */
static bool over_limit(const struct deciding *deciding, const struct plan *plan)
{
	CLEANUP(json_release) json_t *changed = json_object();
	const struct desired *desired = deciding->desired;
	const size_t matched = json_object_size(deciding->matched_clusters);

	if (!desired->has_limit)
		return false;
	for (size_t i = 0; i < plan->changes_len; i++) {
		const struct resource *resource =
			live_find(deciding->live, plan->changes[i].target,
				  plan->changes[i].address);

		if (resource)
			count_cluster(changed, resource);
	}
	if (!desired->limit_is_percent)
		return json_object_size(changed) > (size_t)desired->limit;
	return json_object_size(changed) * 100 >
	       matched * (size_t)desired->limit;
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

/* ---- one setting ---- */

static json_t *note(json_t *array, const struct resource *resource,
		    const struct setting *setting, const char *reason)
{
	return plan_note(array, resource->place->name, resource->address,
			 setting->name, reason);
}

static void say_expired(struct deciding *deciding,
			const struct resource *resource,
			const struct setting *setting,
			const struct waiver *waiver)
{
	CLEANUP(free_ptr)
	char *line = xasprintf(
		"the waiver (%s:%ld) expired on %s and no longer holds: %s",
		deciding->desired->path, waiver->line, waiver->expires_text,
		waiver->reason);

	(void)note(deciding->skipped, resource, setting, line);
}

static void add_waived(struct deciding *deciding,
		       const struct resource *resource,
		       const struct setting *setting,
		       const struct waiver *waiver)
{
	json_t *entry =
		note(deciding->waived, resource, setting, waiver->reason);

	(void)json_object_set_new(entry, "expires",
				  json_from_text(waiver->expires_text));
}

static void add_held(struct deciding *deciding, const struct resource *resource,
		     const struct setting *setting, const json_t *hold,
		     json_t *after)
{
	static const char *const keys[] = { "change", "by", "at" };
	const char *reason = json_text(hold, "reason");
	json_t *entry = note(deciding->held, resource, setting,
			     reason && *reason ? reason : "no reason given");

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		(void)json_object_set_new(
			entry, keys[i],
			json_from_text(json_text(hold, keys[i])));
	(void)json_object_set(entry, "after", after);
}

/* What is set, perhaps as it is wanted, and does not work. */
static void say_unhealthy(struct deciding *deciding,
			  const struct resource *resource,
			  const struct setting *setting)
{
	json_t *members = json_object_get(resource->unhealthy, setting->name);
	const char *member;
	json_t *why;

	json_object_foreach(members, member, why)
		(void)note(deciding->skipped, resource, setting,
			   json_string_value(why));
}

/* Is it so already, and will it stay so? */
static bool is_satisfied(const struct resource *resource,
			 const struct setting *setting, const json_t *after)
{
	return !resource_pending(resource, setting) &&
	       value_equal(setting, resource_value(resource, setting), after);
}

/* What is to become of one row: by a rule that names it, or one that expands
 * into it, or both. */
struct decision {
	const struct setting *setting;
	const struct wanted_setting *wanted; /* whose rule it is */
	json_t *after;
	const char *via; /* the setting that was expanded, or passed on */
	const struct resource *by; /* that has it; NULL: this resource */
};

/* By its name, or by that of what was expanded. */
static bool is_selected(struct deciding *deciding,
			const struct resource *resource,
			const struct decision *decision)
{
	const bool direct = only_has(&deciding->only, resource->address,
				     decision->setting->name);

	return (decision->via && only_has(&deciding->only,
					  decision->by ? decision->by->address
						       : resource->address,
					  decision->via)) ||
	       direct;
}

/* Does a hold keep it from becoming so? That is said. */
static bool is_held(struct deciding *deciding, const struct resource *resource,
		    const struct setting *setting, json_t *after)
{
	const json_t *hold =
		deciding->holds
			? holds_find(deciding->holds, resource->place->name,
				     resource->address, setting->name)
			: NULL;

	if (!hold || !hold_covers(hold, setting,
				  resource_value(resource, setting), after))
		return false;
	add_held(deciding, resource, setting, hold, after);
	return true;
}

/* "cluster/orders:parameters" where another resource has it. Borrowed. */
static const char *via_text(struct deciding *deciding,
			    const struct decision *decision)
{
	CLEANUP(free_ptr) char *text = NULL;

	if (!decision->by)
		return decision->via;
	text = xasprintf("%s:%s", decision->by->address, decision->via);
	(void)json_array_append_new(deciding->texts, json_from_text(text));
	return json_string_value(json_array_get(
		deciding->texts, json_array_size(deciding->texts) - 1));
}

static void decide_setting(struct deciding *deciding,
			   const struct resource *resource,
			   const struct decision *decision)
{
	const struct wanted_setting *wanted = decision->wanted;
	const struct setting *setting = decision->setting;
	CLEANUP(json_release) json_t *after = decision->after;
	const struct waiver *waiver, *expired = NULL;

	waiver = desired_waiver(deciding->desired, resource, setting,
				deciding->now, &expired);
	if (expired)
		say_expired(deciding, resource, setting, expired);
	if (!is_selected(deciding, resource, decision))
		return;
	say_unhealthy(deciding, resource, setting);
	if (is_satisfied(resource, setting, after))
		return;
	if (setting->engine && resource->engine &&
	    strcmp(setting->engine, resource->engine) != 0) {
		CLEANUP(free_ptr)
		char *line = xasprintf("only %s has it, and this is %s",
				       setting->engine, resource->engine);

		(void)note(deciding->skipped, resource, setting, line);
	} else if (waiver) {
		add_waived(deciding, resource, setting, waiver);
	} else if (!is_held(deciding, resource, setting, after)) {
		wants_add(&deciding->wants,
			  &(struct want){ .resource = resource,
					  .setting = setting,
					  .after = TAKE(after),
					  .via = via_text(deciding, decision),
					  .window = wanted->rule->window,
					  .rule_name = wanted->rule->name,
					  .rule_line = wanted->rule->line });
	}
}

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
		    is_satisfied(resource, &rows[i], after) ||
		    is_held(deciding, resource, &rows[i], after))
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

/* ---- settings that are another way to ask for one ---- */

/* Is the expanding setting waived? If it would do something, that is said. */
static bool is_waived(struct deciding *deciding,
		      const struct resource *resource,
		      const struct setting *setting, bool matters)
{
	const struct waiver *expired = NULL;
	const struct waiver *waiver = desired_waiver(
		deciding->desired, resource, setting, deciding->now, &expired);

	if (expired)
		say_expired(deciding, resource, setting, expired);
	if (waiver && matters)
		add_waived(deciding, resource, setting, waiver);
	return waiver;
}

/* Let what expands into the decision's setting work on its value. */
static void expand(struct deciding *deciding, const struct resource *resource,
		   const struct wanted_setting *by, struct decision *decision)
{
	const struct setting *row = by->rule_setting->setting;
	const json_t *live = resource_value(resource, decision->setting);
	json_t *base = decision->after;
	const char *why = NULL;
	CLEANUP(json_release)
	json_t *expanded = kind_ops(resource->kind)
				   ->expand(resource, deciding->live, row,
					    by->rule_setting->value,
					    base ? base : live, &why);
	const bool matters =
		!value_equal(decision->setting, expanded, base ? base : live);

	if (why && only_has(&deciding->only, resource->address, row->name))
		(void)note(deciding->skipped, resource, row, why);
	if (is_waived(deciding, resource, row, matters) || !matters)
		return;
	decision->via = row->name;
	if (!decision->wanted || value_equal(decision->setting, base, live))
		decision->wanted = by;
	json_decref(base);
	decision->after = TAKE(expanded);
}

/* ---- settings that are passed on to another resource ---- */

static void block(struct deciding *deciding, const struct resource *resource,
		  const struct setting *setting, json_t *after,
		  const char *reason, const char *remedy)
{
	json_t *live = resource_value(resource, setting);
	json_t *entry = note(deciding->blocked, resource, setting, reason);

	(void)json_object_set_new(entry, "before",
				  live ? json_incref(live) : json_null());
	(void)json_object_set_new(entry, "after", after);
	(void)json_object_set_new(entry, "remedy", json_from_text(remedy));
}

/* What the resource's rules pass on, and to whom. */
struct handing {
	struct pass pass;
	struct stand_in stand_in;
	const struct setting *through;
	struct decision instead; /* of `through`, where something stands in */
};

static void handing_release(struct handing *handing)
{
	pass_release(&handing->pass);
	stand_in_release(&handing->stand_in);
}

/* Is all of it so already in what the user has? */
static bool is_met(const struct deciding *deciding, const struct resource *user,
		   const struct pass *pass, const char *id)
{
	CLEANUP(free_ptr) char *address = address_of(pass->row->passes_to, id);
	const struct resource *used =
		live_find(deciding->live, user->place->name, address);
	size_t len;
	const struct setting *rows = catalogue_rows(pass->row->passes_to, &len);

	for (size_t i = 0; used && i < len && i < pass->len; i++) {
		json_t *live = resource_value(used, &rows[i]);
		CLEANUP(json_release) json_t *wanted = NULL;

		if (!pass->wanted[i].rule)
			continue;
		if (!live)
			return false;
		wanted = desired_value(deciding->desired, used,
				       pass->wanted[i].rule_setting, live);
		if (!value_equal(&rows[i], wanted, live))
			return false;
	}
	return used;
}

/*
 * The id of whom it goes to; NULL: nobody, since something is wrong, which is
 * said, or nothing to be done. New reference.
 */
static json_t *find_receiver(struct deciding *deciding,
			     const struct resource *user,
			     const struct wanted_setting *by_rule,
			     struct handing *handing)
{
	const struct setting *row = handing->pass.row;
	const struct stand_in *stand_in = &handing->stand_in;
	json_t *live = resource_value(user, handing->through);
	CLEANUP(json_release)
	json_t *used = by_rule->rule
			       ? desired_value(deciding->desired, user,
					       by_rule->rule_setting, live)
			       : json_incref(live);

	if (!json_is_string(used)) {
		block(deciding, user, row, json_null(),
		      "who uses it was not read", NULL);
		return NULL;
	}
	kind_ops(row->passes_to)
		->stand_in(user, json_string_value(used), deciding->live,
			   &handing->stand_in);
	if (!stand_in->id)
		return TAKE(used);
	if (is_met(deciding, user, &handing->pass, json_string_value(used)))
		return NULL;
	if (by_rule->rule || stand_in->reason) {
		block(deciding, user, row, json_from_text(stand_in->id),
		      by_rule->rule ? "a rule wants it to use AWS's own, "
				      "which nobody can change"
				    : stand_in->reason,
		      by_rule->rule ? "let no rule set it, or to one of your "
				      "own"
				    : stand_in->remedy);
		return NULL;
	}
	return json_from_text(stand_in->id);
}

/*
 * A stand-in the resource is to use instead. What it has begun to use already
 * is in effect later, whatever is set in it: then that is what waits.
 */
static bool is_to_use(const struct resource *user,
		      const struct wanted_setting *by_rule,
		      const struct handing *handing)
{
	return handing->stand_in.id ||
	       (!by_rule->rule && resource_pending(user, handing->through));
}

static void hand_on(struct deciding *deciding, const struct resource *user,
		    const struct wanted_setting *wanted,
		    struct handing *handing)
{
	const struct setting *row;
	const struct wanted_setting *by_rule;
	CLEANUP(json_release) json_t *id = NULL;
	CLEANUP(free_ptr) char *address = NULL;
	const struct resource *to;

	if (!pass_find(deciding->desired, user, &handing->pass))
		return;
	row = handing->pass.row;
	handing->through = pass_through(&handing->pass);
	(void)only_has(&deciding->only, user->address, row->name);
	if (is_waived(deciding, user, row, true))
		return;
	by_rule = &wanted[catalogue_index(handing->through)];
	id = find_receiver(deciding, user, by_rule, handing);
	if (!id)
		return;
	address = address_of(row->passes_to, json_string_value(id));
	to = live_find(deciding->live, user->place->name, address);
	if (!to) {
		block(deciding, user, row, TAKE(id), "it was not read", NULL);
		return;
	}
	passing_add(&deciding->passing, &handing->pass, user, to,
		    resource_is_missing(to) ? handing->stand_in.values : NULL);
	if (is_to_use(user, by_rule, handing))
		handing->instead = (struct decision){
			.setting = handing->through,
			.wanted = pass_first(&handing->pass),
			.after = TAKE(id),
			.via = row->name,
		};
}

static void block_conflict(struct deciding *deciding,
			   const struct resource *resource,
			   const struct setting *setting,
			   struct pass_decision *passed)
{
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(LIMIT_MESSAGE);

	strbuf_addf(&text,
		    "%s and %s both use it, and the rules '%s' (%s:%ld) "
		    "and '%s' (%s:%ld) want different values",
		    passed->other->address, passed->user->address,
		    passed->others->rule->name, deciding->desired->path,
		    passed->others->rule->line, passed->wanted->rule->name,
		    deciding->desired->path, passed->wanted->rule->line);
	block(deciding, resource, setting, TAKE(passed->after), text.buf,
	      "let the rules agree, or give one of the two a group of its own");
}

/* What rules for others say about the row; false: it cannot be decided. */
static bool take_passed(struct deciding *deciding,
			const struct resource *resource,
			const struct passing *passing,
			const struct wanted_setting *own,
			struct decision *decision)
{
	struct pass_decision passed;

	passing_decide(passing, deciding->desired, resource, decision->setting,
		       own, &passed);
	if (!passed.wanted)
		return true;
	if (passed.other) {
		block_conflict(deciding, resource, decision->setting, &passed);
		json_decref(TAKE(decision->after));
		return false;
	}
	json_decref(decision->after);
	decision->after = passed.after;
	decision->wanted = passed.wanted;
	decision->by = passed.user;
	decision->via = passed.via;
	return true;
}

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
			expand(deciding, resource, &wanted[i], &decision);
	}
	if (passing->len &&
	    !take_passed(deciding, resource, passing, &wanted[row], &decision))
		return true;
	if (decision.wanted)
		decide_setting(deciding, resource, &decision);
	return decision.wanted;
}

/* ---- all of them ---- */

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
		hand_on(deciding, resource, wanted, &handing);
		if (handing.instead.wanted)
			decide_setting(deciding, resource, &handing.instead);
		for (size_t row = 0; row < rows; row++) {
			if (decide_row(deciding, resource, wanted, row,
				       &passing))
				matched = true;
		}
		matched = matched || handing.pass.row;
		if (!matched)
			continue;
		add_implied(deciding, resource, wanted);
		count_cluster(deciding->matched_clusters, resource);
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
	if (over_limit(&deciding, plan))
		ask_for_many(plan);
	plan_finish(plan);
	*ret_plan = plan;
	return 0;
}
