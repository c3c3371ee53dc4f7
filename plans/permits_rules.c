/* Which calls the rules can lead to, forward and back. */
#include <string.h>

#include "plans/catalogue.h"
#include "plans/permits.h"
#include "plans/value.h"

/* Which ways a change goes by the row's call, and which by its call_remove. */
struct ways {
	unsigned call, remove;
};

/* Of a set: members come, members go. Of a map they may change as well. */
static struct ways ways_of_members(const struct rule_setting *rs)
{
	const bool map = setting_is_map(rs->setting);
	const bool whole = rs->form == WANT_WHOLE;
	const bool comes = whole || json_object_size(rs->include) ||
			   json_array_size(rs->include);
	const bool goes = whole || json_array_size(rs->exclude);

	return (struct ways){
		.call = (comes ? WAY_FORWARD : 0) |
			(goes || (comes && map) ? WAY_BACK : 0),
		.remove = (goes ? WAY_FORWARD : 0) | (comes ? WAY_BACK : 0),
	};
}

static struct ways ways_of_value(const struct setting *row, const json_t *value)
{
	if (json_is_null(value) || json_is_false(value))
		return (struct ways){ .call = WAY_BACK, .remove = WAY_FORWARD };
	if (row->type == TYPE_BOOL)
		return (struct ways){ .call = WAY_FORWARD, .remove = WAY_BACK };
	return (struct ways){ .call = WAY_FORWARD | WAY_BACK,
			      .remove = WAY_FORWARD | WAY_BACK };
}

/* Is it said only when its resource is created, by the call that does it? */
static bool is_of_creation(const struct setting *row)
{
	const struct setting *exists = catalogue_lookup(row->kind, "exists");

	return exists && row->call && !strcmp(exists->call, row->call);
}

static struct ways ways_of(const struct rule_setting *rs)
{
	const struct setting *row = rs->setting;

	if (row->foretold) /* backouts have it in their own right */
		return (struct ways){ .call = WAY_FORWARD | WAY_BACK };
	if (row->left_behind || (is_of_creation(row) && !row->call_remove))
		return (struct ways){ .call = WAY_FORWARD };
	if (!row->call_remove)
		return (struct ways){ .call = WAY_FORWARD | WAY_BACK };
	if (setting_is_set(row) || setting_is_map(row))
		return ways_of_members(rs);
	return ways_of_value(row, rs->value);
}

/* ---- whose calls -------------------------------------------------------- */

struct adding {
	json_t *permits;
	const struct target *target;
	unsigned ways;
	/* what the rule selects by; NULL: anything of the kind */
	const struct selector *match;
};

static bool selects_place(const struct selector *match, const char *target)
{
	for (size_t i = 0; i < match->targets_len; i++) {
		if (glob_matches(match->targets[i], target))
			return true;
	}
	return !match->targets_len;
}

static void add_on(const struct adding *adding, const struct grant *grant,
		   const char *id)
{
	const struct grant_subject subject = {
		.region = adding->target->region,
		.account = adding->target->account_id,
		.id = id,
	};

	permits_add_grant(adding->permits, grant, &subject);
}

/* On the ids that the rule gives; a glob there is one of IAM as well. */
static void add_grant(const struct adding *adding, enum kind kind,
		      const struct grant *grant)
{
	const struct selector *match = adding->match;
	const struct kind_ops *ops = kind_ops(kind);

	for (size_t i = 0; match && i < match->ids_len; i++) {
		const char *id = match->ids[i];

		add_on(adding, grant,
		       !ops->id_in_arns || ops->id_in_arns(id) ? id : "*");
	}
	if (!match || !match->ids_len)
		add_on(adding, grant, "*");
}

static bool is_call(const struct grant *grant, const char *call)
{
	return call && !strcmp(grant->action, call);
}

static void add_setting(const struct adding *adding,
			const struct rule_setting *rs)
{
	const struct setting *row = rs->setting;
	const struct ways ways = ways_of(rs);
	const struct grant *grant = kind_ops(row->kind)->grants;

	for (; grant->action; grant++) {
		if (!(grant->use & GRANT_WRITE))
			continue;
		if (grant_is_of(grant, row->name) ||
		    (is_call(grant, row->call) && ways.call & adding->ways) ||
		    (is_call(grant, row->call_remove) &&
		     ways.remove & adding->ways))
			add_grant(adding, row->kind, grant);
	}
}

static void add_row(const struct adding *adding, const struct setting *row,
		    json_t *value)
{
	const struct rule_setting rs = { .setting = row,
					 .form = WANT_WHOLE,
					 .value = value };

	add_setting(adding, &rs);
	json_decref(value);
}

/* What is wanted as soon as anything of the kind is. */
static void add_implied(const struct adding *adding, enum kind kind)
{
	size_t len;
	const struct setting *rows = catalogue_rows(kind, &len);

	for (size_t i = 0; i < len; i++) {
		if (rows[i].implied)
			add_row(adding, &rows[i],
				json_loads(rows[i].implied, JSON_DECODE_ANY,
					   NULL));
	}
}

/* What may follow from a change that takes effect by a reboot. */
static void add_foretold(const struct adding *adding)
{
	struct adding other = *adding;

	other.match = NULL;
	for (enum kind kind = 0; kind < KIND_COUNT; kind++) {
		size_t len;
		const struct setting *rows = catalogue_rows(kind, &len);

		for (size_t i = 0; i < len; i++) {
			if (rows[i].foretold)
				add_row(&other, &rows[i], json_false());
		}
	}
}

/* The row of the rule's kind that passes settings on to the other. */
static const struct setting *passing_row(enum kind kind, enum kind to)
{
	size_t len;
	const struct setting *rows = catalogue_rows(kind, &len);

	for (size_t i = 0; i < len; i++) {
		if (rows[i].passes_through && rows[i].passes_to == to)
			return &rows[i];
	}
	return NULL;
}

/* Where the other one is AWS's own, one is made, and used instead. */
static void add_passed(const struct adding *adding, const struct rule *rule,
		       const struct rule_setting *rs)
{
	struct adding other = *adding;
	const enum kind to = rs->setting->kind;
	const struct setting *row = passing_row(rule->match.kind, to);

	other.match = NULL;
	add_setting(&other, rs);
	add_implied(&other, to);
	add_row(adding, catalogue_lookup(rule->match.kind, row->passes_through),
		json_string(""));
}

static void add_rule(const struct adding *adding, const struct rule *rule)
{
	if (rule->settings_len)
		add_implied(adding, rule->match.kind);
	for (size_t i = 0; i < rule->settings_len; i++) {
		const struct rule_setting *rs = &rule->settings[i];

		if (rs->setting->effect == EFFECT_REBOOT)
			add_foretold(adding);
		if (rs->setting->kind == rule->match.kind)
			add_setting(adding, rs);
		else
			add_passed(adding, rule, rs);
	}
}

void permits_add_rules(json_t *permits, const struct desired *desired,
		       const struct target *target, unsigned ways)
{
	struct adding adding = { .permits = permits,
				 .target = target,
				 .ways = ways };

	for (size_t i = 0; i < desired->rules_len; i++) {
		const struct rule *rule = &desired->rules[i];

		adding.match = &rule->match;
		if (selects_place(&rule->match, target->name))
			add_rule(&adding, rule);
	}
}
