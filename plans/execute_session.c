/*
 * Sessions that can do nothing else. Where a target's role is assumed, AWS
 * takes a policy with it to which it holds the session, whatever the role may
 * do. What reads may then only read; a step goes out in a session that may make
 * this call and those of some more steps, and take them back.
 *
 * Such a policy has little room: as many sessions as it takes, up to a limit;
 * beyond it, or where AWS finds those too large, one that may make such calls
 * on all resources of the kind; and where that is too large, none.
 */
#include <string.h>

#include "core/limits.h"
#include "core/mem.h"
#include "plans/execute_run.h"
#include "plans/permits.h"

#define SESSIONS_MAX 64 /* each is a request to STS, and again every hour */

enum form { FORM_RESOURCES, FORM_KINDS, FORM_NONE, FORMS };
static const char *const form_names[FORMS] = {
	[FORM_RESOURCES] = "resources",
	[FORM_KINDS] = "kinds",
	[FORM_NONE] = "none",
};

/* Where the steps go that one session of a target's place would send. */
struct narrowing {
	struct run *run;
	const struct live *live;
	struct aws_session *session;
	json_t *policies; /* documents, each of a session */
	size_t *of_step;  /* by the run's step, which of them */
	struct aws_session **sessions;
};

static void narrowing_release(struct narrowing *narrowing)
{
	json_decref(narrowing->policies);
	free(narrowing->of_step);
	free(narrowing->sessions);
}

static bool is_of(const struct narrowing *narrowing,
		  const struct run_step *step)
{
	const struct place *place =
		places_find(narrowing->run->places, step->plan->target);

	return place->session == narrowing->session;
}

/* ---- policies ---------------------------------------------------------- */

static void add_needs(json_t *permits, const json_t *needs)
{
	size_t i, k;
	json_t *need, *resource;

	json_array_foreach(needs, i, need)
		json_array_foreach(json_object_get(need, "resources"), k,
				   resource)
			permits_add(permits, json_text(need, "action"),
				    json_string_value(resource),
				    json_text(need, "passed_to"));
}

/* What the step sends and what takes it back. */
static void add_step(const struct narrowing *narrowing,
		     const struct run_step *step, enum form form,
		     json_t *permits)
{
	const unsigned ways[] = { WAY_FORWARD, WAY_BACK };

	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		CLEANUP(json_release)
		json_t *needs =
			form == FORM_RESOURCES
				? step_permits(narrowing->run, step,
					       narrowing->live, ways[i], false)
				: step_permits_of_kind(narrowing->run, step,
						       ways[i]);

		add_needs(permits, needs);
	}
}

/* As one document; NULL: it has no room for them. */
static json_t *document_of(const json_t *permits)
{
	CLEANUP(json_release)
	json_t *documents = permits_documents(permits, PERMITS_SESSION_MAX);

	return json_array_size(documents) == 1
		       ? json_incref(json_array_get(documents, 0))
		       : NULL;
}

/* Another session begins, and has this document so far. */
static bool add_session(struct narrowing *narrowing, json_t *document)
{
	if (!document || json_array_size(narrowing->policies) == SESSIONS_MAX) {
		json_decref(document);
		return false;
	}
	json_array_append_new(narrowing->policies, document);
	return true;
}

/* Put the step where there is room. False: there is none in any. */
static bool place_step(struct narrowing *narrowing, const struct run_step *step,
		       enum form form, json_t **permits)
{
	CLEANUP(json_release) json_t *wider = json_deep_copy(*permits);
	const size_t len = json_array_size(narrowing->policies);
	json_t *document;

	add_step(narrowing, step, form, wider);
	document = document_of(wider);
	if (document && len) {
		json_array_set_new(narrowing->policies, len - 1, document);
	} else {
		if (!document) {
			json_object_clear(wider);
			add_step(narrowing, step, form, wider);
			document = document_of(wider);
		}
		if (!add_session(narrowing, document))
			return false;
	}
	json_decref(*permits);
	*permits = TAKE(wider);
	narrowing->of_step[step->index] =
		json_array_size(narrowing->policies) - 1;
	return true;
}

/* Policies of this form for all steps. False: they have no room. */
static bool make_policies(struct narrowing *narrowing, enum form form)
{
	struct run *run = narrowing->run;
	CLEANUP(json_release) json_t *permits = json_object();

	json_array_clear(narrowing->policies);
	for (size_t i = 0; i < run->steps_len; i++) {
		if (is_of(narrowing, &run->steps[i]) &&
		    !place_step(narrowing, &run->steps[i], form, &permits))
			return false;
	}
	return form == FORM_RESOURCES ||
	       json_array_size(narrowing->policies) == 1;
}

/* ---- asking for them --------------------------------------------------- */

struct asking {
	size_t open;
	bool narrowed;    /* with policies */
	bool too_large;   /* AWS finds one so */
	struct error err; /* the first other failure */
};

/* AWS packs a policy, and what that comes to nobody can tell beforehand. */
static bool is_too_large(const struct error *err)
{
	return err->call_code &&
	       (!strcmp(err->call_code, "PackedPolicyTooLarge") ||
		!strcmp(err->call_code, "ValidationError") ||
		!strcmp(err->call_code, "MalformedPolicyDocument"));
}

