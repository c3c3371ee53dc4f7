/*
 * The map of a fleet: a row for each cluster, a column for each control, the
 * worst of both first. Clusters with the same results share a row where there
 * are many, so that a map of thousands can be taken in, and opened.
 */
#include "plans/render_review_html.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"

/* From so many rows on, alike ones are one. */
#define MAP_GROUPED_FROM 60
/*
 * So many rows are a table; more are several, each with the names of the
 * columns, and a browser lays out only those that it shows.
 */
#define MAP_ROWS_MOST 250

/* The results, how their cells are marked, and what they are called. */
static const struct {
	const char *result, *class, *word;
} results[] = {
	{ "passed", "p", "passed" },
	{ "failed", "f", "failed" },
	{ "waived", "w", "waived" },
	{ "unread", "u", "not read" },
	{ "not_applicable", "n", "does not apply" },
};
#define RESULT_FAILED 1
#define RESULT_UNREAD 3
#define RESULT_NONE 4

static size_t result_of(const json_t *row, const char *control)
{
	const char *text = json_text(json_object_get(row, "results"), control);

	for (size_t i = 0; text && i < ARRAY_SIZE(results); i++) {
		if (!strcmp(results[i].result, text))
			return i;
	}
	return RESULT_NONE;
}

struct map {
	const json_t **controls; /* that judged anything, the worst first */
	json_t *linked;          /* of html_review_linked */
	size_t controls_len;
	json_t *findings; /* "target\naddress\ncontrol" → id of the first */
};

struct map_row {
	const struct part_group *group;
	int64_t score;
};

/* ---- columns ---------------------------------------------------------- */

static int by_severity(const void *a, const void *b)
{
	const json_t *x = *(json_t *const *)a, *y = *(json_t *const *)b;
	const int rank = (int)severity_parse(review_text(y, "severity")) -
			 (int)severity_parse(review_text(x, "severity"));

	return rank ? rank : strcmp(review_text(x, "id"), review_text(y, "id"));
}

/* Those that have a result in a row. */
static void find_controls(struct map *map, const json_t *review)
{
	const json_t *controls = json_object_get(review, "controls");
	json_t *control;
	size_t i;

	map->controls =
		xcalloc(json_array_size(controls) + 1, sizeof(*map->controls));
	json_array_foreach(controls, i, control) {
		if (review_count(control, "passed") +
		    review_count(control, "failed") +
		    review_count(control, "waived") +
		    review_count(control, "unread"))
			map->controls[map->controls_len++] = control;
	}
	qsort(map->controls, map->controls_len, sizeof(*map->controls),
	      by_severity);
	map->linked = html_review_linked(review);
}

/* ---- links ------------------------------------------------------------ */

static void note_finding(struct map *map, const json_t *finding,
			 const char *kind, const char *address)
{
	CLEANUP(free_ptr)
	char *key = xasprintf("%s\n%s%s\n%s", review_text(finding, "target"),
			      kind, address, review_text(finding, "control"));

	if (!json_object_get(map->findings, key))
		(void)json_object_set(map->findings, key,
				      json_object_get(finding, "id"));
}

/* The first shown finding of each row and control. */
static void find_findings(struct map *map, const json_t *review)
{
	json_t *finding;
	size_t i;

	map->findings = json_object();
	json_array_foreach(json_object_get(review, "findings"), i, finding) {
		if (!review_shows(review, finding) ||
		    !review_is(finding, "status", "failed"))
			continue;
		note_finding(map, finding, "", review_text(finding, "address"));
		if (json_text(finding, "cluster"))
			note_finding(map, finding, "cluster/",
				     review_text(finding, "cluster"));
	}
}

/* To its evidence, or to all findings of the control. */
static bool add_link(const struct map *map, const json_t *row, bool alone,
		     size_t column, struct strbuf *out)
{
	const char *control = review_text(map->controls[column], "id");
	CLEANUP(free_ptr)
	char *key = xasprintf("%s\n%s\n%s", review_text(row, "target"),
			      review_text(row, "address"), control);
	const char *finding = json_text(map->findings, key);

	if (alone && finding)
		html_link(out, ANCHOR_EVIDENCE, finding);
	else if (json_object_get(map->linked, control))
		html_link(out, ANCHOR_FINDINGS, control);
	else
		return false;
	return true;
}

/* ---- rows ------------------------------------------------------------- */

/* Severities weigh so much that no number of lesser ones outweighs one. */
static int64_t score_of(const struct map *map, const json_t *row)
{
	static const int64_t weights[SEVERITY_COUNT] = {
		[SEVERITY_INFO] = 1,
		[SEVERITY_LOW] = 1000,
		[SEVERITY_MEDIUM] = 1000000,
		[SEVERITY_HIGH] = 1000000000,
		[SEVERITY_CRITICAL] = 1000000000000,
	};
	int64_t score = 0;

	for (size_t i = 0; i < map->controls_len; i++) {
		const json_t *control = map->controls[i];
		const enum severity severity =
			severity_parse(review_text(control, "severity"));
		const size_t result =
			result_of(row, review_text(control, "id"));

		if (severity == SEVERITY_COUNT)
			continue;
		if (result == RESULT_FAILED)
			score += 2 * weights[severity];
		else if (result == RESULT_UNREAD)
			score += weights[severity];
	}
	return score;
}

