/* Signatures of plans: who has signed these bytes, and who counts. */
#include <string.h>
#include <strings.h>

#include "core/clock.h"
#include "core/crypto.h"
#include "core/file.h"
#include "core/limits.h"
#include "core/mem.h"
#include "plans/gate_private.h"

/* No commit holds a plan so long before it was made, whatever its clock says.
 */
#define CLOCKS_DIFFER_MOST_S (INT64_C(30) * 86400)

/* What is signed: nothing else that a key signs can be taken for a plan. */
#define SIGNED_HEAD "aback-plan/1\n"

static void add_signed(const char *bytes, size_t len, struct strbuf *out)
{
	strbuf_adds(out, SIGNED_HEAD);
	strbuf_add(out, bytes, len);
}

void gate_sign(const struct private_key *key, const char *bytes, size_t len,
	       struct strbuf *out)
{
	CLEANUP(strbuf_release)
	struct strbuf data = STRBUF_INIT(LIMIT_PLAN_FILE + KIB);
	unsigned char signature[SIGNATURE_BYTES];
	char text[(SIGNATURE_BYTES + 2) / 3 * 4 + 1];

	add_signed(bytes, len, &data);
	private_key_sign(key, data.buf, data.len, signature);
	base64_encode(signature, sizeof(signature), text);
	strbuf_addf(out, "%s\n", text);
}

/* Who counts so far, and why the others do not. */
struct count {
	const struct gating *gating;
	const char *path;
	struct strbuf data; /* what was signed */
	json_t *authors;    /* emails of who committed the plan, lower case */
	json_t *signed_by;
	json_t *keys;    /* public keys that counted */
	json_t *signers; /* and the emails that they are of, lower case */
	struct strbuf others;
};

static void add_author(const char *email, void *ctx)
{
	CLEANUP(free_ptr) char *name = xstrdup_lower(email);

	json_array_add_unique(ctx, name);
}

static void does_not_count(struct count *count, const char *name,
			   const char *why)
{
	strbuf_addf(&count->others, "%s%s %s", count->others.len ? "; " : "",
		    name, why);
}

/* The public key, which lies beside the desired file on the branch. */
static int load_key(const struct gating *gating, const struct trusted_key *key,
		    struct public_key *ret_key, struct error *err)
{
	CLEANUP(free_ptr)
	char *path = file_beside(gating->pin->desired, key->path);
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(64 * KIB);
	bool found = false;

	if (gate_branch_read(gating->branch, path, &text, &found, err))
		return -1;
	if (!found)
		return error_set(err, ERR_GATE,
				 "the key '%s' of '%s' is not on the branch "
				 "'%s'",
				 path, key->name, gating->pin->branch);
	if (public_key_parse(path, text.buf, text.len, ret_key, err)) {
		err->code = ERR_GATE;
		return error_wrap(err, "the trusted key '%s'", key->name);
	}
	return 0;
}

/* *ret_why: why there is no good signature; NULL: there is one. */
static int verify(const struct count *count, const struct trusted_key *key,
		  const struct public_key *public_key, const char **ret_why,
		  struct error *err)
{
	CLEANUP(free_ptr)
	char *path = xasprintf("%s.%s" GATE_SIGNATURE_SUFFIX, count->path,
			       key->name);
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(4 * KIB);
	unsigned char signature[SIGNATURE_BYTES];
	bool found = false;
	size_t len = 0;

	if (gate_branch_read(count->gating->branch, path, &text, &found, err))
		return -1;
	if (!found)
		*ret_why = "has not signed it";
	else if (!base64_decode(text.buf, text.len, signature,
				sizeof(signature), &len) ||
		 len != sizeof(signature))
		*ret_why = "has a signature that is none";
	else if (!signature_verify(public_key, count->data.buf, count->data.len,
				   signature))
		*ret_why = "has a signature that is not of these bytes and "
			   "that key";
	else
		*ret_why = NULL;
	return 0;
}

static int look_at_key(struct count *count, const struct trusted_key *key,
		       struct error *err)
{
	CLEANUP(free_ptr) char *email = xstrdup_lower(key->email);
	CLEANUP(strbuf_release) struct strbuf line = STRBUF_INIT(KIB);
	struct public_key public_key;
	const char *why = NULL;

	if (load_key(count->gating, key, &public_key, err) ||
	    verify(count, key, &public_key, &why, err))
		return -1;
	public_key_line(&public_key, &line);
	if (!why && json_array_has(count->authors, email))
		why = "signed it and committed it, which does not count";
	if (!why && json_array_has(count->keys, line.buf))
		why = "has the same key as somebody who has signed already";
	if (!why && json_array_has(count->signers, email))
		why = "has the email of somebody who has signed already";
	if (why) {
		does_not_count(count, key->name, why);
		return 0;
	}
	json_array_add_unique(count->keys, line.buf);
	json_array_add_unique(count->signers, email);
	json_array_append_new(count->signed_by,
			      json_pack("{s:s, s:o, s:s}", "name", key->name,
					"email", json_from_text(key->email),
					"key", line.buf));
	return 0;
}

int gate_check_signatures(const struct gating *gating, const char *path,
			  json_t *ret_signed, struct error *err)
{
	const struct gate_rules *rules = &gating->desired->gate;
	CLEANUP(json_release) json_t *authors = json_array();
	CLEANUP(json_release) json_t *keys = json_array();
	CLEANUP(json_release) json_t *signers = json_array();
	CLEANUP(strbuf_release)
	struct strbuf data = STRBUF_INIT(LIMIT_PLAN_FILE + KIB);
	struct count count = { .gating = gating,
			       .path = path,
			       .authors = authors,
			       .keys = keys,
			       .signers = signers,
			       .signed_by = ret_signed,
			       .others = STRBUF_INIT(LIMIT_MESSAGE) };
	int64_t made = 0;
	int rc = 0;

	add_signed(gating->request->bytes, gating->request->len, &data);
	count.data = data;
	if (clock_parse(gating->request->plan->created_at, &made, err) ||
	    gate_branch_authors(gating->branch, gating->blob,
				made - CLOCKS_DIFFER_MOST_S, add_author,
				authors, err))
		return -1;
	for (size_t i = 0; i < rules->keys_len && !rc; i++)
		rc = look_at_key(&count, &rules->keys[i], err);
	if (!rc && json_array_size(ret_signed) < rules->signatures) {
		rc = error_set(err, ERR_GATE,
			       "the plan needs %zu signatures of trusted keys "
			       "and has %zu%s%s",
			       rules->signatures, json_array_size(ret_signed),
			       count.others.len ? ": " : "", count.others.buf);
		error_hint(err, "have it signed with 'aback sign', and the "
				"signatures merged beside the plan");
	}
	strbuf_release(&count.others);
	return rc;
}
