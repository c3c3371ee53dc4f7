#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/credentials.h"
#include "core/endpoint.h"
#include "core/file.h"
#include "core/limits.h"
#include "core/mem.h"

/* Two files in a directory of their own, and a clean environment. */
struct fixture {
	char dir[32];
	char *config, *credentials;
};

static const char *const variables[] = {
	"AWS_PROFILE",
	"AWS_DEFAULT_PROFILE",
	"AWS_ACCESS_KEY_ID",
	"AWS_SECRET_ACCESS_KEY",
	"AWS_SESSION_TOKEN",
	"AWS_WEB_IDENTITY_TOKEN_FILE",
	"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
	"AWS_CONTAINER_CREDENTIALS_FULL_URI",
	"AWS_ENDPOINT_URL",
	"AWS_ENDPOINT_URL_RDS",
	"AWS_USE_FIPS_ENDPOINT",
	"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
};

static int setup(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));

	for (size_t i = 0; i < ARRAY_SIZE(variables); i++)
		unsetenv(variables[i]);
	memcpy(f->dir, "/tmp/aback-cred-XXXXXX", 23);
	if (!mkdtemp(f->dir))
		return -1;
	f->config = xasprintf("%s/config", f->dir);
	f->credentials = xasprintf("%s/credentials", f->dir);
	setenv("AWS_CONFIG_FILE", f->config, 1);
	setenv("AWS_SHARED_CREDENTIALS_FILE", f->credentials, 1);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	(void)unlink(f->config);
	(void)unlink(f->credentials);
	(void)rmdir(f->dir);
	free(f->config);
	free(f->credentials);
	free(f);
	return 0;
}

static void write_file(const char *path, const char *text)
{
	CLEANUP(error_release) struct error err = ERROR_INIT;

	assert_int_equal(file_write(path, text, strlen(text), 0600, &err), 0);
}

static int find(struct credentials *credentials, struct error *err)
{
	CLEANUP(profile_release) struct profile profile = { .name = NULL };

	const struct credentials_request request = { .profile = &profile };

	if (profile_load(&profile, err))
		return -1;
	return credentials_find(&request, credentials, err);
}

static void check_found(const char *access_key, const char *secret_key,
			const char *token, const char *source)
{
	CLEANUP(error_release) struct error err = ERROR_INIT;
	CLEANUP(credentials_release)
	struct credentials credentials = CREDENTIALS_INIT;

	if (find(&credentials, &err))
		fail_msg("%s", err.chain[0]);
	assert_string_equal(credentials.access_key, access_key);
	assert_string_equal(credentials.secret_key.bytes, secret_key);
	if (token)
		assert_string_equal(credentials.session_token.bytes, token);
	else
		assert_false(secret_is_set(&credentials.session_token));
	assert_non_null(strstr(credentials.source, source));
}

static void check_refused(const char *says)
{
	CLEANUP(error_release) struct error err = ERROR_INIT;
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(MIB);
	CLEANUP(credentials_release)
	struct credentials credentials = CREDENTIALS_INIT;

	assert_int_equal(find(&credentials, &err), -1);
	assert_null(credentials.access_key);
	assert_int_equal(err.code, ERR_CREDENTIALS);
	error_render(&err, &text);
	if (!strstr(text.buf, says))
		fail_msg("\n%s\ndoes not say '%s'", text.buf, says);
	assert_null(strstr(text.buf, "planted"));
}

static void test_credentials_find__environment_first(void **state)
{
	struct fixture *f = *state;

	write_file(f->credentials, "[x]\naws_access_key_id=F\n"
				   "aws_secret_access_key=f\n");
	setenv("AWS_PROFILE", "x", 1);
	setenv("AWS_ACCESS_KEY_ID", "E", 1);
	setenv("AWS_SECRET_ACCESS_KEY", "e", 1);
	check_found("E", "e", NULL, "the environment");
	setenv("AWS_SESSION_TOKEN", "t", 1);
	check_found("E", "e", "t", "the environment");
}

