#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>

#include "core/file.h"
#include "core/limits.h"
#include "core/mem.h"
#include "plans/desired.h"

#define DATA "tests/data/desired/"
#define HEAD           \
	"version: 1\n" \
	"targets:\n"   \
	"  - {name: prod, account_id: \"123456789012\", region: eu-west-1}\n"

/* What parsing a text gives, with all that it holds. */
struct result {
	int rc;
	struct desired *desired;
	struct error_list list;
	struct error err;
	struct strbuf text; /* the mistakes, as they are shown */
};

static struct result parse_named(const char *path, const char *text, size_t len)
{
	struct result r = { .err = ERROR_INIT, .text = STRBUF_INIT(MIB) };

	r.rc = desired_parse(path, text, len, &r.desired, &r.list, &r.err);
	error_list_render(&r.list, &r.text);
	return r;
}

static struct result parse(const char *text)
{
	return parse_named("aback.yaml", text, strlen(text));
}

static void result_release(struct result *r)
{
	desired_free(r->desired);
	error_list_release(&r->list);
	error_release(&r->err);
	strbuf_release(&r->text);
}

/* HEAD and more must have exactly one mistake, which contains this text. */
static void expect_mistake(const char *more, const char *mistake)
{
	CLEANUP(free_ptr) char *text = xasprintf("%s%s", HEAD, more);
	CLEANUP(result_release) struct result r = parse(text);

	if (r.list.len != 1 || !strstr(r.text.buf, mistake))
		fail_msg("of \"%s\" it says \"%s\", not \"%s\"", more,
			 r.text.buf, mistake);
	assert_int_equal(r.rc, -1);
	assert_int_equal(r.err.code, ERR_DESIRED);
	assert_null(r.desired);
}

static void read_data(const char *name, struct strbuf *ret_text)
{
	CLEANUP(error_release) struct error err = ERROR_INIT;
	CLEANUP(free_ptr) char *path = xasprintf(DATA "%s", name);

	assert_int_equal(file_read(path, LIMIT_DESIRED_FILE, ret_text, &err),
			 0);
}

static bool ends_in(const char *name, const char *tail)
{
	size_t len = strlen(name), tail_len = strlen(tail);

	return len > tail_len && !strcmp(name + len - tail_len, tail);
}

static void check_good(const char *name)
{
	CLEANUP(error_release) struct error err = ERROR_INIT;
	CLEANUP(free_ptr) char *path = xasprintf(DATA "%s", name);
	struct error_list list = { 0 };
	struct desired *desired = NULL;

	if (desired_load(path, &desired, &list, &err)) {
		CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(MIB);

		error_list_render(&list, &text);
		fail_msg("%s", text.buf);
	}
	assert_int_equal(list.len, 0);
	error_list_release(&list);
	desired_free(desired);
}

/* The mistakes are those of the .txt beside the file. */
static void check_bad(const char *name)
{
	CLEANUP(error_release) struct error err = ERROR_INIT;
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(MIB);
	CLEANUP(strbuf_release) struct strbuf golden = STRBUF_INIT(MIB);
	CLEANUP(free_ptr)
	char *expected = xasprintf("%.*s.txt", (int)(strlen(name) - 5), name);
	CLEANUP(free_ptr) char *path = xasprintf(DATA "%s", expected);
	CLEANUP(result_release) struct result r = { .err = ERROR_INIT };

	read_data(name, &text);
	r = parse_named(name, text.buf, text.len);
	if (getenv("GOLDEN_REWRITE"))
		assert_int_equal(
			file_write(path, r.text.buf, r.text.len, 0644, &err),
			0);
	read_data(expected, &golden);
	if (strcmp(golden.buf, r.text.buf) != 0)
		fail_msg("%s: expected:\n%sfound:\n%s", name, golden.buf,
			 r.text.buf);
	assert_int_equal(r.rc, -1);
	assert_int_equal(r.err.code, ERR_DESIRED);
	assert_true(r.list.len > 0);
}

/* Both by listing the folder, so that a new file is a new test. */
static size_t each_file(const char *head, void (*check)(const char *name))
{
	DIR *dir = opendir(DATA);
	struct dirent *entry;
	size_t found = 0;

	assert_non_null(dir);
	while ((entry = readdir(dir))) {
		const char *name = entry->d_name;

		if (strncmp(name, head, strlen(head)) != 0 ||
		    !ends_in(name, ".yaml"))
			continue;
		check(name);
		found++;
	}
	(void)closedir(dir);
	return found;
}

