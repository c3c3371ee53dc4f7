#include "tests/sim/kms.h"

#include <string.h>

#include "core/clock.h"
#include "core/mem.h"
#include "tests/sim/defaults.h"
#include "tests/sim/json_call.h"

#define PERIOD_USUAL 365
#define PERIOD_LEAST 90
#define PERIOD_MOST 2560
#define DAY_S ((int64_t)24 * 60 * 60)

/* ---- the fleet ---------------------------------------------------------- */

static char *key_arn(const struct place *place, const char *id)
{
	return xasprintf("arn:aws:kms:%s:%s:key/%s", place->region,
			 place->account->id, id);
}

static void add_key(struct place *place, json_t *key)
{
	json_default(key, "KeyState", json_string("Enabled"));
	json_default(key, "KeyManager", json_string("CUSTOMER"));
	json_default(key, "Origin", json_string("AWS_KMS"));
	json_default(key, "KeySpec", json_string("SYMMETRIC_DEFAULT"));
	json_default(key, "KeyUsage", json_string("ENCRYPT_DECRYPT"));
	json_default(key, "Description", json_string(""));
	json_default(key, "MultiRegion", json_false());
	json_default(key, "Aliases", json_array());
	/* AWS rotates its own keys, every year */
	json_default(
		key, "KeyRotationEnabled",
		json_boolean(!strcmp(json_text(key, "KeyManager"), "AWS")));
	json_default(key, "RotationPeriodInDays", json_integer(PERIOD_USUAL));
	json_array_append_new(place->kms_keys, key);
}

json_t *kms_find(const struct place *place, const char *name)
{
	CLEANUP(free_ptr) char *prefix = key_arn(place, "");
	CLEANUP(free_ptr)
	char *aliases = xasprintf("arn:aws:kms:%s:%s:", place->region,
				  place->account->id);
	size_t index;
	json_t *key;

	if (!strncmp(name, prefix, strlen(prefix)))
		name += strlen(prefix);
	else if (!strncmp(name, aliases, strlen(aliases)))
		name += strlen(aliases);
	json_array_foreach(place->kms_keys, index, key)
		if (!strcmp(json_text(key, "KeyId"), name) ||
		    json_array_has(json_object_get(key, "Aliases"), name))
			return key;
	return NULL;
}

/* What clusters and instances are encrypted with is there. */
static void add_named(struct place *place, const json_t *state)
{
	static const char *const members[] = { "KmsKeyId",
					       "PerformanceInsightsKMSKeyId" };
	CLEANUP(free_ptr) char *prefix = key_arn(place, "");

	for (size_t i = 0; i < ARRAY_SIZE(members); i++) {
		const char *arn = json_text(state, members[i]);
		if (arn && !strncmp(arn, prefix, strlen(prefix)) &&
		    !kms_find(place, arn))
			add_key(place, json_pack("{ss}", "KeyId",
						 arn + strlen(prefix)));
	}
}

int kms_load(struct place *place, const json_t *keys, struct error *err)
{
	size_t index;
	json_t *entry;

	json_array_foreach(keys, index, entry) {
		const char *id = json_text(entry, "KeyId");
		if (!id || !*id)
			return error_set(err, ERR_FORMAT,
					 "a KMS key of %s has no KeyId",
					 place->region);
		if (kms_find(place, id))
			return error_set(err, ERR_FORMAT,
					 "KMS key '%s' is there twice", id);
		add_key(place, json_deep_copy(entry));
	}
	for (size_t i = 0; i < place->clusters.len; i++)
		add_named(place, place->clusters.items[i]->state);
	for (size_t i = 0; i < place->instances.len; i++)
		add_named(place, place->instances.items[i]->state);
	return 0;
}

/* ---- the actions -------------------------------------------------------- */

static bool is_alias(const char *name)
{
	return !strncmp(name, "alias/", 6) || strstr(name, ":alias/");
}

