/* What is alike in a plan, so that it is shown once, and the worst first. */
#include "plans/render_parts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/limits.h"
#include "core/mem.h"

void part_groups_release(struct part_groups *groups)
{
	for (size_t i = 0; i < groups->len; i++)
		free(groups->items[i].items);
	free(groups->items);
	*groups = (struct part_groups){ 0 };
}

/* Put item into the group of that key; by_key finds it again. */
static void put(struct part_groups *groups, json_t *by_key, const char *key,
		const void *item)
{
	json_t *index = json_object_get(by_key, key);
	struct part_group *group;

	if (index) {
		group = &groups->items[json_integer_value(index)];
	} else {
		(void)json_object_set_new(
			by_key, key, json_integer((json_int_t)groups->len));
		GROW(groups->items, groups->len, groups->cap);
		group = &groups->items[groups->len++];
		*group = (struct part_group){ 0 };
	}
	GROW(group->items, group->len, group->cap);
	group->items[group->len++] = item;
}

const char *part_identifier(const char *address)
{
	const char *slash = strchr(address, '/');

	return slash ? slash + 1 : address;
}

/* ---- changes ---------------------------------------------------------- */

static void add_text(struct strbuf *key, const char *text)
{
	strbuf_adds(key, text ? text : "");
	strbuf_addc(key, '\x01');
}

static void add_json(struct strbuf *key, const json_t *value)
{
	json_compact(value, key);
	strbuf_addc(key, '\x01');
}

/* All that is said of a change but which resource it is about. Owned. */
static char *key_of_change(const struct plan_change *change)
{
	CLEANUP(strbuf_release) struct strbuf key = STRBUF_INIT(LIMIT_RENDERED);

	strbuf_addf(&key, "%.*s\x01", (int)strcspn(change->address, "/"),
		    change->address);
	add_text(&key, change->setting);
	part_transition(change->before, change->after, change->unit, &key);
	strbuf_addf(&key, "\x01%" PRId64 "\x01", change->rule_line);
	add_text(&key, change->rule_name);
	add_text(&key, change->via);
	add_text(&key, change->effect);
	add_text(&key, change->reversibility);
	add_text(&key, change->severity);
	add_json(&key, change->consent);
	add_json(&key, change->backout_consent);
	add_json(&key, change->controls);
	add_json(&key, change->pending);
	add_text(&key, json_text(change->undoes, "change"));
	if (json_is_object(change->undoes)) {
		/* of a set, also what stays is shown */
		add_json(&key, json_object_get(change->undoes, "set"));
		add_json(&key, json_object_get(change->undoes, "prior"));
		add_json(&key, change->before);
	}
	return strbuf_detach(&key);
}

static int rank_in(const char *const *names, const char *name)
{
	int rank = 0;

	while (names[rank] && (!name || strcmp(names[rank], name) != 0))
		rank++;
	return rank;
}

/* The smaller, the worse. */
static int rank_of(const struct plan_change *change)
{
	static const char *const costs[] = { "one-way", "lossy", "restart",
					     "reversible", NULL };
	static const char *const severities[] = { "critical", "high", "medium",
						  "low",      "info", NULL };
	int consent = 0;

	while (part_classes[consent] &&
	       (!strcmp(part_classes[consent], "many") ||
		!json_array_has(change->consent, part_classes[consent])))
		consent++;
	return consent * 1000 + rank_in(costs, change->reversibility) * 100 +
	       (strcmp(change->effect, "restart") != 0) * 10 +
	       rank_in(severities, change->severity);
}

static int by_rank(const void *a, const void *b)
{
	const struct part_group *g = a, *h = b;
	const struct plan_change *x = g->items[0], *y = h->items[0];
	int rank = rank_of(x) - rank_of(y);
	int kind =
		strncmp(x->address, y->address, strcspn(x->address, "/") + 1);
	int setting = strcmp(x->setting, y->setting);

	if (rank || kind || setting)
		return rank ? rank : kind ? kind : setting;
	if (g->len != h->len)
		return g->len > h->len ? -1 : 1;
	return x < y ? -1 : x > y;
}

void part_group_changes(const struct plan *plan, size_t from, size_t end,
			struct part_groups *ret)
{
	CLEANUP(json_release) json_t *by_key = json_object();

	for (size_t i = from; i < end; i++) {
		CLEANUP(free_ptr) char *key = key_of_change(&plan->changes[i]);

		put(ret, by_key, key, &plan->changes[i]);
	}
	if (ret->len)
		qsort(ret->items, ret->len, sizeof(*ret->items), by_rank);
}

/* ---- steps ------------------------------------------------------------ */

json_t *part_shape(const struct plan_step *step, const json_t *parameters)
{
	const char *identifier = part_identifier(step->address);
	json_t *shape = json_object();
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)parameters, name, value) {
		const char *text = json_string_value(value);

		(void)json_object_set_new(shape, name,
					  text && !strcmp(text, identifier)
						  ? json_string("…")
						  : json_incref(value));
	}
	return shape;
}

/* Owned. */
static char *key_of_step(const struct plan_step *step)
{
	CLEANUP(strbuf_release) struct strbuf key = STRBUF_INIT(LIMIT_RENDERED);
	CLEANUP(json_release)
	json_t *there = part_shape(step, step->parameters);
	CLEANUP(json_release)
	json_t *back = part_shape(step, step->backout_parameters);

	add_text(&key, step->target);
	add_text(&key, step->call);
	add_text(&key, step->backout_call);
	add_text(&key, step->backout_reason);
	json_canonical(there, &key);
	json_canonical(step->companions, &key);
	json_canonical(back, &key);
	return strbuf_detach(&key);
}

void part_group_steps(const struct plan *plan, struct part_groups *ret)
{
	CLEANUP(json_release) json_t *by_key = json_object();

	for (size_t i = 0; i < plan->steps_len; i++) {
		CLEANUP(free_ptr) char *key = key_of_step(&plan->steps[i]);

		put(ret, by_key, key, &plan->steps[i]);
	}
}

/* ---- entries ---------------------------------------------------------- */

void part_group_entries(const json_t *entries, const char *const *keys,
			struct part_groups *ret)
{
	CLEANUP(json_release) json_t *by_key = json_object();
	json_t *entry;
	size_t i;

	json_array_foreach(entries, i, entry) {
		CLEANUP(strbuf_release)
		struct strbuf key = STRBUF_INIT(LIMIT_RENDERED);

		for (size_t k = 0; keys[k]; k++) {
			json_t *value = json_object_get(entry, keys[k]);

			if (value)
				json_compact(value, &key);
			strbuf_addc(&key, '\x01');
		}
		put(ret, by_key, key.buf ? key.buf : "", entry);
	}
}
