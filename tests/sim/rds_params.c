#include "tests/sim/rds_params.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "core/mem.h"
#include "tests/sim/request.h"

#define DAY 1440L /* minutes */
#define WEEK (7L * DAY)

/* ---- windows ------------------------------------------------------------ */

static bool two_digits(const char **text, long most, long *ret_number)
{
	const char *at = *text;

	if (!isdigit((unsigned char)at[0]) || !isdigit((unsigned char)at[1]))
		return false;
	*ret_number = (at[0] - '0') * 10 + (at[1] - '0');
	*text = at + 2;
	return *ret_number <= most;
}

static bool skip(const char **text, char c)
{
	if (**text != c)
		return false;
	(*text)++;
	return true;
}

static bool day_name(const char **text, long *ret_day)
{
	static const char days[] = "montuewedthufrisatsun";

	for (long day = 0; day < 7; day++)
		if (!strncasecmp(*text, days + 3 * day, 3)) {
			*text += 3;
			*ret_day = day;
			return skip(text, ':');
		}
	return false;
}

static bool moment(const char **text, bool weekly, long *ret_minutes)
{
	long day = 0, hours, minutes;

	if ((weekly && !day_name(text, &day)) ||
	    !two_digits(text, 23, &hours) || !skip(text, ':') ||
	    !two_digits(text, 59, &minutes))
		return false;
	*ret_minutes = day * DAY + hours * 60 + minutes;
	return true;
}

bool window_parse(const char *text, bool weekly, struct window *ret_window)
{
	struct window window;

	if (!moment(&text, weekly, &window.start) || !skip(&text, '-') ||
	    !moment(&text, weekly, &window.end) || *text)
		return false;
	if (window.end <= window.start)
		window.end += weekly ? WEEK : DAY;
	*ret_window = window;
	return true;
}

bool windows_overlap(const struct window *daily, const struct window *weekly)
{
	/* a day before and after the week, so that what wraps is seen */
	for (long day = -1; day <= 14; day++) {
		long start = day * DAY + daily->start;
		long end = day * DAY + daily->end;
		if (start < weekly->end && weekly->start < end)
			return true;
	}
	return false;
}

/* ---- values ------------------------------------------------------------- */

static json_t *read_bool(const char *text)
{
	if (!strcasecmp(text, "true"))
		return json_true();
	return !strcasecmp(text, "false") ? json_false() : NULL;
}

static json_t *read_int(const struct param *param, const char *text)
{
	char *end = NULL;

	errno = 0;
	long number = strtol(text, &end, 10);
	if (errno || !isdigit((unsigned char)*text) || *end ||
	    number < param->least || number > param->most)
		return NULL;
	return json_integer(number);
}

static json_t *read_enum(const struct param *param, const char *text)
{
	size_t len = strlen(text);

	for (const char *at = param->values; *at;) {
		size_t value_len = strcspn(at, "|");
		if (value_len == len && !strncmp(at, text, len))
			return json_string(text);
		at += value_len + (at[value_len] == '|');
	}
	return NULL;
}

/* Windows read back in lower case. */
static json_t *read_window(const struct param *param, const char *text)
{
	struct window window;
	CLEANUP(free_ptr) char *lower = xstrdup(text);

	for (char *c = lower; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	if (!window_parse(text, param->type == PARAM_WEEK_WINDOW, &window) ||
	    window.end - window.start < 30)
		return NULL;
	return json_string(lower);
}

/* NULL: the text is no value of this parameter. A new reference. */
static json_t *read_value(const struct param *param, const char *text)
{
	switch (param->type) {
	case PARAM_CONTROL:
	case PARAM_BOOL:
		return read_bool(text);
	case PARAM_INT:
		return read_int(param, text);
	case PARAM_TEXT:
	case PARAM_LIST:
		return *text ? json_string(text) : NULL;
	case PARAM_ENUM:
		return read_enum(param, text);
	case PARAM_BACKUP_WINDOW:
	case PARAM_WEEK_WINDOW:
		return read_window(param, text);
	}
	return NULL;
}

static const struct param *find_param(const struct param *params, size_t len,
				      const char *name)
{
	for (size_t i = 0; i < len; i++)
		if (params[i].type == PARAM_LIST
			    ? !strncmp(params[i].name, name,
				       strlen(params[i].name))
			    : !strcmp(params[i].name, name))
			return &params[i];
	return NULL;
}

/* X.Item.1 … X.Item.N without gaps; NULL: there is something else. */
static json_t *read_list(const struct request *request,
			 const struct param *param)
{
	CLEANUP(json_release) json_t *values = json_array();
	size_t given = 0;
	const char *key;
	json_t *ignored;

	for (size_t n = 1;; n++) {
		CLEANUP(free_ptr)
		char *name = xasprintf("%s%zu", param->name, n);
		const char *text = request_get(request, name);
		if (!text)
			break;
		if (!*text)
			return NULL;
		json_array_append_new(values, json_string(text));
	}
	json_object_foreach(request->parameters, key, ignored)
		given += !strncmp(key, param->name, strlen(param->name));
	return given == json_array_size(values) ? TAKE(values) : NULL;
}

json_t *params_read(struct rds_call *call, const struct param *params,
		    size_t len)
{
	CLEANUP(json_release) json_t *values = json_object();
	const char *key;
	json_t *text;

	json_object_foreach(call->request->parameters, key, text) {
		const struct param *param = find_param(params, len, key);
		if (!param) {
			answer_error(call->answer, call->request, 400,
				     "InvalidParameterValue",
				     "Unknown parameter '%s' of %s", key,
				     call->request->action);
			return NULL;
		}
		json_t *value =
			param->type == PARAM_LIST
				? read_list(call->request, param)
				: read_value(param, json_string_value(text));
		if (!value) {
			answer_error(call->answer, call->request, 400,
				     "InvalidParameterValue",
				     "Invalid value '%s' for the parameter %s",
				     json_string_value(text), key);
			return NULL;
		}
		json_object_set_new(values, param->name, value);
	}
	return TAKE(values);
}