/* NULL: answer is the error. by_alias: may it be named so? */
static json_t *find_key(struct json_call *call, bool by_alias)
{
	const char *name = request_get(call->request, "KeyId");
	json_t *key = NULL;

	if (!by_alias && is_alias(name))
		answer_error(call->answer, call->request, 400,
			     !strncmp(name, "arn:", 4) ? "InvalidArnException"
						       : "NotFoundException",
			     "Invalid keyId %s", name);
	else if (!(key = kms_find(call->place, name)))
		answer_error(call->answer, call->request, 400,
			     "NotFoundException",
			     is_alias(name) ? "Alias %s is not found."
					    : "Key '%s' does not exist",
			     name);
	return key;
}

static bool is_text(const json_t *key, const char *member, const char *text)
{
	return !strcmp(json_text(key, member), text);
}

static json_t *metadata(const struct place *place, const json_t *key)
{
	static const char *const copied[] = {
		"KeyId",        "KeyState",    "KeyManager",
		"Origin",       "KeySpec",     "KeyUsage",
		"Description",  "MultiRegion", "MultiRegionConfiguration",
		"DeletionDate",
	};
	const char *id = json_text(key, "KeyId");
	CLEANUP(free_ptr) char *arn = key_arn(place, id);
	json_t *out = json_pack("{ss ss sb si}", "Arn", arn, "AWSAccountId",
				place->account->id, "Enabled",
				is_text(key, "KeyState", "Enabled"),
				"CreationDate", 1700000000);

	for (size_t i = 0; i < ARRAY_SIZE(copied); i++) {
		json_t *value = json_object_get(key, copied[i]);
		if (value)
			json_object_set(out, copied[i], value);
	}
	json_object_set(out, "CustomerMasterKeySpec",
			json_object_get(key, "KeySpec"));
	return out;
}

static void describe_key(struct json_call *call)
{
	const json_t *key = find_key(call, true);

	if (key)
		answer_object(call->answer,
			      json_pack("{so}", "KeyMetadata",
					metadata(call->place, key)));
}

/* Can the key be rotated at all? Else answer refuses. */
static bool can_rotate(struct json_call *call, const json_t *key)
{
	const char *id = json_text(key, "KeyId");

	if (is_text(key, "KeySpec", "SYMMETRIC_DEFAULT") &&
	    is_text(key, "Origin", "AWS_KMS"))
		return true;
	CLEANUP(free_ptr) char *arn = key_arn(call->place, id);
	answer_error(call->answer, call->request, 400,
		     "UnsupportedOperationException",
		     "%s is not a symmetric key whose material KMS made", arn);
	return false;
}

/* May its rotation be changed now? Else answer refuses. */
static bool can_change(struct json_call *call, const json_t *key)
{
	const char *state = json_text(key, "KeyState");
	CLEANUP(free_ptr)
	char *arn = key_arn(call->place, json_text(key, "KeyId"));

	if (is_text(key, "KeyManager", "AWS"))
		answer_error(call->answer, call->request, 400,
			     "AccessDeniedException",
			     "The key %s is managed by AWS", arn);
	else if (!strcmp(state, "Disabled"))
		answer_error(call->answer, call->request, 400,
			     "DisabledException", "%s is disabled.", arn);
	else if (strcmp(state, "Enabled") != 0)
		answer_error(call->answer, call->request, 400,
			     "KMSInvalidStateException", "%s is %s.", arn,
			     !strcmp(state, "PendingDeletion")
				     ? "pending deletion"
				     : state);
	else
		return can_rotate(call, key);
	return false;
}

static void rotation_status(struct json_call *call)
{
	json_t *key = find_key(call, false);

	if (!key || !can_rotate(call, key))
		return;
	CLEANUP(free_ptr)
	char *arn = key_arn(call->place, json_text(key, "KeyId"));
	bool on = json_is_true(json_object_get(key, "KeyRotationEnabled")) &&
		  !is_text(key, "KeyState", "PendingDeletion");
	json_t *out =
		json_pack("{ss sb}", "KeyId", arn, "KeyRotationEnabled", on);
	if (on) {
		json_t *days = json_object_get(key, "RotationPeriodInDays");
		json_object_set(out, "RotationPeriodInDays", days);
		json_object_set_new(
			out, "NextRotationDate",
			json_integer(clock_now() +
				     json_integer_value(days) * DAY_S));
	}
	answer_object(call->answer, out);
}