static void test_desired_parse__good_files(void **state)
{
	(void)state;
	assert_true(each_file("good-", check_good) >= 4);
	check_good("demo.yaml");
}

static void test_desired_parse__bad_files_have_their_mistakes(void **state)
{
	(void)state;
	assert_true(each_file("bad-", check_bad) >= 30);
}

static void test_desired_load__missing_file_is_an_io_error(void **state)
{
	CLEANUP(result_release) struct result r = { .err = ERROR_INIT };

	(void)state;
	r.rc = desired_load(DATA "no-such-file.yaml", &r.desired, &r.list,
			    &r.err);
	assert_int_equal(r.rc, -1);
	assert_int_equal(r.err.code, ERR_IO);
	r.rc = desired_load("tests/data", &r.desired, &r.list, &r.err);
	assert_int_equal(r.rc, -1);
	assert_int_equal(r.err.code, ERR_IO);
	assert_int_equal(r.list.len, 0);
}

static void load_full(struct result *r)
{
	*r = (struct result){ .err = ERROR_INIT, .text = STRBUF_INIT(MIB) };
	r->rc = desired_load(DATA "good-full.yaml", &r->desired, &r->list,
			     &r->err);
	assert_int_equal(r->rc, 0);
}

static void test_desired_load__state_and_digests(void **state)
{
	CLEANUP(result_release) struct result r;
	CLEANUP(result_release) struct result known = parse(HEAD);

	(void)state;
	load_full(&r);
	assert_string_equal(r.desired->path, DATA "good-full.yaml");
	assert_string_equal(r.desired->repository, DATA "state/aurora.git");
	assert_string_equal(r.desired->remote,
			    "git@git.example.com:acme/aurora-state.git");
	/* as sha256sum and git hash-object print them */
	assert_string_equal(known.desired->sha256,
			    "5c779074c3152a7180326b5629f38c621c71264384455fc65f"
			    "3f212678feb1e1");
	assert_string_equal(known.desired->git_blob,
			    "3faeda29f64ff578bc9523c9c9eaa7bdc83b4ebe");
	assert_null(known.desired->repository);
	assert_null(known.desired->remote);
	assert_int_equal(known.desired->gate_line, 0);
	assert_int_equal(known.desired->policy.line, 0);
}

static void test_desired_load__targets(void **state)
{
	CLEANUP(result_release) struct result r;
	const struct target *t;

	(void)state;
	load_full(&r);
	assert_int_equal(r.desired->targets_len, 3);
	t = r.desired->targets;
	assert_string_equal(t[0].name, "prod");
	assert_string_equal(t[0].account_id, "123456789012");
	assert_string_equal(t[0].region, "eu-west-1");
	assert_string_equal(t[0].role_arn,
			    "arn:aws:iam::123456789012:role/aback");
	assert_string_equal(t[2].account_id, "000000000042");
	assert_null(t[2].role_arn);
}

static void expect_json(const json_t *value, const char *text)
{
	CLEANUP(strbuf_release) struct strbuf out = STRBUF_INIT(MIB);

	assert_non_null(value);
	json_compact(value, &out);
	assert_string_equal(out.buf, text);
}

static const struct rule_setting *setting_of(const struct rule *rule,
					     const char *name)
{
	for (size_t i = 0; i < rule->settings_len; i++) {
		if (!strcmp(rule->settings[i].setting->name, name))
			return &rule->settings[i];
	}
	fail_msg("the rule has no '%s'", name);
	return NULL;
}

