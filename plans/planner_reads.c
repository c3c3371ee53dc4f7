/* What must be read from AWS to plan: no kind and no row that is not needed. */
#include <stdlib.h>
#include <string.h>

#include "core/limits.h"
#include "core/mem.h"
#include "plans/catalogue.h"
#include "plans/planner.h"
#include "plans/planner_pass.h"
#include "plans/planner_reads.h"

struct desired_reads {
	struct live_wanted wanted;
	bool *rows[KIND_COUNT]; /* what wanted.rows points to */
	json_t *ids;            /* what wanted.ids points to */
	/* "<place>\n<address>" → what a stand-in begins with */
	json_t *stand_ins;
	/* "<place>\n<address>" → the settings that are passed on to it */
	json_t *passed;
	const struct desired *desired; /* NULL: of a backout */
};

struct desired_reads *reads_new(void)
{
	struct desired_reads *reads = xcalloc(1, sizeof(*reads));

	reads->ids = json_object();
	reads->stand_ins = json_object();
	reads->passed = json_object();
	for (enum kind kind = 0; kind < KIND_COUNT; kind++) {
		const char *form;
		size_t rows;

		(void)catalogue_rows(kind, &rows);
		if (catalogue_open(kind, &form)) /* there may be more soon */
			rows = LIMIT_OPEN_ROWS;
		reads->rows[kind] = xcalloc(rows + 1, sizeof(bool));
	}
	return reads;
}

void desired_reads_free(struct desired_reads *reads)
{
	if (!reads)
		return;
	for (enum kind kind = 0; kind < KIND_COUNT; kind++)
		free(reads->rows[kind]);
	json_decref(reads->ids);
	json_decref(reads->stand_ins);
	json_decref(reads->passed);
	free(reads);
}

static void add_row(struct desired_reads *reads, const struct setting *setting)
{
	reads->rows[setting->kind][catalogue_index(setting)] = true;
}

/* What the other kind's resources use, which this one's ask for. */
static void add_beside(struct desired_reads *reads, enum kind kind)
{
	size_t len;
	const struct setting *rows = catalogue_rows(kind, &len);

	reads->wanted.kinds[kind] = true;
	for (size_t i = 0; i < len; i++) {
		if (rows[i].refers)
			add_row(reads, &rows[i]);
	}
}

/*
 * With a kind go those whose resources its calls may act on: what is pending
 * on the members of a cluster counts as well.
 */
void reads_add_kind(struct desired_reads *reads, enum kind kind)
{
	reads->wanted.kinds[kind] = true;
	for (enum kind other = 0; other < KIND_COUNT; other++) {
		if (kind_ops(other)->lane_kind == kind)
			reads->wanted.kinds[other] = true;
		if (kind_ops(kind)->beside & 1u << other)
			add_beside(reads, other);
	}
}

void reads_add_setting(struct desired_reads *reads,
		       const struct setting *setting)
{
	size_t len;
	const struct setting *rows = catalogue_rows(setting->kind, &len);

	add_row(reads, setting);
	reads->wanted.lookups[setting->kind] |= setting->lookups;
	/* whether a reboot is due, and of whom, the whole lane tells */
	if (setting->effect == EFFECT_REBOOT || setting->foretold)
		reads_add_kind(reads, kind_ops(setting->kind)->lane_kind);
	if (setting->expands)
		add_row(reads,
			catalogue_lookup(setting->kind, setting->expands));
	for (size_t i = 0; i < len; i++) {
		if (settings_belong_together(setting, &rows[i]) ||
		    rows[i].implied)
			add_row(reads, &rows[i]);
	}
}

void reads_add_id(struct desired_reads *reads, const char *place,
		  enum kind kind, const char *id)
{
	const char *name = kind_ops(kind)->name;
	json_t *kinds = json_object_get(reads->ids, place);
	json_t *ids;

