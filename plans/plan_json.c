/*
 * The plan as canonical JSON. It is written element by element, so that a
 * large plan exists in memory as text and as a struct but never as a whole
 * JSON tree, which would be several times as large.
 */
#include "plans/plan.h"

#include <stdbool.h>
#include <string.h>

static void put(json_t *object, const char *key, json_t *value)
{
	(void)json_object_set_new(object, key, value);
}

static void put_text(json_t *object, const char *key, const char *text)
{
	put(object, key, json_from_text(text));
}

static void put_value(json_t *object, const char *key, json_t *value)
{
	put(object, key, json_incref(value));
}

static json_t *indexes_json(const size_t *indexes, size_t len)
{
	json_t *array = json_array();

	for (size_t i = 0; i < len; i++)
		(void)json_array_append_new(
			array, json_integer((json_int_t)indexes[i]));
	return array;
}

static json_t *rule_json(const struct plan_change *change)
{
	json_t *rule;

	if (!change->rule_name)
		return json_null();
	rule = json_object();
	put_text(rule, "name", change->rule_name);
	put(rule, "line", json_integer(change->rule_line));
	return rule;
}

json_t *plan_change_json(const struct plan_change *change)
{
	json_t *object = json_object();

	put_text(object, "target", change->target);
	put_text(object, "address", change->address);
	put_text(object, "resource_id", change->resource_id);
	put_text(object, "setting", change->setting);
	put_value(object, "before", change->before);
	put_value(object, "after", change->after);
	put_text(object, "unit", change->unit);
	put_text(object, "via", change->via);
	put(object, "rule", rule_json(change));
	put_value(object, "controls", change->controls);
	put_text(object, "severity", change->severity);
	put_text(object, "effect", change->effect);
	put_text(object, "reversibility", change->reversibility);
	put_value(object, "consent", change->consent);
	put_value(object, "backout_consent", change->backout_consent);
	put_value(object, "pending", change->pending);
	put_value(object, "undoes", change->undoes);
	put(object, "steps", indexes_json(change->steps, change->steps_len));
	return object;
}

static json_t *backout_json(const struct plan_step *step)
{
	json_t *backout;

	if (!step->backout_call)
		return json_null();
	backout = json_object();
	put_text(backout, "call", step->backout_call);
	put_value(backout, "parameters", step->backout_parameters);
	return backout;
}

json_t *plan_step_json(const struct plan_step *step, size_t index)
{
	json_t *object = json_object();

	put(object, "index", json_integer((json_int_t)index));
	put_text(object, "target", step->target);
	put_text(object, "address", step->address);
	put_text(object, "resource_id", step->resource_id);
	put(object, "needs", indexes_json(step->needs, step->needs_len));
	put_text(object, "call", step->call);
	put_value(object, "companions", step->companions);
	put_value(object, "parameters", step->parameters);
	put(object, "backout", backout_json(step));
	put_text(object, "backout_reason", step->backout_reason);
	return object;
}

static json_t *target_json(const struct target *target)
{
	json_t *object = json_object();

	put_text(object, "name", target->name);
	put_text(object, "account_id", target->account_id);
	put_text(object, "region", target->region);
	put_text(object, "role_arn", target->role_arn);
	return object;
}

/* ---- the text ---- */

struct writer {
	struct strbuf *out;
	struct strbuf text; /* of one value, kept to be used again */
	bool begun;         /* a member was written */
};

/* The value's canonical text, its lines but the first indented. Steals. */
static void write_value(struct writer *writer, json_t *value, size_t indent)
{
	CLEANUP(json_release) json_t *owned = value;
	struct strbuf *text = &writer->text;
	const char *line, *end;

	strbuf_clear(text);
	json_canonical(owned, text);
	if (text->overflowed)
		writer->out->overflowed = true;
	/* strings hold no raw newline: each one ends a line */
	for (line = text->buf; (end = strchr(line, '\n')); line = end + 1) {
		if (line != text->buf) {
			strbuf_addc(writer->out, '\n');
			strbuf_pad(writer->out, ' ', indent);
		}
		strbuf_add(writer->out, line, (size_t)(end - line));
	}
}

static void write_key(struct writer *writer, const char *key)
{
	strbuf_addf(writer->out, "%s  \"%s\": ", writer->begun ? ",\n" : "",
		    key);
	writer->begun = true;
}

static void write_member(struct writer *writer, const char *key, json_t *value)
{
	write_key(writer, key);
	write_value(writer, value, 2);
}

static void write_text(struct writer *writer, const char *key, const char *text)
{
	write_member(writer, key, json_from_text(text));
}

/* An array whose i-th element is item(plan, i), a new reference. */
static void write_array(struct writer *writer, const char *key,
			const struct plan *plan, size_t len,
			json_t *(*item)(const struct plan *plan, size_t i))
{
	write_key(writer, key);
	for (size_t i = 0; i < len; i++) {
		strbuf_adds(writer->out, i ? ",\n    " : "[\n    ");
		write_value(writer, item(plan, i), 4);
	}
	strbuf_adds(writer->out, len ? "\n  ]" : "[]");
}

static json_t *change_at(const struct plan *plan, size_t i)
{
	return plan_change_json(&plan->changes[i]);
}

static json_t *step_at(const struct plan *plan, size_t i)
{
	return plan_step_json(&plan->steps[i], i);
}

static json_t *target_at(const struct plan *plan, size_t i)
{
	return target_json(&plan->targets[i]);
}

void plan_write(const struct plan *plan, struct strbuf *out)
{
	struct writer w = { .out = out, .text = STRBUF_INIT(out->max_bytes) };

	strbuf_adds(out, "{\n");
	write_member(&w, "blocked", json_incref(plan->blocked));
	write_array(&w, "changes", plan, plan->changes_len, change_at);
	write_member(&w, "conflicts", json_incref(plan->conflicts));
	write_text(&w, "created_at", plan->created_at);
	write_text(&w, "created_by", plan->created_by);
	write_member(&w, "desired", json_incref(plan->desired));
	write_text(&w, "format", PLAN_FORMAT);
	write_member(&w, "held", json_incref(plan->held));
	write_text(&w, "id", plan->id);
	write_text(&w, "kind", plan->kind);
	write_text(&w, "reverses", plan->reverses);
	write_member(&w, "skipped", json_incref(plan->skipped));
	write_array(&w, "steps", plan, plan->steps_len, step_at);
	write_array(&w, "targets", plan, plan->targets_len, target_at);
	write_text(&w, "tool", plan->tool);
	write_member(&w, "waiting", json_incref(plan->waiting));
	write_member(&w, "waived", json_incref(plan->waived));
	strbuf_adds(out, "\n}\n");
	strbuf_release(&w.text);
}
