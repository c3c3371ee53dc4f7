/*
 * The members of a plan file, each with its type, into a struct plan. Whether
 * the file is as it was written is plan_parse's question, whether its steps
 * are what its changes amount to plan_check's.
 */
#include "plans/plan_read.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/mem.h"
#include "plans/plan_members.h"
#include "state/record.h"

/* ---- changes ---- */

#define CHANGE_KEYS                                                       \
	"target", "address", "resource_id", "setting", "before", "after", \
		"unit", "via", "rule", "controls", "severity", "effect",  \
		"reversibility", "consent", "steps", "backout_consent",   \
		"pending", "undoes"

static const char *const change_keys[] = { CHANGE_KEYS, NULL };
static const char *const change_keys_and_facts[] = { CHANGE_KEYS, "facts",
						     NULL };
static const char *const effects[] = { "immediate", "asynchronous", "window",
				       "reboot",    "restart",      NULL };
static const char *const costs[] = { "reversible", "restart", "lossy",
				     "one-way", NULL };

static int read_rule(const json_t *object, const char *what,
		     struct plan_change *change, struct error *err)
{
	static const char *const keys[] = { "name", "line", NULL };
	const json_t *rule = json_object_get(object, "rule");

	if (json_is_null(rule))
		return 0;
	if (members_check(rule, "a rule", keys, err) ||
	    member_text(rule, "a rule", "name", &change->rule_name, err) ||
	    json_get_int(rule, "a rule", "line", &change->rule_line, err))
		return error_wrap(err, "%s", what);
	return 0;
}

static int read_undoes(const json_t *object, const char *what,
		       struct plan_change *change, struct error *err)
{
	static const char *const keys[] = { "change", "set", "prior", "redo",
					    NULL };
	json_t *undoes = json_object_get(object, "undoes");
	const char *id;

	if (json_is_null(undoes))
		return 0;
	if (members_check(undoes, "'undoes'", keys, err) ||
	    json_get_string(undoes, "'undoes'", "change", &id, err))
		return error_wrap(err, "%s", what);
	if (!record_is_id(id) ||
	    !json_is_boolean(json_object_get(undoes, "redo")) ||
	    !is_setting_value(json_object_get(undoes, "set")) ||
	    !is_setting_value(json_object_get(undoes, "prior")))
		return error_set(err, ERR_FORMAT, "'undoes' of %s is malformed",
				 what);
	member_share(&change->undoes, undoes);
	return 0;
}

/* The one member that is there only where it says something. */
static int read_facts(const json_t *object, const char *what,
		      struct plan_change *change, struct error *err)
{
	json_t *facts = json_object_get(object, "facts");
	const char *fact;
	json_t *value;

	if (!facts)
		return 0;
	if (!json_object_size(facts))
		return error_set(err, ERR_FORMAT, "'facts' of %s has none",
				 what);
	json_object_foreach(facts, fact, value) {
		if (!json_is_true(value) && !json_is_string(value) &&
		    !is_string_array(value) && !json_object_size(value))
			return error_set(err, ERR_FORMAT,
					 "'%s' among the facts of %s is not "
					 "true, a text, an array of texts or a "
					 "map",
					 fact, what);
	}
	change->facts = json_incref(facts);
	return 0;
}

static int read_change(struct plan *plan, const json_t *object,
		       size_t steps_len, struct error *err)
{
	CLEANUP(free_ptr)
	char *what = xasprintf("changes[%zu]", plan->changes_len);
	struct plan_change *change = plan_add_change(plan);

	if (members_check(object, what,
			  json_object_get(object, "facts")
				  ? change_keys_and_facts
				  : change_keys,
			  err) ||
	    member_text(object, what, "target", &change->target, err) ||
	    member_text(object, what, "address", &change->address, err) ||
	    member_text(object, what, "resource_id", &change->resource_id,
			err) ||
	    member_text(object, what, "setting", &change->setting, err) ||
	    member_value(object, what, "before", &change->before, err) ||
	    member_value(object, what, "after", &change->after, err) ||
	    member_text_or_null(object, what, "unit", &change->unit, err) ||
	    member_text_or_null(object, what, "via", &change->via, err) ||
	    read_rule(object, what, change, err) ||
	    member_strings(object, what, "controls", &change->controls, err) ||
	    member_text_or_null(object, what, "severity", &change->severity,
				err) ||
	    member_word(object, what, "effect", effects, &change->effect,
			err) ||
	    member_word(object, what, "reversibility", costs,
			&change->reversibility, err) ||
	    member_strings(object, what, "consent", &change->consent, err) ||
	    member_strings(object, what, "backout_consent",
			   &change->backout_consent, err) ||
	    member_value(object, what, "pending", &change->pending, err) ||
	    read_undoes(object, what, change, err) ||
	    read_facts(object, what, change, err) ||
	    member_indexes(object, what, "steps", steps_len, &change->steps,
			   &change->steps_len, err))
		return -1;
	return 0;
}

/* ---- steps ---- */

