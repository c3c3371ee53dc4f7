/*
 * Driving a run wave by wave: what is done between the waves, and when failures
 * are too many.
 *
 * Killed between two waves, the journal knows nothing of the steps of the next:
 * they were not sent, as with any other step.
 */
#include <string.h>

#include "core/clock.h"
#include "core/limits.h"
#include "core/mem.h"
#include "plans/execute_waves.h"
#include "plans/health.h"
#include "plans/rollout.h"

#define TICK_MS 200 /* of a pause */
#define NAMED_CLUSTERS 5

/* ---- failures --------------------------------------------------------- */

/*
 * A cluster that failed counts once. What belongs to no single cluster is what
 * others rest on: its failure stops the run at once.
 */
void run_failed(struct run *run, const struct run_step *step)
{
	struct waves *waves = run->waves;

	if (step->unit && waves) {
		if (step->unit->failed)
			return; /* and was counted */
		step->unit->failed = step;
		if (++waves->failures <= waves->failures_max)
			return;
	}
	run->breached = true;
	if (waves && step->unit && waves->failures_max > 0)
		run_stop(run,
			 "step %zu on %s failed, which makes %zu clusters that "
			 "failed, and --max-failures allows %zu",
			 step->index, step->plan->address, waves->failures,
			 waves->failures_max);
	else
		run_stop(run, "step %zu on %s failed", step->index,
			 step->plan->address);
}

const struct run_step *unit_failure(const struct run_step *step)
{
	return step->unit ? step->unit->failed : NULL;
}

bool run_tolerates(const struct run *run)
{
	return run->waves && run->waves->failures > 0 && !run->breached &&
	       !run_is_unchecked(run);
}

/* ---- between waves ---------------------------------------------------- */

static void name_clusters(const struct run *run, size_t index,
			  struct strbuf *out)
{
	const struct waves *waves = run->waves;
	const struct wave *wave = &waves->waves[index];
	const bool several = run->plan->targets_len > 1;
	size_t len = wave->last - wave->first;

	strbuf_addf(out, "%zu cluster%s", len, len == 1 ? "" : "s");
	for (size_t i = 0; i < len && i < NAMED_CLUSTERS; i++) {
		const struct unit *unit = &waves->units[wave->first + i];

		strbuf_addf(out, "%s%s%s%s", i ? ", " : ": ",
			    several ? unit->target : "", several ? " " : "",
			    unit->address);
	}
	if (len > NAMED_CLUSTERS)
		strbuf_addf(out, " and %zu more", len - NAMED_CLUSTERS);
}

static void say_wave(const struct run *run, size_t index)
{
	struct strbuf CLEANUP(strbuf_release) text = STRBUF_INIT(LIMIT_MESSAGE);

	if (!run->waves->by_size)
		return;
	strbuf_addf(&text, "wave %zu of %zu, ", index + 1,
		    run->waves->waves_len);
	name_clusters(run, index, &text);
	run_progress(run, NULL, "wave", text.buf);
}

static void say_output(const struct run *run, const struct strbuf *out)
{
	const char *at = out->buf;

	while (*at) {
		size_t len = strcspn(at, "\n");
		char CLEANUP(free_ptr) *line =
			xasprintf("  | %.*s", (int)len, at);

		run_progress(run, NULL, "health", line);
		at += len + (at[len] == '\n');
	}
}

static int64_t health_timeout_ms(const struct run *run)
{
	const struct rollout *rollout = run->options->rollout;
	int64_t ms = (rollout->health_timeout_s ? rollout->health_timeout_s
						: ROLLOUT_HEALTH_TIMEOUT_S) *
		     1000;

	if (run->confirm_by) {
		int64_t left = run->confirm_by * 1000 - clock_onward_ms();

		ms = left < ms ? left : ms;
	}
	return ms > 0 ? ms : 0;
}

static void judge_health(struct run *run, size_t index,
			 const struct health *health)
{
	say_output(run, &health->out);
	run->waves->waves[index].health = health->passed ? "passed" : "failed";
	if (!health->interrupted)
		waves_journal_health(run, index);
	if (health->interrupted) {
		run->waves->waves[index].health = NULL;
		run_stop(run, "interrupted during the health check: whether "
			      "all is well is not known");
		run_progress(run, NULL, "unhealthy", run->stop);
	} else if (!health->passed) {
		run->breached = true;
		run_stop(run, "the health check failed%s: %s",
			 run->waves->by_size ? " after this wave" : "",
			 health->why.buf);
		run_progress(run, NULL, "unhealthy", run->stop);
	} else {
		run_progress(run, NULL, "healthy", "the health check passed");
	}
}

/*
 * The deadline is of waiting for AWS: what a pause or a health check took since
 * then is not of it, but for the time to confirm, which everything counts to.
 */
static void give_back(struct run *run, int64_t since_ms)
{
	const int64_t now_ms = clock_monotonic_ms();

	run->deadline_ms += now_ms - since_ms;
	if (run->confirm_by) {
		const int64_t last_ms =
			now_ms + run->confirm_by * 1000 - clock_onward_ms();

		if (run->deadline_ms > last_ms)
			run->deadline_ms = last_ms;
	}
}

