/*
 * A kind of resource. Each is one file (plans/cluster.c, plans/instance.c, …)
 * that answers: read all of this kind in a place; may it be modified now;
 * build the calls for these changes; what does a call make of a value.
 * Nothing outside that file asks which kind it is: a question that differs by
 * kind is a member of struct kind_ops.
 */
#ifndef ABACK_PLANS_KIND_H
#define ABACK_PLANS_KIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/aws.h"
#include "core/compiler.h"
#include "core/error.h"
#include "core/json.h"
#include "plans/place.h"

enum kind {
	KIND_CLUSTER,
	KIND_INSTANCE,
	KIND_IAM_ROLE,
	KIND_LOG_GROUP,
	KIND_KMS_KEY,
	KIND_SECURITY_GROUP,
	KIND_CLUSTER_SNAPSHOT,
	KIND_EVENT_SUBSCRIPTION,
	KIND_CLUSTER_PARAMETER_GROUP,
	KIND_INSTANCE_PARAMETER_GROUP,
	KIND_IAM_POLICY,
	KIND_COUNT
};

struct grant;
struct live;
struct setting;

/*
 * One resource as it is live. Strings and values are its own.
 */
struct resource {
	enum kind kind;
	const struct place *place;
	char *id;          /* "orders"; lower case for clusters, instances */
	char *address;     /* "cluster/orders", percent-encoded */
	char *resource_id; /* DbClusterResourceId, RoleId, … : never reused */
	char *arn;         /* may be NULL */
	char *engine;      /* may be NULL */
	char *engine_version;
	char *status;  /* may be NULL: this kind has none */
	char *cluster; /* the cluster's id, for selectors; NULL: none */
	json_t *tags;  /* object of strings; NULL: not read */
	json_t *names; /* array: what rules may call it besides id; or NULL */
	/*
	 * By row of catalogue_rows(kind): the canonical value (plans/value.h),
	 * JSON null where it is absent or unset, NULL where it was not read.
	 */
	json_t **values;
	/* The same for what is pending; NULL: nothing pending for that row. */
	json_t **pending;
	/*
	 * How many rows the two have room for. Of a kind whose rows are open
	 * (catalogue_open) there may be more by now: see resource_set_value.
	 */
	size_t rows;
	/*
	 * The values that rules want of rows with `refers`, and live ones of
	 * the others; NULL: nobody asked (struct live_wanted).
	 */
	json_t **foreseen;
	size_t foreseen_rows;
	/*
	 * Everything under PendingModifiedValues, element name → text, whether
	 * a setting has it or not ("DBInstanceClass": "db.r6g.large"). Empty
	 * object: nothing. NULL: this kind has no such thing.
	 */
	json_t *pending_elements;
	/*
	 * Why settings owned by somebody else are report-only here: setting
	 * name → reason (AWS Backup, trap 17). NULL: none.
	 */
	json_t *owned_elsewhere;
	/*
	 * What else the kind's own file needs to remember for `condition` and
	 * `calls` (such as what the engine version supports). Object or NULL.
	 */
	json_t *facts;
	/*
	 * What is set and does not work: setting → {member, or "" of what is
	 * no set → why} (a role that AWS cannot assume). NULL: none.
	 */
	json_t *unhealthy;
	/*
	 * What people should know who change it, such as who else uses it:
	 * lines, said in the plan. Array or NULL.
	 */
	json_t *notes;
	/*
	 * Which answer of AWS (aws_answer) gave what: the name of a setting, of
	 * a fact, or "<setting>/<member>" → answer; "" has all the others.
	 * NULL: nobody kept them (read_request.reports).
	 */
	json_t *reads;
};
struct resource *resource_new(enum kind kind, const struct place *place);
void resource_free(struct resource *resource);
/* That answer gave this of it; what NULL: all that no other one gave. answer
 * NULL: nothing is kept. */
void resource_set_read(struct resource *resource, const char *what,
		       json_t *answer);
/* The answer that gave the setting or fact, or its member (NULL: any). */
const json_t *resource_read(const struct resource *resource, const char *what,
			    const char *member);
/* Its kind can be created, and it is not there yet: `exists` is false. */
bool resource_is_missing(const struct resource *resource);
/* Put a value, or what is pending, for a row of the kind. Steals value. */
void resource_set_value(struct resource *resource,
			const struct setting *setting, json_t *value);
void resource_set_pending(struct resource *resource,
			  const struct setting *setting, json_t *pending);
