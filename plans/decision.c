#include "plans/decision.h"

#include "core/clock.h"
#include "core/mem.h"
#include "plans/confirm.h"

#define LOCK_WAIT_MS INT64_C(60000)
#define LOCK_TICK_MS 100

int decision_take(struct store *store, const char *what, const char *id,
		  struct lock **ret_lock, struct error *err)
{
	char CLEANUP(free_ptr) *self = confirm_self();
	char CLEANUP(free_ptr) *place = xasprintf("%s/%s", what, id);
	const char *places[] = { place };
	const int64_t until = clock_monotonic_ms() + LOCK_WAIT_MS;

	while (lock_take(store, places, 1, self, NULL, ret_lock, err) < 0) {
		if (err->code != ERR_LOCKED || clock_monotonic_ms() >= until)
			return -1;
		error_release(err);
		*err = (struct error)ERROR_INIT;
		clock_sleep_ms(LOCK_TICK_MS);
	}
	return 0;
}

int decision_end(struct lock *lock, int rc, struct error *err)
{
	struct error CLEANUP(error_release) second = ERROR_INIT;

	if (lock_release(lock, &second) < 0 && rc == 0) {
		error_copy(err, &second);
		return -1;
	}
	return rc;
}
