#include "core/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/limits.h"
#include "core/mem.h"
#include "core/secret.h"

/* How often a child that closed nothing is asked whether it has ended. */
#define TICK_MS 20
/* Between asking a child to end and killing it. */
#define GRACE_MS 500

void process_result_release(struct process_result *result)
{
	strbuf_release(&result->out);
	strbuf_release(&result->err);
}

const char *const process_git_unset[] = {
	"GIT_DIR",
	"GIT_WORK_TREE",
	"GIT_COMMON_DIR",
	"GIT_INDEX_FILE",
	"GIT_OBJECT_DIRECTORY",
	"GIT_ALTERNATE_OBJECT_DIRECTORIES",
	"GIT_NAMESPACE",
	"GIT_PREFIX",
	"GIT_GRAFT_FILE",
	"GIT_SHALLOW_FILE",
	"GIT_REPLACE_REF_BASE",
	"GIT_QUARANTINE_PATH",
	"GIT_PUSH_OPTION_*",
	NULL,
};

/* ---- environment ----------------------------------------------------- */

static bool is_same_variable(const char *entry, const char *set)
{
	size_t len = strcspn(set, "=");

	return !strncmp(entry, set, len) && entry[len] == '=';
}

static bool is_unset(const char *entry, const struct process *command)
{
	for (size_t i = 0; command->set && command->set[i]; i++) {
		if (is_same_variable(entry, command->set[i]))
			return true;
	}
	for (size_t i = 0; command->unset && command->unset[i]; i++) {
		const char *name = command->unset[i];
		size_t len = strlen(name);

		if (name[len - 1] == '*' ? !strncmp(entry, name, len - 1)
					 : is_same_variable(entry, name))
			return true;
	}
	return false;
}

/* The child's environment; the strings are borrowed. */
static const char **environment_of(const struct process *command)
{
	const char **list = NULL;
	size_t len = 0, cap = 0;

	for (char **entry = environ; *entry; entry++) {
		if (is_unset(*entry, command))
			continue;
		GROW(list, len, cap);
		list[len++] = *entry;
	}
	for (size_t i = 0; command->set && command->set[i]; i++) {
		GROW(list, len, cap);
		list[len++] = command->set[i];
	}
	GROW(list, len, cap);
	list[len] = NULL;
	return list;
}

/* ---- the child ------------------------------------------------------- */

struct child {
	pid_t pid;
	int out, err;
	int failure; /* gives errno when the program could not be run */
	bool ended;
	int wait_status;
};

static void close_end(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd); /* an end of a pipe: nothing to lose */
	*fd = -1;
}

static void child_release(struct child *child)
{
	close_end(&child->out);
	close_end(&child->err);
	close_end(&child->failure);
}

/* What the child reads: a file without a name, or nothing at all. */
static int open_input(const struct process *command)
{
	int fd;

	if (!command->input)
		return open("/dev/null", O_RDONLY | O_CLOEXEC);
	fd = memfd_create("input", MFD_CLOEXEC);
	if (fd >= 0 && (write(fd, command->input, command->input_len) !=
				(ssize_t)command->input_len ||
			lseek(fd, 0, SEEK_SET))) {
		(void)close(fd); /* of no use */
		fd = -1;
	}
	return fd;
}

static NORETURN void become(const struct process *command,
			    const char *const *environment, int out, int err,
			    int failure)
{
	int input = open_input(command);
	sigset_t none;
	ssize_t n;

	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)signal(SIGPIPE, SIG_DFL); /* an ignored one would be inherited */
	(void)setsid();
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (input >= 0 && dup2(input, STDIN_FILENO) >= 0 &&
	    dup2(out, STDOUT_FILENO) >= 0 && dup2(err, STDERR_FILENO) >= 0)
		(void)execvpe(command->argv[0], (char **)command->argv,
			      (char **)environment);
	n = write(failure, &errno, sizeof(errno));
	_exit(n == sizeof(errno) ? 127 : 126);
}

static int start(const struct process *command, struct child *child,
		 struct error *err)
{
	CLEANUP(free_ptr) const char **environment = environment_of(command);
	int out[2] = { -1, -1 }, errors[2] = { -1, -1 },
	    failure[2] = { -1, -1 };
	bool ok = !pipe2(out, O_CLOEXEC) && !pipe2(errors, O_CLOEXEC) &&
		  !pipe2(failure, O_CLOEXEC);

