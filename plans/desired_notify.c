/* `review:` and `notify:`: who reviews, how often, and who is told of what. */
#include <stdlib.h>
#include <string.h>

#include "core/endpoint.h"
#include "core/file.h"
#include "core/http.h"
#include "core/mem.h"
#include "core/secret.h"
#include "plans/desired_read.h"

#define TIMEOUT_S 10 /* of one sending, unless `timeout` says otherwise */
#define TIMEOUT_MOST_S 60
#define TOPIC_NAME_MOST 256

static const char *const occasions[] = {
	[OCCASION_REVIEW] = "review", [OCCASION_DUE] = "due",
	[OCCASION_DRIFT] = "drift",   [OCCASION_BREAK_GLASS] = "break-glass",
	[OCCASIONS] = NULL,
};

const char *occasion_name(enum occasion occasion)
{
	return occasions[occasion];
}

void desired_read_review(struct desired_reader *r, const struct yaml_node *node)
{
	static const char *const keys[] = { "every", "owners", "sign_off",
					    NULL };
	struct desired *d = r->desired;
	const struct yaml_node *every, *owners, *sign_off;

	if (!desired_map(r, node, "'review'", keys))
		return;
	every = desired_need(r, node, "'review'", "every");
	if (every)
		(void)desired_duration(r, every, "every", "90d",
				       &d->review_every_s);
	owners = yaml_get(node, "owners");
	if (owners)
		d->owners =
			desired_texts(r, owners, "'owners'", &d->owners_len);
	if (!d->owners)
		d->owners_len = 0;
	sign_off = yaml_get(node, "sign_off");
	if (sign_off && sign_off->type != YAML_BOOL)
		desired_mistake(r, sign_off, NULL,
				"'sign_off' must be true or false, not %s",
				desired_describe(r, sign_off));
	else if (sign_off)
		d->review_sign_off = sign_off->boolean;
}

/* ---- webhook --------------------------------------------------------- */

/* Services whose URL is all that it takes to write there. */
static bool is_secret_host(const char *host)
{
	static const char *const hosts[] = { "hooks.slack.com",
					     "hooks.slack-gov.com",
					     "discord.com", "discordapp.com" };

	for (size_t i = 0; i < ARRAY_SIZE(hosts); i++) {
		if (!strcmp(host, hosts[i]))
			return true;
	}
	return false;
}

/* A URL that stands in the file for all to read. */
static void read_url(struct desired_reader *r, const struct yaml_node *node,
		     struct notify *notify)
{
	static const char hint[] = "a URL that holds a secret is named by "
				   "url_env or url_file";
	CLEANUP(http_url_release) struct http_url url = { .host = NULL };
	CLEANUP(error_release) struct error err = ERROR_INIT;

	notify->url = desired_text(r, node, "'url'");
	if (!notify->url)
		return;
	/* the message tells nothing of the URL */
	if (http_url_parse(notify->url, &url, &err))
		desired_mistake(r, node, hint, "'url': %s", err.chain[0]);
	else if (is_secret_host(url.host))
		desired_mistake(r, node, hint,
				"'url': whoever knows a URL of '%s' can write "
				"there",
				url.host);
}

static void read_url_env(struct desired_reader *r, const struct yaml_node *node,
			 struct notify *notify)
{
	static const char valid[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz0123456789_";

	notify->url_env = desired_text(r, node, "'url_env'");
	if (!notify->url_env)
		return;
	/* what is no name may be the URL itself */
	if (notify->url_env[strspn(notify->url_env, valid)] ||
	    (notify->url_env[0] >= '0' && notify->url_env[0] <= '9'))
		desired_mistake(r, node, "such as ABACK_SLACK_URL",
				"'url_env' must be the name of a variable of "
				"the environment");
	else
		/* other programs that are started find it there as well */
		secret_remember_whole_url(getenv(notify->url_env));
}

/* A path, beside aback.yaml where it is relative; NULL: it is none, listed. */
static const char *read_path(struct desired_reader *r,
			     const struct yaml_node *node, const char *what)
{
	const char *text = desired_text(r, node, what);
	CLEANUP(free_ptr)
	char *path = text ? file_beside(r->desired->path, text) : NULL;

	return arena_strdup(&r->desired->arena, path);
}

static void read_url_file(struct desired_reader *r,
			  const struct yaml_node *node, struct notify *notify)
{
	notify->url_file = read_path(r, node, "'url_file'");
}

static void read_ca_file(struct desired_reader *r, const struct yaml_node *node,
			 struct notify *notify)
{
	notify->ca_file = read_path(r, node, "'ca_file'");
}

static void read_style(struct desired_reader *r, const struct yaml_node *node,
		       struct notify *notify)
{
	static const char *const styles[] = { "generic", "slack", NULL };
	const char *text = desired_text(r, node, "'style'");

