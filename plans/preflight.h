/*
 * The preflight: before anything of a plan is recorded or sent, AWS is asked
 * whether who calls may make every call of it, and every call that takes one
 * of them back. iam:SimulatePrincipalPolicy answers for policies, without
 * sending anything; of calls that take it, EC2's DryRun answers better.
 *
 * Neither knows everything (plans/preflight_answer.c), so that a yes promises
 * nothing; a no is one, and what could not be asked is told and no hindrance.
 */
#ifndef ABACK_PLANS_PREFLIGHT_H
#define ABACK_PLANS_PREFLIGHT_H

#include <stdbool.h>
#include <stddef.h>

#include "core/aws.h"
#include "core/compiler.h"
#include "core/error.h"
#include "core/json.h"
#include "core/xml.h"
#include "plans/place.h"

struct live;
struct run;
struct run_step;

/*
 * ERR_PERMISSION: a call of the plan is denied; or one that takes it back is,
 * and options.allow does not have "no-way-back". Of a backout the latter is
 * only told, and one that nobody asked for is not asked about at all: it sends
 * what was asked about as the way back of what it undoes. Sets run->preflight.
 */
MUST_CHECK int preflight(struct run *run, const struct live *live,
			 struct error *err);

/* ---- preflight_answer.c: what the simulation says ------------------------ */

enum may { MAY_UNKNOWN, MAY_DO, MAY_NOT };

/*
 * One action's answer, being read: {resource: {"decision", "missing": [keys],
 * "beyond": who else denies it, or null}}, under "" what stands for all
 * resources together.
 */
struct simulated {
	const char *action;
	json_t *page, *answer; /* of the page under way, of all before */
	json_t *result, *one;  /* elements under way */
};
struct simulated *simulated_new(const char *action);
void simulated_free(struct simulated *simulated);
extern const struct xml_handler simulated_handler; /* ctx: it */
const struct xml_paths *simulated_paths(void);
void simulated_begin(struct simulated *simulated); /* the page, anew */
void simulated_page(struct simulated *simulated);  /* it is whole */
/*
 * The entry of this resource, one of so many that were asked about at once.
 * NULL: there is none, or it is not said which of them is denied. Borrowed.
 */
const json_t *simulated_entry(const json_t *answer, const char *resource,
			      size_t asked);
/* entry may be NULL; *ret_why (owned) is set unless it is MAY_DO. */
enum may simulated_may(const json_t *entry, char **ret_why);
/*
 * Is a denial one whatever the resource's own policy says? A key's may allow
 * alone what no policy of the caller does.
 */
bool simulated_denies(const char *action, const json_t *entry);

/* ---- preflight_principal.c, preflight_iam.c: asking it ------------------- */

/*
 * What AWS has policies for when this one calls: the ARN to ask about, and in
 * *ret_role (owned) the name of the role whose path that ARN may lack. NULL:
 * nobody can be asked about it. Owned.
 */
char *principal_arn(const char *caller_arn, char **ret_role);

struct principal;
struct principal *principal_new(struct aws *aws, const struct place *place);
void principal_free(struct principal *principal);
const char *principal_name(const struct principal *principal);
/* Is it who calls in this place? */
bool principal_is_of(const struct principal *principal,
		     const struct place *place);
/* Have this asked: an element of permits_of_call, in a region. */
void principal_want(struct principal *principal, const char *region,
		    const json_t *permit);
/* Ask all of it; aws_step until principal_is_busy no longer. */
void principal_ask(struct principal *principal);
bool principal_is_busy(const struct principal *principal);
enum may principal_may(const struct principal *principal, const char *region,
		       const json_t *permit, char **ret_why);

/* ---- preflight.c --------------------------------------------------------- */

/* Something that AWS asks for, of however many steps. */
struct need {
	struct principal *principal;
	const struct place *place;
	const char *region; /* whose condition keys it is asked with */
	json_t *permit;     /* of permits_of_call */
	unsigned ways;      /* WAY_FORWARD, WAY_BACK: of which calls */
	const struct run_step *step[2]; /* first that needs it, by way */
	enum may dry;                   /* what DryRun said */
	enum may may;
	char *why; /* unless MAY_DO */
};
const struct run_step *need_step(const struct need *need, unsigned way);

struct preflight {
	struct run *run;
	struct principal **principals;
	size_t principals_len, principals_cap;
	struct need **needs;
	size_t needs_len, needs_cap;
	json_t *index; /* what a need is about → its position */
	size_t dry;    /* dry runs under way */
	/* a call that was carried out all the same; NULL: none */
	char *carried_out;
};

/* ---- preflight_dry_run.c ------------------------------------------------- */

/* Start the dry runs of the needs whose calls take it. */
void preflight_dry_run(struct preflight *preflight);

/* ---- preflight_verdict.c ------------------------------------------------- */

/* Of a preflight whose needs are judged: tell, record, refuse. */
MUST_CHECK int preflight_verdict(struct preflight *preflight,
				 struct error *err);

#endif
