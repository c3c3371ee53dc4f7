#include "plans/parameter_group_build.h"

#include <stdlib.h>
#include <string.h>

#include "core/limits.h"
#include "core/mem.h"
#include "core/nearest.h"
#include "plans/catalogue.h"

void group_read_release(struct group_read *group)
{
	free(group->id);
	free(group->family);
	json_decref(group->names);
	json_decref(group->set);
	json_decref(group->named);
	json_decref(group->reads);
}

/* "aurora-mysql8.0" → "aurora-mysql". Owned; NULL for NULL. */
static char *family_engine(const char *family)
{
	return family ? xstrndup(family, strcspn(family, "0123456789")) : NULL;
}

/* ---- the resource itself ---------------------------------------------- */

static char *arn_of(const struct parameter_kind *of, const struct place *place,
		    const char *id)
{
	const char *region = place->region;
	const char *partition = !strncmp(region, "cn-", 3)       ? "aws-cn"
				: !strncmp(region, "us-gov-", 7) ? "aws-us-gov"
								 : "aws";

	return xasprintf("arn:%s:rds:%s:%s:%s:%s", partition, region,
			 place->account_id, of->arn, id);
}

/* As it is before anything is known of its parameters. */
static struct resource *bare(const struct parameter_kind *of,
			     const struct place *place,
			     const struct group_read *group)
{
	struct resource *resource = resource_new(of->kind, place);

	resource->id = xstrdup(group->id);
	resource->address = address_of(of->kind, group->id);
	resource->arn = arn_of(of, place, group->id);
	/* AWS has no other: a group made anew under the name is the same */
	resource->resource_id = xstrdup(resource->arn);
	resource->engine = family_engine(group->family);
	resource->facts = json_object();
	resource_set_value(resource, catalogue_lookup(of->kind, "exists"),
			   json_boolean(group->listed != NULL));
	resource_set_value(resource, catalogue_lookup(of->kind, "family"),
			   json_from_text(json_text(group->listed,
						    "DBParameterGroupFamily")));
	resource_set_value(
		resource, catalogue_lookup(of->kind, "description"),
		json_from_text(json_text(group->listed, "Description")));
	return resource;
}

char *group_family(const struct parameter_kind *of,
		   const struct read_request *request,
		   const struct group_read *group)
{
	const struct setting *row = catalogue_lookup(of->kind, "family");
	const char *family = json_text(group->listed, "DBParameterGroupFamily");
	struct resource *resource;
	char *wanted = NULL;

	if (family || group->listed || !request->foresee)
		return xstrdup(family);
	resource = bare(of, request->place, group);
	/* there is nobody else to see what becomes of these values */
	request->foresee(request->foresee_ctx, resource, resource->values);
	wanted = xstrdup(json_string_value(resource_value(resource, row)));
	resource_free(resource);
	return wanted;
}

/* Can the group's family have the parameter? */
static bool may_have(const struct resource *resource, const struct setting *row)
{
	return !row->engine || !resource->engine ||
	       strcmp(row->engine, resource->engine) == 0;
}

json_t *group_names(const struct parameter_kind *of,
		    const struct read_request *request,
		    const struct group_read *group, const json_t *names)
{
	struct resource *resource = bare(of, request->place, group);
	json_t *wanted = json_array();
	size_t i;
	json_t *name;

	json_array_foreach(names, i, name) {
		const struct setting *row =
			catalogue_lookup(of->kind, json_string_value(name));

		if (may_have(resource, row) &&
		    (!request->matters ||
		     request->matters(request->ctx, resource, row)))
			(void)json_array_append(wanted, name);
	}
	resource_free(resource);
	return wanted;
}

/* ---- parameters ------------------------------------------------------- */

