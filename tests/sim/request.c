#include "tests/sim/request.h"

#include <string.h>

#include "core/crypto.h"
#include "core/mem.h"
#include "tests/sim/xml.h"

/* NULL: a bad escape, or a NUL byte. */
static char *unescape(const char *text, size_t len)
{
	CLEANUP(free_ptr) char *out = xmalloc(len + 1);
	size_t used = 0;

	for (size_t i = 0; i < len; i++) {
		char c = text[i];
		if (c == '+') {
			c = ' ';
		} else if (c == '%') {
			int high = i + 2 < len ? hex_digit(text[i + 1]) : -1;
			int low = high >= 0 ? hex_digit(text[i + 2]) : -1;
			if (low < 0)
				return NULL;
			c = (char)(high * 16 + low);
			i += 2;
		}
		if (!c)
			return NULL;
		out[used++] = c;
	}
	out[used] = '\0';
	return TAKE(out);
}

/* One name=value; false: malformed, or given twice. */
static bool parse_pair(json_t *parameters, const char *text, size_t len)
{
	const char *equals = memchr(text, '=', len);

	if (!equals)
		return false;
	CLEANUP(free_ptr)
	char *name = unescape(text, (size_t)(equals - text));
	CLEANUP(free_ptr)
	char *value = unescape(equals + 1, len - (size_t)(equals - text) - 1);
	if (!name || !*name || !value || json_object_get(parameters, name))
		return false;
	/* fails for text that is not UTF-8, which AWS refuses too */
	return json_object_set_new(parameters, name, json_string(value)) == 0;
}

static char *take_parameter(json_t *parameters, const char *name)
{
	const char *value = json_text(parameters, name);
	char *copy = xstrdup(value ? value : "");

	json_object_del(parameters, name);
	return copy;
}

/* "Logs_20140328.PutRetentionPolicy" and an object. */
static bool parse_json(struct request *request, const char *target)
{
	const char *dot = strrchr(target, '.');
	CLEANUP(error_release) struct error err = ERROR_INIT;
	json_t *object = NULL;

	free(request->action);
	free(request->version);
	request->action = xstrdup(dot ? dot + 1 : target);
	request->version = xstrndup(target, dot ? (size_t)(dot - target) : 0);
	if (request->body.overflowed ||
	    json_parse_answer(request->body.buf, request->body.len, &object,
			      &err))
		return false;
	json_decref(request->parameters);
	request->parameters = object;
	return true;
}

static bool parse_form(struct request *request)
{
	const char *at = request->body.buf;
	const char *end = at + request->body.len;
	bool good = !request->body.overflowed &&
		    memchr(at, '\0', request->body.len) == NULL;

	while (good && at < end) {
		const char *amp = memchr(at, '&', (size_t)(end - at));
		const char *stop = amp ? amp : end;
		good = parse_pair(request->parameters, at, (size_t)(stop - at));
		at = amp ? amp + 1 : end;
	}
	free(request->action);
	free(request->version);
	request->action = take_parameter(request->parameters, "Action");
	request->version = take_parameter(request->parameters, "Version");
	return good;
}

bool request_parse(struct request *request)
{
	const char *target = json_text(request->headers, "x-amz-target");

	request->json = target != NULL;
	return target ? parse_json(request, target) : parse_form(request);
}

const char *request_get(const struct request *request, const char *name)
{
	return json_text(request->parameters, name);
}

