/* Listings of EC2: ids, filters, pages. */
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "tests/sim/ec2.h"
#include "tests/sim/paging.h"
#include "tests/sim/request.h"
#include "tests/sim/xml.h"

void ec2_listing_release(struct ec2_listing *listing)
{
	for (size_t i = 0; i < listing->len; i++)
		json_decref(listing->items[i].filters);
	free(listing->items);
}

void ec2_list_add(struct ec2_listing *listing, const char *id, json_t *filters,
		  json_t *group, json_t *rule)
{
	GROW(listing->items, listing->len, listing->cap);
	listing->items[listing->len++] = (struct ec2_listed){
		.id = id, .filters = filters, .group = group, .rule = rule
	};
}

static int compare_listed(const void *a, const void *b)
{
	return strcmp(((const struct ec2_listed *)a)->id,
		      ((const struct ec2_listed *)b)->id);
}

static bool has_text(const json_t *value, const char *text)
{
	if (json_is_array(value))
		return json_array_has(value, text);
	return value && !strcmp(json_string_value(value), text);
}

static bool passes(const struct ec2_listed *item, const json_t *filters)
{
	json_t *filter;

	for (int n = 1; (filter = ec2_item(filters, n)); n++) {
		const json_t *value = json_object_get(
			item->filters, json_text(filter, "Name"));
		json_t *wanted;
		bool found = false;

		for (int v = 1;
		     (wanted = ec2_item(json_object_get(filter, "Value"), v));
		     v++)
			found |= has_text(value, json_string_value(wanted));
		if (!found)
			return false;
	}
	return true;
}

#define FILTER_VALUES 200

/* names: separated by blanks. */
static bool good_filters(struct ec2_call *call, const char *names)
{
	json_t *list = json_object_get(call->form, "Filter"), *filter;

	for (int n = 1; (filter = ec2_item(list, n)); n++) {
		const char *name = json_text(filter, "Name");
		CLEANUP(json_release)
		json_t *one = json_pack("{ss}", name ? name : "", "");
		json_t *values = json_object_get(filter, "Value");

		if (!name || !ec2_only(call, one, names)) {
			answer_error(call->answer, call->request, 400,
				     "InvalidParameterValue",
				     "The filter '%s' is invalid",
				     name ? name : "");
			return false;
		}
		if (!json_object_size(values) ||
		    json_object_size(values) > FILTER_VALUES) {
			answer_error(call->answer, call->request, 400,
				     json_object_size(values)
					     ? "FilterLimitExceeded"
					     : "InvalidParameterValue",
				     "The filter '%s' has %zu values", name,
				     json_object_size(values));
			return false;
		}
	}
	return true;
}

/* Every id that was asked for by name must be there. */
static bool good_ids(struct ec2_call *call, const struct ec2_listing *listing,
		     const struct ec2_sort *sort)
{
	const char *list = sort->ids, *prefix = sort->prefix;
	CLEANUP(json_release)
	json_t *ids = ec2_texts(json_object_get(call->form, list));
	size_t index;
	json_t *id;

	json_array_foreach(ids, index, id) {
		const char *text = json_string_value(id);
		bool there = false;

		if (!text || strncmp(text, prefix, strlen(prefix)) != 0) {
			answer_error(call->answer, call->request, 400,
				     !strcmp(prefix, "sg-")
					     ? "InvalidGroupId.Malformed"
					     : "InvalidID.Malformed",
				     "Invalid id: \"%s\" (expecting \"%s...\")",
				     text ? text : "", prefix);
			return false;
		}
		for (size_t i = 0; i < listing->len; i++)
			there |= !strcmp(listing->items[i].id, text);
		if (!there) {
			CLEANUP(free_ptr)
			char *code = xasprintf("%s.NotFound", sort->stem);

			answer_error(call->answer, call->request, 400, code,
				     "The %s '%s' does not exist", sort->noun,
				     text);
			return false;
		}
	}
	if (json_array_size(ids) && json_object_get(call->form, "MaxResults")) {
		answer_error(call->answer, call->request, 400,
			     "InvalidParameterCombination",
			     "The parameter MaxResults cannot be used with a "
			     "list of ids");
		return false;
	}
	return true;
}

static bool asked_for(struct ec2_call *call, const struct ec2_sort *sort,
		      const struct ec2_listed *item)
{
	CLEANUP(json_release)
	json_t *ids = ec2_texts(json_object_get(call->form, sort->ids));

	if (json_array_size(ids) && !json_array_has(ids, item->id))
		return false;
	return passes(item, json_object_get(call->form, "Filter"));
}

void ec2_list(struct ec2_call *call, struct ec2_listing *listing,
	      const struct ec2_sort *sort)
{
	CLEANUP(page_release) struct page page = { .after = NULL };
	CLEANUP(free_ptr)
	char *names = xasprintf("Filter MaxResults NextToken %s", sort->ids);
	struct strbuf *out = &call->answer->body;
	const char *last = NULL;
	bool more = false;
	long count = 0;

	if (!ec2_only(call, call->form, names) ||
	    !good_filters(call, sort->filters) ||
	    !good_ids(call, listing, sort) ||
	    !page_ec2(call->request, call->sim->page_size, &page, call->answer))
		return;
	if (listing->len)
		qsort(listing->items, listing->len, sizeof(*listing->items),
		      compare_listed);
	ec2_begin(call);
	strbuf_addf(out, "<%s>\n", sort->set);
	for (size_t i = 0; i < listing->len && !more; i++) {
		const struct ec2_listed *item = &listing->items[i];

		if ((page.after && strcmp(item->id, page.after) <= 0) ||
		    !asked_for(call, sort, item))
			continue;
		more = count == page.size;
		if (more)
			break;
		sort->add(call, item);
		last = item->id;
		count++;
	}
	strbuf_addf(out, "</%s>\n", sort->set);
	if (more) {
		CLEANUP(free_ptr)
		char *token = page_marker(call->request, last);
		xml_text(out, "nextToken", token);
	}
	ec2_end(call);
}
