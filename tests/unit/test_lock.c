#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>

#include "core/clock.h"
#include "state/holder.h"
#include "state/lock.h"
#include "store_fixture.h"

#define PLACE "123456789012/eu-west-1"
#define GLOBAL "123456789012/global"
#define CHANGE "20261124T021530Z-a1b2c3"
#define OTHER "20261124T021530Z-ffffff"

static const char *const both[] = { GLOBAL, PLACE };
static const char *const one[] = { PLACE };

static int take(struct fixture *f, const char *change, struct lock **lock)
{
	return lock_take(f->store, one, 1, "arn:aws:iam::1:user/alice", change,
			 lock, &f->err);
}

static void release(struct fixture *f, struct lock *lock)
{
	assert_ok(f, lock_release(lock, &f->err));
	lock_free(lock);
}

static char *refs(const struct fixture *f, const char *repository)
{
	return output_of(f,
			 "git -C %s for-each-ref --format='%%(refname)' "
			 "refs/aback/locks",
			 repository);
}

/* Begin a change, and end it where told. */
static void record(struct fixture *f, struct store *store, const char *file)
{
	CLEANUP(free_ptr) char *path = xasprintf("changes/" CHANGE "/%s", file);

	assert_ok(f, put_file(f, store, path, "{}\n", STORE_PUSH_REQUIRED));
}

/* Take it in a child that is killed while it holds it. */
static void take_and_die(struct fixture *f, const char *remote,
			 const char *change)
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		struct error err = ERROR_INIT;
		struct store *store = NULL;
		struct lock *lock = NULL;

		if (store_open(f->path, remote, &store, &err) ||
		    lock_take(store, one, 1, "bob", change, &lock, &err))
			_exit(1);
		(void)raise(SIGKILL);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
}

/* The lock's commit as another host would have written it. */
static void forge(struct fixture *f, const char *repository,
		  const char *expression)
{
	assert_int_equal(sh(f,
			    "cd %s && ref=refs/aback/locks/" PLACE " && "
			    "new=$(git log -1 --format=%%B $ref | sed '%s' | "
			    "git commit-tree $(git rev-parse $ref^{tree})) && "
			    "git update-ref $ref $new",
			    repository, expression),
			 0);
}

/* ---- one process ----------------------------------------------------- */

static void test_lock_take__refs_say_who(void **state)
{
	struct fixture *f = *state;
	CLEANUP(free_ptr) char *names = NULL;
	CLEANUP(free_ptr) char *after = NULL;
	CLEANUP(free_ptr) char *message = NULL;
	CLEANUP(free_ptr) char *parents = NULL;
	CLEANUP(free_ptr)
	char *pid = xasprintf("Aback-Process: %d\n", (int)getpid());
	struct lock *lock = NULL;

	/* given unsorted and twice */
	assert_ok(f, lock_take(f->store,
			       (const char *const[]){ PLACE, GLOBAL, PLACE }, 3,
			       "alice\nmallory", CHANGE, &lock, &f->err));
	names = refs(f, "state.git");
	assert_string_equal(names, "refs/aback/locks/" PLACE "\n"
				   "refs/aback/locks/" GLOBAL "\n");
	message = output_of(f, "git -C state.git log -1 --format=%%B "
			       "refs/aback/locks/" GLOBAL);
	assert_non_null(strstr(message, "Aback-Holder: alice mallory\n"));
	assert_non_null(strstr(message, "Aback-Change: " CHANGE "\n"));
	assert_non_null(strstr(message, pid));
	parents = output_of(f, "git -C state.git rev-list --count "
			       "refs/aback/locks/" GLOBAL);
	assert_string_equal(parents, "1\n");
	release(f, lock);
	after = refs(f, "state.git");
	assert_string_equal(after, "");
	assert_int_equal(sh(f, "git -C state.git fsck --strict"), 0);
}

static void test_lock_take__held_says_by_whom_and_takes_none(void **state)
{
	struct fixture *f = *state;
	struct lock *lock = NULL, *second = NULL;
	CLEANUP(free_ptr) char *pid = xasprintf("process %d", (int)getpid());
	CLEANUP(free_ptr) char *names = NULL;

	assert_ok(f, take(f, CHANGE, &lock));
	assert_int_equal(
		lock_take(f->store, both, 2, "bob", OTHER, &second, &f->err),
		-1);
	assert_error(f, ERR_LOCKED, "arn:aws:iam::1:user/alice");
	assert_error(f, ERR_LOCKED, pid);
	assert_error(f, ERR_LOCKED, "for change " CHANGE);
	assert_null(second);
	names = refs(f, "state.git");
	assert_string_equal(names, "refs/aback/locks/" PLACE "\n");
	release(f, lock);
	assert_ok(f,
		  lock_take(f->store, both, 2, "bob", OTHER, &second, &f->err));
	release(f, second);
}

