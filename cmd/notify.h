/* --notify: tell those of `notify:` in aback.yaml, and say who was not told. */
#ifndef ABACK_CMD_NOTIFY_H
#define ABACK_CMD_NOTIFY_H

#include "core/compiler.h"
#include "core/error.h"
#include "core/json.h"
#include "plans/desired.h"

/*
 * Is there anybody to tell? Asked before the work is done. desired may be NULL.
 * ERR_DESIRED.
 */
MUST_CHECK int notify_check(const struct desired *desired,
			    enum occasion occasion, struct error *err);
/* Tell them. Steals notification; nothing comes of a failure but a warning. */
void notify_people(const struct desired *desired, enum occasion occasion,
		   json_t *notification);

#endif