	if (!text)
		return;
	notify->slack = !strcmp(text, "slack");
	if (!notify->slack && strcmp(text, "generic") != 0)
		desired_mistake(r, node, desired_meant(r, text, styles),
				"'style' must be %s, not '%s'",
				desired_any_of(r, styles), text);
}

static void read_webhook(struct desired_reader *r, const struct yaml_node *node,
			 struct notify *notify)
{
	static const char *const keys[] = { "url",   "url_env", "url_file",
					    "style", "ca_file", NULL };
	static void (*const read[])(struct desired_reader * r,
				    const struct yaml_node *node,
				    struct notify *notify) = {
		read_url, read_url_env, read_url_file, read_style, read_ca_file
	};
	size_t urls = 0;

	if (!desired_map(r, node, "'webhook'", keys))
		return;
	for (size_t i = 0; keys[i]; i++) {
		const struct yaml_node *value = yaml_get(node, keys[i]);

		if (value)
			read[i](r, value, notify);
		urls += value && i < 3;
	}
	if (urls != 1)
		desired_mistake(r, node,
				"url_env names a variable, url_file a file "
				"with the URL in it",
				"'webhook' must have one of url_env, url_file "
				"and url");
}

/* ---- sns ------------------------------------------------------------- */

/* Skip so many characters of that set, one at least; NULL: it has none. */
static const char *skip(const char *s, const char *set)
{
	size_t len = s ? strspn(s, set) : 0;

	return len ? s + len : NULL;
}

static const char *skip_text(const char *s, const char *text)
{
	return s && !strncmp(s, text, strlen(text)) ? s + strlen(text) : NULL;
}

/* arn:<partition>:sns:<region>:<account>:<name>. *ret_region: in the arena. */
static bool parse_topic(struct desired_reader *r, const char *arn,
			const char **ret_region)
{
	const char *region, *account, *name, *end;

	region = skip(skip_text(arn, "arn:"), "abcdefghijklmnopqrstuvwxyz-");
	region = skip_text(region, ":sns:");
	end = skip(region, "abcdefghijklmnopqrstuvwxyz0123456789-");
	account = skip_text(end, ":");
	name = skip(account, "0123456789");
	if (!name || name - account != 12)
		return false;
	*ret_region = arena_strndup(&r->desired->arena, region,
				    (size_t)(end - region));
	name = skip_text(name, ":");
	end = skip(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
			 "0123456789_-");
	if (end && !strcmp(end, ".fifo"))
		end += strlen(end);
	return end && !*end && end - name <= TOPIC_NAME_MOST &&
	       desired_is_region(*ret_region) &&
	       skip_text(skip_text(arn + 4, endpoint_partition(*ret_region)),
			 ":sns:");
}

static void read_sns(struct desired_reader *r, const struct yaml_node *node,
		     struct notify *notify)
{
	static const char *const keys[] = { "topic_arn", "target", NULL };
	const struct yaml_node *topic, *target;
	const char *name;

	if (!desired_map(r, node, "'sns'", keys))
		return;
	topic = desired_need(r, node, "'sns'", "topic_arn");
	notify->topic_arn =
		topic ? desired_text(r, topic, "'topic_arn'") : NULL;
	if (notify->topic_arn &&
	    !parse_topic(r, notify->topic_arn, &notify->topic_region))
		desired_mistake(r, topic,
				"such as arn:aws:sns:eu-west-1:123456789012:"
				"aurora",
				"'topic_arn' must be the ARN of a topic of "
				"SNS, not '%s'",
				notify->topic_arn);
	target = yaml_get(node, "target");
	name = target ? desired_text(r, target, "'target'") : NULL;
	if (name) {
		const struct target *named = desired_target(r, target, name);

		notify->role_arn = named ? named->role_arn : NULL;
	}
}

/* ---- command --------------------------------------------------------- */

static void read_command(struct desired_reader *r, const struct yaml_node *node,
			 struct notify *notify)
{
	const char **texts;
	size_t len;

