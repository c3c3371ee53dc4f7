#include "plans/surroundings.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/limits.h"
#include "core/mem.h"
#include "plans/surroundings_private.h"

static const struct surrounding_row rows[SURROUNDING_COUNT] = {
	[SURROUNDING_TRAILS] = { "trails", "cloudtrail:DescribeTrails",
				 trails_start, trails_finish },
	[SURROUNDING_CONFIG_RECORDERS] = { "config_recorders",
					   "config:DescribeConfiguration"
					   "Recorders",
					   config_recorders_start, NULL },
	[SURROUNDING_CONFIG_RULES] = { "config_rules",
				       "config:DescribeConfigRules",
				       config_rules_start, NULL },
	[SURROUNDING_METRIC_FILTERS] = { "metric_filters",
					 "logs:DescribeMetricFilters",
					 metric_filters_start,
					 metric_filters_finish },
	[SURROUNDING_ALARMS] = { "alarms", "cloudwatch:DescribeAlarms",
				 alarms_start, alarms_finish },
	[SURROUNDING_EVENT_RULES] = { "event_rules", "events:ListRules",
				      event_rules_start, event_rules_finish },
	[SURROUNDING_EVENT_SUBSCRIPTIONS] = { "event_subscriptions",
					      "rds:DescribeEventSubscriptions",
					      subscriptions_start, NULL },
	[SURROUNDING_SUBNET_GROUPS] = { "subnet_groups",
					"rds:DescribeDBSubnetGroups",
					subnet_groups_start, NULL },
	[SURROUNDING_ROUTE_TABLES] = { "route_tables",
				       "ec2:DescribeRouteTables",
				       route_tables_start,
				       route_tables_finish },
	[SURROUNDING_LOG_GROUPS] = { "log_groups", "logs:DescribeLogStreams",
				     log_groups_start, NULL },
};

/* A region that is no target, but to which a target's trails deliver. */
struct elsewhere {
	const char *account; /* borrowed from the place */
	char *region;
	struct part parts[SURROUNDING_COUNT]; /* of them those that tell */
};

struct surroundings {
	struct aws *aws;
	unsigned parts;
	struct part *items; /* SURROUNDING_COUNT of each place */
	size_t len;
	struct elsewhere **elsewhere;
	size_t elsewhere_len, elsewhere_cap;
	bool interrupted;
};

const char *surrounding_name(enum surrounding part)
{
	return rows[part].name;
}

/* ---- what a request came to --------------------------------------------- */

static json_t *unread_of(const struct part *part, const char *service,
			 const char *action, const struct aws_result *result)
{
	CLEANUP(strbuf_release) struct strbuf why = STRBUF_INIT(LIMIT_MESSAGE);
	CLEANUP(free_ptr)
	char *call = strcmp(service, "monitoring") != 0
			     ? xasprintf("%s:%s", service, action)
			     : xstrdup(part->row->call);
	const bool said = result->code && *result->code;
	const char *id = result->request_id;

	if (result->message && *result->message)
		strbuf_adds(&why, result->message);
	else
		error_message(result->error, &why);
	return json_pack("{so so so so}", "call", json_from_text(call), "code",
			 json_from_text(said ? result->code : NULL), "message",
			 json_from_text(why.buf), "request_id",
			 json_from_text(id && *id ? id : NULL));
}

/* Count an answer; the first request's id is the part's. */
static void answered(struct part *part, const struct aws_result *result)
{
	assert(part->open > 0);
	part->open--;
	if (result->outcome != AWS_OK && result->error->code == ERR_INTERRUPTED)
		part->surroundings->interrupted = true;
	if (result->outcome == AWS_OK && !part->request_id &&
	    result->request_id)
		part->request_id = xstrdup(result->request_id);
	free(part->last_id);
	part->last_id = xstrdup(result->request_id);
	part->read_at = clock_now();
}

static void refused(struct part *part, json_t *subject, json_t *unread,
		    void (*failed)(struct part *part, json_t *subject,
				   json_t *unread))
{
	if (failed)
		failed(part, subject, unread);
	else if (!part->unread)
		part->unread = json_incref(unread);
}

/* ---- listings in JSON --------------------------------------------------- */

struct asking {
	struct part *part;
	const struct part_listing *listing;
	json_t *subject;
	json_t *page, *items; /* of the page being read; of those read whole */
};

static void on_json(void *ctx, const json_t *answer)
{
	struct asking *asking = ctx;
	const char *member = asking->listing->items;
	json_t *items = member ? json_object_get(answer, member)
			       : (json_t *)(uintptr_t)answer;

	json_decref(asking->page);
	asking->page = items ? json_incref(items) : json_array();
}

static void end_page(void *ctx)
{
	struct asking *asking = ctx;

	if (json_is_array(asking->page))
		json_array_extend(asking->items, asking->page);
}

