#include "plans/rds_events.h"

#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/mem.h"
#include "core/xml.h"

enum { EVENT, MESSAGE, DATE, SOURCE_ID, SOURCE_TYPE };

static const char *const members[] = { [MESSAGE] = "message",
				       [DATE] = "at",
				       [SOURCE_ID] = "id",
				       [SOURCE_TYPE] = "type" };

struct reading {
	json_t *event; /* that is being read; NULL: none */
	json_t *page, *events;
	void (*done)(void *ctx, json_t *events, const struct error *err);
	void *ctx;
};

static void reading_free(struct reading *reading)
{
	json_decref(reading->event);
	json_decref(reading->page);
	json_decref(reading->events);
	free(reading);
}

static const struct xml_paths *event_paths(void)
{
	static struct xml_paths *paths;

	if (!paths) {
		paths = xml_paths_new();
		xml_paths_add(paths, "*/*/Events/Event", EVENT);
		xml_paths_add(paths, "*/*/Events/Event/Message", MESSAGE);
		xml_paths_add(paths, "*/*/Events/Event/Date", DATE);
		xml_paths_add(paths, "*/*/Events/Event/SourceIdentifier",
			      SOURCE_ID);
		xml_paths_add(paths, "*/*/Events/Event/SourceType",
			      SOURCE_TYPE);
	}
	return paths;
}

static void on_open(void *ctx, int id)
{
	struct reading *reading = ctx;

	if (id != EVENT)
		return;
	json_decref(reading->event);
	reading->event = json_object();
}

static void on_close(void *ctx, int id, const char *text, size_t len UNUSED)
{
	struct reading *reading = ctx;

	if (id == EVENT)
		(void)json_array_append(reading->page, reading->event);
	else if (reading->event)
		(void)json_object_set_new(reading->event, members[id],
					  json_from_text(text));
}

static void on_begin(void *ctx)
{
	struct reading *reading = ctx;

	(void)json_array_clear(reading->page);
}

static void on_page(void *ctx)
{
	struct reading *reading = ctx;

	(void)json_array_extend(reading->events, reading->page);
	(void)json_array_clear(reading->page);
}

static void on_done(void *ctx, const struct aws_result *result)
{
	struct reading *reading = ctx;

	reading->done(reading->ctx, reading->events,
		      result->outcome == AWS_OK ? NULL : result->error);
	reading_free(reading);
}

/* How many minutes back, as the call wants it. */
static json_t *duration_since(int64_t since)
{
	const int64_t most = RDS_EVENTS_S / 60;
	const int64_t minutes = (clock_now() - since) / 60 + 1;
	CLEANUP(free_ptr)
	char *text = xasprintf("%lld", (long long)(minutes < 1      ? 1
						   : minutes > most ? most
								    : minutes));

	return json_string(text);
}

void rds_events_read(struct aws *aws, const struct place *place,
		     const char *type, const char *id, int64_t since,
		     void (*done)(void *ctx, json_t *events,
				  const struct error *err),
		     void *ctx)
{
	static const struct xml_handler handler = { .open = on_open,
						    .close = on_close };
	struct reading *reading = xcalloc(1, sizeof(*reading));
	CLEANUP(json_release)
	json_t *parameters =
		json_pack("{s:o}", "Duration", duration_since(since));
	const struct aws_listing listing = {
		.call = { .session = place->session,
			  .service = "rds",
			  .action = "DescribeEvents",
			  .parameters = parameters,
			  .answer = event_paths(),
			  .handler = &handler,
			  .begin = on_begin,
			  .done = on_done,
			  .ctx = reading },
		.marker_path = "*/*/Marker",
		.marker_parameter = "Marker",
		.page_done = on_page,
	};

	*reading = (struct reading){ .page = json_array(),
				     .events = json_array(),
				     .done = done,
				     .ctx = ctx };
	if (id) {
		(void)json_object_set_new(parameters, "SourceIdentifier",
					  json_from_text(id));
		(void)json_object_set_new(parameters, "SourceType",
					  json_from_text(type));
	}
	aws_list(aws, &listing);
}

/* ---- one that says a word ----------------------------------------------- */

struct search {
	char *word;
	void (*done)(void *ctx, const char *evidence, const struct error *err);
	void *ctx;
};

static void on_events(void *ctx, json_t *events, const struct error *err)
{
	struct search *search = ctx;
	CLEANUP(free_ptr) char *found = NULL;

	for (size_t i = json_array_size(events); !found && i-- > 0;) {
		const json_t *event = json_array_get(events, i);
		const char *message = json_text(event, "message");
		const char *at = json_text(event, "at");

		if (message && strstr(message, search->word))
			found = xasprintf("%s at %s", message,
					  at ? at : "some time");
	}
	search->done(search->ctx, found, err);
	free(search->word);
	free(search);
}

void rds_events_find(struct aws *aws, const struct place *place,
		     const char *type, const char *id, const char *word,
		     int64_t since,
		     void (*done)(void *ctx, const char *evidence,
				  const struct error *err),
		     void *ctx)
{
	struct search *search = xcalloc(1, sizeof(*search));

	*search = (struct search){ xstrdup(word), done, ctx };
	rds_events_read(aws, place, type, id, since, on_events, search);
}
