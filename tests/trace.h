/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Frames of a classic pcap file in memory, read without libpcap, so that the
 * engine's tests need no capture library; and the engine run over them.
 */
#ifndef TCPSTATES_TESTS_TRACE_H
#define TCPSTATES_TESTS_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "decode/frame.h"
#include "engine/engine.h"

struct trace {
	struct frame *frames;
	size_t count;
	uint8_t *file;		/* what the frames' bytes point into */
};

/* The whole file, or what there is of it; false: not there, or no pcap. */
bool trace_read(struct trace *, const char *path);
void trace_free(struct trace *);

/*
 * Path of the ith sample: those of data/ and, where there are some, captures
 * beside the source tree.  NULL when there are no more, in order of name.
 */
const char *trace_sample(unsigned i);
unsigned trace_sample_count(void);

/* A new engine with a fixed hash key; never NULL. */
struct tcpstates *trace_engine(const struct tcpstates_options *);
/* And all frames through it, to the end. */
struct tcpstates *trace_run(const struct trace *,
    const struct tcpstates_options *);

/* Put complemented addresses into the IP headers of a frame. */
void trace_mirror(uint8_t *bytes, size_t len, enum linktype);

#endif
