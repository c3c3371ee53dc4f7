/*
 * What taking locks asks of a remote: how often, and what becomes of some of
 * several places.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "state/lock.h"
#include "tests/unit/store_fixture.h"

#define A "123456789012/eu-west-1"
#define B "123456789012/global"
#define C "210987654321/eu-west-1"

static const char *const all[] = { A, B, C };
static const char *const middle[] = { B };

static struct lock *take(struct fixture *f, struct store *store,
			 const char *const *places, size_t len)
{
	struct lock *lock = NULL;

	assert_ok(f,
		  lock_take(store, places, len, "alice", NULL, &lock, &f->err));
	return lock;
}

static void release(struct fixture *f, struct lock *lock)
{
	assert_ok(f, lock_release(lock, &f->err));
	lock_free(lock);
}

static struct store *clone_of(struct fixture *f)
{
	CLEANUP(free_ptr) char *path = xasprintf("%s/other.git", f->directory);
	struct store *other = NULL;

	assert_ok(f, store_open(path, f->remote, &other, &f->err));
	return other;
}

static void there(struct fixture *f, const char *wanted)
{
	CLEANUP(free_ptr)
	char *refs = output_of(f, "git -C remote.git for-each-ref "
				  "--format='%%(refname:lstrip=3)' "
				  "refs/aback/locks | tr '\\n' ' '");

	assert_string_equal(refs, wanted);
}

/* From here on each call of git writes its verb down. */
static char *watch_git(struct fixture *f)
{
	char *before = xstrdup(getenv("PATH"));
	CLEANUP(free_ptr)
	char *path = xasprintf("%s/bin:%s", f->directory, before);

	assert_int_equal(sh(f,
			    "mkdir bin && cat >bin/git <<'END'\n"
			    "#!/bin/sh\n"
			    "for word; do case $word in\n"
			    "  ls-remote | push | fetch) echo $word "
			    ">>'%s/asked' ;;\n"
			    "esac; done\n"
			    "PATH=${PATH#*:} exec git \"$@\"\n"
			    "END\n"
			    "chmod +x bin/git",
			    f->directory),
			 0);
	assert_int_equal(setenv("PATH", path, 1), 0);
	return before;
}

static void asked(struct fixture *f, const char *wanted)
{
	CLEANUP(free_ptr)
	char *verbs = output_of(f, "tr '\\n' ' ' <asked; : >asked");

	assert_string_equal(verbs, wanted);
}

static void test_lock_take__asks_as_often_for_three_places(void **state)
{
	struct fixture *f = *state;
	struct lock *lock, *second = NULL;
	struct store *other = clone_of(f);
	CLEANUP(free_ptr) char *path = watch_git(f);

	lock = take(f, f->store, all, 3);
	asked(f, "ls-remote push ls-remote ");
	there(f, A " " B " " C " ");
	/* who is refused asks where it stands, and for the one who holds it */
	assert_int_equal(
		lock_take(other, all, 3, "bob", NULL, &second, &f->err), -1);
	assert_error(f, ERR_LOCKED, "'alice'");
	asked(f, "ls-remote fetch ");
	release(f, lock);
	asked(f, "push ls-remote ");
	there(f, "");
	assert_int_equal(setenv("PATH", path, 1), 0);
	store_free(other);
}

/* One of them is held: the others are not left behind. */
static void none_of_three(struct fixture *f)
{
	struct store *other = clone_of(f);
	struct lock *held = take(f, other, middle, 1), *lock = NULL;

	assert_int_equal(
		lock_take(f->store, all, 3, "bob", NULL, &lock, &f->err), -1);
	assert_error(f, ERR_LOCKED, "'alice'");
	there(f, B " ");
	release(f, held);
	lock = take(f, f->store, all, 3);
	there(f, A " " B " " C " ");
	release(f, lock);
	there(f, "");
	store_free(other);
}

static void test_lock_take__of_three_places_none(void **state)
{
	none_of_three(*state);
}

static void test_lock_take__where_the_remote_knows_no_atomic_push(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(
		sh(f, "git -C remote.git config receive.advertiseAtomic false"),
		0);
	none_of_three(f);
}

/*
 * A hook of the remote refuses one of the places in the middle of our
 * push. Whatever of ours moved goes again.
 */
