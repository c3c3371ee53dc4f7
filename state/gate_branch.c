#include "state/gate_branch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/json.h"
#include "core/mem.h"
#include "core/secret.h"
#include "state/git.h"
#include "state/remote.h"

#define CONFIG "config.json"

/* ---- the pin ---------------------------------------------------------- */

void gate_pin_release(struct gate_pin *pin)
{
	free(pin->branch);
	free(pin->remote);
	free(pin->desired);
	*pin = (struct gate_pin){ 0 };
}

int gate_pin_load(struct store *store, struct gate_pin *ret_pin,
		  struct error *err)
{
	CLEANUP(json_release) json_t *config = NULL;
	const char *branch, *remote, *desired;
	json_t *gate;

	*ret_pin = (struct gate_pin){ 0 };
	if (store_read_json(store, CONFIG, &config, err))
		return -1;
	gate = json_object_get(config, "gate");
	if (!gate || json_is_null(gate))
		return 0;
	if (json_get_string(gate, CONFIG, "branch", &branch, err) ||
	    json_get_string(gate, CONFIG, "remote", &remote, err) ||
	    json_get_string(gate, CONFIG, "desired", &desired, err))
		return error_wrap(err, "the gate that the store pins is "
				       "damaged");
	secret_remember_url(remote); /* what was pinned by hand may have one */
	*ret_pin = (struct gate_pin){ .branch = xstrdup(branch),
				      .remote = xstrdup(remote),
				      .desired = xstrdup(desired) };
	return 0;
}

static bool is_same(const struct gate_pin *a, const struct gate_pin *b)
{
	return !strcmp(a->branch, b->branch) &&
	       remote_same_place(a->remote, b->remote) &&
	       !strcmp(a->desired, b->desired);
}

static int refuse_other(const struct store *store, const struct gate_pin *was,
			struct error *err)
{
	(void)error_set(err, ERR_GATE,
			"the store '%s' pins another gate: '%s' of the branch "
			"'%s' of %s",
			store_path(store), was->desired, was->branch,
			was->remote);
	error_hint(err, "a gate is moved by whoever may write the store: edit "
			"config.json in a clone of it, with the review that "
			"this deserves");
	return -1;
}

int gate_pin_save(struct store *store, const struct gate_pin *pin,
		  bool *ret_made, struct error *err)
{
	static const struct store_trailer none[] = { { NULL, NULL } };
	CLEANUP(gate_pin_release) struct gate_pin was = { 0 };
	CLEANUP(json_release) json_t *config = NULL;
	CLEANUP(store_edits_release) struct store_edits edits = { 0 };

	*ret_made = false;
	if (gate_pin_load(store, &was, err) ||
	    store_read_json(store, CONFIG, &config, err))
		return -1;
	if (was.branch)
		return is_same(&was, pin) ? 0 : refuse_other(store, &was, err);
	if (!config)
		config = json_pack("{s:s}", "format", "aback-config/1");
	json_object_set_new(config, "gate",
			    json_pack("{s:s, s:s, s:s}", "branch", pin->branch,
				      "remote", pin->remote, "desired",
				      pin->desired));
	store_edits_put_json(&edits, CONFIG, config);
	*ret_made = true;
	return store_commit(store, "Pin the gate", none, &edits,
			    STORE_PUSH_REQUIRED, NULL, err);
}

/* ---- the branch ------------------------------------------------------- */

struct gate_branch {
	struct repo *repo;
	struct repo_id tip;
};

void gate_branch_free(struct gate_branch *branch)
{
	if (!branch)
		return;
	repo_free(branch->repo);
	free(branch);
}

DEFINE_CLEANUP(cleanup_branch, struct gate_branch *, gate_branch_free)
DEFINE_CLEANUP(cleanup_remote, struct remote *, remote_free)

