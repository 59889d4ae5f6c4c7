/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the benchmarks of the core have in common.
 */
#ifndef TCPSTATES_TESTS_BENCH_BENCH_H
#define TCPSTATES_TESTS_BENCH_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "../big_endian.h"
#include "../segframe.h"

#define BENCH_FRAME_ROOM	128	/* bytes kept of a frame */

/* Zeroed memory, or the end of the program. */
static inline void *
bench_room(size_t count, size_t size)
{
	void *bytes = calloc(count, size);

	if (bytes == NULL) {
		fputs("out of memory\n", stderr);
		exit(1);
	}
	return bytes;
}

/* The processor time of CLOCK_PROCESS_CPUTIME_ID, or of the thread. */
static inline int64_t
bench_cpu_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return ts.tv_sec * INT64_C(1000000000) + ts.tv_nsec;
}

/*
 * A segment of connection `conn`, with timestamps as Linux sends; its numbers,
 * flags and length are left to the caller.  Sixteen ports at each originator
 * 10.x.y.z, one responder.
 */
static inline struct segspec
bench_segment(size_t conn, bool by_resp, uint32_t tsval)
{
	struct segspec spec = {
		.by = {
			.linktype = LINKTYPE_ETHERNET,
			.ttl = 64,
			.vni = -1,
			.ip_id = -1,
			.ip_len = -1,
			.snaplen = BENCH_FRAME_ROOM,
		},
		.window = 64240,
		.option = { 1, 1, 8, 10 },
		.options_len = 12,
	};

	put32(spec.addr[by_resp], UINT32_C(0x0a000000) + (uint32_t)conn / 16);
	put32(spec.addr[!by_resp], UINT32_C(0xc0000201));
	spec.port[by_resp] = (uint16_t)(32768 + conn % 16);
	spec.port[!by_resp] = 443;
	put32(spec.option + 4, tsval);
	put32(spec.option + 8, tsval > 10 ? tsval - 10 : 0);
	return spec;
}

#endif
