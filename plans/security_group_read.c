#include "plans/security_group.h"

#include <stdlib.h>
#include <string.h>

#include "core/limits.h"
#include "core/mem.h"
#include "plans/catalogue.h"
#include "plans/read_ids.h"
#include "plans/sg_rule.h"
#include "plans/value.h"

#define FILTER_VALUES 200 /* of one filter, at most */
#define PAGE_SIZE "1000"
#define SHOWN_INTERFACES 3
#define ANSWER "@answer" /* of an item: the answer that had it */
#define OF_RDS "RDSNetworkInterface"

/* ---- what each listing has of an item ----------------------------------- */

/* Elements of an item; the id handed to the parser is the index. */
enum { TAG_KEY = 100, TAG_VALUE, MEMBER, ITEM };

struct listed {
	const char *action, *set;
	const char *const *texts; /* kept under their names; ends in NULL */
	const char *member;       /* a list of texts; NULL: none */
	struct xml_paths *paths;  /* made once */
};

static const char *const group_texts[] = { "groupId", "groupName", "ownerId",
					   NULL };
static const char *const rule_texts[] = {
	"securityGroupRuleId",
	"groupId",
	"groupOwnerId",
	"isEgress",
	"ipProtocol",
	"fromPort",
	"toPort",
	"cidrIpv4",
	"cidrIpv6",
	"prefixListId",
	"referencedGroupInfo/groupId",
	"referencedGroupInfo/userId",
	"description",
	NULL,
};
static const char *const interface_texts[] = { "networkInterfaceId",
					       "description", NULL };

enum listing { GROUPS, RULES, INTERFACES, LISTINGS };

static struct listed listed[LISTINGS] = {
	[GROUPS] = { "DescribeSecurityGroups", "securityGroupInfo", group_texts,
		     NULL, NULL },
	[RULES] = { "DescribeSecurityGroupRules", "securityGroupRuleSet",
		    rule_texts, NULL, NULL },
	[INTERFACES] = { "DescribeNetworkInterfaces", "networkInterfaceSet",
			 interface_texts, "groupSet/item/groupId", NULL },
};

static void add_path(struct xml_paths *paths, const struct listed *of,
		     const char *member, int id)
{
	CLEANUP(free_ptr)
	char *path =
		xasprintf("*/%s/item%s%s", of->set, *member ? "/" : "", member);

	xml_paths_add(paths, path, id);
}

static const struct xml_paths *paths_of(struct listed *of)
{
	if (of->paths)
		return of->paths;
	of->paths = xml_paths_new();
	for (int i = 0; of->texts[i]; i++)
		add_path(of->paths, of, of->texts[i], i);
	if (of->member)
		add_path(of->paths, of, of->member, MEMBER);
	add_path(of->paths, of, "tagSet/item/key", TAG_KEY);
	add_path(of->paths, of, "tagSet/item/value", TAG_VALUE);
	add_path(of->paths, of, "", ITEM);
	return of->paths;
}

/* ---- asking ------------------------------------------------------------- */

struct reader;

/* One listing over one batch of groups. */
struct asking {
	struct reader *reader;
	struct listed *of;
	json_t *page, *items; /* of the page being read; of those read whole */
	json_t *item;         /* being read, or NULL */
	char *tag;            /* its tag's key, before the value comes */
};

struct reader {
	struct read_request request;
	json_t *ids; /* array of texts */
	/* id → {"ingress", "egress": rules, "others": names of interfaces} */
	json_t *by_group;
	struct asking *askings;
	size_t len, running;
	struct error err;
};

static void on_open(void *ctx, int id)
{
	struct asking *asking = ctx;

	if (id != ITEM)
		return;
	json_decref(asking->item);
	asking->item = json_object();
}

static json_t *member_in(json_t *item, const char *key, bool array)
{
	json_t *inner = json_object_get(item, key);

	if (!inner) {
		inner = array ? json_array() : json_object();
		(void)json_object_set_new(item, key, inner);
	}
	return inner;
}

static void on_tag(struct asking *asking, int id, const char *text)
{
	if (id == TAG_KEY) {
		free(asking->tag);
		asking->tag = xstrdup(text);
	} else if (asking->tag && strncmp(asking->tag, "aws:", 4) != 0) {
		(void)json_object_set_new(
			member_in(asking->item, "tagSet", false), asking->tag,
			json_from_text(text));
	}
}