/* Two runs may make it at once: whoever comes second uses the first one's. */
static int make_repository(const char *path, struct error *err)
{
	CLEANUP(free_ptr)
	char *made = xasprintf("%s.%ld", path, (long)getpid());
	struct repo *repo = NULL;

	if (!access(path, F_OK))
		return 0;
	if (repo_create(made, &repo, err))
		return -1;
	repo_free(repo);
	if (!rename(made, path) || errno == ENOTEMPTY || errno == EEXIST)
		return 0;
	return error_errno(err, ERR_IO, "cannot make '%s'", path);
}

static int refuse_fetch(const struct gate_pin *pin, struct error *err)
{
	CLEANUP(free_ptr) char *why = xstrdup(err->chain[0]);
	CLEANUP(free_ptr) char *hint = err->hint ? xstrdup(err->hint) : NULL;

	(void)error_set(err, ERR_GATE,
			"the gate's branch '%s' cannot be fetched: %s",
			pin->branch, why);
	if (hint)
		error_hint(err, "%s", hint);
	return -1;
}

static int fetch(struct gate_branch *branch, const char *path,
		 const struct gate_pin *pin, struct error *err)
{
	CLEANUP(cleanup_remote) struct remote *remote = NULL;
	CLEANUP(free_ptr) char *ref = xasprintf("refs/heads/%s", pin->branch);

	if (remote_new(path, pin->remote, &remote, err))
		return refuse_fetch(pin, err);
	if (remote_check_direct(remote, "the gate's remote", err))
		return -1;
	if (remote_ref(remote, ref, &branch->tip, err))
		return refuse_fetch(pin, err);
	if (!repo_id_is_set(&branch->tip))
		return error_set(err, ERR_GATE,
				 "the gate's branch '%s' is not at %s",
				 pin->branch, remote_shown(remote));
	if (remote_fetch(remote, ref, err))
		return refuse_fetch(pin, err);
	return 0;
}

int gate_branch_fetch(struct store *store, const struct gate_pin *pin,
		      struct gate_branch **ret_branch, struct error *err)
{
	CLEANUP(cleanup_branch)
	struct gate_branch *branch = xcalloc(1, sizeof(*branch));
	CLEANUP(free_ptr)
	char *path = xasprintf("%s/aback/gate.git", store_path(store));

	if (make_repository(path, err) || fetch(branch, path, pin, err) ||
	    repo_open(path, &branch->repo, err))
		return -1;
	*ret_branch = TAKE(branch);
	return 0;
}

const char *gate_branch_tip(const struct gate_branch *branch)
{
	return branch->tip.hex;
}

int gate_branch_read(struct gate_branch *branch, const char *path,
		     struct strbuf *ret_text, bool *ret_found,
		     struct error *err)
{
	return repo_read(branch->repo, &branch->tip, path, ret_text, ret_found,
			 err);
}

int gate_branch_find(struct gate_branch *branch, const char *blob,
		     int (*fn)(const char *path, void *ctx, struct error *err),
		     void *ctx, struct error *err)
{
	struct repo_id id;

	if (!repo_id_parse(blob, &id))
		return 0;
	return repo_find_blob(branch->repo, &branch->tip, &id, fn, ctx, err);
}

int gate_branch_holds(struct gate_branch *branch, const char *commit,
		      bool *ret_holds, struct error *err)
{
	enum repo_relation relation;
	struct repo_id id, base;

	*ret_holds = false;
	if (!repo_id_parse(commit, &id) || !repo_has(branch->repo, &id))
		return 0;
	if (repo_compare(branch->repo, &branch->tip, &id, &relation, &base,
			 err))
		return -1;
	*ret_holds = relation == REPO_SAME || relation == REPO_AHEAD;
	return 0;
}

int gate_branch_authors(struct gate_branch *branch, const char *blob,
			int64_t since, void (*fn)(const char *email, void *ctx),
			void *ctx, struct error *err)
{
	struct repo_id id;

	if (!repo_id_parse(blob, &id))
		return 0;
	return repo_introducers(branch->repo, &branch->tip, &id, since, fn, ctx,
				err);
}
