/* What YAML text is, below its structure: bytes and the types of scalars. */
#ifndef ABACK_CORE_YAML_TEXT_H
#define ABACK_CORE_YAML_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "core/error.h"
#include "core/yaml.h"

/*
 * Is every byte something a YAML text may hold? Lists the first that is not:
 * binary, another encoding, control characters, line breaks of other systems.
 */
bool yaml_text_check(const char *file, const char *text, size_t len,
		     struct error_list *list);

/* Set type, boolean and integer of a plain scalar by the YAML 1.2 core rules */
void yaml_type_plain(struct yaml_node *node);

/*
 * The byte offset of a character, counted as libyaml does: from 0, a CR LF
 * being two. len when it is past the end.
 */
size_t yaml_text_offset(const char *text, size_t len, size_t character);

#endif
