/* The command line by option rows; see cmd/options.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

/* commands are linked into the tool alone, so their parser is taken whole */
#include "cmd/options.c"

struct test_args {
	struct common_args common;
	bool flag;
	const char *text;
	struct words list;
	struct words allowed;
	int64_t duration_s;
	int64_t when;
};

static const struct option_row rows[] = {
	{ .letter = 'x',
	  .name = "flag",
	  .type = OPTION_FLAG,
	  .offset = offsetof(struct test_args, flag),
	  .help = "a flag" },
	{ .letter = 'o',
	  .name = "out",
	  .type = OPTION_TEXT,
	  .offset = offsetof(struct test_args, text),
	  .argument = "FILE",
	  .help = "a text" },
	{ .name = "only",
	  .type = OPTION_LIST,
	  .offset = offsetof(struct test_args, list),
	  .argument = "ADDR",
	  .help = "a list" },
	{ .name = "allow",
	  .type = OPTION_LIST,
	  .offset = offsetof(struct test_args, allowed),
	  .argument = "CLASS",
	  .help = "a list of choices",
	  .choices = { "lossy", "restart" } },
	{ .name = "deadline",
	  .type = OPTION_DURATION,
	  .offset = offsetof(struct test_args, duration_s),
	  .argument = "TIME",
	  .help = "a duration" },
	{ .name = "to",
	  .type = OPTION_TIME,
	  .offset = offsetof(struct test_args, when),
	  .argument = "TIME",
	  .help = "a moment" },
	{ .name = NULL },
};

static const struct command command = {
	.name = "test",
	.synopsis = "WORD",
	.least = 1,
	.most = 2,
	.flags = HAS_FORMAT | HAS_TARGET,
	.args_size = sizeof(struct test_args),
	.options = rows,
};

struct fixture {
	struct test_args args;
	struct error err;
	int used;
};

static int setup(void **state)
{
	static struct fixture fixture;

	fixture = (struct fixture){ .err = ERROR_INIT };
	*state = &fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	options_release(&command, &f->args);
	error_release(&f->err);
	return 0;
}

#define PARSE(f, ...)                                                       \
	do {                                                                \
		static char *const argv_[] = { __VA_ARGS__ };               \
		(f)->used = options_parse(&command, (int)ARRAY_SIZE(argv_), \
					  argv_, &(f)->args, &(f)->err);    \
	} while (0)

#define W(text) (char *)(uintptr_t)(text)

static void test_options_parse__every_form_of_value(void **state)
{
	struct fixture *f = *state;

	PARSE(f, W("--out=a"), W("-x"), W("--only"), W("b"), W("--only=c"),
	      W("word"), W("--deadline"), W("10m"), W("--to=2026-11-20"),
	      W("-q"));
	assert_int_equal(f->used, 10);
	assert_string_equal(f->args.text, "a");
	assert_true(f->args.flag);
	assert_int_equal(f->args.list.len, 2);
	assert_string_equal(f->args.list.items[0], "b");
	assert_string_equal(f->args.list.items[1], "c");
	assert_int_equal(f->args.duration_s, 600);
	assert_int_equal(f->args.when, 1795132800);
	assert_true(f->args.common.quiet);
	assert_int_equal(f->args.common.words.len, 1);
	assert_string_equal(f->args.common.words.items[0], "word");
}

static void test_options_parse__letters_in_one_word(void **state)
{
	struct fixture *f = *state;

	PARSE(f, W("-xqofile"), W("-f"), W("x.yaml"));
	assert_int_equal(f->used, 3);
	assert_true(f->args.flag);
	assert_true(f->args.common.quiet);
	assert_string_equal(f->args.text, "file");
	assert_string_equal(f->args.common.file, "x.yaml");
}

static void test_options_parse__two_dashes_end_options(void **state)
{
	struct fixture *f = *state;

	PARSE(f, W("--"), W("--flag"), W("-x"));
	assert_false(f->args.flag);
	assert_int_equal(f->args.common.words.len, 2);
	assert_string_equal(f->args.common.words.items[0], "--flag");
}

static void test_options_parse__a_dash_is_a_word(void **state)
{
	struct fixture *f = *state;

	PARSE(f, W("-"));
	assert_int_equal(f->args.common.words.len, 1);
	assert_string_equal(f->args.common.words.items[0], "-");
}

static void test_options_parse__an_empty_word_stays(void **state)
{
	struct fixture *f = *state;

	PARSE(f, W(""));
	assert_int_equal(f->args.common.words.len, 1);
	assert_string_equal(f->args.common.words.items[0], "");
}

static void assert_usage(struct fixture *f, const char *message,
			 const char *hint)
{
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(LIMIT_MESSAGE);

	assert_int_equal(f->used, -1);
	assert_int_equal(f->err.code, ERR_USAGE);
	error_message(&f->err, &text);
	assert_non_null(strstr(text.buf, message));
	if (hint)
		assert_non_null(strstr(f->err.hint, hint));
}