static const char *const step_keys[] = {
	"index",   "target",         "address",    "resource_id",
	"needs",   "call",           "companions", "parameters",
	"backout", "backout_reason", NULL
};

/* call: what they are for */
static int get_parameters(const json_t *object, const char *what,
			  const char *call, json_t **ret_value,
			  struct error *err)
{
	json_t *parameters;

	if (json_get_object(object, what, "parameters", &parameters, err))
		return -1;
	if (!is_parameters(parameters, call))
		return error_set(err, ERR_FORMAT,
				 "'parameters' of %s holds what is no "
				 "parameter",
				 what);
	member_share(ret_value, parameters);
	return 0;
}

static int read_backout(const json_t *object, const char *what,
			struct plan_step *step, struct error *err)
{
	static const char *const keys[] = { "call", "parameters", NULL };
	const json_t *backout = json_object_get(object, "backout");

	if (json_is_null(backout))
		return 0;
	if (members_check(backout, "'backout'", keys, err) ||
	    member_text(backout, "'backout'", "call", &step->backout_call,
			err) ||
	    get_parameters(backout, "'backout'", step->backout_call,
			   &step->backout_parameters, err))
		return error_wrap(err, "%s", what);
	return 0;
}

static int read_companions(const json_t *object, const char *what,
			   struct plan_step *step, struct error *err)
{
	const char *key;
	json_t *companions, *member;

	if (json_get_object(object, what, "companions", &companions, err))
		return -1;
	json_object_foreach(companions, key, member) {
		if (!is_setting_value(member))
			return error_set(err, ERR_FORMAT,
					 "companion '%s' of %s is no value of "
					 "a setting",
					 key, what);
	}
	member_share(&step->companions, companions);
	return 0;
}

static int read_step(struct plan *plan, const json_t *object, struct error *err)
{
	const size_t index = plan->steps_len;
	CLEANUP(free_ptr) char *what = xasprintf("steps[%zu]", index);
	struct plan_step *step = plan_add_step(plan);
	int64_t stated = 0;

	if (members_check(object, what, step_keys, err) ||
	    json_get_int(object, what, "index", &stated, err) ||
	    member_text(object, what, "target", &step->target, err) ||
	    member_text(object, what, "address", &step->address, err) ||
	    member_text(object, what, "resource_id", &step->resource_id, err) ||
	    member_indexes(object, what, "needs", index, &step->needs,
			   &step->needs_len, err) ||
	    member_text(object, what, "call", &step->call, err) ||
	    read_companions(object, what, step, err) ||
	    get_parameters(object, what, step->call, &step->parameters, err) ||
	    read_backout(object, what, step, err) ||
	    member_text_or_null(object, what, "backout_reason",
				&step->backout_reason, err))
		return -1;
	if (stated < 0 || (uint64_t)stated != index)
		return error_set(err, ERR_EDITED,
				 "'index' of %s is %lld, not its position",
				 what, (long long)stated);
	return 0;
}

/* ---- the rest ---- */

static bool all_digits(const char *text)
{
	return text[strspn(text, "0123456789")] == '\0';
}

static int read_target(struct plan *plan, const json_t *object,
		       struct error *err)
{
	static const char *const keys[] = { "name", "account_id", "region",
					    "role_arn", NULL };
	CLEANUP(free_ptr)
	char *what = xasprintf("targets[%zu]", plan->targets_len);
	struct target *target = &plan->targets[plan->targets_len++];

	if (members_check(object, what, keys, err) ||
	    member_text(object, what, "name", &target->name, err) ||
	    member_text(object, what, "account_id", &target->account_id, err) ||
	    member_text(object, what, "region", &target->region, err) ||
	    member_text_or_null(object, what, "role_arn", &target->role_arn,
				err))
		return -1;
	if (strlen(target->account_id) != 12 || !all_digits(target->account_id))
		return error_set(err, ERR_FORMAT,
				 "'account_id' of %s is not 12 digits", what);
	if (!*target->name || !*target->region)
		return error_set(err, ERR_FORMAT,
				 "%s has an empty name or region", what);
	return 0;
}

static int read_arrays(const json_t *root, struct plan *plan, struct error *err)
{
	json_t *changes, *steps, *targets, *member;
	size_t i;

	if (json_get_array(root, "the plan", "changes", &changes, err) ||
	    json_get_array(root, "the plan", "steps", &steps, err) ||
	    json_get_array(root, "the plan", "targets", &targets, err))
		return -1;
	plan->targets =
		xcalloc(json_array_size(targets) + 1, sizeof(*plan->targets));
	json_array_foreach(targets, i, member) {
		if (read_target(plan, member, err))
			return -1;
	}
	json_array_foreach(steps, i, member) {
		if (read_step(plan, member, err))
			return -1;
	}
	json_array_foreach(changes, i, member) {
		if (read_change(plan, member, json_array_size(steps), err))
			return -1;
	}
	return 0;
}

/* The one array that is left out where it is empty. */
#define NOTES "notes"

