/*
 * What was changed since the last review: the events of CloudTrail that touched
 * what a review looks at, and our own changes.
 */
#ifndef ABACK_PLANS_REVIEW_SINCE_H
#define ABACK_PLANS_REVIEW_SINCE_H

#include <stdint.h>

#include "core/aws.h"
#include "core/compiler.h"
#include "core/error.h"
#include "core/json.h"
#include "plans/live.h"
#include "plans/place.h"
#include "state/store.h"

struct review_since {
	struct aws *aws;
	const struct places *places;
	const struct live *live;
	struct store *store; /* NULL: there is none */
	/* how far to look back where no review came before; 0: as far as
	 * CloudTrail does */
	int64_t every_s;
	int64_t now;
	void (*progress)(void *ctx, const char *line); /* may be NULL */
	void *progress_ctx;
};

/*
 * Blocks. *ret_events and *ret_changes are what struct review_input takes under
 * these names, new references. What the last review could not know yet, or did
 * not see whole, is looked at again. A clock that went backwards since is as if
 * there had been no review.
 */
MUST_CHECK int review_since(const struct review_since *since,
			    json_t **ret_events, json_t **ret_changes,
			    struct error *err);

#endif
