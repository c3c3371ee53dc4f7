/* `gate:` and `policy:`: what must hold before a plan may be applied. */
#include <string.h>
#include <strings.h>

#include "core/mem.h"
#include "plans/desired_read.h"
#include "plans/kind.h"

/* What is longer stands for "always", which is another thing. */
#define PERIOD_MOST_S (INT64_C(62) * 86400)
#define KEY_NAME_MOST 64

/* ---- trusted keys ----------------------------------------------------- */

/* It becomes part of a file's name beside the plan. */
static bool is_key_name(const char *name)
{
	return strlen(name) <= KEY_NAME_MOST && *name != '.' &&
	       !name[strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqr"
				  "stuvwxyz0123456789_.@-")];
}

static const struct trusted_key *find_key(const struct gate_rules *gate,
					  size_t len, const char *name)
{
	for (size_t i = 0; i < len; i++) {
		if (!strcmp(gate->keys[i].name, name))
			return &gate->keys[i];
	}
	return NULL;
}

static void read_key(struct desired_reader *r, const struct yaml_node *node)
{
	static const char *const keys[] = { "name", "key", "email", NULL };
	struct gate_rules *gate = &r->desired->gate;
	struct trusted_key key = { .name = NULL };
	const struct yaml_node *name, *path, *email;

	if (!desired_map(r, node, "a trusted key", keys))
		return;
	name = desired_need(r, node, "a trusted key", "name");
	path = desired_need(r, node, "a trusted key", "key");
	email = desired_need(r, node, "a trusted key", "email");
	if (!name || !path || !email)
		return;
	key.name = desired_text(r, name, "'name'");
	key.path = desired_text(r, path, "'key'");
	key.email = desired_text(r, email, "'email'");
	if (!key.name || !key.path || !key.email)
		return;
	if (!is_key_name(key.name))
		desired_mistake(r, name,
				"letters, digits and _ . @ - in at most 64",
				"'%s' cannot be the name of a key", key.name);
	else if (find_key(gate, gate->keys_len, key.name))
		desired_mistake(r, name, NULL,
				"there are two trusted keys named '%s'",
				key.name);
	if (key.email[strcspn(key.email, " \t\n<>")])
		desired_mistake(r, email,
				"as git has it: git config user.email",
				"'%s' is no email", key.email);
	if (*key.path == '/' || strstr(key.path, ".."))
		desired_mistake(r, path,
				"a path beside this file, such as "
				"keys/alice.pub",
				"'key' must lie in the same repository as "
				"this file");
	gate->keys[gate->keys_len++] = key;
}

static void read_keys(struct desired_reader *r, const struct yaml_node *node)
{
	if (!desired_list(r, node, "'trusted_keys'"))
		return;
	r->desired->gate.keys =
		arena_alloc(&r->desired->arena,
			    (node->len + 1) * sizeof(struct trusted_key));
	for (size_t i = 0; i < node->len; i++)
		read_key(r, node->items[i]);
}

size_t gate_people(const struct gate_rules *gate)
{
	size_t count = 0;

	for (size_t i = 0; i < gate->keys_len; i++) {
		size_t k = 0;

		while (k < i && strcasecmp(gate->keys[k].email,
					   gate->keys[i].email) != 0)
			k++;
		count += k == i;
	}
	return count;
}

static void read_signatures(struct desired_reader *r,
			    const struct yaml_node *node)
{
	struct gate_rules *gate = &r->desired->gate;

	if (node->type != YAML_INT || node->integer < 0)
		desired_mistake(r, node, NULL,
				"'signatures' must be a number from 0, not %s",
				desired_describe(r, node));
	else if ((uint64_t)node->integer > gate->keys_len)
		desired_mistake(r, node,
				"name more keys under 'trusted_keys', or ask "
				"for fewer signatures",
				"%lld signatures cannot come from %zu trusted "
				"keys",
				(long long)node->integer, gate->keys_len);
	else if ((uint64_t)node->integer > gate_people(gate))
		desired_mistake(r, node,
				"the keys of one email count as one signature",
				"%lld signatures cannot come from the trusted "
				"keys of %zu people",
				(long long)node->integer, gate_people(gate));
	else
		gate->signatures = (size_t)node->integer;
}

/* ---- periods ---------------------------------------------------------- */

static void read_cron(struct desired_reader *r, const struct yaml_node *node,
		      struct period *period)
{
	CLEANUP(error_release) struct error err = ERROR_INIT;

	period->text = desired_text(r, node, "'cron'");
	if (period->text && cron_parse(period->text, &period->cron, &err))
		desired_mistake(r, node,
				"minute hour day month weekday, such as "
				"\"0 18 * * 5\"",
				"'cron': %s", err.chain[0]);
}

static void read_zone(struct desired_reader *r, const struct yaml_node *node,
		      struct period *period)
{
	period->zone = desired_text(r, node, "'timezone'");
	if (period->zone && !cron_knows_zone(period->zone))
		desired_mistake(r, node,
				"a name such as Europe/Berlin; the zones are "
				"those of the package tzdata",
				"there is no time zone '%s'", period->zone);
}

static void read_for(struct desired_reader *r, const struct yaml_node *node,
		     struct period *period)
{
	if (!desired_duration(r, node, "for", "60h", &period->for_s))
		return;
	if (period->for_s > PERIOD_MOST_S)
		desired_mistake(r, node, "it lasts 62 days at most",
				"'for' is too long");
}

