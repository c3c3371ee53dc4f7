/*
 * Moving refs of a remote: what git says of a push is not believed alone, where
 * the refs stand afterwards is read back.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/limits.h"
#include "core/mem.h"
#include "state/guard.h"
#include "state/remote_internal.h"

/* What git says, and stops at, where the other side cannot do all or none. */
#define NOT_ATOMIC "does not support --atomic"

/*
 * git push --porcelain says "<flag>\t<from>:<to>\t<summary>" for each ref;
 * the flag of a refused one is '!'. Owned text, or NULL when there is no such
 * line.
 */
static char *refusal_of(const struct remote *remote, const char *ref,
			const struct process_result *result)
{
	CLEANUP(free_ptr) char *tail = xasprintf(":%s\t", ref);
	CLEANUP(strbuf_release)
	struct strbuf out = STRBUF_INIT(REMOTE_REASON_MAX);

	for (const char *line = result->out.buf; *line;) {
		size_t len = strcspn(line, "\n");
		const char *at = memmem(line, len, tail, strlen(tail));

		if (line[0] == '!' && at) {
			at += strlen(tail);
			remote_add_line(remote, &out, at,
					len - (size_t)(at - line));
			return strbuf_detach(&out);
		}
		line += len + (line[len] != '\0');
	}
	return NULL;
}

bool remote_lost_race(const char *refused)
{
	static const char *const races[] = { "fetch first", "non-fast-forward",
					     "stale info", "lock",
					     "failed to update ref" };

	if (strstr(refused, "hook declined"))
		return false; /* what follows are the hook's own words */
	for (size_t i = 0; i < ARRAY_SIZE(races); i++) {
		if (strstr(refused, races[i]))
			return true;
	}
	return false;
}

static struct remote_words push_words(const struct remote *remote,
				      const struct remote_move *moves,
				      size_t len, bool atomic)
{
	struct remote_words words = remote_words(remote->git_dir, "push");

	remote_add(&words, "--porcelain");
	remote_add(&words, "--no-verify");
	remote_add(&words, "--recurse-submodules=no");
	if (remote->lock_path) /* on this machine we can ask for durability */
		remote_add(&words, "--receive-pack=git -c core.fsync=all "
				   "-c core.fsyncMethod=fsync receive-pack");
	if (atomic)
		remote_add(&words, "--atomic");
	for (size_t i = 0; i < len; i++) {
		if (moves[i].from)
			remote_addf(&words, "--force-with-lease=%s:%s",
				    moves[i].ref, moves[i].from->hex);
	}
	remote_add(&words, "--");
	remote_add(&words, remote->url);
	for (size_t i = 0; i < len; i++)
		remote_addf(&words, "%s:%s", moves[i].to->hex, moves[i].ref);
	return words;
}

/* What it says of each ref. Is any refused? */
static bool read_refusals(const struct remote *remote,
			  const struct process_result *result,
			  struct remote_move *moves, size_t len)
{
	bool any = false;

	for (size_t i = 0; i < len; i++) {
		CLEANUP(free_ptr)
		char *refused = refusal_of(remote, moves[i].ref, result);

		if (refused && strstr(refused, "hook declined")) {
			/* the hook said why on its stderr */
			CLEANUP(free_ptr)
			char *why = remote_reason(remote, result);

			moves[i].refused = xasprintf("%s: %s", refused, why);
		} else {
			moves[i].refused = TAKE(refused);
		}
		any = any || moves[i].refused;
	}
	return any;
}

/* One push. 1: the other side cannot do all or none. */
static int push_once(struct remote *remote, struct remote_move *moves,
		     size_t len, bool atomic, struct error *err)
{
	CLEANUP(process_result_release)
	struct process_result result = REMOTE_RESULT_INIT;
	CLEANUP(remote_words_release)
	struct remote_words words = push_words(remote, moves, len, atomic);
	CLEANUP(free_ptr) char *why = NULL;

	if (remote_run(remote, &words, "push to", &result, err))
		return -1;
	if (read_refusals(remote, &result, moves, len) || result.status == 0)
		return 0;
	why = remote_reason(remote, &result);
	if (atomic && strstr(why, NOT_ATOMIC))
		return 1;
	return remote_fail(remote, err, "push to", why);
}

