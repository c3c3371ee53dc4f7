/*
 * What look-ups ask, and what they take from the answers: the inside of
 * plans/lookup.c, which asks. Besides it only plans/permits*.c include it,
 * which say who may.
 */
#ifndef ABACK_PLANS_LOOKUP_QUESTION_H
#define ABACK_PLANS_LOOKUP_QUESTION_H

#include "core/json.h"
#include "plans/catalogue.h"
#include "plans/grant.h"
#include "plans/kind.h"

#define LOOKUP_MEMBERS_MAX 8

/* What one of them is about, as far as its question needs it; else NULL. */
struct lookup_subject {
	char *engine, *version, *secret; /* owned */
};

/* For whom a question is: what is changed has to be known to the day. */
enum lookup_for { FOR_ALL, FOR_CHANGES, FOR_REPORTS };

struct lookup_question {
	enum lookup lookup;
	enum lookup_for whom;
	const char *service, *action;
	struct grant grant; /* who may ask it; each has one */
	/* what tells one thing to ask for from another, of a resource; NULL
	 * where there is nothing to ask for. Owned. */
	char *(*key)(const struct resource *resource);
	json_t *(*parameters)(const struct lookup_subject *subject);
	/* of an answer in JSON, whole, into facts; NULL: it is XML */
	void (*take_json)(const json_t *answer, json_t *facts);
	/* such an answer's member that gives the next page; NULL: it is all */
	const char *token;
	/* of the facts, those of this resource; a new object. NULL: all */
	json_t *(*pick)(const struct resource *resource, const json_t *facts);
	/* what it means that there is no such thing; NULL: nothing */
	void (*take_missing)(json_t *facts);
	const char *element; /* of the answer, below its result */
	const char
		*members[LOOKUP_MEMBERS_MAX]; /* below that; NULL at the end */
	/* the element's texts, an array each member, into facts */
	void (*take)(const struct lookup_subject *subject,
		     const json_t *element, json_t *facts);
	/* why there may be nothing to take from a whole answer; NULL: nothing
	 */
	const char *nothing;
	/* what follows where it cannot be asked; NULL: versions_like says it */
	const char *unknown;
};

#define LOOKUP_QUESTIONS 5
extern const struct lookup_question lookup_questions[LOOKUP_QUESTIONS];

/* What the question is about, of a resource that has a key for it. */
struct lookup_subject lookup_subject_of(const struct lookup_question *question,
					const struct resource *resource);

#endif
