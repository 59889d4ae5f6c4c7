/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Frames on their way into a capture file of our own (-w).  A file holds one
 * link type: frames of another are refused.
 */
#ifndef TCPSTATES_CAPTURE_SAVE_H
#define TCPSTATES_CAPTURE_SAVE_H

#include <stdbool.h>
#include <stdint.h>

struct frame;
struct save;
struct source_info;

/*
 * Into an empty file that is open for writing and taken over.  0 or an errno
 * value.
 */
int save_open(int fd, struct save **ret_save);

/*
 * A frame of the source that `info` describes.  False when it was refused for
 * its link type; write errors are remembered.
 */
bool save_frame(struct save *, const struct source_info *info,
    const struct frame *);
/* Puts what is held into the file. */
void save_flush(struct save *);

/*
 * A capture without frames has a header too: `info` as above.  0 or the errno
 * value of the first write error.
 */
int save_close(struct save *, const struct source_info *info);

#endif
