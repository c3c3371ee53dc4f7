/* sts: GetCallerIdentity and AssumeRole. */
#include <errno.h>
#include <string.h>

#include "core/clock.h"
#include "core/crypto.h"
#include "core/mem.h"
#include "tests/sim/request.h"
#include "tests/sim/sim.h"
#include "tests/sim/sts.h"
#include "tests/sim/xml.h"

static void get_caller_identity(struct request *request, struct answer *answer)
{
	answer_begin(answer, request);
	xml_text(&answer->body, "UserId", request->key->user_id);
	xml_text(&answer->body, "Account", request->account->id);
	xml_text(&answer->body, "Arn", request->key->arn);
	answer_end(answer, request);
}

static bool one_of(const json_t *value, const char *text)
{
	if (json_is_array(value))
		return json_array_has(value, text);
	return json_is_string(value) && !strcmp(json_string_value(value), text);
}

/* Does one statement let this caller in? */
static bool statement_trusts(const json_t *statement,
			     const struct request *request)
{
	const json_t *principal = json_object_get(statement, "Principal");
	const json_t *aws = json_is_object(principal)
				    ? json_object_get(principal, "AWS")
				    : principal;
	const char *effect = json_text(statement, "Effect");
	const json_t *action = json_object_get(statement, "Action");
	CLEANUP(free_ptr)
	char *root = xasprintf("arn:aws:iam::%s:root", request->account->id);

	if (!effect || strcmp(effect, "Allow") != 0 ||
	    !(one_of(action, "sts:AssumeRole") || one_of(action, "*")))
		return false;
	return one_of(aws, "*") || one_of(aws, root) ||
	       one_of(aws, request->account->id) ||
	       one_of(aws, request->key->arn);
}

static bool role_trusts(const struct role *role, const struct request *request)
{
	json_t *document =
		json_object_get(role->state, "AssumeRolePolicyDocument");
	json_t *statements = json_object_get(document, "Statement");
	size_t index;
	json_t *statement;

	if (json_is_object(statements))
		return statement_trusts(statements, request);
	json_array_foreach(statements, index, statement)
		if (statement_trusts(statement, request))
			return true;
	return false;
}

/* arn:aws:iam::<account>:role/<path><name>; NULL: no such role. */
static struct role *find_role(const struct fleet *fleet, const char *arn,
			      struct account **ret_account)
{
	const char *name = strrchr(arn, '/');

	if (strncmp(arn, "arn:aws:iam::", 13) != 0 || strlen(arn) < 26 || !name)
		return NULL;
	CLEANUP(free_ptr) char *id = xstrndup(arn + 13, 12);
	*ret_account = fleet_account(fleet, id);
	struct role *role =
		*ret_account ? account_role(*ret_account, name + 1) : NULL;
	return role && !strcmp(json_text(role->state, "Arn"), arn) ? role
								   : NULL;
}

static bool read_duration(const struct request *request,
			  const struct role *role, int64_t *ret_seconds,
			  struct answer *answer)
{
	const char *text = request_get(request, "DurationSeconds");
	int64_t most = json_integer_value(
		json_object_get(role->state, "MaxSessionDuration"));
	char *end = NULL;

	*ret_seconds = 3600;
	if (!text)
		return true;
	errno = 0;
	*ret_seconds = strtol(text, &end, 10);
	if (errno || !*text || *end || *ret_seconds < 900 ||
	    *ret_seconds > 43200) {
		answer_error(answer, request, 400, "ValidationError",
			     "1 validation error detected: Value '%s' at "
			     "'durationSeconds' failed to satisfy constraint: "
			     "Member must have value between 900 and 43200",
			     text);
		return false;
	}
	if (*ret_seconds <= most)
		return true;
	answer_error(answer, request, 400, "ValidationError",
		     "The requested DurationSeconds exceeds the "
		     "MaxSessionDuration set for this role.");
	return false;
}

static bool good_session_name(const char *name)
{
	static const char good[] = "abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "0123456789_+=,.@-";
	size_t len = strlen(name);

	return len >= 2 && len <= 64 && strspn(name, good) == len;
}

