/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lines to somewhere else that are not PPP.
 */
#ifndef TCPSTATES_DECODE_WAN_H
#define TCPSTATES_DECODE_WAN_H

#include "decode/walk.h"

walk_step link_frame_relay;
walk_step link_frame_relay_dir;	/* after a byte of direction */
walk_step link_slip;
walk_step link_sunatm;
walk_step link_ax25;
walk_step link_ax25_kiss;	/* after a byte of port and command */
walk_step link_docsis;

#endif
