/*
 * Run another program, with a deadline: state remotes are spoken to by git
 * itself. The child has a session of its own (no terminal to prompt on), and
 * at the deadline all of that session's first process group is killed.
 */
#ifndef ABACK_CORE_PROCESS_H
#define ABACK_CORE_PROCESS_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/compiler.h"
#include "core/error.h"
#include "core/strbuf.h"

struct process {
	const char *const *argv; /* ends in NULL; argv[0] is sought in PATH */
	/* "NAME=value" to set, ends in NULL; may be NULL */
	const char *const *set;
	/* names of variables to leave out, ends in NULL; may be NULL. A name
	 * that ends in '*' stands for all that begin so. */
	const char *const *unset;
	const char *input; /* of its standard input; NULL: nothing */
	size_t input_len;
	int64_t deadline_ms; /* from the start */
	/* not 0: kill it now, as at the deadline; NULL: never */
	const volatile sig_atomic_t *interrupted;
};

/*
 * For `unset`: what a surrounding git (a hook, an alias) set for its own
 * repository.
 */
extern const char *const process_git_unset[];

struct process_result {
	int status;    /* exit code, or 128 and the signal's number */
	bool too_late; /* killed at the deadline, or interrupted */
	/* what it wrote; each is cut off at its own largest size. Of err, which
	 * is for people, what is secret is hidden. */
	struct strbuf out, err;
};
/* Make text that is told to people of out: what is secret is hidden. */
void process_hide(struct strbuf *text);
void process_result_release(struct process_result *result);

/* ERR_IO: the program is not there, or could not be started. */
MUST_CHECK int process_run(const struct process *command,
			   struct process_result *ret_result,
			   struct error *err);

#endif