static void test_options_parse__unknown_name_hints_the_nearest(void **state)
{
	struct fixture *f = *state;

	PARSE(f, W("--onyl=x"));
	assert_usage(f, "'aback test' has no option '--onyl'", "'--only'");
}

static void test_options_parse__abbreviations_are_unknown(void **state)
{
	struct fixture *f = *state;

	PARSE(f, W("--dead=10m"));
	assert_usage(f, "no option '--dead'", NULL);
}

static void test_options_parse__unknown_letter(void **state)
{
	struct fixture *f = *state;

	PARSE(f, W("-xz"));
	assert_usage(f, "no option '-z'", "aback help test");
}

/* As an unset variable of a script gives it. */
static void test_options_parse__an_empty_value_is_refused(void **state)
{
	struct fixture *f = *state;

	PARSE(f, W("--out="));
	assert_usage(f, "--out has an empty value",
		     "give one, or leave the option out");
	PARSE(f, W("--out"), W(""));
	assert_usage(f, "--out has an empty value", NULL);
}

static void test_options_parse__missing_value(void **state)
{
	struct fixture *f = *state;

	PARSE(f, W("--out"));
	assert_usage(f, "--out needs a value (FILE)", NULL);
}

static void test_options_parse__value_for_a_flag(void **state)
{
	struct fixture *f = *state;

	PARSE(f, W("--flag=yes"));
	assert_usage(f, "--flag takes no value", NULL);
}

static void test_options_parse__wrong_choice(void **state)
{
	struct fixture *f = *state;

	PARSE(f, W("--format"), W("jsn"));
	assert_usage(f, "--format cannot be 'jsn'", "'json'");
}

static void test_options_parse__wrong_choice_in_a_list(void **state)
{
	struct fixture *f = *state;

	PARSE(f, W("--allow=lossy"), W("--allow=everything"));
	assert_usage(f, "--allow cannot be 'everything'", "lossy, restart");
}

static void test_options_parse__wrong_duration_and_time(void **state)
{
	struct fixture *f = *state;

	PARSE(f, W("--deadline=soon"));
	assert_usage(f, "--deadline", NULL);
	PARSE(f, W("--to=yesterday"));
	assert_usage(f, "--to", NULL);
	PARSE(f, W("--to=1969-01-01"));
	assert_usage(f, "--to", NULL);
}

static void test_options_parse__without_a_command_stops_at_it(void **state)
{
	struct fixture *f = *state;
	char *const argv[] = { W("-f"), W("a"), W("plan"), W("--only=x") };

	f->used = options_parse(NULL, 4, argv, &f->args.common, &f->err);
	assert_int_equal(f->used, 2);
	assert_string_equal(f->args.common.file, "a");
}

static void test_options_check_words__too_few_and_too_many(void **state)
{
	struct fixture *f = *state;
	const char *items[] = { "a", "b", "c" };
	struct words words = { items, 0, 3 };

	f->used = options_check_words(&command, &words, &f->err);
	assert_usage(f, "'aback test' needs WORD", NULL);
	words.len = 3;
	f->used = options_check_words(&command, &words, &f->err);
	assert_usage(f, "what to do with 'c'", NULL);
	words.len = 2;
	assert_int_equal(options_check_words(&command, &words, &f->err), 0);
}

static void test_option_at__own_first_then_shared_then_common(void **state)
{
	const struct option_row *row;
	size_t len = 0;

	(void)state;
	assert_string_equal(option_at(&command, 0)->name, "flag");
	assert_string_equal(option_at(&command, 6)->name, "target");
	assert_string_equal(option_at(&command, 7)->name, "format");
	assert_string_equal(option_at(&command, 8)->name, "file");
	while ((row = option_at(&command, len)))
		len++;
	assert_int_equal(len, 15);
	assert_string_equal(option_at(NULL, 0)->name, "file");
	assert_null(option_at(NULL, 7));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_options_parse__every_form_of_value),
		CASE(test_options_parse__letters_in_one_word),
		CASE(test_options_parse__two_dashes_end_options),
		CASE(test_options_parse__a_dash_is_a_word),
		CASE(test_options_parse__an_empty_word_stays),
		CASE(test_options_parse__an_empty_value_is_refused),
		CASE(test_options_parse__unknown_name_hints_the_nearest),
		CASE(test_options_parse__abbreviations_are_unknown),
		CASE(test_options_parse__unknown_letter),
		CASE(test_options_parse__missing_value),
		CASE(test_options_parse__value_for_a_flag),
		CASE(test_options_parse__wrong_choice),
		CASE(test_options_parse__wrong_choice_in_a_list),
		CASE(test_options_parse__wrong_duration_and_time),
		CASE(test_options_parse__without_a_command_stops_at_it),
		CASE(test_options_check_words__too_few_and_too_many),
		CASE(test_option_at__own_first_then_shared_then_common),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
