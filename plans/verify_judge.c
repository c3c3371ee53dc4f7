/*
 * A proof is judged: of what the record says should be, what does the evidence
 * show? Only the document is looked at, so that anybody can judge it again.
 */
#include <stdarg.h>
#include <string.h>

#include "core/limits.h"
#include "core/mem.h"
#include "plans/catalogue.h"
#include "plans/render_parts.h"
#include "plans/value.h"
#include "plans/verify_parts.h"

const char *verify_text(const json_t *object, const char *key)
{
	const char *text = json_text(object, key);

	return text ? text : "";
}

bool verify_is(const json_t *object, const char *key, const char *text)
{
	const char *found = json_text(object, key);

	return found && !strcmp(found, text);
}

void proof_add_finding(json_t *proof, const char *verdict, const char *about,
		       const json_t *of, const char *fmt, ...)
{
	static const char *const keys[] = { "target", "address", "setting" };
	json_t *finding =
		json_pack("{s:s, s:s}", "verdict", verdict, "about", about);
	CLEANUP(free_ptr) char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	(void)json_object_set_new(finding, "text", json_from_text(text));
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		(void)json_object_set_new(
			finding, keys[i],
			json_from_text(json_text(of, keys[i])));
	(void)json_array_append_new(json_object_get(proof, "findings"),
				    finding);
}

static const json_t *live_of(const json_t *proof)
{
	return json_object_get(json_object_get(proof, "evidence"), "live");
}

/* ---- one setting -------------------------------------------------------- */

/* What is found of a setting: NULL: it holds. */
struct finding {
	const char *verdict;
	char *text;
};

static struct finding finding(const char *verdict, const char *fmt, ...)
	PRINTF_LIKE(2, 3);
static struct finding finding(const char *verdict, const char *fmt, ...)
{
	struct finding finding = { .verdict = verdict };
	va_list ap;

	va_start(ap, fmt);
	finding.text = xvasprintf(fmt, ap);
	va_end(ap);
	return finding;
}

static char *shown(const json_t *value, const json_t *setting)
{
	struct strbuf text = STRBUF_INIT(LIMIT_RENDERED);

	part_value(value, json_text(setting, "unit"), &text);
	return strbuf_detach(&text);
}

struct judging {
	json_t *proof;
	json_t *gone; /* "<target>\n<address>" → what `exists` should be */
	json_t *live; /* the same → the resource as it is; borrowed values */
};

static char *key_of(const json_t *of)
{
	return xasprintf("%s\n%s", verify_text(of, "target"),
			 verify_text(of, "address"));
}

/* Resources that a change of ours made or took away, and those that there are.
 */
static void index_resources(struct judging *judging)
{
	const json_t *record = json_object_get(judging->proof, "record");
	json_t *of;
	size_t i;

	json_array_foreach(json_object_get(record, "settings"), i, of) {
		const json_t *decided = json_object_get(of, "decided");
		CLEANUP(free_ptr) char *key = key_of(of);

		if (verify_is(of, "setting", "exists"))
			(void)json_object_set(
				judging->gone, key,
				json_object_get(decided, "value"));
	}
	json_array_foreach(
		json_object_get(live_of(judging->proof), "resources"), i, of) {
		CLEANUP(free_ptr) char *key = key_of(of);

		(void)json_object_set(judging->live, key, of);
	}
}

/* Is the resource to be gone, by a change of ours? */
static bool is_to_be_gone(const struct judging *judging, const json_t *of)
{
	CLEANUP(free_ptr) char *key = key_of(of);

	return json_is_false(json_object_get(judging->gone, key));
}

