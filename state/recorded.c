#include "state/recorded.h"

#include <string.h>

#include "core/limits.h"
#include "core/mem.h"
#include "state/record.h"

struct building {
	struct repo *repo;
	const struct repo_id *commit;
	json_t *files;
};

/* A file of a change; *ret_value is NULL where there is none. */
static int read_json(const struct building *building, const char *id,
		     const char *name, json_t **ret_value, struct error *err)
{
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT(LIMIT_STORE_FILE);
	CLEANUP(free_ptr) char *path = record_path(id, name);
	bool found;

	*ret_value = NULL;
	if (repo_read(building->repo, building->commit, path, &text, &found,
		      err))
		return -1;
	return found ? json_parse(path, text.buf, text.len, ret_value, err) : 0;
}

/* "<account>/<region or global>" of a target of the plan; NULL. Owned. */
static char *place_of(const json_t *plan, const char *target)
{
	json_t *entry;
	size_t i;

	json_array_foreach(json_object_get(plan, "targets"), i, entry) {
		const char *name = json_text(entry, "name");
		const char *account = json_text(entry, "account_id");
		const char *region = json_text(entry, "region");

		if (name && account && region && !strcmp(name, target))
			return xasprintf("%s/%s", account, region);
	}
	return strchr(target, '/') ? xstrdup(target) : NULL;
}

/* Did a call of this change of the plan leave, or may one have? */
static bool was_sent(const json_t *change, const json_t *result)
{
	const json_t *steps = json_object_get(result, "steps");
	json_t *index;
	size_t i;

	json_array_foreach(json_object_get(change, "steps"), i, index) {
		/* results stand in the order of their indexes */
		const json_t *step = json_array_get(
			steps, (size_t)json_integer_value(index));

		if (json_is_true(json_object_get(step, "sent")))
			return true;
	}
	return false;
}

static bool is_same(const json_t *a, const json_t *b)
{
	static const char *const keys[] = { "target", "address", "setting" };

	for (size_t k = 0; k < ARRAY_SIZE(keys); k++) {
		const char *x = json_text(a, keys[k]);
		const char *y = json_text(b, keys[k]);

		if (!x || !y || strcmp(x, y) != 0)
			return false;
	}
	return true;
}

/* What the result says of the plan's change, which stands at `at` there. */
static const json_t *find_entry(const json_t *entries, size_t at,
				const json_t *change)
{
	json_t *entry;
	size_t i;

	if (is_same(json_array_get(entries, at), change))
		return json_array_get(entries, at);
	json_array_foreach(entries, i, entry) {
		if (is_same(entry, change))
			return entry;
	}
	return NULL;
}

/* The resource's entry; a new one where the name stands for another resource.
 */
static json_t *file_of(json_t *files, const char *path, const json_t *change)
{
	json_t *file = json_object_get(files, path);
	json_t *id = json_object_get(change, "resource_id");

	if (file && json_equal(json_object_get(file, "resource_id"), id))
		return file;
	file = json_pack("{s:O?, s:O?, s:{}, s:{}}", "address",
			 json_object_get(change, "address"), "resource_id", id,
			 "values", "unseen");
	(void)json_object_set_new(files, path, file);
	return file;
}

static void put_value(json_t *file, const char *setting, const json_t *change,
		      const json_t *entry)
{
	json_t *value = json_object_get(entry, "value");
	json_t *before = json_object_get(change, "before");

	(void)json_object_set(json_object_get(file, "values"), setting, value);
	if (value && before && json_equal(value, before))
		(void)json_object_set_new(json_object_get(file, "unseen"),
					  setting, json_true());
	else
		(void)json_object_del(json_object_get(file, "unseen"), setting);
}

static void add_change(struct building *building, const char *id,
		       const json_t *plan, const json_t *result)
{
	json_t *change;
	size_t i;

	json_array_foreach(json_object_get(plan, "changes"), i, change) {
		const char *target = json_text(change, "target");
		const char *address = json_text(change, "address");
		const char *setting = json_text(change, "setting");
		const json_t *entry = find_entry(
			json_object_get(result, "changes"), i, change);
		CLEANUP(free_ptr)
		char *place = target ? place_of(plan, target) : NULL;
		CLEANUP(free_ptr) char *path = NULL;
		json_t *file;

		if (!place || !address || !setting || !entry ||
		    !was_sent(change, result))
			continue;
		path = xasprintf("%s/%s.json", place, address);
		file = file_of(building->files, path, change);
		put_value(file, setting, change, entry);
		(void)json_object_set_new(file, "change", json_string(id));
		(void)json_object_set(file, "recorded_at",
				      json_object_get(result, "finished_at"));
	}
}

static int add_record(const char *id, bool is_directory, void *ctx,
		      struct error *err)
{
	struct building *building = ctx;
	CLEANUP(json_release) json_t *plan = NULL;
	CLEANUP(json_release) json_t *result = NULL;

	if (!is_directory || !record_is_id(id))
		return 0;
	if (read_json(building, id, "result.json", &result, err) ||
	    (result && read_json(building, id, "plan.json", &plan, err)))
		return -1;
	if (plan)
		add_change(building, id, plan, result);
	return 0;
}

int recorded_build(struct repo *repo, const struct repo_id *commit,
		   json_t **ret_files, struct error *err)
{
	CLEANUP(json_release) json_t *files = json_object();
	struct building building = { repo, commit, files };

	/* sorted by name, so by the moment when each began */
	if (repo_list(repo, commit, "changes", add_record, &building, err))
		return -1;
	*ret_files = TAKE(files);
	return 0;
}

json_t *recorded_document(const json_t *file)
{
	static const char *const keys[] = { "address", "resource_id",
					    "recorded_at", "change", "values" };
	json_t *document = json_pack("{s:s}", "format", "aback-resource/1");

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		(void)json_object_set(document, keys[i],
				      json_object_get(file, keys[i]));
	return document;
}
