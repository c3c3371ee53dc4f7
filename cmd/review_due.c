/* aback review --due and --sign-off: when, and by whom. */
#include "cmd/message.h"
#include "cmd/notify.h"
#include "cmd/review.h"
#include "core/clock.h"
#include "core/limits.h"
#include "core/terminal.h"
#include "plans/notification.h"
#include "plans/review_store.h"

/* A line of text, or the document where JSON is asked for. */
static void print(const struct review_args *args, const char *line,
		  const json_t *document)
{
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT(LIMIT_RENDERED);

	if (args->format) {
		json_canonical(document, &text);
	} else {
		terminal_escape(&text, line, false);
		strbuf_addc(&text, '\n');
	}
	print_result(&text);
}

int review_due(const struct review_args *args, struct session *session,
	       struct error *err)
{
	CLEANUP(json_release) json_t *due = NULL;

	if (session_load_desired(session, NULL, err) ||
	    (args->notify &&
	     notify_check(session->desired, OCCASION_DUE, err)) ||
	    session_open_fresh_store(session, err) ||
	    review_store_due(session->store, session->desired, clock_now(),
			     &due, err))
		return -1;
	print(args, json_text(due, "reason"), due);
	if (!json_is_true(json_object_get(due, "due")))
		return EXIT_DONE;
	if (args->notify)
		notify_people(session->desired, OCCASION_DUE,
			      notification_of_due(due, clock_now()));
	return EXIT_FOUND;
}

int review_sign_off(const struct review_args *args, struct session *session,
		    struct error *err)
{
	const struct words *words = &args->common.words;
	const struct review_signer signer = { .by = args->by,
					      .note = args->note };
	CLEANUP(json_release) json_t *signoff = NULL;
	CLEANUP(strbuf_release) struct strbuf line = STRBUF_INIT(LIMIT_MESSAGE);

	if (session_find_desired(session, err) ||
	    session_open_store(session, err) ||
	    review_store_sign(session->store,
			      words->len ? words->items[0] : NULL, &signer,
			      &signoff, err))
		return -1;
	mark_changed();
	strbuf_addf(&line, "the review %s is signed off by %s at %s",
		    json_text(signoff, "review"), json_text(signoff, "by"),
		    json_text(signoff, "at"));
	print(args, line.buf, signoff);
	return EXIT_DONE;
}
