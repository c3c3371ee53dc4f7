#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "plans/catalogue.h"
#include "plans/kind.h"

static void test_kind_ops__every_kind_is_found_by_its_name(void **state UNUSED)
{
	for (enum kind kind = 0; kind < KIND_COUNT; kind++) {
		const struct kind_ops *ops = kind_ops(kind);

		assert_int_equal(ops->kind, kind);
		assert_ptr_equal(kind_by_name(ops->name), ops);
		assert_non_null(ops->read);
		assert_non_null(ops->lane);
		assert_non_null(ops->condition);
		assert_non_null(ops->calls);
		assert_true(!ops->after_call != !ops->after_with);
		assert_int_equal(!ops->refers_to, !ops->references);
		/* a lane is named after a resource that is in it */
		assert_int_equal(kind_ops(ops->lane_kind)->global, ops->global);
	}
	assert_null(kind_by_name("clusters"));
	assert_null(kind_by_name(""));
}

static void test_address_of__encodes(void **state UNUSED)
{
	char *plain = address_of(KIND_CLUSTER, "orders-1");
	char *odd = address_of(KIND_IAM_ROLE, "a b/c%:\xc3\xa9_.@+=,-");

	assert_string_equal(plain, "cluster/orders-1");
	assert_string_equal(odd, "iam_role/a%20b%2Fc%25%3A%C3%A9_.@+=,-");
	free(plain);
	free(odd);
}

static void parses(const char *text, const char *resource, const char *id,
		   const char *setting, const char *member)
{
	struct address address = { .ops = NULL };
	struct error err = ERROR_INIT;

	assert_int_equal(address_parse(text, &address, &err), 0);
	assert_string_equal(address.resource, resource);
	assert_string_equal(address.id, id);
	if (setting)
		assert_string_equal(address.setting, setting);
	else
		assert_null(address.setting);
	if (member)
		assert_string_equal(address.member, member);
	else
		assert_null(address.member);
	address_release(&address);
}

static void test_address_parse__forms(void **state UNUSED)
{
	parses("cluster/orders", "cluster/orders", "orders", NULL, NULL);
	parses("cluster/Orders:deletion_protection", "cluster/orders", "orders",
	       "deletion_protection", NULL);
	parses("iam_role/A%20b:managed_policy_arns/arn:aws:iam::aws:policy%2FX",
	       "iam_role/A%20b", "A b", "managed_policy_arns",
	       "arn:aws:iam::aws:policy/X");
	parses("cluster/%6frders", "cluster/orders", "orders", NULL, NULL);
}

static void refuses(const char *text, const char *says)
{
	struct address address = { .ops = NULL };
	struct error err = ERROR_INIT;
	struct strbuf message = STRBUF_INIT(65536);

	assert_int_equal(address_parse(text, &address, &err), -1);
	assert_int_equal(err.code, ERR_USAGE);
	assert_null(address.id);
	error_render(&err, &message);
	if (!strstr(message.buf, says))
		fail_msg("'%s' does not say '%s'", message.buf, says);
	strbuf_release(&message);
	error_release(&err);
}

static void test_address_parse__bad_input(void **state UNUSED)
{
	refuses("", "no address");
	refuses("orders", "no address");
	refuses("/orders", "unknown kind");
	refuses("clustr/orders", "did you mean 'cluster'");
	refuses("cluster/", "empty");
	refuses("cluster/:deletion_protection", "empty");
	refuses("cluster/a%", "wrongly encoded");
	refuses("cluster/a%2", "wrongly encoded");
	refuses("cluster/a%zz", "wrongly encoded");
	refuses("cluster/a%00", "wrongly encoded");
	refuses("cluster/a/b", "wrongly encoded");
	refuses("cluster/a:", "unknown setting ''");
	refuses("cluster/a:deletion_protecton",
		"did you mean 'deletion_protection'");
	refuses("cluster/a:deletion_protection/", "member");
}

static void test_call_list__holds_calls(void **state UNUSED)
{
	struct call_list list = { .items = NULL };

	for (size_t i = 0; i < 20; i++) {
		struct call *call = call_list_add(&list, "rds:ModifyDBCluster");

		call_add_change(call, i);
		call_add_change(call, i + 1);
		if (i)
			call_add_need(call, i - 1);
	}
	assert_int_equal(list.len, 20);
	assert_int_equal(list.items[19].changes[1], 20);
	assert_int_equal(list.items[19].needs[0], 18);
	call_list_release(&list);
	assert_int_equal(list.len, 0);
	call_list_release(&list);
}

static void test_resource__frees_what_it_has(void **state UNUSED)
{
	struct resource *resource = resource_new(KIND_INSTANCE, NULL);
	const struct setting *row =
		catalogue_lookup(KIND_INSTANCE, "promotion_tier");

	assert_null(resource_value(resource, row));
	resource->values[catalogue_index(row)] = json_integer(3);
	resource->pending[catalogue_index(row)] = json_integer(4);
	assert_int_equal(json_integer_value(resource_value(resource, row)), 3);
	assert_int_equal(json_integer_value(resource_pending(resource, row)),
			 4);
	resource_free(resource);
	resource_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			test_kind_ops__every_kind_is_found_by_its_name),
		cmocka_unit_test(test_address_of__encodes),
		cmocka_unit_test(test_address_parse__forms),
		cmocka_unit_test(test_address_parse__bad_input),
		cmocka_unit_test(test_call_list__holds_calls),
		cmocka_unit_test(test_resource__frees_what_it_has),
	};

	json_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
