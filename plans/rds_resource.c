/* From the texts of an element to a resource. */
#include <string.h>

#include "core/mem.h"
#include "plans/rds_element.h"
#include "plans/tags.h"
#include "plans/value.h"

static json_t *all_fixed(struct rds_element *element, enum rds_fixed fixed)
{
	return rds_element_all(element, element->layout->fixed[fixed]);
}

static void read_values(struct rds_element *element, struct resource *resource)
{
	size_t len;
	const struct setting *rows = catalogue_rows(element->rds->kind, &len);

	for (size_t i = 0; i < len; i++) {
		const char **texts;
		size_t texts_len;

		if (!element->keep[i])
			continue;
		if (rows[i].type == TYPE_STRING_MAP) {
			resource->values[i] =
				tags_without_reserved(resource->tags);
			continue;
		}
		texts_len = rds_element_texts(element, element->layout->rows[i],
					      &texts);
		resource->values[i] =
			value_from_wire(&rows[i], texts, texts_len);
	}
	for (size_t i = 0; i < len; i++) {
		const struct setting *with =
			rows[i].only_with ? catalogue_lookup(element->rds->kind,
							     rows[i].only_with)
					  : NULL;

		if (element->keep[i] && with &&
		    value_is_off(resource_value(resource, with))) {
			json_decref(resource->values[i]);
			resource->values[i] = json_null();
		}
	}
}

/* A set of which only the difference is pending. */
static json_t *pending_set(struct rds_element *element,
			   const struct resource *resource,
			   const struct setting *row)
{
	CLEANUP(json_release) json_t *on = all_fixed(element, RDS_EXPORTS_ON);
	CLEANUP(json_release) json_t *off = all_fixed(element, RDS_EXPORTS_OFF);
	CLEANUP(json_release)
	json_t *both = set_union(resource_value(resource, row), on);

	return set_minus(both, off);
}

static void read_pending(struct rds_element *element, struct resource *resource)
{
	size_t len;
	const struct setting *rows = catalogue_rows(element->rds->kind, &len);

	resource->pending_elements =
		element->pending ? TAKE(element->pending) : json_object();
	if (!json_object_size(resource->pending_elements))
		return;
	for (size_t i = 0; i < len; i++) {
		const char *text =
			rows[i].pending ? json_text(resource->pending_elements,
						    rows[i].pending)
					: NULL;

		if (!text || !element->keep[i])
			continue;
		resource->pending[i] =
			rows[i].write_remove
				? pending_set(element, resource, &rows[i])
				: value_from_wire(&rows[i], &text, 1);
	}
}

static void read_tags(struct rds_element *element, struct resource *resource)
{
	const struct rds_piece *pieces = element->pieces;
	const size_t keys = element->layout->fixed[RDS_TAG_KEY];
	const size_t values = element->layout->fixed[RDS_TAG_VALUE];
	size_t key = element->count[keys] ? element->head[keys] : RDS_NO_PIECE;
	size_t value =
		element->count[values] ? element->head[values] : RDS_NO_PIECE;

	resource->tags = json_object();
	for (; key != RDS_NO_PIECE && value != RDS_NO_PIECE;
	     key = pieces[key].next, value = pieces[value].next)
		json_object_set_new(resource->tags,
				    element->texts.buf + pieces[key].start,
				    json_from_text(element->texts.buf +
						   pieces[value].start));
}

static void read_owner(struct rds_element *element, struct resource *resource)
{
	static const char *const owned[] = { "backup_retention_period",
					     "preferred_backup_window" };
	const char *arn = rds_element_first(element, RDS_BACKUP_OWNER);
	CLEANUP(free_ptr) char *reason = NULL;

	for (size_t i = 0; arn && i < ARRAY_SIZE(owned); i++) {
		const struct setting *row =
			catalogue_lookup(element->rds->kind, owned[i]);

		if (!row || row->standing != STANDING_WRITABLE)
			continue;
		if (!reason)
			reason =
				xasprintf("AWS Backup owns it (recovery point "
					  "'%s'); change the backup plan there",
					  arn);
		if (!resource->owned_elsewhere)
			resource->owned_elsewhere = json_object();
		json_object_set_new(resource->owned_elsewhere, owned[i],
				    json_from_text(reason));
	}
}

static void read_facts(struct rds_element *element, struct resource *resource)
{
	resource->facts = json_object();
	for (size_t i = 0; element->rds->facts[i]; i++) {
		const size_t path = element->layout->facts[i];

		if (element->count[path])
			json_object_set_new(resource->facts,
					    element->rds->facts[i],
					    rds_element_all(element, path));
	}
}

/* A group that waits for a reboot is named already, but not in effect. */
static void read_group(struct rds_element *element, struct resource *resource)
{
	const struct setting *row = catalogue_lookup(
		element->rds->kind, element->rds->group_setting);
	const size_t i = catalogue_index(row);
	json_t *statuses =
		json_object_get(resource->facts, element->rds->group_status);

	if (element->keep[i] && (json_array_has(statuses, "pending-reboot") ||
				 json_array_has(statuses, "applying")))
		resource->pending[i] = json_incref(resource->values[i]);
}

struct resource *rds_element_resource(struct rds_element *element)
{
	const struct rds_kind *rds = element->rds;
	const char *id = rds_element_first(element, RDS_ID);
	const char *arn = rds_element_first(element, RDS_ARN);
	const char *resource_id = rds_element_first(element, RDS_RESOURCE_ID);
	struct resource *resource;

	if (!id || (!resource_id && !arn))
		return NULL;
	resource = resource_new(rds->kind, element->place);
	resource->id = xstrdup_lower(id);
	resource->address = address_of(rds->kind, resource->id);
	resource->resource_id = xstrdup(resource_id ? resource_id : arn);
	resource->arn = xstrdup(arn);
	resource->engine = xstrdup(rds_element_first(element, RDS_ENGINE));
	resource->engine_version =
		xstrdup(rds_element_first(element, RDS_VERSION));
	resource->status =
		xstrdup_lower(rds_element_first(element, RDS_STATUS));
	resource->cluster =
		xstrdup_lower(rds_element_first(element, RDS_CLUSTER));
	read_tags(element, resource);
	read_values(element, resource);
	read_pending(element, resource);
	read_owner(element, resource);
	read_facts(element, resource);
	read_group(element, resource);
	if (rds->derive)
		rds->derive(resource, element->keep);
	return resource;
}
