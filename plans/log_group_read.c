/*
 * Reading log groups. All that clusters write to share a prefix, so that one
 * paged listing answers for a fleet; any other group is asked for by its own
 * name. A prefix finds siblings too ("prod" and "prod-2"): only whole names
 * count.
 */
#include "plans/log_group.h"

#include <stdlib.h>
#include <string.h>

#include "core/endpoint.h"
#include "core/mem.h"
#include "plans/catalogue.h"
#include "plans/read_ids.h"
#include "plans/value.h"

#define NAME "logGroupName"
#define ANSWER "@answer" /* of an item: the answer that had it */

/* ---- what the answers say --------------------------------------------- */

static json_t *value_of(const struct setting *row, const json_t *group)
{
	const json_t *member = json_object_get(group, row->read);
	CLEANUP(free_ptr) char *number = NULL;
	const char *text = json_string_value(member);

	if (!strcmp(row->name, "exists"))
		return json_boolean(group != NULL);
	if (json_is_boolean(member))
		return json_incref((json_t *)(uintptr_t)member);
	if (json_is_integer(member))
		text = number = xasprintf(
			"%lld", (long long)json_integer_value(member));
	return value_from_wire(row, &text, text ? 1 : 0);
}

/* Without the ":*" that stands for all of its streams. */
static char *arn_of(const struct place *place, const char *name)
{
	return xasprintf("arn:%s:logs:%s:%s:log-group:%s",
			 endpoint_partition(place->region), place->region,
			 place->account_id, name);
}

/* "/aws/rds/cluster/orders/audit" → "orders"; NULL: of no cluster. */
static char *cluster_of(const char *name)
{
	const size_t len = strlen(LOG_GROUP_PREFIX);
	const char *id = name + len;
	const char *slash;

	if (strncmp(name, LOG_GROUP_PREFIX, len) != 0)
		return NULL;
	slash = strchr(id, '/');
	return slash && slash > id ? xstrndup(id, (size_t)(slash - id)) : NULL;
}

struct resource *log_group_resource(const struct place *place, const char *name,
				    const json_t *group)
{
	size_t len;
	const struct setting *rows = catalogue_rows(KIND_LOG_GROUP, &len);
	struct resource *resource = resource_new(KIND_LOG_GROUP, place);

	resource->id = xstrdup(name);
	resource->address = address_of(KIND_LOG_GROUP, name);
	/* AWS has no id of its own for it, so one that is made anew under the
	 * old name is the same */
	resource->arn = arn_of(place, name);
	resource->resource_id = xstrdup(resource->arn);
	resource->cluster = cluster_of(name);
	resource_set_read(resource, NULL, json_object_get(group, ANSWER));
	for (size_t i = 0; i < len; i++) {
		resource->values[i] = value_of(&rows[i], group);
	}
	return resource;
}

/* ---- asking ----------------------------------------------------------- */

struct reader;

/* One listing and the names that it is to answer for. */
struct asking {
	struct reader *reader;
	json_t *names, *wanted; /* the same as a list and as keys */
	json_t *parameters;
	json_t *page;   /* groups of the page that is being read */
	json_t *groups; /* of those read whole, by name */
};

struct reader {
	struct read_request request;
	struct asking *listings;
	size_t len, running;
	struct error err;
};

static void asking_release(struct asking *asking)
{
	json_decref(asking->names);
	json_decref(asking->wanted);
	json_decref(asking->parameters);
	json_decref(asking->page);
	json_decref(asking->groups);
}

static void tell_found(struct reader *reader)
{
	const struct read_request *request = &reader->request;

	for (size_t l = 0; l < reader->len; l++) {
		const struct asking *asking = &reader->listings[l];
		json_t *name;
		size_t i;

		json_array_foreach(asking->names, i, name) {
			const char *text = json_string_value(name);

			request->found(
				request->ctx,
				log_group_resource(
					request->place, text,
					json_object_get(asking->groups, text)));
		}
	}
}

static void finish(struct reader *reader)
{
	const bool failed = error_is_set(&reader->err);

	if (!failed)
		tell_found(reader);
	reader->request.done(reader->request.ctx, failed ? &reader->err : NULL);
	for (size_t i = 0; i < reader->len; i++)
		asking_release(&reader->listings[i]);
	free(reader->listings);
	error_release(&reader->err);
	free(reader);
}

static void on_begin(void *ctx)
{
	struct asking *asking = ctx;

	json_array_clear(asking->page);
}

