/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Headers that bridges put around whole Ethernet frames.
 */
#ifndef TCPSTATES_DECODE_FABRIC_H
#define TCPSTATES_DECODE_FABRIC_H

#include <stdbool.h>

#include "decode/walk.h"

walk_step trill_decode;
walk_step batman_decode;

/* Is this the destination of Cisco's inter-switch link? */
bool isl_is_destination(const uint8_t address[6]);

/*
 * Go on behind the first 14 bytes of its header, at `h`, which look like
 * those of Ethernet.
 */
bool isl_next(struct walk *, const uint8_t *h);

#endif
