#include "plans/trail_event.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "plans/value.h"

#define HIDDEN "****"

/* ---- what is kept of a record ------------------------------------------- */

/* CloudTrail has hidden these already; what it does not know is here as well.
 */
static bool is_secret(const char *key)
{
	static const char *const words[] = { "password", "secretstring",
					     "secretbinary", "secretaccesskey",
					     "sessiontoken" };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (strcasestr(key, words[i]))
			return true;
	}
	return false;
}

/* A whole number as an integer, another one as the text that it is sent as. */
static json_t *plain_real(double number)
{
	CLEANUP(free_ptr) char *text = NULL;

	if (number > -1e15 && number < 1e15 &&
	    (double)(json_int_t)number == number) /* NOLINT: meant exactly */
		return json_integer((json_int_t)number);
	text = xasprintf("%.10g", number);
	return json_string(text);
}

static json_t *plain(const char *key, const json_t *value)
{
	const char *name;
	json_t *part, *copy;
	size_t i;

	if (json_is_string(value) && is_secret(key))
		return json_string(HIDDEN);
	if (json_is_real(value))
		return plain_real(json_real_value(value));
	if (json_is_object(value)) {
		copy = json_object();
		json_object_foreach((json_t *)(uintptr_t)value, name, part)
			json_object_set_new(copy, name, plain(name, part));
		return copy;
	}
	if (!json_is_array(value))
		return json_incref((json_t *)(uintptr_t)value);
	copy = json_array();
	json_array_foreach(value, i, part)
		json_array_append_new(copy, plain(key, part));
	return copy;
}

/* Who: the ARN, else the service of AWS that did it, else what is said. */
static const char *caller_of(const json_t *identity)
{
	static const char *const members[] = { "arn", "invokedBy", "userName",
					       "principalId", "accountId" };

	for (size_t i = 0; i < ARRAY_SIZE(members); i++) {
		const char *text = json_text(identity, members[i]);

		if (text && *text)
			return text;
	}
	return "unknown";
}

static bool is_write(const json_t *record)
{
	const json_t *read_only = json_object_get(record, "readOnly");
	const char *text = json_string_value(read_only);

	return !json_is_true(read_only) && !(text && !strcmp(text, "true"));
}

static void put(json_t *event, const char *member, const json_t *record,
		const char *from)
{
	json_object_set_new(event, member,
			    json_from_text(json_text(record, from)));
}

json_t *trail_event_new(const json_t *record, bool all)
{
	const json_t *identity = json_object_get(record, "userIdentity");
	const char *source = json_text(record, "eventSource");
	const char *name = json_text(record, "eventName");
	const char *type = json_text(identity, "type");
	const char *account = json_text(record, "recipientAccountId");
	json_t *event;

	if (!source || !name || !json_text(record, "eventID") ||
	    !json_text(record, "eventTime") || !is_write(record) ||
	    (!all && !trail_call_of(source, name)))
		return NULL;
	event = json_object();
	put(event, "id", record, "eventID");
	put(event, "at", record, "eventTime");
	put(event, "source", record, "eventSource");
	put(event, "name", record, "eventName");
	put(event, "region", record, "awsRegion");
	put(event, "source_ip", record, "sourceIPAddress");
	put(event, "user_agent", record, "userAgent");
	put(event, "request_id", record, "requestID");
	put(event, "error_code", record, "errorCode");
	json_object_set_new(
		event, "account_id",
		json_from_text(account ? account
				       : json_text(identity, "accountId")));
	json_object_set_new(event, "caller",
			    json_from_text(caller_of(identity)));
	json_object_set_new(event, "caller_type",
			    json_from_text(type ? type : "unknown"));
	json_object_set_new(
		event, "parameters",
		plain("", json_object_get(record, "requestParameters")));
	if (!json_object_get(event, "parameters"))
		json_object_set_new(event, "parameters", json_null());
	return event;
}

/* ---- what the call made of settings ------------------------------------- */

/* Two different values of the setting's type, that nobody has. */
static json_t *probe_of(const struct setting *setting, bool second)
{
	switch (setting->type) {
	case TYPE_STRING_SET:
		return second ? json_pack("[s]", "\x01") : json_array();
	case TYPE_RULE_SET:
		return second ? json_pack("[{ss si si ss}]", "ip_protocol",
					  "tcp", "from_port", 1, "to_port", 1,
					  "cidr_ipv4", "192.0.2.1/32")
			      : json_array();
	case TYPE_DOCUMENT:
	case TYPE_DOCUMENT_MAP:
	case TYPE_STRING_MAP:
		return second ? json_pack("{ss}", "\x01", "\x01")
			      : json_object();
	default:
		return json_string(second ? "\x01" : "\x02");
	}
}