static void test_desired_load__rules_and_values(void **state)
{
	CLEANUP(result_release) struct result r;
	const struct rule *rule;
	const struct rule_setting *s;

	(void)state;
	load_full(&r);
	assert_int_equal(r.desired->rules_len, 4);
	rule = &r.desired->rules[0];
	assert_string_equal(rule->name, "every Aurora cluster");
	assert_int_equal(rule->line, 20);
	assert_false(rule->window);
	assert_int_equal(rule->settings_len, 7);
	s = setting_of(rule, "backup_retention_period");
	assert_int_equal(s->form, WANT_WHOLE);
	assert_int_equal(s->line, 25);
	assert_int_equal(s->column, 7);
	expect_json(s->value, "14");
	expect_json(s->include, "[]");
	expect_json(s->exclude, "[]");
	expect_json(setting_of(rule, "deletion_protection")->value, "true");
	expect_json(setting_of(rule, "preferred_maintenance_window")->value,
		    "\"sun:03:30-sun:04:30\"");
	s = setting_of(rule, "enabled_cloudwatch_logs_exports");
	assert_int_equal(s->form, WANT_MEMBERS);
	assert_null(s->value);
	expect_json(s->include, "[\"audit\",\"error\"]");
	expect_json(s->exclude, "[\"general\"]");

	rule = &r.desired->rules[1];
	assert_string_equal(rule->name, "rule at line 31");
	assert_true(rule->window);
	expect_json(setting_of(rule, "domain")->value, "null");
	s = setting_of(rule, "enabled_cloudwatch_logs_exports");
	assert_int_equal(s->form, WANT_WHOLE);
	expect_json(s->value, "[]");
	expect_json(setting_of(rule, "vpc_security_group_ids")->value,
		    "[\"sg-0aaaaaaaaaaaaaaa1\",\"sg-0bbbbbbbbbbbbbbb1\"]");
}

static void test_desired_load__selectors(void **state)
{
	CLEANUP(result_release) struct result r;
	const struct selector *s;

	(void)state;
	load_full(&r);
	s = &r.desired->rules[0].match;
	assert_int_equal(s->kind, KIND_CLUSTER);
	assert_null(s->ids);
	assert_int_equal(r.desired->rules[0].except_len, 2);
	assert_string_equal(r.desired->rules[0].except[0].ids[0], "scratch-*");
	assert_int_equal(r.desired->rules[0].except[1].kind, KIND_CLUSTER);
	s = &r.desired->rules[1].match;
	/* identifiers of clusters are lower case */
	assert_int_equal(s->ids_len, 2);
	assert_string_equal(s->ids[0], "orders");
	assert_int_equal(s->engines_len, 2);
	assert_int_equal(s->targets_len, 2);
	assert_string_equal(s->targets[1], "prod-us");
	assert_int_equal(s->tags_len, 2);
	assert_string_equal(s->tag_keys[1], "empty");
	assert_string_equal(s->tag_values[1], "");
	s = &r.desired->rules[3].match;
	/* a role is in the account, not in the region */
	assert_string_equal(s->targets[0], "123456789012/global");
}

static void test_desired_load__waivers_and_limits(void **state)
{
	CLEANUP(result_release) struct result r;
	const struct waiver *w;

	(void)state;
	load_full(&r);
	assert_int_equal(r.desired->waivers_len, 1);
	w = &r.desired->waivers[0];
	assert_int_equal(w->settings_len, 2);
	assert_string_equal(w->settings[1]->name, "storage_encrypted");
	assert_string_equal(w->reason, "decommissioned in January");
	assert_string_equal(w->expires_text, "2027-01-31");
	assert_int_equal(w->expires, 1801440000); /* 2027-02-01T00:00:00Z */
	assert_true(r.desired->has_limit);
	assert_true(r.desired->limit_is_percent);
	assert_int_equal(r.desired->limit, 25);
}

static void test_desired_load__gate_and_policy(void **state UNUSED)
{
	CLEANUP(result_release) struct result r;
	const struct gate_rules *gate;
	const struct policy_rules *policy;

	load_full(&r);
	gate = &r.desired->gate;
	policy = &r.desired->policy;
	assert_int_equal(r.desired->gate_line, 71);
	assert_int_equal(gate->max_plan_age_s, 7 * 86400);
	assert_int_equal(gate->signatures, 1);
	assert_int_equal(gate->keys_len, 1);
	assert_string_equal(gate->keys[0].name, "alice");
	assert_string_equal(gate->keys[0].path, "keys/alice.pub");
	assert_string_equal(gate->keys[0].email, "alice@example.com");
	assert_int_equal(gate->freezes_len, 1);
	assert_int_equal(gate->freezes[0].for_s, 60 * 3600);
	assert_string_equal(gate->freezes[0].zone, "Europe/Berlin");
	assert_int_equal(policy->line, 76);
	assert_int_equal(policy->deny_len, 2);
	assert_string_equal(policy->deny[1], "many");
	assert_string_equal(policy->protected[0], "cluster/billing-*");
	assert_int_equal(policy->restart_windows_len, 1);
	assert_string_equal(policy->restart_windows[0].zone, "UTC");
}

