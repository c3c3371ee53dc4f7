/*
 * The simulated world: accounts with their keys, roles and policies, and per
 * region the clusters, instances and groups. docs/simulator.md describes the
 * file. Everything here is used under the simulator's one lock.
 *
 * A resource's `state` is the JSON form of AWS's answer element, under AWS's
 * own names; what never changes is derived when it is rendered (rds_xml.c).
 */
#ifndef ABACK_TESTS_SIM_FLEET_H
#define ABACK_TESTS_SIM_FLEET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/compiler.h"
#include "core/error.h"
#include "core/json.h"
#include "tests/sim/throttle.h"

#define SIM_ACCOUNT "123456789012"
#define SIM_ACCESS_KEY "AKIAABACKSIMULATOR01"
#define SIM_SECRET_KEY "aback-simulator-secret-key"
#define SIM_REGION "eu-west-1"
#define EC2_ACTIONS_MAX 16

struct place;

/* A modification on its way; see settle.c. */
struct flight {
	int64_t shown_ms; /* monotonic: from then the status tells */
	int64_t done_ms;  /* monotonic: then the values change */
	bool shown;
	char *status;       /* of the resource meanwhile */
	char *members;      /* of a cluster's instances, or NULL */
	json_t *set;        /* element → new value */
	json_t *in_pending; /* what PendingModifiedValues shows of it */
};

struct resource {
	bool is_cluster;
	struct place *place; /* borrowed */
	char *id;            /* lower case */
	json_t *state;
	struct flight *flight; /* or NULL */
	char *xml;             /* rendered, or NULL when it is out of date */
	size_t xml_len;
};

struct resource_list { /* sorted by id */
	struct resource **items;
	size_t len, cap;
};

struct place {
	struct account *account; /* borrowed */
	char *region;
	struct resource_list clusters, instances;
	/* of {DBClusterParameterGroupName, …}; see param_group.h */
	json_t *cluster_groups;
	json_t *instance_groups;  /* of {DBParameterGroupName, …} */
	json_t *parameter_events; /* what is under way; see param_group.c */
	json_t *security_groups;  /* of ids; NULL: every well-formed one is */
	json_t *log_groups;       /* of {logGroupName, …}, sorted by name */
	json_t *kms_keys;         /* of {KeyId, …}; see kms.c */
	json_t *snapshots;        /* of clusters; see rds_snapshot.c */
	json_t *subscriptions;    /* see rds_subscription.c */
	json_t *sns_topics;       /* of ARNs; NULL: every good one is there */
	json_t *secrets;          /* of {ARN, …}; see secrets.c */
	json_t *groups;      /* EC2: id → security group, see ec2_group.c */
	json_t *late_groups; /* id → {"rules", "until"}: what reads see */
	json_t *interfaces;  /* of others than RDS: network interfaces */
	json_t *sections;    /* name → list; see sections.h */
	json_t *events;      /* what rds_events.c wrote, oldest first */
	json_int_t event_serial;
	struct bucket requests;             /* to rds */
	struct bucket lookups;              /* LookupEvents */
	struct bucket streams;              /* DescribeLogStreams */
	struct bucket ec2[EC2_ACTIONS_MAX]; /* each action has its own */
};

struct access_key {
	char *id, *secret;
	char *token;        /* of temporary credentials, or NULL */
	char *arn;          /* of the caller */
	char *user_id;      /* as GetCallerIdentity says it */
	int64_t expires_at; /* UTC seconds; 0: never */
	bool issued;        /* by AssumeRole: not part of the fleet file */
	int64_t issued_at;  /* then: UTC seconds */
	char *role;         /* then: the role's name */
	/* what it is held to (access.h); NULL: it may do everything */
	json_t *policies, *session_policies;
};

struct role {
	json_t *state; /* RoleName, Arn, AttachedPolicies, InlinePolicies, … */
	json_t *old;   /* the state that reads still see, or NULL */
	int64_t old_until_ms;
};

struct account {
	char *id;
	struct access_key **keys;
	size_t keys_len, keys_cap;
	struct role **roles; /* sorted by name */
	size_t roles_len, roles_cap;
	json_t *policies;      /* customer managed: objects with Arn */
	json_t *late_policies; /* ARN → {"state", "until"}: what reads see */
	json_t *trails;        /* of CloudTrail: see cloudtrail.c */
	struct bucket simulations;  /* SimulatePrincipalPolicy */
	bool simulates_by_resource; /* see iam_simulate.h */
	struct place **places;
	size_t places_len, places_cap;
};

struct fleet {
	struct account **accounts;
	size_t len, cap;
	int64_t iam_delay_ms;
	json_t *aws_policies; /* ARNs of AWS managed policies */
	/* resources with a flight */
	struct resource **flying;
	size_t flying_len, flying_cap;
};

/* Read a fleet file's value into an empty fleet. ERR_FORMAT. */
MUST_CHECK int fleet_load(struct fleet *fleet, const json_t *file,
			  struct error *err);
/* The same format again, with everything filled in. A new reference. */
json_t *fleet_dump(const struct fleet *fleet);
void fleet_release(struct fleet *fleet);

/* Look-ups; NULL where there is none. */
struct account *fleet_account(const struct fleet *fleet, const char *id);
struct place *account_place(const struct account *account, const char *region);
struct role *account_role(const struct account *account, const char *name);
void account_remove_role(struct account *account, struct role *role);
struct resource *place_find(const struct place *place, bool cluster,
			    const char *id);
/* By identifier in any letter case, or by ARN. */
struct resource *place_find_named(const struct place *place, bool cluster,
				  const char *name);
/* The cluster that an instance belongs to, or NULL. */
struct resource *resource_cluster(const struct resource *instance);

/* Used while building a fleet. */
struct account *fleet_add_account(struct fleet *fleet, const char *id);
struct place *account_add_place(struct account *account, const char *region);
/* Steals state, which gets its defaults. ERR_FORMAT. */
MUST_CHECK int place_add(struct fleet *fleet, struct place *place, bool cluster,
			 json_t *state, struct error *err);
/* Sort what place_add appended, and complete the clusters' members. */
MUST_CHECK int place_finish(struct place *place, struct error *err);
void place_remove(struct fleet *fleet, struct resource *resource);
struct access_key *account_add_key(struct account *account, const char *id,
				   const char *secret);

/* The resource changed: render it, and what echoes it, anew. */
void resource_changed(struct resource *resource);
/* For every instance that the cluster lists as its member. */
void cluster_each_member(const struct resource *cluster,
			 void (*fn)(struct resource *member, void *ctx),
			 void *ctx);

/* arn:aws:rds:…; the caller frees it. */
char *resource_arn(const struct resource *resource);
bool resource_is_aurora(const struct resource *resource);

#endif