/* Borrowed; NULL where not read. */
json_t *resource_value(const struct resource *resource,
		       const struct setting *setting);
/* What rules want it to be, where that is known; else the same. */
json_t *resource_foreseen(const struct resource *resource,
			  const struct setting *setting);
json_t *resource_pending(const struct resource *resource,
			 const struct setting *setting);
/* Say that what is set does not work; member: "" of what is no set. */
void resource_add_unhealthy(struct resource *resource, const char *setting,
			    const char *member, const char *why);
/*
 * Why what a change from `before` to `after` set does not work; NULL: it does,
 * or nobody knows better. Borrowed.
 */
const char *resource_unhealthy(const struct resource *resource,
			       const struct setting *setting,
			       const json_t *before, const json_t *after);

enum condition {
	CONDITION_READY,  /* may be modified now */
	CONDITION_BUSY,   /* in progress, or a status nobody knows */
	CONDITION_FAILED, /* a status that no waiting mends */
	CONDITION_STOPPED /* not modifiable until somebody starts it */
};

/* What to read. */
struct read_request {
	struct aws *aws;
	const struct place *place;
	/*
	 * Lane identifiers to restrict the reading to ("cluster/orders" gives
	 * that cluster, or the instances of that cluster); NULL: all of it.
	 */
	const char *const *lanes;
	size_t lanes_len;
	/*
	 * For kinds that cannot be listed as "what belongs to Aurora": exact
	 * ids to read (roles that clusters use, roles that rules name).
	 */
	const char *const *ids;
	size_t ids_len;
	/* rows to keep, by row of the kind; NULL: all */
	const bool *wanted;
	/*
	 * Could somebody want this row of this resource, of which what rules
	 * select by is read already? What costs requests of its own is read
	 * only then. NULL: yes.
	 */
	bool (*matters)(void *ctx, const struct resource *resource,
			const struct setting *setting);
	/*
	 * What was read of all places before, with the kinds that this one's
	 * ops has as `beside`; not sorted. NULL: those were not read.
	 */
	const struct live *live;
	/*
	 * Put what rules want of the rows with `refers` into values, which are
	 * a copy of the resource's. NULL: no rules are known.
	 */
	void (*foresee)(void *ctx, const struct resource *resource,
			json_t **values);
	void *foresee_ctx;
	/*
	 * It is only to be reported on: what only those who change it have to
	 * know is not asked for, and each resource keeps the answers that gave
	 * it (resource.reads).
	 */
	bool reports;
	/* A resource was read; the callee owns it. */
	void (*found)(void *ctx, struct resource *resource);
	/* One was passed over: id (may be NULL) and a line saying why. */
	void (*skipped)(void *ctx, enum kind kind, const char *id,
			const char *reason);
	/*
	 * One could not be read, which says nothing of the others: id, and why.
	 * NULL: then that is an end like any other, and `done` tells of it.
	 */
	void (*unread)(void *ctx, enum kind kind, const char *id,
		       const struct error *err);
	/*
	 * Called once, last. err is NULL when all was read, else says what was
	 * not; what was found before is then incomplete.
	 */
	void (*done)(void *ctx, const struct error *err);
	void *ctx;
};

/* The answer to keep with what is being read now, or NULL. Borrowed. */
json_t *read_answer(const struct read_request *request);
/*
 * This one resource could not be read: true, where that is said and the reading
 * goes on.
 */
bool read_excused(const struct read_request *request, enum kind kind,
		  const char *id, const struct error *err);

/* One setting's change, as kinds build calls from it. */
struct call_change {
	const struct setting *setting;
	const json_t *before;
	const json_t *after;
	bool window; /* `when: window`: send no ApplyImmediately */
};

/* A resource that is to be used instead of another one of its kind. */
struct stand_in {
	char *id;       /* NULL: the other one will do */
	json_t *values; /* what it begins with where it is not there yet */
	/* why it cannot be used; NULL: it can */
	char *reason;
	const char *remedy;
};
void stand_in_release(struct stand_in *stand_in);

/* A call made of changes. */
struct call {
	char *call;         /* "rds:ModifyDBCluster" */
	json_t *parameters; /* the wire form without Action and Version */
	/* setting name → value that goes along because AWS would change it */
	json_t *companions;
	size_t *changes; /* indexes into what the kind was given */
	size_t changes_len;
	size_t *needs; /* indexes of earlier calls of this list */
	size_t needs_len;
};
struct call_list {
	struct call *items;
	size_t len, cap;
};
struct call *call_list_add(struct call_list *list, const char *call);
void call_add_change(struct call *call, size_t change);
void call_add_need(struct call *call, size_t earlier);
void call_list_release(struct call_list *list);

