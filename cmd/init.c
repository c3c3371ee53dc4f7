#include "plans/init.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/command.h"
#include "cmd/message.h"
#include "cmd/session.h"
#include "core/file.h"
#include "core/limits.h"
#include "core/mem.h"
#include "plans/gate.h"
#include "plans/live.h"
#include "state/gate_here.h"
#include "state/remote.h"

struct init_args {
	struct common_args common;
	bool from_live;
	bool gate;
};

static const struct option_row rows[] = {
	{ .name = "from-live",
	  .type = OPTION_FLAG,
	  .offset = offsetof(struct init_args, from_live),
	  .help = "write what is live now, as rules, instead of a baseline" },
	{ .name = "gate",
	  .type = OPTION_FLAG,
	  .offset = offsetof(struct init_args, gate),
	  .help = "pin branch and remote of this git repository in the store: "
		  "from then on apply wants plans that were merged there" },
	{ .name = NULL },
};

/* Who and where we are: account and region of the default credentials. */
static int find_target(struct session *session, struct target *ret_target,
		       struct error *err)
{
	const struct aws_place here = { .region = NULL };
	struct aws_session *aws;
	struct aws_caller caller = { .arn = NULL };

	if (session_open_client(session, err) ||
	    aws_session_open(session->aws, &here, &aws, err) ||
	    aws_session_caller(aws, &caller, err))
		return -1;
	*ret_target = (struct target){
		.name = xstrdup("prod"),
		.account_id = xstrdup(caller.account),
		.region = xstrdup(aws_session_region(aws)),
	};
	aws_caller_release(&caller);
	return 0;
}

/* aback.yaml out of what is live in the account that we are in. */
static int write_live(struct session *session, struct strbuf *out,
		      struct error *err)
{
	struct live_wanted everything = { .references = true };
	CLEANUP(target_release) struct target target = { 0 };
	CLEANUP(live_cleanup) struct live *live = NULL;

	for (enum kind kind = 0; kind < KIND_COUNT; kind++)
		everything.kinds[kind] = true;
	if (find_target(session, &target, err) ||
	    places_open(session->aws, &target, 1, NULL, &session->places,
			err) ||
	    live_read(session->aws, &session->places, &everything, &live, err))
		return -1;
	init_from_live(live, &target, 1, out);
	return 0;
}

/* The region that the SDKs would use; NULL: none, or no name of one. */
static const char *region_here(void)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
	const char *region = getenv("AWS_REGION");

	if (!region || !*region)
		region = getenv("AWS_DEFAULT_REGION");
	return region && *region && !region[strspn(region, letters)] ? region
								     : NULL;
}

static int make_file(struct session *session, const struct init_args *args,
		     const char *path, struct error *err)
{
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT(LIMIT_DESIRED_FILE);

	if (!access(path, F_OK)) {
		note("'%s' is there already and stays as it is", path);
		return 0;
	}
	if (errno != ENOENT)
		return error_errno(err, ERR_IO, "cannot look at '%s'", path);
	if (!args->from_live)
		init_baseline(NULL, region_here(), &text);
	else if (write_live(session, &text, err))
		return -1;
	if (file_write(path, text.buf, text.len, 0644, err))
		return -1;
	strbuf_clear(&text);
	strbuf_addf(&text, "made %s\n", path);
	mark_changed();
	print_result(&text);
	return 0;
}

static int make_store(const char *path, const char *remote, struct error *err)
{
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(LIMIT_MESSAGE);
	bool made = false;

	if (remote ? store_init_remote(path, remote, &made, err)
		   : store_init(path, &made, err))
		return -1;
	if (!made) {
		note("'%s' is there already and stays as it is", path);
		return 0;
	}
	strbuf_addf(&text, "made %s\n", path);
	mark_changed();
	print_result(&text);
	return 0;
}

/* A variable that is set to something, or NULL. */
static const char *variable(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

static int pin_gate(struct session *session, struct error *err)
{
	CLEANUP(gate_pin_release) struct gate_pin pin = { 0 };
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(LIMIT_MESSAGE);
	bool made = false;

	if (!session->desired->remote) {
		(void)error_set(err, ERR_GATE,
				"a gate needs 'state.remote' in '%s': only a "
				"store that all share can tell that a plan "
				"has run before",
				session->desired->path);
		return -1;
	}
	if (remote_is_relative(session->desired->remote)) {
		(void)error_set(err, ERR_GATE,
				"state.remote is '%s' in '%s', which is "
				"another place from each folder",
				session->desired->remote,
				session->desired->path);
		error_hint(err, "name it by a URL or an absolute path");
		return -1;
	}
	if (gate_pin_here(session->desired->path,
			  variable(GATE_BRANCH_VARIABLE),
			  variable(GATE_REMOTE_VARIABLE), &pin, err) ||
	    session_open_fresh_store(session, err) ||
	    gate_pin_save(session->store, &pin, &made, err))
		return -1;
	strbuf_addf(&text, "%s the gate: '%s' of the branch '%s' at %s\n",
		    made ? "pinned" : "as before,", pin.desired, pin.branch,
		    pin.remote);
	mark_changed();
	print_result(&text);
	return 0;
}

static int run(const void *untyped, struct error *err)
{
	const struct init_args *args = untyped;
	const char *path = args->common.file ? args->common.file : DESIRED_FILE;
	const char *repository = args->common.state;
	const char *remote = NULL;
	CLEANUP(session_release)
	struct session session = { .args = &args->common };

	if (make_file(&session, args, path, err) ||
	    session_load_desired(&session, NULL, err))
		return -1;
	if (!repository) {
		repository = session.desired->repository;
		remote = session.desired->remote;
	}
	if (!repository) {
		note("'%s' names no state.repository, so none was made", path);
		return EXIT_DONE;
	}
	if (make_store(repository, remote, err) ||
	    (args->gate && pin_gate(&session, err)))
		return -1;
	note("next: look at %s, then: aback plan", path);
	return EXIT_DONE;
}

extern const struct command command_init;
const struct command command_init = {
	.name = "init",
	.summary = "make aback.yaml and the state repository where missing",
	.synopsis = "[--from-live] [--gate]",
	.about = "Makes what is missing and overwrites nothing: a commented "
		 "aback.yaml with a baseline of security settings, and the "
		 "state repository that it names.\n\n"
		 "With --from-live the file says what is live now in the "
		 "account and region of your credentials, so that its plan is "
		 "empty; tighten it from there. Without it, AWS is not "
		 "called.\n\n"
		 "With --gate the store remembers which branch of which "
		 "remote plans are reviewed on: those of the git repository "
		 "around aback.yaml, unless ABACK_GATE_BRANCH and "
		 "ABACK_GATE_REMOTE say otherwise. Nothing in aback.yaml can "
		 "move it afterwards.",
	.examples = "aback init\n"
		    "AWS_PROFILE=prod aback init --from-live\n"
		    "aback init --gate",
	.args_size = sizeof(struct init_args),
	.options = rows,
	.run = run,
};
