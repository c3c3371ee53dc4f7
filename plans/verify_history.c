/*
 * CloudTrail's event history for a verification.
 *
 * It shows calls some minutes late, and says nothing of how late. So the first
 * look-up of each account and region is itself a mark: it is a call that event
 * history will show. Once it does, what was called before it is there too, as
 * far as anybody can tell. Where it does not within AWS's usual lag, that long
 * a wait has to do.
 */
#include <string.h>

#include "core/clock.h"
#include "core/endpoint.h"
#include "core/limits.h"
#include "core/mem.h"
#include "plans/trail.h"
#include "plans/verify_parts.h"

/* AWS takes two requests a second of an account and region. */
#define PACE_MS 510
#define LONGEST_DELAY_MS 15000
/* Clocks that AWS accepts may be so much apart. */
#define SKEW_S 300

/* The mark in one account and region. */
struct mark {
	const char *account_id;
	char *region;
	struct aws_session *session;
	int64_t asked; /* UTC seconds */
	char *request_id;
	bool seen;
	json_t *unread; /* NULL: it can be asked */
	bool found;     /* on the pages that are being read */
};

struct history {
	struct aws *aws;
	const struct places *places;
	const struct verify_options *options;
	json_t *only; /* {"<target>": [addresses]} */
	struct mark *marks;
	size_t len, cap, open;
	int64_t began_ms, until_ms;
	struct error interrupted;
};

static void history_release(struct history *history)
{
	for (size_t i = 0; i < history->len; i++) {
		free(history->marks[i].region);
		free(history->marks[i].request_id);
		json_decref(history->marks[i].unread);
	}
	free(history->marks);
	json_decref(history->only);
	error_release(&history->interrupted);
}

/* ---- which accounts and regions ----------------------------------------- */

static json_t *only_of(const json_t *proof)
{
	const json_t *record = json_object_get(proof, "record");
	json_t *only = json_object(), *setting;
	size_t i;

	json_array_foreach(json_object_get(record, "settings"), i, setting) {
		const char *target = verify_text(setting, "target");

		if (!json_object_get(only, target))
			(void)json_object_set_new(only, target, json_array());
		json_array_add_unique(json_object_get(only, target),
				      verify_text(setting, "address"));
	}
	return only;
}

static const char *region_of(const struct place *place)
{
	return place->global ? endpoint_global_region(
				       aws_session_region(place->session))
			     : place->region;
}

static int add_mark(struct history *history, const struct place *place,
		    struct error *err)
{
	const char *region = region_of(place);
	struct aws_session *session;

	for (size_t i = 0; i < history->len; i++) {
		if (!strcmp(history->marks[i].account_id, place->account_id) &&
		    !strcmp(history->marks[i].region, region))
			return 0;
	}
	if (aws_session_elsewhere(place->session, region, &session, err))
		return -1;
	GROW(history->marks, history->len, history->cap);
	history->marks[history->len++] =
		(struct mark){ .account_id = place->account_id,
			       .region = xstrdup(region),
			       .session = session };
	return 0;
}

static int add_marks(struct history *history, struct error *err)
{
	for (size_t i = 0; i < history->places->len; i++) {
		const struct place *place = &history->places->items[i];

		if (json_object_get(history->only, place->name) &&
		    add_mark(history, place, err))
			return -1;
	}
	return 0;
}

/* ---- looking ------------------------------------------------------------ */

struct looking {
	struct history *history;
	struct mark *mark;
};

static void on_begin(void *ctx)
{
	struct looking *looking = ctx;

	looking->mark->found = false;
}

static void on_answer(void *ctx, const json_t *answer)
{
	struct looking *looking = ctx;
	json_t *event;
	size_t i;

	json_array_foreach(json_object_get(answer, "Events"), i, event) {
		const char *text = verify_text(event, "CloudTrailEvent");
		CLEANUP(json_release)
		json_t *record = json_loads(text, 0, NULL);

		if (looking->mark->request_id &&
		    verify_is(record, "requestID", looking->mark->request_id))
			looking->mark->found = true;
	}
}