/* What AWS said of it, as plans/parameter_value.h has it. New reference. */
static json_t *about_of(const json_t *parameter, bool set)
{
	static const struct {
		const char *member, *as;
	} texts[] = { { "DataType", "type" },
		      { "ApplyType", "apply" },
		      { "AllowedValues", "allowed" } };
	const char *modifiable = json_text(parameter, "IsModifiable");
	json_t *about = json_object();

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		json_t *text = json_object_get(parameter, texts[i].member);

		if (text)
			(void)json_object_set(about, texts[i].as, text);
	}
	if (!set && json_object_get(parameter, "ParameterValue"))
		(void)json_object_set(
			about, "default",
			json_object_get(parameter, "ParameterValue"));
	if (modifiable)
		(void)json_object_set_new(
			about, "modifiable",
			json_boolean(strcmp(modifiable, "true") == 0));
	(void)json_object_set_new(about, "user", json_boolean(set));
	return about;
}

static json_t *about_all(struct resource *resource)
{
	json_t *all = json_object_get(resource->facts, PARAMETER_ABOUT);

	if (!all) {
		all = json_object();
		(void)json_object_set_new(resource->facts, PARAMETER_ABOUT,
					  all);
	}
	return all;
}

static void add_parameter(struct resource *resource, const char *name,
			  const json_t *parameter, bool set, bool make_row)
{
	const struct setting *row =
		make_row ? catalogue_get(resource->kind, name)
			 : catalogue_lookup(resource->kind, name);
	const char *apply = json_text(parameter, "ApplyType");
	json_t *value = json_object_get(parameter, "ParameterValue");

	(void)json_object_set_new(about_all(resource), name,
				  about_of(parameter, set));
	if (apply && !strcmp(apply, "dynamic")) {
		CLEANUP(free_ptr)
		char *fact = xasprintf(PARAMETER_DYNAMIC "%s", name);

		(void)json_object_set_new(resource->facts, fact, json_true());
	}
	if (row && is_parameter(row))
		resource_set_value(resource, row,
				   set && value ? json_incref(value)
						: json_null());
}

/* Who says nothing of sources, as some emulators, tells only what was set. */
static bool is_set(const json_t *parameter)
{
	const char *source = json_text(parameter, "Source");

	return !source || strcmp(source, "user") == 0;
}

static void add_parameters(struct resource *resource, const json_t *parameters,
			   bool make_rows)
{
	const char *name;
	json_t *parameter;

	json_object_foreach((json_t *)(uintptr_t)parameters, name, parameter)
		add_parameter(resource, name, parameter, is_set(parameter),
			      make_rows);
}

/* What the family begins with, of those that are asked for. */
static void add_defaults(struct resource *resource, const json_t *names,
			 const json_t *all)
{
	size_t i;
	json_t *name;

	json_array_foreach(names, i, name) {
		const char *text = json_string_value(name);
		const json_t *parameter = json_object_get(all, text);

		if (parameter)
			add_parameter(resource, text, parameter, false, false);
	}
}

static void add_nearest(struct resource *resource, const char *name,
			const json_t *all)
{
	struct nearest nearest = nearest_to(name);
	json_t *hints = json_object_get(resource->facts, PARAMETER_NEAREST);
	const char *other;
	json_t *ignored;

	json_object_foreach((json_t *)(uintptr_t)all, other, ignored)
		nearest_offer(&nearest, other);
	if (!nearest_best(&nearest))
		return;
	if (!hints) {
		hints = json_object();
		(void)json_object_set_new(resource->facts, PARAMETER_NEAREST,
					  hints);
	}
	(void)json_object_set_new(hints, name,
				  json_from_text(nearest_best(&nearest)));
}

/* Are these all that a family has, or only what was set, as emulators say? */
static bool is_all(const json_t *all)
{
	const char *name;
	json_t *parameter;

	json_object_foreach((json_t *)(uintptr_t)all, name, parameter)
		return json_text(parameter, "Source") != NULL;
	return false;
}

/*
 * Names that were not found: the family has none such where all that it has is
 * known, and else nobody knows. Their value is that nobody set them.
 */
static void add_unknown(struct resource *resource,
			const struct group_read *group)
{
	size_t i;
	json_t *name;

	json_array_foreach(group->unknown, i, name) {
		const char *text = json_string_value(name);
		const struct setting *row =
			catalogue_lookup(resource->kind, text);

		if (json_object_get(about_all(resource), text))
			continue;
		resource_set_value(resource, row, json_null());
		if (!is_all(group->all))
			continue;
		(void)json_object_set_new(about_all(resource), text,
					  json_null());
		add_nearest(resource, text, group->all);
	}
}

