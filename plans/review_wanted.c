/* What a review reads: every kind in every place. */
#include "plans/review.h"

const struct live_wanted *review_wanted(void)
{
	static struct live_wanted wanted;
	size_t len;
	const struct control *const *controls = controls_all(&len);

	wanted.lenient = true;
	wanted.references = true;
	for (enum kind kind = 0; kind < KIND_COUNT; kind++)
		wanted.kinds[kind] = true;
	for (size_t i = 0; i < len; i++)
		wanted.lookups[controls[i]->kind] |= controls[i]->lookups;
	return &wanted;
}
