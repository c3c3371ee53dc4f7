#include "plans/surroundings.h"

#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/mem.h"
#include "plans/surroundings_private.h"

const struct surrounding_row surrounding_rows[SURROUNDING_COUNT] = {
	[SURROUNDING_TRAILS] = { .name = "trails",
				 .call = "cloudtrail:DescribeTrails",
				 .start = trails_start,
				 .finish = trails_finish },
	[SURROUNDING_CONFIG_RECORDERS] = { .name = "config_recorders",
					   .call = "config:Describe"
						   "ConfigurationRecorders",
					   .start = config_recorders_start },
	[SURROUNDING_CONFIG_RULES] = { .name = "config_rules",
				       .call = "config:DescribeConfigRules",
				       .start = config_rules_start },
	[SURROUNDING_METRIC_FILTERS] = { .name = "metric_filters",
					 .call = "logs:DescribeMetricFilters",
					 .start = metric_filters_start,
					 .finish = metric_filters_finish },
	[SURROUNDING_ALARMS] = { .name = "alarms",
				 .call = "cloudwatch:DescribeAlarms",
				 .start = alarms_start,
				 .finish = alarms_finish },
	[SURROUNDING_EVENT_RULES] = { .name = "event_rules",
				      .call = "events:ListRules",
				      .start = event_rules_start,
				      .finish = event_rules_finish },
	[SURROUNDING_SUBNET_GROUPS] = { .name = "subnet_groups",
					.call = "rds:DescribeDBSubnetGroups",
					.start = subnet_groups_start },
	[SURROUNDING_ROUTE_TABLES] = { .name = "route_tables",
				       .call = "ec2:DescribeRouteTables",
				       .start = route_tables_start,
				       .finish = route_tables_finish },
	[SURROUNDING_LOG_GROUPS] = { .name = "log_groups",
				     .call = "logs:DescribeLogStreams",
				     .start = log_groups_start,
				     .more = log_groups_more },
};

const char *surrounding_name(enum surrounding part)
{
	return surrounding_rows[part].name;
}

struct surroundings *
surroundings_start(struct aws *aws, const struct places *places, unsigned parts)
{
	struct surroundings *surroundings = xcalloc(1, sizeof(*surroundings));

	/* which subnets matter is what subnet groups tell */
	if (parts & 1U << SURROUNDING_ROUTE_TABLES)
		parts |= 1U << SURROUNDING_SUBNET_GROUPS;
	*surroundings = (struct surroundings){
		.aws = aws,
		.parts = parts,
		.items = xcalloc(places->len * SURROUNDING_COUNT + 1,
				 sizeof(*surroundings->items)),
	};
	for (size_t i = 0; i < places->len; i++) {
		struct part *first = &surroundings->items[surroundings->len];

		if (places->items[i].global)
			continue;
		for (size_t k = 0; k < SURROUNDING_COUNT; k++)
			first[k] =
				(struct part){ .surroundings = surroundings,
					       .row = &surrounding_rows[k],
					       .place = &places->items[i],
					       .session =
						       places->items[i].session,
					       .read_at = clock_now(),
					       .of_place = first };
		surroundings->len += SURROUNDING_COUNT;
	}
	for (size_t i = 0; i < surroundings->len; i++)
		if (parts & 1U << i % SURROUNDING_COUNT)
			surrounding_rows[i % SURROUNDING_COUNT].start(
				&surroundings->items[i]);
	return surroundings;
}

void surroundings_ask_log_groups(struct surroundings *surroundings,
				 const char *place, const json_t *names)
{
	for (size_t i = SURROUNDING_LOG_GROUPS; i < surroundings->len;
	     i += SURROUNDING_COUNT)
		if (surroundings->parts & 1U << SURROUNDING_LOG_GROUPS &&
		    !strcmp(surroundings->items[i].place->name, place))
			log_groups_ask(&surroundings->items[i], names);
}

static size_t open_of(const struct part *parts, size_t len)
{
	size_t open = 0;

	for (size_t i = 0; i < len; i++)
		open += parts[i].open;
	return open;
}

static size_t all_open(const struct surroundings *surroundings)
{
	size_t open = open_of(surroundings->items, surroundings->len);

	for (size_t i = 0; i < surroundings->elsewhere_len; i++)
		open += open_of(surroundings->elsewhere[i]->parts,
				SURROUNDING_COUNT);
	return open;
}

/* Ask for what is due. When is there more? */
static int64_t ask_due(struct surroundings *surroundings)
{
	const int64_t now_ms = clock_monotonic_ms();
	int64_t next_ms = INT64_MAX;

	for (size_t i = 0; i < surroundings->len; i++) {
		struct part *part = &surroundings->items[i];
		const int64_t due_ms = part->row->more
					       ? part->row->more(part, now_ms)
					       : INT64_MAX;

		if (due_ms < next_ms)
			next_ms = due_ms;
	}
	return next_ms;
}

static void await(struct surroundings *surroundings)
{
	for (;;) {
		/* who was interrupted waits for nothing more */
		const int64_t due_ms = surroundings->interrupted
					       ? INT64_MAX
					       : ask_due(surroundings);

		if (all_open(surroundings))
			(void)aws_step(surroundings->aws, due_ms);
		else if (due_ms == INT64_MAX)
			return;
		else
			clock_sleep_ms(due_ms - clock_monotonic_ms());
	}
}

static json_t *entry_of(const struct part *part)
{
	char text[CLOCK_TEXT_MAX];

	if (part->unread)
		return json_pack("{sO}", "unread", part->unread);
	return json_pack("{so ss so sO}", "read_at",
			 json_string(clock_rfc3339(part->read_at, text)),
			 "call", part->row->call, "request_id",
			 json_from_text(part->request_id), "value",
			 part->value);
}

static json_t *document_of(const struct surroundings *surroundings)
{
	json_t *document = json_object();

	for (size_t i = 0; i < surroundings->len; i += SURROUNDING_COUNT) {
		const struct part *first = &surroundings->items[i];
		json_t *of_place = json_object();

		for (size_t k = 0; k < SURROUNDING_COUNT; k++)
			if (surroundings->parts & 1U << k)
				json_object_set_new(of_place,
						    surrounding_rows[k].name,
						    entry_of(&first[k]));
		json_object_set_new(document, first->place->name, of_place);
	}
	return document;
}

int surroundings_wait(struct surroundings *surroundings, json_t **ret_document,
		      struct error *err)
{
	await(surroundings);
	if (surroundings->interrupted)
		return error_set(err, ERR_INTERRUPTED, "interrupted");
	for (size_t i = 0; i < surroundings->len; i++) {
		struct part *part = &surroundings->items[i];

		if (surroundings->parts & 1U << i % SURROUNDING_COUNT &&
		    !part->unread && part->row->finish)
			part->row->finish(part);
	}
	*ret_document = document_of(surroundings);
	return 0;
}

static void release_parts(struct part *parts, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		json_decref(parts[i].value);
		json_decref(parts[i].unread);
		json_decref(parts[i].waiting);
		free(parts[i].request_id);
		free(parts[i].last_id);
	}
}

void surroundings_free(struct surroundings *surroundings)
{
	if (!surroundings)
		return;
	await(surroundings);
	release_parts(surroundings->items, surroundings->len);
	for (size_t i = 0; i < surroundings->elsewhere_len; i++) {
		release_parts(surroundings->elsewhere[i]->parts,
			      SURROUNDING_COUNT);
		free(surroundings->elsewhere[i]->region);
		free(surroundings->elsewhere[i]);
	}
	free(surroundings->elsewhere);
	free(surroundings->items);
	free(surroundings);
}
