/* Any bytes as a shared config file. */
#include <stdint.h>

#include "core/ini.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct error err = ERROR_INIT;
	struct ini *ini = NULL;

	if (!ini_parse("fuzz", (const char *)data, size, &ini, &err)) {
		(void)ini_has_section(ini, "default");
		(void)ini_get(ini, "default", "region");
	}
	ini_free(ini);
	error_release(&err);
	return 0;
}