/* The namespace that a service writes into its answers. */
static const char *namespace_of(const char *service)
{
	static const char *const names[][2] = {
		{ "iam", "https://iam.amazonaws.com/doc/2010-05-08/" },
		{ "monitoring",
		  "http://monitoring.amazonaws.com/doc/2010-08-01/" },
		{ "sns", "http://sns.amazonaws.com/doc/2010-03-31/" },
		{ "sts", "https://sts.amazonaws.com/doc/2011-06-15/" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(names[i][0], service))
			return names[i][1];
	return "http://rds.amazonaws.com/doc/2014-10-31/";
}

/* What JSON services call the errors that come before any service. */
static const char *json_code(const char *code)
{
	static const char *const names[][2] = {
		{ "ExpiredToken", "ExpiredTokenException" },
		{ "IncompleteSignature", "IncompleteSignatureException" },
		{ "InvalidClientTokenId", "UnrecognizedClientException" },
		{ "MalformedQueryString", "SerializationException" },
		{ "MissingAuthenticationToken",
		  "MissingAuthenticationTokenException" },
		{ "SignatureDoesNotMatch", "InvalidSignatureException" },
		{ "Throttling", "ThrottlingException" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(names[i][0], code))
			return names[i][1];
	return code;
}

void answer_object(struct answer *answer, json_t *value)
{
	strbuf_clear(&answer->body);
	if (value)
		json_compact(value, &answer->body);
	json_decref(value);
}

static void json_error(struct answer *answer, int status, const char *code,
		       const char *message)
{
	answer->code = xstrdup(json_code(code));
	answer->status = status == 403 || status == 404 ? 400 : status;
	answer_object(answer, json_pack("{ss ss}", "__type", answer->code,
					"message", message));
}

/* EC2's own, which tells neither type nor namespace. */
static void ec2_error(struct answer *answer, const struct request *request,
		      const char *code, const char *message)
{
	strbuf_adds(&answer->body,
		    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		    "<Response><Errors><Error>");
	xml_text(&answer->body, "Code", code);
	xml_text(&answer->body, "Message", message);
	strbuf_addf(&answer->body,
		    "</Error></Errors><RequestID>%s</RequestID></Response>",
		    request->request_id);
}

void answer_error(struct answer *answer, const struct request *request,
		  int status, const char *code, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	CLEANUP(free_ptr) char *message = xvasprintf(fmt, ap);
	va_end(ap);

	strbuf_clear(&answer->body);
	free(answer->code);
	free(answer->message);
	answer->message = xstrdup(message);
	if (request->json) {
		json_error(answer, status, code, message);
		return;
	}
	answer->code = xstrdup(code);
	answer->status = status;
	if (request->service && !strcmp(request->service, "ec2")) {
		ec2_error(answer, request, code, message);
		return;
	}
	strbuf_addf(&answer->body, "<ErrorResponse xmlns=\"%s\">\n  <Error>\n",
		    namespace_of(request->service));
	strbuf_addf(&answer->body, "    <Type>%s</Type>\n",
		    status < 500 ? "Sender" : "Receiver");
	xml_text(&answer->body, "Code", code);
	xml_text(&answer->body, "Message", message);
	strbuf_addf(&answer->body,
		    "\n  </Error>\n  <RequestId>%s</RequestId>\n"
		    "</ErrorResponse>\n",
		    request->request_id);
}

void answer_begin(struct answer *answer, const struct request *request)
{
	strbuf_clear(&answer->body);
	strbuf_addf(&answer->body, "<%sResponse xmlns=\"%s\">\n<%sResult>\n",
		    request->action, namespace_of(request->service),
		    request->action);
}

void answer_end(struct answer *answer, const struct request *request)
{
	strbuf_addf(&answer->body,
		    "\n</%sResult>\n<ResponseMetadata>\n"
		    "  <RequestId>%s</RequestId>\n"
		    "</ResponseMetadata>\n</%sResponse>\n",
		    request->action, request->request_id, request->action);
}

void answer_empty(struct answer *answer, const struct request *request)
{
	strbuf_clear(&answer->body);
	strbuf_addf(&answer->body,
		    "<%sResponse xmlns=\"%s\">\n<ResponseMetadata>\n"
		    "  <RequestId>%s</RequestId>\n"
		    "</ResponseMetadata>\n</%sResponse>\n",
		    request->action, namespace_of(request->service),
		    request->request_id, request->action);
}
