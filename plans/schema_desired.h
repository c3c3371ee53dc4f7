/* The parts of aback.yaml's JSON Schema. Each gives a new reference. */
#ifndef ABACK_PLANS_SCHEMA_DESIRED_H
#define ABACK_PLANS_SCHEMA_DESIRED_H

#include "core/json.h"
#include "plans/kind.h"

/* What a rule's `set` may hold for a kind. */
json_t *desired_settings_schema(enum kind kind);
/* The names that a waiver of a kind may list. */
json_t *desired_names_schema(enum kind kind);

/* What `match`, and an entry of `except`, may hold for a kind. */
json_t *desired_match_schema(enum kind kind);
json_t *desired_except_schema(enum kind kind);
/* They refer to the definitions <kind>_settings, _names, _match and _except. */
json_t *desired_rules_schema(void);
/* Of settings, or of controls; of regions, which have no kind, of controls. */
json_t *desired_waivers_schema(void);

json_t *desired_notify_schema(void);
json_t *desired_gate_schema(void);
json_t *desired_policy_schema(void);

#endif
