#include "cmd/command.h"
#include "cmd/message.h"
#include "core/limits.h"

struct version_args {
	struct common_args common;
};

static const struct option_row rows[] = { { .name = NULL } };

static int run(const void *args, struct error *err)
{
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(LIMIT_MESSAGE);

	(void)args;
	(void)err;
	strbuf_addf(&text, "aback %s\n", ABACK_VERSION);
	print_result(&text);
	return EXIT_DONE;
}

extern const struct command command_version;
const struct command command_version = {
	.name = "version",
	.summary = "print the version",
	.synopsis = "",
	.about = "Prints the version, which every plan and change record "
		 "carries too.",
	.examples = "aback version",
	.args_size = sizeof(struct version_args),
	.options = rows,
	.run = run,
};
