/* The patch that makes aback.yaml agree with what a backout restored. */
#ifndef ABACK_PLANS_DESIRED_PATCH_H
#define ABACK_PLANS_DESIRED_PATCH_H

#include <stddef.h>

#include "core/compiler.h"
#include "core/error.h"
#include "core/strbuf.h"
#include "plans/desired.h"
#include "plans/hold.h"

/*
 * A unified diff of the file: one more rule, at the end, for each resource on
 * which the change left a hold and whose setting some rule of the file may
 * name. Since the last rule that names a setting decides it, the file then
 * asks for what is live, and the hold has nothing to do any more. out stays
 * empty where no rule is needed or none can be added; ret_why gets lines that
 * say what is not in the patch and why.
 *
 * text: the file as it is now; name: its name in the diff's head; rule_name:
 * what the rules are called, a plain scalar of YAML.
 */
void desired_patch(const struct desired *desired, const char *name,
		   const char *text, size_t len, const struct holds *holds,
		   const char *change_id, const char *rule_name,
		   struct strbuf *out, struct strbuf *ret_why);

#endif
