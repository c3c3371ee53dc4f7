/*
 * What a gate may be guessed from where the desired file lies: the branch, the
 * remote and the path of the git repository around it.
 */
#ifndef ABACK_STATE_GATE_HERE_H
#define ABACK_STATE_GATE_HERE_H

#include "core/compiler.h"
#include "core/error.h"
#include "state/gate_branch.h"

/*
 * Ask git, which also knows worktrees and shallow clones. branch and remote, if
 * not NULL, are what was said already. ERR_GATE: the file is in no repository,
 * or one of them can be neither guessed nor was it said.
 */
MUST_CHECK int gate_pin_here(const char *desired, const char *branch,
			     const char *remote, struct gate_pin *ret_pin,
			     struct error *err);

#endif
