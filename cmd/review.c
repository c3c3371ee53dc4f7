#include "plans/review.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/command.h"
#include "cmd/message.h"
#include "cmd/notify.h"
#include "cmd/review.h"
#include "cmd/session.h"
#include "core/clock.h"
#include "core/file.h"
#include "core/limits.h"
#include "core/mem.h"
#include "plans/last_accessed.h"
#include "plans/notification.h"
#include "plans/review_since.h"
#include "state/record.h"

/*
 * The formats of --format and who renders them. To add one: a line here, and
 * its renderer in plans/review.h.
 */
#define REVIEW_FORMATS(X)                     \
	X("text", render_review_text)         \
	X("json", render_review_json)         \
	X("markdown", render_review_markdown) \
	X("sarif", render_review_sarif)       \
	X("ocsf", render_review_ocsf)         \
	X("csv", render_review_csv)           \
	X("html", render_review_html)

static void (*const renderers[])(const json_t *review,
				 const struct render_style *style,
				 struct strbuf *out) = {
#define X(name, render) render,
	REVIEW_FORMATS(X)
#undef X
};

static const struct option_row rows[] = {
	{ .letter = 'o',
	  .name = "out",
	  .type = OPTION_TEXT,
	  .offset = offsetof(struct review_args, out),
	  .argument = "FILE",
	  .help = "write the result to a file and not to stdout" },
	{ .name = "severity",
	  .type = OPTION_CHOICE,
	  .offset = offsetof(struct review_args, severity),
	  .choices = { "info", "low", "medium", "high", "critical" },
	  .help = "findings below it are not shown and do not count for the "
		  "exit code" },
	{ .name = "format",
	  .type = OPTION_CHOICE,
	  .offset = offsetof(struct review_args, format),
	  .choices = {
#define X(name, render) name,
		  REVIEW_FORMATS(X)
#undef X
	  },
	  .help = "how the result is written" },
	{ .name = "no-record",
	  .type = OPTION_FLAG,
	  .offset = offsetof(struct review_args, no_record),
	  .help = "do not keep the review in the state repository" },
	{ .name = "no-events",
	  .type = OPTION_FLAG,
	  .offset = offsetof(struct review_args, no_events),
	  .help = "do not ask CloudTrail who changed what since the last "
		  "review" },
	{ .name = "due",
	  .type = OPTION_FLAG,
	  .offset = offsetof(struct review_args, due),
	  .help = "say whether a review is due, and whose; exit 2 when it is" },
	{ .name = "sign-off",
	  .type = OPTION_FLAG,
	  .offset = offsetof(struct review_args, sign_off),
	  .help = "sign off the newest review, or the one that is named" },
	{ .name = "by",
	  .type = OPTION_TEXT,
	  .offset = offsetof(struct review_args, by),
	  .argument = "NAME",
	  .help = "with --sign-off: who has read it and answers for it" },
	{ .name = "note",
	  .type = OPTION_TEXT,
	  .offset = offsetof(struct review_args, note),
	  .argument = "TEXT",
	  .help = "with --sign-off: what is to be remembered" },
	{ .name = "notify",
	  .type = OPTION_FLAG,
	  .offset = offsetof(struct review_args, notify),
	  .help = "tell whoever notify: of aback.yaml names" },
	{ .name = NULL },
};

static void show_progress(void *ctx, const char *line)
{
	(void)ctx;
	status_line(line);
}

/* Who changed what since the last review. */
static int read_events(struct session *session, const struct live *live,
		       int64_t now, json_t **ret_events, json_t **ret_changes,
		       struct error *err)
{
	const struct review_since since = {
		.aws = session->aws,
		.places = &session->places,
		.live = live,
		.store = session->store,
		.every_s = session->desired->review_every_s,
		.now = now,
		.progress = show_progress,
	};

	status_line("asking CloudTrail what was changed");
	if (review_since(&since, ret_events, ret_changes, err))
		return -1;
	status_line(NULL);
	return 0;
}

static void free_surroundings(struct surroundings **surroundings)
{
	surroundings_free(*surroundings);
}

static void free_reads(struct review_reads **reads)
{
	review_reads_free(*reads);
}

/* Everything that the document is made of. */
static int make_review(struct session *session, const struct review_args *args,
		       json_t **ret_review, struct error *err)
{
	const struct desired *desired = session->desired;
	const int64_t started_at = clock_now();
	CLEANUP(free_ptr) char *id = record_new_id(started_at);
	const struct live_wanted *wanted;
	CLEANUP(live_cleanup) struct live *live = NULL;
	CLEANUP(json_release) json_t *events = NULL, *changes = NULL;
	CLEANUP(json_release) json_t *around = NULL, *closed = NULL;
	CLEANUP(free_surroundings) struct surroundings *surroundings = NULL;
	CLEANUP(free_reads)
	struct review_reads *reads = review_reads_new(&wanted);
	struct review_input input = {
		.desired = desired,
		.id = id,
		.started_at = started_at,
		.threshold = (enum severity)args->severity,
	};

	if (session_open_client(session, err) ||
	    places_open_some(session->aws, desired->targets,
			     desired->targets_len, &session->places, &closed,
			     err))
		return -1;
	status_line("reading live state");
	/* it is read beside all that follows */
	surroundings = surroundings_start(session->aws, &session->places,
					  review_parts());
	if (live_read(session->aws, &session->places, wanted, &live, err))
		return -1;
	review_ask_log_groups(surroundings, live);
	if (last_accessed_read(session->aws, live, err) ||
	    surroundings_wait(surroundings, &around, err) ||
	    (!args->no_events &&
	     read_events(session, live, started_at, &events, &changes, err)))
		return -1;
	status_line(NULL);
	input.events = events;
	input.changes = changes;
	input.places = &session->places;
	input.live = live;
	input.closed = closed;
	input.surroundings = around;
	input.created_by = session->places.caller_arn;
	input.finished_at = clock_now();
	*ret_review = review_make(&input);
	return 0;
}

