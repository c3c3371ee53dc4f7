#include "plans/rds_layout.h"

#include <assert.h>
#include <string.h>

#include "core/mem.h"

/* ---- the paths of a kind ---------------------------------------------- */

#define TAG "TagList/Tag"
#define PENDING "PendingModifiedValues"
#define EXPORTS PENDING "/PendingCloudwatchLogsExports"

static size_t add_path(struct rds_layout *layout, const char *path)
{
	for (size_t i = 0; i < layout->len; i++) {
		if (strcmp(layout->paths[i], path) == 0)
			return i;
	}
	assert(layout->len < RDS_PATHS_MAX);
	layout->paths[layout->len] = path;
	return layout->len++;
}

static void add_xml(struct rds_layout *layout, const struct rds_kind *rds,
		    const char *member, int id)
{
	CLEANUP(free_ptr)
	char *path = xasprintf("*/*/%s%s%s", rds->element, *member ? "/" : "",
			       member);

	xml_paths_add(layout->xml, path, id);
}

static size_t count(const char *const *names)
{
	size_t len = 0;

	while (names && names[len])
		len++;
	return len;
}

static void fill_layout(struct rds_layout *layout, const struct rds_kind *rds)
{
	const char *const fixed[RDS_COUNT] = {
		[RDS_ID] = rds->id,
		[RDS_RESOURCE_ID] = rds->resource_id,
		[RDS_ARN] = rds->arn,
		[RDS_STATUS] = rds->status,
		[RDS_CLUSTER] = rds->cluster,
		[RDS_ENGINE] = "Engine",
		[RDS_VERSION] = "EngineVersion",
		[RDS_TAG_KEY] = TAG "/Key",
		[RDS_TAG_VALUE] = TAG "/Value",
		[RDS_PENDING_CA] = PENDING "/CertificateDetails/CAIdentifier",
		[RDS_EXPORTS_ON] = EXPORTS "/LogTypesToEnable/member",
		[RDS_EXPORTS_OFF] = EXPORTS "/LogTypesToDisable/member",
		[RDS_BACKUP_OWNER] = "AwsBackupRecoveryPointArn",
	};
	size_t len;
	const size_t facts = count(rds->facts);
	const struct setting *rows = catalogue_rows(rds->kind, &len);

	layout->rows = xcalloc(len, sizeof(*layout->rows));
	layout->group_len = count(rds->group_facts);
	layout->group = xcalloc(layout->group_len + 1, sizeof(size_t));
	layout->facts = xcalloc(facts + 1, sizeof(*layout->facts));
	for (size_t i = 0; i < RDS_COUNT; i++)
		layout->fixed[i] = add_path(layout, fixed[i]);
	for (size_t i = 0; i < facts; i++)
		layout->facts[i] = add_path(layout, rds->facts[i]);
	for (size_t i = 0; i < layout->group_len; i++)
		layout->group[i] = add_path(layout, rds->group_facts[i]);
	for (size_t i = 0; i < len; i++)
		layout->rows[i] = rows[i].read ? add_path(layout, rows[i].read)
					       : RDS_PATHS_MAX;
	layout->xml = xml_paths_new();
	for (size_t i = 0; i < layout->len; i++)
		add_xml(layout, rds, layout->paths[i], (int)i);
	add_xml(layout, rds, "", RDS_ID_ELEMENT);
	add_xml(layout, rds, TAG, RDS_ID_TAG);
	if (rds->group)
		add_xml(layout, rds, rds->group, RDS_ID_GROUP);
	add_xml(layout, rds, PENDING "/*", RDS_ID_PENDING);
	add_xml(layout, rds, PENDING "/*/*", RDS_ID_PENDING_CHILD);
}

const struct rds_layout *rds_layout_of(const struct rds_kind *rds)
{
	static struct rds_layout layouts[KIND_COUNT];
	struct rds_layout *layout = &layouts[rds->kind];

	if (!layout->len)
		fill_layout(layout, rds);
	return layout;
}

const struct xml_paths *rds_page_paths(const struct rds_kind *rds)
{
	return rds_layout_of(rds)->xml;
}

/* ---- which rows are kept ---------------------------------------------- */

/* Those that rows[i] is judged by; false: they are all kept already. */
static bool keep_neighbours(bool *keep, const struct setting *rows, size_t len,
			    size_t i)
{
	bool more = false;

	for (size_t j = 0; j < len; j++) {
		if (keep[j] || !rows[j].read ||
		    !settings_belong_together(&rows[i], &rows[j]))
			continue;
		keep[j] = true;
		more = true;
	}
	return more;
}

bool *rds_rows_to_keep(enum kind kind, const bool *wanted)
{
	size_t len;
	const struct setting *rows = catalogue_rows(kind, &len);
	bool *keep = xcalloc(len, sizeof(*keep));
	bool more = true;

	for (size_t i = 0; i < len; i++)
		keep[i] = rows[i].read && (!wanted || wanted[i]);
	while (more) {
		more = false;
		for (size_t i = 0; i < len; i++) {
			if (keep[i] && keep_neighbours(keep, rows, len, i))
				more = true;
		}
	}
	return keep;
}
