#include "plans/iam_policy_details.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "plans/document.h"
#include "plans/iam_policy.h"

/* So many requests are as good as the listing. */
#define REQUESTS_AT_MOST ((size_t)10)
#define REQUESTS_EACH 2

enum { ID_POLICY, ID_ARN, ID_ID, ID_DEFAULT, ID_VERSION, ID_NAME, ID_DOCUMENT };

struct listing {
	struct read_request request;
	json_t *missing; /* ARN → true: asked for, and not seen yet */
	struct iam_policy_answer answer; /* the policy that is being read */
	char *version;                   /* of it, the one that is being read */
	struct resource **page;          /* of the page that is being read */
	size_t page_len, page_cap;
	void (*done)(void *ctx, json_t *missing, const struct error *err);
	void *ctx;
};

bool iam_policy_details_fit(const struct read_request *request, size_t policies)
{
	return request->reports && policies * REQUESTS_EACH > REQUESTS_AT_MOST;
}

static const struct xml_paths *paths_of(void)
{
#define POLICY "*/*/Policies/member"
	static struct xml_paths *paths;
	static const char *const texts[] = {
		[ID_POLICY] = POLICY,
		[ID_ARN] = POLICY "/Arn",
		[ID_ID] = POLICY "/PolicyId",
		[ID_DEFAULT] = POLICY "/DefaultVersionId",
		[ID_VERSION] = POLICY "/PolicyVersionList/member",
		[ID_NAME] = POLICY "/PolicyVersionList/member/VersionId",
		[ID_DOCUMENT] = POLICY "/PolicyVersionList/member/Document",
	};

	if (!paths) {
		paths = xml_paths_new();
		for (int i = 0; i < (int)ARRAY_SIZE(texts); i++)
			xml_paths_add(paths, texts[i], i);
	}
	return paths;
#undef POLICY
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
		json_object_del(listing->missing, listing->page[i]->arn);
		listing->request.found(listing->request.ctx, listing->page[i]);
	}
	listing->page_len = 0;
}

static void put(char **field, const char *text)
{
	free(*field);
	*field = *text ? xstrdup(text) : NULL;
}

static void version_ended(struct listing *listing)
{
	if (listing->version && listing->answer.document)
		json_object_set_new(
			listing->answer.versions, listing->version,
			document_from_wire(listing->answer.document));
}

/* The policy was read whole: is it one that was asked for? */
static void policy_ended(struct listing *listing)
{
	struct resource *policy =
		listing->answer.arn && json_object_get(listing->missing,
						       listing->answer.arn)
			? iam_policy_resource(&listing->answer,
					      listing->request.place, true)
			: NULL;

	if (!policy)
		return;
	GROW(listing->page, listing->page_len, listing->page_cap);
	listing->page[listing->page_len++] = policy;
}

static void on_open(void *ctx, int id)
{
	struct listing *listing = ctx;

	if (id == ID_POLICY) {
		iam_policy_answer_release(&listing->answer);
		iam_policy_answer_init(&listing->answer);
	} else if (id == ID_VERSION) {
		put(&listing->version, "");
		put(&listing->answer.document, "");
	}
}

static void on_close(void *ctx, int id, const char *text, size_t len UNUSED)
{
	struct listing *listing = ctx;

	if (id == ID_POLICY)
		policy_ended(listing);
	else if (id == ID_ARN)
		put(&listing->answer.arn, text);
	else if (id == ID_ID)
		put(&listing->answer.policy_id, text);
	else if (id == ID_DEFAULT)
		put(&listing->answer.default_version, text);
	else if (id == ID_VERSION)
		version_ended(listing);
	else if (id == ID_NAME)
		put(&listing->version, text);
	else
		put(&listing->answer.document, text);
}

static const struct xml_handler handler = { .open = on_open,
					    .close = on_close };

/* ---- all of them -------------------------------------------------------- */

static void on_done(void *ctx, const struct aws_result *result)
{
	struct listing *listing = ctx;

	/* who may not read the listing may still read each policy */
	if (result->outcome == AWS_OK ||
	    result->class == AWS_CLASS_AUTHORISATION)
		listing->done(listing->ctx, json_keys(listing->missing), NULL);
	else
		listing->done(listing->ctx, NULL, result->error);
	forget_page(listing);
	free(listing->page);
	free(listing->version);
	iam_policy_answer_release(&listing->answer);
	json_decref(listing->missing);
	free(listing);
}

void iam_policy_details_read(const struct read_request *request,
			     const json_t *arns,
			     void (*done)(void *ctx, json_t *missing,
					  const struct error *err),
			     void *ctx)
{
	struct listing *listing = xcalloc(1, sizeof(*listing));
	CLEANUP(json_release)
	json_t *parameters = json_pack("{ss ss ss}", "Filter.member.1",
				       "LocalManagedPolicy", "Filter.member.2",
				       "AWSManagedPolicy", "MaxItems", "1000");
	size_t i;
	json_t *arn;

	*listing = (struct listing){ .request = *request,
				     .missing = json_object(),
				     .done = done,
				     .ctx = ctx };
	iam_policy_answer_init(&listing->answer);
	json_array_foreach(arns, i, arn)
		json_object_set_new(listing->missing, json_string_value(arn),
				    json_true());
	const struct aws_listing list = {
		.call = { .session = request->place->session,
			  .service = "iam",
			  .action = "GetAccountAuthorizationDetails",
			  .parameters = parameters,
			  .answer = paths_of(),
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
