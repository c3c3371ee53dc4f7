/*
 * A directory for one test, and git's own command in it. Included by the tests
 * of state/ only; each has its own copy.
 */
#ifndef ABACK_TESTS_UNIT_STORE_FIXTURE_H
#define ABACK_TESTS_UNIT_STORE_FIXTURE_H

#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/compiler.h"
#include "core/error.h"
#include "core/json.h"
#include "core/mem.h"
#include "core/strbuf.h"
#include "state/store.h"

/* HOME of all tests of a binary: libgit2 looks for it only once. */
static char fixture_home[] = "/tmp/aback-home-XXXXXX";

static inline void fixture_remove_home(void)
{
	CLEANUP(free_ptr)
	char *command = xasprintf("rm -rf '%s'", fixture_home);

	if (system(command))
		(void)fputs("cannot remove the test's HOME\n", stderr);
}

/* A new ~/.gitconfig. */
static inline int fixture_write_config(void)
{
	CLEANUP(free_ptr) char *path = xasprintf("%s/.gitconfig", fixture_home);
	FILE *file = fopen(path, "w");

	if (!file)
		return -1;
	(void)fputs("[user]\n\tname = Test Person\n"
		    "\temail = test@example.com\n",
		    file);
	return fclose(file);
}

struct fixture {
	char *directory;
	char *path;   /* of the store */
	char *remote; /* of a remote, for the tests that make one */
	struct store *store;
	struct error err;
};

/* Run a shell command in the fixture's directory; its exit code. */
static inline int PRINTF_LIKE(2, 3)
	sh(const struct fixture *f, const char *fmt, ...)
{
	CLEANUP(free_ptr) char *command = NULL;
	CLEANUP(free_ptr) char *whole = NULL;
	va_list ap;
	int status;

	va_start(ap, fmt);
	command = xvasprintf(fmt, ap);
	va_end(ap);
	whole = xasprintf("cd '%s' && { %s\n} >>log 2>&1", f->directory,
			  command);
	status = system(whole);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

/* What a shell command prints. Owned. */
static inline char *PRINTF_LIKE(2, 3)
	output_of(const struct fixture *f, const char *fmt, ...)
{
	CLEANUP(free_ptr) char *command = NULL;
	CLEANUP(free_ptr) char *whole = NULL;
	struct strbuf out = STRBUF_INIT(1 << 26);
	char chunk[4096];
	size_t n;
	va_list ap;
	FILE *pipe;

	va_start(ap, fmt);
	command = xvasprintf(fmt, ap);
	va_end(ap);
	whole = xasprintf("cd '%s' && { %s\n} 2>>log", f->directory, command);
	pipe = popen(whole, "r");
	while (pipe && (n = fread(chunk, 1, sizeof(chunk), pipe)) > 0)
		strbuf_add(&out, chunk, n);
	if (pipe)
		(void)pclose(pipe);
	return strbuf_detach(&out);
}

static inline int fixture_setup(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));
	const char *base = getenv("TMPDIR");

	json_init();
	f->directory = xasprintf("%s/aback-test-XXXXXX", base ? base : "/tmp");
	if (!mkdtemp(f->directory))
		return -1;
	f->path = xasprintf("%s/state.git", f->directory);
	f->remote = xasprintf("%s/remote.git", f->directory);
	if (strstr(fixture_home, "XXXXXX")) {
		if (!mkdtemp(fixture_home) || atexit(fixture_remove_home))
			return -1;
		/* nothing of the person's own configuration */
		(void)setenv("HOME", fixture_home, 1);
		(void)setenv("GIT_CONFIG_NOSYSTEM", "1", 1);
		(void)unsetenv("GIT_CONFIG_GLOBAL");
		(void)unsetenv("XDG_CONFIG_HOME");
	}
	if (fixture_write_config())
		return -1;
	*state = f;
	return 0;
}

static inline int fixture_teardown(void **state)
{
	struct fixture *f = *state;
	CLEANUP(free_ptr) char *command = NULL;

	store_free(f->store);
	error_release(&f->err);
	command = xasprintf("rm -rf '%s'", f->directory);
	if (system(command))
		return -1;
	free(f->directory);
	free(f->path);
	free(f->remote);
	free(f);
	return 0;
}

/* With a store made and opened. */
static inline int fixture_setup_store(void **state)
{
	struct fixture *f;
	bool made;

	if (fixture_setup(state))
		return -1;
	f = *state;
	return store_init(f->path, &made, &f->err) ||
	       store_open(f->path, NULL, &f->store, &f->err);
}

/* With a store that has a remote. */
static inline int fixture_setup_remote(void **state)
{
	struct fixture *f;
	bool made;

	if (fixture_setup(state))
		return -1;
	f = *state;
	return sh(f, "git init -q --bare -b main remote.git") ||
	       store_init_remote(f->path, f->remote, &made, &f->err) ||
	       store_open(f->path, f->remote, &f->store, &f->err);
}

/* Commit one file. */
static inline int put_file(struct fixture *f, struct store *store,
			   const char *path, const char *text,
			   enum store_push push)
{
	CLEANUP(store_edits_release) struct store_edits edits = { 0 };
	CLEANUP(free_ptr) char *subject = xasprintf("Write %s", path);

	store_edits_put(&edits, path, text, strlen(text));
	return store_commit(store, subject, NULL, &edits, push, NULL, &f->err);
}

/* A file's text at the tip, or NULL. Owned. */
static inline char *get_file(struct fixture *f, struct store *store,
			     const char *path)
{
	struct strbuf text = STRBUF_INIT(1 << 26);
	bool found = false;

	if (store_read(store, path, &text, &found, &f->err) || !found) {
		strbuf_release(&text);
		return NULL;
	}
	return strbuf_detach(&text);
}

#define assert_ok(f, call)                                         \
	do {                                                       \
		if (call) {                                        \
			struct strbuf why_ = STRBUF_INIT(1 << 20); \
			error_render(&(f)->err, &why_);            \
			fail_msg("%s: %s", #call, why_.buf);       \
		}                                                  \
	} while (0)

/* It failed with this code, a message that holds text, and a hint. */
#define assert_error(f, wanted, text)                                       \
	do {                                                                \
		struct strbuf why_ = STRBUF_INIT(1 << 20);                  \
		error_render(&(f)->err, &why_);                             \
		if ((f)->err.code != (wanted) || !strstr(why_.buf, (text))) \
			fail_msg("wanted %s with '%s', got %s: %s",         \
				 error_name(wanted), (text),                \
				 error_name((f)->err.code), why_.buf);      \
		strbuf_release(&why_);                                      \
	} while (0)

#endif
