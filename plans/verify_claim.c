/*
 * The negative claim of a proof: besides our own calls, event history shows no
 * write on these resources. It is worth as much as what was read: each place's
 * look-up must have come to its end, and event history have caught up.
 */
#include <string.h>

#include "core/limits.h"
#include "core/mem.h"
#include "plans/verify_parts.h"

static const json_t *evidence_of(const json_t *proof)
{
	return json_object_get(proof, "evidence");
}

/* ---- what was read ------------------------------------------------------ */

static const json_t *mark_of(const json_t *proof, const json_t *place)
{
	json_t *mark;
	size_t i;

	json_array_foreach(json_object_get(evidence_of(proof), "history"), i,
			   mark) {
		if (verify_is(mark, "account_id",
			      verify_text(place, "account_id")) &&
		    verify_is(mark, "region", verify_text(place, "region")))
			return mark;
	}
	return NULL;
}

static const json_t *place_of(const json_t *proof, const char *target)
{
	const json_t *events = json_object_get(evidence_of(proof), "events");
	json_t *place;
	size_t i;

	json_array_foreach(json_object_get(events, "places"), i, place) {
		if (verify_is(place, "target", target))
			return place;
	}
	return NULL;
}

/* Why nothing can be claimed of a place; NULL: something can. Owned. */
static char *why_not(const json_t *proof, const json_t *place,
		     const json_t *mark)
{
	const json_t *unread = json_object_get(mark, "unread");

	if (!place)
		return xstrdup("its event history was not read");
	if (!json_is_true(json_object_get(place, "complete")))
		return xasprintf("the event history of %s could not be read "
				 "whole: %s",
				 verify_text(place, "region"),
				 verify_text(place, "reason"));
	if (json_is_object(unread))
		return xasprintf("the event history of %s could not be read: "
				 "%s",
				 verify_text(place, "region"),
				 verify_text(unread, "message"));
	if (!json_text(mark, "caught_up"))
		return xasprintf("the event history of %s had not caught up "
				 "after %lld s: it does not show a call of %s "
				 "yet",
				 verify_text(place, "region"),
				 (long long)json_integer_value(
					 json_object_get(proof, "waited_s")),
				 verify_text(mark, "asked_at"));
	return NULL;
}

static void judge_place(json_t *proof, json_t *places, const char *target)
{
	const json_t *place = place_of(proof, target);
	const json_t *mark = mark_of(proof, place);
	CLEANUP(free_ptr) char *why = why_not(proof, place, mark);
	json_t *entry = place ? json_copy((json_t *)(uintptr_t)place)
			      : json_pack("{s:s}", "target", target);

	(void)json_object_set_new(entry, "to",
				  json_from_text(json_text(mark, "asked_at")));
	(void)json_object_set_new(entry, "caught_up",
				  json_from_text(json_text(mark, "caught_up")));
	(void)json_object_set_new(entry, "proven", json_boolean(!why));
	(void)json_array_append_new(places, entry);
	if (why)
		proof_add_finding(proof, PROOF_NOT_PROVEN, "history", entry,
				  "%s", why);
}

/* ---- what it shows ------------------------------------------------------ */

/*
 * Calls that CloudTrail counts as writes and that only use what they name. Some
 * are so only where a service of AWS makes them: RDS takes a grant of the key
 * for each volume, a person who does so opens access to it.
 */
static const struct {
	const char *source, *name;
	bool by_aws;
} uses[] = {
	{ "kms.", "CreateGrant", true },
	{ "kms.", "RetireGrant", true },
	{ "logs.", "CreateLogStream", false },
};

/* Calls that services make show their name in place of an address. */
static bool is_by_aws(const json_t *event)
{
	const char *from = verify_text(event, "source_ip");
	const char *domain = strstr(from, ".amazonaws.com");

	return domain && domain != from;
}

static bool is_use(const json_t *event)
{
	const char *source = verify_text(event, "source");

	for (size_t i = 0; i < ARRAY_SIZE(uses); i++) {
		if (!strncmp(source, uses[i].source, strlen(uses[i].source)) &&
		    verify_is(event, "name", uses[i].name) &&
		    (!uses[i].by_aws || is_by_aws(event)))
			return true;
	}
	return false;
}

