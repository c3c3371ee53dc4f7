/*
 * What the tables of controls share: where each is, and short hands for what
 * many rows say. Only plans/controls*.c and their tests use this.
 */
#ifndef ABACK_PLANS_CONTROLS_ROWS_H
#define ABACK_PLANS_CONTROLS_ROWS_H

#include "plans/controls.h"
#include "plans/judging.h"

struct control_table {
	const struct control *rows;
	size_t len;
};
extern const struct control_table cluster_controls;  /* controls_cluster.c */
extern const struct control_table instance_controls; /* controls_instance.c */

#endif
