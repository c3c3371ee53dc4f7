#include "plans/plan_cost.h"

#include <stdlib.h>

#include "core/json.h"
#include "core/mem.h"
#include "plans/value.h"

/* An array of the texts that are not NULL, which must be in sorted order. */
static json_t *classes(const char *a, const char *b, const char *c,
		       const char *d)
{
	const char *const all[] = { a, b, c, d };
	json_t *array = json_array();

	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		if (all[i])
			(void)json_array_append_new(array, json_string(all[i]));
	}
	return array;
}

void plan_set_cost(struct plan_change *change, const struct setting *setting,
		   bool now, bool undoable, bool created)
{
	const enum effect effect = setting_effect(setting, change->facts);
	const char *restart =
		setting_restarts(setting, change->facts) ? "restart" : NULL;
	const bool loses =
		!created && value_loses(setting, change->before, change->after);
	const bool loses_back =
		value_loses(setting, change->after, change->before);

	/* nobody's window makes effective what a reboot would */
	const bool reboots = effect == EFFECT_REBOOT ||
			     (setting->effect == EFFECT_REBOOT &&
			      effect == EFFECT_DEFERRABLE && !now);

	change->effect = xstrdup(reboots ? effect_name(EFFECT_REBOOT)
				 : effect == EFFECT_DEFERRABLE && now
					 ? "immediate"
					 : effect_name(effect));
	change->reversibility = xstrdup(
		!undoable                                  ? "one-way"
		: loses                                    ? "lossy"
		: restart || (reboots && setting->restart) ? "restart"
							   : "reversible");
	json_decref(change->consent);
	change->consent = classes(
		value_exposes(setting, change->before, change->after)
			? "exposure"
			: NULL,
		loses ? "lossy" : NULL, undoable ? NULL : "one-way", restart);
	json_decref(change->backout_consent);
	change->backout_consent =
		classes(value_exposes(setting, change->after, change->before)
				? "exposure"
				: NULL,
			loses_back ? "lossy" : NULL, NULL,
			setting->left_behind ? NULL : restart);
}
