/* The history as a whole, for who checks it: commits, what each did, objects.
 */
#include "state/git_internal.h"

#include "core/mem.h"

void repo_commit_info_release(struct repo_commit_info *info)
{
	free(info->message);
	free(info->signature);
	*info = (struct repo_commit_info){ 0 };
}

static char *signature_of(const git_commit *commit)
{
	git_buf field = { 0 };
	char *signature = NULL;

	if (!git_commit_header_field(&field, commit, "gpgsig"))
		signature = xstrndup(field.ptr, field.size);
	git_buf_dispose(&field);
	return signature;
}

int repo_commit_info(struct repo *repo, const struct repo_id *commit,
		     struct repo_commit_info *ret_info, struct error *err)
{
	CLEANUP(cleanup_commit) git_commit *object = NULL;
	struct repo_commit_info info = { .id = *commit };
	git_oid oid;

	if (repo_id_to_oid(repo, commit, &oid, err))
		return -1;
	if (git_commit_lookup(&object, repo->git, &oid))
		return repo_fail(repo, err, "cannot read the commit '%s'",
				 commit->hex);
	info.parents = git_commit_parentcount(object);
	if (info.parents)
		repo_id_from_oid(&info.parent, git_commit_parent_id(object, 0));
	info.message = xstrdup(git_commit_message(object));
	info.signature = signature_of(object);
	*ret_info = info;
	return 0;
}

int repo_count(struct repo *repo, const struct repo_id *from,
	       const struct repo_id *to, size_t *ret_count, struct error *err)
{
	CLEANUP(cleanup_revwalk) git_revwalk *walk = NULL;
	git_oid hide, push, oid;
	size_t count = 0;
	int code;

	*ret_count = 0;
	if (!repo_id_is_set(to))
		return 0;
	if (repo_id_to_oid(repo, to, &push, err) ||
	    (repo_id_is_set(from) && repo_id_to_oid(repo, from, &hide, err)))
		return -1;
	if (git_revwalk_new(&walk, repo->git) ||
	    git_revwalk_push(walk, &push) ||
	    (repo_id_is_set(from) && git_revwalk_hide(walk, &hide)))
		return repo_fail(repo, err, "cannot list commits");
	while (!(code = git_revwalk_next(&oid, walk)))
		count++;
	if (code != GIT_ITEROVER)
		return repo_fail(repo, err, "cannot list commits");
	*ret_count = count;
	return 0;
}

int repo_blob(struct repo *repo, const struct repo_id *blob,
	      struct strbuf *ret_text, struct error *err)
{
	CLEANUP(cleanup_blob) git_blob *object = NULL;
	git_oid oid;

	if (repo_id_to_oid(repo, blob, &oid, err))
		return -1;
	if (git_blob_lookup(&object, repo->git, &oid))
		return repo_fail(repo, err, "cannot read the object '%s'",
				 blob->hex);
	strbuf_clear(ret_text);
	strbuf_add(ret_text, git_blob_rawcontent(object),
		   (size_t)git_blob_rawsize(object));
	return 0;
}

struct each_object {
	git_odb *odb;
	repo_object_fn fn;
	void *ctx;
	struct error *err;
};

static int read_one(const git_oid *oid, void *payload)
{
	const struct each_object *each = payload;
	git_odb_object *object = NULL;
	const char *why = NULL;
	struct repo_id id;

	git_error_clear();
	/* reads all of it and compares its digest with its name */
	if (git_odb_read(&object, each->odb, oid))
		why = git_error_last() ? git_error_last()->message
				       : "it cannot be read";
	git_odb_object_free(object);
	repo_id_from_oid(&id, oid);
	return each->fn(&id, why, each->ctx, each->err);
}

int repo_each_object(struct repo *repo, repo_object_fn fn, void *ctx,
		     struct error *err)
{
	CLEANUP(cleanup_odb) git_odb *odb = NULL;
	struct each_object each = { .fn = fn, .ctx = ctx, .err = err };

	if (git_repository_odb(&odb, repo->git))
		return repo_fail(repo, err, "cannot open its objects");
	each.odb = odb;
	if (git_odb_foreach(odb, read_one, &each)) {
		if (error_is_set(err))
			return -1;
		return repo_fail(repo, err, "cannot list its objects");
	}
	return 0;
}

DEFINE_CLEANUP(cleanup_iterator, git_reference_iterator *,
	       git_reference_iterator_free)

int repo_each_ref(struct repo *repo, const char *prefix, repo_ref_fn fn,
		  void *ctx, struct error *err)
{
	CLEANUP(cleanup_iterator) git_reference_iterator *iterator = NULL;
	CLEANUP(free_ptr) char *glob = xasprintf("%s*", prefix);
	const char *name;
	int code;

	if (git_reference_iterator_glob_new(&iterator, repo->git, glob))
		return repo_fail(repo, err, "cannot list '%s'", prefix);
	while (!(code = git_reference_next_name(&name, iterator))) {
		struct repo_id id;

		if (repo_ref(repo, name, &id, err) || fn(name, &id, ctx, err))
			return -1;
	}
	return code == GIT_ITEROVER
		       ? 0
		       : repo_fail(repo, err, "cannot list '%s'", prefix);
}