static void lost_in_the_push(struct fixture *f)
{
	struct lock *lock = NULL;

	assert_int_equal(
		sh(f,
		   "cat >remote.git/hooks/update <<'END'\n"
		   "#!/bin/sh\n"
		   "case $1 in */global)\n"
		   "  test $2 = 0000000000000000000000000000000000000000 &&\n"
		   "  echo 'failed to update ref' >&2 && exit 1 ;;\n"
		   "esac\n"
		   "exit 0\n"
		   "END\n"
		   "chmod +x remote.git/hooks/update"),
		0);
	assert_int_equal(
		lock_take(f->store, all, 3, "bob", NULL, &lock, &f->err), -1);
	assert_error(f, ERR_REMOTE, "refuses the lock of '" B "'");
	there(f, "");
	assert_int_equal(sh(f, "rm remote.git/hooks/update"), 0);
	release(f, take(f, f->store, all, 3));
}

static void test_lock_take__one_of_three_is_refused_there(void **state)
{
	lost_in_the_push(*state);
}

static void test_lock_take__one_of_three_is_refused_in_turn(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(
		sh(f, "git -C remote.git config receive.advertiseAtomic false"),
		0);
	lost_in_the_push(f);
}

/* Between our look and our push somebody had the lock, committed, and let go.
 */
static void test_lock_take__brings_in_what_came_before_it_was_ours(void **state)
{
	struct fixture *f = *state;
	struct store *other = clone_of(f);
	struct lock *lock;
	CLEANUP(free_ptr) char *text = NULL;

	assert_ok(f, put_file(f, other, "a", "1", STORE_PUSH_REQUIRED));
	/* it is on the remote, and shows only once our lock does */
	assert_int_equal(
		sh(f, "cd remote.git && git update-ref refs/keep main &&\n"
		      "git update-ref refs/heads/main main~ &&\n"
		      "cat >hooks/post-receive <<'END'\n"
		      "#!/bin/sh\n"
		      "git update-ref refs/heads/main refs/keep\n"
		      "END\n"
		      "chmod +x hooks/post-receive"),
		0);
	text = get_file(f, f->store, "a");
	assert_null(text);
	lock = take(f, f->store, all, 3);
	text = get_file(f, f->store, "a");
	assert_non_null(text);
	assert_string_equal(text, "1");
	release(f, lock);
	store_free(other);
}

/*
 * git lets anybody move a ref on to a descendant. That takes the lock from
 * nobody: it is judged as a stranger's, and its holder does not remove it.
 */
static void test_lock_take__a_descendant_takes_over_nothing(void **state)
{
	struct fixture *f = *state;
	struct store *other = clone_of(f);
	struct lock *held = take(f, f->store, middle, 1), *lock = NULL;

	assert_int_equal(
		sh(f, "git -C other.git fetch -q ../remote.git "
		      "refs/aback/locks/" B " &&\n"
		      "id=$(git -C other.git commit-tree -p FETCH_HEAD -m x "
		      "$(git hash-object -t tree /dev/null)) &&\n"
		      "git -C other.git push -q ../remote.git "
		      "$id:refs/aback/locks/" B),
		0);
	assert_int_equal(lock_take(other, all, 3, "bob", NULL, &lock, &f->err),
			 -1);
	assert_error(f, ERR_LOCKED, "'" B "' is locked");
	error_release(&f->err);
	f->err = (struct error)ERROR_INIT;
	assert_int_equal(lock_release(held, &f->err), -1);
	assert_error(f, ERR_LOCKED, "could not be released");
	lock_free(held);
	there(f, B " ");
	store_free(other);
}

#define REMOTE(test)                                                \
	cmocka_unit_test_setup_teardown(test, fixture_setup_remote, \
					fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		REMOTE(test_lock_take__asks_as_often_for_three_places),
		REMOTE(test_lock_take__of_three_places_none),
		REMOTE(test_lock_take__where_the_remote_knows_no_atomic_push),
		REMOTE(test_lock_take__one_of_three_is_refused_there),
		REMOTE(test_lock_take__one_of_three_is_refused_in_turn),
		REMOTE(test_lock_take__brings_in_what_came_before_it_was_ours),
		REMOTE(test_lock_take__a_descendant_takes_over_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