static int write_file(const struct review_args *args, const struct strbuf *text,
		      const json_t *review, struct error *err)
{
	CLEANUP(strbuf_release)
	struct strbuf headline = STRBUF_INIT(LIMIT_MESSAGE);

	if (file_write(args->out, text->buf, text->len, 0644, err)) {
		if (!err->hint)
			error_hint(err, "name a file that can be written with "
					"-o");
		return error_wrap(err, "cannot save the review");
	}
	review_headline(review, &headline);
	note("review written to %s: %s", args->out, headline.buf);
	return 0;
}

static int print_review(const struct session *session,
			const struct review_args *args, const json_t *review,
			struct error *err)
{
	struct render_style style = session_style(session);
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT(LIMIT_RENDERED);

	if (args->out)
		style = (struct render_style){ 0 };
	renderers[args->format](review, &style, &text);
	if (text.overflowed)
		return error_set(err, ERR_LIMIT,
				 "the review is larger than %zu bytes",
				 LIMIT_RENDERED);
	if (args->out)
		return write_file(args, &text, review, err);
	print_result(&text);
	return 0;
}

static int refuse(const char *why, const char *hint, struct error *err)
{
	(void)error_set(err, ERR_USAGE, "%s", why);
	error_hint(err, "%s", hint);
	return -1;
}

static int check_args(const struct review_args *args, struct error *err)
{
	static const char sign[] = "aback review --sign-off --by NAME";

	if (args->out && !strcmp(args->out, "-"))
		return refuse("-o needs the name of a file",
			      "without -o the result goes to stdout", err);
	if (args->due && args->sign_off)
		return refuse("--due and --sign-off do not go together", sign,
			      err);
	if (args->notify && args->sign_off)
		return refuse("--notify goes with a review or --due", sign,
			      err);
	if (args->sign_off && !(args->by && *args->by))
		return refuse("who signs the review off?", sign, err);
	if (!args->sign_off &&
	    (args->by || args->note || args->common.words.len))
		return refuse("a name, a note and a review go with --sign-off",
			      sign, err);
	if ((args->due || args->sign_off) && (args->format > 1 || args->out))
		return refuse("--due and --sign-off print text or JSON",
			      "leave out -o, and give --format text or json",
			      err);
	return 0;
}

static int run_review(const struct review_args *args, struct session *session,
		      struct error *err)
{
	const int64_t began_at = clock_now();
	CLEANUP(json_release) json_t *review = NULL;
	bool found;

	if ((args->out && file_has_place(args->out, err)) ||
	    session_load_desired(session, NULL, err) ||
	    (args->notify &&
	     notify_check(session->desired, OCCASION_REVIEW, err)) ||
	    review_open_store(session, args, err) ||
	    make_review(session, args, &review, err) ||
	    review_link(session, began_at, review, err) ||
	    print_review(session, args, review, err) ||
	    review_record(session, args, review, err))
		return -1;
	found = review_found(review);
	if (args->notify)
		notify_people(session->desired, OCCASION_REVIEW,
			      notification_of_review(review,
						     session->store &&
							     !args->no_record,
						     found, clock_now()));
	return found ? EXIT_FOUND : EXIT_DONE;
}

static int run(const void *untyped, struct error *err)
{
	const struct review_args *args = untyped;
	CLEANUP(session_release)
	struct session session = { .args = &args->common };

	if (check_args(args, err))
		return -1;
	if (args->due)
		return review_due(args, &session, err);
	if (args->sign_off)
		return review_sign_off(args, &session, err);
	return run_review(args, &session, err);
}

extern const struct command command_review;
const struct command command_review = {
	.name = "review",
	.summary = "read live state, judge it by the controls, report",
	.synopsis = "[-o FILE] [--severity S] [--format F] [--no-record] "
		    "[--no-events] "
		    "[--notify] | --due [--notify] | --sign-off --by NAME "
		    "[--note TEXT] [REVIEW]",
	.about = "Reads everything that belongs to the Aurora clusters of the "
		 "targets and judges it by published controls: CIS AWS "
		 "Database Services, CIS AWS Foundations, the AWS Foundational "
		 "Security Best Practices. Each finding says what is and what "
		 "should be, with the call that it was read with, and what "
		 "would put it right: a rule to plan, a decision of a person, "
		 "or a procedure. What could not be read is said, and never "
		 "counts as passed. Nothing is changed.\n\n"
		 "Waivers of aback.yaml hold for the controls that look at "
		 "their settings, until they expire. Exits 2 where there is a "
		 "finding at or above --severity that is not waived, or where "
		 "something that such a control needs could not be read.\n\n"
		 "A review that came to its end is kept in the state "
		 "repository, and compared with the one before it. With "
		 "--sign-off somebody puts their name to one, once. With --due "
		 "nothing is read from AWS: it says whether a review of all "
		 "targets is younger than review.every of aback.yaml.",
	.examples = "aback review\n"
		    "aback review --severity high\n"
		    "aback review --format json -o review.json\n"
		    "aback review --sign-off --by 'Alice Example'\n"
		    "aback review --due",
	.most = 1,
	.flags = HAS_TARGET,
	.args_size = sizeof(struct review_args),
	.options = rows,
	.run = run,
};
