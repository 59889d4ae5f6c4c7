/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Less usual tunnels in UDP.  As in tunnel.h, a datagram that does not look
 * like one is plain UDP.
 */
#ifndef TCPSTATES_DECODE_OVERLAY_H
#define TCPSTATES_DECODE_OVERLAY_H

#include "decode/walk.h"

walk_step vxlan_gpe_decode;
walk_step nsh_decode;		/* not in UDP itself: it has an ethertype */
walk_step gue_decode;
walk_step gre_udp_decode;
walk_step mpls_udp_decode;
walk_step lisp_decode;
walk_step ayiya_decode;
walk_step tzsp_decode;
walk_step capwap_decode;

#endif
