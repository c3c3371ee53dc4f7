#include "plans/backout.h"

#include "plans/kind.h"
#include "plans/live.h"

/* The array at ids[place][kind], made where it is missing. Borrowed. */
static json_t *ids_of(json_t *ids, const char *place, const char *kind)
{
	json_t *kinds = json_object_get(ids, place);
	json_t *array;

	if (!kinds) {
		kinds = json_object();
		(void)json_object_set_new(ids, place, kinds);
	}
	array = json_object_get(kinds, kind);
	if (!array) {
		array = json_array();
		(void)json_object_set_new(kinds, kind, array);
	}
	return array;
}

static void release_address(struct address *address)
{
	address_release(address);
}

static int want(const struct backout_item *item, struct live_wanted *wanted,
		json_t *ids, struct error *err)
{
	CLEANUP(release_address) struct address address = { 0 };

	if (address_parse(item->address, &address, err))
		return error_wrap(err, "change '%s'", item->change);
	wanted->kinds[address.ops->kind] = true;
	if (address.ops->by_reference)
		json_array_add_unique(
			ids_of(ids, item->target, address.ops->name),
			address.id);
	return 0;
}

int backout_observe(struct aws *aws, const struct places *places,
		    const struct backout *backout, struct live **ret_live,
		    struct error *err)
{
	CLEANUP(json_release) json_t *ids = json_object();
	struct live_wanted wanted = { .ids = ids };

	for (size_t i = 0; i < backout->len; i++) {
		if (want(&backout->items[i], &wanted, ids, err))
			return -1;
	}
	return live_read(aws, places, &wanted, ret_live, err);
}
