#include "plans/lookup.h"

#include <stdlib.h>
#include <string.h>

#include "core/limits.h"
#include "core/mem.h"
#include "plans/catalogue.h"
#include "plans/lookup_question.h"

/* One look-up in one place; ctx of its call. */
struct query {
	struct lookups *lookups;
	const struct lookup_question *question;
	const struct place *place;
	struct lookup_subject subject;
	json_t *element;      /* being read */
	json_t *page, *facts; /* of the page being read, of all so far */
	char *failed;         /* why it could not be looked up */
	struct error lacking; /* the same, as AWS says it */
	json_t *answer;       /* of aws_answer, of the last page */
	struct error err;     /* why nothing else can be relied on */
};

struct lookups {
	struct aws *aws;
	unsigned wanted[KIND_COUNT];
	bool reports;  /* keep which answer gave what */
	json_t *asked; /* key_of → index into queries */
	struct query **queries;
	size_t len, cap, open;
};

/* ---- reading the answers ---------------------------------------------- */

#define ID_ELEMENT LOOKUP_MEMBERS_MAX /* the others are indexes of members */

static void on_open(void *ctx, int id)
{
	struct query *query = ctx;

	if (id != ID_ELEMENT)
		return;
	json_decref(query->element);
	query->element = json_object();
}

static void on_close(void *ctx, int id, const char *text, size_t len)
{
	struct query *query = ctx;
	const struct lookup_question *question = query->question;
	const char *member;
	json_t *texts;

	if (id == ID_ELEMENT) {
		question->take(&query->subject, query->element, query->page);
		return;
	}
	if (!len)
		return;
	member = question->members[id];
	texts = json_object_get(query->element, member);
	if (!texts) {
		texts = json_array();
		json_object_set_new(query->element, member, texts);
	}
	json_array_append_new(texts, json_from_text(text));
}

static const struct xml_handler handler = { .open = on_open,
					    .close = on_close };

static void add_path(struct xml_paths *paths,
		     const struct lookup_question *question, const char *below,
		     int id)
{
	CLEANUP(free_ptr)
	char *path = xasprintf("*/*/%s%s", question->element, below);

	xml_paths_add(paths, path, id);
}

/* Made once, and kept for the life of the program. */
static const struct xml_paths *paths_of(const struct lookup_question *question)
{
	static struct xml_paths *made[LOOKUP_QUESTIONS];
	struct xml_paths **paths = &made[question - lookup_questions];

	if (*paths)
		return *paths;
	*paths = xml_paths_new();
	add_path(*paths, question, "", ID_ELEMENT);
	for (int i = 0; i < LOOKUP_MEMBERS_MAX && question->members[i]; i++) {
		CLEANUP(free_ptr)
		char *below = xasprintf("/%s", question->members[i]);

		add_path(*paths, question, below, i);
	}
	return *paths;
}

/* ---- asking ----------------------------------------------------------- */

static void begin(void *ctx)
{
	json_object_clear(((struct query *)ctx)->page);
}

static void page_done(void *ctx)
{
	struct query *query = ctx;
	const char *fact;
	json_t *value;

	json_object_foreach(query->page, fact, value) {
		json_t *so_far = json_object_get(query->facts, fact);

		if (json_is_object(so_far) && json_is_object(value))
			json_object_update(so_far, value);
		else
			json_object_set(query->facts, fact, value);
	}
	json_object_clear(query->page);
}

static void done(void *ctx, const struct aws_result *result)
{
	struct query *query = ctx;
	CLEANUP(strbuf_release) struct strbuf why = STRBUF_INIT(LIMIT_MESSAGE);

	query->lookups->open--;
	if (query->lookups->reports)
		query->answer = json_incref(aws_answer(query->lookups->aws));
	if (query->question->take_json)
		page_done(ctx);
	if (result->outcome == AWS_REFUSED &&
	    result->class == AWS_CLASS_NOT_FOUND &&
	    query->question->take_missing) {
		query->question->take_missing(query->facts);
	} else if (result->outcome == AWS_OK) {
		if (query->question->nothing && !json_object_size(query->facts))
			query->failed = xstrdup(query->question->nothing);
	} else if (aws_is_lacking(result)) {
		json_object_clear(query->facts);
		error_copy(&query->lacking, result->error);
		error_message(result->error, &why);
		query->failed = strbuf_detach(&why);
	} else {
		error_copy(&query->err, result->error);
	}
}

static void on_json(void *ctx, const json_t *answer)
{
	struct query *query = ctx;

	query->question->take_json(answer, query->page);
}