static void test_desired_load__review_and_notify(void **state)
{
	const unsigned all = (1U << OCCASIONS) - 1;
	CLEANUP(result_release) struct result r;
	const struct desired *d;

	(void)state;
	load_full(&r);
	d = r.desired;
	assert_int_equal(d->review_every_s, 90 * 86400);
	assert_true(d->review_sign_off);
	assert_int_equal(d->owners_len, 1);
	assert_string_equal(d->owners[0], "dba@example.com");
	assert_int_equal(d->notify_len, 6);
	assert_int_equal(d->notify[0].channel, CHANNEL_WEBHOOK);
	assert_string_equal(d->notify[0].url_env, "ABACK_SLACK_URL");
	assert_true(d->notify[0].slack);
	assert_int_equal(d->notify[0].occasions,
			 1U << OCCASION_REVIEW | 1U << OCCASION_DUE);
	assert_int_equal(d->notify[0].timeout_s, 10);
	assert_string_equal(d->notify[1].url_file, DATA "secrets/hook");
	assert_string_equal(d->notify[1].ca_file, DATA "ca.pem");
	assert_false(d->notify[1].slack);
	assert_int_equal(d->notify[1].occasions, 1U << OCCASION_DRIFT);
	assert_int_equal(d->notify[1].timeout_s, 5);
	assert_string_equal(d->notify[2].url, "http://127.0.0.1:8080/aback");
	assert_int_equal(d->notify[2].occasions, all);
	assert_int_equal(d->notify[3].channel, CHANNEL_SNS);
	assert_string_equal(d->notify[3].topic_region, "eu-west-1");
	assert_string_equal(d->notify[3].role_arn,
			    "arn:aws:iam::123456789012:role/aback");
	assert_null(d->notify[4].role_arn);
	assert_int_equal(d->notify[5].channel, CHANNEL_COMMAND);
	assert_string_equal(d->notify[5].argv[2], "dba");
	assert_null(d->notify[5].argv[3]);
}

static void test_desired_parse__urls_are_never_shown(void **state)
{
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(MIB);

	(void)state;
	read_data("bad-notify.yaml", &text);
	assert_non_null(strstr(text.buf, "planted"));
	strbuf_clear(&text);
	read_data("bad-notify.txt", &text);
	assert_null(strstr(text.buf, "planted"));
}

static void test_desired_parse__limits(void **state)
{
	static const char *const bad[] = {
		"1.5",  "\"%\"",  "-1%",  "101%", "10 %",
		"many", "\"10\"", "null", "[1]",  "99999999999999999999"
	};
	CLEANUP(result_release)
	struct result r = parse(HEAD "limits: {max_clusters: 12}\n");

	(void)state;
	assert_true(r.desired->has_limit);
	assert_false(r.desired->limit_is_percent);
	assert_int_equal(r.desired->limit, 12);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		CLEANUP(free_ptr)
		char *text = xasprintf("limits: {max_clusters: %s}\n", bad[i]);

		expect_mistake(text, "'max_clusters' must be a number of "
				     "clusters or a percentage from 0% to "
				     "100%");
	}
}

static void test_desired_parse__region_names(void **state)
{
	static const char *const good[] = { "eu-west-1", "us-gov-east-1",
					    "us-isob-east-1", "cn-north-1",
					    "ap-southeast-12" };
	static const char *const bad[] = { "eu",          "eu-west",
					   "eu_west_1",   "EU-WEST-1",
					   "eu-west-1a",  "eu-west-",
					   "eu-1",        "e-west-1",
					   "eu-west-123", "../eu-west-1" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good) + ARRAY_SIZE(bad); i++) {
		bool valid = i < ARRAY_SIZE(good);
		const char *name = valid ? good[i] : bad[i - ARRAY_SIZE(good)];
		CLEANUP(free_ptr)
		char *text = xasprintf("version: 1\ntargets:\n- {name: a, "
				       "account_id: \"123456789012\", "
				       "region: %s}\n",
				       name);
		CLEANUP(result_release) struct result r = parse(text);

		if ((r.rc == 0) != valid)
			fail_msg("'%s': %s", name, r.text.buf);
	}
}

