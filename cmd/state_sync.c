/* aback state sync: what went each way. */
#include <pwd.h>
#include <unistd.h>

#include "cmd/message.h"
#include "cmd/state.h"
#include "core/json.h"
#include "core/limits.h"
#include "core/terminal.h"
#include "state/lock.h"

static int no_remote(const struct session *session, struct error *err)
{
	(void)error_set(err, ERR_USAGE,
			"the state repository '%s' has no remote",
			store_path(session->store));
	error_hint(err, "give it one as state.remote in %s",
		   session->desired ? session->desired->path : DESIRED_FILE);
	return -1;
}

static const char *plural(size_t n)
{
	return n == 1 ? "" : "s";
}

static void add_text(struct strbuf *out, const char *remote,
		     const struct store_sync *sync, size_t released)
{
	terminal_escape(out, remote, false);
	strbuf_adds(out, ": ");
	if (sync->brought_in)
		strbuf_addf(out, "brought in %zu commit%s of others; ",
			    sync->brought_in, plural(sync->brought_in));
	if (sync->pushed)
		strbuf_addf(out, "pushed %zu commit%s%s; ", sync->pushed,
			    plural(sync->pushed),
			    sync->rewritten ? ", written again on top of theirs"
					    : "");
	if (released)
		strbuf_addf(out,
			    "released %zu lock%s that an ended run had left; ",
			    released, plural(released));
	if (!sync->brought_in && !sync->pushed && !released)
		strbuf_adds(out, "there was nothing to do; ");
	strbuf_addf(out, "both stand at %.12s\n", sync->tip);
}

static void add_json(struct strbuf *out, const char *remote,
		     const struct store_sync *sync, size_t released)
{
	CLEANUP(json_release)
	json_t *document = json_pack(
		"{s:s, s:o, s:I, s:I, s:b, s:I, s:s}", "format", "aback-sync/1",
		"remote", json_from_text(remote), "brought_in",
		(json_int_t)sync->brought_in, "pushed",
		(json_int_t)sync->pushed, "rewritten", (int)sync->rewritten,
		"locks_released", (json_int_t)released, "tip", sync->tip);

	json_canonical(document, out);
}

int state_sync(const struct state_args *args, struct session *session,
	       struct error *err)
{
	const struct passwd *user = getpwuid(geteuid());
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(LIMIT_MESSAGE);
	struct store_sync sync = { 0 };
	size_t released;

	if (session_open_store(session, err))
		return -1;
	if (!store_has_remote(session->store))
		return no_remote(session, err);
	if (store_sync(session->store, &sync, err) ||
	    lock_sweep(session->store, user ? user->pw_name : "unknown",
		       &released, err))
		return -1;
	if (args->common.format == FORMAT_JSON)
		add_json(&text, store_remote(session->store), &sync, released);
	else
		add_text(&text, store_remote(session->store), &sync, released);
	print_result(&text);
	return EXIT_DONE;
}
