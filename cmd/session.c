#include "cmd/session.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/message.h"
#include "cmd/passphrase.h"
#include "core/file.h"
#include "core/limits.h"
#include "core/mem.h"
#include "core/nearest.h"
#include "core/terminal.h"
#include "plans/only.h"
#include "plans/policy.h"
#include "state/gate_branch.h"

/* What was to be done was done; whoever comes next finds the lock. */
static void warn_still_locked(const struct session *session)
{
	const char *why =
		session->store ? store_still_locked(session->store) : NULL;

	if (why)
		warn("%s; the next run here takes it over, or: aback state "
		     "sync",
		     why);
}

void session_release(struct session *session)
{
	warn_still_locked(session);
	places_release(&session->places);
	aws_free(session->aws);
	store_free(session->store);
	desired_free(session->desired);
	*session = (struct session){ 0 };
}

static void error_list_cleanup(struct error_list *list)
{
	error_list_release(list);
}

static bool is_wanted(const struct words *names, const char *name)
{
	for (size_t i = 0; i < names->len; i++) {
		if (!strcmp(names->items[i], name))
			return true;
	}
	return !names->len;
}

static int check_target(const struct desired *desired, const char *name,
			struct error *err)
{
	struct nearest nearest = nearest_to(name);

	for (size_t i = 0; i < desired->targets_len; i++) {
		if (!strcmp(desired->targets[i].name, name))
			return 0;
		nearest_offer(&nearest, desired->targets[i].name);
	}
	(void)error_set(err, ERR_USAGE, "'%s' has no target '%s'",
			desired->path, name);
	if (nearest_best(&nearest))
		error_hint(err, "did you mean '%s'?", nearest_best(&nearest));
	else
		error_hint(err, "its first target is '%s'",
			   desired->targets[0].name);
	return -1;
}

/* Keep the targets that --target names. Their texts belong to the arena. */
static int keep_targets(struct desired *desired, const struct words *names,
			struct error *err)
{
	size_t kept = 0;

	for (size_t i = 0; i < names->len; i++) {
		if (check_target(desired, names->items[i], err))
			return -1;
	}
	for (size_t i = 0; i < desired->targets_len; i++) {
		if (is_wanted(names, desired->targets[i].name))
			desired->targets[kept++] = desired->targets[i];
	}
	desired->targets_len = kept;
	return 0;
}

/* The desired state could not be read: is it the one that was meant? */
static void hint_file(const char *path, struct error *err)
{
	if (access(path, F_OK))
		error_hint(err, "name another with -f, or make it with: "
				"aback init");
	else
		error_hint(err, "name the desired state with -f");
}

int session_load_desired(struct session *session, const char *path,
			 struct error *err)
{
	CLEANUP(error_list_cleanup) struct error_list list = { 0 };

	if (session->args->file)
		path = session->args->file;
	if (!path)
		path = DESIRED_FILE;
	if (desired_load(path, &session->desired, &list, err)) {
		error_list_sort(&list);
		print_mistakes(&list);
		if (err->code == ERR_IO && !err->hint)
			hint_file(path, err);
		return -1;
	}
	return keep_targets(session->desired, &session->args->targets, err);
}

int session_find_desired(struct session *session, struct error *err)
{
	const struct common_args *args = session->args;

	if (!args->file && access(DESIRED_FILE, F_OK) && errno == ENOENT) {
		if (args->state)
			return 0;
		(void)error_set(err, ERR_NOT_FOUND,
				"there is no %s here to say where the state "
				"repository is",
				DESIRED_FILE);
		error_hint(err, "give --state PATH (a bare clone of it will "
				"do), or -f FILE");
		return -1;
	}
	return session_load_desired(session, NULL, err);
}

static bool is_same_file(const char *a, const char *b)
{
	struct stat x, y;

	return b && !stat(a, &x) && !stat(b, &y) && x.st_dev == y.st_dev &&
	       x.st_ino == y.st_ino;
}

int check_addresses(const struct words *addresses, bool needs_setting,
		    struct error *err)
{
	const struct planner_only texts = { addresses->items, addresses->len };
	CLEANUP(only_release) struct only parsed = { 0 };

	return only_parse(&texts, needs_setting, &parsed, err);
}

static int open_store(struct session *session, struct error *err)
{
	const struct desired *desired = session->desired;
	const char *path = session->args->state;

	/* another one than the desired state's has a remote of its own */
	if (path && !(desired && desired->remote &&
		      is_same_file(path, desired->repository)))
		return store_open_clone(path, &session->store, err);
	if (!path && desired)
		path = desired->repository;
	if (!path) {
		(void)error_set(err, ERR_NOT_FOUND,
				"nothing says where the state repository is");
		error_hint(err, "give --state PATH, or state.repository in %s",
			   desired ? desired->path : DESIRED_FILE);
		return -1;
	}
	return store_open(path, desired->remote, &session->store, err);
}

/* Say once what is waited for. */
static bool goes_on(void *ctx, const struct error *err)
{
	struct session *session = ctx;
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(LIMIT_MESSAGE);

	if (!session->waits) {
		session->waits = true;
		error_message(err, &text);
		note("waiting: %s", text.buf);
	}
	return !interrupted;
}

int session_open_store(struct session *session, struct error *err)
{
	if (open_store(session, err))
		return -1;
	store_on_wait(session->store, goes_on, session);
	return 0;
}

/* Bring in what others pushed; where that fails, say so and go on without. */
static void fetch(const struct session *session)
{
	CLEANUP(error_release) struct error why = ERROR_INIT;
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(LIMIT_MESSAGE);

	if (!store_has_remote(session->store) ||
	    !store_fetch(session->store, &why))
		return;
	error_message(&why, &text);
	warn("%s; reading the local copy, which may be older", text.buf);
}