static char *random_text(const char *prefix, size_t bytes)
{
	unsigned char data[64];
	char hex[2 * sizeof(data) + 1];

	random_bytes(data, bytes);
	hex_encode(data, bytes, hex);
	for (char *c = hex; *c; c++) /* access keys have capitals */
		if (*c >= 'a')
			*c = (char)(*c - 'a' + 'A');
	return xasprintf("%s%s", prefix, hex);
}

static struct access_key *issue_key(struct account *account,
				    const struct role *role,
				    const char *session, int64_t seconds)
{
	CLEANUP(free_ptr) char *id = random_text("ASIA", 8);
	CLEANUP(free_ptr) char *secret = random_text("", 20);
	struct access_key *key = account_add_key(account, id, secret);

	key->issued = true;
	key->role = xstrdup(json_text(role->state, "RoleName"));
	key->token = random_text("FwoGZXIvYXdz", 64);
	key->issued_at = clock_now();
	key->expires_at = key->issued_at + seconds;
	free(key->arn);
	free(key->user_id);
	key->arn = xasprintf("arn:aws:sts::%s:assumed-role/%s/%s", account->id,
			     json_text(role->state, "RoleName"), session);
	key->user_id =
		xasprintf("%s:%s", json_text(role->state, "RoleId"), session);
	return key;
}

static void answer_key(struct request *request, const struct access_key *key,
		       const struct session_policy *policy,
		       struct answer *answer)
{
	char when[CLOCK_TEXT_MAX];
	struct strbuf *out = &answer->body;

	answer_begin(answer, request);
	strbuf_adds(out, "<AssumedRoleUser>\n");
	xml_text(out, "AssumedRoleId", key->user_id);
	xml_text(out, "Arn", key->arn);
	strbuf_adds(out, "</AssumedRoleUser>\n<Credentials>\n");
	xml_text(out, "AccessKeyId", key->id);
	xml_text(out, "SecretAccessKey", key->secret);
	xml_text(out, "SessionToken", key->token);
	xml_text(out, "Expiration", clock_rfc3339(key->expires_at, when));
	strbuf_adds(out, "</Credentials>\n");
	if (policy->documents)
		strbuf_addf(out, "<PackedPolicySize>%lld</PackedPolicySize>",
			    policy->percentage);
	answer_end(answer, request);
}

static void assume_role(struct sim *sim, struct request *request,
			struct answer *answer)
{
	const char *arn = request_get(request, "RoleArn");
	const char *session = request_get(request, "RoleSessionName");
	struct account *account = NULL;
	struct session_policy policy;
	struct access_key *key;
	int64_t seconds;

	if (!arn || !session || !good_session_name(session)) {
		answer_error(answer, request, 400, "ValidationError",
			     "1 validation error detected: Value at '%s' "
			     "failed to satisfy constraint",
			     arn ? "roleSessionName" : "roleArn");
		return;
	}
	struct role *role = find_role(&sim->fleet, arn, &account);
	if (!role || !role_trusts(role, request)) {
		answer_error(answer, request, 403, "AccessDenied",
			     "User: %s is not authorized to perform: "
			     "sts:AssumeRole on resource: %s",
			     request->key->arn, arn);
		return;
	}
	if (!read_duration(request, role, &seconds, answer) ||
	    !sts_session_policy(request, role, &policy, answer))
		return;
	key = issue_key(account, role, session, seconds);
	key->session_policies = policy.documents;
	answer_key(request, key, &policy, answer);
}

void sts_serve(struct sim *sim, struct request *request,
	       const struct effect *effect, struct answer *answer)
{
	(void)effect; /* nothing here changes the fleet */
	if (!strcmp(request->version, "2011-06-15") &&
	    !strcmp(request->action, "GetCallerIdentity"))
		get_caller_identity(request, answer);
	else if (!strcmp(request->version, "2011-06-15") &&
		 !strcmp(request->action, "AssumeRole"))
		assume_role(sim, request, answer);
	else
		answer_error(answer, request, 400, "InvalidAction",
			     "Could not find operation %s for version %s",
			     request->action, request->version);
}
