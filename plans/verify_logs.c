/*
 * What the logs say since a change: does each log group that its resources
 * write to receive events, and what has RDS itself written down of them?
 * Silence is no proof of anything.
 */
#include <string.h>

#include "core/clock.h"
#include "core/mem.h"
#include "plans/log_group.h"
#include "plans/rds_events.h"
#include "plans/verify_parts.h"

/* Of more resources than this, all events of their place are read at once. */
#define ASKED_ONE_BY_ONE 10

struct asking {
	struct aws *aws;
	const struct places *places;
	int64_t since;
	size_t open;              /* not answered yet */
	json_t *groups, *sources; /* the two lists */
	json_t *asked;            /* of each target, the names of its groups */
	struct error interrupted;
};

/* An answer that is to come: an entry, or all those of a place. */
struct question {
	struct asking *asking;
	const char *target;
	json_t *entry; /* NULL: of all sources of the target */
};

static struct question *question_new(struct asking *asking, const char *target,
				     json_t *entry)
{
	struct question *question = xcalloc(1, sizeof(*question));

	*question = (struct question){ asking, target, entry };
	asking->open++;
	return question;
}

static void note_error(struct asking *asking, const struct error *err)
{
	if (err && err->code == ERR_INTERRUPTED)
		error_copy(&asking->interrupted, err);
}

/* ---- log groups --------------------------------------------------------- */

static void on_newest(void *ctx, json_t *newest, const struct error *err)
{
	CLEANUP(free_ptr) struct question *question = ctx;

	question->asking->open--;
	note_error(question->asking, err);
	(void)json_object_update(question->entry, newest);
	(void)json_object_set_new(question->entry, "unread",
				  err ? verify_unread(err) : json_null());
}

struct owner {
	struct asking *asking;
	const struct resource *resource;
};

/* Is it the first time? A cluster's group may have a change of its own. */
static bool is_first(struct asking *asking, const char *target,
		     const char *name)
{
	json_t *names = json_object_get(asking->asked, target);

	if (!names) {
		names = json_object();
		(void)json_object_set_new(asking->asked, target, names);
	}
	if (json_object_get(names, name))
		return false;
	(void)json_object_set_new(names, name, json_true());
	return true;
}

static void ask_group(void *ctx, const char *name)
{
	const struct owner *owner = ctx;
	const struct place *place = owner->resource->place;
	json_t *entry;

	if (!is_first(owner->asking, place->name, name))
		return;
	entry = json_pack("{s:s, s:s, s:o}", "target", place->name, "address",
			  owner->resource->address, "log_group",
			  json_from_text(name));
	(void)json_array_append_new(owner->asking->groups, entry);
	log_group_newest(owner->asking->aws, place, name, on_newest,
			 question_new(owner->asking, place->name, entry));
}

/* ---- events of RDS ------------------------------------------------------ */

static void add_event(json_t *entry, const json_t *event)
{
	(void)json_array_append_new(
		json_object_get(entry, "events"),
		json_pack("{s:O?, s:O?}", "at", json_object_get(event, "at"),
			  "message", json_object_get(event, "message")));
}

static bool is_about(const json_t *entry, const json_t *event)
{
	return verify_is(entry, "source_id", verify_text(event, "id")) &&
	       verify_is(entry, "source_type", verify_text(event, "type"));
}

static void take_events(json_t *entry, const json_t *events,
			const struct error *err)
{
	json_t *event;
	size_t i;

	json_array_foreach(events, i, event) {
		if (is_about(entry, event))
			add_event(entry, event);
	}
	if (err)
		(void)json_object_set_new(entry, "unread", verify_unread(err));
}

static void on_events(void *ctx, json_t *events, const struct error *err)
{
	CLEANUP(free_ptr) struct question *question = ctx;
	struct asking *asking = question->asking;
	json_t *entry;
	size_t i;

	asking->open--;
	note_error(asking, err);
	if (question->entry) {
		take_events(question->entry, events, err);
		return;
	}
	json_array_foreach(asking->sources, i, entry) {
		if (verify_is(entry, "target", question->target))
			take_events(entry, events, err);
	}
}

static size_t sources_in(const struct asking *asking, const char *target)
{
	json_t *entry;
	size_t i, len = 0;

	json_array_foreach(asking->sources, i, entry)
		len += verify_is(entry, "target", target);
	return len;
}

static void ask_events(struct asking *asking, const struct place *place)
{
	const bool at_once = sources_in(asking, place->name) > ASKED_ONE_BY_ONE;
	json_t *entry;
	size_t i;

	if (at_once) {
		rds_events_read(asking->aws, place, NULL, NULL, asking->since,
				on_events,
				question_new(asking, place->name, NULL));
		return;
	}
	json_array_foreach(asking->sources, i, entry) {
		if (verify_is(entry, "target", place->name))
			rds_events_read(
				asking->aws, place,
				verify_text(entry, "source_type"),
				verify_text(entry, "source_id"), asking->since,
				on_events,
				question_new(asking, place->name, entry));
	}
}

/* ---- all of it ---------------------------------------------------------- */

static void add_resource(struct asking *asking, const struct resource *resource)
{
	const char *type = kind_ops(resource->kind)->event_source;
	struct owner owner = { asking, resource };
	char text[CLOCK_TEXT_MAX];

	log_groups_of(resource, ask_group, &owner);
	if (type)
		(void)json_array_append_new(
			asking->sources,
			json_pack("{s:s, s:s, s:s, s:o, s:s, s:[], s:n}",
				  "target", resource->place->name, "address",
				  resource->address, "source_type", type,
				  "source_id", json_from_text(resource->id),
				  "from", clock_rfc3339(asking->since, text),
				  "events", "unread"));
}

static void add_resources(struct asking *asking, const struct live *live,
			  const struct plan *plan)
{
	for (size_t i = 0; i < plan->changes_len; i++) {
		const struct plan_change *change = &plan->changes[i];
		const struct resource *resource =
			live_find(live, change->target, change->address);

		if (i && !strcmp(change->target, change[-1].target) &&
		    !strcmp(change->address, change[-1].address))
			continue;
		if (resource && !resource_is_missing(resource))
			add_resource(asking, resource);
	}
}

/* Since the change, or as long as RDS keeps its events. */
static int64_t since_of(const json_t *recorded)
{
	CLEANUP(error_release) struct error ignored = ERROR_INIT;
	const int64_t oldest = clock_now() - RDS_EVENTS_S;
	int64_t began;

	if (clock_parse(verify_text(recorded, "started_at"), &began, &ignored) <
		    0 ||
	    began < oldest)
		return oldest;
	return began;
}

int verify_read_logs(struct aws *aws, const struct places *places,
		     const struct live *live,
		     const struct verify_subject *subject, json_t **ret_logs,
		     struct error *err)
{
	struct asking asking = { .aws = aws,
				 .places = places,
				 .since = since_of(subject->recorded),
				 .groups = json_array(),
				 .sources = json_array(),
				 .asked = json_object(),
				 .interrupted = ERROR_INIT };

	if (live)
		add_resources(&asking, live, subject->plan);
	for (size_t i = 0; i < places->len; i++)
		ask_events(&asking, &places->items[i]);
	while (asking.open > 0)
		aws_step(aws, INT64_MAX);
	json_decref(asking.asked);
	*ret_logs = json_pack("{s:o, s:o}", "log_groups", asking.groups,
			      "rds_events", asking.sources);
	if (!error_is_set(&asking.interrupted))
		return 0;
	error_copy(err, &asking.interrupted);
	error_release(&asking.interrupted);
	json_decref(*ret_logs);
	return -1;
}
