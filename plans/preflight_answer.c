/*
 * What iam:SimulatePrincipalPolicy says. It knows the policies of the principal
 * and of its organisation, but no session policy, none of a resource and no
 * condition key that it is not given. A denial with keys missing is therefore
 * none: `Deny … unless aws:SourceVpc is …` denies everything as long as the key
 * is not there.
 */
#include <string.h>
#include <strings.h>

#include "core/limits.h"
#include "core/mem.h"
#include "core/strbuf.h"
#include "plans/preflight.h"

enum {
	OF_RESULT,
	OF_ACTION,
	OF_DECISION,
	OF_MISSING,
	OF_ORGANISATION,
	OF_BOUNDARY,
	OF_ONE,
	OF_ONE_NAME,
	OF_ONE_DECISION,
	OF_ONE_MISSING,
	OF_ONE_BOUNDARY
};

#define RESULT "*/*/EvaluationResults/member"
#define ONE RESULT "/ResourceSpecificResults/member"
#define BOUNDARY \
	"/PermissionsBoundaryDecisionDetail/AllowedByPermissionsBoundary"

const struct xml_paths *simulated_paths(void)
{
	static const struct {
		const char *path;
		int id;
	} wanted[] = {
		{ RESULT, OF_RESULT },
		{ RESULT "/EvalActionName", OF_ACTION },
		{ RESULT "/EvalDecision", OF_DECISION },
		{ RESULT "/MissingContextValues/member", OF_MISSING },
		{ RESULT "/OrganizationsDecisionDetail/AllowedByOrganizations",
		  OF_ORGANISATION },
		{ RESULT BOUNDARY, OF_BOUNDARY },
		{ ONE, OF_ONE },
		{ ONE "/EvalResourceName", OF_ONE_NAME },
		{ ONE "/EvalResourceDecision", OF_ONE_DECISION },
		{ ONE "/MissingContextValues/member", OF_ONE_MISSING },
		{ ONE BOUNDARY, OF_ONE_BOUNDARY },
	};
	static struct xml_paths *paths;

	if (paths)
		return paths;
	paths = xml_paths_new();
	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++)
		xml_paths_add(paths, wanted[i].path, wanted[i].id);
	return paths;
}

struct simulated *simulated_new(const char *action)
{
	struct simulated *simulated = xcalloc(1, sizeof(*simulated));

	simulated->action = action;
	simulated->page = json_object();
	simulated->answer = json_object();
	return simulated;
}

void simulated_free(struct simulated *simulated)
{
	if (!simulated)
		return;
	json_decref(simulated->page);
	json_decref(simulated->answer);
	json_decref(simulated->result);
	json_decref(simulated->one);
	free(simulated);
}

/* ---- reading it --------------------------------------------------------- */

static bool is_allowed(const json_t *entry)
{
	const char *decision = json_text(entry, "decision");

	return decision && !strcasecmp(decision, "allowed");
}

/* Said twice of one resource, what denies counts. */
static void put(json_t *entries, const char *resource, json_t *entry)
{
	json_t *before = json_object_get(entries, resource);

	if (before && !is_allowed(before))
		return;
	(void)json_object_set(entries, resource, entry);
}

static void put_all(json_t *entries, const json_t *more)
{
	const char *resource;
	json_t *entry;

	json_object_foreach((json_t *)(uintptr_t)more, resource, entry)
		put(entries, resource, entry);
}

static json_t *new_entry(void)
{
	return json_pack("{s:[], s:n}", "missing", "beyond");
}

static void on_open(void *ctx, int id)
{
	struct simulated *simulated = ctx;
	json_t **entry = id == OF_RESULT ? &simulated->result
			 : id == OF_ONE  ? &simulated->one
					 : NULL;

	if (!entry)
		return;
	json_decref(*entry);
	*entry = new_entry();
	if (id == OF_RESULT)
		json_object_set_new(*entry, "ones", json_object());
}

static void end_one(struct simulated *simulated)
{
	const char *name = json_text(simulated->one, "name");

	if (name && *name)
		put(json_object_get(simulated->result, "ones"), name,
		    simulated->one);
}

/* One of another action is no answer to the question. */
static void end_result(struct simulated *simulated)
{
	const char *action = json_text(simulated->result, "action");
	json_t *beyond = json_object_get(simulated->result, "beyond");
	json_t *ones = json_object_get(simulated->result, "ones");
	const char *name;
	json_t *one;

	if (!action || strcasecmp(action, simulated->action) != 0)
		return;
	json_object_foreach(ones, name, one)
		if (json_is_null(json_object_get(one, "beyond")))
			(void)json_object_set(one, "beyond", beyond);
	put_all(simulated->page, ones);
	put(simulated->page, "", simulated->result);
}

