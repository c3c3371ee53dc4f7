/*
 * What `aback init --from-live` does not write down, for it would bless it:
 * values that a control finds weak. They stand in the file as remarks, with the
 * rule that would put them right.
 */
#ifndef ABACK_PLANS_INIT_WEAK_H
#define ABACK_PLANS_INIT_WEAK_H

#include <stdbool.h>

#include "core/json.h"
#include "core/strbuf.h"
#include "plans/catalogue.h"
#include "plans/live.h"

struct weak {
	/* "<place>\n<address>\n<setting>" → {"expected", "reference", and of
	 * what would put it right "setting", "value" (or null), "how"} */
	json_t *found;
	json_t *remarks; /* the rules to be, by what they say */
};

/* Ask every control about every resource. live is sorted. */
struct weak weak_find(const struct live *live);
void weak_release(struct weak *weak);

/* Does a control find the value of this setting weak? */
bool weak_is(const struct weak *weak, const struct resource *resource,
	     const struct setting *setting);
/* It is left out: remember to say so. target: NULL where there is but one. */
void weak_left_out(struct weak *weak, const struct resource *resource,
		   const struct setting *setting, const json_t *value,
		   const char *target);
/* The remarks, as comments among the rules. */
void weak_write(const struct weak *weak, struct strbuf *out);

#endif
