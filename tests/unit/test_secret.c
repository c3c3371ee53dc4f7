#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "core/compiler.h"
#include "core/crypto.h"
#include "core/error.h"
#include "core/mem.h"
#include "core/secret.h"

/* In base64 it has both '+' and '/', at every offset. */
static const char secret[] = "wJalr/UtnF+EMI%K7~~~~~bPxRfiCY>>?????";

static void hides(const char *text, const char *want)
{
	CLEANUP(free_ptr) char *copy = xstrdup(text);

	secret_hide(copy);
	assert_string_equal(copy, want);
}

static void test_secret_hide__plain_and_percent_encoded(void **state UNUSED)
{
	CLEANUP(free_ptr) char *twice = xasprintf("%s%s", secret, secret);

	secret_remember_text(secret);
	hides("nothing of it", "nothing of it");
	hides("", "");
	secret_hide(NULL);
	hides(secret, "***");
	hides(twice, "******");
	hides("a wJalr/UtnF+EMI%K7~~~~~bPxRfiCY>>????? b", "a *** b");
	hides("k=wJalr%2FUtnF%2BEMI%25K7~~~~~bPxRfiCY%3E%3E%3F%3F%3F%3F%3F&b=c",
	      "k=***&b=c");
	/* somebody else's way of encoding */
	hides("wJalr%2fUtnF+EMI%25K7~~~~~bPxRfiCY%3e%3e????%3f!", "***!");
	/* all but its last byte */
	hides("wJalr/UtnF+EMI%K7~~~~~bPxRfiCY>>????",
	      "wJalr/UtnF+EMI%K7~~~~~bPxRfiCY>>????");
}

/* Whichever was known first, nothing is left of the longer one. */
static void test_secret_hide__one_in_the_other(void **state UNUSED)
{
	secret_remember_text("0123456789abcdefghij");
	secret_remember_text("0123456789abcdefghij-and-its-end");
	secret_remember_text("abcdefghij-and-its");
	hides("a 0123456789abcdefghij-and-its-end b", "a *** b");
	hides("a 0123456789abcdefghij b", "a *** b");
}

/* No room is judged to be too small for the least form of each. */
static void test_secret_hide__nothing_around_it(void **state UNUSED)
{
	for (size_t len = 8; len < 40; len++) {
		char bytes[40], form[128];

		for (size_t i = 0; i < len; i++)
			bytes[i] = (char)('A' + (i * 7 + len) % 57);
		secret_remember(bytes, len);
		base64_encode(bytes, len, form);
		secret_hide(form);
		assert_memory_equal(form, "***", 3);
		hex_encode(bytes, len, form);
		hides(form, "***");
	}
}

static void test_secret_hide__base64_at_every_offset(void **state UNUSED)
{
	static const char before[] = "user:pass";

	secret_remember_text(secret);
	for (size_t skip = 0; skip < 4; skip++) {
		CLEANUP(free_ptr)
		char *text = xasprintf("%s%s and more", before + skip, secret);
		char base64[256], url[256];

		base64_encode(text, strlen(text), base64);
		for (size_t i = 0; i <= strlen(base64); i++) {
			url[i] = base64[i];
			if (url[i] == '+')
				url[i] = '-';
			if (url[i] == '/')
				url[i] = '_';
		}
		assert_true(strcmp(base64, url) != 0);
		secret_hide(base64);
		secret_hide(url);
		assert_non_null(strstr(base64, "***"));
		assert_non_null(strstr(url, "***"));
		/* what is left of it are digits that neighbours share */
		assert_true(strlen(base64) <
			    strlen(text) * 4 / 3 - strlen(secret) * 4 / 3 + 12);
	}
}

static void test_secret_hide__a_form_in_base64(void **state UNUSED)
{
	static const char form[] = "a=b&c=wJalr%2FUtnF%2BEMI%25K7~~~~~bPxRfiCY"
				   "%3E%3E%3F%3F%3F%3F%3F";
	char base64[2 * sizeof(form)];

	secret_remember_text(secret);
	base64_encode(form, strlen(form), base64);
	hides(base64, "YT1iJmM9***");
}

static void test_secret_hide__base64_in_lines(void **state UNUSED)
{
	char base64[2 * sizeof(secret)];

	secret_remember_text(secret);
	base64_encode(secret, strlen(secret), base64);
	{
		CLEANUP(free_ptr)
		char *lines = xasprintf("it is\n%.10s\r\n%.20s\n%s\nalas",
					base64, base64 + 10, base64 + 30);

		hides(lines, "it is\n***w==\nalas");
	}
}

