/*
 * What a terminal needs to know and to be spared: its width, whether colours
 * are wanted, how many columns a text takes, and texts of strangers (AWS, a
 * YAML file) without anything that would move the cursor or reorder a line.
 */
#ifndef ABACK_CORE_TERMINAL_H
#define ABACK_CORE_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

#include "core/compiler.h"
#include "core/strbuf.h"

enum color_choice { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };

bool terminal_is(int fd);
/* Columns of fd, else of COLUMNS, else 80. At least 40. */
unsigned terminal_width(int fd);
/*
 * Colours on fd? AUTO: only on a terminal that is not "dumb" and when NO_COLOR
 * is unset or empty.
 */
bool terminal_color(enum color_choice choice, int fd);

/* Columns that UTF-8 text takes; invalid bytes count one each. */
size_t terminal_columns(const char *text);

/*
 * Append text with every control character, invalid byte and bidirectional
 * control spelled out (\x1b, \u202e), so that it cannot act on a terminal. A
 * newline becomes \n (two characters) unless keep_newlines. NULL is no text.
 */
void terminal_escape(struct strbuf *out, const char *text, bool keep_newlines);

/* Append as much of text as fits into columns; a cut ends in "…". */
void terminal_fit(struct strbuf *out, const char *text, size_t columns);

/*
 * Append words, separated by blanks in text, as lines of at most width columns
 * (0: one line), each begun with indent blanks, but the first, whose position
 * is `column` already. A word longer than a line stands alone and whole, so
 * that it can be copied. Ends without a newline.
 */
void terminal_wrap(struct strbuf *out, const char *text, unsigned width,
		   unsigned indent, unsigned column);

#endif
