/* A listing: the same call again and again, each with the last one's marker. */
#include <stdlib.h>
#include <string.h>

#include "core/aws_private.h"
#include "core/limits.h"
#include "core/mem.h"

struct listing {
	struct aws *aws;
	struct aws_listing spec;
	json_t *parameters;
	json_t *seen; /* object: the markers so far */
	struct xml_paths *paths;
	struct page_end page_end; /* of the page under way */
	size_t pages;
};

static void listing_free(struct listing *listing)
{
	json_decref(listing->parameters);
	json_decref(listing->seen);
	xml_paths_free(listing->paths);
	free(listing->page_end.marker);
	free(listing);
}

static void drop(void *ctx)
{
	listing_free(ctx);
}

static void end(struct listing *listing, const struct aws_result *result)
{
	aws_count_end(listing->aws);
	listing->spec.call.done(listing->spec.call.ctx, result);
	listing_free(listing);
}

static void call_of(const struct aws_call *call, const struct aws_result *page,
		    struct error *err)
{
	CLEANUP(free_ptr)
	char *name = xasprintf("%s:%s", call->service, call->action);

	error_call(err, name, NULL, NULL,
		   *page->request_id ? page->request_id : NULL);
}

static void end_incomplete(struct listing *listing,
			   const struct aws_result *page, const char *problem)
{
	CLEANUP(error_release) struct error err = ERROR_INIT;
	const struct aws_call *call = &listing->spec.call;
	struct aws_result result = *page;

	(void)error_set(&err, ERR_INCOMPLETE,
			"the listing of '%s:%s' does not end: after %zu pages "
			"%s",
			call->service, call->action, listing->pages, problem);
	error_request(&err, "%s:%s, HTTP %d, request id %s", call->service,
		      call->action, page->http_status, page->request_id);
	call_of(call, page, &err);
	error_hint(&err, "try again; if it stays so, the endpoint is at fault");
	result.outcome = AWS_NOT_SENT;
	result.class = AWS_CLASS_OTHER;
	result.error = &err;
	end(listing, &result);
}

static void start_page(struct listing *listing);

static void on_page(void *ctx, const struct aws_result *result)
{
	struct listing *listing = ctx;
	const char *marker = listing->page_end.marker;

	if (result->outcome != AWS_OK) {
		end(listing, result);
		return;
	}
	listing->pages++;
	if (listing->spec.page_done)
		listing->spec.page_done(listing->spec.call.ctx);
	if (!marker && listing->page_end.truncated) {
		end_incomplete(listing, result,
			       "it says that there is more, but not where");
	} else if (!marker) {
		end(listing, result);
	} else if (json_object_get(listing->seen, marker)) {
		end_incomplete(listing, result,
			       "it gives a marker that it gave before");
	} else if (listing->pages >= LIMIT_PAGES) {
		end_incomplete(listing, result, "there are more");
	} else {
		json_object_set_new(listing->seen, marker, json_true());
		json_object_set_new(listing->parameters,
				    listing->spec.marker_parameter,
				    json_from_text(marker));
		start_page(listing);
	}
}

static void begin_page(void *ctx)
{
	struct listing *listing = ctx;

	free(listing->page_end.marker);
	listing->page_end = (struct page_end){ .marker = NULL };
	if (listing->spec.call.begin)
		listing->spec.call.begin(listing->spec.call.ctx);
}

static void start_page(struct listing *listing)
{
	struct aws_call call = listing->spec.call;
	struct job *job;

	call.parameters = listing->parameters;
	call.begin = begin_page;
	call.done = on_page;
	call.ctx = listing;
	job = aws_job_new(listing->aws, &call);
	job->handler_ctx = listing->spec.call.ctx;
	job->also = listing->paths;
	job->marker_key = listing->spec.marker_path;
	job->page_end = &listing->page_end;
	job->drop = drop;
	aws_job_ready(job);
}

void aws_list(struct aws *aws, const struct aws_listing *listing)
{
	struct listing *own = xcalloc(1, sizeof(*own));
	const json_t *parameters = listing->call.parameters;

	own->aws = aws;
	own->spec = *listing;
	own->parameters =
		parameters ? json_deep_copy(parameters) : json_object();
	own->seen = json_object();
	own->paths = xml_paths_new();
	xml_paths_add(own->paths, listing->marker_path, AWS_META_MARKER);
	/* as IAM has it, beside the marker */
	xml_paths_add(own->paths, "*/*/IsTruncated", AWS_META_TRUNCATED);
	aws_count_start(aws);
	start_page(own);
}
