/* Findings: what failed, whose it is, what fixes it, which waiver holds. */
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/crypto.h"
#include "core/mem.h"
#include "plans/catalogue.h"
#include "plans/review_document.h"

#define ID_BYTES 8

char *review_place_address(const struct place *place)
{
	return place->global ? xasprintf("account/%s", place->account_id)
			     : xasprintf("region/%s", place->region);
}

static char *address_of_subject(const struct judging *judging)
{
	return judging->resource ? xstrdup(judging->resource->address)
				 : review_place_address(judging->place);
}

/* Put a text that many findings have. */
static void put(const struct reviewing *reviewing, json_t *object,
		const char *key, const char *text)
{
	(void)json_object_set_new(object, key,
				  json_pooled(reviewing->texts, text));
}

/*
 * The same for the same thing in every review: where a control finds several
 * things wrong with one resource, each has a member.
 */
static char *id_of(const struct judging *judging, const char *address,
		   const struct failure *failure)
{
	const struct place *place = judging->place;
	CLEANUP(free_ptr)
	char *text = xasprintf("%s\n%s\n%s\n%s\n%s", judging->control->id,
			       place->account_id, place->region, address,
			       failure->member ? failure->member : "");
	char hex[SHA256_HEX_MAX];

	return xstrndup(sha256_hex(text, strlen(text), hex),
			(size_t)ID_BYTES * 2);
}

/* ---- what fixes it ---------------------------------------------------- */

static json_t *make_fix(const struct reviewing *reviewing,
			const struct control *control,
			const struct failure *failure)
{
	const bool planned = failure->fix == FIX_PLAN && failure->holder;
	json_t *procedure = json_array();
	json_t *fix = json_object();

	for (size_t i = 0; failure->fix == FIX_ONE_WAY &&
			   i < CONTROL_PROCEDURE_MAX && control->procedure[i];
	     i++)
		(void)json_array_append_new(
			procedure,
			json_pooled(reviewing->texts, control->procedure[i]));
	put(reviewing, fix, "class", fix_class_name(failure->fix));
	put(reviewing, fix, "address",
	    planned ? failure->holder->address : NULL);
	put(reviewing, fix, "setting",
	    planned && failure->setting ? failure->setting->name : NULL);
	(void)json_object_set_new(fix, "value",
				  planned && failure->fix_value
					  ? json_incref(failure->fix_value)
					  : json_null());
	put(reviewing, fix, "text", failure->fix_text);
	(void)json_object_set_new(fix, "procedure", procedure);
	return fix;
}

/* Where nothing in it is of one resource alone, it is the one before. */
static json_t *fix_of(const struct reviewing *reviewing,
		      const struct control *control,
		      const struct failure *failure)
{
	json_t *fix = make_fix(reviewing, control, failure);
	json_t *before = json_object_get(reviewing->fixes, control->id);

	if (json_equal(fix, before)) {
		json_decref(fix);
		return json_incref(before);
	}
	(void)json_object_set(reviewing->fixes, control->id, fix);
	return fix;
}

/* The last rule that names the setting of whoever holds it. */
static json_t *rule_of(const struct reviewing *reviewing,
		       const struct failure *failure)
{
	const struct desired *desired = reviewing->input->desired;
	const struct rule *rule;
	size_t len;

	if (!desired || !failure->holder || !failure->setting)
		return json_null();
	(void)catalogue_rows(failure->holder->kind, &len);
	CLEANUP(free_ptr)
	struct wanted_setting *wanted = xcalloc(len + 1, sizeof(*wanted));

	desired_decide(desired, failure->holder, wanted);
	rule = wanted[catalogue_index(failure->setting)].rule;
	return rule ? json_pack("{ss sI}", "name", rule->name, "line",
				(json_int_t)rule->line)
		    : json_null();
}

/* ---- waivers ---------------------------------------------------------- */

static json_t *waiver_json(const struct waiver *waiver)
{
	return waiver ? json_pack("{ss ss sI}", "reason", waiver->reason,
				  "expires", waiver->expires_text, "line",
				  (json_int_t)waiver->line)
		      : json_null();
}

/* Of a setting that the control looks at; expired stays if there is none. */
static const struct waiver *of_setting(const struct reviewing *reviewing,
				       const struct control *control,
				       const struct resource *resource,
				       const struct waiver **expired)
{
	const struct review_input *input = reviewing->input;

	for (size_t i = 0; resource && i < CONTROL_SETTINGS_MAX; i++) {
		const struct control_setting *named = &control->settings[i];
		const struct waiver *waiver, *over = NULL;

		if (!named->name || named->kind != resource->kind)
			continue;
		waiver = desired_waiver(
			input->desired, resource,
			catalogue_lookup(named->kind, named->name),
			input->started_at, &over);
		if (waiver)
			return waiver;
		if (over)
			*expired = over;
	}
	return NULL;
}

