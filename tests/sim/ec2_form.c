#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "tests/sim/ec2.h"
#include "tests/sim/request.h"

static bool put(json_t *tree, const char *name, json_t *value)
{
	CLEANUP(free_ptr) char *path = xstrdup(name);
	char *at = path, *dot;
	json_t *inner;

	while ((dot = strchr(at, '.'))) {
		*dot = '\0';
		inner = json_object_get(tree, at);
		if (!inner) {
			inner = json_object();
			json_object_set_new(tree, at, inner);
		}
		if (!json_is_object(inner))
			return false;
		tree = inner;
		at = dot + 1;
	}
	if (!*at || json_object_get(tree, at))
		return false;
	return json_object_set(tree, at, value) == 0;
}

json_t *ec2_form(const json_t *parameters)
{
	CLEANUP(json_release) json_t *tree = json_object();
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)parameters, name, value)
		if (!put(tree, name, value))
			return NULL;
	return TAKE(tree);
}

json_t *ec2_item(const json_t *list, int n)
{
	char name[16];

	(void)snprintf(name, sizeof(name), "%d", n);
	return json_object_get(list, name);
}

json_t *ec2_texts(const json_t *list)
{
	json_t *texts = json_array(), *text;

	for (int n = 1; (text = ec2_item(list, n)); n++)
		json_array_append(texts, text);
	return texts;
}

bool ec2_only(struct ec2_call *call, const json_t *object, const char *names)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)object, name, value) {
		size_t len = strlen(name);
		const char *at = names;

		while (at && (strncmp(at, name, len) != 0 ||
			      (at[len] && at[len] != ' '))) {
			at = strchr(at, ' ');
			at = at ? at + 1 : NULL;
		}
		if (at)
			continue;
		answer_error(call->answer, call->request, 400,
			     "UnknownParameter",
			     "The parameter %s is not recognized", name);
		return false;
	}
	return true;
}
