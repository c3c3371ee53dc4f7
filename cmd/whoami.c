#include <stddef.h>
#include <string.h>

#include "cmd/command.h"
#include "cmd/message.h"
#include "cmd/session.h"
#include "core/clock.h"
#include "core/limits.h"
#include "core/mem.h"
#include "core/terminal.h"

struct whoami_args {
	struct common_args common;
};

static const struct option_row rows[] = { { .name = NULL } };

static void caller_release(struct aws_caller *caller)
{
	aws_caller_release(caller);
}

/* Who AWS says we are, and what of our settings made us so. */
static int ask(struct session *session, json_t **ret_answer, struct error *err)
{
	const struct aws_place here = { .region = NULL };
	CLEANUP(caller_release) struct aws_caller caller = { .arn = NULL };
	struct aws_identity identity;
	struct aws_session *aws;
	char until[CLOCK_TEXT_MAX];

	if (session_open_client(session, err) ||
	    aws_session_open(session->aws, &here, &aws, err) ||
	    aws_session_caller(aws, &caller, err))
		return -1;
	identity = aws_identity(session->aws);
	*ret_answer = json_pack(
		"{s:s, s:o, s:o, s:o, s:o, s:s, s:o, s:O}", "account",
		caller.account, "arn", json_from_text(caller.arn), "user_id",
		json_from_text(caller.user_id), "source",
		json_from_text(identity.source), "access_key_id",
		json_from_text(identity.access_key), "region",
		aws_session_region(aws), "expires_at",
		json_from_text(
			identity.expires_at
				? clock_rfc3339(identity.expires_at, until)
				: NULL),
		"looked_at", identity.looked_at);
	return 0;
}

#define LABEL_WIDTH 11

static void add_line(struct strbuf *out, const char *label, const char *text)
{
	if (!text)
		return;
	strbuf_addf(out, "%-*s ", LABEL_WIDTH, label);
	terminal_escape(out, text, false);
	strbuf_addc(out, '\n');
}

/* "not the environment, not a role of the profile, the credentials file" */
static void add_looked_at(const json_t *list, unsigned width,
			  struct strbuf *out)
{
	CLEANUP(strbuf_release) struct strbuf safe = STRBUF_INIT(LIMIT_MESSAGE);
	CLEANUP(strbuf_release) struct strbuf line = STRBUF_INIT(LIMIT_MESSAGE);
	size_t i;
	const json_t *entry;

	json_array_foreach(list, i, entry)
		strbuf_addf(&line, "%s%s%s", i ? ", " : "",
			    json_is_true(json_object_get(entry, "found"))
				    ? ""
				    : "not ",
			    json_text(entry, "source"));
	terminal_escape(&safe, line.buf, false);
	strbuf_addf(out, "%-*s ", LABEL_WIDTH, "looked at");
	terminal_wrap(out, safe.buf, width, LABEL_WIDTH + 1, LABEL_WIDTH + 1);
	strbuf_addc(out, '\n');
}

static void print_text(const struct session *session, const json_t *answer)
{
	static const char *const lines[][2] = {
		{ "account", "account" },
		{ "arn", "arn" },
		{ "region", "region" },
		{ "credentials", "source" },
		{ "access key", "access_key_id" },
		{ "until", "expires_at" },
	};
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(LIMIT_MESSAGE);

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		add_line(&text, lines[i][0], json_text(answer, lines[i][1]));
	add_looked_at(json_object_get(answer, "looked_at"),
		      session_style(session).width, &text);
	print_result(&text);
}

static int run(const void *untyped, struct error *err)
{
	const struct whoami_args *args = untyped;
	CLEANUP(session_release)
	struct session session = { .args = &args->common };
	CLEANUP(json_release) json_t *answer = NULL;

	if (ask(&session, &answer, err))
		return -1;
	if (args->common.format == FORMAT_JSON) {
		CLEANUP(strbuf_release)
		struct strbuf text = STRBUF_INIT(LIMIT_MESSAGE);

		json_canonical(answer, &text);
		print_result(&text);
	} else {
		print_text(&session, answer);
	}
	return EXIT_DONE;
}

extern const struct command command_whoami;
const struct command command_whoami = {
	.name = "whoami",
	.summary = "say which credentials are used, and why",
	.synopsis = "[--format text|json]",
	.about = "Finds credentials as the AWS SDKs do and asks AWS whose they "
		 "are. Says which source decided and which ones before it had "
		 "none; never a secret. The roles of aback.yaml's targets are "
		 "assumed with these credentials.\n\n"
		 "The order: the environment, a role of the profile, a web "
		 "identity, single sign-on, the credentials file, a credential "
		 "process, the config file, a container's endpoint, the "
		 "instance's role.",
	.examples = "aback whoami\n"
		    "AWS_PROFILE=prod aback whoami --format json",
	.flags = HAS_FORMAT,
	.args_size = sizeof(struct whoami_args),
	.options = rows,
	.run = run,
};