static int push_in_turn(struct remote *remote, struct remote_move *moves,
			size_t len, struct error *err)
{
	for (size_t i = 0; i < len; i++) {
		if (push_once(remote, &moves[i], 1, false, err))
			return -1;
		if (moves[i].refused)
			break;
	}
	return 0;
}

static int push(struct remote *remote, struct remote_move *moves, size_t len,
		enum remote_push_how how, struct error *err)
{
	bool atomic = how == REMOTE_ALL_OR_NONE && len > 1;
	int rc = push_once(remote, moves, len, atomic, err);

	return rc > 0 ? push_in_turn(remote, moves, len, err) : rc;
}

/* What git said is not enough: look where the refs stand now. */
static int read_back(struct remote *remote, struct remote_move *moves,
		     size_t len, struct remote_at *also, struct error *err)
{
	CLEANUP(free_ptr)
	struct remote_at *refs = xcalloc(len + 1, sizeof(*refs));

	for (size_t i = 0; i < len; i++)
		refs[i].ref = moves[i].ref;
	if (also)
		refs[len] = *also;
	if (remote_look(remote, refs, len + (also ? 1 : 0), err))
		return -1;
	if (also)
		*also = refs[len];
	for (size_t i = 0; i < len; i++) {
		moves[i].now = refs[i].id;
		if (repo_id_equal(&moves[i].now, moves[i].to)) {
			free(moves[i].refused);
			moves[i].refused = NULL;
		} else if (!moves[i].refused) {
			moves[i].refused = xasprintf("git reported success, "
						     "but '%s' stands "
						     "elsewhere",
						     moves[i].ref);
		}
	}
	return 0;
}

/* In turn with others on this machine; *ret_fd: -1 where there is no need. */
static int take_turn(struct remote *remote, int *ret_fd, struct error *err)
{
	CLEANUP(strbuf_release)
	struct strbuf why = STRBUF_INIT(LIMIT_MESSAGE / 2);

	*ret_fd = -1;
	if (!remote->lock_path)
		return 0;
	if (guard_flock(remote->lock_path, O_RDONLY, remote->deadline_ms,
			ret_fd, err)) {
		error_message(err, &why);
		return remote_fail(remote, err, "push to", why.buf);
	}
	if (*ret_fd < 0)
		return remote_fail(remote, err, "push to",
				   "others kept it locked");
	return 0;
}

static void close_lock(const int *fd)
{
	if (*fd >= 0)
		(void)close(*fd); /* nothing was written */
}

const struct remote_move *remote_refused(const struct remote_move *moves,
					 size_t len)
{
	const struct remote_move *first = NULL;

	for (size_t i = 0; i < len; i++) {
		if (!moves[i].refused)
			continue;
		/* of all or none, the others are refused for its sake */
		if (!strstr(moves[i].refused, "atomic"))
			return &moves[i];
		if (!first)
			first = &moves[i];
	}
	return first;
}

void remote_moves_release(struct remote_move *moves, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		free(moves[i].refused);
		moves[i].refused = NULL;
	}
}

int remote_push_all(struct remote *remote, struct remote_move *moves,
		    size_t len, enum remote_push_how how,
		    struct remote_at *also, struct error *err)
{
	CLEANUP(close_lock) int fd = -1;
	CLEANUP(error_release) struct error again = ERROR_INIT;

	if (take_turn(remote, &fd, err))
		return -1;
	if (push(remote, moves, len, how, err)) {
		/* perhaps it arrived all the same */
		if (read_back(remote, moves, len, also, &again) ||
		    remote_refused(moves, len))
			return -1;
		error_release(err);
		return 0;
	}
	return read_back(remote, moves, len, also, err);
}

int remote_push(struct remote *remote, const char *ref,
		const struct repo_id *from, const struct repo_id *to,
		char **ret_refused, struct error *err)
{
	struct remote_move move = { .ref = ref, .from = from, .to = to };

	if (remote_push_all(remote, &move, 1, REMOTE_EACH, NULL, err)) {
		remote_moves_release(&move, 1);
		return -1;
	}
	*ret_refused = move.refused;
	return 0;
}
