/*
 * What a review reads: every kind in every place, and of each what a control
 * looks at, or what says who uses what.
 */
#include <stdlib.h>

#include "core/limits.h"
#include "core/mem.h"
#include "plans/catalogue.h"
#include "plans/review.h"

struct review_reads {
	struct live_wanted wanted;
	bool *rows[KIND_COUNT]; /* what wanted.rows points to */
};

static void add_settings(struct review_reads *reads,
			 const struct control_setting *settings)
{
	for (size_t i = 0; i < CONTROL_SETTINGS_MAX && settings[i].name; i++) {
		const struct setting *row =
			catalogue_lookup(settings[i].kind, settings[i].name);

		reads->rows[row->kind][catalogue_index(row)] = true;
	}
}

static void add_kind(struct review_reads *reads, enum kind kind)
{
	size_t len;
	const struct setting *rows = catalogue_rows(kind, &len);
	const char *form;
	const size_t most = catalogue_open(kind, &form) ? LIMIT_OPEN_ROWS : len;

	reads->wanted.kinds[kind] = true;
	reads->rows[kind] = xcalloc(most + 1, sizeof(bool));
	reads->wanted.rows[kind] = reads->rows[kind];
	for (size_t i = 0; i < len; i++)
		reads->rows[kind][i] = rows[i].refers;
}

struct review_reads *review_reads_new(const struct live_wanted **ret_wanted)
{
	struct review_reads *reads = xcalloc(1, sizeof(*reads));
	const struct control *const *control = controls_all(NULL);

	reads->wanted.lenient = true;
	reads->wanted.references = true;
	for (enum kind kind = 0; kind < KIND_COUNT; kind++)
		add_kind(reads, kind);
	for (; *control; control++) {
		add_settings(reads, (*control)->settings);
		reads->wanted.lookups[(*control)->kind] |= (*control)->lookups;
	}
	*ret_wanted = &reads->wanted;
	return reads;
}

void review_reads_free(struct review_reads *reads)
{
	for (enum kind kind = 0; reads && kind < KIND_COUNT; kind++)
		free(reads->rows[kind]);
	free(reads);
}
