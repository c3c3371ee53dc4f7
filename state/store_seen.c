/*
 * The newest commit that this machine has seen on the branch, in the file
 * <store>/aback/seen, which git does not know: where the branch no longer
 * holds it, somebody rewrote the history behind our back.
 *
 * It is written after the branch has moved. Killed between the two, it names
 * an ancestor, which is as good.
 */
#include <string.h>

#include "core/file.h"
#include "core/limits.h"
#include "core/mem.h"
#include "state/store_internal.h"

static char *path_of(const struct store *store)
{
	return xasprintf("%s/aback/seen", store->path);
}

bool store_seen_tip(struct store *store, struct repo_id *ret_id)
{
	CLEANUP(error_release) struct error ignored = ERROR_INIT;
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(KIB);
	CLEANUP(free_ptr) char *path = path_of(store);

	return !file_read(path, KIB, &text, &ignored) &&
	       repo_id_parse(text.buf, ret_id);
}

void store_note_tip(struct store *store, const struct repo_id *tip)
{
	CLEANUP(error_release) struct error ignored = ERROR_INIT;
	CLEANUP(free_ptr) char *path = path_of(store);
	CLEANUP(free_ptr) char *text = xasprintf("%s\n", tip->hex);

	/* an older one that stays is an ancestor: nothing is lost by it */
	if (file_write(path, text, strlen(text), 0644, &ignored))
		return;
}

int store_tip_descends(struct store *store, const struct repo_id *tip,
		       const struct repo_id *seen, bool *ret_descends,
		       struct error *err)
{
	enum repo_relation relation;
	struct repo_id base;

	*ret_descends = repo_id_equal(tip, seen);
	if (*ret_descends || !repo_has(store->repo, seen))
		return 0;
	if (repo_compare(store->repo, tip, seen, &relation, &base, err))
		return -1;
	*ret_descends = relation == REPO_AHEAD;
	return 0;
}

int store_check_tip(struct store *store, struct error *err)
{
	struct repo_id tip, seen;
	bool descends;

	if (!store_seen_tip(store, &seen))
		return 0;
	if (store_tip(store, &tip, err) ||
	    store_tip_descends(store, &tip, &seen, &descends, err))
		return -1;
	if (descends)
		return 0;
	(void)error_set(err, ERR_STATE,
			"the branch main of the state repository '%s' was "
			"rewritten: it stands at %.12s and no longer holds "
			"%.12s, which it held before",
			store->path, tip.hex, seen.hex);
	error_hint(err, "see what else is wrong with: aback state fsck");
	return -1;
}