static void test_credentials_find__credentials_file_before_config(void **state)
{
	struct fixture *f = *state;

	write_file(f->config, "[profile x]\naws_access_key_id=C\n"
			      "aws_secret_access_key=c\n"
			      "[default]\naws_access_key_id=D\n"
			      "aws_secret_access_key=d\n"
			      "aws_session_token=dt\n");
	check_found("D", "d", "dt", f->config);
	setenv("AWS_PROFILE", "x", 1);
	check_found("C", "c", NULL, "the profile 'x'");
	write_file(f->credentials, "[x]\naws_access_key_id=F\n"
				   "aws_secret_access_key=f\n");
	check_found("F", "f", NULL, f->credentials);
}

static void test_credentials_find__quoted_profile_names(void **state)
{
	struct fixture *f = *state;

	write_file(f->config, "[profile \"a b\"]\naws_access_key_id=C\n"
			      "aws_secret_access_key=c\n");
	setenv("AWS_PROFILE", "a b", 1);
	check_found("C", "c", NULL, "the profile 'a b'");
}

static void test_credentials_find__nothing_says_where_it_looked(void **state)
{
	struct fixture *f = *state;

	check_refused("AWS_ACCESS_KEY_ID");
	check_refused(f->config);
	check_refused(f->credentials);
	setenv("AWS_PROFILE", "nobody", 1);
	check_refused("there is no profile 'nobody'");
}

static void test_credentials_find__halves_are_errors(void **state)
{
	struct fixture *f = *state;

	setenv("AWS_ACCESS_KEY_ID", "E", 1);
	check_refused("the environment has an access key id but not");
	unsetenv("AWS_ACCESS_KEY_ID");
	write_file(f->credentials,
		   "[default]\naws_secret_access_key=planted\n");
	check_refused("has a secret access key but not its access key id");
}

static void test_credentials_find__careless_copies(void **state)
{
	(void)state;
	setenv("AWS_ACCESS_KEY_ID", "E", 1);
	setenv("AWS_SECRET_ACCESS_KEY", "planted\n", 1);
	check_refused("the secret access key of the environment holds");
	setenv("AWS_SECRET_ACCESS_KEY", "e", 1);
	setenv("AWS_ACCESS_KEY_ID", "E\r\nX-Evil: planted", 1);
	check_refused("the access key id of the environment holds");
	setenv("AWS_ACCESS_KEY_ID", "E", 1);
	setenv("AWS_SESSION_TOKEN", "planted token", 1);
	check_refused("the session token of the environment holds");
}

