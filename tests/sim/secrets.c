#include "tests/sim/secrets.h"

#include <string.h>

#include "core/crypto.h"
#include "core/mem.h"
#include "tests/sim/defaults.h"
#include "tests/sim/json_call.h"

#define OWNER "rds"

static void add_secret(struct place *place, json_t *secret)
{
	const char *arn = json_text(secret, "ARN");
	const char *name = strstr(arn, ":secret:");

	json_default(secret, "Name",
		     json_string(name ? name + strlen(":secret:") : arn));
	json_default(secret, "RotationEnabled", json_true());
	json_array_append_new(place->secrets, secret);
}

static void add_of_cluster(struct place *place, const json_t *state)
{
	const json_t *named = json_object_get(state, "MasterUserSecret");
	const char *arn = json_text(named, "SecretArn");

	if (arn && !json_find(place->secrets, "ARN", arn))
		add_secret(place, json_pack("{ss ss ss*}", "ARN", arn,
					    "OwningService", OWNER, "KmsKeyId",
					    json_text(named, "KmsKeyId")));
}

int secrets_load(struct place *place, const json_t *secrets, struct error *err)
{
	size_t index;
	json_t *entry;

	json_array_foreach(secrets, index, entry) {
		if (!json_text(entry, "ARN"))
			return error_set(err, ERR_FORMAT,
					 "a secret of %s has no ARN",
					 place->region);
		add_secret(place, json_deep_copy(entry));
	}
	for (size_t i = 0; !secrets && i < place->clusters.len; i++)
		add_of_cluster(place, place->clusters.items[i]->state);
	return 0;
}

char *secrets_make(struct place *place, const char *kms_key)
{
	unsigned char bytes[16];
	char hex[33];

	random_bytes(bytes, sizeof(bytes));
	hex_encode(bytes, sizeof(bytes), hex);
	char *arn = xasprintf("arn:aws:secretsmanager:%s:%s:secret:rds!cluster-"
			      "%.8s-%.4s-%.4s-%.4s-%.12s-%.6s",
			      place->region, place->account->id, hex, hex + 8,
			      hex + 12, hex + 16, hex + 20, hex + 4);
	add_secret(place, json_pack("{ss ss ss}", "ARN", arn, "OwningService",
				    OWNER, "KmsKeyId", kms_key));
	return arn;
}

void secrets_delete(struct place *place, const char *arn)
{
	size_t index;
	json_t *secret;

	json_array_foreach(place->secrets, index, secret)
		if (!strcmp(json_text(secret, "ARN"), arn)) {
			json_array_remove(place->secrets, index);
			return;
		}
}

/* ---- the one action ------------------------------------------------------ */

static void describe(struct json_call *call)
{
	const char *id = request_get(call->request, "SecretId");
	json_t *secret = json_find(call->place->secrets, "ARN", id);

	if (!secret)
		secret = json_find(call->place->secrets, "Name", id);
	if (secret)
		answer_object(call->answer, json_copy(secret));
	else
		answer_error(
			call->answer, call->request, 400,
			"ResourceNotFoundException",
			"Secrets Manager can't find the specified secret.");
}

static const struct json_member members[] = {
	{ "SecretId", JSON_STRING, true },
};

static const struct json_action actions[] = {
	{ "DescribeSecret", describe, JSON_MEMBERS(members) },
};

void secretsmanager_serve(struct sim *sim, struct request *request,
			  const struct effect *effect, struct answer *answer)
{
	struct json_call call = { .sim = sim,
				  .request = request,
				  .answer = answer,
				  .effect = effect };

	json_serve(&call, "secretsmanager", actions, ARRAY_SIZE(actions),
		   "InvalidParameterException");
}
