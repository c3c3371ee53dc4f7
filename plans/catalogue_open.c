/*
 * Rows of settings that no table can list, such as the parameters that an
 * engine has: made when somebody names one, for as long as the program runs.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/limits.h"
#include "core/mem.h"
#include "plans/catalogue_rows.h"

/* All at once, so that none ever moves; pages that nobody needs cost nothing.
 */
static void make(struct open_rows *open)
{
	assert(*open->table_len < LIMIT_OPEN_ROWS);
	open->rows = xcalloc(LIMIT_OPEN_ROWS, sizeof(*open->rows));
	memcpy(open->rows, open->table, *open->table_len * sizeof(*open->rows));
	open->len = *open->table_len;
}

struct open_rows *open_rows(enum kind kind)
{
	struct open_rows *open = kind == KIND_CLUSTER_PARAMETER_GROUP
					 ? &catalogue_cluster_parameters
				 : kind == KIND_INSTANCE_PARAMETER_GROUP
					 ? &catalogue_instance_parameters
					 : NULL;

	if (open && !open->rows)
		make(open);
	return open;
}

const struct setting *open_rows_find(const struct open_rows *open,
				     const char *name)
{
	for (size_t i = *open->table_len; i < open->len; i++) {
		if (strcmp(open->rows[i].name, name) == 0)
			return &open->rows[i];
	}
	return NULL;
}

const struct setting *open_rows_add(struct open_rows *open, const char *name)
{
	struct setting *row = &open->rows[open->len];

	if (open->len == LIMIT_OPEN_ROWS || !open->is_name(name))
		return NULL;
	*row = open->like;
	row->name = xstrdup(name);
	row->spared_by = xasprintf("%s%s", open->like.spared_by, name);
	open->len++;
	return row;
}
