#include "plans/confirm.h"

#include <stddef.h>

#include "cmd/command.h"
#include "cmd/expiry.h"
#include "cmd/message.h"
#include "cmd/session.h"
#include "core/json.h"
#include "core/limits.h"
#include "core/mem.h"
#include "core/terminal.h"

struct confirm_args {
	struct common_args common;
	bool expired;
};

static const struct option_row rows[] = {
	{ .name = "expired",
	  .type = OPTION_FLAG,
	  .offset = offsetof(struct confirm_args, expired),
	  .help = "back out the changes that were not confirmed in time" },
	{ .name = NULL },
};

static void release_confirm(struct confirm *confirm)
{
	confirm_release(confirm);
}

static int check_args(const struct confirm_args *args, struct error *err)
{
	const size_t words = args->common.words.len;

	if (words + args->expired == 1)
		return 0;
	(void)error_set(err, ERR_USAGE,
			words ? "a change is confirmed, or those that were not "
				"are backed out: not both at once"
			      : "which change is to be kept?");
	error_hint(err, "aback confirm CHANGE, or aback confirm --expired; "
			"aback history lists the changes");
	return -1;
}

static int keep(struct session *session, const char *id, struct error *err)
{
	CLEANUP(release_confirm) struct confirm confirm = { 0 };
	CLEANUP(free_ptr) char *self = confirm_self();
	CLEANUP(strbuf_release) struct strbuf raw = STRBUF_INIT(LIMIT_MESSAGE);
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(LIMIT_MESSAGE);

	if (confirm_keep(session->store, id, self, &confirm, err))
		return -1;
	strbuf_addf(&raw, "change %s is kept: confirmed by %s at %s",
		    json_text(confirm.verdict, "change"),
		    json_text(confirm.verdict, "by"),
		    json_text(confirm.verdict, "at"));
	terminal_escape(&text, raw.buf, false);
	strbuf_addc(&text, '\n');
	mark_changed();
	print_result(&text);
	return EXIT_DONE;
}

static int expire(struct session *session, struct error *err)
{
	struct expiry expiry;

	/* what others confirmed counts; without them nothing is decided */
	if (store_fetch(session->store, err) ||
	    expiry_enforce(session, &expiry, err))
		return -1;
	if (!expiry.due)
		note("nothing is to be backed out");
	if (interrupted)
		return EXIT_INTERRUPTED;
	return expiry.not_done ? EXIT_NOT_DONE : EXIT_DONE;
}

static int run(const void *untyped, struct error *err)
{
	const struct confirm_args *args = untyped;
	CLEANUP(session_release)
	struct session session = { .args = &args->common };

	if (check_args(args, err) || session_find_desired(&session, err))
		return -1;
	if (args->expired)
		return session_open_store(&session, err)
			       ? -1
			       : expire(&session, err);
	if (session_open_fresh_store(&session, err))
		return -1;
	return keep(&session, args->common.words.items[0], err);
}

extern const struct command command_confirm;
const struct command command_confirm = {
	.name = "confirm",
	.summary = "keep a change that undoes itself otherwise",
	.synopsis = "CHANGE|--expired",
	.about = "A change that was applied with --confirm-within is backed "
		 "out by itself unless it is confirmed in time. Confirming "
		 "asks nothing of AWS: only the state repository is needed, so "
		 "--state may name a bare clone of it. The beginning of a "
		 "change's id is enough.\n\n"
		 "With --expired it backs out what was not confirmed in time "
		 "and what failed under --on-failure backout, where the "
		 "process that should have done so is gone. It is for a timer, "
		 "and does nothing where nothing is due.",
	.examples = "aback confirm 20261124T021530Z-a1b2c3\n"
		    "aback confirm --expired",
	.most = 1,
	.args_size = sizeof(struct confirm_args),
	.options = rows,
	.run = run,
};
