#include "tests/sim/trail_shape.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/xml.h"
#include "tests/sim/ec2.h"
#include "tests/sim/request.h"
#include "tests/sim/xml.h"

#define DEPTH_MAX 24

char *trail_key(const char *name)
{
	static const char *const names[][2] = {
		{ "UserIdGroupPairs", "groups" },
		{ "return", "_return" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(names[i][0], name))
			return xstrdup(names[i][1]);
	char *key = xstrdup(name);
	*key = (char)tolower((unsigned char)*key);
	return key;
}

/* ---- texts -------------------------------------------------------------- */

/* Members that are numbers; on the wire of queries everything is text. */
static bool is_number(const char *key)
{
	static const char *const names[] = {
		"AllocatedStorage",
		"BackupRetentionPeriod",
		"DurationSeconds",
		"FromPort",
		"MaxItems",
		"MaxRecords",
		"MaxResults",
		"MaxSessionDuration",
		"MonitoringInterval",
		"PerformanceInsightsRetentionPeriod",
		"Port",
		"PromotionTier",
		"SecondsUntilAutoPause",
		"ToPort"
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcasecmp(names[i], key))
			return true;
	return false;
}

static bool is_secret(const char *key)
{
	return strcasestr(key, "password") != NULL ||
	       !strcasecmp(key, "SecretAccessKey");
}

/* Free text stays text, whatever it says. */
static bool is_text(const char *key)
{
	static const char *const ends[] = { "Description", "Document", "Key",
					    "Name", "Value" };
	size_t len = strlen(key);

	for (size_t i = 0; i < ARRAY_SIZE(ends); i++)
		if (len >= strlen(ends[i]) &&
		    !strcasecmp(key + len - strlen(ends[i]), ends[i]))
			return true;
	return false;
}

static json_t *shape_text(const char *key, const char *text)
{
	char *end = NULL;

	if (!is_text(key) && (!strcmp(text, "true") || !strcmp(text, "false")))
		return json_boolean(*text == 't');
	if (is_secret(key))
		return json_string("****");
	if (!is_number(key))
		return json_string(text);
	errno = 0;
	long long number = strtoll(text, &end, 10);
	return errno || !*text || *end ? json_string(text)
				       : json_integer(number);
}

/* ---- requests ----------------------------------------------------------- */

static json_t *shape(const char *key, const json_t *value, bool items);

/* Is that "1", "2", … of a list? */
static bool is_numbered(const json_t *value)
{
	const char *key;
	json_t *ignored;

	if (!json_object_size(value))
		return false;
	json_object_foreach((json_t *)(uintptr_t)value, key, ignored)
		if (strspn(key, "0123456789") != strlen(key))
			return false;
	return true;
}

static json_t *shape_numbered(const char *key, const json_t *list, bool items)
{
	json_t *array = json_array(), *entry;

	for (int n = 1; (entry = ec2_item(list, n)); n++)
		json_array_append_new(array, shape(key, entry, items));
	return items ? json_pack("{so}", "items", array) : array;
}

static json_t *shape_members(const json_t *object, bool items)
{
	json_t *shaped = json_object(), *value;
	const char *key;

	json_object_foreach((json_t *)(uintptr_t)object, key, value) {
		CLEANUP(free_ptr) char *name = trail_key(key);
		json_object_set_new(shaped, name, shape(key, value, items));
	}
	return shaped;
}

static json_t *shape_object(const char *key, const json_t *object, bool items)
{
	if (is_numbered(object))
		return shape_numbered(key, object, items);
	/* RDS's and IAM's lists have their items' name between */
	if (!items && json_object_size(object) == 1) {
		json_t *only = json_object_iter_value(
			json_object_iter((json_t *)(uintptr_t)object));
		if (is_numbered(only))
			return shape_numbered(key, only, items);
	}
	return shape_members(object, items);
}

static json_t *shape(const char *key, const json_t *value, bool items)
{
	size_t index;
	json_t *entry, *array;

	switch (json_typeof(value)) {
	case JSON_STRING:
		return shape_text(key, json_string_value(value));
	case JSON_OBJECT:
		return shape_object(key, value, items);
	case JSON_ARRAY:
		array = json_array();
		json_array_foreach(value, index, entry)
			json_array_append_new(array, shape(key, entry, items));
		return array;
	default:
		return json_incref((json_t *)(uintptr_t)value);
	}
}

json_t *trail_values(const json_t *values)
{
	return json_object_size(values) ? shape_members(values, false)
					: json_null();
}

json_t *trail_parameters(const struct request *request)
{
	bool items = !strcmp(request->service, "ec2");

	if (request->json || !json_object_size(request->parameters))
		return trail_values(request->parameters);
	CLEANUP(json_release) json_t *tree = ec2_form(request->parameters);
	return tree ? shape_members(tree, items) : json_null();
}

/* ---- answers ------------------------------------------------------------ */

/* An element while it is open. */
struct frame {
	char *name;
	json_t *names, *values; /* of the elements in it, in their order */
};

struct tree {
	struct frame frames[DEPTH_MAX];
	size_t depth;
	bool items;
	json_t *root;
};

static void open_element(void *ctx, int id)
{
	struct tree *tree = ctx;

	(void)id;
	tree->frames[tree->depth++] =
		(struct frame){ .names = json_array(), .values = json_array() };
}

static void name_element(void *ctx, int id, const char *name)
{
	struct tree *tree = ctx;

	(void)id;
	tree->frames[tree->depth - 1].name = xstrdup(name);
}

static bool is_list(const struct frame *frame)
{
	const char *item = xml_item_name(frame->name);
	size_t index;
	json_t *name;

	json_array_foreach(frame->names, index, name) {
		const char *text = json_string_value(name);
		if (strcmp(text, item) != 0 && strcmp(text, "item") != 0)
			return false;
	}
	return json_array_size(frame->names) || strcmp(item, "member") != 0;
}

static json_t *element_value(const struct tree *tree, const struct frame *frame,
			     const char *text)
{
	size_t index;
	json_t *name;

	if (is_list(frame))
		return tree->items ? json_pack("{sO}", "items", frame->values)
				   : json_incref(frame->values);
	if (!json_array_size(frame->names))
		return shape_text(frame->name, text);
	json_t *object = json_object();
	json_array_foreach(frame->names, index, name) {
		CLEANUP(free_ptr)
		char *key = trail_key(json_string_value(name));
		json_object_set(object, key,
				json_array_get(frame->values, index));
	}
	return object;
}

static void frame_release(struct frame *frame)
{
	json_decref(frame->names);
	json_decref(frame->values);
	free(frame->name);
}

static void close_element(void *ctx, int id, const char *text, size_t len)
{
	struct tree *tree = ctx;
	struct frame *frame = &tree->frames[--tree->depth];
	json_t *value = element_value(tree, frame, text);

	(void)id;
	(void)len;
	if (!tree->depth) {
		tree->root = value;
	} else {
		struct frame *outer = frame - 1;
		json_array_append_new(outer->names, json_string(frame->name));
		json_array_append_new(outer->values, value);
	}
	frame_release(frame);
}

/* Every element down to DEPTH_MAX. */
static struct xml_paths *all_paths(void)
{
	static struct xml_paths *paths;
	CLEANUP(strbuf_release) struct strbuf path = STRBUF_INIT(1024);

	if (paths)
		return paths;
	paths = xml_paths_new();
	for (int depth = 0; depth < DEPTH_MAX; depth++) {
		strbuf_adds(&path, depth ? "/*" : "*");
		xml_paths_add(paths, path.buf, depth);
	}
	return paths;
}

/* The root's members; NULL: nothing that can be read. */
static json_t *read_xml(const struct answer *answer, bool items)
{
	static const struct xml_handler handler = { open_element, name_element,
						    close_element };
	CLEANUP(error_release) struct error err = ERROR_INIT;
	struct tree tree = { .items = items };
	struct xml_parser *parser =
		xml_parser_new(all_paths(), &handler, &tree);
	int rc = xml_parse(parser, answer->body.buf, answer->body.len, true,
			   &err);

	xml_parser_free(parser);
	while (tree.depth)
		frame_release(&tree.frames[--tree.depth]);
	if (!rc)
		return tree.root;
	json_decref(tree.root);
	return NULL;
}

/* What stands in <XResult>; of RDS the object itself. */
static json_t *result_of(const struct request *request, const json_t *root)
{
	CLEANUP(free_ptr) char *name = xasprintf("%sResult", request->action);
	CLEANUP(free_ptr) char *key = trail_key(name);
	json_t *result = json_object_get(root, key);

	if (!json_object_size(result))
		return NULL;
	json_t *only = json_object_iter_value(json_object_iter(result));
	if (!strcmp(request->service, "rds") && json_object_size(result) == 1 &&
	    json_is_object(only))
		return json_incref(only);
	return json_incref(result);
}

json_t *trail_elements(const struct request *request,
		       const struct answer *answer)
{
	bool ec2 = !strcmp(request->service, "ec2");
	CLEANUP(error_release) struct error err = ERROR_INIT;
	CLEANUP(json_release) json_t *root = NULL;

	if (request->json) {
		if (answer->body.len &&
		    json_parse_answer(answer->body.buf, answer->body.len, &root,
				      &err))
			return json_null();
		return trail_values(root);
	}
	root = read_xml(answer, ec2);
	json_t *result = ec2 ? json_incref(root) : result_of(request, root);
	return result ? result : json_null();
}
