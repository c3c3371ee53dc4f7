/*
 * Proofs of changes (changes/<change>/verify-<time>.json): is each about the
 * change beside which it stands, and about its files as they are? Whether its
 * verdict follows from its evidence is not for this layer to say: `aback verify
 * --check` does.
 */
#include <string.h>

#include "core/crypto.h"
#include "core/limits.h"
#include "core/mem.h"
#include "state/fsck_internal.h"
#include "state/record.h"

#define PREFIX "verify-"

static void add(struct fsck *fsck, const char *path, const char *expected,
		const char *found, const char *what)
{
	fsck_add(fsck,
		 &(struct fsck_finding){
			 .check = "proof",
			 .path = path,
			 .expected = expected,
			 .found = found ? found : "nothing",
			 .remedy = "verify the change anew: aback verify",
		 },
		 "%s", what);
}

static void check_file(struct fsck *fsck, const char *path, const json_t *file)
{
	const char *of = json_text(file, "path");
	const char *said = json_text(file, "sha256");
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT(LIMIT_STORE_FILE);
	CLEANUP(error_release) struct error why = ERROR_INIT;
	char hex[SHA256_HEX_MAX];
	bool found;

	if (!of || !said) {
		add(fsck, path, "a path and a digest", NULL,
		    "the proof does not say which file it is about");
		return;
	}
	/* that it cannot be read, or is missing, is said of the file itself */
	if (fsck_is_unreadable(fsck, of) ||
	    store_read(fsck->store, of, &text, &found, &why) || !found)
		return;
	if (strcmp(sha256_hex(text.buf, text.len, hex), said) != 0) {
		CLEANUP(free_ptr)
		char *what = xasprintf("the proof is about another '%s'", of);

		add(fsck, path, hex, said, what);
	}
}

static void check_proof(struct fsck *fsck, const char *id, const char *path)
{
	CLEANUP(json_release) json_t *proof = NULL;
	CLEANUP(error_release) struct error why = ERROR_INIT;
	const char *format, *change;
	json_t *file;
	size_t i;

	if (fsck_is_unreadable(fsck, path))
		return;
	if (store_read_json(fsck->store, path, &proof, &why)) {
		fsck_add_error(fsck,
			       &(struct fsck_finding){ .check = "proof",
						       .path = path },
			       &why);
		return;
	}
	format = json_text(proof, "format");
	change = json_text(proof, "change");
	if (!format || strcmp(format, "aback-proof/1") != 0)
		add(fsck, path, "aback-proof/1", format,
		    "'format' is not the one that belongs there");
	if (!change || strcmp(change, id) != 0)
		add(fsck, path, id, change,
		    "the proof is about another change");
	json_array_foreach(
		json_object_get(json_object_get(proof, "record"), "files"), i,
		file)
		check_file(fsck, path, file);
}

struct looking {
	struct fsck *fsck;
	const char *id;
};

static int look(const char *name, bool is_directory, void *ctx,
		struct error *err)
{
	const struct looking *looking = ctx;
	CLEANUP(free_ptr) char *path = record_path(looking->id, name);

	(void)err;
	if (!is_directory && !strncmp(name, PREFIX, strlen(PREFIX)))
		check_proof(looking->fsck, looking->id, path);
	return 0;
}

void fsck_proofs(struct fsck *fsck, const char *id)
{
	struct looking looking = { fsck, id };
	CLEANUP(free_ptr) char *directory = record_path(id, "");
	CLEANUP(error_release) struct error why = ERROR_INIT;

	directory[strlen(directory) - 1] = '\0'; /* its slash */
	if (store_list(fsck->store, directory, look, &looking, &why))
		fsck_add_error(fsck,
			       &(struct fsck_finding){ .check = "proof",
						       .path = directory },
			       &why);
}
