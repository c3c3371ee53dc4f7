#include "plans/planner_follow.h"

#include <stdlib.h>
#include <string.h>

#include "core/limits.h"
#include "core/mem.h"
#include "plans/catalogue.h"
#include "plans/kind.h"

/* One thing that follows from one change. */
struct consequence {
	const struct resource *resource;
	const struct setting *setting;
	json_t *before, *after;
	const struct want *cause;
	size_t was; /* keeps the order of the causes */
};

struct finding {
	const struct wants *wants;
	const struct want *cause;
	struct consequence *items;
	size_t len, cap;
	bool any; /* of the present cause */
};

static void finding_release(struct finding *finding)
{
	for (size_t i = 0; i < finding->len; i++) {
		json_decref(finding->items[i].before);
		json_decref(finding->items[i].after);
	}
	free(finding->items);
}

void followed_release(struct followed *followed)
{
	wants_release(&followed->wants);
	for (size_t i = 0; i < followed->vias_len; i++)
		free(followed->vias[i]);
	free(followed->vias);
	json_decref(followed->notes);
}

static void on_follows(void *ctx, const struct resource *resource,
		       const struct setting *setting, json_t *before,
		       json_t *after)
{
	struct finding *finding = ctx;

	finding->any = true;
	if (finding->cause->window ||
	    wants_find(finding->wants, resource->place->name, resource->address,
		       setting->name)) {
		json_decref(before);
		json_decref(after);
		return;
	}
	GROW(finding->items, finding->len, finding->cap);
	finding->items[finding->len] =
		(struct consequence){ .resource = resource,
				      .setting = setting,
				      .before = before,
				      .after = after,
				      .cause = finding->cause,
				      .was = finding->len };
	finding->len++;
}

static void say_left_to_others(struct followed *followed,
			       const struct want *cause)
{
	CLEANUP(free_ptr)
	char *line = xasprintf("'%s' is left to the maintenance window, so no "
			       "reboot is planned for it: it takes effect when "
			       "somebody reboots the instances",
			       cause->setting->name);

	if (!followed->notes)
		followed->notes = json_array();
	(void)plan_note(followed->notes, cause->resource->place->name,
			cause->resource->address, NULL, line);
}

static void find_all(const struct plan *plan, const struct live *live,
		     struct finding *finding, struct followed *followed)
{
	for (size_t i = 0; i < plan->changes_len; i++) {
		const struct plan_change *change = &plan->changes[i];
		const struct want *want =
			wants_find(finding->wants, change->target,
				   change->address, change->setting);
		const struct kind_ops *ops =
			want ? kind_ops(want->resource->kind) : NULL;

		if (!ops || !ops->follows)
			continue;
		finding->cause = want;
		finding->any = false;
		ops->follows(want->resource,
			     &(struct call_change){ .setting = want->setting,
						    .before = want_before(want),
						    .after = want->after,
						    .window = want->window },
			     live, on_follows, finding);
		if (want->window && finding->any)
			say_left_to_others(followed, want);
	}
}

static int compare(const void *a, const void *b)
{
	const struct consequence *x = a, *y = b;
	int order = strcmp(x->resource->place->name, y->resource->place->name);

	if (!order)
		order = strcmp(x->resource->address, y->resource->address);
	if (!order)
		order = strcmp(x->setting->name, y->setting->name);
	if (!order)
		order = x->was < y->was ? -1 : x->was > y->was;
	return order;
}

/* "cluster/orders:db_cluster_parameter_group_name, …" of items[first…]. */
static char *causes(const struct finding *finding, size_t first, size_t next)
{
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(LIMIT_MESSAGE);

	for (size_t i = first; i < next; i++) {
		const struct want *cause = finding->items[i].cause;

		strbuf_addf(&text, "%s%s:%s", i > first ? ", " : "",
			    cause->resource->address, cause->setting->name);
	}
	return strbuf_detach(&text);
}

static void merge(struct finding *finding, size_t first, size_t next,
		  struct followed *into)
{
	struct consequence *item = &finding->items[first];
	char *via = causes(finding, first, next);
	json_t *before = TAKE(item->before), *after = TAKE(item->after);

	into->vias = xreallocarray(into->vias, into->vias_len + 1,
				   sizeof(*into->vias));
	into->vias[into->vias_len++] = via;
	wants_add(&into->wants,
		  &(struct want){ .resource = item->resource,
				  .setting = item->setting,
				  .before = before,
				  .after = after,
				  .rule_name = item->cause->rule_name,
				  .rule_line = item->cause->rule_line,
				  .via = via });
}

void planner_follow(const struct plan *plan, const struct wants *wants,
		    const struct live *live, struct followed *ret_followed)
{
	CLEANUP(finding_release) struct finding finding = { .wants = wants };

	if (live)
		find_all(plan, live, &finding, ret_followed);
	if (finding.len)
		qsort(finding.items, finding.len, sizeof(*finding.items),
		      compare);
	for (size_t i = 0, next; i < finding.len; i = next) {
		const struct consequence *item = &finding.items[i];

		for (next = i + 1; next < finding.len; next++) {
			if (finding.items[next].resource != item->resource ||
			    finding.items[next].setting != item->setting)
				break;
		}
		merge(&finding, i, next, ret_followed);
	}
}