static void start(struct query *query)
{
	const struct lookup_question *question = query->question;
	CLEANUP(json_release)
	json_t *parameters = question->parameters(&query->subject);
	struct aws_call call = { .session = query->place->session,
				 .service = question->service,
				 .action = question->action,
				 .parameters = parameters,
				 .begin = begin,
				 .done = done,
				 .ctx = query };
	struct aws_listing list = { .marker_path = "*/*/Marker",
				    .marker_parameter = "Marker",
				    .page_done = page_done };

	query->lookups->open++;
	if (question->take_json)
		call.json = on_json;
	if (question->take_json && !question->token) {
		aws_start(query->lookups->aws, &call);
		return;
	}
	if (question->token) {
		list.call = call;
		list.marker_path = list.marker_parameter = question->token;
		aws_list(query->lookups->aws, &list);
		return;
	}
	call.answer = paths_of(question);
	call.handler = &handler;
	list.call = call;
	aws_list(query->lookups->aws, &list);
}

/* One name for each thing to ask. Owned; NULL: there is nothing to ask for. */
static char *key_of(const struct lookup_question *question,
		    const struct resource *resource)
{
	CLEANUP(free_ptr) char *subject = question->key(resource);

	return subject ? xasprintf("%s %s %s", question->action,
				   resource->place->name, subject)
		       : NULL;
}

static bool is_for(const struct lookups *lookups,
		   const struct lookup_question *question)
{
	return question->whom == FOR_ALL ||
	       question->whom == (lookups->reports ? FOR_REPORTS : FOR_CHANGES);
}

static struct query *query_of(const struct lookups *lookups, const char *key)
{
	const json_t *at = key ? json_object_get(lookups->asked, key) : NULL;

	return at ? lookups->queries[json_integer_value(at)] : NULL;
}

static void ask(struct lookups *lookups, const struct lookup_question *question,
		const struct resource *resource, const char *key)
{
	struct query *query = xcalloc(1, sizeof(*query));

	*query = (struct query){
		.lookups = lookups,
		.question = question,
		.place = resource->place,
		.subject = lookup_subject_of(question, resource),
		.page = json_object(),
		.facts = json_object(),
	};
	json_object_set_new(lookups->asked, key,
			    json_integer((json_int_t)lookups->len));
	GROW(lookups->queries, lookups->len, lookups->cap);
	lookups->queries[lookups->len++] = query;
	start(query);
}

void lookups_ask(struct lookups *lookups, const struct resource *resource)
{
	const unsigned wanted = lookups->wanted[resource->kind];

	for (size_t i = 0; i < LOOKUP_QUESTIONS; i++) {
		CLEANUP(free_ptr) char *key = NULL;

		if (!(wanted & lookup_questions[i].lookup) ||
		    !is_for(lookups, &lookup_questions[i]))
			continue;
		key = key_of(&lookup_questions[i], resource);
		if (key && !query_of(lookups, key))
			ask(lookups, &lookup_questions[i], resource, key);
	}
}

/* ---- what came of it -------------------------------------------------- */

static void take_facts(struct resource *resource, const struct query *query)
{
	const struct lookup_question *question = query->question;
	CLEANUP(json_release)
	json_t *facts = question->pick ? question->pick(resource, query->facts)
				       : json_incref(query->facts);
	const char *fact;
	json_t *value;

	json_object_update(resource->facts, facts);
	json_object_foreach(facts, fact, value)
		resource_set_read(resource, fact, query->answer);
}

static void give(const struct lookups *lookups, struct resource *resource)
{
	const unsigned wanted = lookups->wanted[resource->kind];
	bool any = false;

	for (size_t i = 0; i < LOOKUP_QUESTIONS; i++) {
		CLEANUP(free_ptr) char *key = NULL;
		const struct query *query;

		if (!(wanted & lookup_questions[i].lookup) ||
		    !is_for(lookups, &lookup_questions[i]))
			continue;
		key = key_of(&lookup_questions[i], resource);
		query = query_of(lookups, key);
		if (!query || query->failed)
			continue;
		if (!resource->facts)
			resource->facts = json_object();
		take_facts(resource, query);
		any = true;
	}
	if (any && kind_ops(resource->kind)->enriched)
		kind_ops(resource->kind)->enriched(resource);
}

static bool fails_alike(const struct query *a, const struct query *b)
{
	return a->question == b->question && a->place == b->place &&
	       a->failed && b->failed && strcmp(a->failed, b->failed) == 0;
}

