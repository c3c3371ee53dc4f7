/*
 * Any bytes as a journal: either damage that is said, or whole lines which,
 * parsed alone, are the same events.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "state/journal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(error_release) struct error err = ERROR_INIT;
	CLEANUP(json_release) json_t *events = NULL;
	CLEANUP(json_release) json_t *again = NULL;
	size_t whole = 0, whole_again = 0;
	int rc = journal_parse("fuzz", (const char *)data, size, &events,
			       &whole, &err);

	if (rc) {
		assert(err.code == ERR_STATE);
		return 0;
	}
	assert(whole <= size);
	rc = journal_parse("fuzz", (const char *)data, whole, &again,
			   &whole_again, &err);
	assert(!rc && whole_again == whole && json_equal(events, again));
	return 0;
}
