#include "cmd/patch.h"

#include <string.h>

#include "cmd/message.h"
#include "core/file.h"
#include "core/limits.h"
#include "core/mem.h"
#include "plans/desired_patch.h"
#include "plans/hold.h"
#include "plans/plan.h"

/* Each line as a note; the first ones of those that belong together say so. */
static void tell_lines(const char *what, const struct strbuf *lines)
{
	for (const char *line = lines->buf; *line;) {
		const size_t len = strcspn(line, "\n");
		const bool goes_on = *line == ' ' || *line == '-';

		note("%s%.*s", goes_on ? "  " : what, (int)len, line);
		line += len + (line[len] == '\n');
	}
}

/* A patch, of which holds, under which name, and why it is offered. */
struct offer {
	const struct session *session;
	struct holds holds;
	const char *change_id; /* of the holds */
	const char *rule_name;
	const char *to;
	const char *note; /* with a place for the desired file's path */
};

static int write_patch(const struct offer *offer, struct error *err)
{
	const struct desired *desired = offer->session->desired;
	const char *slash = strrchr(desired->path, '/');
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT(LIMIT_DESIRED_FILE);
	CLEANUP(strbuf_release)
	struct strbuf patch = STRBUF_INIT(LIMIT_DESIRED_FILE);
	CLEANUP(strbuf_release)
	struct strbuf why = STRBUF_INIT(LIMIT_DESIRED_FILE);
	CLEANUP(strbuf_release)
	struct strbuf command = STRBUF_INIT(LIMIT_MESSAGE);

	if (file_read(desired->path, LIMIT_DESIRED_FILE, &text, err))
		return -1;
	desired_patch(desired, slash ? slash + 1 : desired->path, text.buf,
		      text.len, &offer->holds, offer->change_id,
		      offer->rule_name, &patch, &why);
	tell_lines("not in a patch: ", &why);
	if (!patch.len)
		return 0;
	if (file_write(offer->to, patch.buf, patch.len, 0644, err))
		return -1;
	session_add_word(&command, desired->path);
	strbuf_addc(&command, ' ');
	session_add_word(&command, offer->to);
	note("%s, to make %s ask for it too:", offer->note, desired->path);
	note("  patch %s", command.buf);
	return 0;
}

static void warn_of(const struct session *session, const struct error *err)
{
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(LIMIT_MESSAGE);

	error_message(err, &text);
	warn("no patch for %s: %s", session->desired->path, text.buf);
}

void offer_patch(const struct session *session, const char *change_id)
{
	CLEANUP(error_release) struct error err = ERROR_INIT;
	CLEANUP(free_ptr) char *file = xasprintf("backout-%s.patch", change_id);
	CLEANUP(free_ptr) char *rule = xasprintf("backed out by %s", change_id);
	CLEANUP(free_ptr) char *to = NULL;
	struct offer offer = { .session = session,
			       .change_id = change_id,
			       .rule_name = rule,
			       .note = "what was restored is held" };

	if (!session->desired)
		return;
	offer.to = to = file_beside(session->desired->path, file);
	if (holds_load(session->store, &offer.holds, &err) ||
	    write_patch(&offer, &err))
		warn_of(session, &err);
	holds_release(&offer.holds);
}

#define PLANNED "planned"

/* The holds that the plan will leave, once all of it is done. */
static void foresee_holds(const struct plan *plan, struct holds *holds)
{
	CLEANUP(json_release) json_t *done = json_array();
	CLEANUP(store_edits_release) struct store_edits edits = { 0 };

	for (size_t i = 0; i < plan->changes_len; i++)
		json_array_append_new(
			done,
			json_pack("{ss ss ss ss}", "target",
				  plan->changes[i].target, "address",
				  plan->changes[i].address, "setting",
				  plan->changes[i].setting, "state", "done"));
	holds_record(holds, plan, PLANNED, plan->created_by, plan->created_at,
		     NULL, done, &edits);
}

void offer_plan_patch(const struct session *session, const struct plan *plan,
		      const char *path)
{
	CLEANUP(error_release) struct error err = ERROR_INIT;
	CLEANUP(free_ptr) char *to = xasprintf("%s.patch", path);
	CLEANUP(free_ptr)
	char *rule =
		xasprintf("backout of %s",
			  plan->reverses ? plan->reverses : plan->created_at);
	struct offer offer = { .session = session,
			       .change_id = PLANNED,
			       .rule_name = rule,
			       .to = to,
			       .note = "with it" };

	if (!session->desired || !plan->changes_len)
		return;
	if (!holds_load(session->store, &offer.holds, &err))
		foresee_holds(plan, &offer.holds);
	if (error_is_set(&err) || write_patch(&offer, &err))
		warn_of(session, &err);
	holds_release(&offer.holds);
}
