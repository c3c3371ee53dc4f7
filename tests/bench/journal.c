/*
 * What one step costs on disk, against two bare fsyncs of as many bytes.
 *
 *   journal DIRECTORY ROUNDS
 *
 * A step is journaled as the executor does it: its intent and its outcome, each
 * durable, and the note that it is settled. Steps and their peers alternate;
 * the medians are printed in microseconds: "<step> <two fsyncs>".
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/compiler.h"
#include "core/error.h"
#include "core/json.h"
#include "core/limits.h"
#include "core/mem.h"
#include "state/journal.h"
#include "state/store.h"

#define CHANGE "20261124T021530Z-a1b2c3"
#define AT "2026-11-24T02:15:30Z"

static _Noreturn void die(struct error *err)
{
	struct strbuf text = STRBUF_INIT(LIMIT_MESSAGE);

	error_render(err, &text);
	(void)fprintf(stderr, "journal: %s\n", text.buf);
	exit(1);
}

static int64_t now_us(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void step(struct journal *journal, size_t index)
{
	struct error err = ERROR_INIT;
	CLEANUP(json_release)
	json_t *intent = json_pack("{s:s, s:I, s:s}", "event", "intent", "step",
				   (json_int_t)index, "at", AT);
	CLEANUP(json_release)
	json_t *outcome = json_pack(
		"{s:s, s:I, s:s, s:s, s:i, s:s}", "event", "outcome", "step",
		(json_int_t)index, "at", AT, "outcome", "ok", "status", 200,
		"request_id", "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0");
	CLEANUP(json_release)
	json_t *settled =
		json_pack("{s:s, s:I, s:s, s:s}", "event", "settled", "step",
			  (json_int_t)index, "at", AT, "state", "done");

	if (journal_append(journal, intent, &err) ||
	    journal_append(journal, outcome, &err) ||
	    journal_note(journal, settled, &err))
		die(&err);
}

static void two_fsyncs(int fd)
{
	char bytes[200];

	memset(bytes, 'x', sizeof(bytes));
	for (int i = 0; i < 2; i++) {
		if (write(fd, bytes, sizeof(bytes)) != sizeof(bytes) ||
		    fsync(fd)) {
			perror("journal");
			exit(1);
		}
	}
}

static int by_size(const void *a, const void *b)
{
	const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

static int64_t median(int64_t *values, size_t len)
{
	qsort(values, len, sizeof(*values), by_size);
	return values[len / 2];
}

int main(int argc, char **argv)
{
	struct error err = ERROR_INIT;
	struct store *store = NULL;
	struct journal *journal = NULL;
	bool made;

	if (argc != 3) {
		(void)fputs("usage: journal DIRECTORY ROUNDS\n", stderr);
		return 2;
	}
	json_init();
	const size_t rounds = strtoul(argv[2], NULL, 10);
	char *path = xasprintf("%s/state.git", argv[1]);
	char *bare = xasprintf("%s/bare", argv[1]);
	int64_t *ours = xcalloc(rounds, sizeof(*ours));
	int64_t *theirs = xcalloc(rounds, sizeof(*theirs));
	int fd = open(bare, O_WRONLY | O_APPEND | O_CREAT, 0666);

	if (fd < 0 || !rounds || store_init(path, &made, &err) ||
	    store_open(path, NULL, &store, &err) ||
	    journal_open(store, CHANGE, &journal, &err))
		die(&err);
	for (size_t i = 0; i < rounds; i++) {
		const int64_t begin = now_us();

		step(journal, i);
		const int64_t between = now_us();

		two_fsyncs(fd);
		ours[i] = between - begin;
		theirs[i] = now_us() - between;
	}
	printf("%" PRId64 " %" PRId64 "\n", median(ours, rounds),
	       median(theirs, rounds));
	journal_free(journal);
	store_free(store);
	(void)close(fd);
	free(path);
	free(bare);
	free(ours);
	free(theirs);
	return 0;
}
