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
	&policy_controls,  &event_controls,      &trail_controls,
	&told_controls,
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

/* ---- by setting ------------------------------------------------------- */

static bool names(const struct control_setting *settings,
		  const struct setting *setting)
{
	for (size_t i = 0; i < CONTROL_SETTINGS_MAX && settings[i].name; i++) {
		/* what a row of any name is like has none itself */
		if (settings[i].kind == setting->kind && setting->name &&
		    !strcmp(settings[i].name, setting->name))
			return true;
	}
	return false;
}

/* Benchmarks that people are held to come first. */
static size_t rank_of(const char *reference)
{
	static const char *const benchmarks[] = { "CIS-Aurora-", "CIS-AWS-",
						  "FSBP ",       "SecurityHub ",
						  "Config ",     "Prowler " };
	size_t rank = 0;

	while (rank < ARRAY_SIZE(benchmarks) &&
	       strncmp(reference, benchmarks[rank], strlen(benchmarks[rank])) !=
		       0)
		rank++;
	return rank;
}

static void add_reference(json_t *references, const char *reference)
{
	size_t at = 0;

	if (json_array_has(references, reference))
		return;
	while (at < json_array_size(references) &&
	       rank_of(json_string_value(json_array_get(references, at))) <=
		       rank_of(reference))
		at++;
	(void)json_array_insert_new(references, at, json_string(reference));
}

json_t *setting_references(const struct setting *setting)
{
	const struct control *const *control = controls_all(NULL);
	json_t *references = json_array();

	for (; *control; control++) {
		const char *const *reference = (*control)->references;

		if (names((*control)->settings, setting)) {
			for (size_t i = 0;
			     i < CONTROL_REFERENCES_MAX && reference[i]; i++)
				add_reference(references, reference[i]);
		} else if (names((*control)->also, setting)) {
			add_reference(references, reference[0]);
		}
	}
	return references;
}

const char *setting_severity(const struct setting *setting)
{
	const struct control *const *control = controls_all(NULL);
	enum severity worst = SEVERITY_INFO;
	bool any = false;

	for (; *control; control++) {
		if (!names((*control)->settings, setting))
			continue;
		if ((*control)->severity > worst)
			worst = (*control)->severity;
		any = true;
	}
	return any ? severities[worst] : setting->severity;
}

/* ---- words ------------------------------------------------------------ */

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
