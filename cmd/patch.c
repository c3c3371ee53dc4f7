#include "cmd/patch.h"

#include <string.h>

#include "cmd/message.h"
#include "core/file.h"
#include "core/limits.h"
#include "core/mem.h"
#include "plans/desired_patch.h"
#include "plans/hold.h"

static void release_holds(struct holds *holds)
{
	holds_release(holds);
}

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

static int write_patch(const struct session *session, const char *change_id,
		       struct error *err)
{
	const char *path = session->desired->path;
	const char *slash = strrchr(path, '/');
	CLEANUP(free_ptr) char *name = xasprintf("backout-%s.patch", change_id);
	CLEANUP(free_ptr) char *to = file_beside(path, name);
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT(LIMIT_DESIRED_FILE);
	CLEANUP(strbuf_release)
	struct strbuf patch = STRBUF_INIT(LIMIT_DESIRED_FILE);
	CLEANUP(strbuf_release)
	struct strbuf why = STRBUF_INIT(LIMIT_DESIRED_FILE);
	CLEANUP(release_holds) struct holds holds = { 0 };

	if (file_read(path, LIMIT_DESIRED_FILE, &text, err) ||
	    holds_load(session->store, &holds, err))
		return -1;
	desired_patch(session->desired, slash ? slash + 1 : path, text.buf,
		      text.len, &holds, change_id, &patch, &why);
	tell_lines("not in a patch: ", &why);
	if (!patch.len)
		return 0;
	if (file_write(to, patch.buf, patch.len, 0644, err))
		return -1;
	note("what was restored is held; to make %s ask for it too:", path);
	note("  patch %s %s", path, to);
	return 0;
}

void offer_patch(const struct session *session, const char *change_id)
{
	CLEANUP(error_release) struct error err = ERROR_INIT;
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(LIMIT_MESSAGE);

	if (!session->desired)
		return;
	if (write_patch(session, change_id, &err)) {
		error_message(&err, &text);
		warn("no patch for %s: %s", session->desired->path, text.buf);
	}
}
