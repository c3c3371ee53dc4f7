/* What a reviewer has to know of a plan before anything else. */
#include "plans/render_parts.h"

#include <string.h>

#include "core/limits.h"

/* So many resources are named in a line. */
#define NAMED_MOST 4

/* The words of a kind of fact, the worst first, and how each is told. */
struct word {
	const char *name, *text;
};

#define LEFT "left"

static const struct word costs[] = {
	{ "one-way", "one-way" },        { "lossy", "lossy" },
	{ "restart", "with a restart" }, { LEFT, "left behind by a backout" },
	{ "reversible", "reversible" },  { NULL, NULL },
};
static const struct word severities[] = {
	{ "critical", "critical" }, { "high", "high" }, { "medium", "medium" },
	{ "low", "low" },           { "info", "info" }, { NULL, NULL },
};
static const struct word effects[] = {
	{ "restart", "with the restart" },
	{ "reboot", "after a reboot" },
	{ "window", "in the maintenance window" },
	{ "asynchronous", "soon after the call" },
	{ "immediate", "at once" },
	{ NULL, NULL },
};

typedef const char *(*word_fn)(const struct plan_change *change);

static const char *cost_of(const struct plan_change *change)
{
	return part_is_left_behind(change) ? LEFT : change->reversibility;
}

static const char *severity_of(const struct plan_change *change)
{
	return change->severity ? change->severity : "";
}

static const char *effect_of(const struct plan_change *change)
{
	return change->effect;
}

/* "2 lossy, 14 reversible"; "all reversible". */
static void add_counts(const struct plan *plan, const struct word *words,
		       word_fn word_of, struct strbuf *out)
{
	for (; words->name; words++) {
		size_t count = 0;

		for (size_t i = 0; i < plan->changes_len; i++)
			count += !strcmp(word_of(&plan->changes[i]),
					 words->name);
		if (!count)
			continue;
		strbuf_adds(out, out->len ? ", " : "");
		if (count == plan->changes_len && count > 1)
			strbuf_addf(out, "all %s", words->text);
		else
			strbuf_addf(out, "%zu %s", count, words->text);
	}
}

/* "cluster/orders, cluster/users and 3 more": each once; "" for none. */
static void add_restarted(const struct plan *plan, struct strbuf *out)
{
	const struct plan_change *last = NULL;
	size_t count = 0;

	for (size_t i = 0; i < plan->changes_len; i++) {
		const struct plan_change *change = &plan->changes[i];

		if (strcmp(change->effect, "restart") != 0 ||
		    (last && !strcmp(last->target, change->target) &&
		     !strcmp(last->address, change->address)))
			continue;
		last = change;
		if (count++ < NAMED_MOST)
			strbuf_addf(out, "%s%s", count > 1 ? ", " : "",
				    change->address);
	}
	if (count > NAMED_MOST)
		strbuf_addf(out, " and %zu more", count - NAMED_MOST);
}

/* What is left out where nobody has to consent to it. */
static void add_left_out(const struct plan *plan, const json_t *consent,
			 struct strbuf *out)
{
	size_t count = 0;

	for (size_t i = 0; i < plan->changes_len; i++)
		count += plan_change_follows(&plan->changes[i]);
	if (count && !json_array_has(consent, "restart"))
		strbuf_addf(out,
			    "--allow restart; without it %s left out, and "
			    "what takes effect by %s stays waiting",
			    count == 1 ? "the reboot is" : "the reboots are",
			    count == 1 ? "it" : "them");
}

static void tell(part_fact_fn fn, void *ctx, const char *label,
		 const struct strbuf *text, const char *otherwise, bool bad,
		 bool code)
{
	if (text->len)
		/* what is an option begins with a blank */
		fn(ctx, label, text->buf + (*text->buf == ' '), bad, code);
	else if (otherwise)
		fn(ctx, label, otherwise, false, false);
}

static void tell_each(part_fact_fn fn, void *ctx, const char *label,
		      const json_t *texts)
{
	for (size_t i = 0; i < json_array_size(texts); i++)
		fn(ctx, label, json_string_value(json_array_get(texts, i)),
		   true, false);
}

void part_facts(const struct plan *plan, part_fact_fn fn, void *ctx)
{
	CLEANUP(json_release) json_t *consent = plan_consent(plan);
	CLEANUP(json_release) json_t *backout = part_backout_consent(plan);
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(LIMIT_MESSAGE);

	if (!plan->changes_len)
		return;
	tell_each(fn, ctx, "apply refuses", plan->foreseen);
	add_counts(plan, costs, cost_of, &text);
	tell(fn, ctx, "way back", &text, NULL,
	     strstr(text.buf, "one-way") || strstr(text.buf, "lossy"), false);
	strbuf_clear(&text);
	add_restarted(plan, &text);
	tell(fn, ctx, "restarts", &text, "nothing", true, false);
	strbuf_clear(&text);
	add_counts(plan, effects, effect_of, &text);
	tell(fn, ctx, "takes effect", &text, NULL, false, false);
	strbuf_clear(&text);
	add_counts(plan, severities, severity_of, &text);
	tell(fn, ctx, "severity", &text, NULL, false, false);
	strbuf_clear(&text);
	part_allow(consent, &text);
	tell(fn, ctx, "apply needs", &text, "no consent", true, true);
	strbuf_clear(&text);
	add_left_out(plan, consent, &text);
	tell(fn, ctx, "reboots need", &text, NULL, false, false);
	strbuf_clear(&text);
	part_allow(backout, &text);
	tell(fn, ctx, "backout needs", &text, "no consent", false, true);
	tell_each(fn, ctx, "no backout", plan->foreseen_back);
}