/* The resource itself: is it there, and the same one? */
static struct finding judge_resource(const struct judging *judging,
				     const json_t *setting,
				     const json_t *resource)
{
	const json_t *unread =
		json_object_get(live_of(judging->proof), "unread");
	const bool gone = is_to_be_gone(judging, setting);
	const char *was = verify_text(setting, "resource_id");
	const char *is = verify_text(resource, "resource_id");

	if (json_is_object(unread) || !resource)
		return finding(PROOF_NOT_PROVEN,
			       "live state could not be read: %s",
			       verify_text(unread, "message"));
	if (!json_is_true(json_object_get(resource, "present")))
		return gone ? (struct finding){ .verdict = NULL }
			    : finding(PROOF_REFUTED,
				      "the resource is not there any more");
	if (gone)
		return finding(PROOF_REFUTED,
			       "the resource is there, although the change "
			       "took it away");
	if (*was && strcmp(was, is) != 0)
		return finding(PROOF_REFUTED,
			       "it is another resource under the old name: its "
			       "id is %s, and was %s",
			       is, was);
	return (struct finding){ .verdict = NULL };
}

static struct finding judge_pending(const json_t *setting,
				    const struct setting *row,
				    const json_t *pending)
{
	const json_t *expected =
		json_object_get(json_object_get(setting, "decided"), "value");
	CLEANUP(free_ptr) char *text = shown(pending, setting);

	if (value_equal(row, pending, expected))
		return finding(PROOF_NOT_PROVEN,
			       "it is pending and not in effect yet: %s", text);
	return finding(PROOF_REFUTED, "another value is pending: %s", text);
}

/* What the record says is no success of the change, whatever live is. */
static struct finding judge_state(const json_t *decided)
{
	static const struct {
		const char *state, *text;
	} states[] = {
		{ "failed", "the change failed at it" },
		{ "skipped", "the change did not get to it" },
		{ "unknown", "how the change ended there is not known" },
		{ "moot", "it followed from what was taken back again" },
	};
	const char *reason = json_text(decided, "reason");

	for (size_t i = 0; i < ARRAY_SIZE(states); i++) {
		if (verify_is(decided, "state", states[i].state))
			return finding(PROOF_NOT_PROVEN, "%s%s%s",
				       states[i].text, reason ? ": " : "",
				       reason ? reason : "");
	}
	return (struct finding){ .verdict = NULL };
}

static struct finding judge_value(const json_t *setting, const json_t *resource,
				  const struct setting *row)
{
	const char *name = verify_text(setting, "setting");
	const json_t *decided = json_object_get(setting, "decided");
	const json_t *expected = json_object_get(decided, "value");
	const json_t *live =
		json_object_get(json_object_get(resource, "values"), name);
	const json_t *pending =
		json_object_get(json_object_get(resource, "pending"), name);
	struct finding state;

	if (!row)
		return finding(PROOF_NOT_PROVEN,
			       "this aback knows no such setting");
	if (!expected)
		return finding(PROOF_NOT_PROVEN,
			       "the record does not say what it should be");
	if (!live)
		return finding(PROOF_NOT_PROVEN, "it could not be read");
	if (json_text(setting, "unfinished"))
		return finding(PROOF_NOT_PROVEN,
			       "change %s, which is unfinished, changes it too",
			       verify_text(setting, "unfinished"));
	if (pending && !value_equal(row, pending, live))
		return judge_pending(setting, row, pending);
	state = judge_state(decided);
	if (state.verdict)
		return state;
	if (!value_equal(row, live, expected)) {
		CLEANUP(free_ptr) char *is = shown(live, setting);
		CLEANUP(free_ptr) char *should = shown(expected, setting);

		return finding(PROOF_REFUTED, "it is %s, and should be %s", is,
			       should);
	}
	if (json_array_has(json_object_get(resource, "awaits_reboot"), name))
		return finding(PROOF_NOT_PROVEN,
			       "it is stored, and takes effect with a reboot");
	return (struct finding){ .verdict = NULL };
}

static json_t *live_value(const json_t *resource, const char *part,
			  const char *name)
{
	json_t *value = json_object_get(json_object_get(resource, part), name);

	return value ? value : json_null();
}

