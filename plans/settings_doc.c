/* docs/settings.md out of the table, so that it cannot say anything else. */
#include "plans/catalogue.h"

#include <string.h>

#include "plans/controls.h"
#include "plans/value.h"
#include "plans/value_parts.h"

struct section {
	enum standing standing;
	const char *title, *text;
	void (*row)(const struct setting *row, struct strbuf *out);
	const char *head; /* of its table */
};

static const char *type_text(const struct setting *row)
{
	switch (row->type) {
	case TYPE_BOOL:
		return "`true` or `false`";
	case TYPE_INT:
		return "whole number";
	case TYPE_STRING:
	case TYPE_TEXT:
		return "text";
	case TYPE_LOWER_STRING:
		return "name, any letter case";
	case TYPE_ENUM:
		return "one of";
	case TYPE_DAILY_WINDOW:
		return "daily window in UTC, 30 minutes or longer, such as "
		       "`02:00-03:00`";
	case TYPE_WEEKLY_WINDOW:
		return "weekly window in UTC, 30 minutes or longer, such as "
		       "`sun:02:00-sun:03:00`";
	case TYPE_STRING_SET:
		return "set of";
	case TYPE_DOCUMENT:
		return "policy document";
	case TYPE_DOCUMENT_MAP:
		return "map of policy documents by name";
	case TYPE_STRING_MAP:
		return "map of texts";
	case TYPE_RULE_SET:
		return "set of rules";
	case TYPE_PARAMETER:
		return "text in quotes";
	}
	return "";
}

static void add_choices(const struct setting *row, struct strbuf *out)
{
	for (size_t i = 0; i < SETTING_CHOICES_MAX; i++) {
		if (row->choices[i])
			strbuf_addf(out, "%s`%s`", i ? ", " : " ",
				    row->choices[i]);
	}
}

/* "set of `{role_arn: …, feature_name: …}`", with what each may be */
static void add_parts(const struct setting *row, struct strbuf *out)
{
	strbuf_adds(out, setting_is_set(row) ? "set of `" : "`");
	parts_show_form(row, out);
	strbuf_addc(out, '`');
	for (size_t i = 0; i < SETTING_PARTS_MAX && row->parts[i].name; i++) {
		const struct setting_part *part = &row->parts[i];

		strbuf_addf(out, "%s `%s` %s%s", i ? "," : ":", part->name,
			    part->summary,
			    part->optional ? " (may be left out)" : "");
	}
}

static void add_type(const struct setting *row, struct strbuf *out)
{
	if (row->passes_through) {
		strbuf_addf(out,
			    "map; names and values are those of the kind "
			    "`%s`",
			    kind_ops(row->passes_to)->name);
		return;
	}
	if (setting_has_parts(row))
		add_parts(row, out);
	else
		strbuf_adds(out, type_text(row));
	add_choices(row, out);
	if (row->type == TYPE_STRING_SET && !row->choices[0] &&
	    !setting_has_parts(row))
		strbuf_adds(out,
			    row->whole_only ? " texts, as a whole" : " texts");
	if (row->type == TYPE_STRING_SET && row->min)
		strbuf_addf(out, ", at least %lld", row->min);
	if (row->members_only)
		strbuf_adds(out, ", `include` and `exclude` alone");
	if (row->type == TYPE_INT)
		strbuf_addf(out, " from %lld to %lld", row->min, row->max);
	if (row->word)
		strbuf_addf(out, ", or `%s`", row->word);
	if (row->unit)
		strbuf_addf(out, ", %s", row->unit);
	if (row->nullable)
		strbuf_adds(out, ", or `null`");
	if (row->lookups & LOOKUP_ENGINE_VERSION)
		strbuf_adds(out, ", of those that the engine version supports");
	if (row->engine)
		strbuf_addf(out, " (%s only)", row->engine);
}

