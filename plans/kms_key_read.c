/* Reading keys: what each one is, then whether it is rotated. */
#include "plans/kms_key.h"

#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/mem.h"
#include "plans/catalogue.h"
#include "plans/document.h"
#include "plans/read_ids.h"

/* ---- names ------------------------------------------------------------ */

/* What is behind "arn:<partition>:kms:<region>:<account>:" of this place. */
static const char *in_place(const char *arn, const struct place *place)
{
	CLEANUP(free_ptr)
	char *here = xasprintf(":kms:%s:%s:", place->region, place->account_id);
	const char *at = !strncmp(arn, "arn:", 4) ? strchr(arn + 4, ':') : NULL;

	return at && !strncmp(at, here, strlen(here)) ? at + strlen(here)
						      : NULL;
}

const char *kms_key_id_of(const char *arn, const struct place *place)
{
	const char *rest = in_place(arn, place);

	return rest && !strncmp(rest, "key/", 4) && rest[4] ? rest + 4 : arn;
}

bool kms_key_is_foreign(const char *name, const struct place *place)
{
	return !strncmp(name, "arn:", 4) && !in_place(name, place);
}

/* ---- what the answers say --------------------------------------------- */

static const char *text_of(const json_t *metadata, const char *member)
{
	const char *text = json_text(metadata, member);

	return text ? text : "";
}

static bool is_managed_by_aws(const json_t *metadata)
{
	return !strcmp(text_of(metadata, KMS_MANAGER), "AWS");
}

bool kms_key_has_rotation(const json_t *metadata)
{
	static const char *const states[] = { "Enabled", "Disabled",
					      "PendingDeletion" };
	bool answers = false;

	for (size_t i = 0; i < ARRAY_SIZE(states); i++)
		answers |= !strcmp(text_of(metadata, KMS_STATE), states[i]);
	return answers && !is_managed_by_aws(metadata) &&
	       !strcmp(text_of(metadata, KMS_SPEC), "SYMMETRIC_DEFAULT") &&
	       !strcmp(text_of(metadata, KMS_ORIGIN), "AWS_KMS");
}

char *kms_key_bad_state(const json_t *metadata)
{
	const char *state = text_of(metadata, KMS_STATE);
	const char *id = text_of(metadata, "KeyId");
	const json_t *when = json_object_get(metadata, "DeletionDate");
	char text[CLOCK_TEXT_MAX];

	if (!strcmp(state, "PendingDeletion"))
		return xasprintf(
			"URGENT: the key is pending deletion%s%s: "
			"whatever is encrypted with it is then lost; "
			"to keep it: aws kms cancel-key-deletion "
			"--key-id %s",
			when ? ", on " : "",
			when ? clock_rfc3339((int64_t)json_number_value(when),
					     text)
			     : "",
			id);
	if (!strcmp(state, "Disabled"))
		return xasprintf("URGENT: the key is disabled: what is "
				 "encrypted with it cannot be read; to enable "
				 "it: aws kms enable-key --key-id %s",
				 id);
	if (!strcmp(state, "Unavailable") || !strcmp(state, "PendingImport"))
		return xasprintf("URGENT: the key is in the state '%s' and "
				 "cannot be used",
				 state);
	return NULL;
}

static json_t *facts_of(const json_t *metadata)
{
	static const char *const names[] = { KMS_STATE, KMS_MANAGER, KMS_ORIGIN,
					     KMS_SPEC };
	json_t *facts = json_object();
	const char *type =
		json_text(json_object_get(metadata, "MultiRegionConfiguration"),
			  KMS_REGION_TYPE);

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (*text_of(metadata, names[i]))
			json_object_set_new(
				facts, names[i],
				json_from_text(text_of(metadata, names[i])));
	}
	if (type)
		json_object_set_new(facts, KMS_REGION_TYPE,
				    json_from_text(type));
	return facts;
}

static json_t **slot(struct resource *key, const char *setting)
{
	return &key->values[catalogue_index(
		catalogue_lookup(KIND_KMS_KEY, setting))];
}

/* A period is one of a rotation that is on. */
static void set_rotation(struct resource *key, const json_t *metadata,
			 const json_t *rotation)
{
	json_t *days = json_object_get(rotation, "RotationPeriodInDays");
	const bool managed = is_managed_by_aws(metadata);
	const bool on =
		managed ||
		json_is_true(json_object_get(rotation, "KeyRotationEnabled"));
	json_t **period = slot(key, "rotation_period_days");

	*slot(key, "rotation_enabled") =
		rotation || managed ? json_boolean(on) : json_null();
	/* nothing else was there to choose before a period could be said */
	*period = !on                     ? json_null()
		  : json_is_integer(days) ? json_incref(days)
					  : json_integer(365);
}

