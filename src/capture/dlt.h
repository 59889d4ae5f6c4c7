/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Link types as libpcap names them (DLT_*), translated at the border: the
 * core knows enum linktype only.
 */
#ifndef TCPSTATES_CAPTURE_DLT_H
#define TCPSTATES_CAPTURE_DLT_H

#include "decode/linktype.h"

#define DLT_NAME_BUFSIZE	64

/* LINKTYPE_UNKNOWN for what the decoders do not know. */
enum linktype dlt_linktype(int dlt);

/*
 * libpcap's name and description: "EN10MB (Ethernet)", or "DLT 300" for one
 * it does not know either.  NUL-terminated, cut to fit.
 */
void dlt_describe(char buf[DLT_NAME_BUFSIZE], int dlt);

#endif
