#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/clock.h"
#include "core/limits.h"
#include "core/mem.h"
#include "plans/controls.h"
#include "plans/desired.h"

#define HEAD                                                                \
	"version: 1\n"                                                      \
	"targets:\n"                                                        \
	"- {name: prod, account_id: \"123456789012\", region: eu-west-1}\n" \
	"- {name: dev, account_id: \"210987654321\", region: eu-west-1}\n"

static struct place prod = { .name = (char *)"prod",
			     .account_id = (char *)"123456789012",
			     .region = (char *)"eu-west-1" };
static struct place global = { .name = (char *)"123456789012/global",
			       .account_id = (char *)"123456789012",
			       .region = (char *)"global",
			       .global = true };

static struct desired *parse(const char *rest)
{
	CLEANUP(error_release) struct error err = ERROR_INIT;
	CLEANUP(free_ptr) char *text = xasprintf("%s%s", HEAD, rest);
	CLEANUP(strbuf_release) struct strbuf shown = STRBUF_INIT(MIB);
	struct error_list list = { 0 };
	struct desired *desired = NULL;

	if (desired_parse("aback.yaml", text, strlen(text), &desired, &list,
			  &err))
		error_list_render(&list, &shown);
	error_list_release(&list);
	if (!desired)
		fail_msg("%s", shown.buf);
	return desired;
}

DEFINE_CLEANUP(resource_release, struct resource *, resource_free)

static struct resource *make(enum kind kind, const char *id)
{
	struct resource *resource =
		resource_new(kind, kind == KIND_IAM_ROLE ? &global : &prod);

	resource->id = xstrdup(id);
	if (kind != KIND_IAM_ROLE)
		resource->engine = xstrdup("aurora-mysql");
	resource->tags =
		json_pack("{s:s, s:s}", "environment", "prod", "empty", "");
	return resource;
}

static void test_glob_matches__stars_and_marks(void **state)
{
	static const struct {
		const char *glob, *text;
		bool matches;
	} cases[] = {
		{ "orders", "orders", true },
		{ "orders", "orders2", false },
		{ "orders", "order", false },
		{ "*", "", true },
		{ "*", "anything", true },
		{ "", "", true },
		{ "", "x", false },
		{ "?", "", false },
		{ "?", "x", true },
		{ "?", "xy", false },
		{ "??", "xy", true },
		{ "?", "\xc3\xa4", true },
		{ "orders-*", "orders-", true },
		{ "orders-*", "orders", false },
		{ "*-prod", "a-prod-prod", true },
		{ "*-prod", "a-prod-dev", false },
		{ "a*b*c", "aXbYbZc", true },
		{ "a*b*c", "aXbYbZ", false },
		{ "**", "x", true },
		{ "a**b", "ab", true },
		{ "*a?c*", "xxabcxx", true },
		{ "[a]", "a", false },
		{ "A", "a", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		if (glob_matches(cases[i].glob, cases[i].text) !=
		    cases[i].matches)
			fail_msg("'%s' on '%s'", cases[i].glob, cases[i].text);
	}
}

static void test_glob_matches__many_stars_end_soon(void **state)
{
	char text[2001];
	int64_t start = clock_monotonic_ms();

	(void)state;
	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	assert_false(glob_matches("a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b", text));
	assert_true(clock_monotonic_ms() - start < 1000);
}

/* Does a rule with this match select the resource? */
static bool selects(const char *match, const char *except,
		    const struct resource *resource)
{
	CLEANUP(free_ptr)
	char *text = xasprintf(
		"rules:\n- match: %s\n  except: %s\n"
		"  set: {%s}\n",
		match, except,
		resource->kind == KIND_CLUSTER    ? "deletion_protection: true"
		: resource->kind == KIND_INSTANCE ? "publicly_accessible: false"
						  : "managed_policy_arns: []");
	CLEANUP(desired_cleanup) struct desired *desired = parse(text);

	return rule_matches(&desired->rules[0], resource);
}

static void test_rule_matches__all_keys_must_hold(void **state)
{
	static const struct {
		const char *match;
		bool matches;
	} cases[] = {
		{ "{kind: cluster}", true },
		{ "{kind: cluster, id: orders}", true },
		{ "{kind: cluster, id: ORDERS}", true },
		{ "{kind: cluster, id: [a, \"ord*\"]}", true },
		{ "{kind: cluster, id: [a, b]}", false },
		{ "{kind: cluster, engine: aurora-mysql}", true },
		{ "{kind: cluster, engine: aurora-postgresql}", false },
		{ "{kind: cluster, target: prod}", true },
		{ "{kind: cluster, target: dev}", false },
		{ "{kind: cluster, target: [dev, prod]}", true },
		{ "{kind: cluster, tags: {environment: prod}}", true },
		{ "{kind: cluster, tags: {environment: pro}}", false },
		{ "{kind: cluster, tags: {environment: Prod}}", false },
		{ "{kind: cluster, tags: {empty: \"\"}}", true },
		{ "{kind: cluster, tags: {missing: \"\"}}", false },
		{ "{kind: cluster, id: orders, tags: {environment: x}}",
		  false },
	};
	CLEANUP(resource_release)
	struct resource *orders = make(KIND_CLUSTER, "orders");

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		if (selects(cases[i].match, "[]", orders) != cases[i].matches)
			fail_msg("%s", cases[i].match);
	}
}