static const char *when_text(const struct setting *row)
{
	if (row->passes_through)
		return "as there; a group that was made for it after a reboot "
		       "of the instances";
	switch (row->effect) {
	case EFFECT_IMMEDIATE:
		return "at once, also with `when: window`";
	case EFFECT_ASYNCHRONOUS:
		return "soon, also with `when: window`";
	case EFFECT_DEFERRABLE:
		return "at once, or in the window with `when: window`";
	case EFFECT_REBOOT:
		return row->spared_by
			       ? "at once where AWS calls it dynamic, else, "
				 "and with `when: window`, after a reboot of "
				 "the instances"
			       : "after a reboot of the instances";
	case EFFECT_RESTART:
		return row->spared_by
			       ? "at once, or in the window with `when: "
				 "window`; restarts, unless AWS says that the "
				 "engine version needs none"
			       : "at once, or in the window with `when: "
				 "window`; restarts";
	}
	return "";
}

static const char *undo_text(const struct setting *row)
{
	if (row->left_behind)
		return row->left_behind;
	if (row->removable)
		return "what we created is deleted, unless somebody changed it";
	if (row->passes_through)
		return "as there; a group that was made for it is removed";
	if (row->effect == EFFECT_REBOOT && row->spared_by)
		return row->loss == LOSS_LOWERING ? "lossy when lowered"
						  : "in the same way";
	if (row->loss == LOSS_ANY)
		return "lossy in either direction";
	if (row->loss == LOSS_LOWERING)
		return row->type == TYPE_BOOL ? "lossy when turned off"
					      : "lossy when lowered";
	if (row->lookups & LOOKUP_CERTIFICATES)
		return "in the same way, while the old one is valid";
	return row->restart ? "with the same restart" : "fully";
}

static const char *exposure_text(const struct setting *row)
{
	switch (row->exposure) {
	case EXPOSURE_NONE:
		break;
	case EXPOSURE_WHEN_TRUE:
		return "; `true` opens access";
	case EXPOSURE_WHEN_FALSE:
		return "; `false` opens access";
	case EXPOSURE_ADDED_MEMBERS:
		return "; what is added opens access";
	case EXPOSURE_WIDER_DOCUMENT:
		return "; what is not plainly narrower opens access";
	case EXPOSURE_WHEN_REPLACED:
		return "; taking away or replacing what was set opens access";
	case EXPOSURE_WEAK:
		return "; its weaker values open access";
	case EXPOSURE_ADDED_PUBLIC:
		return "; what is added from networks wider than an IPv4 /8 "
		       "or an IPv6 /16 opens access";
	}
	return "";
}

static void add_controls(const struct setting *row, struct strbuf *out)
{
	CLEANUP(json_release) json_t *references = setting_references(row);
	size_t i;
	json_t *reference;

	json_array_foreach(references, i, reference)
		strbuf_addf(out, "%s%s", i ? ", " : "",
			    json_string_value(reference));
}

/* "| name | what it is |": how each row begins. */
static void add_head(const struct setting *row, struct strbuf *out)
{
	strbuf_addf(out, "| [`%s`](%s) | %s |", row->name, row->source,
		    row->summary);
}

static void writable_row(const struct setting *row, struct strbuf *out)
{
	add_head(row, out);
	strbuf_adds(out, " ");
	add_type(row, out);
	strbuf_addf(out, " | %s | ", when_text(row));
	if (row->one_way)
		strbuf_addf(out, "not at all: %s", row->one_way);
	else
		strbuf_adds(out, undo_text(row));
	strbuf_adds(out, exposure_text(row));
	if (row->caveat)
		strbuf_addf(out, "; %s", row->caveat);
	if (row->call)
		strbuf_addf(out, " | `%s`", row->call);
	else
		strbuf_adds(out, " | those of that kind");
	strbuf_addf(out, " | %s | ", setting_severity(row));
	add_controls(row, out);
	strbuf_adds(out, " |\n");
}

