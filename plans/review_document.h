/* What the files of the review share; nobody else includes it. */
#ifndef ABACK_PLANS_REVIEW_DOCUMENT_H
#define ABACK_PLANS_REVIEW_DOCUMENT_H

#include "plans/judging.h"
#include "plans/review.h"
#include "plans/usage.h"

/* How often each outcome came of a control. */
struct tally {
	size_t of[OUTCOME_COUNT];
};

/* A review on its way. */
struct reviewing {
	const struct review_input *input;
	const struct control *const *controls;
	size_t controls_len;
	struct tally *tallies; /* by control */
	json_t *findings;
	/* most findings say the same as others: texts (json_pooled), and by
	 * control the `fix` of the last one */
	json_t *texts, *fixes;
	struct usage *usage;
	/* "<place>\n<address>" → {control: outcome}, the worst of all */
	json_t *matrix;
	/* by the same keys, of all resources: the rows that each counts in */
	json_t *rows_of;
};

/*
 * The findings of one subject: appended to reviewing->findings, and counted
 * with its outcome, which is returned.
 */
enum outcome review_add_findings(struct reviewing *reviewing,
				 const struct judging *judging,
				 struct tally *tally);
/* Which rows of the matrix each resource counts in. */
void review_find_rows(struct reviewing *reviewing);
/*
 * An outcome of the resource of that address, or of the place itself (NULL),
 * for all of its rows.
 */
void review_mark(struct reviewing *reviewing, const struct control *control,
		 const struct place *place, const char *address,
		 enum outcome outcome);
/* The member `unread`; what could not be judged is counted. New reference. */
json_t *review_unread(struct reviewing *reviewing);
/* Can the control be judged with what was asked? */
bool review_evaluates(const struct reviewing *reviewing,
		      const struct control *control);
/* The member `matrix`. New reference. */
json_t *review_matrix(const struct reviewing *reviewing);
/* The address of a place itself: "region/eu-west-1". Owned. */
char *review_place_address(const struct place *place);

#endif
