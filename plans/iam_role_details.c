#include "plans/iam_role_details.h"

#include <stdlib.h>

#include "core/mem.h"
#include "plans/catalogue.h"
#include "plans/iam_role_answer.h"

/* So many requests are as good as the listing. */
#define PAGES_AT_MOST ((size_t)10)

struct listing {
	struct read_request request;
	json_t *names; /* name → true: asked for, and not found yet */
	struct iam_role_answer *answer; /* the role that is being read */
	struct resource **page;         /* of the page that is being read */
	size_t page_len, page_cap;
	void (*done)(void *ctx, json_t *missing, const struct error *err);
	void *ctx;
};

static bool is_wanted(const struct read_request *request, const char *name)
{
	const struct setting *row = catalogue_lookup(KIND_IAM_ROLE, name);

	return !request->wanted || request->wanted[catalogue_index(row)];
}

bool iam_role_details_fit(const struct read_request *request, size_t roles)
{
	/* who it is, and by which instance profiles EC2 has it */
	size_t each = 2;

	if (is_wanted(request, "managed_policy_arns"))
		each++;
	if (is_wanted(request, "inline_policies"))
		each += 2;
	return !is_wanted(request, "description") &&
	       !is_wanted(request, "max_session_duration") &&
	       roles * each > PAGES_AT_MOST;
}

/* ---- pages -------------------------------------------------------------- */

static void forget_page(struct listing *listing)
{
	for (size_t i = 0; i < listing->page_len; i++)
		resource_free(listing->page[i]);
	listing->page_len = 0;
}

static void begin_page(void *ctx)
{
	forget_page(ctx);
}

static void end_page(void *ctx)
{
	struct listing *listing = ctx;

	for (size_t i = 0; i < listing->page_len; i++) {
		json_object_del(listing->names, listing->page[i]->id);
		listing->request.found(listing->request.ctx, listing->page[i]);
	}
	listing->page_len = 0;
}

/* The role was read whole: is it one that was asked for? */
static void role_ended(struct listing *listing)
{
	const struct read_request *request = &listing->request;
	struct resource *role;

	if (!listing->answer->name ||
	    !json_object_get(listing->names, listing->answer->name))
		return;
	iam_role_answer_page(listing->answer);
	role = iam_role_answer_resource(
		listing->answer, request->place, request->wanted,
		request->reports ? NULL : request->live);
	if (!role)
		return;
	GROW(listing->page, listing->page_len, listing->page_cap);
	listing->page[listing->page_len++] = role;
}

static void on_open(void *ctx, int id)
{
	struct listing *listing = ctx;

	if (id == IAM_ROLE_DETAIL)
		iam_role_answer_clear(listing->answer);
}

static void on_close(void *ctx, int id, const char *text, size_t len)
{
	struct listing *listing = ctx;

	if (id == IAM_ROLE_DETAIL)
		role_ended(listing);
	else
		iam_role_handler.close(listing->answer, id, text, len);
}

static const struct xml_handler handler = { .open = on_open,
					    .close = on_close };

/* What the listing lacks is not there; what it was refused for may be. */
static void on_done(void *ctx, const struct aws_result *result)
{
	struct listing *listing = ctx;
	const bool refused = result->class == AWS_CLASS_AUTHORISATION;

	if (result->outcome == AWS_OK)
		listing->done(listing->ctx, json_array(), NULL);
	else if (refused)
		listing->done(listing->ctx, json_keys(listing->names), NULL);
	else
		listing->done(listing->ctx, NULL, result->error);
	forget_page(listing);
	free(listing->page);
	iam_role_answer_free(listing->answer);
	json_decref(listing->names);
	free(listing);
}

void iam_role_details_read(const struct read_request *request,
			   const json_t *names,
			   void (*done)(void *ctx, json_t *missing,
					const struct error *err),
			   void *ctx)
{
	struct listing *listing = xcalloc(1, sizeof(*listing));
	CLEANUP(json_release)
	json_t *parameters = json_pack("{ss ss}", "Filter.member.1", "Role",
				       "MaxItems", "1000");
	size_t i;
	json_t *name;

	listing->request = *request;
	listing->done = done;
	listing->ctx = ctx;
	listing->names = json_object();
	listing->answer = iam_role_answer_new("");
	json_array_foreach(names, i, name)
		json_object_set_new(listing->names, json_string_value(name),
				    json_true());
	const struct aws_listing list = {
		.call = { .session = request->place->session,
			  .service = "iam",
			  .action = "GetAccountAuthorizationDetails",
			  .parameters = parameters,
			  .answer = iam_role_details_paths(),
			  .handler = &handler,
			  .begin = begin_page,
			  .done = on_done,
			  .ctx = listing },
		.marker_path = "*/*/Marker",
		.marker_parameter = "Marker",
		.page_done = end_page,
	};

	aws_list(request->aws, &list);
}