	if (node->type != YAML_LIST) {
		desired_mistake(r, node,
				"[program, argument]: no shell reads it",
				"'command' must be a list, not %s",
				desired_describe(r, node));
		return;
	}
	texts = desired_texts(r, node, "'command'", &len);
	if (!texts)
		return;
	notify->argv = arena_alloc(&r->desired->arena,
				   (len + 1) * sizeof(*notify->argv));
	memcpy(notify->argv, texts, len * sizeof(*texts));
	notify->argv[len] = NULL;
}

/* ---- an entry -------------------------------------------------------- */

static const struct {
	const char *name;
	void (*read)(struct desired_reader *r, const struct yaml_node *node,
		     struct notify *notify);
} channels[] = {
	[CHANNEL_WEBHOOK] = { "webhook", read_webhook },
	[CHANNEL_SNS] = { "sns", read_sns },
	[CHANNEL_COMMAND] = { "command", read_command },
};

static void read_channel(struct desired_reader *r, const struct yaml_node *map,
			 struct notify *notify)
{
	size_t found = 0;

	for (size_t i = 0; i < CHANNELS; i++) {
		const struct yaml_node *value = yaml_get(map, channels[i].name);

		if (!value)
			continue;
		notify->channel = (enum channel)i;
		channels[i].read(r, value, notify);
		found++;
	}
	if (found != 1)
		desired_mistake(r, map, NULL,
				"an entry of 'notify' must have one of "
				"webhook, sns and command");
}

static unsigned occasion_bit(struct desired_reader *r,
			     const struct yaml_node *node)
{
	const char *text = desired_text(r, node, "'on'");
	const char *hint;
	CLEANUP(free_ptr) char *valid = NULL;

	for (unsigned i = 0; text && i < OCCASIONS; i++) {
		if (!strcmp(text, occasions[i]))
			return 1U << i;
	}
	if (!text)
		return 0;
	valid = xasprintf("valid are %s", desired_any_of(r, occasions));
	hint = desired_meant(r, text, occasions);
	desired_mistake(r, node, hint ? hint : valid,
			"there is no occasion '%s'", text);
	return 0;
}

/* Left out: every occasion. */
static void read_occasions(struct desired_reader *r,
			   const struct yaml_node *map, struct notify *notify)
{
	const struct yaml_node *on = yaml_get(map, "on");

	if (!on) {
		notify->occasions = (1U << OCCASIONS) - 1;
		return;
	}
	if (on->type != YAML_LIST) {
		notify->occasions = occasion_bit(r, on);
		return;
	}
	if (!on->len)
		desired_mistake(r, on, "left out, it means all of them",
				"'on' is empty");
	for (size_t i = 0; i < on->len; i++)
		notify->occasions |= occasion_bit(r, on->items[i]);
}

static void read_timeout(struct desired_reader *r, const struct yaml_node *map,
			 struct notify *notify)
{
	const struct yaml_node *node = yaml_get(map, "timeout");

	notify->timeout_s = TIMEOUT_S;
	if (node &&
	    desired_duration(r, node, "timeout", "10s", &notify->timeout_s) &&
	    notify->timeout_s > TIMEOUT_MOST_S)
		desired_mistake(r, node, NULL, "'timeout' is at most %ds",
				TIMEOUT_MOST_S);
}

void desired_read_notify(struct desired_reader *r, const struct yaml_node *node)
{
	static const char *const keys[] = { "webhook", "sns",     "command",
					    "on",      "timeout", NULL };
	struct desired *d = r->desired;

	if (!desired_list(r, node, "'notify'"))
		return;
	d->notify = arena_alloc(&d->arena, node->len * sizeof(*d->notify));
	for (size_t i = 0; i < node->len; i++) {
		const struct yaml_node *map = node->items[i];
		struct notify *notify = &d->notify[d->notify_len++];

		if (!desired_map(r, map, "an entry of 'notify'", keys))
			continue;
		notify->line = map->line;
		read_channel(r, map, notify);
		read_occasions(r, map, notify);
		read_timeout(r, map, notify);
	}
}
