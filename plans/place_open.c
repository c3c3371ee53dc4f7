/* Opening places: a session each, checked to be of the right account. */
#include "plans/place.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/endpoint.h"
#include "core/limits.h"
#include "core/mem.h"

/* through: whose session and caller it has. */
static struct place *add(struct places *places, const char *name,
			 const char *account_id, const char *region,
			 const struct place *through)
{
	struct place *place;

	GROW(places->items, places->len, places->cap);
	place = &places->items[places->len++];
	*place = (struct place){ .name = xstrdup(name),
				 .account_id = xstrdup(account_id),
				 .region = xstrdup(region),
				 .path = xasprintf("%s/%s", account_id, region),
				 .caller_arn = xstrdup(through->caller_arn),
				 .session = through->session };
	return place;
}

static int check_account(const struct target *target,
			 const struct aws_caller *caller, struct error *err)
{
	if (strcmp(caller->account, target->account_id) == 0)
		return 0;
	(void)error_set(err, ERR_WRONG_ACCOUNT,
			"the target '%s' is account %s, but the credentials "
			"belong to account %s (%s)",
			target->name, target->account_id, caller->account,
			caller->arn);
	error_hint(err, "%s",
		   target->role_arn
			   ? "correct the target's role_arn or account_id"
			   : "set AWS_PROFILE or the credentials of that "
			     "account, or give the target a role_arn in it");
	return -1;
}

/* ---- asking whose credentials they are --------------------------------- */

struct opening {
	const struct target *target;
	struct aws_session *session;
	char *caller_arn;
	struct error err;
	size_t *running;
};

static void openings_free(struct opening *openings, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		free(openings[i].caller_arn);
		error_release(&openings[i].err);
	}
	free(openings);
}

static void on_caller(void *ctx, const struct aws_caller *caller,
		      const struct error *err)
{
	struct opening *opening = ctx;

	--*opening->running;
	if (err) {
		error_copy(&opening->err, err);
		(void)error_wrap(&opening->err, "opening the target '%s'",
				 opening->target->name);
	} else if (check_account(opening->target, caller, &opening->err) == 0) {
		opening->caller_arn = xstrdup(caller->arn);
	}
}

static void start(struct aws *aws, const char *session_name,
		  struct opening *opening)
{
	const struct target *target = opening->target;
	const struct aws_place at = { .region = target->region,
				      .role_arn = target->role_arn,
				      .session_name = session_name };

	if (aws_session_open(aws, &at, &opening->session, &opening->err) < 0) {
		(void)error_wrap(&opening->err, "opening the target '%s'",
				 target->name);
		return;
	}
	++*opening->running;
	aws_session_ask_caller(opening->session, on_caller, opening);
}

/* Which targets can be worked with while the others are put right. */
static void hint_targets(const struct opening *openings, size_t len,
			 struct error *err)
{
	CLEANUP(strbuf_release)
	struct strbuf targets = STRBUF_INIT(LIMIT_MESSAGE);
	CLEANUP(free_ptr) char *before = xstrdup(err->hint);

	for (size_t i = 0; i < len; i++) {
		if (!error_is_set(&openings[i].err))
			strbuf_addf(&targets, " --target %s",
				    openings[i].target->name);
	}
	if (targets.len)
		error_hint(err, "%s%swhat could be opened:%s",
			   before ? before : "", before ? "; " : "",
			   targets.buf);
}

/* The first failure, in the order of the targets. */
static int check_openings(const struct opening *openings, size_t len,
			  struct error *err)
{
	for (size_t i = 0; i < len; i++) {
		if (!error_is_set(&openings[i].err))
			continue;
		error_copy(err, &openings[i].err);
		hint_targets(openings, len, err);
		return -1;
	}
	return 0;
}

/* ---- places ------------------------------------------------------------ */

static bool has_global(const struct places *places, const char *account_id)
{
	for (size_t i = 0; i < places->len; i++) {
		if (places->items[i].global &&
		    strcmp(places->items[i].account_id, account_id) == 0)
			return true;
	}
	return false;
}

/* The account's global part is reached through its first target. */
static void add_globals(struct places *places)
{
	const size_t targets = places->len;

	for (size_t i = 0; i < targets; i++) {
		CLEANUP(free_ptr)
		char *account = xstrdup(places->items[i].account_id);
		CLEANUP(free_ptr) char *name = xasprintf("%s/global", account);
		const char *partition =
			endpoint_partition(places->items[i].region);
		struct place through = places->items[i];
		struct place *global;

		if (has_global(places, account))
			continue;
		global = add(places, name, account, "global", &through);
		global->global = true;
		global->partition = partition;
	}
}

static void add_targets(const struct opening *openings, size_t len,
			struct places *places)
{
	for (size_t i = 0; i < len; i++) {
		const struct target *target = openings[i].target;
		const struct place through = {
			.caller_arn = openings[i].caller_arn,
			.session = openings[i].session,
		};

		if (error_is_set(&openings[i].err))
			continue;
		if (!places->caller_arn)
			places->caller_arn = xstrdup(openings[i].caller_arn);
		(void)add(places, target->name, target->account_id,
			  target->region, &through);
	}
}

/* Open all of them, and wait. Owned by the caller: openings_free. */
static struct opening *open_all(struct aws *aws, const struct target *targets,
				size_t targets_len, const char *session_name)
{
	struct opening *openings = xcalloc(targets_len + 1, sizeof(*openings));
	size_t running = 0;

	for (size_t i = 0; i < targets_len; i++) {
		openings[i].target = &targets[i];
		openings[i].running = &running;
		start(aws, session_name, &openings[i]);
	}
	while (running)
		(void)aws_step(aws, INT64_MAX);
	return openings;
}

static struct places places_of(struct aws *aws, const struct opening *openings,
			       size_t len)
{
	struct places places = { .aws = aws };

	add_targets(openings, len, &places);
	add_globals(&places);
	places_sort(&places);
	return places;
}

int places_open(struct aws *aws, const struct target *targets,
		size_t targets_len, const char *session_name,
		struct places *ret_places, struct error *err)
{
	struct opening *openings =
		open_all(aws, targets, targets_len, session_name);
	const int rc = check_openings(openings, targets_len, err);

	if (rc == 0)
		*ret_places = places_of(aws, openings, targets_len);
	openings_free(openings, targets_len);
	return rc;
}

static json_t *closed_of(const struct opening *opening)
{
	json_t *closed = json_pack(
		"{ss ss ss}", "target", opening->target->name, "account_id",
		opening->target->account_id, "region", opening->target->region);

	error_to_json(&opening->err, closed);
	return closed;
}

int places_open_some(struct aws *aws, const struct target *targets,
		     size_t targets_len, struct places *ret_places,
		     json_t **ret_closed, struct error *err)
{
	struct opening *openings = open_all(aws, targets, targets_len, NULL);
	CLEANUP(json_release) json_t *closed = json_array();
	bool interrupted = false;
	int rc = 0;

	for (size_t i = 0; i < targets_len; i++) {
		if (!error_is_set(&openings[i].err))
			continue;
		interrupted |= openings[i].err.code == ERR_INTERRUPTED;
		(void)json_array_append_new(closed, closed_of(&openings[i]));
	}
	if (interrupted || json_array_size(closed) == targets_len) {
		rc = check_openings(openings, targets_len, err);
	} else {
		*ret_places = places_of(aws, openings, targets_len);
		*ret_closed = TAKE(closed);
	}
	openings_free(openings, targets_len);
	return rc;
}
