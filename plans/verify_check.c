/*
 * A proof checked again, without AWS: is its record what the store says, and
 * does its verdict follow from its record and evidence? Both are made anew and
 * compared, member by member.
 */
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/file.h"
#include "core/limits.h"
#include "core/mem.h"
#include "plans/verify_parts.h"

#define PROBLEMS_MOST 50

/* ---- comparing ---------------------------------------------------------- */

static char *compact(const json_t *value)
{
	struct strbuf text = STRBUF_INIT(LIMIT_RENDERED);

	if (!value)
		return xstrdup("nothing");
	json_compact(value, &text);
	return strbuf_detach(&text);
}

static void add_problem(json_t *problems, const char *path,
			const json_t *expected, const json_t *found,
			const char *text)
{
	CLEANUP(free_ptr) char *want = compact(expected);
	CLEANUP(free_ptr) char *have = compact(found);

	if (json_array_size(problems) < PROBLEMS_MOST)
		(void)json_array_append_new(
			problems,
			json_pack("{s:s, s:o, s:o, s:s}", "path", path,
				  "expected", json_from_text(want), "found",
				  json_from_text(have), "text", text));
}

static void compare(json_t *problems, const char *path, const json_t *want,
		    const json_t *have, const char *text);

static void compare_objects(json_t *problems, const char *path,
			    const json_t *want, const json_t *have,
			    const char *text)
{
	CLEANUP(json_release)
	json_t *all = json_copy((json_t *)(uintptr_t)have);
	CLEANUP(free_ptr) const char **keys = NULL;
	size_t len;

	(void)json_object_update_missing(all, (json_t *)(uintptr_t)want);
	keys = json_sorted_keys(all, &len);
	for (size_t i = 0; i < len; i++) {
		CLEANUP(free_ptr)
		char *at = xasprintf("%s%s%s", path, *path ? "." : "", keys[i]);

		compare(problems, at, json_object_get(want, keys[i]),
			json_object_get(have, keys[i]), text);
	}
}

static void compare(json_t *problems, const char *path, const json_t *want,
		    const json_t *have, const char *text)
{
	const size_t len = json_array_size(want);

	if (want && have && json_equal(want, have))
		return;
	if (json_is_object(want) && json_is_object(have)) {
		compare_objects(problems, path, want, have, text);
	} else if (json_is_array(want) && len && len == json_array_size(have)) {
		for (size_t i = 0; i < len; i++) {
			CLEANUP(free_ptr)
			char *at = xasprintf("%s[%zu]", path, i);

			compare(problems, at, json_array_get(want, i),
				json_array_get(have, i), text);
		}
	} else {
		add_problem(problems, path, want, have, text);
	}
}

/* ---- finding the proof -------------------------------------------------- */

static int check_format(const json_t *proof, const char *where,
			struct error *err)
{
	if (verify_is(proof, "format", PROOF_FORMAT) &&
	    json_text(proof, "change") &&
	    json_is_object(json_object_get(proof, "record")) &&
	    json_text(json_object_get(proof, "record"), "read_at") &&
	    json_is_object(json_object_get(proof, "evidence")))
		return 0;
	(void)error_set(err, ERR_FORMAT,
			"'%s' is no proof: its 'format' is "
			"not '%s', or a part is missing",
			where, PROOF_FORMAT);
	error_hint(err, "a proof is what 'aback verify CHANGE' keeps as "
			"changes/<change>/verify-<time>.json");
	return -1;
}

static int load_file(const char *path, json_t **ret_proof, struct error *err)
{
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT(LIMIT_STORE_FILE);
	CLEANUP(json_release) json_t *proof = NULL;

	if (file_read(path, LIMIT_STORE_FILE, &text, err) ||
	    json_parse(path, text.buf, text.len, &proof, err) ||
	    check_format(proof, path, err))
		return -1;
	*ret_proof = TAKE(proof);
	return 0;
}

static int load_newest(struct store *store, const char *word,
		       json_t **ret_proof, char **ret_where, struct error *err)
{
	CLEANUP(record_release) struct record record = { 0 };

	if (record_load(store, word, &record, err) ||
	    proof_newest(store, record.id, ret_proof, ret_where, err))
		return -1;
	if (*ret_proof)
		return check_format(*ret_proof, *ret_where, err);
	(void)error_set(err, ERR_NOT_FOUND, "change %s was never verified",
			record.id);
	error_hint(err, "do it with: aback verify %s", record.id);
	return -1;
}

