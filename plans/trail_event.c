#include "plans/trail_event.h"

#include <string.h>

#include "core/mem.h"

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
