/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The fast path: nearly every frame is Ethernet, IP without options or
 * extensions, and TCP.  Private to decode/.
 */
#ifndef TCPSTATES_DECODE_FASTPATH_H
#define TCPSTATES_DECODE_FASTPATH_H

#include <stdbool.h>
#include <stdint.h>

struct frame;
struct frame_ends;
struct segment;

/*
 * Decode such a frame of LINKTYPE_ETHERNET if it was captured up to the end of
 * its TCP options and its lengths agree.  True: *ret_segment is what the chain
 * of decoders would return, byte for byte.  False: *ret_segment is untouched,
 * and the chain has to decode the frame.
 */
bool fastpath_decode(const struct frame *, struct segment *ret_segment);

/* As frame_peek(): would fastpath_decode() decode the frame? */
uint32_t fastpath_peek(const struct frame *, struct frame_ends *ret_ends);

#endif
