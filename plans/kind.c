#include "plans/kind.h"

#include <assert.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "core/crypto.h"
#include "core/limits.h"
#include "core/mem.h"
#include "core/nearest.h"
#include "plans/catalogue.h"
#include "plans/kinds.h"
#include "plans/value.h"

const struct kind_ops *kind_ops(enum kind kind)
{
	static const struct kind_ops *const kinds[KIND_COUNT] = {
		[KIND_CLUSTER] = &cluster_kind,
		[KIND_INSTANCE] = &instance_kind,
		[KIND_IAM_ROLE] = &iam_role_kind,
		[KIND_LOG_GROUP] = &log_group_kind,
		[KIND_KMS_KEY] = &kms_key_kind,
		[KIND_SECURITY_GROUP] = &security_group_kind,
		[KIND_CLUSTER_SNAPSHOT] = &cluster_snapshot_kind,
		[KIND_EVENT_SUBSCRIPTION] = &event_subscription_kind,
		[KIND_CLUSTER_PARAMETER_GROUP] = &cluster_parameter_group_kind,
		[KIND_INSTANCE_PARAMETER_GROUP] =
			&instance_parameter_group_kind,
		[KIND_IAM_POLICY] = &iam_policy_kind,
	};

	assert(kind < KIND_COUNT);
	return kinds[kind];
}

json_t *kind_after(const struct kind_ops *ops, const json_t *facts,
		   const char *call, const json_t *parameters,
		   const struct setting *setting, const json_t *value)
{
	if (ops->after_with)
		return ops->after_with(facts, call, parameters, setting, value);
	return ops->after_call(call, parameters, setting, value);
}

const struct kind_ops *kind_by_name(const char *name)
{
	for (enum kind kind = 0; kind < KIND_COUNT; kind++) {
		if (strcmp(kind_ops(kind)->name, name) == 0)
			return kind_ops(kind);
	}
	return NULL;
}

/* ---- resources -------------------------------------------------------- */

struct resource *resource_new(enum kind kind, const struct place *place)
{
	struct resource *resource = xcalloc(1, sizeof(*resource));

	(void)catalogue_rows(kind, &resource->rows);
	resource->kind = kind;
	resource->place = place;
	resource->values = xcalloc(resource->rows, sizeof(*resource->values));
	resource->pending = xcalloc(resource->rows, sizeof(*resource->pending));
	return resource;
}

static void values_free(json_t **values, size_t len)
{
	for (size_t i = 0; values && i < len; i++)
		json_decref(values[i]);
	free(values);
}

void resource_free(struct resource *resource)
{
	if (!resource)
		return;
	values_free(resource->values, resource->rows);
	values_free(resource->pending, resource->rows);
	values_free(resource->foreseen, resource->foreseen_rows);
	free(resource->id);
	free(resource->address);
	free(resource->resource_id);
	free(resource->arn);
	free(resource->engine);
	free(resource->engine_version);
	free(resource->status);
	free(resource->cluster);
	json_decref(resource->tags);
	json_decref(resource->names);
	json_decref(resource->pending_elements);
	json_decref(resource->owned_elsewhere);
	json_decref(resource->facts);
	json_decref(resource->unhealthy);
	json_decref(resource->notes);
	json_decref(resource->reads);
	free(resource);
}

void resource_set_read(struct resource *resource, const char *what,
		       json_t *answer)
{
	if (!answer)
		return;
	if (!resource->reads)
		resource->reads = json_object();
	(void)json_object_set(resource->reads, what ? what : "", answer);
}

const json_t *resource_read(const struct resource *resource, const char *what,
			    const char *member)
{
	CLEANUP(free_ptr)
	char *key = member ? xasprintf("%s/%s", what, member) : NULL;
	const json_t *answer =
		key ? json_object_get(resource->reads, key) : NULL;

	if (!answer)
		answer = json_object_get(resource->reads, what);
	return answer ? answer : json_object_get(resource->reads, "");
}

json_t *read_answer(const struct read_request *request)
{
	return request->reports ? aws_answer(request->aws) : NULL;
}

bool read_excused(const struct read_request *request, enum kind kind,
		  const char *id, const struct error *err)
{
	if (!request->unread || err->code == ERR_INTERRUPTED)
		return false;
	request->unread(request->ctx, kind, id, err);
	return true;
}

void resource_add_unhealthy(struct resource *resource, const char *setting,
			    const char *member, const char *why)
{
	json_t *members;

	if (!resource->unhealthy)
		resource->unhealthy = json_object();
	members = json_object_get(resource->unhealthy, setting);
	if (!members) {
		members = json_object();
		(void)json_object_set_new(resource->unhealthy, setting,
					  members);
	}
	(void)json_object_set_new(members, member, json_from_text(why));
}

