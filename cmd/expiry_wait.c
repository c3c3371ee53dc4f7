/* An apply that stays until its change is confirmed, or its time is over. */
#include "cmd/command.h"
#include "cmd/expiry.h"
#include "cmd/message.h"
#include "core/clock.h"
#include "core/limits.h"
#include "core/mem.h"
#include "plans/confirm.h"

#define TICK_MS 250            /* between looks at the own store */
#define FETCH_MS INT64_C(5000) /* and at what others pushed */
#define RETRY_MS 2000

static void release_record(struct record *record)
{
	record_release(record);
}

static void release_confirm(struct confirm *confirm)
{
	confirm_release(confirm);
}

struct waiting {
	const struct session *session;
	const char *id;
	int64_t by;
	int64_t fetched_ms;
	bool told; /* that it does not work now */
	bool ours; /* it was seen to here */
};

static int look(struct waiting *waiting, struct confirm *ret_confirm,
		struct error *err)
{
	struct store *store = waiting->session->store;
	CLEANUP(release_record) struct record record = { 0 };
	CLEANUP(error_release) struct error ignored = ERROR_INIT;
	const int64_t now = clock_monotonic_ms();

	if (store_has_remote(store) && now >= waiting->fetched_ms + FETCH_MS) {
		/* before anything is decided it is fetched again, and must be
		 */
		(void)!store_fetch(store, &ignored);
		waiting->fetched_ms = clock_monotonic_ms();
	}
	if (record_load(store, waiting->id, &record, err))
		return -1;
	return confirm_read(store, &record, clock_onward_ms() / 1000,
			    ret_confirm, err);
}

static void count_down(const struct waiting *waiting)
{
	CLEANUP(free_ptr) char *text = NULL;
	int64_t left = waiting->by - clock_onward_ms() / 1000;

	if (left < 0)
		left = 0;
	text = xasprintf("waits for 'aback confirm %s': %lldm%02llds left",
			 waiting->id, (long long)(left / 60),
			 (long long)(left % 60));
	status_line(text);
}

static void announce(const struct waiting *waiting)
{
	CLEANUP(strbuf_release)
	struct strbuf options = STRBUF_INIT(LIMIT_MESSAGE);
	char by[CLOCK_TEXT_MAX];

	session_add_options(waiting->session, &options);
	warn("the change is backed out at %s unless it is confirmed before "
	     "with:",
	     clock_rfc3339(waiting->by, by));
	warn("  aback confirm %s%s", waiting->id, options.buf);
}

void expiry_announce(const struct session *session, const char *change_id)
{
	struct waiting waiting = { .session = session,
				   .id = change_id,
				   .fetched_ms = clock_monotonic_ms() };
	CLEANUP(error_release) struct error ignored = ERROR_INIT;
	CLEANUP(release_confirm) struct confirm confirm = { 0 };

	/* a store that cannot be read is told by who needs it */
	if (look(&waiting, &confirm, &ignored) || confirm.state != CONFIRM_OPEN)
		return;
	waiting.by = confirm.by;
	announce(&waiting);
}

static int left_alone(const struct waiting *waiting)
{
	char by[CLOCK_TEXT_MAX];

	status_line(NULL);
	warn("nobody waits here any more, and the change %s still has to be "
	     "confirmed by %s; after that the next aback that writes the "
	     "state repository backs it out, or: aback confirm --expired",
	     waiting->id, clock_rfc3339(waiting->by, by));
	return EXIT_INTERRUPTED;
}

/* May it work in a while? */
static bool may_pass(const struct error *err)
{
	switch (err->code) {
	case ERR_LOCKED:
	case ERR_UNFINISHED:
	case ERR_STALE:
	case ERR_REMOTE:
	case ERR_NETWORK:
	case ERR_INCOMPLETE:
		return true;
	default:
		return false;
	}
}

/* 1: it is over; 0: try again later; -1: it cannot be done from here. */
static int try_to_expire(struct waiting *waiting, struct error *err)
{
	CLEANUP(error_release) struct error why = ERROR_INIT;
	struct expired expired;

	status_line(NULL);
	if (!expiry_one(waiting->session, waiting->id, &expired, &why)) {
		waiting->ours = !expired.by_others;
		return 1;
	}
	if (!may_pass(&why)) {
		error_copy(err, &why);
		error_hint(err, "it stays to be done: aback confirm --expired");
		return error_wrap(err, "the change %s is not backed out",
				  waiting->id);
	}
	if (!waiting->told)
		expiry_warn(waiting->id, &why);
	waiting->told = true;
	clock_sleep_ms(RETRY_MS);
	return 0;
}

/* Another one was first, while this process or its machine stood still. */
static int undone(const struct waiting *waiting, const struct confirm *confirm)
{
	const char *by = json_text(confirm->verdict, "by");
	const char *backout = json_text(confirm->undone, "backout");

	status_line(NULL);
	if (waiting->ours || !confirm->verdict)
		return EXIT_NOT_DONE; /* and was told */
	warn("the change %s was backed out by %s: it was not confirmed in time",
	     waiting->id, by ? by : "somebody");
	if (backout)
		warn("  aback show %s", backout);
	return EXIT_NOT_DONE;
}

static int kept(const struct confirm *confirm, const char *id, int rc)
{
	const char *by = json_text(confirm->verdict, "by");

	status_line(NULL);
	note("the change %s is kept: confirmed by %s", id,
	     by ? by : "somebody");
	return rc;
}

int expiry_wait(const struct session *session, const char *change_id, int rc,
		struct error *err)
{
	struct waiting waiting = { .session = session,
				   .id = change_id,
				   .fetched_ms = clock_monotonic_ms() };
	bool told = false;

	for (;;) {
		CLEANUP(release_confirm) struct confirm confirm = { 0 };
		int over;

		if (look(&waiting, &confirm, err))
			return -1;
		waiting.by = confirm.by;
		switch (confirm.state) {
		case CONFIRM_NONE:
			return rc;
		case CONFIRM_KEPT:
			return kept(&confirm, change_id, rc);
		case CONFIRM_UNDONE:
			return undone(&waiting, &confirm);
		case CONFIRM_OPEN:
			break;
		case CONFIRM_DUE:
			if (interrupted)
				return left_alone(&waiting);
			over = try_to_expire(&waiting, err);
			if (over < 0)
				return -1;
			continue;
		}
		if (!told)
			announce(&waiting);
		told = true;
		if (interrupted)
			return left_alone(&waiting);
		count_down(&waiting);
		clock_sleep_ms(TICK_MS);
	}
}
