/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A fuzz target is a function of bytes that must neither crash, nor leak,
 * nor break what it asserts.  libFuzzer feeds it (configure --enable-fuzzing);
 * without, replay.c does, from the files that it found before.
 */
#ifndef TCPSTATES_TESTS_FUZZ_H
#define TCPSTATES_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

/* The name is libFuzzer's.  Returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What must hold, release build or not. */
#define MUST(condition)				\
	do {					\
		if (!(condition))		\
			abort();		\
	} while (0)

#endif