static void test_rule_matches__except_takes_away(void **state)
{
	CLEANUP(resource_release)
	struct resource *orders = make(KIND_CLUSTER, "orders");

	(void)state;
	assert_false(selects("{kind: cluster}", "[{id: orders}]", orders));
	assert_false(
		selects("{kind: cluster}", "[{id: x}, {id: \"o*\"}]", orders));
	assert_true(selects("{kind: cluster}", "[{id: x}]", orders));
	/* all keys of one entry must hold */
	assert_true(selects("{kind: cluster}", "[{id: orders, target: dev}]",
			    orders));
}

static void test_rule_matches__instances_by_cluster(void **state)
{
	CLEANUP(resource_release)
	struct resource *member = make(KIND_INSTANCE, "orders-1");

	(void)state;
	assert_false(selects("{kind: instance, cluster: \"*\"}", "[]", member));
	member->cluster = xstrdup("orders");
	assert_true(selects("{kind: instance, cluster: orders}", "[]", member));
	assert_true(
		selects("{kind: instance, cluster: \"ORD*\"}", "[]", member));
	assert_false(selects("{kind: instance, cluster: users}", "[]", member));
	assert_false(selects("{kind: instance, id: orders}", "[]", member));
}

static void test_rule_matches__roles_are_in_the_account(void **state)
{
	CLEANUP(resource_release)
	struct resource *role = make(KIND_IAM_ROLE, "App");

	(void)state;
	assert_true(selects("{kind: iam_role, target: prod}", "[]", role));
	assert_false(selects("{kind: iam_role, target: dev}", "[]", role));
	/* names of roles keep their case */
	assert_true(selects("{kind: iam_role, id: App}", "[]", role));
	assert_false(selects("{kind: iam_role, id: app}", "[]", role));
}

static void test_rule_matches__unread_tags_select_nothing(void **state)
{
	CLEANUP(resource_release)
	struct resource *orders = make(KIND_CLUSTER, "orders");

	(void)state;
	json_decref(orders->tags);
	orders->tags = NULL;
	assert_false(selects("{kind: cluster, tags: {environment: prod}}", "[]",
			     orders));
	assert_true(selects("{kind: cluster}", "[{tags: {a: b}}]", orders));
}

static struct wanted_setting *decide(const struct desired *desired,
				     const struct resource *resource)
{
	size_t len;

	(void)catalogue_rows(resource->kind, &len);
	struct wanted_setting *out = xcalloc(len, sizeof(*out));

	/* what was there before must not shine through */
	memset(out, 0x55, len * sizeof(*out));
	desired_decide(desired, resource, out);
	return out;
}

