#include "cmd/notify.h"

#include "cmd/message.h"
#include "core/limits.h"
#include "plans/notify.h"

int notify_check(const struct desired *desired, enum occasion occasion,
		 struct error *err)
{
	for (size_t i = 0; desired && i < desired->notify_len; i++) {
		if (desired->notify[i].occasions & 1U << occasion)
			return 0;
	}
	(void)error_set(err, ERR_DESIRED,
			"there is nobody to notify: no entry of notify: in %s "
			"is for '%s'",
			desired ? desired->path : "an aback.yaml",
			occasion_name(occasion));
	error_hint(err, "such as: notify: [{webhook: {url_env: "
			"ABACK_SLACK_URL, style: slack}}]");
	return -1;
}

static void say(void *ctx, const char *whom, const struct error *err)
{
	CLEANUP(strbuf_release) struct strbuf why = STRBUF_INIT(LIMIT_MESSAGE);

	(void)ctx;
	if (!err) {
		note("told %s", whom);
		return;
	}
	error_message(err, &why);
	if (err->request)
		strbuf_addf(&why, " (%s)", err->request);
	if (err->hint)
		strbuf_addf(&why, "; %s", err->hint);
	warn("%s was not told: %s", whom, why.buf);
}

void notify_people(const struct desired *desired, enum occasion occasion,
		   json_t *notification)
{
	const struct notify_request request = { .desired = desired,
						.occasion = occasion,
						.notification = notification,
						.interrupted = &interrupted,
						.sent = say };

	(void)notify_send(&request);
	json_decref(notification);
}
