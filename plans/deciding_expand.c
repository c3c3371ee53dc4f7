#include "plans/deciding.h"

#include "plans/value.h"

void deciding_expand(struct deciding *deciding, const struct resource *resource,
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
		(void)deciding_note(deciding->skipped, resource, row, why);
	if (deciding_is_waived(deciding, resource, row, matters) || !matters)
		return;
	decision->via = row->name;
	if (!decision->wanted || value_equal(decision->setting, base, live))
		decision->wanted = by;
	json_decref(base);
	decision->after = TAKE(expanded);
}
