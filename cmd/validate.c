#include "cmd/command.h"
#include "cmd/message.h"
#include "cmd/session.h"
#include "core/limits.h"

struct validate_args {
	struct common_args common;
};

static const struct option_row rows[] = { { .name = NULL } };

static void add_count(struct strbuf *out, size_t count, const char *what)
{
	strbuf_addf(out, "%zu %s%s", count, what, count == 1 ? "" : "s");
}

/* Whoever commits a plan does not count among those who signed it. */
static void warn_of_signatures(const struct desired *desired)
{
	const struct gate_rules *gate = &desired->gate;
	const size_t people = gate_people(gate);

	if (gate->signatures && gate->signatures == people)
		warn("%s:%ld: signatures: %zu takes everybody who has a "
		     "trusted key, and whoever commits a plan does not count: "
		     "one that any of them commits cannot be applied. Name one "
		     "more under 'trusted_keys', or have plans committed by "
		     "somebody else",
		     desired->path, desired->gate_line, gate->signatures);
}

static int run(const void *untyped, struct error *err)
{
	const struct validate_args *args = untyped;
	CLEANUP(session_release)
	struct session session = { .args = &args->common };
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(LIMIT_MESSAGE);
	const struct desired *desired;

	if (session_load_desired(&session, NULL, err))
		return -1;
	desired = session.desired;
	strbuf_addf(&text, "%s is valid: ", desired->path);
	add_count(&text, desired->targets_len, "target");
	strbuf_adds(&text, ", ");
	add_count(&text, desired->rules_len, "rule");
	strbuf_adds(&text, ", ");
	add_count(&text, desired->waivers_len, "waiver");
	strbuf_addc(&text, '\n');
	print_result(&text);
	warn_of_signatures(desired);
	return EXIT_DONE;
}

extern const struct command command_validate;
const struct command command_validate = {
	.name = "validate",
	.summary = "check aback.yaml without calling AWS",
	.synopsis = "",
	.about = "Checks the desired state and gives all of its mistakes at "
		 "once, each with file, line, column and the nearest valid "
		 "name.",
	.examples = "aback validate\naback validate -f prod.yaml",
	.args_size = sizeof(struct validate_args),
	.options = rows,
	.run = run,
};
