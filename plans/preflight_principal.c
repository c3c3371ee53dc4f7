/* Who is asked about: by which ARN, what, and what came of it. */
#include <string.h>

#include "core/mem.h"
#include "plans/preflight.h"
#include "plans/preflight_iam.h"

/* ---- who ---------------------------------------------------------------- */

/* The part of an ARN that has this number, up to its colon; the 6th is last. */
static const char *arn_part(const char *arn, unsigned number)
{
	for (; arn && number > 1; number--) {
		arn = strchr(arn, ':');
		arn = arn ? arn + 1 : NULL;
	}
	return arn;
}

static bool part_is(const char *part, const char *text)
{
	const size_t len = strlen(text);

	return part && !strncmp(part, text, len) && part[len] == ':';
}

char *principal_arn(const char *caller_arn, char **ret_role)
{
	const char *partition = arn_part(caller_arn, 2);
	const char *service = arn_part(caller_arn, 3);
	const char *account = arn_part(caller_arn, 5);
	const char *name = arn_part(caller_arn, 6);
	static const char session[] = "assumed-role/";

	*ret_role = NULL;
	if (!name)
		return NULL;
	if (part_is(service, "iam") &&
	    (!strncmp(name, "user/", 5) || !strncmp(name, "role/", 5)))
		return xstrdup(caller_arn);
	if (!part_is(service, "sts") ||
	    strncmp(name, session, strlen(session)) != 0)
		return NULL;
	name += strlen(session);
	*ret_role = xstrndup(name, strcspn(name, "/"));
	return xasprintf("arn:%.*s:iam::%.*s:role/%s",
			 (int)strcspn(partition, ":"), partition,
			 (int)strcspn(account, ":"), account, *ret_role);
}

/* The role that a target names, else whoever the credentials are of. */
static const char *caller_of(const struct place *place)
{
	const char *role = aws_session_role(place->session);

	return role                ? role
	       : place->caller_arn ? place->caller_arn
				   : "the caller";
}

struct principal *principal_new(struct aws *aws, const struct place *place)
{
	struct principal *principal = xcalloc(1, sizeof(*principal));

	principal->aws = aws;
	principal->session = place->session;
	principal->caller = xstrdup(caller_of(place));
	principal->arn = principal_arn(principal->caller, &principal->role);
	principal->wants = json_object();
	principal->answers = json_object();
	if (!principal->arn)
		principal->failure = xasprintf("AWS cannot be asked about '%s'",
					       principal->caller);
	return principal;
}

bool principal_is_of(const struct principal *principal,
		     const struct place *place)
{
	return !strcmp(principal->caller, caller_of(place));
}

const char *principal_name(const struct principal *principal)
{
	return principal->found ? principal->found
	       : principal->arn ? principal->arn
				: principal->caller;
}

void principal_free(struct principal *principal)
{
	if (!principal)
		return;
	principal_free_questions(principal);
	free(principal->caller);
	free(principal->arn);
	free(principal->role);
	free(principal->found);
	free(principal->failure);
	json_decref(principal->wants);
	json_decref(principal->answers);
	free(principal);
}

/* ---- what ----------------------------------------------------------------
 */

static const char *text_or_none(const json_t *object, const char *key)
{
	const char *text = json_text(object, key);

	return text ? text : "";
}

static char *key_of(const char *region, const json_t *permit)
{
	return xasprintf("%s %s %s", json_text(permit, "action"), region,
			 text_or_none(permit, "passed_to"));
}

void principal_want(struct principal *principal, const char *region,
		    const json_t *permit)
{
	CLEANUP(free_ptr) char *key = key_of(region, permit);
	json_t *want = json_object_get(principal->wants, key);
	json_t *resources;
	size_t i;
	const json_t *resource;

	if (!want) {
		want = json_pack("{s:O, s:s, s:O, s:{}}", "action",
				 json_object_get(permit, "action"), "region",
				 region, "passed_to",
				 json_object_get(permit, "passed_to"),
				 "resources");
		(void)json_object_set_new(principal->wants, key, want);
	}
	resources = json_object_get(want, "resources");
	json_array_foreach(json_object_get(permit, "resources"), i, resource)
		(void)json_object_set_new(
			resources, json_string_value(resource), json_true());
}

/* ---- the role's path ----------------------------------------------------- */

static void on_role(void *ctx, int id UNUSED, const char *text, size_t len)
{
	struct principal *principal = ctx;

	free(principal->found);
	principal->found = len ? xstrndup(text, len) : NULL;
}

static void begin_role(void *ctx)
{
	on_role(ctx, 0, "", 0);
}

/* Where it does not tell, there may be no path at all. */
static void on_role_done(void *ctx, const struct aws_result *result)
{
	struct principal *principal = ctx;

	principal->running--;
	if (result->outcome != AWS_OK)
		begin_role(ctx);
	principal_ask_more(principal);
}

static void ask_role(struct principal *principal)
{
	static const struct xml_handler handler = { .close = on_role };
	static struct xml_paths *paths;
	CLEANUP(json_release)
	json_t *parameters = json_pack("{s:s}", "RoleName", principal->role);

	if (!paths) {
		paths = xml_paths_new();
		xml_paths_add(paths, "*/*/Role/Arn", 0);
	}
	principal->running++;
	aws_start(principal->aws, &(struct aws_call){
					  .session = principal->session,
					  .service = "iam",
					  .action = "GetRole",
					  .parameters = parameters,
					  .attempts = PREFLIGHT_ATTEMPTS,
					  .answer = paths,
					  .handler = &handler,
					  .begin = begin_role,
					  .done = on_role_done,
					  .ctx = principal,
				  });
}

void principal_ask(struct principal *principal)
{
	if (!principal->arn)
		return;
	principal_add_questions(principal);
	if (principal->role)
		ask_role(principal);
	else
		principal_ask_more(principal);
}

bool principal_is_busy(const struct principal *principal)
{
	return principal->running > 0;
}

/* ---- what came of it ----------------------------------------------------- */

/* Of the spellings of a resource AWS asks for one. */
enum may principal_may(const struct principal *principal, const char *region,
		       const json_t *permit, char **ret_why)
{
	CLEANUP(free_ptr) char *key = key_of(region, permit);
	const json_t *answers = json_object_get(principal->answers, key);
	const char *action = json_text(permit, "action");
	enum may all = MAY_NOT;
	size_t i;
	const json_t *resource;

	*ret_why = NULL;
	json_array_foreach(json_object_get(permit, "resources"), i, resource) {
		const json_t *entry =
			json_object_get(answers, json_string_value(resource));
		CLEANUP(free_ptr) char *why = NULL;
		enum may may = simulated_may(entry, &why);

		if (may == MAY_DO) {
			free(TAKE(*ret_why));
			return MAY_DO;
		}
		if (may == MAY_NOT && !simulated_denies(action, entry)) {
			may = MAY_UNKNOWN;
			free(why);
			why = xasprintf("no policy of '%s' allows %s, and the "
					"key's own may",
					principal_name(principal), action);
		}
		if (may == MAY_UNKNOWN && !entry && principal->failure) {
			free(why);
			why = xstrdup(principal->failure);
		}
		if (may == MAY_UNKNOWN && all != MAY_UNKNOWN)
			free(TAKE(*ret_why));
		if (may == MAY_UNKNOWN)
			all = MAY_UNKNOWN;
		if (!*ret_why)
			*ret_why = TAKE(why);
	}
	return all;
}
