/*
 * Has event history caught up? It shows calls some minutes late, and says
 * nothing of how late. So the first look-up of each account and region is
 * itself a mark: it is a call that event history will show. Once it does, what
 * was called before it is there too, as far as anybody can tell. Where it does
 * not within AWS's usual lag, that long a wait has to do.
 */
#include <string.h>

#include "core/clock.h"
#include "core/endpoint.h"
#include "core/mem.h"
#include "plans/trail.h"
#include "plans/verify_parts.h"

/* Less than the skew, so that our own look-ups stay out of what is looked at.
 */
#define MARK_AHEAD_S 30

enum mark_state {
	MARK_OPEN, /* event history does not show it yet */
	MARK_SEEN,
	MARK_UNREAD /* it cannot be asked */
};

/* The mark in one account and region. */
struct mark {
	const char *account_id;
	char *region;
	struct aws_session *session;
	int64_t asked; /* UTC seconds */
	char *request_id;
	enum mark_state state;
	json_t *unread; /* why it cannot be asked; NULL: it can */
	char *token;    /* of the next page; NULL: the first one */
	int64_t due_ms, delay_ms;
};

struct marking {
	struct aws *aws;
	const struct verify_patience *patience;
	struct mark *marks;
	size_t len, cap, open;
	struct error interrupted;
};

static void marking_release(struct marking *marking)
{
	for (size_t i = 0; i < marking->len; i++) {
		free(marking->marks[i].region);
		free(marking->marks[i].request_id);
		free(marking->marks[i].token);
		json_decref(marking->marks[i].unread);
	}
	free(marking->marks);
	error_release(&marking->interrupted);
}

/* ---- which accounts and regions ----------------------------------------- */

static const char *region_of(const struct place *place)
{
	return place->global ? endpoint_global_region(
				       aws_session_region(place->session))
			     : place->region;
}

static int add_mark(struct marking *marking, const struct place *place,
		    struct error *err)
{
	const char *region = region_of(place);
	struct aws_session *session;

	for (size_t i = 0; i < marking->len; i++) {
		if (!strcmp(marking->marks[i].account_id, place->account_id) &&
		    !strcmp(marking->marks[i].region, region))
			return 0;
	}
	if (aws_session_elsewhere(place->session, region, &session, err))
		return -1;
	GROW(marking->marks, marking->len, marking->cap);
	marking->marks[marking->len++] =
		(struct mark){ .account_id = place->account_id,
			       .region = xstrdup(region),
			       .session = session,
			       .delay_ms = VERIFY_PACE_MS };
	return 0;
}

/* ---- looking for the mark ----------------------------------------------- */

struct looking {
	struct marking *marking;
	struct mark *mark;
	bool found;
	char *token; /* of the next page; NULL: this is the last one */
};

static void on_begin(void *ctx)
{
	struct looking *looking = ctx;

	looking->found = false;
	free(looking->token);
	looking->token = NULL;
}

static void on_answer(void *ctx, const json_t *answer)
{
	struct looking *looking = ctx;
	json_t *event;
	size_t i;

	looking->token = xstrdup(json_text(answer, "NextToken"));
	json_array_foreach(json_object_get(answer, "Events"), i, event) {
		const char *text = verify_text(event, "CloudTrailEvent");
		CLEANUP(json_release)
		json_t *record = json_loads(text, 0, NULL);

		if (looking->mark->request_id &&
		    verify_is(record, "requestID", looking->mark->request_id))
			looking->found = true;
	}
}

/* On to the next page, or, after the last one, to the first a while later. */
static void look_on(struct mark *mark, char *token)
{
	const int64_t now = clock_monotonic_ms();

	free(mark->token);
	mark->token = token;
	mark->due_ms = now + (token ? VERIFY_PACE_MS : mark->delay_ms);
	if (!token)
		mark->delay_ms = verify_longer(mark->delay_ms);
}

static void on_done(void *ctx, const struct aws_result *result)
{
	CLEANUP(free_ptr) struct looking *looking = ctx;
	struct mark *mark = looking->mark;
	struct marking *marking = looking->marking;

	marking->open--;
	if (result->outcome != AWS_OK) {
		if (result->error->code == ERR_INTERRUPTED)
			error_copy(&marking->interrupted, result->error);
		mark->unread = verify_unread(result->error);
		mark->state = MARK_UNREAD;
	} else if (looking->found) {
		mark->state = MARK_SEEN;
	} else if (mark->request_id) {
		look_on(mark, TAKE(looking->token));
	} else {
		/* this one made the mark: what else it found does not matter */
		mark->request_id = xstrdup(result->request_id);
		look_on(mark, NULL);
	}
	free(looking->token);
}