/* "aurora-mysql 8.0…, aurora-postgresql 16.4": all that fail like it. Owned. */
static char *versions_like(const struct lookups *lookups,
			   const struct query *query)
{
	CLEANUP(strbuf_release) struct strbuf out = STRBUF_INIT(LIMIT_MESSAGE);
	CLEANUP(json_release) json_t *names = json_array();
	CLEANUP(json_release) json_t *sorted = NULL;
	size_t i;
	json_t *name;

	for (i = 0; i < lookups->len; i++) {
		const struct query *other = lookups->queries[i];
		CLEANUP(free_ptr) char *text = NULL;

		if (!fails_alike(query, other))
			continue;
		text = xasprintf("%s %s", other->subject.engine,
				 other->subject.version);
		json_array_append_new(names, json_from_text(text));
	}
	sorted = json_sorted_set(names);
	json_array_foreach(sorted, i, name)
		strbuf_addf(&out, "%s%s", i ? ", " : "",
			    json_string_value(name));
	return strbuf_detach(&out);
}

/* One line for all of a place that fail for the same reason. */
static void say_failed(const struct lookups *lookups, size_t at,
		       struct live *live)
{
	const struct query *query = lookups->queries[at];
	CLEANUP(free_ptr) char *versions = NULL;
	CLEANUP(free_ptr) char *line = NULL;

	if (!query->failed)
		return;
	for (size_t i = 0; i < at; i++) {
		if (fails_alike(query, lookups->queries[i]))
			return;
	}
	versions = query->subject.engine ? versions_like(lookups, query) : NULL;
	if (versions)
		line = xasprintf("what these versions support could not be "
				 "looked up, so aback's own table decides: %s "
				 "(%s)",
				 versions, query->failed);
	else
		line = xasprintf("%s (%s)", query->question->unknown,
				 query->failed);
	live_skip(live, query->place->name, KIND_CLUSTER, NULL, line);
}

void lookups_give(struct lookups *lookups, struct live *live)
{
	for (size_t i = 0; i < live->len; i++)
		give(lookups, live->items[i]);
	for (size_t i = 0; !lookups->reports && i < lookups->len; i++)
		say_failed(lookups, i, live);
}

/* What cannot be relied on any more failed like what is lacking. */
static void excuse(struct query *query)
{
	if (error_is_set(&query->err) && query->err.code != ERR_INTERRUPTED) {
		error_copy(&query->lacking, &query->err);
		error_release(&query->err);
		query->failed = xstrdup("");
	}
}

void lookups_excuse(struct lookups *lookups, struct live *live)
{
	for (size_t i = 0; i < lookups->len; i++) {
		struct query *query = lookups->queries[i];

		excuse(query);
		if (!error_is_set(&query->lacking))
			continue;
		live_add_unread(live, query->place->name, KIND_COUNT, NULL,
				query->question->lookup, &query->lacking);
		error_release(&query->lacking);
	}
}

const struct error *lookups_error(const struct lookups *lookups,
				  const struct place *place)
{
	for (size_t i = 0; i < lookups->len; i++) {
		if (lookups->queries[i]->place == place &&
		    error_is_set(&lookups->queries[i]->err))
			return &lookups->queries[i]->err;
	}
	return NULL;
}

bool lookups_open(const struct lookups *lookups)
{
	return lookups->open > 0;
}

struct lookups *lookups_new(struct aws *aws, const unsigned *wanted,
			    bool reports)
{
	struct lookups *lookups;
	unsigned any = 0;

	for (size_t kind = 0; kind < KIND_COUNT; kind++)
		any |= wanted[kind];
	if (!any)
		return NULL;
	lookups = xcalloc(1, sizeof(*lookups));
	lookups->aws = aws;
	lookups->reports = reports;
	memcpy(lookups->wanted, wanted, sizeof(lookups->wanted));
	lookups->asked = json_object();
	return lookups;
}

static void query_free(struct query *query)
{
	free(query->subject.engine);
	free(query->subject.version);
	free(query->subject.secret);
	json_decref(query->element);
	json_decref(query->page);
	json_decref(query->facts);
	free(query->failed);
	json_decref(query->answer);
	error_release(&query->lacking);
	error_release(&query->err);
	free(query);
}

void lookups_free(struct lookups *lookups)
{
	if (!lookups)
		return;
	for (size_t i = 0; i < lookups->len; i++)
		query_free(lookups->queries[i]);
	free(lookups->queries);
	json_decref(lookups->asked);
	free(lookups);
}
