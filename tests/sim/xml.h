/* JSON values as the XML of AWS's query protocol. */
#ifndef ABACK_TESTS_SIM_XML_H
#define ABACK_TESTS_SIM_XML_H

#include "core/json.h"
#include "core/strbuf.h"

/* <name>text</name>, escaped. */
void xml_text(struct strbuf *out, const char *name, const char *text);
/*
 * An element for a value: text, numbers and booleans as they are written,
 * objects as nested elements, arrays with the item name that AWS's model has
 * for this list ("member" where it has none). null is left out, and so are
 * members whose name begins with a small letter: they are the simulator's own.
 */
void xml_value(struct strbuf *out, const char *name, const json_t *value);
/* How AWS's model calls the items of a list; "member" where it does not. */
const char *xml_item_name(const char *list);
/* The members of an object, without an element around them. */
void xml_members(struct strbuf *out, const json_t *object);

#endif
