#include "plans/only.h"

#include <stdlib.h>
#include <string.h>

#include "core/limits.h"
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

/* At most so many are named where none is near to what was given. */
#define NAMED_MAX 5

static void hint_addresses(const json_t *addresses, struct error *err)
{
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(LIMIT_MESSAGE);
	CLEANUP(json_release) json_t *named = json_array();
	json_t *address;
	size_t i;

	json_array_foreach(addresses, i, address) {
		if (json_array_size(named) < NAMED_MAX)
			json_array_add_unique(named,
					      json_string_value(address));
	}
	json_array_foreach(named, i, address)
		strbuf_addf(&text, "%s'%s'", i ? ", " : "",
			    json_string_value(address));
	if (text.len)
		error_hint(err, "it could be %s%s", text.buf,
			   json_array_size(addresses) > NAMED_MAX
				   ? " or another one"
				   : "");
	else
		error_hint(err, "leave it out to see what there is");
}

/* What the person may have meant. */
static void hint_item(const struct only_item *item, const json_t *addresses,
		      struct error *err)
{
	struct nearest nearest = nearest_to(item->address.resource);
	json_t *address;
	size_t i;

	if (json_array_has(addresses, item->address.resource)) {
		if (item->address.setting)
			error_hint(err, "without ':%s' it is all of '%s'",
				   item->address.setting,
				   item->address.resource);
		else
			error_hint(err, "'%s' is there, but nothing names it",
				   item->address.resource);
		return;
	}
	json_array_foreach(addresses, i, address)
		nearest_offer(&nearest, json_string_value(address));
	if (nearest_best(&nearest))
		error_hint(err, "did you mean '%s'?", nearest_best(&nearest));
	else
		hint_addresses(addresses, err);
}

int only_check(const struct only *only, const char *what,
	       const json_t *addresses, struct error *err)
{
	for (size_t i = 0; i < only->len; i++) {
		const struct only_item *item = &only->items[i];

		if (item->matched)
			continue;
		(void)error_set(err, ERR_NOT_FOUND, "%s '%s'", what,
				item->text);
		hint_item(item, addresses, err);
		return -1;
	}
	return 0;
}
