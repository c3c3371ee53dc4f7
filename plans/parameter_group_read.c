/*
 * Reading parameter groups. A family has hundreds of parameters, so that of a
 * group only those are read that somebody set, and of the others those that are
 * asked for. In stages, each of requests side by side:
 *
 *   groups   which there are, of which families
 *   set      what somebody set in each, and in groups that override it; what a
 *            family begins with, where a group is to be created
 *   named    what else is asked for, by name
 *   whole    one group of each family that is said not to have such a name
 *   again    groups of which that turned out not to be so
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/limits.h"
#include "core/mem.h"
#include "core/nearest.h"
#include "plans/catalogue.h"
#include "plans/live.h"
#include "plans/parameter_group_ask.h"
#include "plans/parameter_group_build.h"
#include "plans/read_ids.h"

#define NAMES_MAX 100 /* values of one filter */

enum stage { STAGE_GROUPS, STAGE_SET, STAGE_NAMED, STAGE_WHOLE, STAGE_AGAIN };

struct reader {
	const struct parameter_kind *of;
	struct read_request request;
	enum stage stage;
	struct group_read *groups;
	size_t len;
	json_t *listed;   /* id → group */
	json_t *reads;    /* id → the answer that listed it */
	json_t *names;    /* of the parameters that are asked for */
	json_t *families; /* name → all its parameters */
	json_t *bad;      /* families that AWS does not know */
	json_t *lacking;  /* family → why nobody says what it has */
	json_t *others;   /* id of an overriding group → what was set there */
	struct live *own; /* users, where they were not read before */
	struct group_users users;
	size_t running;
	struct error err;
};

/* One request; ctx of its answer. */
struct asked {
	struct reader *reader;
	struct group_read *group; /* NULL: of a family or another group */
	char *family;
};

static void next_stage(struct reader *reader);

static void reader_free(struct reader *reader)
{
	for (size_t i = 0; i < reader->len; i++)
		group_read_release(&reader->groups[i]);
	free(reader->groups);
	json_decref(reader->listed);
	json_decref(reader->reads);
	json_decref(reader->names);
	json_decref(reader->families);
	json_decref(reader->bad);
	json_decref(reader->lacking);
	json_decref(reader->others);
	group_users_release(&reader->users);
	live_free(reader->own);
	error_release(&reader->err);
	free(reader);
}

static void one_ended(struct reader *reader)
{
	if (!--reader->running)
		next_stage(reader);
}

static void take_error(struct reader *reader, const struct error *err)
{
	if (err && !error_is_set(&reader->err))
		error_copy(&reader->err, err);
}

/* A family that was asked for in vain: what was to be made of it is blocked. */
static void take_refused(struct reader *reader, const char *family,
			 const struct aws_result *result)
{
	CLEANUP(strbuf_release) struct strbuf why = STRBUF_INIT(LIMIT_MESSAGE);

	if (result->class == AWS_CLASS_VALIDATION) {
		(void)json_object_set_new(reader->bad, family, json_true());
	} else if (aws_is_lacking(result)) {
		strbuf_addf(&why,
			    "what a new group of '%s' has cannot be read: ",
			    family);
		error_message(result->error, &why);
		(void)json_object_set_new(reader->lacking, family,
					  json_from_text(why.buf));
	} else {
		take_error(reader, result->error);
	}
}

static void on_answer(void *ctx, const struct aws_result *result)
{
	struct asked *asked = ctx;
	struct reader *reader = asked->reader;
	const struct error *err =
		result->outcome == AWS_OK ? NULL : result->error;
	const bool missing = err && result->class == AWS_CLASS_NOT_FOUND;

	if (err && asked->family)
		take_refused(reader, asked->family, result);
	else if (missing)
		; /* deleted meanwhile: it has nothing, or is not there */
	else if (err && asked->group &&
		 read_excused(&reader->request, reader->of->kind,
			      asked->group->id, err))
		asked->group->unread = true;
	else
		take_error(reader, err);
	if (missing && asked->group)
		asked->group->listed = NULL;
	free(asked->family);
	free(asked);
	one_ended(reader);
}