/* The members that each kind of entry has besides the four of plan_note. */
static const struct note_array {
	const char *key;
	const char *more[4]; /* NULL ends it */
	bool of_nothing;     /* target, address and setting may be null */
	size_t offset;
} note_arrays[] = {
	{ "blocked",
	  { "before", "after", "remedy" },
	  false,
	  offsetof(struct plan, blocked) },
	{ "held",
	  { "change", "by", "at", "after" },
	  false,
	  offsetof(struct plan, held) },
	{ "waived", { "expires" }, false, offsetof(struct plan, waived) },
	{ "skipped", { NULL }, true, offsetof(struct plan, skipped) },
	{ "conflicts",
	  { "change", "set", "live", "prior" },
	  false,
	  offsetof(struct plan, conflicts) },
	{ "waiting", { "pending" }, false, offsetof(struct plan, waiting) },
	{ NOTES, { NULL }, true, offsetof(struct plan, notes) },
};

static int read_note(const struct note_array *notes, const json_t *note,
		     const char *what, struct error *err)
{
	const char *keys[4 + ARRAY_SIZE(notes->more) + 1] = {
		"target", "address", "setting", "reason"
	};

	for (size_t i = 0; i < ARRAY_SIZE(notes->more); i++)
		keys[4 + i] = notes->more[i];
	if (members_check(note, what, keys, err))
		return -1;
	for (size_t i = 0; i < 4; i++) {
		const json_t *member = json_object_get(note, keys[i]);

		if (!json_is_string(member) &&
		    !(notes->of_nothing && i < 3 && json_is_null(member)))
			return error_set(err, ERR_FORMAT,
					 "'%s' of %s is not a string", keys[i],
					 what);
	}
	for (size_t i = 4; keys[i]; i++) {
		if (!is_setting_value(json_object_get(note, keys[i])))
			return error_set(err, ERR_FORMAT,
					 "'%s' of %s is no value of a setting",
					 keys[i], what);
	}
	return 0;
}

static int read_notes(const json_t *root, struct plan *plan, struct error *err)
{
	for (size_t a = 0; a < ARRAY_SIZE(note_arrays); a++) {
		const struct note_array *notes = &note_arrays[a];
		json_t *array, *note;
		size_t i;

		if (!strcmp(notes->key, NOTES) && !json_object_get(root, NOTES))
			continue;
		if (json_get_array(root, "the plan", notes->key, &array, err))
			return -1;
		json_array_foreach(array, i, note) {
			CLEANUP(free_ptr)
			char *what = xasprintf("%s[%zu]", notes->key, i);

			if (read_note(notes, note, what, err))
				return -1;
		}
		member_share((json_t **)(void *)((char *)plan + notes->offset),
			     array);
	}
	return 0;
}

static int read_desired(const json_t *root, struct plan *plan,
			struct error *err)
{
	static const char *const keys[] = { "path", "sha256", "git_blob",
					    NULL };
	json_t *desired = json_object_get(root, "desired");

	if (json_is_null(desired))
		return 0;
	if (members_check(desired, "'desired'", keys, err))
		return -1;
	if (!is_string_object(desired))
		return error_set(err, ERR_FORMAT,
				 "'desired' holds what is no string");
	member_share(&plan->desired, desired);
	return 0;
}

static int read_head(const json_t *root, struct plan *plan, struct error *err)
{
	static const char *const keys[] = {
		"format",     "id",    "kind",    "reverses", "created_at",
		"created_by", "tool",  "desired", "targets",  "changes",
		"blocked",    "held",  "waived",  "skipped",  "conflicts",
		"waiting",    "steps", NULL
	};
	static const char *const kinds[] = { "apply", "backout", "restore",
					     NULL };
	static const char what[] = "the plan";
	CLEANUP(json_release)
	json_t *without = json_copy((json_t *)(uintptr_t)root);
	int64_t when = 0;

	(void)json_object_del(without, NOTES);
	if (members_check(without, what, keys, err) ||
	    member_text(root, what, "id", &plan->id, err) ||
	    member_word(root, what, "kind", kinds, &plan->kind, err) ||
	    member_text_or_null(root, what, "reverses", &plan->reverses, err) ||
	    member_text(root, what, "created_at", &plan->created_at, err) ||
	    member_text(root, what, "created_by", &plan->created_by, err) ||
	    member_text(root, what, "tool", &plan->tool, err) ||
	    read_desired(root, plan, err))
		return -1;
	if (plan->reverses && !record_is_id(plan->reverses))
		return error_set(err, ERR_FORMAT,
				 "'reverses' is not the id of a change");
	if (clock_parse(plan->created_at, &when, err)) {
		return error_set(err, ERR_FORMAT,
				 "'created_at' is not a moment: '%s'",
				 plan->created_at);
	}
	return 0;
}

int plan_read(const json_t *root, struct plan *plan, struct error *err)
{
	if (read_head(root, plan, err) || read_arrays(root, plan, err))
		return -1;
	return read_notes(root, plan, err);
}
