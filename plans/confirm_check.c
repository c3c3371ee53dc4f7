/* May a plan undo itself, with nobody there to look at it? */
#include <string.h>

#include "core/limits.h"
#include "plans/confirm.h"

/* The class of the first list that undoing by itself does not go with. */
static const char *hard_class(const json_t *classes)
{
	static const char *const hard[] = { "lossy", "one-way", "restart" };

	for (size_t i = 0; i < ARRAY_SIZE(hard); i++)
		if (json_array_has(classes, hard[i]))
			return hard[i];
	return NULL;
}

static const char *words_of(const char *class)
{
	static const struct {
		const char *class, *text;
	} words[] = {
		{ "lossy", "destroys data" },
		{ "one-way", "cannot be undone" },
		{ "restart", "restarts something" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (!strcmp(words[i].class, class))
			return words[i].text;
	return class;
}

/*
 * A reboot that follows from other changes is not taken back, but what it put
 * into effect is set back all the same, and then told as waiting. Who has to
 * confirm a change that was rebooted for must not come to believe that it is
 * gone again.
 */
static bool is_left(const struct plan_change *change,
		    const struct execute_options *options)
{
	return plan_change_follows(change) &&
	       (options->confirm_within_s <= 0 ||
		!json_array_has(options->allow, "restart"));
}

/* Why a change cannot undo itself; false: it can. */
static bool add_obstacle(const struct plan_change *change, const json_t *allow,
			 struct strbuf *out, bool *ret_exposure)
{
	const char *doing = hard_class(change->consent);
	const char *undoing = hard_class(change->backout_consent);

	if (!doing && !strcmp(change->reversibility, "one-way"))
		doing = "one-way";
	if (doing) {
		strbuf_addf(out, "%s:%s %s", change->address, change->setting,
			    words_of(doing));
		return true;
	}
	if (undoing) {
		strbuf_addf(out, "the backout of %s:%s %s", change->address,
			    change->setting, words_of(undoing));
		return true;
	}
	if (json_array_has(change->backout_consent, "exposure") &&
	    !json_array_has(allow, "exposure")) {
		*ret_exposure = true;
		strbuf_addf(out, "the backout of %s:%s opens access",
			    change->address, change->setting);
		return true;
	}
	return false;
}

#define OBSTACLES_NAMED 3
#define CONFIRM_WITHIN_MOST_S (INT64_C(366) * 86400)

int confirm_check(const struct plan *plan,
		  const struct execute_options *options, struct error *err)
{
	struct strbuf CLEANUP(strbuf_release) text = STRBUF_INIT(LIMIT_MESSAGE);
	const char *option = options->confirm_within_s > 0
				     ? "--confirm-within"
				     : "--on-failure backout";
	size_t found = 0, exposing = 0;

	if (!execute_undoes_itself(options))
		return 0;
	if (options->confirm_within_s > CONFIRM_WITHIN_MOST_S) {
		error_set(err, ERR_USAGE,
			  "--confirm-within is a year at most: who has not "
			  "confirmed until then will not");
		error_hint(err, "without it, the change stays until it is "
				"backed out");
		return -1;
	}
	for (size_t i = 0; i < plan->changes_len; i++) {
		struct strbuf CLEANUP(strbuf_release) why =
			STRBUF_INIT(LIMIT_MESSAGE);
		bool exposure = false;

		if (is_left(&plan->changes[i], options))
			continue;
		if (!add_obstacle(&plan->changes[i], options->allow, &why,
				  &exposure))
			continue;
		exposing += exposure;
		if (found++ < OBSTACLES_NAMED)
			strbuf_addf(&text, "%s%s", text.len ? "; " : "",
				    why.buf);
	}
	if (!found)
		return 0;
	if (found > OBSTACLES_NAMED)
		strbuf_addf(&text, "; and %zu more", found - OBSTACLES_NAMED);
	error_set(err, ERR_CONSENT,
		  "%s is for what can be undone unseen, and that is not all of "
		  "this plan: %s",
		  option, text.buf);
	if (exposing == found)
		error_hint(err, "if that is meant, add --allow exposure");
	else
		error_hint(err,
			   "plan the rest with --only, or leave %s out and "
			   "back it out yourself",
			   option);
	return -1;
}
