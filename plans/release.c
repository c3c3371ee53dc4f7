#include "plans/release.h"

#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/limits.h"
#include "core/mem.h"
#include "plans/hold.h"
#include "plans/kind.h"
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

static void free_lock(struct lock **lock)
{
	lock_free(*lock);
}

static void release_edits(struct store_edits *edits)
{
	store_edits_release(edits);
}

/* "prod cluster/orders:port, …": everything that is held, for the hint. */
static void list_holds(const struct holds *holds, struct strbuf *out)
{
	const char *target, *address, *setting;
	json_t *addresses, *settings, *hold;

	json_object_foreach(holds->by_target, target, addresses) {
		json_object_foreach(addresses, address, settings) {
			json_object_foreach(settings, setting, hold)
				strbuf_addf(out, "%s%s %s:%s",
					    out->len ? ", " : "", target,
					    address, setting);
		}
	}
}

static int nothing_held(const struct holds *holds, const char *what,
			struct error *err)
{
	CLEANUP(strbuf_release) struct strbuf list = STRBUF_INIT(LIMIT_MESSAGE);

	(void)error_set(err, ERR_NOT_FOUND, "nothing is held at '%s'", what);
	list_holds(holds, &list);
	error_hint(err, "held is: %s", list.len ? list.buf : "nothing");
	return -1;
}

/* The target that has the hold; borrowed from holds or wanted. */
static int find_target(const struct holds *holds, const struct address *address,
		       const char *what, const char *wanted,
		       const char **ret_target, struct error *err)
{
	const char *found = NULL;
	const char *target;
	json_t *addresses;

	json_object_foreach(holds->by_target, target, addresses) {
		if ((wanted && strcmp(target, wanted) != 0) ||
		    !holds_find(holds, target, address->resource,
				address->setting))
			continue;
		if (found) {
			(void)error_set(err, ERR_USAGE,
					"'%s' is held in '%s' and in '%s'",
					what, found, target);
			error_hint(err, "say which with --target");
			return -1;
		}
		found = target;
	}
	if (!found)
		return nothing_held(holds, what, err);
	*ret_target = found;
	return 0;
}

/* Lock the places of the change that the hold came from. */
static int lock_places(struct store *store, const char *change_id,
		       struct lock **ret_lock, struct error *err)
{
	CLEANUP(release_record) struct record record = { 0 };
	const struct passwd *user = getpwuid(geteuid());
	CLEANUP(free_ptr) const char **names = NULL;
	const json_t *places;
	size_t len;

	if (record_load(store, change_id, &record, err))
		return -1;
	places = json_object_get(record.change, "places");
	len = json_array_size(places);
	names = xcalloc(len + 1, sizeof(*names));
	for (size_t i = 0; i < len; i++)
		names[i] = json_string_value(json_array_get(places, i));
	return lock_take(store, names, len, user ? user->pw_name : "unknown",
			 NULL, ret_lock, err);
}

static int commit(struct store *store, const char *what, const char *change,
		  const struct store_edits *edits, struct error *err)
{
	CLEANUP(free_ptr) char *subject = xasprintf("Release %s", what);
	const struct store_trailer trailers[] = { { "Aback-Change", change },
						  { NULL, NULL } };

	return store_commit(store, subject, trailers, edits,
			    STORE_PUSH_REQUIRED, NULL, err);
}

/* Under the lock: read the holds, remove the one, commit. */
static int remove_hold(struct store *store, const struct address *address,
		       const char *what, const char *wanted,
		       struct holds *holds, json_t **ret_hold,
		       struct error *err)
{
	CLEANUP(release_edits) struct store_edits edits = { 0 };
	CLEANUP(json_release) json_t *hold = NULL;
	CLEANUP(free_ptr) char *target = NULL;
	const char *found;

	if (find_target(holds, address, what, wanted, &found, err))
		return -1;
	target = xstrdup(found); /* goes with the hold */
	hold = json_deep_copy(
		holds_find(holds, target, address->resource, address->setting));
	(void)json_object_set_new(hold, "target", json_string(target));
	(void)json_object_set_new(hold, "address",
				  json_string(address->resource));
	(void)json_object_set_new(hold, "setting",
				  json_string(address->setting));
	holds_change(holds, &edits, target, address->resource, address->setting,
		     NULL);
	if (commit(store, what, json_text(hold, "change"), &edits, err))
		return -1;
	*ret_hold = TAKE(hold);
	return 0;
}

/* The change behind the hold, so that its places can be locked. */
static int find_change(struct store *store, const struct address *address,
		       const char *what, const char *wanted, char **ret_change,
		       struct error *err)
{
	CLEANUP(release_holds) struct holds holds = { 0 };
	const char *target, *change;

	if (holds_load(store, &holds, err) ||
	    find_target(&holds, address, what, wanted, &target, err))
		return -1;
	change = json_text(
		holds_find(&holds, target, address->resource, address->setting),
		"change");
	if (!change)
		return error_set(err, ERR_STATE,
				 "the hold on '%s' names no change", what);
	*ret_change = xstrdup(change);
	return 0;
}

int hold_release(struct store *store, const char *what, const char *wanted,
		 json_t **ret_hold, struct error *err)
{
	CLEANUP(release_address) struct address address = { 0 };
	CLEANUP(release_holds) struct holds holds = { 0 };
	CLEANUP(free_lock) struct lock *lock = NULL;
	CLEANUP(free_ptr) char *change = NULL;

	if (address_parse(what, &address, err))
		return -1;
	if (!address.setting) {
		(void)error_set(err, ERR_USAGE, "'%s' names no setting", what);
		error_hint(err,
			   "give KIND/ID:SETTING; 'aback plan' lists what is "
			   "held");
		return -1;
	}
	if (store_fetch(store, err) ||
	    find_change(store, &address, what, wanted, &change, err) ||
	    lock_places(store, change, &lock, err))
		return -1;
	/* read again: what was seen before the lock may have moved */
	if (holds_load(store, &holds, err) ||
	    remove_hold(store, &address, what, wanted, &holds, ret_hold, err)) {
		CLEANUP(error_release) struct error more = ERROR_INIT;

		if (lock_release(lock, &more))
			return error_wrap(err, "and its lock stayed");
		return -1;
	}
	return lock_release(lock, err);
}
