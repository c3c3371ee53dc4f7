/* Which answer is being told of: the evidence of what was read. */
#include "core/aws_private.h"
#include "core/mem.h"

json_t *aws_answer(const struct aws *aws)
{
	struct job *job = aws->told;

	if (!job)
		return NULL;
	if (!job->answer) {
		CLEANUP(free_ptr)
		char *call =
			xasprintf("%s:%s", job->call.service, job->call.action);

		job->answer = json_object();
		(void)json_object_set_new(job->answer, "call",
					  json_from_text(call));
		(void)json_object_set_new(job->answer, "read_at",
					  json_from_text(job->sent_at));
		(void)json_object_set_new(job->answer, "request_id",
					  json_from_text(job->request_id));
	}
	return job->answer;
}
