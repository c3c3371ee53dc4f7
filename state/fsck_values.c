/* Files that follow from the records: the last recorded values. */
#include <string.h>

#include "core/limits.h"
#include "core/mem.h"
#include "state/fsck_internal.h"
#include "state/recorded.h"
#include "state/store_internal.h"

struct values {
	struct fsck *fsck;
	json_t *files; /* what the records say; see state/recorded.h */
	struct fsck_plan plan;
};

static char *compact(const json_t *value)
{
	struct strbuf text = STRBUF_INIT(LIMIT_MESSAGE);

	if (!value)
		return xstrdup("nothing");
	json_compact(value, &text);
	return strbuf_detach(&text);
}

static void add(struct fsck *fsck, const char *path, const char *what,
		const json_t *expected, const json_t *found)
{
	CLEANUP(free_ptr) char *want = compact(expected);
	CLEANUP(free_ptr) char *have = compact(found);
	CLEANUP(free_ptr)
	char *remedy = xasprintf("the records are what counts; see who wrote "
				 "the file: git -C '%s' log -p main -- '%s'",
				 store_path(fsck->store), path);

	fsck_add(fsck,
		 &(struct fsck_finding){ .check = "value",
					 .path = path,
					 .expected = want,
					 .found = have,
					 .remedy = remedy },
		 "%s is not what the records of changes give", what);
}

/* The same members, each with the same value; what nobody saw may be absent. */
static void compare_values(struct fsck *fsck, const char *path,
			   const json_t *record, const json_t *file)
{
	json_t *want = json_object_get(record, "values");
	const json_t *unseen = json_object_get(record, "unseen");
	json_t *have = json_object_get(file, "values");
	const char *setting;
	json_t *value;

	json_object_foreach(want, setting, value) {
		const json_t *found = json_object_get(have, setting);
		CLEANUP(free_ptr) char *what = xasprintf("'%s'", setting);

		if (found ? !json_equal(found, value)
			  : !json_object_get(unseen, setting))
			add(fsck, path, what, value, found);
	}
	json_object_foreach(have, setting, value) {
		CLEANUP(free_ptr) char *what = xasprintf("'%s'", setting);

		if (!json_object_get(want, setting))
			add(fsck, path, what, NULL, value);
	}
}

static json_t *read_file(struct fsck *fsck, const char *path)
{
	CLEANUP(error_release) struct error why = ERROR_INIT;
	json_t *file = NULL;

	if (store_read_json(fsck->store, path, &file, &why))
		fsck_add_error(fsck,
			       &(struct fsck_finding){ .check = "value",
						       .path = path },
			       &why);
	return file;
}

/* A resource's file that is there. */
static void check_resource(struct values *values, const char *path)
{
	static const char *const keys[] = { "address", "resource_id" };
	struct fsck *fsck = values->fsck;
	const json_t *record = json_object_get(values->files, path);
	CLEANUP(json_release) json_t *file = read_file(fsck, path);

	if (!file)
		return;
	if (!record) {
		add(fsck, path, "the file", NULL, file);
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		const json_t *want = json_object_get(record, keys[i]);
		const json_t *have = json_object_get(file, keys[i]);

		if (!have || !want || !json_equal(want, have))
			add(fsck, path, keys[i], want, have);
	}
	compare_values(fsck, path, record, file);
}

/* "<12 digits>/…": below an account's directory. */
static bool is_resource(const char *path)
{
	return strspn(path, "0123456789") == 12 && path[12] == '/';
}

static int check_file(const char *path, bool is_directory, void *ctx,
		      struct error *err)
{
	struct values *values = ctx;

	(void)err;
	if (is_directory || fsck_is_unreadable(values->fsck, path))
		return 0;
	if (is_resource(path))
		check_resource(values, path);
	else if (!strncmp(path, "holds/", strlen("holds/")))
		fsck_hold(values->fsck, &values->plan, path);
	return 0;
}

/* What the records give and no file has. */
static void check_missing(struct values *values)
{
	const char *path;
	json_t *record;

	json_object_foreach(values->files, path, record) {
		CLEANUP(error_release) struct error why = ERROR_INIT;
		CLEANUP(strbuf_release)
		struct strbuf text = STRBUF_INIT(LIMIT_STORE_FILE);
		bool found;

		if (fsck_is_unreadable(values->fsck, path) ||
		    store_read(values->fsck->store, path, &text, &found,
			       &why) ||
		    found)
			continue;
		compare_values(values->fsck, path, record, NULL);
	}
}

void fsck_values(struct fsck *fsck, const struct repo_id *tip)
{
	CLEANUP(error_release) struct error why = ERROR_INIT;
	struct values values = { .fsck = fsck };
	CLEANUP(json_release) json_t *files = NULL;

	if (recorded_build(fsck->store->repo, tip, &files, &why)) {
		/* which record it is was said */
		if (!json_array_size(fsck->damage))
			fsck_add_error(
				fsck,
				&(struct fsck_finding){ .check = "value" },
				&why);
		return;
	}
	values.files = files;
	if (store_walk(fsck->store, "", check_file, &values, &why))
		fsck_add_error(fsck, &(struct fsck_finding){ .check = "value" },
			       &why);
	check_missing(&values);
	fsck_plan_release(&values.plan);
}