static void test_desired_parse__password_in_remote_is_never_shown(void **state)
{
	CLEANUP(result_release)
	struct result r = parse(HEAD "state: {repository: a, remote: "
				     "\"https://u:hunter2@h/x\"}\n");

	(void)state;
	assert_int_equal(r.rc, -1);
	assert_non_null(strstr(r.text.buf, "must not hold a password"));
	assert_null(strstr(r.text.buf, "hunter2"));
}

/* The value of any type that a rule might give. */
static const char *some_value(const struct setting *row)
{
	switch (row->type) {
	case TYPE_BOOL:
		return "true";
	case TYPE_INT:
		return "7";
	case TYPE_STRING_SET:
		return "[x]";
	case TYPE_DOCUMENT:
	case TYPE_DOCUMENT_MAP:
		return "{Version: x}";
	case TYPE_STRING_MAP:
		return "{include: {a: b}}";
	case TYPE_RULE_SET:
		return "[]";
	case TYPE_STRING:
	case TYPE_TEXT:
	case TYPE_LOWER_STRING:
	case TYPE_ENUM:
	case TYPE_DAILY_WINDOW:
	case TYPE_WEEKLY_WINDOW:
	case TYPE_PARAMETER:
		break;
	}
	return "\"hunter2-secret\"";
}

static void refusal_of(const struct setting *row)
{
	CLEANUP(free_ptr)
	char *text = xasprintf(HEAD "rules:\n  - match: {kind: %s}\n"
				    "    set: {%s: %s}\n",
			       kind_ops(row->kind)->name, row->name,
			       some_value(row));
	CLEANUP(result_release) struct result r = parse(text);

	if (r.rc != -1 || r.list.len != 1 || r.list.items[0].line != 6 ||
	    !strstr(r.text.buf, row->name) || !strstr(r.text.buf, row->reason))
		fail_msg("%s: %s", row->name, r.text.buf);
	if (row->standing == STANDING_OTHER_KIND) {
		assert_non_null(strstr(r.text.buf, row->belongs));
		assert_non_null(r.list.items[0].hint);
	}
	if (row->standing == STANDING_LATER)
		assert_non_null(strstr(r.text.buf, "not supported yet"));
	assert_null(strstr(r.text.buf, "hunter2-secret"));
}

static void test_desired_parse__rows_that_are_no_settings(void **state)
{
	size_t refused = 0;

	(void)state;
	for (enum kind kind = 0; kind < KIND_COUNT; kind++) {
		size_t len;
		const struct setting *rows = catalogue_rows(kind, &len);

		for (size_t i = 0; i < len; i++) {
			if (rows[i].standing == STANDING_WRITABLE ||
			    rows[i].standing == STANDING_FIXED)
				continue;
			refusal_of(&rows[i]);
			refused++;
		}
	}
	assert_true(refused > 20);
}

/* null is taken exactly where the row can be unset. */
static void test_desired_parse__null(void **state)
{
	(void)state;
	for (enum kind kind = 0; kind < KIND_COUNT; kind++) {
		size_t len;
		const struct setting *rows = catalogue_rows(kind, &len);

		for (size_t i = 0; i < len; i++) {
			CLEANUP(free_ptr)
			char *text =
				xasprintf(HEAD "rules:\n  - match: {kind: %s}\n"
					       "    set: {%s: ~}\n",
					  kind_ops(kind)->name, rows[i].name);
			CLEANUP(result_release) struct result r = parse(text);
			bool taken = rows[i].nullable &&
				     (rows[i].standing == STANDING_WRITABLE ||
				      rows[i].standing == STANDING_FIXED);

			if ((r.rc == 0) != taken)
				fail_msg("%s: %s", rows[i].name, r.text.buf);
		}
	}
}