static void set(json_t *entry, const char *key, const char *text)
{
	(void)json_object_set_new(entry, key, json_from_text(text));
}

static void denied_by(json_t *entry, const char *who, const char *allowed)
{
	if (!strcmp(allowed, "false"))
		set(entry, "beyond", who);
}

static void on_close(void *ctx, int id, const char *text, size_t len UNUSED)
{
	struct simulated *simulated = ctx;
	json_t *result = simulated->result, *one = simulated->one;

	switch (id) {
	case OF_RESULT:
		end_result(simulated);
		break;
	case OF_ACTION:
		set(result, "action", text);
		break;
	case OF_DECISION:
		set(result, "decision", text);
		break;
	case OF_MISSING:
		json_array_add_unique(json_object_get(result, "missing"), text);
		break;
	case OF_ORGANISATION:
		denied_by(result, "organisation", text);
		break;
	case OF_BOUNDARY:
		denied_by(result, "boundary", text);
		break;
	case OF_ONE:
		end_one(simulated);
		break;
	case OF_ONE_NAME:
		set(one, "name", text);
		break;
	case OF_ONE_DECISION:
		set(one, "decision", text);
		break;
	case OF_ONE_MISSING:
		json_array_add_unique(json_object_get(one, "missing"), text);
		break;
	default:
		denied_by(one, "boundary", text);
		break;
	}
}

const struct xml_handler simulated_handler = { .open = on_open,
					       .close = on_close };

void simulated_begin(struct simulated *simulated)
{
	json_object_clear(simulated->page);
}

void simulated_page(struct simulated *simulated)
{
	put_all(simulated->answer, simulated->page);
	json_object_clear(simulated->page);
}

/* ---- what it means ------------------------------------------------------ */

const json_t *simulated_entry(const json_t *answer, const char *resource,
			      size_t asked)
{
	const json_t *entry = json_object_get(answer, resource);
	const json_t *all = json_object_get(answer, "");

	if (entry)
		return entry;
	/* of several, the whole is as strict as the strictest of them */
	return asked == 1 || is_allowed(all) ? all : NULL;
}

static char *missing_text(const json_t *missing)
{
	CLEANUP(strbuf_release) struct strbuf keys = STRBUF_INIT(LIMIT_MESSAGE);
	size_t i;
	const json_t *key;

	json_array_foreach(missing, i, key)
		strbuf_addf(&keys, "%s%s", i ? ", " : "",
			    json_string_value(key));
	return xasprintf("policies ask for %s, which only the call itself has",
			 keys.buf);
}

static const char *denial(const json_t *entry)
{
	const char *beyond = json_text(entry, "beyond");

	if (beyond && !strcmp(beyond, "organisation"))
		return "not allowed by the organisation's policies";
	if (beyond)
		return "not allowed by the permissions boundary";
	return strcasecmp(json_text(entry, "decision"), "explicitDeny") == 0
		       ? "denied explicitly"
		       : "not allowed by any policy";
}

/*
 * Of all that is asked about only keys have policies of their own that count
 * for principals of the same account by themselves; a boundary, what the
 * organisation says and an explicit denial stand against those as well.
 */
bool simulated_denies(const char *action, const json_t *entry)
{
	const char *decision = json_text(entry, "decision");

	return strncmp(action, "kms:", 4) != 0 || json_text(entry, "beyond") ||
	       (decision && !strcasecmp(decision, "explicitDeny"));
}

enum may simulated_may(const json_t *entry, char **ret_why)
{
	const char *decision = json_text(entry, "decision");
	const json_t *missing = json_object_get(entry, "missing");

	*ret_why = NULL;
	if (is_allowed(entry))
		return MAY_DO;
	if (!decision || (strcasecmp(decision, "explicitDeny") != 0 &&
			  strcasecmp(decision, "implicitDeny") != 0)) {
		*ret_why = xstrdup("the answer does not say");
		return MAY_UNKNOWN;
	}
	if (json_array_size(missing)) {
		*ret_why = missing_text(missing);
		return MAY_UNKNOWN;
	}
	*ret_why = xstrdup(denial(entry));
	return MAY_NOT;
}