static void on_close(void *ctx, int id, const char *text, size_t len UNUSED)
{
	struct asking *asking = ctx;

	if (!asking->item)
		return;
	if (id == ITEM)
		(void)json_array_append_new(asking->page, TAKE(asking->item));
	else if (id == MEMBER)
		(void)json_array_append_new(
			member_in(asking->item, "members", true),
			json_from_text(text));
	else if (id == TAG_KEY || id == TAG_VALUE)
		on_tag(asking, id, text);
	else
		(void)json_object_set_new(asking->item, asking->of->texts[id],
					  json_from_text(text));
}

static const struct xml_handler handler = { .open = on_open,
					    .close = on_close };

static void begin_page(void *ctx)
{
	struct asking *asking = ctx;

	(void)json_array_clear(asking->page);
	json_decref(asking->item);
	asking->item = NULL;
}

static void end_page(void *ctx)
{
	struct asking *asking = ctx;
	json_t *answer = read_answer(&asking->reader->request);
	size_t i;
	json_t *item;

	json_array_foreach(asking->page, i, item) {
		if (answer)
			(void)json_object_set(item, ANSWER, answer);
	}
	(void)json_array_extend(asking->items, asking->page);
	(void)json_array_clear(asking->page);
}

/* ---- what came of it ---------------------------------------------------- */

static bool is_listing(const struct asking *asking, enum listing listing)
{
	return asking->of == &listed[listing];
}

/* Put the item's rule with its group's of the same direction. */
static void sort_rule(struct reader *reader, const json_t *item)
{
	const char *group = json_text(item, "groupId");
	const char *egress = json_text(item, "isEgress");
	json_t *of_group;

	if (!group || !egress)
		return;
	of_group = member_in(reader->by_group, group, false);
	(void)json_array_append_new(
		member_in(of_group,
			  !strcmp(egress, "true") ? "egress" : "ingress", true),
		sg_rule_from_wire(item, json_text(item, "groupOwnerId")));
	if (json_object_get(item, ANSWER))
		(void)json_object_set(of_group, ANSWER,
				      json_object_get(item, ANSWER));
}

/* Put what is none of RDS with each group that it uses. */
static void sort_interface(struct reader *reader, const json_t *item)
{
	const char *description = json_text(item, "description");
	const char *id = json_text(item, "networkInterfaceId");
	size_t i;
	json_t *group;

	if (description && !strcmp(description, OF_RDS))
		return;
	json_array_foreach(json_object_get(item, "members"), i, group)
		(void)json_array_append_new(
			member_in(member_in(reader->by_group,
					    json_string_value(group), false),
				  "others", true),
			json_from_text(description && *description ? description
								   : id));
}

static void sort_items(struct reader *reader)
{
	for (size_t i = 0; i < reader->len; i++) {
		const struct asking *asking = &reader->askings[i];
		size_t index;
		json_t *item;

		json_array_foreach(asking->items, index, item) {
			if (is_listing(asking, RULES))
				sort_rule(reader, item);
			else if (is_listing(asking, INTERFACES))
				sort_interface(reader, item);
		}
	}
}

/* Who else uses the group? NULL: nobody that is known. */
static json_t *notes_of(const json_t *others)
{
	CLEANUP(strbuf_release)
	struct strbuf names = STRBUF_INIT(LIMIT_MESSAGE);
	CLEANUP(free_ptr) char *line = NULL;
	const size_t count = json_array_size(others);

	for (size_t i = 0; i < count && i < SHOWN_INTERFACES; i++)
		strbuf_addf(&names, "%s'%s'", i ? ", " : "",
			    json_string_value(json_array_get(others, i)));
	if (!count)
		return NULL;
	line = xasprintf("%zu network interface%s that %s not of RDS use%s the "
			 "group too, and what is changed holds for %s: %s%s",
			 count, count == 1 ? "" : "s",
			 count == 1 ? "is" : "are", count == 1 ? "s" : "",
			 count == 1 ? "it" : "them", names.buf,
			 count > SHOWN_INTERFACES ? ", …" : "");
	return json_pack("[o]", json_from_text(line));
}

