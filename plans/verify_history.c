/*
 * CloudTrail's event history for a verification: wait until it has caught up,
 * then read what it shows of the change's resources, whatever the call is.
 */
#include <string.h>

#include "core/clock.h"
#include "core/mem.h"
#include "plans/trail.h"
#include "plans/verify_parts.h"

/* ---- waiting ------------------------------------------------------------ */

int64_t verify_longer(int64_t delay_ms)
{
	return 2 * delay_ms < VERIFY_DELAY_MS ? 2 * delay_ms : VERIFY_DELAY_MS;
}

static bool has_signal(const struct verify_patience *patience)
{
	return patience->options->interrupted &&
	       *patience->options->interrupted;
}

bool verify_sleep(const struct verify_patience *patience, int64_t until_ms)
{
	while (clock_monotonic_ms() < until_ms && !has_signal(patience))
		clock_sleep_ms(until_ms - clock_monotonic_ms());
	return !has_signal(patience);
}

bool verify_is_interrupted(const struct verify_patience *patience,
			   struct error *err)
{
	if (has_signal(patience))
		(void)error_set(err, ERR_INTERRUPTED,
				"interrupted while waiting for CloudTrail's "
				"event history");
	return has_signal(patience);
}

void verify_say(const struct verify_patience *patience, const char *what)
{
	const struct verify_options *options = patience->options;
	const int64_t s = (clock_monotonic_ms() - patience->began_ms) / 1000;
	CLEANUP(free_ptr)
	char *line = xasprintf("%s: %lld s of at most %lld s", what,
			       (long long)s, (long long)options->wait_s);

	if (options->progress)
		options->progress(options->progress_ctx, line);
}

/* ---- reading ------------------------------------------------------------ */

struct history {
	struct aws *aws;
	const struct places *places;
	struct store *store;
	const struct verify_patience *patience;
	json_t *only; /* {"<target>": [addresses]} */
};

static void history_release(struct history *history)
{
	json_decref(history->only);
}

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

static int read_events(const struct history *history, const json_t *proof,
		       json_t **ret_events, struct error *err)
{
	const struct verify_options *options = history->patience->options;
	const struct trail_request request = {
		.aws = history->aws,
		.places = history->places,
		.from = began_at(proof) - VERIFY_SKEW_S,
		.store = history->store,
		.fresh = true,
		.only = history->only,
		.all_writes = true,
		.progress = options->progress,
		.progress_ctx = options->progress_ctx,
	};

	/* there was a look-up just now */
	(void)verify_sleep(history->patience,
			   clock_monotonic_ms() + VERIFY_PACE_MS);
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

static int read_until_seen(const struct history *history, json_t *proof,
			   struct error *err)
{
	const struct verify_patience *patience = history->patience;
	json_t *evidence = json_object_get(proof, "evidence");
	int64_t delay_ms = VERIFY_PACE_MS;
	bool again;

	do {
		json_t *events;
		int64_t next;

		if (read_events(history, proof, &events, err))
			return -1;
		(void)json_object_set_new(evidence, "events", events);
		delay_ms = verify_longer(delay_ms);
		next = clock_monotonic_ms() + delay_ms;
		again = more_may_come(proof) && next <= patience->until_ms;
		if (again)
			verify_say(patience, "waiting until event history "
					     "shows all calls of the change");
		again = again && verify_sleep(patience, next);
	} while (again);
	return verify_is_interrupted(patience, err) ? -1 : 0;
}

int verify_read_history(struct aws *aws, const struct places *places,
			struct store *store, json_t *proof,
			const struct verify_options *options, struct error *err)
{
	const int64_t now_ms = clock_monotonic_ms();
	const struct verify_patience patience = {
		.options = options,
		.began_ms = now_ms,
		.until_ms = now_ms + options->wait_s * 1000,
	};
	CLEANUP(history_release)
	struct history history = { .aws = aws,
				   .places = places,
				   .store = store,
				   .patience = &patience,
				   .only = only_of(proof) };
	json_t *marks;

	if (verify_wait_for_marks(aws, places, history.only, &patience, &marks,
				  err))
		return -1;
	(void)json_object_set_new(json_object_get(proof, "evidence"), "history",
				  marks);
	if (read_until_seen(&history, proof, err))
		return -1;
	(void)json_object_set_new(
		proof, "waited_s",
		json_integer((clock_monotonic_ms() - now_ms) / 1000));
	return 0;
}
