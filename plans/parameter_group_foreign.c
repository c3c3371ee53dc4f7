/* How others reset parameters: all at once, or without saying that not all. */
#include <string.h>

#include "plans/catalogue.h"
#include "plans/parameter_group.h"

#define ALL "ResetAllParameters"
#define FIRST "Parameters.Parameter.1."

/* As if each had been named: what nobody set is then as it was. */
static void reset_all(const struct parameter_kind *of, const char *call,
		      const json_t *parameters,
		      void (*fn)(void *ctx, const char *call,
				 const json_t *parameters),
		      void *ctx)
{
	size_t len;
	const struct setting *rows = catalogue_rows(of->kind, &len);

	for (size_t i = 0; i < len; i++) {
		CLEANUP(json_release) json_t *one = NULL;

		if (!is_parameter(&rows[i]))
			continue;
		one = json_pack("{sO? ss ss ss}", of->name,
				json_object_get(parameters, of->name),
				FIRST "ParameterName", rows[i].name,
				FIRST "ApplyMethod", "pending-reboot", ALL,
				"false");
		fn(ctx, call, one);
	}
}

void parameter_group_foreign(const struct parameter_kind *of, const char *call,
			     const json_t *parameters,
			     void (*fn)(void *ctx, const char *call,
					const json_t *parameters),
			     void *ctx)
{
	const char *all = json_text(parameters, ALL);
	CLEANUP(json_release) json_t *some = NULL;

	if (strcmp(call, of->reset) != 0)
		return;
	if (all && !strcmp(all, "true")) {
		reset_all(of, call, parameters, fn, ctx);
		return;
	}
	some = json_copy((json_t *)(uintptr_t)parameters);
	json_object_set_new(some, ALL, json_string("false"));
	fn(ctx, call, some);
}
