#include "plans/decision.h"

#include "core/clock.h"
#include "core/mem.h"
#include "plans/confirm.h"

#define LOCK_WAIT_MS INT64_C(60000)
#define LOCK_TICK_MS 100
#define LOCK_SHORT_MS 1000 /* so long nobody has to be told */

int decision_take(struct store *store, const char *what, const char *id,
		  struct lock **ret_lock, struct error *err)
{
	char CLEANUP(free_ptr) *self = confirm_self();
	char CLEANUP(free_ptr) *place = xasprintf("%s/%s", what, id);
	const char *places[] = { place };
	const int64_t since = clock_monotonic_ms();

	while (lock_take(store, places, 1, self, NULL, ret_lock, err) < 0) {
		const int64_t waited = clock_monotonic_ms() - since;

		if (err->code != ERR_LOCKED || waited >= LOCK_WAIT_MS)
			return -1;
		if (waited >= LOCK_SHORT_MS && !store_goes_on(store, err))
			return error_set(err, ERR_INTERRUPTED,
					 "interrupted while somebody else "
					 "decides about %s",
					 id);
		error_release(err);
		*err = (struct error)ERROR_INIT;
		clock_sleep_ms(LOCK_TICK_MS);
	}
	return 0;
}
