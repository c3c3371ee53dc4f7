/*
 * Reading a remote: where its refs stand, what they reach.
 */
#include <string.h>

#include "core/mem.h"
#include "state/remote_internal.h"

/* A line of git ls-remote: an object name, a tab, a ref; false: another one. */
static bool read_line(const char *line, size_t len, struct repo_id *ret_id)
{
	return len > 41 && line[40] == '\t' && repo_id_parse(line, ret_id);
}

/*
 * Any page that a web server shows is to git a repository of the old, static
 * kind, which may well be empty. Only a git server speaks in packets.
 */
static int check_spoken(const struct remote *remote,
			const struct remote_words *words, struct error *err)
{
	static char trace[] = "GIT_TRACE_PACKET=2"; /* its standard error */
	CLEANUP(process_result_release)
	struct process_result result = REMOTE_RESULT_INIT;
	struct remote traced = *remote;
	size_t n = 0;

	while (traced.set[n])
		n++;
	traced.set[n] = trace;
	if (remote_run_well(&traced, words, "read", &result, err))
		return -1;
	return strstr(result.err.buf, "packet:")
		       ? 0
		       : remote_fail(remote, err, "read", REMOTE_NO_GIT);
}

static int ls_remote(struct remote *remote, const struct remote_at *refs,
		     size_t len, const char *pattern,
		     struct process_result *ret_result, struct error *err)
{
	CLEANUP(remote_words_release)
	struct remote_words words = remote_words(remote->git_dir, "ls-remote");
	const bool is_https = !strncmp(remote->url, "https://", 8);

	remote_add(&words, "--");
	remote_add(&words, remote->url);
	for (size_t i = 0; i < len; i++)
		remote_add(&words, refs[i].ref);
	if (pattern)
		remote_add(&words, pattern);
	if (is_https) /* there in every store, so that nothing is no answer */
		remote_add(&words, "refs/heads/main");
	if (remote_run_well(remote, &words, "read", ret_result, err))
		return -1;
	return is_https && !ret_result->out.len
		       ? check_spoken(remote, &words, err)
		       : 0;
}

int remote_look(struct remote *remote, struct remote_at *refs, size_t len,
		struct error *err)
{
	CLEANUP(process_result_release)
	struct process_result result = REMOTE_RESULT_INIT;

	if (ls_remote(remote, refs, len, NULL, &result, err))
		return -1;
	for (size_t i = 0; i < len; i++)
		refs[i].id = (struct repo_id){ "" };
	/* a pattern matches at the end: other refs may be listed too */
	for (const char *line = result.out.buf; *line;) {
		size_t size = strcspn(line, "\n");

		for (size_t i = 0; i < len; i++) {
			if (size == 41 + strlen(refs[i].ref) &&
			    line[40] == '\t' &&
			    !strncmp(line + 41, refs[i].ref, size - 41) &&
			    !repo_id_parse(line, &refs[i].id))
				return remote_fail(remote, err, "read",
						   "git ls-remote gave no "
						   "object name");
		}
		line += size + (line[size] != '\0');
	}
	return 0;
}

int remote_ref(struct remote *remote, const char *ref, struct repo_id *ret_id,
	       struct error *err)
{
	struct remote_at at = { .ref = ref };

	if (remote_look(remote, &at, 1, err))
		return -1;
	*ret_id = at.id;
	return 0;
}

int remote_refs(struct remote *remote, const char *prefix, repo_ref_fn fn,
		void *ctx, struct error *err)
{
	CLEANUP(process_result_release)
	struct process_result result = REMOTE_RESULT_INIT;
	CLEANUP(free_ptr) char *pattern = xasprintf("%s*", prefix);

	if (ls_remote(remote, NULL, 0, pattern, &result, err))
		return -1;
	for (const char *line = result.out.buf; *line;) {
		size_t size = strcspn(line, "\n");
		CLEANUP(free_ptr) char *name = NULL;
		struct repo_id id;

		if (read_line(line, size, &id) &&
		    !strncmp(line + 41, prefix, strlen(prefix))) {
			name = xstrndup(line + 41, size - 41);
			if (fn(name, &id, ctx, err))
				return -1;
		}
		line += size + (line[size] != '\0');
	}
	return 0;
}

int remote_fetch(struct remote *remote, const char *ref, struct error *err)
{
	CLEANUP(process_result_release)
	struct process_result result = REMOTE_RESULT_INIT;
	CLEANUP(remote_words_release)
	struct remote_words words = remote_words(remote->git_dir, "fetch");

	remote_add(&words, "--quiet");
	remote_add(&words, "--no-tags");
	remote_add(&words, "--no-write-fetch-head");
	remote_add(&words, "--no-recurse-submodules");
	remote_add(&words, "--");
	remote_add(&words, remote->url);
	remote_add(&words, ref);
	return remote_run_well(remote, &words, "fetch from", &result, err);
}

int remote_clone(struct remote *remote, const char *path, const char *branch,
		 struct error *err)
{
	CLEANUP(process_result_release)
	struct process_result result = REMOTE_RESULT_INIT;
	CLEANUP(remote_words_release)
	struct remote_words words = remote_words(NULL, "clone");

	remote_add(&words, "--quiet");
	remote_add(&words, "--bare");
	remote_add(&words, "--no-tags");
	remote_add(&words, "--no-local"); /* copied, not linked */
	remote_add(&words, "--single-branch");
	remote_add(&words, "--template=");
	remote_add(&words, "--branch");
	remote_add(&words, branch);
	remote_add(&words, "--");
	remote_add(&words, remote->url);
	remote_add(&words, path);
	return remote_run_well(remote, &words, "clone", &result, err);
}
