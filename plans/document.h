/*
 * IAM's policy documents. A value of TYPE_DOCUMENT is the document as its
 * author wrote it, so that a backout gives back the very same one; two of them
 * are equal when they mean the same.
 */
#ifndef ABACK_PLANS_DOCUMENT_H
#define ABACK_PLANS_DOCUMENT_H

#include <stdbool.h>
#include <stddef.h>

#include "core/compiler.h"
#include "core/error.h"
#include "core/json.h"

/*
 * What AWS answered: RFC 3986 percent-encoded JSON. A '+' is a '+'. Never
 * fails: what is no document stays a string, which no document equals.
 */
json_t *document_from_wire(const char *text);
/* The same of a text that is not percent-encoded, such as a parameter. */
json_t *document_from_text(const char *text);

/*
 * The document that a person wrote, as a map or as a text of JSON. ERR_DESIRED
 * says what is wrong with it. A new reference.
 */
MUST_CHECK int document_check(const json_t *value, json_t **ret_document,
			      struct error *err);

/* As it is sent: JSON without blanks. Owned. */
char *document_text(const json_t *document);
/* How many characters IAM counts: blanks between the tokens do not. */
size_t document_size(const json_t *document);

/*
 * Do they say the same? One text or a list of one, in any order; conditions'
 * values as texts; an account's number or the ARN of its root; Sid, Version
 * and the letter case of actions count as they are written.
 */
bool document_equal(const json_t *a, const json_t *b);

/*
 * May the trust policy `after` let in somebody, or let do something, that
 * `before` does not? Only what is plainly narrower is not: each thing that it
 * allows was allowed in the same words, each thing denied before still is.
 */
bool document_widens(const json_t *before, const json_t *after);

/* Does a statement name a principal, as those of a role's own do not? */
bool document_has_principal(const json_t *document);

/*
 * The unique id (AROA…, AIDA…) that stands where a principal was deleted, or
 * NULL: AWS refuses such a document. Borrowed.
 */
const char *document_lost_principal(const json_t *document);

#endif
