/* Does a plan, or one step of it, still fit what is live? */
#include <stdint.h>
#include <string.h>

#include "core/clock.h"
#include "core/limits.h"
#include "core/mem.h"
#include "plans/execute_run.h"
#include "plans/lookup.h"
#include "plans/value.h"

#define FITS_LISTED 20 /* settings named in one refusal */

/* Add one line's part: "; " between parts. */
static void part(struct strbuf *out)
{
	if (out->len > 0)
		strbuf_adds(out, "; ");
}

static void misfit_identity(const char *address, const char *resource_id,
			    const struct resource *resource, struct strbuf *out)
{
	if (strcmp(resource->resource_id, resource_id) == 0)
		return;
	part(out);
	strbuf_addf(out,
		    "%s is another resource under the old name (its id is "
		    "%s, the plan's %s)",
		    address, resource->resource_id, resource_id);
}

/* Members that only one of two sets has to the letter; the value itself else.
 */
static json_t *only_in(const json_t *value, const json_t *other)
{
	json_t *rest, *member, *found;
	size_t i, k;

	if (!json_is_array(value) || !json_is_array(other))
		return value ? json_incref((json_t *)(uintptr_t)value)
			     : json_null();
	rest = json_array();
	json_array_foreach(value, i, member) {
		bool has = false;

		json_array_foreach(other, k, found)
			has |= json_equal(member, found);
		if (!has)
			(void)json_array_append(rest, member);
	}
	return rest;
}

/*
 * "now X, the plan was made when it was Y". Two that read the same differ in
 * what people are not shown, such as the ids of rules: that is told as it is.
 */
static void show_both(const struct setting *setting, const json_t *now,
		      const char *between, const json_t *then,
		      struct strbuf *out)
{
	struct strbuf CLEANUP(strbuf_release) a = STRBUF_INIT(LIMIT_MESSAGE);
	struct strbuf CLEANUP(strbuf_release) b = STRBUF_INIT(LIMIT_MESSAGE);

	value_show(setting, now, &a);
	value_show(setting, then, &b);
	if (strcmp(a.buf, b.buf) != 0) {
		strbuf_addf(out, "%s%s%s", a.buf, between, b.buf);
		return;
	}
	json_t CLEANUP(json_release) *mine = only_in(now, then);
	json_t CLEANUP(json_release) *theirs = only_in(then, now);

	strbuf_addf(out, "%s, which reads the same as in the plan and is not: ",
		    a.buf);
	json_compact(mine, out);
	strbuf_adds(out, between);
	json_compact(theirs, out);
}

/* expected: what of ours is pending and is to be taken back; null: nothing */
static void misfit_value(const char *address, const struct setting *setting,
			 const json_t *before, const json_t *expected,
			 const struct resource *resource, struct strbuf *out)
{
	json_t *value = resource_value(resource, setting);
	json_t *pending = resource_pending(resource, setting);

	if (!value || !value_equal(setting, value, before)) {
		part(out);
		strbuf_addf(out, "%s:%s is now ", address, setting->name);
		show_both(setting, value, ", the plan was made when it was ",
			  before, out);
	} else if (pending && !value_equal(setting, pending, before) &&
		   !value_equal(setting, pending, expected)) {
		part(out);
		strbuf_addf(out, "%s:%s has a pending change to ", address,
			    setting->name);
		value_show(setting, pending, out);
		strbuf_adds(out, " that the plan does not know");
	}
}

static void misfit_companions(const struct plan_step *step, enum kind kind,
			      const struct resource *resource,
			      struct strbuf *out)
{
	const char *name;
	json_t *wanted;

	json_object_foreach(step->companions, name, wanted) {
		const struct setting *setting;
		struct error CLEANUP(error_release) ignored = ERROR_INIT;

		if (catalogue_find(kind, name, &setting, &ignored) < 0) {
			part(out);
			strbuf_addf(out, "'%s' is no setting of %s", name,
				    step->address);
			continue;
		}
		json_t *value = resource_value(resource, setting);

		if (value && value_equal(setting, value, wanted))
			continue;
		part(out);
		strbuf_addf(out, "%s:%s, which goes along, is now ",
			    step->address, name);
		show_both(setting, value, ", in the plan it is ", wanted, out);
	}
}

/* Does a change of the plan take this pending value back? */
static bool taken_back(const struct plan *plan, const char *target,
		       const char *address, const struct setting *setting,
		       const json_t *pending)
{
	const struct plan_change *change =
		plan_find_change(plan, target, address, setting->name);

	return change && !json_is_null(change->pending) &&
	       value_equal(setting, pending, change->pending);
}

/* Does the plan know of this pending value (its `waiting`)? */
static bool known_pending(const struct plan *plan, const char *target,
			  const char *address, const struct setting *setting,
			  const json_t *pending)
{
	const json_t *entry =
		plan_find_entry(plan->waiting, target, address, setting->name);

	return entry &&
	       value_equal(setting, pending, json_object_get(entry, "pending"));
}

