#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/command.h"
#include "cmd/key_file.h"
#include "cmd/message.h"
#include "cmd/session.h"
#include "core/file.h"
#include "core/limits.h"
#include "core/mem.h"
#include "plans/gate.h"
#include "plans/render.h"

struct sign_args {
	struct common_args common;
	const char *key;
	const char *name;
	bool yes;
};

static const struct option_row rows[] = {
	{ .name = "key",
	  .type = OPTION_TEXT,
	  .offset = offsetof(struct sign_args, key),
	  .argument = "FILE",
	  .help = "the private key (default ~/.config/aback/key)" },
	{ .name = "name",
	  .type = OPTION_TEXT,
	  .offset = offsetof(struct sign_args, name),
	  .argument = "NAME",
	  .help = "the key's name; not needed where gate.trusted_keys has the "
		  "key" },
	{ .name = "yes",
	  .type = OPTION_FLAG,
	  .offset = offsetof(struct sign_args, yes),
	  .help = "do not ask" },
	{ .name = NULL },
};

static void free_key(struct private_key **key)
{
	private_key_free(*key);
}

/* The public key that a file beside the desired file holds; false: none. */
static bool load_public(const struct desired *desired, const char *path,
			struct public_key *ret_key)
{
	CLEANUP(error_release) struct error ignored = ERROR_INIT;
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(64 * KIB);
	CLEANUP(free_ptr) char *beside = file_beside(desired->path, path);

	return !file_read(beside, 64 * KIB, &text, &ignored) &&
	       !public_key_parse(beside, text.buf, text.len, ret_key, &ignored);
}

/* What the gate calls the key; NULL: nobody trusts it there. Borrowed. */
static const char *trusted_name(const struct desired *desired,
				const struct private_key *key)
{
	struct public_key own, other;

	private_key_public(key, &own);
	for (size_t i = 0; desired && i < desired->gate.keys_len; i++) {
		const struct trusted_key *trusted = &desired->gate.keys[i];

		if (load_public(desired, trusted->path, &other) &&
		    public_key_equal(&own, &other))
			return trusted->name;
	}
	return NULL;
}

static int find_name(struct session *session, const struct sign_args *args,
		     const struct plan *plan, const struct private_key *key,
		     const char **ret_name, struct error *err)
{
	const char *path = json_text(plan->desired, "path");

	*ret_name = args->name;
	if (args->name)
		return 0;
	if (session_load_desired(session, path, err)) {
		error_hint(err, "say with --name what the key is called");
		return -1;
	}
	*ret_name = trusted_name(session->desired, key);
	if (*ret_name)
		return 0;
	(void)error_set(err, ERR_NOT_FOUND,
			"no key under gate.trusted_keys of '%s' is this one",
			session->desired->path);
	error_hint(err, "name it there, or say with --name what it is called");
	return -1;
}

static int ask(const struct sign_args *args, const struct plan *plan,
	       const struct session *session, const char *name,
	       struct error *err)
{
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(LIMIT_MESSAGE);
	CLEANUP(strbuf_release)
	struct strbuf page = STRBUF_INIT(LIMIT_RENDERED);
	struct render_style style = session_style(session);

	style.brief = args->yes;
	render_plan_text(plan, &style, &page);
	if (!session->args->quiet)
		print_for_people(&page);
	render_plan_headline(plan, &text);
	strbuf_addf(&text, ". Sign this plan as '%s'?", name);
	return ask_yes(args->yes, text.buf, err);
}

static int run(const void *untyped, struct error *err)
{
	const struct sign_args *args = untyped;
	const char *path = args->common.words.items[0], *name = NULL;
	CLEANUP(session_release)
	struct session session = { .args = &args->common };
	CLEANUP(plan_cleanup) struct plan *plan = NULL;
	CLEANUP(free_key) struct private_key *key = NULL;
	CLEANUP(free_ptr) char *key_path = key_file_path(args->key);
	CLEANUP(free_ptr) char *out = NULL;
	CLEANUP(strbuf_release)
	struct strbuf bytes = STRBUF_INIT(LIMIT_PLAN_FILE);
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(LIMIT_MESSAGE);

	if (plan_load(path, &bytes, &plan, err) ||
	    key_file_load(key_path, &key, err) ||
	    find_name(&session, args, plan, key, &name, err) ||
	    ask(args, plan, &session, name, err))
		return -1;
	out = xasprintf("%s.%s" GATE_SIGNATURE_SUFFIX, path, name);
	gate_sign(key, bytes.buf, bytes.len, &text);
	if (file_write(out, text.buf, text.len, 0644, err))
		return -1;
	strbuf_clear(&text);
	strbuf_addf(&text, "made %s\n", out);
	mark_changed();
	print_result(&text);
	note("next: commit it beside the plan");
	return EXIT_DONE;
}

extern const struct command command_sign;
const struct command command_sign = {
	.name = "sign",
	.summary = "sign a plan that you have reviewed, for the gate",
	.synopsis = "PLAN [--key FILE] [--name NAME] [--yes]",
	.about = "Shows the plan, asks, and writes PLAN.NAME.sig beside it: an "
		 "Ed25519 signature of exactly these bytes. NAME is the key's "
		 "name under gate.trusted_keys of aback.yaml. Commit it with "
		 "the plan; apply counts the signatures of distinct trusted "
		 "keys on the gate's branch, other than those of whoever "
		 "committed the plan.\n\n"
		 "A signature is good for one plan, and a plan runs once.",
	.examples = "aback sign plans/2026-11-24.json\n"
		    "aback sign plan.json --key ~/.ssh/id_ed25519 --name alice",
	.least = 1,
	.most = 1,
	.completes = COMPLETES_FILES,
	.args_size = sizeof(struct sign_args),
	.options = rows,
	.run = run,
};
