#include "core/nearest.h"

#include <stdbool.h>
#include <string.h>

/* Longer names are nobody's typing mistake; it also bounds the table. */
#define NAME_MAX_BYTES 64

/* Letter case and the kind of dash are no mistake worth counting. */
static char fold(char c)
{
	if (c >= 'A' && c <= 'Z')
		return (char)(c - 'A' + 'a');
	return c == '-' ? '_' : c;
}

static size_t min3(size_t a, size_t b, size_t c)
{
	size_t least = a < b ? a : b;

	return least < c ? least : c;
}

/*
 * Insertions, deletions, replacements and swaps of neighbours that make b of
 * a; both are at most NAME_MAX_BYTES long.
 */
static size_t edits(const char *a, size_t a_len, const char *b, size_t b_len)
{
	size_t rows[3][NAME_MAX_BYTES + 1];

	for (size_t j = 0; j <= b_len; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= a_len; i++) {
		size_t *row = rows[i % 3], *above = rows[(i + 2) % 3];
		const size_t *two_above = rows[(i + 1) % 3];

		row[0] = i;
		for (size_t j = 1; j <= b_len; j++) {
			char x = fold(a[i - 1]), y = fold(b[j - 1]);

			row[j] = min3(above[j] + 1, row[j - 1] + 1,
				      above[j - 1] + (x != y));
			if (i > 1 && j > 1 && x == fold(b[j - 2]) &&
			    y == fold(a[i - 2]) &&
			    two_above[j - 2] + 1 < row[j])
				row[j] = two_above[j - 2] + 1;
		}
	}
	return rows[a_len % 3][b_len];
}

static bool starts_with(const char *text, const char *head)
{
	while (*head && fold(*text) == fold(*head)) {
		text++;
		head++;
	}
	return !*head;
}

struct nearest nearest_to(const char *wanted)
{
	return (struct nearest){ .wanted = wanted };
}

void nearest_offer(struct nearest *nearest, const char *name)
{
	size_t wanted_len = strlen(nearest->wanted);
	size_t len = strlen(name);
	size_t distance;

	if (!wanted_len || wanted_len > NAME_MAX_BYTES || len > NAME_MAX_BYTES)
		return;
	distance = edits(nearest->wanted, wanted_len, name, len);
	if (distance > 1 + wanted_len / 4) {
		/* the beginning of a name is near, however much is missing */
		if (wanted_len < 4 || !starts_with(name, nearest->wanted))
			return;
		distance = 1 + wanted_len / 4;
	}
	if (!nearest->best || distance < nearest->distance) {
		nearest->best = name;
		nearest->distance = distance;
	}
}

const char *nearest_best(const struct nearest *nearest)
{
	return nearest->best;
}
