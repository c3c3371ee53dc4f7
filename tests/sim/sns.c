/*
 * SNS: messages to topics are kept, and delivered to nobody; GET /_sim/sns has
 * them.
 */
#include <string.h>

#include "core/clock.h"
#include "core/mem.h"
#include "tests/sim/fleet.h"
#include "tests/sim/paging.h"
#include "tests/sim/request.h"
#include "tests/sim/sim.h"
#include "tests/sim/xml.h"

#define VERSION "2010-03-31"
#define MESSAGE_MAX ((size_t)256 * 1024)
#define SUBJECT_MAX 100
#define PUBLISHED_MAX 1000
#define TOPICS_MOST 100 /* on a page */

struct sns_call {
	struct sim *sim;
	struct request *request;
	struct answer *answer;
	const struct effect *effect;
	struct place *place; /* NULL: nothing is in this region */
};

static bool refuse(struct sns_call *call, const char *what)
{
	answer_error(call->answer, call->request, 400, "InvalidParameter",
		     "Invalid parameter: %s", what);
	return false;
}

/* ---- Publish ------------------------------------------------------------ */

static bool good_topic(struct sns_call *call, const char *topic)
{
	const struct request *request = call->request;
	CLEANUP(free_ptr)
	char *here = xasprintf("arn:aws:sns:%s:%s:", request->region,
			       request->account->id);
	const json_t *topics = call->place ? call->place->sns_topics : NULL;

	if (!topic)
		return refuse(call, "TopicArn or TargetArn Reason: no value "
				    "for required parameter");
	if (strncmp(topic, "arn:aws:sns:", 12) != 0 ||
	    strncmp(topic + 12, request->region, strlen(request->region)) != 0)
		return refuse(call, "TopicArn");
	/* of other accounts nobody here knows */
	if (!strncmp(topic, here, strlen(here)) &&
	    (!topics || json_array_has(topics, topic)))
		return true;
	answer_error(call->answer, call->request, 404, "NotFound",
		     "Topic does not exist");
	return false;
}

static bool good_subject(struct sns_call *call, const char *subject)
{
	if (!subject)
		return true;
	if (!*subject || *subject == ' ' || strlen(subject) > SUBJECT_MAX)
		return refuse(call, "Subject");
	for (const char *c = subject; *c; c++)
		if ((unsigned char)*c < 0x20 || (unsigned char)*c > 0x7e)
			return refuse(call, "Subject");
	return true;
}

/* With a structure the message is an object, and has a default. */
static bool good_message(struct sns_call *call, const char *message)
{
	const char *structure = request_get(call->request, "MessageStructure");
	CLEANUP(error_release) struct error err = ERROR_INIT;
	CLEANUP(json_release) json_t *by_protocol = NULL;

	if (!message || !*message)
		return refuse(call, "Empty message");
	if (strlen(message) > MESSAGE_MAX)
		return refuse(call, "Message too long");
	if (!structure)
		return true;
	if (strcmp(structure, "json") != 0)
		return refuse(call, "MessageStructure");
	if (json_parse("message", message, strlen(message), &by_protocol,
		       &err) ||
	    !json_text(by_protocol, "default"))
		return refuse(call, "Message Structure - No default entry in "
				    "JSON message body");
	return true;
}

/* A topic that keeps order wants a group, and any other wants none. */
static bool good_order(struct sns_call *call, const char *topic)
{
	static const char *const names[] = { "MessageGroupId",
					     "MessageDeduplicationId" };
	const size_t len = strlen(topic);
	const bool fifo = len > 5 && !strcmp(topic + len - 5, ".fifo");

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		CLEANUP(free_ptr) char *what = NULL;

		if (fifo == (request_get(call->request, names[i]) != NULL))
			continue;
		what = fifo ? xasprintf("The %s parameter is required for "
					"FIFO topics",
					names[i])
			    : xasprintf("%s Reason: The request includes %s "
					"parameter that is not valid for this "
					"topic type",
					names[i], names[i]);
		return refuse(call, what);
	}
	return true;
}

static bool good_names(struct sns_call *call)
{
	static const char *const names[] = {
		"TopicArn",       "TargetArn",
		"Message",        "MessageStructure",
		"Subject",        "MessageAttributes",
		"MessageGroupId", "MessageDeduplicationId"
	};
	const char *key;
	json_t *value;

	json_object_foreach(call->request->parameters, key, value) {
		bool known = false;

		for (size_t i = 0; i < ARRAY_SIZE(names); i++)
			known |= !strncmp(names[i], key, strcspn(key, ".")) &&
				 !names[i][strcspn(key, ".")];
		if (!known)
			return refuse(call, key);
	}
	return true;
}

