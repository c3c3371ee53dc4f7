/*
 * The calls that change parameter groups. One takes 20 parameters at most, and
 * is made so that one call takes it back: what nobody had set before is reset
 * then, and what somebody had is set again.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "plans/catalogue.h"
#include "plans/parameter_group.h"
#include "plans/parameter_value.h"

#define PARAMETERS_MAX 20
#define GROUP_NAME_MAX 255

#define FAMILY "DBParameterGroupFamily"
#define DESCRIPTION "Description"
#define ALL "ResetAllParameters"

#define IMMEDIATE "immediate"
#define AT_REBOOT "pending-reboot"

static bool is(const struct setting *setting, const char *name)
{
	return strcmp(setting->name, name) == 0;
}

/* Changes of one resource, on the way to calls. */
struct drafting {
	const struct parameter_kind *of;
	const struct resource *resource;
	const struct call_change *changes;
	size_t len;
	struct call_list *calls;
	json_t *refused;
};

static const struct call_change *change_of(const struct drafting *d,
					   const char *setting)
{
	for (size_t i = 0; i < d->len; i++) {
		if (is(d->changes[i].setting, setting))
			return &d->changes[i];
	}
	return NULL;
}

/* ---- what cannot be --------------------------------------------------- */

static void refuse(const struct drafting *d, const struct setting *setting,
		   const char *reason, const char *remedy)
{
	json_t *why = json_object();

	(void)json_object_set_new(why, "reason", json_from_text(reason));
	(void)json_object_set_new(why, "remedy", json_from_text(remedy));
	(void)json_object_set_new(d->refused, setting->name, why);
}

static void refuse_all(const struct drafting *d, const char *reason,
		       const char *remedy)
{
	for (size_t i = 0; i < d->len; i++)
		refuse(d, d->changes[i].setting, reason, remedy);
}

static bool is_group_name(const char *id)
{
	const size_t len = strlen(id);

	return isalpha((unsigned char)*id) && len <= GROUP_NAME_MAX &&
	       id[len - 1] != '-' && !strstr(id, "--") &&
	       strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789-") == len;
}

/* Why the group cannot be created, or else NULL. */
static const char *no_creation(const struct drafting *d,
			       const char **ret_remedy)
{
	const struct call_change *family = change_of(d, "family");
	const char *unread;

	if (!is_group_name(d->resource->id)) {
		*ret_remedy = "begin with a letter, and use letters, digits "
			      "and single hyphens";
		return "AWS takes no such name for a new parameter group";
	}
	if (!family || !json_is_string(family->after)) {
		*ret_remedy = "if it is to be created, set its family, such as "
			      "family: aurora-mysql8.0, and its description";
		return "there is no such parameter group";
	}
	if (json_is_true(json_object_get(d->resource->facts,
					 PARAMETER_BAD_FAMILY))) {
		*ret_remedy = "aws rds describe-db-engine-versions shows the "
			      "families of the versions";
		return "AWS knows no such family";
	}
	unread = json_text(d->resource->facts, PARAMETER_FAMILY_UNREAD);
	if (unread) {
		*ret_remedy = "let rds:DescribeEngineDefaultClusterParameters "
			      "and rds:DescribeEngineDefaultParameters be "
			      "called, or create the group by hand and plan "
			      "again";
		return unread;
	}
	return NULL;
}

/* What others set since in a group that is to be deleted. Owned, or NULL. */
static char *others_in(const struct drafting *d)
{
	const char *name;
	json_t *about;

	json_object_foreach(
		json_object_get(d->resource->facts, PARAMETER_ABOUT), name,
		about) {
		if (json_is_true(json_object_get(about, "user")) &&
		    !change_of(d, name))
			return xasprintf("somebody else has set '%s' in it, "
					 "which would be lost",
					 name);
	}
	return NULL;
}

/* Whatever is wrong with the group itself. True: nothing can be changed. */
static bool refuse_group(const struct drafting *d)
{
	const struct call_change *exists = change_of(d, "exists");
	const char *remedy = NULL, *why;
	CLEANUP(free_ptr) char *others = NULL;

	if (is_default_group(d->resource->id)) {
		refuse_all(d,
			   "it is a default group of AWS, which cannot be "
			   "changed",
			   "use a group of your own: a rule that names its id "
			   "and sets its family creates one");
		return true;
	}
	if (exists && json_is_true(exists->after)) {
		why = no_creation(d, &remedy);
		if (why)
			refuse_all(d, why, remedy);
		return why != NULL;
	}
	if (exists) {
		others = others_in(d);
		if (others)
			refuse_all(d, others, NULL);
		return others != NULL;
	}
	return false;
}

