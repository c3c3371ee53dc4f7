#include "tests/sim/throttle.h"

#include "core/clock.h"

bool throttle_take(struct bucket *bucket, double burst, double per_second)
{
	int64_t now_ms = clock_monotonic_ms();

	bucket->missing -=
		(double)(now_ms - bucket->last_ms) * per_second / 1000.0;
	if (bucket->missing < 0)
		bucket->missing = 0;
	bucket->last_ms = now_ms;
	if (bucket->missing + 1.0 > burst)
		return false;
	bucket->missing += 1.0;
	return true;
}