/*
 * Of the control itself, or of a setting that it looks at, of the subject or of
 * whoever holds it.
 */
static const struct waiver *waiver_of(const struct reviewing *reviewing,
				      const struct judging *judging,
				      const struct failure *failure,
				      const struct waiver **ret_expired)
{
	const struct review_input *input = reviewing->input;
	const struct control *control = judging->control;
	const struct waiver *waiver;

	*ret_expired = NULL;
	if (!input->desired)
		return NULL;
	waiver = desired_waiver_of_control(input->desired, control,
					   judging->place, judging->resource,
					   input->started_at, ret_expired);
	if (!waiver)
		waiver = of_setting(reviewing, control, judging->resource,
				    ret_expired);
	return waiver ? waiver
		      : of_setting(reviewing, control, failure->holder,
				   ret_expired);
}

/* ---- the finding ------------------------------------------------------ */

static void add_subject(const struct reviewing *reviewing, json_t *finding,
			const struct judging *judging, const char *address)
{
	const struct resource *resource = judging->resource;
	const struct place *place = judging->place;

	put(reviewing, finding, "target", place->name);
	put(reviewing, finding, "account_id", place->account_id);
	put(reviewing, finding, "region", place->region);
	put(reviewing, finding, "address", address);
	put(reviewing, finding, "resource_id",
	    resource ? resource->resource_id : NULL);
	put(reviewing, finding, "arn", resource ? resource->arn : NULL);
	put(reviewing, finding, "engine", resource ? resource->engine : NULL);
	put(reviewing, finding, "cluster", resource ? resource->cluster : NULL);
}

static void add_what(const struct reviewing *reviewing, json_t *finding,
		     const struct control *control,
		     const struct failure *failure)
{
	put(reviewing, finding, "control", control->id);
	put(reviewing, finding, "title", control->title);
	put(reviewing, finding, "severity", severity_name(control->severity));
	put(reviewing, finding, "setting",
	    failure->setting ? failure->setting->name : NULL);
	put(reviewing, finding, "member", failure->member);
	(void)json_object_set_new(finding, "message",
				  json_from_text(failure->message));
	put(reviewing, finding, "expected", failure->expected);
	(void)json_object_set_new(finding, "value",
				  failure->value ? json_incref(failure->value)
						 : json_null());
	(void)json_object_set(finding, "evidence", failure->evidence);
	(void)json_object_set_new(finding, "fix",
				  fix_of(reviewing, control, failure));
}

static bool add_finding(struct reviewing *reviewing,
			const struct judging *judging,
			const struct failure *failure)
{
	char now[CLOCK_TEXT_MAX];
	CLEANUP(free_ptr) char *address = address_of_subject(judging);
	CLEANUP(free_ptr) char *id = id_of(judging, address, failure);
	const struct waiver *expired;
	const struct waiver *waiver =
		waiver_of(reviewing, judging, failure, &expired);
	json_t *finding = json_object();

	(void)json_object_set_new(finding, "id", json_string(id));
	add_subject(reviewing, finding, judging, address);
	add_what(reviewing, finding, judging->control, failure);
	put(reviewing, finding, "status", waiver ? "waived" : "failed");
	(void)json_object_set_new(finding, "rule", rule_of(reviewing, failure));
	(void)json_object_set_new(finding, "waiver", waiver_json(waiver));
	(void)json_object_set_new(finding, "expired_waiver",
				  waiver_json(waiver ? NULL : expired));
	put(reviewing, finding, "first_seen",
	    clock_rfc3339(reviewing->input->started_at, now));
	(void)json_array_append_new(reviewing->findings, finding);
	return waiver != NULL;
}

enum outcome review_add_findings(struct reviewing *reviewing,
				 const struct judging *judging,
				 struct tally *tally)
{
	enum outcome outcome = judging_outcome(judging);
	size_t waived = 0;

	for (size_t i = 0; i < judging->failures_len; i++)
		waived +=
			add_finding(reviewing, judging, &judging->failures[i]);
	if (outcome != OUTCOME_FAILED) {
		tally->of[outcome]++;
		return outcome;
	}
	tally->of[OUTCOME_WAIVED] += waived;
	tally->of[OUTCOME_FAILED] += judging->failures_len - waived;
	tally->of[OUTCOME_UNREAD] += judging->unread;
	if (waived < judging->failures_len)
		return OUTCOME_FAILED;
	return judging->unread ? OUTCOME_UNREAD : OUTCOME_WAIVED;
}
