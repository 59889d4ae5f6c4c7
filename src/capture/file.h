/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One capture file of several, from its first octet to its last or to where
 * it is broken.  Private to capture/.
 */
#ifndef TCPSTATES_CAPTURE_FILE_H
#define TCPSTATES_CAPTURE_FILE_H

#include "capture/source.h"

struct feed;

/*
 * A look from outside, before anything is read: is it there, may it be read,
 * is it a capture?  Pipes and standard input are not touched.
 */
enum source_end file_probe(struct feed *, const char *path);

/*
 * Read it to its end.  SOURCE_FAILED when not one record came of it.
 */
enum source_end file_read(struct feed *, const char *path);

/* Brings info.at and info.size up to date. */
void file_progress(struct feed *);

#endif
