/*
 * Reading a plan file. First what it is (JSON, the format), then whether it is
 * as it was written (digest, canonical bytes), then each member and its type
 * (plan_read), and last whether it hangs together (plan_check).
 */
#include "plans/plan.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include "core/crypto.h"
#include "core/file.h"
#include "core/limits.h"
#include "plans/plan_read.h"

/* Where nothing better is known to do next. */
static void hint_plan(struct error *err)
{
	if (!err->hint)
		error_hint(err, "a plan is what 'aback plan -o FILE' writes");
}

static int check_format(const json_t *root, struct error *err)
{
	static const char head[] = "aback-plan/";
	const char *format = json_text(root, "format");

	if (format && !strcmp(format, PLAN_FORMAT))
		return 0;
	if (format && !strncmp(format, head, strlen(head)) &&
	    format[strlen(head)]) {
		(void)error_set(err, ERR_FORMAT,
				"its format is '%s', and this aback reads "
				"'%s': it was made by a newer aback",
				format, PLAN_FORMAT);
		error_hint(err, "update aback, or plan again with this one");
		return -1;
	}
	(void)error_set(err, ERR_FORMAT,
			"it is no plan: its 'format' is not "
			"'%s'",
			PLAN_FORMAT);
	error_hint(err, "a plan is what 'aback plan -o FILE' writes");
	return -1;
}

static int edited(struct error *err, const char *why)
{
	(void)error_set(err, ERR_EDITED, "%s", why);
	error_hint(err, "a plan is applied as it was written and reviewed: "
			"change aback.yaml and plan again");
	return -1;
}

/* Make the id of a plan's canonical text empty, as it was when hashed. */
static void blank_id(struct strbuf *text, const json_t *id)
{
	/* at this indent only the plan's own members begin a line */
	static const char key[] = "\n  \"id\": ";
	CLEANUP(strbuf_release)
	struct strbuf quoted = STRBUF_INIT(text->max_bytes);
	char *at = strstr(text->buf, key);

	json_add_value(&quoted, id, 0);
	assert(at && !strncmp(at + strlen(key), quoted.buf, quoted.len));
	at += strlen(key) + 1;
	memmove(at, at + quoted.len - 2,
		text->len - (size_t)(at - text->buf) - quoted.len + 3);
	text->len -= quoted.len - 2;
}

/* Is the file what was hashed when it was written? */
static int check_digest(const json_t *root, const char *bytes, size_t len,
			struct error *err)
{
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT(LIMIT_PLAN_FILE + MIB);
	const json_t *id = json_object_get(root, "id");
	const char *stated = json_string_value(id);
	char hex[SHA256_HEX_MAX];
	bool canonical;

	if (!stated)
		return error_set(err, ERR_FORMAT, "it has no 'id'");
	json_canonical(root, &text);
	canonical = text.len == len && !memcmp(text.buf, bytes, len);
	if (text.overflowed) /* it cannot be what was written */
		return edited(err, "it was edited: its bytes are not in "
				   "canonical form");
	blank_id(&text, id);
	(void)sha256_hex(text.buf, text.len, hex);
	if (strncmp(stated, "sha256:", 7) != 0 || strcmp(stated + 7, hex) != 0)
		return edited(err, "it was edited: its digest does not match "
				   "its 'id'");
	if (!canonical)
		return edited(err, "it was edited: its bytes are not in "
				   "canonical form (reformatted?)");
	return 0;
}

static int parse(const char *name, const char *bytes, size_t len,
		 struct plan **ret_plan, struct error *err)
{
	CLEANUP(plan_cleanup) struct plan *plan = plan_new();
	CLEANUP(json_release) json_t *root = NULL;

	if (!len)
		return error_set(err, ERR_FORMAT, "it is empty");
	if (len > LIMIT_PLAN_FILE)
		return error_set(err, ERR_FORMAT, "it is larger than %zu MiB",
				 LIMIT_PLAN_FILE / MIB);
	if (json_parse(name, bytes, len, &root, err))
		return -1;
	if (!json_is_object(root))
		return error_set(err, ERR_FORMAT,
				 "it is no plan: it is not a JSON object");
	if (check_format(root, err) || check_digest(root, bytes, len, err) ||
	    plan_read(root, plan, err))
		return -1;
	*ret_plan = TAKE(plan);
	return 0;
}

int plan_parse_recorded(const char *name, const char *bytes, size_t len,
			struct plan **ret_plan, struct error *err)
{
	if (!parse(name, bytes, len, ret_plan, err))
		return 0;
	/* to plan again mends nothing: the record is not as it was left */
	err->code = ERR_STATE;
	error_hint(err, "the state repository was changed by hand: see by "
			"whom with git log -p, and restore the file");
	return error_wrap(err, "cannot read the recorded plan '%s'", name);
}

int plan_parse(const char *name, const char *bytes, size_t len,
	       struct plan **ret_plan, struct error *err)
{
	CLEANUP(plan_cleanup) struct plan *plan = NULL;

	if (parse(name, bytes, len, &plan, err)) {
		hint_plan(err);
		return error_wrap(err, "cannot read the plan '%s'", name);
	}
	if (plan_check(plan, err))
		return error_wrap(err, "cannot accept the plan '%s'", name);
	*ret_plan = TAKE(plan);
	return 0;
}

int plan_load(const char *path, struct strbuf *ret_bytes,
	      struct plan **ret_plan, struct error *err)
{
	const char *name = strcmp(path, "-") != 0 ? path : "standard input";

	if (file_read(path, LIMIT_PLAN_FILE, ret_bytes, err)) {
		hint_plan(err);
		return error_wrap(err, "cannot read the plan '%s'", name);
	}
	return plan_parse(name, ret_bytes->buf, ret_bytes->len, ret_plan, err);
}