static void ask(struct reader *reader, struct group_read *group,
		const char *family, struct parameter_asking *asking)
{
	struct asked *asked = xcalloc(1, sizeof(*asked));

	*asked = (struct asked){ .reader = reader,
				 .group = group,
				 .family = xstrdup(family) };
	if (!asking->of)
		asking->of = reader->of;
	asking->aws = reader->request.aws;
	asking->place = reader->request.place;
	asking->done = on_answer;
	asking->ctx = asked;
	reader->running++;
	parameter_group_ask(asking);
}

/* Where they are kept, that which keeps them. */
static json_t *reads_of(const struct reader *reader, json_t *reads)
{
	return reader->request.reports ? reads : NULL;
}

static void ask_parameters(struct reader *reader, struct group_read *group,
			   json_t *more, json_t *found)
{
	CLEANUP(json_release) json_t *parameters = more;

	(void)json_object_set_new(parameters, reader->of->name,
				  json_from_text(group->id));
	ask(reader, group, NULL,
	    &(struct parameter_asking){
		    .listing = LISTING_PARAMETERS,
		    .action = reader->of->describe,
		    .parameters = parameters,
		    .found = found,
		    .reads = reads_of(reader, group->reads) });
}

/* ---- groups, and who uses them ---------------------------------------- */

static void on_user(void *ctx, struct resource *resource)
{
	struct reader *reader = ctx;

	live_add(reader->own, resource);
}

static void on_skipped(void *ctx UNUSED, enum kind kind UNUSED,
		       const char *id UNUSED, const char *reason UNUSED)
{
	/* what is not Aurora's is nothing of ours */
}

static void on_users(void *ctx, const struct error *err)
{
	struct reader *reader = ctx;

	take_error(reader, err);
	one_ended(reader);
}

static void ask_users(struct reader *reader)
{
	const struct read_request request = {
		.aws = reader->request.aws,
		.place = reader->request.place,
		.found = on_user,
		.skipped = on_skipped,
		.done = on_users,
		.ctx = reader,
	};

	reader->own = live_new();
	reader->running++;
	kind_ops(reader->of->user)->read(&request);
}

static void ask_groups(struct reader *reader)
{
	ask(reader, NULL, NULL,
	    &(struct parameter_asking){
		    .listing = LISTING_GROUPS,
		    .action = reader->of->list,
		    .found = reader->listed,
		    .reads = reads_of(reader, reader->reads) });
	if (!reader->request.live)
		ask_users(reader);
}

/* ---- what somebody set ------------------------------------------------ */

static void take_listed(struct reader *reader)
{
	for (size_t i = 0; i < reader->len; i++) {
		struct group_read *group = &reader->groups[i];

		group->listed = json_object_get(reader->listed, group->id);
		if (json_object_get(reader->reads, group->id))
			(void)json_object_set(
				group->reads, "",
				json_object_get(reader->reads, group->id));
	}
}

static void ask_family(struct reader *reader, const char *family)
{
	CLEANUP(json_release)
	json_t *parameters =
		json_pack("{ss}", "DBParameterGroupFamily", family);
	json_t *found = json_object();

	/* one that was asked for already is not asked for again */
	if (json_object_get(reader->families, family)) {
		json_decref(found);
		return;
	}
	(void)json_object_set_new(reader->families, family, found);
	ask(reader, NULL, family,
	    &(struct parameter_asking){ .listing = LISTING_DEFAULTS,
					.action = reader->of->defaults,
					.parameters = parameters,
					.found = found });
}

