#include "plans/planner_vain.h"

#include <string.h>

#include "core/mem.h"
#include "plans/kind.h"

struct vain vain_begin(void)
{
	return (struct vain){ .made = json_object(), .blocked = json_object() };
}

void vain_release(struct vain *vain)
{
	json_decref(vain->made);
	json_decref(vain->blocked);
}

static char *key_of(const char *place, const char *address)
{
	return xasprintf("%s\n%s", place, address);
}

/* Whose needs are being noted. */
struct noting {
	json_t *into;
	const struct want *want;
};

static void on_need(void *ctx, enum kind kind, const char *id,
		    const char *setting UNUSED)
{
	const struct noting *noting = ctx;
	const struct resource *by = noting->want->resource;
	CLEANUP(free_ptr) char *address = address_of(kind, id);
	CLEANUP(free_ptr)
	char *global = xasprintf("%s/global", by->place->account_id);
	CLEANUP(free_ptr)
	char *key = key_of(kind_ops(kind)->global ? global : by->place->name,
			   address);
	CLEANUP(free_ptr)
	char *who =
		xasprintf("%s:%s", by->address, noting->want->setting->name);

	/* what it lacks is not to be left out because it is lacking */
	if (!noting->want->lacks || strcmp(noting->want->lacks, address) != 0)
		json_object_set_new(noting->into, key, json_from_text(who));
}

/* Is it among the entries of plan->blocked from `from` on? */
static bool is_blocked(const struct plan *plan, const struct want *want,
		       size_t from)
{
	for (size_t i = from; i < json_array_size(plan->blocked); i++) {
		const char *setting =
			json_text(json_array_get(plan->blocked, i), "setting");

		if (setting && !strcmp(setting, want->setting->name))
			return true;
	}
	return false;
}

void vain_planned(struct vain *vain, const struct plan *plan,
		  const struct wants *wants, size_t first, size_t next,
		  size_t blocked)
{
	const struct kind_ops *ops =
		kind_ops(wants->items[first].resource->kind);

	for (size_t i = first; ops->needs && i < next; i++) {
		const struct want *want = &wants->items[i];
		struct noting noting = {
			.into = is_blocked(plan, want, blocked) ? vain->blocked
								: vain->made,
			.want = want,
		};

		ops->needs(want->resource,
			   &(struct call_change){ .setting = want->setting,
						  .before = want_before(want),
						  .after = want->after,
						  .window = want->window },
			   on_need, &noting);
	}
}

static bool names_exactly(const struct desired *desired,
			  const struct resource *resource)
{
	for (size_t i = 0; i < desired->rules_len; i++) {
		const struct selector *match = &desired->rules[i].match;

		for (size_t j = 0;
		     match->kind == resource->kind && j < match->ids_len; j++) {
			if (!strcmp(match->ids[j], resource->id))
				return true;
		}
	}
	return false;
}

const char *vain_because(const struct vain *vain, const struct desired *desired,
			 const struct resource *resource)
{
	CLEANUP(free_ptr)
	char *key = key_of(resource->place->name, resource->address);

	if (!desired || !resource_is_missing(resource) ||
	    json_object_get(vain->made, key) ||
	    names_exactly(desired, resource))
		return NULL;
	return json_text(vain->blocked, key);
}
