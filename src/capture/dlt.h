/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Names of libpcap's link types (DLT_*), for messages.  The decoders know them
 * by number: see linktype_numbered().
 */
#ifndef TCPSTATES_CAPTURE_DLT_H
#define TCPSTATES_CAPTURE_DLT_H

#include <stdint.h>

#define DLT_NAME_BUFSIZE	64

/* "EN10MB"; NULL for -1 and for one that libpcap does not know. */
const char *dlt_name(int dlt);

/*
 * libpcap's name and description: "EN10MB (Ethernet)", or "DLT 300" if libpcap
 * does not know the number.  NUL-terminated, cut to fit.
 */
void dlt_describe(char buf[DLT_NAME_BUFSIZE], int dlt);

/* The number in files, LINKTYPE_*, which is the same on all systems. */
uint16_t dlt_file_number(int dlt);

#endif
