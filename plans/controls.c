#include "plans/controls.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "plans/controls_rows.h"

static const char *const severities[] = {
	[SEVERITY_INFO] = "info",         [SEVERITY_LOW] = "low",
	[SEVERITY_MEDIUM] = "medium",     [SEVERITY_HIGH] = "high",
	[SEVERITY_CRITICAL] = "critical",
};

static const char *const fixes[] = {
	[FIX_PLAN] = "plan",
	[FIX_DECISION] = "decision",
	[FIX_ONE_WAY] = "one-way",
	[FIX_NONE] = "none",
};

static const struct control_table *const tables[] = {
	&cluster_controls, &encryption_controls, &network_controls,
	&transit_controls, &password_controls,   &audit_controls,
	&logging_controls, &instance_controls,   &iam_controls,
	&policy_controls,  &event_controls,
};

static int by_id(const void *a, const void *b)
{
	const struct control *x = *(const struct control *const *)a;
	const struct control *y = *(const struct control *const *)b;

	return strcmp(x->id, y->id);
}

const struct control *const *controls_all(size_t *ret_len)
{
	static const struct control **all;
	static size_t len;

	if (!all) {
		size_t rows = 0;

		for (size_t t = 0; t < ARRAY_SIZE(tables); t++)
			rows += tables[t]->len;
		all = xcalloc(rows + 1, sizeof(*all));
		for (size_t t = 0; t < ARRAY_SIZE(tables); t++) {
			for (size_t i = 0; i < tables[t]->len; i++)
				all[len++] = &tables[t]->rows[i];
		}
		qsort(all, len, sizeof(*all), by_id);
	}
	if (ret_len)
		*ret_len = len;
	return all;
}

const struct control *control_find(const char *id)
{
	const struct control *const *control = controls_all(NULL);

	for (; *control; control++) {
		if (!strcmp((*control)->id, id))
			return *control;
	}
	return NULL;
}

const char *control_subject_name(const struct control *control)
{
	static const char *const places[] = {
		[SUBJECT_REGION] = "region", [SUBJECT_ACCOUNT] = "account"
	};

	return control->subject == SUBJECT_RESOURCE
		       ? kind_ops(control->kind)->name
		       : places[control->subject];
}

const char *severity_name(enum severity severity)
{
	return severities[severity];
}

enum severity severity_parse(const char *name)
{
	enum severity severity = 0;

	while (severity < SEVERITY_COUNT &&
	       strcmp(severities[severity], name) != 0)
		severity++;
	return severity;
}

const char *fix_class_name(enum fix_class fix)
{
	return fixes[fix];
}

json_t *control_reference(const char *reference)
{
	const char *number = strrchr(reference, ' ');

	return json_pack("{ss% ss}", "benchmark", reference,
			 (size_t)(number - reference), "number", number + 1);
}
