/* The calls about parameter groups, of clusters and of instances. */
#include <ctype.h>
#include <string.h>

#include "core/clock.h"
#include "core/mem.h"
#include "tests/sim/paging.h"
#include "tests/sim/param_group.h"
#include "tests/sim/parameters.h"
#include "tests/sim/rds.h"
#include "tests/sim/request.h"
#include "tests/sim/xml.h"

#define PARAMETERS_MAX 20
#define NAME_LEN_MAX 255

static bool of_clusters(const struct rds_call *call)
{
	return strstr(call->request->action, "Cluster") != NULL;
}

static void refuse(struct rds_call *call, const char *code, const char *what,
		   const char *name)
{
	answer_error(call->answer, call->request,
		     !strcmp(code, "DBParameterGroupNotFound") ? 404 : 400,
		     code, "%s: %s", what, name);
}

static const char *required(struct rds_call *call, const char *name)
{
	const char *text = request_get(call->request, name);

	if (text && *text)
		return text;
	answer_error(call->answer, call->request, 400, "MissingParameter",
		     "The request must contain the parameter %s.", name);
	return NULL;
}

/* The group that a parameter names. New reference; NULL: answer refuses. */
static json_t *named(struct rds_call *call, const char *parameter)
{
	const char *name = required(call, parameter);
	const char *last = name ? strrchr(name, ':') : NULL;

	if (!name)
		return NULL;
	json_t *group = param_group_get(call->place, of_clusters(call),
					last ? last + 1 : name);
	if (!group)
		refuse(call, "DBParameterGroupNotFound",
		       "DBParameterGroup not found", name);
	return group;
}

static bool is_default(const json_t *group, bool cluster)
{
	return !strncmp(json_text(group, param_group_key(cluster)), "default.",
			8);
}

static void add_group(struct rds_call *call, const json_t *group)
{
	const bool cluster = of_clusters(call);
	const char *key = param_group_key(cluster);
	const char *name = json_text(group, key);
	CLEANUP(free_ptr)
	char *arn = xasprintf("arn:aws:rds:%s:%s:%s:%s", call->place->region,
			      call->place->account->id,
			      cluster ? "cluster-pg" : "pg", name);
	CLEANUP(json_release)
	json_t *shown = json_pack(
		"{ss sO sO ss}", key, name, "DBParameterGroupFamily",
		json_object_get(group, "DBParameterGroupFamily"), "Description",
		json_object_get(group, "Description"),
		cluster ? "DBClusterParameterGroupArn" : "DBParameterGroupArn",
		arn);

	xml_value(&call->answer->body,
		  cluster ? "DBClusterParameterGroup" : "DBParameterGroup",
		  shown);
}

/* ---- reading groups ----------------------------------------------------- */

static void add_groups(struct rds_call *call, const json_t *groups,
		       const struct page *page)
{
	const bool cluster = of_clusters(call);
	const char *key = param_group_key(cluster);
	const char *list =
		cluster ? "DBClusterParameterGroups" : "DBParameterGroups";
	struct strbuf *out = &call->answer->body;
	const char *last = NULL;
	bool more = false;
	long count = 0;
	size_t index;
	json_t *group;

	answer_begin(call->answer, call->request);
	strbuf_addf(out, "<%s>\n", list);
	json_array_foreach(groups, index, group) {
		if (page->after &&
		    strcmp(json_text(group, key), page->after) <= 0)
			continue;
		more = count++ == page->size;
		if (more)
			break;
		add_group(call, group);
		last = json_text(group, key);
	}
	strbuf_addf(out, "</%s>\n", list);
	CLEANUP(free_ptr)
	char *marker = more ? page_marker(call->request, last) : NULL;
	if (marker)
		xml_text(out, "Marker", marker);
	answer_end(call->answer, call->request);
}

void rds_describe_param_groups(struct rds_call *call)
{
	const bool cluster = of_clusters(call);
	const char *key = param_group_key(cluster);
	const char *const names[] = { key, "Marker", "MaxRecords" };
	CLEANUP(page_release) struct page page = { .after = NULL };
	CLEANUP(json_release) json_t *groups = json_array();

	if (!rds_only(call, names, ARRAY_SIZE(names)) ||
	    !page_rds(call->request, call->sim->page_size, &page, call->answer))
		return;
	if (request_get(call->request, key)) {
		json_t *group = named(call, key);
		if (!group)
			return;
		json_array_append_new(groups, group);
	} else {
		json_decref(groups);
		groups = param_groups_all(call->place, cluster);
	}
	add_groups(call, groups, &page);
}

