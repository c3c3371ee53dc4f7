#include "tests/sim/xml.h"

#include <ctype.h>
#include <string.h>

/* Lists whose items are not called "member". */
static const struct {
	const char *list, *item;
} item_names[] = {
	{ "AssociatedRoles", "DBClusterRole" },
	{ "AttributeValues", "AttributeValue" },
	{ "AvailabilityZones", "AvailabilityZone" },
	{ "Certificates", "Certificate" },
	{ "DBClusterMembers", "DBClusterMember" },
	{ "DBClusterOptionGroupMemberships", "DBClusterOptionGroup" },
	{ "DBClusterParameterGroups", "DBClusterParameterGroup" },
	{ "DBClusterSnapshotAttributes", "DBClusterSnapshotAttribute" },
	{ "DBEngineVersions", "DBEngineVersion" },
	{ "DBParameterGroups", "DBParameterGroup" },
	{ "DBSecurityGroups", "DBSecurityGroup" },
	{ "DomainMemberships", "DomainMembership" },
	{ "EventCategories", "EventCategory" },
	{ "EventCategoriesList", "EventCategory" },
	{ "Events", "Event" },
	{ "OptionGroupMemberships", "OptionGroupMembership" },
	{ "Parameters", "Parameter" },
	{ "PendingMaintenanceActionDetails", "PendingMaintenanceAction" },
	{ "ReadReplicaIdentifiers", "ReadReplicaIdentifier" },
	{ "SourceIdsList", "SourceId" },
	{ "StatusInfos", "DBInstanceStatusInfo" },
	{ "Subnets", "Subnet" },
	{ "SupportedTimezones", "Timezone" },
	{ "TagList", "Tag" },
	{ "ValidUpgradeTarget", "UpgradeTarget" },
	{ "VpcSecurityGroups", "VpcSecurityGroupMembership" },
};

const char *xml_item_name(const char *list)
{
	for (size_t i = 0; i < sizeof(item_names) / sizeof(*item_names); i++)
		if (!strcmp(item_names[i].list, list))
			return item_names[i].item;
	return "member";
}

/* XML has no place for most control characters: U+FFFD stands for them. */
static void escape_one(struct strbuf *out, char c)
{
	switch (c) {
	case '&':
		strbuf_adds(out, "&amp;");
		break;
	case '<':
		strbuf_adds(out, "&lt;");
		break;
	case '>':
		strbuf_adds(out, "&gt;");
		break;
	case '"':
		strbuf_adds(out, "&quot;");
		break;
	case '\t':
	case '\n':
	case '\r':
		strbuf_addf(out, "&#%d;", c);
		break;
	default:
		strbuf_adds(out, "\xef\xbf\xbd");
		break;
	}
}

static void escape(struct strbuf *out, const char *text)
{
	static const char special[] =
		"&<>\"\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d"
		"\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b"
		"\x1c\x1d\x1e\x1f";

	for (;;) {
		size_t plain = strcspn(text, special);
		strbuf_add(out, text, plain);
		text += plain;
		if (!*text)
			return;
		escape_one(out, *text++);
	}
}

static void open_tag(struct strbuf *out, const char *name)
{
	strbuf_addc(out, '<');
	strbuf_adds(out, name);
	strbuf_addc(out, '>');
}

static void close_tag(struct strbuf *out, const char *name)
{
	strbuf_adds(out, "</");
	strbuf_adds(out, name);
	strbuf_adds(out, ">\n");
}

void xml_text(struct strbuf *out, const char *name, const char *text)
{
	open_tag(out, name);
	escape(out, text);
	close_tag(out, name);
}

static void xml_list(struct strbuf *out, const char *name, const json_t *array)
{
	const char *item = xml_item_name(name);
	size_t index;
	json_t *value;

	if (json_array_size(array) == 0) {
		strbuf_addf(out, "<%s/>\n", name);
		return;
	}
	open_tag(out, name);
	strbuf_addc(out, '\n');
	json_array_foreach(array, index, value)
		xml_value(out, item, value);
	close_tag(out, name);
}

void xml_value(struct strbuf *out, const char *name, const json_t *value)
{
	switch (json_typeof(value)) {
	case JSON_OBJECT:
		open_tag(out, name);
		strbuf_addc(out, '\n');
		xml_members(out, value);
		close_tag(out, name);
		break;
	case JSON_ARRAY:
		xml_list(out, name, value);
		break;
	case JSON_STRING:
		xml_text(out, name, json_string_value(value));
		break;
	case JSON_INTEGER:
		strbuf_addf(out, "<%s>%lld</%s>\n", name,
			    (long long)json_integer_value(value), name);
		break;
	case JSON_TRUE:
		xml_text(out, name, "true");
		break;
	case JSON_FALSE:
		xml_text(out, name, "false");
		break;
	case JSON_REAL: /* the fleet file has none */
	case JSON_NULL:
		break;
	}
}

void xml_members(struct strbuf *out, const json_t *object)
{
	const char *key;
	json_t *value;

	/* jansson's iteration is not const-correct; nothing is changed */
	json_object_foreach((json_t *)(uintptr_t)object, key, value)
		if (!islower((unsigned char)*key))
			xml_value(out, key, value);
}
