/*
 * Preloaded into aback: something happens at the TORTURE_AT-th of its writes,
 * syncs, renames, links, removals, truncations, creations and sends. Each
 * arrival is counted into the file TORTURE_COUNT, a byte a call ('s' of a sync,
 * 'n' of a send, 'd' of the rest), so that a whole run says how many there are
 * and of what sort. TORTURE_DO says what happens:
 *
 *   kill    the process is killed right before it (kill -9)
 *   power   the same, and what was not synced is taken back, as a power cut may
 *           do: file contents that no fsync of the file followed, and changes
 *           of directories that no fsync at all followed (a journaling file
 *           system keeps their order)
 *   full    from then on nothing more fits on the disk: ENOSPC
 *   readonly from then on nothing can be changed: EROFS
 *   broken  from then on every fsync fails: EIO
 *
 * Pipes and terminals do not count, nor do programs that aback starts.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

enum mode { COUNT_ONLY, KILL, POWER, FULL, READONLY, BROKEN };

static enum mode mode;
static long at, seen;
static int counter = -1;
static bool active;

/* ---- what a power cut takes back ---------------------------------------- */

enum undo_kind { DATA, CREATED, RENAMED, REMOVED, MADE_DIR, REMOVED_DIR };

struct undo {
	enum undo_kind kind;
	bool durable;
	/* DATA */
	dev_t dev;
	ino_t ino;
	int fd;
	off_t offset, old_size;
	char *old;
	size_t old_len;
	/* the others: the name, where it was before, and what it replaced */
	char *path, *from;
	int replaced; /* an open descriptor of it; -1: nothing */
};

static struct undo *undos;
static size_t undos_len, undos_cap;

static void die(const char *what)
{
	dprintf(STDERR_FILENO, "interpose: %s: %s\n", what, strerror(errno));
	_exit(99);
}

static struct undo *undo_add(enum undo_kind kind)
{
	if (undos_len == undos_cap) {
		undos_cap = undos_cap ? 2 * undos_cap : 64;
		undos = realloc(undos, undos_cap * sizeof(*undos));
		if (!undos)
			die("realloc");
	}
	undos[undos_len] =
		(struct undo){ .kind = kind, .fd = -1, .replaced = -1 };
	return &undos[undos_len++];
}

static void undo_done(struct undo *undo)
{
	undo->durable = true;
	if (undo->fd >= 0)
		close(undo->fd);
	if (undo->replaced >= 0)
		close(undo->replaced);
	free(undo->old);
	free(undo->path);
	free(undo->from);
}

/* An absolute path, for aback may change its directory. */
static char *absolute(const char *path)
{
	char *cwd, *out = NULL;

	if (*path == '/')
		return strdup(path);
	cwd = getcwd(NULL, 0);
	if (!cwd || asprintf(&out, "%s/%s", cwd, path) < 0)
		die("getcwd");
	free(cwd);
	return out;
}

/* Another descriptor of the same file, to read and write it. */
static int reopen(int fd)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC);
}

/* len bytes at offset are about to be replaced, or cut off. */
static void keep_data(int fd, off_t offset, size_t len)
{
	struct stat st;
	struct undo *undo;

	if (mode != POWER || fstat(fd, &st) || !S_ISREG(st.st_mode))
		return;
	undo = undo_add(DATA);
	undo->dev = st.st_dev;
	undo->ino = st.st_ino;
	undo->fd = reopen(fd);
	if (undo->fd < 0)
		die("open a file once more");
	undo->old_size = st.st_size;
	undo->offset = offset;
	if (offset >= st.st_size)
		return;
	if ((off_t)len > st.st_size - offset)
		len = (size_t)(st.st_size - offset);
	undo->old = malloc(len + 1);
	if (!undo->old ||
	    pread(undo->fd, undo->old, len, offset) != (ssize_t)len)
		die("read what is replaced");
	undo->old_len = len;
}

