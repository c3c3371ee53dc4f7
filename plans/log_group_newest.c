/* Do log groups receive events, and of which resources are they? */
#include <string.h>

#include "core/clock.h"
#include "core/mem.h"
#include "plans/catalogue.h"
#include "plans/log_group.h"

#define EXPORTS "enabled_cloudwatch_logs_exports"

/* ---- whose -------------------------------------------------------------- */

static bool writes_to_groups(enum kind kind)
{
	return kind_ops(kind)->refers_to >> KIND_LOG_GROUP & 1;
}

void log_group_add_reads(struct desired_reads *reads, enum kind kind)
{
	const struct setting *row =
		writes_to_groups(kind) ? catalogue_lookup(kind, EXPORTS) : NULL;

	if (row)
		reads_add_setting(reads, row);
}

struct telling {
	void (*fn)(void *ctx, const char *name);
	void *ctx;
};

static void tell(void *ctx, enum kind kind, const char *id)
{
	const struct telling *telling = ctx;

	if (kind == KIND_LOG_GROUP)
		telling->fn(telling->ctx, id);
}

void log_groups_of(const struct resource *resource,
		   void (*fn)(void *ctx, const char *name), void *ctx)
{
	struct telling telling = { fn, ctx };

	if (resource->kind == KIND_LOG_GROUP)
		fn(ctx, resource->id);
	else if (writes_to_groups(resource->kind))
		kind_ops(resource->kind)->references(resource, tell, &telling);
}

/* ---- since when --------------------------------------------------------- */

struct asking {
	json_t *newest;
	void (*done)(void *ctx, json_t *newest, const struct error *err);
	void *ctx;
};

static void on_begin(void *ctx)
{
	struct asking *asking = ctx;

	(void)json_object_set_new(asking->newest, "newest", json_null());
	(void)json_object_set_new(asking->newest, "stream", json_null());
}

/* The first stream is the one with the newest event. */
static void on_answer(void *ctx, const json_t *answer)
{
	struct asking *asking = ctx;
	const json_t *stream =
		json_array_get(json_object_get(answer, "logStreams"), 0);
	const json_t *when_ms = json_object_get(stream, "lastEventTimestamp");
	char text[CLOCK_TEXT_MAX];

	if (!json_is_number(when_ms))
		return;
	clock_rfc3339((int64_t)json_number_value(when_ms) / 1000, text);
	(void)json_object_set_new(asking->newest, "newest", json_string(text));
	(void)json_object_set_new(
		asking->newest, "stream",
		json_from_text(json_text(stream, "logStreamName")));
}

static void on_done(void *ctx, const struct aws_result *result)
{
	struct asking *asking = ctx;
	/* a group is made with its first event */
	const bool missing = result->outcome != AWS_OK &&
			     result->class == AWS_CLASS_NOT_FOUND;

	asking->done(asking->ctx, asking->newest,
		     result->outcome == AWS_OK || missing ? NULL
							  : result->error);
	json_decref(asking->newest);
	free(asking);
}

void log_group_newest(struct aws *aws, const struct place *place,
		      const char *name,
		      void (*done)(void *ctx, json_t *newest,
				   const struct error *err),
		      void *ctx)
{
	struct asking *asking = xcalloc(1, sizeof(*asking));
	CLEANUP(json_release)
	json_t *parameters = json_pack(
		"{s:o, s:s, s:b, s:i}", "logGroupName", json_from_text(name),
		"orderBy", "LastEventTime", "descending", 1, "limit", 1);
	const struct aws_call call = { .session = place->session,
				       .service = "logs",
				       .action = "DescribeLogStreams",
				       .parameters = parameters,
				       .json = on_answer,
				       .begin = on_begin,
				       .done = on_done,
				       .ctx = asking };

	*asking = (struct asking){ json_object(), done, ctx };
	on_begin(asking);
	aws_start(aws, &call);
}
