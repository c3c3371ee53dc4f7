/*
 * What a change tells of its waves: in change.json before the first call, so
 * that whoever resumes it knows them, and in result.json at the end. Which of
 * them was begun is seen from its steps, how its health check ended stands in
 * the journal.
 */
#include <string.h>

#include "core/mem.h"
#include "plans/execute_waves.h"

#define HEALTH_EVENT "health"

size_t step_wave(const struct run_step *step)
{
	return step->stage / 2 + 1;
}

/* ---- before the first call -------------------------------------------- */

static json_t *clusters_of(const struct waves *waves, const struct wave *wave)
{
	json_t *clusters = json_array();

	for (size_t i = wave->first; i < wave->last; i++)
		json_array_append_new(
			clusters, json_pack("{s:s, s:s}", "target",
					    waves->units[i].target, "address",
					    waves->units[i].address));
	return clusters;
}

static json_t *steps_of(const struct run *run, size_t number)
{
	json_t *steps = json_array();

	for (size_t i = 0; i < run->steps_len; i++)
		if (step_wave(&run->steps[i]) == number)
			json_array_append_new(steps,
					      json_integer((json_int_t)i));
	return steps;
}

json_t *waves_change(const struct run *run)
{
	const struct waves *waves = run->waves;
	json_t *change = json_array();

	for (size_t w = 0; w < waves->waves_len; w++)
		json_array_append_new(
			change, json_pack("{s:I, s:o, s:o}", "wave",
					  (json_int_t)w + 1, "clusters",
					  clusters_of(waves, &waves->waves[w]),
					  "steps", steps_of(run, w + 1)));
	return change;
}

void waves_journal_health(struct run *run, size_t index)
{
	const struct wave *wave = &run->waves->waves[index];

	/* halts where it cannot be written */
	(void)run_journal_line(run, HEALTH_EVENT, true,
			       json_pack("{s:I, s:s}", "wave",
					 (json_int_t)index + 1, "state",
					 wave->health));
}

/* ---- at a resume ------------------------------------------------------ */

static void restore_clusters(struct waves *waves, const json_t *clusters)
{
	const json_t *cluster;
	size_t i;

	json_array_foreach(clusters, i, cluster) {
		const char *target = json_text(cluster, "target");
		const char *address = json_text(cluster, "address");

		GROW(waves->units, waves->len, waves->cap);
		waves->units[waves->len++] = (struct unit){
			.target = xstrdup(target ? target : ""),
			.address = xstrdup(address ? address : ""),
			.wave = waves->waves_len,
		};
	}
}

static void restore_steps(struct run *run, size_t wave, const json_t *steps)
{
	const json_t *step;
	size_t i;

	json_array_foreach(steps, i, step) {
		const json_int_t index = json_integer_value(step);

		if (json_is_integer(step) && index >= 0 &&
		    (size_t)index < run->steps_len)
			run->steps[index].stage = stage_of(wave, false);
	}
}

void waves_restore(struct run *run)
{
	const json_t *list = json_object_get(run->change, "waves");
	const json_t *entry;
	struct waves *waves;
	size_t w;

	if (!json_array_size(list))
		return;
	waves = run->waves = xcalloc(1, sizeof(*waves));
	waves->checked =
		json_is_true(json_object_get(run->change, "health_check"));
	json_array_foreach(list, w, entry) {
		struct wave wave = { .first = waves->len };

		restore_clusters(waves, json_object_get(entry, "clusters"));
		restore_steps(run, w, json_object_get(entry, "steps"));
		wave.last = waves->len;
		GROW(waves->waves, waves->waves_len, waves->waves_cap);
		waves->waves[waves->waves_len++] = wave;
	}
	/* they are all looked at at once */
	run->stage = stage_of(waves->waves_len, false);
}

bool waves_replay(struct run *run, const char *event, const json_t *line)
{
	const json_int_t number =
		json_integer_value(json_object_get(line, "wave"));
	const char *state = json_text(line, "state");
	bool passed;

	if (strcmp(event, HEALTH_EVENT) != 0)
		return false;
	if (!run->waves || !state || number < 1 ||
	    (size_t)number > run->waves->waves_len)
		return true;
	passed = strcmp(state, "passed") == 0;
	run->waves->waves[number - 1].health = passed ? "passed" : "failed";
	run->breached = run->breached || !passed;
	return true;
}

/* ---- the end ---------------------------------------------------------- */

bool run_is_unchecked(const struct run *run)
{
	if (!run->waves || !run->waves->checked)
		return false;
	for (size_t i = 0; i < run->waves->waves_len; i++)
		if (!run->waves->waves[i].health)
			return true;
	return false;
}

/* Was anything of it sent, or tried? */
static bool is_begun(const struct run *run, size_t index)
{
	if (run->waves->waves[index].begun)
		return true;
	for (size_t i = 0; i < run->steps_len; i++) {
		const struct run_step *step = &run->steps[i];

		if (step_wave(step) == index + 1 &&
		    (step->sent || step->state == STEP_FAILED))
			return true;
	}
	return false;
}

/* How a wave's clusters fared; "not begun" where nothing of it was. */
static const char *wave_state(const struct run *run, size_t index)
{
	const char *state = "done";

	if (!is_begun(run, index))
		return "not begun";
	for (size_t i = 0; i < run->steps_len; i++) {
		const struct run_step *step = &run->steps[i];

		/* a reboot that nobody has to agree to is no failure */
		if (step_wave(step) != index + 1 || step->left_out ||
		    step->state == STEP_DONE)
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

	for (size_t w = 0; w < waves->waves_len; w++)
		json_array_append_new(
			result,
			json_pack("{s:I, s:o, s:s, s:o}", "wave",
				  (json_int_t)w + 1, "clusters",
				  clusters_of(waves, &waves->waves[w]), "state",
				  wave_state(run, w), "health",
				  json_from_text(waves->waves[w].health)));
	return result;
}
