#include "state/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/file.h"
#include "core/mem.h"
#include "state/gc.h"

/* A commit may wait for a slow push of another process. */
#define GUARD_WAIT_MS 120000
/* A git that is alive holds a ref's lock file for less than this. */
#define LIVE_LOCK_MS 250
#define REF_MAX 512

static int make_directory(const char *path, struct error *err)
{
	if (!mkdir(path, 0777))
		return file_sync_parent(path, err);
	if (errno == EEXIST)
		return 0;
	return error_errno(err, ERR_STATE, "cannot make '%s'", path);
}

int guard_directory(const char *store_path, const char *name, struct error *err)
{
	CLEANUP(free_ptr) char *aback = xasprintf("%s/aback", store_path);
	CLEANUP(free_ptr)
	char *path = name ? xasprintf("%s/%s", aback, name) : NULL;

	if (make_directory(aback, err))
		return -1;
	return path ? make_directory(path, err) : 0;
}

/* Whoever may write to its directory may lock it, whatever our umask is. */
static void open_to_all(const char *path, int fd)
{
	CLEANUP(free_ptr) char *directory = xstrdup(path);
	char *slash = strrchr(directory, '/');
	struct stat above, st;

	if (slash)
		*slash = '\0';
	if (stat(slash ? directory : ".", &above) || fstat(fd, &st) ||
	    st.st_uid != geteuid() || !(above.st_mode & 0666 & ~st.st_mode))
		return;
	if (fchmod(fd, (st.st_mode | (above.st_mode & 0666)) & 07777))
		errno = 0; /* then others are told that they may not */
}

static int open_lock(const char *path, int mode)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);

	/* another user's: to hold it, no more is needed than to have it open */
	if (fd < 0 && errno == EACCES && mode == O_RDONLY) {
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			errno = EACCES;
	}
	if (fd >= 0)
		open_to_all(path, fd);
	return fd;
}

int guard_flock(const char *path, int mode, int64_t wait_ms, int *ret_fd,
		struct error *err)
{
	int64_t until = clock_monotonic_ms() + wait_ms;
	int64_t pause_ms = 1;
	int fd = open_lock(path, mode);

	if (fd < 0)
		return error_errno(err, ERR_STATE, "cannot open '%s'", path);
	while (flock(fd, LOCK_EX | LOCK_NB)) {
		if (errno == EINTR)
			continue;
		if (errno != EWOULDBLOCK) {
			(void)error_errno(err, ERR_STATE, "cannot lock '%s'",
					  path);
			(void)close(fd); /* nothing was written */
			return -1;
		}
		if (clock_monotonic_ms() >= until) {
			(void)close(fd); /* nothing was written */
			*ret_fd = -1;
			return 0;
		}
		clock_sleep_ms(pause_ms);
		pause_ms = pause_ms < 32 ? pause_ms * 2 : pause_ms;
	}
	*ret_fd = fd;
	return 0;
}

/* Remove <store>/<ref>.lock if it is not older than since and stays. */
static void remove_left_behind(const char *store_path, const char *ref,
			       const struct timespec *since)
{
	CLEANUP(free_ptr)
	char *path = xasprintf("%s/%s.lock", store_path, ref);
	struct stat first, second;

	if (stat(path, &first) || first.st_mtim.tv_sec < since->tv_sec ||
	    (first.st_mtim.tv_sec == since->tv_sec &&
	     first.st_mtim.tv_nsec < since->tv_nsec))
		return;
	clock_sleep_ms(LIVE_LOCK_MS);
	if (!stat(path, &second) && first.st_ino == second.st_ino &&
	    first.st_mtim.tv_sec == second.st_mtim.tv_sec &&
	    first.st_mtim.tv_nsec == second.st_mtim.tv_nsec)
		(void)unlink(path); /* if it stays, moving the ref will say */
}

/* The process before us was killed while it moved a ref. */
static void clear_up(const struct guard *guard)
{
	char ref[REF_MAX + 1];
	ssize_t n = pread(guard->fd, ref, REF_MAX, 0);
	struct stat st;

	if (n <= 0 || fstat(guard->fd, &st))
		return;
	ref[n] = '\0';
	ref[strcspn(ref, "\n")] = '\0';
	/* the name goes into a path: take nothing but a ref's name */
	if (!strncmp(ref, "refs/", 5) && !strstr(ref, ".."))
		remove_left_behind(guard->store_path, ref, &st.st_mtim);
	remove_left_behind(guard->store_path, "packed-refs", &st.st_mtim);
}

int guard_take(const char *store_path, struct guard *ret_guard,
	       struct error *err)
{
	CLEANUP(free_ptr)
	char *path = xasprintf("%s/aback/write.lock", store_path);
	struct guard guard = { .fd = -1, .store_path = store_path };

	if (guard_directory(store_path, NULL, err) ||
	    guard_flock(path, O_RDWR, GUARD_WAIT_MS, &guard.fd, err))
		return -1;
	if (guard.fd < 0) {
		(void)error_set(err, ERR_LOCKED,
				"another aback has been writing to '%s' for "
				"two minutes",
				store_path);
		error_hint(err, "wait for it to end, then try again");
		return -1;
	}
	clear_up(&guard);
	guard_end(&guard);
	if (gc_keep_out(store_path, GUARD_WAIT_MS, err)) {
		(void)close(guard.fd); /* what it says no longer matters */
		return -1;
	}
	*ret_guard = guard;
	return 0;
}

void guard_drop(struct guard *guard)
{
	if (guard->fd < 0)
		return;
	gc_let_in(guard->store_path);
	(void)close(guard->fd); /* what it says no longer matters */
	guard->fd = -1;
}

int guard_begin(struct guard *guard, const char *ref, struct error *err)
{
	ssize_t len = (ssize_t)strlen(ref);

	/* a power cut may leave git's lock file, so the note must not be lost
	 */
	if (len > REF_MAX || pwrite(guard->fd, ref, (size_t)len, 0) != len ||
	    fdatasync(guard->fd))
		return error_errno(err, ERR_STATE,
				   "cannot write '%s/aback/write.lock'",
				   guard->store_path);
	return 0;
}

void guard_end(struct guard *guard)
{
	/* a name that stays only makes the next one look once more */
	if (ftruncate(guard->fd, 0))
		return;
}
