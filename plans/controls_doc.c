/* docs/controls.md out of the table, so that it cannot say anything else. */
#include <string.h>

#include "plans/controls.h"

/* What a table cell would take for its end. */
static void add_cell(struct strbuf *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '|')
			strbuf_addc(out, '\\');
		strbuf_addc(out, *text);
	}
}

static void add_references(const struct control *control, struct strbuf *out)
{
	for (size_t i = 0; i < CONTROL_REFERENCES_MAX && control->references[i];
	     i++)
		strbuf_addf(out, "%s`%s`", i ? ", " : "",
			    control->references[i]);
}

static void add_settings(const struct control *control, struct strbuf *out)
{
	for (size_t i = 0; i < CONTROL_SETTINGS_MAX; i++) {
		const struct control_setting *setting = &control->settings[i];

		if (setting->name)
			strbuf_addf(out, "%s`%s` of %s", i ? ", " : "",
				    setting->name,
				    kind_ops(setting->kind)->name);
	}
	for (size_t i = 0; i < CONTROL_PARTS_MAX && control->parts[i]; i++)
		strbuf_addf(out, "%ssurroundings: `%s`",
			    i || control->settings[0].name ? "; " : "",
			    control->parts[i]);
}

static void add_control(const struct control *control, struct strbuf *out)
{
	strbuf_addf(out, "### %s\n\n%s. %s\n\n", control->id, control->title,
		    control->why);
	strbuf_addf(out, "| | |\n| --- | --- |\n| severity | %s |\n",
		    severity_name(control->severity));
	strbuf_addf(out, "| judges | each %s%s%s |\n",
		    control_subject_name(control),
		    control->engine ? " of " : "",
		    control->engine ? control->engine : "");
	/* others look at what AWS tells of the resource itself */
	if (control->settings[0].name || control->parts[0]) {
		strbuf_adds(out, "| looks at | ");
		add_settings(control, out);
		strbuf_adds(out, " |\n");
	}
	strbuf_adds(out, "| references | ");
	add_references(control, out);
	strbuf_addf(out, " |\n| fix | %s: ", fix_class_name(control->fix));
	add_cell(out, control->fix_text);
	strbuf_adds(out, " |\n\n");
	for (size_t i = 0; i < CONTROL_PROCEDURE_MAX && control->procedure[i];
	     i++)
		strbuf_addf(out, "%zu. %s\n", i + 1, control->procedure[i]);
	if (control->procedure[0])
		strbuf_addc(out, '\n');
}

void controls_markdown(struct strbuf *out)
{
	const struct control *const *controls = controls_all(NULL);

	strbuf_adds(
		out,
		"# Controls\n\n"
		"What `aback review` judges. Made by `make docs` from the "
		"table in `plans/controls*.c`; [review.md](review.md) says "
		"what a review is.\n\n"
		"References name a benchmark with its version, because numbers "
		"move: `CIS-Aurora-2.0.0` is section 2 of the CIS AWS "
		"Database Services Benchmark v2.0.0, `CIS-AWS-<version>` the "
		"CIS AWS Foundations Benchmark, `FSBP` the AWS Foundational "
		"Security Best Practices of Security Hub, `SecurityHub` a "
		"control of it that only other standards have, `Config` a "
		"managed rule of AWS Config, `Prowler` a check of that "
		"scanner.\n\n"
		"`fix` is who can put it right: `plan`, a rule of "
		"`aback.yaml`; `decision`, only a person; `one-way`, no call "
		"changes the resource, but a procedure replaces it; `none`, "
		"there is only something to know.\n\n");
	for (; *controls; controls++)
		add_control(*controls, out);
}
