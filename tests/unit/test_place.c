/* Places, over sessions in memory: a session is the target's region. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "plans/place.h"

static const char *account; /* that the credentials belong to */
static const char *session_name;
static size_t opened;

int aws_session_open(struct aws *aws UNUSED, const struct aws_place *place,
		     struct aws_session **ret_session, struct error *err)
{
	session_name = place->session_name;
	if (strcmp(place->region, "closed") == 0)
		return error_set(err, ERR_CREDENTIALS, "found none");
	opened++;
	*ret_session = (struct aws_session *)(uintptr_t)place->region;
	return 0;
}

/* Answers wait until all were asked for, and come last in, first out. */
static struct asked {
	const char *region;
	void (*done)(void *ctx, const struct aws_caller *caller,
		     const struct error *err);
	void *ctx;
} asked[8];
static size_t asked_len, asked_at_once;

void aws_session_ask_caller(struct aws_session *session,
			    void (*done)(void *ctx,
					 const struct aws_caller *caller,
					 const struct error *err),
			    void *ctx)
{
	asked[asked_len++] = (struct asked){ (const char *)session, done, ctx };
	if (asked_len > asked_at_once)
		asked_at_once = asked_len;
}

size_t aws_step(struct aws *aws UNUSED, int64_t until_ms UNUSED)
{
	const struct asked *one = &asked[--asked_len];
	struct aws_caller caller = { .user_id = (char *)"AIDA" };
	struct error err = ERROR_INIT;

	if (strcmp(one->region, "denied") == 0) {
		(void)error_set(&err, ERR_CREDENTIALS, "they have expired");
		error_hint(&err, "renew them");
		one->done(one->ctx, NULL, &err);
	} else {
		caller.arn = xasprintf("arn:aws:iam::%s:user/dba", account);
		memcpy(caller.account, account, strlen(account) + 1);
		one->done(one->ctx, &caller, NULL);
		free(caller.arn);
	}
	error_release(&err);
	return 1;
}

static struct target target(const char *name, const char *id,
			    const char *region)
{
	return (struct target){ .name = (char *)(uintptr_t)name,
				.account_id = (char *)(uintptr_t)id,
				.region = (char *)(uintptr_t)region };
}

static void test_places_open__targets_and_one_global_place(void **state UNUSED)
{
	const struct target targets[] = {
		target("prod", "111111111111", "eu-west-1"),
		target("dr", "111111111111", "eu-west-2"),
	};
	struct places places;
	struct error err = ERROR_INIT;
	const struct place *global;

	account = "111111111111";
	opened = 0;
	assert_int_equal(
		places_open(NULL, targets, 2, "aback-1", &places, &err), 0);
	assert_int_equal(places.len, 3);
	assert_int_equal(opened, 2);
	assert_int_equal(asked_at_once, 2);
	assert_string_equal(session_name, "aback-1");
	assert_string_equal(places.caller_arn,
			    "arn:aws:iam::111111111111:user/dba");
	assert_string_equal(places.items[0].name, "111111111111/global");
	assert_string_equal(places_find(&places, "dr")->path,
			    "111111111111/eu-west-2");
	global = places_find(&places, "111111111111/global");
	assert_true(global->global);
	assert_string_equal(global->path, "111111111111/global");
	assert_string_equal((const char *)global->session, "eu-west-1");
	assert_false(places_find(&places, "prod")->global);
	assert_null(places_find(&places, "nowhere"));
	places_release(&places);
	assert_null(places_find(&places, "prod"));
	places_release(&places);
}

static void test_places_open__wrong_account(void **state UNUSED)
{
	struct target one = target("prod", "111111111111", "eu-west-1");
	struct places places;
	struct error err = ERROR_INIT;
	struct strbuf text = STRBUF_INIT(65536);

	account = "222222222222";
	assert_int_equal(places_open(NULL, &one, 1, NULL, &places, &err), -1);
	assert_int_equal(err.code, ERR_WRONG_ACCOUNT);
	error_message(&err, &text);
	assert_string_equal(text.buf,
			    "the target 'prod' is account 111111111111, but "
			    "the credentials belong to account 222222222222 "
			    "(arn:aws:iam::222222222222:user/dba)");
	assert_non_null(strstr(err.hint, "AWS_PROFILE"));
	one.role_arn = (char *)"arn:aws:iam::1:role/x";
	assert_int_equal(places_open(NULL, &one, 1, NULL, &places, &err), -1);
	assert_non_null(strstr(err.hint, "role_arn or account_id"));
	strbuf_release(&text);
	error_release(&err);
}

static void fails(const struct target *targets, size_t len, const char *says,
		  const char *hints)
{
	struct places places;
	struct error err = ERROR_INIT;
	struct strbuf text = STRBUF_INIT(65536);

	account = "111111111111";
	assert_int_equal(places_open(NULL, targets, len, NULL, &places, &err),
			 -1);
	assert_int_equal(asked_len, 0);
	error_message(&err, &text);
	assert_string_equal(text.buf, says);
	if (hints)
		assert_string_equal(err.hint, hints);
	else
		assert_null(err.hint);
	strbuf_release(&text);
	error_release(&err);
}

static void test_places_open__one_target_fails(void **state UNUSED)
{
	const struct target targets[] = {
		target("prod", "111111111111", "eu-west-1"),
		target("dr", "111111111111", "closed"),
		target("lab", "111111111111", "eu-west-3"),
	};
	const struct target denied[] = {
		target("dr", "111111111111", "denied"),
		target("prod", "111111111111", "eu-west-1"),
	};

	fails(targets, 3, "opening the target 'dr': found none",
	      "what could be opened: --target prod --target lab");
	fails(&targets[1], 1, "opening the target 'dr': found none", NULL);
	fails(denied, 2, "opening the target 'dr': they have expired",
	      "renew them; what could be opened: --target prod");
}

/* Of several, the one that stands first in the file. */
static void test_places_open__first_of_the_file(void **state UNUSED)
{
	const struct target targets[] = {
		target("a", "222222222222", "eu-west-1"),
		target("b", "111111111111", "denied"),
		target("c", "111111111111", "eu-west-3"),
	};

	fails(targets, 3,
	      "the target 'a' is account 222222222222, but the credentials "
	      "belong to account 111111111111 "
	      "(arn:aws:iam::111111111111:user/dba)",
	      "set AWS_PROFILE or the credentials of that account, or give the "
	      "target a role_arn in it; what could be opened: --target c");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			test_places_open__targets_and_one_global_place),
		cmocka_unit_test(test_places_open__wrong_account),
		cmocka_unit_test(test_places_open__one_target_fails),
		cmocka_unit_test(test_places_open__first_of_the_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
