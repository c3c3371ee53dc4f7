#include "plans/render_parts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/limits.h"
#include "core/mem.h"
#include "plans/catalogue.h"
#include "plans/kind.h"
#include "plans/value.h"

const char *const part_classes[] = { "one-way", "lossy", "exposure",
				     "restart", "many",  "no-way-back",
				     NULL };

static const struct {
	const char *name, *text;
} class_texts[] = {
	{ "one-way", "nothing recorded restores it" },
	{ "lossy", "destroys data that no backout brings back" },
	{ "exposure", "opens access" },
	{ "restart", "restarts database instances" },
	{ "many", "changes more clusters than limits.max_clusters allows" },
	{ "no-way-back", "has no call that backs it out" },
};

const char *part_class(const char *class)
{
	for (size_t i = 0; i < ARRAY_SIZE(class_texts); i++) {
		if (!strcmp(class_texts[i].name, class))
			return class_texts[i].text;
	}
	return "needs consent";
}

const char *part_companions(const json_t *companions)
{
	/* that it is there is no parameter of any call */
	return json_object_get(companions, "exists") ? "only as long as"
						     : "sent along unchanged";
}

static void add_scalar(const json_t *value, struct strbuf *out)
{
	if (json_is_string(value))
		strbuf_adds(out, json_string_value(value));
	else
		json_compact(value, out);
}

static void add_member(const json_t *member, struct strbuf *out)
{
	CLEANUP(free_ptr) char *text = NULL;

	if (!json_is_object(member)) {
		add_scalar(member, out);
		return;
	}
	text = member_show(member);
	strbuf_adds(out, text);
}

void part_join(const json_t *strings, struct strbuf *out)
{
	json_t *member;
	size_t i;

	json_array_foreach(strings, i, member) {
		if (i)
			strbuf_adds(out, ", ");
		add_member(member, out);
	}
}

static void add_text_map(const json_t *map, struct strbuf *out)
{
	CLEANUP(json_release) json_t *members = map_members(map);

	part_join(members, out);
}

/* " days", or " day" for one. */
static void add_unit(json_int_t value, const char *unit, struct strbuf *out)
{
	size_t len = strlen(unit);

	if (value == 1 && len > 1 && unit[len - 1] == 's')
		len--;
	strbuf_addf(out, " %.*s", (int)len, unit);
}

void part_value(const json_t *value, const char *unit, struct strbuf *out)
{
	if (!value || json_is_null(value))
		strbuf_adds(out, "(unset)");
	else if (json_is_array(value) && !json_array_size(value))
		strbuf_adds(out, "(none)");
	else if (json_is_array(value))
		part_join(value, out);
	else if (is_text_map(value))
		add_text_map(value, out);
	else if (json_is_string(value) && !*json_string_value(value))
		strbuf_adds(out, "\"\"");
	else
		add_scalar(value, out);
	if (unit && json_is_integer(value))
		add_unit(json_integer_value(value), unit, out);
}

/* Both maps of texts, one of which may be empty? */
static bool are_text_maps(const json_t *before, const json_t *after)
{
	return json_is_object(before) && json_is_object(after) &&
	       (is_text_map(before) || !json_object_size(before)) &&
	       (is_text_map(after) || !json_object_size(after));
}

bool part_is_set(const json_t *before, const json_t *after)
{
	bool one = json_is_array(before) || json_is_array(after);

	return are_text_maps(before, after) ||
	       (one && (json_is_array(before) || json_is_null(before)) &&
		(json_is_array(after) || json_is_null(after)));
}

json_t *part_minus(const json_t *a, const json_t *b)
{
	CLEANUP(json_release)
	json_t *x = json_is_object(a) ? map_members(a) : NULL;
	CLEANUP(json_release)
	json_t *y = json_is_object(b) ? map_members(b) : NULL;

	return set_minus(x ? x : a, y ? y : b);
}

static void add_members(const char *sign, const json_t *a, const json_t *b,
			struct strbuf *out)
{
	CLEANUP(json_release) json_t *members = part_minus(a, b);
	json_t *member;
	size_t i;

	json_array_foreach(members, i, member) {
		strbuf_addf(out, "%s%s", out->len ? " " : "", sign);
		add_member(member, out);
	}
}

void part_parameters(const json_t *parameters, struct strbuf *out)
{
	size_t len;
	CLEANUP(free_ptr)
	const char **keys = json_sorted_keys(parameters, &len);

	for (size_t i = 0; i < len; i++) {
		strbuf_adds(out, i ? " " : "");
		strbuf_adds(out, keys[i]);
		strbuf_addc(out, '=');
		part_value(json_object_get(parameters, keys[i]), NULL, out);
	}
}

bool part_is_no_change(const json_t *before, const json_t *after)
{
	return before && after && json_equal(before, after);
}

void part_transition(const json_t *before, const json_t *after,
		     const char *unit, struct strbuf *out)
{
	CLEANUP(strbuf_release)
	struct strbuf members = STRBUF_INIT(LIMIT_RENDERED);

	if (part_is_set(before, after)) {
		add_members("+", after, before, &members);
		add_members("−", before, after, &members);
		strbuf_adds(out, members.len ? members.buf : "(none)");
		return;
	}
	part_value(before, json_is_integer(after) ? NULL : unit, out);
	strbuf_adds(out, " → ");
	part_value(after, unit, out);
}