static void check_health(struct run *run, size_t index)
{
	const int64_t began_ms = clock_monotonic_ms();
	const struct rollout *rollout = run->options->rollout;
	const struct health_check check = {
		.command = rollout->health_check,
		.change_id = run->change_id,
		.wave = index + 1,
		.timeout_ms = health_timeout_ms(run),
		.interrupted = run->options->interrupted,
	};
	struct health health;
	struct error CLEANUP(error_release) err = ERROR_INIT;
	struct strbuf CLEANUP(strbuf_release) why = STRBUF_INIT(LIMIT_MESSAGE);

	run_progress(run, NULL, "health", "running the health check");
	const int rc = health_run(&check, &health, &err);

	give_back(run, began_ms);
	if (rc < 0) {
		error_message(&err, &why);
		run->waves->waves[index].health = "failed";
		waves_journal_health(run, index);
		run->breached = true;
		run_stop(run, "%s", why.buf);
		return;
	}
	judge_health(run, index, &health);
	health_release(&health);
}

void run_expire(struct run *run)
{
	char by[CLOCK_TEXT_MAX];

	if (!run->confirm_by || run->undoing || run->stop ||
	    clock_onward_ms() / 1000 < run->confirm_by)
		return;
	run->breached = run->expired = true;
	run_stop(run, "the time to confirm it was over at %s",
		 clock_rfc3339(run->confirm_by, by));
}

static void say_left(const struct run *run, size_t next, int64_t left_ms)
{
	char CLEANUP(free_ptr) *text = xasprintf(
		"wave %zu of %zu begins in %llds", next + 1,
		run->waves->waves_len, (long long)((left_ms + 999) / 1000));

	run_progress(run, NULL, "pausing", text);
}

static void pause_before(struct run *run, size_t next)
{
	const int64_t pause_ms = run->options->rollout->pause_s * 1000;
	const int64_t began_ms = clock_monotonic_ms();
	const int64_t until = began_ms + pause_ms;
	char at[CLOCK_TEXT_MAX];

	if (pause_ms <= 0)
		return;
	char CLEANUP(free_ptr) *text =
		xasprintf("pause: wave %zu of %zu begins at %s", next + 1,
			  run->waves->waves_len,
			  clock_rfc3339(clock_now() + pause_ms / 1000, at));

	run_progress(run, NULL, "paused", text);
	for (int64_t left = pause_ms; left > 0 && !run->stop;
	     left = until - clock_monotonic_ms()) {
		say_left(run, next, left);
		clock_sleep_ms(left < TICK_MS ? left : TICK_MS);
		run_expire(run);
		if (run_interrupted(run))
			run_stop(run, "interrupted before wave %zu of %zu",
				 next + 1, run->waves->waves_len);
	}
	give_back(run, began_ms);
}

/* ---- driving ---------------------------------------------------------- */

static int drive_stage(struct run *run, size_t stage, const struct live *live,
		       struct error *err)
{
	run->stage = stage;
	if (run_lanes(run, run->steps, run->steps_len, live, false, err) < 0)
		return -1;
	run_drive(run);
	return 0;
}

static int drive_wave(struct run *run, size_t index, const struct live *live,
		      struct error *err)
{
	say_wave(run, index);
	run->waves->waves[index].begun = true;
	if (drive_stage(run, stage_of(index, true), live, err) < 0)
		return -1;
	if (run->halt || run->stop)
		return 0;
	if (drive_stage(run, stage_of(index, false), live, err) < 0)
		return -1;
	if (!run->halt && !run->stop && run->options->rollout->health_check)
		check_health(run, index);
	return 0;
}

/* A wave that is not begun is told of as one, not step by step. */
static void skip_wave(struct run *run, size_t index)
{
	struct strbuf CLEANUP(strbuf_release) text = STRBUF_INIT(LIMIT_MESSAGE);

	for (size_t i = 0; i < run->steps_len; i++)
		if (run->steps[i].state == STEP_OPEN &&
		    step_wave(&run->steps[i]) == index + 1)
			step_skip(run, &run->steps[i], run->stop);
	strbuf_addf(&text, "wave %zu of %zu is not begun, ", index + 1,
		    run->waves->waves_len);
	name_clusters(run, index, &text);
	run_progress(run, NULL, "wave", text.buf);
}

int waves_drive(struct run *run, const struct live *live, struct error *err)
{
	const size_t len = run->waves->waves_len;

	for (size_t i = 0; i < len && !run->halt && !run->stop; i++) {
		if (i > 0)
			pause_before(run, i);
		if (!run->stop && drive_wave(run, i, live, err) < 0)
			return -1;
	}
	if (!run->stop || run->halt)
		return 0;
	for (size_t i = 0; i < len; i++)
		if (!run->waves->waves[i].begun)
			skip_wave(run, i);
	/* what is left gets its reason, and nothing is sent */
	return drive_stage(run, stage_of(len, false), live, err);
}