static void on_caller(void *ctx, const struct aws_caller *caller,
		      const struct error *err)
{
	struct asking *asking = ctx;

	asking->open--;
	if (caller)
		return;
	if (asking->narrowed && is_too_large(err))
		asking->too_large = true;
	else if (!error_is_set(&asking->err))
		error_copy(&asking->err, err);
}

/* Each role is assumed now: a refusal comes before anything is changed. */
static int ask(struct narrowing *narrowing, size_t len, bool *ret_too_large,
	       struct error *err)
{
	CLEANUP(free_ptr)
	struct asking *asking = xcalloc(1, sizeof(*asking));
	int rc = 0;

	asking->open = len + 1;
	asking->narrowed = len > 0;
	aws_session_ask_caller(narrowing->session, on_caller, asking);
	for (size_t i = 0; i < len; i++)
		aws_session_ask_caller(narrowing->sessions[i], on_caller,
				       asking);
	while (asking->open)
		(void)aws_step(narrowing->run->aws, INT64_MAX);
	*ret_too_large = asking->too_large;
	if (error_is_set(&asking->err)) {
		error_copy(err, &asking->err);
		rc = error_wrap(err, "opening a session that may only do what "
				     "the plan does");
	}
	error_release(&asking->err);
	return rc;
}

static char *text_of(const json_t *document)
{
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT(LIMIT_RENDERED);

	json_compact(document, &text);
	return xstrdup(text.buf);
}

static char *reading_policy(void)
{
	CLEANUP(json_release) json_t *permits = json_object();
	CLEANUP(json_release) json_t *document = NULL;

	permits_add_reading(permits);
	document = document_of(permits);
	return document ? text_of(document) : NULL;
}

static int open_sessions(struct narrowing *narrowing, bool *ret_too_large,
			 struct error *err)
{
	const size_t len = json_array_size(narrowing->policies);
	CLEANUP(free_ptr) char *reading = len ? reading_policy() : NULL;

	free(narrowing->sessions);
	narrowing->sessions = xcalloc(len + 1, sizeof(struct aws_session *));
	aws_session_restrict(narrowing->session, reading);
	for (size_t i = 0; i < len; i++) {
		CLEANUP(free_ptr)
		char *policy = text_of(json_array_get(narrowing->policies, i));

		if (aws_session_beside(narrowing->session, policy,
				       &narrowing->sessions[i], err))
			return -1;
	}
	return ask(narrowing, len, ret_too_large, err);
}

/* ---- the run's sessions ------------------------------------------------ */

static void use_sessions(struct narrowing *narrowing, enum form form)
{
	struct run *run = narrowing->run;

	for (size_t i = 0; form != FORM_NONE && i < run->steps_len; i++) {
		struct run_step *step = &run->steps[i];

		if (is_of(narrowing, step))
			step->session =
				narrowing->sessions[narrowing->of_step[i]];
	}
	json_array_append_new(
		run->sessions,
		json_pack("{ss ss ss sI}", "role_arn",
			  aws_session_role(narrowing->session), "region",
			  aws_session_region(narrowing->session), "policy",
			  form_names[form], "sessions",
			  (json_int_t)json_array_size(narrowing->policies)));
}

static int narrow(struct run *run, const struct live *live,
		  struct aws_session *session, struct error *err)
{
	CLEANUP(narrowing_release)
	struct narrowing narrowing = {
		.run = run,
		.live = live,
		.session = session,
		.policies = json_array(),
		.of_step = xcalloc(run->steps_len, sizeof(size_t)),
	};

	enum form form =
		run->options->no_session_policy ? FORM_NONE : FORM_RESOURCES;
	bool too_large = false;

	for (; form < FORM_NONE; form++) {
		if (!make_policies(&narrowing, form))
			continue;
		if (open_sessions(&narrowing, &too_large, err) < 0)
			return -1;
		if (!too_large)
			break;
	}
	if (form == FORM_NONE) {
		json_array_clear(narrowing.policies);
		if (open_sessions(&narrowing, &too_large, err) < 0)
			return -1;
	}
	use_sessions(&narrowing, form);
	return 0;
}

static bool is_narrowed(const struct run *run, size_t before,
			const struct aws_session *session)
{
	for (size_t i = 0; i < before; i++) {
		if (places_find(run->places, run->steps[i].plan->target)
			    ->session == session)
			return true;
	}
	return false;
}

int run_narrow(struct run *run, const struct live *live, struct error *err)
{
	run->sessions = json_array();
	for (size_t i = 0; i < run->steps_len; i++) {
		struct aws_session *session =
			places_find(run->places, run->steps[i].plan->target)
				->session;

		if (!aws_session_role(session) || run->steps[i].session ||
		    is_narrowed(run, i, session))
			continue;
		if (narrow(run, live, session, err) < 0)
			return -1;
	}
	return 0;
}

void run_widen(const struct run *run)
{
	for (size_t i = 0; i < run->places->len; i++)
		aws_session_restrict(run->places->items[i].session, NULL);
}
