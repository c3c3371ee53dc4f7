/* What state/remote*.c share and nobody else sees: how git is run. */
#ifndef ABACK_STATE_REMOTE_INTERNAL_H
#define ABACK_STATE_REMOTE_INTERNAL_H

#include <stddef.h>
#include <stdint.h>

#include "core/compiler.h"
#include "core/error.h"
#include "core/strbuf.h"
#include "core/process.h"
#include "state/remote.h"

#define REMOTE_REASON_MAX 600
#define REMOTE_SET_MAX 16
/* Why an answer is none. */
#define REMOTE_NO_GIT "what answers there is no git server"

struct remote {
	char *git_dir;
	char *url;      /* without a secret: it is seen by other processes */
	char *shown;    /* the same with *** for what was taken out */
	char *user;     /* of an https URL, where it is a token; else NULL */
	char *password; /* of the URL, or the token; NULL: none */
	bool is_token;  /* it is ABACK_GIT_TOKEN's */
	char *set[REMOTE_SET_MAX]; /* variables for git, a NULL at the end */
	char *lock_path; /* of a remote on this machine; NULL: elsewhere */
	int64_t deadline_ms;
};

/* The path of a remote on this machine, or NULL. Borrowed from url. */
const char *remote_local_path(const char *url);

/* The words of a call of git, a NULL at the end. */
struct remote_words {
	char **items;
	size_t len, cap;
};
/* "git", where the repository is (NULL: nowhere), what every call has, verb. */
struct remote_words remote_words(const char *git_dir, const char *verb);
void remote_words_release(struct remote_words *words);
void remote_add(struct remote_words *words, const char *word);
void remote_addf(struct remote_words *words, const char *fmt, ...)
	PRINTF_LIKE(2, 3);

#define REMOTE_RESULT_INIT                                   \
	{                                                    \
		.out = STRBUF_INIT(0), .err = STRBUF_INIT(0) \
	}
/* ERR_REMOTE when git is missing or was too slow; its status is not judged. */
MUST_CHECK int remote_run(const struct remote *remote,
			  const struct remote_words *words, const char *what,
			  struct process_result *ret_result, struct error *err);
/* The same, where any failure of git is a failure. */
MUST_CHECK int remote_run_well(const struct remote *remote,
			       const struct remote_words *words,
			       const char *what,
			       struct process_result *ret_result,
			       struct error *err);

/* Why git failed, in its own words. Owned. */
char *remote_reason(const struct remote *remote,
		    const struct process_result *result);
/* Append a line of git's, without its secret and its control characters. */
void remote_add_line(const struct remote *remote, struct strbuf *out,
		     const char *line, size_t len);
/* "cannot <what> the state remote '…': <why>", and what helps; -1. */
int remote_fail(const struct remote *remote, struct error *err,
		const char *what, const char *why);

#endif