static void test_desired_parse__one_mistake_each(void **state)
{
	static const struct {
		const char *more, *mistake;
	} cases[] = {
		{ "rules:\n- match: {kind: instance}\n"
		  "  set: {deletion_protection: true}\n",
		  "aback.yaml:6:9: error: 'deletion_protection' belongs to the "
		  "kind 'cluster'" },
		{ "rules:\n- match: {kind: cluster}\n"
		  "  set: {managed_policy_arns: []}\n",
		  "belongs to the kind 'iam_role', not 'cluster'\n  hint: set "
		  "it in a rule with match: {kind: iam_role}" },
		{ "rules:\n- match: {kind: cluster}\n"
		  "  set: {backup_retention_period: 40}\n",
		  "from 1 to 35" },
		{ "rules:\n- match: {kind: cluster, id: 2024}\n"
		  "  set: {deletion_protection: true}\n",
		  "hint: put it in quotes: \"2024\"" },
		{ "rules:\n- match: {kind: cluster, target: prood}\n"
		  "  set: {deletion_protection: true}\n",
		  "hint: did you mean 'prod'?" },
		{ "gate: true\n", "'gate' must be a map" },
		{ "notify: {}\n", "'notify' must be a list" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		expect_mistake(cases[i].more, cases[i].mistake);
}

static void test_desired_parse__mistakes_inside_an_alias_show_once(void **state)
{
	(void)state;
	expect_mistake("rules:\n"
		       "- match: {kind: cluster}\n"
		       "  set: &s {deletion_protectio: true}\n"
		       "- match: {kind: cluster}\n"
		       "  set: *s\n",
		       "did you mean 'deletion_protection'?");
}

/* Cut anywhere, a file is good or has a mistake; it never crashes. */
static void test_desired_parse__every_prefix(void **state)
{
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(MIB);

	(void)state;
	read_data("good-full.yaml", &text);
	for (size_t len = 0; len < text.len; len++) {
		CLEANUP(free_ptr) char *cut = xstrndup(text.buf, len);
		CLEANUP(result_release)
		struct result r = parse_named("f", cut, len);

		assert_true((r.rc == 0) == (r.list.len == 0));
		assert_true((r.rc == 0) == (r.desired != NULL));
	}
}

/* The examples of the documentation are good files, or parts of one. */
static void test_desired_parse__documented_examples(void **state)
{
	CLEANUP(strbuf_release) struct strbuf docs = STRBUF_INIT(MIB);
	CLEANUP(error_release) struct error err = ERROR_INIT;
	size_t found = 0;

	(void)state;
	assert_int_equal(file_read("docs/aback-yaml.md", MIB, &docs, &err), 0);
	for (char *s = docs.buf; (s = strstr(s, "```yaml\n"));) {
		char *end = strstr(s + 8, "```\n");

		assert_non_null(end);
		*end = '\0';
		CLEANUP(free_ptr)
		char *text = xasprintf(
			"%s%s", strncmp(s + 8, "version:", 8) ? HEAD : "",
			s + 8);
		CLEANUP(result_release) struct result r = parse(text);

		if (r.rc)
			fail_msg("%s\n%s", text, r.text.buf);
		found++;
		s = end + 1;
	}
	assert_true(found >= 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_desired_parse__good_files),
		cmocka_unit_test(
			test_desired_parse__bad_files_have_their_mistakes),
		cmocka_unit_test(
			test_desired_load__missing_file_is_an_io_error),
		cmocka_unit_test(test_desired_load__state_and_digests),
		cmocka_unit_test(test_desired_load__targets),
		cmocka_unit_test(test_desired_load__rules_and_values),
		cmocka_unit_test(test_desired_load__selectors),
		cmocka_unit_test(test_desired_load__waivers_and_limits),
		cmocka_unit_test(test_desired_load__gate_and_policy),
		cmocka_unit_test(test_desired_load__review_and_notify),
		cmocka_unit_test(test_desired_parse__urls_are_never_shown),
		cmocka_unit_test(test_desired_parse__limits),
		cmocka_unit_test(test_desired_parse__region_names),
		cmocka_unit_test(
			test_desired_parse__password_in_remote_is_never_shown),
		cmocka_unit_test(test_desired_parse__rows_that_are_no_settings),
		cmocka_unit_test(test_desired_parse__null),
		cmocka_unit_test(test_desired_parse__one_mistake_each),
		cmocka_unit_test(
			test_desired_parse__mistakes_inside_an_alias_show_once),
		cmocka_unit_test(test_desired_parse__every_prefix),
		cmocka_unit_test(test_desired_parse__documented_examples),
	};

	json_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
