/* The settings that rules and waivers name. */
#include "core/mem.h"
#include "plans/desired_read.h"
#include "plans/kind.h"

/* The kind that has such a setting of its own; NULL: none has. */
static const struct kind_ops *owner_of(const char *name)
{
	for (enum kind kind = 0; kind < KIND_COUNT; kind++) {
		const struct setting *row = catalogue_lookup(kind, name);

		if (row && row->standing != STANDING_OTHER_KIND)
			return kind_ops(kind);
	}
	return NULL;
}

/*
 * Another kind's setting, where any name might be one of this kind; NULL: it
 * is none.
 */
static const struct kind_ops *stray_from(enum kind kind, const char *name)
{
	const struct kind_ops *owner;
	const char *form;

	if (!catalogue_open(kind, &form) || catalogue_lookup(kind, name))
		return NULL;
	owner = owner_of(name);
	return owner && !catalogue_open(owner->kind, &form) ? owner : NULL;
}

static void refuse_unknown(struct desired_reader *r, enum kind kind,
			   const struct yaml_node *name,
			   const struct error *err)
{
	const struct kind_ops *owner = owner_of(name->text);
	CLEANUP(free_ptr) char *hint = NULL;

	if (!owner) {
		desired_mistake(r, name, err->hint,
				"unknown setting '%s' of the kind '%s'",
				name->text, kind_ops(kind)->name);
		return;
	}
	hint = xasprintf("set it in a rule with match: {kind: %s}",
			 owner->name);
	desired_mistake(r, name, hint,
			"'%s' belongs to the kind '%s', not '%s'", name->text,
			owner->name, kind_ops(kind)->name);
}

/* Say why rules may not set the row. */
static void refuse_standing(struct desired_reader *r,
			    const struct yaml_node *name,
			    const struct setting *row)
{
	const char *why = row->reason ? row->reason : "";
	CLEANUP(free_ptr) char *hint = NULL;

	switch (row->standing) {
	case STANDING_OTHER_KIND:
		hint = xasprintf("set it in a rule with match: {kind: %s}",
				 row->belongs);
		desired_mistake(r, name, hint,
				"'%s' belongs to the kind '%s', not '%s': %s",
				row->name, row->belongs,
				kind_ops(row->kind)->name, why);
		break;
	case STANDING_SECRET:
		desired_mistake(r, name, NULL,
				"'%s' cannot be set in a file: %s", row->name,
				why);
		break;
	case STANDING_LATER:
		desired_mistake(r, name, NULL, "'%s' is not supported yet: %s",
				row->name, why);
		break;
	case STANDING_ACTION:
		desired_mistake(r, name, NULL, "'%s' is not a setting: %s",
				row->name, why);
		break;
	case STANDING_WRITABLE:
	case STANDING_FIXED:
		break;
	}
}

const struct setting *desired_setting(struct desired_reader *r, enum kind kind,
				      const struct yaml_node *name)
{
	CLEANUP(error_release) struct error err = ERROR_INIT;
	const struct setting *row = NULL;

	if (stray_from(kind, name->text) ||
	    catalogue_find(kind, name->text, &row, &err)) {
		refuse_unknown(r, kind, name, &err);
		return NULL;
	}
	if (row->standing == STANDING_WRITABLE ||
	    row->standing == STANDING_FIXED)
		return row;
	refuse_standing(r, name, row);
	return NULL;
}
