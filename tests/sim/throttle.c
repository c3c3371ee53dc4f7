#include "tests/sim/throttle.h"

#include "core/clock.h"
#include "tests/sim/fleet.h"

#define BURST 300.0
#define PER_SECOND 12.0

bool throttle_take(struct place *place)
{
	int64_t now_ms = clock_monotonic_ms();

	if (!place->tokens_ms) { /* nobody asked yet: it is full */
		place->tokens = BURST;
		place->tokens_ms = now_ms;
	}
	place->tokens +=
		(double)(now_ms - place->tokens_ms) * PER_SECOND / 1000.0;
	if (place->tokens > BURST)
		place->tokens = BURST;
	place->tokens_ms = now_ms;
	if (place->tokens < 1.0)
		return false;
	place->tokens -= 1.0;
	return true;
}
