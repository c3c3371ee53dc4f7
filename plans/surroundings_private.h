/*
 * The inside of plans/surroundings.c: what the files of the parts use. Nobody
 * else includes it.
 */
#ifndef ABACK_PLANS_SURROUNDINGS_PRIVATE_H
#define ABACK_PLANS_SURROUNDINGS_PRIVATE_H

#include "core/aws.h"
#include "core/json.h"
#include "plans/place.h"
#include "plans/surroundings.h"
#include "plans/xml_items.h"

/* One part of one place. */
struct part {
	struct surroundings *surroundings;
	const struct surrounding_row *row;
	const struct place *place;
	/* the place's; of a part elsewhere one of another region */
	struct aws_session *session;
	/* all parts of the place, by enum surrounding; elsewhere NULL */
	struct part *of_place;
	size_t open;      /* requests that were not answered yet */
	json_t *value;    /* what is known so far, or NULL */
	int64_t due_ms;   /* monotonic: when more of it may be asked */
	json_t *waiting;  /* what is still to be asked for, or NULL */
	json_t *unread;   /* why the part could not be read, or NULL */
	char *request_id; /* of the first answer, or NULL */
	char *last_id;    /* of the last one, or NULL */
	int64_t read_at;  /* of that: UTC seconds */
};

struct surrounding_row {
	const char *name; /* of the document's member */
	const char *call; /* as policies name it: "cloudwatch:DescribeAlarms" */
	void (*start)(struct part *part);
	/*
	 * All requests of the place are answered, and this part's without a
	 * refusal: make the value whole, from those of other parts too. May be
	 * NULL.
	 */
	void (*finish)(struct part *part);
	/*
	 * Ask for what had to wait and is due; returns when there is more
	 * (monotonic), or INT64_MAX. NULL: nothing waits.
	 */
	int64_t (*more)(struct part *part, int64_t now_ms);
};

extern const struct surrounding_row surrounding_rows[SURROUNDING_COUNT];

/* A region that is no target, but has what tells of a target's changes. */
struct elsewhere {
	const char *account; /* borrowed from the place */
	char *region;
	unsigned asked; /* bits of the parts that were asked for */
	struct part parts[SURROUNDING_COUNT];
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

/*
 * A listing in JSON. whole is called with all its items, borrowed, only if the
 * last page came; else failed is, with why, or the part is unread where failed
 * is NULL.
 */
struct part_listing {
	const char *service, *action;
	const char *token; /* of pages, there and back; NULL: there is one */
	const char
		*items; /* the array in the answer; NULL: the answer itself */
	void (*whole)(struct part *part, json_t *subject, const json_t *items);
	void (*failed)(struct part *part, json_t *subject, json_t *unread);
};
/* Borrows parameters, keeps subject (may be NULL) for the callbacks. */
void part_list(struct part *part, const struct part_listing *listing,
	       const json_t *parameters, json_t *subject);
/* The same of a listing in XML. */
void part_list_xml(struct part *part, struct xml_items *of,
		   const json_t *parameters,
		   void (*whole)(struct part *part, const json_t *items));

/*
 * A log group of this account is in another region: so are the filters and
 * alarms that would tell of its events. Ask for them, once a region.
 */
void part_look_where_delivered(struct part *part, const char *region);
/* The same of events that are in another region: of rules, and alarms on them.
 */
void part_look_for_rules(struct part *part, const char *region);
/*
 * Add what the same part of those regions found to this one's array: of each
 * region that a trail of the place delivers to, or is at home in, and of the
 * one of IAM's events.
 */
void part_add_elsewhere(struct part *part, enum surrounding which);
/*
 * The region of a log group's ARN that is of the place's account, or NULL.
 * Owned.
 */
char *part_region_of(const struct part *part, const char *arn);

/* A member that is a text, a boolean or an integer, else null. New reference.
 */
json_t *part_member(const json_t *object, const char *key);
/* These members of an object; what is not there is null. A new reference. */
json_t *part_members(const json_t *object, const char *const *keys, size_t len);
/* The texts of a list, sorted, each once; none where it is not there. New. */
json_t *part_texts(const json_t *object, const char *key);
/* Sort objects by a member's text. */
void part_sort(json_t *list, const char *key);
/* "true" and "false" of XML as booleans; NULL gives null. */
json_t *part_boolean(const char *text);
/* A time of JSON, in seconds or (per_second 1000) milliseconds, as RFC 3339. */
json_t *part_time(const json_t *value, json_int_t per_second);

void trails_start(struct part *part);
void trails_finish(struct part *part);
void config_recorders_start(struct part *part);
void config_rules_start(struct part *part);
void metric_filters_start(struct part *part);
void metric_filters_finish(struct part *part);
void alarms_start(struct part *part);
void alarms_finish(struct part *part);
void event_rules_start(struct part *part);
void event_rules_finish(struct part *part);
void subnet_groups_start(struct part *part);
void route_tables_start(struct part *part);
void route_tables_finish(struct part *part);
void log_groups_start(struct part *part);
void log_groups_ask(struct part *part, const json_t *names);
int64_t log_groups_more(struct part *part, int64_t now_ms);

#endif
