/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Link types as libpcap names them (DLT_*), for people.  What their numbers
 * mean to the decoders is known by linktype_numbered().
 */
#ifndef TCPSTATES_CAPTURE_DLT_H
#define TCPSTATES_CAPTURE_DLT_H

#define DLT_NAME_BUFSIZE	64

/* "EN10MB"; NULL for -1 and for one that libpcap does not know. */
const char *dlt_name(int dlt);

/*
 * libpcap's name and description: "EN10MB (Ethernet)", or "DLT 300" for one
 * it does not know either.  NUL-terminated, cut to fit.
 */
void dlt_describe(char buf[DLT_NAME_BUFSIZE], int dlt);

#endif
