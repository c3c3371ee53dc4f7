/*
 * The addresses of `--only` and `--force`: "kind/id" or "kind/id:setting",
 * each of which must select something.
 */
#ifndef ABACK_PLANS_ONLY_H
#define ABACK_PLANS_ONLY_H

#include <stdbool.h>
#include <stddef.h>

#include "core/compiler.h"
#include "core/error.h"
#include "plans/kind.h"
#include "plans/planner.h"

struct only_item {
	const char *text; /* as given; borrowed */
	struct address address;
	bool matched;
};
struct only {
	struct only_item *items;
	size_t len;
};

/*
 * Take the texts apart. only may be NULL. needs_setting: each must name one.
 * ERR_USAGE.
 */
MUST_CHECK int only_parse(const struct planner_only *only, bool needs_setting,
			  struct only *ret_only, struct error *err);
void only_release(struct only *only);

/*
 * Is the setting of the resource selected? Remembers that what selects it did.
 * When there are no items: true.
 */
bool only_has(struct only *only, const char *address, const char *setting);

/*
 * ERR_NOT_FOUND when one has selected nothing. what: "no rule names", said
 * before the text. addresses: those that there are, for the hint, a JSON
 * array of strings.
 */
MUST_CHECK int only_check(const struct only *only, const char *what,
			  const json_t *addresses, struct error *err);

#endif
