/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * PPP and its relatives on serial lines.
 */
#ifndef TCPSTATES_DECODE_PPP_H
#define TCPSTATES_DECODE_PPP_H

#include "decode/walk.h"

walk_step ppp_decode;		/* with or without address and control */
walk_step pppoe_decode;		/* from the PPPoE header on */
walk_step link_ppp_serial;	/* PPP, or Cisco HDLC by its address */
walk_step link_chdlc;
walk_step link_ppp_dir;		/* both after a byte of direction */
walk_step link_chdlc_dir;

/* Could these bytes be PPP of a protocol that we know?  True when cut. */
bool ppp_is_plausible(const struct cursor *);

#endif