static const struct wanted_setting *row_of(const struct wanted_setting *out,
					   enum kind kind, const char *name)
{
	CLEANUP(error_release) struct error err = ERROR_INIT;
	const struct setting *row = NULL;

	assert_int_equal(catalogue_find(kind, name, &row, &err), 0);
	return &out[catalogue_index(row)];
}

static void test_desired_decide__the_last_rule_decides(void **state)
{
	CLEANUP(desired_cleanup)
	struct desired *desired = parse(
		"rules:\n"
		"- match: {kind: cluster}\n"
		"  set: {backup_retention_period: 7, deletion_protection: "
		"true,\n"
		"        enabled_cloudwatch_logs_exports: {include: [audit]}}\n"
		"- match: {kind: cluster, id: orders}\n"
		"  when: window\n"
		"  set: {backup_retention_period: 30,\n"
		"        enabled_cloudwatch_logs_exports: {include: [error]}}\n"
		"- match: {kind: cluster, id: users}\n"
		"  set: {backup_retention_period: 1}\n"
		"- match: {kind: instance}\n"
		"  set: {publicly_accessible: false}\n");
	CLEANUP(resource_release)
	struct resource *orders = make(KIND_CLUSTER, "orders");
	CLEANUP(free_ptr)
	struct wanted_setting *out = decide(desired, orders);
	const struct wanted_setting *w;

	(void)state;
	w = row_of(out, KIND_CLUSTER, "backup_retention_period");
	assert_ptr_equal(w->rule, &desired->rules[1]);
	assert_int_equal(json_integer_value(w->rule_setting->value), 30);
	assert_true(w->rule->window);
	/* per setting: the rest stays with the rule before */
	w = row_of(out, KIND_CLUSTER, "deletion_protection");
	assert_ptr_equal(w->rule, &desired->rules[0]);
	/* include and exclude of the last rule only */
	w = row_of(out, KIND_CLUSTER, "enabled_cloudwatch_logs_exports");
	assert_int_equal(json_array_size(w->rule_setting->include), 1);
	assert_true(json_array_has(w->rule_setting->include, "error"));
	w = row_of(out, KIND_CLUSTER, "port");
	assert_null(w->rule);
	assert_null(w->rule_setting);
}

static void test_desired_waiver__holds_until_the_end_of_the_day(void **state)
{
	CLEANUP(desired_cleanup)
	struct desired *desired = parse(
		"waivers:\n"
		"- {match: {kind: cluster, id: orders}, reason: a,\n"
		"   settings: [deletion_protection], expires: 2026-01-31}\n"
		"- {match: {kind: cluster}, reason: b,\n"
		"   settings: [deletion_protection, port],"
		" expires: 2026-02-28}\n");
	CLEANUP(resource_release)
	struct resource *orders = make(KIND_CLUSTER, "orders");
	CLEANUP(error_release) struct error err = ERROR_INIT;
	const struct setting *protection = NULL, *backtrack = NULL;
	const struct waiver *expired = NULL;
	int64_t last = 0;

	(void)state;
	assert_int_equal(catalogue_find(KIND_CLUSTER, "deletion_protection",
					&protection, &err),
			 0);
	assert_int_equal(catalogue_find(KIND_CLUSTER, "backtrack_window",
					&backtrack, &err),
			 0);
	assert_int_equal(clock_parse("2026-02-28T23:59:59Z", &last, &err), 0);

	assert_ptr_equal(
		desired_waiver(desired, orders, protection, 0, &expired),
		&desired->waivers[0]);
	assert_null(expired);
	/* the second holds when the first no longer does */
	assert_ptr_equal(
		desired_waiver(desired, orders, protection, last, &expired),
		&desired->waivers[1]);
	assert_null(expired);
	assert_null(desired_waiver(desired, orders, protection, last + 1,
				   &expired));
	assert_ptr_equal(expired, &desired->waivers[1]);
	assert_null(desired_waiver(desired, orders, backtrack, 0, &expired));
	assert_null(expired);
}

