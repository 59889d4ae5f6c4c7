/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One pcapng file, from its first block to its last or to where it is broken.
 * Private to capture/.
 */
#ifndef TCPSTATES_CAPTURE_BLOCKS_H
#define TCPSTATES_CAPTURE_BLOCKS_H

#include "capture/source.h"

struct reading;

/* SOURCE_FAILED when not one packet came of it. */
enum source_end blocks_read(const struct reading *);

#endif
