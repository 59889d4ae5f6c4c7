/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Write frames to capture files (-w): the classic format of pcap-savefile(5),
 * in the byte order of this machine.  A file holds one link type: frames of any
 * other are refused.  The caller owns the buffer, opens the file, and checks
 * for errors.
 */
#ifndef TCPSTATES_CAPTURE_SAVE_H
#define TCPSTATES_CAPTURE_SAVE_H

#include <stdbool.h>
#include <stdint.h>

struct frame;
struct outbuf;
struct source_info;

/* Zeroed, but for `out`: nothing was written. */
struct save {
	struct outbuf *out;
	uint64_t bytes;		/* of the file, with what is buffered */
	int dlt;		/* of the file */
	bool is_nano;		/* times have nanoseconds */
	bool has_header;
};

/* Begin a file with its header; `info` describes the source. */
void save_begin(struct save *, const struct source_info *info);
/*
 * Write a frame, after the header if the file has none.  False: refused for its
 * link type.
 */
bool save_frame(struct save *, const struct source_info *info,
    const struct frame *);

#endif
