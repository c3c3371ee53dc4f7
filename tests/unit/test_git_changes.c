/*
 * What a commit changed, as git's own diff-tree says it: over random histories
 * with names that sort badly, files that become directories and back, links,
 * modes; and trees that are none.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "state/git.h"
#include "tests/unit/store_fixture.h"

#define COMMITS 60

static const char script[] =
	"git init -q -b main work && cd work && RANDOM=%d\n"
	"names=(a a.b a-b ab a0 b 'c d' e)\n"
	"for i in $(seq %d); do\n"
	"  for k in 1 2 3; do\n"
	"    one=${names[RANDOM %% 8]} two=${names[RANDOM %% 8]}\n"
	"    case $((RANDOM %% 6)) in\n"
	"      0) rm -rf \"$one\" ;;\n"
	"      1) rm -rf \"$one\"; mkdir -p \"$one/$two\"\n"
	"         echo $i >\"$one/$two/x\" ;;\n"
	"      2) rm -rf \"$one\"; ln -s \"$two\" \"$one\" ;;\n"
	"      3) [ ! -f \"$one\" ] || chmod $((RANDOM %% 2 ? 755 : 644)) "
	"\"$one\" ;;\n"
	"      *) rm -rf \"$one\"; echo $((RANDOM %% 4)) >\"$one\" ;;\n"
	"    esac\n"
	"  done\n"
	"  git add -A && git commit -q --allow-empty -m $i\n"
	"done";

static int bash(const struct fixture *f, const char *text)
{
	CLEANUP(free_ptr) char *path = xasprintf("%s/script", f->directory);
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	(void)fputs(text, file);
	assert_int_equal(fclose(file), 0);
	return sh(f, "bash -e script");
}

static int setup(void **state)
{
	struct fixture *f;
	CLEANUP(free_ptr) char *text = NULL;

	if (fixture_setup(state))
		return -1;
	f = *state;
	free(f->path);
	f->path = xasprintf("%s/repo.git", f->directory);
	text = xasprintf(script, 7, COMMITS);
	return bash(f, text) || sh(f, "git clone -q --mirror work repo.git");
}

static int add_line(const struct repo_change *change, void *ctx,
		    struct error *err)
{
	static const char none[] = "0000000000000000000000000000000000000000";

	(void)err;
	strbuf_addf(ctx, "%s %s %s\n",
		    change->before.hex[0] ? change->before.hex : none,
		    change->after.hex[0] ? change->after.hex : none,
		    change->path);
	return 0;
}

static struct repo *open_repo(struct fixture *f)
{
	struct repo *repo = NULL;

	assert_ok(f, repo_open(f->path, &repo, &f->err));
	return repo;
}

static void compare(struct fixture *f, struct repo *repo, const char *from,
		    const char *to)
{
	CLEANUP(strbuf_release) struct strbuf ours = STRBUF_INIT(1 << 20);
	CLEANUP(free_ptr) char *theirs = NULL;
	struct repo_id before = { "" }, after;

	assert_true(repo_id_parse(to, &after));
	assert_true(!*from || repo_id_parse(from, &before));
	theirs = output_of(f,
			   "git -C repo.git diff-tree -r --no-renames --raw "
			   "--no-abbrev %s %s | grep ^: | "
			   "sed 's/^:[0-9]* [0-9]* \\([^ ]*\\) \\([^ ]*\\) "
			   ".\\t/\\1 \\2 /; s/\"//g'",
			   *from ? from : "--root", to);
	assert_ok(f, repo_changes(repo, &before, &after, add_line, &ours,
				  &f->err));
	assert_string_equal(ours.buf, theirs);
}

static void test_repo_changes__as_git_says(void **state)
{
	struct fixture *f = *state;
	struct repo *repo = open_repo(f);
	CLEANUP(free_ptr)
	char *list = output_of(f, "git -C repo.git rev-list --reverse main");
	char *ids[COMMITS];
	size_t len = 0;
	char *rest = list;

	for (char *id; len < COMMITS && (id = strsep(&rest, "\n")) && *id;)
		ids[len++] = id;
	assert_int_equal(len, COMMITS);
	compare(f, repo, "", ids[0]);
	for (size_t i = 1; i < len; i++) {
		compare(f, repo, ids[i - 1], ids[i]);
		compare(f, repo, ids[i], ids[len - 1 - i]);
	}
	repo_free(repo);
}

/* The same from a pack. */
static void test_repo_changes__as_git_says_of_a_pack(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(sh(f, "git -C repo.git gc -q"), 0);
	test_repo_changes__as_git_says(state);
}

