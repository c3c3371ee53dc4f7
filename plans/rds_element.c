#include "plans/rds_element.h"

#include <stdlib.h>
#include <string.h>

#include "core/limits.h"
#include "core/mem.h"

#define PASSWORD "MasterUserPassword"

void rds_element_add(struct rds_element *element, size_t path, const char *text,
		     size_t len)
{
	const size_t added = element->pieces_len;

	GROW(element->pieces, element->pieces_len, element->pieces_cap);
	element->pieces[element->pieces_len++] =
		(struct rds_piece){ .start = element->texts.len,
				    .next = RDS_NO_PIECE };
	strbuf_add(&element->texts, text, len);
	strbuf_addc(&element->texts, '\0');
	if (element->count[path]++)
		element->pieces[element->tail[path]].next = added;
	else
		element->head[path] = added;
	element->tail[path] = added;
}

size_t rds_element_texts(struct rds_element *element, size_t path,
			 const char ***ret_texts)
{
	size_t len = 0;

	for (size_t i = element->count[path] ? element->head[path]
					     : RDS_NO_PIECE;
	     i != RDS_NO_PIECE; i = element->pieces[i].next) {
		GROW(element->picked, len, element->picked_cap);
		element->picked[len++] =
			element->texts.buf + element->pieces[i].start;
	}
	*ret_texts = element->picked;
	return len;
}

const char *rds_element_first(const struct rds_element *element,
			      enum rds_fixed fixed)
{
	const size_t path = element->layout->fixed[fixed];
	const char *text =
		element->count[path]
			? element->texts.buf +
				  element->pieces[element->head[path]].start
			: "";

	return *text ? text : NULL;
}

json_t *rds_element_all(struct rds_element *element, size_t path)
{
	const char **texts;
	const size_t len = rds_element_texts(element, path, &texts);
	json_t *array = json_array();

	for (size_t i = 0; i < len; i++)
		json_array_append_new(array, json_from_text(texts[i]));
	return array;
}

/* ---- what belongs together ---------------------------------------------- */

void rds_element_tag_ended(struct rds_element *element)
{
	const size_t *fixed = element->layout->fixed;

	while (element->count[fixed[RDS_TAG_VALUE]] <
	       element->count[fixed[RDS_TAG_KEY]])
		rds_element_add(element, fixed[RDS_TAG_VALUE], "", 0);
}

void rds_element_group_ended(struct rds_element *element)
{
	const struct rds_layout *layout = element->layout;
	size_t most = 0;

	for (size_t i = 0; i < layout->group_len; i++) {
		if (element->count[layout->group[i]] > most)
			most = element->count[layout->group[i]];
	}
	for (size_t i = 0; i < layout->group_len; i++) {
		while (element->count[layout->group[i]] < most)
			rds_element_add(element, layout->group[i], "", 0);
	}
}

/* ---- what is pending ------------------------------------------------ */

void rds_element_pending(struct rds_element *element, const char *name)
{
	free(element->pending_name);
	element->pending_name = xstrdup(name);
	element->pending_child = false;
}

static bool blank(const char *text)
{
	return text[strspn(text, " \t\r\n")] == '\0';
}

static void add_logs(const struct rds_element *element, enum rds_fixed fixed,
		     const char *how, struct strbuf *out)
{
	const size_t path = element->layout->fixed[fixed];

	for (size_t i = element->count[path] ? element->head[path]
					     : RDS_NO_PIECE;
	     i != RDS_NO_PIECE; i = element->pieces[i].next)
		strbuf_addf(out, "%s%s %s", out->len ? ", " : "",
			    element->texts.buf + element->pieces[i].start, how);
}

/* What stands in a structure, for people. */
static void show_structure(const struct rds_element *element,
			   struct strbuf *out)
{
	if (strcmp(element->pending_name, "PendingCloudwatchLogsExports") ==
	    0) {
		add_logs(element, RDS_EXPORTS_ON, "on", out);
		add_logs(element, RDS_EXPORTS_OFF, "off", out);
	} else if (strcmp(element->pending_name, "CertificateDetails") == 0 &&
		   rds_element_first(element, RDS_PENDING_CA)) {
		strbuf_adds(out, rds_element_first(element, RDS_PENDING_CA));
	} else {
		strbuf_adds(out, "(several values)");
	}
}

void rds_element_pending_ended(struct rds_element *element, const char *text)
{
	CLEANUP(strbuf_release) struct strbuf shown = STRBUF_INIT(LIMIT_ANSWER);

	if (strcmp(element->pending_name, PASSWORD) == 0)
		strbuf_adds(&shown, "****");
	else if (!blank(text))
		strbuf_adds(&shown, text);
	else if (element->pending_child)
		show_structure(element, &shown);
	if (!shown.len) /* an empty element: nothing is pending */
		return;
	if (!element->pending)
		element->pending = json_object();
	json_object_set_new(element->pending, element->pending_name,
			    json_from_text(shown.buf));
}

/* ---- from one to the next ------------------------------------------- */

void rds_element_begin(struct rds_element *element)
{
	element->pieces_len = 0;
	memset(element->count, 0, sizeof(element->count));
	strbuf_clear(&element->texts);
	json_decref(element->pending);
	element->pending = NULL;
	free(TAKE(element->pending_name));
}

void rds_element_init(struct rds_element *element, const struct rds_kind *rds,
		      const struct place *place, const bool *wanted)
{
	*element = (struct rds_element){
		.rds = rds,
		.layout = rds_layout_of(rds),
		.place = place,
		.keep = rds_rows_to_keep(rds->kind, wanted),
		.texts = STRBUF_INIT(LIMIT_ANSWER),
	};
}

void rds_element_release(struct rds_element *element)
{
	rds_element_begin(element);
	free(element->pieces);
	free(element->picked);
	free(element->keep);
	strbuf_release(&element->texts);
}