static void on_answer(void *ctx, const json_t *answer)
{
	struct asking *asking = ctx;
	const json_t *groups = json_object_get(answer, "logGroups");
	size_t i;
	json_t *group;

	if (groups && !json_is_array(groups) &&
	    !error_is_set(&asking->reader->err))
		(void)error_set(&asking->reader->err, ERR_INCOMPLETE,
				"AWS answered with log groups that are no "
				"list");
	json_array_foreach(groups, i, group) {
		const char *name = json_text(group, NAME);

		if (name && json_object_get(asking->wanted, name))
			json_array_append(asking->page, group);
	}
}

static void on_page(void *ctx)
{
	struct asking *asking = ctx;
	json_t *answer = read_answer(&asking->reader->request);
	size_t i;
	json_t *group;

	json_array_foreach(asking->page, i, group) {
		json_object_set(asking->groups, json_text(group, NAME), group);
		if (answer)
			json_object_set(group, ANSWER, answer);
	}
	json_array_clear(asking->page);
}

static void on_done(void *ctx, const struct aws_result *result)
{
	struct reader *reader = ((struct asking *)ctx)->reader;

	if (result->outcome != AWS_OK && !error_is_set(&reader->err))
		error_copy(&reader->err, result->error);
	if (!--reader->running)
		finish(reader);
}

static void ask(struct asking *asking)
{
	const struct read_request *request = &asking->reader->request;
	const struct aws_listing list = {
		.call = { .session = request->place->session,
			  .service = "logs",
			  .action = "DescribeLogGroups",
			  .parameters = asking->parameters,
			  .json = on_answer,
			  .begin = on_begin,
			  .done = on_done,
			  .ctx = asking },
		.marker_path = "nextToken",
		.marker_parameter = "nextToken",
		.page_done = on_page,
	};

	aws_list(request->aws, &list);
}

/* ---- which listings --------------------------------------------------- */

char *log_group_shared_prefix(const json_t *names)
{
	char *prefix = xstrdup(json_string_value(json_array_get(names, 0)));
	size_t i;
	json_t *name;

	json_array_foreach(names, i, name) {
		const char *text = json_string_value(name);
		size_t len = 0;

		while (prefix[len] && prefix[len] == text[len])
			len++;
		prefix[len] = '\0';
	}
	return prefix;
}

/* Steals names, which are not empty. */
static void add_listing(struct reader *reader, json_t *names)
{
	CLEANUP(free_ptr) char *prefix = log_group_shared_prefix(names);
	struct asking *asking = &reader->listings[reader->len++];
	size_t i;
	json_t *name;

	*asking = (struct asking){ .reader = reader,
				   .names = names,
				   .wanted = json_object(),
				   .parameters = json_object(),
				   .page = json_array(),
				   .groups = json_object() };
	json_object_set_new(asking->parameters, "logGroupNamePrefix",
			    json_from_text(prefix));
	json_array_foreach(names, i, name)
		json_object_set_new(asking->wanted, json_string_value(name),
				    json_true());
}

static void add_listings(struct reader *reader, const json_t *names)
{
	json_t *together = json_array();
	size_t i;
	json_t *name;

	reader->listings =
		xcalloc(json_array_size(names) + 1, sizeof(*reader->listings));
	json_array_foreach(names, i, name) {
		if (!strncmp(json_string_value(name), LOG_GROUP_PREFIX,
			     strlen(LOG_GROUP_PREFIX)))
			json_array_append(together, name);
		else
			add_listing(reader, json_pack("[O]", name));
	}
	if (json_array_size(together))
		add_listing(reader, together);
	else
		json_decref(together);
}

/* Each name once. */
static json_t *names_of(struct reader *reader)
{
	CLEANUP(json_release)
	json_t *names = read_ids(&reader->request, &reader->err);

	return json_sorted_set(names);
}

void log_group_read(const struct read_request *request)
{
	struct reader *reader = xcalloc(1, sizeof(*reader));
	CLEANUP(json_release) json_t *names = NULL;
	size_t len;

	reader->request = *request;
	names = names_of(reader);
	if (!error_is_set(&reader->err))
		add_listings(reader, names);
	len = reader->running = reader->len;
	if (!len) {
		finish(reader);
		return;
	}
	/* the last one to end frees the reader */
	for (size_t i = 0; i < len; i++)
		ask(&reader->listings[i]);
}
