/*
 * Races over a shared remote, counted. RACES (20) locks are raced for by two or
 * three clones at the same instant, and RACE_CLONES (8) clones commit
 * RACE_COMMITS (4) times each at once. RACE_URL is the remote (an empty
 * repository); by default one of this test's own, over file://.
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
#define PLACE "123456789012/eu-west-1"

static const char *const place[] = { PLACE };

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

/* Try once told to; hold it until all have tried. */
static int race_child(const struct fixture *f, int i, int go, int tried,
		      int end)
{
	CLEANUP(free_ptr) char *path = clone_path(f, i);
	struct error err = ERROR_INIT;
	struct store *store = NULL;
	struct lock *lock = NULL;
	char c;
	int rc;

	if (store_open(path, f->remote, &store, &err))
		return complain(&err);
	if (read(go, &c, 1) != 1)
		return BROKEN;
	rc = lock_take(store, place, 1, "racer", NULL, &lock, &err);
	if (rc && err.code != ERR_LOCKED)
		(void)complain(&err);
	if (write(tried, "x", 1) != 1 || read(end, &c, 1) != 1)
		return BROKEN;
	if (rc)
		return err.code == ERR_LOCKED ? REFUSED : BROKEN;
	if (lock_release(lock, &err))
		return complain(&err);
	return WON;
}

/* How many of the racers had the lock; -1: something else went wrong. */
static int race(const struct fixture *f, int racers)
{
	int go[2], tried[2], end[2], won = 0, broken = 0;
	char letters[CLONES_MAX];
	pid_t pids[CLONES_MAX];

	memset(letters, 'x', sizeof(letters));
	if (pipe(go) || pipe(tried) || pipe(end))
		return -1;
	for (int i = 0; i < racers; i++) {
		pids[i] = fork();
		if (!pids[i])
			_exit(race_child(f, i, go[0], tried[1], end[0]));
	}
	if (write(go[1], letters, (size_t)racers) != racers)
		return -1;
	for (int i = 0; i < racers; i++)
		broken += read(tried[0], letters, 1) != 1;
	if (write(end[1], letters, (size_t)racers) != racers)
		return -1;
	for (int i = 0; i < racers; i++) {
		int status;

		if (waitpid(pids[i], &status, 0) != pids[i] ||
		    !WIFEXITED(status) || WEXITSTATUS(status) == BROKEN)
			broken++;
		else
			won += WEXITSTATUS(status) == WON;
	}
	for (int i = 0; i < 2; i++) {
		(void)close(go[i]);
		(void)close(tried[i]);
		(void)close(end[i]);
	}
	return broken ? -1 : won;
}

static void test_lock_take__of_clones_at_once_one_wins_always(void **state)
{
	struct fixture *f = *state;
	int races = number("RACES", 20);
	int none = 0, several = 0;

	make_clones(f, 3);
	for (int i = 0; i < races; i++) {
		int won = race(f, 2 + i % 2);

		assert_true(won >= 0);
		none += won == 0;
		several += won > 1;
	}
	print_message("# %d races over %s: %d won by nobody, %d by several\n",
		      races, f->remote, none, several);
	assert_int_equal(none, 0);
	assert_int_equal(several, 0);
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
