#include "plans/gate.h"

#include <stdlib.h>
#include <string.h>

#include "core/crypto.h"
#include "core/limits.h"
#include "core/mem.h"
#include "core/secret.h"
#include "plans/gate_private.h"
#include "plans/policy.h"
#include "state/record.h"
#include "state/remote.h"

void gate_passed_release(struct gate_passed *passed)
{
	json_decref(passed->record);
	*passed = (struct gate_passed){ 0 };
}

/* ---- which gate ------------------------------------------------------- */

static int refuse_unpinned(const struct gate_request *request, const char *who,
			   struct error *err)
{
	(void)error_set(err, ERR_GATE,
			"%s, and the store '%s' pins none: a store that is "
			"not the one that everybody uses could not tell "
			"whether a plan has run before",
			who, store_path(request->store));
	error_hint(err, "pin it once, for all who share the store, with: aback "
			"init --gate");
	return -1;
}

static bool is_same_name(const char *a, const char *b)
{
	return !strcmp(a, b);
}

/* The variables may not say something else than the store. */
static int check_variable(const char *name, const char *pinned,
			  bool (*is_same)(const char *wanted,
					  const char *pinned),
			  const struct gate_request *request, struct error *err)
{
	const char *wanted = getenv(name);

	if (!wanted || !*wanted)
		return 0;
	if (!pinned) {
		CLEANUP(free_ptr)
		char *who = xasprintf("%s names a gate", name);

		return refuse_unpinned(request, who, err);
	}
	secret_remember_url(wanted);
	if (!is_same(wanted, pinned))
		return error_set(err, ERR_GATE,
				 "%s is '%s', and the store '%s' pins '%s'",
				 name, wanted, store_path(request->store),
				 pinned);
	return 0;
}

static int find_pin(const struct gate_request *request,
		    struct gate_pin *ret_pin, struct error *err)
{
	if (gate_pin_load(request->store, ret_pin, err) ||
	    check_variable(GATE_BRANCH_VARIABLE, ret_pin->branch, is_same_name,
			   request, err) ||
	    check_variable(GATE_REMOTE_VARIABLE, ret_pin->remote,
			   remote_same_place, request, err))
		return -1;
	if (!ret_pin->branch && request->desired && request->desired->gate_line)
		return refuse_unpinned(request, "aback.yaml has a gate", err);
	return 0;
}

/* ---- the branch ------------------------------------------------------- */

/* The tip that was accepted last, for whoever follows. */
static int note_tip(const struct record *record, void *ctx,
		    struct error *err UNUSED)
{
	const char *tip =
		json_text(json_object_get(record->change, "gate"), "tip");
	char **last = ctx;

	if (tip) {
		free(*last);
		*last = xstrdup(tip);
	}
	return 0;
}

static int check_history(const struct gating *gating, struct error *err)
{
	CLEANUP(free_ptr) char *last = NULL;
	bool holds = true;

	if (records_each(gating->request->store, NULL, note_tip, &last, err) ||
	    (last && gate_branch_holds(gating->branch, last, &holds, err)))
		return -1;
	if (holds)
		return 0;
	(void)error_set(err, ERR_GATE,
			"the branch '%s' was rewritten: it stands at %.12s, "
			"whose history does not hold %.12s, from which a plan "
			"was accepted",
			gating->pin->branch, gate_branch_tip(gating->branch),
			last);
	error_hint(err, "find out who pushed by force, and put the history "
			"back");
	return -1;
}

/* The desired file as it stands on the branch. */
static int load_desired(const struct gating *gating,
			struct desired **ret_desired, struct error *err)
{
	const struct gate_pin *pin = gating->pin;
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT(LIMIT_DESIRED_FILE);
	CLEANUP(error_list_release) struct error_list mistakes = { 0 };
	bool found = false;

	if (gate_branch_read(gating->branch, pin->desired, &text, &found, err))
		return -1;
	if (!found)
		return error_set(err, ERR_GATE,
				 "'%s' is not on the branch '%s'", pin->desired,
				 pin->branch);
	if (desired_parse(pin->desired, text.buf, text.len, ret_desired,
			  &mistakes, err)) {
		err->code = ERR_GATE;
		return error_wrap(err, "on the branch '%s'", pin->branch);
	}
	return 0;
}

/* ---- the plan on the branch ------------------------------------------- */

/* Each place where the branch has these bytes; one that passes is enough. */
struct looking {
	const struct gating *gating;
	size_t found;
	char *path; /* the one that passed */
	json_t *signed_by;
	struct error why; /* why the last one did not */
};

static int look_at_path(const char *path, void *ctx, struct error *err)
{
	struct looking *looking = ctx;
	json_t *signed_by;

	looking->found++;
	if (looking->path)
		return 0;
	signed_by = json_array();
	if (!gate_check_signatures(looking->gating, path, signed_by, err)) {
		looking->path = xstrdup(path);
		looking->signed_by = signed_by;
		return 0;
	}
	json_decref(signed_by);
	if (err->code != ERR_GATE)
		return -1;
	error_release(&looking->why);
	looking->why = *err;
	*err = (struct error)ERROR_INIT;
	return 0;
}

static int refuse_absent(const struct gating *gating, struct error *err)
{
	(void)error_set(err, ERR_GATE,
			"no file of the branch '%s' (at %.12s) has exactly "
			"this plan's bytes (%s)",
			gating->pin->branch, gate_branch_tip(gating->branch),
			gating->request->plan->id);
	error_hint(err, "%s",
		   strcmp(gating->request->plan->kind, "backout")
			   ? "commit the plan as it was written, and merge it"
			   : "write the backout with -o FILE, commit it as it "
			     "was written, and merge it; in an emergency: "
			     "--break-glass 'why'");
	return -1;
}

