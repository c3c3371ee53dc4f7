/* What the renderers of a proof share; raw text, not escaped. */
#ifndef ABACK_PLANS_RENDER_VERIFY_PARTS_H
#define ABACK_PLANS_RENDER_VERIFY_PARTS_H

#include <stdbool.h>
#include <stddef.h>

#include "core/json.h"
#include "core/strbuf.h"

/* "not proven" for "not_proven". */
const char *proof_word(const char *verdict);
/* "prod cluster/orders:deletion_protection", as much of it as there is. */
void proof_where(const json_t *of, struct strbuf *out);
/*
 * Is it to be listed? What is good is only up to a number; *good counts it,
 * from 0.
 */
bool proof_is_listed(const json_t *entry, size_t *good);
/* How many good ones were not. */
size_t proof_unlisted(size_t good);
void proof_finding_text(const json_t *finding, struct strbuf *out);
/* "21 days", and whose value it is where that is another change's. */
void proof_value(const json_t *proof, const json_t *setting,
		 struct strbuf *out);
/* Where event history has a call, or why it does not. */
void proof_call_text(const json_t *call, struct strbuf *out);
/* What was read of a place's event history. */
void proof_place_text(const json_t *place, struct strbuf *out);
void proof_log_text(const json_t *group, struct strbuf *out);
/* The record's files, and whether their commits carry signatures. */
void proof_files_text(const json_t *proof, struct strbuf *out);

#endif
