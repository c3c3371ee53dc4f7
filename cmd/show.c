#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "cmd/command.h"
#include "cmd/message.h"
#include "cmd/session.h"
#include "core/json.h"
#include "core/limits.h"
#include "core/terminal.h"
#include "plans/execute.h"
#include "plans/live.h"
#include "plans/review.h"
#include "plans/review_store.h"

struct show_args {
	struct common_args common;
	bool check;
};

static const struct option_row rows[] = {
	{ .name = "check",
	  .type = OPTION_FLAG,
	  .offset = offsetof(struct show_args, check),
	  .help = "does the plan still fit live? exit 2 when it does not" },
	{ .name = NULL },
};

static int print_review(const struct session *session, const char *id,
			struct error *err)
{
	static const review_render_fn renderers[] = {
		[FORMAT_TEXT] = render_review_text,
		[FORMAT_JSON] = render_review_json,
		[FORMAT_MARKDOWN] = render_review_markdown,
		[FORMAT_HTML] = render_review_html,
	};
	const struct render_style style = session_style(session);
	CLEANUP(review_record_release) struct review_record record = { 0 };
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT(LIMIT_RENDERED);

	if (review_store_load(session->store, id, &record, err))
		return -1;
	if (record.signoff)
		(void)json_object_set(record.review, "signoff", record.signoff);
	renderers[session->args->format](record.review, &style, &text);
	print_result(&text);
	return 0;
}

/* What did not fit is the result, not an error. */
static int print_misfit(const struct error *why)
{
	CLEANUP(strbuf_release)
	struct strbuf message = STRBUF_INIT(LIMIT_RENDERED);
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT(LIMIT_RENDERED);

	error_message(why, &message);
	terminal_escape(&text, message.buf, true);
	strbuf_adds(&text, "\nmake a new one with:\n  aback plan -o PLAN\n");
	print_result(&text);
	return EXIT_FOUND;
}

static int check_plan(struct session *session, const struct plan *plan,
		      struct error *err)
{
	CLEANUP(live_cleanup) struct live *live = NULL;
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(KIB);
	CLEANUP(error_release) struct error why = ERROR_INIT;

	if (session_open_aws(session, plan->targets, plan->targets_len, err) ||
	    plan_observe(session->aws, &session->places, plan, &live, err))
		return -1;
	if (!plan_fits(plan, live, &why)) {
		strbuf_adds(&text, "the plan still fits live\n");
		print_result(&text);
		return EXIT_DONE;
	}
	if (why.code == ERR_STALE)
		return print_misfit(&why);
	error_copy(err, &why);
	return -1;
}

static void drop_mistakes(struct error_list *list)
{
	error_list_release(list);
}

/* What its desired file's policy will say, where there is that file. */
static void foresee(const struct session *session, struct plan *plan)
{
	CLEANUP(error_release) struct error ignored = ERROR_INIT;
	CLEANUP(drop_mistakes) struct error_list list = { 0 };
	const char *path = json_text(plan->desired, "path");
	struct desired *desired = NULL;

	if (session->args->file || !path)
		path = session->args->file ? session->args->file : DESIRED_FILE;
	if (desired_load(path, &desired, &list, &ignored))
		return;
	session_foresee(session, desired, plan);
	desired_free(desired);
}

static int show_plan(struct session *session, const struct show_args *args,
		     const char *path, struct error *err)
{
	CLEANUP(plan_cleanup) struct plan *plan = NULL;
	CLEANUP(strbuf_release)
	struct strbuf bytes = STRBUF_INIT(LIMIT_PLAN_FILE);

	if (plan_load(path, &bytes, &plan, err))
		return -1;
	if (args->check)
		return check_plan(session, plan, err);
	foresee(session, plan);
	session_print_plan(session, plan, false);
	return EXIT_DONE;
}

/* A change, or where there is none of that id a review. */
static int show_record(struct session *session, const char *id,
		       struct error *err)
{
	CLEANUP(error_release) struct error why = ERROR_INIT;

	if (session_find_desired(session, err) ||
	    session_open_fresh_store(session, err))
		return -1;
	if (!session_print_change(session, id, err))
		return EXIT_DONE;
	if (err->code == ERR_NOT_FOUND && !print_review(session, id, &why)) {
		error_release(err);
		return EXIT_DONE;
	}
	return -1;
}

/* A file, or what can only be meant as one. */
static bool is_plan_file(const char *word)
{
	size_t len = strlen(word);

	return !access(word, F_OK) || strchr(word, '/') || !strcmp(word, "-") ||
	       (len > 5 && !strcmp(word + len - 5, ".json"));
}

static int run(const void *untyped, struct error *err)
{
	const struct show_args *args = untyped;
	const char *word = args->common.words.items[0];
	CLEANUP(session_release)
	struct session session = { .args = &args->common };

	if (is_plan_file(word))
		return show_plan(&session, args, word, err);
	if (args->check) {
		(void)error_set(err, ERR_USAGE,
				"--check is for plan files, and there is no "
				"file '%s'",
				word);
		error_hint(err, "see: aback help show");
		return -1;
	}
	return show_record(&session, word, err);
}

extern const struct command command_show;
const struct command command_show = {
	.name = "show",
	.summary = "show a plan file, a change record or a review",
	.synopsis = "PLAN|CHANGE|REVIEW [--check]",
	.about = "Shows a plan as it was made, or a change record: what was "
		 "changed from what to what, how far each step got and its AWS "
		 "request id. The beginning of a change's id is enough. The id "
		 "of a review shows that review as it is recorded, and who "
		 "signed it off.\n\n"
		 "With --check it reads live state and says whether the plan "
		 "still fits and, if not, which setting moved.",
	.examples = "aback show plan.json --check\n"
		    "aback show 20261124T021530Z\n"
		    "aback show plan.json --format markdown\n"
		    "aback show 20261124T021530Z --format html >change.html",
	.least = 1,
	.most = 1,
	.flags = HAS_FORMAT,
	.completes = COMPLETES_FILES,
	.args_size = sizeof(struct show_args),
	.options = rows,
	.run = run,
};
