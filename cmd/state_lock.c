/* aback state lock and unlock: who holds what, and taking one away. */
#include "cmd/message.h"
#include "cmd/state.h"
#include "core/json.h"
#include "core/limits.h"
#include "core/terminal.h"
#include "state/lock.h"

static const char *state_name(const struct lock_info *info)
{
	if (!info->is_known)
		return "unknown";
	switch (info->state) {
	case HOLDER_ALIVE:
	case HOLDER_SELF:
		return "running";
	case HOLDER_DEAD:
		return "gone";
	case HOLDER_ELSEWHERE:
		break;
	}
	return "elsewhere";
}

/* What can be done about it, as a line of its own. */
static void add_next(const struct lock_info *info, struct strbuf *out)
{
	CLEANUP(strbuf_release)
	struct strbuf unlock = STRBUF_INIT(LIMIT_MESSAGE);

	if (info->is_known)
		holder_add_unlock(&info->holder, info->place, &unlock);
	else
		strbuf_addf(&unlock, "aback state unlock %s --holder unknown",
			    info->place);
	if (info->is_known && info->state == HOLDER_ALIVE)
		strbuf_adds(out, "  its process is running here\n");
	else if (info->is_unfinished)
		strbuf_addf(out, "  %s; next: aback resume %s\n",
			    info->state == HOLDER_DEAD
				    ? "its process is gone"
				    : "if its process is gone for good",
			    info->holder.change);
	else if (info->state == HOLDER_DEAD)
		strbuf_addf(out,
			    "  its process is gone: the next run here takes "
			    "it over, or: %s\n",
			    unlock.buf);
	else
		strbuf_addf(out,
			    "  whether it is running cannot be told from here; "
			    "if it is gone for good: %s\n",
			    unlock.buf);
}

static void add_lock(const struct session *session,
		     const struct lock_info *info, struct strbuf *out)
{
	CLEANUP(strbuf_release) struct strbuf raw = STRBUF_INIT(LIMIT_MESSAGE);

	strbuf_addf(&raw, "%s locked by ", info->place);
	if (info->is_known)
		holder_describe(&info->holder, &raw);
	else
		strbuf_adds(&raw, "something that aback did not write");
	if (store_has_remote(session->store))
		strbuf_addf(&raw, " (%s)",
			    !info->is_there  ? "only in this repository"
			    : !info->is_here ? "on the remote"
					     : "here and on the remote");
	strbuf_addc(&raw, '\n');
	add_next(info, &raw);
	terminal_escape(out, raw.buf, true);
}

static json_t *lock_json(const struct lock_info *info)
{
	const struct holder *holder = &info->holder;
	json_t *process =
		info->is_known ? json_integer(holder->pid) : json_null();

	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:b, s:b, s:s, s:b}",
			 "place", json_from_text(info->place), "holder",
			 json_from_text(holder->holder), "host",
			 json_from_text(holder->host), "process", process,
			 "since", json_from_text(holder->since), "change",
			 json_from_text(holder->change), "here",
			 (int)info->is_here, "remote", (int)info->is_there,
			 "state", state_name(info), "unfinished",
			 (int)info->is_unfinished);
}

static void render(const struct session *session,
		   const struct lock_infos *infos, struct strbuf *out)
{
	CLEANUP(json_release) json_t *locks = json_array();
	CLEANUP(json_release) json_t *document = NULL;

	if (session->args->format != FORMAT_JSON) {
		for (size_t i = 0; i < infos->len; i++)
			add_lock(session, &infos->items[i], out);
		return;
	}
	for (size_t i = 0; i < infos->len; i++)
		(void)json_array_append_new(locks, lock_json(&infos->items[i]));
	document = json_pack("{s:s, s:O}", "format", "aback-locks/1", "locks",
			     locks);
	json_canonical(document, out);
}

static void release_infos(struct lock_infos *infos)
{
	lock_infos_release(infos);
}

int state_lock(const struct state_args *args, struct session *session,
	       struct error *err)
{
	CLEANUP(release_infos) struct lock_infos infos = { 0 };
	CLEANUP(error_release) struct error unasked = ERROR_INIT;
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT(LIMIT_RENDERED);

	(void)args;
	if (session_open_fresh_store(session, err) ||
	    lock_list(session->store, &infos, &unasked, err))
		return -1;
	if (error_is_set(&unasked))
		warn("locks on the remote are not listed: it cannot be "
		     "reached");
	render(session, &infos, &text);
	print_result(&text);
	if (!infos.len)
		note("nothing is locked");
	return EXIT_DONE;
}

static void release_info(struct lock_info *info)
{
	lock_info_release(info);
}

int state_unlock(const struct state_args *args, struct session *session,
		 struct error *err)
{
	CLEANUP(release_info) struct lock_info info = { 0 };
	CLEANUP(strbuf_release) struct strbuf raw = STRBUF_INIT(LIMIT_MESSAGE);
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(LIMIT_MESSAGE);
	const struct words *words = &args->common.words;

	if (words->len < 2 || !args->holder) {
		(void)error_set(err, ERR_USAGE,
				"'aback state unlock' needs "
				"%s",
				words->len < 2 ? "the place that is locked"
					       : "--holder NAME, the name of "
						 "who holds the lock");
		error_hint(err, "both stand in what this prints: aback state "
				"lock");
		return -1;
	}
	if (session_open_store(session, err) ||
	    lock_break(session->store, words->items[1], args->holder, &info,
		       err))
		return -1;
	mark_changed();
	if (args->common.format == FORMAT_JSON) {
		CLEANUP(json_release) json_t *document = lock_json(&info);

		(void)json_object_set_new(document, "format",
					  json_string("aback-unlock/1"));
		json_canonical(document, &text);
	} else {
		strbuf_addf(&raw, "unlocked %s, which was locked by ",
			    info.place);
		if (info.is_known)
			holder_describe(&info.holder, &raw);
		else
			strbuf_adds(&raw, "something that aback did not write");
		terminal_escape(&text, raw.buf, false);
		strbuf_addc(&text, '\n');
	}
	print_result(&text);
	if (info.is_unfinished)
		note("change %s is still unfinished; next: aback resume %s",
		     info.holder.change, info.holder.change);
	return EXIT_DONE;
}
