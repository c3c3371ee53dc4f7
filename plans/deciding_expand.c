/*
 * Settings that are another way to ask for one, as `public_ingress: false` asks
 * for less `ingress`. Where a rule names members that it takes away, the later
 * of the two rules decides, as everywhere; one rule cannot ask for both.
 */
#include "plans/deciding.h"

#include "core/limits.h"
#include "plans/render_parts.h"
#include "plans/value.h"

/* What the rule of the setting itself names and the other one takes away. */
static json_t *contested(const struct deciding *deciding,
			 const struct resource *resource,
			 const struct decision *decision,
			 const json_t *expanded)
{
	CLEANUP(json_release) json_t *nothing = json_array();
	CLEANUP(json_release) json_t *named = NULL;
	CLEANUP(json_release) json_t *gone = NULL;
	json_t *both = json_array(), *member;
	size_t i;

	if (!decision->wanted || !json_is_array(decision->after))
		return both;
	named = desired_value(deciding->desired, resource,
			      decision->wanted->rule_setting, nothing);
	gone = set_minus(decision->after, expanded);
	json_array_foreach(gone, i, member) {
		if (set_has(named, member))
			(void)json_array_append(both, member);
	}
	return both;
}

/* "the rule 'x' (aback.yaml:8)" */
static void add_rule(const struct deciding *deciding,
		     const struct wanted_setting *wanted, struct strbuf *out)
{
	strbuf_addf(out, "the rule '%s' (%s:%ld)", wanted->rule->name,
		    deciding->desired->path, wanted->rule->line);
}

static void say_who_decides(struct deciding *deciding,
			    const struct resource *resource,
			    const struct setting *passed_over,
			    const struct wanted_setting *later,
			    const json_t *members)
{
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(LIMIT_MESSAGE);

	add_rule(deciding, later, &text);
	strbuf_addf(&text,
		    " is later, and so its '%s' decides, not the '%s' of an "
		    "earlier one: ",
		    later->rule_setting->setting->name, passed_over->name);
	part_value(members, NULL, &text);
	(void)deciding_note(deciding->skipped, resource, passed_over, text.buf);
}

static void block_both(struct deciding *deciding,
		       const struct resource *resource,
		       const struct wanted_setting *by,
		       const struct setting *setting, json_t *after,
		       const json_t *members)
{
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(LIMIT_MESSAGE);

	add_rule(deciding, by, &text);
	strbuf_addf(&text, " asks for it, and with '%s' against it: ",
		    by->rule_setting->setting->name);
	part_value(members, NULL, &text);
	deciding_block(deciding, resource, setting, after, text.buf,
		       "leave one out, or put what is to decide in a later "
		       "rule");
}

/* Do the two rules agree on a value? Else that is said, and who decides. */
static bool settle(struct deciding *deciding, const struct resource *resource,
		   const struct wanted_setting *by, struct decision *decision,
		   json_t **expanded)
{
	CLEANUP(json_release)
	json_t *members = contested(deciding, resource, decision, *expanded);
	json_t *both;

	if (!json_array_size(members))
		return true;
	if (by->rule == decision->wanted->rule) {
		block_both(deciding, resource, by, decision->setting,
			   TAKE(decision->after), members);
		*decision = (struct decision){ .setting = decision->setting,
					       .stuck = true };
		return false;
	}
	if (by->rule > decision->wanted->rule) {
		say_who_decides(deciding, resource, decision->setting, by,
				members);
		return true;
	}
	say_who_decides(deciding, resource, by->rule_setting->setting,
			decision->wanted, members);
	both = set_union(*expanded, members);
	json_decref(*expanded);
	*expanded = both;
	return true;
}

void deciding_expand(struct deciding *deciding, const struct resource *resource,
		     const struct wanted_setting *by, struct decision *decision)
{
	const struct setting *row = by->rule_setting->setting;
	const json_t *live = resource_value(resource, decision->setting);
	const json_t *base = decision->after ? decision->after : live;
	const char *why = NULL;
	CLEANUP(json_release)
	json_t *expanded =
		kind_ops(resource->kind)
			->expand(resource, deciding->live, row,
				 by->rule_setting->value, base, &why);
	const bool matters = !value_equal(decision->setting, expanded, base);

	if (why && only_has(&deciding->only, resource->address, row->name))
		(void)deciding_note(deciding->skipped, resource, row, why);
	if (deciding_is_waived(deciding, resource, row, matters) || !matters ||
	    !settle(deciding, resource, by, decision, &expanded) ||
	    value_equal(decision->setting, expanded, base))
		return;
	decision->via = row->name;
	if (!decision->wanted ||
	    value_equal(decision->setting, decision->after, live))
		decision->wanted = by;
	json_decref(decision->after);
	decision->after = TAKE(expanded);
}