/* What was set in a group that has precedence over one of these. */
static void ask_other(struct reader *reader, const char *id)
{
	CLEANUP(json_release)
	json_t *parameters = json_pack("{ss ss}", instance_parameters.name, id,
				       "Source", "user");
	json_t *found = json_object();

	if (json_object_get(reader->others, id)) {
		json_decref(found);
		return;
	}
	(void)json_object_set_new(reader->others, id, found);
	ask(reader, NULL, NULL,
	    &(struct parameter_asking){ .of = &instance_parameters,
					.listing = LISTING_PARAMETERS,
					.action = instance_parameters.describe,
					.parameters = parameters,
					.found = found });
}

static void on_other(void *ctx, const struct resource *member UNUSED,
		     const char *id)
{
	ask_other(ctx, id);
}

static void ask_set(struct reader *reader)
{
	take_listed(reader);
	group_users_init(&reader->users, reader->of, reader->request.place,
			 reader->own ? reader->own : reader->request.live);
	for (size_t i = 0; i < reader->len; i++) {
		struct group_read *group = &reader->groups[i];
		const char *family;

		group->family =
			group_family(reader->of, &reader->request, group);
		family = group->family;
		group->names = group_names(reader->of, &reader->request, group,
					   reader->names);
		if (!group->listed && family && json_array_size(group->names))
			ask_family(reader, family);
		/* who looks again, or only reports, asks for all that matters
		 * by name */
		if (group->listed && !is_default_group(group->id) &&
		    !reader->request.lanes && !reader->request.reports)
			ask_parameters(reader, group,
				       json_pack("{ss}", "Source", "user"),
				       group->set);
		/* who looks again is not told what else there is to know */
		if (group->listed && json_array_size(group->names) &&
		    reader->request.live && !reader->request.reports)
			group_each_override(reader->of, &reader->users,
					    group->id, on_other, reader);
	}
}

/* ---- what else is asked for ------------------------------------------- */

/* Those that are asked for and were not read. New array. */
static json_t *not_read(const struct group_read *group)
{
	json_t *rest = json_array();
	size_t i;
	json_t *name;

	json_array_foreach(group->names, i, name) {
		const char *text = json_string_value(name);

		if (!json_object_get(group->set, text) &&
		    !json_object_get(group->named, text))
			(void)json_array_append(rest, name);
	}
	return rest;
}

static json_t *filter_of(const json_t *names, size_t from)
{
	json_t *parameters =
		json_pack("{ss}", "Filters.Filter.1.Name", "parameter-name");

	for (size_t i = 0; i < NAMES_MAX; i++) {
		json_t *name = json_array_get(names, from + i);
		CLEANUP(free_ptr)
		char *key =
			xasprintf("Filters.Filter.1.Values.Value.%zu", i + 1);

		if (!name)
			break;
		(void)json_object_set(parameters, key, name);
	}
	return parameters;
}

static void ask_named(struct reader *reader)
{
	for (size_t i = 0; i < reader->len; i++) {
		struct group_read *group = &reader->groups[i];
		CLEANUP(json_release) json_t *names = not_read(group);

		for (size_t from = 0; group->listed && !group->unread &&
				      from < json_array_size(names);
		     from += NAMES_MAX)
			ask_parameters(reader, group, filter_of(names, from),
				       group->named);
	}
}

/* ---- is a name that was not found really none? ------------------------ */

/*
 * Who knows no filters may answer with nothing: the whole of one group says
 * which names its family has.
 */
static void ask_whole(struct reader *reader)
{
	/* somebody who looks again knows that they are there */
	for (size_t i = 0; i < reader->len && !reader->request.lanes; i++) {
		struct group_read *group = &reader->groups[i];
		CLEANUP(json_release) json_t *rest = NULL;
		json_t *found;

		if (!group->listed || group->unread || !group->family ||
		    json_object_get(reader->families, group->family))
			continue;
		rest = not_read(group);
		if (!json_array_size(rest))
			continue;
		found = json_object();
		(void)json_object_set_new(reader->families, group->family,
					  found);
		ask_parameters(reader, group, json_object(), found);
	}
}

