/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Live capture on an interface.  Private to capture/.
 */
#ifndef TCPSTATES_CAPTURE_LIVE_H
#define TCPSTATES_CAPTURE_LIVE_H

#include <stdbool.h>

#include "capture/source.h"

struct feed;

enum source_end live_open(struct feed *);
enum source_end live_run(struct feed *);
void live_close(struct feed *);
/* See source_link_types(). */
enum source_end live_link_types(struct feed *,
    void (*each)(void *arg, const char *name, const char *words,
    bool is_known), void *arg);
/* Update the kernel's counts, as far as they are available. */
void live_statistics(struct feed *);

#endif