/* Within the claim, done, and by no change of ours. */
static bool is_of_others(const json_t *proof, const json_t *ours,
			 const json_t *event)
{
	const json_t *record = json_object_get(proof, "record");

	return !json_object_get(ours, verify_text(event, "id")) &&
	       !json_text(event, "change") && !json_text(event, "error_code") &&
	       strcmp(verify_text(event, "at"),
		      verify_text(record, "started_at")) >= 0;
}

static char *addresses_of(const json_t *event)
{
	struct strbuf text = STRBUF_INIT(LIMIT_MESSAGE);
	json_t *address;
	size_t i;

	json_array_foreach(json_object_get(event, "addresses"), i, address)
		strbuf_addf(&text, "%s%s", i ? ", " : "",
			    json_string_value(address));
	return strbuf_detach(&text);
}

/*
 * It says that the change made it, and the journal does not have it: the one of
 * a machine that was lost, or somebody says so who should not.
 */
static bool is_claimed(const json_t *proof, const json_t *event)
{
	const json_t *record = json_object_get(proof, "record");

	return verify_names_change(event, verify_text(record, "change"));
}

static void add_claimed(json_t *proof, const json_t *event)
{
	proof_add_finding(proof, PROOF_NOT_PROVEN, "event", event,
			  "%s at %s by %s (event %s) names this change, whose "
			  "journal does not have it",
			  verify_text(event, "name"), verify_text(event, "at"),
			  verify_text(event, "caller"),
			  verify_text(event, "id"));
}

static void add_foreign(json_t *proof, json_t *foreign, const json_t *event)
{
	CLEANUP(free_ptr) char *addresses = addresses_of(event);

	(void)json_array_append(foreign, json_object_get(event, "id"));
	if (is_claimed(proof, event)) {
		add_claimed(proof, event);
		return;
	}
	proof_add_finding(
		proof, PROOF_REFUTED, "event", event,
		"somebody else wrote to %s: %s at %s by %s from %s "
		"(event %s)",
		addresses, verify_text(event, "name"), verify_text(event, "at"),
		verify_text(event, "caller"), verify_text(event, "source_ip"),
		verify_text(event, "id"));
}

/* Our other changes that wrote to the same resources. */
static void add_other(json_t *others, const json_t *proof, const json_t *event)
{
	const json_t *record = json_object_get(proof, "record");
	const char *change = json_text(event, "change");

	if (change && !json_text(event, "error_code") &&
	    strcmp(change, verify_text(record, "change")) != 0 &&
	    strcmp(verify_text(event, "at"),
		   verify_text(record, "started_at")) >= 0)
		json_array_add_unique(others, change);
}

/* ---- the claim ---------------------------------------------------------- */

/* Each once: targets, and resources as {"target", "address"}. */
static void list_resources(const json_t *proof, json_t *targets,
			   json_t *resources)
{
	const json_t *record = json_object_get(proof, "record");
	json_t *setting, *last = NULL;
	size_t i;

	json_array_foreach(json_object_get(record, "settings"), i, setting) {
		const char *target = verify_text(setting, "target");
		const char *address = verify_text(setting, "address");

		json_array_add_unique(targets, target);
		if (last && verify_is(last, "target", target) &&
		    verify_is(last, "address", address))
			continue;
		last = json_pack("{s:s, s:s}", "target", target, "address",
				 address);
		(void)json_array_append_new(resources, last);
	}
}

/* The earliest end of what was read: until then it holds everywhere. */
static const char *end_of(const json_t *places)
{
	const char *end = NULL;
	json_t *place;
	size_t i;

	json_array_foreach(places, i, place) {
		const char *to = json_text(place, "to");

		if (to && (!end || strcmp(to, end) < 0))
			end = to;
	}
	return end;
}