/* {"name": "value"}: of entries 1, 2, … */
static json_t *attributes_of(const struct request *request)
{
	json_t *attributes = json_object();

	for (int n = 1;; n++) {
		CLEANUP(free_ptr)
		char *name = xasprintf("MessageAttributes.entry.%d.Name", n);
		CLEANUP(free_ptr)
		char *value = xasprintf("MessageAttributes.entry.%d.Value."
					"StringValue",
					n);
		const char *text = request_get(request, name);

		if (!text)
			return attributes;
		json_object_set_new(
			attributes, text,
			json_from_text(request_get(request, value)));
	}
}

static void keep(struct sns_call *call, const char *topic, const char *message)
{
	const struct request *request = call->request;
	char when[CLOCK_TEXT_MAX];

	if (!call->sim->published)
		call->sim->published = json_array();
	if (json_array_size(call->sim->published) >= PUBLISHED_MAX)
		json_array_remove(call->sim->published, 0);
	json_array_append_new(
		call->sim->published,
		json_pack("{ss ss ss? ss so ss ss}", "topic", topic, "message",
			  message, "subject", request_get(request, "Subject"),
			  "message_id", request->request_id, "attributes",
			  attributes_of(request), "by", request->key->arn, "at",
			  clock_rfc3339(clock_now(), when)));
}

static void publish(struct sns_call *call)
{
	const char *topic = request_get(call->request, "TopicArn");
	const char *message = request_get(call->request, "Message");

	if (!topic)
		topic = request_get(call->request, "TargetArn");
	if (!good_names(call) || !good_topic(call, topic) ||
	    !good_order(call, topic) ||
	    !good_subject(call, request_get(call->request, "Subject")) ||
	    !good_message(call, message))
		return;
	if (!call->effect->none)
		keep(call, topic, message);
	answer_begin(call->answer, call->request);
	xml_text(&call->answer->body, "MessageId", call->request->request_id);
	answer_end(call->answer, call->request);
}

/* ---- ListTopics --------------------------------------------------------- */

static void list_topics(struct sns_call *call)
{
	CLEANUP(page_release) struct page page = { .size = TOPICS_MOST };
	CLEANUP(json_release)
	json_t *topics =
		json_sorted_set(call->place ? call->place->sns_topics : NULL);
	CLEANUP(free_ptr) char *token = NULL;
	struct strbuf *out = &call->answer->body;
	const char *last = NULL;
	long count = 0;
	size_t i;
	json_t *topic;

	if (!page_token(call->request, "NextToken", "InvalidParameter", &page,
			call->answer))
		return;
	if (call->sim->page_size > 0 && call->sim->page_size < page.size)
		page.size = call->sim->page_size;
	answer_begin(call->answer, call->request);
	strbuf_adds(out, "<Topics>\n");
	json_array_foreach(topics, i, topic) {
		const char *arn = json_string_value(topic);
		CLEANUP(json_release) json_t *shown = NULL;

		if (page.after && strcmp(arn, page.after) <= 0)
			continue;
		if (count++ == page.size) {
			token = page_marker(call->request, last);
			break;
		}
		shown = json_pack("{ss}", "TopicArn", arn);
		xml_value(out, "member", shown);
		last = arn;
	}
	strbuf_adds(out, "</Topics>\n");
	if (token)
		xml_text(out, "NextToken", token);
	answer_end(call->answer, call->request);
}

/* ---- the dispatch ------------------------------------------------------- */

static const struct {
	const char *name;
	void (*serve)(struct sns_call *call);
} actions[] = {
	{ "ListTopics", list_topics },
	{ "Publish", publish },
};

void sns_serve(struct sim *sim, struct request *request,
	       const struct effect *effect, struct answer *answer)
{
	struct sns_call call = { .sim = sim,
				 .request = request,
				 .answer = answer,
				 .effect = effect,
				 .place = account_place(request->account,
							request->region) };

	for (size_t i = 0; i < ARRAY_SIZE(actions); i++)
		if (!strcmp(actions[i].name, request->action) &&
		    !strcmp(request->version, VERSION)) {
			actions[i].serve(&call);
			return;
		}
	answer_error(answer, request, 400, "InvalidAction",
		     "Could not find operation %s for version %s",
		     request->action, request->version);
}
