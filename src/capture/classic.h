/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The records of a classic capture, read in blocks: libpcap calls fread() twice
 * per record, which takes longer than decoding the packet. Private to capture/.
 * This reader takes the usual case only: a plain regular file of version 2.4 in
 * this machine's byte order, of a common link type. It stops before the first
 * record that is cut or has an impossible length or fraction of a second;
 * libpcap continues there and reports the error.
 */
#ifndef TCPSTATES_CAPTURE_CLASSIC_H
#define TCPSTATES_CAPTURE_CLASSIC_H

#include <stdio.h>

#include "base/compiler.h"

struct reading;

enum classic_end {
	CLASSIC_OVER,		/* no more records are wanted */
	CLASSIC_GO_ON,		/* with libpcap: the stream is at the end, or at
				   a record that was not read */
	CLASSIC_FAILED		/* the stream could not be moved: errno */
};

/* Read records of a file whose header libpcap has read from the stream. */
enum classic_end classic_read(const struct reading *, FILE *stream) MUST_CHECK;

#endif
