#include "tests/sim/faults.h"

#include <string.h>

#include "core/mem.h"

static const struct {
	const char *name;
	enum fault_kind kind;
	bool effect; /* unless the entry says otherwise */
} kinds[] = {
	{ "throttle", FAULT_THROTTLE, false },
	{ "error", FAULT_ERROR, false },
	{ "reset_before", FAULT_RESET_BEFORE, false },
	{ "reset_after", FAULT_RESET_AFTER, true },
	{ "hang", FAULT_HANG, false },
	{ "truncate", FAULT_TRUNCATE, true },
	{ "malformed", FAULT_MALFORMED, true },
	{ "html", FAULT_HTML, false },
	{ "skew", FAULT_SKEW, true },
	{ "ignore", FAULT_IGNORE, false },
	{ "delay_effect", FAULT_DELAY_EFFECT, true },
	{ "reorder", FAULT_REORDER, true },
};

static bool known_key(const char *key)
{
	static const char *const keys[] = { "service",  "action", "region",
					    "nth",      "from",   "to",
					    "fault",    "status", "code",
					    "message",  "ms",     "effect",
					    "effect_ms" };

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (!strcmp(keys[i], key))
			return true;
	return false;
}

static int read_number(const json_t *entry, const char *key, int64_t absent,
		       int64_t *ret_number, struct error *err)
{
	json_t *value = json_object_get(entry, key);

	*ret_number = absent;
	if (!value)
		return 0;
	if (!json_is_integer(value))
		return error_set(err, ERR_FORMAT, "'%s' is no whole number",
				 key);
	*ret_number = json_integer_value(value);
	return 0;
}

static int read_kind(const json_t *entry, struct fault *fault,
		     struct error *err)
{
	const char *name;

	if (json_get_string(entry, "fault", "fault", &name, err))
		return -1;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (strcmp(kinds[i].name, name) != 0)
			continue;
		json_t *effect = json_object_get(entry, "effect");
		fault->kind = kinds[i].kind;
		fault->name = kinds[i].name;
		fault->effect = effect ? json_is_true(effect) : kinds[i].effect;
		return 0;
	}
	return error_set(err, ERR_FORMAT, "unknown fault '%s'", name);
}

/* nth, or from and to; without any, every request. */
static int read_range(const json_t *entry, struct fault *fault,
		      struct error *err)
{
	int64_t nth;

	if (read_number(entry, "nth", 0, &nth, err) ||
	    read_number(entry, "from", nth ? nth : 1, &fault->from, err) ||
	    read_number(entry, "to", nth ? nth : INT64_MAX, &fault->to, err))
		return -1;
	return 0;
}

static int read_fault(const json_t *entry, struct fault *fault,
		      struct error *err)
{
	const char *key, *service = json_text(entry, "service");
	const char *action = json_text(entry, "action");
	const char *region = json_text(entry, "region");
	json_t *ignored;
	int64_t status;

	if (!json_is_object(entry))
		return error_set(err, ERR_FORMAT, "a fault is no object");
	json_object_foreach((json_t *)(uintptr_t)entry, key, ignored)
		if (!known_key(key))
			return error_set(err, ERR_FORMAT, "a fault has no '%s'",
					 key);
	if (read_kind(entry, fault, err) || read_range(entry, fault, err) ||
	    read_number(entry, "status", 0, &status, err) ||
	    read_number(entry, "ms", 0, &fault->ms, err) ||
	    read_number(entry, "effect_ms",
			fault->kind == FAULT_DELAY_EFFECT ? fault->ms : 0,
			&fault->effect_ms, err))
		return -1;
	if (status && (status < 200 || status > 599))
		return error_set(err, ERR_FORMAT, "bad status %lld",
				 (long long)status);
	fault->status = (int)status;
	fault->code = xstrdup(json_text(entry, "code"));
	fault->message = xstrdup(json_text(entry, "message"));
	fault->service =
		service && strcmp(service, "*") != 0 ? xstrdup(service) : NULL;
	fault->action =
		action && strcmp(action, "*") != 0 ? xstrdup(action) : NULL;
	fault->region =
		region && strcmp(region, "*") != 0 ? xstrdup(region) : NULL;
	return 0;
}

static void fault_release(struct fault *fault)
{
	free(fault->service);
	free(fault->action);
	free(fault->region);
	free(fault->code);
	free(fault->message);
}

int faults_add(struct faults *faults, const json_t *script, struct error *err)
{
	size_t before = faults->len, index;
	json_t *entry;

	if (!json_is_array(script))
		return error_set(err, ERR_FORMAT, "a fault script is a list");
	json_array_foreach(script, index, entry) {
		struct fault fault = { .name = NULL };
		if (read_fault(entry, &fault, err)) {
			fault_release(&fault);
			while (faults->len > before)
				fault_release(&faults->items[--faults->len]);
			return -1;
		}
		GROW(faults->items, faults->len, faults->cap);
		faults->items[faults->len++] = fault;
	}
	return 0;
}

const struct fault *faults_meet(struct faults *faults, const char *service,
				const char *action, const char *region)
{
	const struct fault *met = NULL;

	for (size_t i = 0; i < faults->len; i++) {
		struct fault *fault = &faults->items[i];
		if ((fault->service && strcmp(fault->service, service) != 0) ||
		    (fault->action && strcmp(fault->action, action) != 0) ||
		    (fault->region && strcmp(fault->region, region) != 0))
			continue;
		fault->seen++;
		if (!met && fault->seen >= fault->from &&
		    fault->seen <= fault->to)
			met = fault;
	}
	return met;
}

void faults_release(struct faults *faults)
{
	for (size_t i = 0; i < faults->len; i++)
		fault_release(&faults->items[i]);
	free(faults->items);
	*faults = (struct faults){ .items = NULL };
}