static void test_secret_remember_whole_url__its_end_too(void **state UNUSED)
{
	secret_remember_whole_url(NULL);
	secret_remember_whole_url("https://hooks.example/services/T0/XyZ01234");
	hides("at https://hooks.example/services/T0/XyZ01234", "at ***");
	hides("at /services/T0/XyZ01234", "at /services/T0/***");
	secret_remember_whole_url("https://hooks.example");
	hides("hooks.example", "hooks.example");
	secret_remember_whole_url("plain words");
	hides("plain words", "***");
}

static void test_secret_hide__hex(void **state UNUSED)
{
	char hex[2 * sizeof(secret)];

	secret_remember_text(secret);
	hex_encode(secret, strlen(secret), hex);
	hides(hex, "***");
	for (char *c = hex; *c; c++)
		*c = (char)(*c >= 'a' ? *c - 32 : *c);
	hides(hex, "***");
}

static void test_secret_remember__short_ones(void **state UNUSED)
{
	secret_remember_text("test");
	hides("a test of it", "a test of it");
	secret_remember_text("");
	secret_remember_text(NULL);
	secret_remember_text("outside1");
	hides("'outside1' and outside12", "'***' and outside12");
	secret_remember_text("483920");
	hides("the code 483920 is wrong, 4839201", "the code *** is wrong, "
						   "4839201");
}

static void test_secret_remember_url__passwords(void **state UNUSED)
{
	static const struct {
		const char *url, *text, *want;
	} cases[] = {
		{ "http://bob:hunter2%21hunter2@proxy:3128/x",
		  "'http://bob:hunter2%21hunter2@proxy:3128/x'",
		  "'http://bob:***@proxy:3128/x'" },
		{ "bob:pa/ss?wo#rd-one@proxy", "bob:pa/ss?wo#rd-one@proxy",
		  "bob:***@proxy" },
		{ "https://ghp_0123456789abcdef@github.com/a/b",
		  "https://ghp_0123456789abcdef@github.com/a/b",
		  "https://***@github.com/a/b" },
		{ "https://host.example:8443/group/repo@v1",
		  "https://host.example:8443/group/repo@v1",
		  "https://host.example:8443/group/repo@v1" },
		{ "https://host.example/group/repo@v1",
		  "https://host.example/group/repo@v1",
		  "https://host.example/group/repo@v1" },
		{ "https://ghp_abcdef0123456789:x-oauth-basic@github.com/a/b",
		  "https://ghp_abcdef0123456789:x-oauth-basic@github.com/a/b",
		  "https://***:***@github.com/a/b" },
		{ "https://alice.smith@host.example/repo",
		  "https://alice.smith@host.example/repo",
		  "https://alice.smith@host.example/repo" },
		{ "git@host.example:group/repo", "git@host.example:group/repo",
		  "git@host.example:group/repo" },
		{ "no url at all", "no url at all", "no url at all" },
	};

	secret_remember_url(NULL);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		secret_remember_url(cases[i].url);
		hides(cases[i].text, cases[i].want);
	}
	hides("it is hunter2!hunter2", "it is ***");
}

static void test_error_set__holds_no_secret(void **state UNUSED)
{
	CLEANUP(error_release) struct error err = ERROR_INIT;
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(1 << 20);

	secret_remember_text(secret);
	(void)error_set(&err, ERR_AWS, "it said %s", secret);
	(void)error_wrap(&err, "asking with %s", secret);
	error_where(&err, "at %s", secret);
	error_request(&err, "of %s", secret);
	error_hint(&err, "try %s", secret);
	error_call(&err, "sts:X", secret, secret, secret);
	error_render(&err, &text);
	assert_null(strstr(text.buf, secret));
	assert_non_null(strstr(text.buf, "***"));
	assert_string_equal(err.call_code, "***");
	assert_string_equal(err.call_message, "***");
	assert_string_equal(err.call_id, "***");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_secret_hide__plain_and_percent_encoded),
		cmocka_unit_test(test_secret_hide__one_in_the_other),
		cmocka_unit_test(test_secret_hide__nothing_around_it),
		cmocka_unit_test(test_secret_hide__base64_at_every_offset),
		cmocka_unit_test(test_secret_hide__a_form_in_base64),
		cmocka_unit_test(test_secret_hide__base64_in_lines),
		cmocka_unit_test(test_secret_hide__hex),
		cmocka_unit_test(test_secret_remember_whole_url__its_end_too),
		cmocka_unit_test(test_secret_remember__short_ones),
		cmocka_unit_test(test_secret_remember_url__passwords),
		cmocka_unit_test(test_error_set__holds_no_secret),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