struct resource *kms_key_resource(const struct place *place,
				  const json_t *metadata,
				  const json_t *rotation)
{
	const char *id = text_of(metadata, "KeyId");
	const char *arn = text_of(metadata, "Arn");
	struct resource *key;

	if (!*id || !*arn)
		return NULL;
	key = resource_new(KIND_KMS_KEY, place);
	key->id = xstrdup(id);
	key->address = address_of(KIND_KMS_KEY, id);
	key->arn = xstrdup(arn);
	key->resource_id = xstrdup(arn);
	key->status = xstrdup(json_text(metadata, KMS_STATE));
	key->names = json_array();
	json_array_append_new(key->names, json_from_text(arn));
	key->facts = facts_of(metadata);
	set_rotation(key, metadata, rotation);
	return key;
}

/* ---- asking ----------------------------------------------------------- */

struct reader;

struct asking {
	struct reader *reader;
	const char *name; /* borrowed from the reader's */
	json_t *parameters;
	json_t *metadata; /* NULL: there is no such key */
	json_t *rotation; /* NULL: not asked */
	json_t *policy;   /* the document; NULL: not asked */
	/* what gave them; NULL: not kept */
	json_t *answer, *rotation_answer, *policy_answer;
	bool blind; /* whether it is rotated could not be read */
};

struct reader {
	struct read_request request;
	json_t *names; /* asked for, each once */
	struct asking *keys;
	size_t len, running;
	struct error err;
};

/* By an alias and by its id it is the same key. */
static struct resource *find_key(struct resource **keys, size_t len,
				 const char *id)
{
	for (size_t i = 0; i < len; i++) {
		if (!strcmp(keys[i]->id, id))
			return keys[i];
	}
	return NULL;
}

static void skip(const struct reader *reader, const char *id,
		 const char *reason)
{
	reader->request.skipped(reader->request.ctx, KIND_KMS_KEY, id, reason);
}

static void add_reads(struct resource *key, const struct asking *asking)
{
	static const char *const rows[] = { "rotation_enabled",
					    "rotation_period_days" };

	resource_set_read(key, NULL, asking->answer);
	if (asking->policy) {
		resource_set_read(key, KMS_POLICY, asking->policy_answer);
		json_object_set(key->facts, KMS_POLICY, asking->policy);
	}
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		resource_set_read(key, rows[i], asking->rotation_answer);
		if (!asking->blind)
			continue;
		json_decref(*slot(key, rows[i]));
		*slot(key, rows[i]) = NULL;
	}
}

static void tell_found(struct reader *reader)
{
	CLEANUP(free_ptr)
	struct resource **keys =
		xcalloc(reader->len + 1, sizeof(struct resource *));
	size_t len = 0;

	for (size_t i = 0; i < reader->len; i++) {
		const struct asking *asking = &reader->keys[i];
		struct resource *key;
		CLEANUP(free_ptr) char *bad = NULL;

		if (!asking->metadata)
			continue;
		key = find_key(keys, len, text_of(asking->metadata, "KeyId"));
		if (!key) {
			key = keys[len++] = kms_key_resource(
				reader->request.place, asking->metadata,
				asking->rotation);
			bad = kms_key_bad_state(asking->metadata);
			add_reads(key, asking);
		}
		json_array_add_unique(key->names, asking->name);
		if (bad)
			skip(reader, key->id, bad);
	}
	for (size_t i = 0; i < len; i++)
		reader->request.found(reader->request.ctx, keys[i]);
}

static void finish(struct reader *reader)
{
	const bool failed = error_is_set(&reader->err);

	if (!failed)
		tell_found(reader);
	reader->request.done(reader->request.ctx, failed ? &reader->err : NULL);
	for (size_t i = 0; i < reader->len; i++) {
		json_decref(reader->keys[i].parameters);
		json_decref(reader->keys[i].metadata);
		json_decref(reader->keys[i].rotation);
		json_decref(reader->keys[i].answer);
		json_decref(reader->keys[i].rotation_answer);
		json_decref(reader->keys[i].policy);
		json_decref(reader->keys[i].policy_answer);
	}
	free(reader->keys);
	json_decref(reader->names);
	error_release(&reader->err);
	free(reader);
}

static void key_ended(struct reader *reader)
{
	if (!--reader->running)
		finish(reader);
}

static void fail(struct asking *asking, const struct aws_result *result)
{
	if (read_excused(&asking->reader->request, KIND_KMS_KEY, asking->name,
			 result->error))
		return;
	if (!error_is_set(&asking->reader->err))
		error_copy(&asking->reader->err, result->error);
}

static void keep_answer(const struct asking *asking, json_t **kept)
{
	json_decref(*kept);
	*kept = json_incref(read_answer(&asking->reader->request));
}

static void rotation_begin(void *ctx)
{
	struct asking *asking = ctx;

	json_decref(asking->rotation);
	asking->rotation = NULL;
}

static void rotation_answer(void *ctx, const json_t *answer)
{
	struct asking *asking = ctx;

	asking->rotation = json_deep_copy(answer);
	keep_answer(asking, &asking->rotation_answer);
}

/* ---- who may use it ---- */

static void policy_answer(void *ctx, const json_t *answer)
{
	struct asking *asking = ctx;
	const char *text = json_text(answer, "Policy");

	json_decref(asking->policy);
	asking->policy = text ? document_from_text(text) : NULL;
	keep_answer(asking, &asking->policy_answer);
}

