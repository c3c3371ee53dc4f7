/* Dry runs of EC2; see ec2.h. */
#include <string.h>

#include "tests/sim/ec2.h"
#include "tests/sim/request.h"

bool ec2_read_dry(struct ec2_call *call)
{
	const char *text = json_text(call->form, "DryRun");

	if (!json_object_get(call->form, "DryRun"))
		return true;
	if (!text ||
	    (strcmp(text, "true") != 0 && strcmp(text, "false") != 0)) {
		answer_error(call->answer, call->request, 400,
			     "InvalidParameterValue",
			     "Invalid value '%s' for the parameter dryRun: "
			     "true or false is expected",
			     text ? text : "");
		return false;
	}
	call->dry = *text == 't';
	json_object_del(call->form, "DryRun");
	return true;
}

bool ec2_is_dry(struct ec2_call *call)
{
	if (call->dry)
		answer_error(call->answer, call->request, 412,
			     "DryRunOperation",
			     "Request would have succeeded, but DryRun flag is "
			     "set.");
	return call->dry;
}
