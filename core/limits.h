/* Every limit on what comes from outside, in one place. */
#ifndef ABACK_CORE_LIMITS_H
#define ABACK_CORE_LIMITS_H

#include <stddef.h>

#define KIB ((size_t)1024)
#define MIB (1024 * KIB)

#define LIMIT_MESSAGE (64 * KIB)      /* one error message or hint */
#define LIMIT_ERROR_PART (4 * KIB)    /* one link of an error's chain */
#define LIMIT_ERROR_HINT (16 * KIB)   /* its hint */
#define LIMIT_DESIRED_FILE (16 * MIB) /* aback.yaml */
#define LIMIT_PLAN_FILE (512 * MIB)   /* a plan */
#define LIMIT_RENDERED (1024 * MIB)   /* a rendered document */
#define LIMIT_CONFIG_FILE (4 * MIB)   /* ~/.aws/config, ~/.aws/credentials */
#define LIMIT_CONFIG_VALUE (64 * KIB) /* a value of several lines in them */
#define LIMIT_ANSWER (64 * MIB)       /* one answer of AWS */
#define LIMIT_ANSWER_HELD (1 * MIB)   /* of it until it is read piecewise */
#define LIMIT_ERROR_BODY (64 * KIB)   /* what is kept of an error's body */
#define LIMIT_REQUEST_BODY (4 * MIB)  /* one request to AWS */
#define LIMIT_ELEMENT_TEXT (1 * MIB)  /* one element's text in an answer */
#define LIMIT_XML_TOKEN (1 * MIB)     /* one tag or comment in an answer */
#define LIMIT_XML_DEPTH 64            /* nesting of an answer */
#define LIMIT_YAML_DEPTH 64           /* nesting of aback.yaml */
#define LIMIT_YAML_NODES 1000000      /* nodes of aback.yaml */
#define LIMIT_YAML_ANCHORS 1000       /* anchors of aback.yaml */
#define LIMIT_YAML_ERRORS 100         /* mistakes reported of one file */
#define LIMIT_OPEN_ROWS 4096          /* different parameters in one run */
#define LIMIT_TARGETS 1000            /* targets of aback.yaml */
#define LIMIT_PAGES 10000             /* pages of one listing */
#define LIMIT_STORE_FILE (512 * MIB)  /* one file of the state repository */
#define LIMIT_SCRATCH (256 * MIB)     /* a file of work that may be lost */
#define LIMIT_JOURNAL_LINE (4 * MIB)  /* one line of a journal */

#endif
