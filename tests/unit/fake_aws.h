/*
 * An AWS in memory for the executor's tests: it replaces the client, the
 * reading of live state and the journal, whose functions are defined here and
 * therefore not taken from the libraries. Everything happens in aws_step, in
 * the order in which it was asked for, and `said` keeps the whole order.
 */
#ifndef ABACK_TESTS_UNIT_FAKE_AWS_H
#define ABACK_TESTS_UNIT_FAKE_AWS_H

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "core/aws.h"
#include "core/clock.h"
#include "core/json.h"
#include "core/limits.h"
#include "core/mem.h"
#include "core/strbuf.h"
#include "core/xml.h"
#include "plans/catalogue.h"
#include "plans/kind.h"
#include "plans/live.h"
#include "plans/place.h"
#include "state/journal.h"

#define WORLD_MAX 128

struct world_resource {
	enum kind kind;
	const char *address, *id, *resource_id, *cluster, *status;
	json_t *values;  /* setting → value */
	json_t *pending; /* setting → value */
	json_t *pending_elements;
	json_t *facts; /* NULL: none; borrowed */
};

enum world_fault {
	WORLD_OK,
	WORLD_REFUSE,      /* with code and class */
	WORLD_THROTTLE,    /* not sent, throttled to the end */
	WORLD_LOSE_AFTER,  /* no answer; it had its effect */
	WORLD_LOSE_BEFORE, /* no answer; no effect */
	WORLD_IGNORE,      /* 200, and nothing changes */
	WORLD_PEND,        /* the values become pending ones */
	WORLD_MISS         /* 200, which says that nothing was found to do */
};

struct world_call {
	enum world_fault fault;
	enum aws_class class;
	const char *code, *message;
};

struct world_event {
	bool is_call;
	struct aws_call call;
	json_t *parameters;
	struct read_lanes {
		const struct place *place;
		void (*done)(void *ctx, struct live *live,
			     const struct error *err);
		void *ctx;
	} look;
};

struct world {
	/* what a dry run is answered; NULL: that the call may be made */
	const char *dry_run;
	bool heedless; /* it is carried out all the same */
	struct world_resource resources[WORLD_MAX];
	size_t resources_len;
	struct place places[2];
	struct world_call script[WORLD_MAX]; /* of the n-th call */
	size_t calls, looks;
	struct world_event queue[4 * WORLD_MAX];
	size_t queue_head, queue_tail;
	struct strbuf said; /* "look,intent 0,call 0 rds:…,outcome 0 ok,…" */
	json_t *journal;
	bool journal_lost;       /* with the machine that it was on */
	size_t journal_fails_at; /* the n-th line, from 1; 0: never */
	enum error_code blind;   /* looks fail with it from blind_from on */
	size_t blind_from;
	/* just before the n-th look or call answers; may be NULL */
	void (*before_look)(size_t look);
	void (*before_call)(size_t call);
};

static struct world world;

static void say(const char *fmt, ...) PRINTF_LIKE(1, 2);
static void say(const char *fmt, ...)
{
	va_list ap;

	if (world.said.len > 0)
		strbuf_addc(&world.said, ',');
	va_start(ap, fmt);
	strbuf_vaddf(&world.said, fmt, ap);
	va_end(ap);
}

static struct world_resource *world_find(const char *id)
{
	for (size_t i = 0; i < world.resources_len; i++)
		if (strcmp(world.resources[i].id, id) == 0)
			return &world.resources[i];
	return NULL;
}

/* ---- live ------------------------------------------------------------- */

