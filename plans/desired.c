#include "plans/desired.h"

#include <string.h>

#include "core/crypto.h"
#include "core/file.h"
#include "core/limits.h"
#include "core/mem.h"
#include "core/secret.h"
#include "plans/desired_read.h"

static void read_version(struct desired_reader *r, const struct yaml_node *root)
{
	const struct yaml_node *node =
		desired_need(r, root, "the file", "version");

	if (!node || (node->type == YAML_INT && node->integer == 1))
		return;
	desired_mistake(r, node, "write 'version: 1'",
			"'version' must be the number 1, not %s",
			desired_describe(r, node));
}

/* Has the URL a password, as in https://user:password@host/? */
static bool has_password(const char *url)
{
	const char *start = strstr(url, "://");
	size_t len = start ? strcspn(start + 3, "/") : 0;
	const char *at = start ? memchr(start + 3, '@', len) : NULL;

	return at && memchr(start + 3, ':', (size_t)(at - (start + 3)));
}

void desired_read_state(struct desired_reader *r, const struct yaml_node *node)
{
	static const char *const keys[] = { "repository", "remote", NULL };
	struct desired *d = r->desired;
	const struct yaml_node *repository, *remote;
	const char *text;

	if (!desired_map(r, node, "'state'", keys))
		return;
	repository = desired_need(r, node, "'state'", "repository");
	text = repository ? desired_text(r, repository, "'repository'") : NULL;
	if (text) {
		CLEANUP(free_ptr) char *path = file_beside(d->path, text);

		d->repository = arena_strdup(&d->arena, path);
	}
	remote = yaml_get(node, "remote");
	if (!remote)
		return;
	d->remote = desired_text(r, remote, "'remote'");
	secret_remember_url(d->remote);
	if (d->remote && has_password(d->remote))
		desired_mistake(r, remote,
				"use a credential helper of git, or ssh",
				"'remote' must not hold a password");
}

/* "N%" of at most 100, or N. */
static bool read_limit(const struct yaml_node *node, struct desired *d)
{
	char *end;

	if (node->type == YAML_INT) {
		d->limit = (long)node->integer;
		return node->integer >= 0 && node->integer <= 1000000;
	}
	if (node->type != YAML_STRING || node->text[0] < '0' ||
	    node->text[0] > '9')
		return false;
	d->limit_is_percent = true;
	d->limit = strtol(node->text, &end, 10);
	return !strcmp(end, "%") && d->limit <= 100;
}

void desired_read_limits(struct desired_reader *r, const struct yaml_node *node)
{
	static const char *const keys[] = { "max_clusters", NULL };
	const struct yaml_node *limit;

	if (!desired_map(r, node, "'limits'", keys))
		return;
	limit = desired_need(r, node, "'limits'", "max_clusters");
	if (!limit)
		return;
	r->desired->has_limit = read_limit(limit, r->desired);
	if (!r->desired->has_limit)
		desired_mistake(r, limit, "such as 10 or 25%",
				"'max_clusters' must be a number of clusters "
				"or a percentage from 0%% to 100%%, not %s",
				desired_describe(r, limit));
}

static void read_root(struct desired_reader *r, const struct yaml_node *root)
{
	static const char *const keys[] = { "version", "state",   "targets",
					    "rules",   "waivers", "limits",
					    "review",  "notify",  "gate",
					    "policy",  NULL };
	/* in this order: rules and waivers name targets */
	static const struct {
		const char *key;
		void (*read)(struct desired_reader *r,
			     const struct yaml_node *node);
	} parts[] = {
		{ "state", desired_read_state },
		{ "targets", desired_read_targets },
		{ "rules", desired_read_rules },
		{ "waivers", desired_read_waivers },
		{ "limits", desired_read_limits },
		{ "review", desired_read_review },
		{ "notify", desired_read_notify },
		{ "gate", desired_read_gate },
		{ "policy", desired_read_policy },
	};

	if (root->type == YAML_NULL && !root->text_len) {
		desired_mistake(r, root,
				"'aback init' writes one to begin with",
				"the file is empty");
		return;
	}
	if (!desired_map(r, root, "the file", keys))
		return;
	read_version(r, root);
	(void)desired_need(r, root, "the file", "targets");
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		const struct yaml_node *node = yaml_get(root, parts[i].key);

		if (node)
			parts[i].read(r, node);
	}
}

int desired_parse(const char *path, const char *text, size_t len,
		  struct desired **ret_desired, struct error_list *list,
		  struct error *err)
{
	CLEANUP(desired_cleanup)
	struct desired *desired = xcalloc(1, sizeof(*desired));
	struct desired_reader r = { .desired = desired, .list = list };
	struct yaml_node *root;
	size_t mistakes;

	desired->path = arena_strdup(&desired->arena, path);
	(void)sha256_hex(text, len, desired->sha256);
	(void)git_blob_hex(text, len, desired->git_blob);
	root = yaml_parse(&desired->arena, path, text, len, list);
	if (root)
		read_root(&r, root);
	error_list_sort(list);
	mistakes = list->len + list->dropped;
	if (mistakes)
		return error_set(err, ERR_DESIRED, "%zu mistake%s in '%s'",
				 mistakes, mistakes == 1 ? "" : "s", path);
	*ret_desired = TAKE(desired);
	return 0;
}

int desired_load(const char *path, struct desired **ret_desired,
		 struct error_list *list, struct error *err)
{
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT(LIMIT_DESIRED_FILE);

	if (file_read(path, LIMIT_DESIRED_FILE, &text, err))
		return -1;
	return desired_parse(path, text.buf, text.len, ret_desired, list, err);
}

static void release_rule(struct rule *rule)
{
	for (size_t i = 0; i < rule->settings_len; i++) {
		json_decref(rule->settings[i].value);
		json_decref(rule->settings[i].include);
		json_decref(rule->settings[i].exclude);
	}
}

void desired_free(struct desired *desired)
{
	struct arena arena;

	if (!desired)
		return;
	for (size_t i = 0; i < desired->rules_len; i++)
		release_rule(&desired->rules[i]);
	arena = desired->arena;
	arena_release(&arena);
	free(desired);
}
