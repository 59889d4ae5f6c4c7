/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Link types by our own names, and by their numbers in capture files and in
 * libpcap, so that the core does not need libpcap.
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
 * The link type of a number in a capture file (LINKTYPE_...) or of libpcap
 * (DLT_...); LINKTYPE_UNKNOWN if the decoders do not know it.
 */
enum linktype linktype_numbered(int number);

/* In words, for messages and the manual ("Ethernet"). */
const char *linktype_name(enum linktype);

#endif
