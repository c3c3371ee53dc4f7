#include "plans/release_select.h"

#include <stdint.h>
#include <string.h>

#include "core/limits.h"
#include "core/mem.h"
#include "plans/plan.h"
#include "state/record.h"

/* ---- what was derived from what ------------------------------------------ */

struct selecting {
	struct store *store;
	const struct address *address;
	json_t *plans; /* change id → its plan, or null: it has none */
	/* of the target: "address:setting" → what is selected */
	json_t *selected;
};

/* The plan that a change ran; null where there is no such change. Borrowed. */
static int plan_of(struct selecting *selecting, const char *change,
		   const json_t **ret_plan, struct error *err)
{
	json_t *plan = json_object_get(selecting->plans, change);
	CLEANUP(strbuf_release)
	struct strbuf bytes = STRBUF_INIT(LIMIT_PLAN_FILE);
	CLEANUP(error_release) struct error why = ERROR_INIT;

	if (!plan && record_plan(selecting->store, change, &bytes, &why)) {
		if (why.code != ERR_NOT_FOUND) {
			error_copy(err, &why);
			return -1;
		}
		plan = json_null();
		(void)json_object_set(selecting->plans, change, plan);
	} else if (!plan) {
		if (json_parse(change, bytes.buf, bytes.len, &plan, err))
			return -1;
		(void)json_object_set_new(selecting->plans, change, plan);
	}
	*ret_plan = plan;
	return 0;
}

/* The change of the plan that ran as `change`; NULL: it has none. Borrowed. */
static int change_of(struct selecting *selecting, const char *change,
		     const char *target, const char *address,
		     const char *setting, const json_t **ret_entry,
		     struct error *err)
{
	const json_t *plan;

	if (plan_of(selecting, change, &plan, err))
		return -1;
	*ret_entry = plan_find_entry(json_object_get(plan, "changes"), target,
				     address, setting);
	return 0;
}

/* Is it what was named, or selected already? */
static bool is_meant(const struct selecting *selecting, const char *address,
		     const char *setting)
{
	const struct address *named = selecting->address;
	CLEANUP(free_ptr) char *key = xasprintf("%s:%s", address, setting);

	return (!strcmp(address, named->resource) &&
		(!named->setting || !strcmp(setting, named->setting))) ||
	       json_object_get(selecting->selected, key);
}

/* via: "cluster/orders:parameters, …", or "parameters" of the same resource. */
static bool via_is_meant(const struct selecting *selecting, const char *via,
			 const char *address)
{
	while (*via) {
		size_t len = strcspn(via, ",");
		CLEANUP(free_ptr) char *word = xstrndup(via, len);
		char *colon = strrchr(word, ':');

		if (colon)
			*colon = '\0';
		if (colon ? is_meant(selecting, word, colon + 1)
			  : is_meant(selecting, address, word))
			return true;
		via += len + strspn(via + len, ", ");
	}
	return false;
}

/* Was what is held there set for the sake of what is named? */
static int is_derived(struct selecting *selecting, const char *target,
		      const char *address, const char *setting,
		      const json_t *hold, bool *ret_derived, struct error *err)
{
	const json_t *entry;
	const char *undone, *via;

	*ret_derived = false;
	if (change_of(selecting, json_text(hold, "change"), target, address,
		      setting, &entry, err))
		return -1;
	undone = json_text(json_object_get(entry, "undoes"), "change");
	if (undone &&
	    change_of(selecting, undone, target, address, setting, &entry, err))
		return -1;
	via = json_text(entry, "via");
	*ret_derived = via && via_is_meant(selecting, via, address);
	return 0;
}

/* ---- of one target ------------------------------------------------------- */

static int select_one(struct selecting *selecting, const char *target,
		      const char *address, const char *setting,
		      const json_t *hold, bool *ret_more, struct error *err)
{
	CLEANUP(free_ptr) char *key = xasprintf("%s:%s", address, setting);
	bool is = is_meant(selecting, address, setting);
	json_t *entry;

	if (json_object_get(selecting->selected, key))
		return 0;
	if (!is &&
	    is_derived(selecting, target, address, setting, hold, &is, err))
		return -1;
	if (!is)
		return 0;
	entry = json_deep_copy(hold);
	(void)json_object_set_new(entry, "target", json_from_text(target));
	(void)json_object_set_new(entry, "address", json_from_text(address));
	(void)json_object_set_new(entry, "setting", json_from_text(setting));
	(void)json_object_set_new(selecting->selected, key, entry);
	*ret_more = true;
	return 0;
}

/* Until nothing more was derived from what is selected. */
static int select_of_target(struct selecting *selecting, const char *target,
			    const json_t *addresses, struct error *err)
{
	const char *address, *setting;
	json_t *settings, *hold;
	bool more = true;

	while (more) {
		more = false;
		json_object_foreach((json_t *)(uintptr_t)addresses, address,
				    settings) {
			json_object_foreach(settings, setting, hold) {
				if (select_one(selecting, target, address,
					       setting, hold, &more, err))
					return -1;
			}
		}
	}
	return 0;
}

/* ---- of all of them ------------------------------------------------------ */

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

static int several_targets(const char *what, const json_t *selected,
			   const char *other, struct error *err)
{
	(void)error_set(err, ERR_USAGE, "'%s' is held in '%s' and in '%s'",
			what, json_text(json_array_get(selected, 0), "target"),
			other);
	error_hint(err, "say which with --target");
	return -1;
}

/* Those of the target behind the others, sorted. */
static void add_sorted(json_t *selected, const json_t *of_target)
{
	size_t len;
	CLEANUP(free_ptr)
	const char **keys = json_sorted_keys(of_target, &len);

	for (size_t i = 0; i < len; i++)
		(void)json_array_append(selected,
					json_object_get(of_target, keys[i]));
}

int release_select(struct store *store, const struct holds *holds,
		   const struct address *address, const char *what,
		   const char *wanted, json_t **ret_selected, struct error *err)
{
	CLEANUP(json_release) json_t *plans = json_object();
	CLEANUP(json_release) json_t *selected = json_array();
	size_t len;
	CLEANUP(free_ptr)
	const char **targets = json_sorted_keys(holds->by_target, &len);

	for (size_t i = 0; i < len; i++) {
		CLEANUP(json_release) json_t *of_target = json_object();
		struct selecting selecting = { .store = store,
					       .address = address,
					       .plans = plans,
					       .selected = of_target };

		if (wanted && strcmp(targets[i], wanted) != 0)
			continue;
		if (select_of_target(
			    &selecting, targets[i],
			    json_object_get(holds->by_target, targets[i]), err))
			return -1;
		if (json_array_size(selected) && json_object_size(of_target))
			return several_targets(what, selected, targets[i], err);
		add_sorted(selected, of_target);
	}
	if (!json_array_size(selected))
		return nothing_held(holds, what, err);
	*ret_selected = TAKE(selected);
	return 0;
}
