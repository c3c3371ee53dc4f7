#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/command.h"
#include "cmd/key_file.h"
#include "cmd/message.h"
#include "cmd/passphrase.h"
#include "core/file.h"
#include "core/limits.h"
#include "core/mem.h"
#include "core/signature.h"

struct keygen_args {
	struct common_args common;
	const char *out;
	const char *comment;
	bool no_passphrase;
};

static const struct option_row rows[] = {
	{ .letter = 'o',
	  .name = "out",
	  .type = OPTION_TEXT,
	  .offset = offsetof(struct keygen_args, out),
	  .argument = "FILE",
	  .help = "where the private key goes; the public one goes to "
		  "FILE.pub (default ~/.config/aback/key)" },
	{ .name = "comment",
	  .type = OPTION_TEXT,
	  .offset = offsetof(struct keygen_args, comment),
	  .argument = "TEXT",
	  .help = "whose key it is, such as an email address; behind the "
		  "public key" },
	{ .name = "no-passphrase",
	  .type = OPTION_FLAG,
	  .offset = offsetof(struct keygen_args, no_passphrase),
	  .help = "leave the private key readable to whoever has the file" },
	{ .name = NULL },
};

/* Nothing is overwritten: a key that is lost cannot be made again. */
static int check_free(const char *path, struct error *err)
{
	if (access(path, F_OK))
		return 0;
	(void)error_set(err, ERR_IO, "'%s' is there already", path);
	error_hint(err, "name another file with -o");
	return -1;
}

static void add_public(const struct private_key *key, const char *comment,
		       struct strbuf *out)
{
	struct public_key public_key;

	private_key_public(key, &public_key);
	public_key_line(&public_key, out);
	if (comment)
		strbuf_addf(out, " %s", comment);
	strbuf_addc(out, '\n');
}

static int write_key(const struct private_key *key, const char *path,
		     const char *public_path, const struct keygen_args *args,
		     struct error *err)
{
	CLEANUP(secret_release) struct secret passphrase = SECRET_INIT;
	CLEANUP(secret_release) struct secret pem = SECRET_INIT;
	CLEANUP(strbuf_release) struct strbuf line = STRBUF_INIT(LIMIT_MESSAGE);

	if (!args->no_passphrase && passphrase_choose(&passphrase, err))
		return -1;
	private_key_pem(key, &passphrase, &pem);
	add_public(key, args->comment, &line);
	if (key_file_make_directory(path, err) ||
	    file_write(path, pem.bytes, pem.len, 0600, err) ||
	    file_write(public_path, line.buf, line.len, 0644, err))
		return -1;
	mark_changed();
	print_result(&line);
	return 0;
}

static int run(const void *untyped, struct error *err)
{
	const struct keygen_args *args = untyped;
	CLEANUP(free_ptr) char *path = key_file_path(args->out);
	CLEANUP(free_ptr) char *public_path = xasprintf("%s.pub", path);
	struct private_key *key;
	int rc;

	if (args->comment && strpbrk(args->comment, "\r\n"))
		return error_set(err, ERR_USAGE,
				 "a comment is one line, without a newline");
	if (check_free(path, err) || check_free(public_path, err))
		return -1;
	key = private_key_generate();
	rc = write_key(key, path, public_path, args, err);
	private_key_free(key);
	if (rc)
		return -1;
	note("made %s and %s", path, public_path);
	note("next: commit the public key and name it under "
	     "gate.trusted_keys in aback.yaml");
	return EXIT_DONE;
}

extern const struct command command_keygen;
const struct command command_keygen = {
	.name = "keygen",
	.summary = "make a key to sign plans with",
	.synopsis = "[-o FILE] [--comment TEXT] [--no-passphrase]",
	.about = "Makes an Ed25519 key: the private one in a file that only "
		 "you can read, protected by a passphrase, and the public one "
		 "beside it, which is also printed, in the form that ssh keys "
		 "have. Nothing is overwritten.\n\n"
		 "A key that you have already will do as well, if it is of "
		 "Ed25519: the file of ssh-keygen without a passphrase, or PEM "
		 "with or without one.\n\n"
		 "Where there is no terminal, ABACK_KEY_PASSPHRASE gives the "
		 "passphrase.",
	.examples = "aback keygen --comment alice@example.com\n"
		    "aback keygen -o ci.key --no-passphrase",
	.args_size = sizeof(struct keygen_args),
	.options = rows,
	.run = run,
};
