/*
 * A store with a long past, for what must not become slow in one.
 *
 *   store PATH CHANGES
 *
 * Each change is recorded as a run records it: change.json, plan.json and
 * prior.json in a commit before its calls, journal, result and the resource's
 * last recorded values in one after. They set one of a hundred clusters each.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/compiler.h"
#include "core/error.h"
#include "core/json.h"
#include "core/limits.h"
#include "core/mem.h"
#include "core/strbuf.h"
#include "state/journal.h"
#include "state/record.h"
#include "state/store.h"

#define CLUSTERS 100
#define BEGAN INT64_C(1700000000)

static _Noreturn void die(struct error *err)
{
	struct strbuf text = STRBUF_INIT(LIMIT_MESSAGE);

	error_render(err, &text);
	(void)fprintf(stderr, "store: %s\n", text.buf);
	exit(1);
}

struct change {
	char *id, *cluster, *at;
	bool before;
};

static void put(struct store_edits *edits, const struct change *change,
		const char *file, json_t *document)
{
	CLEANUP(free_ptr) char *path = record_path(change->id, file);

	store_edits_put_json(edits, path, document);
	json_decref(document);
}

static void commit(struct store *store, const struct change *change,
		   const struct store_edits *edits)
{
	const struct store_trailer trailers[] = {
		{ "Aback-Change", change->id }, { NULL, NULL }
	};
	struct error err = ERROR_INIT;

	if (store_commit(store, "Bench", trailers, edits, STORE_PUSH_REQUIRED,
			 NULL, &err))
		die(&err);
}

static void begin(struct store *store, const struct change *change)
{
	CLEANUP(store_edits_release) struct store_edits edits = { 0 };

	put(&edits, change, "change.json",
	    json_pack("{s:s, s:s, s:s, s:s, s:s, s:[s]}", "format",
		      "aback-change/1", "id", change->id, "plan_id", change->id,
		      "kind", "apply", "started_at", change->at, "places",
		      "123456789012/eu-west-1"));
	put(&edits, change, "plan.json",
	    json_pack("{s:s, s:s, s:s, s:[{s:s, s:s, s:s}], s:[{s:s, s:s, s:s, "
		      "s:s, s:s, s:b, s:b, s:[i]}], s:[]}",
		      "format", "aback-plan/1", "id", change->id, "kind",
		      "apply", "targets", "name", "prod", "account_id",
		      "123456789012", "region", "eu-west-1", "changes",
		      "target", "prod", "address", change->cluster,
		      "resource_id", change->cluster, "setting",
		      "deletion_protection", "severity", "high", "before",
		      (int)change->before, "after", (int)!change->before,
		      "steps", 0, "steps"));
	put(&edits, change, "prior.json",
	    json_pack("{s:s, s:[{s:s, s:s, s:s, s:s, s:b}]}", "format",
		      "aback-prior/1", "values", "target", "prod", "address",
		      change->cluster, "resource_id", change->cluster,
		      "setting", "deletion_protection", "value",
		      (int)change->before));
	commit(store, change, &edits);
}

static void end(struct store *store, const struct change *change)
{
	CLEANUP(store_edits_release) struct store_edits edits = { 0 };
	CLEANUP(free_ptr)
	char *path =
		xasprintf("123456789012/eu-west-1/%s.json", change->cluster);
	CLEANUP(free_ptr)
	char *journal_path = record_path(change->id, "journal.jsonl");
	json_t *values =
		json_pack("{s:b}", "deletion_protection", (int)!change->before);
	json_t *file =
		json_pack("{s:s, s:s, s:s, s:s, s:s, s:o}", "format",
			  "aback-resource/1", "address", change->cluster,
			  "resource_id", change->cluster, "recorded_at",
			  change->at, "change", change->id, "values", values);

	store_edits_put(&edits, journal_path, "", 0);
	put(&edits, change, "result.json",
	    json_pack("{s:s, s:s, s:s, s:s, s:[{s:i, s:s, s:b}], s:[{s:s, s:s, "
		      "s:s, s:s, s:b}]}",
		      "format", "aback-result/1", "change", change->id, "state",
		      "done", "finished_at", change->at, "steps", "index", 0,
		      "state", "done", "sent", 1, "changes", "target", "prod",
		      "address", change->cluster, "setting",
		      "deletion_protection", "state", "done", "value",
		      (int)!change->before));
	store_edits_put_json(&edits, path, file);
	json_decref(file);
	commit(store, change, &edits);
}

int main(int argc, char **argv)
{
	struct error err = ERROR_INIT;
	struct store *store = NULL;
	bool made;

	if (argc != 3) {
		(void)fputs("usage: store PATH CHANGES\n", stderr);
		return 2;
	}
	json_init();
	if (store_init(argv[1], &made, &err) ||
	    store_open(argv[1], NULL, &store, &err))
		die(&err);
	for (size_t i = 0; i < strtoul(argv[2], NULL, 10); i++) {
		char at[CLOCK_TEXT_MAX];
		const int64_t now = BEGAN + (int64_t)i * 60;
		struct change change = {
			.id = record_new_id(now),
			.cluster = xasprintf("cluster/c%02zu", i % CLUSTERS),
			.at = xstrdup(clock_rfc3339(now, at)),
			.before = i / CLUSTERS % 2,
		};

		begin(store, &change);
		end(store, &change);
		free(change.id);
		free(change.cluster);
		free(change.at);
	}
	store_free(store);
	return 0;
}
