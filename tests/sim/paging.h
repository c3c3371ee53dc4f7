/* Markers and page sizes of the query protocol's listings. */
#ifndef ABACK_TESTS_SIM_PAGING_H
#define ABACK_TESTS_SIM_PAGING_H

#include <stdbool.h>
#include <stddef.h>

#include "core/compiler.h"

struct answer;
struct request;

struct page {
	char *after; /* go on after this name; NULL: from the start */
	long size;
};

static inline void page_release(struct page *page)
{
	free(page->after);
}

/* RDS: Marker and MaxRecords, 20 to 100. cap: at most so many; 0: no cap. */
MUST_CHECK bool page_rds(const struct request *request, long cap,
			 struct page *ret_page, struct answer *answer);
/* IAM: Marker and MaxItems, 1 to 1000, 100 unless said. */
MUST_CHECK bool page_iam(const struct request *request, long cap,
			 struct page *ret_page, struct answer *answer);
/* Logs: nextToken and limit, 1 to 50, 50 unless said. */
MUST_CHECK bool page_logs(const struct request *request, long cap,
			  struct page *ret_page, struct answer *answer);
/* EC2: NextToken and MaxResults, 5 to 1000, everything unless said. */
MUST_CHECK bool page_ec2(const struct request *request, long cap,
			 struct page *ret_page, struct answer *answer);
/* The marker alone, from that parameter; code: where it is none of ours. */
MUST_CHECK bool page_token(const struct request *request, const char *name,
			   const char *code, struct page *page,
			   struct answer *answer);
/* The marker that goes on after a name; the caller frees it. */
char *page_marker(const struct request *request, const char *after);

#endif