static void asking_done(void *ctx, const struct aws_result *result)
{
	struct asking *asking = ctx;
	const struct part_listing *listing = asking->listing;
	CLEANUP(json_release) json_t *unread = NULL;

	/* whole may ask for more */
	asking->part->open++;
	answered(asking->part, result);
	if (result->outcome != AWS_OK) {
		unread = unread_of(asking->part, listing->service,
				   listing->action, result);
		refused(asking->part, asking->subject, unread, listing->failed);
	} else if (!listing->items) {
		listing->whole(asking->part, asking->subject, asking->page);
	} else {
		if (!listing->token)
			end_page(asking);
		listing->whole(asking->part, asking->subject, asking->items);
	}
	asking->part->open--;
	json_decref(asking->subject);
	json_decref(asking->page);
	json_decref(asking->items);
	free(asking);
}

void part_list(struct part *part, const struct part_listing *listing,
	       const json_t *parameters, json_t *subject)
{
	struct asking *asking = xcalloc(1, sizeof(*asking));
	const struct aws_listing list = {
		.call = { .session = part->session,
			  .service = listing->service,
			  .action = listing->action,
			  .parameters = parameters,
			  .json = on_json,
			  .done = asking_done,
			  .ctx = asking },
		.marker_path = listing->token,
		.marker_parameter = listing->token,
		.page_done = end_page,
	};

	*asking = (struct asking){ .part = part,
				   .listing = listing,
				   .subject = json_incref(subject),
				   .items = json_array() };
	part->open++;
	if (listing->token)
		aws_list(part->surroundings->aws, &list);
	else
		aws_start(part->surroundings->aws, &list.call);
}

/* ---- listings in XML ---------------------------------------------------- */

struct asking_xml {
	struct part *part;
	struct xml_items *of;
	void (*whole)(struct part *part, const json_t *items);
};

static void xml_done(void *ctx, const json_t *items,
		     const struct aws_result *result)
{
	struct asking_xml *asking = ctx;
	CLEANUP(json_release) json_t *unread = NULL;

	answered(asking->part, result);
	if (items) {
		asking->whole(asking->part, items);
	} else {
		unread = unread_of(asking->part, asking->of->service,
				   asking->of->action, result);
		refused(asking->part, NULL, unread, NULL);
	}
	free(asking);
}

void part_list_xml(struct part *part, struct xml_items *of,
		   const json_t *parameters,
		   void (*whole)(struct part *part, const json_t *items))
{
	struct asking_xml *asking = xcalloc(1, sizeof(*asking));

	*asking = (struct asking_xml){ .part = part, .of = of, .whole = whole };
	part->open++;
	xml_items_list(of, part->surroundings->aws, part->session, parameters,
		       false, xml_done, asking);
}

/* ---- values ------------------------------------------------------------- */

json_t *part_member(const json_t *object, const char *key)
{
	json_t *value = json_object_get(object, key);

	/* no lists, no objects; and reals, which no document may have */
	return json_is_string(value) || json_is_boolean(value) ||
			       json_is_integer(value)
		       ? json_incref(value)
		       : json_null();
}

json_t *part_texts(const json_t *object, const char *key)
{
	return json_sorted_set(json_object_get(object, key));
}

json_t *part_members(const json_t *object, const char *const *keys, size_t len)
{
	json_t *members = json_object();

	for (size_t i = 0; i < len; i++)
		json_object_set_new(members, keys[i],
				    part_member(object, keys[i]));
	return members;
}

static int compare_texts(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "");
}

void part_sort(json_t *list, const char *key)
{
	/* short lists, in order more often than not */
	for (size_t i = 1; i < json_array_size(list); i++) {
		json_t *entry = json_array_get(list, i);
		size_t to = i;

		while (to &&
		       compare_texts(
			       json_text(json_array_get(list, to - 1), key),
			       json_text(entry, key)) > 0)
			to--;
		if (to == i)
			continue;
		json_incref(entry);
		json_array_remove(list, i);
		json_array_insert_new(list, to, entry);
	}
}

json_t *part_boolean(const char *text)
{
	return text ? json_boolean(strcmp(text, "true") == 0) : json_null();
}

json_t *part_time(const json_t *value, json_int_t per_second)
{
	char text[CLOCK_TEXT_MAX];
	int64_t when;

	if (!json_is_number(value))
		return json_null();
	when = (int64_t)json_number_value(value) / per_second;
	return json_string(clock_rfc3339(when, text));
}

/* ---- other regions ------------------------------------------------------ */

#define TELLING (1U << SURROUNDING_METRIC_FILTERS | 1U << SURROUNDING_ALARMS)

/* The part of an account's region; NULL: nobody asks there. */
static struct part *part_there(const struct surroundings *surroundings,
			       const char *account, const char *region,
			       enum surrounding which)
{
	for (size_t i = which; i < surroundings->len; i += SURROUNDING_COUNT) {
		const struct place *place = surroundings->items[i].place;

		if (!strcmp(place->account_id, account) &&
		    !strcmp(place->region, region))
			return &surroundings->items[i];
	}
	for (size_t i = 0; i < surroundings->elsewhere_len; i++) {
		struct elsewhere *there = surroundings->elsewhere[i];

		if (!strcmp(there->account, account) &&
		    !strcmp(there->region, region))
			return &there->parts[which];
	}
	return NULL;
}

