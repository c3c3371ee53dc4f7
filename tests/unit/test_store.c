#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <sys/syscall.h>

#include "core/clock.h"
#include "store_fixture.h"

/*
 * libgit2 1.5 forgets a buffer when it opens a repository with extensions, as
 * one with SHA-256 names.
 */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:libpcre2-8\n";
}

/*
 * Every fsync of this process comes here, libgit2's too: the promise that a
 * commit is durable can only be lost by losing one of them.
 */
static struct {
	int files, directories;
	char paths[256][256];
	int len;
} synced;

int fsync(int fd)
{
	char link[64], path[256];
	struct stat st;
	ssize_t n;

	if (fstat(fd, &st))
		return -1;
	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path) - 1);
	path[n > 0 ? n : 0] = '\0';
	if (S_ISDIR(st.st_mode))
		synced.directories++;
	else
		synced.files++;
	if (synced.len < 256)
		memcpy(synced.paths[synced.len++], path, sizeof(path));
	return (int)syscall(SYS_fsync, fd);
}

static bool was_synced(const char *suffix)
{
	size_t want = strlen(suffix);

	for (int i = 0; i < synced.len; i++) {
		size_t len = strlen(synced.paths[i]);

		if (len >= want &&
		    !strcmp(synced.paths[i] + len - want, suffix))
			return true;
	}
	return false;
}

/* ---- init and open --------------------------------------------------- */

static void
test_store_init__makes_a_bare_repository_that_git_reads(void **state)
{
	struct fixture *f = *state;
	CLEANUP(free_ptr) char *format = NULL;
	CLEANUP(free_ptr) char *config = NULL;
	CLEANUP(free_ptr) char *head = NULL;
	CLEANUP(free_ptr) char *names = NULL;
	bool made = false;

	assert_ok(f, store_init(f->path, &made, &f->err));
	assert_true(made);
	format = output_of(f, "git -C state.git show main:FORMAT");
	assert_string_equal(format, "aback-state 1\n");
	config = output_of(f, "git -C state.git show main:config.json");
	assert_string_equal(config, "{\n  \"format\": \"aback-config/1\",\n"
				    "  \"gate\": null\n}\n");
	head = output_of(f, "git -C state.git symbolic-ref HEAD");
	assert_string_equal(head, "refs/heads/main\n");
	names = output_of(f, "ls -A");
	assert_string_equal(names, "log\nstate.git\n");
	assert_int_equal(sh(f, "git -C state.git fsck --strict"), 0);
}

static void test_store_init__again_changes_nothing(void **state)
{
	struct fixture *f = *state;
	CLEANUP(free_ptr) char *before = NULL;
	CLEANUP(free_ptr) char *after = NULL;
	bool made = true;

	before = output_of(f, "git -C state.git rev-parse main");
	assert_ok(f, store_init(f->path, &made, &f->err));
	assert_false(made);
	after = output_of(f, "git -C state.git rev-parse main");
	assert_string_equal(before, after);
}

static void test_store_init__fills_an_empty_directory(void **state)
{
	struct fixture *f = *state;
	bool made = false;

	assert_int_equal(sh(f, "mkdir state.git"), 0);
	assert_int_equal(store_open(f->path, NULL, &f->store, &f->err), -1);
	assert_error(f, ERR_STATE, "empty directory");
	assert_ok(f, store_init(f->path, &made, &f->err));
	assert_true(made);
	assert_ok(f, store_open(f->path, NULL, &f->store, &f->err));
}

static void test_store_open__missing_hints_init(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(store_open(f->path, NULL, &f->store, &f->err), -1);
	assert_error(f, ERR_NOT_FOUND, "aback init");
}

