/* The change's resources as they are live. */
#include <string.h>

#include "core/clock.h"
#include "core/limits.h"
#include "plans/catalogue.h"
#include "plans/execute.h"
#include "plans/log_group.h"
#include "plans/planner_reads.h"
#include "plans/verify_parts.h"

/* ---- what must be read -------------------------------------------------- */

static int add_reads(struct desired_reads *reads, const struct plan *plan,
		     struct error *err)
{
	for (size_t i = 0; i < plan->changes_len; i++) {
		const struct plan_change *change = &plan->changes[i];
		const struct setting *setting =
			setting_at(change->address, change->setting);
		CLEANUP(address_release) struct address address = { 0 };

		if (address_parse(change->address, &address, err))
			return -1;
		reads_add_kind(reads, address.ops->kind);
		if (setting)
			reads_add_setting(reads, setting);
		if (address.ops->by_reference)
			reads_add_id(reads, change->target, address.ops->kind,
				     address.id);
		log_group_add_reads(reads, address.ops->kind);
	}
	return 0;
}

static int read_all(struct aws *aws, const struct places *places,
		    const struct plan *plan, struct live **ret_live,
		    struct error *err)
{
	struct desired_reads *reads = reads_new();
	int rc = add_reads(reads, plan, err);

	if (!rc)
		rc = live_read(aws, places, reads_wanted(reads), ret_live, err);
	desired_reads_free(reads);
	return rc;
}

/* ---- what was read ------------------------------------------------------ */

static const char *condition_name(enum condition condition)
{
	static const char *const names[] = { [CONDITION_READY] = "ready",
					     [CONDITION_BUSY] = "busy",
					     [CONDITION_FAILED] = "failed",
					     [CONDITION_STOPPED] = "stopped" };

	return names[condition];
}

/* The values of the settings that the change is about. */
static void add_values(json_t *entry, const struct plan *plan,
		       const struct resource *resource)
{
	json_t *values = json_object(), *pending = json_object();
	json_t *awaits = json_array();

	for (size_t i = 0; i < plan->changes_len; i++) {
		const struct plan_change *change = &plan->changes[i];
		const struct setting *setting =
			setting_at(change->address, change->setting);

		if (!setting ||
		    strcmp(change->target, resource->place->name) != 0 ||
		    strcmp(change->address, resource->address) != 0)
			continue;
		/* absent where it was not read, or nothing is pending */
		(void)json_object_set(values, setting->name,
				      resource_value(resource, setting));
		(void)json_object_set(pending, setting->name,
				      resource_pending(resource, setting));
		if (awaits_reboot(resource, change))
			json_array_add_unique(awaits, setting->name);
	}
	(void)json_object_set_new(entry, "values", values);
	(void)json_object_set_new(entry, "pending", pending);
	(void)json_object_set_new(entry, "awaits_reboot", awaits);
}

static json_t *entry_of(const struct plan *plan, const char *target,
			const char *address, const struct resource *resource)
{
	const bool present = resource && !resource_is_missing(resource);
	const char *why = NULL;
	json_t *entry = json_pack("{s:s, s:s, s:b}", "target", target,
				  "address", address, "present", (int)present);

	if (!present)
		return entry;
	(void)json_object_set_new(entry, "resource_id",
				  json_from_text(resource->resource_id));
	(void)json_object_set_new(entry, "arn", json_from_text(resource->arn));
	(void)json_object_set_new(entry, "status",
				  json_from_text(resource->status));
	(void)json_object_set_new(
		entry, "condition",
		json_string(condition_name(
			kind_ops(resource->kind)->condition(resource, &why))));
	(void)json_object_set_new(entry, "reason", json_from_text(why));
	if (resource->pending_elements)
		(void)json_object_set(entry, "pending_elements",
				      resource->pending_elements);
	add_values(entry, plan, resource);
	return entry;
}

/* Each resource of the plan once; its changes are sorted. */
static json_t *entries_of(const struct plan *plan, const struct live *live)
{
	json_t *entries = json_array();

	for (size_t i = 0; i < plan->changes_len; i++) {
		const struct plan_change *change = &plan->changes[i];

		if (i && !strcmp(change->target, change[-1].target) &&
		    !strcmp(change->address, change[-1].address))
			continue;
		(void)json_array_append_new(
			entries, entry_of(plan, change->target, change->address,
					  live_find(live, change->target,
						    change->address)));
	}
	return entries;
}

/* A read that failed is evidence too: {"code", "message", "request"}. */
json_t *verify_unread(const struct error *why)
{
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(LIMIT_MESSAGE);

	error_message(why, &text);
	if (why->request)
		strbuf_addf(&text, " (%s)", why->request);
	return json_pack("{s:s, s:o, s:o}", "code", error_name(why->code),
			 "message", json_from_text(text.buf), "request",
			 json_from_text(why->request));
}

int verify_read_live(struct aws *aws, const struct places *places,
		     const struct plan *plan, json_t **ret_evidence,
		     struct live **ret_live, struct error *err)
{
	CLEANUP(error_release) struct error why = ERROR_INIT;
	char now[CLOCK_TEXT_MAX];
	json_t *evidence;

	*ret_live = NULL;
	if (read_all(aws, places, plan, ret_live, &why) &&
	    why.code == ERR_INTERRUPTED) {
		error_copy(err, &why);
		return -1;
	}
	evidence =
		json_pack("{s:s}", "read_at", clock_rfc3339(clock_now(), now));
	(void)json_object_set_new(evidence, "unread",
				  *ret_live ? json_null()
					    : verify_unread(&why));
	(void)json_object_set_new(evidence, "resources",
				  *ret_live ? entries_of(plan, *ret_live)
					    : json_array());
	*ret_evidence = evidence;
	return 0;
}
