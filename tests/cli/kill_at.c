/*
 * Preloaded into aback: the KILL_AT-th write, fsync, rename, link, unlink,
 * truncation or send does not happen, for the process is killed right before
 * it. Each is counted into the file KILL_COUNT, a byte a call, so that a whole
 * run says how many there are. Calls on the terminal and pipes do not count.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

static void arrive(void)
{
	static long kill_at = -1, seen;
	static int counter = -1;

	if (kill_at < 0) {
		const char *at = getenv("KILL_AT");
		const char *count = getenv("KILL_COUNT");

		kill_at = at ? strtol(at, NULL, 10) : 0;
		if (count)
			counter =
				open(count,
				     O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC,
				     0600);
	}
	seen++;
	if (counter >= 0)
		syscall(SYS_write, counter, ".", 1);
	if (seen == kill_at)
		kill(getpid(), SIGKILL);
}

static int counts(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 &&
	       (S_ISREG(st.st_mode) || S_ISSOCK(st.st_mode));
}

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

ssize_t write(int fd, const void *data, size_t len)
{
	if (counts(fd))
		arrive();
	return NEXT(write)(fd, data, len);
}

ssize_t pwrite(int fd, const void *data, size_t len, off_t at)
{
	arrive();
	return NEXT(pwrite)(fd, data, len, at);
}

ssize_t send(int fd, const void *data, size_t len, int flags)
{
	arrive();
	return NEXT(send)(fd, data, len, flags);
}

int fsync(int fd)
{
	arrive();
	return NEXT(fsync)(fd);
}

int fdatasync(int fd)
{
	arrive();
	return NEXT(fdatasync)(fd);
}

int ftruncate(int fd, off_t len)
{
	arrive();
	return NEXT(ftruncate)(fd, len);
}

int rename(const char *from, const char *to)
{
	arrive();
	return NEXT(rename)(from, to);
}

int link(const char *from, const char *to)
{
	arrive();
	return NEXT(link)(from, to);
}

int unlink(const char *path)
{
	arrive();
	return NEXT(unlink)(path);
}
