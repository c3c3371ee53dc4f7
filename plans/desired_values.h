/* The parts of reading a value, for desired_read_value. */
#ifndef ABACK_PLANS_DESIRED_VALUES_H
#define ABACK_PLANS_DESIRED_VALUES_H

#include <stdbool.h>

#include "core/error.h"
#include "core/json.h"
#include "core/yaml.h"
#include "plans/catalogue.h"
#include "plans/desired.h"
#include "plans/desired_read.h"

/* As JSON; a number that is no integer is the text that stands there. New. */
json_t *desired_json(const struct yaml_node *node);

/* ---- mistakes (desired_refuse.c) ---- */

/* It is of another type than the setting. */
void desired_refuse_type(struct desired_reader *r, const struct setting *row,
			 const struct yaml_node *node);
/* List what value_check said of a value: "must be …", "cannot be unset". */
void desired_refuse_value(struct desired_reader *r, const struct setting *row,
			  const struct yaml_node *node,
			  const struct error *err);

/* ---- sets (desired_members.c) ---- */

/*
 * All members, canonical and sorted; NULL: one of them is not valid. What is
 * excluded may be rules that overlap.
 */
json_t *desired_read_members(struct desired_reader *r,
			     const struct setting *row,
			     const struct yaml_node *list, bool excluded);
/* {include: […], exclude: […]}; false: not valid. */
bool desired_read_include_exclude(struct desired_reader *r,
				  const struct yaml_node *map,
				  struct rule_setting *setting);
/*
 * The setting wants these members, or names, and not those; false: one of them
 * is both, which is listed.
 */
bool desired_take_members(struct desired_reader *r, const struct yaml_node *map,
			  struct rule_setting *setting, json_t *include,
			  json_t *exclude);

/* ---- maps (desired_maps.c) ---- */

/* Is that the form with include and exclude, and not documents by name? */
bool desired_names_members(const struct yaml_node *map);
/* {include: {name: document}, exclude: [name]}; false: not valid. */
bool desired_read_some_documents(struct desired_reader *r,
				 const struct yaml_node *map,
				 struct rule_setting *setting);

#endif
