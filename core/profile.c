#include "core/profile.h"

#include <pwd.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/ini.h"
#include "core/mem.h"

const char *profile_env(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

static const char *home(void)
{
	const char *dir = profile_env("HOME");
	const struct passwd *user = dir ? NULL : getpwuid(getuid());

	if (user)
		dir = user->pw_dir;
	return dir ? dir : "/";
}

/* What the variable says, `~/` expanded as the SDKs do, or the usual place. */
static char *path_of(const char *variable, const char *usual)
{
	const char *path = profile_env(variable);

	if (!path)
		return xasprintf("%s/.aws/%s", home(), usual);
	if (!strncmp(path, "~/", 2))
		return xasprintf("%s/%s", home(), path + 2);
	return xstrdup(path);
}

/*
 * In the config file the section is [profile NAME], but [default] may stand
 * without the word.
 */
static char *section_of(const struct ini *config, const char *name)
{
	CLEANUP(free_ptr) char *quoted = xasprintf("profile \"%s\"", name);

	if (!strcmp(name, "default") && ini_has_section(config, "default"))
		return xstrdup("default");
	if (ini_has_section(config, quoted))
		return TAKE(quoted);
	return xasprintf("profile %s", name);
}

int profile_load(struct profile *ret_profile, struct error *err)
{
	const char *name = profile_env("AWS_PROFILE");

	if (!name)
		name = profile_env("AWS_DEFAULT_PROFILE");
	return profile_open(name ? name : "default", ret_profile, err);
}

int profile_open(const char *name, struct profile *ret_profile,
		 struct error *err)
{
	struct profile profile = { .name = xstrdup(name) };

	profile.config_path = path_of("AWS_CONFIG_FILE", "config");
	profile.credentials_path =
		path_of("AWS_SHARED_CREDENTIALS_FILE", "credentials");
	if (ini_read(profile.config_path, &profile.config, err) ||
	    ini_read(profile.credentials_path, &profile.credentials, err)) {
		profile_release(&profile);
		if (err->code != ERR_INTERRUPTED)
			err->code = ERR_CREDENTIALS;
		error_hint(err, "mend it, or name another file with "
				"AWS_CONFIG_FILE or "
				"AWS_SHARED_CREDENTIALS_FILE");
		return error_wrap(err, "reading the AWS settings");
	}
	profile.config_section = section_of(profile.config, profile.name);
	*ret_profile = profile;
	return 0;
}

void profile_release(struct profile *profile)
{
	free(profile->name);
	free(profile->config_path);
	free(profile->credentials_path);
	free(profile->config_section);
	ini_free(profile->config);
	ini_free(profile->credentials);
	*profile = (struct profile){ .name = NULL };
}

char *profile_home_path(const char *fmt, ...)
{
	CLEANUP(free_ptr) char *below = NULL;
	va_list ap;

	va_start(ap, fmt);
	below = xvasprintf(fmt, ap);
	va_end(ap);
	return xasprintf("%s/%s", home(), below);
}

bool profile_exists(const struct profile *profile)
{
	return ini_has_section(profile->config, profile->config_section) ||
	       ini_has_section(profile->credentials, profile->name);
}

static const char *not_empty(const char *value)
{
	return value && *value ? value : NULL;
}

const char *profile_config(const struct profile *profile, const char *key)
{
	return not_empty(
		ini_get(profile->config, profile->config_section, key));
}

const char *profile_credential(const struct profile *profile, const char *key)
{
	return not_empty(ini_get(profile->credentials, profile->name, key));
}

const char *profile_value(const struct profile *profile, const char *key)
{
	const char *value = profile_credential(profile, key);

	return value ? value : profile_config(profile, key);
}

bool profile_has_section(const struct profile *profile, const char *section)
{
	return ini_has_section(profile->config, section);
}

const char *profile_section(const struct profile *profile, const char *section,
			    const char *key)
{
	return not_empty(ini_get(profile->config, section, key));
}

char *profile_service(const struct profile *profile, const char *name,
		      const char *service, const char *key, bool *ret_there)
{
	CLEANUP(free_ptr) char *plain = xasprintf("services %s", name);
	CLEANUP(free_ptr) char *quoted = xasprintf("services \"%s\"", name);
	const char *section =
		ini_has_section(profile->config, quoted) ? quoted : plain;

	*ret_there = ini_has_section(profile->config, section);
	return ini_get_nested(profile->config, section, service, key);
}