static struct period read_period(struct desired_reader *r,
				 const struct yaml_node *node, const char *what)
{
	static const char *const keys[] = { "cron", "for", "timezone", NULL };
	struct period period = { .zone = "UTC", .line = node->line };
	const struct yaml_node *cron, *length, *zone;

	if (!desired_map(r, node, what, keys))
		return period;
	cron = desired_need(r, node, what, "cron");
	length = desired_need(r, node, what, "for");
	zone = yaml_get(node, "timezone");
	if (cron)
		read_cron(r, cron, &period);
	if (length)
		read_for(r, length, &period);
	if (zone)
		read_zone(r, zone, &period);
	return period;
}

/* A list of them; NULL, and nothing in *ret_len, where it is none, listed. */
static struct period *read_periods(struct desired_reader *r,
				   const struct yaml_node *node,
				   const char *name, const char *what,
				   size_t *ret_len)
{
	struct period *periods;

	if (!desired_list(r, node, name))
		return NULL;
	periods = arena_alloc(&r->desired->arena,
			      (node->len + 1) * sizeof(*periods));
	for (size_t i = 0; i < node->len; i++)
		periods[i] = read_period(r, node->items[i], what);
	*ret_len = node->len;
	return periods;
}

static void read_freezes(struct desired_reader *r, const struct yaml_node *node)
{
	struct gate_rules *gate = &r->desired->gate;

	gate->freezes = read_periods(r, node, "'freeze'", "a freeze",
				     &gate->freezes_len);
}

void desired_read_gate(struct desired_reader *r, const struct yaml_node *node)
{
	static const char *const keys[] = { "max_plan_age", "signatures",
					    "trusted_keys", "freeze", NULL };
	/* signatures are counted against the keys */
	static const struct {
		const char *key;
		void (*read)(struct desired_reader *r,
			     const struct yaml_node *node);
	} parts[] = {
		{ "trusted_keys", read_keys },
		{ "signatures", read_signatures },
		{ "freeze", read_freezes },
	};
	const struct yaml_node *age;

	if (!desired_map(r, node, "'gate'", keys))
		return;
	r->desired->gate_line = node->line;
	age = yaml_get(node, "max_plan_age");
	if (age && desired_duration(r, age, "max_plan_age", "7d",
				    &r->desired->gate.max_plan_age_s))
		r->desired->gate.max_plan_age =
			desired_text(r, age, "'max_plan_age'");
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		const struct yaml_node *part = yaml_get(node, parts[i].key);

		if (part)
			parts[i].read(r, part);
	}
}

/* ---- policy ----------------------------------------------------------- */

static void read_deny(struct desired_reader *r, const struct yaml_node *node)
{
	static const char *const classes[] = { "lossy",   "one-way",
					       "restart", "exposure",
					       "many",    "no-way-back",
					       NULL };
	struct policy_rules *policy = &r->desired->policy;

	policy->deny = desired_texts(r, node, "'deny'", &policy->deny_len);
	if (!policy->deny)
		policy->deny_len = 0;
	for (size_t i = 0; i < policy->deny_len; i++) {
		size_t c = 0;

		while (classes[c] && strcmp(classes[c], policy->deny[i]) != 0)
			c++;
		if (!classes[c])
			desired_mistake(
				r, node,
				desired_meant(r, policy->deny[i], classes),
				"'%s' is no class of consent: %s",
				policy->deny[i], desired_any_of(r, classes));
	}
}

/* Can an address begin as the glob does, up to its '/'? */
static bool is_of_a_kind(const char *glob)
{
	const char *slash = strchr(glob, '/');
	CLEANUP(free_ptr)
	char *kind = slash ? xstrndup(glob, (size_t)(slash - glob)) : NULL;

	for (enum kind k = 0; slash && k < KIND_COUNT; k++) {
		if (glob_matches(kind, kind_ops(k)->name))
			return true;
	}
	return false;
}

static void read_protected(struct desired_reader *r,
			   const struct yaml_node *node)
{
	struct policy_rules *policy = &r->desired->policy;

	policy->protected =
		desired_texts(r, node, "'protected'", &policy->protected_len);
	if (!policy->protected)
		policy->protected_len = 0;
	for (size_t i = 0; i < policy->protected_len; i++) {
		if (is_of_a_kind(policy->protected[i]))
			continue;
		desired_mistake(r, node,
				"kind and identifier, such as "
				"\"cluster/billing-*\"",
				"'%s' is no address", policy->protected[i]);
	}
}

static void read_windows(struct desired_reader *r, const struct yaml_node *node)
{
	struct policy_rules *policy = &r->desired->policy;

	policy->restart_windows =
		read_periods(r, node, "'restart_windows'", "a restart window",
			     &policy->restart_windows_len);
}

void desired_read_policy(struct desired_reader *r, const struct yaml_node *node)
{
	static const char *const keys[] = { "deny", "protected",
					    "restart_windows", NULL };
	static void (*const readers[])(struct desired_reader * r,
				       const struct yaml_node *node) = {
		read_deny, read_protected, read_windows
	};

	if (!desired_map(r, node, "'policy'", keys))
		return;
	r->desired->policy.line = node->line;
	for (size_t i = 0; i < ARRAY_SIZE(readers); i++) {
		const struct yaml_node *part = yaml_get(node, keys[i]);

		if (part)
			readers[i](r, part);
	}
}
