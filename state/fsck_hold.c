/*
 * Holds, which keep plans from proposing something: each is left by a change of
 * the store, and has that change's own values. One that was written by hand, or
 * was made to cover more, hides what a rule asks for.
 */
#include <stdlib.h>
#include <string.h>

#include "core/limits.h"
#include "core/mem.h"
#include "state/fsck_internal.h"
#include "state/record.h"

struct holding {
	struct fsck *fsck;
	struct fsck_plan *plan;
	const char *path;
	const json_t *file;
	const char *setting;
};

void fsck_plan_release(struct fsck_plan *plan)
{
	free(plan->of);
	json_decref(plan->changes);
	*plan = (struct fsck_plan){ 0 };
}

static char *compact(const json_t *value)
{
	struct strbuf text = STRBUF_INIT(LIMIT_MESSAGE);

	if (!value)
		return xstrdup("nothing");
	json_compact(value, &text);
	return strbuf_detach(&text);
}

static void PRINTF_LIKE(4, 5)
	add(const struct holding *holding, const char *expected,
	    const char *found, const char *fmt, ...)
{
	const char *store = store_path(holding->fsck->store);
	CLEANUP(free_ptr) char *problem = NULL;
	CLEANUP(free_ptr)
	char *remedy = xasprintf("see who wrote it: git -C '%s' log -p main "
				 "-- '%s'; take it away with: aback release "
				 "%s:%s",
				 store, holding->path,
				 json_text(holding->file, "address"),
				 holding->setting);
	va_list ap;

	va_start(ap, fmt);
	problem = xvasprintf(fmt, ap);
	va_end(ap);
	fsck_add(holding->fsck,
		 &(struct fsck_finding){ .check = "hold",
					 .path = holding->path,
					 .expected = expected,
					 .found = found,
					 .remedy = remedy },
		 "%s", problem);
}

/* Does a change of that id exist? */
static bool is_known(struct fsck *fsck, const char *id)
{
	CLEANUP(error_release) struct error why = ERROR_INIT;
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT(LIMIT_STORE_FILE);
	CLEANUP(free_ptr) char *path = NULL;
	bool found;

	if (!record_is_id(id))
		return false;
	path = record_path(id, "change.json");
	return store_read(fsck->store, path, &text, &found, &why) || found;
}

/* The changes of a change's plan; NULL: what is wrong was said of the plan. */
static const json_t *changes_of(const struct holding *holding, const char *id)
{
	CLEANUP(error_release) struct error why = ERROR_INIT;
	CLEANUP(free_ptr) char *path = record_path(id, "plan.json");
	CLEANUP(json_release) json_t *plan = NULL;

	if (holding->plan->of && !strcmp(holding->plan->of, id))
		return holding->plan->changes;
	fsck_plan_release(holding->plan);
	holding->plan->of = xstrdup(id);
	if (!fsck_is_unreadable(holding->fsck, path) &&
	    !store_read_json(holding->fsck->store, path, &plan, &why))
		holding->plan->changes =
			json_incref(json_object_get(plan, "changes"));
	return holding->plan->changes;
}

static bool is_text(const json_t *object, const char *key, const char *text)
{
	const char *found = json_text(object, key);

	return found && text && !strcmp(found, text);
}

static const json_t *entry_of(const struct holding *holding,
			      const json_t *changes)
{
	const json_t *entry;
	size_t i;

	json_array_foreach(changes, i, entry) {
		if (is_text(entry, "target",
			    json_text(holding->file, "target")) &&
		    is_text(entry, "address",
			    json_text(holding->file, "address")) &&
		    is_text(entry, "setting", holding->setting))
			return entry;
	}
	return NULL;
}

/* What of the hold its change does not give. */
static void check_values(const struct holding *holding, const json_t *hold,
			 const json_t *entry)
{
	static const struct {
		const char *key, *undoes;
	} members[] = { { "rule_value", "set" },
			{ "prior", "prior" },
			{ "restored", NULL } };
	const json_t *undoes = json_object_get(entry, "undoes");

	for (size_t i = 0; i < ARRAY_SIZE(members); i++) {
		const json_t *have = json_object_get(hold, members[i].key);
		const json_t *of[] = {
			members[i].undoes
				? json_object_get(undoes, members[i].undoes)
				: NULL,
			json_object_get(entry, "before"),
			json_object_get(entry, "after"),
		};
		const json_t *want = of[0] ? of[0] : of[2];
		bool same = !have; /* an older version wrote less */
		CLEANUP(free_ptr) char *expected = compact(want);
		CLEANUP(free_ptr) char *found = compact(have);

		for (size_t k = 0; k < ARRAY_SIZE(of) && !same; k++)
			same = of[k] && json_equal(of[k], have);
		if (!same)
			add(holding, expected, found,
			    "'%s' of the hold on '%s' is not what its change "
			    "left",
			    members[i].key, holding->setting);
	}
}

/* One, and what is under it. */
static void check_hold(const struct holding *holding, const json_t *hold)
{
	const char *id = json_text(hold, "change");
	const json_t *changes, *entry;

	if (!id || !is_known(holding->fsck, id)) {
		add(holding, "a change of this store", id,
		    "the hold on '%s' names a change that there is not",
		    holding->setting);
		return;
	}
	changes = changes_of(holding, id);
	if (!changes)
		return;
	entry = entry_of(holding, changes);
	if (entry)
		check_values(holding, hold, entry);
	else
		add(holding, "a change of it", id,
		    "the hold on '%s' names a change that left it alone",
		    holding->setting);
}

void fsck_hold(struct fsck *fsck, struct fsck_plan *plan, const char *path)
{
	CLEANUP(error_release) struct error why = ERROR_INIT;
	CLEANUP(json_release) json_t *file = NULL;
	const char *setting;
	json_t *first;

	if (store_read_json(fsck->store, path, &file, &why)) {
		fsck_add_error(
			fsck,
			&(struct fsck_finding){ .check = "hold", .path = path },
			&why);
		return;
	}
	json_object_foreach(json_object_get(file, "settings"), setting, first) {
		const struct holding holding = { fsck, plan, path, file,
						 setting };

		for (const json_t *hold = first; hold;
		     hold = json_object_get(hold, "under"))
			check_hold(&holding, hold);
	}
}
