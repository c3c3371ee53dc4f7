/* sts:GetCallerIdentity: whose credentials are these? */
#include <stdlib.h>
#include <string.h>

#include "core/aws_private.h"
#include "core/mem.h"

void aws_caller_release(struct aws_caller *caller)
{
	free(caller->arn);
	free(caller->user_id);
	*caller = (struct aws_caller){ .arn = NULL };
}

enum { CALLER_ACCOUNT, CALLER_ARN, CALLER_USER_ID };

struct identity {
	struct aws_caller caller;
	char *account;
	void (*done)(void *ctx, const struct aws_caller *caller,
		     const struct error *err);
	void *ctx;
};

static void identity_free(struct identity *identity)
{
	aws_caller_release(&identity->caller);
	free(identity->account);
	free(identity);
}

static void on_identity(void *ctx, int id, const char *text, size_t len)
{
	struct identity *identity = ctx;
	char **field = id == CALLER_ACCOUNT ? &identity->account
		       : id == CALLER_ARN   ? &identity->caller.arn
					    : &identity->caller.user_id;

	free(*field);
	*field = xstrndup(text, len);
}

static int check_identity(struct identity *identity, struct error *err)
{
	const char *account = identity->account ? identity->account : "";

	if (strlen(account) != 12 || strspn(account, "0123456789") != 12 ||
	    !identity->caller.arn || !identity->caller.user_id) {
		(void)error_set(err, ERR_NETWORK,
				"the endpoint does not answer like AWS: "
				"'sts:GetCallerIdentity' told no account");
		error_hint(err, "check AWS_ENDPOINT_URL and "
				"AWS_ENDPOINT_URL_STS");
		return -1;
	}
	memcpy(identity->caller.account, account, 13);
	return 0;
}

static void on_identity_done(void *ctx, const struct aws_result *result)
{
	struct identity *identity = ctx;
	CLEANUP(error_release) struct error err = ERROR_INIT;

	if (result->outcome != AWS_OK)
		identity->done(identity->ctx, NULL, result->error);
	else if (check_identity(identity, &err))
		identity->done(identity->ctx, NULL, &err);
	else
		identity->done(identity->ctx, &identity->caller, NULL);
	identity_free(identity);
}

void aws_session_ask_caller(struct aws_session *session,
			    void (*done)(void *ctx,
					 const struct aws_caller *caller,
					 const struct error *err),
			    void *ctx)
{
	static const struct xml_handler handler = { .close = on_identity };
	struct identity *identity = xcalloc(1, sizeof(*identity));

	identity->done = done;
	identity->ctx = ctx;
	aws_start(session->aws, &(struct aws_call){
					.session = session,
					.service = "sts",
					.action = "GetCallerIdentity",
					.answer = session->aws->identity,
					.handler = &handler,
					.done = on_identity_done,
					.ctx = identity,
				});
}

struct waiting {
	struct aws_caller caller;
	struct error err;
	bool ended;
};

static void take_caller(void *ctx, const struct aws_caller *caller,
			const struct error *err)
{
	struct waiting *waiting = ctx;

	waiting->ended = true;
	if (err) {
		error_copy(&waiting->err, err);
		return;
	}
	waiting->caller = *caller;
	waiting->caller.arn = xstrdup(caller->arn);
	waiting->caller.user_id = xstrdup(caller->user_id);
}

int aws_session_caller(struct aws_session *session,
		       struct aws_caller *ret_caller, struct error *err)
{
	struct waiting waiting = { .err = ERROR_INIT };

	aws_session_ask_caller(session, take_caller, &waiting);
	while (!waiting.ended)
		(void)aws_step(session->aws, INT64_MAX);
	if (error_is_set(&waiting.err)) {
		error_copy(err, &waiting.err);
		error_release(&waiting.err);
		return -1;
	}
	*ret_caller = waiting.caller;
	return 0;
}

struct xml_paths *aws_identity_paths(void)
{
	struct xml_paths *paths = xml_paths_new();

	xml_paths_add(paths, "*/*/Account", CALLER_ACCOUNT);
	xml_paths_add(paths, "*/*/Arn", CALLER_ARN);
	xml_paths_add(paths, "*/*/UserId", CALLER_USER_ID);
	return paths;
}