static struct resource *world_read(const struct world_resource *of,
				   const struct place *place)
{
	struct resource *resource = resource_new(of->kind, place);
	size_t len;
	const struct setting *rows = catalogue_rows(of->kind, &len);

	resource->id = xstrdup(of->id);
	resource->address = xstrdup(of->address);
	resource->resource_id = xstrdup(of->resource_id);
	resource->cluster = xstrdup(of->cluster);
	resource->status = xstrdup(of->status);
	json_decref(resource->pending_elements);
	resource->pending_elements = json_deep_copy(of->pending_elements);
	resource->facts = json_deep_copy(of->facts);
	for (size_t i = 0; i < len; i++) {
		json_t *value = json_object_get(of->values, rows[i].name);
		json_t *pending = json_object_get(of->pending, rows[i].name);

		json_decref(resource->values[i]);
		resource->values[i] = value ? json_incref(value) : json_null();
		if (pending) {
			json_decref(resource->pending[i]);
			resource->pending[i] = json_incref(pending);
		}
	}
	return resource;
}

static void world_add(struct live *live, const struct place *place)
{
	for (size_t i = 0; i < world.resources_len; i++)
		if (kind_ops(world.resources[i].kind)->global == place->global)
			live_add(live, world_read(&world.resources[i], place));
}

static bool world_blind(void)
{
	return world.blind != ERR_NONE && world.looks >= world.blind_from;
}

int live_read(struct aws *aws, const struct places *places,
	      const struct live_wanted *wanted, struct live **ret_live,
	      struct error *err)
{
	(void)aws;
	(void)wanted;
	world.looks++;
	if (world_blind())
		return error_set(err, world.blind, "the world is dark");
	*ret_live = live_new();
	for (size_t i = 0; i < places->len; i++)
		world_add(*ret_live, &places->items[i]);
	live_sort(*ret_live);
	return 0;
}

static struct world_event *enqueue(void)
{
	assert(world.queue_tail < ARRAY_SIZE(world.queue));
	return &world.queue[world.queue_tail++];
}

void live_observe(struct aws *aws, const struct place *place,
		  enum kind lane_kind, const char *const *lanes,
		  size_t lanes_len,
		  void (*done)(void *ctx, struct live *live,
			       const struct error *err),
		  void *ctx)
{
	struct world_event *event = enqueue();

	(void)aws;
	(void)lane_kind;
	(void)lanes;
	assert_true(lanes_len > 0);
	event->is_call = false;
	event->look.place = place;
	event->look.done = done;
	event->look.ctx = ctx;
}

/* ---- the client ------------------------------------------------------- */

void aws_set_change(struct aws *aws, const char *change_id)
{
	(void)aws;
	assert_true(strlen(change_id) > 0);
	say("change");
}

/* Dry runs are no calls of the script. */
static void answer_dry_run(const struct aws_call *call)
{
	struct error err = ERROR_INIT;
	const struct aws_result result = {
		.outcome = world.heedless ? AWS_OK : AWS_REFUSED,
		.class = AWS_CLASS_OTHER,
		.code = world.heedless  ? ""
			: world.dry_run ? world.dry_run
					: "DryRunOperation",
		.message = "",
		.request_id = "",
		.sent_at = "",
		.error = &err
	};

	assert_false(call->mutating);
	call->done(call->ctx, &result);
}

void aws_start(struct aws *aws, const struct aws_call *call)
{
	struct world_event *event;

	(void)aws;
	if (json_text(call->parameters, "DryRun")) {
		answer_dry_run(call);
		return;
	}
	event = enqueue();
	assert_true(call->mutating);
	event->is_call = true;
	event->call = *call;
	event->parameters = json_deep_copy(call->parameters);
	say("call %s:%s", call->service, call->action);
}

size_t aws_in_flight(const struct aws *aws)
{
	(void)aws;
	return world.queue_tail - world.queue_head;
}

