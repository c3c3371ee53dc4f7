/* Values as people write them in aback.yaml. */
#ifndef ABACK_PLANS_INIT_YAML_H
#define ABACK_PLANS_INIT_YAML_H

#include "core/json.h"
#include "core/strbuf.h"

/* JSON is YAML, so that only texts and lists need a kinder form. */
void init_add_value(struct strbuf *out, const json_t *value);
void init_add_text(struct strbuf *out, const char *text);
/*
 * The value of a key that has just been written, and the end of its line. A
 * list that is long goes on lines of its own, deeper than the key.
 */
void init_add_after_key(struct strbuf *out, const json_t *value);

#endif
