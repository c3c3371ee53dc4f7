/*
 * The plan as canonical JSON, straight from the struct: the plan of a large
 * fleet is megabytes of text, and as a JSON tree it would be several times
 * that. The members stand here in the order of their keys, as they do in the
 * file; plan_parse refuses any other.
 */
#include "plans/plan.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "core/crypto.h"
#include "core/mem.h"

struct writer {
	struct strbuf *out;
	size_t indent; /* of the members of the innermost object or array */
	bool begun;    /* it has a member */
};

static void begin(struct writer *w, char bracket)
{
	strbuf_addc(w->out, bracket);
	w->indent += 2;
	w->begun = false;
}

static void end(struct writer *w, char bracket)
{
	w->indent -= 2;
	if (w->begun) {
		strbuf_addc(w->out, '\n');
		strbuf_pad(w->out, ' ', w->indent);
	}
	strbuf_addc(w->out, bracket);
	w->begun = true;
}

/* To where the next member of an array begins. */
static void next(struct writer *w)
{
	if (w->begun)
		strbuf_addc(w->out, ',');
	strbuf_addc(w->out, '\n');
	strbuf_pad(w->out, ' ', w->indent);
	w->begun = true;
}

static void put_key(struct writer *w, const char *key)
{
	next(w);
	strbuf_addc(w->out, '"');
	strbuf_adds(w->out, key);
	strbuf_adds(w->out, "\": ");
}

static void put_text(struct writer *w, const char *key, const char *text)
{
	put_key(w, key);
	json_add_text(w->out, text);
}

static void put_value(struct writer *w, const char *key, const json_t *value)
{
	put_key(w, key);
	json_add_value(w->out, value, w->indent);
}

static void put_number(struct writer *w, const char *key, int64_t number)
{
	put_key(w, key);
	strbuf_addf(w->out, "%" PRId64, number);
}

static void put_indexes(struct writer *w, const char *key,
			const size_t *indexes, size_t len)
{
	put_key(w, key);
	begin(w, '[');
	for (size_t i = 0; i < len; i++) {
		next(w);
		strbuf_addf(w->out, "%zu", indexes[i]);
	}
	end(w, ']');
}

static void put_rule(struct writer *w, const struct plan_change *change)
{
	put_key(w, "rule");
	if (!change->rule_name) {
		strbuf_adds(w->out, "null");
		return;
	}
	begin(w, '{');
	put_number(w, "line", change->rule_line);
	put_text(w, "name", change->rule_name);
	end(w, '}');
}

static void write_change(struct writer *w, const struct plan_change *change)
{
	begin(w, '{');
	put_text(w, "address", change->address);
	put_value(w, "after", change->after);
	put_value(w, "backout_consent", change->backout_consent);
	put_value(w, "before", change->before);
	put_value(w, "consent", change->consent);
	put_value(w, "controls", change->controls);
	put_text(w, "effect", change->effect);
	if (change->facts)
		put_value(w, "facts", change->facts);
	put_value(w, "pending", change->pending);
	put_text(w, "resource_id", change->resource_id);
	put_text(w, "reversibility", change->reversibility);
	put_rule(w, change);
	put_text(w, "setting", change->setting);
	put_text(w, "severity", change->severity);
	put_indexes(w, "steps", change->steps, change->steps_len);
	put_text(w, "target", change->target);
	put_value(w, "undoes", change->undoes);
	put_text(w, "unit", change->unit);
	put_text(w, "via", change->via);
	end(w, '}');
}

static void put_backout(struct writer *w, const struct plan_step *step)
{
	put_key(w, "backout");
	if (!step->backout_call) {
		strbuf_adds(w->out, "null");
		return;
	}
	begin(w, '{');
	put_text(w, "call", step->backout_call);
	put_value(w, "parameters", step->backout_parameters);
	end(w, '}');
}

