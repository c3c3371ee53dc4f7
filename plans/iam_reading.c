#include "plans/iam_reading.h"

#include <stdarg.h>

#include "core/mem.h"

void iam_reading_end(struct iam_reading *reading)
{
	reading->request.done(reading->request.ctx, error_is_set(&reading->err)
							    ? &reading->err
							    : NULL);
	error_release(&reading->err);
}

bool iam_gave_up(struct iam_reading *reading, enum kind kind, const char *id,
		 const struct aws_result *result)
{
	if (result->outcome == AWS_OK)
		return false;
	if (result->class != AWS_CLASS_NOT_FOUND &&
	    !read_excused(&reading->request, kind, id, result->error) &&
	    !error_is_set(&reading->err))
		error_copy(&reading->err, result->error);
	return true;
}

void iam_incomplete(struct iam_reading *reading, const char *fmt, ...)
{
	CLEANUP(free_ptr) char *text = NULL;
	va_list ap;

	if (error_is_set(&reading->err))
		return;
	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	(void)error_set(&reading->err, ERR_INCOMPLETE, "%s", text);
}

static struct aws_call call_of(const struct iam_reading *reading,
			       const struct iam_question *question)
{
	return (struct aws_call){
		.session = reading->request.place->session,
		.service = "iam",
		.action = question->action,
		.parameters = question->parameters,
		.answer = question->answer,
		.handler = question->handler,
		.begin = question->begin,
		.done = question->done,
		.ctx = question->ctx,
	};
}

void iam_ask(const struct iam_reading *reading,
	     const struct iam_question *question)
{
	const struct aws_call call = call_of(reading, question);

	aws_start(reading->request.aws, &call);
}

void iam_list(const struct iam_reading *reading,
	      const struct iam_question *question)
{
	const struct aws_listing listing = {
		.call = call_of(reading, question),
		.marker_path = "*/*/Marker",
		.marker_parameter = "Marker",
		.page_done = question->page_done,
	};

	aws_list(reading->request.aws, &listing);
}
