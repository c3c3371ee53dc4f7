/* Exit codes and errors: one table each for help, man page and docs/. */
#include "cmd/help.h"

#include <string.h>

#include "core/compiler.h"
#include "core/error.h"

const struct exit_row exit_rows[] = {
	{ 0, "done", "nothing left to do" },
	{ 1, "error", "nothing was changed" },
	{ 2, "found",
	  "`plan --detailed-exitcode` has changes, `show --check` of a plan "
	  "that no longer fits, or `state fsck` with damage" },
	{ 3, "refused", "nothing was changed" },
	{ 4, "not all done",
	  "something was changed, and some of it failed, waits, or is a "
	  "conflict "
	  "that a backout left alone" },
	{ 130, "interrupted",
	  "the message says what was changed, if anything" },
	{ 0, NULL, NULL },
};

/* What stands behind each code, and what to do. */
static const struct {
	enum error_code code;
	const char *text;
} rows[] = {
	{ ERR_USAGE, "An option, argument or setting of the environment that "
		     "does not exist or fit the others. `aback help COMMAND` "
		     "has those that do." },
	{ ERR_IO, "A file, pipe or terminal could not be read or written." },
	{ ERR_FORMAT, "A file that is no plan, JSON or configuration of the "
		      "kind that it should be. Make the plan again." },
	{ ERR_DESIRED, "Mistakes in `aback.yaml`: all of them stand above the "
		       "error, with line and column." },
	{ ERR_UNKNOWN_SETTING, "No setting of that kind has this name; the "
			       "nearest one is named. `docs/settings.md` lists "
			       "them." },
	{ ERR_NOT_FOUND, "No such change, resource or state repository." },
	{ ERR_CREDENTIALS, "No AWS credentials, or AWS does not accept them: "
			   "wrong, expired, or of a kind that aback does not "
			   "read yet (`docs/environment.md`)." },
	{ ERR_WRONG_ACCOUNT, "The credentials belong to another account than "
			     "the target's `account_id`. Set `AWS_PROFILE`, or "
			     "correct the target." },
	{ ERR_AWS, "AWS answered with an error: operation, code and request id "
		   "stand below it. With `AccessDenied`, the policy lacks the "
		   "call that is named." },
	{ ERR_NETWORK, "No answer, a broken one, or one that is not AWS's. "
		       "Check network, proxy, region and `AWS_ENDPOINT_URL`." },
	{ ERR_INCOMPLETE,
	  "A listing was cut off or contradicts itself. Nothing "
	  "is planned on a part; run it again. The hint names "
	  "the `--target` that could be read." },
	{ ERR_STATE,
	  "The state repository is not one, is damaged, or cannot be "
	  "written. `docs/state-repository.md` says what to do." },
	{ ERR_STALE, "What the plan was made from has changed: a value, a "
		     "resource or `aback.yaml`. Make a new plan and have it "
		     "reviewed." },
	{ ERR_EDITED, "The plan's bytes are not those that aback wrote, or its "
		      "steps are not what its changes need. Make a new plan." },
	{ ERR_ALREADY_RUN, "A plan runs once; the change that it became is "
			   "named. `aback show CHANGE` shows it." },
	{ ERR_WRONG_PLACE, "The plan is for an account or a region that the "
			   "target does not name." },
	{ ERR_CONSENT, "The plan costs something that has to be agreed to "
		       "(`--allow`), or nobody confirmed it (`--yes`)." },
	{ ERR_LIMIT, "A plan that is too large. Plan less with `--only` or "
		     "`--target`." },
	{ ERR_HELD, "The plan would set again what a backout took back. Make a "
		    "new plan, or `aback release ADDR:SETTING` first." },
	{ ERR_GATE, "A condition of the [gate](gate.md) or the policy does not "
		    "hold; the message says which, what was expected and what "
		    "was found." },
	{ ERR_PERMISSION,
	  "AWS would refuse a call of the plan, or one that takes it back: "
	  "who, "
	  "which and on what is named, before anything was sent. "
	  "[`aback policy apply`](least-privilege.md) prints what to grant." },
	{ ERR_LOCKED, "Another run works on the same account and region: who, "
		      "where and since when is named. Wait for it." },
	{ ERR_UNFINISHED, "An earlier change was cut off. `aback resume` finds "
			  "out what it did; then go on." },
	{ ERR_TOO_LATE, "The change was not confirmed in time, and is backed "
			"out; what became of it is said. Back that out, or "
			"make a new plan." },
	{ ERR_CONFLICT, "Somebody else changed what would be restored, or no "
			"call brings it back, and nothing else is left to "
			"restore. Look; `--force ADDR:SETTING` overwrites what "
			"somebody else set." },
	{ ERR_REMOTE, "The remote of the state repository cannot be reached or "
		      "refuses the push, so no way back could be recorded." },
	{ ERR_SIGNED_OFF, "The review is signed off already; by whom is said. "
			  "It is done once; the next review can be signed off "
			  "again." },
	{ ERR_SIGN, "git's configuration wants commits signed, and the program "
		    "that signs them failed. Nothing was begun." },
	{ ERR_PARTIAL, "Not all of a change is done. Its result says what, and "
		       "what is next." },
	{ ERR_INTERRUPTED, "A signal, such as Ctrl-C. If a change had begun, "
			   "`aback resume` accounts for it." },
};

void help_exit_codes(struct strbuf *out)
{
	strbuf_adds(out, "| exit code | | |\n| --- | --- | --- |\n");
	for (const struct exit_row *row = exit_rows; row->name; row++)
		strbuf_addf(out, "| %d | %s | %s |\n", row->code, row->name,
			    row->text);
}

void help_errors(struct strbuf *out)
{
	strbuf_adds(out,
		    "# Errors\n\n<!-- generated from cmd/: make docs -->\n\n"
		    "A message says what went wrong, where, and after `hint:` "
		    "what to do next. With\n`--log-format json` it has a "
		    "`code`, one of those below.\n\n");
	help_exit_codes(out);
	strbuf_adds(out, "\n| code | exit | title | what it means |\n"
			 "| --- | ---: | --- | --- |\n");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		strbuf_addf(out, "| `%s` | %d | %s | %s |\n",
			    error_name(rows[i].code),
			    error_exit_code(rows[i].code),
			    error_title(rows[i].code), rows[i].text);
}