/* ---- who uses it ------------------------------------------------------ */

/* Put the index with others under the key. */
static void note_under(json_t *object, const char *key, size_t index)
{
	json_t *all = json_object_get(object, key);

	if (!all) {
		all = json_array();
		(void)json_object_set_new(object, key, all);
	}
	(void)json_array_append_new(all, json_integer((json_int_t)index));
}

void group_users_init(struct group_users *users,
		      const struct parameter_kind *of,
		      const struct place *place, const struct live *live)
{
	const struct setting *row =
		catalogue_lookup(of->user, of->user_setting);

	*users = (struct group_users){ .live = live,
				       .users = json_object(),
				       .members = json_object() };
	for (size_t i = 0; live && i < live->len; i++) {
		const struct resource *resource = live->items[i];
		const char *used;

		if (strcmp(resource->place->name, place->name) != 0)
			continue;
		used = resource->kind == of->user
			       ? json_string_value(
					 resource_value(resource, row))
			       : NULL;
		if (used)
			note_under(users->users, used, i);
		if (resource->kind == of->overriding && resource->cluster)
			note_under(users->members, resource->cluster, i);
	}
}

void group_users_release(struct group_users *users)
{
	json_decref(users->users);
	json_decref(users->members);
}

static const struct resource *at(const struct group_users *users,
				 const json_t *index)
{
	return users->live->items[json_integer_value(index)];
}

static void add_users(const struct parameter_kind *of,
		      struct resource *resource,
		      const struct group_users *users)
{
	json_t *statuses = json_array(), *ids = json_array(), *index;
	size_t i;

	json_array_foreach(json_object_get(users->users, resource->id), i,
			   index) {
		const struct resource *user = at(users, index);
		size_t s;
		json_t *status;

		(void)json_array_append_new(ids, json_from_text(user->id));
		json_array_foreach(
			json_object_get(user->facts, of->user_status), s,
			status)
			json_array_add_unique(statuses,
					      json_string_value(status));
	}
	(void)json_object_set_new(resource->facts, PARAMETER_STATUSES,
				  statuses);
	(void)json_object_set_new(resource->facts, PARAMETER_USERS,
				  json_sorted_set(ids));
	json_decref(ids);
}

/*
 * While a member waits for a reboot, what somebody set of static parameters may
 * be what it waits for: AWS does not say which.
 */
static void add_waiting(struct resource *resource)
{
	size_t len;
	const struct setting *rows = catalogue_rows(resource->kind, &len);

	if (!json_array_has(
		    json_object_get(resource->facts, PARAMETER_STATUSES),
		    "pending-reboot"))
		return;
	for (size_t i = 0; i < len; i++) {
		json_t *value = resource_value(resource, &rows[i]);

		if (is_parameter(&rows[i]) && json_is_string(value) &&
		    setting_effect(&rows[i], resource->facts) == EFFECT_REBOOT)
			resource_set_pending(resource, &rows[i],
					     json_incref(value));
	}
}

static void add_note(struct resource *resource, const char *line)
{
	if (!resource->notes)
		resource->notes = json_array();
	(void)json_array_append_new(resource->notes, json_from_text(line));
}

/* Who else is hit by what is changed in it. */
static void note_users(const struct parameter_kind *of,
		       struct resource *resource)
{
	const json_t *ids = json_object_get(resource->facts, PARAMETER_USERS);
	const size_t count = json_array_size(ids);
	CLEANUP(strbuf_release) struct strbuf line = STRBUF_INIT(LIMIT_MESSAGE);
	const char *kind = kind_ops(of->user)->name;

	if (!count) {
		/* of one that is made only now that is no news */
		if (!resource_is_missing(resource))
			add_note(resource, "nothing uses it");
		return;
	}
	if (count > 1)
		strbuf_addf(&line,
			    "%zu %ss use it, and what is changed holds "
			    "for each of them:",
			    count, kind);
	else
		strbuf_addf(&line, "the %s that uses it:", kind);
	for (size_t i = 0; i < count; i++)
		strbuf_addf(&line, "%s '%s'", i ? "," : "",
			    json_string_value(json_array_get(ids, i)));
	add_note(resource, line.buf);
}

