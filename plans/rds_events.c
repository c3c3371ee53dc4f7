#include "plans/rds_events.h"

#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/mem.h"
#include "core/xml.h"

enum { EVENT, MESSAGE, DATE };

#define MINUTES_MAX 20160 /* that long AWS keeps them */

struct search {
	char *word;
	/* of the event that is being read */
	char *message, *date;
	/* of the page, and of all pages before it */
	char *on_page, *found;
	void (*done)(void *ctx, const char *evidence, const struct error *err);
	void *ctx;
};

static void search_free(struct search *search)
{
	free(search->word);
	free(search->message);
	free(search->date);
	free(search->on_page);
	free(search->found);
	free(search);
}

static const struct xml_paths *event_paths(void)
{
	static struct xml_paths *paths;

	if (!paths) {
		paths = xml_paths_new();
		xml_paths_add(paths, "*/*/Events/Event", EVENT);
		xml_paths_add(paths, "*/*/Events/Event/Message", MESSAGE);
		xml_paths_add(paths, "*/*/Events/Event/Date", DATE);
	}
	return paths;
}

static void keep(char **slot, char *text)
{
	free(*slot);
	*slot = text;
}

static void on_open(void *ctx, int id)
{
	struct search *search = ctx;

	if (id != EVENT)
		return;
	keep(&search->message, NULL);
	keep(&search->date, NULL);
}

static void on_close(void *ctx, int id, const char *text, size_t len UNUSED)
{
	struct search *search = ctx;

	if (id == MESSAGE)
		keep(&search->message, xstrdup(text));
	else if (id == DATE)
		keep(&search->date, xstrdup(text));
	else if (search->message && strstr(search->message, search->word))
		keep(&search->on_page,
		     xasprintf("%s at %s", search->message,
			       search->date ? search->date : "some time"));
}

static void on_begin(void *ctx)
{
	struct search *search = ctx;

	keep(&search->on_page, NULL);
}

static void on_page(void *ctx)
{
	struct search *search = ctx;

	if (search->on_page)
		keep(&search->found, TAKE(search->on_page));
}

static void on_done(void *ctx, const struct aws_result *result)
{
	struct search *search = ctx;

	search->done(search->ctx, search->found,
		     result->outcome == AWS_OK ? NULL : result->error);
	search_free(search);
}

void rds_events_find(struct aws *aws, const struct place *place,
		     const char *type, const char *id, const char *word,
		     int64_t since,
		     void (*done)(void *ctx, const char *evidence,
				  const struct error *err),
		     void *ctx)
{
	static const struct xml_handler handler = { .open = on_open,
						    .close = on_close };
	struct search *search = xcalloc(1, sizeof(*search));
	const int64_t minutes = (clock_now() - since) / 60 + 1;
	CLEANUP(free_ptr)
	char *duration =
		xasprintf("%d", minutes < 1             ? 1
				: minutes > MINUTES_MAX ? MINUTES_MAX
							: (int)minutes);
	CLEANUP(json_release)
	json_t *parameters = json_pack("{s:o, s:s, s:s}", "SourceIdentifier",
				       json_from_text(id), "SourceType", type,
				       "Duration", duration);
	const struct aws_listing listing = {
		.call = { .session = place->session,
			  .service = "rds",
			  .action = "DescribeEvents",
			  .parameters = parameters,
			  .answer = event_paths(),
			  .handler = &handler,
			  .begin = on_begin,
			  .done = on_done,
			  .ctx = search },
		.marker_path = "*/*/Marker",
		.marker_parameter = "Marker",
		.page_done = on_page,
	};

	*search = (struct search){ .word = xstrdup(word),
				   .done = done,
				   .ctx = ctx };
	aws_list(aws, &listing);
}
