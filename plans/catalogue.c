#include "plans/catalogue.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/nearest.h"
#include "plans/catalogue_rows.h"
#include "plans/window.h"

const struct setting *catalogue_rows(enum kind kind, size_t *ret_len)
{
	const struct open_rows *open = open_rows(kind);

	if (open) {
		*ret_len = open->len;
		return open->rows;
	}
	switch (kind) {
	case KIND_CLUSTER:
		*ret_len = catalogue_cluster_len;
		return catalogue_cluster;
	case KIND_INSTANCE:
		*ret_len = catalogue_instance_len;
		return catalogue_instance;
	case KIND_IAM_ROLE:
		*ret_len = catalogue_iam_role_len;
		return catalogue_iam_role;
	case KIND_LOG_GROUP:
		*ret_len = catalogue_log_group_len;
		return catalogue_log_group;
	case KIND_KMS_KEY:
		*ret_len = catalogue_kms_key_len;
		return catalogue_kms_key;
	case KIND_SECURITY_GROUP:
		*ret_len = catalogue_security_group_len;
		return catalogue_security_group;
	case KIND_IAM_POLICY:
		*ret_len = catalogue_iam_policy_len;
		return catalogue_iam_policy;
	case KIND_CLUSTER_SNAPSHOT:
		*ret_len = catalogue_cluster_snapshot_len;
		return catalogue_cluster_snapshot;
	case KIND_EVENT_SUBSCRIPTION:
		*ret_len = catalogue_event_subscription_len;
		return catalogue_event_subscription;
	case KIND_CLUSTER_PARAMETER_GROUP:
	case KIND_INSTANCE_PARAMETER_GROUP:
	case KIND_COUNT:
		break;
	}
	*ret_len = 0;
	return NULL;
}

const struct setting *catalogue_open(enum kind kind, const char **ret_form)
{
	const struct open_rows *open = open_rows(kind);

	if (open)
		*ret_form = open->form;
	return open ? &open->like : NULL;
}

size_t catalogue_index(const struct setting *setting)
{
	size_t len;

	return (size_t)(setting - catalogue_rows(setting->kind, &len));
}

static int by_name(const void *name, const void *row)
{
	return strcmp(name, ((const struct setting *)row)->name);
}

const struct setting *catalogue_lookup(enum kind kind, const char *name)
{
	size_t len;
	const struct setting *rows = catalogue_rows(kind, &len);
	const struct open_rows *open = open_rows(kind);
	const struct setting *row;

	if (open)
		len = *open->table_len;
	row = rows ? bsearch(name, rows, len, sizeof(*rows), by_name) : NULL;
	return row || !open ? row : open_rows_find(open, name);
}

const struct setting *catalogue_get(enum kind kind, const char *name)
{
	const struct setting *row = catalogue_lookup(kind, name);
	struct open_rows *open = open_rows(kind);

	return row || !open ? row : open_rows_add(open, name);
}

int catalogue_find(enum kind kind, const char *name,
		   const struct setting **ret_row, struct error *err)
{
	const struct setting *row = catalogue_get(kind, name);
	struct nearest nearest = nearest_to(name);
	size_t len;
	const struct setting *rows = catalogue_rows(kind, &len);

	if (row) {
		*ret_row = row;
		return 0;
	}
	for (size_t i = 0; i < len; i++)
		nearest_offer(&nearest, rows[i].name);
	(void)error_set(err, ERR_UNKNOWN_SETTING, "unknown setting '%s' of %s",
			name, kind_ops(kind)->name);
	if (nearest_best(&nearest))
		error_hint(err, "did you mean '%s'?", nearest_best(&nearest));
	return -1;
}

void catalogue_companions(const struct setting *setting,
			  void (*fn)(void *ctx,
				     const struct setting *companion),
			  void *ctx)
{
	CLEANUP(free_ptr) char *names = xstrdup(setting->companions);
	char *rest = names;

	for (char *name = NULL; rest && (name = strsep(&rest, " "));) {
		const struct setting *row =
			catalogue_lookup(setting->kind, name);

		assert(row);
		fn(ctx, row);
	}
}

bool setting_is_window(const struct setting *setting)
{
	return setting->type == TYPE_DAILY_WINDOW ||
	       setting->type == TYPE_WEEKLY_WINDOW;
}

struct search {
	const struct setting *row;
	bool found;
};

static void compare(void *ctx, const struct setting *companion)
{
	struct search *search = ctx;

	search->found |= companion == search->row;
}

static bool has_companion(const struct setting *setting,
			  const struct setting *companion)
{
	struct search search = { .row = companion };

	catalogue_companions(setting, compare, &search);
	return search.found;
}

static bool goes_only_with(const struct setting *setting,
			   const struct setting *with)
{
	return setting->only_with &&
	       strcmp(setting->only_with, with->name) == 0;
}

bool settings_belong_together(const struct setting *a, const struct setting *b)
{
	return goes_only_with(a, b) || goes_only_with(b, a) ||
	       has_companion(a, b) || has_companion(b, a) ||
	       (setting_is_window(a) && setting_is_window(b));
}

bool call_sets_off_pending(enum kind kind, const char *call,
			   const json_t *parameters)
{
	const char *now = json_text(parameters, "ApplyImmediately");
	size_t len;
	const struct setting *rows = catalogue_rows(kind, &len);

	for (size_t i = 0; i < len; i++) {
		if (rows[i].once && strcmp(rows[i].call, call) == 0)
			return true;
	}
	return now && strcmp(now, "true") == 0;
}

bool setting_opens_window(const struct setting *setting, const json_t *value,
			  int64_t now)
{
	return setting->type == TYPE_WEEKLY_WINDOW && json_is_string(value) &&
	       window_weekly_contains(json_string_value(value), now);
}

static bool is_spared(const struct setting *setting, const json_t *facts)
{
	return setting->spared_by &&
	       json_is_true(json_object_get(facts, setting->spared_by));
}

enum effect setting_effect(const struct setting *setting, const json_t *facts)
{
	return is_spared(setting, facts) ? EFFECT_DEFERRABLE : setting->effect;
}

json_t *setting_facts(const struct setting *setting, const json_t *facts)
{
	CLEANUP(free_ptr) char *names = xstrdup(setting->rests_on);
	CLEANUP(json_release) json_t *found = json_object();
	char *rest = names;

	if (is_spared(setting, facts))
		json_object_set_new(found, setting->spared_by, json_true());
	if (setting->modified_where &&
	    json_is_true(json_object_get(facts, setting->modified_where)))
		json_object_set_new(found, setting->modified_where,
				    json_true());
	for (char *name = NULL; rest && (name = strsep(&rest, " "));) {
		json_t *value = json_object_get(facts, name);

		if (value)
			json_object_set(found, name, value);
	}
	return json_object_size(found) ? TAKE(found) : NULL;
}

/*
 * A reboot that AWS asks for afterwards is somebody's to choose: the change
 * itself restarts nothing.
 */
bool setting_restarts(const struct setting *setting, const json_t *facts)
{
	const enum effect effect = setting_effect(setting, facts);

	return effect == EFFECT_RESTART ||
	       (setting->restart && effect != EFFECT_REBOOT &&
		!is_spared(setting, facts));
}

const char *effect_name(enum effect effect)
{
	switch (effect) {
	case EFFECT_IMMEDIATE:
		return "immediate";
	case EFFECT_ASYNCHRONOUS:
		return "asynchronous";
	case EFFECT_DEFERRABLE:
		return "window";
	case EFFECT_REBOOT:
		return "reboot";
	case EFFECT_RESTART:
		return "restart";
	}
	return "";
}
