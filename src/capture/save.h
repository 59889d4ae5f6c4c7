/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Write frames to a capture file (-w).  A file holds one link type: frames of
 * any other are refused.
 */
#ifndef TCPSTATES_CAPTURE_SAVE_H
#define TCPSTATES_CAPTURE_SAVE_H

#include <stdbool.h>
#include <stdint.h>

struct frame;
struct save;
struct source_info;

/*
 * Write to an empty file that is open for writing; its descriptor is taken
 * over, and closed on failure.  Return 0 or an errno value.
 */
int save_open(int fd, struct save **ret_save);

/*
 * Write a frame of the source that `info` describes.  False: refused for its
 * link type.  The first write error is kept for save_close().
 */
bool save_frame(struct save *, const struct source_info *info,
    const struct frame *);
/* Write what is buffered. */
void save_flush(struct save *);

/*
 * Close the file.  A capture without frames has a header, too: `info` as
 * above.  Return 0 or the errno value of the first write error.
 */
int save_close(struct save *, const struct source_info *info);

#endif