/* Each makes something at state.git that is no store. */
static const struct {
	const char *make;
	enum error_code code;
	const char *text;
} no_stores[] = {
	{ "echo hello >state.git", ERR_STATE, "is a file" },
	{ "mkdir state.git && echo x >state.git/x", ERR_STATE,
	  "not an aback state repository" },
	{ "git init -q -b main state.git", ERR_STATE, "work tree" },
	{ "git init -q --bare -b main state.git", ERR_STATE, "no branch main" },
	{ "git init -q -b main w && git -C w commit -q --allow-empty -m x && "
	  "git clone -q --bare w state.git",
	  ERR_STATE, "no file FORMAT" },
	{ "git init -q -b main w && echo 'aback-state 2' >w/FORMAT && "
	  "git -C w add . && git -C w commit -q -m x && "
	  "git clone -q --bare w state.git",
	  ERR_STATE, "install a newer aback" },
	{ "git init -q -b main w && echo 'aback-state 1 or so' >w/FORMAT && "
	  "git -C w add . && git -C w commit -q -m x && "
	  "git clone -q --bare w state.git",
	  ERR_STATE, "says something else" },
	{ "git init -q -b main w && mkdir w/FORMAT && echo 1 >w/FORMAT/x && "
	  "git -C w add . && git -C w commit -q -m x && "
	  "git clone -q --bare w state.git",
	  ERR_STATE, "no file FORMAT" },
	{ "git init -q --bare --object-format=sha256 state.git", ERR_STATE,
	  "cannot open the state repository" },
};

static void test_store_open__refuses_what_is_no_store(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(no_stores); i++) {
		bool made;

		assert_int_equal(sh(f, "rm -rf state.git w"), 0);
		assert_int_equal(sh(f, "%s", no_stores[i].make), 0);
		assert_int_equal(store_open(f->path, NULL, &f->store, &f->err),
				 -1);
		assert_error(f, no_stores[i].code, no_stores[i].text);
		assert_non_null(f->err.hint);
		/* and init leaves it alone */
		assert_int_equal(store_init(f->path, &made, &f->err), -1);
		assert_error(f, no_stores[i].code, no_stores[i].text);
	}
}

/* Each damages a good store. */
static const char *const damages[] = {
	": >state.git/refs/heads/main",
	"echo garbage >state.git/refs/heads/main",
	"echo 0123456789012345678901234567890123456789 "
	">state.git/refs/heads/main",
	"find state.git/objects -type f -delete",
	"find state.git/objects -type f -exec chmod u+w {} + "
	"-exec truncate -s 10 {} +",
	"for f in $(find state.git/objects -type f); do chmod u+w $f; "
	"head -c 100 /dev/urandom >$f; done",
	"rm -r state.git/refs",
	": >state.git/HEAD",
	"echo nonsense >state.git/config",
};

static void test_store_open__damage_is_said(void **state)
{
	struct fixture *f = *state;
	bool made;

	for (size_t i = 0; i < ARRAY_SIZE(damages); i++) {
		assert_int_equal(sh(f, "rm -rf state.git"), 0);
		assert_ok(f, store_init(f->path, &made, &f->err));
		assert_int_equal(sh(f, "%s", damages[i]), 0);
		if (!store_open(f->path, NULL, &f->store, &f->err))
			fail_msg("opened after: %s", damages[i]);
		assert_int_equal(f->err.code, ERR_STATE);
		assert_non_null(f->err.hint);
	}
}

static void test_store_open__foreign_owner_hints_safe_directory(void **state)
{
	struct fixture *f = *state;

	if (geteuid() != 0 || sh(f, "chown -R 12345 state.git"))
		skip();
	store_free(f->store);
	f->store = NULL;
	assert_int_equal(store_open(f->path, NULL, &f->store, &f->err), -1);
	assert_error(f, ERR_STATE, "safe.directory");
	/* as the hint says */
	assert_int_equal(
		sh(f, "git config --global --add safe.directory '%s'", f->path),
		0);
	assert_ok(f, store_open(f->path, NULL, &f->store, &f->err));
}

/* ---- commit ---------------------------------------------------------- */

