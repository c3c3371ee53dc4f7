/* `targets:` the accounts and regions. */
#include <string.h>

#include "core/limits.h"
#include "core/mem.h"
#include "plans/desired_read.h"

#define ACCOUNT_DIGITS 12

static bool is_account(const char *text)
{
	return strspn(text, "0123456789") == ACCOUNT_DIGITS &&
	       strlen(text) == ACCOUNT_DIGITS;
}

static const char *skip_lower(const char *s)
{
	while (*s >= 'a' && *s <= 'z')
		s++;
	return s;
}

bool desired_is_region(const char *text)
{
	const char *s = skip_lower(text);
	size_t words = 1, digits;

	if (s - text != 2)
		return false;
	while (*s == '-' && s[1] >= 'a' && s[1] <= 'z') {
		s = skip_lower(s + 1);
		words++;
	}
	if (words < 2 || *s != '-')
		return false;
	digits = strspn(s + 1, "0123456789");
	return digits && digits <= 2 && !s[1 + digits];
}

/*
 * arn:<partition>:iam::<account>:role/<path and name>. The account, borrowed
 * from arn and followed by ':'; NULL: it is no such ARN.
 */
static const char *account_of_role(const char *arn)
{
	static const char role[] = ":role/";
	const char *s;

	if (strncmp(arn, "arn:aws", 7) != 0)
		return NULL;
	s = arn + 7;
	while (*s == '-' || (*s >= 'a' && *s <= 'z'))
		s++;
	if (strncmp(s, ":iam::", 6) != 0)
		return NULL;
	s += 6;
	if (strspn(s, "0123456789") != ACCOUNT_DIGITS ||
	    strncmp(s + ACCOUNT_DIGITS, role, strlen(role)) != 0)
		return NULL;
	if (!s[ACCOUNT_DIGITS + strlen(role)] ||
	    strpbrk(s + ACCOUNT_DIGITS, " *?") || strlen(arn) > 2048)
		return NULL;
	return s;
}

/* Names are in plans, in addresses of holds and on the command line. */
static bool is_name(const char *text)
{
	static const char valid[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz0123456789_.-";
	size_t len = strlen(text);

	return len <= 64 && strspn(text, valid) == len && text[0] != '.' &&
	       text[0] != '-';
}

static void read_name(struct desired_reader *r, const struct yaml_node *map,
		      struct target *target)
{
	const struct yaml_node *node =
		desired_need(r, map, "the target", "name");
	const char *text = node ? desired_text(r, node, "'name'") : NULL;

	if (!text)
		return;
	if (!is_name(text)) {
		desired_mistake(r, node,
				"letters, digits, '_', '.' and '-', at most 64",
				"'%s' is not a target's name", text);
		return;
	}
	target->name = arena_strdup(&r->desired->arena, text);
}

static void read_account(struct desired_reader *r, const struct yaml_node *map,
			 struct target *target)
{
	const struct yaml_node *node =
		desired_need(r, map, "the target", "account_id");
	const char *text;

	if (!node)
		return;
	if (node->type == YAML_INT || node->type == YAML_FLOAT) {
		CLEANUP(free_ptr)
		char *hint = xasprintf("put it in quotes, as a number loses "
				       "its leading zeros: \"%s\"",
				       node->text);

		desired_mistake(r, node, hint,
				"'account_id' must be a string of 12 digits, "
				"not a number");
		return;
	}
	text = desired_text(r, node, "'account_id'");
	if (text && !is_account(text))
		desired_mistake(r, node, NULL,
				"'account_id' must be a string of 12 digits, "
				"not '%s'",
				text);
	else if (text)
		target->account_id = arena_strdup(&r->desired->arena, text);
}

static void read_region(struct desired_reader *r, const struct yaml_node *map,
			struct target *target)
{
	const struct yaml_node *node =
		desired_need(r, map, "the target", "region");
	const char *text = node ? desired_text(r, node, "'region'") : NULL;

	if (!text)
		return;
	if (!desired_is_region(text)) {
		desired_mistake(r, node, "such as eu-west-1",
				"'%s' is not the name of a region", text);
		return;
	}
	target->region = arena_strdup(&r->desired->arena, text);
}

static void read_role(struct desired_reader *r, const struct yaml_node *map,
		      struct target *target)
{
	const struct yaml_node *node = yaml_get(map, "role_arn");
	const char *text = node ? desired_text(r, node, "'role_arn'") : NULL;
	const char *account = text ? account_of_role(text) : NULL;

	if (!text)
		return;
	if (!account) {
		desired_mistake(r, node,
				"such as arn:aws:iam::123456789012:role/aback",
				"'%s' is not the ARN of a role", text);
		return;
	}
	if (target->account_id &&
	    strncmp(account, target->account_id, ACCOUNT_DIGITS) != 0) {
		desired_mistake(r, node, NULL,
				"the role is of account %.12s, the target of "
				"account %s",
				account, target->account_id);
		return;
	}
	target->role_arn = arena_strdup(&r->desired->arena, text);
}

/* Two targets of one name, or two that are the same place. */
static void refuse_duplicate(struct desired_reader *r,
			     const struct yaml_node *list, size_t at)
{
	const struct target *b = &r->desired->targets[at];

	for (size_t i = 0; i < at; i++) {
		const struct target *a = &r->desired->targets[i];
		long line = list->items[i]->line;

		if (a->name && b->name && !strcmp(a->name, b->name))
			desired_mistake(r, list->items[at], NULL,
					"a target '%s' is there already, at "
					"line %ld",
					b->name, line);
		else if (a->account_id && b->account_id && a->region &&
			 b->region && !strcmp(a->account_id, b->account_id) &&
			 !strcmp(a->region, b->region))
			desired_mistake(r, list->items[at], NULL,
					"the same place, %s in %s, as the "
					"target at line %ld",
					b->account_id, b->region, line);
		else
			continue;
		return;
	}
}

void desired_read_targets(struct desired_reader *r,
			  const struct yaml_node *node)
{
	static const char *const keys[] = { "name", "account_id", "region",
					    "role_arn", NULL };
	struct desired *d = r->desired;

	if (!desired_list(r, node, "'targets'"))
		return;
	if (!node->len || node->len > LIMIT_TARGETS) {
		desired_mistake(r, node, NULL,
				node->len ? "more than %d targets"
					  : "'targets' is empty, and nothing "
					    "can be read without one",
				LIMIT_TARGETS);
		return;
	}
	d->targets = arena_alloc(&d->arena, node->len * sizeof(*d->targets));
	for (size_t i = 0; i < node->len; i++) {
		struct target *target = &d->targets[d->targets_len++];
		const struct yaml_node *map = node->items[i];

		if (!desired_map(r, map, "a target", keys))
			continue;
		read_name(r, map, target);
		read_account(r, map, target);
		read_region(r, map, target);
		read_role(r, map, target);
		refuse_duplicate(r, node, i);
	}
}