/* Of regions by their target alone, of resources by their kind. */
static void test_desired_waiver_of_control__region_or_resource(void **state)
{
	CLEANUP(desired_cleanup)
	struct desired *desired =
		parse("waivers:\n"
		      "- {match: {target: prod}, reason: a,\n"
		      "   controls: [trail-logs], expires: 2026-01-31}\n"
		      "- {match: {kind: cluster, id: orders}, reason: b,\n"
		      "   controls: [cluster-private-subnets], expires: "
		      "2026-02-28}\n");
	CLEANUP(resource_release)
	struct resource *orders = make(KIND_CLUSTER, "orders");
	CLEANUP(resource_release)
	struct resource *users = make(KIND_CLUSTER, "users");
	const struct control *logs = control_find("trail-logs");
	const struct control *subnets = control_find("cluster-private-subnets");
	const struct place other = { .name = (char *)"other" };
	const struct place *place = orders->place;
	const struct waiver *expired = NULL;

	(void)state;
	assert_ptr_equal(desired_waiver_of_control(desired, logs, place, NULL,
						   0, &expired),
			 &desired->waivers[0]);
	assert_null(desired_waiver_of_control(desired, logs, &other, NULL, 0,
					      &expired));
	assert_null(desired_waiver_of_control(desired, subnets, place, NULL, 0,
					      &expired));
	assert_ptr_equal(desired_waiver_of_control(desired, subnets, place,
						   orders, 0, &expired),
			 &desired->waivers[1]);
	assert_null(desired_waiver_of_control(desired, subnets, place, users, 0,
					      &expired));
	assert_null(expired);
	/* what is waived of one control is not of another, nor for plans */
	assert_null(desired_waiver_of_control(desired,
					      control_find("cluster-tagged"),
					      place, orders, 0, &expired));
	assert_null(desired_waiver(
		desired, orders,
		catalogue_lookup(KIND_CLUSTER, "deletion_protection"), 0,
		&expired));
	assert_null(desired_waiver_of_control(desired, logs, place, NULL,
					      4102444800, &expired));
	assert_ptr_equal(expired, &desired->waivers[0]);
}

static void test_desired_decide__large_fleets_are_quick(void **state)
{
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(MIB);
	int64_t start;

	(void)state;
	strbuf_adds(&text, "rules:\n");
	for (int i = 0; i < 100; i++)
		strbuf_addf(&text,
			    "- match: {kind: cluster, id: [\"a*b%d*\", "
			    "\"*-%d\"], tags: {environment: prod}}\n"
			    "  set: {deletion_protection: true, "
			    "backup_retention_period: %d}\n",
			    i, i, 1 + i % 35);
	{
		CLEANUP(desired_cleanup)
		struct desired *desired = parse(text.buf);
		CLEANUP(resource_release)
		struct resource *orders = make(KIND_CLUSTER, "cluster-77");

		start = clock_monotonic_ms();
		for (int i = 0; i < 10000; i++) {
			CLEANUP(free_ptr)
			struct wanted_setting *out = decide(desired, orders);

			assert_non_null(
				row_of(out, KIND_CLUSTER, "deletion_protection")
					->rule);
		}
		/* seconds are generous: it takes a fraction of one */
		assert_true(clock_monotonic_ms() - start < 10000);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_glob_matches__stars_and_marks),
		cmocka_unit_test(test_glob_matches__many_stars_end_soon),
		cmocka_unit_test(test_rule_matches__all_keys_must_hold),
		cmocka_unit_test(test_rule_matches__except_takes_away),
		cmocka_unit_test(test_rule_matches__instances_by_cluster),
		cmocka_unit_test(test_rule_matches__roles_are_in_the_account),
		cmocka_unit_test(test_rule_matches__unread_tags_select_nothing),
		cmocka_unit_test(test_desired_decide__the_last_rule_decides),
		cmocka_unit_test(
			test_desired_waiver__holds_until_the_end_of_the_day),
		cmocka_unit_test(
			test_desired_waiver_of_control__region_or_resource),
		cmocka_unit_test(test_desired_decide__large_fleets_are_quick),
	};

	json_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
