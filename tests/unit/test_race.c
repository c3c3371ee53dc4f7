/*
 * Races over a shared remote, counted. RACES (20) locks are raced for by two or
 * three clones at the same instant, RACE_PLACES (2) of them side by side, and
 * RACE_CLONES (8) clones commit RACE_COMMITS (4) times each at once. RACE_URL
 * is the remote (an empty repository); by default one of this test's own, over
 * file://.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/wait.h>

#include "state/lock.h"
#include "tests/unit/store_fixture.h"

#define CLONES_MAX 32
#define RACERS_MAX 3 /* for one lock */

static int number(const char *variable, int fallback)
{
	const char *text = getenv(variable);

	return text ? (int)strtol(text, NULL, 10) : fallback;
}

static int setup(void **state)
{
	struct fixture *f;
	const char *url = getenv("RACE_URL");
	bool made;

	if (fixture_setup(state))
		return -1;
	f = *state;
	free(f->remote);
	f->remote = url ? xstrdup(url)
			: xasprintf("file://%s/remote.git", f->directory);
	if (!url && sh(f, "git init -q --bare -b main remote.git"))
		return -1;
	return store_init_remote(f->path, f->remote, &made, &f->err) ||
	       store_open(f->path, f->remote, &f->store, &f->err);
}

static char *clone_path(const struct fixture *f, int i)
{
	return xasprintf("%s/clone-%d.git", f->directory, i);
}

/* So that no race is one for a clone, too. */
static void make_clones(struct fixture *f, int clones)
{
	for (int i = 0; i < clones; i++) {
		CLEANUP(free_ptr) char *path = clone_path(f, i);
		struct store *store = NULL;

		assert_ok(f, store_open(path, f->remote, &store, &f->err));
		store_free(store);
	}
}

/* ---- the lock ---------------------------------------------------------- */

enum { WON, REFUSED, BROKEN };

static int complain(const struct error *err)
{
	struct strbuf text = STRBUF_INIT(1 << 16);

	error_render(err, &text);
	(void)fputs(text.buf, stderr);
	return BROKEN;
}

/* How the racers of a round are told what to do, a letter each. */
struct signals {
	int go[2], tried[2], end[2];
};

/* Racer i is for the lock of this place. */
static char *place_of(int i)
{
	return xasprintf("1234567890%02d/eu-west-1", i / RACERS_MAX);
}

/* Try once told to; hold it until all have tried. */
static int race_child(const struct fixture *f, int i,
		      const struct signals *signals)
{
	CLEANUP(free_ptr) char *path = clone_path(f, i);
	CLEANUP(free_ptr) char *place = place_of(i);
	const char *const places[] = { place };
	struct error err = ERROR_INIT;
	struct store *store = NULL;
	struct lock *lock = NULL;
	char c;
	int rc;

	if (store_open(path, f->remote, &store, &err))
		return complain(&err);
	if (read(signals->go[0], &c, 1) != 1)
		return BROKEN;
	rc = lock_take(store, places, 1, "racer", NULL, &lock, &err);
	if (rc && err.code != ERR_LOCKED)
		(void)complain(&err);
	if (write(signals->tried[1], "x", 1) != 1 ||
	    read(signals->end[0], &c, 1) != 1)
		return BROKEN;
	if (rc)
		return err.code == ERR_LOCKED ? REFUSED : BROKEN;
	if (lock_release(lock, &err))
		return complain(&err);
	return WON;
}

/* What became of the races for some places at once. */
struct round {
	int places, racers; /* racers for each place */
	int none, several, broken;
};

/* Start them all, let them go, and let go of the locks when all have tried. */
static int start_round(const struct fixture *f, const struct round *round,
		       const struct signals *signals, pid_t *pids)
{
	const size_t all = (size_t)(round->places * round->racers);
	char letters[CLONES_MAX];

	memset(letters, 'x', sizeof(letters));
	for (int i = 0; i < round->places * round->racers; i++) {
		int racer = i / round->racers * RACERS_MAX + i % round->racers;

		pids[i] = fork();
		if (!pids[i])
			_exit(race_child(f, racer, signals));
	}
	if (write(signals->go[1], letters, all) != (ssize_t)all)
		return -1;
	for (size_t i = 0; i < all; i++)
		if (read(signals->tried[0], letters, 1) != 1)
			return -1;
	return write(signals->end[1], letters, all) == (ssize_t)all ? 0 : -1;
}

static void end_round(struct round *round, const pid_t *pids)
{
	for (int i = 0; i < round->places; i++) {
		int won = 0, status;

		for (int k = 0; k < round->racers; k++) {
			pid_t pid = pids[i * round->racers + k];

			if (waitpid(pid, &status, 0) != pid ||
			    !WIFEXITED(status) || WEXITSTATUS(status) == BROKEN)
				round->broken++;
			else
				won += WEXITSTATUS(status) == WON;
		}
		round->none += won == 0;
		round->several += won > 1;
	}
}