static int by_score(const void *a, const void *b)
{
	const struct map_row *x = a, *y = b;

	if (x->score != y->score)
		return x->score > y->score ? -1 : 1;
	if (x->group->len != y->group->len)
		return x->group->len > y->group->len ? -1 : 1;
	return strcmp(review_text(x->group->items[0], "address"),
		      review_text(y->group->items[0], "address"));
}

static void add_row_head(const struct part_group *group, struct strbuf *out)
{
	const json_t *first = group->items[0];

	strbuf_adds(out, "<tr><th scope=\"row\">");
	if (group->len == 1) {
		html_codef(out, "%s %s", review_text(first, "target"),
			   review_text(first, "address"));
	} else {
		strbuf_adds(out, "<details><summary>");
		html_textf(out, "%zu alike in %s", group->len,
			   review_text(first, "target"));
		strbuf_adds(out, "</summary>");
		for (size_t i = 0; i < group->len; i++) {
			strbuf_adds(out, i ? ", " : "");
			html_code(out, part_identifier(review_text(
					       group->items[i], "address")));
		}
		strbuf_adds(out, "</details>");
	}
	strbuf_adds(out, "</th>");
}

static void add_row(const struct map *map, const struct part_group *group,
		    struct strbuf *out)
{
	const json_t *first = group->items[0];

	add_row_head(group, out);
	for (size_t i = 0; i < map->controls_len; i++) {
		const size_t result =
			result_of(first, review_text(map->controls[i], "id"));
		bool linked;

		strbuf_addf(out, "<td class=\"%s\">", results[result].class);
		linked = result == RESULT_FAILED &&
			 add_link(map, first, group->len == 1, i, out);
		strbuf_addf(out, "%s%s</td>", results[result].word,
			    linked ? "</a>" : "");
	}
	strbuf_adds(out, "</tr>\n");
}

/* ---- the table -------------------------------------------------------- */

static void add_legend(struct strbuf *out)
{
	strbuf_adds(out, "<ul class=\"legend\">");
	for (size_t i = 0; i < ARRAY_SIZE(results); i++)
		strbuf_addf(out, "<li><span class=\"%s\"></span> %s</li>",
			    results[i].class, results[i].word);
	strbuf_adds(out, "</ul>\n");
}

/* The head of rows first..end of `all`. */
static void begin_table(const struct map *map, size_t first, size_t end,
			size_t all, struct strbuf *out)
{
	CLEANUP(free_ptr)
	char *name = all > MAP_ROWS_MOST
			     ? xasprintf("Clusters by controls, the worst "
					 "first: rows %zu to %zu of %zu",
					 first + 1, end, all)
			     : xstrdup("Clusters by controls, the worst first");

	strbuf_addf(out,
		    "<div class=\"heat%s\" role=\"region\" tabindex=\"0\" "
		    "aria-label=\"%s\"><table>\n<caption>%s</caption>\n"
		    "<thead><tr><th scope=\"col\">cluster</th>",
		    all > MAP_ROWS_MOST ? " far" : "", name, name);
	for (size_t i = 0; i < map->controls_len; i++) {
		const json_t *control = map->controls[i];

		strbuf_adds(out, "<th scope=\"col\">");
		html_link(out, ANCHOR_CONTROL, review_text(control, "id"));
		html_textf(out, "%s: %s", review_text(control, "severity"),
			   review_text(control, "id"));
		strbuf_adds(out, "</a></th>");
	}
	strbuf_adds(out, "</tr></thead>\n<tbody>\n");
}

static void add_tables(const struct map *map, const struct part_groups *groups,
		       struct strbuf *out)
{
	CLEANUP(free_ptr)
	struct map_row *rows = xcalloc(groups->len + 1, sizeof(*rows));

	for (size_t i = 0; i < groups->len; i++) {
		rows[i].group = &groups->items[i];
		rows[i].score = score_of(map, groups->items[i].items[0]);
	}
	qsort(rows, groups->len, sizeof(*rows), by_score);
	for (size_t i = 0; i < groups->len;) {
		size_t end = i + MAP_ROWS_MOST;

		if (end > groups->len)
			end = groups->len;
		begin_table(map, i, end, groups->len, out);
		for (; i < end; i++)
			add_row(map, rows[i].group, out);
		strbuf_adds(out, "</tbody>\n</table></div>\n");
	}
}

static void map_release(struct map *map)
{
	free(map->controls);
	json_decref(map->linked);
	json_decref(map->findings);
}

void html_review_map(const json_t *review, struct strbuf *out)
{
	static const char *const apart[] = { "target", "address", NULL };
	static const char *const alike[] = { "target", "results", NULL };
	const json_t *matrix = json_object_get(review, "matrix");
	CLEANUP(part_groups_release) struct part_groups groups = { 0 };
	CLEANUP(map_release) struct map map = { 0 };

	html_heading(out, 2, "map", "Clusters by controls: %zu",
		     json_array_size(matrix));
	find_controls(&map, review);
	find_findings(&map, review);
	if (!json_array_size(matrix) || !map.controls_len) {
		strbuf_adds(out, "<p>There is nothing to judge.</p>\n");
		return;
	}
	part_group_entries(matrix,
			   json_array_size(matrix) < MAP_GROUPED_FROM ? apart
								      : alike,
			   &groups);
	add_legend(out);
	add_tables(&map, &groups, out);
}
