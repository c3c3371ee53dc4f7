/*
 * Each role asks for its report, and then for what became of it, until that is
 * ready; all of them side by side.
 */
#include "plans/last_accessed.h"

#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/mem.h"
#include "core/xml.h"
#include "plans/catalogue.h"

#define EVERY_MS 500 /* look whether a report is ready */
#define LOOKS_MOST 120

enum { ID_JOB, ID_STATUS, ID_SERVICE, ID_NAME, ID_WHEN };

struct reading;

struct asking {
	struct reading *reading;
	struct resource *role;
	json_t *parameters;
	char *status;   /* of the report */
	char *name;     /* of the service that is being read */
	char *when;     /* and when it was used, or NULL */
	json_t *page;   /* service → when, of the page that is being read */
	json_t *all;    /* the same of the pages before */
	int64_t due_ms; /* monotonic; INT64_MAX: there is nothing to ask for */
	int looks;
};

struct reading {
	struct aws *aws;
	struct live *live;
	struct asking *roles;
	size_t len;
	size_t open;  /* calls that have not ended */
	json_t *said; /* the places that have their line */
	bool interrupted;
};

/* ---- answers ------------------------------------------------------------ */

static const struct xml_paths *paths_of(void)
{
#define SERVICE "*/*/ServicesLastAccessed/member"
	static struct xml_paths *paths;
	static const char *const texts[] = {
		[ID_JOB] = "*/*/JobId",
		[ID_STATUS] = "*/*/JobStatus",
		[ID_SERVICE] = SERVICE,
		[ID_NAME] = SERVICE "/ServiceNamespace",
		[ID_WHEN] = SERVICE "/LastAuthenticated",
	};

	if (!paths) {
		paths = xml_paths_new();
		for (int i = 0; i < (int)ARRAY_SIZE(texts); i++)
			xml_paths_add(paths, texts[i], i);
	}
	return paths;
#undef SERVICE
}

static void put(char **field, const char *text)
{
	free(*field);
	*field = text && *text ? xstrdup(text) : NULL;
}

static void on_open(void *ctx, int id)
{
	struct asking *asking = ctx;

	if (id != ID_SERVICE)
		return;
	put(&asking->name, NULL);
	put(&asking->when, NULL);
}

static void on_close(void *ctx, int id, const char *text, size_t len UNUSED)
{
	struct asking *asking = ctx;

	if (id == ID_JOB)
		json_object_set_new(asking->parameters, "JobId",
				    json_from_text(text));
	else if (id == ID_STATUS)
		put(&asking->status, text);
	else if (id == ID_NAME)
		put(&asking->name, text);
	else if (id == ID_WHEN)
		put(&asking->when, text);
	else if (asking->name)
		json_object_set_new(asking->page, asking->name,
				    json_from_text(asking->when));
}

static const struct xml_handler handler = { .open = on_open,
					    .close = on_close };

static void page_begin(void *ctx)
{
	json_object_clear(((struct asking *)ctx)->page);
}

static void page_done(void *ctx)
{
	struct asking *asking = ctx;

	json_object_update(asking->all, asking->page);
	json_object_clear(asking->page);
}

/* ---- asking ------------------------------------------------------------- */

/* Of several roles of an account that fail, one speaks. */
static void fail(struct asking *asking, const struct error *err)
{
	struct reading *reading = asking->reading;
	const char *place = asking->role->place->name;

	asking->due_ms = INT64_MAX;
	if (err->code == ERR_INTERRUPTED)
		reading->interrupted = true;
	else if (!json_object_get(reading->said, place))
		live_add_unread(reading->live, place, KIND_COUNT, NULL,
				LOOKUP_LAST_ACCESSED, err);
	json_object_set_new(reading->said, place, json_true());
}

static void fail_report(struct asking *asking, const char *why)
{
	CLEANUP(error_release) struct error err = ERROR_INIT;

	(void)error_set(&err, ERR_INCOMPLETE,
			"IAM's report on what the role '%s' used %s",
			asking->role->id, why);
	fail(asking, &err);
}

static void tell(struct asking *asking)
{
	struct resource *role = asking->role;

	asking->due_ms = INT64_MAX;
	if (!role->facts)
		role->facts = json_object();
	json_object_set(role->facts, FACT_LAST_ACCESSED, asking->all);
	resource_set_read(role, FACT_LAST_ACCESSED,
			  aws_answer(asking->reading->aws));
}