static void test_store_commit__git_log_and_show_read_it_well(void **state)
{
	struct fixture *f = *state;
	static const struct store_trailer trailers[] = {
		{ "Aback-Change", "20261124T021530Z-a1b2c3" },
		{ "Aback-Plan", NULL },
		{ "Aback-Caller", "arn:aws:iam::123456789012:user/x\nEvil: 1" },
		{ NULL, NULL },
	};
	CLEANUP(store_edits_release) struct store_edits edits = { 0 };
	CLEANUP(json_release)
	json_t *value = json_pack("{s:i, s:b}", "days", 14, "on", 1);
	CLEANUP(free_ptr) char *log = NULL;
	CLEANUP(free_ptr) char *patch = NULL;
	bool pushed = false;

	store_edits_put_json(&edits, "123/eu-west-1/cluster/orders.json",
			     value);
	assert_ok(f,
		  store_commit(f->store, "Record change\nx", trailers, &edits,
			       STORE_PUSH_REQUIRED, &pushed, &f->err));
	assert_true(pushed);
	log = output_of(f, "git -C state.git log -1 --format='%%an|%%ae|%%cn|"
			   "%%s|%%(trailers:only)'");
	assert_string_equal(
		log,
		"Test Person|test@example.com|Test Person|Record change x|"
		"Aback-Change: 20261124T021530Z-a1b2c3\n"
		"Aback-Caller: arn:aws:iam::123456789012:user/x Evil: 1\n\n");
	patch = output_of(f, "git -C state.git log -p -1 | grep '^+ '");
	assert_string_equal(patch, "+  \"days\": 14,\n+  \"on\": true\n");
	assert_int_equal(sh(f, "git -C state.git fsck --strict --full"), 0);
}

static void test_store_commit__author_falls_back_and_follows_git(void **state)
{
	struct fixture *f = *state;
	CLEANUP(free_ptr) char *log = NULL;

	store_free(f->store);
	f->store = NULL;
	assert_int_equal(sh(f, "rm $HOME/.gitconfig"), 0);
	assert_ok(f, store_open(f->path, NULL, &f->store, &f->err));
	assert_ok(f, put_file(f, f->store, "a", "1", STORE_PUSH_LATER));
	(void)setenv("GIT_AUTHOR_NAME", "An <Author>\n", 1);
	(void)setenv("GIT_AUTHOR_EMAIL", "author@example.com", 1);
	assert_ok(f, put_file(f, f->store, "a", "2", STORE_PUSH_LATER));
	(void)unsetenv("GIT_AUTHOR_NAME");
	(void)unsetenv("GIT_AUTHOR_EMAIL");
	log = output_of(f, "git -C state.git log -2 --format='%%an <%%ae> "
			   "%%cn <%%ce>'");
	assert_string_equal(log, "An Author <author@example.com> aback "
				 "<aback@host>\naback <aback@host> aback "
				 "<aback@host>\n");
}

static void test_store_commit__is_synced_before_it_returns(void **state)
{
	struct fixture *f = *state;
	CLEANUP(free_ptr) char *count = NULL;
	int last;

	memset(&synced, 0, sizeof(synced));
	assert_ok(f, put_file(f, f->store, "a/b/c.json", "{}\n",
			      STORE_PUSH_REQUIRED));
	count = output_of(f, "git -C state.git rev-list --objects "
			     "main ^main~1 | wc -l");
	/* a file for each object, the branch's lock file, and directories:
	 * each object's, objects/ itself and refs/heads */
	assert_true(synced.files >= strtol(count, NULL, 10) + 1);
	assert_true(strtol(count, NULL, 10) == 5);
	assert_true(synced.directories >= strtol(count, NULL, 10) + 2);
	assert_true(was_synced("/objects"));
	assert_true(was_synced("/refs/heads"));
	assert_true(was_synced("/refs/heads/main.lock"));
	/* the branch comes last; then only the note of where it stands */
	last = synced.len;
	while (last && strstr(synced.paths[last - 1], ".git/aback"))
		last--;
	assert_true(last && synced.len - last == 2);
	assert_true(!strcmp(strrchr(synced.paths[last - 1], '/'), "/heads"));
}