/* What stands in the profile, and what is wrong with it. */
static void test_credentials_find__profiles_that_do_not_work(void **state)
{
	static const struct {
		const char *lines, *says;
	} ways[] = {
		{ "login_session = x\n", "export-credentials" },
		{ "role_arn = arn:x\n", "neither 'source_profile' nor" },
		{ "role_arn = arn:x\nsource_profile = y\n"
		  "credential_source = Environment\n",
		  "has both" },
		{ "role_arn = arn:x\nsource_profile = nobody\n",
		  "'nobody', which there is not" },
		{ "role_arn = arn:x\nsource_profile = x\n", "in a circle" },
		{ "role_arn = arn:x\ncredential_source = Moon\n",
		  "EcsContainer" },
		{ "role_arn = arn:x\ncredential_source = Environment\n",
		  "where there is nothing" },
		{ "sso_session = x\n", "'x', which" },
		{ "sso_start_url = https://x\n", "no 'sso_region'" },
		{ "sso_start_url = https://x\nsso_region = eu-west-1\n"
		  "sso_account_id = 1\nsso_role_name = y\n",
		  "aws sso login --profile x" },
		{ "web_identity_token_file = /x\n", "AWS_ROLE_ARN" },
		{ "web_identity_token_file = /x\nrole_arn = arn:x\n",
		  "the token of the web identity" },
		{ "credential_process = 'planted\n", "is not closed" },
		{ "credential_process = /nowhere/program\n",
		  "the credential process '/nowhere/program'" },
		{ "credential_process = false\n", "exit code 1" },
		{ "credential_process = echo planted\n", "is no JSON" },
		{ "credential_process = echo '{\"Version\": 2}'\n",
		  "another version" },
		{ "credential_process = echo '{\"Version\": 1}'\n",
		  "holds no credentials" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		CLEANUP(free_ptr)
		char *text = xasprintf("[profile x]\n%s", ways[i].lines);

		setenv("AWS_PROFILE", "x", 1);
		write_file(f->config, text);
		check_refused(ways[i].says);
	}
}

static void test_credentials_find__process(void **state)
{
	struct fixture *f = *state;

	write_file(f->config,
		   "[default]\ncredential_process = printf '%s' \"{\\\"Version"
		   "\\\": 1, \\\"AccessKeyId\\\": \\\"P\\\", "
		   "\\\"SecretAccessKey\\\": \\\"p\\\"}\"\n"
		   "aws_access_key_id=C\naws_secret_access_key=c\n");
	check_found("P", "p", NULL, "the credential process 'printf'");
	/* the credentials file is before it, the environment before all */
	write_file(f->credentials, "[default]\naws_access_key_id=F\n"
				   "aws_secret_access_key=f\n");
	check_found("F", "f", NULL, f->credentials);
	setenv("AWS_ACCESS_KEY_ID", "E", 1);
	setenv("AWS_SECRET_ACCESS_KEY", "e", 1);
	check_found("E", "e", NULL, "the environment");
}

static void test_credentials_find__container_that_may_not_be_asked(void **state)
{
	(void)state;
	setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://planted.test/x",
	       1);
	check_refused("neither https nor an address of this machine");
	setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI",
	       "http://127.0.0.1.planted.test/x", 1);
	check_refused("neither https nor an address of this machine");
}

static void test_profile_load__malformed_file(void **state)
{
	struct fixture *f = *state;

	write_file(f->credentials, "planted\n");
	check_refused(f->credentials);
}

/* ---- endpoints ---- */

static void check_endpoint(const char *service, const char *region,
			   const char *url, const char *signing_region)
{
	CLEANUP(error_release) struct error err = ERROR_INIT;
	CLEANUP(profile_release) struct profile profile = { .name = NULL };
	CLEANUP(endpoint_release) struct endpoint endpoint = { .url = NULL };

	assert_int_equal(profile_load(&profile, &err), 0);
	assert_int_equal(endpoint_find(&profile, endpoint_service(service),
				       region, &endpoint, &err),
			 0);
	assert_string_equal(endpoint.url, url);
	assert_string_equal(endpoint.signing_region, signing_region);
}

static void test_endpoint_find__partitions(void **state)
{
	(void)state;
	check_endpoint("rds", "eu-west-1",
		       "https://rds.eu-west-1.amazonaws.com/", "eu-west-1");
	check_endpoint("sts", "us-east-1",
		       "https://sts.us-east-1.amazonaws.com/", "us-east-1");
	check_endpoint("iam", "eu-west-1", "https://iam.amazonaws.com/",
		       "us-east-1");
	check_endpoint("rds", "cn-north-1",
		       "https://rds.cn-north-1.amazonaws.com.cn/",
		       "cn-north-1");
	check_endpoint("iam", "cn-northwest-1",
		       "https://iam.cn-north-1.amazonaws.com.cn/",
		       "cn-north-1");
	check_endpoint("iam", "us-gov-east-1",
		       "https://iam.us-gov.amazonaws.com/", "us-gov-west-1");
	check_endpoint("rds", "us-isob-east-1",
		       "https://rds.us-isob-east-1.sc2s.sgov.gov/",
		       "us-isob-east-1");
}

