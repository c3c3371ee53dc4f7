#include "state/store.h"

#include <string.h>
#include <unistd.h>

#include "core/limits.h"
#include "core/mem.h"
#include "state/store_internal.h"

#define FORMAT_STEM "aback-state "

void store_on_wait(struct store *store,
		   bool (*goes_on)(void *ctx, const struct error *err),
		   void *ctx)
{
	store->goes_on = goes_on;
	store->goes_on_ctx = ctx;
}

bool store_goes_on(const struct store *store, const struct error *err)
{
	return !store->goes_on || store->goes_on(store->goes_on_ctx, err);
}

void store_free(struct store *store)
{
	if (!store)
		return;
	repo_free(store->repo);
	remote_free(store->remote);
	free(store->still_locked);
	free(store->path);
	free(store);
}

const char *store_path(const struct store *store)
{
	return store->path;
}

bool store_has_remote(const struct store *store)
{
	return store->remote != NULL;
}

const char *store_remote(const struct store *store)
{
	return store->remote ? remote_shown(store->remote) : NULL;
}

int store_check_direct(const struct store *store, struct error *err)
{
	return store->remote ? remote_check_direct(store->remote,
						   "the state remote", err)
			     : 0;
}

const char *store_still_locked(const struct store *store)
{
	return store->still_locked;
}

const char *store_unsigned(const struct store *store)
{
	return repo_unsigned(store->repo);
}

void store_set_deadline(struct store *store, int64_t deadline_ms)
{
	if (store->remote)
		remote_set_deadline(store->remote, deadline_ms);
}

/* ---- its newest commit ------------------------------------------------- */

int store_check_format(struct repo *repo, const struct repo_id *commit,
		       const char *whose, struct error *err)
{
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(KIB);
	bool found;

	if (repo_read(repo, commit, "FORMAT", &text, &found, err))
		return -1;
	if (found && !strcmp(text.buf, STORE_FORMAT "\n"))
		return 0;
	if (found && !strncmp(text.buf, FORMAT_STEM, strlen(FORMAT_STEM)) &&
	    strspn(text.buf + strlen(FORMAT_STEM), "0123456789\n") ==
		    text.len - strlen(FORMAT_STEM)) {
		text.buf[strcspn(text.buf, "\n")] = '\0';
		(void)error_set(err, ERR_STATE,
				"%s has the format '%s'; this aback knows '%s'",
				whose, text.buf, STORE_FORMAT);
		error_hint(err, "install a newer aback");
		return -1;
	}
	(void)error_set(err, ERR_STATE,
			"%s is a git repository, but not one of aback: %s",
			whose,
			found ? "the file FORMAT of its branch main says "
				"something else"
			      : "its branch main has no file FORMAT");
	error_hint(err, "point state.repository and state.remote at a "
			"repository of their own");
	return -1;
}

/* Is there what only aback makes in a repository? */
static bool was_ours(const char *path)
{
	CLEANUP(free_ptr) char *locks = xasprintf("%s/aback/locks", path);

	return !access(locks, F_OK);
}

int store_tip(struct store *store, struct repo_id *ret_tip, struct error *err)
{
	if (repo_ref(store->repo, STORE_BRANCH, ret_tip, err))
		return -1;
	if (repo_id_is_set(ret_tip))
		return 0;
	if (was_ours(store->path)) {
		(void)error_set(err, ERR_STATE,
				"the state repository '%s' is damaged: its "
				"branch main is gone",
				store->path);
		error_hint(err,
			   "find its last commit with: git -C '%s' fsck "
			   "--lost-found; or replace it by a clone of its "
			   "remote or by a backup",
			   store->path);
		return -1;
	}
	(void)error_set(err, ERR_STATE,
			"'%s' is a git repository, but not one of aback: it "
			"has no branch main",
			store->path);
	error_hint(err, "point state.repository elsewhere, or make a new one "
			"with: aback init");
	return -1;
}

/* ---- reading --------------------------------------------------------- */

int store_read(struct store *store, const char *path, struct strbuf *ret_text,
	       bool *ret_found, struct error *err)
{
	struct repo_id tip;

	if (store_tip(store, &tip, err))
		return -1;
	return repo_read(store->repo, &tip, path, ret_text, ret_found, err);
}

int store_read_json(struct store *store, const char *path, json_t **ret_value,
		    struct error *err)
{
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT(LIMIT_STORE_FILE);
	bool found;

	if (store_read(store, path, &text, &found, err))
		return -1;
	if (!found) {
		*ret_value = NULL;
		return 0;
	}
	if (json_parse(path, text.buf, text.len, ret_value, err)) {
		err->code = ERR_STATE;
		error_hint(err,
			   "see who wrote it: git -C '%s' log -p main -- '%s'",
			   store->path, path);
		return error_wrap(err, "the state repository '%s' is damaged",
				  store->path);
	}
	return 0;
}

int store_check_path(struct store *store, const char *path, struct error *err)
{
	struct repo_id tip;

	if (store_tip(store, &tip, err))
		return -1;
	return repo_check_path(store->repo, &tip, path, err);
}

int store_list(struct store *store, const char *directory, store_entry_fn fn,
	       void *ctx, struct error *err)
{
	struct repo_id tip;

	if (store_tip(store, &tip, err))
		return -1;
	return repo_list(store->repo, &tip, directory, fn, ctx, err);
}

int store_walk(struct store *store, const char *directory, store_entry_fn fn,
	       void *ctx, struct error *err)
{
	struct repo_id tip;

	if (store_tip(store, &tip, err))
		return -1;
	return repo_walk(store->repo, &tip, directory, fn, ctx, err);
}