static void race(const struct fixture *f, struct round *round)
{
	struct signals signals;
	pid_t pids[CLONES_MAX];

	assert_true(!pipe(signals.go) && !pipe(signals.tried) &&
		    !pipe(signals.end));
	assert_int_equal(start_round(f, round, &signals, pids), 0);
	end_round(round, pids);
	for (int i = 0; i < 2; i++) {
		(void)close(signals.go[i]);
		(void)close(signals.tried[i]);
		(void)close(signals.end[i]);
	}
}

static void test_lock_take__of_clones_at_once_one_wins_always(void **state)
{
	struct fixture *f = *state;
	const int races = number("RACES", 20);
	const int side_by_side = number("RACE_PLACES", 2);
	struct round round = { 0 };

	assert_in_range(side_by_side, 1, CLONES_MAX / RACERS_MAX);
	make_clones(f, side_by_side * RACERS_MAX);
	for (int i = 0; i < races; i += round.places) {
		round.places =
			races - i < side_by_side ? races - i : side_by_side;
		round.racers = 2 + i / side_by_side % 2;
		race(f, &round);
		assert_int_equal(round.broken, 0);
	}
	print_message("# %d races over %s: %d won by nobody, %d by several\n",
		      races, f->remote, round.none, round.several);
	assert_int_equal(round.none, 0);
	assert_int_equal(round.several, 0);
}

/* ---- commits ------------------------------------------------------------- */

/* Commits to places of its own, told to begin by the end of a pipe. */
static int commit_child(struct fixture *f, int i, int commits, int go)
{
	CLEANUP(free_ptr) char *path = clone_path(f, i);
	struct store *store = NULL;
	char c;

	if (store_open(path, f->remote, &store, &f->err))
		return complain(&f->err);
	if (read(go, &c, 1) != 0)
		return BROKEN;
	for (int k = 0; k < commits; k++) {
		CLEANUP(free_ptr)
		char *file =
			xasprintf("1234567890%02d/eu-west-1/cluster/c%d", i, k);
		CLEANUP(free_ptr) char *text = xasprintf("%d of %d\n", k, i);

		if (put_file(f, store, file, text, STORE_PUSH_REQUIRED))
			return complain(&f->err);
	}
	store_free(store);
	return 0;
}

static void count_lost(struct fixture *f, int clones, int commits, int *lost,
		       size_t *bytes)
{
	assert_ok(f, store_fetch(f->store, &f->err));
	for (int i = 0; i < clones * commits; i++) {
		CLEANUP(free_ptr)
		char *file = xasprintf("1234567890%02d/eu-west-1/cluster/c%d",
				       i / commits, i % commits);
		CLEANUP(free_ptr)
		char *want = xasprintf("%d of %d\n", i % commits, i / commits);
		CLEANUP(free_ptr) char *text = get_file(f, f->store, file);

		if (!text || strcmp(text, want) != 0) {
			++*lost;
			*bytes += strlen(want);
		}
	}
}

static void test_store_commit__clones_at_once_lose_nothing(void **state)
{
	struct fixture *f = *state;
	int clones = number("RACE_CLONES", 8);
	int commits = number("RACE_COMMITS", 4);
	pid_t pids[CLONES_MAX];
	CLEANUP(free_ptr) char *count = NULL;
	int go[2], lost = 0, failed = 0;
	size_t bytes = 0;
	long before;

	assert_true(clones <= CLONES_MAX);
	make_clones(f, clones);
	count = output_of(f, "git -C state.git rev-list --count main");
	before = strtol(count, NULL, 10);
	free(count);
	assert_int_equal(pipe(go), 0);
	for (int i = 0; i < clones; i++) {
		pids[i] = fork();
		if (!pids[i]) {
			(void)close(go[1]);
			_exit(commit_child(f, i, commits, go[0]));
		}
	}
	(void)close(go[0]);
	(void)close(go[1]);
	for (int i = 0; i < clones; i++) {
		int status;

		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		failed += !WIFEXITED(status) || WEXITSTATUS(status);
	}
	assert_int_equal(failed, 0);
	count_lost(f, clones, commits, &lost, &bytes);
	count = output_of(f, "git -C state.git rev-list --count main");
	print_message("# %d commits of %d clones over %s: %d lost, %zu bytes\n",
		      clones * commits, clones, f->remote, lost, bytes);
	assert_int_equal(lost, 0);
	assert_int_equal(strtol(count, NULL, 10),
			 before + (long)clones * commits);
	assert_int_equal(sh(f, "git -C state.git fsck --strict --full"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			test_lock_take__of_clones_at_once_one_wins_always),
		cmocka_unit_test(
			test_store_commit__clones_at_once_lose_nothing),
	};

	/* one remote for both, as RACE_URL is one */
	return cmocka_run_group_tests(tests, setup, fixture_teardown);
}
