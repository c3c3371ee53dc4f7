/* aback state fsck: what the check found, as text and as JSON. */
#include "cmd/message.h"
#include "cmd/state.h"
#include "core/json.h"
#include "core/limits.h"
#include "core/terminal.h"
#include "state/fsck.h"

static const char *plural(json_int_t n)
{
	return n == 1 ? "" : "s";
}

static void add_finding(struct strbuf *out, const json_t *finding)
{
	static const char *const keys[] = { "commit", "path", "expected",
					    "found" };

	strbuf_adds(out, "damage: ");
	terminal_escape(out, json_text(finding, "problem"), false);
	strbuf_addc(out, '\n');
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		const char *text = json_text(finding, keys[i]);

		if (!text)
			continue;
		strbuf_addf(out, "  %s: ", keys[i]);
		terminal_escape(out, text, false);
		strbuf_addc(out, '\n');
	}
	if (json_text(finding, "remedy")) {
		strbuf_adds(out, "  next: ");
		terminal_escape(out, json_text(finding, "remedy"), false);
		strbuf_addc(out, '\n');
	}
}

/* "; 7 well signed, 1 unsigned, 1 accepted" */
static void add_signed(const json_t *report, struct strbuf *out)
{
	static const struct {
		const char *key, *words;
	} counts[] = { { "signed", "well signed" },
		       { "unsigned", "unsigned" },
		       { "accepted", "accepted" } };

	for (size_t i = 0; i < ARRAY_SIZE(counts); i++) {
		json_int_t n = json_integer_value(
			json_object_get(report, counts[i].key));

		if (n || !i)
			strbuf_addf(out, "%s %lld %s", i ? "," : ";",
				    (long long)n, counts[i].words);
	}
}

static void render(const json_t *report, struct strbuf *out)
{
	json_t *damage = json_object_get(report, "damage");
	size_t found = json_array_size(damage);
	json_t *item;
	size_t i;

	json_array_foreach(damage, i, item)
		add_finding(out, item);
	json_array_foreach(json_object_get(report, "notes"), i, item) {
		strbuf_adds(out, "note: ");
		terminal_escape(out, json_string_value(item), false);
		strbuf_addc(out, '\n');
	}
	terminal_escape(out, json_text(report, "store"), false);
	for (size_t k = 0; k < 4; k++) {
		static const char *const names[] = { "commit", "change",
						     "review", "object" };
		static const char *const keys[] = { "commits", "changes",
						    "reviews", "objects" };
		json_int_t n =
			json_integer_value(json_object_get(report, keys[k]));

		strbuf_addf(out, "%s %lld %s%s", k ? "," : ":", (long long)n,
			    names[k], plural(n));
	}
	if (json_is_integer(json_object_get(report, "signed")))
		add_signed(report, out);
	if (found)
		strbuf_addf(out, "; %zu problem%s\n", found,
			    plural((json_int_t)found));
	else
		strbuf_adds(out, "; nothing is wrong\n");
}

static void release_fsck(struct fsck *fsck)
{
	fsck_release(fsck);
}

/* A store that cannot be opened is damaged, unless there is none. */
static int check(const struct state_args *args, struct session *session,
		 struct fsck *fsck, struct error *err)
{
	CLEANUP(error_release) struct error why = ERROR_INIT;

	if (session_open_store(session, &why)) {
		if (why.code != ERR_STATE) {
			error_copy(err, &why);
			return -1;
		}
		fsck_add_unopened(fsck, &why);
		return 0;
	}
	fsck->store = session->store;
	fsck->accept = args->accept.items;
	fsck->accept_len = args->accept.len;
	if (fsck_run(fsck, err))
		return -1;
	return args->signers && fsck->tip
		       ? fsck_signatures(fsck, args->signers, err)
		       : 0;
}

int state_fsck(const struct state_args *args, struct session *session,
	       struct error *err)
{
	CLEANUP(release_fsck) struct fsck fsck = { 0 };
	CLEANUP(json_release) json_t *report = NULL;
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT(LIMIT_RENDERED);
	const char *path = args->common.state;

	fsck_init(&fsck, NULL);
	if (check(args, session, &fsck, err))
		return -1;
	if (session->store)
		path = store_path(session->store);
	else if (!path && session->desired)
		path = session->desired->repository;
	report = fsck_report(&fsck, path);
	if (args->common.format == FORMAT_JSON)
		json_canonical(report, &text);
	else
		render(report, &text);
	print_result(&text);
	return json_array_size(fsck.damage) ? EXIT_FOUND : EXIT_DONE;
}