static void refuse_unknown(const struct drafting *d,
			   const struct setting *setting)
{
	const char *nearest = json_text(
		json_object_get(d->resource->facts, PARAMETER_NEAREST),
		setting->name);
	CLEANUP(free_ptr)
	char *remedy =
		nearest ? xasprintf("did you mean '%s'?", nearest) : NULL;

	refuse(d, setting, "the group's family has no such parameter",
	       remedy ? remedy
		      : "except groups of other families from the rule");
}

static void refuse_text(const struct drafting *d,
			const struct call_change *change, const json_t *about)
{
	const char *text = json_string_value(change->after);
	CLEANUP(free_ptr) char *reason = NULL;

	if (!*text) {
		refuse(d, change->setting, "an empty value cannot be sent",
		       "null takes it back to its default");
	} else if (!parameter_allows(about, text)) {
		reason = xasprintf("'%s' is none of its values, which are %s",
				   text, json_text(about, "allowed"));
		refuse(d, change->setting, reason, "choose one of those");
	}
}

/* A change of one parameter; what AWS was not asked is no reason. */
static void refuse_parameter(const struct drafting *d,
			     const struct call_change *change)
{
	const json_t *about = parameter_about(d->resource, change->setting);

	if (json_is_null(about))
		refuse_unknown(d, change->setting);
	else if (json_is_false(json_object_get(about, "modifiable")))
		refuse(d, change->setting, "AWS does not let it be changed",
		       NULL);
	else if (json_is_string(change->after))
		refuse_text(d, change, about);
}

static void refuse_each(const struct drafting *d)
{
	const bool creates = change_of(d, "exists");
	const bool missing = resource_is_missing(d->resource) && !creates;

	for (size_t i = 0; i < d->len; i++) {
		const struct call_change *change = &d->changes[i];

		if (missing && json_is_null(change->before))
			refuse(d, change->setting,
			       "there is no such parameter group",
			       "let rules create it, or take it out of them");
		else if (is_parameter(change->setting))
			refuse_parameter(d, change);
		else if (!creates)
			refuse(d, change->setting,
			       "it is fixed when the group is created",
			       "make another group, and let the clusters use "
			       "that");
	}
}

/* ---- batches ---------------------------------------------------------- */

/* What a change of a parameter asks for, in the order of the calls. */
enum task {
	TASK_RESET_FIRST, /* of what goes with something that is set */
	TASK_SET_NEW,     /* of what nobody had set: a reset takes it back */
	TASK_SET_OTHER,   /* of what somebody had set: setting it again does */
	TASK_SET_BOTH,    /* belongs together, and is some of each */
	TASK_RESET,
	TASKS
};

static enum task own_task(const struct call_change *change)
{
	if (json_is_null(change->after))
		return TASK_RESET;
	return json_is_null(change->before) ? TASK_SET_NEW : TASK_SET_OTHER;
}

static bool go_together(const struct call_change *a,
			const struct call_change *b)
{
	return a->setting->together && b->setting->together &&
	       strcmp(a->setting->together, b->setting->together) == 0;
}

static enum task task_of(const struct drafting *d,
			 const struct call_change *change)
{
	const enum task own = own_task(change);

	for (size_t i = 0; i < d->len; i++) {
		const enum task its = own_task(&d->changes[i]);

		if (!go_together(change, &d->changes[i]) || its == own)
			continue;
		if (own == TASK_RESET)
			return TASK_RESET_FIRST;
		if (its != TASK_RESET)
			return TASK_SET_BOTH;
	}
	return own;
}

static bool is_immediate(const struct drafting *d,
			 const struct call_change *change)
{
	return !change->window &&
	       json_is_true(json_object_get(d->resource->facts,
					    change->setting->spared_by));
}

static void add_member(struct call *call, size_t number, const char *member,
		       const char *text)
{
	CLEANUP(free_ptr)
	char *key = xasprintf("Parameters.Parameter.%zu.%s", number, member);

	(void)json_object_set_new(call->parameters, key, json_from_text(text));
}

