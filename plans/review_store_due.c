/* Is a review due, by how much, and whose is it? */
#include <string.h>

#include "core/clock.h"
#include "core/limits.h"
#include "plans/review_store_parts.h"
#include "state/record.h"
#include "plans/review_store.h"

/* The newest review that counts, and those that do not, for they are ahead. */
struct look {
	const struct desired *desired;
	int64_t now;
	json_t *last; /* NULL: none */
	int64_t finished_at;
	json_t *ahead;
};

static bool has_target(const json_t *targets, const struct target *wanted)
{
	json_t *target;
	size_t i;

	json_array_foreach(targets, i, target) {
		const char *account = json_text(target, "account_id");
		const char *region = json_text(target, "region");

		if (account && region && !strcmp(account, wanted->account_id) &&
		    !strcmp(region, wanted->region))
			return true;
	}
	return false;
}

static bool covers(const json_t *review, const struct desired *desired)
{
	const json_t *targets = json_object_get(review, "targets");

	for (size_t i = 0; i < desired->targets_len; i++) {
		if (!has_target(targets, &desired->targets[i]))
			return false;
	}
	return true;
}

/* Take it where it counts. */
static void judge(struct look *look, const struct review_record *record)
{
	const json_t *review = record->review;
	int64_t finished_at;

	if (!review_time(review, "finished_at", &finished_at))
		return;
	if (finished_at > look->now + REVIEW_SKEW_S) {
		(void)json_array_append_new(look->ahead,
					    json_string(record->id));
		return;
	}
	if (!covers(review, look->desired))
		return;
	look->finished_at = finished_at;
	look->last = json_pack(
		"{s:s, s:s, s:b, s:o}", "id", record->id, "finished_at",
		json_text(review, "finished_at"), "complete",
		json_is_true(json_object_get(review, "complete")),
		"signed_off_by",
		json_from_text(json_text(record->signoff, "by")));
}

/* The newest first, until one counts. */
static int look_back(struct store *store, struct look *look, struct error *err)
{
	CLEANUP(json_release) json_t *ids = NULL;

	if (record_shelf_ids(store, &record_reviews, &ids, err))
		return -1;
	for (size_t i = json_array_size(ids); !look->last && i > 0; i--) {
		const char *id = json_string_value(json_array_get(ids, i - 1));
		CLEANUP(review_record_release)
		struct review_record record = { 0 };
		bool counts = true;

		/* sign-offs are small, and reviews are not */
		if (look->desired->review_sign_off &&
		    review_is_signed(store, id, &counts, err))
			return -1;
		if (!counts)
			continue;
		if (review_load(store, id, &record, err))
			return -1;
		judge(look, &record);
	}
	return 0;
}

/* "12 days", "1 hour": the largest unit that fits. */
static void add_span(struct strbuf *out, int64_t seconds)
{
	static const struct {
		int64_t seconds;
		const char *name;
	} units[] = { { 86400, "day" },
		      { 3600, "hour" },
		      { 60, "minute" },
		      { 1, "second" } };
	size_t i = 0;
	int64_t n;

	while (i < ARRAY_SIZE(units) - 1 && seconds < units[i].seconds)
		i++;
	n = seconds / units[i].seconds;
	strbuf_addf(out, "%lld %s%s", (long long)n, units[i].name,
		    n == 1 ? "" : "s");
}

static void add_owners(struct strbuf *out, const struct desired *desired)
{
	for (size_t i = 0; i < desired->owners_len; i++)
		strbuf_addf(out, "%s%s", i ? ", " : " by ", desired->owners[i]);
}

/* What a clock that went backwards leaves behind. */
static void add_ahead(struct strbuf *out, const json_t *ahead)
{
	const size_t count = json_array_size(ahead);

	if (!count)
		return;
	strbuf_addf(out,
		    "; the clock went backwards, or another machine's was "
		    "ahead: %zu review%s, such as %s, end%s in the future and "
		    "do%s not count",
		    count, count == 1 ? "" : "s",
		    json_string_value(json_array_get(ahead, 0)),
		    count == 1 ? "s" : "", count == 1 ? "es" : "");
}

/* "a review by dba@example.com is overdue by 12 days: the last, …" */
static void add_reason(struct strbuf *out, const struct look *look,
		       int64_t due_at)
{
	const int64_t left = due_at - look->now;

	strbuf_adds(out, "a review");
	add_owners(out, look->desired);
	if (!look->last) {
		strbuf_addf(
			out, " is due: there is none of all targets%s%s",
			look->desired->review_sign_off ? " that is signed off"
						       : "",
			json_array_size(look->ahead) ? " and ended before now"
						     : " yet");
	} else if (left > 0) {
		strbuf_adds(out, " is due in ");
		add_span(out, left);
	} else {
		strbuf_adds(out, " is overdue by ");
		add_span(out, -left);
	}
	if (look->last)
		strbuf_addf(out, ": the last, %s, ended at %s",
			    json_text(look->last, "id"),
			    json_text(look->last, "finished_at"));
	add_ahead(out, look->ahead);
}

static json_t *owners_of(const struct desired *desired)
{
	json_t *owners = json_array();

	for (size_t i = 0; i < desired->owners_len; i++)
		(void)json_array_append_new(owners,
					    json_from_text(desired->owners[i]));
	return owners;
}

static json_t *time_or_null(bool known, int64_t when)
{
	char text[CLOCK_TEXT_MAX];

	return known ? json_string(clock_rfc3339(when, text)) : json_null();
}

/* Steals last and ahead. */
static json_t *document(const struct look *look)
{
	CLEANUP(strbuf_release)
	struct strbuf reason = STRBUF_INIT(LIMIT_MESSAGE);
	const bool known = look->last != NULL;
	const int64_t every = look->desired->review_every_s;
	const int64_t due_at = look->finished_at + every;
	const bool due = !known || due_at <= look->now;

	add_reason(&reason, look, due_at);
	return json_pack(
		"{s:s, s:b, s:o, s:I, s:o, s:o, s:o, s:o, s:o}", "format",
		"aback-due/1", "due", due, "reason", json_from_text(reason.buf),
		"every_s", (json_int_t)every, "owners",
		owners_of(look->desired), "due_at", time_or_null(known, due_at),
		"overdue_s",
		known && due ? json_integer(look->now - due_at) : json_null(),
		"last", known ? look->last : json_null(), "ahead", look->ahead);
}

int review_store_due(struct store *store, const struct desired *desired,
		     int64_t now, json_t **ret_due, struct error *err)
{
	struct look state = { .desired = desired, .now = now };

	if (!desired->review_every_s) {
		(void)error_set(err, ERR_DESIRED,
				"'%s' does not say how often to review",
				desired->path);
		error_hint(err, "add: review: {every: 90d, owners: [you]}");
		return -1;
	}
	state.ahead = json_array();
	if (look_back(store, &state, err)) {
		json_decref(state.ahead);
		json_decref(state.last);
		return -1;
	}
	*ret_due = document(&state);
	return 0;
}
