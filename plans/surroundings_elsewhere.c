/*
 * Other regions of an account: those to which the trails of a target deliver,
 * those where they are at home, and the one that the events of IAM are in. What
 * tells of a change stands there. Each is asked once, for whichever target
 * comes first, and is no part of the document by itself.
 */
#include <stdlib.h>
#include <string.h>

#include "core/endpoint.h"
#include "core/limits.h"
#include "core/mem.h"
#include "plans/surroundings_private.h"

#define BY_LOG_GROUP \
	(1U << SURROUNDING_METRIC_FILTERS | 1U << SURROUNDING_ALARMS)
#define BY_RULE (1U << SURROUNDING_EVENT_RULES | 1U << SURROUNDING_ALARMS)

static struct part *of_target(const struct surroundings *surroundings,
			      const char *account, const char *region,
			      enum surrounding which)
{
	for (size_t i = which; i < surroundings->len; i += SURROUNDING_COUNT) {
		const struct place *place = surroundings->items[i].place;

		if (!strcmp(place->account_id, account) &&
		    !strcmp(place->region, region))
			return &surroundings->items[i];
	}
	return NULL;
}

static bool is_target(const struct surroundings *surroundings,
		      const char *account, const char *region)
{
	return of_target(surroundings, account, region, SURROUNDING_ALARMS);
}

static struct elsewhere *find_there(const struct surroundings *surroundings,
				    const char *account, const char *region)
{
	for (size_t i = 0; i < surroundings->elsewhere_len; i++) {
		struct elsewhere *there = surroundings->elsewhere[i];

		if (!strcmp(there->account, account) &&
		    !strcmp(there->region, region))
			return there;
	}
	return NULL;
}

/* The part of an account's region; NULL: nobody asks there. */
static struct part *part_there(const struct surroundings *surroundings,
			       const char *account, const char *region,
			       enum surrounding which)
{
	struct part *part = of_target(surroundings, account, region, which);
	struct elsewhere *there =
		part ? NULL : find_there(surroundings, account, region);

	return there ? &there->parts[which] : part;
}

/* No session, no answers. */
static void not_there(struct elsewhere *there, const struct error *err)
{
	CLEANUP(strbuf_release) struct strbuf why = STRBUF_INIT(LIMIT_MESSAGE);

	error_message(err, &why);
	for (size_t k = 0; k < SURROUNDING_COUNT; k++)
		there->parts[k].unread =
			json_pack("{ss sn so sn}", "call",
				  surrounding_rows[k].call, "code", "message",
				  json_from_text(why.buf), "request_id");
}

/* No session, and each part is unread: they are not asked again. */
static void open_there(const struct part *from, struct elsewhere *there)
{
	CLEANUP(error_release) struct error err = ERROR_INIT;
	struct aws_session *session = NULL;

	if (aws_session_elsewhere(from->session, there->region, &session,
				  &err)) {
		not_there(there, &err);
		there->asked = ~0U;
		return;
	}
	for (size_t k = 0; k < SURROUNDING_COUNT; k++)
		there->parts[k] =
			(struct part){ .surroundings = from->surroundings,
				       .row = &surrounding_rows[k],
				       .place = from->place,
				       .session = session };
}

static struct elsewhere *add_there(const struct part *from, const char *region)
{
	struct surroundings *surroundings = from->surroundings;
	struct elsewhere *there = xcalloc(1, sizeof(*there));

	*there = (struct elsewhere){ .account = from->place->account_id,
				     .region = xstrdup(region) };
	GROW(surroundings->elsewhere, surroundings->elsewhere_len,
	     surroundings->elsewhere_cap);
	surroundings->elsewhere[surroundings->elsewhere_len++] = there;
	open_there(from, there);
	return there;
}

/* Ask a region for these parts, unless it is a target or was asked before. */
static void ask_there(const struct part *from, const char *region,
		      unsigned parts)
{
	struct surroundings *surroundings = from->surroundings;
	const char *account = from->place->account_id;
	struct elsewhere *there;

	parts &= surroundings->parts;
	if (!parts || is_target(surroundings, account, region))
		return;
	there = find_there(surroundings, account, region);
	if (!there)
		there = add_there(from, region);
	parts &= ~there->asked;
	there->asked |= parts;
	for (size_t k = 0; k < SURROUNDING_COUNT; k++) {
		if (parts & 1U << k)
			surrounding_rows[k].start(&there->parts[k]);
	}
}

void part_look_where_delivered(struct part *part, const char *region)
{
	ask_there(part, region, BY_LOG_GROUP);
}

void part_look_for_rules(struct part *part, const char *region)
{
	/* a region that is asked for another one asks for no third */
	if (part->of_place)
		ask_there(part, region, BY_RULE);
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

/* Of a region, once; NULL: there is none. */
static void add_region(struct part *part, enum surrounding which,
		       const char *region, json_t *added)
{
	const struct part *there =
		region ? part_there(part->surroundings, part->place->account_id,
				    region, which)
		       : NULL;

	if (!there || there == part || json_object_get(added, region))
		return;
	json_object_set_new(added, region, json_true());
	add_from(part->value, there, region);
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

		add_region(part, which, region, added);
		add_region(part, which, json_text(trail, "HomeRegion"), added);
	}
	add_region(part, which, endpoint_global_region(part->place->region),
		   added);
}