static int open_old(const char *path)
{
	return (int)syscall(SYS_openat, AT_FDCWD, path,
			    O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
}

static void keep_name(enum undo_kind kind, const char *path, const char *from,
		      int replaced)
{
	struct undo *undo;

	if (mode != POWER) {
		if (replaced >= 0)
			close(replaced);
		return;
	}
	undo = undo_add(kind);
	undo->path = absolute(path);
	undo->from = from ? absolute(from) : NULL;
	undo->replaced = replaced;
}

/* A file that lost its name comes back under it, with what is in it. */
static void restore(int old, const char *path)
{
	char buffer[1 << 16];
	off_t offset = 0;
	ssize_t got;
	int fd = (int)syscall(SYS_openat, AT_FDCWD, path,
			      O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0)
		die(path);
	while ((got = pread(old, buffer, sizeof(buffer), offset)) > 0) {
		if (syscall(SYS_write, fd, buffer, (size_t)got) != got)
			die(path);
		offset += got;
	}
	close(fd);
}

static void take_back(const struct undo *undo)
{
	switch (undo->kind) {
	case DATA:
		if ((undo->old_len &&
		     syscall(SYS_pwrite64, undo->fd, undo->old, undo->old_len,
			     undo->offset) != (long)undo->old_len) ||
		    syscall(SYS_ftruncate, undo->fd, undo->old_size))
			die("take back data");
		break;
	case CREATED:
		syscall(SYS_unlink, undo->path);
		break;
	case RENAMED:
		if (syscall(SYS_rename, undo->path, undo->from))
			break; /* its directory is gone by now */
		if (undo->replaced >= 0)
			restore(undo->replaced, undo->path);
		break;
	case REMOVED:
		restore(undo->replaced, undo->path);
		break;
	case MADE_DIR:
		syscall(SYS_rmdir, undo->path);
		break;
	case REMOVED_DIR:
		syscall(SYS_mkdir, undo->path, 0755);
		break;
	}
}

static void cut_power(void)
{
	for (size_t i = undos_len; i-- > 0;) {
		if (!undos[i].durable)
			take_back(&undos[i]);
	}
}

/* An fsync of this file succeeded. */
static void synced(int fd)
{
	struct stat st;
	size_t kept = 0;

	if (mode != POWER || fstat(fd, &st))
		return;
	for (size_t i = 0; i < undos_len; i++) {
		if (undos[i].kind != DATA ||
		    (undos[i].dev == st.st_dev && undos[i].ino == st.st_ino))
			undo_done(&undos[i]);
		else
			undos[kept++] = undos[i];
	}
	undos_len = kept;
}

/* ---- arrivals ------------------------------------------------------------ */

__attribute__((constructor)) static void begin(void)
{
	static const char *const names[] = { "",     "kill",     "power",
					     "full", "readonly", "broken" };
	const char *what = getenv("TORTURE_DO");
	const char *when = getenv("TORTURE_AT");
	const char *count = getenv("TORTURE_COUNT");
	const char *program = getenv("TORTURE_PROGRAM");
	char exe[4096];
	const ssize_t len = readlink("/proc/self/exe", exe, sizeof(exe) - 1);

	if (len < 0 || !program)
		return;
	exe[len] = '\0';
	active = strcmp(exe, program) == 0;
	if (!active)
		return;
	at = when ? strtol(when, NULL, 10) : 0;
	for (size_t i = 0; what && i < sizeof(names) / sizeof(*names); i++) {
		if (!strcmp(names[i], what))
			mode = (enum mode)i;
	}
	if (count)
		counter = (int)syscall(
			SYS_openat, AT_FDCWD, count,
			O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

/* One more; 0, or the errno with which it is to fail. */
static int arrive(char sort)
{
	if (!active)
		return 0;
	seen++;
	if (counter >= 0)
		syscall(SYS_write, counter, &sort, 1);
	if (!at || seen < at)
		return 0;
	switch (mode) {
	case POWER:
		cut_power();
		kill(getpid(), SIGKILL);
		break;
	case KILL:
		kill(getpid(), SIGKILL);
		break;
	case FULL:
		return sort == 'd' ? ENOSPC : 0;
	case READONLY:
		return sort != 'n' ? EROFS : 0;
	case BROKEN:
		return sort == 's' ? EIO : 0;
	case COUNT_ONLY:
		break;
	}
	return 0;
}

static bool fails(char sort)
{
	const int code = arrive(sort);

	if (code)
		errno = code;
	return code != 0;
}

static bool is_file(int fd)
{
	struct stat st;

	return active && fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
}

static bool is_socket(int fd)
{
	struct stat st;

	return active && fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode);
}

static bool is_there(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

/* ---- the calls ----------------------------------------------------------- */

static off_t offset_of(int fd)
{
	struct stat st;

	if (fcntl(fd, F_GETFL) & O_APPEND)
		return fstat(fd, &st) ? 0 : st.st_size;
	return lseek(fd, 0, SEEK_CUR);
}

ssize_t write(int fd, const void *data, size_t len)
{
	if (is_file(fd)) {
		if (fails('d'))
			return -1;
		keep_data(fd, offset_of(fd), len);
	} else if (is_socket(fd)) {
		arrive('n');
	}
	return NEXT(write)(fd, data, len);
}

ssize_t pwrite(int fd, const void *data, size_t len, off_t offset)
{
	if (is_file(fd)) {
		if (fails('d'))
			return -1;
		keep_data(fd, offset, len);
	}
	return NEXT(pwrite)(fd, data, len, offset);
}

ssize_t pwrite64(int fd, const void *data, size_t len, off64_t offset)
{
	return pwrite(fd, data, len, offset);
}

ssize_t send(int fd, const void *data, size_t len, int flags)
{
	arrive('n');
	return NEXT(send)(fd, data, len, flags);
}

int fsync(int fd)
{
	int result;

	if (fails('s'))
		return -1;
	result = NEXT(fsync)(fd);
	if (!result)
		synced(fd);
	return result;
}

int fdatasync(int fd)
{
	int result;

	if (fails('s'))
		return -1;
	result = NEXT(fdatasync)(fd);
	if (!result)
		synced(fd);
	return result;
}

int ftruncate(int fd, off_t len)
{
	struct stat st;

	if (fails('d'))
		return -1;
	if (fstat(fd, &st) == 0 && st.st_size > len)
		keep_data(fd, len, (size_t)(st.st_size - len));
	return NEXT(ftruncate)(fd, len);
}

int ftruncate64(int fd, off64_t len)
{
	return ftruncate(fd, len);
}

int rename(const char *from, const char *to)
{
	int old, result;

	if (fails('d'))
		return -1;
	old = mode == POWER ? open_old(to) : -1;
	result = NEXT(rename)(from, to);
	if (result && old >= 0)
		close(old);
	if (!result)
		keep_name(RENAMED, to, from, old);
	return result;
}

int link(const char *from, const char *to)
{
	int result;

	if (fails('d'))
		return -1;
	result = NEXT(link)(from, to);
	if (!result)
		keep_name(CREATED, to, NULL, -1);
	return result;
}

int unlink(const char *path)
{
	int old, result;

	if (fails('d'))
		return -1;
	old = mode == POWER ? open_old(path) : -1;
	result = NEXT(unlink)(path);
	if (result && old >= 0)
		close(old);
	if (!result)
		keep_name(REMOVED, path, NULL, old);
	return result;
}

int mkdir(const char *path, mode_t access)
{
	int result;

	if (is_there(path)) {
		errno = EEXIST;
		return -1;
	}
	if (fails('d'))
		return -1;
	result = NEXT(mkdir)(path, access);
	if (!result)
		keep_name(MADE_DIR, path, NULL, -1);
	return result;
}

int rmdir(const char *path)
{
	int result;

	if (fails('d'))
		return -1;
	result = NEXT(rmdir)(path);
	if (!result)
		keep_name(REMOVED_DIR, path, NULL, -1);
	return result;
}

/* Opening counts where it makes a file, or empties one. */
static int open_it(const char *path, int flags, mode_t access)
{
	const bool there = active && is_there(path);
	int fd;

	if (active &&
	    (((flags & O_CREAT) && !there) || (there && (flags & O_TRUNC)))) {
		if (fails('d'))
			return -1;
	}
	if (there && (flags & O_TRUNC) && mode == POWER) {
		fd = (int)syscall(SYS_openat, AT_FDCWD, path,
				  O_RDWR | O_CLOEXEC);
		if (fd >= 0) {
			keep_data(fd, 0, SIZE_MAX >> 1);
			close(fd);
		}
	}
	fd = (int)syscall(SYS_openat, AT_FDCWD, path, flags, access);
	if (fd >= 0 && active && (flags & O_CREAT) && !there)
		keep_name(CREATED, path, NULL, -1);
	return fd;
}

static mode_t access_of(int flags, va_list ap)
{
	return flags & (O_CREAT | __O_TMPFILE) ? va_arg(ap, mode_t) : 0;
}

int open(const char *path, int flags, ...)
{
	va_list ap;
	mode_t access;

	va_start(ap, flags);
	access = access_of(flags, ap);
	va_end(ap);
	return open_it(path, flags, access);
}

int open64(const char *path, int flags, ...)
{
	va_list ap;
	mode_t access;

	va_start(ap, flags);
	access = access_of(flags, ap);
	va_end(ap);
	return open_it(path, flags, access);
}

int openat(int dir, const char *path, int flags, ...)
{
	va_list ap;
	mode_t access;
	struct stat st;
	bool there;
	int fd;

	va_start(ap, flags);
	access = access_of(flags, ap);
	va_end(ap);
	if (dir == AT_FDCWD || *path == '/')
		return open_it(path, flags, access);
	there = fstatat(dir, path, &st, AT_SYMLINK_NOFOLLOW) == 0;
	if (active && (flags & O_CREAT) && !there && fails('d'))
		return -1;
	fd = (int)syscall(SYS_openat, dir, path, flags, access);
	return fd;
}

int mkstemp(char *template)
{
	int fd;

	if (fails('d'))
		return -1;
	fd = NEXT(mkstemp)(template);
	if (fd >= 0)
		keep_name(CREATED, template, NULL, -1);
	return fd;
}

int mkstemp64(char *template)
{
	return mkstemp(template);
}
