#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/syscall.h>

#include "core/crypto.h"
#include "state/journal.h"
#include "store_fixture.h"

#define CHANGE "20261124T021530Z-a1b2c3"

static int file_syncs, directory_syncs, writes;

int fsync(int fd)
{
	struct stat st;

	if (!fstat(fd, &st) && S_ISDIR(st.st_mode))
		directory_syncs++;
	else
		file_syncs++;
	return (int)syscall(SYS_fsync, fd);
}

/* How much of the next write is let through; -1: all. */
static long write_limit = -1;

ssize_t write(int fd, const void *buf, size_t n)
{
	writes++;
	if (write_limit >= 0 && (size_t)write_limit < n)
		n = (size_t)write_limit;
	return syscall(SYS_write, fd, buf, n);
}

static json_t *event(int step)
{
	return json_pack("{s:s, s:i, s:s}", "event", "intent", "step", step,
			 "at", "2026-11-24T02:15:30Z\n");
}

static void append(struct fixture *f, struct journal *journal, int step)
{
	CLEANUP(json_release) json_t *line = event(step);

	assert_ok(f, journal_append(journal, line, &f->err));
}

static size_t count(struct fixture *f)
{
	CLEANUP(json_release) json_t *events = NULL;

	assert_ok(f, journal_read(f->store, CHANGE, &events, &f->err));
	return json_array_size(events);
}

/* A journal of n lines. */
static void fill(struct fixture *f, int n)
{
	struct journal *journal = NULL;

	assert_ok(f, journal_open(f->store, CHANGE, &journal, &f->err));
	for (int i = 0; i < n; i++)
		append(f, journal, i);
	journal_free(journal);
}

static void test_journal_append__one_write_and_one_sync_a_line(void **state)
{
	struct fixture *f = *state;
	struct journal *journal = NULL;

	directory_syncs = 0;
	assert_ok(f, journal_open(f->store, CHANGE, &journal, &f->err));
	assert_true(directory_syncs >= 1);
	for (int i = 0; i < 3; i++) {
		file_syncs = writes = 0;
		append(f, journal, i);
		assert_int_equal(writes, 1);
		assert_int_equal(file_syncs, 1);
	}
	journal_free(journal);
	assert_int_equal(count(f), 3);
}

static void test_journal_read__what_was_written(void **state)
{
	struct fixture *f = *state;
	CLEANUP(json_release) json_t *events = NULL;
	CLEANUP(json_release) json_t *wanted = event(1);

	fill(f, 2);
	fill(f, 1); /* opened again, to append */
	assert_ok(f, journal_read(f->store, CHANGE, &events, &f->err));
	assert_int_equal(json_array_size(events), 3);
	assert_true(json_equal(json_array_get(events, 1), wanted));
}

static void test_journal_read__none_is_empty(void **state)
{
	struct fixture *f = *state;
	struct strbuf text = STRBUF_INIT(100);

	assert_int_equal(count(f), 0);
	assert_ok(f, journal_text(f->store, CHANGE, &text, &f->err));
	assert_int_equal(text.len, 0);
	assert_ok(f, journal_remove(f->store, CHANGE, &f->err));
}

static void
test_journal_read__the_committed_one_after_it_is_removed(void **state)
{
	struct fixture *f = *state;
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(10000);

	fill(f, 4);
	assert_ok(f, journal_text(f->store, CHANGE, &text, &f->err));
	assert_ok(f, put_file(f, f->store, "changes/" CHANGE "/journal.jsonl",
			      text.buf, STORE_PUSH_LATER));
	assert_ok(f, journal_remove(f->store, CHANGE, &f->err));
	assert_int_equal(count(f), 4);
	assert_int_equal(sh(f, "test -z \"$(ls state.git/aback/journal)\""), 0);
}

static void test_journal_open__a_name_that_is_no_id_is_refused(void **state)
{
	static const char *const bad[] = { "", "../x", "x", CHANGE "/../x",
					   CHANGE "0" };
	struct fixture *f = *state;
	struct journal *journal = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(
			journal_open(f->store, bad[i], &journal, &f->err), -1);
		assert_int_equal(f->err.code, ERR_USAGE);
	}
}

/* Cut at every byte: the lines before the cut are there, no more, no error. */
static void test_journal_open__cut_at_every_byte(void **state)
{
	enum { LINES = 4 };
	struct fixture *f = *state;
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(10000);
	CLEANUP(free_ptr)
	char *path = xasprintf("%s/aback/journal/" CHANGE ".jsonl", f->path);

	fill(f, LINES);
	assert_ok(f, journal_text(f->store, CHANGE, &text, &f->err));
	for (size_t cut = 0; cut <= text.len; cut++) {
		struct journal *journal = NULL;
		size_t whole = 0;
		FILE *file = fopen(path, "w");

		assert_non_null(file);
		assert_int_equal(fwrite(text.buf, 1, cut, file), cut);
		assert_int_equal(fclose(file), 0);
		for (size_t i = 0; i < cut; i++)
			whole += text.buf[i] == '\n';
		assert_int_equal(count(f), whole);
		/* and what is appended stands on a line of its own */
		assert_ok(f, journal_open(f->store, CHANGE, &journal, &f->err));
		append(f, journal, 99);
		journal_free(journal);
		assert_int_equal(count(f), whole + 1);
	}
}

