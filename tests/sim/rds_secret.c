/* Who keeps the master user's password, as ModifyDBCluster is told. */
#include <string.h>

#include "core/mem.h"
#include "tests/sim/kms.h"
#include "tests/sim/rds_modify.h"
#include "tests/sim/secrets.h"

#define MANAGE "ManageMasterUserPassword"
#define KEY "MasterUserSecretKmsKeyId"
#define PASSWORD "MasterUserPassword"
#define SECRET "MasterUserSecret"

static json_t *secret_of(const struct change *change)
{
	json_t *secret = json_object_get(change->resource->state, SECRET);

	return json_is_object(secret) ? secret : NULL;
}

static bool check_key(struct change *change, const char *key)
{
	return !key || kms_find(change->resource->place, key) ||
	       change_refuse(change, "KMSKeyNotAccessibleFault",
			     "The specified KMS key [%s] does not exist, is "
			     "not enabled or you do not have permissions to "
			     "access it.",
			     key);
}

/* The old password is gone; the secret's status follows when it settles. */
static bool turn_on(struct change *change, const char *key)
{
	const struct effect *effect = change->call->effect;
	struct resource *cluster = change->resource;
	CLEANUP(free_ptr) char *key_arn = change_kms_arn(change, key);

	change->status = "resetting-master-credentials";
	if (effect->none)
		return true;
	CLEANUP(free_ptr) char *arn = secrets_make(cluster->place, key_arn);
	CLEANUP(json_release)
	json_t *secret =
		json_pack("{ss ss ss}", "SecretArn", arn, "SecretStatus",
			  "creating", "KmsKeyId", key_arn);
	if (!effect->delay_ms)
		json_object_set_new(cluster->state, SECRET, json_copy(secret));
	json_object_set_new(secret, "SecretStatus", json_string("active"));
	json_object_set(change->set, SECRET, secret);
	return true;
}

static bool turn_off(struct change *change)
{
	const json_t *secret = secret_of(change);

	if (!secret)
		return change_refuse(change, "InvalidParameterCombination",
				     "You can't specify "
				     "ManageMasterUserPassword=false: the "
				     "master user password is not currently "
				     "managed by RDS.");
	if (!change_given(change, PASSWORD))
		return change_refuse(
			change, "InvalidParameterCombination",
			"You must specify MasterUserPassword when you turn "
			"off ManageMasterUserPassword.");
	change->status = "resetting-master-credentials";
	if (change->call->effect->none)
		return true;
	secrets_delete(change->resource->place, json_text(secret, "SecretArn"));
	json_object_set_new(change->set, SECRET, json_null());
	return true;
}

static bool stay_on(struct change *change, const char *key)
{
	CLEANUP(free_ptr) char *arn = change_kms_arn(change, key);

	return !key || !strcmp(arn, json_text(secret_of(change), "KmsKeyId")) ||
	       change_refuse(change, "InvalidParameterCombination",
			     "You can't change the KMS key of a secret while "
			     "RDS manages the master user password.");
}

bool change_secret(struct change *change)
{
	json_t *manage = change_given(change, MANAGE);
	const char *key = json_string_value(change_given(change, KEY));
	json_t *password = change_given(change, PASSWORD);

	if (key && !json_is_true(manage))
		return change_refuse(
			change, "InvalidParameterCombination",
			"A ManageMasterUserPassword value is required when "
			"MasterUserSecretKmsKeyId is specified.");
	if (password &&
	    (json_is_true(manage) || (!manage && secret_of(change) != NULL)))
		return change_refuse(
			change, "InvalidParameterCombination",
			"You can't specify MasterUserPassword while RDS "
			"manages the master user password.");
	if (!check_key(change, key))
		return false;
	if (manage && json_is_false(manage))
		return turn_off(change);
	if (!manage)
		return true;
	return secret_of(change) ? stay_on(change, key) : turn_on(change, key);
}