/* ---- reading parameters ------------------------------------------------- */

/* What a describe shows of one: its default, or what was set. */
static json_t *show(const struct parameter *row, const json_t *set,
		    bool cluster)
{
	const json_t *entry = json_object_get(set, row->name);
	json_t *shown = json_pack(
		"{ss ss ss ss ss}", "ParameterName", row->name, "ApplyType",
		row->is_static ? "static" : "dynamic", "DataType", row->type,
		"ApplyMethod", "pending-reboot", "Source", "engine-default");

	json_object_set_new(shown, "IsModifiable", json_boolean(!row->fixed));
	if (row->value) { /* RDS's own choice */
		json_object_set_new(shown, "ParameterValue",
				    json_string(row->value));
		json_object_set_new(shown, "Source", json_string("system"));
	}
	if (row->allowed)
		json_object_set_new(shown, "AllowedValues",
				    json_string(row->allowed));
	if (cluster)
		json_object_set_new(shown, "SupportedEngineModes",
				    json_pack("[s]", "provisioned"));
	if (entry) {
		json_object_update(shown, (json_t *)(uintptr_t)entry);
		json_object_set_new(shown, "Source", json_string("user"));
	}
	return shown;
}

static bool is_wanted(const json_t *shown, const char *source,
		      const struct rds_filters *filters)
{
	return (!source || !strcmp(json_text(shown, "Source"), source)) &&
	       rds_filter_accepts(filters, "parameter-name",
				  json_text(shown, "ParameterName"));
}

/* One page of a family's parameters; the marker goes where it belongs. */
static void add_parameters(struct rds_call *call, const char *family,
			   const json_t *set, const char *source,
			   const struct page *page,
			   const struct rds_filters *filters)
{
	const bool cluster = of_clusters(call);
	struct strbuf *out = &call->answer->body;
	const char *after = page->after, *last = NULL;
	const struct parameter *row;
	bool more = false;
	long count = 0;

	strbuf_adds(out, "<Parameters>\n");
	while (!more && (row = parameter_next(family, cluster, after))) {
		CLEANUP(json_release) json_t *shown = show(row, set, cluster);
		after = row->name;
		if (!is_wanted(shown, source, filters))
			continue;
		more = count++ == page->size;
		if (more)
			break;
		xml_value(out, "Parameter", shown);
		last = row->name;
	}
	strbuf_adds(out, "</Parameters>\n");
	CLEANUP(free_ptr)
	char *marker = more ? page_marker(call->request, last) : NULL;
	if (marker)
		xml_text(out, "Marker", marker);
}

static bool good_source(struct rds_call *call, const char *source)
{
	if (!source || !strcmp(source, "user") || !strcmp(source, "system") ||
	    !strcmp(source, "engine-default"))
		return true;
	refuse(call, "InvalidParameterValue", "Invalid source", source);
	return false;
}

void rds_describe_parameters(struct rds_call *call)
{
	static const char *const filter_names[] = { "parameter-name" };
	const bool cluster = of_clusters(call);
	const char *const names[] = { param_group_key(cluster), "Source",
				      "Filters.", "Marker", "MaxRecords" };
	const char *source = request_get(call->request, "Source");
	CLEANUP(page_release) struct page page = { .after = NULL };
	CLEANUP(rds_filters_release) struct rds_filters filters = { .len = 0 };

	if (!rds_only(call, names, ARRAY_SIZE(names)) ||
	    !page_rds(call->request, call->sim->page_size, &page,
		      call->answer) ||
	    !rds_read_filters(call, filter_names, ARRAY_SIZE(filter_names),
			      &filters) ||
	    !good_source(call, source))
		return;
	CLEANUP(json_release)
	json_t *group = named(call, param_group_key(cluster));
	if (!group)
		return;
	answer_begin(call->answer, call->request);
	add_parameters(call, json_text(group, "DBParameterGroupFamily"),
		       json_object_get(group, "Parameters"), source, &page,
		       &filters);
	answer_end(call->answer, call->request);
}

