#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/http.h"

#include "tests/unit/test_server.h"

struct fixture {
	struct server *server;
	struct http *http;
	struct reply reply;
	char url[64];
	/* of the last transfer */
	bool done;
	enum http_end end;
	int status;
	bool timed_out;
	int64_t date;
	size_t received;
	size_t stop_after;
	char problem[256];
};

static void play(struct server *server, size_t number, const char *request,
		 struct reply *reply)
{
	const struct fixture *f = server->ctx;

	(void)number;
	(void)request;
	*reply = f->reply;
}

static int setup(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));
	CLEANUP(error_release) struct error err = ERROR_INIT;
	struct http_options options = {
		.user_agent = "test",
		.connect_timeout_ms = 1000,
		.idle_timeout_ms = 60000,
		.total_timeout_ms = 300,
	};

	unsetenv("http_proxy");
	f->server = server_start(play, f);
	(void)snprintf(f->url, sizeof(f->url), "http://127.0.0.1:%d/",
		       f->server->port);
	*state = f;
	return http_new(&options, &f->http, &err);
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	http_free(f->http);
	server_stop(f->server);
	free(f);
	return 0;
}

static bool on_data(void *ctx, int status, const char *data, size_t len)
{
	struct fixture *f = ctx;

	(void)data;
	assert_int_equal(status, f->reply.status);
	f->received += len;
	return !f->stop_after || f->received < f->stop_after;
}

static void on_done(void *ctx, const struct http_answer *answer)
{
	struct fixture *f = ctx;

	assert_false(f->done);
	f->done = true;
	f->end = answer->end;
	f->status = answer->status;
	f->timed_out = answer->timed_out;
	f->date = answer->date;
	(void)snprintf(f->problem, sizeof(f->problem), "%s", answer->problem);
}

static struct http_request request_of(struct fixture *f)
{
	return (struct http_request){
		.url = f->url,
		.body = "body",
		.body_len = 4,
		.max_bytes = 1000,
		.data = on_data,
		.done = on_done,
		.ctx = f,
	};
}

static void run(struct fixture *f)
{
	struct http_request request = request_of(f);

	(void)http_start(f->http, &request);
	assert_int_equal(http_in_flight(f->http), 1);
	while (!f->done)
		http_step(f->http, 1000);
	assert_int_equal(http_in_flight(f->http), 0);
}

static void test_http_start__whole_answer(void **state)
{
	struct fixture *f = *state;

	f->reply = (struct reply){
		.status = 404,
		.body = "0123456789",
		.headers = "Date: Sun, 30 Aug 2015 12:36:00 GMT\r\n",
	};
	run(f);
	assert_int_equal(f->end, HTTP_WHOLE);
	assert_int_equal(f->status, 404);
	assert_int_equal(f->received, 10);
	assert_int_equal(f->date, 1440938160);
	assert_string_equal(f->problem, "");
}

static void test_http_start__too_large_an_answer_is_stopped(void **state)
{
	struct fixture *f = *state;
	struct strbuf body = STRBUF_INIT(MIB);

	strbuf_pad(&body, 'x', 1001);
	f->reply = (struct reply){ .status = 200, .owned = body.buf };
	run(f);
	assert_int_equal(f->end, HTTP_STOPPED);
	assert_string_equal(f->problem, "the answer is too large");
}

static void test_http_start__data_stops_it(void **state)
{
	struct fixture *f = *state;

	f->reply = (struct reply){ .status = 200, .body = "0123456789" };
	f->stop_after = 1;
	run(f);
	assert_int_equal(f->end, HTTP_STOPPED);
}

static void test_http_start__cut_off_and_reset(void **state)
{
	struct fixture *f = *state;

	f->reply =
		(struct reply){ .status = 200, .body = "0123456789", .cut = 5 };
	run(f);
	assert_int_equal(f->end, HTTP_CUT_OFF);
	assert_int_equal(f->status, 200);
	f->done = false;
	f->reply = (struct reply){ .reset = true };
	run(f);
	assert_int_equal(f->end, HTTP_CUT_OFF);
	assert_int_equal(f->status, 0);
}

