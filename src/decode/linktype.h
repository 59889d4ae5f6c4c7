/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Link types by our own names, and by the numbers that capture files and
 * libpcap give them: known here, so that who uses the core needs no libpcap.
 */
#ifndef TCPSTATES_DECODE_LINKTYPE_H
#define TCPSTATES_DECODE_LINKTYPE_H

enum linktype {
#define LINKTYPE(name, words, decoder) LINKTYPE_##name,
#include "decode/linktypes.def"
#undef LINKTYPE
	LINKTYPE_COUNT
};

/*
 * What a number in a capture file (LINKTYPE_...) or of libpcap (DLT_...)
 * means; LINKTYPE_UNKNOWN for what the decoders do not know.
 */
enum linktype linktype_numbered(int number);

/* In words, for messages and the manual ("Ethernet"). */
const char *linktype_name(enum linktype);

#endif