void rds_describe_engine_parameters(struct rds_call *call)
{
	static const char *const filter_names[] = { "parameter-name" };
	/* of the two, the one for clusters supports no filter */
	const bool cluster = of_clusters(call);
	const char *const names[] = { "DBParameterGroupFamily", "Marker",
				      "MaxRecords", "Filters." };
	CLEANUP(page_release) struct page page = { .after = NULL };
	CLEANUP(rds_filters_release) struct rds_filters filters = { .len = 0 };
	const char *family = required(call, "DBParameterGroupFamily");

	if (!family || !rds_only(call, names, ARRAY_SIZE(names) - cluster) ||
	    !page_rds(call->request, call->sim->page_size, &page,
		      call->answer) ||
	    !rds_read_filters(call, filter_names, ARRAY_SIZE(filter_names),
			      &filters))
		return;
	if (!parameter_family(family)) {
		refuse(call, "InvalidParameterValue",
		       "Invalid parameter group family", family);
		return;
	}
	answer_begin(call->answer, call->request);
	strbuf_adds(&call->answer->body, "<EngineDefaults>\n");
	xml_text(&call->answer->body, "DBParameterGroupFamily", family);
	add_parameters(call, family, NULL, NULL, &page, &filters);
	strbuf_adds(&call->answer->body, "</EngineDefaults>\n");
	answer_end(call->answer, call->request);
}

/* ---- creating and deleting ---------------------------------------------- */

static bool good_name(struct rds_call *call, const char *name)
{
	size_t len = strlen(name);

	if (isalpha((unsigned char)*name) && len <= NAME_LEN_MAX &&
	    name[len - 1] != '-' && !strstr(name, "--") &&
	    strspn(name, "abcdefghijklmnopqrstuvwxyz"
			 "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") == len)
		return true;
	answer_error(call->answer, call->request, 400, "InvalidParameterValue",
		     "The parameter %s is not a valid identifier. Identifiers "
		     "must begin with a letter; must contain only ASCII "
		     "letters, digits, and hyphens; and must not end with a "
		     "hyphen or contain two consecutive hyphens.",
		     param_group_key(of_clusters(call)));
	return false;
}