static void on_done(void *ctx, const struct aws_result *result)
{
	CLEANUP(free_ptr) struct looking *looking = ctx;
	struct mark *mark = looking->mark;
	struct history *history = looking->history;

	history->open--;
	if (result->outcome != AWS_OK) {
		if (result->error->code == ERR_INTERRUPTED)
			error_copy(&history->interrupted, result->error);
		json_decref(mark->unread);
		mark->unread = verify_unread(result->error);
		return;
	}
	if (!mark->request_id)
		mark->request_id = xstrdup(result->request_id);
	mark->seen |= mark->found;
}

/* Only look-ups around the mark are asked for. */
static json_t *question_of(const struct mark *mark)
{
	return json_pack("{s:[{s:s, s:s}], s:I, s:I}", "LookupAttributes",
			 "AttributeKey", "EventName", "AttributeValue",
			 "LookupEvents", "StartTime",
			 (json_int_t)(mark->asked - SKEW_S), "EndTime",
			 (json_int_t)(mark->asked + SKEW_S));
}

static void look(struct history *history, struct mark *mark)
{
	struct looking *looking = xcalloc(1, sizeof(*looking));
	struct aws_listing listing = {
		.call = { .session = mark->session,
			  .service = "cloudtrail",
			  .action = "LookupEvents",
			  .json = on_answer,
			  .begin = on_begin,
			  .done = on_done,
			  .ctx = looking },
		.marker_path = "NextToken",
		.marker_parameter = "NextToken",
	};
	CLEANUP(json_release) json_t *parameters = NULL;

	*looking = (struct looking){ history, mark };
	if (!mark->asked)
		mark->asked = clock_now();
	parameters = question_of(mark);
	listing.call.parameters = parameters;
	history->open++;
	if (mark->request_id)
		aws_list(history->aws, &listing);
	else /* it makes the mark: what it finds does not matter */
		aws_start(history->aws, &listing.call);
}

/* Of all that are neither seen nor refused; how many are left then. */
static size_t look_all(struct history *history)
{
	size_t left = 0;

	for (size_t i = 0; i < history->len; i++) {
		struct mark *mark = &history->marks[i];

		if (!mark->seen && !mark->unread)
			look(history, mark);
	}
	while (history->open > 0)
		aws_step(history->aws, INT64_MAX);
	for (size_t i = 0; i < history->len; i++)
		left += !history->marks[i].seen && !history->marks[i].unread;
	return left;
}

/* ---- waiting ------------------------------------------------------------ */

static bool is_interrupted(const struct history *history)
{
	return error_is_set(&history->interrupted) ||
	       (history->options->interrupted &&
		*history->options->interrupted);
}

static int interrupted(const struct history *history, struct error *err)
{
	if (error_is_set(&history->interrupted))
		error_copy(err, &history->interrupted);
	else
		(void)error_set(err, ERR_INTERRUPTED,
				"interrupted while waiting for CloudTrail's "
				"event history");
	return -1;
}

/* Sleep, but not beyond the end; false: the end is reached, or a signal came.
 */
static bool pause_for(const struct history *history, int64_t ms)
{
	const int64_t now = clock_monotonic_ms();
	const int64_t until =
		now + ms < history->until_ms ? now + ms : history->until_ms;

	while (clock_monotonic_ms() < until && !is_interrupted(history))
		clock_sleep_ms(until - clock_monotonic_ms());
	return clock_monotonic_ms() < history->until_ms &&
	       !is_interrupted(history);
}

static int64_t longer(int64_t delay_ms)
{
	return 2 * delay_ms < LONGEST_DELAY_MS ? 2 * delay_ms
					       : LONGEST_DELAY_MS;
}

static void say(const struct history *history, const char *what)
{
	const struct verify_options *options = history->options;
	const int64_t s = (clock_monotonic_ms() - history->began_ms) / 1000;
	CLEANUP(free_ptr)
	char *line = xasprintf("%s: %lld s of at most %lld s", what,
			       (long long)s, (long long)options->wait_s);

	if (options->progress)
		options->progress(options->progress_ctx, line);
}

static void wait_for_marks(struct history *history)
{
	int64_t delay_ms = PACE_MS;

	if (!look_all(history))
		return;
	while (pause_for(history, delay_ms)) {
		say(history, "waiting until CloudTrail's event history has "
			     "caught up");
		if (!look_all(history))
			return;
		delay_ms = longer(delay_ms);
	}
}

