#include "cmd/state.h"

#include <stddef.h>
#include <string.h>

#include "core/compiler.h"
#include "core/nearest.h"

static const struct option_row rows[] = {
	{ .name = "signers",
	  .type = OPTION_TEXT,
	  .offset = offsetof(struct state_args, signers),
	  .argument = "FILE",
	  .help = "of fsck: the keys by one of which each commit is signed" },
	{ .name = "accept",
	  .type = OPTION_LIST,
	  .offset = offsetof(struct state_args, accept),
	  .argument = "COMMIT",
	  .help = "of fsck --signers: this one is known to be good without a "
		  "signature; its whole id; may be repeated" },
	{ .name = "holder",
	  .type = OPTION_TEXT,
	  .offset = offsetof(struct state_args, holder),
	  .argument = "NAME",
	  .help = "of unlock: who holds the lock, as `state lock` shows it" },
	{ .name = "format",
	  .type = OPTION_CHOICE,
	  .offset = offsetof(struct state_args, common.format),
	  .choices = { "text", "json" },
	  .help = "how the result is rendered" },
	{ .name = NULL },
};

static const struct {
	const char *name;
	size_t words; /* most, with the name itself */
	bool has_signers, has_holder;
	int (*run)(const struct state_args *args, struct session *session,
		   struct error *err);
} parts[] = {
	{ "fsck", 1, true, false, state_fsck },
	{ "sync", 1, false, false, state_sync },
	{ "lock", 1, false, false, state_lock },
	{ "unlock", 2, false, true, state_unlock },
};

/* An option or a word that another part takes. */
static int takes_no(const char *part, const char *what, struct error *err)
{
	(void)error_set(err, ERR_USAGE, "'aback state %s' takes no '%s'", part,
			what);
	error_hint(err, "see: aback help state");
	return -1;
}

static int accept_alone(struct error *err)
{
	(void)error_set(err, ERR_USAGE,
			"--accept means nothing without --signers");
	error_hint(err, "see: aback help state");
	return -1;
}

static int unknown_part(const char *name, struct error *err)
{
	struct nearest nearest = nearest_to(name);

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		nearest_offer(&nearest, parts[i].name);
	(void)error_set(err, ERR_USAGE, "'aback state' has no part '%s'", name);
	if (nearest_best(&nearest))
		error_hint(err, "did you mean 'aback state %s'?",
			   nearest_best(&nearest));
	else
		error_hint(err, "see: aback help state");
	return -1;
}

static int run(const void *untyped, struct error *err)
{
	const struct state_args *args = untyped;
	const struct words *words = &args->common.words;
	CLEANUP(session_release)
	struct session session = { .args = &args->common };

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		if (strcmp(parts[i].name, words->items[0]) != 0)
			continue;
		if (words->len > parts[i].words)
			return takes_no(parts[i].name,
					words->items[parts[i].words], err);
		if (args->holder && !parts[i].has_holder)
			return takes_no(parts[i].name, "--holder", err);
		if (args->signers && !parts[i].has_signers)
			return takes_no(parts[i].name, "--signers", err);
		if (args->accept.len && !args->signers)
			return accept_alone(err);
		if (session_find_desired(&session, err))
			return -1;
		return parts[i].run(args, &session, err);
	}
	return unknown_part(words->items[0], err);
}

extern const struct command command_state;
const struct command command_state = {
	.name = "state",
	.summary = "check, push and unlock the state repository",
	.synopsis = "fsck [--signers FILE [--accept COMMIT]...] | sync | lock "
		    "| unlock PLACE --holder "
		    "NAME",
	.about = "fsck checks that the repository is what aback wrote: every "
		 "object, one line of commits, no record changed after it was "
		 "written, the digests in the commits, the checksums of the "
		 "journals, recorded values that follow from the records, and "
		 "that the branch still holds what this machine saw on it. It "
		 "ends with 2 where it found damage, and says what, where, and "
		 "what to do. With --signers, each commit must be signed by a "
		 "key of the file: ssh's allowed signers, or OpenPGP public "
		 "keys. A commit that was recorded while signing was not "
		 "possible says so itself and is told apart, but anybody "
		 "could have written that: once you know that it is yours, "
		 "--accept its id.\n\n"
		 "sync brings in what others pushed and pushes what could not "
		 "be pushed when it was recorded, written again on top where "
		 "others were faster; it never forces. A lock that an ended "
		 "run of this machine could not release is released.\n\n"
		 "lock lists who holds which place, here and on the remote. "
		 "unlock takes a lock away, also one of another host; it needs "
		 "the holder's name, and refuses where the holder's process "
		 "runs on this host.",
	.examples = "aback state fsck\n"
		    "aback state lock\n"
		    "aback state unlock 123456789012/eu-west-1 --holder "
		    "arn:aws:iam::123456789012:user/dba",
	.least = 1,
	.most = 2,
	.completes = COMPLETES_WORDS,
	.complete_words = "fsck sync lock unlock",
	.args_size = sizeof(struct state_args),
	.options = rows,
	.run = run,
};
