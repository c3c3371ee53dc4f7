#include "plans/deciding.h"

#include "core/limits.h"
#include "core/mem.h"
#include "plans/catalogue.h"
#include "plans/value.h"

void handing_release(struct handing *handing)
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
		deciding_block(deciding, user, row, json_null(),
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
		deciding_block(
			deciding, user, row, json_from_text(stand_in->id),
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

void deciding_hand_on(struct deciding *deciding, const struct resource *user,
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
	if (deciding_is_waived(deciding, user, row, true))
		return;
	by_rule = &wanted[catalogue_index(handing->through)];
	id = find_receiver(deciding, user, by_rule, handing);
	if (!id)
		return;
	address = address_of(row->passes_to, json_string_value(id));
	to = live_find(deciding->live, user->place->name, address);
	if (!to) {
		deciding_block(deciding, user, row, TAKE(id), "it was not read",
			       NULL);
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

/* As the rule says it: what is the default would read as unset. */
static void show_wanted(const struct setting *setting,
			const struct wanted_setting *wanted,
			const json_t *after, struct strbuf *out)
{
	const json_t *said = wanted->rule_setting->value;

	value_show(setting, json_is_string(said) ? said : after, out);
}

static void block_conflict(struct deciding *deciding,
			   const struct resource *resource,
			   const struct setting *setting,
			   struct pass_decision *passed)
{
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(LIMIT_MESSAGE);

	strbuf_addf(&text,
		    "%s and %s both use it, and the rules '%s' (%s:%ld) "
		    "and '%s' (%s:%ld) want different values: ",
		    passed->other->address, passed->user->address,
		    passed->others->rule->name, deciding->desired->path,
		    passed->others->rule->line, passed->wanted->rule->name,
		    deciding->desired->path, passed->wanted->rule->line);
	show_wanted(setting, passed->others, passed->others_after, &text);
	strbuf_adds(&text, " and ");
	show_wanted(setting, passed->wanted, passed->after, &text);
	deciding_block(deciding, resource, setting, TAKE(passed->after),
		       text.buf,
		       "let the rules agree, or give one of the two a group of "
		       "its own");
}

bool deciding_take_passed(struct deciding *deciding,
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
		json_decref(passed.others_after);
		return false;
	}
	json_decref(decision->after);
	decision->after = passed.after;
	decision->wanted = passed.wanted;
	decision->by = passed.user;
	decision->via = passed.via;
	return true;
}
