/* What could not be read, and which controls that leaves blind. */
#include <stdint.h>
#include <string.h>

#include "core/mem.h"
#include "plans/review_document.h"

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_text(object, key);

	return text ? text : "";
}

/* Does the control judge resources of this kind, or look at one? */
static bool looks_at(const struct control *control, enum kind kind)
{
	bool looks =
		control->subject == SUBJECT_RESOURCE && control->kind == kind;

	for (size_t i = 0; i < CONTROL_SETTINGS_MAX; i++)
		looks |= control->settings[i].name &&
			 control->settings[i].kind == kind;
	return looks;
}

/* A line of live->unread, of a resource, or of all of a kind. */
struct blind {
	const struct place *place;
	enum kind kind;
	const char *address; /* NULL: all of the kind */
	bool judged;         /* what was read of it is judged all the same */
	unsigned lookup;     /* it is a look-up, and nothing else */
	const char *part;    /* it is a part of the surroundings */
	bool closed;         /* it is all there is */
};

static bool is_blinded(const struct control *control, const struct blind *blind)
{
	if (blind->closed)
		return true;
	if (blind->lookup)
		return control->lookups & blind->lookup;
	for (size_t i = 0; blind->part && i < CONTROL_PARTS_MAX; i++) {
		if (control->parts[i] &&
		    !strcmp(control->parts[i], blind->part))
			return true;
	}
	return !blind->part && looks_at(control, blind->kind);
}

/*
 * Resources that nobody saw are not judged one by one: that counts once for
 * each control that would have judged them.
 */
static bool is_subject(const struct control *control, const struct blind *blind)
{
	return blind->closed ||
	       (!blind->lookup && !blind->part && !blind->judged &&
		control->subject == SUBJECT_RESOURCE &&
		control->kind == blind->kind);
}

static json_t *blind_controls(struct reviewing *reviewing,
			      const struct blind *blind)
{
	json_t *ids = json_array();

	for (size_t c = 0; c < reviewing->controls_len; c++) {
		const struct control *control = reviewing->controls[c];

		if (!review_evaluates(reviewing, control) ||
		    !is_blinded(control, blind))
			continue;
		(void)json_array_append_new(ids, json_string(control->id));
		if (!is_subject(control, blind))
			continue;
		reviewing->tallies[c].of[OUTCOME_UNREAD]++;
		review_mark(reviewing, control, blind->place, blind->address,
			    OUTCOME_UNREAD);
	}
	return ids;
}

static void put(json_t *object, const char *key, const char *text)
{
	(void)json_object_set_new(object, key, json_from_text(text));
}

static json_t *entry_of(struct reviewing *reviewing, const json_t *failure,
			const struct blind *blind, const char *what)
{
	static const char *const keys[] = { "call", "code", "message",
					    "request_id" };
	json_t *entry = json_object();

	for (size_t k = 0; k < ARRAY_SIZE(keys); k++)
		put(entry, keys[k], json_text(failure, keys[k]));
	put(entry, "target", blind->place->name);
	put(entry, "address", blind->address);
	put(entry, "what", what);
	(void)json_object_set_new(entry, "controls",
				  blind_controls(reviewing, blind));
	return entry;
}

static json_t *entry_of_line(struct reviewing *reviewing, const json_t *line)
{
	const struct review_input *input = reviewing->input;
	const struct kind_ops *ops = kind_by_name(text_of(line, "kind"));
	const char *address = json_text(line, "address");
	const struct blind blind = {
		.place = places_find(input->places, text_of(line, "target")),
		.kind = ops ? ops->kind : KIND_COUNT,
		.address = address,
		.judged =
			address && live_find(input->live,
					     text_of(line, "target"), address),
		.lookup = (unsigned)json_integer_value(
			json_object_get(line, "lookup")),
	};
	CLEANUP(free_ptr) char *what = NULL;

	if (address)
		what = xstrdup(address);
	else if (blind.lookup)
		what = xasprintf("what %s tells of %s", text_of(line, "call"),
				 blind.place->name);
	else
		what = xasprintf("each %s of %s", text_of(line, "kind"),
				 blind.place->name);
	return entry_of(reviewing, line, &blind, what);
}