	child->pid = ok ? fork() : -1;
	if (child->pid == 0)
		become(command, environment, out[1], errors[1], failure[1]);
	if (child->pid < 0)
		(void)error_errno(err, ERR_IO, "cannot start '%s'",
				  command->argv[0]);
	close_end(&out[1]);
	close_end(&errors[1]);
	close_end(&failure[1]);
	child->out = out[0];
	child->err = errors[0];
	child->failure = failure[0];
	return child->pid < 0 ? -1 : 0;
}

/* Has it ended? Waits for it where wait is true. */
static bool has_ended(struct child *child, bool wait)
{
	pid_t pid;

	if (child->ended)
		return true;
	do {
		pid = waitpid(child->pid, &child->wait_status,
			      wait ? 0 : WNOHANG);
	} while (pid < 0 && errno == EINTR);
	child->ended = pid != 0;
	return child->ended;
}

static void kill_child(struct child *child)
{
	int64_t until = clock_monotonic_ms() + GRACE_MS;

	(void)kill(-child->pid, SIGTERM);
	while (!has_ended(child, false) && clock_monotonic_ms() < until)
		clock_sleep_ms(TICK_MS);
	/* also when the child itself is gone: what it started may not be */
	(void)kill(-child->pid, SIGKILL);
	(void)has_ended(child, true);
}

/* ---- its output ------------------------------------------------------ */

/* Read what is there; closes *fd at its end. */
static void take_output(int *fd, struct strbuf *text)
{
	char chunk[16384];
	ssize_t n = read(*fd, chunk, sizeof(chunk));

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n <= 0)
		close_end(fd);
	else if (!text->overflowed)
		strbuf_add(text, chunk, (size_t)n);
}

static bool is_too_late(const struct process *command, int64_t until)
{
	return clock_monotonic_ms() >= until ||
	       (command->interrupted && *command->interrupted);
}

/* Until both pipes are closed, the child has ended, or it is too late. */
static bool collect(const struct process *command, struct child *child,
		    int64_t until, struct process_result *result)
{
	while (child->out >= 0 || child->err >= 0) {
		/* poll skips a negative descriptor */
		struct pollfd fds[] = { { child->out, POLLIN, 0 },
					{ child->err, POLLIN, 0 } };
		/* one that left a helper behind never closes its pipes */
		bool ended = has_ended(child, false);
		int n = poll(fds, 2, ended ? 0 : TICK_MS);

		if (n > 0 && fds[0].revents)
			take_output(&child->out, &result->out);
		if (n > 0 && fds[1].revents)
			take_output(&child->err, &result->err);
		if (ended && n <= 0)
			return true;
		if (is_too_late(command, until))
			return ended;
	}
	while (!has_ended(child, false)) {
		if (is_too_late(command, until))
			return false;
		clock_sleep_ms(1);
	}
	return true;
}

void process_hide(struct strbuf *text)
{
	for (size_t i = 0; i < text->len; i++) {
		if (!text->buf[i])
			text->buf[i] = ' ';
	}
	if (text->len)
		secret_hide(text->buf);
	text->len = strlen(text->buf);
}

int process_run(const struct process *command,
		struct process_result *ret_result, struct error *err)
{
	CLEANUP(child_release)
	struct child child = { .out = -1, .err = -1, .failure = -1 };
	struct process_result result = { .out = STRBUF_INIT(4 * MIB),
					 .err = STRBUF_INIT(64 * KIB) };
	int64_t until = clock_monotonic_ms() + command->deadline_ms;
	int failure = 0;

	if (start(command, &child, err))
		return -1;
	result.too_late = !collect(command, &child, until, &result);
	if (result.too_late)
		kill_child(&child);
	if (WIFEXITED(child.wait_status))
		result.status = WEXITSTATUS(child.wait_status);
	else
		result.status = 128 + WTERMSIG(child.wait_status);
	if (read(child.failure, &failure, sizeof(failure)) == sizeof(failure)) {
		process_result_release(&result);
		errno = failure;
		return error_errno(err, ERR_IO, "cannot run '%s'",
				   command->argv[0]);
	}
	process_hide(&result.err);
	*ret_result = result;
	return 0;
}
