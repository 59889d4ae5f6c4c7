/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * 802.11 data frames, bare or behind the headers that capture tools put
 * before them.
 */
#ifndef TCPSTATES_DECODE_WIFI_H
#define TCPSTATES_DECODE_WIFI_H

#include "decode/walk.h"

walk_step link_wifi;
walk_step link_radiotap;
walk_step link_prism;	/* Prism or AVS, by their first bytes */

/* Access points are known to send frame control bytes in reverse. */
walk_step wifi_either_order;

#endif