/* Is the element the first segment of the row's path? */
static bool element_of(const struct setting *setting, const char *element)
{
	size_t len = strlen(element);

	return setting->pending &&
	       strncmp(setting->pending, element, len) == 0 &&
	       (setting->pending[len] == '\0' || setting->pending[len] == '/');
}

static bool known_element(const struct plan *plan, const char *target,
			  const struct resource *resource, const char *element)
{
	size_t len;
	const struct setting *rows = catalogue_rows(resource->kind, &len);

	for (size_t i = 0; i < len; i++) {
		const json_t *pending = resource_pending(resource, &rows[i]);

		if (pending && element_of(&rows[i], element) &&
		    (known_pending(plan, target, resource->address, &rows[i],
				   pending) ||
		     taken_back(plan, target, resource->address, &rows[i],
				pending)))
			return true;
	}
	return false;
}

bool applies_immediately(const json_t *parameters)
{
	const char *now = json_text(parameters, "ApplyImmediately");

	return now && strcmp(now, "true") == 0;
}

/* Is it what this very step leaves to be taken back? */
static bool own_element(const struct run_step *step,
			const struct resource *resource, const char *element)
{
	if (!step || strcmp(step->plan->address, resource->address) != 0)
		return false;
	for (size_t i = 0; i < step->values_len; i++) {
		const struct step_value *value = &step->values[i];
		const json_t *pending =
			resource_pending(resource, value->setting);

		if (element_of(value->setting, element) && pending &&
		    value_equal(value->setting, pending, value->takes_back))
			return true;
	}
	return false;
}

/* step: NULL while a whole plan is compared */
static void misfit_elements(const struct plan *plan, const char *target,
			    const struct run_step *step,
			    const struct resource *resource, struct strbuf *out)
{
	const char *element;
	json_t *text;

	json_object_foreach(resource->pending_elements, element, text) {
		if (known_element(plan, target, resource, element) ||
		    own_element(step, resource, element))
			continue;
		part(out);
		strbuf_addf(out,
			    "%s has a pending change of %s that the call "
			    "would set off",
			    resource->address, element);
	}
}

/* Does the call make everything happen that is pending? */
static bool sets_off(enum kind kind, const char *call, const json_t *parameters)
{
	size_t len;
	const struct setting *rows = catalogue_rows(kind, &len);

	for (size_t i = 0; i < len; i++) {
		const json_t *value =
			rows[i].write
				? json_object_get(parameters, rows[i].write)
				: NULL;

		if (value && setting_opens_window(&rows[i], value, clock_now()))
			return true;
	}
	return call_sets_off_pending(kind, call, parameters);
}

/*
 * ApplyImmediately=true fires everything that is pending on the resource, and
 * on a cluster perhaps what is pending on its members: what the plan does not
 * know must not be there. The planner looks at the same.
 */
static void misfit_pending(const struct plan *plan, const char *target,
			   const struct run_step *step, const char *call,
			   const json_t *parameters,
			   const struct resource *resource,
			   const struct live *live, struct strbuf *out)
{
	char CLEANUP(free_ptr) *lane = NULL;

	if (!sets_off(resource->kind, call, parameters))
		return;
	misfit_elements(plan, target, step, resource, out);
	lane = kind_ops(resource->kind)->lane(resource);
	if (strcmp(lane, resource->address) != 0)
		return;
	for (size_t i = 0; i < live->len; i++) {
		const struct resource *other = live->items[i];
		char CLEANUP(free_ptr) *its_lane = NULL;

		if (other == resource ||
		    json_object_size(other->pending_elements) == 0 ||
		    strcmp(other->place->name, target) != 0)
			continue;
		its_lane = kind_ops(other->kind)->lane(other);
		if (strcmp(its_lane, lane) == 0)
			misfit_elements(plan, target, step, other, out);
	}
}

/* Where AWS has such a status, the kind keeps it among its facts. */
static bool has_status(const struct resource *resource, const char *status)
{
	const char *fact;
	json_t *texts;

	json_object_foreach(resource->facts, fact, texts)
		if (json_array_has(texts, status))
			return true;
	return false;
}

bool awaits_reboot(const struct resource *resource,
		   const struct plan_change *change)
{
	return strcmp(change->effect, effect_name(EFFECT_REBOOT)) == 0 &&
	       has_status(resource, "pending-reboot");
}

bool might_await_reboot(const struct resource *resource,
			const struct plan_change *change)
{
	return strcmp(change->effect, effect_name(EFFECT_REBOOT)) == 0 &&
	       has_status(resource, "in-sync");
}

/* What may have happened in part may have left any of the two values. */
static const json_t *expected_value(const struct run_step *step,
				    const struct step_value *value,
				    const struct resource *resource)
{
	const json_t *live = resource_value(resource, value->setting);

	if ((step->maybe || step->foretold) && live &&
	    value_equal(value->setting, live, value->after))
		return value->after;
	return value->before;
}

void step_misfit(const struct plan *plan, const struct run_step *step,
		 const struct resource *resource, const struct live *live,
		 struct strbuf *out)
{
	misfit_identity(step->plan->address, step->plan->resource_id, resource,
			out);
	for (size_t i = 0; i < step->values_len; i++) {
		const struct step_value *value = &step->values[i];

		misfit_value(step->plan->address, value->setting,
			     expected_value(step, value, resource),
			     value->takes_back, resource, out);
	}
	misfit_companions(step->plan, resource->kind, resource, out);
	misfit_pending(plan, step->plan->target, step, step->call,
		       step->parameters, resource, live, out);
}