struct kind_ops {
	enum kind kind;
	const char *name; /* "cluster" */
	/* its resources belong to the account, not to a region */
	bool global;
	/* resources of one lane are modified one after another; a lane is
	 * named after a resource of this kind */
	enum kind lane_kind;
	/* names this kind uses for resources are case-insensitive */
	bool lower_case;
	/* rules may select it only by what clusters use, or by exact id */
	bool by_reference;
	/* each is of one cluster, by which rules may select it, though it has
	 * a lane of its own */
	bool of_cluster;
	/* such a kind's resources are of an engine all the same */
	bool of_engine;
	/* what rds:DescribeEvents calls such a source; NULL: it has none */
	const char *event_source;
	/* bits 1 << kind: where plans are made of this kind, these are read
	 * first, and its read is given them */
	unsigned beside;
	/* what it asks of AWS, up to a row without an action (plans/grant.h) */
	const struct grant *grants;
	/* Does IAM know a resource by this id, as ARNs have it? NULL: by any.
	 */
	bool (*id_in_arns)(const char *id);

	/* Start reading; returns at once. Everything comes by callback. */
	void (*read)(const struct read_request *request);
	/* "cluster/orders". Owned. */
	char *(*lane)(const struct resource *resource);
	enum condition (*condition)(const struct resource *resource,
				    const char **ret_why);
	/*
	 * The calls that make these changes on this resource, in order.
	 * A change that no call can make now is put into *ret_refused with a
	 * reason: {"<setting>": {"reason": …, "remedy": …}}.
	 */
	void (*calls)(const struct resource *resource,
		      const struct call_change *changes, size_t changes_len,
		      struct call_list *ret_calls, json_t *ret_refused);
	/*
	 * The value of a setting after a call took effect on `value`; a new
	 * reference; the same value when the call does not touch it; NULL when
	 * call and parameters make no sense for this kind.
	 */
	json_t *(*after_call)(const char *call, const json_t *parameters,
			      const struct setting *setting,
			      const json_t *value);
	/*
	 * The same of a kind where that takes facts which the change rests on
	 * (setting.rests_on) to tell; there it stands in place of after_call.
	 */
	json_t *(*after_with)(const json_t *facts, const char *call,
			      const json_t *parameters,
			      const struct setting *setting,
			      const json_t *value);
	/*
	 * The calls that this kind would have sent for what somebody else sent
	 * at once, or in other words: fn for each. None: the call as it is.
	 * NULL where that is so of all calls.
	 */
	void (*foreign)(const char *call, const json_t *parameters,
			void (*fn)(void *ctx, const char *call,
				   const json_t *parameters),
			void *ctx);
	/*
	 * Does the call make the setting's value effective at once, and not
	 * only store it? NULL: it does where it sends ApplyImmediately.
	 */
	bool (*at_once)(const char *call, const json_t *parameters,
			const struct setting *setting);
	/*
	 * What is wanted of a setting as this resource spells it: its live
	 * value where that means the same, else the text to send. whole is the
	 * value that is wanted, or NULL where only members are, which include
	 * and exclude then have. New reference. NULL: equal values are equal
	 * JSON.
	 */
	json_t *(*spell)(const struct resource *resource,
			 const struct setting *setting, const json_t *whole,
			 const json_t *include, const json_t *exclude);
	/*
	 * The element of an answer to a write that tells of something that
	 * AWS did not find, without calling it an error: the value then
	 * decides. A path from the root; NULL: there is none.
	 */
	const char *missed;
	/*
	 * What a setting that `expands` into another one makes of the value
	 * that this is to have; wanted is what the rule says of it. New
	 * reference. Where it can make nothing of any value, *ret_why says so
	 * to people. NULL where no row expands.
	 */
	json_t *(*expand)(const struct resource *resource,
			  const struct live *live,
			  const struct setting *setting, const json_t *wanted,
			  const json_t *value, const char **ret_why);
	/*
	 * Look-ups (plans/lookup.h) added facts: what they make of the values.
	 * May be NULL.
	 */
	void (*enriched)(struct resource *resource);
	/* Kinds that `references` may tell of: bits 1 << kind. */
	unsigned refers_to;
	/* Ids of kinds that are by_reference which this resource uses:
	 * call fn(kind, id). Of rows it may look at those with `refers`, whose
	 * values may also be what rules want. Where only a listing of the other
	 * kind tells, it gives its own address in place of an id. May be NULL.
	 */
	void (*references)(const struct resource *resource,
			   void (*fn)(void *ctx, enum kind kind,
				      const char *id),
			   void *ctx);
	/*
	 * What has to be done before this change is made: call fn for each,
	 * and where the same plan does it the change's steps need those steps.
	 * setting "exists": all steps of a resource that the plan creates;
	 * another one: those that change this setting of the resource; NULL:
	 * all that change something of it, which has to be there or be created
	 * by the plan. Of the resource it may look only at
	 * values and facts that stand in the plan. Asked with before and after
	 * exchanged it says what is no longer needed afterwards: where the same
	 * plan deletes that ("exists"), its steps need the change's. May be
	 * NULL.
	 */
	void (*needs)(const struct resource *resource,
		      const struct call_change *change,
		      void (*fn)(void *ctx, enum kind kind, const char *id,
				 const char *setting),
		      void *ctx);
	/*
	 * Who uses the resource, so that it cannot be deleted: call fn for
	 * each, with the setting that names this resource. May be NULL.
	 */
	void (*used_by)(const struct resource *resource,
			void (*fn)(void *ctx, enum kind kind, const char *id,
				   const char *setting),
			void *ctx);
	/*
	 * Values and facts that lie with other resources of the lane, once all
	 * were read. May be NULL.
	 */
	void (*complete)(struct resource *resource, const struct live *live);
	/*
	 * What follows from this change, made now: call fn for each setting of
	 * a resource that is then `before` and is to become `after` (a setting
	 * that is foretold; references are the callee's). May be NULL.
	 */
	void (*follows)(const struct resource *resource,
			const struct call_change *change,
			const struct live *live,
			void (*fn)(void *ctx, const struct resource *resource,
				   const struct setting *setting,
				   json_t *before, json_t *after),
			void *ctx);
	/*
	 * Settings are passed on to the resource `id`, which user uses
	 * (setting.passes_through). Where nobody can change that one, say which
	 * of user's own is to be used instead. live NULL: whether that is
	 * there, and may be used, is not known yet. NULL where no row passes on
	 * to this kind.
	 */
	void (*stand_in)(const struct resource *user, const char *id,
			 const struct live *live,
			 struct stand_in *ret_stand_in);
	/*
	 * Did this call of a setting that is done `once` take place at or after
	 * `since` (UTC seconds)? done is called once, from aws_step: with what
	 * shows it, NULL for nothing, or with err where AWS could not be
	 * asked. NULL where no row is so.
	 */
	void (*happened)(struct aws *aws, const struct place *place,
			 const json_t *parameters, int64_t since,
			 void (*done)(void *ctx, const char *evidence,
				      const struct error *err),
			 void *ctx);
};

