#include "plans/review.h"

#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/mem.h"
#include "plans/render_parts.h"
#include "plans/review_document.h"

#define TOOL "aback " ABACK_VERSION

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_text(object, key);

	return text ? text : "";
}

/* ---- judging ---------------------------------------------------------- */

static void judge_one(struct reviewing *reviewing, size_t control,
		      const struct place *place,
		      const struct resource *resource)
{
	const struct review_input *input = reviewing->input;
	struct tally *tally = &reviewing->tallies[control];
	struct judging judging = { .control = reviewing->controls[control],
				   .live = input->live,
				   .surroundings = input->surroundings,
				   .usage = reviewing->usage,
				   .place = place,
				   .resource = resource,
				   .now = input->started_at };
	enum outcome outcome;

	judge(&judging);
	outcome = review_add_findings(reviewing, &judging, tally);
	review_mark(reviewing, judging.control, place,
		    resource ? resource->address : NULL, outcome);
	judging_release(&judging);
}

static bool is_subject(const struct control *control, const struct place *place)
{
	return control->subject ==
	       (place->global ? SUBJECT_ACCOUNT : SUBJECT_REGION);
}

/* One that needs what nobody asked for is no part of the review. */
bool review_evaluates(const struct reviewing *reviewing,
		      const struct control *control)
{
	return !control->parts[0] || reviewing->input->surroundings;
}

static void judge_all(struct reviewing *reviewing)
{
	const struct review_input *input = reviewing->input;

	for (size_t c = 0; c < reviewing->controls_len; c++) {
		const struct control *control = reviewing->controls[c];

		if (!review_evaluates(reviewing, control))
			continue;
		for (size_t i = 0; i < input->live->len; i++) {
			const struct resource *resource = input->live->items[i];

			if (control->subject == SUBJECT_RESOURCE &&
			    resource->kind == control->kind &&
			    !resource_is_missing(resource))
				judge_one(reviewing, c, resource->place,
					  resource);
		}
		for (size_t p = 0; p < input->places->len; p++) {
			if (is_subject(control, &input->places->items[p]))
				judge_one(reviewing, c,
					  &input->places->items[p], NULL);
		}
	}
}

/* ---- order ------------------------------------------------------------ */

static int by_severity(const void *a, const void *b)
{
	static const char *const keys[] = { "target", "address", "control",
					    "member" };
	const json_t *x = *(json_t *const *)a;
	const json_t *y = *(json_t *const *)b;
	const int worse = (int)severity_parse(text_of(y, "severity")) -
			  (int)severity_parse(text_of(x, "severity"));
	int order = worse;

	for (size_t i = 0; !order && i < ARRAY_SIZE(keys); i++)
		order = strcmp(text_of(x, keys[i]), text_of(y, keys[i]));
	return order;
}

static json_t *sorted(const json_t *findings)
{
	const size_t len = json_array_size(findings);
	CLEANUP(free_ptr) json_t **items = xcalloc(len + 1, sizeof(*items));
	json_t *in_order = json_array();

	for (size_t i = 0; i < len; i++)
		items[i] = json_array_get(findings, i);
	qsort(items, len, sizeof(*items), by_severity);
	for (size_t i = 0; i < len; i++)
		(void)json_array_append(in_order, items[i]);
	return in_order;
}

/* ---- the document ----------------------------------------------------- */

static void put(json_t *object, const char *key, const char *text)
{
	(void)json_object_set_new(object, key, json_from_text(text));
}

static void put_count(json_t *object, const char *key, size_t count)
{
	(void)json_object_set_new(object, key, json_integer((json_int_t)count));
}

static void put_tally(json_t *object, const struct tally *tally)
{
	for (enum outcome o = 0; o < OUTCOME_COUNT; o++)
		put_count(object, outcome_name(o), tally->of[o]);
}

static json_t *control_json(const struct control *control,
			    const struct tally *tally)
{
	json_t *entry = json_object();
	json_t *references = json_array();

	for (size_t i = 0; i < CONTROL_REFERENCES_MAX && control->references[i];
	     i++)
		(void)json_array_append_new(
			references, control_reference(control->references[i]));
	put(entry, "id", control->id);
	put(entry, "title", control->title);
	put(entry, "severity", severity_name(control->severity));
	put(entry, "kind", control_subject_name(control));
	(void)json_object_set_new(entry, "references", references);
	put(entry, "why", control->why);
	put_tally(entry, tally);
	return entry;
}

static json_t *controls_json(const struct reviewing *reviewing)
{
	json_t *controls = json_array();

	for (size_t c = 0; c < reviewing->controls_len; c++) {
		if (review_evaluates(reviewing, reviewing->controls[c]))
			(void)json_array_append_new(
				controls, control_json(reviewing->controls[c],
						       &reviewing->tallies[c]));
	}
	return controls;
}

