#include "state/holder.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/error.h"
#include "core/file.h"
#include "core/limits.h"
#include "core/mem.h"

/* The fields of /proc/<pid>/stat from the state (3) to the start time (22). */
#define FIELDS_TO_START 19

void holder_release(struct holder *holder)
{
	free(holder->holder);
	free(holder->host);
	free(holder->boot);
	free(holder->namespace);
	free(holder->since);
	free(holder->change);
	*holder = (struct holder){ 0 };
}

/* ---- this machine ---------------------------------------------------- */

/* The first line of a small file; "" where it cannot be read. Owned. */
static char *first_line(const char *path)
{
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(64 * KIB);
	CLEANUP(error_release) struct error err = ERROR_INIT;

	if (file_read(path, 64 * KIB, &text, &err))
		return xstrdup("");
	return xstrndup(text.buf, strcspn(text.buf, "\n"));
}

static char *own_namespace(void)
{
	char text[64];
	ssize_t n = readlink("/proc/self/ns/pid", text, sizeof(text));

	return xstrndup(text, n > 0 ? (size_t)n : 0);
}

static char *own_host(void)
{
	char text[256];

	if (gethostname(text, sizeof(text)))
		return xstrdup("unknown");
	return xstrndup(text, strnlen(text, sizeof(text)));
}

/* What /proc says of a process of this namespace; state 0: nothing. */
struct process {
	char state; /* 'R', 'S', …; 'Z': it ended, and nobody has asked how */
	unsigned long long start;
};

static struct process look_up(long pid)
{
	CLEANUP(free_ptr) char *path = xasprintf("/proc/%ld/stat", pid);
	CLEANUP(free_ptr) char *text = first_line(path);
	struct process process = { 0, 0 };
	/* the name before it may hold blanks and parentheses */
	const char *at = strrchr(text, ')');

	if (!at || at[1] != ' ')
		return process;
	process.state = at[2];
	for (int i = 0; at && i < FIELDS_TO_START + 1; i++) {
		at = strchr(at, ' ');
		at = at ? at + 1 : NULL;
	}
	process.start = at ? strtoull(at, NULL, 10) : 0;
	return process;
}

static bool runs(long pid, unsigned long long start)
{
	struct process process;

	if (kill((pid_t)pid, 0) && errno == ESRCH)
		return false;
	process = look_up(pid);
	/* where /proc hides other people's processes, it may be that one */
	if (!process.state)
		return true;
	return process.start == start && process.state != 'Z' &&
	       process.state != 'X';
}

void holder_self(const char *holder, const char *change_id,
		 struct holder *ret_holder)
{
	char since[CLOCK_TEXT_MAX];

	*ret_holder = (struct holder){
		.holder = xstrdup(holder),
		.host = own_host(),
		.boot = first_line("/proc/sys/kernel/random/boot_id"),
		.namespace = own_namespace(),
		.pid = getpid(),
		.start = look_up(getpid()).start,
		.since = xstrdup(clock_rfc3339(clock_now(), since)),
		.change = xstrdup(change_id),
	};
}

/* ---- as text --------------------------------------------------------- */

static void add_line(struct strbuf *out, const char *name, const char *value)
{
	strbuf_addf(out, "%s: ", name);
	for (; *value; value++)
		strbuf_addc(out, (unsigned char)*value < ' ' ? ' ' : *value);
	strbuf_addc(out, '\n');
}

void holder_write(const struct holder *holder, const char *place,
		  struct strbuf *out)
{
	strbuf_addf(out, "Lock %s\n\n", place);
	add_line(out, "Aback-Holder", holder->holder);
	add_line(out, "Aback-Host", holder->host);
	add_line(out, "Aback-Boot", holder->boot);
	add_line(out, "Aback-Namespace", holder->namespace);
	strbuf_addf(out, "Aback-Process: %ld\n", holder->pid);
	strbuf_addf(out, "Aback-Process-Start: %llu\n", holder->start);
	add_line(out, "Aback-Since", holder->since);
	if (holder->change)
		add_line(out, "Aback-Change", holder->change);
}

/* The value of a trailer, or NULL. Owned. */
static char *trailer(const char *message, const char *name)
{
	size_t len = strlen(name);

	for (const char *line = message; *line;) {
		size_t n = strcspn(line, "\n");

		if (n > len + 1 && !strncmp(line, name, len) &&
		    line[len] == ':' && line[len + 1] == ' ')
			return xstrndup(line + len + 2, n - len - 2);
		line += n + (line[n] != '\0');
	}
	return NULL;
}

static char *or_empty(char *text)
{
	return text ? text : xstrdup("");
}

bool holder_parse(const char *message, struct holder *ret_holder)
{
	CLEANUP(free_ptr) char *pid = trailer(message, "Aback-Process");
	CLEANUP(free_ptr) char *start = trailer(message, "Aback-Process-Start");
	CLEANUP(holder_release) struct holder holder = { 0 };

	holder.holder = trailer(message, "Aback-Holder");
	holder.host = trailer(message, "Aback-Host");
	holder.since = trailer(message, "Aback-Since");
	if (!holder.holder || !holder.host || !holder.since || !pid)
		return false;
	holder.boot = or_empty(trailer(message, "Aback-Boot"));
	holder.namespace = or_empty(trailer(message, "Aback-Namespace"));
	holder.change = trailer(message, "Aback-Change");
	holder.pid = strtol(pid, NULL, 10);
	holder.start = start ? strtoull(start, NULL, 10) : 0;
	if (holder.pid <= 0)
		return false;
	*ret_holder = holder;
	memset(&holder, 0, sizeof(holder)); /* it is the caller's now */
	return true;
}

void holder_describe(const struct holder *holder, struct strbuf *out)
{
	strbuf_addf(out, "'%s' on host '%s' (process %ld) since %s",
		    holder->holder, holder->host, holder->pid, holder->since);
	if (holder->change)
		strbuf_addf(out, " for change %s", holder->change);
}

void holder_add_unlock(const struct holder *holder, const char *place,
		       struct strbuf *out)
{
	strbuf_addf(out, "aback state unlock %s --holder '", place);
	for (const char *at = holder->holder; *at; at++) {
		if (*at == '\'')
			strbuf_adds(out, "'\\''");
		else
			strbuf_addc(out, *at);
	}
	strbuf_addc(out, '\'');
}

/* ---- does it still run ----------------------------------------------- */

static bool is_known_and_same(const char *a, const char *b)
{
	return *a && !strcmp(a, b);
}

enum holder_state holder_state(const struct holder *holder, bool flock_free)
{
	CLEANUP(holder_release) struct holder self = { 0 };
	bool same_boot, same_pids, same_host;

	holder_self("", NULL, &self);
	same_boot = is_known_and_same(holder->boot, self.boot);
	same_pids = is_known_and_same(holder->namespace, self.namespace);
	same_host = !strcmp(holder->host, self.host);
	/* a name may have changed since, a boot not; but a copy of a machine
	 * that runs elsewhere has the same one: our own flock must say, too */
	if (!same_host)
		return same_boot && same_pids && flock_free &&
				       !runs(holder->pid, holder->start)
			       ? HOLDER_DEAD
			       : HOLDER_ELSEWHERE;
	if (!same_boot || !same_pids)
		return flock_free ? HOLDER_DEAD : HOLDER_ELSEWHERE;
	if (holder->pid == self.pid && holder->start == self.start)
		return flock_free ? HOLDER_SELF : HOLDER_ALIVE;
	return runs(holder->pid, holder->start) ? HOLDER_ALIVE : HOLDER_DEAD;
}
