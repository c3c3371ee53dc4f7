/* What the store has recorded, and since when. */
#include <stdlib.h>
#include <string.h>

#include "core/limits.h"
#include "core/mem.h"
#include "plans/backout_item.h"
#include "plans/drift.h"
#include "state/record.h"

struct loading {
	struct store *store;
	struct drift *drift;
	struct target *targets; /* one a place */
	size_t targets_len, targets_cap;
};

static void loading_release(struct loading *loading)
{
	drift_free(loading->drift);
	for (size_t i = 0; i < loading->targets_len; i++)
		target_release(&loading->targets[i]);
	free(loading->targets);
}

/* ---- targets ------------------------------------------------------------ */

static void set_target(struct loading *loading, const char *name,
		       const char *account, const char *region,
		       const char *role)
{
	struct target *target = NULL;

	for (size_t i = 0; !target && i < loading->targets_len; i++) {
		if (!strcmp(loading->targets[i].account_id, account) &&
		    !strcmp(loading->targets[i].region, region))
			target = &loading->targets[i];
	}
	if (!target) {
		GROW(loading->targets, loading->targets_len,
		     loading->targets_cap);
		target = &loading->targets[loading->targets_len++];
		*target = (struct target){ .name = NULL };
	}
	target_release(target);
	*target = (struct target){ .name = xstrdup(name),
				   .account_id = xstrdup(account),
				   .region = xstrdup(region),
				   .role_arn = xstrdup(role) };
}

static void add_targets(struct loading *loading, const json_t *plan)
{
	json_t *entry;
	size_t i;

	json_array_foreach(json_object_get(plan, "targets"), i, entry) {
		const char *name = json_text(entry, "name");
		const char *account = json_text(entry, "account_id");
		const char *region = json_text(entry, "region");

		if (name && account && region)
			set_target(loading, name, account, region,
				   json_text(entry, "role_arn"));
	}
}

/* "<account>/<region or global>" of a target of the plan. Owned; NULL. */
static char *path_of(const json_t *plan, const char *target)
{
	json_t *entry;
	size_t i;

	if (strchr(target, '/'))
		return xstrdup(target);
	json_array_foreach(json_object_get(plan, "targets"), i, entry) {
		const char *name = json_text(entry, "name");

		if (name && !strcmp(name, target))
			return xasprintf("%s/%s",
					 json_text(entry, "account_id"),
					 json_text(entry, "region"));
	}
	return NULL;
}

/* ---- changes ------------------------------------------------------------ */

static void add_change(struct loading *loading, const struct record *record,
		       const json_t *plan, const json_t *change)
{
	const char *target = json_text(change, "target");
	const char *address = json_text(change, "address");
	const char *setting = json_text(change, "setting");
	CLEANUP(free_ptr) char *path = target ? path_of(plan, target) : NULL;
	CLEANUP(free_ptr) char *key = NULL;
	const json_t *end;
	const char *state;

	if (!path || !address || !setting)
		return;
	key = past_key(path, address, setting);
	if (!record->result) {
		json_object_set_new(loading->drift->unfinished, key,
				    json_string(record->id));
		return;
	}
	end = plan_find_entry(json_object_get(record->result, "changes"),
			      target, address, setting);
	state = json_text(end, "state");
	if (!state || !strcmp(state, "skipped"))
		return;
	json_object_set_new(
		loading->drift->origins, key,
		json_pack("{ss sO? ss sO?}", "change", record->id, "at",
			  json_object_get(record->change, "started_at"),
			  "state", state, "after",
			  json_object_get(change, "after")));
}

static int add_record(const struct record *record, void *ctx, struct error *err)
{
	struct loading *loading = ctx;
	CLEANUP(strbuf_release)
	struct strbuf bytes = STRBUF_INIT(LIMIT_PLAN_FILE);
	CLEANUP(json_release) json_t *plan = NULL;
	json_t *change;
	size_t i;

	if (record_plan(loading->store, record->id, &bytes, err) ||
	    json_parse("plan.json", bytes.buf, bytes.len, &plan, err))
		return error_wrap(err, "change '%s'", record->id);
	add_targets(loading, plan);
	json_array_foreach(json_object_get(plan, "changes"), i, change)
		add_change(loading, record, plan, change);
	return 0;
}

/* ---- last recorded values ------------------------------------------------ */

/* The target's name for a place; its path where it is global. Borrowed; NULL.
 */
static const char *name_of(const struct loading *loading, const char *path)
{
	for (size_t i = 0; i < loading->targets_len; i++) {
		const struct target *target = &loading->targets[i];
		const size_t len = strlen(target->account_id);

		if (strncmp(path, target->account_id, len) != 0 ||
		    path[len] != '/')
			continue;
		if (!strcmp(path + len + 1, target->region))
			return target->name;
		if (!strcmp(path + len + 1, "global"))
			return path;
	}
	return NULL;
}

static void add_item(struct loading *loading, const char *target,
		     const json_t *file, const char *setting, json_t *value)
{
	struct backout *backout = loading->drift->backout;

	GROW(backout->items, backout->len, backout->cap);
	backout->items[backout->len++] = (struct backout_item){
		.change = xstrdup(json_text(file, "change")),
		.target = xstrdup(target),
		.address = xstrdup(json_text(file, "address")),
		.resource_id = xstrdup(json_text(file, "resource_id")),
		.setting = xstrdup(setting),
		.set = json_incref(value),
		.prior = json_incref(value),
	};
}

