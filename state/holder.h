/*
 * Who holds a lock: what a lock's commit says, and whether that process still
 * runs. The process is known by host, boot, pid namespace, pid and start time,
 * so that neither a reused pid nor a container of the same name deceives.
 */
#ifndef ABACK_STATE_HOLDER_H
#define ABACK_STATE_HOLDER_H

#include <stdbool.h>

#include "core/compiler.h"
#include "core/strbuf.h"

struct holder {
	char *holder; /* "arn:aws:…", a person's name */
	char *host;
	char *boot;      /* of the machine; "" unknown */
	char *namespace; /* of its pids; "" unknown */
	long pid;
	unsigned long long start; /* clock ticks since boot; 0 unknown */
	char *since;              /* RFC 3339 */
	char *change;             /* NULL: none */
};

/* This process; change_id may be NULL. */
void holder_self(const char *holder, const char *change_id,
		 struct holder *ret_holder);
void holder_release(struct holder *holder);

/* The message of a lock's commit, and back; false: it is none of ours. */
void holder_write(const struct holder *holder, const char *place,
		  struct strbuf *out);
bool holder_parse(const char *message, struct holder *ret_holder);

enum holder_state {
	HOLDER_ALIVE,
	HOLDER_DEAD,
	HOLDER_SELF, /* this process, which lost it before: only if flock_free
		      */
	HOLDER_ELSEWHERE /* cannot be told from here */
};
/*
 * flock_free: the holder used our own store and its flock is free. Then the
 * same host's name is enough to know that an earlier boot's process is dead.
 */
enum holder_state holder_state(const struct holder *holder, bool flock_free);

/* "'<holder>' on host 'h' (process 12) since … for change …" */
void holder_describe(const struct holder *holder, struct strbuf *out);

/* "aback state unlock <place> --holder '<holder>'", as a shell takes it. */
void holder_add_unlock(const struct holder *holder, const char *place,
		       struct strbuf *out);

#endif
