#include "state/provenance.h"

#include <string.h>

#include "core/crypto.h"
#include "core/limits.h"
#include "core/mem.h"
#include "state/store_internal.h"

struct tracing {
	struct store *store;
	json_t *files; /* the array */
	json_t *open;  /* path → its entry, not found */
};

/* One commit that is being looked at. */
struct looking {
	json_t *open;
	const struct repo_commit_info *commit;
};

static int add_file(const char *path, bool is_directory, void *ctx,
		    struct error *err)
{
	struct tracing *tracing = ctx;
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT(LIMIT_STORE_FILE);
	char hex[SHA256_HEX_MAX];
	json_t *file;
	bool found;

	if (is_directory)
		return 0;
	if (store_read(tracing->store, path, &text, &found, err))
		return -1;
	file = json_pack("{s:s, s:s, s:n, s:n, s:n}", "path", path, "sha256",
			 sha256_hex(text.buf, text.len, hex), "commit",
			 "signature", "unsigned");
	(void)json_object_set(tracing->open, path, file);
	(void)json_array_append_new(tracing->files, file);
	return 0;
}

/* What kind of signature it is, by how it begins. */
static const char *signature_kind(const char *signature)
{
	static const struct {
		const char *start, *kind;
	} kinds[] = {
		{ "-----BEGIN SSH SIGNATURE-----", "ssh" },
		{ "-----BEGIN PGP SIGNATURE-----", "openpgp" },
		{ "-----BEGIN SIGNED MESSAGE-----", "x509" },
	};

	for (size_t i = 0; signature && i < ARRAY_SIZE(kinds); i++) {
		if (!strncmp(signature, kinds[i].start, strlen(kinds[i].start)))
			return kinds[i].kind;
	}
	return NULL;
}

/* Why the commit says that it was left unsigned, or JSON null. */
static json_t *why_unsigned(const char *message)
{
	static const char start[] = REPO_UNSIGNED_TRAILER ": ";

	for (const char *line = message; *line;) {
		size_t len = strcspn(line, "\n");

		if (!strncmp(line, start, strlen(start))) {
			CLEANUP(free_ptr)
			char *text = xstrndup(line + strlen(start),
					      len - strlen(start));

			return json_from_text(text);
		}
		line += len + (line[len] != '\0');
	}
	return json_null();
}

static int found_in(const struct repo_change *change, void *ctx,
		    struct error *err)
{
	const struct looking *looking = ctx;
	const struct repo_commit_info *commit = looking->commit;
	json_t *file = json_object_get(looking->open, change->path);

	(void)err;
	if (!file)
		return 0;
	(void)json_object_set_new(file, "commit", json_string(commit->id.hex));
	(void)json_object_set_new(
		file, "signature",
		json_from_text(signature_kind(commit->signature)));
	(void)json_object_set_new(file, "unsigned",
				  why_unsigned(commit->message));
	(void)json_object_del(looking->open, change->path);
	return 0;
}

/* From the tip down, until each file's commit is found. */
static int walk_down(const struct tracing *tracing, struct error *err)
{
	struct repo *repo = tracing->store->repo;
	struct repo_id at;

	if (store_tip(tracing->store, &at, err))
		return -1;
	while (json_object_size(tracing->open) && repo_id_is_set(&at)) {
		CLEANUP(repo_commit_info_release)
		struct repo_commit_info commit = { 0 };
		struct looking looking = { tracing->open, &commit };

		if (repo_commit_info(repo, &at, &commit, err))
			return -1;
		if (repo_changes(repo, &commit.parent, &commit.id, found_in,
				 &looking, err))
			return -1;
		at = commit.parent;
	}
	return 0;
}

int store_provenance(struct store *store, const char *directory,
		     json_t **ret_files, struct error *err)
{
	CLEANUP(json_release) json_t *files = json_array();
	CLEANUP(json_release) json_t *open = json_object();
	struct tracing tracing = { store, files, open };

	if (store_walk(store, directory, add_file, &tracing, err) ||
	    walk_down(&tracing, err))
		return -1;
	*ret_files = TAKE(files);
	return 0;
}
