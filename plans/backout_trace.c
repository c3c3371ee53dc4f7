#include "plans/backout_trace.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"

void tracing_release(struct tracing *tracing)
{
	backout_free(tracing->backout);
	json_decref(tracing->index);
	json_decref(tracing->standing);
	for (size_t i = 0; i < tracing->targets_len; i++)
		target_release(&tracing->targets[i]);
	free(tracing->targets);
}

struct tracing tracing_begin(struct store *store)
{
	return (struct tracing){ .store = store,
				 .backout = backout_new(),
				 .index = json_object(),
				 .standing = json_array() };
}

bool tracing_find(const struct tracing *tracing,
		  const struct plan_change *change, size_t *ret_position)
{
	CLEANUP(free_ptr)
	char *key = past_key(change->target, change->address, change->setting);
	const json_t *position = json_object_get(tracing->index, key);

	if (!position)
		return false;
	*ret_position = (size_t)json_integer_value(position);
	return true;
}

void tracing_add(struct tracing *tracing, const struct past *past,
		 const struct plan_change *change,
		 const struct past_effect *effect)
{
	CLEANUP(free_ptr)
	char *key = past_key(change->target, change->address, change->setting);

	(void)json_object_set_new(
		tracing->index, key,
		json_integer((json_int_t)tracing->backout->len));
	(void)json_array_append_new(tracing->standing, json_array());
	(void)backout_add(tracing->backout, change, past->record->id, effect,
			  past_is_redo(past, change));
}

/* ---- targets ---- */

static struct target copy_target(const struct target *target)
{
	return (struct target){ .name = xstrdup(target->name),
				.account_id = xstrdup(target->account_id),
				.region = xstrdup(target->region),
				.role_arn = xstrdup(target->role_arn) };
}

int tracing_add_targets(struct tracing *tracing, const struct past *past,
			struct error *err)
{
	for (size_t i = 0; i < past->plan->targets_len; i++) {
		const struct target *target = &past->plan->targets[i];
		struct target *known = NULL;

		for (size_t k = 0; !known && k < tracing->targets_len; k++) {
			if (!strcmp(tracing->targets[k].name, target->name))
				known = &tracing->targets[k];
		}
		if (!known) {
			GROW(tracing->targets, tracing->targets_len,
			     tracing->targets_cap);
			tracing->targets[tracing->targets_len++] =
				copy_target(target);
			continue;
		}
		if (strcmp(known->account_id, target->account_id) != 0 ||
		    strcmp(known->region, target->region) != 0) {
			(void)error_set(
				err, ERR_CONFLICT,
				"the target '%s' is %s/%s in one change and "
				"%s/%s in change %s",
				target->name, known->account_id, known->region,
				target->account_id, target->region,
				past->record->id);
			error_hint(err, "back the changes out one by one");
			return -1;
		}
		free(known->role_arn);
		known->role_arn = xstrdup(target->role_arn);
	}
	return 0;
}

static bool is_needed(const struct backout *backout,
		      const struct target *target)
{
	for (size_t i = 0; i < backout->len; i++) {
		if (target_has_place(target, backout->items[i].target))
			return true;
	}
	return false;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct target *)a)->name,
		      ((const struct target *)b)->name);
}

static int by_key(const void *a, const void *b)
{
	const struct backout_item *x = a, *y = b;
	int order = strcmp(x->target, y->target);

	if (!order)
		order = strcmp(x->address, y->address);
	return order ? order : strcmp(x->setting, y->setting);
}

struct backout *tracing_finish(struct tracing *tracing)
{
	struct backout *backout = TAKE(tracing->backout);

	backout->targets =
		xcalloc(tracing->targets_len + 1, sizeof(*backout->targets));
	for (size_t i = 0; i < tracing->targets_len; i++) {
		if (is_needed(backout, &tracing->targets[i]))
			backout->targets[backout->targets_len++] =
				copy_target(&tracing->targets[i]);
	}
	qsort(backout->targets, backout->targets_len, sizeof(*backout->targets),
	      by_name);
	if (backout->len)
		qsort(backout->items, backout->len, sizeof(*backout->items),
		      by_key);
	return backout;
}
