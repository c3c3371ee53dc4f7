/* Resources that a rule of `aback init --from-live` is for. */
#ifndef ABACK_PLANS_INIT_GROUP_H
#define ABACK_PLANS_INIT_GROUP_H

#include <stdbool.h>
#include <stddef.h>

#include "core/json.h"
#include "core/strbuf.h"
#include "plans/kind.h"
#include "plans/live.h"
#include "plans/place.h"

struct weak;

struct init_writer {
	const struct target *targets;
	size_t targets_len;
	struct weak *weak;
	struct strbuf *out;
};

/* Resources of one kind and engine; common: the values of its first rule. */
struct init_group {
	enum kind kind;
	const char *engine; /* NULL: the kind has none */
	const struct resource **items;
	size_t len, cap;
	const struct weak *weak;
	json_t *common;
	/* of what is common: name → those that are weak in it and stay out, as
	 * selectors */
	json_t *excepted;
};

/* A target that has the place: of a global place, any of its account. */
const char *init_target_of(const struct init_writer *w,
			   const struct place *place);

/* The next group of the kind: the engine of the first that is in none. */
bool init_group_next(const struct live *live, enum kind kind, bool *taken,
		     struct init_group *group);
/* What all that are not weak in it have, or most. */
void init_group_find_common(const struct init_writer *w,
			    struct init_group *group);
/* What the resource has differently. New reference. */
json_t *init_group_deviations(const struct init_group *group,
			      const struct resource *resource);
void init_group_release(struct init_group *group);

#endif