/* The name of the parameter that says which resource it is. Owned. */
static char *identifier_of(const struct trail_call *call, const json_t *wire)
{
	char *name = xstrdup(call->member);

	if (!json_object_get(wire, name))
		*name = (char)toupper((unsigned char)*name);
	return name;
}

static json_t *ask(const struct setting *setting, const char *call,
		   const json_t *wire, const json_t *value)
{
	return kind_after(kind_ops(setting->kind), NULL, call, wire, setting,
			  value);
}

/* Is key `group`, or a member of it? */
static bool in_group(const char *key, const char *group, size_t len)
{
	return !strncmp(key, group, len) && (!key[len] || key[len] == '.');
}

/* wire's parameters of the group that key is of, besides those of `with`. */
static json_t *with_group(const json_t *with, const json_t *wire,
			  const char *key)
{
	json_t *more = json_copy((json_t *)(uintptr_t)with);
	const size_t len = strcspn(key, ".");
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)wire, name, value) {
		if (in_group(name, key, len))
			json_object_set(more, name, value);
	}
	return more;
}

/*
 * As much of what somebody sent as makes sense for the kind, which itself sends
 * less: the identifier, and each other parameter that goes with it.
 */
static json_t *what_makes_sense(const struct trail_call *call, const char *as,
				const json_t *wire,
				const struct setting *setting,
				const json_t *value)
{
	CLEANUP(free_ptr) char *identifier = identifier_of(call, wire);
	json_t *kept = json_object();
	const char *key;
	json_t *parameter;

	json_object_set(kept, identifier, json_object_get(wire, identifier));
	json_object_foreach((json_t *)(uintptr_t)wire, key, parameter) {
		CLEANUP(json_release) json_t *more = NULL, *after = NULL;

		if (json_object_get(kept, key))
			continue;
		more = with_group(kept, wire, key);
		after = ask(setting, as, more, value);
		if (after) {
			json_decref(kept);
			kept = TAKE(more);
		}
	}
	return kept;
}

static json_t *after_of(const struct trail_call *call, const json_t *wire,
			const struct setting *setting, const json_t *value)
{
	const char *as = call->as ? call->as : call->call;
	json_t *after = ask(setting, as, wire, value);
	CLEANUP(json_release) json_t *kept = NULL;

	if (after)
		return after;
	kept = what_makes_sense(call, as, wire, setting, value);
	return ask(setting, as, kept, value);
}

static bool is_call(const char *row, const char *call)
{
	return row && !strcmp(row, call);
}

static bool sends(const json_t *wire, const char *list)
{
	const size_t len = list ? strlen(list) : 0;
	const char *key;
	json_t *value;

	if (!list)
		return false;
	json_object_foreach((json_t *)(uintptr_t)wire, key, value) {
		if (in_group(key, list, len))
			return true;
	}
	return false;
}

/* Does the row say that such a call takes something of it away, or sets it? */
static bool row_says(const char *call, const json_t *wire,
		     const struct setting *setting)
{
	if (is_call(setting->call_remove, call))
		return true;
	if (!is_call(setting->call, call))
		return false;
	return sends(wire, setting->write) ||
	       sends(wire, setting->write_remove);
}

bool trail_event_touches(const struct trail_call *call, const json_t *wire,
			 const struct setting *setting, const json_t *before,
			 json_t **ret_after)
{
	CLEANUP(json_release) json_t *one = probe_of(setting, false);
	CLEANUP(json_release) json_t *two = probe_of(setting, true);
	CLEANUP(json_release)
	json_t *after_one = after_of(call, wire, setting, one);
	CLEANUP(json_release)
	json_t *after_two = after_of(call, wire, setting, two);
	const bool changed = (after_one && !json_equal(after_one, one)) ||
			     (after_two && !json_equal(after_two, two));

	*ret_after = NULL;
	if (!changed &&
	    !row_says(call->as ? call->as : call->call, wire, setting))
		return false;
	if (before)
		*ret_after = after_of(call, wire, setting, before);
	else if (after_one && json_equal(after_one, after_two))
		*ret_after = json_incref(after_one);
	return true;
}