static void put(const struct drafting *d, struct call *call, size_t index)
{
	const struct call_change *change = &d->changes[index];
	const size_t number = call->changes_len + 1;

	call_add_change(call, index);
	add_member(call, number, "ParameterName", change->setting->name);
	if (json_is_string(change->after))
		add_member(call, number, "ParameterValue",
			   json_string_value(change->after));
	add_member(call, number, "ApplyMethod",
		   is_immediate(d, change) ? IMMEDIATE : AT_REBOOT);
}

static struct call *new_call(const struct drafting *d, const char *name)
{
	struct call *call = call_list_add(d->calls, name);

	(void)json_object_set_new(call->parameters, d->of->name,
				  json_from_text(d->resource->id));
	return call;
}

/* A call about parameters of a group that is there, or made before it. */
static struct call *new_batch(const struct drafting *d, enum task task)
{
	const bool creates = change_of(d, "exists");
	const bool resets = task == TASK_RESET || task == TASK_RESET_FIRST;
	struct call *call = new_call(d, resets ? d->of->reset : d->of->modify);

	if (resets)
		(void)json_object_set_new(call->parameters, ALL,
					  json_string("false"));
	if (creates)
		call_add_need(call, 0);
	else
		(void)json_object_set_new(call->companions, "exists",
					  json_true());
	return call;
}

/* The changes from `first` on that travel with it, itself included. */
static size_t count_with(const struct drafting *d, size_t first,
			 const bool *taken)
{
	size_t count = 1;

	for (size_t i = first + 1; i < d->len; i++)
		count += !taken[i] &&
			 go_together(&d->changes[first], &d->changes[i]) &&
			 task_of(d, &d->changes[i]) ==
				 task_of(d, &d->changes[first]);
	return count;
}

/* Put the change and those that travel with it. */
static void put_with(const struct drafting *d, struct call *call, size_t first,
		     bool *taken)
{
	const enum task task = task_of(d, &d->changes[first]);

	for (size_t i = first; i < d->len; i++) {
		if (taken[i] ||
		    (i != first &&
		     (!go_together(&d->changes[first], &d->changes[i]) ||
		      task_of(d, &d->changes[i]) != task)))
			continue;
		put(d, call, i);
		taken[i] = true;
	}
}

static void add_batches(const struct drafting *d, enum task task, bool cuts_off,
			bool *taken)
{
	size_t open = d->calls->len, room = 0;

	for (size_t i = 0; i < d->len; i++) {
		const struct call_change *change = &d->changes[i];
		size_t count;

		if (taken[i] || change->setting->cuts_off != cuts_off ||
		    !is_parameter(change->setting) ||
		    task_of(d, change) != task)
			continue;
		count = count_with(d, i, taken);
		/* what takes two calls back drags nothing else with it */
		if (count > room || task == TASK_SET_BOTH) {
			open = d->calls->len;
			(void)new_batch(d, task);
			room = PARAMETERS_MAX;
		}
		put_with(d, &d->calls->items[open], i, taken);
		room -= count;
	}
}

/* ---- calls ------------------------------------------------------------ */

static void add_creation(const struct drafting *d)
{
	struct call *call = new_call(d, d->of->create);

	for (size_t i = 0; i < d->len; i++) {
		const struct call_change *change = &d->changes[i];

		if (is_parameter(change->setting))
			continue;
		call_add_change(call, i);
		if (json_is_string(change->after))
			(void)json_object_set(
				call->parameters, change->setting->write,
				(json_t *)(uintptr_t)change->after);
	}
}

/* It takes all that is in the group with it. */
static void add_deletion(const struct drafting *d)
{
	struct call *call = new_call(d, d->of->drop);

	for (size_t i = 0; i < d->len; i++)
		call_add_change(call, i);
}

void parameter_group_calls(const struct parameter_kind *of,
			   const struct resource *resource,
			   const struct call_change *changes,
			   size_t changes_len, struct call_list *ret_calls,
			   json_t *ret_refused)
{
	const struct drafting d = { .of = of,
				    .resource = resource,
				    .changes = changes,
				    .len = changes_len,
				    .calls = ret_calls,
				    .refused = ret_refused };
	const struct call_change *exists = change_of(&d, "exists");
	CLEANUP(free_ptr)
	bool *taken = xcalloc(changes_len + 1, sizeof(*taken));

	if (refuse_group(&d))
		return;
	if (exists && !json_is_true(exists->after)) {
		add_deletion(&d);
		return;
	}
	refuse_each(&d);
	if (exists)
		add_creation(&d);
	for (int cuts_off = 0; cuts_off < 2; cuts_off++) {
		for (enum task task = 0; task < TASKS; task++)
			add_batches(&d, task, cuts_off, taken);
	}
}