static void policy_done(void *ctx, const struct aws_result *result)
{
	struct asking *asking = ctx;

	if (result->outcome != AWS_OK)
		fail(asking, result);
	key_ended(asking->reader);
}

/* It is not for us to change, and so only to be reported on. */
static void ask_policy(struct asking *asking)
{
	const struct read_request *request = &asking->reader->request;
	CLEANUP(json_release)
	json_t *parameters = json_pack(
		"{sO ss}", "KeyId", json_object_get(asking->metadata, "KeyId"),
		"PolicyName", "default");

	if (!request->reports || is_managed_by_aws(asking->metadata)) {
		key_ended(asking->reader);
		return;
	}
	aws_start(request->aws, &(struct aws_call){
					.session = request->place->session,
					.service = "kms",
					.action = "GetKeyPolicy",
					.parameters = parameters,
					.json = policy_answer,
					.done = policy_done,
					.ctx = asking,
				});
}

/* ---- whether it is rotated ---- */

static void rotation_done(void *ctx, const struct aws_result *result)
{
	struct asking *asking = ctx;

	if (result->outcome != AWS_OK) {
		asking->blind = true;
		fail(asking, result);
	}
	ask_policy(asking);
}

/* GetKeyRotationStatus takes no alias: the id is known by now. */
static void ask_rotation(struct asking *asking)
{
	const struct read_request *request = &asking->reader->request;

	json_object_set(asking->parameters, "KeyId",
			json_object_get(asking->metadata, "KeyId"));
	aws_start(request->aws, &(struct aws_call){
					.session = request->place->session,
					.service = "kms",
					.action = "GetKeyRotationStatus",
					.parameters = asking->parameters,
					.json = rotation_answer,
					.begin = rotation_begin,
					.done = rotation_done,
					.ctx = asking,
				});
}

static void key_begin(void *ctx)
{
	struct asking *asking = ctx;

	json_decref(asking->metadata);
	asking->metadata = NULL;
}

static void key_answer(void *ctx, const json_t *answer)
{
	struct asking *asking = ctx;

	asking->metadata =
		json_deep_copy(json_object_get(answer, "KeyMetadata"));
	keep_answer(asking, &asking->answer);
}

static void key_done(void *ctx, const struct aws_result *result)
{
	struct asking *asking = ctx;
	struct reader *reader = asking->reader;

	if (result->outcome == AWS_OK &&
	    (!*text_of(asking->metadata, "KeyId") ||
	     !*text_of(asking->metadata, "Arn"))) {
		if (!error_is_set(&reader->err))
			(void)error_set(&reader->err, ERR_INCOMPLETE,
					"AWS answered for the key '%s' without "
					"its id or ARN",
					asking->name);
		key_ended(reader);
	} else if (result->outcome == AWS_OK &&
		   kms_key_has_rotation(asking->metadata)) {
		ask_rotation(asking);
	} else if (result->outcome == AWS_OK) {
		ask_policy(asking);
	} else {
		if (result->class == AWS_CLASS_NOT_FOUND)
			skip(reader, asking->name, "there is no such key");
		else
			fail(asking, result);
		key_ended(reader);
	}
}

static void ask_key(struct asking *asking)
{
	const struct read_request *request = &asking->reader->request;

	aws_start(request->aws, &(struct aws_call){
					.session = request->place->session,
					.service = "kms",
					.action = "DescribeKey",
					.parameters = asking->parameters,
					.json = key_answer,
					.begin = key_begin,
					.done = key_done,
					.ctx = asking,
				});
}

static void add_name(struct reader *reader, const char *name)
{
	if (kms_key_is_foreign(name, reader->request.place))
		skip(reader, name,
		     "the key belongs to another account or region, where "
		     "alone its rotation can be changed");
	else
		json_array_add_unique(reader->names, name);
}

static void add_names(struct reader *reader)
{
	CLEANUP(json_release)
	json_t *ids = read_ids(&reader->request, &reader->err);
	json_t *id;
	size_t i;

	json_array_foreach(ids, i, id)
		add_name(reader, json_string_value(id));
}

void kms_key_read(const struct read_request *request)
{
	struct reader *reader = xcalloc(1, sizeof(*reader));
	size_t len;

	reader->request = *request;
	reader->names = json_array();
	add_names(reader);
	if (!error_is_set(&reader->err))
		reader->len = json_array_size(reader->names);
	len = reader->running = reader->len;
	if (!len) {
		finish(reader);
		return;
	}
	reader->keys = xcalloc(len, sizeof(*reader->keys));
	for (size_t i = 0; i < len; i++) {
		const json_t *name = json_array_get(reader->names, i);

		reader->keys[i] = (struct asking){
			.reader = reader,
			.name = json_string_value(name),
			.parameters = json_pack("{s:O}", "KeyId", name),
		};
	}
	/* the last one to end frees the reader */
	for (size_t i = 0; i < len; i++)
		ask_key(&reader->keys[i]);
}
