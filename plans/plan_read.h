/* The members of a plan file into a struct plan; see plan_parse. */
#ifndef ABACK_PLANS_PLAN_READ_H
#define ABACK_PLANS_PLAN_READ_H

#include "core/compiler.h"
#include "core/error.h"
#include "core/json.h"
#include "plans/plan.h"

/*
 * root is the file's object, of the format PLAN_FORMAT; plan is a new one and
 * shares values with it. ERR_FORMAT: a member is missing, unknown or of a
 * wrong type. ERR_EDITED: an index that no step can have.
 */
MUST_CHECK int plan_read(const json_t *root, struct plan *plan,
			 struct error *err);

#endif
