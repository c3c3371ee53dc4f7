#include "plans/trail_pattern.h"

#include <string.h>

#include "core/mem.h"
#include "plans/trail_call.h"

#define SERVICES_MOST 3

/* A pattern has a largest size, so that one is not enough. */
static const struct {
	const char *name;
	const char *services[SERVICES_MOST];
} rules[] = {
	{ "rds", { "rds" } },
	{ "surroundings", { "ec2", "kms", "logs" } },
	{ "iam", { "iam" } },
};

static bool is_of(const char *call, const char *service)
{
	const size_t len = strlen(service);

	return !strncmp(call, service, len) && call[len] == ':';
}

static void add_service(json_t *detail, const char *service)
{
	CLEANUP(free_ptr) char *source = xasprintf("%s.amazonaws.com", service);
	json_t *names = json_object_get(detail, "eventName");
	const struct trail_call *calls;
	size_t len;

	calls = trail_calls(&len);
	(void)json_array_append_new(json_object_get(detail, "eventSource"),
				    json_string(source));
	for (size_t i = 0; i < len; i++) {
		if (is_of(calls[i].call, service))
			(void)json_array_append_new(
				names,
				json_string(strchr(calls[i].call, ':') + 1));
	}
}

json_t *trail_patterns(void)
{
	json_t *patterns = json_object();

	for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
		json_t *detail = json_pack(
			"{s:[], s:[], s:[{s:{s:s}}], s:[{s:b}]}", "eventSource",
			"eventName", "userAgent", "anything-but", "prefix",
			"aback/", "errorCode", "exists", false);

		for (size_t s = 0; s < SERVICES_MOST && rules[i].services[s];
		     s++)
			add_service(detail, rules[i].services[s]);
		(void)json_object_set_new(
			patterns, rules[i].name,
			json_pack("{s:[s], s:o}", "detail-type",
				  "AWS API Call via CloudTrail", "detail",
				  detail));
	}
	return patterns;
}
