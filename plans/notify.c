#include "plans/notify.h"

#include "core/mem.h"
#include "plans/notify_channels.h"

/* Whom an entry tells, without what is secret of it. Owned. */
static char *webhook_name(const struct notify *notify)
{
	if (notify->url_env)
		return xasprintf("the webhook of $%s", notify->url_env);
	return xasprintf("the webhook %s'%s'", notify->url_file ? "of " : "",
			 notify->url_file ? notify->url_file : notify->url);
}

static char *sns_name(const struct notify *notify)
{
	return xasprintf("the topic '%s'", notify->topic_arn);
}

static char *command_name(const struct notify *notify)
{
	return xasprintf("the command '%s'", notify->argv[0]);
}

static const struct {
	char *(*name)(const struct notify *notify);
	int (*send)(const struct notify_request *request,
		    const struct notify *notify, struct error *err);
} channels[] = {
	[CHANNEL_WEBHOOK] = { webhook_name, notify_webhook },
	[CHANNEL_SNS] = { sns_name, notify_sns },
	[CHANNEL_COMMAND] = { command_name, notify_command },
};

size_t notify_send(const struct notify_request *request)
{
	size_t wanted = 0;

	for (size_t i = 0; i < request->desired->notify_len; i++) {
		const struct notify *notify = &request->desired->notify[i];
		CLEANUP(error_release) struct error err = ERROR_INIT;
		CLEANUP(free_ptr)
		char *name = channels[notify->channel].name(notify);
		int rc;

		if (!(notify->occasions & 1U << request->occasion))
			continue;
		wanted++;
		if (request->interrupted && *request->interrupted)
			rc = error_set(&err, ERR_INTERRUPTED, "interrupted");
		else
			rc = channels[notify->channel].send(request, notify,
							    &err);
		request->sent(request->ctx, name, rc < 0 ? &err : NULL);
	}
	return wanted;
}
