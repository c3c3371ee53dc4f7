#include "plans/members.h"

#include <string.h>
#include <strings.h>

const json_t *cluster_members(const struct resource *cluster)
{
	return json_object_get(cluster->facts, MEMBER_ID);
}

/*
 * The member's text of a path. Where a member lacks it nobody knows whose the
 * others are.
 */
static const char *text_of(const struct resource *cluster, const char *path,
			   const char *id)
{
	const json_t *ids = cluster_members(cluster);
	const json_t *texts = json_object_get(cluster->facts, path);
	size_t i;
	json_t *member;

	if (json_array_size(texts) != json_array_size(ids))
		return NULL;
	json_array_foreach(ids, i, member) {
		if (!strcasecmp(json_string_value(member), id))
			return json_string_value(json_array_get(texts, i));
	}
	return NULL;
}

json_t *members_before(const struct resource *cluster, const char *id)
{
	const char *writes = text_of(cluster, MEMBER_WRITES, id);
	CLEANUP(json_release) json_t *others = json_array();
	size_t i;
	json_t *member;

	if (writes && !strcasecmp(writes, "true")) {
		json_array_foreach(cluster_members(cluster), i, member) {
			if (strcasecmp(json_string_value(member), id) != 0)
				json_array_append(others, member);
		}
	}
	return json_sorted_set(others);
}

const char *member_status(const struct resource *cluster, const char *id)
{
	return text_of(cluster, MEMBER_STATUS, id);
}

bool any_member_status(const struct resource *cluster, const char *status)
{
	return json_array_has(json_object_get(cluster->facts, MEMBER_STATUS),
			      status);
}
