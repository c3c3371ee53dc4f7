#include "plans/only.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/nearest.h"

void only_release(struct only *only)
{
	for (size_t i = 0; i < only->len; i++)
		address_release(&only->items[i].address);
	free(only->items);
	*only = (struct only){ 0 };
}

static int parse_item(struct only_item *item, bool needs_setting,
		      struct error *err)
{
	if (address_parse(item->text, &item->address, err))
		return -1;
	if (item->address.member)
		return error_set(err, ERR_USAGE,
				 "'%s' names a member: a setting is taken "
				 "whole",
				 item->text);
	if (!item->address.setting && needs_setting) {
		(void)error_set(err, ERR_USAGE, "'%s' names no setting",
				item->text);
		error_hint(err, "give KIND/ID:SETTING");
		return -1;
	}
	return 0;
}

int only_parse(const struct planner_only *only, bool needs_setting,
	       struct only *ret_only, struct error *err)
{
	CLEANUP(only_release) struct only parsed = { 0 };

	if (only)
		parsed.items = xcalloc(only->len + 1, sizeof(*parsed.items));
	for (size_t i = 0; only && i < only->len; i++) {
		parsed.items[i].text = only->items[i];
		parsed.len = i + 1;
		if (parse_item(&parsed.items[i], needs_setting, err))
			return -1;
	}
	*ret_only = parsed;
	parsed = (struct only){ 0 };
	return 0;
}

bool only_has(struct only *only, const char *address, const char *setting)
{
	bool has = !only->len;

	for (size_t i = 0; i < only->len; i++) {
		struct only_item *item = &only->items[i];

		if (strcmp(item->address.resource, address) != 0 ||
		    (item->address.setting &&
		     strcmp(item->address.setting, setting) != 0))
			continue;
		item->matched = true;
		has = true;
	}
	return has;
}

int only_check(const struct only *only, const char *what,
	       const json_t *addresses, struct error *err)
{
	for (size_t i = 0; i < only->len; i++) {
		const struct only_item *item = &only->items[i];
		struct nearest nearest = nearest_to(item->address.resource);
		json_t *address;
		size_t a;

		if (item->matched)
			continue;
		(void)error_set(err, ERR_NOT_FOUND, "%s '%s'", what,
				item->text);
		if (json_array_has(addresses, item->address.resource))
			return -1;
		json_array_foreach(addresses, a, address)
			nearest_offer(&nearest, json_string_value(address));
		if (nearest_best(&nearest))
			error_hint(err, "did you mean '%s'?",
				   nearest_best(&nearest));
		return -1;
	}
	return 0;
}