static void test_lock_take__bad_places_are_refused(void **state)
{
	static const char *const bad[] = {
		"", "x", "x/", "/x", "x/y/z", "../x", "x/..", "x/y.lock"
	};
	struct fixture *f = *state;
	struct lock *lock = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(lock_take(f->store, &bad[i], 1, "x", NULL,
					   &lock, &f->err),
				 -1);
		assert_int_equal(f->err.code, ERR_STATE);
	}
}

static void test_lock_take__without_a_change(void **state)
{
	struct fixture *f = *state;
	struct lock *lock = NULL, *second = NULL;

	assert_ok(f, take(f, NULL, &lock));
	assert_int_equal(take(f, NULL, &second), -1);
	assert_int_equal(f->err.code, ERR_LOCKED);
	release(f, lock);
}

/* ---- dead holders ---------------------------------------------------- */

static void test_lock_take__dead_and_never_recorded_is_taken_over(void **state)
{
	struct fixture *f = *state;
	struct lock *lock = NULL;

	take_and_die(f, NULL, CHANGE);
	assert_ok(f, take(f, OTHER, &lock));
	release(f, lock);
}

static void test_lock_take__dead_and_finished_is_taken_over(void **state)
{
	struct fixture *f = *state;
	struct lock *lock = NULL;

	record(f, f->store, "change.json");
	record(f, f->store, "result.json");
	take_and_die(f, NULL, CHANGE);
	assert_ok(f, take(f, OTHER, &lock));
	release(f, lock);
}

static void test_lock_take__dead_and_unfinished_is_for_resume_only(void **state)
{
	struct fixture *f = *state;
	struct lock *lock = NULL;

	record(f, f->store, "change.json");
	take_and_die(f, NULL, CHANGE);
	assert_int_equal(take(f, OTHER, &lock), -1);
	assert_error(f, ERR_UNFINISHED, "aback resume " CHANGE);
	assert_int_equal(take(f, NULL, &lock), -1);
	assert_int_equal(f->err.code, ERR_UNFINISHED);
	assert_ok(f, take(f, CHANGE, &lock));
	release(f, lock);
}

static void test_lock_take__the_same_pid_at_another_time_is_dead(void **state)
{
	struct fixture *f = *state;
	struct lock *lock = NULL;

	/* the killed process's lock, now with the pid of a living one */
	take_and_die(f, NULL, CHANGE);
	forge(f, "state.git", "s/^Aback-Process: .*/Aback-Process: 1/");
	assert_ok(f, take(f, OTHER, &lock));
	release(f, lock);
}

static void test_lock_take__an_earlier_boot_is_dead_here(void **state)
{
	struct fixture *f = *state;
	struct lock *lock = NULL;

	take_and_die(f, NULL, CHANGE);
	forge(f, "state.git", "s/^Aback-Boot: .*/Aback-Boot: earlier/");
	assert_ok(f, take(f, OTHER, &lock));
	release(f, lock);
}

static void
test_lock_take__a_living_holder_without_its_flock_is_respected(void **state)
{
	struct fixture *f = *state;
	struct lock *lock = NULL;
	int ready[2];
	pid_t pid;
	char c;

	assert_int_equal(pipe(ready), 0);
	pid = fork();
	if (!pid) {
		struct error err = ERROR_INIT;
		struct store *store = NULL;

		if (store_open(f->path, NULL, &store, &err) ||
		    lock_take(store, one, 1, "bob", CHANGE, &lock, &err))
			_exit(1);
		lock_free(lock); /* lets the flock go, keeps the ref */
		if (write(ready[1], "x", 1) != 1)
			_exit(1);
		pause();
		_exit(0);
	}
	(void)close(ready[1]);
	assert_int_equal(read(ready[0], &c, 1), 1);
	assert_int_equal(take(f, OTHER, &lock), -1);
	assert_error(f, ERR_LOCKED, "'bob'");
	/* not even for resume: it may still be working */
	assert_int_equal(take(f, CHANGE, &lock), -1);
	assert_int_equal(f->err.code, ERR_LOCKED);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	(void)close(ready[0]);
	assert_ok(f, take(f, OTHER, &lock));
	release(f, lock);
}

