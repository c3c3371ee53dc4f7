/* What every part of the surroundings needs: listings, and values of them. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/limits.h"
#include "core/mem.h"
#include "plans/surroundings_private.h"

/* ---- what a request came to --------------------------------------------- */

static json_t *unread_of(const struct part *part, const char *service,
			 const char *action, const struct aws_result *result)
{
	CLEANUP(strbuf_release) struct strbuf why = STRBUF_INIT(LIMIT_MESSAGE);
	CLEANUP(free_ptr)
	char *call = strcmp(service, "monitoring") != 0
			     ? xasprintf("%s:%s", service, action)
			     : xstrdup(part->row->call);
	const bool said = result->code && *result->code;
	const char *id = result->request_id;

	if (result->message && *result->message)
		strbuf_adds(&why, result->message);
	else
		error_message(result->error, &why);
	return json_pack("{so so so so}", "call", json_from_text(call), "code",
			 json_from_text(said ? result->code : NULL), "message",
			 json_from_text(why.buf), "request_id",
			 json_from_text(id && *id ? id : NULL));
}

/* Count an answer; the first request's id is the part's. */
static void answered(struct part *part, const struct aws_result *result)
{
	assert(part->open > 0);
	part->open--;
	if (result->outcome != AWS_OK && result->error->code == ERR_INTERRUPTED)
		part->surroundings->interrupted = true;
	if (result->outcome == AWS_OK && !part->request_id &&
	    result->request_id)
		part->request_id = xstrdup(result->request_id);
	free(part->last_id);
	part->last_id = xstrdup(result->request_id);
	part->read_at = clock_now();
}

static void refused(struct part *part, json_t *subject, json_t *unread,
		    void (*failed)(struct part *part, json_t *subject,
				   json_t *unread))
{
	if (failed)
		failed(part, subject, unread);
	else if (!part->unread)
		part->unread = json_incref(unread);
}

/* ---- listings in JSON --------------------------------------------------- */

struct asking {
	struct part *part;
	const struct part_listing *listing;
	json_t *subject;
	json_t *page, *items; /* of the page being read; of those read whole */
};

static void on_json(void *ctx, const json_t *answer)
{
	struct asking *asking = ctx;
	const char *member = asking->listing->items;
	json_t *items = member ? json_object_get(answer, member)
			       : (json_t *)(uintptr_t)answer;

	json_decref(asking->page);
	asking->page = items ? json_incref(items) : json_array();
}

static void end_page(void *ctx)
{
	struct asking *asking = ctx;

	if (json_is_array(asking->page))
		json_array_extend(asking->items, asking->page);
}

static void asking_done(void *ctx, const struct aws_result *result)
{
	struct asking *asking = ctx;
	const struct part_listing *listing = asking->listing;
	CLEANUP(json_release) json_t *unread = NULL;

	/* whole may ask for more */
	asking->part->open++;
	answered(asking->part, result);
	if (result->outcome != AWS_OK) {
		unread = unread_of(asking->part, listing->service,
				   listing->action, result);
		refused(asking->part, asking->subject, unread, listing->failed);
	} else if (!listing->items) {
		listing->whole(asking->part, asking->subject, asking->page);
	} else {
		if (!listing->token)
			end_page(asking);
		listing->whole(asking->part, asking->subject, asking->items);
	}
	asking->part->open--;
	json_decref(asking->subject);
	json_decref(asking->page);
	json_decref(asking->items);
	free(asking);
}

void part_list(struct part *part, const struct part_listing *listing,
	       const json_t *parameters, json_t *subject)
{
	struct asking *asking = xcalloc(1, sizeof(*asking));
	const struct aws_listing list = {
		.call = { .session = part->session,
			  .service = listing->service,
			  .action = listing->action,
			  .parameters = parameters,
			  .json = on_json,
			  .done = asking_done,
			  .ctx = asking },
		.marker_path = listing->token,
		.marker_parameter = listing->token,
		.page_done = end_page,
	};

	*asking = (struct asking){ .part = part,
				   .listing = listing,
				   .subject = json_incref(subject),
				   .items = json_array() };
	part->open++;
	if (listing->token)
		aws_list(part->surroundings->aws, &list);
	else
		aws_start(part->surroundings->aws, &list.call);
}

/* ---- listings in XML ---------------------------------------------------- */

struct asking_xml {
	struct part *part;
	struct xml_items *of;
	void (*whole)(struct part *part, const json_t *items);
};

static void xml_done(void *ctx, const json_t *items,
		     const struct aws_result *result)
{
	struct asking_xml *asking = ctx;
	CLEANUP(json_release) json_t *unread = NULL;

	answered(asking->part, result);
	if (items) {
		asking->whole(asking->part, items);
	} else {
		unread = unread_of(asking->part, asking->of->service,
				   asking->of->action, result);
		refused(asking->part, NULL, unread, NULL);
	}
	free(asking);
}

void part_list_xml(struct part *part, struct xml_items *of,
		   const json_t *parameters,
		   void (*whole)(struct part *part, const json_t *items))
{
	struct asking_xml *asking = xcalloc(1, sizeof(*asking));

	*asking = (struct asking_xml){ .part = part, .of = of, .whole = whole };
	part->open++;
	xml_items_list(of, part->surroundings->aws, part->session, parameters,
		       false, xml_done, asking);
}

/* ---- values ------------------------------------------------------------- */

json_t *part_member(const json_t *object, const char *key)
{
	json_t *value = json_object_get(object, key);

	/* no lists, no objects; and reals, which no document may have */
	return json_is_string(value) || json_is_boolean(value) ||
			       json_is_integer(value)
		       ? json_incref(value)
		       : json_null();
}

json_t *part_texts(const json_t *object, const char *key)
{
	return json_sorted_set(json_object_get(object, key));
}

json_t *part_members(const json_t *object, const char *const *keys, size_t len)
{
	json_t *members = json_object();

	for (size_t i = 0; i < len; i++)
		json_object_set_new(members, keys[i],
				    part_member(object, keys[i]));
	return members;
}

static int compare_texts(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "");
}

void part_sort(json_t *list, const char *key)
{
	/* short lists, in order more often than not */
	for (size_t i = 1; i < json_array_size(list); i++) {
		json_t *entry = json_array_get(list, i);
		size_t to = i;

		while (to &&
		       compare_texts(
			       json_text(json_array_get(list, to - 1), key),
			       json_text(entry, key)) > 0)
			to--;
		if (to == i)
			continue;
		json_incref(entry);
		json_array_remove(list, i);
		json_array_insert_new(list, to, entry);
	}
}

json_t *part_boolean(const char *text)
{
	return text ? json_boolean(strcmp(text, "true") == 0) : json_null();
}

json_t *part_time(const json_t *value, json_int_t per_second)
{
	char text[CLOCK_TEXT_MAX];
	int64_t when;

	if (!json_is_number(value))
		return json_null();
	when = (int64_t)json_number_value(value) / per_second;
	return json_string(clock_rfc3339(when, text));
}
