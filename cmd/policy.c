#include <stddef.h>
#include <string.h>

#include "cmd/command.h"
#include "cmd/message.h"
#include "cmd/session.h"
#include "core/limits.h"
#include "core/nearest.h"
#include "plans/permits.h"

struct policy_args {
	struct common_args common;
	const char *principal;
	const char *part;
};

static const struct option_row rows[] = {
	{ .name = "principal",
	  .type = OPTION_TEXT,
	  .offset = offsetof(struct policy_args, principal),
	  .argument = "WHO",
	  .help = "only the policy of this one: caller, or the role_arn of a "
		  "target" },
	{ .name = "part",
	  .type = OPTION_TEXT,
	  .offset = offsetof(struct policy_args, part),
	  .argument = "N",
	  .help = "only this document, where one would be too large" },
	{ .name = NULL },
};

static const struct {
	const char *name;
	enum permits_for use;
} parts[] = {
	{ "plan", PERMITS_PLAN },
	{ "apply", PERMITS_APPLY },
	{ "backout", PERMITS_BACKOUT },
};

static int find_use(const char *name, enum permits_for *ret_use,
		    struct error *err)
{
	struct nearest nearest = nearest_to(name);

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		if (!strcmp(parts[i].name, name)) {
			*ret_use = parts[i].use;
			return 0;
		}
		nearest_offer(&nearest, parts[i].name);
	}
	(void)error_set(err, ERR_USAGE, "'aback policy' has no part '%s'",
			name);
	if (nearest_best(&nearest))
		error_hint(err, "did you mean 'aback policy %s'?",
			   nearest_best(&nearest));
	else
		error_hint(err, "see: aback help policy");
	return -1;
}

static bool is_asked_for(const struct policy_args *args, const json_t *policy)
{
	CLEANUP(strbuf_release) struct strbuf part = STRBUF_INIT(LIMIT_MESSAGE);

	strbuf_addf(
		&part, "%lld",
		(long long)json_integer_value(json_object_get(policy, "part")));
	return (!args->principal ||
		!strcmp(args->principal, json_text(policy, "principal"))) &&
	       (!args->part || !strcmp(args->part, part.buf));
}

/* Those that are asked for; ERR_USAGE says which there are. */
static int select_policies(const struct policy_args *args,
			   const json_t *policies, json_t *ret_selected,
			   struct error *err)
{
	CLEANUP(strbuf_release) struct strbuf all = STRBUF_INIT(LIMIT_MESSAGE);
	size_t i;
	json_t *policy;

	json_array_foreach(policies, i, policy) {
		if (is_asked_for(args, policy))
			json_array_append(ret_selected, policy);
		strbuf_addf(&all, "%s%s, part %lld", i ? "; " : "",
			    json_text(policy, "principal"),
			    (long long)json_integer_value(
				    json_object_get(policy, "part")));
	}
	if (json_array_size(ret_selected))
		return 0;
	(void)error_set(err, ERR_USAGE, "there is no such policy");
	error_hint(err, "there are: %s", all.buf);
	return -1;
}

/* One is a document as IAM takes it; of several it must be said whose. */
static void print(const json_t *policies)
{
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT(LIMIT_RENDERED);
	const size_t len = json_array_size(policies);

	json_canonical(len == 1 ? json_object_get(json_array_get(policies, 0),
						  "policy")
				: policies,
		       &text);
	print_result(&text);
	if (len > 1)
		note("these are %zu policies, each with its principal; "
		     "--principal and --part print one as IAM takes it",
		     len);
}

static int run(const void *untyped, struct error *err)
{
	const struct policy_args *args = untyped;
	CLEANUP(session_release)
	struct session session = { .args = &args->common };
	CLEANUP(json_release) json_t *policies = NULL;
	CLEANUP(json_release) json_t *selected = json_array();
	enum permits_for use;

	if (find_use(args->common.words.items[0], &use, err) ||
	    session_load_desired(&session, NULL, err))
		return -1;
	policies = permits_policies(session.desired, use);
	if (select_policies(args, policies, selected, err))
		return -1;
	print(selected);
	return EXIT_DONE;
}

extern const struct command command_policy;
const struct command command_policy = {
	.name = "policy",
	.summary = "the least-privilege IAM policy for this aback.yaml",
	.synopsis = "plan|apply|backout [--target NAME]... [--principal WHO] "
		    "[--part N]",
	.about =
		"Prints the IAM policy that this aback.yaml needs: the "
		"actions, "
		"and the resources where IAM lets them be narrowed. AWS is "
		"not asked.\n"
		"\n"
		"`plan` is for whoever changes nothing: plan, show --check, "
		"review, drift and verify. `apply` has the calls that the "
		"rules can lead to, those that take them back, and what is "
		"read meanwhile. `backout` has only what taking back "
		"needs.\n"
		"\n"
		"Where targets name a role_arn, the caller needs to assume the "
		"role and the role needs the rest; what is larger than the "
		"6,144 characters of a managed policy becomes several "
		"documents. Then an array is printed, of objects with "
		"principal, part, of and policy.",
	.examples = "aback policy plan >read.json\n"
		    "# of a role that a target names\n"
		    "aback policy apply --principal "
		    "arn:aws:iam::123456789012:role/aback >write.json",
	.least = 1,
	.most = 1,
	.flags = HAS_TARGET,
	.completes = COMPLETES_WORDS,
	.complete_words = "plan apply backout",
	.args_size = sizeof(struct policy_args),
	.options = rows,
	.run = run,
};