/* ---- checking ----------------------------------------------------------- */

struct checking {
	struct store *store;
	const json_t *proof;
	json_t *checked, *problems;
};

static void add_checked(const struct checking *checking, const char *text)
{
	(void)json_array_append_new(checking->checked, json_string(text));
}

/* The files that the proof names; later ones are none of its business. */
static void keep_named(json_t *recorded, const json_t *named)
{
	json_t *files = json_array(), *file, *of;
	size_t i, k;

	json_array_foreach(json_object_get(recorded, "files"), i, file) {
		json_array_foreach(named, k, of) {
			if (verify_is(of, "path", verify_text(file, "path")))
				(void)json_array_append(files, file);
		}
	}
	(void)json_object_set_new(recorded, "files", files);
}

static int check_record(const struct checking *checking, struct error *err)
{
	const json_t *record = json_object_get(checking->proof, "record");
	CLEANUP(verify_subject_release) struct verify_subject subject = { 0 };
	int64_t until;

	if (clock_parse(verify_text(record, "read_at"), &until, err) ||
	    verify_load(checking->store, verify_text(checking->proof, "change"),
			until, &subject, err))
		return error_wrap(err, "the proof's record");
	keep_named(subject.recorded, json_object_get(record, "files"));
	compare(checking->problems, "record", subject.recorded, record,
		"the store says otherwise");
	add_checked(checking, "the digests and commits of the change's files, "
			      "what each setting should be, and the calls with "
			      "their request ids, against the store");
	return 0;
}

static void check_verdict(const struct checking *checking)
{
	static const char *const judged[] = {
		"settings", "calls", "claim", "logs", "findings", "verdict"
	};
	CLEANUP(json_release)
	json_t *again = json_deep_copy(checking->proof);

	proof_judge(again);
	for (size_t i = 0; i < ARRAY_SIZE(judged); i++)
		compare(checking->problems, judged[i],
			json_object_get(again, judged[i]),
			json_object_get(checking->proof, judged[i]),
			"it does not follow from record and evidence");
	add_checked(checking, "the verdict and all that leads to it, against "
			      "the record and the evidence");
}

struct search {
	const struct checking *checking;
	bool found;
};

static int look_at_stored(const char *path, bool is_directory, void *ctx,
			  struct error *err)
{
	struct search *search = ctx;
	CLEANUP(json_release) json_t *stored = NULL;

	if (is_directory || !proof_is_path(path))
		return 0;
	if (store_read_json(search->checking->store, path, &stored, err))
		return -1;
	search->found |= json_equal(stored, search->checking->proof);
	return 0;
}

/* A proof from a file: is it one of those that the store has? */
static int check_stored(const struct checking *checking, struct error *err)
{
	CLEANUP(free_ptr)
	char *directory =
		record_path(verify_text(checking->proof, "change"), "");
	struct search search = { checking, false };

	directory[strlen(directory) - 1] = '\0'; /* its slash */
	if (store_walk(checking->store, directory, look_at_stored, &search,
		       err))
		return -1;
	if (!search.found)
		add_problem(checking->problems, "", NULL, NULL,
			    "the store has no such proof of this change");
	add_checked(checking, "the whole proof, against those in the store");
	return 0;
}

int proof_check(struct store *store, const char *word, json_t **ret_check,
		struct error *err)
{
	CLEANUP(json_release) json_t *proof = NULL;
	CLEANUP(free_ptr) char *where = NULL;
	const bool is_file = !access(word, F_OK);
	struct checking checking = { .store = store };
	json_t *check;

	if (is_file ? load_file(word, &proof, err)
		    : load_newest(store, word, &proof, &where, err))
		return -1;
	check = json_pack("{s:s, s:o, s:O?, s:O?, s:O?, s:[], s:[]}", "format",
			  "aback-proof-check/1", "proof",
			  json_from_text(is_file ? word : where), "change",
			  json_object_get(proof, "change"), "verdict",
			  json_object_get(proof, "verdict"), "verified_at",
			  json_object_get(proof, "verified_at"), "checked",
			  "problems");
	checking.proof = proof;
	checking.checked = json_object_get(check, "checked");
	checking.problems = json_object_get(check, "problems");
	if (check_record(&checking, err) ||
	    (is_file && check_stored(&checking, err))) {
		json_decref(check);
		return -1;
	}
	check_verdict(&checking);
	(void)json_object_set_new(
		check, "holds",
		json_boolean(!json_array_size(checking.problems)));
	*ret_check = check;
	return 0;
}
