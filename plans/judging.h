/*
 * What a control's predicate has to say, and what it can ask. A predicate is
 * called once for each subject. It reads values through this, which keeps the
 * evidence, and calls judge_fail for each thing that is not as it should be.
 *
 * It passes where nothing failed. Where something that it asked for was not
 * read, it is unread: never passed, though what did fail still has. What a
 * control is not about (another engine) is not applicable, and nothing else.
 */
#ifndef ABACK_PLANS_JUDGING_H
#define ABACK_PLANS_JUDGING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/compiler.h"
#include "core/json.h"
#include "plans/controls.h"
#include "plans/live.h"
#include "plans/place.h"
#include "plans/usage.h"

/* The worst comes last. */
enum outcome {
	OUTCOME_NOT_APPLICABLE,
	OUTCOME_PASSED,
	OUTCOME_WAIVED, /* only a review says so, of what failed */
	OUTCOME_UNREAD,
	OUTCOME_FAILED,
	OUTCOME_COUNT
};
const char *outcome_name(enum outcome outcome); /* "not_applicable" */

/* One thing that is not as it should be. */
struct failure {
	char *member;     /* of a set, an instance of a cluster; NULL: none */
	char *message;    /* one sentence: what is, and what should be */
	json_t *value;    /* what is */
	char *expected;   /* what should be, for people */
	json_t *evidence; /* what it was seen in */
	/* whom a change would be made of, and of what; NULL: nobody */
	const struct resource *holder;
	const struct setting *setting;
	json_t *fix_value;
	enum fix_class fix;
	char *fix_text;
};

struct judging {
	const struct control *control;
	const struct live *live;
	const struct usage *usage;
	const json_t *surroundings; /* contract C; NULL: nobody asked */
	const struct place *place;
	const struct resource *resource; /* NULL: of SUBJECT_REGION, _ACCOUNT */
	int64_t now;

	/* what the predicate said */
	bool not_applicable, unread;
	json_t *evidence; /* of what was read so far */
	struct failure *failures;
	size_t failures_len, failures_cap;
};

/* Ask the control about its subject. `out` is zeroed but for its inputs. */
void judge(struct judging *judging);
enum outcome judging_outcome(const struct judging *judging);
void judging_release(struct judging *judging);

/* ---- for predicates: what is ---- */

/*
 * The value of a setting of any resource, which becomes evidence. NULL: it was
 * not read, and the control is unread. Borrowed.
 */
json_t *judge_value(struct judging *judging, const struct resource *resource,
		    const char *setting);
/* The same of a fact, which may be missing: NULL, and no unread. */
json_t *judge_fact(struct judging *judging, const struct resource *resource,
		   const char *fact);
/* The first text of a fact that is an array. */
const char *judge_fact_text(struct judging *judging,
			    const struct resource *resource, const char *fact);
/*
 * Keep as evidence: this value of the element, which the answer gave that gave
 * `what` of the resource (a setting or fact, NULL: the resource itself), or its
 * member (NULL: none).
 */
void judge_note(struct judging *judging, const struct resource *resource,
		const char *what, const char *member, const char *element,
		const json_t *value);
/* Forget the evidence so far: what comes next has nothing to do with it. */
void judge_forget(struct judging *judging);
/*
 * The resource that one of this place names. NULL: it is not there, or it was
 * not read: then the control is unread and *ret_unread, if given, true.
 */
const struct resource *judge_find(struct judging *judging, enum kind kind,
				  const char *id, bool *ret_unread);
/* Were all resources of the kind read that could be, here? Else: unread. */
bool judge_saw(struct judging *judging, enum kind kind);
/*
 * A part of the surroundings of the subject's place, which becomes evidence.
 * NULL: it was not read, and the control is unread. Borrowed.
 */
const json_t *judge_part(struct judging *judging, const char *part);
/*
 * One member of it, of which alone there is evidence. NULL: it is not there,
 * or could not be read, which makes the control unread; *ret_unread (may be
 * NULL) tells these apart.
 */
const json_t *judge_part_member(struct judging *judging, const char *part,
				const char *member, bool *ret_unread);

/* The control is about something else. */
void judge_not_applicable(struct judging *judging);
/* What it needs was not read. */
void judge_unread(struct judging *judging);

/* ---- for predicates: what is wrong ---- */

/*
 * It fails: a sentence about what is. The last evidence, and holder and setting
 * as the control says, go with it; the caller may change what is returned,
 * until the next one. Steals value; NULL: null.
 */
struct failure *judge_fail(struct judging *judging, json_t *value,
			   const char *expected, const char *fmt, ...)
	PRINTF_LIKE(4, 5);
void failure_member(struct failure *failure, const char *member);
/* Another resource, and a setting of it, fix it. Steals value. */
void failure_fix(struct failure *failure, const struct resource *holder,
		 const char *setting, json_t *value);
/* How, where that is not what the row says; a sentence without full stop. */
void failure_how(struct failure *failure, enum fix_class fix, const char *fmt,
		 ...) PRINTF_LIKE(3, 4);

/* ---- predicates that several controls share ---- */

/*
 * The first setting has the value `wanted`, and nothing is pending that would
 * take it away.
 */
void judge_wanted(struct judging *judging);
/* The first setting is a number of at least `wanted`. */
void judge_at_least(struct judging *judging);
/* It is anything but null, an empty set or an empty map. */
void judge_set(struct judging *judging);

/*
 * Each member of the cluster has the parameter as it should be, and in effect;
 * a cluster without members, its group. holds is asked for texts, of which NULL
 * is one that nobody set and that has no default.
 */
struct parameter_wish {
	const char *name;
	bool (*holds)(const char *text);
	const char *expected; /* "ON" */
	const char *fix;      /* the text to set; NULL: a person decides */
};
void judge_parameter(struct judging *judging,
		     const struct parameter_wish *wish);

#endif
