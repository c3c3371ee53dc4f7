#include "plans/catalogue_rows.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

/* One letter or more of what identifiers are made of, nothing else. */
static bool plain(const char *text)
{
	if (!*text)
		return false;
	for (const char *c = text; *c; c++) {
		if (!isalnum((unsigned char)*c))
			return false;
	}
	return true;
}

static bool starts(const char *text, const char *head)
{
	return strncmp(text, head, strlen(head)) == 0;
}

/* "arn:<partition>:<service>:…:<what><name>", the name not empty */
static bool arn_of(const char *text, const char *service, const char *what)
{
	const char *at = starts(text, "arn:") ? strchr(text + 4, ':') : NULL;

	if (!at || !starts(at + 1, service) || at[1 + strlen(service)] != ':')
		return false;
	for (const char *c = text; *c; c++) {
		if (isspace((unsigned char)*c))
			return false;
	}
	at = strstr(at + 1, what);
	return at && at[strlen(what)];
}

int check_security_groups(const json_t *value, struct error *err)
{
	size_t i;
	json_t *member;

	json_array_foreach(value, i, member) {
		const char *id = json_string_value(member);

		if (!starts(id, "sg-") || !plain(id + 3)) {
			return error_set(err, ERR_DESIRED,
					 "must be ids of security groups such "
					 "as 'sg-0123456789abcdef0', not '%s'",
					 id);
		}
	}
	return 0;
}

int check_kms_key_arn(const json_t *value, struct error *err)
{
	const char *arn = json_string_value(value);

	if (arn_of(arn, "kms", ":key/"))
		return 0;
	return error_set(err, ERR_DESIRED,
			 "must be the ARN of a KMS key "
			 "(arn:aws:kms:<region>:<account>:key/<id>), as AWS "
			 "shows it, not the id or an alias: '%s'",
			 arn);
}

int check_role_arn(const json_t *value, struct error *err)
{
	const char *arn = json_string_value(value);

	if (arn_of(arn, "iam", ":role/"))
		return 0;
	return error_set(err, ERR_DESIRED,
			 "must be the ARN of a role "
			 "(arn:aws:iam::<account>:role/<name>), not '%s'",
			 arn);
}

int check_policy_arns(const json_t *value, struct error *err)
{
	size_t i;
	json_t *member;

	json_array_foreach(value, i, member) {
		const char *arn = json_string_value(member);

		if (!arn_of(arn, "iam", ":policy/")) {
			return error_set(err, ERR_DESIRED,
					 "must be ARNs of managed policies "
					 "(arn:aws:iam::aws:policy/<name>), "
					 "not '%s'",
					 arn);
		}
	}
	return 0;
}

int check_insights_retention(const json_t *value, struct error *err)
{
	const json_int_t days = json_integer_value(value);

	if (days == 7 || days == 731 ||
	    (days % 31 == 0 && days >= 31 && days <= 713))
		return 0;
	return error_set(err, ERR_DESIRED,
			 "must be 7, 731 or a multiple of 31 up to 713 days, "
			 "not %lld",
			 (long long)days);
}

int check_monitoring_interval(const json_t *value, struct error *err)
{
	static const int valid[] = { 0, 1, 5, 10, 15, 30, 60 };
	const json_int_t seconds = json_integer_value(value);

	for (size_t i = 0; i < ARRAY_SIZE(valid); i++) {
		if (valid[i] == seconds)
			return 0;
	}
	return error_set(err, ERR_DESIRED,
			 "must be 0 (off), 1, 5, 10, 15, 30 or 60 seconds, "
			 "not %lld",
			 (long long)seconds);
}
