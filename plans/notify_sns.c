/* A topic of SNS: sns:Publish, signed by the credentials of a target. */
#include <string.h>

#include "core/aws.h"
#include "core/clock.h"
#include "core/crypto.h"
#include "core/limits.h"
#include "plans/notification.h"
#include "plans/notify_channels.h"

#define SUBJECT_MOST 99 /* SNS takes fewer than 100 characters of ASCII */

DEFINE_CLEANUP(free_aws, struct aws *, aws_free)

/* Printable ASCII, which a subject has to be. */
static void add_subject(struct strbuf *out, const char *text)
{
	for (; *text && out->len < SUBJECT_MOST; text++) {
		const unsigned char c = (unsigned char)*text;

		if ((c & 0xc0) != 0x80) /* once for each character */
			strbuf_addc(out, c < ' ' || c > '~' ? '?' : (char)c);
	}
}

static void put(json_t *parameters, const char *key, const char *text)
{
	(void)json_object_set_new(parameters, key, json_from_text(text));
}

/* A topic that keeps order wants a group, and an id to know repetitions by. */
static void put_fifo(json_t *parameters, const struct strbuf *message)
{
	char hex[SHA256_HEX_MAX];

	put(parameters, "MessageGroupId", "aback");
	put(parameters, "MessageDeduplicationId",
	    sha256_hex(message->buf, message->len, hex));
}

static bool is_fifo(const char *arn)
{
	const char *dot = strrchr(arn, '.');

	return dot && !strcmp(dot, ".fifo");
}

/* New reference. */
static json_t *parameters_of(const struct notify_request *request,
			     const struct notify *notify)
{
	CLEANUP(strbuf_release) struct strbuf subject = STRBUF_INIT(KIB);
	CLEANUP(strbuf_release) struct strbuf message = STRBUF_INIT(MIB);
	json_t *parameters = json_object();

	add_subject(&subject, json_text(request->notification, "subject"));
	notification_text(request->notification, &message);
	put(parameters, "TopicArn", notify->topic_arn);
	put(parameters, "Subject", subject.buf);
	put(parameters, "Message", message.buf);
	/* for the filter policies of subscriptions */
	put(parameters, "MessageAttributes.entry.1.Name", "occasion");
	put(parameters, "MessageAttributes.entry.1.Value.DataType", "String");
	put(parameters, "MessageAttributes.entry.1.Value.StringValue",
	    occasion_name(request->occasion));
	if (is_fifo(notify->topic_arn))
		put_fifo(parameters, &message);
	return parameters;
}

struct publishing {
	bool is_over;
	struct error err;
};

static void release_publishing(struct publishing *publishing)
{
	error_release(&publishing->err);
}

static void on_done(void *ctx, const struct aws_result *result)
{
	struct publishing *publishing = ctx;

	publishing->is_over = true;
	if (result->outcome != AWS_OK)
		error_copy(&publishing->err, result->error);
}

static int publish(struct aws *aws, const struct aws_call *call,
		   const struct notify *notify, struct publishing *publishing,
		   struct error *err)
{
	const int64_t until_ms =
		clock_monotonic_ms() + notify->timeout_s * 1000;

	aws_start(aws, call);
	while (!publishing->is_over && clock_monotonic_ms() < until_ms)
		(void)aws_step(aws, until_ms);
	if (!publishing->is_over)
		return error_set(err, ERR_NETWORK,
				 "AWS did not answer within %llds",
				 (long long)notify->timeout_s);
	if (!error_is_set(&publishing->err))
		return 0;
	error_copy(err, &publishing->err);
	return -1;
}

int notify_sns(const struct notify_request *request,
	       const struct notify *notify, struct error *err)
{
	const int64_t timeout_ms = notify->timeout_s * 1000;
	const struct aws_options options = {
		.user_agent = "aback/" ABACK_VERSION,
		.interrupted = request->interrupted,
		.connect_timeout_ms = timeout_ms,
		.idle_timeout_ms = timeout_ms,
		.total_timeout_ms = timeout_ms,
	};
	const struct aws_place place = { .region = notify->topic_region,
					 .role_arn = notify->role_arn };
	CLEANUP(release_publishing) struct publishing publishing = { 0 };
	CLEANUP(json_release)
	json_t *parameters = parameters_of(request, notify);
	/* freed first: it knows the two above */
	CLEANUP(free_aws) struct aws *aws = NULL;
	struct aws_call call = { .service = "sns",
				 .action = "Publish",
				 .parameters = parameters,
				 .mutating = true,
				 .done = on_done,
				 .ctx = &publishing };

	if (aws_new(&options, &aws, err) ||
	    aws_session_open(aws, &place, &call.session, err))
		return -1;
	return publish(aws, &call, notify, &publishing, err);
}
