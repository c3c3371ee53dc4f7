/* Which URLs lead to the same repository. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/compiler.h"
#include "state/remote.h"

struct pair {
	const char *a, *b;
};

static void test_remote_same_place__other_ways_there(void **state UNUSED)
{
	static const struct pair pairs[] = {
		{ "https://github.com/acme/code.git",
		  "https://github.com/acme/code" },
		{ "https://x-access-token:T@GitHub.com/acme/code.git",
		  "https://github.com/acme/code.git" },
		{ "git@github.com:acme/code.git",
		  "https://github.com/acme/code.git" },
		{ "git@github.com:acme/code.git",
		  "ssh://git@github.com:22/acme/code/" },
		{ "https://github.com:443/acme/code",
		  "https://github.com/acme/code" },
		{ "ssh://alice@example.com/srv/code",
		  "ssh://bob@example.com/srv/code.git" },
		{ "git@github.com:acme/code", "github.com:acme/code" },
		{ "/tmp", "file:///tmp" },
		{ "/tmp/../tmp/", "/tmp" },
		{ "/nonexistent/x.git", "/nonexistent/x.git" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
		assert_true(remote_same_place(pairs[i].a, pairs[i].b));
		assert_true(remote_same_place(pairs[i].b, pairs[i].a));
	}
}

static void test_remote_same_place__elsewhere(void **state UNUSED)
{
	static const struct pair pairs[] = {
		{ "https://github.com/acme/code",
		  "https://github.com/evil/code" },
		{ "https://github.com/acme/code",
		  "https://github.com.evil/acme/code" },
		{ "https://github.com/acme/code",
		  "https://evil/github.com/acme/code" },
		{ "https://github.com/acme/code",
		  "https://github.com@evil/acme/code" },
		{ "https://github.com/acme/code",
		  "https://evil/@github.com/acme/code" },
		{ "https://github.com/acme/code",
		  "https://github.com:8443/acme/code" },
		{ "https://github.com/acme/code",
		  "ssh://github.com:443/acme/code" },
		{ "https://github.com/acme/code",
		  "https://github.com/acme/codes" },
		{ "https://github.com/acme/code",
		  "https://github.com/acme/Code" },
		{ "git@github.com:acme/code", "git@github.co:macme/code" },
		{ "github.com:acme/code", "github.com/acme/code" },
		{ "alice@example.com:code", "bob@example.com:code" },
		{ "alice@example.com:code", "alic@example.com:code" },
		{ "ssh://alice@example.com/~/code",
		  "ssh://bob@example.com/~/code" },
		{ "/tmp", "/usr" },
		{ "/nonexistent/x", "/nonexistent/x.git" },
		{ "/tmp", "https://tmp" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
		assert_false(remote_same_place(pairs[i].a, pairs[i].b));
		assert_false(remote_same_place(pairs[i].b, pairs[i].a));
	}
}

static void test_remote_is_relative__paths_and_urls(void **state UNUSED)
{
	assert_true(remote_is_relative("../store.git"));
	assert_true(remote_is_relative("store.git"));
	assert_true(remote_is_relative("file://store.git"));
	assert_false(remote_is_relative("/srv/store.git"));
	assert_false(remote_is_relative("file:///srv/store.git"));
	assert_false(remote_is_relative("git@example.com:store.git"));
	assert_false(remote_is_relative("https://example.com/store.git"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_remote_same_place__other_ways_there),
		cmocka_unit_test(test_remote_same_place__elsewhere),
		cmocka_unit_test(test_remote_is_relative__paths_and_urls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