void group_each_override(const struct parameter_kind *of,
			 const struct group_users *users, const char *id,
			 void (*fn)(void *ctx, const struct resource *member,
				    const char *id),
			 void *ctx)
{
	const struct setting *row;
	size_t i, m;
	json_t *index, *member_index;

	if (of->overriding == KIND_COUNT)
		return;
	row = catalogue_lookup(of->overriding,
			       instance_parameters.user_setting);
	json_array_foreach(json_object_get(users->users, id), i, index) {
		json_array_foreach(
			json_object_get(users->members, at(users, index)->id),
			m, member_index) {
			const struct resource *member = at(users, member_index);
			const char *group =
				json_string_value(resource_value(member, row));

			if (group && !is_default_group(group))
				fn(ctx, member, group);
		}
	}
}

/* What a parameter is that nobody set; NULL: somebody did, or AWS says nothing.
 * Borrowed. */
static const char *default_of(const json_t *about)
{
	const char *usual = json_text(about, "default");

	return usual && *usual ? usual : NULL;
}

/*
 * `(unset)` in a plan is the default, which it does not show. A list that
 * nobody set is not empty either: what is written replaces its default.
 */
static void note_defaults(struct resource *resource, const json_t *names)
{
	CLEANUP(strbuf_release) struct strbuf line = STRBUF_INIT(LIMIT_MESSAGE);
	CLEANUP(json_release) json_t *sorted = json_sorted_set(names);
	size_t i;
	json_t *name;

	json_array_foreach(sorted, i, name) {
		const char *text = json_string_value(name);
		const char *usual =
			default_of(json_object_get(about_all(resource), text));

		if (usual)
			strbuf_addf(&line, "%s%s '%s'",
				    line.len ? ", "
					     : "defaults of what nobody set: ",
				    text, usual);
	}
	if (line.len)
		add_note(resource, line.buf);
}

/* A resource, and what was set in groups that may override it. */
struct overriding {
	struct resource *resource;
	const json_t *others, *names;
};

/* What a member sets for itself, of what is asked for. */
static void note_override(void *ctx, const struct resource *member,
			  const char *id)
{
	const struct overriding *by = ctx;
	const json_t *set = json_object_get(by->others, id);
	size_t i;
	json_t *name;

	json_array_foreach(by->names, i, name) {
		const char *text = json_string_value(name);
		const json_t *parameter = json_object_get(set, text);
		const char *value = json_text(parameter, "ParameterValue");
		CLEANUP(free_ptr) char *line = NULL;

		if (!parameter || !is_set(parameter))
			continue;
		line = xasprintf("instance '%s' overrides '%s' with '%s', by "
				 "its own parameter group '%s'",
				 member->id, text, value ? value : "", id);
		add_note(by->resource, line);
	}
}

struct resource *group_resource(const struct parameter_kind *of,
				const struct read_request *request,
				const struct group_users *users,
				const json_t *others,
				const struct group_read *group)
{
	struct resource *resource = bare(of, request->place, group);
	const bool describes = !request->wanted && !request->lanes;
	struct overriding by = { .resource = resource,
				 .others = others,
				 .names = group->names };

	if (json_object_size(group->reads))
		resource->reads = json_incref(group->reads);
	if (group->listed) {
		add_parameters(resource, group->named, false);
		add_parameters(resource, group->set, describes);
	} else {
		add_defaults(resource, group->names, group->all);
	}
	add_unknown(resource, group);
	if (group->bad_family)
		(void)json_object_set_new(resource->facts, PARAMETER_BAD_FAMILY,
					  json_true());
	if (group->lacking)
		(void)json_object_set_new(resource->facts,
					  PARAMETER_FAMILY_UNREAD,
					  json_from_text(group->lacking));
	add_users(of, resource, users);
	add_waiting(resource);
	note_users(of, resource);
	note_defaults(resource, group->names);
	group_each_override(of, users, group->id, note_override, &by);
	return resource;
}