/* Add it and answer with it. Steals parameters. */
static void add_new(struct rds_call *call, const char *name, const char *family,
		    const char *description, json_t *parameters)
{
	const bool cluster = of_clusters(call);
	CLEANUP(json_release) json_t *owned = parameters;
	CLEANUP(free_ptr) char *lower = xstrdup(name);

	for (char *c = lower; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	CLEANUP(json_release)
	json_t *there = param_group_get(call->place, cluster, name);
	if (there) {
		answer_error(call->answer, call->request, 400,
			     "DBParameterGroupAlreadyExists",
			     "Parameter group %s already exists", lower);
		return;
	}
	CLEANUP(json_release)
	json_t *group =
		json_pack("{ss ss ss sO}", param_group_key(cluster), lower,
			  "DBParameterGroupFamily", family, "Description",
			  description, "Parameters", owned);
	if (!call->effect->none)
		json_array_append(cluster ? call->place->cluster_groups
					  : call->place->instance_groups,
				  group);
	answer_begin(call->answer, call->request);
	add_group(call, group);
	answer_end(call->answer, call->request);
}

void rds_create_param_group(struct rds_call *call)
{
	const char *key = param_group_key(of_clusters(call));
	const char *const names[] = { key, "DBParameterGroupFamily",
				      "Description", "Tags." };
	const char *name = required(call, key);
	const char *family =
		name ? required(call, "DBParameterGroupFamily") : NULL;
	const char *description = family ? required(call, "Description") : NULL;

	if (!description || !rds_only(call, names, ARRAY_SIZE(names)) ||
	    !good_name(call, name))
		return;
	if (!parameter_family(family)) {
		answer_error(call->answer, call->request, 400,
			     "InvalidParameterValue",
			     "ParameterGroupFamily %s is not a valid parameter "
			     "group family",
			     family);
		return;
	}
	add_new(call, name, family, description, json_object());
}

void rds_copy_param_group(struct rds_call *call)
{
	const bool cluster = of_clusters(call);
	const char *source = cluster ? "SourceDBClusterParameterGroupIdentifier"
				     : "SourceDBParameterGroupIdentifier";
	const char *target = cluster ? "TargetDBClusterParameterGroupIdentifier"
				     : "TargetDBParameterGroupIdentifier";
	const char *text = cluster ? "TargetDBClusterParameterGroupDescription"
				   : "TargetDBParameterGroupDescription";
	const char *const names[] = { source, target, text, "Tags." };
	CLEANUP(json_release) json_t *from = named(call, source);
	const char *name = from ? required(call, target) : NULL;
	const char *description = name ? required(call, text) : NULL;

	if (!description || !rds_only(call, names, ARRAY_SIZE(names)) ||
	    !good_name(call, name))
		return;
	if (is_default(from, cluster)) {
		refuse(call, "InvalidParameterValue",
		       "Default parameter groups cannot be copied",
		       json_text(from, param_group_key(cluster)));
		return;
	}
	add_new(call, name, json_text(from, "DBParameterGroupFamily"),
		description,
		json_deep_copy(json_object_get(from, "Parameters")));
}

void rds_delete_param_group(struct rds_call *call)
{
	const bool cluster = of_clusters(call);
	const char *key = param_group_key(cluster);
	CLEANUP(json_release) json_t *group = named(call, key);

	if (!group || !rds_only(call, &key, 1))
		return;
	const char *name = json_text(group, key);
	if (is_default(group, cluster)) {
		refuse(call, "InvalidDBParameterGroupState",
		       "Default DBParameterGroup cannot be deleted", name);
		return;
	}
	if (param_group_used(call->place, cluster, name)) {
		answer_error(call->answer, call->request, 400,
			     "InvalidDBParameterGroupState",
			     "One or more database instances are still members "
			     "of this parameter group %s, so the group cannot "
			     "be deleted",
			     name);
		return;
	}
	if (!call->effect->none)
		param_group_remove(call->place, cluster, name);
	answer_begin(call->answer, call->request);
	answer_end(call->answer, call->request);
}

/* ---- modifying and resetting -------------------------------------------- */

/* Parameters.Parameter.N.<member>, or NULL. */
static const char *member(const struct rds_call *call, size_t number,
			  const char *name)
{
	CLEANUP(free_ptr)
	char *key = xasprintf("Parameters.Parameter.%zu.%s", number, name);

	return request_get(call->request, key);
}

static bool good_entry(struct rds_call *call, const struct parameter *row,
		       const char *name, const char *value, const char *method)
{
	const char *code = "InvalidParameterValue";

	if (!row)
		refuse(call, code, "Could not find parameter with name", name);
	else if (row->fixed)
		answer_error(call->answer, call->request, 400, code,
			     "The parameter %s cannot be modified.", name);
	else if (strcmp(method, "immediate") != 0 &&
		 strcmp(method, "pending-reboot") != 0)
		refuse(call, code, "Invalid apply method", method);
	else if (row->is_static && !strcmp(method, "immediate"))
		refuse(call, "InvalidParameterCombination",
		       "cannot use immediate apply method for static parameter",
		       name);
	else if (value && !parameter_allows(row, value))
		answer_error(call->answer, call->request, 400, code,
			     "Invalid parameter value: %s for: %s allowed "
			     "values are: %s",
			     value, name, row->allowed);
	else
		return true;
	return false;
}

/* name → {"ParameterValue", "ApplyMethod"}; NULL: answer refuses. */
static json_t *read_entries(struct rds_call *call, const char *family,
			    bool values)
{
	CLEANUP(json_release) json_t *entries = json_object();

	if (member(call, PARAMETERS_MAX + 1, "ParameterName")) {
		answer_error(call->answer, call->request, 400,
			     "InvalidParameterCombination",
			     "Cannot modify more than %d parameters in a "
			     "single request",
			     PARAMETERS_MAX);
		return NULL;
	}
	for (size_t n = 1;; n++) {
		const char *name = member(call, n, "ParameterName");
		const char *value = member(call, n, "ParameterValue");
		const char *method = member(call, n, "ApplyMethod");
		if (!name)
			return TAKE(entries);
		if (!method || (values && !value) ||
		    json_object_get(entries, name)) {
			refuse(call, "InvalidParameterCombination",
			       "A value and an apply method, once, must be "
			       "given for the parameter",
			       name);
			return NULL;
		}
		if (!good_entry(call,
				parameter_find(family, of_clusters(call), name),
				name, values ? value : NULL, method))
			return NULL;
		json_object_set_new(entries, name,
				    json_pack("{ss* ss}", "ParameterValue",
					      values ? value : NULL,
					      "ApplyMethod", method));
	}
}

/* What a parameter will be worth. Borrowed, or NULL. */
static const char *worth(const json_t *group, const json_t *entries,
			 const char *name)
{
	const struct parameter *row = parameter_find(
		json_text(group, "DBParameterGroupFamily"), true, name);
	const json_t *entry = json_object_get(entries, name);
	const json_t *set =
		json_object_get(json_object_get(group, "Parameters"), name);
	const char *value = json_text(entry ? entry : set, "ParameterValue");

	return value ? value : row ? row->value : NULL;
}

/* Parameters that are valid only together. */
static bool fit_together(struct rds_call *call, const json_t *group,
			 const json_t *entries)
{
	const char *charset = worth(group, entries, "character_set_server");
	const char *collation = worth(group, entries, "collation_server");
	const char *enhanced = worth(group, entries, "aurora_enhanced_binlog");
	const char *backup = worth(group, entries, "binlog_backup");

	if (charset && collation && *collation &&
	    (strlen(charset) != strcspn(collation, "_") ||
	     strncmp(collation, charset, strlen(charset)) != 0)) {
		answer_error(call->answer, call->request, 400,
			     "InvalidParameterCombination",
			     "Collation %s is not valid for the character set "
			     "%s",
			     collation, charset);
		return false;
	}
	if (enhanced && backup && !strcmp(enhanced, "1") &&
	    strcmp(backup, "0") != 0) {
		answer_error(call->answer, call->request, 400,
			     "InvalidParameterCombination",
			     "To turn on aurora_enhanced_binlog, set "
			     "binlog_backup to 0.");
		return false;
	}
	return true;
}

/* Every parameter that somebody set, as a reset. */
static json_t *reset_all(const json_t *group, bool cluster)
{
	json_t *entries = json_object();
	const char *name;
	json_t *ignored;

	json_object_foreach(json_object_get(group, "Parameters"), name,
			    ignored) {
		const struct parameter *row = parameter_find(
			json_text(group, "DBParameterGroupFamily"), cluster,
			name);
		json_object_set_new(entries, name,
				    json_pack("{ss}", "ApplyMethod",
					      row->is_static ? "pending-reboot"
							     : "immediate"));
	}
	return entries;
}

static void write_entries(struct rds_call *call, json_t *group, json_t *entries)
{
	const char *key = param_group_key(of_clusters(call));
	const char *name = json_text(group, key);

	if (!fit_together(call, group, entries))
		return;
	if (!call->effect->none)
		param_group_write(call->place, of_clusters(call), name, entries,
				  clock_monotonic_ms(), call->effect->delay_ms,
				  call->sim->settle_ms);
	answer_begin(call->answer, call->request);
	xml_text(&call->answer->body, key, name);
	answer_end(call->answer, call->request);
}

static bool may_modify(struct rds_call *call, const json_t *group)
{
	if (!is_default(group, of_clusters(call)))
		return true;
	refuse(call, "InvalidParameterValue",
	       "Cannot modify a default parameter group",
	       json_text(group, param_group_key(of_clusters(call))));
	return false;
}

void rds_modify_param_group(struct rds_call *call)
{
	const char *key = param_group_key(of_clusters(call));
	const char *const names[] = { key, "Parameters.Parameter." };
	CLEANUP(json_release) json_t *group = named(call, key);

	if (!group || !rds_only(call, names, ARRAY_SIZE(names)) ||
	    !may_modify(call, group))
		return;
	CLEANUP(json_release)
	json_t *entries = read_entries(
		call, json_text(group, "DBParameterGroupFamily"), true);
	if (entries && !json_object_size(entries))
		(void)required(call, "Parameters.Parameter.1.ParameterName");
	else if (entries)
		write_entries(call, group, entries);
}

void rds_reset_param_group(struct rds_call *call)
{
	const bool cluster = of_clusters(call);
	const char *key = param_group_key(cluster);
	const char *const names[] = { key, "ResetAllParameters",
				      "Parameters.Parameter." };
	const char *all = request_get(call->request, "ResetAllParameters");
	CLEANUP(json_release) json_t *group = named(call, key);

	if (!group || !rds_only(call, names, ARRAY_SIZE(names)) ||
	    !may_modify(call, group))
		return;
	CLEANUP(json_release)
	json_t *entries = read_entries(
		call, json_text(group, "DBParameterGroupFamily"), false);
	if (!entries)
		return;
	if ((all && !strcasecmp(all, "true")) == !!json_object_size(entries)) {
		answer_error(call->answer, call->request, 400,
			     "InvalidParameterCombination",
			     "Either ResetAllParameters or Parameters must be "
			     "given, and not both.");
		return;
	}
	if (json_object_size(entries)) {
		write_entries(call, group, entries);
		return;
	}
	CLEANUP(json_release) json_t *every = reset_all(group, cluster);
	write_entries(call, group, every);
}