static bool all_proven(const json_t *places)
{
	json_t *place;
	size_t i;

	json_array_foreach(places, i, place) {
		if (!json_is_true(json_object_get(place, "proven")))
			return false;
	}
	return true;
}

static json_t *statement_of(const json_t *proof, const json_t *places,
			    const json_t *foreign, size_t resources)
{
	const json_t *record = json_object_get(proof, "record");
	const char *to = end_of(places);
	const size_t len = json_array_size(foreign);
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(LIMIT_MESSAGE);

	if (!all_proven(places) && !len)
		return json_string("nothing is claimed of what others did, for "
				   "event history could not be read whole");
	strbuf_addf(&text, "between %s and %s event history shows ",
		    verify_text(record, "started_at"), to ? to : "now");
	if (len)
		strbuf_addf(&text, "%zu management write%s of others", len,
			    len == 1 ? "" : "s");
	else
		strbuf_adds(&text, "no other management write");
	strbuf_addf(&text, " on %s %zu resource%s",
		    resources == 1 ? "this" : "these", resources,
		    resources == 1 ? "" : "s");
	return json_from_text(text.buf);
}

json_t *verify_judge_claim(json_t *proof, const json_t *ours)
{
	const json_t *events = json_object_get(evidence_of(proof), "events");
	const json_t *record = json_object_get(proof, "record");
	CLEANUP(json_release) json_t *targets = json_array();
	json_t *resources = json_array(), *places = json_array();
	json_t *foreign = json_array(), *others = json_array();
	json_t *used = json_array(), *item;
	size_t i;

	list_resources(proof, targets, resources);
	json_array_foreach(targets, i, item)
		judge_place(proof, places, json_string_value(item));
	json_array_foreach(json_object_get(events, "events"), i, item) {
		if (!is_of_others(proof, ours, item))
			add_other(others, proof, item);
		else if (is_use(item))
			(void)json_array_append(used,
						json_object_get(item, "id"));
		else
			add_foreign(proof, foreign, item);
	}
	return json_pack("{s:O?, s:o, s:b, s:o, s:o, s:o, s:o, s:o, s:o}",
			 "from", json_object_get(record, "started_at"), "to",
			 json_from_text(end_of(places)), "proven",
			 (int)(all_proven(places) && !json_array_size(foreign)),
			 "statement",
			 statement_of(proof, places, foreign,
				      json_array_size(resources)),
			 "resources", resources, "places", places, "foreign",
			 foreign, "uses", used, "other_changes", others);
}

/* ---- logs --------------------------------------------------------------- */

static const char *log_verdict(const json_t *proof, const json_t *group)
{
	const json_t *record = json_object_get(proof, "record");
	const char *newest = json_text(group, "newest");

	if (json_is_object(json_object_get(group, "unread")))
		return "unread";
	return newest && strcmp(newest, verify_text(record, "started_at")) >= 0
		       ? "seen"
		       : "not_yet_seen";
}

json_t *verify_judge_logs(json_t *proof)
{
	const json_t *logs = json_object_get(evidence_of(proof), "logs");
	json_t *judged = json_array(), *entry;
	size_t i;

	json_array_foreach(json_object_get(logs, "log_groups"), i, entry) {
		json_t *group = json_copy(entry);
		const char *verdict = log_verdict(proof, entry);

		(void)json_object_set_new(group, "verdict",
					  json_string(verdict));
		(void)json_array_append_new(judged, group);
		if (!strcmp(verdict, "unread"))
			proof_add_finding(
				proof, PROOF_NOT_PROVEN, "log", entry,
				"the newest event of '%s' could not be read: "
				"%s",
				verify_text(entry, "log_group"),
				verify_text(json_object_get(entry, "unread"),
					    "message"));
	}
	json_array_foreach(json_object_get(logs, "rds_events"), i, entry) {
		if (json_is_object(json_object_get(entry, "unread")))
			proof_add_finding(
				proof, PROOF_NOT_PROVEN, "log", entry,
				"the events of RDS could not be read: %s",
				verify_text(json_object_get(entry, "unread"),
					    "message"));
	}
	return judged;
}
