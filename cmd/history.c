#include "plans/history.h"

#include "cmd/command.h"
#include "cmd/message.h"
#include "cmd/session.h"
#include "core/limits.h"

struct history_args {
	struct common_args common;
};

static const struct option_row rows[] = { { .name = NULL } };

static void print(const struct session *session, const json_t *history,
		  bool all_settings)
{
	struct render_style style = session_style(session);
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT(LIMIT_RENDERED);

	switch ((enum format)session->args->format) {
	case FORMAT_TEXT:
		render_history_text(history, all_settings, &style, &text);
		break;
	case FORMAT_JSON:
		json_canonical(history, &text);
		break;
	case FORMAT_MARKDOWN:
		render_history_markdown(history, &text);
		break;
	case FORMAT_HTML:
		render_history_html(history, &text);
		break;
	}
	print_result(&text);
}

static int run(const void *untyped, struct error *err)
{
	const struct history_args *args = untyped;
	const char *address =
		args->common.words.len ? args->common.words.items[0] : NULL;
	CLEANUP(session_release)
	struct session session = { .args = &args->common };
	CLEANUP(json_release) json_t *history = NULL;

	if (session_find_desired(&session, err) ||
	    session_open_fresh_store(&session, err) ||
	    history_read(session.store, address, &history, err))
		return -1;
	print(&session, history, address != NULL);
	if (!json_array_size(history))
		note("no change%s%s so far", address ? " of " : "",
		     address ? address : "");
	return EXIT_DONE;
}

extern const struct command command_history;
const struct command command_history = {
	.name = "history",
	.summary = "what was changed, when, by whom, by which plan",
	.synopsis = "[ADDR]",
	.about = "Lists the changes of the state repository, the newest first: "
		 "of everything, of a resource (cluster/orders) or of one "
		 "setting (cluster/orders:deletion_protection). The same can "
		 "be read with git log -p in the repository itself.",
	.examples = "aback history\n"
		    "aback history cluster/orders:backup_retention_period",
	.most = 1,
	.flags = HAS_FORMAT,
	.args_size = sizeof(struct history_args),
	.options = rows,
	.run = run,
};
