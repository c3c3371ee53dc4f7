/* What people should know who change a role: who else has something of it. */
#ifndef ABACK_PLANS_IAM_ROLE_NOTES_H
#define ABACK_PLANS_IAM_ROLE_NOTES_H

#include "core/json.h"
#include "plans/kind.h"
#include "plans/live.h"

/*
 * Add lines to the role's notes. trust: its trust policy, profiles: names of
 * the instance profiles that have it (an array), live: clusters and instances
 * of all places; each may be NULL, where nobody knows.
 */
void iam_role_add_notes(struct resource *role, const json_t *trust,
			const json_t *profiles, const struct live *live);

#endif