int session_open_fresh_store(struct session *session, struct error *err)
{
	if (session_open_store(session, err))
		return -1;
	fetch(session);
	return 0;
}

int session_read_store(struct session *session, struct error *err)
{
	CLEANUP(error_release) struct error why = ERROR_INIT;
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(LIMIT_MESSAGE);

	if (session_open_store(session, &why)) {
		if (why.code != ERR_NOT_FOUND || session->args->state) {
			error_copy(err, &why);
			return -1;
		}
		error_message(&why, &text);
		note("note: %s; so no holds are known", text.buf);
		return 0;
	}
	fetch(session);
	return 0;
}

int session_open_client(struct session *session, struct error *err)
{
	struct aws_options options = {
		.user_agent = "aback/" ABACK_VERSION,
		.interrupted = &interrupted,
		.ask_code = passphrase_ask_code,
		.trace = is_verbose() ? trace_request : NULL,
	};

	return aws_new(&options, &session->aws, err);
}

int session_open_aws(struct session *session, const struct target *targets,
		     size_t targets_len, struct error *err)
{
	if (session_open_client(session, err))
		return -1;
	return places_open(session->aws, targets, targets_len, NULL,
			   &session->places, err);
}

struct render_style session_style(const struct session *session)
{
	return (struct render_style){
		.color = terminal_color((enum color_choice)session->args->color,
					STDOUT_FILENO),
		.width = terminal_width(STDOUT_FILENO),
	};
}

static void warn_each(const char *what, const json_t *texts)
{
	for (size_t i = 0; i < json_array_size(texts); i++)
		warn("%s: %s", what,
		     json_string_value(json_array_get(texts, i)));
}

void session_foresee(const struct session *session,
		     const struct desired *desired, struct plan *plan)
{
	json_decref(plan->foreseen);
	json_decref(plan->foreseen_back);
	plan->foreseen = desired ? policy_foresee(desired, plan) : json_array();
	plan->foreseen_back =
		desired ? policy_foresee_back(desired, plan) : json_array();
	if (session->args->format != FORMAT_JSON)
		return;
	warn_each("apply refuses it", plan->foreseen);
	warn_each("its backout is refused", plan->foreseen_back);
}

void session_print_plan(const struct session *session, const struct plan *plan,
			bool written)
{
	struct render_style style = session_style(session);
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT(LIMIT_RENDERED);

	style.brief = written && session->args->quiet;
	switch ((enum format)session->args->format) {
	case FORMAT_TEXT:
		render_plan_text(plan, &style, &text);
		break;
	case FORMAT_JSON:
		plan_write(plan, &text);
		break;
	case FORMAT_MARKDOWN:
		render_plan_markdown(plan, &text);
		break;
	case FORMAT_HTML:
		render_plan_html(plan, &text);
		break;
	}
	print_result(&text);
}

int session_check_plan(const struct plan *plan, struct error *err)
{
	if (plan->bytes.overflowed)
		return error_set(err, ERR_LIMIT,
				 "the plan is larger than %zu bytes",
				 LIMIT_PLAN_FILE);
	return 0;
}

int session_write_plan(const struct plan *plan, const char *path,
		       struct error *err)
{
	if (!strcmp(path, "-")) {
		(void)error_set(err, ERR_USAGE, "-o needs the name of a file");
		error_hint(err, "--format json writes the plan to stdout");
		return -1;
	}
	if (session_check_plan(plan, err))
		return -1;
	if (!file_write(path, plan->bytes.buf, plan->bytes.len, 0644, err))
		return 0;
	if (!err->hint)
		error_hint(err, "name a file that can be written with -o");
	return error_wrap(err, "cannot save the plan");
}

void session_add_word(struct strbuf *out, const char *word)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklm"
				    "nopqrstuvwxyz0123456789_./@%+=:,-";

	if (*word && !word[strspn(word, plain)]) {
		strbuf_adds(out, word);
		return;
	}
	strbuf_addc(out, '\'');
	for (; *word; word++) {
		if (*word == '\'')
			strbuf_adds(out, "'\\''");
		else
			strbuf_addc(out, *word);
	}
	strbuf_addc(out, '\'');
}

void session_add_options(const struct session *session, struct strbuf *out)
{
	const struct common_args *args = session->args;

	if (args->state) {
		strbuf_adds(out, " --state ");
		session_add_word(out, args->state);
	}
	if (args->file) {
		strbuf_adds(out, " -f ");
		session_add_word(out, args->file);
	}
}

bool session_gate(const struct session *session, char **ret_branch)
{
	CLEANUP(gate_pin_release) struct gate_pin pin = { 0 };
	CLEANUP(error_release) struct error err = ERROR_INIT;

	if (!session->store || gate_pin_load(session->store, &pin, &err) ||
	    !pin.branch)
		return false;
	*ret_branch = xstrdup(pin.branch);
	return true;
}

void session_note_plan(const struct session *session, const struct plan *plan,
		       const char *path)
{
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(LIMIT_MESSAGE);
	CLEANUP(strbuf_release)
	struct strbuf command = STRBUF_INIT(LIMIT_MESSAGE);
	CLEANUP(free_ptr) char *branch = NULL;

	render_plan_headline(plan, &text);
	if (!plan->steps_len) {
		note("plan written to %s: %s; there is nothing to apply", path,
		     text.buf);
		return;
	}
	session_add_word(&command, path);
	render_plan_allow(plan, &command);
	session_add_options(session, &command);
	note("plan written to %s: %s", path, text.buf);
	if (session_gate(session, &branch))
		note("once it is merged into '%s', apply it with:", branch);
	else
		note("apply it with:");
	note("  aback apply %s", command.buf);
}