/* Facts are given only where they were looked up, as plan_observe does. */
static void misfit_facts(const struct plan_change *change,
			 const struct setting *setting,
			 const struct resource *resource, struct strbuf *out)
{
	const char *fact;
	json_t *value;

	json_object_foreach(change->facts, fact, value) {
		const bool spares =
			setting->spared_by && !strcmp(setting->spared_by, fact);

		if (json_equal(json_object_get(resource->facts, fact), value))
			continue;
		part(out);
		strbuf_addf(out,
			    spares ? "%s:%s was planned without a restart, "
				     "since '%s' was true, which AWS does not "
				     "say now"
				   : "%s:%s was planned when its '%s' was "
				     "another",
			    change->address, change->setting, fact);
	}
}

/* A window that has begun since: what AWS would do in it. */
static void misfit_maintenance(const struct plan_change *change,
			       const struct setting *setting,
			       const struct resource *resource,
			       struct strbuf *out)
{
	const char *actions = lookup_maintenance(resource);

	if (!actions ||
	    !setting_opens_window(setting, change->after, clock_now()))
		return;
	part(out);
	strbuf_addf(out,
		    "%s:%s is a window that has begun, so that AWS would at "
		    "once do the maintenance that waits for it (%s)",
		    change->address, change->setting, actions);
}

/* What other steps of the plan bring about may be there yet, or not. */
static const json_t *expected_before(const struct plan_change *change,
				     const struct setting *setting,
				     const struct resource *resource)
{
	const json_t *live = resource_value(resource, setting);

	return live && setting->foretold && change->via &&
			       value_equal(setting, live, change->after)
		       ? change->after
		       : change->before;
}

static void fit_change(const struct plan_change *change,
		       const struct live *live, struct strbuf *out)
{
	const struct resource *resource =
		live_find(live, change->target, change->address);
	const struct setting *setting;
	struct error CLEANUP(error_release) err = ERROR_INIT;

	if (!resource) {
		part(out);
		strbuf_addf(out, "%s is not there any more", change->address);
	} else if (catalogue_find(resource->kind, change->setting, &setting,
				  &err) < 0) {
		part(out);
		error_message(&err, out);
	} else {
		misfit_identity(change->address, change->resource_id, resource,
				out);
		misfit_value(change->address, setting,
			     expected_before(change, setting, resource),
			     change->pending, resource, out);
		misfit_facts(change, setting, resource, out);
		misfit_maintenance(change, setting, resource, out);
	}
}

/* The resources with something pending, borrowed from live. */
static struct live pending_of(const struct live *live)
{
	struct live pending = { 0 };

	for (size_t i = 0; i < live->len; i++)
		if (json_object_size(live->items[i]->pending_elements) > 0)
			live_add(&pending, live->items[i]);
	return pending;
}

static void fit_step(const struct plan *plan, const struct plan_step *step,
		     const struct live *live, const struct live *pending,
		     struct strbuf *out)
{
	const struct resource *resource =
		live_find(live, step->target, step->address);

	if (!resource)
		return; /* its changes say so */
	misfit_companions(step, resource->kind, resource, out);
	misfit_pending(plan, step->target, NULL, step->call, step->parameters,
		       resource, pending, out);
}

/* Collects what moved, up to a readable number. */
struct misfits {
	struct strbuf text;
	size_t len;
};

static void count(struct misfits *all, const struct strbuf *one)
{
	if (one->len == 0)
		return;
	if (all->len++ < FITS_LISTED)
		strbuf_addf(&all->text, "\n  %s", one->buf);
}

int plan_fits(const struct plan *plan, const struct live *live,
	      struct error *err)
{
	struct misfits all = { .text = STRBUF_INIT(LIMIT_MESSAGE) };
	struct strbuf CLEANUP(strbuf_release) one = STRBUF_INIT(LIMIT_MESSAGE);
	struct live pending = pending_of(live);

	for (size_t i = 0; i < plan->changes_len; i++) {
		strbuf_clear(&one);
		fit_change(&plan->changes[i], live, &one);
		count(&all, &one);
	}
	for (size_t i = 0; i < plan->steps_len; i++) {
		strbuf_clear(&one);
		fit_step(plan, &plan->steps[i], live, &pending, &one);
		count(&all, &one);
	}
	free(pending.items);
	if (all.len > 0) {
		if (all.len > FITS_LISTED)
			strbuf_addf(&all.text, "\n  and %zu more",
				    all.len - FITS_LISTED);
		/* one stands on the line, several on lines of their own */
		error_set(err, ERR_STALE,
			  "the plan no longer fits what is live:%s",
			  all.text.buf + (all.len == 1 ? strlen("\n ") : 0));
		error_hint(err, "make the plan again and have it reviewed");
	}
	strbuf_release(&all.text);
	return all.len > 0 ? -1 : 0;
}
