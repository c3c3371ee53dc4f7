/*
 * The list of commands and the work that all of them share: signals, option
 * parsing, running, errors to exit codes, and a checked end of stdout.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/command.h"
#include "cmd/help.h"
#include "cmd/message.h"
#include "cmd/options.h"
#include "cmd/passphrase.h"
#include "core/compiler.h"
#include "core/json.h"
#include "core/mem.h"
#include "core/nearest.h"
#include "core/secret.h"

extern const struct command command_init, command_validate, command_plan,
	command_review, command_show, command_apply, command_backout,
	command_release, command_resume, command_confirm, command_verify,
	command_drift, command_history, command_policy, command_sign,
	command_keygen, command_whoami, command_state, command_schema,
	command_completion, command_version, command_help;

const struct command *const commands[] = {
	&command_init,
	&command_validate,
	&command_review,
	&command_plan,
	&command_show,
	&command_apply,
	&command_backout,
	&command_release,
	&command_resume,
	&command_confirm,
	&command_verify,
	&command_drift,
	&command_history,
	&command_policy,
	&command_sign,
	&command_keygen,
	&command_whoami,
	&command_state,
	&command_schema,
	&command_completion,
	&command_version,
	&command_help,
	NULL,
};

const struct command *command_find(const char *name)
{
	for (size_t i = 0; commands[i]; i++) {
		if (!strcmp(commands[i]->name, name))
			return commands[i];
	}
	return NULL;
}

int command_unknown(const char *name, struct error *err)
{
	struct nearest nearest = nearest_to(name);

	for (size_t i = 0; commands[i]; i++) {
		if (!(commands[i]->flags & HIDDEN))
			nearest_offer(&nearest, commands[i]->name);
	}
	(void)error_set(err, ERR_USAGE, "aback has no command '%s'", name);
	if (nearest_best(&nearest))
		error_hint(err, "did you mean 'aback %s'?",
			   nearest_best(&nearest));
	else
		error_hint(err, "see: aback help");
	return -1;
}

/*
 * The first signal asks for an end in order; a second one of the same kind
 * finds the default action and ends the process at once.
 */
static void on_signal(int signal_number)
{
	interrupted = signal_number;
}

static void catch_signals(void)
{
	struct sigaction end = { .sa_handler = on_signal,
				 .sa_flags = (int)SA_RESETHAND };
	struct sigaction ignore = { .sa_handler = SIG_IGN };
	struct sigaction before;

	(void)sigemptyset(&end.sa_mask);
	(void)sigemptyset(&ignore.sa_mask);
	(void)sigaction(SIGINT, &end, NULL);
	(void)sigaction(SIGTERM, &end, NULL);
	/* under nohup a lost terminal is not to end anything */
	if (!sigaction(SIGHUP, NULL, &before) && before.sa_handler != SIG_IGN)
		(void)sigaction(SIGHUP, &end, NULL);
	/* a closed pipe is an error of the write, not the end of an apply */
	(void)sigaction(SIGPIPE, &ignore, NULL);
}

static int run_command(const struct command *command, int argc,
		       char *const argv[], struct common_args *args,
		       struct error *err)
{
	if (options_parse(command, argc, argv, args, err) < 0)
		return -1;
	message_setup(args);
	if (args->help)
		return help_print(command);
	if (options_check_words(command, &args->words, err))
		return -1;
	return command->run(args, err);
}

/* Find the command, whose args begin with what was parsed before its name. */
static int dispatch(int argc, char *const argv[], struct error *err)
{
	struct common_args before = { 0 };
	CLEANUP(free_ptr) struct common_args *args = NULL;
	const struct command *command;
	int used = options_parse(NULL, argc, argv, &before, err);
	int rc;

	message_setup(&before);
	if (used < 0)
		return -1;
	if (before.help)
		return help_print(NULL);
	if (used == argc) {
		(void)error_set(err, ERR_USAGE, "no command given");
		error_hint(err, "see: aback help");
		return -1;
	}
	command = command_find(argv[used]);
	if (!command)
		return command_unknown(argv[used], err);
	args = xcalloc(1, command->args_size);
	*args = before;
	rc = run_command(command, argc - used - 1, argv + used + 1, args, err);
	options_release(command, args);
	return rc;
}

/*
 * A descriptor that is closed would be given to the next file that is opened,
 * and what is printed would end up there.
 */
static int fill_descriptors(struct error *err)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) >= 0 || errno != EBADF)
			continue;
		if (open("/dev/null", fd ? O_WRONLY : O_RDONLY) != fd)
			return error_errno(err, ERR_IO,
					   "cannot open '/dev/null'");
		if (fd != STDOUT_FILENO)
			continue;
		(void)error_set(err, ERR_IO, "stdout is closed");
		error_hint(err, "nothing was changed; where nobody reads the "
				"output, send it to /dev/null");
		return -1;
	}
	return 0;
}

/* A result that could not be written whole is an error, whatever was done. */
static int finish_stdout(int rc)
{
	CLEANUP(error_release) struct error err = ERROR_INIT;
	bool failed = check_stdout(&err) < 0;

	errno = 0;
	if (close(STDOUT_FILENO) && !failed) {
		(void)error_errno(&err, ERR_IO, "cannot write to stdout");
		failed = true;
	}
	if (!failed)
		return rc;
	print_error(&err);
	if (rc != EXIT_DONE && rc != EXIT_FOUND)
		return rc;
	return has_changed() ? EXIT_NOT_DONE : error_exit_code(ERR_IO);
}

static bool asks_for(int argc, char *const argv[], const char *option)
{
	return argc == 2 && !strcmp(argv[1], option);
}

/*
 * What the programs that aback starts find in its environment, and may repeat.
 * What is read otherwise is remembered where it is read.
 */
static void remember_environment(void)
{
	static const char *const variables[] = {
		"AWS_SECRET_ACCESS_KEY",
		"AWS_SESSION_TOKEN",
		"AWS_CONTAINER_AUTHORIZATION_TOKEN",
		PASSPHRASE_VARIABLE,
		"ABACK_GIT_TOKEN",
		"ACTIONS_ID_TOKEN_REQUEST_TOKEN",
		"GITHUB_TOKEN",
		"GH_TOKEN",
		"CI_JOB_TOKEN",
	};

	for (size_t i = 0; i < ARRAY_SIZE(variables); i++)
		secret_remember_text(getenv(variables[i]));
}

int main(int argc, char *argv[])
{
	CLEANUP(error_release) struct error err = ERROR_INIT;
	int rc;

	mem_init();
	json_init();
	secret_protect_process();
	remember_environment();
	catch_signals();
	if (fill_descriptors(&err))
		rc = -1;
	else if (asks_for(argc, argv, "--version"))
		rc = command_version.run(NULL, &err);
	else
		rc = dispatch(argc - 1, argv + 1, &err);
	status_line(NULL);
	if (rc < 0) {
		print_error(&err);
		rc = error_exit_code(err.code);
	}
	return finish_stdout(rc);
}
