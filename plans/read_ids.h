/* What a reading of some resources only asks for, by their ids. */
#ifndef ABACK_PLANS_READ_IDS_H
#define ABACK_PLANS_READ_IDS_H

#include "core/error.h"
#include "core/json.h"
#include "plans/kind.h"

/*
 * The ids of a reading, each once: those asked
 * for and those of the lanes as keys; addresses of other kinds that stand in
 * place of an id (kind_ops.references) go to *ret_of. ERR_USAGE: a lane that is
 * no address.
 */
MUST_CHECK int read_request_ids(const struct read_request *request,
				json_t *ret_ids, json_t *ret_of,
				struct error *err);

/*
 * The same ids as a new array, in their order. A lane that is no address is
 * left out, and the first such is said in err, unless that says something.
 */
json_t *read_ids(const struct read_request *request, struct error *err);

#endif