static struct resource *resource_of(const struct reader *reader,
				    const json_t *item)
{
	const struct read_request *request = &reader->request;
	const char *id = json_text(item, "groupId");
	const json_t *sorted = json_object_get(reader->by_group, id);
	struct resource *group =
		resource_new(KIND_SECURITY_GROUP, request->place);
	size_t len;
	const struct setting *rows = catalogue_rows(KIND_SECURITY_GROUP, &len);

	group->id = xstrdup(id);
	group->resource_id = xstrdup(id);
	group->address = address_of(KIND_SECURITY_GROUP, id);
	group->tags = json_object_get(item, "tagSet")
			      ? json_incref(json_object_get(item, "tagSet"))
			      : json_object();
	group->notes = notes_of(json_object_get(sorted, "others"));
	group->facts = json_object();
	(void)json_object_set_new(group->facts, SECURITY_GROUP_NAME,
				  json_from_text(json_text(item, "groupName")));
	resource_set_read(group, NULL, json_object_get(item, ANSWER));
	for (size_t i = 0; i < len; i++) {
		if (rows[i].type == TYPE_RULE_SET &&
		    (!request->wanted || request->wanted[i])) {
			group->values[i] = set_sorted(
				json_object_get(sorted, rows[i].name));
			resource_set_read(group, rows[i].name,
					  json_object_get(sorted, ANSWER));
		}
	}
	return group;
}

static void tell_found(struct reader *reader)
{
	sort_items(reader);
	for (size_t i = 0; i < reader->len; i++) {
		size_t index;
		json_t *item;

		if (!is_listing(&reader->askings[i], GROUPS))
			continue;
		json_array_foreach(reader->askings[i].items, index, item) {
			const char *id = json_text(item, "groupId");

			if (id && json_array_has(reader->ids, id))
				reader->request.found(
					reader->request.ctx,
					resource_of(reader, item));
		}
	}
}

static void finish(struct reader *reader)
{
	const bool failed = error_is_set(&reader->err);

	if (!failed)
		tell_found(reader);
	reader->request.done(reader->request.ctx, failed ? &reader->err : NULL);
	for (size_t i = 0; i < reader->len; i++) {
		json_decref(reader->askings[i].page);
		json_decref(reader->askings[i].items);
		json_decref(reader->askings[i].item);
		free(reader->askings[i].tag);
	}
	free(reader->askings);
	json_decref(reader->ids);
	json_decref(reader->by_group);
	error_release(&reader->err);
	free(reader);
}

static void asking_done(void *ctx, const struct aws_result *result)
{
	struct reader *reader = ((struct asking *)ctx)->reader;

	if (result->outcome != AWS_OK && !error_is_set(&reader->err))
		error_copy(&reader->err, result->error);
	if (!--reader->running)
		finish(reader);
}

/* ---- starting ----------------------------------------------------------- */

static json_t *parameters_of(const struct reader *reader, size_t batch)
{
	json_t *parameters = json_pack("{ss ss}", "Filter.1.Name", "group-id",
				       "MaxResults", PAGE_SIZE);
	const size_t from = batch * FILTER_VALUES;

	for (size_t i = 0; i < FILTER_VALUES; i++) {
		json_t *id = json_array_get(reader->ids, from + i);
		CLEANUP(free_ptr)
		char *name = xasprintf("Filter.1.Value.%zu", i + 1);

		if (!id)
			break;
		(void)json_object_set(parameters, name, id);
	}
	return parameters;
}

static void ask(struct asking *asking, size_t batch)
{
	const struct read_request *request = &asking->reader->request;
	CLEANUP(json_release)
	json_t *parameters = parameters_of(asking->reader, batch);
	const struct aws_listing list = {
		.call = { .session = request->place->session,
			  .service = "ec2",
			  .action = asking->of->action,
			  .parameters = parameters,
			  .answer = paths_of(asking->of),
			  .handler = &handler,
			  .begin = begin_page,
			  .done = asking_done,
			  .ctx = asking },
		.marker_path = "*/nextToken",
		.marker_parameter = "NextToken",
		.page_done = end_page,
	};

	aws_list(request->aws, &list);
}

void security_group_read(const struct read_request *request)
{
	struct reader *reader = xcalloc(1, sizeof(*reader));
	/* who else uses it is for those who change it */
	const size_t listings =
		request->lanes_len || request->reports ? INTERFACES : LISTINGS;
	size_t batches;

	reader->request = *request;
	reader->ids = read_ids(request, &reader->err);
	reader->by_group = json_object();
	batches = (json_array_size(reader->ids) + FILTER_VALUES - 1) /
		  FILTER_VALUES;
	if (!batches || error_is_set(&reader->err)) {
		finish(reader);
		return;
	}
	reader->len = reader->running = batches * listings;
	reader->askings = xcalloc(reader->len, sizeof(*reader->askings));
	for (size_t i = 0; i < reader->len; i++)
		reader->askings[i] = (struct asking){
			.reader = reader,
			.of = &listed[i % listings],
			.page = json_array(),
			.items = json_array(),
		};
	for (size_t i = 0; i < batches * listings; i++)
		ask(&reader->askings[i], i / listings);
}
