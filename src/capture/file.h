/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One capture file of several, from its first byte to its last or to where it
 * is broken.  Private to capture/.
 */
#ifndef TCPSTATES_CAPTURE_FILE_H
#define TCPSTATES_CAPTURE_FILE_H

#include "capture/source.h"

struct feed;

/*
 * Open a file and check that it is a capture; pipes and standard input are not
 * read yet.  *ret_fd is set with SOURCE_COMPLETE; errors have been reported.
 */
enum source_end file_open(struct feed *, const char *path, int *ret_fd);

/*
 * Read a file that file_open() opened to its end, and close it.  SOURCE_FAILED
 * if there was not one record.
 */
enum source_end file_read(struct feed *, const char *path, int fd);

/* Update info.at and info.size. */
void file_progress(struct feed *);

#endif
