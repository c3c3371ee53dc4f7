/* Are the members of a state of the types that the simulator works with? */
#ifndef ABACK_TESTS_SIM_STATE_CHECK_H
#define ABACK_TESTS_SIM_STATE_CHECK_H

#include "core/compiler.h"
#include "core/error.h"
#include "core/json.h"

/*
 * Check a cluster's, an instance's or a role's members, or those that are to
 * be written over it. Members that nothing here looks at may be anything.
 * Null is a member that is not there. ERR_FORMAT names the first bad one.
 */
MUST_CHECK int state_check(const json_t *members, struct error *err);

#endif
