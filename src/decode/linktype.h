/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Link types by our own names.  capture/ translates what libpcap calls them
 * (DLT_*); the core never sees a DLT, so it builds and is tested without
 * libpcap.
 */
#ifndef TCPSTATES_DECODE_LINKTYPE_H
#define TCPSTATES_DECODE_LINKTYPE_H

enum linktype {
#define LINKTYPE(name, words, decoder) LINKTYPE_##name,
#include "decode/linktypes.def"
#undef LINKTYPE
	LINKTYPE_COUNT
};

/* In words, for messages and the manual ("Ethernet"). */
const char *linktype_name(enum linktype);

#endif