/* Let what was kept by places go by the targets' names. */
static void rename_key(json_t *by_key, const char *path,
		       const struct backout_item *item)
{
	CLEANUP(free_ptr)
	char *from = past_key(path, item->address, item->setting);
	CLEANUP(free_ptr)
	char *to = past_key(item->target, item->address, item->setting);
	json_t *value = json_object_get(by_key, from);

	if (value)
		json_object_set(by_key, to, value);
}

static void add_values(struct loading *loading, const char *path,
		       const json_t *file)
{
	const char *target = name_of(loading, path);
	struct backout *backout = loading->drift->backout;
	const char *setting;
	json_t *value;

	if (!target)
		return;
	json_object_foreach(json_object_get(file, "values"), setting, value) {
		struct backout_item *item;
		const char *change;
		CLEANUP(free_ptr) char *key = NULL;

		add_item(loading, target, file, setting, value);
		item = &backout->items[backout->len - 1];
		rename_key(loading->drift->origins, path, item);
		rename_key(loading->drift->unfinished, path, item);
		/* the file names the newest change of any of its settings */
		key = past_key(target, item->address, setting);
		change =
			json_text(json_object_get(loading->drift->origins, key),
				  "change");
		if (change) {
			free(item->change);
			item->change = xstrdup(change);
		}
	}
}

static int add_file(const char *path, bool is_directory, void *ctx,
		    struct error *err)
{
	struct loading *loading = ctx;
	CLEANUP(json_release) json_t *file = NULL;
	CLEANUP(free_ptr) char *place = NULL;
	const char *region = strchr(path, '/'), *kind;

	kind = region ? strchr(region + 1, '/') : NULL;
	if (is_directory || !kind)
		return 0;
	if (store_read_json(loading->store, path, &file, err))
		return -1;
	if (!json_text(file, "address") || !json_text(file, "resource_id") ||
	    !json_text(file, "change") ||
	    !json_is_object(json_object_get(file, "values"))) {
		(void)error_set(err, ERR_STATE,
				"'%s' is no record of a resource", path);
		error_hint(err, "see what is damaged: aback state fsck");
		return -1;
	}
	place = xstrndup(path, (size_t)(kind - path));
	add_values(loading, place, file);
	return 0;
}

/* Directories of accounts, beside "changes" and others. */
static int add_account(const char *name, bool is_directory, void *ctx,
		       struct error *err)
{
	struct loading *loading = ctx;

	if (!is_directory || strspn(name, "0123456789") != 12 || name[12])
		return 0;
	return store_walk(loading->store, name, add_file, loading, err);
}

/* ---- all of it ---------------------------------------------------------- */

static int compare_items(const void *a, const void *b)
{
	const struct backout_item *x = a, *y = b;
	int order = strcmp(x->target, y->target);

	if (!order)
		order = strcmp(x->address, y->address);
	return order ? order : strcmp(x->setting, y->setting);
}

/* Has the place something recorded, or its account something global? */
static bool is_needed(const struct backout *backout,
		      const struct target *target)
{
	CLEANUP(free_ptr)
	char *global = xasprintf("%s/global", target->account_id);

	for (size_t i = 0; i < backout->len; i++) {
		if (!strcmp(backout->items[i].target, target->name) ||
		    !strcmp(backout->items[i].target, global))
			return true;
	}
	return false;
}

static int compare_targets(const void *a, const void *b)
{
	const struct target *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static void take_targets(struct loading *loading)
{
	struct backout *backout = loading->drift->backout;

	backout->targets =
		xcalloc(loading->targets_len + 1, sizeof(*backout->targets));
	for (size_t i = 0; i < loading->targets_len; i++) {
		if (!is_needed(backout, &loading->targets[i]))
			continue;
		backout->targets[backout->targets_len++] = loading->targets[i];
		loading->targets[i] = (struct target){ .name = NULL };
	}
	qsort(backout->targets, backout->targets_len, sizeof(*backout->targets),
	      compare_targets);
}

static int nothing_recorded(struct store *store, struct error *err)
{
	(void)error_set(err, ERR_NOT_FOUND,
			"nothing is recorded in '%s' that live could differ "
			"from",
			store_path(store));
	error_hint(err, "what aback applies is recorded; for what nobody "
			"applied yet: aback plan");
	return -1;
}

int drift_load(struct store *store, const struct target *targets,
	       size_t targets_len, struct drift **ret_drift, struct error *err)
{
	CLEANUP(loading_release)
	struct loading loading = { .store = store,
				   .drift =
					   xcalloc(1, sizeof(*loading.drift)) };
	struct drift *drift = loading.drift;

	drift->backout = backout_new();
	drift->origins = json_object();
	drift->unfinished = json_object();
	if (records_each(store, NULL, add_record, &loading, err))
		return -1;
	for (size_t i = 0; i < targets_len; i++)
		set_target(&loading, targets[i].name, targets[i].account_id,
			   targets[i].region, targets[i].role_arn);
	if (store_list(store, "", add_account, &loading, err) ||
	    holds_load(store, &drift->holds, err))
		return -1;
	if (!drift->backout->len)
		return nothing_recorded(store, err);
	qsort(drift->backout->items, drift->backout->len,
	      sizeof(*drift->backout->items), compare_items);
	take_targets(&loading);
	*ret_drift = TAKE(loading.drift);
	return 0;
}

void drift_free(struct drift *drift)
{
	if (!drift)
		return;
	backout_free(drift->backout);
	json_decref(drift->origins);
	json_decref(drift->unfinished);
	holds_release(&drift->holds);
	free(drift);
}
