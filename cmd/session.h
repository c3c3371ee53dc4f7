/*
 * What several commands open: the desired state, the store, AWS. A session is
 * zeroed, filled by the functions below in the order that a command needs, and
 * released whole.
 */
#ifndef ABACK_CMD_SESSION_H
#define ABACK_CMD_SESSION_H

#include <stdbool.h>

#include "cmd/command.h"
#include "core/aws.h"
#include "core/compiler.h"
#include "core/error.h"
#include "plans/desired.h"
#include "plans/place.h"
#include "plans/plan.h"
#include "plans/render.h"
#include "state/store.h"

struct session {
	const struct common_args *args;
	struct desired *desired; /* NULL: none was loaded */
	struct store *store;     /* NULL: none */
	struct aws *aws;
	struct places places;
	bool waits; /* and whoever looks on was told so */
};

void session_release(struct session *session);

#define DESIRED_FILE "aback.yaml"

/*
 * Load the desired state of -f, else of path (NULL: aback.yaml); mistakes are
 * printed. Only the targets of --target are kept.
 */
MUST_CHECK int session_load_desired(struct session *session, const char *path,
				    struct error *err);
/*
 * For commands that work on the store alone: the desired state gives its
 * place, unless --state does. A missing aback.yaml is an error only when it was
 * named or nothing else says where the store is.
 */
MUST_CHECK int session_find_desired(struct session *session, struct error *err);

/*
 * Are these addresses, each with a setting where it needs one? Asked before
 * anything is read; whether they select something is the plan's to say.
 */
MUST_CHECK int check_addresses(const struct words *addresses,
			       bool needs_setting, struct error *err);

/* Open the store of --state, else of the desired state. */
MUST_CHECK int session_open_store(struct session *session, struct error *err);
/*
 * The same, with what others have pushed meanwhile; a remote that cannot be
 * reached is a warning.
 */
MUST_CHECK int session_open_fresh_store(struct session *session,
					struct error *err);
/*
 * The same for reading, where it may be missing: then session->store stays
 * NULL and a note says so. A remote that cannot be reached is a warning.
 */
MUST_CHECK int session_read_store(struct session *session, struct error *err);

/* Start the client. */
MUST_CHECK int session_open_client(struct session *session, struct error *err);
/* The same, and open the places of these targets. */
MUST_CHECK int session_open_aws(struct session *session,
				const struct target *targets,
				size_t targets_len, struct error *err);

/* How results are rendered on stdout. */
struct render_style session_style(const struct session *session);
/*
 * Note in the plan what the desired file's policy will say when it is applied,
 * and when it is backed out; where no page shows it (--format json), as a
 * warning.
 */
void session_foresee(const struct session *session,
		     const struct desired *desired, struct plan *plan);
/*
 * Print a plan in the format that was asked for; as text only in short where
 * the whole of it was written to a file and -q asks for little.
 */
void session_print_plan(const struct session *session, const struct plan *plan,
			bool written);
/*
 * Print a change of the store in the format that was asked for. The beginning
 * of its id is enough. ERR_NOT_FOUND.
 */
MUST_CHECK int session_print_change(const struct session *session,
				    const char *id, struct error *err);
/* A finished plan that is too large for a file is an error. */
MUST_CHECK int session_check_plan(const struct plan *plan, struct error *err);
/* Write the plan file. */
MUST_CHECK int session_write_plan(const struct plan *plan, const char *path,
				  struct error *err);
/* A word of a command, such that a shell takes it for one. */
void session_add_word(struct strbuf *out, const char *word);
/*
 * " --state PATH -f FILE", as given, for a command that is to be typed next;
 * nothing where neither was given.
 */
void session_add_options(const struct session *session, struct strbuf *out);
/* Has the store pinned a gate? Then *ret_branch is the branch, to be freed. */
bool session_gate(const struct session *session, char **ret_branch);
/* The last line after a plan that was written: how to apply it. */
void session_note_plan(const struct session *session, const struct plan *plan,
		       const char *path);

#endif