const struct kind_ops *kind_ops(enum kind kind);
/* after_with or after_call, whichever the kind has. */
json_t *kind_after(const struct kind_ops *ops, const json_t *facts,
		   const char *call, const json_t *parameters,
		   const struct setting *setting, const json_t *value);
/* Does the call change the setting at once (kind_ops.at_once)? */
bool kind_at_once(const struct kind_ops *ops, const char *call,
		  const json_t *parameters, const struct setting *setting);
/* Is that what the resource has, whatever it is spelled like? */
bool kind_means(const struct resource *resource, const struct setting *setting,
		const json_t *live, const json_t *value);
/* By name ("cluster"); NULL: there is none. */
const struct kind_ops *kind_by_name(const char *name);

/* "cluster/orders" out of kind and id (percent-encoding it). Owned. */
char *address_of(enum kind kind, const char *id);
/*
 * Take "kind/id" or "kind/id:setting" or "kind/id:setting/member" apart.
 * ERR_USAGE. Strings are owned by the caller through address_release.
 */
struct address {
	const struct kind_ops *ops;
	char *id;       /* decoded */
	char *setting;  /* NULL: none given */
	char *member;   /* NULL: none given */
	char *resource; /* "kind/id" in canonical encoding */
};
MUST_CHECK int address_parse(const char *text, struct address *ret_address,
			     struct error *err);
void address_release(struct address *address);
/* The row of a setting of the resource at an address; NULL: there is none. */
const struct setting *setting_at(const char *address, const char *setting);

#endif
