#include "plans/release.h"

#include <stddef.h>

#include "cmd/command.h"
#include "cmd/expiry.h"
#include "cmd/message.h"
#include "cmd/session.h"
#include "core/json.h"
#include "core/limits.h"
#include "core/terminal.h"

struct release_args {
	struct common_args common;
	const char *target;
};

static const struct option_row rows[] = {
	{ .name = "target",
	  .type = OPTION_TEXT,
	  .offset = offsetof(struct release_args, target),
	  .argument = "NAME",
	  .help = "of which target, where several hold it" },
	{ .name = NULL },
};

static void print(const json_t *released)
{
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT(LIMIT_RENDERED);
	json_t *hold;
	size_t i;

	json_array_foreach(released, i, hold) {
		CLEANUP(strbuf_release)
		struct strbuf raw = STRBUF_INIT(LIMIT_MESSAGE);

		strbuf_addf(
			&raw,
			"released %s %s:%s, held since change %s; plans "
			"propose it again",
			json_text(hold, "target"), json_text(hold, "address"),
			json_text(hold, "setting"), json_text(hold, "change"));
		terminal_escape(&text, raw.buf, false);
		strbuf_addc(&text, '\n');
	}
	mark_changed();
	print_result(&text);
}

static int run(const void *untyped, struct error *err)
{
	const struct release_args *args = untyped;
	CLEANUP(session_release)
	struct session session = { .args = &args->common };
	CLEANUP(json_release) json_t *released = NULL;

	if (session_find_desired(&session, err) ||
	    session_open_store(&session, err))
		return -1;
	(void)expiry_enforce_first(&session);
	if (holds_let_go(session.store, args->common.words.items[0],
			 args->target, &released, err))
		return -1;
	print(released);
	return EXIT_DONE;
}

extern const struct command command_release;
const struct command command_release = {
	.name = "release",
	.summary = "let plans propose a held setting again",
	.synopsis = "ADDR[:SETTING] [--target NAME]",
	.about = "A backout leaves a hold on what it restored, so that the "
		 "next plan does not bring the trouble back. When the reason "
		 "is gone, release it; or change the rule's value, which ends "
		 "the hold as well. An address without a setting releases all "
		 "that is held there. What was derived from it goes along: "
		 "with parameters of a cluster those of the group that was "
		 "made for them.",
	.examples = "aback release cluster/orders:iam_database_authentication_"
		    "enabled\n"
		    "aback release cluster/orders:parameters",
	.least = 1,
	.most = 1,
	.args_size = sizeof(struct release_args),
	.options = rows,
	.run = run,
};
