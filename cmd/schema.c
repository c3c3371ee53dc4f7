#include "cmd/command.h"
#include "cmd/message.h"
#include "core/json.h"
#include "core/limits.h"
#include "plans/desired.h"

struct schema_args {
	struct common_args common;
};

static const struct option_row rows[] = { { .name = NULL } };

static int run(const void *args, struct error *err)
{
	CLEANUP(json_release) json_t *schema = desired_schema();
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT(LIMIT_RENDERED);

	(void)args;
	(void)err;
	json_canonical(schema, &text);
	print_result(&text);
	return EXIT_DONE;
}

extern const struct command command_schema;
const struct command command_schema = {
	.name = "schema",
	.summary = "print the JSON Schema of aback.yaml, for editors",
	.synopsis = "",
	.about = "Prints a JSON Schema (draft 2020-12) that knows every kind, "
		 "setting and valid value. Editors use it to complete and "
		 "check aback.yaml while it is written.",
	.examples = "aback schema >aback.schema.json",
	.args_size = sizeof(struct schema_args),
	.options = rows,
	.run = run,
};
