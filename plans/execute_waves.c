/*
 * Rolling a plan out: which wave each step goes in, what is done between the
 * waves, and when failures are too many.
 *
 * The steps of one cluster (its own, its instances', and those of what only it
 * uses: a log group, a security group) are a unit and go together. What belongs
 * to no cluster of the plan, or to several, goes first in the wave of the first
 * cluster that needs it; where none does, in the first wave.
 *
 * Killed between two waves, the journal knows nothing of the steps of the next:
 * they were not sent, as with any other step.
 */
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/limits.h"
#include "core/mem.h"
#include "plans/execute_run.h"
#include "plans/health.h"
#include "plans/rollout.h"

#define TICK_MS 200 /* of a pause */
#define NAMED_CLUSTERS 5

DEFINE_CLEANUP(live_freep, struct live *, live_free)

/* A cluster of the plan with all that only it uses. */
struct unit {
	char *target, *address; /* "prod", "cluster/orders" */
	size_t wave;
	const struct run_step *failed; /* its first step that failed */
};

struct wave {
	size_t first, last; /* of the units: first…last-1 */
	bool begun;
	const char *health; /* "passed", "failed"; NULL: not asked */
};

struct waves {
	struct unit *units; /* sorted by target and address */
	size_t len, cap;
	struct wave *waves;
	size_t waves_len, waves_cap;
	bool *mine; /* per step: does it belong to its unit alone? */
	size_t failures_max;
	size_t failures;
	bool by_size; /* --waves was given */
};

void waves_free(struct waves *waves)
{
	if (!waves)
		return;
	for (size_t i = 0; i < waves->len; i++) {
		free(waves->units[i].target);
		free(waves->units[i].address);
	}
	free(waves->units);
	free(waves->waves);
	free(waves->mine);
	free(waves);
}

/* ---- whose a resource is ---------------------------------------------- */

/* "target\naddress" of a resource → an array of units' keys. */
static char *key_of(const char *target, const char *address)
{
	return xasprintf("%s\n%s", target, address);
}

struct owning {
	json_t *owners;
	const struct run *run;
	const struct resource *user;
	const json_t *units; /* of user; array */
};

static void own(struct owning *owning, const char *target, const char *address,
		const json_t *units)
{
	char CLEANUP(free_ptr) *key = key_of(target, address);
	json_t *of = json_object_get(owning->owners, key);
	const json_t *unit;
	size_t i;

	if (!of) {
		json_object_set_new(owning->owners, key, json_array());
		of = json_object_get(owning->owners, key);
	}
	json_array_foreach(units, i, unit)
		json_array_add_unique(of, json_string_value(unit));
}

/* Something that a resource uses belongs to whom that one does. */
static void own_reference(void *ctx, enum kind kind, const char *id)
{
	struct owning *owning = ctx;
	const struct place *place = owning->user->place;
	char CLEANUP(free_ptr) *address = address_of(kind, id);
	char CLEANUP(free_ptr) *global =
		xasprintf("%s/global", place->account_id);

	own(owning, kind_ops(kind)->global ? global : place->name, address,
	    owning->units);
}

/* The unit that a resource is in by itself, or NULL. Owned. */
static char *unit_of(const struct resource *resource)
{
	const struct kind_ops *ops = kind_ops(resource->kind);
	char CLEANUP(free_ptr) *lane = NULL;

	if (ops->lane_kind == KIND_CLUSTER)
		lane = ops->lane(resource);
	else if (resource->cluster)
		lane = address_of(KIND_CLUSTER, resource->cluster);
	return lane ? key_of(resource->place->name, lane) : NULL;
}

static void own_resource(struct owning *owning, const struct resource *resource)
{
	const struct kind_ops *ops = kind_ops(resource->kind);
	char CLEANUP(free_ptr) *unit = unit_of(resource);
	char CLEANUP(free_ptr) *key =
		key_of(resource->place->name, resource->address);
	json_t CLEANUP(json_release) *units = json_array();

	if (unit)
		json_array_add_unique(units, unit);
	own(owning, resource->place->name, resource->address, units);
	if (!ops->references)
		return;
	owning->user = resource;
	owning->units = json_object_get(owning->owners, key);
	ops->references(resource, own_reference, owning);
}

/* Who uses what: clusters and instances, and what these use. */
static json_t *owners_of(const struct run *run, const struct live *live)
{
	struct owning owning = { .owners = json_object(), .run = run };

	/* twice: what is used may itself use something */
	for (int round = 0; round < 2; round++)
		for (size_t i = 0; i < live->len; i++)
			own_resource(&owning, live->items[i]);
	return owning.owners;
}

/*
 * The clusters of the plan's places, with what they refer to. Where all steps
 * are of clusters and instances, what was read for comparing is enough.
 */
static int read_users(const struct run *run, struct live **ret_live,
		      struct error *err)
{
	struct live_wanted wanted = { .kinds = { false } };