/* ---- what calls do ---------------------------------------------------- */

static const char *member_of(const json_t *parameters, size_t number,
			     const char *member)
{
	CLEANUP(free_ptr)
	char *key = xasprintf("Parameters.Parameter.%zu.%s", number, member);

	return json_text(parameters, key);
}

/* Under which number the call has the parameter; 0: it has not. */
static size_t number_of(const json_t *parameters, const char *name)
{
	for (size_t n = 1; n <= PARAMETERS_MAX; n++) {
		const char *its = member_of(parameters, n, "ParameterName");

		if (!its)
			break;
		if (strcmp(its, name) == 0)
			return n;
	}
	return 0;
}

static bool is_method(const char *method)
{
	return method &&
	       (!strcmp(method, IMMEDIATE) || !strcmp(method, AT_REBOOT));
}

/* Nothing but the group and so many whole parameters, each once. */
static bool is_batch(const struct parameter_kind *of, const json_t *parameters,
		     bool values)
{
	size_t n = 0;

	for (const char *name;
	     (name = member_of(parameters, n + 1, "ParameterName")); n++) {
		if (number_of(parameters, name) != n + 1 ||
		    !member_of(parameters, n + 1, "ParameterValue") == values ||
		    !is_method(member_of(parameters, n + 1, "ApplyMethod")))
			return false;
	}
	return json_text(parameters, of->name) && n > 0 &&
	       n <= PARAMETERS_MAX &&
	       json_object_size(parameters) ==
		       1 + n * (values ? 3 : 2) + (values ? 0 : 1);
}

static json_t *after_modify(const struct parameter_kind *of,
			    const json_t *parameters,
			    const struct setting *setting, const json_t *value)
{
	const size_t n = number_of(parameters, setting->name);

	if (!is_batch(of, parameters, true))
		return NULL;
	if (!is_parameter(setting) || !n)
		return json_incref((json_t *)(uintptr_t)value);
	return json_from_text(member_of(parameters, n, "ParameterValue"));
}

static json_t *after_reset(const struct parameter_kind *of,
			   const json_t *parameters,
			   const struct setting *setting, const json_t *value)
{
	const char *all = json_text(parameters, ALL);

	/* never what nobody named */
	if (!is_batch(of, parameters, false) || !all ||
	    strcmp(all, "false") != 0)
		return NULL;
	if (!is_parameter(setting) || !number_of(parameters, setting->name))
		return json_incref((json_t *)(uintptr_t)value);
	return json_null();
}

static json_t *after_create(const struct parameter_kind *of,
			    const json_t *parameters,
			    const struct setting *setting, const json_t *value)
{
	if (json_object_size(parameters) != 3 ||
	    !json_text(parameters, of->name) ||
	    !json_text(parameters, FAMILY) ||
	    !json_text(parameters, DESCRIPTION))
		return NULL;
	if (is(setting, "exists"))
		return json_true();
	if (is_parameter(setting))
		return json_incref((json_t *)(uintptr_t)value);
	return json_incref(json_object_get(parameters, setting->write));
}

static json_t *after_drop(const struct parameter_kind *of,
			  const json_t *parameters,
			  const struct setting *setting)
{
	if (json_object_size(parameters) != 1 ||
	    !json_text(parameters, of->name))
		return NULL;
	return is(setting, "exists") ? json_false() : json_null();
}

json_t *parameter_group_after_call(const struct parameter_kind *of,
				   const char *call, const json_t *parameters,
				   const struct setting *setting,
				   const json_t *value)
{
	if (!strcmp(call, of->modify))
		return after_modify(of, parameters, setting, value);
	if (!strcmp(call, of->reset))
		return after_reset(of, parameters, setting, value);
	if (!strcmp(call, of->create))
		return after_create(of, parameters, setting, value);
	return !strcmp(call, of->drop) ? after_drop(of, parameters, setting)
				       : NULL;
}

bool parameter_group_at_once(const char *call UNUSED, const json_t *parameters,
			     const struct setting *setting)
{
	const size_t n = is_parameter(setting)
				 ? number_of(parameters, setting->name)
				 : 0;
	const char *method =
		n ? member_of(parameters, n, "ApplyMethod") : IMMEDIATE;

	return method && !strcmp(method, IMMEDIATE);
}
