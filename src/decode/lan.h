/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Local networks that are not Ethernet, FDDI or Token Ring.
 */
#ifndef TCPSTATES_DECODE_LAN_H
#define TCPSTATES_DECODE_LAN_H

#include "decode/walk.h"

walk_step link_arcnet;		/* as BSD captures it: each frame */
walk_step link_arcnet_linux;	/* as Linux does: put together again */
walk_step link_ieee1394;
walk_step link_ip_over_fc;

#endif