	*ret_live = NULL;
	for (size_t i = 0; i < run->steps_len; i++)
		if (run->steps[i].ops->lane_kind != KIND_CLUSTER)
			for (enum kind kind = 0; kind < KIND_COUNT; kind++)
				wanted.kinds[kind] |=
					kind_ops(kind)->references != NULL;
	for (enum kind kind = 0; kind < KIND_COUNT; kind++)
		if (wanted.kinds[kind])
			return live_read(run->aws, run->places, &wanted,
					 ret_live, err);
	return 0;
}

/* ---- units ------------------------------------------------------------ */

static int compare_unit(const char *target, const char *address,
			const struct unit *unit)
{
	int order = strcmp(target, unit->target);

	return order ? order : strcmp(address, unit->address);
}

/* key: "target\naddress". The units stay sorted. */
static void add_unit(struct waves *waves, const char *key)
{
	const char *newline = strchr(key, '\n');
	char CLEANUP(free_ptr) *target = xstrndup(key, (size_t)(newline - key));
	size_t low = 0, high = waves->len;

	while (low < high) {
		size_t middle = (low + high) / 2;
		int order = compare_unit(target, newline + 1,
					 &waves->units[middle]);

		if (!order)
			return;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	GROW(waves->units, waves->len, waves->cap);
	memmove(&waves->units[low + 1], &waves->units[low],
		(waves->len - low) * sizeof(*waves->units));
	waves->len++;
	waves->units[low] = (struct unit){ .target = TAKE(target),
					   .address = xstrdup(newline + 1) };
}

static size_t find_unit(const struct waves *waves, const char *key)
{
	const char *newline = strchr(key, '\n');
	char CLEANUP(free_ptr) *target = xstrndup(key, (size_t)(newline - key));
	size_t low = 0, high = waves->len;

	while (low < high) {
		size_t middle = (low + high) / 2;
		int order = compare_unit(target, newline + 1,
					 &waves->units[middle]);

		if (!order)
			return middle;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return waves->len;
}

/* Whose the step's resource is: keys of units. Borrowed; NULL: nobody's. */
static const json_t *owners_of_step(const json_t *owners,
				    const struct run_step *step)
{
	char CLEANUP(free_ptr) *key =
		key_of(step->plan->target, step->plan->address);

	return json_object_get(owners, key);
}

/*
 * The clusters that the plan has to do with: those with steps of their own, and
 * those that alone use something that has one.
 */
static void find_units(struct run *run, const json_t *owners)
{
	for (size_t i = 0; i < run->steps_len; i++) {
		const json_t *of = owners_of_step(owners, &run->steps[i]);

		if (json_array_size(of) == 1)
			add_unit(run->waves,
				 json_string_value(json_array_get(of, 0)));
	}
}

/* ---- waves ------------------------------------------------------------ */

/* From the sizes that were asked for; those that add nothing are left out. */
static int size_waves(struct run *run, const struct rollout *rollout,
		      struct error *err)
{
	struct waves *waves = run->waves;
	size_t done = 0;

	for (size_t i = 0; i < rollout->waves_len; i++) {
		size_t upto = share_of_wave(&rollout->waves[i], waves->len);

		if (upto <= done)
			continue;
		GROW(waves->waves, waves->waves_len, waves->waves_cap);
		waves->waves[waves->waves_len++] =
			(struct wave){ .first = done, .last = upto };
		done = upto;
	}
	if (rollout->waves_len && done < waves->len) {
		error_set(err, ERR_USAGE,
			  "the last wave reaches %zu of the %zu clusters of "
			  "the plan, and a plan runs whole",
			  done, waves->len);
		error_hint(err, "let the last wave be 100%%");
		return -1;
	}
	if (!waves->waves_len) {
		GROW(waves->waves, waves->waves_len, waves->waves_cap);
		waves->waves[waves->waves_len++] =
			(struct wave){ .last = waves->len };
	}
	for (size_t w = 0; w < waves->waves_len; w++)
		for (size_t i = waves->waves[w].first; i < waves->waves[w].last;
		     i++)
			waves->units[i].wave = w;
	return 0;
}

/* Stages: of each wave what several share, then its clusters. */
static size_t stage_of(size_t wave, bool shared)
{
	return 2 * wave + !shared;
}

static void place_step(struct run *run, size_t index, const json_t *owners)
{
	struct waves *waves = run->waves;
	struct run_step *step = &run->steps[index];
	const json_t *of = owners_of_step(owners, step);
	size_t first = waves->waves_len;
	const json_t *key;
	size_t i;

	json_array_foreach(of, i, key) {
		size_t unit = find_unit(waves, json_string_value(key));

		if (unit == waves->len)
			continue;
		step->unit = &waves->units[unit];
		if (step->unit->wave < first)
			first = step->unit->wave;
	}
	waves->mine[index] = json_array_size(of) == 1;
	if (!waves->mine[index])
		step->unit = NULL;
	step->stage = stage_of(first < waves->waves_len ? first : 0,
			       !waves->mine[index]);
}

/* What a step needs comes with it, or before it. */
static void place_needs(struct run *run)
{
	for (size_t i = run->steps_len; i-- > 0;) {
		const struct run_step *step = &run->steps[i];

		for (size_t n = 0; n < step->needs_len; n++)
			if (step->needs[n]->stage > step->stage)
				step->needs[n]->stage = step->stage;
	}
}

int waves_make(struct run *run, const struct live *live, struct error *err)
{
	const struct rollout *rollout = run->options->rollout;
	struct live CLEANUP(live_freep) *users = NULL;
	json_t CLEANUP(json_release) *owners = NULL;

	if (!rollout)
		return 0;
	run->waves = xcalloc(1, sizeof(*run->waves));
	run->waves->mine = xcalloc(run->steps_len + 1, sizeof(bool));
	run->waves->by_size = rollout->waves_len > 0;
	if (read_users(run, &users, err) < 0)
		return -1;
	owners = owners_of(run, users ? users : live);
	/* what was read for comparing has what does not exist yet, too */
	if (users) {
		json_t CLEANUP(json_release) *own = owners_of(run, live);
		const char *key;
		json_t *of;

		json_object_foreach(own, key, of) {
			if (!json_object_get(owners, key))
				json_object_set(owners, key, of);
		}
	}
	find_units(run, owners);
	if (size_waves(run, rollout, err) < 0)
		return -1;
	run->waves->failures_max =
		rollout->limits_failures
			? share_of_failures(&rollout->failures, run->waves->len)
			: 0;
	for (size_t i = 0; i < run->steps_len; i++)
		place_step(run, i, owners);
	place_needs(run);
	return 0;
}

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
	return run->waves && run->waves->failures > 0 && !run->breached;
}

/* ---- between waves ---------------------------------------------------- */

static void name_clusters(const struct waves *waves, const struct wave *wave,
			  struct strbuf *out)
{
	size_t len = wave->last - wave->first;

	strbuf_addf(out, "%zu cluster%s", len, len == 1 ? "" : "s");
	for (size_t i = 0; i < len && i < NAMED_CLUSTERS; i++)
		strbuf_addf(out, "%s%s", i ? ", " : ": ",
			    waves->units[wave->first + i].address);
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
	name_clusters(run->waves, &run->waves->waves[index], &text);
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
		int64_t left = run->confirm_by * 1000 - clock_now_ms();

		ms = left < ms ? left : ms;
	}
	return ms > 0 ? ms : 0;
}