static struct world_resource *called(const json_t *parameters)
{
	static const char *const names[] = { "DBClusterIdentifier",
					     "DBInstanceIdentifier", "RoleName",
					     "GroupId" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (json_text(parameters, names[i]))
			return world_find(json_text(parameters, names[i]));
	return NULL;
}

/* The call's effect on every value of its resource, or on what is pending. */
static void take_effect(const struct world_event *event, bool pend)
{
	struct world_resource *on = called(event->parameters);
	char *call =
		xasprintf("%s:%s", event->call.service, event->call.action);
	size_t len;

	assert_non_null(on);
	const struct setting *rows = catalogue_rows(on->kind, &len);

	for (size_t i = 0; i < len; i++) {
		json_t *value = json_object_get(on->values, rows[i].name);
		json_t *after;

		if (!value)
			continue;
		after = kind_ops(on->kind)->after_call(call, event->parameters,
						       &rows[i], value);
		assert_non_null(after);
		if (!json_equal(after, value))
			json_object_set(pend ? on->pending : on->values,
					rows[i].name, after);
		json_decref(after);
	}
	free(call);
}

/* As EC2 answers in a default VPC; whoever listens hears of it. */
static void tell_missed(const struct aws_call *call)
{
	static const char text[] =
		"<RevokeSecurityGroupIngressResponse><return>true</return>"
		"<unknownIpPermissionSet><item><ipProtocol>tcp</ipProtocol>"
		"</item></unknownIpPermissionSet>"
		"</RevokeSecurityGroupIngressResponse>";
	struct error err = ERROR_INIT;
	struct xml_parser *parser =
		xml_parser_new(call->answer, call->handler, call->ctx);

	assert_non_null(call->answer);
	assert_int_equal(xml_parse(parser, text, sizeof(text) - 1, true, &err),
			 0);
	xml_parser_free(parser);
}

static void answer_call(struct world_event *event)
{
	static const enum aws_outcome outcomes[] = {
		[WORLD_OK] = AWS_OK,
		[WORLD_REFUSE] = AWS_REFUSED,
		[WORLD_THROTTLE] = AWS_NOT_SENT,
		[WORLD_LOSE_AFTER] = AWS_UNKNOWN,
		[WORLD_LOSE_BEFORE] = AWS_UNKNOWN,
		[WORLD_IGNORE] = AWS_OK,
		[WORLD_PEND] = AWS_OK,
		[WORLD_MISS] = AWS_OK,
	};
	const struct world_call *script = &world.script[world.calls];
	struct error err = ERROR_INIT;
	struct aws_result result = {
		.outcome = outcomes[script->fault],
		.class = script->fault == WORLD_THROTTLE ? AWS_CLASS_THROTTLING
							 : script->class,
		.code = script->code ? script->code : "",
		.message = script->message ? script->message : "",
		.request_id = "request-1",
		.sent_at = "",
	};

	if (world.before_call)
		world.before_call(world.calls);
	world.calls++;
	if (script->fault == WORLD_OK || script->fault == WORLD_LOSE_AFTER ||
	    script->fault == WORLD_PEND)
		take_effect(event, script->fault == WORLD_PEND);
	if (script->fault == WORLD_MISS)
		tell_missed(&event->call);
	if (result.outcome != AWS_OK) {
		error_set(&err, ERR_AWS, "the world says no");
		result.error = &err;
	}
	event->call.done(event->call.ctx, &result);
	json_decref(event->parameters);
	error_release(&err);
}

static void answer_look(struct world_event *event)
{
	struct error err = ERROR_INIT;
	struct live *live;

	if (world.before_look)
		world.before_look(world.looks);
	world.looks++;
	if (world_blind()) {
		error_set(&err, world.blind, "the world is dark");
		event->look.done(event->look.ctx, NULL, &err);
		error_release(&err);
		return;
	}
	live = live_new();
	world_add(live, event->look.place);
	live_sort(live);
	event->look.done(event->look.ctx, live, NULL);
}

size_t aws_step(struct aws *aws, int64_t until_ms)
{
	struct world_event event;

	(void)aws;
	(void)until_ms;
	if (world.queue_head == world.queue_tail)
		return 0;
	event = world.queue[world.queue_head++];
	if (world.queue_head == world.queue_tail)
		world.queue_head = world.queue_tail = 0;
	if (event.is_call)
		answer_call(&event);
	else
		answer_look(&event);
	return 1;
}

/* Nothing here lists or opens sessions; the linker wants them. */
void aws_list(struct aws *aws, const struct aws_listing *listing)
{
	(void)aws;
	(void)listing;
	assert(!"the executor's tests list nothing");
}

int aws_session_open(struct aws *aws, const struct aws_place *place,
		     struct aws_session **ret_session, struct error *err)
{
	(void)aws;
	(void)place;
	(void)ret_session;
	return error_set(err, ERR_CREDENTIALS, "the world has no sessions");
}

int aws_session_caller(struct aws_session *session,
		       struct aws_caller *ret_caller, struct error *err)
{
	(void)session;
	(void)ret_caller;
	return error_set(err, ERR_CREDENTIALS, "the world has no callers");
}

void aws_caller_release(struct aws_caller *caller)
{
	(void)caller;
}

/* Nobody here assumes a role. */
const char *aws_session_role(const struct aws_session *session)
{
	(void)session;
	return NULL;
}

const char *aws_session_region(const struct aws_session *session)
{
	(void)session;
	return "eu-west-1";
}

void aws_session_restrict(struct aws_session *session, const char *policy)
{
	(void)session;
	assert_null(policy);
}

int aws_session_beside(struct aws_session *session, const char *policy,
		       struct aws_session **ret_session, struct error *err)
{
	(void)session;
	(void)policy;
	(void)ret_session;
	return error_set(err, ERR_CREDENTIALS, "the world has no sessions");
}

void aws_session_ask_caller(struct aws_session *session,
			    void (*done)(void *ctx,
					 const struct aws_caller *caller,
					 const struct error *err),
			    void *ctx)
{
	(void)session;
	(void)done;
	(void)ctx;
	assert(!"the world has no callers");
}

/* ---- the journal ------------------------------------------------------ */

int journal_open(struct store *store, const char *change_id,
		 struct journal **ret_journal, struct error *err)
{
	(void)store;
	(void)change_id;
	(void)err;
	*ret_journal = NULL;
	return 0;
}

void journal_free(struct journal *journal)
{
	assert_null(journal);
}

int journal_append(struct journal *journal, const json_t *event,
		   struct error *err)
{
	const char *outcome = json_text(event, "outcome");
	const char *state = json_text(event, "state");