/* No session, no answers. */
static void not_there(struct elsewhere *there, const struct error *err)
{
	CLEANUP(strbuf_release) struct strbuf why = STRBUF_INIT(LIMIT_MESSAGE);

	error_message(err, &why);
	for (size_t k = 0; k < SURROUNDING_COUNT; k++)
		there->parts[k].unread = json_pack(
			"{ss sn so sn}", "call", rows[k].call, "code",
			"message", json_from_text(why.buf), "request_id");
}

static void ask_there(struct surroundings *surroundings,
		      const struct part *from, struct elsewhere *there)
{
	CLEANUP(error_release) struct error err = ERROR_INIT;
	struct aws_session *session = NULL;

	if (aws_session_elsewhere(from->session, there->region, &session,
				  &err)) {
		not_there(there, &err);
		return;
	}
	for (size_t k = 0; k < SURROUNDING_COUNT; k++) {
		struct part *part = &there->parts[k];

		*part = (struct part){ .surroundings = surroundings,
				       .row = &rows[k],
				       .place = from->place,
				       .session = session };
		if (TELLING & surroundings->parts & 1U << k)
			rows[k].start(part);
	}
}

void part_look_elsewhere(struct part *part, const char *region)
{
	struct surroundings *surroundings = part->surroundings;
	const char *account = part->place->account_id;
	struct elsewhere *there;

	if (!(surroundings->parts & TELLING) ||
	    part_there(surroundings, account, region, SURROUNDING_ALARMS))
		return;
	there = xcalloc(1, sizeof(*there));
	*there = (struct elsewhere){ .account = account,
				     .region = xstrdup(region) };
	GROW(surroundings->elsewhere, surroundings->elsewhere_len,
	     surroundings->elsewhere_cap);
	surroundings->elsewhere[surroundings->elsewhere_len++] = there;
	ask_there(surroundings, part, there);
}

char *part_region_of(const struct part *part, const char *arn)
{
	/* arn:aws:logs:us-east-1:123456789012:log-group:… */
	const char *field[6] = { arn };

	for (int i = 1; i < 6; i++) {
		field[i] = field[i - 1] ? strchr(field[i - 1], ':') : NULL;
		if (!field[i])
			return NULL;
		field[i]++;
	}
	if (strncmp(field[4], part->place->account_id,
		    strlen(part->place->account_id)) != 0)
		return NULL;
	return xstrndup(field[3], (size_t)(field[4] - field[3] - 1));
}

/* What is of that region itself, and not of others in turn. */
static void add_from(json_t *list, const struct part *there, const char *region)
{
	size_t i;
	json_t *entry;

	if (there->unread)
		json_array_append_new(list,
				      json_pack("{ss sO}", "region", region,
						"unread", there->unread));
	json_array_foreach(there->value, i, entry) {
		const char *of = json_text(entry, "region");

		if (of && !strcmp(of, region))
			json_array_append(list, entry);
	}
}

void part_add_elsewhere(struct part *part, enum surrounding which)
{
	const json_t *trails =
		part->of_place ? part->of_place[SURROUNDING_TRAILS].value
			       : NULL;
	CLEANUP(json_release) json_t *added = json_object();
	size_t i;
	json_t *trail;

	json_array_foreach(trails, i, trail) {
		const char *arn = json_text(trail, "CloudWatchLogsLogGroupArn");
		CLEANUP(free_ptr)
		char *region = arn ? part_region_of(part, arn) : NULL;
		const struct part *there =
			region ? part_there(part->surroundings,
					    part->place->account_id, region,
					    which)
			       : NULL;

		if (!there || there == part || json_object_get(added, region))
			continue;
		json_object_set_new(added, region, json_true());
		add_from(part->value, there, region);
	}
}

/* ---- all of it ---------------------------------------------------------- */

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
					       .row = &rows[k],
					       .place = &places->items[i],
					       .session =
						       places->items[i].session,
					       .read_at = clock_now(),
					       .of_place = first };
		surroundings->len += SURROUNDING_COUNT;
	}
	for (size_t i = 0; i < surroundings->len; i++)
		if (parts & 1U << i % SURROUNDING_COUNT)
			rows[i % SURROUNDING_COUNT].start(
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

static void await_parts(struct surroundings *surroundings,
			const struct part *parts, size_t len)
{
	for (size_t i = 0; i < len; i++)
		while (parts[i].open)
			(void)aws_step(surroundings->aws, INT64_MAX);
}

static void await(struct surroundings *surroundings)
{
	/* the first may still add to the second */
	await_parts(surroundings, surroundings->items, surroundings->len);
	for (size_t i = 0; i < surroundings->elsewhere_len; i++)
		await_parts(surroundings, surroundings->elsewhere[i]->parts,
			    SURROUNDING_COUNT);
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
				json_object_set_new(of_place, rows[k].name,
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
