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
	struct error err;
	bool ended;
};

static void identity_release(struct identity *identity)
{
	aws_caller_release(&identity->caller);
	free(identity->account);
	error_release(&identity->err);
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

static void on_identity_done(void *ctx, const struct aws_result *result)
{
	struct identity *identity = ctx;

	identity->ended = true;
	if (result->outcome != AWS_OK)
		error_copy(&identity->err, result->error);
}

static int check_identity(struct identity *identity, struct error *err)
{
	const char *account = identity->account ? identity->account : "";

	if (error_is_set(&identity->err)) {
		error_copy(err, &identity->err);
		return -1;
	}
	if (strlen(account) != 12 || strspn(account, "0123456789") != 12 ||
	    !identity->caller.arn || !identity->caller.user_id)
		return error_set(err, ERR_NETWORK,
				 "the endpoint does not answer like AWS: "
				 "'sts:GetCallerIdentity' told no account");
	memcpy(identity->caller.account, account, 13);
	return 0;
}

int aws_session_caller(struct aws_session *session,
		       struct aws_caller *ret_caller, struct error *err)
{
	static const struct xml_handler handler = { .close = on_identity };
	CLEANUP(identity_release)
	struct identity identity = { .err = ERROR_INIT };

	aws_start(session->aws, &(struct aws_call){
					.session = session,
					.service = "sts",
					.action = "GetCallerIdentity",
					.answer = session->aws->identity,
					.handler = &handler,
					.done = on_identity_done,
					.ctx = &identity,
				});
	while (!identity.ended)
		(void)aws_step(session->aws, INT64_MAX);
	if (check_identity(&identity, err))
		return -1;
	*ret_caller = identity.caller;
	identity.caller = (struct aws_caller){ .arn = NULL };
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