static void looked(void *ctx, const struct aws_result *result)
{
	struct asking *asking = ctx;
	const char *status = asking->status ? asking->status : "";

	asking->reading->open--;
	if (result->outcome != AWS_OK)
		fail(asking, result->error);
	else if (!strcmp(status, "COMPLETED"))
		tell(asking);
	else if (strcmp(status, "IN_PROGRESS") != 0)
		fail_report(asking, "failed");
	else if (++asking->looks == LOOKS_MOST)
		fail_report(asking, "was not ready within a minute");
	else
		asking->due_ms = clock_monotonic_ms() + EVERY_MS;
}

static struct aws_call call_of(struct asking *asking, const char *action)
{
	return (struct aws_call){
		.session = asking->role->place->session,
		.service = "iam",
		.action = action,
		.parameters = asking->parameters,
		.answer = paths_of(),
		.handler = &handler,
		.ctx = asking,
	};
}

static void look(struct asking *asking)
{
	struct aws_listing list = {
		.call = call_of(asking, "GetServiceLastAccessedDetails"),
		.marker_path = "*/*/Marker",
		.marker_parameter = "Marker",
		.page_done = page_done,
	};

	list.call.begin = page_begin;
	list.call.done = looked;
	json_object_clear(asking->all);
	asking->due_ms = INT64_MAX;
	asking->reading->open++;
	aws_list(asking->reading->aws, &list);
}

static void promised(void *ctx, const struct aws_result *result)
{
	struct asking *asking = ctx;

	asking->reading->open--;
	json_object_del(asking->parameters, "Arn");
	if (result->outcome != AWS_OK)
		fail(asking, result->error);
	else if (!json_text(asking->parameters, "JobId"))
		fail_report(asking, "has no name");
	else
		asking->due_ms = clock_monotonic_ms();
}

static void ask(struct asking *asking)
{
	struct aws_call call =
		call_of(asking, "GenerateServiceLastAccessedDetails");

	call.done = promised;
	asking->reading->open++;
	aws_start(asking->reading->aws, &call);
}

/* ---- all of them -------------------------------------------------------- */

/* Ask for what is due. When is there more? */
static int64_t look_due(struct reading *reading)
{
	const int64_t now_ms = clock_monotonic_ms();
	int64_t next_ms = INT64_MAX;

	for (size_t i = 0; i < reading->len; i++) {
		struct asking *asking = &reading->roles[i];

		if (asking->due_ms <= now_ms)
			look(asking);
		else if (asking->due_ms < next_ms)
			next_ms = asking->due_ms;
	}
	return next_ms;
}

static void await(struct reading *reading)
{
	for (;;) {
		/* who was interrupted waits for nothing more */
		const int64_t next_ms =
			reading->interrupted ? INT64_MAX : look_due(reading);

		if (reading->open)
			(void)aws_step(reading->aws, next_ms);
		else if (next_ms == INT64_MAX)
			return;
		else
			clock_sleep_ms(next_ms - clock_monotonic_ms());
	}
}

static void add(struct reading *reading, struct resource *role)
{
	struct asking *asking = &reading->roles[reading->len];

	if (role->kind != KIND_IAM_ROLE || !role->arn ||
	    resource_is_missing(role))
		return;
	*asking = (struct asking){
		.reading = reading,
		.role = role,
		.parameters =
			json_pack("{so}", "Arn", json_from_text(role->arn)),
		.page = json_object(),
		.all = json_object(),
		.due_ms = INT64_MAX,
	};
	reading->len++;
}

static void release(struct reading *reading)
{
	for (size_t i = 0; i < reading->len; i++) {
		json_decref(reading->roles[i].parameters);
		json_decref(reading->roles[i].page);
		json_decref(reading->roles[i].all);
		free(reading->roles[i].status);
		free(reading->roles[i].name);
		free(reading->roles[i].when);
	}
	free(reading->roles);
	json_decref(reading->said);
}

int last_accessed_read(struct aws *aws, struct live *live, struct error *err)
{
	CLEANUP(release)
	struct reading reading = { .aws = aws,
				   .live = live,
				   .said = json_object() };

	reading.roles = xcalloc(live->len + 1, sizeof(*reading.roles));
	for (size_t i = 0; i < live->len; i++)
		add(&reading, live->items[i]);
	for (size_t i = 0; i < reading.len; i++)
		ask(&reading.roles[i]);
	await(&reading);
	return reading.interrupted
		       ? error_set(err, ERR_INTERRUPTED, "interrupted")
		       : 0;
}
