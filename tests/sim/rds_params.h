/* Parameters of the modifying calls: their types, and reading them. */
#ifndef ABACK_TESTS_SIM_RDS_PARAMS_H
#define ABACK_TESTS_SIM_RDS_PARAMS_H

#include <stdbool.h>
#include <stddef.h>

#include "core/json.h"
#include "tests/sim/rds.h"

enum param_type {
	PARAM_CONTROL, /* a boolean that is no setting: ApplyImmediately */
	PARAM_BOOL,
	PARAM_INT, /* within least and most */
	PARAM_TEXT,
	PARAM_ENUM,          /* one of values, separated by '|' */
	PARAM_BACKUP_WINDOW, /* hh24:mi-hh24:mi */
	PARAM_WEEK_WINDOW,   /* ddd:hh24:mi-ddd:hh24:mi */
	PARAM_LIST           /* name is "X.Item.": X.Item.1, X.Item.2, … */
};

enum param_when {
	WHEN_SOON,     /* whatever ApplyImmediately says */
	WHEN_DEFERRED, /* pending unless ApplyImmediately */
	WHEN_APART     /* by code of its own */
};

struct param {
	const char *name; /* on the wire */
	enum param_type type;
	enum param_when when;
	const char *element; /* of the answer; NULL: none */
	long least, most;
	const char *values;
};

/*
 * Read what the request has of these parameters, checked by type, as an object
 * of wire name → value (lists: of the name with its last dot). Unknown ones,
 * ill-typed ones and lists with gaps are refused: NULL, and answer says so.
 */
json_t *params_read(struct rds_call *call, const struct param *params,
		    size_t len);

/* Minutes since Monday 00:00 (backup windows: since 00:00). */
struct window {
	long start, end; /* end may be past the week or the day */
};
bool window_parse(const char *text, bool weekly, struct window *ret_window);
/* A daily window against a weekly one. */
bool windows_overlap(const struct window *daily, const struct window *weekly);

#endif