/* ---- reading ------------------------------------------------------------ */

static int64_t began_at(const json_t *proof)
{
	CLEANUP(error_release) struct error ignored = ERROR_INIT;
	const json_t *record = json_object_get(proof, "record");
	int64_t when;

	return clock_parse(verify_text(record, "started_at"), &when, &ignored) <
			       0
		       ? 0
		       : when;
}

static int read_events(const struct history *history, struct store *store,
		       const json_t *proof, json_t **ret_events,
		       struct error *err)
{
	const struct trail_request request = {
		.aws = history->aws,
		.places = history->places,
		.from = began_at(proof) - SKEW_S,
		.store = store,
		.only = history->only,
		.all_writes = true,
		.progress = history->options->progress,
		.progress_ctx = history->options->progress_ctx,
	};

	clock_sleep_ms(PACE_MS); /* the marks were looked for just now */
	return trail_read(&request, ret_events, err);
}

/* May more of our calls show up in what was read, if it is read again? */
static bool more_may_come(json_t *proof)
{
	const json_t *evidence = json_object_get(proof, "evidence");
	CLEANUP(json_release) json_t *ours = json_object();
	CLEANUP(json_release) json_t *calls = NULL;
	json_t *call;
	size_t i;

	if (!trail_is_complete(json_object_get(evidence, "events")))
		return false;
	calls = verify_judge_calls(proof, ours);
	json_array_foreach(calls, i, call) {
		if (verify_is(call, "verdict", "not_seen"))
			return true;
	}
	return false;
}

static int read_until_seen(struct history *history, struct store *store,
			   json_t *proof, struct error *err)
{
	json_t *evidence = json_object_get(proof, "evidence");
	int64_t delay_ms = PACE_MS;

	do {
		json_t *events;

		if (read_events(history, store, proof, &events, err))
			return -1;
		(void)json_object_set_new(evidence, "events", events);
		if (!more_may_come(proof))
			return 0;
		say(history, "waiting until event history shows all calls of "
			     "the change");
		delay_ms = longer(delay_ms);
	} while (pause_for(history, delay_ms));
	return 0;
}

/* ---- all of it ---------------------------------------------------------- */

static json_t *entry_of(const struct history *history, const struct mark *mark)
{
	const bool waited = clock_monotonic_ms() - history->began_ms >=
			    (int64_t)TRAIL_LAG_S * 1000;
	char text[CLOCK_TEXT_MAX];

	return json_pack("{s:s, s:s, s:s, s:o, s:o, s:O?}", "account_id",
			 mark->account_id, "region", mark->region, "asked_at",
			 clock_rfc3339(mark->asked, text), "request_id",
			 json_from_text(mark->request_id), "caught_up",
			 json_from_text(mark->seen                ? "seen"
					: waited && !mark->unread ? "waited"
								  : NULL),
			 "unread", mark->unread);
}

static void put_marks(const struct history *history, json_t *proof)
{
	json_t *entries = json_array();

	for (size_t i = 0; i < history->len; i++)
		(void)json_array_append_new(
			entries, entry_of(history, &history->marks[i]));
	(void)json_object_set_new(json_object_get(proof, "evidence"), "history",
				  entries);
}

int verify_read_history(struct aws *aws, const struct places *places,
			struct store *store, json_t *proof,
			const struct verify_options *options, struct error *err)
{
	CLEANUP(history_release)
	struct history history = { .aws = aws,
				   .places = places,
				   .options = options,
				   .only = only_of(proof),
				   .began_ms = clock_monotonic_ms(),
				   .interrupted = ERROR_INIT };

	history.until_ms = history.began_ms + options->wait_s * 1000;
	if (add_marks(&history, err))
		return -1;
	wait_for_marks(&history);
	if (is_interrupted(&history))
		return interrupted(&history, err);
	put_marks(&history, proof);
	if (read_until_seen(&history, store, proof, err))
		return -1;
	if (is_interrupted(&history))
		return interrupted(&history, err);
	(void)json_object_set_new(
		proof, "waited_s",
		json_integer((clock_monotonic_ms() - history.began_ms) / 1000));
	return 0;
}