/* "some metric filters of prod"; some: not all of the part. Owned. */
static char *part_named(const char *part, bool some, const struct place *place)
{
	char *what =
		xasprintf("%s%s of %s", some ? "some " : "", part, place->name);
	const size_t len = strlen(what) - strlen(place->name);

	for (size_t i = 0; i < len; i++)
		what[i] = what[i] == '_' ? ' ' : what[i];
	return what;
}

/* What one member of a part's value says was not read of it, or NULL. */
static const json_t *refusal_of(const json_t *member)
{
	const json_t *refusal = json_object_get(member, "unread");

	return refusal ? refusal
		       : json_object_get(json_object_get(member, "status"),
					 "unread");
}

struct part_reading {
	struct reviewing *reviewing;
	struct blind blind;
	json_t *unread; /* the lines */
	json_t *said;   /* refusals that have a line: call and code */
};

static void add_refusal(struct part_reading *reading, const json_t *failure,
			bool some)
{
	CLEANUP(free_ptr)
	char *what =
		part_named(reading->blind.part, some, reading->blind.place);
	CLEANUP(free_ptr)
	char *key = xasprintf("%s %s", text_of(failure, "call"),
			      text_of(failure, "code"));

	if (json_object_get(reading->said, key))
		return;
	(void)json_object_set_new(reading->said, key, json_true());
	(void)json_array_append_new(
		reading->unread,
		entry_of(reading->reviewing, failure, &reading->blind, what));
}

/* A part that was read may have members that were not. */
static void add_part(struct part_reading *reading, const json_t *part)
{
	const json_t *failure = json_object_get(part, "unread");
	const json_t *value = json_object_get(part, "value");
	const char *name;
	json_t *member;
	size_t i;

	if (failure)
		add_refusal(reading, failure, false);
	json_array_foreach(value, i, member) {
		if (refusal_of(member))
			add_refusal(reading, refusal_of(member), true);
	}
	json_object_foreach((json_t *)(uintptr_t)value, name, member) {
		if (refusal_of(member))
			add_refusal(reading, refusal_of(member), true);
	}
}

/* A target that could not be opened: nothing of it is known. */
static json_t *entry_of_closed(struct reviewing *reviewing,
			       const json_t *closed)
{
	const struct place place = {
		.name = (char *)(uintptr_t)text_of(closed, "target"),
		.account_id = (char *)(uintptr_t)text_of(closed, "account_id"),
		.region = (char *)(uintptr_t)text_of(closed, "region"),
	};
	const struct blind blind = { .place = &place, .closed = true };

	return entry_of(reviewing, closed, &blind, "all of the target");
}

/* The same of the surroundings. */
static void add_parts(struct reviewing *reviewing, json_t *unread)
{
	const struct places *places = reviewing->input->places;

	for (size_t p = 0; p < places->len; p++) {
		const struct place *place = &places->items[p];
		const char *name;
		json_t *part;

		json_object_foreach(
			json_object_get(reviewing->input->surroundings,
					place->name),
			name, part) {
			CLEANUP(json_release) json_t *said = json_object();
			struct part_reading reading = {
				.reviewing = reviewing,
				.blind = { .place = place, .part = name },
				.unread = unread,
				.said = said,
			};

			add_part(&reading, part);
		}
	}
}

json_t *review_unread(struct reviewing *reviewing)
{
	json_t *unread = json_array();
	size_t i;
	json_t *line;

	json_array_foreach(reviewing->input->closed, i, line)
		(void)json_array_append_new(unread,
					    entry_of_closed(reviewing, line));
	json_array_foreach(reviewing->input->live->unread, i, line)
		(void)json_array_append_new(unread,
					    entry_of_line(reviewing, line));
	add_parts(reviewing, unread);
	return unread;
}