/* A commit of a tree with these bytes. */
static void refused(struct fixture *f, const char *bytes, const char *why)
{
	struct repo *repo = open_repo(f);
	CLEANUP(strbuf_release) struct strbuf ours = STRBUF_INIT(1 << 20);
	CLEANUP(free_ptr)
	char *commit =
		output_of(f,
			  "cd repo.git && printf '%s' | git hash-object -t "
			  "tree --literally -w --stdin >tree && git "
			  "commit-tree -m x $(cat tree)",
			  bytes);
	struct repo_id none = { "" }, id;

	assert_true(repo_id_parse(commit, &id));
	assert_int_equal(
		repo_changes(repo, &none, &id, add_line, &ours, &f->err), -1);
	assert_error(f, ERR_STATE, why);
	error_release(&f->err);
	f->err = (struct error)ERROR_INIT;
	repo_free(repo);
}

static void test_repo_changes__bytes_that_are_no_tree(void **state)
{
	struct fixture *f = *state;

	refused(f, "100644 a", "malformed");
	refused(f, "100644", "malformed");
	refused(f, "100644 a\\000short", "malformed");
	refused(f, "100644 \\00001234567890123456789", "malformed");
	refused(f, "\\000\\000", "malformed");
	/* an object that is not there */
	refused(f, "40000 a\\00001234567890123456789", "cannot read a tree");
}

static void test_repo_changes__a_directory_that_is_a_file(void **state)
{
	struct fixture *f = *state;
	CLEANUP(strbuf_release) struct strbuf bytes = STRBUF_INIT(1000);
	CLEANUP(free_ptr)
	char *blob = output_of(f, "git -C repo.git rev-parse main:$(git -C "
				  "repo.git ls-tree -r --name-only main | "
				  "head -1)");

	strbuf_adds(&bytes, "40000 a\\000");
	for (size_t i = 0; i < 40; i += 2) {
		const char hex[] = { blob[i], blob[i + 1], 0 };

		strbuf_addf(&bytes, "\\%03lo", strtoul(hex, NULL, 16));
	}
	refused(f, bytes.buf, "is no tree");
}

static void test_repo_changes__deeper_than_anybody_nests(void **state)
{
	struct fixture *f = *state;
	struct repo *repo = open_repo(f);
	CLEANUP(strbuf_release) struct strbuf ours = STRBUF_INIT(1 << 20);
	CLEANUP(free_ptr)
	char *commit =
		output_of(f, "cd work && mkdir -p $(yes d | head -100 | "
			     "tr '\\n' /) && touch $(yes d | head -100 "
			     "| tr '\\n' /)x && git add -A && git commit "
			     "-qm deep && git push -q ../repo.git main && "
			     "git rev-parse HEAD");
	struct repo_id none = { "" }, id;

	assert_true(repo_id_parse(commit, &id));
	assert_int_equal(
		repo_changes(repo, &none, &id, add_line, &ours, &f->err), -1);
	assert_error(f, ERR_STATE, "malformed");
	repo_free(repo);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_repo_changes__as_git_says),
		cmocka_unit_test(test_repo_changes__as_git_says_of_a_pack),
		cmocka_unit_test(test_repo_changes__bytes_that_are_no_tree),
		cmocka_unit_test(test_repo_changes__a_directory_that_is_a_file),
		cmocka_unit_test(test_repo_changes__deeper_than_anybody_nests),
	};

	/* one history for all of them */
	return cmocka_run_group_tests(tests, setup, fixture_teardown);
}
