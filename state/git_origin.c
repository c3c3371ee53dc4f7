/* What git's configuration of a repository says of where it comes from. */
#include <git2.h>

#include "core/mem.h"
#include "state/git_internal.h"

#define ORIGIN "remote.origin.url"

char *repo_origin(struct repo *repo)
{
	CLEANUP(cleanup_config) git_config *config = NULL;
	const char *url;

	if (git_repository_config_snapshot(&config, repo->git) ||
	    git_config_get_string(&url, config, ORIGIN))
		return NULL;
	return xstrdup(url);
}

int repo_set_origin(struct repo *repo, const char *url, struct error *err)
{
	CLEANUP(cleanup_config) git_config *config = NULL;

	if (git_repository_config(&config, repo->git) ||
	    git_config_set_string(config, ORIGIN, url))
		return repo_fail(repo, err, "cannot note its remote");
	return 0;
}
