/* What the files of the review share; nobody else includes it. */
#ifndef ABACK_PLANS_REVIEW_DOCUMENT_H
#define ABACK_PLANS_REVIEW_DOCUMENT_H

#include "plans/judging.h"
#include "plans/review.h"

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
	/* "<place>\n<address>" → {control: outcome}, the worst of all */
	json_t *matrix;
	/* "<place>\n<address>" → [addresses of the rows it counts in] */
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
/* An outcome of a subject, for all of its rows. */
void review_mark(struct reviewing *reviewing, const struct judging *judging,
		 enum outcome outcome);
/* The member `matrix`. New reference. */
json_t *review_matrix(const struct reviewing *reviewing);
/* The address of a place itself: "region/eu-west-1". Owned. */
char *review_place_address(const struct place *place);

#endif
