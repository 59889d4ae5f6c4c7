/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One capture file of several, from its first byte to its last or to where
 * it is broken.  Private to capture/.
 */
#ifndef TCPSTATES_CAPTURE_FILE_H
#define TCPSTATES_CAPTURE_FILE_H

#include "capture/source.h"

struct feed;

/*
 * Open it, and look whether it is a capture; nothing of pipes and of standard
 * input is read.  *ret_fd is set with SOURCE_COMPLETE, everything else was
 * told.
 */
enum source_end file_open(struct feed *, const char *path, int *ret_fd);

/*
 * Read what file_open() opened to its end, and close it.  SOURCE_FAILED when
 * not one record came of it.
 */
enum source_end file_read(struct feed *, const char *path, int fd);

/* Brings info.at and info.size up to date. */
void file_progress(struct feed *);

#endif
