#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>

#include "core/clock.h"
#include "core/process.h"
#include "state/remote.h"
#include "store_fixture.h"

/* ---- opening and making ---------------------------------------------- */

static char *tip_of(const struct fixture *f, const char *repository)
{
	return output_of(f, "git -C %s rev-parse main", repository);
}

static void assert_same_tip(const struct fixture *f, const char *a,
			    const char *b)
{
	CLEANUP(free_ptr) char *x = tip_of(f, a);
	CLEANUP(free_ptr) char *y = tip_of(f, b);

	assert_int_equal(strlen(x), 41);
	assert_string_equal(x, y);
}

static void other_store(struct fixture *f, const char *name,
			struct store **ret_store)
{
	CLEANUP(free_ptr) char *path = xasprintf("%s/%s", f->directory, name);

	assert_ok(f, store_open(path, f->remote, ret_store, &f->err));
}

static void test_store_init_remote__an_empty_remote_is_filled(void **state)
{
	struct fixture *f = *state;
	CLEANUP(free_ptr) char *names = NULL;

	assert_true(store_has_remote(f->store));
	assert_same_tip(f, "state.git", "remote.git");
	names = output_of(f, "ls");
	assert_string_equal(names, "log\nremote.git\nstate.git\n");
}

static void test_store_init_remote__a_full_remote_is_cloned(void **state)
{
	struct fixture *f = *state;
	CLEANUP(free_ptr) char *path = xasprintf("%s/b.git", f->directory);
	bool made = false;

	assert_ok(f, put_file(f, f->store, "a", "1", STORE_PUSH_REQUIRED));
	assert_ok(f, store_init_remote(path, f->remote, &made, &f->err));
	assert_true(made);
	assert_same_tip(f, "b.git", "remote.git");
}

static void test_store_open__missing_is_cloned(void **state)
{
	struct fixture *f = *state;
	struct store *other = NULL;
	CLEANUP(free_ptr) char *text = NULL;
	CLEANUP(free_ptr) char *refs = NULL;

	assert_ok(f, put_file(f, f->store, "a", "1", STORE_PUSH_REQUIRED));
	other_store(f, "other.git", &other);
	text = get_file(f, other, "a");
	assert_string_equal(text, "1");
	refs = output_of(f, "git -C other.git for-each-ref "
			    "--format='%%(refname)'");
	assert_string_equal(refs, "refs/aback/remote/main\nrefs/heads/main\n");
	assert_int_equal(sh(f, "git -C other.git fsck --strict"), 0);
	store_free(other);
}

