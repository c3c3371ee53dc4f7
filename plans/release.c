#include "plans/release.h"

#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/mem.h"
#include "plans/hold.h"
#include "plans/kind.h"
#include "plans/release_select.h"
#include "state/lock.h"
#include "state/record.h"

static void release_address(struct address *address)
{
	address_release(address);
}

static void release_holds(struct holds *holds)
{
	holds_release(holds);
}

static void release_record(struct record *record)
{
	record_release(record);
}

static void release_edits(struct store_edits *edits)
{
	store_edits_release(edits);
}

/* Ids of the changes that the holds came from, each once. A new array. */
static json_t *changes_of(const json_t *selected)
{
	json_t *ids = json_array(), *hold;
	size_t i;

	json_array_foreach(selected, i, hold)
		json_array_add_unique(ids, json_text(hold, "change"));
	return ids;
}

/* The places of all those changes. A new array. */
static int places_of(struct store *store, const json_t *changes,
		     json_t **ret_places, struct error *err)
{
	CLEANUP(json_release) json_t *places = json_array();
	json_t *id, *place;
	size_t i, k;

	json_array_foreach(changes, i, id) {
		CLEANUP(release_record) struct record record = { 0 };

		if (record_load(store, json_string_value(id), &record, err))
			return -1;
		json_array_foreach(json_object_get(record.change, "places"), k,
				   place)
			json_array_add_unique(places, json_string_value(place));
	}
	*ret_places = TAKE(places);
	return 0;
}

static int lock_places(struct store *store, const json_t *selected,
		       struct lock **ret_lock, struct error *err)
{
	const struct passwd *user = getpwuid(geteuid());
	CLEANUP(json_release) json_t *changes = changes_of(selected);
	CLEANUP(json_release) json_t *places = NULL;
	CLEANUP(free_ptr) const char **names = NULL;
	size_t len;

	if (places_of(store, changes, &places, err))
		return -1;
	len = json_array_size(places);
	names = xcalloc(len + 1, sizeof(*names));
	for (size_t i = 0; i < len; i++)
		names[i] = json_string_value(json_array_get(places, i));
	return lock_take(store, names, len, user ? user->pw_name : "unknown",
			 NULL, ret_lock, err);
}

static int commit(struct store *store, const char *what, const json_t *selected,
		  const struct store_edits *edits, struct error *err)
{
	CLEANUP(free_ptr) char *subject = xasprintf("Release %s", what);
	CLEANUP(json_release) json_t *changes = changes_of(selected);
	CLEANUP(free_ptr)
	struct store_trailer *trailers =
		xcalloc(json_array_size(changes) + 1, sizeof(*trailers));

	for (size_t i = 0; i < json_array_size(changes); i++)
		trailers[i] = (struct store_trailer){
			"Aback-Change",
			json_string_value(json_array_get(changes, i))
		};
	return store_commit(store, subject, trailers, edits,
			    STORE_PUSH_REQUIRED, NULL, err);
}

/* Under the lock: read the holds, remove those that are meant, commit. */
static int remove_holds(struct store *store, const struct address *address,
			const char *what, const char *wanted,
			json_t **ret_released, struct error *err)
{
	CLEANUP(release_holds) struct holds holds = { 0 };
	CLEANUP(release_edits) struct store_edits edits = { 0 };
	CLEANUP(json_release) json_t *selected = NULL;
	json_t *hold;
	size_t i;

	if (holds_load(store, &holds, err) ||
	    release_select(store, &holds, address, what, wanted, &selected,
			   err))
		return -1;
	json_array_foreach(selected, i, hold)
		holds_change(&holds, &edits, json_text(hold, "target"),
			     json_text(hold, "address"),
			     json_text(hold, "setting"), NULL);
	if (commit(store, what, selected, &edits, err))
		return -1;
	*ret_released = TAKE(selected);
	return 0;
}

/* What is meant now, so that its places can be locked. */
static int find_holds(struct store *store, const struct address *address,
		      const char *what, const char *wanted,
		      json_t **ret_selected, struct error *err)
{
	CLEANUP(release_holds) struct holds holds = { 0 };

	return holds_load(store, &holds, err) ||
			       release_select(store, &holds, address, what,
					      wanted, ret_selected, err)
		       ? -1
		       : 0;
}

int holds_let_go(struct store *store, const char *what, const char *wanted,
		 json_t **ret_released, struct error *err)
{
	CLEANUP(release_address) struct address address = { 0 };
	CLEANUP(json_release) json_t *selected = NULL;
	CLEANUP(lock_cleanup) struct lock *lock = NULL;
	int rc;

	if (address_parse(what, &address, err) || store_fetch(store, err) ||
	    find_holds(store, &address, what, wanted, &selected, err) ||
	    lock_places(store, selected, &lock, err))
		return -1;
	/* read again: what was seen before the lock may have moved */
	rc = remove_holds(store, &address, what, wanted, ret_released, err);
	lock_end(lock);
	return rc;
}
