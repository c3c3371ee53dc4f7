/*
 * What a reading of the event history had when it was cut off, so that the next
 * one goes on from there: <store>/aback/trail/<account>-<region>.jsonl, a line
 * for each piece that was read.
 */
#ifndef ABACK_PLANS_TRAIL_KEEP_H
#define ABACK_PLANS_TRAIL_KEEP_H

#include "plans/trail_scan.h"
#include "state/store.h"

/*
 * Give the scan, which has not begun, the spans and events that are kept of its
 * time. store NULL: there are none. What was newer than CloudTrail's lag when
 * it was read is read again.
 */
void trail_keep_load(struct store *store, struct trail_scan *scan);
/* Keep what the scan has that is not kept yet; where that fails, it is not. */
void trail_keep_save(struct store *store, const struct trail_scan *scan);
/* It has come to its end. */
void trail_keep_drop(struct store *store, const struct trail_scan *scan);

#endif
