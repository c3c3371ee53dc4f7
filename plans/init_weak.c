#include "plans/init_weak.h"

#include <stdint.h>

#include "core/clock.h"
#include "core/limits.h"
#include "core/mem.h"
#include "plans/controls.h"
#include "plans/init_yaml.h"
#include "plans/judging.h"
#include "plans/usage.h"
#include "plans/value.h"

#define NAMED_MOST 3

static char *key_of(const struct resource *resource, const char *setting)
{
	return xasprintf("%s\n%s\n%s", resource->place->name, resource->address,
			 setting);
}

/* ---- asking the controls --------------------------------------------------
 */

static void note(struct weak *weak, const struct control *control,
		 const struct failure *failure, const char *setting)
{
	CLEANUP(free_ptr) char *key = key_of(failure->holder, setting);
	const bool planned = failure->fix == FIX_PLAN;

	/* one that can be put right says more than one that cannot */
	if (json_object_get(weak->found, key) && !planned)
		return;
	(void)json_object_set_new(weak->found, key,
				  json_pack("{ss ss* ss sO? ss*}", "expected",
					    failure->expected, "reference",
					    control->references[0], "setting",
					    failure->setting->name, "value",
					    planned ? failure->fix_value : NULL,
					    "how", failure->fix_text));
}

static void ask(struct weak *weak, const struct live *live,
		const struct usage *usage, const struct control *control,
		const struct resource *resource)
{
	struct judging judging = { .control = control,
				   .live = live,
				   .usage = usage,
				   .place = resource->place,
				   .resource = resource,
				   .now = clock_now() };

	judge(&judging);
	for (size_t i = 0; i < judging.failures_len; i++) {
		const struct failure *failure = &judging.failures[i];

		if (!failure->holder || !failure->setting)
			continue;
		note(weak, control, failure, failure->setting->name);
		if (failure->setting->expands)
			note(weak, control, failure, failure->setting->expands);
	}
	judging_release(&judging);
}

struct weak weak_find(const struct live *live)
{
	struct weak weak = { .found = json_object(), .remarks = json_object() };
	struct usage *usage = usage_new(live);
	size_t len;
	const struct control *const *controls = controls_all(&len);

	for (size_t c = 0; c < len; c++) {
		/* those of an account need more than was read */
		if (controls[c]->subject != SUBJECT_RESOURCE ||
		    controls[c]->parts[0])
			continue;
		for (size_t i = 0; i < live->len; i++) {
			if (live->items[i]->kind == controls[c]->kind)
				ask(&weak, live, usage, controls[c],
				    live->items[i]);
		}
	}
	usage_free(usage);
	return weak;
}

void weak_release(struct weak *weak)
{
	json_decref(weak->found);
	json_decref(weak->remarks);
}

static const json_t *find(const struct weak *weak,
			  const struct resource *resource,
			  const struct setting *setting)
{
	CLEANUP(free_ptr) char *key = key_of(resource, setting->name);

	return json_object_get(weak->found, key);
}

bool weak_is(const struct weak *weak, const struct resource *resource,
	     const struct setting *setting)
{
	return find(weak, resource, setting);
}

/* ---- saying so ------------------------------------------------------------
 */

void weak_left_out(struct weak *weak, const struct resource *resource,
		   const struct setting *setting, const json_t *value,
		   const char *target)
{
	const json_t *found = find(weak, resource, setting);
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(LIMIT_MESSAGE);
	CLEANUP(strbuf_release) struct strbuf key = STRBUF_INIT(LIMIT_ANSWER);
	const char *kind = kind_ops(resource->kind)->name;
	json_t *remark;

	value_show(setting, value, &text);
	strbuf_addf(&key, "%s\n%s\n%s\n%s\n", kind, setting->name, text.buf,
		    target ? target : "");
	json_compact(found, &key);
	remark = json_object_get(weak->remarks, key.buf);
	if (!remark) {
		remark = json_deep_copy(found);
		(void)json_object_set_new(remark, "kind", json_string(kind));
		(void)json_object_set_new(remark, "now",
					  json_from_text(text.buf));
		(void)json_object_set_new(remark, "of",
					  json_string(setting->name));
		(void)json_object_set_new(remark, "target",
					  json_from_text(target));
		(void)json_object_set_new(remark, "ids", json_array());
		(void)json_object_set(weak->remarks, key.buf, remark);
		json_decref(remark);
	}
	(void)json_array_append_new(json_object_get(remark, "ids"),
				    json_from_text(resource->id));
}

/* "cluster a, b and 3 more: port is 1; what is wanted: … (CIS …)" */
static void add_remark(const json_t *remark, struct strbuf *out)
{
	const json_t *ids = json_object_get(remark, "ids");
	const size_t len = json_array_size(ids);
	const char *reference = json_text(remark, "reference");

	strbuf_addf(out, "  # %s", json_text(remark, "kind"));
	for (size_t i = 0; i < len && i < NAMED_MOST; i++)
		strbuf_addf(out, "%s %s", i ? "," : "",
			    json_string_value(json_array_get(ids, i)));
	if (len > NAMED_MOST)
		strbuf_addf(out, " and %zu more", len - NAMED_MOST);
	strbuf_addf(out, ": %s is %s; wanted is %s", json_text(remark, "of"),
		    json_text(remark, "now"), json_text(remark, "expected"));
	if (reference)
		strbuf_addf(out, " (%s)", reference);
	strbuf_addc(out, '\n');
}

static void add_rule(const json_t *remark, struct strbuf *out)
{
	const json_t *value = json_object_get(remark, "value");
	const json_t *ids = json_object_get(remark, "ids");
	const char *target = json_text(remark, "target");
	const char *how = json_text(remark, "how");

	if (!value || json_is_null(value)) {
		strbuf_addf(out, "  #   %s\n", how ? how : "");
		return;
	}
	strbuf_addf(out, "  # - match: {kind: %s, ", json_text(remark, "kind"));
	if (target) {
		strbuf_adds(out, "target: ");
		init_add_text(out, target);
		strbuf_adds(out, ", ");
	}
	strbuf_adds(out, "id: ");
	init_add_value(out, json_array_size(ids) == 1 ? json_array_get(ids, 0)
						      : ids);
	strbuf_addf(out, "}\n  #   set: {%s: ", json_text(remark, "setting"));
	init_add_value(out, value);
	strbuf_adds(out, "}\n");
}

void weak_write(const struct weak *weak, struct strbuf *out)
{
	const char *key;
	json_t *remark;

	if (!json_object_size(weak->remarks))
		return;
	strbuf_adds(out,
		    "\n  # Weak today, and so not written down as wanted. A "
		    "rule below puts it right: take\n"
		    "  # the hashes of its two lines away, and plan.\n");
	json_object_foreach(weak->remarks, key, remark) {
		add_remark(remark, out);
		add_rule(remark, out);
	}
}
