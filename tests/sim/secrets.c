#include "tests/sim/secrets.h"

#include <stdlib.h>
#include <string.h>

#include "core/crypto.h"
#include "core/mem.h"
#include "tests/sim/defaults.h"
#include "tests/sim/json_call.h"
#include "tests/sim/paging.h"

#define OWNER "rds"
#define LIST_MOST 100

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

/* ---- actions ------------------------------------------------------------- */

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

/* The service that secrets are asked to be of, which is the one filter that is
 * known; NULL: all. */
static const char *owner_of(struct json_call *call, bool *ret_bad)
{
	const json_t *filters =
		json_object_get(call->request->parameters, "Filters");
	const json_t *filter = json_array_get(filters, 0);
	const char *key = json_text(filter, "Key");

	*ret_bad = json_array_size(filters) > 1 ||
		   (filter &&
		    (!key || strcmp(key, "owning-service") != 0 ||
		     json_array_size(json_object_get(filter, "Values")) != 1));
	if (*ret_bad)
		answer_error(call->answer, call->request, 400,
			     "InvalidParameterException",
			     "This simulator only knows the filter "
			     "owning-service, with one value");
	return json_string_value(
		json_array_get(json_object_get(filter, "Values"), 0));
}

static bool is_listed(const json_t *secret, const char *owner)
{
	const char *of = json_text(secret, "OwningService");

	return !json_object_get(secret, "DeletedDate") &&
	       (!owner || (of && !strcmp(of, owner)));
}

/* In the order in which they were made: the marker is how many were shown. */
static void list(struct json_call *call)
{
	CLEANUP(page_release) struct page page = { .after = NULL };
	const json_t *most =
		json_object_get(call->request->parameters, "MaxResults");
	json_t *shown = json_array(), *secret;
	bool bad;
	const char *owner = owner_of(call, &bad);
	size_t index, from;
	bool more = false;

	if (bad ||
	    !page_token(call->request, "NextToken", "InvalidNextTokenException",
			&page, call->answer)) {
		json_decref(shown);
		return;
	}
	page.size = most ? (long)json_integer_value(most) : LIST_MOST;
	if (call->sim->page_size && page.size > call->sim->page_size)
		page.size = call->sim->page_size;
	from = page.after ? strtoul(page.after, NULL, 10) : 0;
	json_array_foreach(call->place->secrets, index, secret) {
		if (index < from || !is_listed(secret, owner))
			continue;
		more = json_array_size(shown) == (size_t)page.size;
		if (more)
			break;
		json_array_append_new(shown, json_copy(secret));
	}
	CLEANUP(free_ptr) char *at = xasprintf("%zu", index);
	CLEANUP(free_ptr)
	char *marker = more ? page_marker(call->request, at) : NULL;
	answer_object(call->answer, json_pack("{so ss*}", "SecretList", shown,
					      "NextToken", marker));
}

static const struct json_member members[] = {
	{ "SecretId", JSON_STRING, true },
};
static const struct json_member in_list[] = {
	{ "Filters", JSON_ARRAY, false },
	{ "MaxResults", JSON_INTEGER, false },
	{ "NextToken", JSON_STRING, false },
};

static const struct json_action actions[] = {
	{ "DescribeSecret", describe, JSON_MEMBERS(members) },
	{ "ListSecrets", list, JSON_MEMBERS(in_list) },
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
