/* Change records on stdout, in the format that was asked for. */
#include "cmd/message.h"
#include "cmd/session.h"
#include "core/json.h"
#include "core/limits.h"
#include "plans/history.h"
#include "plans/verify.h"
#include "state/journal.h"
#include "state/record.h"

static void print_view(const struct session *session,
		       const struct change_view *view)
{
	struct render_style style = session_style(session);
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT(LIMIT_RENDERED);
	CLEANUP(json_release) json_t *whole = NULL;

	switch ((enum format)session->args->format) {
	case FORMAT_TEXT:
		render_change_text(view, &style, &text);
		break;
	case FORMAT_JSON:
		whole = render_change_json(view);
		json_canonical(whole, &text);
		break;
	case FORMAT_MARKDOWN:
		render_change_markdown(view, &text);
		break;
	case FORMAT_HTML:
		render_change_html(view, &text);
		break;
	}
	print_result(&text);
}

static void release_record(struct record *record)
{
	record_release(record);
}

int session_print_change(const struct session *session, const char *id,
			 struct error *err)
{
	CLEANUP(release_record) struct record record = { 0 };
	CLEANUP(plan_cleanup) struct plan *plan = NULL;
	CLEANUP(strbuf_release)
	struct strbuf bytes = STRBUF_INIT(LIMIT_PLAN_FILE);
	CLEANUP(json_release) json_t *prior = NULL;
	CLEANUP(json_release) json_t *journal = NULL;
	CLEANUP(json_release) json_t *verified = NULL;
	CLEANUP(json_release) json_t *confirm = NULL;
	struct change_view view = { 0 };

	if (record_load(session->store, id, &record, err) ||
	    record_plan(session->store, record.id, &bytes, err) ||
	    plan_parse_recorded(record.id, bytes.buf, bytes.len, &plan, err) ||
	    record_prior(session->store, record.id, &prior, err) ||
	    journal_read(session->store, record.id, &journal, err) ||
	    proof_summary(session->store, record.id, &verified, err) ||
	    history_confirm(session->store, &record, &confirm, err))
		return -1;
	view = (struct change_view){ &record, plan,     prior,
				     journal, verified, confirm };
	print_view(session, &view);
	return 0;
}
