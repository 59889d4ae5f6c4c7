/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The short way: nearly every frame is Ethernet, IP without options or
 * extensions, and TCP.  Private to decode/.
 */
#ifndef TCPSTATES_DECODE_FASTPATH_H
#define TCPSTATES_DECODE_FASTPATH_H

#include <stdbool.h>

struct frame;
struct segment;

/*
 * Decode such a frame of LINKTYPE_ETHERNET, captured as far as its TCP
 * options reach and with lengths that agree: true, and *ret_segment is what
 * the chain of decoders would make of it, byte for byte.  False: it is
 * something else, *ret_segment is untouched, and the chain has to look.
 */
bool fastpath_decode(const struct frame *, struct segment *ret_segment);

#endif