	(void)journal;
	if (world.journal_fails_at > 0 &&
	    json_array_size(world.journal) + 1 >= world.journal_fails_at)
		return error_set(err, ERR_IO, "no space left");
	json_array_append_new(world.journal, json_deep_copy(event));
	say("%s %d%s%s", json_text(event, "event"),
	    (int)json_integer_value(json_object_get(event, "step")),
	    outcome || state ? " " : "",
	    outcome ? outcome
	    : state ? state
		    : "");
	return 0;
}

int journal_note(struct journal *journal, const json_t *event,
		 struct error *err)
{
	return journal_append(journal, event, err);
}

int journal_exists(struct store *store, const char *change_id, bool *ret_exists,
		   struct error *err)
{
	(void)store;
	(void)change_id;
	(void)err;
	*ret_exists = !world.journal_lost;
	return 0;
}

int journal_read(struct store *store, const char *change_id,
		 json_t **ret_events, struct error *err)
{
	(void)store;
	(void)change_id;
	(void)err;
	*ret_events = json_deep_copy(world.journal);
	return 0;
}

int journal_text(struct store *store, const char *change_id,
		 struct strbuf *ret_text, struct error *err)
{
	(void)store;
	(void)change_id;
	(void)err;
	json_compact(world.journal, ret_text);
	return 0;
}

int journal_remove(struct store *store, const char *change_id,
		   struct error *err)
{
	(void)store;
	(void)change_id;
	(void)err;
	return 0;
}

#endif