static json_t *by_severity_json(const json_t *findings)
{
	size_t counts[SEVERITY_COUNT] = { 0 };
	json_t *object = json_object();
	size_t i;
	json_t *finding;

	json_array_foreach(findings, i, finding) {
		if (!strcmp(text_of(finding, "status"), "failed"))
			counts[severity_parse(text_of(finding, "severity"))]++;
	}
	for (enum severity s = 0; s < SEVERITY_COUNT; s++)
		put_count(object, severity_name(s), counts[s]);
	return object;
}

static json_t *summary_of(const struct reviewing *reviewing,
			  const json_t *controls, const json_t *findings)
{
	json_t *summary = json_object();
	struct tally all = { 0 };

	for (size_t c = 0; c < reviewing->controls_len; c++) {
		for (enum outcome o = 0; o < OUTCOME_COUNT; o++)
			all.of[o] += reviewing->tallies[c].of[o];
	}
	put_count(summary, "resources", reviewing->input->live->len);
	put_count(summary, "controls", json_array_size(controls));
	put_tally(summary, &all);
	(void)json_object_set_new(summary, "by_severity",
				  by_severity_json(findings));
	return summary;
}

static json_t *targets_of(const struct places *places)
{
	json_t *targets = json_array();

	for (size_t i = 0; i < places->len; i++) {
		const struct place *place = &places->items[i];

		if (!place->global)
			(void)json_array_append_new(
				targets,
				json_pack("{ss ss ss}", "name", place->name,
					  "account_id", place->account_id,
					  "region", place->region));
	}
	return targets;
}

json_t *review_trend_entry(const json_t *review)
{
	static const char *const keys[] = { "id", "finished_at" };
	static const char *const counts[] = { "failed", "waived", "unread",
					      "by_severity" };
	const json_t *summary = json_object_get(review, "summary");
	json_t *entry = json_object();

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		(void)json_object_set(entry, keys[i],
				      json_object_get(review, keys[i]));
	for (size_t i = 0; i < ARRAY_SIZE(counts); i++)
		(void)json_object_set(entry, counts[i],
				      json_object_get(summary, counts[i]));
	return entry;
}

static json_t *or_else(const json_t *value, json_t *otherwise)
{
	if (!value)
		return otherwise;
	json_decref(otherwise);
	return json_incref((json_t *)(uintptr_t)value);
}

static void add_head(json_t *review, const struct review_input *input)
{
	char at[CLOCK_TEXT_MAX];
	const struct desired *desired = input->desired;

	put(review, "format", REVIEW_FORMAT);
	put(review, "id", input->id);
	put(review, "started_at", clock_rfc3339(input->started_at, at));
	put(review, "finished_at", clock_rfc3339(input->finished_at, at));
	put(review, "created_by", input->created_by);
	put(review, "tool", TOOL);
	put(review, "severity", severity_name(input->threshold));
	(void)json_object_set_new(review, "desired",
				  desired ? json_pack("{ss ss}", "path",
						      desired->path, "sha256",
						      desired->sha256)
					  : json_null());
	(void)json_object_set_new(review, "targets", targets_of(input->places));
	(void)json_object_set_new(review, "events",
				  or_else(input->events, json_null()));
	(void)json_object_set_new(review, "changes",
				  or_else(input->changes, json_array()));
}

static void add_results(json_t *review, struct reviewing *reviewing)
{
	json_t *unread = review_unread(reviewing);
	json_t *controls = controls_json(reviewing);
	json_t *findings = sorted(reviewing->findings);

	(void)json_object_set_new(review, "complete",
				  json_boolean(!json_array_size(unread)));
	(void)json_object_set_new(review, "summary",
				  summary_of(reviewing, controls, findings));
	(void)json_object_set_new(review, "previous", json_null());
	(void)json_object_set_new(review, "matrix", review_matrix(reviewing));
	(void)json_object_set_new(review, "unread", unread);
	(void)json_object_set_new(review, "controls", controls);
	(void)json_object_set_new(review, "findings", findings);
	(void)json_object_set_new(review, "trend",
				  json_pack("[o]", review_trend_entry(review)));
}

json_t *review_make(const struct review_input *input)
{
	struct reviewing reviewing = { .input = input,
				       .findings = json_array(),
				       .texts = json_object(),
				       .fixes = json_object() };
	json_t *review = json_object();

	reviewing.controls = controls_all(&reviewing.controls_len);
	reviewing.tallies =
		xcalloc(reviewing.controls_len, sizeof(*reviewing.tallies));
	reviewing.usage = usage_new(input->live);
	review_find_rows(&reviewing);
	judge_all(&reviewing);
	add_head(review, input);
	add_results(review, &reviewing);
	free(reviewing.tallies);
	json_decref(reviewing.findings);
	json_decref(reviewing.texts);
	json_decref(reviewing.fixes);
	usage_free(reviewing.usage);
	json_decref(reviewing.matrix);
	json_decref(reviewing.rows_of);
	return review;
}
