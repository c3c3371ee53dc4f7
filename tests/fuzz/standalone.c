/*
 * Run a fuzz target over files, without a fuzzer: what `make test` does with
 * the corpora.  fuzz_NAME FILE...
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/file.h"
#include "core/limits.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int main(int argc, char *argv[])
{
	for (int i = 1; i < argc; i++) {
		CLEANUP(error_release) struct error err = ERROR_INIT;
		CLEANUP(strbuf_release)
		struct strbuf input = STRBUF_INIT(LIMIT_STORE_FILE);

		if (file_read(argv[i], LIMIT_STORE_FILE, &input, &err)) {
			fprintf(stderr, "cannot read %s\n", argv[i]);
			return 1;
		}
		(void)LLVMFuzzerTestOneInput((const uint8_t *)input.buf,
					     input.len);
	}
	return 0;
}
