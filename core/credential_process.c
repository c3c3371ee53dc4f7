/* A program that prints credentials (credential_process). */
#include <stdlib.h>
#include <string.h>

#include "core/credential_source.h"
#include "core/crypto.h"
#include "core/limits.h"
#include "core/mem.h"
#include "core/process.h"

#define DEADLINE_MS 60000
#define WORDS_MOST 64
#define OUTPUT_MOST (256 * KIB)

/*
 * The next word of a command line, as a shell would part it, but with nothing
 * expanded; false: a quote is not closed. *ret_word is NULL at the end.
 */
static bool next_word(const char **at, char **ret_word)
{
	const char *from = *at + strspn(*at, " \t\r\n");
	char *word = xmalloc(strlen(from) + 1), *to = word;
	char quote = '\0';

	*ret_word = NULL;
	*at = from;
	if (!*from) {
		free(word);
		return true;
	}
	for (; *from && (quote || !strchr(" \t\r\n", *from)); from++) {
		if (quote == *from)
			quote = '\0';
		else if (!quote && (*from == '\'' || *from == '"'))
			quote = *from;
		else if (*from == '\\' && quote != '\'' && from[1] &&
			 (!quote || strchr("\"\\", from[1])))
			*to++ = *++from;
		else
			*to++ = *from;
	}
	*to = '\0';
	*at = from;
	*ret_word = word;
	return !quote;
}

static void words_release(char *(*words)[WORDS_MOST + 1])
{
	for (size_t i = 0; (*words)[i]; i++)
		free((*words)[i]);
}

static int split(const char *line, char *words[WORDS_MOST + 1],
		 struct error *err)
{
	for (size_t i = 0; i < WORDS_MOST; i++) {
		if (!next_word(&line, &words[i]))
			return error_set(err, ERR_CREDENTIALS,
					 "a quote in 'credential_process' is "
					 "not closed");
		if (!words[i])
			return i ? 0
				 : error_set(err, ERR_CREDENTIALS,
					     "'credential_process' is empty");
	}
	return error_set(err, ERR_CREDENTIALS,
			 "'credential_process' has too many words");
}

static int read_output(const struct strbuf *text, char *source,
		       struct credentials *ret, struct error *err)
{
	static const struct credential_names names = {
		"AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration"
	};
	CLEANUP(free_ptr) char *owned = source;
	CLEANUP(error_release) struct error bad = ERROR_INIT;
	CLEANUP(json_release) json_t *answer = NULL;

	if (json_parse_answer(text->buf, text->len, &answer, &bad))
		return error_set(err, ERR_CREDENTIALS,
				 "%s printed something that is no JSON",
				 source);
	if (json_integer_value(json_object_get(answer, "Version")) != 1)
		return error_set(err, ERR_CREDENTIALS,
				 "%s printed credentials of another version "
				 "than 1",
				 source);
	return credential_read(answer, &names, TAKE(owned), ret, err);
}

/* What it says on stderr is not repeated: it may be anything. */
static int run(char *const *words, char *source, struct credentials *ret,
	       struct finding *finding, struct error *err)
{
	const struct process process = {
		.argv = (const char *const *)words,
		.deadline_ms = DEADLINE_MS,
		.interrupted = finding->request->interrupted,
	};
	struct process_result result = { .out = STRBUF_INIT(OUTPUT_MOST),
					 .err = STRBUF_INIT(OUTPUT_MOST) };
	CLEANUP(free_ptr) char *owned = source;
	int rc = process_run(&process, &result, err);

	if (rc) {
		err->code = ERR_CREDENTIALS;
		(void)error_wrap(err, "%s", source);
	} else if (result.too_late) {
		rc = error_set(err, ERR_CREDENTIALS,
			       "%s did not end within %d s", source,
			       DEADLINE_MS / 1000);
	} else if (result.status) {
		rc = error_set(err, ERR_CREDENTIALS,
			       "%s ended with exit code %d", source,
			       result.status);
	} else {
		rc = read_output(&result.out, TAKE(owned), ret, err);
	}
	wipe(result.out.buf, result.out.len);
	process_result_release(&result);
	return rc;
}

int credential_from_process(struct finding *finding, struct credentials *ret,
			    struct error *err)
{
	const char *line =
		profile_value(finding->profile, "credential_process");
	CLEANUP(words_release) char *words[WORDS_MOST + 1] = { NULL };

	if (!line)
		return 0;
	if (split(line, words, err))
		return error_wrap(err, "the profile '%s'",
				  finding->profile->name);
	return run(words,
		   xasprintf("the credential process '%s' of the profile '%s'",
			     words[0], finding->profile->name),
		   ret, finding, err)
		       ? -1
		       : 1;
}
