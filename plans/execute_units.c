/*
 * Which wave each step goes in.
 *
 * The steps of one cluster (its own, its instances', and those of what only it
 * uses, or will: a log group, a security group, a parameter group that is made
 * for it) are a unit and go together. What belongs to no cluster of the plan,
 * or to several, goes first in the wave of the first cluster that needs it;
 * where none does, in the first wave.
 */
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "plans/execute_waves.h"
#include "plans/rollout.h"

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

/* Where the unit is in the sorted list, or would be; *ret_there: it is. */
static size_t seek_unit(const struct waves *waves, const char *target,
			const char *address, bool *ret_there)
{
	size_t low = 0, high = waves->len;

	*ret_there = false;
	while (low < high) {
		size_t middle = (low + high) / 2;
		int order =
			compare_unit(target, address, &waves->units[middle]);

		if (!order) {
			*ret_there = true;
			return middle;
		}
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

/* key: "target\naddress". The units stay sorted. */
static void add_unit(struct waves *waves, const char *key)
{
	const char *address = strchr(key, '\n') + 1;
	char CLEANUP(free_ptr) *target =
		xstrndup(key, (size_t)(address - 1 - key));
	bool there;
	size_t at = seek_unit(waves, target, address, &there);

	if (there)
		return;
	GROW(waves->units, waves->len, waves->cap);
	memmove(&waves->units[at + 1], &waves->units[at],
		(waves->len - at) * sizeof(*waves->units));
	waves->len++;
	waves->units[at] = (struct unit){ .target = TAKE(target),
					  .address = xstrdup(address) };
}

/* waves->len: there is none. */
static size_t find_unit(const struct waves *waves, const char *key)
{
	const char *address = strchr(key, '\n') + 1;
	char CLEANUP(free_ptr) *target =
		xstrndup(key, (size_t)(address - 1 - key));
	bool there;
	size_t at = seek_unit(waves, target, address, &there);

	return there ? at : waves->len;
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

/*
 * What nothing uses yet, such as a group that the plan makes, belongs to whose
 * steps need it. A step needs only what comes before it.
 */
static void own_needed(const struct run *run, json_t *owners)
{
	json_t CLEANUP(json_release) *unused = json_object();

	for (size_t i = 0; i < run->steps_len; i++) {
		const struct plan_step *step = run->steps[i].plan;
		char CLEANUP(free_ptr) *key =
			key_of(step->target, step->address);

		if (!json_array_size(json_object_get(owners, key)))
			json_object_set_new(unused, key, json_array());
	}
	for (size_t i = run->steps_len; i-- > 0;) {
		const struct run_step *step = &run->steps[i];
		char CLEANUP(free_ptr) *mine =
			key_of(step->plan->target, step->plan->address);
		const json_t *of = json_object_get(unused, mine);
		const json_t *unit;
		size_t u;

		if (!of)
			of = json_object_get(owners, mine);
		for (size_t n = 0; n < step->needs_len; n++) {
			char CLEANUP(free_ptr) *key =
				key_of(step->needs[n]->plan->target,
				       step->needs[n]->plan->address);
			json_t *needed = json_object_get(unused, key);

			if (!needed || needed == of)
				continue;
			json_array_foreach(of, u, unit)
				json_array_add_unique(needed,
						      json_string_value(unit));
		}
	}
	json_object_update(owners, unused);
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
	struct live CLEANUP(live_cleanup) *users = NULL;
	json_t CLEANUP(json_release) *owners = NULL;

	if (!rollout)
		return 0;
	run->waves = xcalloc(1, sizeof(*run->waves));
	run->waves->mine = xcalloc(run->steps_len + 1, sizeof(bool));
	run->waves->by_size = rollout->waves_len > 0;
	run->waves->checked = rollout->health_check != NULL;
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
	own_needed(run, owners);
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