const char *resource_unhealthy(const struct resource *resource,
			       const struct setting *setting,
			       const json_t *before, const json_t *after)
{
	json_t *members = json_object_get(resource->unhealthy, setting->name);
	const char *member;
	json_t *why;

	json_object_foreach(members, member, why) {
		CLEANUP(json_release) json_t *text = json_from_text(member);

		if (!setting_is_set(setting) ||
		    (set_has(after, text) && !set_has(before, text)))
			return json_string_value(why);
	}
	return NULL;
}

bool resource_is_missing(const struct resource *resource)
{
	const struct setting *row = catalogue_lookup(resource->kind, "exists");

	return row && json_is_false(resource_value(resource, row));
}

json_t *resource_value(const struct resource *resource,
		       const struct setting *setting)
{
	const size_t row = catalogue_index(setting);

	assert(setting->kind == resource->kind);
	return row < resource->rows ? resource->values[row] : NULL;
}

json_t *resource_foreseen(const struct resource *resource,
			  const struct setting *setting)
{
	const size_t row = catalogue_index(setting);

	return row < resource->foreseen_rows
		       ? resource->foreseen[row]
		       : resource_value(resource, setting);
}

json_t *resource_pending(const struct resource *resource,
			 const struct setting *setting)
{
	const size_t row = catalogue_index(setting);

	assert(setting->kind == resource->kind);
	return row < resource->rows ? resource->pending[row] : NULL;
}

static json_t **grown(json_t **values, size_t from, size_t to)
{
	values = xreallocarray(values, to, sizeof(json_t *));
	memset(values + from, 0, (to - from) * sizeof(json_t *));
	return values;
}

/* Room for the row, which may be younger than the resource. */
static size_t make_room(struct resource *resource,
			const struct setting *setting)
{
	const size_t row = catalogue_index(setting);
	size_t rows;

	assert(setting->kind == resource->kind);
	if (row < resource->rows)
		return row;
	(void)catalogue_rows(resource->kind, &rows);
	resource->values = grown(resource->values, resource->rows, rows);
	resource->pending = grown(resource->pending, resource->rows, rows);
	resource->rows = rows;
	return row;
}

void resource_set_value(struct resource *resource,
			const struct setting *setting, json_t *value)
{
	const size_t row = make_room(resource, setting);

	json_decref(resource->values[row]);
	resource->values[row] = value;
}

void resource_set_pending(struct resource *resource,
			  const struct setting *setting, json_t *pending)
{
	const size_t row = make_room(resource, setting);

	json_decref(resource->pending[row]);
	resource->pending[row] = pending;
}

/* ---- what differs by kind ---------------------------------------------- */

bool kind_at_once(const struct kind_ops *ops, const char *call,
		  const json_t *parameters, const struct setting *setting)
{
	const char *now;

	if (ops->at_once)
		return ops->at_once(call, parameters, setting);
	now = json_text(parameters, "ApplyImmediately");
	return now && strcmp(now, "true") == 0;
}

bool kind_means(const struct resource *resource, const struct setting *setting,
		const json_t *live, const json_t *value)
{
	const struct kind_ops *ops = kind_ops(resource->kind);
	CLEANUP(json_release) json_t *spelled = NULL;

	/* what nobody set is not what somebody set, whatever the default is */
	if (!ops->spell || !json_is_string(live) || !json_is_string(value))
		return value_equal(setting, live, value);
	spelled = ops->spell(resource, setting, value, NULL, NULL);
	return value_equal(setting, live, spelled);
}

void stand_in_release(struct stand_in *stand_in)
{
	free(stand_in->id);
	json_decref(stand_in->values);
	free(stand_in->reason);
	*stand_in = (struct stand_in){ 0 };
}

/* ---- calls ------------------------------------------------------------ */

struct call *call_list_add(struct call_list *list, const char *call)
{
	struct call *added;

	GROW(list->items, list->len, list->cap);
	added = &list->items[list->len++];
	*added = (struct call){ .call = xstrdup(call),
				.parameters = json_object(),
				.companions = json_object() };
	return added;
}

void call_add_change(struct call *call, size_t change)
{
	call->changes = xreallocarray(call->changes, call->changes_len + 1,
				      sizeof(*call->changes));
	call->changes[call->changes_len++] = change;
}

void call_add_need(struct call *call, size_t earlier)
{
	call->needs = xreallocarray(call->needs, call->needs_len + 1,
				    sizeof(*call->needs));
	call->needs[call->needs_len++] = earlier;
}

void call_list_release(struct call_list *list)
{
	for (size_t i = 0; i < list->len; i++) {
		struct call *call = &list->items[i];

		free(call->call);
		json_decref(call->parameters);
		json_decref(call->companions);
		free(call->changes);
		free(call->needs);
	}
	free(list->items);
	*list = (struct call_list){ .items = NULL };
}

/* ---- addresses -------------------------------------------------------- */

static bool plain(unsigned char c)
{
	return c < 0x80 && (isalnum(c) || (c && strchr("_.@+=,-", c)));
}