static void write_step(struct writer *w, const struct plan_step *step,
		       size_t index)
{
	begin(w, '{');
	put_text(w, "address", step->address);
	put_backout(w, step);
	put_text(w, "backout_reason", step->backout_reason);
	put_text(w, "call", step->call);
	put_value(w, "companions", step->companions);
	put_number(w, "index", (int64_t)index);
	put_indexes(w, "needs", step->needs, step->needs_len);
	put_value(w, "parameters", step->parameters);
	put_text(w, "resource_id", step->resource_id);
	put_text(w, "target", step->target);
	end(w, '}');
}

static void write_target(struct writer *w, const struct target *target)
{
	begin(w, '{');
	put_text(w, "account_id", target->account_id);
	put_text(w, "name", target->name);
	put_text(w, "region", target->region);
	put_text(w, "role_arn", target->role_arn);
	end(w, '}');
}

static void put_changes(struct writer *w, const struct plan *plan)
{
	put_key(w, "changes");
	begin(w, '[');
	for (size_t i = 0; i < plan->changes_len; i++) {
		next(w);
		write_change(w, &plan->changes[i]);
	}
	end(w, ']');
}

static void put_steps(struct writer *w, const struct plan *plan)
{
	put_key(w, "steps");
	begin(w, '[');
	for (size_t i = 0; i < plan->steps_len; i++) {
		next(w);
		write_step(w, &plan->steps[i], i);
	}
	end(w, ']');
}

static void put_targets(struct writer *w, const struct plan *plan)
{
	put_key(w, "targets");
	begin(w, '[');
	for (size_t i = 0; i < plan->targets_len; i++) {
		next(w);
		write_target(w, &plan->targets[i]);
	}
	end(w, ']');
}

void plan_write_step(const struct plan_step *step, size_t index,
		     struct strbuf *out)
{
	struct writer w = { .out = out };

	write_step(&w, step, index);
}

/* *ret_id_at: where in out the text of the id begins. */
static void write_plan(const struct plan *plan, const char *id,
		       struct strbuf *out, size_t *ret_id_at)
{
	struct writer w = { .out = out };

	begin(&w, '{');
	put_value(&w, "blocked", plan->blocked);
	put_changes(&w, plan);
	put_value(&w, "conflicts", plan->conflicts);
	put_text(&w, "created_at", plan->created_at);
	put_text(&w, "created_by", plan->created_by);
	put_value(&w, "desired", plan->desired);
	put_text(&w, "format", PLAN_FORMAT);
	put_value(&w, "held", plan->held);
	put_text(&w, "id", id);
	*ret_id_at = out->len - strlen(id) - 1;
	put_text(&w, "kind", plan->kind);
	if (json_array_size(plan->notes))
		put_value(&w, "notes", plan->notes);
	put_text(&w, "reverses", plan->reverses);
	put_value(&w, "skipped", plan->skipped);
	put_steps(&w, plan);
	put_targets(&w, plan);
	put_text(&w, "tool", plan->tool);
	put_value(&w, "waiting", plan->waiting);
	put_value(&w, "waived", plan->waived);
	end(&w, '}');
	strbuf_addc(out, '\n');
}

void plan_finish(struct plan *plan)
{
	char hex[SHA256_HEX_MAX];
	size_t id_at = 0;

	plan_sort(plan);
	strbuf_clear(&plan->bytes);
	write_plan(plan, "", &plan->bytes, &id_at);
	free(plan->id);
	plan->id = xasprintf("sha256:%s",
			     sha256_hex(plan->bytes.buf, plan->bytes.len, hex));
	strbuf_insert(&plan->bytes, id_at, plan->id);
}

void plan_write(const struct plan *plan, struct strbuf *out)
{
	size_t id_at = 0;

	if (plan->bytes.len)
		strbuf_add(out, plan->bytes.buf, plan->bytes.len);
	else
		write_plan(plan, plan->id, out, &id_at);
	out->overflowed |= plan->bytes.overflowed;
}
