/* What the renderers of drift share; only plans/render_drift*.c use this. */
#ifndef ABACK_PLANS_RENDER_DRIFT_H
#define ABACK_PLANS_RENDER_DRIFT_H

#include "core/json.h"
#include "core/strbuf.h"
#include "plans/drift.h"

/* "2 differences in 14 recorded settings of 3 resources" */
void drift_part_headline(const json_t *document, struct strbuf *out);
/* "true → false", "is not there any more", … Raw. */
void drift_part_what(const json_t *difference, struct strbuf *out);
/* The same of the one that made it, or why nobody knows. Raw. */
void drift_part_who(const json_t *difference, struct strbuf *out);

#endif