/* As in a container whose first process collects no children. */
static void test_lock_take__a_zombie_is_dead(void **state)
{
	struct fixture *f = *state;
	struct lock *lock = NULL;
	siginfo_t info;
	pid_t pid = fork();

	if (!pid) {
		struct error err = ERROR_INIT;
		struct store *store = NULL;

		if (!store_open(f->path, NULL, &store, &err) &&
		    !lock_take(store, one, 1, "bob", CHANGE, &lock, &err))
			(void)raise(SIGKILL);
		_exit(1);
	}
	assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
	assert_int_equal(info.si_code, CLD_KILLED);
	assert_ok(f, take(f, OTHER, &lock));
	release(f, lock);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void test_lock_take__another_host_is_not_judged(void **state)
{
	struct fixture *f = *state;
	struct lock *lock = NULL;

	take_and_die(f, NULL, CHANGE);
	forge(f, "state.git",
	      "s/^Aback-Host: .*/Aback-Host: far-away/; "
	      "s/^Aback-Boot: .*/Aback-Boot: another/");
	assert_int_equal(take(f, OTHER, &lock), -1);
	assert_error(f, ERR_LOCKED, "on host 'far-away'");
	assert_error(f, ERR_LOCKED, "aback resume " CHANGE);
	assert_int_equal(take(f, CHANGE, &lock), -1);
	assert_error(f, ERR_LOCKED, "on host 'far-away'");
	/* resume may, where somebody says that it is gone */
	assert_ok(f, lock_take_over(f->store, one, 1, "bob", CHANGE, &lock,
				    &f->err));
	release(f, lock);
}

static void test_lock_take__dead_on_a_host_that_was_renamed_since(void **state)
{
	struct fixture *f = *state;
	struct lock *lock = NULL;

	take_and_die(f, NULL, CHANGE);
	forge(f, "state.git", "s/^Aback-Host: .*/Aback-Host: old-name/");
	assert_ok(f, take(f, OTHER, &lock));
	release(f, lock);
}

static void test_lock_take__a_ref_of_somebody_elses_is_left_alone(void **state)
{
	struct fixture *f = *state;
	struct lock *lock = NULL;

	assert_int_equal(sh(f, "git -C state.git update-ref "
			       "refs/aback/locks/" PLACE " main"),
			 0);
	assert_int_equal(take(f, OTHER, &lock), -1);
	assert_int_equal(f->err.code, ERR_LOCKED);
}

static void test_lock_release__taken_over_meanwhile_is_said(void **state)
{
	struct fixture *f = *state;
	struct lock *lock = NULL;
	CLEANUP(free_ptr) char *names = NULL;

	assert_ok(f, take(f, CHANGE, &lock));
	forge(f, "state.git", "s/^Aback-Host: .*/Aback-Host: far-away/");
	assert_int_equal(lock_release(lock, &f->err), -1);
	assert_error(f, ERR_LOCKED, "took it over");
	lock_free(lock);
	names = refs(f, "state.git");
	assert_string_equal(names, "refs/aback/locks/" PLACE "\n");
}

/* ---- races ----------------------------------------------------------- */

/*
 * Try to take it once told to; hold it until all have tried. How many of the
 * children had it is what their exit codes say.
 */
static int race_child(const struct fixture *f, const char *remote, int go,
		      int tried, int end)
{
	struct error err = ERROR_INIT;
	struct store *store = NULL;
	struct lock *lock = NULL;
	char c;
	int rc;

	if (store_open(f->path, remote, &store, &err) || read(go, &c, 1) != 1)
		return 3;
	rc = lock_take(store, one, 1, "racer", NULL, &lock, &err);
	if (rc && err.code != ERR_LOCKED)
		return 4;
	if (write(tried, "x", 1) != 1 || read(end, &c, 1) != 1)
		return 5;
	if (!rc && lock_release(lock, &err))
		return 6;
	lock_free(lock);
	store_free(store);
	error_release(&err);
	return rc ? 1 : 0;
}

static int winners(const struct fixture *f, int racers, const char *remote)
{
	int go[2], tried[2], end[2], won = 0;
	pid_t pids[8];
	char letters[8] = "xxxxxxx";

	if (pipe(go) || pipe(tried) || pipe(end))
		return -1;
	for (int i = 0; i < racers; i++) {
		pids[i] = fork();
		if (!pids[i])
			_exit(race_child(f, remote, go[0], tried[1], end[0]));
	}
	if (write(go[1], letters, (size_t)racers) != racers)
		return -1;
	for (int i = 0; i < racers; i++) {
		if (read(tried[0], letters, 1) != 1)
			return -1;
	}
	if (write(end[1], letters, (size_t)racers) != racers)
		return -1;
	for (int i = 0; i < racers; i++) {
		int status;

		if (waitpid(pids[i], &status, 0) != pids[i] ||
		    !WIFEXITED(status) || WEXITSTATUS(status) > 1)
			return -1;
		won += WEXITSTATUS(status) == 0;
	}
	for (int i = 0; i < 2; i++) {
		(void)close(go[i]);
		(void)close(tried[i]);
		(void)close(end[i]);
	}
	return won;
}

static void test_lock_take__of_two_exactly_one_wins_always(void **state)
{
	struct fixture *f = *state;
	int64_t until = clock_monotonic_ms() + 8000;
	int rounds = 0;

	while (rounds < 300 && clock_monotonic_ms() < until) {
		assert_int_equal(winners(f, 2 + rounds % 3, NULL), 1);
		rounds++;
	}
	print_message("# %d rounds\n", rounds);
}

/* Killed at any instant: the place can be had again, without help. */
static void test_lock_take__killed_at_any_instant(void **state)
{
	struct fixture *f = *state;
	int64_t until = clock_monotonic_ms() + 4000;

	for (int i = 0; i < 100 && clock_monotonic_ms() < until; i++) {
		struct lock *lock = NULL;
		pid_t pid = fork();

		if (!pid) {
			struct error err = ERROR_INIT;
			struct store *store = NULL;

			if (store_open(f->path, NULL, &store, &err))
				_exit(1);
			while (!lock_take(store, both, 2, "bob", CHANGE, &lock,
					  &err) &&
			       !lock_release(lock, &err))
				lock_free(lock);
			_exit(2);
		}
		usleep((useconds_t)(1500 + random() % 9000));
		assert_int_equal(kill(pid, SIGKILL), 0);
		assert_int_equal(waitpid(pid, NULL, 0), pid);
		assert_ok(f, lock_take(f->store, both, 2, "alice", OTHER, &lock,
				       &f->err));
		release(f, lock);
	}
}

/* ---- with a remote --------------------------------------------------- */

/* A second host's store of the same remote. */
static void clone_of(struct fixture *f, const char *name, struct store **other)
{
	CLEANUP(free_ptr) char *path = xasprintf("%s/%s", f->directory, name);

	assert_ok(f, store_open(path, f->remote, other, &f->err));
}

static void test_lock_take__pushed_and_removed_there(void **state)
{
	struct fixture *f = *state;
	struct lock *lock = NULL, *second = NULL;
	struct store *other = NULL;
	CLEANUP(free_ptr) char *held = NULL;
	CLEANUP(free_ptr) char *after = NULL;

	assert_ok(f, lock_take(f->store, both, 2, "alice", CHANGE, &lock,
			       &f->err));
	held = refs(f, "remote.git");
	assert_string_equal(held, "refs/aback/locks/" PLACE "\n"
				  "refs/aback/locks/" GLOBAL "\n");
	clone_of(f, "other.git", &other);
	assert_int_equal(
		lock_take(other, both, 2, "bob", OTHER, &second, &f->err), -1);
	assert_error(f, ERR_LOCKED, "'alice'");
	after = refs(f, "other.git");
	assert_string_equal(after, "");
	release(f, lock);
	free(after);
	after = refs(f, "remote.git");
	assert_string_equal(after, "");
	assert_ok(f, lock_take(other, both, 2, "bob", OTHER, &second, &f->err));
	release(f, second);
	store_free(other);
}

static void test_lock_take__brings_in_what_others_finished(void **state)
{
	struct fixture *f = *state;
	struct store *other = NULL;
	struct lock *lock = NULL;
	CLEANUP(free_ptr) char *text = NULL;

	clone_of(f, "other.git", &other);
	assert_ok(f, put_file(f, other, "a", "1", STORE_PUSH_REQUIRED));
	assert_ok(f, take(f, CHANGE, &lock));
	text = get_file(f, f->store, "a");
	assert_string_equal(text, "1");
	release(f, lock);
	store_free(other);
}

static void test_lock_take__dead_here_is_taken_over_there_too(void **state)
{
	struct fixture *f = *state;
	struct lock *lock = NULL;
	CLEANUP(free_ptr) char *held = NULL;

	record(f, f->store, "change.json");
	take_and_die(f, f->remote, CHANGE);
	held = refs(f, "remote.git");
	assert_string_equal(held, "refs/aback/locks/" PLACE "\n");
	assert_int_equal(take(f, OTHER, &lock), -1);
	assert_error(f, ERR_UNFINISHED, "aback resume " CHANGE);
	record(f, f->store, "result.json");
	assert_ok(f, take(f, OTHER, &lock));
	release(f, lock);
	free(held);
	held = refs(f, "remote.git");
	assert_string_equal(held, "");
}

static void test_lock_take__far_away_is_for_resume_only(void **state)
{
	struct fixture *f = *state;
	struct lock *lock = NULL, *lost = NULL;
	bool ours;
	struct store *other = NULL;

	assert_ok(f, take(f, CHANGE, &lost));
	forge(f, "remote.git", "s/^Aback-Host: .*/Aback-Host: far-away/");
	clone_of(f, "other.git", &other);
	assert_int_equal(lock_take(other, one, 1, "bob", OTHER, &lock, &f->err),
			 -1);
	assert_error(f, ERR_LOCKED, "on host 'far-away'");
	/* it may well run there: that must be said to be gone */
	assert_int_equal(
		lock_take(other, one, 1, "bob", CHANGE, &lock, &f->err), -1);
	assert_error(f, ERR_LOCKED, "on host 'far-away'");
	assert_ok(f, lock_check(lost, &ours, &f->err));
	assert_false(ours); /* forged */
	assert_ok(f,
		  lock_take_over(other, one, 1, "bob", CHANGE, &lock, &f->err));
	assert_ok(f, lock_check(lock, &ours, &f->err));
	assert_true(ours);
	assert_ok(f, lock_check(lost, &ours, &f->err));
	assert_false(ours);
	/* the one who lost it is told, and does not remove the new one */
	assert_int_equal(lock_release(lost, &f->err), -1);
	assert_int_equal(f->err.code, ERR_LOCKED);
	lock_free(lost);
	release(f, lock);
	store_free(other);
}

/* Each racer has a store of its own: only the remote decides. */
static int remote_racer(const struct fixture *f, int who, int go, int tried,
			int end)
{
	CLEANUP(free_ptr)
	char *path = xasprintf("%s/racer-%d.git", f->directory, who);
	struct fixture own = *f;

	own.path = path;
	return race_child(&own, f->remote, go, tried, end);
}

static void test_lock_take__of_two_stores_exactly_one_wins(void **state)
{
	struct fixture *f = *state;
	int64_t until = clock_monotonic_ms() + 8000;
	int rounds = 0;

	for (int i = 0; i < 2; i++) {
		CLEANUP(free_ptr) char *name = xasprintf("racer-%d.git", i);
		struct store *store = NULL;

		clone_of(f, name, &store);
		store_free(store);
	}
	while (rounds < 25 && clock_monotonic_ms() < until) {
		int go[2], tried[2], end[2], won = 0;
		pid_t pids[2];
		char letters[2] = { 'x', 'x' };

		assert_false(pipe(go) || pipe(tried) || pipe(end));
		for (int i = 0; i < 2; i++) {
			pids[i] = fork();
			if (!pids[i])
				_exit(remote_racer(f, i, go[0], tried[1],
						   end[0]));
		}
		assert_int_equal(write(go[1], letters, 2), 2);
		assert_int_equal(read(tried[0], letters, 1), 1);
		assert_int_equal(read(tried[0], letters, 1), 1);
		assert_int_equal(write(end[1], letters, 2), 2);
		for (int i = 0; i < 2; i++) {
			int status;

			assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
			assert_true(WIFEXITED(status));
			assert_true(WEXITSTATUS(status) <= 1);
			won += WEXITSTATUS(status) == 0;
			(void)close(go[i]);
			(void)close(tried[i]);
			(void)close(end[i]);
		}
		assert_int_equal(won, 1);
		rounds++;
	}
	print_message("# %d rounds\n", rounds);
}

static void test_lock_take__a_remote_that_is_gone_is_said(void **state)
{
	struct fixture *f = *state;
	struct lock *lock = NULL;
	CLEANUP(free_ptr) char *names = NULL;

	assert_int_equal(sh(f, "mv remote.git away.git"), 0);
	assert_int_equal(take(f, CHANGE, &lock), -1);
	assert_error(f, ERR_REMOTE, "git ls-remote");
	names = refs(f, "state.git");
	assert_string_equal(names, "");
	assert_int_equal(sh(f, "mv away.git remote.git"), 0);
	assert_ok(f, take(f, CHANGE, &lock));
	/* gone at the release: the lock stays, and that is said */
	assert_int_equal(sh(f, "mv remote.git away.git"), 0);
	assert_int_equal(lock_release(lock, &f->err), -1);
	assert_error(f, ERR_REMOTE, "stays on the remote");
	lock_free(lock);
	assert_int_equal(sh(f, "mv away.git remote.git"), 0);
	assert_ok(f, take(f, OTHER, &lock));
	release(f, lock);
}

static void test_lock_take__a_hook_that_refuses_is_quoted(void **state)
{
	struct fixture *f = *state;
	struct lock *lock = NULL;
	CLEANUP(free_ptr) char *names = NULL;

	assert_int_equal(sh(f,
			    "mkdir -p remote.git/hooks && printf "
			    "'#!/bin/sh\\necho no locks here >&2\\nexit 1\\n'"
			    " >remote.git/hooks/update && "
			    "chmod +x remote.git/hooks/update"),
			 0);
	assert_int_equal(take(f, CHANGE, &lock), -1);
	assert_error(f, ERR_REMOTE, "no locks here");
	names = refs(f, "state.git");
	assert_string_equal(names, "");
}

/* ---- holders --------------------------------------------------------- */

static void test_holder_parse__only_what_we_wrote(void **state)
{
	static const char *const bad[] = {
		"",
		"Lock x\n",
		"Aback-Holder: a\nAback-Host: b\nAback-Since: c\n",
		"Aback-Holder: a\nAback-Host: b\nAback-Since: c\n"
		"Aback-Process: x\n",
		"Aback-Holder: a\nAback-Host: b\nAback-Since: c\n"
		"Aback-Process: -1\n",
	};
	CLEANUP(holder_release) struct holder self = { 0 };
	CLEANUP(holder_release) struct holder same = { 0 };
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(100000);
	struct holder holder;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_false(holder_parse(bad[i], &holder));
	holder_self("alice", CHANGE, &self);
	holder_write(&self, PLACE, &text);
	assert_true(holder_parse(text.buf, &same));
	assert_true(same.start > 0);
	assert_true(same.start == self.start);
	assert_string_equal(same.boot, self.boot);
	assert_string_equal(same.change, CHANGE);
	assert_int_equal(holder_state(&same, true), HOLDER_SELF);
	assert_int_equal(holder_state(&same, false), HOLDER_ALIVE);
	same.start++;
	assert_int_equal(holder_state(&same, false), HOLDER_DEAD);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define STORE(test)                                                \
	cmocka_unit_test_setup_teardown(test, fixture_setup_store, \
					fixture_teardown)
#define REMOTE(test)                                                \
	cmocka_unit_test_setup_teardown(test, fixture_setup_remote, \
					fixture_teardown)
		STORE(test_lock_take__refs_say_who),
		STORE(test_lock_take__held_says_by_whom_and_takes_none),
		STORE(test_lock_take__bad_places_are_refused),
		STORE(test_lock_take__without_a_change),
		STORE(test_lock_take__dead_and_never_recorded_is_taken_over),
		STORE(test_lock_take__dead_and_finished_is_taken_over),
		STORE(test_lock_take__dead_and_unfinished_is_for_resume_only),
		STORE(test_lock_take__the_same_pid_at_another_time_is_dead),
		STORE(test_lock_take__an_earlier_boot_is_dead_here),
		STORE(test_lock_take__a_living_holder_without_its_flock_is_respected),
		STORE(test_lock_take__a_zombie_is_dead),
		STORE(test_lock_take__another_host_is_not_judged),
		STORE(test_lock_take__dead_on_a_host_that_was_renamed_since),
		STORE(test_lock_take__a_ref_of_somebody_elses_is_left_alone),
		STORE(test_lock_release__taken_over_meanwhile_is_said),
		STORE(test_lock_take__of_two_exactly_one_wins_always),
		STORE(test_lock_take__killed_at_any_instant),
		REMOTE(test_lock_take__pushed_and_removed_there),
		REMOTE(test_lock_take__brings_in_what_others_finished),
		REMOTE(test_lock_take__dead_here_is_taken_over_there_too),
		REMOTE(test_lock_take__far_away_is_for_resume_only),
		REMOTE(test_lock_take__of_two_stores_exactly_one_wins),
		REMOTE(test_lock_take__a_remote_that_is_gone_is_said),
		REMOTE(test_lock_take__a_hook_that_refuses_is_quoted),
		cmocka_unit_test(test_holder_parse__only_what_we_wrote),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