	if (!kinds) {
		kinds = json_object();
		(void)json_object_set_new(reads->ids, place, kinds);
	}
	ids = json_object_get(kinds, name);
	if (!ids) {
		ids = json_array();
		(void)json_object_set_new(kinds, name, ids);
	}
	json_array_add_unique(ids, id);
}

/*
 * Also read what clusters use of a kind, and so the kinds that say so, and what
 * says which of those there are.
 */
static void add_references(struct desired_reads *reads, enum kind used)
{
	reads->wanted.references = true;
	for (enum kind kind = 0; kind < KIND_COUNT; kind++) {
		const struct kind_ops *ops = kind_ops(kind);
		size_t len;
		const struct setting *rows = catalogue_rows(kind, &len);

		if (!(ops->refers_to >> used & 1))
			continue;
		reads_add_kind(reads, ops->lane_kind);
		for (size_t i = 0; i < len; i++) {
			if (rows[i].refers)
				add_row(reads, &rows[i]);
		}
		if (ops->by_reference)
			add_references(reads, kind);
	}
}

static void put(json_t **slot, json_t *value)
{
	json_decref(*slot);
	*slot = value;
}

static char *key_of(const struct resource *resource, enum kind kind,
		    const char *id)
{
	CLEANUP(free_ptr) char *address = address_of(kind, id);

	return xasprintf("%s\n%s", resource->place->name, address);
}

/* Remember what of a resource is asked for by rules for who uses it. */
static void note_passed(struct desired_reads *reads, const struct pass *pass,
			const struct resource *user, const char *id)
{
	CLEANUP(free_ptr) char *key = key_of(user, pass->row->passes_to, id);
	json_t *settings = json_object_get(reads->passed, key);

	if (!settings) {
		settings = json_object();
		(void)json_object_set_new(reads->passed, key, settings);
	}
	for (size_t i = 0; i < pass->len; i++) {
		const struct rule_setting *asked = pass->wanted[i].rule_setting;

		if (asked)
			(void)json_object_set_new(
				settings, asked->setting->name, json_true());
	}
}

/*
 * Where rules pass something on to what is AWS's own, another one is used,
 * unless that has it all.
 */
static void foresee_passed(struct desired_reads *reads,
			   const struct resource *resource, json_t **values)
{
	CLEANUP(pass_release) struct pass pass = { 0 };
	CLEANUP(stand_in_release) struct stand_in stand_in = { 0 };
	CLEANUP(free_ptr) char *key = NULL;
	json_t **used;

	if (!pass_find(reads->desired, resource, &pass))
		return;
	used = &values[catalogue_index(pass_through(&pass))];
	if (!json_is_string(*used))
		return;
	note_passed(reads, &pass, resource, json_string_value(*used));
	kind_ops(pass.row->passes_to)
		->stand_in(resource, json_string_value(*used), NULL, &stand_in);
	if (!stand_in.id)
		return;
	note_passed(reads, &pass, resource, stand_in.id);
	key = key_of(resource, pass.row->passes_to, stand_in.id);
	(void)json_object_set(reads->stand_ins, key, stand_in.values);
	put(used, json_from_text(stand_in.id));
}

/* What one of those is to be, as far as other rows depend on it. */
static void foresee_own(const struct desired_reads *reads,
			const struct resource *resource, json_t **values)
{
	CLEANUP(free_ptr)
	char *key = key_of(resource, resource->kind, resource->id);
	const json_t *own = json_object_get(reads->stand_ins, key);
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)own, name, value)
		put(&values[catalogue_index(
			    catalogue_lookup(resource->kind, name))],
		    json_incref(value));
}

/* What rules want of the rows that say what the resource uses. */
static void foresee(void *ctx, const struct resource *resource, json_t **values)
{
	struct desired_reads *reads = ctx;
	size_t len;
	const struct setting *rows = catalogue_rows(resource->kind, &len);
	CLEANUP(free_ptr)
	struct wanted_setting *wanted = xcalloc(len + 1, sizeof(*wanted));

	desired_decide(reads->desired, resource, wanted);
	for (size_t i = 0; i < len; i++) {
		json_t *live = resource_value(resource, &rows[i]);

		if (!rows[i].refers || !wanted[i].rule || !live)
			continue;
		put(&values[i], desired_value(reads->desired, resource,
					      wanted[i].rule_setting, live));
	}
	foresee_own(reads, resource, values);
	foresee_passed(reads, resource, values);
}