static void ask_again(struct reader *reader)
{
	for (size_t i = 0; i < reader->len && !reader->request.lanes; i++) {
		struct group_read *group = &reader->groups[i];
		CLEANUP(json_release) json_t *rest = not_read(group);
		const json_t *family =
			group->family ? json_object_get(reader->families,
							group->family)
				      : NULL;
		bool has = false;
		size_t n;
		json_t *name;

		json_array_foreach(rest, n, name)
			has |= json_object_get(family,
					       json_string_value(name)) != NULL;
		if (group->listed && !group->unread && has)
			ask_parameters(reader, group, json_object(),
				       group->named);
	}
}

/* ---- the end ---------------------------------------------------------- */

static void tell_found(struct reader *reader)
{
	const struct read_request *request = &reader->request;

	for (size_t i = 0; i < reader->len; i++) {
		struct group_read *group = &reader->groups[i];
		CLEANUP(json_release) json_t *unknown = not_read(group);

		group->all = group->family ? json_object_get(reader->families,
							     group->family)
					   : NULL;
		group->unknown = unknown;
		if (group->unread)
			continue;
		group->bad_family = group->family &&
				    json_object_get(reader->bad, group->family);
		group->lacking = group->family ? json_text(reader->lacking,
							   group->family)
					       : NULL;
		request->found(request->ctx,
			       group_resource(reader->of, request,
					      &reader->users, reader->others,
					      group));
	}
}

static void finish(struct reader *reader)
{
	const bool failed = error_is_set(&reader->err);

	if (!failed)
		tell_found(reader);
	reader->request.done(reader->request.ctx, failed ? &reader->err : NULL);
	reader_free(reader);
}

/* Begin stages until one has something to wait for. */
static void next_stage(struct reader *reader)
{
	static void (*const stages[])(struct reader * reader) = {
		[STAGE_GROUPS] = ask_groups, [STAGE_SET] = ask_set,
		[STAGE_NAMED] = ask_named,   [STAGE_WHOLE] = ask_whole,
		[STAGE_AGAIN] = ask_again,
	};

	while (reader->stage < ARRAY_SIZE(stages) &&
	       !error_is_set(&reader->err)) {
		const enum stage stage = reader->stage++;

		reader->running = 1; /* one is for this function */
		stages[stage](reader);
		if (--reader->running)
			return;
	}
	finish(reader);
}

/* The parameters whose rows are wanted. New array. */
static json_t *names_of(const struct parameter_kind *of,
			const struct read_request *request)
{
	size_t len;
	const struct setting *rows = catalogue_rows(of->kind, &len);
	json_t *names = json_array();

	for (size_t i = 0; i < len; i++) {
		if (is_parameter(&rows[i]) &&
		    (!request->wanted || request->wanted[i]))
			(void)json_array_append_new(
				names, json_from_text(rows[i].name));
	}
	return names;
}

static void add_groups(struct reader *reader)
{
	CLEANUP(json_release)
	json_t *ids = read_ids(&reader->request, &reader->err);
	json_t *id;
	size_t i;

	reader->groups =
		xcalloc(json_array_size(ids) + 1, sizeof(*reader->groups));
	json_array_foreach(ids, i, id)
		reader->groups[reader->len++] = (struct group_read){
			.id = xstrdup(json_string_value(id)),
			.set = json_object(),
			.named = json_object(),
			.reads = json_object()
		};
}

void parameter_group_read(const struct parameter_kind *of,
			  const struct read_request *request)
{
	struct reader *reader = xcalloc(1, sizeof(*reader));

	*reader = (struct reader){
		.of = of,
		.request = *request,
		.listed = json_object(),
		.reads = json_object(),
		.names = names_of(of, request),
		.families = json_object(),
		.bad = json_object(),
		.lacking = json_object(),
		.others = json_object(),
	};
	add_groups(reader);
	if (!reader->len || error_is_set(&reader->err))
		finish(reader);
	else
		next_stage(reader);
}
