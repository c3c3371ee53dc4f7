/*
 * A role that a profile names: assumed with the credentials of another profile
 * (source_profile), which may name a role itself, or with those of the
 * environment, a container or the instance (credential_source).
 */
#include <string.h>

#include "core/clock.h"
#include "core/credential_source.h"
#include "core/mem.h"

#define DEPTH_MOST 16

static const char *value(const struct finding *finding, const char *key)
{
	return profile_value(finding->profile, key);
}

static int broken(const struct finding *finding, const char *what,
		  struct error *err)
{
	return error_set(err, ERR_CREDENTIALS, "the profile '%s' %s",
			 finding->profile->name, what);
}

/* ---- what assumes it -------------------------------------------------- */

static int from_named_source(struct finding *finding, const char *name,
			     struct credentials *ret, struct error *err)
{
	static const struct {
		const char *name;
		credential_source find;
	} sources[] = {
		{ "Environment", credential_from_environment },
		{ "EcsContainer", credential_from_container },
		{ "Ec2InstanceMetadata", credential_from_instance },
	};

	for (size_t i = 0; i < ARRAY_SIZE(sources); i++) {
		int found;

		if (strcmp(sources[i].name, name) != 0)
			continue;
		found = sources[i].find(finding, ret, err);
		return found ? found
			     : broken(finding,
				      "has a 'credential_source' where there "
				      "is nothing",
				      err);
	}
	(void)error_set(err, ERR_CREDENTIALS,
			"the profile '%s' has the 'credential_source' '%s', "
			"which there is not",
			finding->profile->name, name);
	error_hint(err, "valid are Environment, EcsContainer and "
			"Ec2InstanceMetadata");
	return -1;
}

/* Keys of the profile itself, as it may name itself as its source. */
static bool has_keys(const struct profile *profile)
{
	return profile_value(profile, "aws_access_key_id");
}

static int from_other_profile(struct finding *finding, const char *name,
			      struct credentials *ret, struct error *err)
{
	CLEANUP(profile_release) struct profile other = { .name = NULL };
	const struct profile *own = finding->profile;
	int found;

	if (profile_open(name, &other, err))
		return -1;
	if (!profile_exists(&other))
		return error_set(err, ERR_CREDENTIALS,
				 "the profile '%s' has the 'source_profile' "
				 "'%s', which there is not",
				 own->name, name);
	if (json_array_has(finding->visited, name) && !has_keys(&other))
		return error_set(err, ERR_CREDENTIALS,
				 "the profiles '%s' and '%s' name each other "
				 "as the 'source_profile', in a circle",
				 own->name, name);
	json_array_add_unique(finding->visited, name);
	finding->profile = &other;
	finding->depth++;
	/* one that is itself a role's is only asked for its keys then */
	found = credential_from_profile(finding, ret, err);
	finding->depth--;
	finding->profile = own;
	if (found)
		return found;
	return error_set(err, ERR_CREDENTIALS,
			 "the profile '%s', the 'source_profile' of '%s', has "
			 "no credentials",
			 name, own->name);
}

static int find_signer(struct finding *finding, struct credentials *ret,
		       struct error *err)
{
	const char *profile = value(finding, "source_profile");
	const char *source = value(finding, "credential_source");

	if (profile && source)
		return broken(finding,
			      "has both 'source_profile' and "
			      "'credential_source'",
			      err);
	if (!profile && !source)
		return broken(finding,
			      "has a 'role_arn' and neither 'source_profile' "
			      "nor 'credential_source' to assume it with",
			      err);
	if (finding->depth >= DEPTH_MOST)
		return broken(finding, "is at the end of too many roles", err);
	return profile ? from_other_profile(finding, profile, ret, err)
		       : from_named_source(finding, source, ret, err);
}

/* ---- assuming --------------------------------------------------------- */

static void set(json_t *parameters, const char *name, const char *text)
{
	if (text)
		(void)json_object_set_new(parameters, name,
					  json_from_text(text));
}

static int ask_code(struct finding *finding, const char *serial,
		    json_t *parameters, struct error *err)
{
	const struct credentials_request *request = finding->request;
	CLEANUP(secret_release) struct secret code = SECRET_INIT;

	if (!request->ask_code) {
		(void)error_set(err, ERR_CREDENTIALS,
				"the role of the profile '%s' needs a code of "
				"the MFA device '%s', and nobody can be asked "
				"for it here",
				finding->profile->name, serial);
		return -1;
	}
	if (request->ask_code(request->ask_ctx, serial, &code, err))
		return -1;
	set(parameters, "SerialNumber", serial);
	set(parameters, "TokenCode", code.bytes);
	secret_remember(code.bytes, code.len);
	return 0;
}

/* AWS holds it for no secret, but who chose one may. */
static void remember_external_id(const char *id)
{
	/* a number is an account's, which messages have to name */
	if (id && id[strspn(id, "0123456789")])
		secret_remember_text(id);
}

static int add_parameters(struct finding *finding, json_t *parameters,
			  struct error *err)
{
	const char *name = value(finding, "role_session_name");
	const char *serial = value(finding, "mfa_serial");
	CLEANUP(free_ptr)
	char *own = xasprintf("aback-%lld", (long long)clock_now());

	set(parameters, "RoleArn", value(finding, "role_arn"));
	set(parameters, "RoleSessionName", name ? name : own);
	set(parameters, "ExternalId", value(finding, "external_id"));
	remember_external_id(value(finding, "external_id"));
	set(parameters, "DurationSeconds", value(finding, "duration_seconds"));
	return serial ? ask_code(finding, serial, parameters, err) : 0;
}

int credential_from_role(struct finding *finding, struct credentials *ret,
			 struct error *err)
{
	const char *role = value(finding, "role_arn");
	CLEANUP(credentials_release)
	struct credentials signer = CREDENTIALS_INIT;
	CLEANUP(json_release) json_t *parameters = json_object();

	/* with a token of its own it is a web identity's */
	if (!role || value(finding, "web_identity_token_file"))
		return 0;
	if (find_signer(finding, &signer, err) < 0 ||
	    add_parameters(finding, parameters, err))
		return -1;
	return credential_from_sts(
		       finding, "AssumeRole", parameters, &signer,
		       xasprintf("the role '%s' of the profile '%s'", role,
				 finding->profile->name),
		       ret, err)
		       ? -1
		       : 1;
}
