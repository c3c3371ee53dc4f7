/*
 * The lock of a run. Nobody takes it from a process that runs on this host; but
 * from another one it can look as if it were gone, and it may well have been: a
 * laptop that sleeps, a machine without its network. So it is looked at again
 * before something is sent, once a minute, and before the end is recorded.
 */
#include <pwd.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/mem.h"
#include "plans/execute_run.h"

#define SEEN_S 60

int run_lock(struct run *run, const json_t *paths, struct error *err)
{
	const struct passwd *user = getpwuid(getuid());
	size_t len = json_array_size(paths);
	const char **names = xcalloc(len + 1, sizeof(*names));
	int result;

	for (size_t i = 0; i < len; i++)
		names[i] = json_string_value(json_array_get(paths, i));
	result = (run->options->take_over ? lock_take_over : lock_take)(
		run->store, names, len, user ? user->pw_name : "unknown",
		run->change_id, &run->lock, err);
	free(names);
	run->lock_seen = clock_now();
	return result;
}

static void lose(struct run *run)
{
	struct error CLEANUP(error_release) err = ERROR_INIT;

	error_set(&err, ERR_LOCKED,
		  "the lock of the change %s was taken by somebody who held "
		  "this process for gone; nothing further is sent, and how it "
		  "ended is theirs to record",
		  run->change_id);
	error_hint(&err,
		   "what they recorded: aback show %s; what is live since: "
		   "aback drift",
		   run->change_id);
	run->lost = true;
	run_halt(run, &err);
}

bool run_is_ours(struct run *run, bool at_the_end)
{
	struct error CLEANUP(error_release) ignored = ERROR_INIT;
	const int64_t now = clock_now();
	bool ours;

	if (run->lost)
		return false;
	if (!at_the_end && now >= run->lock_seen &&
	    now < run->lock_seen + SEEN_S)
		return true;
	run->lock_seen = now;
	/* a remote that is down now does not keep the run from its end */
	if (lock_check(run->lock, &ours, &ignored) < 0 || ours)
		return true;
	lose(run);
	return false;
}