/* Does a rule for who uses the resource ask for it? */
static bool is_passed(const struct desired_reads *reads,
		      const struct resource *resource,
		      const struct setting *setting)
{
	CLEANUP(free_ptr) char *key = NULL;

	if (!json_object_size(reads->passed))
		return false;
	key = key_of(resource, resource->kind, resource->id);
	return json_object_get(json_object_get(reads->passed, key),
			       setting->name);
}

/* Does a rule that selects the resource name the setting, or one like it? */
static bool matters(void *ctx, const struct resource *resource,
		    const struct setting *setting)
{
	const struct desired_reads *reads = ctx;

	if (is_passed(reads, resource, setting))
		return true;
	for (size_t i = 0; i < reads->desired->rules_len; i++) {
		const struct rule *rule = &reads->desired->rules[i];

		if (!rule_matches(rule, resource))
			continue;
		for (size_t j = 0; j < rule->settings_len; j++) {
			const struct setting *named = rule->settings[j].setting;

			if (named == setting || named->expands ||
			    settings_belong_together(named, setting))
				return true;
		}
	}
	return false;
}

const struct live_wanted *reads_wanted(struct desired_reads *reads)
{
	for (enum kind kind = 0; kind < KIND_COUNT; kind++)
		reads->wanted.rows[kind] = reads->rows[kind];
	reads->wanted.ids = reads->ids;
	return &reads->wanted;
}

/* ---- of a desired file ---- */

static bool is_glob(const char *id)
{
	return strpbrk(id, "*?") != NULL;
}

/* An exact id, in each place that a resource of this kind can be in. */
static void add_id_of_rule(struct desired_reads *reads,
			   const struct desired *desired, enum kind kind,
			   const char *id)
{
	for (size_t i = 0; i < desired->targets_len; i++) {
		const struct target *target = &desired->targets[i];
		CLEANUP(free_ptr)
		char *place =
			kind_ops(kind)->global
				? xasprintf("%s/global", target->account_id)
				: xstrdup(target->name);

		reads_add_id(reads, place, kind, id);
	}
}

static void add_ids(struct desired_reads *reads, const struct desired *desired,
		    const struct selector *match)
{
	/* of a limit it counts which clusters use it */
	if (desired->has_limit || !match->ids_len)
		add_references(reads, match->kind);
	for (size_t i = 0; i < match->ids_len; i++) {
		if (is_glob(match->ids[i]))
			add_references(reads, match->kind);
		else
			add_id_of_rule(reads, desired, match->kind,
				       match->ids[i]);
	}
}

struct desired_reads *desired_reads_new(const struct desired *desired,
					const struct live_wanted **ret_wanted)
{
	struct desired_reads *reads = reads_new();

	reads->desired = desired;
	reads->wanted.foresee = foresee;
	reads->wanted.matters = matters;
	reads->wanted.foresee_ctx = reads;
	for (size_t i = 0; i < desired->rules_len; i++) {
		const struct rule *rule = &desired->rules[i];

		reads_add_kind(reads, rule->match.kind);
		if (kind_ops(rule->match.kind)->by_reference)
			add_ids(reads, desired, &rule->match);
		for (size_t j = 0; j < rule->settings_len; j++) {
			const struct setting *row = rule->settings[j].setting;

			reads_add_setting(reads, row);
			/* what it comes to depends on the clusters */
			if (row->expands || row->kind != rule->match.kind)
				add_references(reads, row->kind);
			if (row->kind != rule->match.kind)
				reads_add_kind(reads, row->kind);
		}
	}
	*ret_wanted = reads_wanted(reads);
	return reads;
}