static void test_store_commit__many_files_are_one_synced_pack(void **state)
{
	struct fixture *f = *state;
	CLEANUP(store_edits_release) struct store_edits edits = { 0 };
	CLEANUP(free_ptr) char *loose = NULL;
	CLEANUP(free_ptr) char *text = NULL;

	for (int i = 0; i < 3000; i++) {
		CLEANUP(free_ptr)
		char *path = xasprintf("123/eu-west-1/cluster/c%d.json", i);
		CLEANUP(free_ptr) char *content = xasprintf("{\"n\": %d}\n", i);

		store_edits_put(&edits, path, content, strlen(content));
	}
	memset(&synced, 0, sizeof(synced));
	assert_ok(f, store_commit(f->store, "Many", NULL, &edits,
				  STORE_PUSH_REQUIRED, NULL, &f->err));
	assert_true(synced.files >= 3); /* pack, index, branch */
	assert_true(synced.files + synced.directories < 20);
	assert_true(was_synced("/objects/pack"));
	loose = output_of(f, "find state.git/objects/?? -type f | wc -l");
	assert_true(strtol(loose, NULL, 10) < 10);
	text = get_file(f, f->store, "123/eu-west-1/cluster/c2999.json");
	assert_string_equal(text, "{\"n\": 2999}\n");
	assert_int_equal(sh(f, "git -C state.git fsck --strict --full"), 0);
	/* and on top of it, loose ones again */
	assert_ok(f, put_file(f, f->store, "123/x.json", "{}\n",
			      STORE_PUSH_LATER));
	assert_int_equal(sh(f, "git -C state.git fsck --strict --full"), 0);
}

static void test_store_commit__touches_only_its_paths(void **state)
{
	struct fixture *f = *state;
	CLEANUP(store_edits_release) struct store_edits edits = { 0 };
	CLEANUP(free_ptr) char *names = NULL;
	CLEANUP(free_ptr) char *all = NULL;

	assert_ok(f, put_file(f, f->store, "d/a", "1", STORE_PUSH_LATER));
	assert_ok(f, put_file(f, f->store, "d/e/b", "1", STORE_PUSH_LATER));
	assert_ok(f, put_file(f, f->store, "d.x", "1", STORE_PUSH_LATER));
	store_edits_remove(&edits, "d/e/b");
	store_edits_remove(&edits, "not/there");
	store_edits_remove(&edits, "d/e/neither");
	store_edits_put(&edits, "n/m", "old", 3);
	store_edits_put(&edits, "n/m", "new", 3);
	assert_ok(f, store_commit(f->store, "Edit", NULL, &edits,
				  STORE_PUSH_LATER, NULL, &f->err));
	names = output_of(f, "git -C state.git show --name-status --format= "
			     "main");
	assert_string_equal(names, "D\td/e/b\nA\tn/m\n");
	all = output_of(f, "git -C state.git ls-tree -rt --name-only main");
	assert_string_equal(all, "FORMAT\nconfig.json\nd.x\nd\nd/a\nn\nn/m\n");
	free(all);
	all = get_file(f, f->store, "n/m");
	assert_string_equal(all, "new");
	assert_int_equal(sh(f, "git -C state.git fsck --strict --full"), 0);
}

static void test_store_commit__bad_paths_are_refused(void **state)
{
	static const char *const bad[] = {
		"",      "/a",           "a//b",   "a/", "../a",
		"a/./b", ".git/hooks/x", "a/.GIT", "d",  "f/x"
	};
	struct fixture *f = *state;
	CLEANUP(free_ptr) char *before = NULL;
	CLEANUP(free_ptr) char *after = NULL;

	assert_ok(f, put_file(f, f->store, "d/a", "1", STORE_PUSH_LATER));
	assert_ok(f, put_file(f, f->store, "f", "1", STORE_PUSH_LATER));
	before = output_of(f, "git -C state.git rev-parse main");
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(
			put_file(f, f->store, bad[i], "x", STORE_PUSH_LATER),
			-1);
		assert_int_equal(f->err.code, ERR_STATE);
	}
	after = output_of(f, "git -C state.git rev-parse main");
	assert_string_equal(before, after);
}