static void judge_setting(const struct judging *judging, json_t *settings,
			  const json_t *of)
{
	CLEANUP(free_ptr) char *key = key_of(of);
	json_t *setting = json_copy((json_t *)(uintptr_t)of);
	const char *name = verify_text(of, "setting");
	const json_t *resource = json_object_get(judging->live, key);
	const struct setting *row =
		setting_at(verify_text(of, "address"), name);
	struct finding found = judge_resource(judging, of, resource);

	if (!found.verdict && !is_to_be_gone(judging, of))
		found = judge_value(of, resource, row);
	(void)json_object_set(setting, "live",
			      live_value(resource, "values", name));
	(void)json_object_set(setting, "pending",
			      live_value(resource, "pending", name));
	(void)json_object_set_new(
		setting, "verdict",
		json_string(found.verdict ? found.verdict : PROOF_PROVEN));
	(void)json_object_set_new(setting, "reason",
				  json_from_text(found.text));
	(void)json_array_append_new(settings, setting);
	if (found.verdict)
		proof_add_finding(judging->proof, found.verdict, "setting", of,
				  "%s", found.text);
	free(found.text);
}

static json_t *judge_settings(json_t *proof)
{
	const json_t *record = json_object_get(proof, "record");
	CLEANUP(json_release) json_t *gone = json_object();
	CLEANUP(json_release) json_t *live = json_object();
	struct judging judging = { proof, gone, live };
	json_t *settings = json_array(), *setting;
	size_t i;

	index_resources(&judging);
	json_array_foreach(json_object_get(record, "settings"), i, setting)
		judge_setting(&judging, settings, setting);
	if (!json_array_size(settings))
		proof_add_finding(proof, PROOF_NOT_PROVEN, "setting", NULL,
				  "the record names no setting");
	return settings;
}

/* ---- the rest ----------------------------------------------------------- */

/* Each resource is settled: nothing is going on with it. */
static void judge_conditions(json_t *proof)
{
	json_t *resource;
	size_t i;

	json_array_foreach(json_object_get(live_of(proof), "resources"), i,
			   resource) {
		const char *condition = json_text(resource, "condition");

		if (!condition || !strcmp(condition, "ready") ||
		    !strcmp(condition, "stopped"))
			continue;
		proof_add_finding(proof, PROOF_NOT_PROVEN, "resource", resource,
				  "it is not settled: %s",
				  verify_text(resource, "reason"));
	}
}

static void judge_calls(json_t *proof, const json_t *calls)
{
	json_t *call;
	size_t i;

	json_array_foreach(calls, i, call) {
		if (verify_is(call, "verdict", "seen") ||
		    verify_is(call, "verdict", "not_needed"))
			continue;
		proof_add_finding(proof, PROOF_NOT_PROVEN, "call", call,
				  "%s%s%s: %s", verify_text(call, "call"),
				  json_text(call, "request_id") ? ", request "
								: "",
				  verify_text(call, "request_id"),
				  verify_text(call, "reason"));
	}
}

static const char *worst(const json_t *findings)
{
	const char *verdict = PROOF_PROVEN;
	json_t *entry;
	size_t i;

	json_array_foreach(findings, i, entry) {
		if (verify_is(entry, "verdict", PROOF_REFUTED))
			return PROOF_REFUTED;
		verdict = PROOF_NOT_PROVEN;
	}
	return verdict;
}

void proof_judge(json_t *proof)
{
	CLEANUP(json_release) json_t *ours = json_object();
	json_t *calls = verify_judge_calls(proof, ours);

	(void)json_object_set_new(proof, "findings", json_array());
	(void)json_object_set_new(proof, "calls", calls);
	(void)json_object_set_new(proof, "settings", judge_settings(proof));
	judge_conditions(proof);
	judge_calls(proof, calls);
	(void)json_object_set_new(proof, "claim",
				  verify_judge_claim(proof, ours));
	(void)json_object_set_new(proof, "logs", verify_judge_logs(proof));
	(void)json_object_set_new(
		proof, "verdict",
		json_string(worst(json_object_get(proof, "findings"))));
}
