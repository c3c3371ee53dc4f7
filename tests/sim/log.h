/* The request log: one JSON object a line, on disk before the answer goes. */
#ifndef ABACK_TESTS_SIM_LOG_H
#define ABACK_TESTS_SIM_LOG_H

#include <stdio.h>

struct answer;
struct request;

void log_request(FILE *log, const struct request *request,
		 const struct answer *answer);

#endif