static void test_endpoint_find__fips(void **state)
{
	(void)state;
	setenv("AWS_USE_FIPS_ENDPOINT", "true", 1);
	check_endpoint("rds", "us-east-1",
		       "https://rds-fips.us-east-1.amazonaws.com/",
		       "us-east-1");
	check_endpoint("iam", "us-east-1", "https://iam-fips.amazonaws.com/",
		       "us-east-1");
	check_endpoint("rds", "us-gov-west-1",
		       "https://rds.us-gov-west-1.amazonaws.com/",
		       "us-gov-west-1");
}

/* As botocore's rule sets have them. */
static void test_endpoint_find__dual_stack(void **state)
{
	(void)state;
	setenv("AWS_USE_DUALSTACK_ENDPOINT", "true", 1);
	check_endpoint("rds", "eu-west-1", "https://rds.eu-west-1.api.aws/",
		       "eu-west-1");
	check_endpoint("rds", "cn-north-1",
		       "https://rds.cn-north-1.api.amazonwebservices.com.cn/",
		       "cn-north-1");
	check_endpoint("iam", "eu-west-1", "https://iam.global.api.aws/",
		       "us-east-1");
	check_endpoint("iam", "us-gov-west-1", "https://iam.us-gov.api.aws/",
		       "us-gov-west-1");
	check_endpoint("secretsmanager", "eu-west-1",
		       "https://secretsmanager.eu-west-1.amazonaws.com/",
		       "eu-west-1");
	setenv("AWS_USE_FIPS_ENDPOINT", "true", 1);
	check_endpoint("rds", "us-east-1",
		       "https://rds-fips.us-east-1.api.aws/", "us-east-1");
	check_endpoint("rds", "us-gov-west-1",
		       "https://rds-fips.us-gov-west-1.api.aws/",
		       "us-gov-west-1");
	check_endpoint("monitoring", "us-gov-west-1",
		       "https://monitoring.us-gov-west-1.api.aws/",
		       "us-gov-west-1");
	check_endpoint("iam", "us-east-1", "https://iam-fips.global.api.aws/",
		       "us-east-1");
	unsetenv("AWS_USE_DUALSTACK_ENDPOINT");
	check_endpoint("kms", "us-gov-west-1",
		       "https://kms-fips.us-gov-west-1.amazonaws.com/",
		       "us-gov-west-1");
	check_endpoint("rds", "us-gov-west-1",
		       "https://rds.us-gov-west-1.amazonaws.com/",
		       "us-gov-west-1");
}

static void test_endpoint_find__configured(void **state)
{
	struct fixture *f = *state;

	write_file(f->config, "[default]\nendpoint_url = http://c:1\n");
	check_endpoint("rds", "eu-west-1", "http://c:1/", "eu-west-1");
	setenv("AWS_ENDPOINT_URL", "http://e:2", 1);
	check_endpoint("rds", "eu-west-1", "http://e:2/", "eu-west-1");
	check_endpoint("iam", "eu-west-1", "http://e:2/", "us-east-1");
	setenv("AWS_ENDPOINT_URL_RDS", "https://r/path", 1);
	check_endpoint("rds", "eu-west-1", "https://r/path/", "eu-west-1");
	check_endpoint("sts", "eu-west-1", "http://e:2/", "eu-west-1");
	setenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true", 1);
	check_endpoint("sts", "eu-west-1",
		       "https://sts.eu-west-1.amazonaws.com/", "eu-west-1");
}

