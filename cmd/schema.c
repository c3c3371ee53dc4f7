#include <stddef.h>

#include "cmd/command.h"
#include "cmd/message.h"
#include "core/json.h"
#include "core/limits.h"
#include "plans/desired.h"
#include "plans/plan.h"
#include "plans/review.h"

struct schema_args {
	struct common_args common;
	bool plan, review;
};

static const struct option_row rows[] = {
	{ .name = "plan",
	  .type = OPTION_FLAG,
	  .offset = offsetof(struct schema_args, plan),
	  .help = "of a plan file instead, for tools that judge plans" },
	{ .name = "review",
	  .type = OPTION_FLAG,
	  .offset = offsetof(struct schema_args, review),
	  .help = "of what review --format json prints instead" },
	{ .name = NULL },
};

static int run(const void *untyped, struct error *err)
{
	const struct schema_args *args = untyped;
	CLEANUP(json_release) json_t *schema = NULL;
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT(LIMIT_RENDERED);

	if (args->plan && args->review)
		return error_set(err, ERR_USAGE,
				 "--plan and --review exclude each other");
	schema = args->plan     ? plan_schema()
		 : args->review ? review_document_schema()
				: desired_schema();
	json_canonical(schema, &text);
	print_result(&text);
	return EXIT_DONE;
}

extern const struct command command_schema;
const struct command command_schema = {
	.name = "schema",
	.summary = "print the JSON Schema of aback.yaml, plans or reviews",
	.synopsis = "[--plan | --review]",
	.about = "Prints a JSON Schema (draft 2020-12) that knows every kind, "
		 "setting and valid value. Editors use it to complete and "
		 "check aback.yaml while it is written."
		 "\n\n"
		 "With --plan it is that of plan files, so that other tools, "
		 "such as Open Policy Agent, can rely on what they judge. With "
		 "--review it is that of reviews, for whoever reads those.",
	.examples = "aback schema >aback.schema.json\n"
		    "aback schema --plan >plan.schema.json\n"
		    "aback schema --review >review.schema.json",
	.args_size = sizeof(struct schema_args),
	.options = rows,
	.run = run,
};