static void test_http_start__time_out_after_sending(void **state)
{
	struct fixture *f = *state;

	f->reply = (struct reply){ .hang = true };
	run(f);
	assert_int_equal(f->end, HTTP_CUT_OFF);
	assert_true(f->timed_out);
}

static void test_http_start__nobody_listens(void **state)
{
	struct fixture *f = *state;

	memcpy(f->url, "http://127.0.0.1:1/", 20);
	run(f);
	assert_int_equal(f->end, HTTP_NOT_SENT);
	assert_int_equal(f->status, 0);
}

static void test_http_start__redirects_are_not_followed(void **state)
{
	struct fixture *f = *state;
	CLEANUP(free_ptr)
	char *headers = xasprintf("Location: %selsewhere\r\n", f->url);

	f->reply = (struct reply){ .status = 302, .headers = headers };
	run(f);
	assert_int_equal(f->status, 302);
	assert_int_equal(f->server->len, 1);
}

static void test_http_cancel__done_is_not_called(void **state)
{
	struct fixture *f = *state;
	struct http_request request = request_of(f);
	struct http_transfer *transfer = http_start(f->http, &request);

	f->reply = (struct reply){ .hang = true };
	http_step(f->http, 20);
	http_cancel(transfer);
	assert_int_equal(http_in_flight(f->http), 0);
	http_step(f->http, 20);
	assert_false(f->done);
}

static void test_http_url_parse__parts(void **state)
{
	CLEANUP(error_release) struct error err = ERROR_INIT;
	CLEANUP(http_url_release) struct http_url url = { .host = NULL };

	(void)state;
	assert_int_equal(http_url_parse("https://Example.com:443", &url, &err),
			 0);
	assert_string_equal(url.host, "Example.com");
	assert_string_equal(url.path, "/");
	http_url_release(&url);
	assert_int_equal(http_url_parse("http://[::1]:8080/a/b/", &url, &err),
			 0);
	assert_string_equal(url.host, "[::1]:8080");
	assert_string_equal(url.path, "/a/b/");
}

static void test_http_url_parse__mistakes_tell_no_password(void **state)
{
	static const char *const bad[] = {
		"",
		"x",
		"ftp://h/",
		"file:///etc/passwd",
		"http://",
		"https://user:planted@h/",
		"https://user:planted@h:x/",
		"https://h/?a",
		"https://h/#a",
		"https://h:99999/",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		CLEANUP(error_release) struct error err = ERROR_INIT;
		struct http_url url = { .host = NULL };

		if (!http_url_parse(bad[i], &url, &err))
			fail_msg("'%s' is taken", bad[i]);
		assert_int_equal(err.code, ERR_USAGE);
		assert_null(strstr(err.chain[0], "planted"));
	}
}

static void test_http_check_url__what_can_be_asked(void **state)
{
	static const char *const good[] = { "http://h",
					    "https://h/a?token=planted",
					    "https://user:planted@h/" };
	static const char *const bad[] = { "", "planted", "ftp://planted/",
					   "http://", "https://planted:x/" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		CLEANUP(error_release) struct error err = ERROR_INIT;

		assert_int_equal(http_check_url(good[i], &err), 0);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		CLEANUP(error_release) struct error err = ERROR_INIT;

		assert_int_equal(http_check_url(bad[i], &err), -1);
		assert_int_equal(err.code, ERR_USAGE);
		assert_null(strstr(err.chain[0], "planted"));
	}
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_http_start__whole_answer),
		TEST(test_http_start__too_large_an_answer_is_stopped),
		TEST(test_http_start__data_stops_it),
		TEST(test_http_start__cut_off_and_reset),
		TEST(test_http_start__time_out_after_sending),
		TEST(test_http_start__nobody_listens),
		TEST(test_http_start__redirects_are_not_followed),
		TEST(test_http_cancel__done_is_not_called),
		cmocka_unit_test(test_http_url_parse__parts),
		cmocka_unit_test(
			test_http_url_parse__mistakes_tell_no_password),
		cmocka_unit_test(test_http_check_url__what_can_be_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
