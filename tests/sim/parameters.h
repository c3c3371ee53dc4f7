/*
 * What the parameters of each parameter group family are: names, defaults,
 * types and what may be done with them. A table; groups are param_group.h.
 */
#ifndef ABACK_TESTS_SIM_PARAMETERS_H
#define ABACK_TESTS_SIM_PARAMETERS_H

#include <stdbool.h>
#include <stddef.h>

/* Which groups of a family have the parameter. */
enum parameter_level {
	LEVEL_CLUSTER, /* cluster parameter groups alone */
	LEVEL_BOTH     /* instance parameter groups as well */
};

struct parameter {
	const char *name;
	const char *family;  /* what the family's name begins with */
	const char *value;   /* NULL: no value is shown */
	const char *allowed; /* AllowedValues, or NULL: anything */
	const char *type;    /* "boolean", "integer", "string", "list", … */
	bool is_static;
	enum parameter_level level;
	bool fixed; /* IsModifiable is false */
};

/* By name, among those of a family and a level. NULL: none. */
const struct parameter *parameter_find(const char *family, bool cluster,
				       const char *name);
/* The one with the next name after `after` (NULL: the first). NULL: none. */
const struct parameter *parameter_next(const char *family, bool cluster,
				       const char *after);
/* Is there a family of that name? */
bool parameter_family(const char *family);
/*
 * Why the value is none that the parameter may have: false. Formulas, such as
 * {DBInstanceClassMemory*3/4}, are let through.
 */
bool parameter_allows(const struct parameter *parameter, const char *value);

#endif