static void fixed_row(const struct setting *row, struct strbuf *out)
{
	add_head(row, out);
	strbuf_adds(out, " ");
	add_type(row, out);
	strbuf_addf(out, " | %s | %s | %s | ", row->reason, row->remedy,
		    setting_severity(row));
	add_controls(row, out);
	strbuf_adds(out, " |\n");
}

static void refused_row(const struct setting *row, struct strbuf *out)
{
	add_head(row, out);
	strbuf_addf(out, " %s |\n", row->reason);
}

static void elsewhere_row(const struct setting *row, struct strbuf *out)
{
	add_head(row, out);
	strbuf_addf(out, " `%s` | %s |\n", row->belongs, row->reason);
}

static const struct section sections[] = {
	{ STANDING_WRITABLE, "Settings that a plan changes",
	  "Each is read, compared, changed by one call and brought back by "
	  "the same call.",
	  writable_row,
	  "| setting | what it is | values | takes effect | can be undone | "
	  "call | severity | controls |\n"
	  "| --- | --- | --- | --- | --- | --- | --- | --- |\n" },
	{ STANDING_FIXED, "Settings that cannot be changed in place",
	  "Each is read and compared; a difference is *blocked*, with the "
	  "remedy.",
	  fixed_row,
	  "| setting | what it is | values | why | remedy | severity | "
	  "controls |\n"
	  "| --- | --- | --- | --- | --- | --- | --- |\n" },
	{ STANDING_OTHER_KIND, "Settings that belong elsewhere",
	  "Set here they are refused, naming the kind that has them.",
	  elsewhere_row,
	  "| setting | what it is | belongs to | why |\n"
	  "| --- | --- | --- | --- |\n" },
	{ STANDING_LATER, "Settings that this version does not set",
	  "They are refused by name.", refused_row,
	  "| setting | what it is | why |\n| --- | --- | --- |\n" },
	{ STANDING_SECRET, "Secrets",
	  "They are refused, and never read, shown or recorded.", refused_row,
	  "| setting | what it is | why |\n| --- | --- | --- |\n" },
	{ STANDING_ACTION, "Actions", "They are no settings, and refused.",
	  refused_row,
	  "| setting | what it is | why |\n| --- | --- | --- |\n" },
};

static void add_section(enum kind kind, const struct section *section,
			struct strbuf *out)
{
	size_t len;
	const struct setting *rows = catalogue_rows(kind, &len);
	bool begun = false;

	for (size_t i = 0; i < len; i++) {
		if (rows[i].standing != section->standing)
			continue;
		if (!begun)
			strbuf_addf(out, "\n### %s\n\n%s\n\n%s", section->title,
				    section->text, section->head);
		begun = true;
		section->row(&rows[i], out);
	}
}

/* What names its settings may have besides. */
static void add_open(enum kind kind, struct strbuf *out)
{
	const char *form;
	const struct setting *like = catalogue_open(kind, &form);

	if (like)
		strbuf_addf(out,
			    "\n### Any other name\n\n%s, by a name like "
			    "`%s`, is a setting too: text in quotes, or "
			    "`null`; %s. AWS says which values it may have.\n",
			    like->summary, form, when_text(like));
}

void catalogue_markdown(struct strbuf *out)
{
	strbuf_adds(out,
		    "# Settings\n"
		    "\n"
		    "<!-- Made from the table of settings by `make docs`: "
		    "change the table, not this page. -->\n"
		    "\n"
		    "Names are the ones that Terraform's AWS provider made "
		    "familiar; each links to the page of AWS's\n"
		    "documentation that says so. Identifiers and windows are "
		    "compared in lower case, sets in any order, and\n"
		    "what AWS leaves out counts as off, 0 or empty where AWS "
		    "means that.\n");
	for (enum kind kind = 0; kind < KIND_COUNT; kind++) {
		strbuf_addf(out, "\n## kind: %s\n", kind_ops(kind)->name);
		for (size_t i = 0; i < ARRAY_SIZE(sections); i++)
			add_section(kind, &sections[i], out);
		add_open(kind, out);
	}
}
