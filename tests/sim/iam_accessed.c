/* Which services a role used, and when: a report that is ready after a while.
 */
#include <stdio.h>
#include <string.h>

#include "core/clock.h"
#include "core/mem.h"
#include "tests/sim/iam.h"
#include "tests/sim/paging.h"
#include "tests/sim/request.h"
#include "tests/sim/xml.h"

#define SERVICES "ServicesLastAccessed" /* in a role's state */

/*
 * The report's id says whose it is and since when, as those of AWS may: they
 * have 36 bytes.
 */
static char *job_of(size_t role)
{
	return xasprintf("%016llx-00-%016zx",
			 (unsigned long long)clock_monotonic_ms(), role);
}

static bool parse_job(const char *job, int64_t *ret_since_ms, size_t *ret_role)
{
	unsigned long long since = 0;
	int len = 0;

	if (sscanf(job, "%16llx-00-%16zx%n", &since, ret_role, &len) != 2 ||
	    (size_t)len != strlen(job))
		return false;
	*ret_since_ms = (int64_t)since;
	return true;
}

static void no_such(struct iam_call *call, const char *what)
{
	answer_error(call->answer, call->request, 404, "NoSuchEntity",
		     "%s cannot be found.", what ? what : "null");
}

void iam_generate_accessed(struct iam_call *call)
{
	const char *arn = request_get(call->request, "Arn");

	if (!IAM_ONLY(call, "Arn", "Granularity"))
		return;
	for (size_t i = 0; i < call->account->roles_len; i++) {
		const char *own =
			json_text(call->account->roles[i]->state, "Arn");
		CLEANUP(free_ptr) char *job = NULL;

		if (!arn || !own || strcmp(own, arn) != 0)
			continue;
		job = job_of(i);
		answer_begin(call->answer, call->request);
		xml_text(&call->answer->body, "JobId", job);
		answer_end(call->answer, call->request);
		return;
	}
	no_such(call, arn);
}

static void add_services(struct iam_call *call, const json_t *services,
			 const struct page *page)
{
	struct strbuf *out = &call->answer->body;
	const char *last = NULL;
	bool more = false;
	long count = 0;
	size_t index;
	json_t *service;

	strbuf_adds(out, "<ServicesLastAccessed>\n");
	json_array_foreach(services, index, service) {
		const char *name = json_text(service, "ServiceNamespace");

		if (page->after && strcmp(name, page->after) <= 0)
			continue;
		more = count == page->size;
		if (more)
			break;
		strbuf_adds(out, "<member>\n");
		xml_text(out, "ServiceName", name);
		xml_text(out, "ServiceNamespace", name);
		if (json_text(service, "LastAuthenticated"))
			xml_text(out, "LastAuthenticated",
				 json_text(service, "LastAuthenticated"));
		xml_text(out, "TotalAuthenticatedEntities",
			 json_text(service, "LastAuthenticated") ? "1" : "0");
		strbuf_adds(out, "</member>\n");
		last = name;
		count++;
	}
	strbuf_adds(out, "</ServicesLastAccessed>\n");
	iam_add_paging(call, more ? last : NULL);
}

void iam_get_accessed(struct iam_call *call)
{
	CLEANUP(page_release) struct page page = { .after = NULL };
	const char *job = request_get(call->request, "JobId");
	struct strbuf *out = &call->answer->body;
	int64_t since_ms = 0;
	size_t role = 0;
	bool ready;

	if (!IAM_ONLY(call, "JobId", "Marker", "MaxItems") ||
	    !page_iam(call->request, call->sim->page_size, &page, call->answer))
		return;
	if (!job || !parse_job(job, &since_ms, &role) ||
	    role >= call->account->roles_len) {
		no_such(call, job);
		return;
	}
	ready = clock_monotonic_ms() - since_ms >= call->sim->settle_ms;
	answer_begin(call->answer, call->request);
	xml_text(out, "JobStatus", ready ? "COMPLETED" : "IN_PROGRESS");
	xml_text(out, "JobType", "SERVICE_LEVEL");
	xml_text(out, "JobCreationDate", "2026-01-01T00:00:00Z");
	if (ready)
		xml_text(out, "JobCompletionDate", "2026-01-01T00:00:01Z");
	if (ready)
		add_services(
			call,
			json_object_get(iam_visible(call->account->roles[role]),
					SERVICES),
			&page);
	else
		strbuf_adds(out, "<ServicesLastAccessed/>\n"
				 "<IsTruncated>false</IsTruncated>\n");
	answer_end(call->answer, call->request);
}
