#include "plans/effective.h"

#include <string.h>
#include <strings.h>

#include "core/mem.h"
#include "plans/catalogue.h"
#include "plans/kinds.h"
#include "plans/members.h"
#include "plans/parameter_group.h"

static const char *group_name(const struct resource *owner,
			      const struct parameter_kind *of)
{
	return json_string_value(resource_value(
		owner, catalogue_lookup(of->user, of->user_setting)));
}

static const struct resource *group_of(const struct live *live,
				       const struct resource *owner,
				       const struct parameter_kind *of)
{
	const char *name = group_name(owner, of);
	CLEANUP(free_ptr) char *address = NULL;

	if (!name)
		return NULL;
	address = address_of(of->kind, name);
	return live_find(live, owner->place->name, address);
}

/* Was it set there? Then that decides. */
static void take(const struct resource *owner, const struct resource *group,
		 const struct setting *row, struct effective *effective)
{
	const json_t *value = resource_value(group, row);

	effective->group = group;
	effective->owner = owner;
	effective->about = parameter_about(group, row);
	effective->set = json_is_string(value);
	effective->text = effective->set
				  ? json_string_value(value)
				  : json_text(effective->about, "default");
	effective->lacking = json_is_null(effective->about);
}

static bool waits(const struct resource *cluster, const struct resource *member,
		  const struct effective *effective)
{
	const char *status = effective->owner == cluster
				     ? member_status(cluster, member->id)
				     : NULL;

	if (!effective->set ||
	    !strcmp(json_text(effective->about, "apply")
			    ? json_text(effective->about, "apply")
			    : "static",
		    "dynamic"))
		return false;
	if (effective->owner == cluster)
		return status && !strcmp(status, "pending-reboot");
	return json_array_has(
		json_object_get(member->facts, INSTANCE_APPLY_STATUS_FACT),
		"pending-reboot");
}

/* false: it was not read whether the member sets it itself. */
static bool take_override(const struct live *live,
			  const struct resource *member, const char *name,
			  struct effective *effective)
{
	const struct setting *row =
		catalogue_lookup(KIND_INSTANCE_PARAMETER_GROUP, name);
	const struct resource *group;

	if (!row) /* members cannot */
		return true;
	group = group_of(live, member, &instance_parameters);
	if (!group || !resource_value(group, row))
		return false;
	if (json_is_string(resource_value(group, row)))
		take(member, group, row, effective);
	return true;
}

bool effective_parameter(const struct live *live,
			 const struct resource *cluster,
			 const struct resource *member, const char *name,
			 struct effective *ret_effective)
{
	const struct setting *row =
		catalogue_lookup(KIND_CLUSTER_PARAMETER_GROUP, name);
	const struct resource *group =
		group_of(live, cluster, &cluster_parameters);
	struct effective effective = { 0 };

	if (!group || !resource_value(group, row))
		return false;
	take(cluster, group, row, &effective);
	if (!effective.about && !effective.set)
		return false;
	if (member && !take_override(live, member, name, &effective))
		return false;
	if (member && waits(cluster, member, &effective))
		effective.waits = member;
	*ret_effective = effective;
	return true;
}

bool parameter_is_on(const char *text)
{
	return text && (!strcmp(text, "1") || !strcasecmp(text, "on") ||
			!strcasecmp(text, "true"));
}

bool parameter_lists(const char *text, const char *member)
{
	const size_t len = strlen(member);

	while (text && *text) {
		const size_t word = strcspn(text, ",");
		const size_t blanks = strspn(text, " \t");

		if (word >= blanks + len &&
		    !strncasecmp(text + blanks, member, len) &&
		    strspn(text + blanks + len, " \t") + blanks + len == word)
			return true;
		text += word + (text[word] == ',');
	}
	return false;
}
