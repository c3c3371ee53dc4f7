/* A backout restricted to some of its targets. */
#include <string.h>

#include "core/limits.h"
#include "core/mem.h"
#include "plans/backout.h"
#include "plans/backout_item.h"

static const struct target *find(const struct backout *backout,
				 const char *name)
{
	for (size_t i = 0; i < backout->targets_len; i++) {
		if (!strcmp(backout->targets[i].name, name))
			return &backout->targets[i];
	}
	return NULL;
}

static int not_in_it(const struct backout *backout, const char *name,
		     struct error *err)
{
	CLEANUP(strbuf_release)
	struct strbuf names = STRBUF_INIT(LIMIT_MESSAGE);

	for (size_t i = 0; i < backout->targets_len; i++)
		strbuf_addf(&names, "%s%s", i ? ", " : "",
			    backout->targets[i].name);
	(void)error_set(err, ERR_USAGE,
			"nothing is to be backed out in the target '%s'", name);
	error_hint(err, "there is something in: %s",
		   names.len ? names.buf : "none");
	return -1;
}

static bool is_named(const char *const *names, size_t len, const char *name)
{
	for (size_t i = 0; i < len; i++) {
		if (!strcmp(names[i], name))
			return true;
	}
	return false;
}

/* In a named target, or global in the account of one? */
static bool is_kept(const struct backout *backout, const char *const *names,
		    size_t len, const char *place)
{
	for (size_t i = 0; i < len; i++) {
		CLEANUP(free_ptr)
		char *global = xasprintf("%s/global",
					 find(backout, names[i])->account_id);

		if (!strcmp(names[i], place) || !strcmp(global, place))
			return true;
	}
	return false;
}

static void keep_items(struct backout *backout, const char *const *names,
		       size_t len)
{
	size_t kept = 0;

	for (size_t i = 0; i < backout->len; i++) {
		struct backout_item *item = &backout->items[i];

		if (is_kept(backout, names, len, item->target))
			backout->items[kept++] = *item;
		else
			backout_item_release(item);
	}
	backout->len = kept;
	for (size_t i = json_array_size(backout->skipped); i-- > 0;) {
		const char *place = json_text(
			json_array_get(backout->skipped, i), "target");

		if (place && !is_kept(backout, names, len, place))
			(void)json_array_remove(backout->skipped, i);
	}
}

static void keep_targets(struct backout *backout, const char *const *names,
			 size_t len)
{
	size_t kept = 0;

	for (size_t i = 0; i < backout->targets_len; i++) {
		struct target *target = &backout->targets[i];

		if (is_named(names, len, target->name))
			backout->targets[kept++] = *target;
		else
			target_release(target);
	}
	backout->targets_len = kept;
}

int backout_keep(struct backout *backout, const char *const *names, size_t len,
		 struct error *err)
{
	for (size_t i = 0; i < len; i++) {
		if (!find(backout, names[i]))
			return not_in_it(backout, names[i], err);
	}
	if (!len)
		return 0;
	keep_items(backout, names, len);
	keep_targets(backout, names, len);
	return 0;
}