/* One bit turned anywhere: damage, or the last line is given up; never more. */
static void test_journal_parse__every_flipped_bit_is_noticed(void **state)
{
	struct fixture *f = *state;
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(10000);
	size_t last;

	fill(f, 3);
	assert_ok(f, journal_text(f->store, CHANGE, &text, &f->err));
	last = text.len - 1;
	while (text.buf[last - 1] != '\n')
		last--;
	for (size_t i = 0; i < text.len * 8; i++) {
		json_t *events = NULL;
		size_t whole = 0;
		int rc;

		text.buf[i / 8] ^= (char)(1 << (i % 8));
		rc = journal_parse("j", text.buf, text.len, &events, &whole,
				   &f->err);
		text.buf[i / 8] ^= (char)(1 << (i % 8));
		if (rc) {
			assert_int_equal(f->err.code, ERR_STATE);
			continue;
		}
		assert_true(i / 8 >= last);
		assert_int_equal(json_array_size(events), 2);
		assert_int_equal(whole, last);
		json_decref(events);
	}
}

/* As some file systems leave a write that power cut short. */
static void test_journal_parse__zeros_at_the_end_are_torn(void **state)
{
	struct fixture *f = *state;
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(10000);
	json_t *events = NULL;
	size_t len, whole;

	fill(f, 2);
	assert_ok(f, journal_text(f->store, CHANGE, &text, &f->err));
	len = text.len;
	for (size_t kept = 0; kept < 40; kept++) {
		strbuf_add(&text, text.buf, kept);
		strbuf_pad(&text, '\0', 500);
		assert_ok(f, journal_parse("j", text.buf, text.len, &events,
					   &whole, &f->err));
		assert_int_equal(json_array_size(events), 2);
		assert_int_equal(whole, len);
		json_decref(events);
		text.len = len;
	}
}

/* It may be an intent: whoever took it for a torn one would forget a call. */
static void test_journal_parse__a_whole_line_is_never_torn(void **state)
{
	static const char *const unread[] = {
		"{\"event\":\"intent\",\"step\":0.5}",
		"{\"event\":\"intent\",\"event\":\"intent\"}",
		"{\"event\":\"intent\",\"step\":99999999999999999999}",
		"intent",
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(unread); i++) {
		char hex[SHA256_HEX_MAX];
		const size_t len = strlen(unread[i]);
		CLEANUP(free_ptr)
		char *line =
			xasprintf("%zu %.16s %s\n", len,
				  sha256_hex(unread[i], len, hex), unread[i]);
		json_t *events = NULL;
		size_t whole;

		assert_int_equal(journal_parse("j", line, strlen(line), &events,
					       &whole, &f->err),
				 -1);
		assert_error(f, ERR_STATE, "damaged at line 1");
		/* without its end it is */
		assert_ok(f, journal_parse("j", line, strlen(line) - 1, &events,
					   &whole, &f->err));
		assert_int_equal(whole, 0);
		json_decref(events);
	}
}

static void test_journal_parse__hostile_lines(void **state)
{
	static const char *const bad[] = {
		"\n\n",
		"2 0123456789abcdef {}\n\n",
		"2 44136fa355b3678a {}\n2 44136fa355b3678b {}\n\n",
		"02 44136fa355b3678a {}\n\n",
		"2  44136fa355b3678a {}\n\n",
		"18446744073709551618 44136fa355b3678a {}\n\n",
		"-2 44136fa355b3678a {}\n\n",
		"2 44136FA355B3678A {}\n\n",
	};
	struct fixture *f = *state;
	json_t *events = NULL;
	size_t whole;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(journal_parse("j", bad[i], strlen(bad[i]),
					       &events, &whole, &f->err),
				 -1);
		assert_error(f, ERR_STATE, "damaged at line");
	}
	/* sha256("{}") begins so: the good one, for comparison */
	assert_ok(f, journal_parse("j", "2 44136fa355b3678a {}\n", 22, &events,
				   &whole, &f->err));
	assert_int_equal(whole, 22);
	json_decref(events);
}

static void test_journal_append__a_full_disk_leaves_no_half_line(void **state)
{
	struct fixture *f = *state;
	CLEANUP(json_release) json_t *line = event(7);
	struct journal *journal = NULL;

	fill(f, 2);
	assert_ok(f, journal_open(f->store, CHANGE, &journal, &f->err));
	write_limit = 10;
	assert_int_equal(journal_append(journal, line, &f->err), -1);
	write_limit = -1;
	assert_error(f, ERR_STATE, "No space left");
	/* nothing is written after a failure */
	assert_int_equal(journal_append(journal, line, &f->err), -1);
	journal_free(journal);
	assert_int_equal(count(f), 2);
	fill(f, 1);
	assert_int_equal(count(f), 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define STORE(test)                                                \
	cmocka_unit_test_setup_teardown(test, fixture_setup_store, \
					fixture_teardown)
		STORE(test_journal_append__one_write_and_one_sync_a_line),
		STORE(test_journal_read__what_was_written),
		STORE(test_journal_read__none_is_empty),
		STORE(test_journal_read__the_committed_one_after_it_is_removed),
		STORE(test_journal_open__a_name_that_is_no_id_is_refused),
		STORE(test_journal_open__cut_at_every_byte),
		STORE(test_journal_parse__every_flipped_bit_is_noticed),
		STORE(test_journal_parse__zeros_at_the_end_are_torn),
		STORE(test_journal_parse__a_whole_line_is_never_torn),
		STORE(test_journal_parse__hostile_lines),
		STORE(test_journal_append__a_full_disk_leaves_no_half_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
