#include "plans/desired_patch_rules.h"

#include <stdint.h>
#include <string.h>

#include "core/limits.h"
#include "plans/catalogue.h"
#include "plans/kind.h"
#include "plans/value.h"

static void release_address(struct address *address)
{
	address_release(address);
}

/* What is asked for, and where it goes. */
struct patching {
	const struct desired *desired;
	const char *change_id, *rule_name;
	unsigned indent;
	struct strbuf *out, *why;
};

/* May the selector hold for this id? What else it asks is not known here. */
static bool may_match(const struct selector *selector, const char *id)
{
	for (size_t i = 0; i < selector->ids_len; i++) {
		if (glob_matches(selector->ids[i], id))
			return true;
	}
	return !selector->ids_len;
}

/* How rules of the file may name a setting of the resource. */
enum naming { NOT_NAMED, NAMED_ANOTHER_WAY, NAMED };

static enum naming naming_of(const struct desired *desired,
			     const struct address *address, const char *setting)
{
	enum naming naming = NOT_NAMED;

	for (size_t r = 0; r < desired->rules_len; r++) {
		const struct rule *rule = &desired->rules[r];

		/* what is passed on may be for this one */
		if (rule->match.kind == address->ops->kind &&
		    !may_match(&rule->match, address->id))
			continue;
		for (size_t s = 0; s < rule->settings_len; s++) {
			const struct setting *row = rule->settings[s].setting;

			if (row->kind != address->ops->kind)
				continue;
			if (!strcmp(row->name, setting))
				return NAMED;
			if (row->expands && !strcmp(row->expands, setting))
				naming = NAMED_ANOTHER_WAY;
		}
	}
	return naming;
}

/* Is it the rule of this one resource, whatever else that has? */
static bool is_of_resource(const struct selector *match, const char *target,
			   const struct address *address)
{
	bool here = !match->targets_len;

	for (size_t i = 0; i < match->targets_len; i++)
		here |= !strcmp(match->targets[i], target);
	return here && match->kind == address->ops->kind &&
	       match->ids_len == 1 && !strcmp(match->ids[0], address->id) &&
	       !match->clusters_len && !match->engines_len && !match->tags_len;
}

static const struct rule_setting *setting_of(const struct rule *rule,
					     const struct setting *row)
{
	for (size_t s = 0; s < rule->settings_len; s++) {
		if (rule->settings[s].setting == row)
			return &rule->settings[s];
	}
	return NULL;
}

/* Does the last rule that may name it ask for that already? */
static bool is_asked(const struct desired *desired, const char *target,
		     const struct address *address, const struct setting *row,
		     const json_t *restored)
{
	for (size_t r = desired->rules_len; row && r-- > 0;) {
		const struct rule *rule = &desired->rules[r];
		const struct rule_setting *last = setting_of(rule, row);

		if (!last || (rule->match.kind == address->ops->kind &&
			      !may_match(&rule->match, address->id)))
			continue;
		return is_of_resource(&rule->match, target, address) &&
		       !rule->except_len && last->form == WANT_WHOLE &&
		       value_equal(row, last->value, restored);
	}
	return false;
}

/* Those that came back, against a setting that takes them away. */
static json_t *members_written(const json_t *prior, const json_t *set)
{
	CLEANUP(json_release) json_t *back = set_minus(prior, set);

	return json_pack("{so}", "include", value_written(back));
}

/*
 * What was restored, as people write it. Of what is set by its members alone
 * that is what each of those that our change touched was before.
 */
static json_t *written(const struct setting *row, enum naming naming,
		       const json_t *hold)
{
	const json_t *prior = json_object_get(hold, "prior");
	const json_t *set = json_object_get(hold, "rule_value");
	json_t *form, *include, *exclude, *value;
	const char *key;

	if (naming == NAMED_ANOTHER_WAY)
		return members_written(prior, set);
	if (!row || !row->members_only)
		return value_written(json_object_get(hold, "restored"));
	include = json_object();
	exclude = json_array();
	json_object_foreach((json_t *)(uintptr_t)prior, key, value) {
		if (!json_equal(value, json_object_get(set, key)))
			(void)json_object_set(include, key, value);
	}
	json_object_foreach((json_t *)(uintptr_t)set, key, value) {
		if (!json_object_get(prior, key))
			(void)json_array_append_new(exclude,
						    json_from_text(key));
	}
	form = json_object();
	if (json_object_size(include))
		(void)json_object_set(form, "include", include);
	if (json_array_size(exclude))
		(void)json_object_set(form, "exclude", exclude);
	json_decref(include);
	json_decref(exclude);
	return form;
}

static bool is_of_change(const struct patching *patching, const json_t *hold)
{
	const char *change = json_text(hold, "change");

	return change && !strcmp(change, patching->change_id);
}

/* "port: 3306"; JSON is YAML, so texts and lists are written as JSON. */
static void add_setting(const struct setting *row, enum naming naming,
			const char *name, const json_t *hold, unsigned indent,
			struct strbuf *out)
{
	CLEANUP(json_release) json_t *restored = written(row, naming, hold);

	strbuf_pad(out, ' ', indent);
	strbuf_addf(out, "%s: ", name);
	json_compact(restored, out);
	strbuf_addc(out, '\n');
}

/*
 * A line for each setting of the resource that the change left a hold on and
 * some rule may name. like: only settings of its type; NULL: all.
 */
static void add_settings(const struct patching *patching, const char *target,
			 const struct address *address, const json_t *settings,
			 const struct setting *like, unsigned indent,
			 struct strbuf *out)
{
	const char *name;
	json_t *hold;