static void test_store_commit__survives_gc(void **state)
{
	struct fixture *f = *state;
	CLEANUP(free_ptr) char *text = NULL;

	assert_ok(f, put_file(f, f->store, "a", "1", STORE_PUSH_LATER));
	assert_int_equal(sh(f, "git -C state.git gc -q --prune=now"), 0);
	text = get_file(f, f->store, "a");
	assert_string_equal(text, "1");
	assert_ok(f, put_file(f, f->store, "b", "2", STORE_PUSH_LATER));
	free(text);
	text = get_file(f, f->store, "b");
	assert_string_equal(text, "2");
}

/* ---- reading --------------------------------------------------------- */

static int collect(const char *name, bool is_directory, void *ctx,
		   struct error *err)
{
	(void)err;
	strbuf_addf(ctx, "%s%s ", name, is_directory ? "/" : "");
	return 0;
}

static int stop_at_b(const char *name, bool is_directory, void *ctx,
		     struct error *err)
{
	(void)is_directory;
	strbuf_addf(ctx, "%s ", name);
	return strstr(name, "b") ? error_set(err, ERR_USAGE, "enough") : 0;
}

static void test_store_check_path__what_a_commit_would_find(void **state)
{
	struct fixture *f = *state;

	assert_ok(f, put_file(f, f->store, "x/a/1", "1", STORE_PUSH_LATER));
	assert_ok(f, store_check_path(f->store, "x/a/1", &f->err));
	assert_ok(f, store_check_path(f->store, "x/a/2", &f->err));
	assert_ok(f, store_check_path(f->store, "y/z/1", &f->err));
	assert_int_equal(store_check_path(f->store, "x/a/1/2", &f->err), -1);
	assert_error(f, ERR_STATE, "'x/a/1' is a file, not a directory");
	assert_int_equal(store_check_path(f->store, "x/a", &f->err), -1);
	assert_error(f, ERR_STATE, "would have the same name");
}

static void test_store_list__sorted_by_bytes_and_one_level(void **state)
{
	struct fixture *f = *state;
	CLEANUP(strbuf_release) struct strbuf out = STRBUF_INIT(4096);

	assert_ok(f, put_file(f, f->store, "x/a/1", "1", STORE_PUSH_LATER));
	assert_ok(f, put_file(f, f->store, "x/a.json", "1", STORE_PUSH_LATER));
	assert_ok(f, put_file(f, f->store, "x/b", "1", STORE_PUSH_LATER));
	assert_ok(f, store_list(f->store, "x", collect, &out, &f->err));
	assert_string_equal(out.buf, "a/ a.json b ");
	strbuf_clear(&out);
	assert_ok(f, store_walk(f->store, "x", collect, &out, &f->err));
	assert_string_equal(out.buf, "x/a.json x/a/1 x/b ");
	strbuf_clear(&out);
	assert_ok(f, store_list(f->store, "nothing", collect, &out, &f->err));
	assert_string_equal(out.buf, "");
	assert_int_equal(store_walk(f->store, "x/b", collect, &out, &f->err),
			 -1);
	assert_error(f, ERR_STATE, "'x/b' is a file, not a directory");
	assert_string_equal(out.buf, "");
	assert_int_equal(store_list(f->store, "x", stop_at_b, &out, &f->err),
			 -1);
	assert_int_equal(f->err.code, ERR_USAGE);
	strbuf_clear(&out);
	assert_ok(f, store_list(f->store, "", collect, &out, &f->err));
	assert_string_equal(out.buf, "FORMAT config.json x/ ");
}

static void test_store_read_json__damage_is_said(void **state)
{
	struct fixture *f = *state;
	json_t *value = NULL;

	assert_ok(f, put_file(f, f->store, "bad.json", "{\"a\": 1,}",
			      STORE_PUSH_LATER));
	assert_int_equal(store_read_json(f->store, "bad.json", &value, &f->err),
			 -1);
	assert_error(f, ERR_STATE, "bad.json");
	assert_ok(f, store_read_json(f->store, "none.json", &value, &f->err));
	assert_null(value);
}