static void judge_health(struct run *run, size_t index,
			 const struct health *health)
{
	say_output(run, &health->out);
	run->waves->waves[index].health = health->passed ? "passed" : "failed";
	if (health->interrupted) {
		run->waves->waves[index].health = NULL;
		run_stop(run, "interrupted during the health check");
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

static void check_health(struct run *run, size_t index)
{
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
	if (health_run(&check, &health, &err) < 0) {
		error_message(&err, &why);
		run->waves->waves[index].health = "failed";
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
	    clock_now() < run->confirm_by)
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
	const int64_t until = clock_monotonic_ms() + pause_ms;
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

int waves_drive(struct run *run, const struct live *live, struct error *err)
{
	const size_t len = run->waves->waves_len;

	for (size_t i = 0; i < len && !run->halt && !run->stop; i++) {
		if (i > 0)
			pause_before(run, i);
		if (!run->stop && drive_wave(run, i, live, err) < 0)
			return -1;
	}
	/* what is left gets its reason, and nothing is sent */
	if (run->stop && !run->halt)
		return drive_stage(run, stage_of(len, false), live, err);
	return 0;
}

/* ---- the account ------------------------------------------------------ */

size_t step_wave(const struct run_step *step)
{
	return step->stage / 2 + 1;
}

/* How a wave's clusters fared; "not begun" where nothing of it was. */
static const char *wave_state(const struct run *run, size_t index)
{
	const char *state = "done";

	if (!run->waves->waves[index].begun)
		return "not begun";
	for (size_t i = 0; i < run->steps_len; i++) {
		const struct run_step *step = &run->steps[i];

		if (step_wave(step) != index + 1 || step->state == STEP_DONE)
			continue;
		if (step->state != STEP_WAITING)
			return "failed";
		state = "waiting";
	}
	return state;
}

json_t *waves_result(const struct run *run)
{
	const struct waves *waves = run->waves;
	json_t *result = json_array();

	for (size_t w = 0; w < waves->waves_len; w++) {
		const struct wave *wave = &waves->waves[w];
		json_t *clusters = json_array();

		for (size_t i = wave->first; i < wave->last; i++)
			json_array_append_new(
				clusters,
				json_pack("{s:s, s:s}", "target",
					  waves->units[i].target, "address",
					  waves->units[i].address));
		json_array_append_new(result,
				      json_pack("{s:I, s:o, s:s, s:o}", "wave",
						(json_int_t)(w + 1), "clusters",
						clusters, "state",
						wave_state(run, w), "health",
						json_from_text(wave->health)));
	}
	return result;
}
