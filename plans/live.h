/*
 * Live state: all resources of the kinds that matter, in all places, read by
 * pages. A failed read is never "nothing there": any failure fails the whole,
 * or, for who only reports (live_wanted.lenient), is a line of its own.
 */
#ifndef ABACK_PLANS_LIVE_H
#define ABACK_PLANS_LIVE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/compiler.h"
#include "core/error.h"
#include "core/json.h"
#include "plans/kind.h"
#include "plans/place.h"

struct live {
	struct resource **items; /* sorted by place name, then address */
	size_t len, cap;
	/* [{"target","address","reason"}]: what was passed over */
	json_t *skipped;
	/*
	 * What could not be read, where that fails nothing: [{"target",
	 * "kind", "address" (null: all of the kind), "lookup" (enum lookup; 0:
	 * it is none, else kind is null), "call", "code", "message",
	 * "request_id"}]; call and request_id may be null.
	 */
	json_t *unread;
};

/*
 * To make one by hand: add resources (taken over; one that is there already is
 * freed again) and lines about skipped ones (id may be NULL), then sort, before
 * live_find is asked.
 */
struct live *live_new(void);
void live_add(struct live *live, struct resource *resource);
void live_skip(struct live *live, const char *place, enum kind kind,
	       const char *id, const char *reason);
void live_sort(struct live *live);
/*
 * A line of `unread`: of the whole kind where id is NULL. Of a look-up (enum
 * lookup, else 0), kind is KIND_COUNT.
 */
void live_add_unread(struct live *live, const char *place, enum kind kind,
		     const char *id, unsigned lookup, const struct error *err);

struct live_wanted {
	/*
	 * Go on where something cannot be read, and say so in `unread`; only
	 * an interruption fails the whole. What was read of a kind before is
	 * kept. Each resource keeps the answers that it was made of.
	 */
	bool lenient;
	bool kinds[KIND_COUNT];       /* read this kind at all */
	const bool *rows[KIND_COUNT]; /* rows to keep; NULL: all */
	/* exact ids of by_reference kinds that rules name, by place name:
	 * {"<place name>": {"<kind>": ["<id>", …]}}; NULL: none */
	const json_t *ids;
	/* also read the by_reference resources that clusters use */
	bool references;
	/* what else to ask of AWS (enum lookup), by kind: plans/lookup.h */
	unsigned lookups[KIND_COUNT];
	/*
	 * And those that they will use: put what rules want into the values of
	 * a copy of the resource, which replace them. NULL: nobody knows.
	 */
	void (*foresee)(void *ctx, const struct resource *resource,
			json_t **values);
	void *foresee_ctx;
	/* read_request.matters; ctx is foresee_ctx. NULL: everything does. */
	bool (*matters)(void *ctx, const struct resource *resource,
			const struct setting *setting);
};

/*
 * Read everything wanted in all places at once; blocks. On failure *ret_live is
 * not set, err is the first failure (ERR_INCOMPLETE, or what AWS said), and its
 * hint gives the --target list of the places that could be read whole.
 */
MUST_CHECK int live_read(struct aws *aws, const struct places *places,
			 const struct live_wanted *wanted,
			 struct live **ret_live, struct error *err);
void live_free(struct live *live);
DEFINE_CLEANUP(live_cleanup, struct live *, live_free)

/* NULL: not there. Borrowed. */
const struct resource *live_find(const struct live *live, const char *place,
				 const char *address);

/*
 * Read only the resources of some lanes of one place, without blocking: done
 * is called from aws_step with a live state to own, or with err. Lanes that
 * are no addresses are an error that comes before this returns. What does not
 * exist (any more) is not in the live state.
 */
void live_observe(struct aws *aws, const struct place *place,
		  enum kind lane_kind, const char *const *lanes,
		  size_t lanes_len,
		  void (*done)(void *ctx, struct live *live,
			       const struct error *err),
		  void *ctx);

#endif
