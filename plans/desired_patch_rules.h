/* The rules that ask for what a backout restored; see desired_patch.h. */
#ifndef ABACK_PLANS_DESIRED_PATCH_RULES_H
#define ABACK_PLANS_DESIRED_PATCH_RULES_H

#include "core/strbuf.h"
#include "plans/desired.h"
#include "plans/hold.h"

/*
 * Append to out, as items of a YAML list whose dashes are indented so far, a
 * rule of that name for each resource on which the change left a hold and whose
 * setting some rule of the file may name, unless it asks for that already. What
 * was made and is gone again cannot be asked for: where it was made for the
 * `parameters` of another resource, those of that one are set back to what
 * AWS's own group has; else ret_why gets a line.
 */
void desired_patch_rules(const struct desired *desired,
			 const struct holds *holds, const char *change_id,
			 const char *rule_name, unsigned indent,
			 struct strbuf *out, struct strbuf *ret_why);

#endif
