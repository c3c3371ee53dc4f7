#include "plans/planner_pass.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "plans/catalogue.h"
#include "plans/value.h"

/* ---- what one resource's rules pass on ---- */

/* The kind's row that passes on; NULL: it has none. */
static const struct setting *passing_row(enum kind kind)
{
	size_t len;
	const struct setting *rows = catalogue_rows(kind, &len);

	for (size_t i = 0; i < len; i++) {
		if (rows[i].passes_through)
			return &rows[i];
	}
	return NULL;
}

/* The last rule for each setting of the other kind; false: none. */
static bool decide(const struct desired *desired, const struct resource *user,
		   struct pass *pass)
{
	bool any = false;

	for (size_t i = 0; i < desired->rules_len; i++) {
		const struct rule *rule = &desired->rules[i];

		if (!rule_passes_on(rule) || !rule_matches(rule, user))
			continue;
		for (size_t j = 0; j < rule->settings_len; j++) {
			const struct rule_setting *setting = &rule->settings[j];

			if (setting->setting->kind != pass->row->passes_to)
				continue;
			pass->wanted[catalogue_index(setting->setting)] =
				(struct wanted_setting){ .rule = rule,
							 .rule_setting =
								 setting };
			any = true;
		}
	}
	return any;
}

bool pass_find(const struct desired *desired, const struct resource *user,
	       struct pass *ret_pass)
{
	struct pass pass = { .row = passing_row(user->kind) };

	if (!pass.row)
		return false;
	(void)catalogue_rows(pass.row->passes_to, &pass.len);
	pass.wanted = xcalloc(pass.len + 1, sizeof(*pass.wanted));
	if (!decide(desired, user, &pass)) {
		pass_release(&pass);
		return false;
	}
	*ret_pass = pass;
	return true;
}

void pass_release(struct pass *pass)
{
	free(pass->wanted);
	*pass = (struct pass){ 0 };
}

const struct setting *pass_through(const struct pass *pass)
{
	return catalogue_lookup(pass->row->kind, pass->row->passes_through);
}

const struct wanted_setting *pass_first(const struct pass *pass)
{
	const struct wanted_setting *first = NULL;

	for (size_t i = 0; i < pass->len; i++) {
		const struct wanted_setting *wanted = &pass->wanted[i];

		if (wanted->rule && (!first || wanted->rule < first->rule))
			first = wanted;
	}
	return first;
}

/* ---- to whom ---- */

void passing_release(struct passing *passing)
{
	for (size_t i = 0; i < passing->len; i++)
		json_decref(passing->items[i].value);
	free(passing->items);
	*passing = (struct passing){ 0 };
}

static void add(struct passing *passing, const struct passed *passed)
{
	GROW(passing->items, passing->len, passing->cap);
	passing->items[passing->len++] = *passed;
}

void passing_add(struct passing *passing, const struct pass *pass,
		 const struct resource *user, const struct resource *to,
		 const json_t *values)
{
	size_t len;
	const struct setting *rows = catalogue_rows(to->kind, &len);
	const char *name;
	json_t *value;

	for (size_t i = 0; i < len && i < pass->len; i++) {
		if (pass->wanted[i].rule)
			add(passing,
			    &(struct passed){ .user = user,
					      .via = pass->row->name,
					      .to = to,
					      .setting = &rows[i],
					      .wanted = pass->wanted[i] });
	}
	json_object_foreach((json_t *)(uintptr_t)values, name, value)
		add(passing, &(struct passed){ .user = user,
					       .via = pass->row->name,
					       .to = to,
					       .setting = catalogue_lookup(
						       to->kind, name),
					       .wanted = *pass_first(pass),
					       .value = json_incref(value) });
}

struct passing passing_to(const struct passing *passing,
			  const struct resource *resource)
{
	struct passing mine = { 0 };

	for (size_t i = 0; i < passing->len; i++) {
		if (passing->items[i].to != resource)
			continue;
		add(&mine, &passing->items[i]);
		json_incref(passing->items[i].value);
	}
	return mine;
}

/* ---- what comes of it ---- */

static json_t *value_of(const struct desired *desired,
			const struct passed *passed)
{
	return passed->value ? json_incref(passed->value)
			     : desired_value(desired, passed->to,
					     passed->wanted.rule_setting,
					     resource_value(passed->to,
							    passed->setting));
}

static void consider(const struct desired *desired, const struct passed *passed,
		     struct pass_decision *decision)
{
	CLEANUP(json_release) json_t *value = value_of(desired, passed);
	const bool differs =
		decision->wanted &&
		!value_equal(passed->setting, value, decision->after);
	const bool later = !decision->wanted ||
			   decision->wanted->rule <= passed->wanted.rule;

	if (differs && (later || !decision->other)) {
		decision->other = later ? decision->user : passed->user;
		decision->others = later ? decision->wanted : &passed->wanted;
		json_decref(decision->others_after);
		decision->others_after =
			json_incref(later ? decision->after : value);
	}
	if (!later)
		return;
	decision->wanted = &passed->wanted;
	decision->user = passed->user;
	decision->via = passed->via;
	json_decref(decision->after);
	decision->after = TAKE(value);
}

void passing_decide(const struct passing *passing,
		    const struct desired *desired,
		    const struct resource *resource,
		    const struct setting *setting,
		    const struct wanted_setting *own,
		    struct pass_decision *ret_decision)
{
	*ret_decision = (struct pass_decision){ 0 };
	for (size_t i = 0; i < passing->len; i++) {
		const struct passed *passed = &passing->items[i];

		if (passed->to == resource && passed->setting == setting &&
		    (!own->rule || passed->wanted.rule > own->rule))
			consider(desired, passed, ret_decision);
	}
}
