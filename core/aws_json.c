/* The AWS JSON 1.1 protocol: an object there, an object back. */
#include <stdlib.h>
#include <string.h>

#include "core/aws_private.h"
#include "core/mem.h"

#define MEDIA_TYPE "application/x-amz-json"

bool aws_speaks_json(const struct job *job)
{
	return endpoint_services[job->service].target != NULL;
}

void aws_json_body(const struct aws_call *call, struct strbuf *body)
{
	if (call->parameters)
		json_compact(call->parameters, body);
	else
		strbuf_adds(body, "{}");
}

char *aws_json_target(const struct job *job)
{
	return xasprintf("%s.%s", endpoint_services[job->service].target,
			 job->call.action);
}

/* "com.amazonaws.logs#LimitExceededException:http://…": what is between. */
static void keep_code(struct job *job, const char *type)
{
	const char *hash = strchr(type, '#');
	const char *name = hash ? hash + 1 : type;
	CLEANUP(free_ptr) char *code = xstrndup(name, strcspn(name, ":"));

	aws_keep(&job->code, code);
}

static void read_error(struct job *job)
{
	const char *type = json_text(job->json, "__type");
	const char *message = json_text(job->json, "message");

	if (!type)
		type = json_text(job->json, "code");
	if (!message)
		message = json_text(job->json, "Message");
	if (message)
		aws_keep(&job->message, message);
	if (type) {
		keep_code(job, type);
	} else { /* not in the protocol's words */
		json_decref(job->json);
		job->json = NULL;
	}
}

static void read_page(struct job *job)
{
	const char *marker = json_text(job->json, job->marker_key);

	if (marker && *marker) {
		free(job->page_end->marker);
		job->page_end->marker = xstrdup(marker);
	}
	/* as KMS has it, beside the marker */
	job->page_end->truncated =
		json_is_true(json_object_get(job->json, "Truncated"));
}

static bool says_json(const struct http_answer *answer)
{
	return !strncmp(answer->content_type, MEDIA_TYPE, strlen(MEDIA_TYPE));
}

void aws_json_read(struct job *job, const struct http_answer *answer)
{
	bool good = answer->status >= 200 && answer->status < 300;

	/* an action that gives nothing back: but is it AWS that says so? */
	if (!job->text.len) {
		if (good && (says_json(answer) || *answer->request_id))
			job->json = json_object();
		return;
	}
	if (json_parse_answer(job->text.buf, job->text.len, &job->json,
			      &job->parse_error)) {
		job->malformed = says_json(answer);
		return;
	}
	if (!good)
		read_error(job);
	else if (job->page_end)
		read_page(job);
}