/* Only look-ups around the mark are asked for. */
static json_t *question_of(const struct mark *mark)
{
	json_t *question = json_pack(
		"{s:[{s:s, s:s}], s:I, s:I}", "LookupAttributes",
		"AttributeKey", "EventName", "AttributeValue", "LookupEvents",
		"StartTime", (json_int_t)(mark->asked - VERIFY_SKEW_S),
		"EndTime", (json_int_t)(mark->asked + MARK_AHEAD_S));

	if (mark->token)
		(void)json_object_set_new(question, "NextToken",
					  json_string(mark->token));
	return question;
}

static void look(struct marking *marking, struct mark *mark)
{
	struct looking *looking = xcalloc(1, sizeof(*looking));
	CLEANUP(json_release) json_t *question = NULL;
	struct aws_call call = { .session = mark->session,
				 .service = "cloudtrail",
				 .action = "LookupEvents",
				 .json = on_answer,
				 .begin = on_begin,
				 .done = on_done,
				 .ctx = looking };

	*looking = (struct looking){ .marking = marking, .mark = mark };
	if (!mark->asked)
		mark->asked = clock_now();
	call.parameters = question = question_of(mark);
	marking->open++;
	aws_start(marking->aws, &call);
}

/* Look where it is time to; returns when the next look is, INT64_MAX: none. */
static int64_t look_all(struct marking *marking)
{
	int64_t next = INT64_MAX;

	for (size_t i = 0; i < marking->len; i++) {
		struct mark *mark = &marking->marks[i];

		if (mark->state == MARK_OPEN &&
		    mark->due_ms <= clock_monotonic_ms())
			look(marking, mark);
	}
	while (marking->open > 0)
		aws_step(marking->aws, INT64_MAX);
	for (size_t i = 0; i < marking->len; i++) {
		const struct mark *mark = &marking->marks[i];

		if (mark->state == MARK_OPEN && mark->due_ms < next)
			next = mark->due_ms;
	}
	return next;
}

/* ---- all of it ---------------------------------------------------------- */

/* How it is known that what was called before the mark shows; NULL: it is not.
 */
static const char *caught_up(const struct marking *marking,
			     const struct mark *mark)
{
	const int64_t waited_ms =
		clock_monotonic_ms() - marking->patience->began_ms;

	if (mark->state == MARK_SEEN)
		return "seen";
	return mark->state == MARK_OPEN &&
			       waited_ms >= (int64_t)TRAIL_LAG_S * 1000
		       ? "waited"
		       : NULL;
}

static json_t *entries_of(const struct marking *marking)
{
	json_t *entries = json_array();
	char text[CLOCK_TEXT_MAX];

	for (size_t i = 0; i < marking->len; i++) {
		const struct mark *mark = &marking->marks[i];

		(void)json_array_append_new(
			entries,
			json_pack("{s:s, s:s, s:s, s:o, s:o, s:O?}",
				  "account_id", mark->account_id, "region",
				  mark->region, "asked_at",
				  clock_rfc3339(mark->asked, text),
				  "request_id",
				  json_from_text(mark->request_id), "caught_up",
				  json_from_text(caught_up(marking, mark)),
				  "unread", mark->unread));
	}
	return entries;
}

static void wait_for_all(struct marking *marking)
{
	const struct verify_patience *patience = marking->patience;
	int64_t next = look_all(marking);

	while (next != INT64_MAX && !error_is_set(&marking->interrupted)) {
		const bool last = next > patience->until_ms;

		/* to the very end: by then the usual lag may be over */
		if (!verify_sleep(patience, last ? patience->until_ms : next) ||
		    last)
			return;
		verify_say(patience, "waiting until CloudTrail's event history "
				     "has caught up");
		next = look_all(marking);
	}
}

int verify_wait_for_marks(struct aws *aws, const struct places *places,
			  const json_t *only,
			  const struct verify_patience *patience,
			  json_t **ret_history, struct error *err)
{
	CLEANUP(marking_release)
	struct marking marking = { .aws = aws,
				   .patience = patience,
				   .interrupted = ERROR_INIT };

	for (size_t i = 0; i < places->len; i++) {
		if (json_object_get(only, places->items[i].name) &&
		    add_mark(&marking, &places->items[i], err))
			return -1;
	}
	wait_for_all(&marking);
	if (error_is_set(&marking.interrupted)) {
		error_copy(err, &marking.interrupted);
		return -1;
	}
	if (verify_is_interrupted(patience, err))
		return -1;
	*ret_history = entries_of(&marking);
	return 0;
}
