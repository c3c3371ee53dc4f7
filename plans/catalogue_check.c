#include "plans/catalogue_rows.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "plans/document.h"

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

int check_false(const json_t *value, struct error *err)
{
	if (json_is_false(value))
		return 0;
	(void)error_set(
		err, ERR_DESIRED,
		"can only be false: it takes rules away, and adds none");
	error_hint(err, "who may connect is said by 'ingress'");
	return -1;
}

int check_no_reboot(const json_t *value, struct error *err)
{
	if (json_is_false(value))
		return 0;
	(void)error_set(err, ERR_DESIRED,
			"can only be false: that no instance waits for a "
			"reboot");
	return -1;
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

int check_snapshot_accounts(const json_t *value, struct error *err)
{
	size_t i;
	json_t *member;

	json_array_foreach(value, i, member) {
		const char *id = json_string_value(member);

		if (strlen(id) == 12 && strspn(id, "0123456789") == 12)
			continue;
		(void)error_set(err, ERR_DESIRED,
				"must be account ids of 12 digits, not '%s'",
				id);
		if (!strcmp(id, "all"))
			error_hint(err, "everybody is 'public: true'");
		return -1;
	}
	return 0;
}

int check_topic_arn(const json_t *value, struct error *err)
{
	const char *arn = json_string_value(value);
	const size_t len = strlen(arn);

	if (!arn_of(arn, "sns", ":"))
		return error_set(err, ERR_DESIRED,
				 "must be the ARN of an SNS topic "
				 "(arn:aws:sns:<region>:<account>:<name>), "
				 "not '%s'",
				 arn);
	if (len < 5 || strcmp(arn + len - 5, ".fifo") != 0)
		return 0;
	return error_set(err, ERR_DESIRED,
			 "must not be a FIFO topic, to which RDS sends no "
			 "events: '%s'",
			 arn);
}

int check_source_ids(const json_t *value, struct error *err)
{
	size_t i;
	json_t *member;

	json_array_foreach(value, i, member) {
		const char *id = json_string_value(member);

		for (const char *c = id; *c; c++) {
			if (isspace((unsigned char)*c) ||
			    isupper((unsigned char)*c))
				return error_set(
					err, ERR_DESIRED,
					"must be identifiers in lower case, "
					"as RDS has them, not '%s'",
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

int check_feature_name(const json_t *value, struct error *err)
{
	const char *name = json_string_value(value);

	if (*name && strlen(name) <= 64 &&
	    strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
			 "0123456789_-") == strlen(name))
		return 0;
	return error_set(err, ERR_DESIRED,
			 "must be the name of a feature such as 's3Import', "
			 "not '%s'",
			 name);
}

static int not_a_policy(const char *arn, const char *must, struct error *err)
{
	if (arn_of(arn, "iam", ":policy/"))
		return 0;
	return error_set(err, ERR_DESIRED,
			 "must be %s (arn:aws:iam::aws:policy/<name>), not "
			 "'%s'",
			 must, arn);
}

int check_policy_arn(const json_t *value, struct error *err)
{
	return not_a_policy(json_string_value(value),
			    "the ARN of a managed policy", err);
}

int check_policy_arns(const json_t *value, struct error *err)
{
	size_t i;
	json_t *member;

	json_array_foreach(value, i, member) {
		if (not_a_policy(json_string_value(member),
				 "ARNs of managed policies", err) < 0)
			return -1;
	}
	return 0;
}

#define TRUST_MAX                                                  \
	((size_t)4096) /* the most that the quota can be raised to \
			*/

int check_trust_policy(const json_t *value, struct error *err)
{
	const char *lost = document_lost_principal(value);
	const size_t size = document_size(value);

	if (lost)
		return error_set(err, ERR_DESIRED,
				 "names the principal '%s', which is what AWS "
				 "shows in place of a user or role that was "
				 "deleted; it accepts no such principal",
				 lost);
	if (size <= TRUST_MAX)
		return 0;
	return error_set(err, ERR_DESIRED,
			 "must have at most %zu characters, not %zu", TRUST_MAX,
			 size);
}

#define MANAGED_MAX ((size_t)6144)

int check_managed_policy(const json_t *value, struct error *err)
{
	const size_t size = document_size(value);

	if (document_has_principal(value))
		return error_set(err, ERR_DESIRED,
				 "has a 'Principal', which only policies of "
				 "who may assume a role have");
	if (size <= MANAGED_MAX)
		return 0;
	return error_set(err, ERR_DESIRED,
			 "must have at most %zu characters, not %zu",
			 MANAGED_MAX, size);
}

#define INLINE_MAX ((size_t)10240) /* of all of a role together */

static int check_policy_name(const char *name, struct error *err)
{
	if (*name && strlen(name) <= 128 &&
	    strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
			 "0123456789+=,.@_-") == strlen(name))
		return 0;
	return error_set(err, ERR_DESIRED,
			 "must have names of up to 128 letters, digits and "
			 "'+=,.@_-', not '%s'",
			 name);
}

int check_inline_policies(const json_t *value, struct error *err)
{
	size_t size = 0;
	const char *name;
	json_t *document;

	json_object_foreach((json_t *)(uintptr_t)value, name, document) {
		if (check_policy_name(name, err) < 0)
			return -1;
		if (document_has_principal(document))
			return error_set(
				err, ERR_DESIRED,
				"has a 'Principal' in '%s', which only "
				"policies of who may assume it have",
				name);
		size += document_size(document);
	}
	if (size <= INLINE_MAX)
		return 0;
	return error_set(err, ERR_DESIRED,
			 "must have at most %zu characters together, not %zu",
			 INLINE_MAX, size);
}

/* Tab, line ends and the printable characters of Latin 1. */
int check_role_description(const json_t *value, struct error *err)
{
	const unsigned char *c =
		(const unsigned char *)json_string_value(value);

	while (*c) {
		const bool latin =
			(c[0] == 0xc2 && c[1] >= 0xa1) || c[0] == 0xc3;

		if (!latin && (*c > 0x7e || (*c < 0x20 && *c != '\t' &&
					     *c != '\n' && *c != '\r')))
			return error_set(err, ERR_DESIRED,
					 "has a character that AWS does not "
					 "take in a description: only those of "
					 "Latin 1, and no control characters");
		c += latin ? 2 : 1;
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

int check_log_retention(const json_t *value, struct error *err)
{
	static const json_int_t days[] = {
		1,   3,   5,   7,   14,   30,   60,   90,   120,  150,  180,
		365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
	};
	const json_int_t number = json_integer_value(value);
	size_t i = 0;

	while (i < ARRAY_SIZE(days) - 1 && days[i] < number)
		i++;
	if (days[i] == number)
		return 0;
	(void)error_set(err, ERR_DESIRED,
			"must be one of the retentions that CloudWatch Logs "
			"has, not %lld",
			(long long)number);
	error_hint(err, "the nearest are %lld and %lld",
		   (long long)days[i ? i - 1 : 0], (long long)days[i]);
	return -1;
}

int check_true(const json_t *value, struct error *err)
{
	if (json_is_true(value))
		return 0;
	return error_set(err, ERR_DESIRED,
			 "must be true: aback creates it where it is missing, "
			 "and deletes nothing that others use");
}

int check_parameter(const json_t *value, struct error *err)
{
	if (json_string_length(value))
		return 0;
	(void)error_set(err, ERR_DESIRED, "must not be empty");
	error_hint(err, "null takes it back to its default");
	return -1;
}

int check_parameter_family(const json_t *value, struct error *err)
{
	const char *text = json_string_value(value);

	if (text[strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789.-")] ==
	    '\0')
		return 0;
	return error_set(err, ERR_DESIRED,
			 "must be a family such as 'aurora-mysql8.0', not '%s'",
			 text);
}