static void test_store_open__a_remote_that_is_none_is_said(void **state)
{
	static const struct {
		const char *make, *url;
		enum error_code code;
		const char *text;
	} bad[] = {
		{ "true", "%s/none.git", ERR_REMOTE, "git ls-remote" },
		{ "true", "file://%s/none.git", ERR_REMOTE, "none.git" },
		{ "git init -q --bare -b main none.git", "%s/none.git",
		  ERR_NOT_FOUND, "its remote is empty" },
		{ "git init -q -b main w && git -C w commit -q --allow-empty "
		  "-m x && rm -rf none.git && git clone -q --bare w none.git",
		  "%s/none.git", ERR_STATE, "no file FORMAT" },
		{ "true", "ext::sh -c touch%%20%s/pwned", ERR_REMOTE,
		  "state.remote is not" },
		{ "true", "http://%s/", ERR_REMOTE, "state.remote is not" },
		{ "true", "-o%s", ERR_REMOTE, "state.remote is not" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		/* the patterns are the table's own */
		CLEANUP(strbuf_release) struct strbuf url = STRBUF_INIT(4096);
		const char *at = strstr(bad[i].url, "%s");
		CLEANUP(free_ptr) char *names = NULL;

		strbuf_add(&url, bad[i].url, (size_t)(at - bad[i].url));
		strbuf_adds(&url, f->directory);
		strbuf_adds(&url, at + 2);
		assert_int_equal(sh(f, "%s", bad[i].make), 0);
		assert_int_equal(
			store_open(f->path, url.buf, &f->store, &f->err), -1);
		assert_error(f, bad[i].code, bad[i].text);
		assert_non_null(f->err.hint);
		/* nothing half-made stays */
		names = output_of(f, "ls -d state.git* pwned");
		assert_string_equal(names, "");
	}
}

static void test_store_init_remote__two_at_once_share_one_store(void **state)
{
	struct fixture *f = *state;
	pid_t pids[3];
	CLEANUP(free_ptr) char *roots = NULL;

	assert_int_equal(sh(f, "git init -q --bare -b main remote.git"), 0);
	for (int i = 0; i < 3; i++) {
		pids[i] = fork();
		if (!pids[i]) {
			struct error err = ERROR_INIT;
			CLEANUP(free_ptr)
			char *path = xasprintf("%s/s%d.git", f->directory, i);
			bool made;

			/* roots must differ for this to prove anything */
			(void)setenv("GIT_AUTHOR_NAME", path, 1);
			_exit(store_init_remote(path, f->remote, &made, &err)
				      ? 1
				      : 0);
		}
	}
	for (int i = 0; i < 3; i++) {
		int status;

		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_int_equal(status, 0);
	}
	for (int i = 0; i < 3; i++) {
		CLEANUP(free_ptr) char *name = xasprintf("s%d.git", i);

		assert_same_tip(f, name, "remote.git");
	}
}

/* ---- pushing --------------------------------------------------------- */

static void test_store_commit__is_on_the_remote_when_it_returns(void **state)
{
	struct fixture *f = *state;

	assert_ok(f, put_file(f, f->store, "a", "1", STORE_PUSH_REQUIRED));
	assert_same_tip(f, "state.git", "remote.git");
	assert_int_equal(sh(f, "git -C remote.git show main:a"), 0);
}

static void test_store_commit__file_url(void **state)
{
	struct fixture *f = *state;
	CLEANUP(free_ptr) char *url = xasprintf("file://%s", f->remote);

	store_free(f->store);
	f->store = NULL;
	assert_ok(f, store_open(f->path, url, &f->store, &f->err));
	assert_ok(f, put_file(f, f->store, "a", "1", STORE_PUSH_REQUIRED));
	assert_same_tip(f, "state.git", "remote.git");
	/* others who push there take turns with us */
	assert_int_equal(sh(f, "test -f remote.git/aback.lock"), 0);
}

static void test_store_commit__what_others_pushed_is_kept(void **state)
{
	struct fixture *f = *state;
	struct store *other = NULL;
	CLEANUP(free_ptr) char *files = NULL;
	CLEANUP(free_ptr) char *merges = NULL;

	other_store(f, "other.git", &other);
	for (int i = 0; i < 3; i++) {
		assert_ok(f, put_file(f, other, i % 2 ? "o/1" : "o/2", "1",
				      STORE_PUSH_REQUIRED));
		assert_ok(f, put_file(f, f->store, i % 2 ? "s/1" : "s/2", "1",
				      STORE_PUSH_REQUIRED));
	}
	assert_same_tip(f, "state.git", "remote.git");
	files = output_of(f, "git -C remote.git ls-tree -r --name-only main");
	assert_string_equal(files, "FORMAT\nconfig.json\no/1\no/2\ns/1\ns/2\n");
	merges = output_of(f, "git -C remote.git rev-list --merges main");
	assert_string_equal(merges, "");
	store_free(other);
}

static void test_store_commit__not_pushed_is_not_recorded(void **state)
{
	struct fixture *f = *state;
	CLEANUP(free_ptr) char *before = tip_of(f, "state.git");
	CLEANUP(free_ptr) char *after = NULL;

	assert_int_equal(sh(f, "mv remote.git away.git"), 0);
	assert_int_equal(put_file(f, f->store, "a", "1", STORE_PUSH_REQUIRED),
			 -1);
	assert_error(f, ERR_REMOTE, "git ls-remote");
	after = tip_of(f, "state.git");
	assert_string_equal(before, after);
}

static void test_store_commit__later_is_recorded_and_synced(void **state)
{
	struct fixture *f = *state;
	struct store *other = NULL;
	CLEANUP(store_edits_release) struct store_edits edits = { 0 };
	CLEANUP(free_ptr) char *log = NULL;
	CLEANUP(free_ptr) char *text = NULL;
	bool pushed = true;

	other_store(f, "other.git", &other);
	assert_int_equal(sh(f, "mv remote.git away.git"), 0);
	store_edits_put(&edits, "mine", "1", 1);
	store_edits_put(&edits, "both", "ours, older", 11);
	store_edits_remove(&edits, "config.json");
	assert_ok(f, store_commit(
			     f->store, "Later",
			     (const struct store_trailer[]){
				     { "Aback-Change", "x" }, { NULL, NULL } },
			     &edits, STORE_PUSH_LATER, &pushed, &f->err));
	assert_false(pushed);
	assert_int_equal(sh(f, "mv away.git remote.git"), 0);
	/* meanwhile somebody else, who wrote one of the same files */
	assert_ok(f, put_file(f, other, "both", "theirs, newer",
			      STORE_PUSH_REQUIRED));
	assert_ok(f, store_sync(f->store, NULL, &f->err));
	assert_same_tip(f, "state.git", "remote.git");
	log = output_of(f, "git -C remote.git log --format='%%s %%an "
			   "%%(trailers:only)' main -1 && "
			   "git -C remote.git show --name-status --format= "
			   "main");
	assert_string_equal(log, "Later Test Person Aback-Change: x\n\n"
				 "D\tconfig.json\nA\tmine\n");
	text = get_file(f, f->store, "both");
	assert_string_equal(text, "theirs, newer");
	store_free(other);
}

static void
test_store_commit__what_others_wrote_meanwhile_is_not_undone(void **state)
{
	struct fixture *f = *state;
	struct store *other = NULL;
	CLEANUP(free_ptr) char *text = NULL;

	other_store(f, "other.git", &other);
	assert_ok(f, put_file(f, other, "both", "theirs", STORE_PUSH_REQUIRED));
	assert_int_equal(put_file(f, f->store, "both", "made before that",
				  STORE_PUSH_REQUIRED),
			 -1);
	assert_error(f, ERR_CONFLICT, "somebody else wrote 'both'");
	text = get_file(f, other, "both");
	assert_string_equal(text, "theirs");
	/* now it is known, and may be replaced */
	assert_ok(f,
		  put_file(f, f->store, "both", "after", STORE_PUSH_REQUIRED));
	assert_same_tip(f, "state.git", "remote.git");
	store_free(other);
}

#define HOLDS "holds/prod/cluster/orders.json"

/* A hold of each setting, since that change; "" for no file. */
static int put_holds(struct fixture *f, struct store *store, const char *a,
		     const char *b, const char *c, enum store_push push)
{
	const char *const changes[] = { a, b, c };
	CLEANUP(json_release) json_t *file = NULL;
	CLEANUP(store_edits_release) struct store_edits edits = { 0 };
	json_t *settings = json_object();

	for (size_t i = 0; i < 3; i++) {
		const char name[] = { (char)('a' + i), '\0' };

		if (changes[i])
			(void)json_object_set_new(
				settings, name,
				json_pack("{s:s}", "change", changes[i]));
	}
	file = json_pack("{s:s, s:o}", "format", "aback-hold/1", "settings",
			 settings);
	if (json_object_size(settings))
		store_edits_put_json(&edits, HOLDS, file);
	else
		store_edits_remove(&edits, HOLDS);
	return store_commit(store, "Hold", NULL, &edits, push, NULL, &f->err);
}

static void assert_holds(struct fixture *f, const char *want)
{
	CLEANUP(free_ptr) char *text = get_file(f, f->store, HOLDS);
	CLEANUP(json_release) json_t *file = NULL;
	CLEANUP(strbuf_release) struct strbuf out = STRBUF_INIT(4096);

	if (text)
		assert_ok(f, json_parse(HOLDS, text, strlen(text), &file,
					&f->err));
	if (file)
		json_compact(json_object_get(file, "settings"), &out);
	assert_string_equal(out.buf, want);
}

static void test_store_sync__holds_of_both_are_kept(void **state)
{
	struct fixture *f = *state;
	struct store *other = NULL;

	assert_ok(f,
		  put_holds(f, f->store, "1", NULL, NULL, STORE_PUSH_REQUIRED));
	other_store(f, "other.git", &other);
	assert_int_equal(sh(f, "mv remote.git away.git"), 0);
	assert_ok(f, put_holds(f, f->store, "1", "2", "4", STORE_PUSH_LATER));
	assert_int_equal(sh(f, "mv away.git remote.git"), 0);
	/* there one is let go, and one is held that we hold, too */
	assert_ok(f, put_holds(f, other, NULL, NULL, "3", STORE_PUSH_REQUIRED));
	assert_ok(f, store_sync(f->store, NULL, &f->err));
	assert_holds(f, "{\"b\":{\"change\":\"2\"},\"c\":{\"change\":\"4\"}}");
	assert_same_tip(f, "state.git", "remote.git");

	/* all of them are let go there, and one of ours stays */
	assert_int_equal(sh(f, "mv remote.git away.git"), 0);
	assert_ok(f, put_holds(f, f->store, "5", "2", "4", STORE_PUSH_LATER));
	assert_int_equal(sh(f, "mv away.git remote.git"), 0);
	assert_ok(f, store_fetch(other, &f->err));
	assert_ok(f,
		  put_holds(f, other, NULL, NULL, NULL, STORE_PUSH_REQUIRED));
	assert_ok(f, store_sync(f->store, NULL, &f->err));
	assert_holds(f, "{\"a\":{\"change\":\"5\"}}");
	store_free(other);
}

static void
test_store_sync__a_required_commit_takes_unpushed_ones_along(void **state)
{
	struct fixture *f = *state;
	bool pushed = true;
	CLEANUP(store_edits_release) struct store_edits edits = { 0 };

	store_edits_put(&edits, "later", "1", 1);
	assert_int_equal(sh(f, "mv remote.git away.git"), 0);
	assert_ok(f, store_commit(f->store, "Later", NULL, &edits,
				  STORE_PUSH_LATER, &pushed, &f->err));
	assert_false(pushed);
	assert_int_equal(sh(f, "mv away.git remote.git"), 0);
	assert_ok(f, put_file(f, f->store, "now", "1", STORE_PUSH_REQUIRED));
	assert_same_tip(f, "state.git", "remote.git");
	assert_int_equal(sh(f, "git -C remote.git show main:later"), 0);
}

static void test_store_commit__a_hook_that_refuses_is_quoted(void **state)
{
	struct fixture *f = *state;
	CLEANUP(free_ptr) char *before = tip_of(f, "state.git");
	CLEANUP(free_ptr) char *after = NULL;
	int64_t start = clock_monotonic_ms();

	assert_int_equal(sh(f,
			    "mkdir -p remote.git/hooks && printf "
			    "'#!/bin/sh\\necho main is frozen >&2\\nexit 1\\n'"
			    " >remote.git/hooks/pre-receive && "
			    "chmod +x remote.git/hooks/pre-receive"),
			 0);
	assert_int_equal(put_file(f, f->store, "a", "1", STORE_PUSH_REQUIRED),
			 -1);
	assert_error(f, ERR_REMOTE, "main is frozen");
	after = tip_of(f, "state.git");
	assert_string_equal(before, after);
	/* it is not tried again and again */
	assert_true(clock_monotonic_ms() - start < 5000);
}

static int push_some(const struct fixture *f, int who, int count)
{
	struct error err = ERROR_INIT;
	CLEANUP(free_ptr)
	char *path = xasprintf("%s/p%d.git", f->directory, who);
	struct store *store = NULL;

	if (store_open(path, f->remote, &store, &err))
		return 1;
	for (int i = 0; i < count; i++) {
		CLEANUP(store_edits_release) struct store_edits edits = { 0 };
		CLEANUP(free_ptr) char *name = xasprintf("w%d/%d", who, i);

		store_edits_put(&edits, name, "x", 1);
		if (store_commit(store, "Push", NULL, &edits,
				 STORE_PUSH_REQUIRED, NULL, &err)) {
			struct strbuf why = STRBUF_INIT(10000);

			error_render(&err, &why);
			(void)fprintf(stderr, "# %s\n", why.buf);
			return 2;
		}
	}
	store_free(store);
	return 0;
}

static void test_store_commit__stores_side_by_side_lose_nothing(void **state)
{
	enum { STORES = 3, EACH = 6 };
	struct fixture *f = *state;
	pid_t pids[STORES];
	CLEANUP(free_ptr) char *files = NULL;
	CLEANUP(free_ptr) char *commits = NULL;

	for (int i = 0; i < STORES; i++) {
		pids[i] = fork();
		if (!pids[i])
			_exit(push_some(f, i, EACH));
	}
	for (int i = 0; i < STORES; i++) {
		int status;

		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_int_equal(status, 0);
	}
	files = output_of(f, "git -C remote.git ls-tree -r main | wc -l");
	assert_int_equal(strtol(files, NULL, 10), 2 + STORES * EACH);
	commits = output_of(f, "git -C remote.git rev-list --count main");
	assert_int_equal(strtol(commits, NULL, 10), 1 + STORES * EACH);
	assert_int_equal(sh(f, "git -C remote.git fsck --strict"), 0);
}

/* ---- a remote that was tampered with --------------------------------- */

static void test_store_fetch__a_rewritten_remote_is_refused(void **state)
{
	struct fixture *f = *state;
	CLEANUP(free_ptr) char *before = NULL;
	CLEANUP(free_ptr) char *after = NULL;

	assert_ok(f, put_file(f, f->store, "a", "1", STORE_PUSH_REQUIRED));
	before = tip_of(f, "state.git");
	assert_int_equal(sh(f, "git -C remote.git update-ref refs/heads/main "
			       "main~1"),
			 0);
	assert_int_equal(store_fetch(f->store, &f->err), -1);
	assert_error(f, ERR_REMOTE, "no longer has");
	assert_int_equal(sh(f, "git -C remote.git update-ref -d "
			       "refs/heads/main"),
			 0);
	assert_int_equal(store_fetch(f->store, &f->err), -1);
	assert_error(f, ERR_REMOTE, "lost its branch");
	after = tip_of(f, "state.git");
	assert_string_equal(before, after);
}

static void test_store_fetch__another_store_is_refused(void **state)
{
	struct fixture *f = *state;
	CLEANUP(free_ptr) char *path = xasprintf("%s/b.git", f->directory);
	struct store *store = NULL;
	bool made;

	assert_ok(f, store_init(path, &made, &f->err));
	assert_int_equal(sh(f, "git -C b.git update-ref refs/heads/main $(git "
			       "-C b.git commit-tree -m other main^{tree}) && "
			       "rm b.git/aback/seen"),
			 0);
	assert_ok(f, store_open(path, f->remote, &store, &f->err));
	assert_int_equal(store_fetch(store, &f->err), -1);
	assert_error(f, ERR_REMOTE, "no commit in common");
	assert_int_equal(put_file(f, store, "a", "1", STORE_PUSH_REQUIRED), -1);
	assert_int_equal(f->err.code, ERR_REMOTE);
	store_free(store);
}

static void test_store_fetch__foreign_commits_are_refused(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(
		sh(f, "git clone -q remote.git w && cd w && git rm -q FORMAT "
		      "&& git commit -q -m x && git push -q"),
		0);
	assert_int_equal(store_fetch(f->store, &f->err), -1);
	assert_error(f, ERR_STATE, "no file FORMAT");
	/* and git says whose repository it is */
	assert_error(f, ERR_STATE, "remote.git");
}

/* ---- transports ------------------------------------------------------ */

/* An ssh that runs its command here: host:path needs no server. */
static int fake_ssh(struct fixture *f, const char *first)
{
	CLEANUP(free_ptr) char *path = xasprintf("%s/ssh", f->directory);

	(void)setenv("GIT_SSH", path, 1);
	(void)setenv("GIT_SSH_VARIANT", "ssh", 1);
	return sh(f,
		  "printf '#!/bin/sh\\n%s\\n"
		  "while [ \"${1#-}\" != \"$1\" ]; do shift; "
		  "[ \"$1\" = SendEnv=GIT_PROTOCOL ] && shift; done\\n"
		  "shift\\nexec sh -c \"$*\"\\n' >ssh && chmod +x ssh",
		  first);
}

static void no_ssh(void)
{
	(void)unsetenv("GIT_SSH");
	(void)unsetenv("GIT_SSH_VARIANT");
}

static void test_store_commit__over_ssh(void **state)
{
	struct fixture *f = *state;
	CLEANUP(free_ptr) char *scp = xasprintf("git@host:%s", f->remote);
	CLEANUP(free_ptr) char *url = xasprintf("ssh://git@host%s", f->remote);
	const char *const urls[] = { scp, url };

	assert_int_equal(fake_ssh(f, "echo $* >>$HOME/ssh.log"), 0);
	for (size_t i = 0; i < ARRAY_SIZE(urls); i++) {
		CLEANUP(free_ptr) char *name = xasprintf("ssh%zu.git", i);
		CLEANUP(free_ptr)
		char *path = xasprintf("%s/%s", f->directory, name);
		struct store *store = NULL;

		assert_ok(f, store_open(path, urls[i], &store, &f->err));
		assert_ok(f,
			  put_file(f, store, name, "1", STORE_PUSH_REQUIRED));
		assert_same_tip(f, name, "remote.git");
		store_free(store);
	}
	assert_int_equal(sh(f, "grep -q git-receive-pack $HOME/ssh.log"), 0);
	no_ssh();
}

static void test_store_commit__a_remote_that_hangs_is_killed(void **state)
{
	struct fixture *f = *state;
	CLEANUP(free_ptr) char *url = xasprintf("git@host:%s", f->remote);
	CLEANUP(free_ptr) char *before = tip_of(f, "state.git");
	CLEANUP(free_ptr) char *after = NULL;
	int64_t start;

	assert_int_equal(fake_ssh(f, "echo $$ >$HOME/pid; exec sleep 100"), 0);
	store_free(f->store);
	f->store = NULL;
	assert_ok(f, store_open(f->path, url, &f->store, &f->err));
	store_set_deadline(f->store, 300);
	start = clock_monotonic_ms();
	assert_int_equal(put_file(f, f->store, "a", "1", STORE_PUSH_REQUIRED),
			 -1);
	assert_true(clock_monotonic_ms() - start < 5000);
	assert_error(f, ERR_REMOTE, "no answer within");
	/* nothing of it runs any more */
	assert_int_not_equal(sh(f, "sleep 0.1; grep -q '^State:.*[RSD] (' "
				   "/proc/$(cat $HOME/pid)/status"),
			     0);
	after = tip_of(f, "state.git");
	assert_string_equal(before, after);
	no_ssh();
}

/* The remote dies after it did it: looked up, not guessed. */
static void test_store_commit__a_lost_answer_is_read_back(void **state)
{
	struct fixture *f = *state;
	CLEANUP(free_ptr) char *log = NULL;

	assert_int_equal(sh(f,
			    "mkdir -p remote.git/hooks && printf '#!/bin/sh\\n"
			    "if [ $1 = committed ]; then echo x >>hook.log; "
			    "kill -9 $PPID; fi\\n'"
			    " >remote.git/hooks/reference-transaction && "
			    "chmod +x remote.git/hooks/reference-transaction"),
			 0);
	assert_ok(f, put_file(f, f->store, "a", "1", STORE_PUSH_REQUIRED));
	assert_same_tip(f, "state.git", "remote.git");
	log = output_of(f, "cat remote.git/hook.log");
	assert_string_equal(log, "x\n");
}

static void test_remote_new__a_password_is_never_shown(void **state)
{
	struct fixture *f = *state;
	struct remote *remote = NULL;
	struct repo_id id;
	struct strbuf text = STRBUF_INIT(10000);

	/* port 9 of this machine: nobody listens */
	assert_ok(f,
		  remote_new(f->path, "https://alice:hunter2@127.0.0.1:9/x.git",
			     &remote, &f->err));
	assert_string_equal(remote_shown(remote),
			    "https://***@127.0.0.1:9/x.git");
	assert_int_equal(remote_ref(remote, "refs/heads/main", &id, &f->err),
			 -1);
	error_render(&f->err, &text);
	assert_null(strstr(text.buf, "hunter2"));
	assert_int_equal(f->err.code, ERR_REMOTE);
	strbuf_release(&text);
	remote_free(remote);
}

static void test_remote__without_git_says_what_to_install(void **state)
{
	struct fixture *f = *state;
	CLEANUP(free_ptr) char *path = xstrdup(getenv("PATH"));
	int rc;

	(void)setenv("PATH", "/nonexistent", 1);
	rc = store_fetch(f->store, &f->err);
	(void)setenv("PATH", path, 1);
	assert_int_equal(rc, -1);
	assert_error(f, ERR_REMOTE, "apt-get install git");
}

/* A surrounding git's variables point at its own repository, not at ours. */
static void test_remote__a_hooks_environment_is_not_passed_on(void **state)
{
	struct fixture *f = *state;

	(void)setenv("GIT_DIR", "/nonexistent", 1);
	(void)setenv("GIT_OBJECT_DIRECTORY", "/nonexistent", 1);
	(void)setenv("GIT_QUARANTINE_PATH", "/nonexistent", 1);
	assert_ok(f, put_file(f, f->store, "a", "1", STORE_PUSH_REQUIRED));
	(void)unsetenv("GIT_DIR");
	(void)unsetenv("GIT_OBJECT_DIRECTORY");
	(void)unsetenv("GIT_QUARANTINE_PATH");
	assert_same_tip(f, "state.git", "remote.git");
}

/* Killed at any instant, what is on the remote is whole and we catch up. */
static void test_store_commit__kill_with_a_remote(void **state)
{
	struct fixture *f = *state;
	int64_t until = clock_monotonic_ms() + 5000;

	assert_int_equal(sh(f, "cp -r state.git p0.git"), 0);
	for (int i = 0; i < 20 && clock_monotonic_ms() < until; i++) {
		struct store *store = NULL;
		pid_t pid = fork();

		if (!pid)
			_exit(push_some(f, 0, 1000));
		usleep((useconds_t)(10000 + random() % 90000));
		assert_int_equal(kill(pid, SIGKILL), 0);
		assert_int_equal(waitpid(pid, NULL, 0), pid);
		other_store(f, "p0.git", &store);
		assert_ok(f,
			  put_file(f, store, "next", "x", STORE_PUSH_REQUIRED));
		assert_same_tip(f, "p0.git", "remote.git");
		store_free(store);
	}
	assert_int_equal(sh(f, "git -C remote.git fsck"), 0);
	assert_int_equal(sh(f, "git -C p0.git fsck"), 0);
}

/* ---- commands -------------------------------------------------------- */

static void test_command_run__output_and_status(void **state)
{
	struct fixture *f = *state;
	const char *const argv[] = { "sh", "-c",
				     "echo out $ADDED; echo err $GONE_X >&2; "
				     "exit 3",
				     NULL };
	const char *const set[] = { "ADDED=yes", NULL };
	const char *const unset[] = { "GONE_*", NULL };
	struct process command = {
		.argv = argv, .set = set, .unset = unset, .deadline_ms = 10000
	};
	struct process_result result;

	(void)setenv("GONE_X", "secret", 1);
	assert_ok(f, process_run(&command, &result, &f->err));
	assert_int_equal(result.status, 3);
	assert_false(result.too_late);
	assert_string_equal(result.out.buf, "out yes\n");
	assert_string_equal(result.err.buf, "err\n");
	process_result_release(&result);
}

static void
test_command_run__what_it_leaves_behind_is_not_waited_for(void **state)
{
	struct fixture *f = *state;
	const char *const argv[] = { "sh", "-c",
				     "sleep 20 & echo $! >$HOME/left; echo ok",
				     NULL };
	struct process command = { .argv = argv, .deadline_ms = 15000 };
	struct process_result result;
	int64_t start = clock_monotonic_ms();

	assert_ok(f, process_run(&command, &result, &f->err));
	assert_true(clock_monotonic_ms() - start < 5000);
	assert_string_equal(result.out.buf, "ok\n");
	process_result_release(&result);
	(void)sh(f, "kill $(cat $HOME/left)");
}

static void test_command_run__too_much_output_is_cut(void **state)
{
	struct fixture *f = *state;
	const char *const argv[] = { "sh", "-c", "head -c 9000000 /dev/zero",
				     NULL };
	struct process command = { .argv = argv, .deadline_ms = 15000 };
	struct process_result result;

	assert_ok(f, process_run(&command, &result, &f->err));
	assert_int_equal(result.status, 0);
	assert_true(result.out.overflowed);
	process_result_release(&result);
}

static void test_command_run__not_there(void **state)
{
	struct fixture *f = *state;
	const char *const argv[] = { "aback-no-such-program", NULL };
	struct process command = { .argv = argv, .deadline_ms = 1000 };
	struct process_result result;

	assert_int_equal(process_run(&command, &result, &f->err), -1);
	assert_error(f, ERR_IO, "No such file");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define PLAIN(test) \
	cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)
#define REMOTE(test)                                                \
	cmocka_unit_test_setup_teardown(test, fixture_setup_remote, \
					fixture_teardown)
		REMOTE(test_store_init_remote__an_empty_remote_is_filled),
		REMOTE(test_store_init_remote__a_full_remote_is_cloned),
		REMOTE(test_store_open__missing_is_cloned),
		PLAIN(test_store_open__a_remote_that_is_none_is_said),
		PLAIN(test_store_init_remote__two_at_once_share_one_store),
		REMOTE(test_store_commit__is_on_the_remote_when_it_returns),
		REMOTE(test_store_commit__file_url),
		REMOTE(test_store_commit__what_others_pushed_is_kept),
		REMOTE(test_store_commit__not_pushed_is_not_recorded),
		REMOTE(test_store_commit__later_is_recorded_and_synced),
		REMOTE(test_store_commit__what_others_wrote_meanwhile_is_not_undone),
		REMOTE(test_store_sync__holds_of_both_are_kept),
		REMOTE(test_store_sync__a_required_commit_takes_unpushed_ones_along),
		REMOTE(test_store_commit__a_hook_that_refuses_is_quoted),
		REMOTE(test_store_commit__stores_side_by_side_lose_nothing),
		REMOTE(test_store_fetch__a_rewritten_remote_is_refused),
		REMOTE(test_store_fetch__another_store_is_refused),
		REMOTE(test_store_fetch__foreign_commits_are_refused),
		REMOTE(test_store_commit__over_ssh),
		REMOTE(test_store_commit__a_remote_that_hangs_is_killed),
		REMOTE(test_store_commit__a_lost_answer_is_read_back),
		PLAIN(test_remote_new__a_password_is_never_shown),
		REMOTE(test_remote__without_git_says_what_to_install),
		REMOTE(test_remote__a_hooks_environment_is_not_passed_on),
		REMOTE(test_store_commit__kill_with_a_remote),
		PLAIN(test_command_run__output_and_status),
		PLAIN(test_command_run__what_it_leaves_behind_is_not_waited_for),
		PLAIN(test_command_run__too_much_output_is_cut),
		PLAIN(test_command_run__not_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