/* Their names in URLs are not those of the variables. */
static void test_endpoint_find__variables_are_the_sdks(void **state)
{
	static const struct {
		const char *service, *variable, *own;
	} named[] = {
		{ "cloudtrail", "AWS_ENDPOINT_URL_CLOUDTRAIL",
		  "https://cloudtrail.eu-west-1.amazonaws.com/" },
		{ "config", "AWS_ENDPOINT_URL_CONFIG_SERVICE",
		  "https://config.eu-west-1.amazonaws.com/" },
		{ "events", "AWS_ENDPOINT_URL_EVENTBRIDGE",
		  "https://events.eu-west-1.amazonaws.com/" },
		{ "logs", "AWS_ENDPOINT_URL_CLOUDWATCH_LOGS",
		  "https://logs.eu-west-1.amazonaws.com/" },
		{ "monitoring", "AWS_ENDPOINT_URL_CLOUDWATCH",
		  "https://monitoring.eu-west-1.amazonaws.com/" },
		{ "secretsmanager", "AWS_ENDPOINT_URL_SECRETS_MANAGER",
		  "https://secretsmanager.eu-west-1.amazonaws.com/" },
		{ "sns", "AWS_ENDPOINT_URL_SNS",
		  "https://sns.eu-west-1.amazonaws.com/" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(named); i++) {
		check_endpoint(named[i].service, "eu-west-1", named[i].own,
			       "eu-west-1");
		setenv(named[i].variable, "http://own:3", 1);
		check_endpoint(named[i].service, "eu-west-1", "http://own:3/",
			       "eu-west-1");
		unsetenv(named[i].variable);
	}
}

static void test_endpoint_find__services_section(void **state)
{
	struct fixture *f = *state;

	write_file(f->config, "[default]\nservices = local\n"
			      "endpoint_url = http://all\n"
			      "[services local]\n"
			      "rds =\n  endpoint_url = http://r:1/x\n"
			      "cloudwatch_logs =\n  endpoint_url=http://l\n"
			      "iam = http://not-nested\n"
			      "sts =\n  endpoint_url =\n");
	check_endpoint("rds", "eu-west-1", "http://r:1/x/", "eu-west-1");
	check_endpoint("logs", "eu-west-1", "http://l/", "eu-west-1");
	check_endpoint("iam", "eu-west-1", "http://all/", "us-east-1");
	check_endpoint("sts", "eu-west-1", "http://all/", "eu-west-1");
	setenv("AWS_ENDPOINT_URL", "http://e", 1);
	check_endpoint("rds", "eu-west-1", "http://e/", "eu-west-1");
	setenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true", 1);
	check_endpoint("rds", "eu-west-1",
		       "https://rds.eu-west-1.amazonaws.com/", "eu-west-1");
}

static void test_endpoint_find__services_that_are_not_there(void **state)
{
	struct fixture *f = *state;
	CLEANUP(error_release) struct error err = ERROR_INIT;
	CLEANUP(profile_release) struct profile profile = { .name = NULL };
	struct endpoint endpoint = { .url = NULL };

	write_file(f->config, "[default]\nservices = local\n");
	assert_int_equal(profile_load(&profile, &err), 0);
	assert_int_equal(
		endpoint_find(&profile, 0, "eu-west-1", &endpoint, &err), -1);
	assert_int_equal(err.code, ERR_USAGE);
	assert_non_null(strstr(err.chain[0], "no section [services local]"));
	assert_non_null(strstr(err.hint, "AWS_ENDPOINT_URL_RDS"));
	setenv("AWS_ENDPOINT_URL_RDS", "http://r", 1);
	check_endpoint("rds", "eu-west-1", "http://r/", "eu-west-1");
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_credentials_find__environment_first),
		TEST(test_credentials_find__credentials_file_before_config),
		TEST(test_credentials_find__quoted_profile_names),
		TEST(test_credentials_find__nothing_says_where_it_looked),
		TEST(test_credentials_find__halves_are_errors),
		TEST(test_credentials_find__careless_copies),
		TEST(test_credentials_find__profiles_that_do_not_work),
		TEST(test_credentials_find__process),
		TEST(test_credentials_find__container_that_may_not_be_asked),
		TEST(test_profile_load__malformed_file),
		TEST(test_endpoint_find__partitions),
		TEST(test_endpoint_find__fips),
		TEST(test_endpoint_find__dual_stack),
		TEST(test_endpoint_find__configured),
		TEST(test_endpoint_find__variables_are_the_sdks),
		TEST(test_endpoint_find__services_section),
		TEST(test_endpoint_find__services_that_are_not_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