static void test_store_read__a_lost_object_is_said(void **state)
{
	struct fixture *f = *state;
	CLEANUP(free_ptr) char *blob = NULL;
	CLEANUP(free_ptr) char *text = NULL;

	assert_ok(f, put_file(f, f->store, "a", "some text", STORE_PUSH_LATER));
	blob = output_of(f, "git -C state.git rev-parse main:a");
	assert_int_equal(
		sh(f, "rm -f state.git/objects/%.2s/%.38s", blob, blob + 2), 0);
	text = get_file(f, f->store, "a");
	assert_null(text);
	assert_error(f, ERR_STATE, "fsck");
}

static void test_store_encode__safe_names(void **state)
{
	static const char *const pairs[][2] = {
		{ "orders", "orders" },
		{ "a/b", "a%2Fb" },
		{ "a:b c", "a%3Ab%20c" },
		{ ".", "%2E" },
		{ "..", "%2E." },
		{ ".git", "%2Egit" },
		{ ".GIT", "%2EGIT" },
		{ "git~1", "git%7E1" },
		{ "100%", "100%25" },
		{ "\xc3\xa9", "%C3%A9" },
		{ "x_.@+=,-9", "x_.@+=,-9" },
		{ "", "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
		CLEANUP(free_ptr) char *encoded = store_encode(pairs[i][0]);

		assert_string_equal(encoded, pairs[i][1]);
	}
}

/* ---- several writers, and crashes ------------------------------------ */

/* In a child: a store of its own (a flock belongs to who opened the file). */
static int write_some(const struct fixture *f, int who, int count)
{
	struct error err = ERROR_INIT;
	struct store *store = NULL;

	if (store_open(f->path, NULL, &store, &err))
		return 1;
	for (int i = 0; i < count; i++) {
		CLEANUP(store_edits_release) struct store_edits edits = { 0 };
		CLEANUP(free_ptr) char *path = xasprintf("w%d/%d", who, i);

		store_edits_put(&edits, path, "x", 1);
		if (store_commit(store, "Write", NULL, &edits,
				 STORE_PUSH_REQUIRED, NULL, &err))
			return 2;
	}
	store_free(store);
	return 0;
}

static void test_store_commit__processes_side_by_side_lose_nothing(void **state)
{
	enum { WRITERS = 6, EACH = 25 };
	struct fixture *f = *state;
	pid_t pids[WRITERS];
	CLEANUP(free_ptr) char *files = NULL;
	CLEANUP(free_ptr) char *commits = NULL;

	for (int i = 0; i < WRITERS; i++) {
		pids[i] = fork();
		if (!pids[i])
			_exit(write_some(f, i, EACH));
	}
	for (int i = 0; i < WRITERS; i++) {
		int status;

		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_int_equal(status, 0);
	}
	files = output_of(f, "git -C state.git ls-tree -r main | wc -l");
	assert_int_equal(strtol(files, NULL, 10), 2 + WRITERS * EACH);
	commits = output_of(f, "git -C state.git rev-list --count main");
	assert_int_equal(strtol(commits, NULL, 10), 1 + WRITERS * EACH);
	assert_int_equal(sh(f, "git -C state.git fsck --strict --full"), 0);
}

/* Killed at any instant: the branch is before or after, never in between. */
static void test_store_commit__kill_leaves_before_or_after(void **state)
{
	struct fixture *f = *state;
	int64_t start = clock_monotonic_ms();
	int64_t until, commit_us;
	long done = 0;

	/* a tool that slows us down slows the rounds down */
	assert_ok(f, put_file(f, f->store, "next", "x", STORE_PUSH_LATER));
	commit_us = (clock_monotonic_ms() - start + 1) * 1000;
	assert_int_equal(sh(f, "rm state.git/aback/seen; git -C state.git "
			       "update-ref refs/heads/main main~1"),
			 0);
	until = clock_monotonic_ms() + 4000;
	for (int round = 0; round < 150 && clock_monotonic_ms() < until;
	     round++) {
		CLEANUP(free_ptr) char *count = NULL;
		CLEANUP(free_ptr) char *files = NULL;
		pid_t pid = fork();
		long commits;

		if (!pid)
			_exit(write_some(f, round, 1000));
		usleep((useconds_t)(commit_us / 2 +
				    random() % (3 * commit_us)));
		assert_int_equal(kill(pid, SIGKILL), 0);
		assert_int_equal(waitpid(pid, NULL, 0), pid);
		count = output_of(f, "git -C state.git rev-list --count main");
		files = output_of(f,
				  "git -C state.git ls-tree -r main | wc -l");
		commits = strtol(count, NULL, 10);
		assert_true(commits >= done);
		done = commits;
		assert_int_equal(strtol(files, NULL, 10), commits + 1);
		/* the next one is not kept out by what was left behind */
		assert_ok(f,
			  put_file(f, f->store, "next", "x", STORE_PUSH_LATER));
		assert_int_equal(sh(f, "rm state.git/aback/seen; git -C "
				       "state.git update-ref refs/heads/main "
				       "main~1"),
				 0);
	}
	assert_true(done > 1);
	assert_int_equal(sh(f, "git -C state.git fsck --full"), 0);
}

static void
test_store_commit__a_lock_left_by_a_killed_aback_is_removed(void **state)
{
	struct fixture *f = *state;
	struct stat st;
	CLEANUP(free_ptr) char *lock = NULL;

	/* as a process leaves it that is killed while it moves the branch */
	assert_ok(f, put_file(f, f->store, "a", "1", STORE_PUSH_LATER));
	assert_int_equal(sh(f, "printf refs/heads/main "
			       ">state.git/aback/write.lock && sleep 0.01 && "
			       ": >state.git/refs/heads/main.lock"),
			 0);
	assert_ok(f, put_file(f, f->store, "a", "2", STORE_PUSH_LATER));
	lock = xasprintf("%s/refs/heads/main.lock", f->path);
	assert_int_equal(stat(lock, &st), -1);
	assert_int_equal(sh(f, "test ! -s state.git/aback/write.lock"), 0);
}

static void
test_store_commit__a_lock_older_than_the_machine_is_removed(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(sh(f, "touch -d '2001-01-01' "
			       "state.git/refs/heads/main.lock"),
			 0);
	assert_ok(f, put_file(f, f->store, "a", "2", STORE_PUSH_LATER));
}

static void test_store_commit__a_live_git_is_waited_for(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(sh(f, ": >state.git/refs/heads/main.lock; "
			       "(sleep 0.3; rm state.git/refs/heads/main.lock) "
			       "&"),
			 0);
	assert_ok(f, put_file(f, f->store, "a", "2", STORE_PUSH_LATER));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define PLAIN(test) \
	cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)
#define STORE(test)                                                \
	cmocka_unit_test_setup_teardown(test, fixture_setup_store, \
					fixture_teardown)
		PLAIN(test_store_init__makes_a_bare_repository_that_git_reads),
		STORE(test_store_init__again_changes_nothing),
		PLAIN(test_store_init__fills_an_empty_directory),
		PLAIN(test_store_open__missing_hints_init),
		PLAIN(test_store_open__refuses_what_is_no_store),
		PLAIN(test_store_open__damage_is_said),
		STORE(test_store_open__foreign_owner_hints_safe_directory),
		STORE(test_store_commit__git_log_and_show_read_it_well),
		STORE(test_store_commit__author_falls_back_and_follows_git),
		STORE(test_store_commit__is_synced_before_it_returns),
		STORE(test_store_commit__many_files_are_one_synced_pack),
		STORE(test_store_commit__touches_only_its_paths),
		STORE(test_store_commit__bad_paths_are_refused),
		STORE(test_store_commit__survives_gc),
		STORE(test_store_check_path__what_a_commit_would_find),
		STORE(test_store_list__sorted_by_bytes_and_one_level),
		STORE(test_store_read_json__damage_is_said),
		STORE(test_store_read__a_lost_object_is_said),
		PLAIN(test_store_encode__safe_names),
		STORE(test_store_commit__processes_side_by_side_lose_nothing),
		STORE(test_store_commit__kill_leaves_before_or_after),
		STORE(test_store_commit__a_lock_left_by_a_killed_aback_is_removed),
		STORE(test_store_commit__a_lock_older_than_the_machine_is_removed),
		STORE(test_store_commit__a_live_git_is_waited_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