char *address_of(enum kind kind, const char *id)
{
	CLEANUP(strbuf_release)
	struct strbuf out = STRBUF_INIT(4 * LIMIT_ELEMENT_TEXT);

	strbuf_adds(&out, kind_ops(kind)->name);
	strbuf_addc(&out, '/');
	for (const char *c = id; *c; c++) {
		if (plain((unsigned char)*c))
			strbuf_addc(&out, *c);
		else
			strbuf_addf(&out, "%%%02X", (unsigned char)*c);
	}
	return strbuf_detach(&out);
}

/* Undo the percent-encoding; NULL: it is none, or hides a NUL. */
static char *decoded(const char *text, size_t len)
{
	CLEANUP(free_ptr) char *out = xmalloc(len + 1);
	size_t at = 0;

	for (size_t i = 0; i < len; i++) {
		if (text[i] != '%') {
			out[at++] = text[i];
			continue;
		}
		if (i + 2 >= len)
			return NULL;
		const int high = hex_digit(text[i + 1]);
		const int low = hex_digit(text[i + 2]);

		if (high < 0 || low < 0 || !(high | low))
			return NULL;
		out[at++] = (char)(high << 4 | low);
		i += 2;
	}
	out[at] = '\0';
	return TAKE(out);
}

static void hint_form(struct error *err)
{
	error_hint(err, "an address is 'kind/id' or 'kind/id:setting', such as "
			"'cluster/orders:deletion_protection'");
}

static int unknown_kind(const char *text, const char *name, struct error *err)
{
	struct nearest nearest = nearest_to(name);

	for (enum kind kind = 0; kind < KIND_COUNT; kind++)
		nearest_offer(&nearest, kind_ops(kind)->name);
	(void)error_set(err, ERR_USAGE,
			"unknown kind of resource '%s' in the address '%s'",
			name, text);
	if (nearest_best(&nearest))
		error_hint(err, "did you mean '%s'?", nearest_best(&nearest));
	else
		hint_form(err);
	return -1;
}

/* The part behind the identifier: ":setting" or ":setting/member". */
static int parse_tail(const char *text, const char *tail, struct address *out,
		      struct error *err)
{
	const struct setting *row;
	const char *slash = strchr(tail, '/');

	out->setting =
		slash ? xstrndup(tail, (size_t)(slash - tail)) : xstrdup(tail);
	if (catalogue_find(out->ops->kind, out->setting, &row, err) < 0) {
		err->code = ERR_USAGE;
		if (!err->hint)
			hint_form(err);
		return error_wrap(err, "in the address '%s'", text);
	}
	if (!slash)
		return 0;
	out->member = decoded(slash + 1, strlen(slash + 1));
	if (!out->member || !*out->member)
		return error_set(err, ERR_USAGE,
				 "the member in the address '%s' is empty or "
				 "wrongly encoded",
				 text);
	return 0;
}

static int parse_id(const char *text, const char *id, size_t len,
		    struct address *out, struct error *err)
{
	out->id = memchr(id, '/', len) ? NULL : decoded(id, len);
	if (!out->id || !*out->id) {
		(void)error_set(err, ERR_USAGE,
				"the identifier in the address '%s' is empty "
				"or wrongly encoded",
				text);
		hint_form(err);
		return -1;
	}
	for (char *c = out->id; out->ops->lower_case && *c; c++)
		*c = (char)tolower((unsigned char)*c);
	out->resource = address_of(out->ops->kind, out->id);
	return 0;
}

DEFINE_CLEANUP(address_cleanup, struct address *, address_release)

int address_parse(const char *text, struct address *ret_address,
		  struct error *err)
{
	struct address address = { .ops = NULL };
	CLEANUP(address_cleanup) struct address *parsed = &address;
	const char *slash = strchr(text, '/');
	CLEANUP(free_ptr) char *kind = NULL;
	const char *colon;

	if (!slash) {
		(void)error_set(err, ERR_USAGE, "'%s' is no address", text);
		hint_form(err);
		return -1;
	}
	kind = xstrndup(text, (size_t)(slash - text));
	address.ops = kind_by_name(kind);
	if (!address.ops)
		return unknown_kind(text, kind, err);
	colon = strchr(slash, ':');
	if (parse_id(text, slash + 1,
		     colon ? (size_t)(colon - slash - 1) : strlen(slash + 1),
		     &address, err) < 0)
		return -1;
	if (colon && parse_tail(text, colon + 1, &address, err) < 0)
		return -1;
	parsed = NULL;
	*ret_address = address;
	return 0;
}

const struct setting *setting_at(const char *address, const char *setting)
{
	CLEANUP(address_release) struct address parsed = { .ops = NULL };
	CLEANUP(error_release) struct error err = ERROR_INIT;

	if (address_parse(address, &parsed, &err) || !parsed.ops)
		return NULL;
	return catalogue_get(parsed.ops->kind, setting);
}

void address_release(struct address *address)
{
	if (!address)
		return;
	free(address->id);
	free(address->setting);
	free(address->member);
	free(address->resource);
	*address = (struct address){ .ops = NULL };
}
