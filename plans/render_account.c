/* What became of a change besides its steps: why it stopped, wave by wave. */
#include <string.h>

#include "core/json.h"
#include "core/limits.h"
#include "core/mem.h"
#include "plans/render_parts.h"

#define NAMED_CLUSTERS 5

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_text(object, key);

	return text ? text : "";
}

static bool is_good(const char *state)
{
	return !strcmp(state, "done") || !strcmp(state, "waiting");
}

static void add_clusters(const json_t *clusters, struct strbuf *out)
{
	const size_t len = json_array_size(clusters);
	const json_t *cluster;
	size_t i;

	strbuf_addf(out, ", %zu cluster%s", len, len == 1 ? "" : "s");
	json_array_foreach(clusters, i, cluster) {
		if (i == NAMED_CLUSTERS)
			break;
		strbuf_addf(out, "%s%s %s", i ? ", " : ": ",
			    text_of(cluster, "target"),
			    text_of(cluster, "address"));
	}
	if (len > NAMED_CLUSTERS)
		strbuf_addf(out, " and %zu more", len - NAMED_CLUSTERS);
}

/* Without --waves everything is one, of which the steps say enough. */
static void tell_waves(const json_t *waves, part_fact_fn fn, void *ctx)
{
	const json_t *wave;
	size_t i;

	json_array_foreach(waves, i, wave) {
		CLEANUP(strbuf_release)
		struct strbuf text = STRBUF_INIT(LIMIT_MESSAGE);
		CLEANUP(free_ptr) char *label = xasprintf("wave %zu", i + 1);
		const char *state = text_of(wave, "state");
		const char *health = json_text(wave, "health");

		if (json_array_size(waves) == 1 && !health)
			continue;
		strbuf_adds(&text, state);
		add_clusters(json_object_get(wave, "clusters"), &text);
		if (health)
			strbuf_addf(&text, "; health check %s", health);
		fn(ctx, label, text.buf,
		   !is_good(state) || (health && strcmp(health, "passed") != 0),
		   false);
	}
}

/* What the run took back of itself, step by step. */
static void tell_backout(const struct change_view *view, part_fact_fn fn,
			 void *ctx)
{
	const struct plan *plan = view->plan;
	const json_t *step;
	size_t i;

	json_array_foreach(json_object_get(view->record->result, "backout"), i,
			   step) {
		CLEANUP(strbuf_release)
		struct strbuf text = STRBUF_INIT(LIMIT_MESSAGE);
		const json_int_t index =
			json_integer_value(json_object_get(step, "index"));
		const char *reason = json_text(step, "reason");
		const char *state = text_of(step, "state");

		if (index < 0 || index >= (json_int_t)plan->steps_len)
			continue;
		strbuf_addf(&text, "step %lld on %s %s, %s%s%s",
			    (long long)index, plan->steps[index].target,
			    plan->steps[index].address, state,
			    reason ? ": " : "", reason ? reason : "");
		fn(ctx, "taken back", text.buf, !is_good(state), false);
	}
}

void part_account(const struct change_view *view, part_fact_fn fn, void *ctx)
{
	const json_t *result = view->record->result;
	const char *stopped = json_text(result, "stopped");
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(LIMIT_MESSAGE);
	const bool due = part_confirm(view->confirm, &text);

	if (text.len)
		fn(ctx, "confirmation", text.buf, due, false);
	if (stopped)
		fn(ctx, "stopped", stopped, true, false);
	tell_waves(json_object_get(result, "waves"), fn, ctx);
	tell_backout(view, fn, ctx);
}