	json_object_foreach((json_t *)(uintptr_t)settings, name, hold) {
		const struct setting *row =
			catalogue_lookup(address->ops->kind, name);
		const enum naming naming =
			naming_of(patching->desired, address, name);

		if (is_of_change(patching, hold) && naming &&
		    (!like || (row && row->type == like->type)) &&
		    !is_asked(patching->desired, target, address, row,
			      json_object_get(hold, "restored")))
			add_setting(row, naming, name, hold, indent, out);
	}
}

/* One rule that sets those lines. */
static void add_rule(const struct patching *patching, const char *target,
		     const struct address *address, const struct strbuf *lines)
{
	CLEANUP(json_release) json_t *id = json_from_text(address->id);
	CLEANUP(json_release) json_t *place = json_from_text(target);
	struct strbuf *out = patching->out;

	strbuf_pad(out, ' ', patching->indent);
	strbuf_addf(out, "- name: %s\n", patching->rule_name);
	strbuf_pad(out, ' ', patching->indent + 2);
	strbuf_addf(out, "match: {kind: %s, id: ", address->ops->name);
	json_compact(id, out);
	if (patching->desired->targets_len > 1 && !address->ops->global) {
		strbuf_adds(out, ", target: ");
		json_compact(place, out);
	}
	strbuf_adds(out, "}\n");
	strbuf_pad(out, ' ', patching->indent + 2);
	strbuf_adds(out, "set:\n");
	strbuf_add(out, lines->buf, lines->len);
}

/* ---- what is gone again -------------------------------------------------- */

/*
 * The row whose map is passed on to the resource that is gone, if it was made
 * for this one, and what that names it by was set back as well. NULL: not so.
 */
static const struct setting *passed_from(const struct patching *patching,
					 enum kind user, const json_t *settings,
					 const struct address *gone)
{
	size_t len;
	const struct setting *rows = catalogue_rows(user, &len);

	for (size_t i = 0; i < len; i++) {
		const json_t *hold =
			rows[i].passes_through
				? json_object_get(settings,
						  rows[i].passes_through)
				: NULL;
		const char *set = json_text(hold, "rule_value");

		if (set && is_of_change(patching, hold) &&
		    rows[i].passes_to == gone->ops->kind &&
		    !strcmp(set, gone->id))
			return &rows[i];
	}
	return NULL;
}

/* `parameters` of one that used the group say again what AWS's own has. */
static bool add_passed(const struct patching *patching, const char *target,
		       const char *text, const json_t *settings,
		       const struct address *gone, const json_t *of_gone)
{
	CLEANUP(release_address) struct address user = { 0 };
	CLEANUP(error_release) struct error err = ERROR_INIT;
	CLEANUP(strbuf_release)
	struct strbuf lines = STRBUF_INIT(LIMIT_DESIRED_FILE);
	const struct setting *row;
	size_t empty;

	if (address_parse(text, &user, &err))
		return false;
	row = passed_from(patching, user.ops->kind, settings, gone);
	if (!row)
		return false;
	strbuf_pad(&lines, ' ', patching->indent + 6);
	strbuf_addf(&lines, "%s:\n", row->name);
	empty = lines.len;
	add_settings(patching, target, gone, of_gone, row, patching->indent + 8,
		     &lines);
	if (lines.len > empty)
		add_rule(patching, target, &user, &lines);
	return true;
}

/* Any rule for the resource itself would ask for it. */
static void add_gone(const struct patching *patching, const char *target,
		     const json_t *addresses, const struct address *gone,
		     const json_t *settings)
{
	const char *text;
	json_t *of_user;
	bool any = false;

	json_object_foreach((json_t *)(uintptr_t)addresses, text, of_user) {
		if (add_passed(patching, target, text, of_user, gone, settings))
			any = true;
	}
	if (!any)
		strbuf_addf(patching->why,
			    "%s is gone again, and any rule for it asks for "
			    "it: take the rule out\n",
			    gone->resource);
}

static bool is_gone(const struct patching *patching, const json_t *settings)
{
	const json_t *hold = json_object_get(settings, "exists");

	return is_of_change(patching, hold) &&
	       json_is_false(json_object_get(hold, "restored"));
}

/* ---- all of them --------------------------------------------------------- */

static void add_resource(const struct patching *patching, const char *target,
			 const json_t *addresses, const char *text,
			 const json_t *settings)
{
	CLEANUP(release_address) struct address address = { 0 };
	CLEANUP(error_release) struct error err = ERROR_INIT;
	CLEANUP(strbuf_release)
	struct strbuf lines = STRBUF_INIT(LIMIT_DESIRED_FILE);

	if (address_parse(text, &address, &err))
		return; /* of a kind that this version does not know */
	if (is_gone(patching, settings)) {
		add_gone(patching, target, addresses, &address, settings);
		return;
	}
	add_settings(patching, target, &address, settings, NULL,
		     patching->indent + 6, &lines);
	if (lines.len)
		add_rule(patching, target, &address, &lines);
}

void desired_patch_rules(const struct desired *desired,
			 const struct holds *holds, const char *change_id,
			 const char *rule_name, unsigned indent,
			 struct strbuf *out, struct strbuf *ret_why)
{
	const struct patching patching = { .desired = desired,
					   .change_id = change_id,
					   .rule_name = rule_name,
					   .indent = indent,
					   .out = out,
					   .why = ret_why };
	const char *target, *address;
	json_t *addresses, *settings;

	json_object_foreach(holds->by_target, target, addresses) {
		json_object_foreach(addresses, address, settings)
			add_resource(&patching, target, addresses, address,
				     settings);
	}
}
