/* The results of SimulatePrincipalPolicy. */
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "tests/sim/access.h"
#include "tests/sim/iam.h"
#include "tests/sim/iam_simulate.h"
#include "tests/sim/paging.h"
#include "tests/sim/request.h"
#include "tests/sim/xml.h"

static struct need need_of(const struct simulation *simulation,
			   const char *action, const char *resource)
{
	return (struct need){ .action = (char *)(uintptr_t)action,
			      .resource = (char *)(uintptr_t)resource,
			      .passed_to = simulation->passed_to };
}

static const char *decision_of(enum verdict verdict)
{
	return verdict == VERDICT_ALLOWED  ? "allowed"
	       : verdict == VERDICT_DENIED ? "explicitDeny"
					   : "implicitDeny";
}

static enum verdict judge(const struct simulation *simulation,
			  const char *action, const char *resource)
{
	const struct need need = need_of(simulation, action, resource);

	if (!needs_fits(action, resource))
		return VERDICT_NOT_ALLOWED;
	return access_judge(simulation->policies, &need);
}

static void add_position(struct strbuf *out, const char *element, size_t column)
{
	strbuf_addf(out, "<%s><Line>1</Line><Column>%zu</Column></%s>\n",
		    element, column, element);
}

/* The statements of which this verdict comes, where they stand. */
static void add_matched(const struct simulation *simulation, const char *action,
			const char *resource, enum verdict verdict)
{
	struct strbuf *out = &simulation->call->answer->body;
	const struct need need = need_of(simulation, action, resource);
	CLEANUP(json_release)
	json_t *matched =
		verdict == VERDICT_NOT_ALLOWED
			? json_array()
			: access_deciding(simulation->policies, &need, verdict);
	size_t index;
	json_t *one;

	strbuf_adds(out, "<MatchedStatements>\n");
	json_array_foreach(matched, index, one) {
		const json_t *place = json_object_get(one, "policy");
		const json_t *start = json_object_get(one, "start");
		const json_t *end = json_object_get(one, "end");

		strbuf_addf(out,
			    "<member>\n<SourcePolicyId>policies.%lld"
			    "</SourcePolicyId>\n",
			    json_integer_value(place) + 1);
		/* that is what AWS says, whatever its models list */
		xml_text(out, "SourcePolicyType", "IAM Policy");
		add_position(out, "StartPosition",
			     (size_t)json_integer_value(start));
		add_position(out, "EndPosition",
			     (size_t)json_integer_value(end));
		strbuf_adds(out, "</member>\n");
	}
	strbuf_adds(out, "</MatchedStatements>\n");
}

static void add_missing(const struct simulation *simulation, const char *action,
			const char *resource)
{
	struct strbuf *out = &simulation->call->answer->body;
	const struct need need = need_of(simulation, action, resource);
	CLEANUP(json_release)
	json_t *keys =
		access_missing(simulation->policies, &need, simulation->keys);
	size_t index;
	json_t *key;

	strbuf_adds(out, "<MissingContextValues>\n");
	json_array_foreach(keys, index, key)
		xml_text(out, "member", json_string_value(key));
	strbuf_adds(out, "</MissingContextValues>\n");
}

/* The strictest of two. */
static enum verdict stricter(enum verdict a, enum verdict b)
{
	if (a == VERDICT_DENIED || b == VERDICT_DENIED)
		return VERDICT_DENIED;
	return a == VERDICT_ALLOWED ? b : a;
}

static void add_by_resource(const struct simulation *simulation,
			    const char *action)
{
	struct strbuf *out = &simulation->call->answer->body;
	size_t index;
	json_t *one;

	strbuf_adds(out, "<ResourceSpecificResults>\n");
	json_array_foreach(simulation->resources, index, one) {
		const char *arn = json_string_value(one);
		enum verdict verdict = judge(simulation, action, arn);

		strbuf_adds(out, "<member>\n");
		xml_text(out, "EvalResourceName", arn);
		xml_text(out, "EvalResourceDecision", decision_of(verdict));
		add_matched(simulation, action, arn, verdict);
		add_missing(simulation, action, arn);
		strbuf_adds(out, "</member>\n");
	}
	strbuf_adds(out, "</ResourceSpecificResults>\n");
}

/* Of several resources AWS shows what they look like. */
static void add_template(const struct simulation *simulation,
			 const char *action)
{
	CLEANUP(free_ptr)
	char *text = xasprintf("arn:aws:%.*s:${Region}:${Account}:"
			       "${ResourceType}:${ResourceId}",
			       (int)strcspn(action, ":"), action);

	xml_text(&simulation->call->answer->body, "EvalResourceName", text);
}

/* named: the resource that it is shown for; NULL: of all of them */
static void add_result(const struct simulation *simulation, const char *action,
		       const char *named)
{
	struct strbuf *out = &simulation->call->answer->body;
	const size_t count = json_array_size(simulation->resources);
	enum verdict verdict =
		count ? VERDICT_ALLOWED : judge(simulation, action, "*");
	size_t index;
	json_t *one;

	json_array_foreach(simulation->resources, index, one)
		verdict = stricter(verdict, judge(simulation, action,
						  json_string_value(one)));
	strbuf_adds(out, "<member>\n");
	xml_text(out, "EvalActionName", action);
	if (named)
		xml_text(out, "EvalResourceName", named);
	else
		add_template(simulation, action);
	xml_text(out, "EvalDecision", decision_of(verdict));
	add_matched(simulation, action, named ? named : "*",
		    count > 1 ? VERDICT_NOT_ALLOWED : verdict);
	if (count) {
		strbuf_adds(out, "<MissingContextValues/>\n"
				 "<EvalDecisionDetails/>\n");
		add_by_resource(simulation, action);
	} else {
		add_missing(simulation, action, "*");
	}
	strbuf_adds(out, "</member>\n");
}

/* How many results there are of an action. */
static size_t results_each(const struct simulation *simulation)
{
	const size_t count = json_array_size(simulation->resources);

	return count && simulation->call->account->simulates_by_resource ? count
									 : 1;
}

static void add_nth(const struct simulation *simulation, size_t n)
{
	const size_t count = json_array_size(simulation->resources);
	const size_t each = results_each(simulation);
	const char *named = "*";

	if (count)
		named = count == each
				? json_string_value(json_array_get(
					  simulation->resources, n % each))
				: NULL;
	add_result(simulation,
		   json_string_value(
			   json_array_get(simulation->actions, n / each)),
		   named);
}

void simulation_add_results(const struct simulation *simulation,
			    const struct page *page)
{
	const size_t count =
		json_array_size(simulation->actions) * results_each(simulation);
	const size_t from =
		page->after ? (size_t)strtoul(page->after, NULL, 10) : 0;
	size_t to = from + (size_t)page->size;
	struct strbuf *out = &simulation->call->answer->body;
	char next[24];

	if (to > count)
		to = count;
	strbuf_adds(out, "<EvaluationResults>\n");
	for (size_t i = from; i < to; i++)
		add_nth(simulation, i);
	strbuf_adds(out, "</EvaluationResults>\n");
	(void)snprintf(next, sizeof(next), "%zu", to);
	iam_add_paging(simulation->call, to < count ? next : NULL);
}
