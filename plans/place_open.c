/* Opening places: a session each, checked to be of the right account. */
#include "plans/place.h"

#include <string.h>

#include "core/mem.h"

static struct place *add(struct places *places, const char *name,
			 const char *account_id, const char *region,
			 struct aws_session *session)
{
	struct place *place;

	GROW(places->items, places->len, places->cap);
	place = &places->items[places->len++];
	*place = (struct place){ .name = xstrdup(name),
				 .account_id = xstrdup(account_id),
				 .region = xstrdup(region),
				 .path = xasprintf("%s/%s", account_id, region),
				 .session = session };
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

static int open_target(struct aws *aws, const struct target *target,
		       const char *session_name, struct places *places,
		       struct error *err)
{
	const struct aws_place at = { .region = target->region,
				      .role_arn = target->role_arn,
				      .session_name = session_name };
	struct aws_session *session = NULL;
	struct aws_caller caller = { .arn = NULL };
	int rc;

	if (aws_session_open(aws, &at, &session, err) < 0 ||
	    aws_session_caller(session, &caller, err) < 0)
		return error_wrap(err, "opening the target '%s'", target->name);
	rc = check_account(target, &caller, err);
	if (rc == 0) {
		(void)add(places, target->name, target->account_id,
			  target->region, session);
		if (!places->caller_arn)
			places->caller_arn = xstrdup(caller.arn);
	}
	aws_caller_release(&caller);
	return rc;
}

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

		if (!has_global(places, account))
			add(places, name, account, "global",
			    places->items[i].session)
				->global = true;
	}
}

DEFINE_CLEANUP(places_cleanup, struct places *, places_release)

int places_open(struct aws *aws, const struct target *targets,
		size_t targets_len, const char *session_name,
		struct places *ret_places, struct error *err)
{
	struct places places = { .aws = aws };
	CLEANUP(places_cleanup) struct places *held = &places;

	for (size_t i = 0; i < targets_len; i++) {
		if (open_target(aws, &targets[i], session_name, &places, err) <
		    0)
			return -1;
	}
	add_globals(&places);
	places_sort(&places);
	held = NULL;
	*ret_places = places;
	return 0;
}