/* New reference; null where there is no gate. */
static json_t *remote_of(const struct gate_pin *pin)
{
	CLEANUP(free_ptr)
	char *bare = pin->remote ? remote_bare_url(pin->remote) : NULL;

	return json_from_text(bare);
}

static json_t *passed_of(const struct gating *gating,
			 const struct looking *looking)
{
	const struct gate_pin *pin = gating->pin;

	/* a path in git may be any bytes */
	return json_pack("{s:o, s:o, s:s, s:o, s:o, s:O, s:n}", "branch",
			 json_from_text(pin->branch), "remote", remote_of(pin),
			 "tip", gate_branch_tip(gating->branch), "plan",
			 json_from_text(looking->path), "desired",
			 json_from_text(pin->desired), "signatures",
			 looking->signed_by, "break_glass");
}

static int check_plan(const struct gating *gating,
		      struct gate_passed *ret_passed, struct error *err)
{
	struct looking looking = { .gating = gating };
	int rc = gate_branch_find(gating->branch, gating->blob, look_at_path,
				  &looking, err);

	if (!rc && !looking.found)
		rc = refuse_absent(gating, err);
	if (!rc && !looking.path) {
		*err = looking.why;
		looking.why = (struct error)ERROR_INIT;
		rc = -1;
	}
	if (!rc)
		ret_passed->record = passed_of(gating, &looking);
	error_release(&looking.why);
	json_decref(looking.signed_by);
	free(looking.path);
	return rc;
}

/* ---- all of it -------------------------------------------------------- */

static int ask_policy(const struct desired *desired,
		      const struct gate_request *request,
		      struct gate_passed *ret_passed, struct error *err)
{
	ret_passed->restart_until = policy_restart_until(desired, request->now);
	return policy_check(desired, request->plan, request->now, err);
}

static int pass_branch(const struct gate_request *request,
		       const struct gate_pin *pin,
		       struct gate_passed *ret_passed, struct error *err)
{
	struct gating gating = { .request = request, .pin = pin };
	struct desired *desired = NULL;
	int rc;

	(void)git_blob_hex(request->bytes, request->len, gating.blob);
	rc = gate_branch_fetch(request->store, pin, &gating.branch, err);
	if (!rc)
		rc = check_history(&gating, err);
	if (!rc)
		rc = load_desired(&gating, &desired, err);
	gating.desired = desired;
	if (!rc)
		rc = gate_check_conditions(&gating, err) ||
				     ask_policy(desired, request, ret_passed,
						err) ||
				     check_plan(&gating, ret_passed, err)
			     ? -1
			     : 0;
	desired_free(desired);
	gate_branch_free(gating.branch);
	if (rc && err->code != ERR_INTERRUPTED)
		err->code = ERR_GATE; /* what cannot be asked is no yes */
	return rc;
}

/* Nothing is asked: what has to be backed out may not wait for a remote. */
static int break_glass(const struct gate_request *request,
		       const struct gate_pin *pin,
		       struct gate_passed *ret_passed, struct error *err)
{
	const struct desired *desired = request->desired;

	if (strcmp(request->plan->kind, "backout") != 0)
		return error_set(err, ERR_GATE,
				 "--break-glass passes the gate for a backout "
				 "only, and this plan is of kind '%s'",
				 request->plan->kind);
	/* another store could have recorded anything to go back to */
	if (desired && desired->remote &&
	    gate_check_store(request, desired, "", err))
		return -1;
	ret_passed->record = json_pack("{s:o, s:o, s:n, s:o}", "branch",
				       json_from_text(pin->branch), "remote",
				       remote_of(pin), "tip", "break_glass",
				       json_from_text(request->break_glass));
	return 0;
}

/* Is there anything to pass by? */
static int need_glass(const struct gate_request *request,
		      const struct gate_pin *pin, struct error *err)
{
	if (pin->branch || (request->desired && request->desired->policy.line))
		return 0;
	return error_set(err, ERR_USAGE,
			 "--break-glass: there is neither a gate in the store "
			 "nor a policy in aback.yaml that would have to be "
			 "passed");
}

/*
 * A copy that is behind knows neither what has run, nor the tip that was
 * accepted last, nor where the gate was moved to.
 */
static int fetch_store(const struct gate_request *request, struct gate_pin *pin,
		       struct error *err)
{
	if (!store_has_remote(request->store))
		return 0; /* which is refused */
	gate_pin_release(pin);
	return store_fetch(request->store, err) || find_pin(request, pin, err)
		       ? -1
		       : 0;
}

int gate_check(const struct gate_request *request,
	       struct gate_passed *ret_passed, struct error *err)
{
	CLEANUP(gate_pin_release) struct gate_pin pin = { 0 };

	*ret_passed = (struct gate_passed){ 0 };
	if (find_pin(request, &pin, err) ||
	    (pin.branch && fetch_store(request, &pin, err)))
		return -1;
	if (request->break_glass)
		return need_glass(request, &pin, err) ||
				       break_glass(request, &pin, ret_passed,
						   err)
			       ? -1
			       : 0;
	if (pin.branch)
		return pass_branch(request, &pin, ret_passed, err);
	ret_passed->record = json_null();
	return request->desired
		       ? ask_policy(request->desired, request, ret_passed, err)
		       : 0;
}
