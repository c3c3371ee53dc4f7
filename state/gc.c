#include "state/gc.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/file.h"
#include "core/limits.h"
#include "core/mem.h"

/* So long git believes what gc.pid says. */
#define BELIEVED_S INT64_C(43200)
/* A git that is alive holds gc.pid.lock for less than this. */
#define LIVE_LOCK_MS 250
#define LONGEST_PAUSE_MS 50
/* Behind what git reads: whoever holds the guard and finds it knows that the
 * one who wrote it was killed. */
#define OURS "aback"

struct worker {
	long pid; /* 0: none */
	char host[256];
	bool is_aback;
};

static char *pid_path(const char *store_path)
{
	return xasprintf("%s/gc.pid", store_path);
}

/* As git would write it. Owned. */
static char *own_host(void)
{
	char text[256] = "";

	return xstrdup(gethostname(text, sizeof(text) - 1) ? "unknown" : text);
}

static bool is_running(const struct worker *worker)
{
	CLEANUP(free_ptr) char *host = own_host();

	return strcmp(worker->host, host) != 0 ||
	       !kill((pid_t)worker->pid, 0) || errno == EPERM;
}

/* "<pid> <host>", and what else there may be. */
static bool parse(const char *text, struct worker *ret_worker)
{
	struct worker worker = { 0 };
	char *host;
	size_t len;

	worker.pid = strtol(text, &host, 10);
	host += strspn(host, " ");
	len = strcspn(host, " \n");
	if (worker.pid <= 0 || !len || len >= sizeof(worker.host))
		return false;
	memcpy(worker.host, host, len);
	worker.is_aback = !strcmp(host + len, " " OURS "\n");
	*ret_worker = worker;
	return true;
}

/* Is one at work, as far as git would believe it? */
static bool is_at_work(const char *path, struct worker *ret_worker)
{
	CLEANUP(error_release) struct error ignored = ERROR_INIT;
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(KIB);
	struct stat st;

	return !stat(path, &st) && !file_read(path, KIB, &text, &ignored) &&
	       parse(text.buf, ret_worker) && !ret_worker->is_aback &&
	       clock_now() - st.st_mtim.tv_sec <= BELIEVED_S &&
	       is_running(ret_worker);
}

static bool is_same(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	       a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* gc.pid.lock is there: of one that begins, or of one that was killed then. */
static void wait_for_lock(const char *path)
{
	struct stat first, second;

	if (stat(path, &first))
		return;
	clock_sleep_ms(LIVE_LOCK_MS);
	if (!stat(path, &second) && is_same(&first, &second))
		(void)unlink(path); /* if it stays, opening it will say */
}

static int write_self(int fd, const char *path, struct error *err)
{
	CLEANUP(free_ptr) char *host = own_host();
	CLEANUP(free_ptr)
	char *text = xasprintf("%ld %s " OURS "\n", (long)getpid(), host);
	const size_t len = strlen(text);

	if (write(fd, text, len) != (ssize_t)len)
		return error_errno(err, ERR_STATE, "cannot write '%s'", path);
	return 0;
}

/* *ret_done is false where somebody else is at work, or begins to be. */
static int try_once(const char *path, const char *lock,
		    struct worker *ret_worker, bool *ret_done,
		    struct error *err)
{
	int fd = open(lock, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	int rc;

	*ret_done = false;
	if (fd < 0 && errno == EEXIST) {
		wait_for_lock(lock);
		return 0;
	}
	if (fd < 0)
		return error_errno(err, ERR_STATE, "cannot make '%s'", lock);
	*ret_done = !is_at_work(path, ret_worker);
	rc = *ret_done ? write_self(fd, lock, err) : 0;
	(void)close(fd); /* it need not outlive the machine */
	if (!rc && *ret_done && rename(lock, path))
		rc = error_errno(err, ERR_STATE, "cannot make '%s'", path);
	if (rc || !*ret_done)
		(void)unlink(lock); /* if it stays, the next one waits for it */
	return rc;
}

static int is_too_long(const char *path, const struct worker *worker,
		       struct error *err)
{
	if (!worker->pid)
		return error_set(err, ERR_LOCKED, "'%s.lock' does not go away",
				 path);
	(void)error_set(err, ERR_LOCKED,
			"'git gc' is at work on the state repository (process "
			"%ld on host '%s', by '%s')",
			worker->pid, worker->host, path);
	error_hint(err,
		   "wait for it to end, then try again; where it is gone for "
		   "good: rm '%s'",
		   path);
	return -1;
}

int gc_keep_out(const char *store_path, int64_t wait_ms, struct error *err)
{
	CLEANUP(free_ptr) char *path = pid_path(store_path);
	CLEANUP(free_ptr) char *lock = xasprintf("%s.lock", path);
	const int64_t until = clock_monotonic_ms() + wait_ms;
	struct worker worker = { 0 };
	int64_t pause_ms = 1;
	bool done;

	for (;;) {
		if (try_once(path, lock, &worker, &done, err))
			return -1;
		if (done)
			return 0;
		if (clock_monotonic_ms() >= until)
			return is_too_long(path, &worker, err);
		clock_sleep_ms(pause_ms);
		pause_ms =
			pause_ms < LONGEST_PAUSE_MS ? pause_ms * 2 : pause_ms;
	}
}

void gc_let_in(const char *store_path)
{
	CLEANUP(free_ptr) char *path = pid_path(store_path);

	(void)unlink(path); /* if it stays, it names a process that ends */
}
