#include "plans/verify.h"

#include <unistd.h>

#include "core/clock.h"
#include "plans/verify_parts.h"

/* A proof that has its record and no evidence yet. */
static json_t *begin(const struct verify_subject *subject,
		     const struct places *places,
		     const struct verify_options *options)
{
	char host[256] = "";

	(void)gethostname(host, sizeof(host) - 1); /* "" where there is none */
	return json_pack("{s:s, s:s, s:o, s:o, s:s, s:I, s:O, s:{}}", "format",
			 PROOF_FORMAT, "change", subject->record.id,
			 "verified_by", json_from_text(places->caller_arn),
			 "host", json_from_text(host), "tool",
			 "aback " ABACK_VERSION, "wait_limit_s",
			 (json_int_t)options->wait_s, "record",
			 subject->recorded, "evidence");
}

static int gather(struct aws *aws, const struct places *places,
		  struct store *store, const struct verify_subject *subject,
		  const struct verify_options *options, json_t *proof,
		  struct error *err)
{
	CLEANUP(live_cleanup) struct live *live = NULL;
	json_t *evidence = json_object_get(proof, "evidence");
	json_t *part;

	/* live first: event history then tells of all that came before */
	if (verify_read_live(aws, places, subject->plan, &part, &live, err))
		return -1;
	(void)json_object_set_new(evidence, "live", part);
	if (verify_read_history(aws, places, store, proof, options, err) ||
	    verify_read_logs(aws, places, live, subject, &part, err))
		return -1;
	(void)json_object_set_new(evidence, "logs", part);
	return 0;
}

int verify_run(struct aws *aws, const struct places *places,
	       struct store *store, const struct verify_subject *subject,
	       const struct verify_options *options, json_t **ret_proof,
	       struct error *err)
{
	CLEANUP(json_release)
	json_t *proof = begin(subject, places, options);
	char now[CLOCK_TEXT_MAX];

	if (gather(aws, places, store, subject, options, proof, err))
		return -1;
	(void)json_object_set_new(proof, "verified_at",
				  json_string(clock_rfc3339(clock_now(), now)));
	proof_judge(proof);
	*ret_proof = TAKE(proof);
	return 0;
}