static void enable_rotation(struct json_call *call)
{
	const json_t *days = json_object_get(call->request->parameters,
					     "RotationPeriodInDays");
	json_int_t period = days ? json_integer_value(days) : PERIOD_USUAL;
	json_t *key = find_key(call, false);

	if (!key || !can_change(call, key))
		return;
	if (period < PERIOD_LEAST || period > PERIOD_MOST) {
		answer_error(call->answer, call->request, 400,
			     "ValidationException",
			     "1 validation error detected: Value '%lld' at "
			     "'rotationPeriodInDays' failed to satisfy "
			     "constraint: Member must have value between %d "
			     "and %d",
			     (long long)period, PERIOD_LEAST, PERIOD_MOST);
		return;
	}
	if (call->effect->none)
		return;
	json_object_set_new(key, "KeyRotationEnabled", json_true());
	json_object_set_new(key, "RotationPeriodInDays", json_integer(period));
}

static void disable_rotation(struct json_call *call)
{
	json_t *key = find_key(call, false);

	if (!key || !can_change(call, key) || call->effect->none)
		return;
	json_object_set_new(key, "KeyRotationEnabled", json_false());
	json_object_set_new(key, "RotationPeriodInDays",
			    json_integer(PERIOD_USUAL));
}

/* What KMS gives a key that is made without a policy. */
static void get_policy(struct json_call *call)
{
	const json_t *key = find_key(call, false);
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(65536);

	if (!key)
		return;
	CLEANUP(free_ptr)
	char *root =
		xasprintf("arn:aws:iam::%s:root", call->place->account->id);
	CLEANUP(json_release)
	json_t *policy = json_pack(
		"{ss ss s[{ss ss s{ss} ss ss}]}", "Version", "2012-10-17", "Id",
		"key-default-1", "Statement", "Sid",
		"Enable IAM User Permissions", "Effect", "Allow", "Principal",
		"AWS", root, "Action", "kms:*", "Resource", "*");
	if (json_object_get(key, "policy"))
		json_compact(json_object_get(key, "policy"), &text);
	else
		json_compact(policy, &text);
	answer_object(call->answer, json_pack("{ss ss}", "Policy", text.buf,
					      "PolicyName", "default"));
}

/* The simulator's keys have none. */
static void list_tags(struct json_call *call)
{
	if (find_key(call, false))
		answer_object(call->answer,
			      json_pack("{s[] sb}", "Tags", "Truncated", 0));
}

static const struct json_member in_get_policy[] = {
	{ "KeyId", JSON_STRING, true },
	{ "PolicyName", JSON_STRING, false },
};
static const struct json_member in_list_tags[] = {
	{ "KeyId", JSON_STRING, true },
	{ "Limit", JSON_INTEGER, false },
	{ "Marker", JSON_STRING, false },
};
static const struct json_member one_key[] = {
	{ "KeyId", JSON_STRING, true },
};
static const struct json_member in_enable[] = {
	{ "KeyId", JSON_STRING, true },
	{ "RotationPeriodInDays", JSON_INTEGER, false },
};

static const struct json_action actions[] = {
	{ "DescribeKey", describe_key, JSON_MEMBERS(one_key) },
	{ "DisableKeyRotation", disable_rotation, JSON_MEMBERS(one_key) },
	{ "EnableKeyRotation", enable_rotation, JSON_MEMBERS(in_enable) },
	{ "GetKeyPolicy", get_policy, JSON_MEMBERS(in_get_policy) },
	{ "GetKeyRotationStatus", rotation_status, JSON_MEMBERS(one_key) },
	{ "ListResourceTags", list_tags, JSON_MEMBERS(in_list_tags) },
};

void kms_serve(struct sim *sim, struct request *request,
	       const struct effect *effect, struct answer *answer)
{
	struct json_call call = { .sim = sim,
				  .request = request,
				  .answer = answer,
				  .effect = effect };

	json_serve(&call, "TrentService", actions, ARRAY_SIZE(actions),
		   "ValidationException");
}