/* Is it something that instances use, and no instances themselves? */
static bool is_used_by_others(const char *address)
{
	CLEANUP(free_ptr) char *kind = xstrndup(address, strcspn(address, "/"));
	const struct kind_ops *ops = kind_by_name(kind);

	return ops && ops->beside;
}

void part_effect(const struct plan_change *change, const char *what,
		 struct strbuf *out)
{
	const char *effect = change->effect;

	if (!strcmp(effect, "immediate"))
		strbuf_adds(out, "takes effect at once");
	else if (!strcmp(effect, "asynchronous"))
		strbuf_adds(out, "takes effect soon after the call");
	else if (!strcmp(effect, "window"))
		strbuf_adds(out, "takes effect in the maintenance window");
	else if (!strcmp(effect, "reboot"))
		strbuf_addf(out, "takes effect after a reboot of %s",
			    is_used_by_others(change->address)
				    ? "the instances that use it"
				    : what);
	else if (!strcmp(effect, "restart"))
		strbuf_addf(out, "restarts %s", what);
	else
		strbuf_adds(out, effect);
}

bool part_is_left_behind(const struct plan_change *change)
{
	const struct setting *setting =
		setting_at(change->address, change->setting);

	return setting && setting->left_behind &&
	       !strcmp(change->reversibility, "reversible");
}

const char *part_reversibility(const struct plan_change *change)
{
	const char *reversibility = change->reversibility;

	if (part_is_left_behind(change))
		return "a backout leaves it behind";
	if (!strcmp(reversibility, "restart"))
		return "reversible with a restart";
	if (!strcmp(reversibility, "lossy"))
		return "lossy: destroys data that no backout brings back";
	if (!strcmp(reversibility, "one-way"))
		return "one-way: cannot be undone";
	return reversibility;
}

void part_count(size_t count, const char *one, const char *many,
		struct strbuf *out)
{
	strbuf_addf(out, "%zu %s", count, count == 1 ? one : many);
}

/* How many resources a plan changes. */
static size_t count_resources(const struct plan *plan)
{
	const struct plan_change *last = NULL;
	size_t resources = 0;

	for (size_t i = 0; i < plan->changes_len; i++) {
		const struct plan_change *change = &plan->changes[i];

		if (!last || strcmp(last->target, change->target) != 0 ||
		    strcmp(last->address, change->address) != 0)
			resources++;
		last = change;
	}
	return resources;
}

static void add_rest(const json_t *entries, const char *word,
		     struct strbuf *out)
{
	if (json_array_size(entries))
		strbuf_addf(out, ", %zu %s", json_array_size(entries), word);
}

void part_headline(const struct plan *plan, struct strbuf *out)
{
	size_t conflicts = json_array_size(plan->conflicts);

	if (plan->changes_len) {
		part_count(plan->changes_len, "change", "changes", out);
		strbuf_adds(out, " to ");
		part_count(count_resources(plan), "resource", "resources", out);
	} else {
		strbuf_adds(out, "no changes");
	}
	add_rest(plan->blocked, "blocked", out);
	add_rest(plan->conflicts, conflicts == 1 ? "conflict" : "conflicts",
		 out);
	add_rest(plan->waiting, "waiting", out);
	add_rest(plan->held, "held", out);
	add_rest(plan->waived, "waived", out);
}

void part_allow(const json_t *classes, struct strbuf *out)
{
	for (size_t i = 0; part_classes[i]; i++) {
		if (json_array_has(classes, part_classes[i]))
			strbuf_addf(out, " --allow %s", part_classes[i]);
	}
}

json_t *part_backout_consent(const struct plan *plan)
{
	CLEANUP(json_release) json_t *all = json_array();
	json_t *class;
	size_t c;

	for (size_t i = 0; i < plan->changes_len; i++) {
		json_array_foreach(plan->changes[i].backout_consent, c, class)
			json_array_add_unique(all, json_string_value(class));
	}
	return json_sorted_set(all);
}

const char *part_unit(const json_t *entry)
{
	const char *address = json_text(entry, "address");
	const char *name = json_text(entry, "setting");
	const struct kind_ops *ops = NULL;
	const struct setting *setting = NULL;

	if (address) {
		CLEANUP(free_ptr)
		char *kind = xstrndup(address, strcspn(address, "/"));

		ops = kind_by_name(kind);
	}
	if (ops && name)
		setting = catalogue_lookup(ops->kind, name);
	return setting ? setting->unit : NULL;
}

bool part_is_redo(const struct plan *plan)
{
	for (size_t i = 0; i < plan->changes_len; i++) {
		if (json_is_true(
			    json_object_get(plan->changes[i].undoes, "redo")))
			return true;
	}
	return false;
}

const char *part_desired_path(const struct plan *plan)
{
	return json_text(plan->desired, "path");
}
