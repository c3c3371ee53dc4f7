/*
 * Answers of the services around RDS: whatever they say, a document comes of it
 * that can be written, and each control that looks at it can judge. The first
 * byte says which part is asked for, the rest is the answer to every question.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/aws.h"
#include "core/clock.h"
#include "core/json.h"
#include "core/limits.h"
#include "core/mem.h"
#include "plans/controls.h"
#include "plans/judging.h"
#include "plans/surroundings.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define QUESTIONS_MAX 500

/* ---- whom the library asks: this, in the place of its client ------------ */

static struct question {
	struct aws_listing list;
	bool paged;
} open_ones[QUESTIONS_MAX];
static size_t asked, answered;
static const char *answer_text;
static size_t answer_len;

static void ask(const struct aws_call *call, const struct aws_listing *list)
{
	struct question *question;

	if (asked >= QUESTIONS_MAX)
		abort();
	question = &open_ones[asked++];
	*question = (struct question){ .paged = list != NULL };
	if (list)
		question->list = *list;
	question->list.call = *call;
}

void aws_list(struct aws *aws UNUSED, const struct aws_listing *listing)
{
	ask(&listing->call, listing);
}

void aws_start(struct aws *aws UNUSED, const struct aws_call *call)
{
	ask(call, NULL);
}

int aws_session_elsewhere(struct aws_session *session,
			  const char *region UNUSED,
			  struct aws_session **ret_session,
			  struct error *err UNUSED)
{
	*ret_session = session;
	return 0;
}

const char *aws_session_region(const struct aws_session *session UNUSED)
{
	return "eu-west-1";
}

static bool deliver_json(const struct aws_call *call, struct error *err)
{
	CLEANUP(json_release) json_t *answer = NULL;

	if (json_parse_answer(answer_text, answer_len, &answer, err))
		return false;
	call->json(call->ctx, answer);
	return true;
}

static bool deliver_xml(const struct aws_call *call, struct error *err)
{
	struct xml_parser *parser =
		xml_parser_new(call->answer, call->handler, call->ctx);
	const bool good =
		!xml_parse(parser, answer_text, answer_len, true, err);

	xml_parser_free(parser);
	return good;
}

size_t aws_step(struct aws *aws UNUSED, int64_t until_ms UNUSED)
{
	const struct question question = open_ones[answered++];
	const struct aws_call *call = &question.list.call;
	CLEANUP(error_release) struct error err = ERROR_INIT;
	/* a few questions: what each answer asks for in turn is refused */
	const bool late = answered > QUESTIONS_MAX / 20;
	bool good;

	if (call->begin)
		call->begin(call->ctx);
	if (late)
		(void)error_set(&err, ERR_AWS, "no more");
	good = !late && (call->json ? deliver_json(call, &err)
				    : deliver_xml(call, &err));
	if (good && question.list.page_done)
		question.list.page_done(call->ctx);
	call->done(call->ctx, &(struct aws_result){
				      .outcome = good ? AWS_OK : AWS_REFUSED,
				      .error = &err,
				      .code = "",
				      .message = "",
				      .request_id = "id",
			      });
	return 1;
}

/* ---- what comes of it --------------------------------------------------- */

static struct place place = { .name = (char *)(uintptr_t) "prod",
			      .account_id = (char *)(uintptr_t) "123456789012",
			      .region = (char *)(uintptr_t) "eu-west-1" };
static const struct places places = { .items = &place, .len = 1 };

static void judge_all(const json_t *document)
{
	const struct control *const *control = controls_all(NULL);
	struct live *live = live_new();
	struct resource *cluster = resource_new(KIND_CLUSTER, &place);

	cluster->id = xstrdup("orders");
	cluster->address = address_of(KIND_CLUSTER, "orders");
	live_add(live, cluster);
	for (; *control; control++) {
		struct judging judging = { .control = *control,
					   .live = live,
					   .surroundings = document,
					   .place = &place,
					   .now = clock_now() };

		if (!(*control)->parts[0] ||
		    (*control)->subject != SUBJECT_REGION)
			continue;
		judge(&judging);
		judging_release(&judging);
	}
	live_free(live);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool initialised;
	CLEANUP(error_release) struct error err = ERROR_INIT;
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT(LIMIT_RENDERED);
	CLEANUP(json_release) json_t *document = NULL;
	CLEANUP(json_release) json_t *names = json_pack("[ss]", "a", "b");
	struct surroundings *surroundings;

	if (!initialised)
		json_init();
	initialised = true;
	if (!size || memchr(data, '\0', size))
		return 0;
	asked = answered = 0;
	answer_text = (const char *)data + 1;
	answer_len = size - 1;
	surroundings = surroundings_start(
		NULL, &places,
		data[0] == '*' ? (1U << SURROUNDING_COUNT) - 1
			       : 1U << data[0] % SURROUNDING_COUNT);
	surroundings_ask_log_groups(surroundings, "prod", names);
	if (surroundings_wait(surroundings, &document, &err))
		abort();
	surroundings_free(surroundings);
	json_canonical(document, &text);
	judge_all(document);
	return 0;
}
