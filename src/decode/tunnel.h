/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * UDP, and the tunnels inside it.
 *
 * A port does not prove a tunnel.  A datagram that does not look like one
 * (flags, lengths, what is inside) is plain UDP, never malformed.
 */
#ifndef TCPSTATES_DECODE_TUNNEL_H
#define TCPSTATES_DECODE_TUNNEL_H

#include "decode/walk.h"

walk_step udp_decode;

/* The UDP header at the cursor has a tunnel's port, and tunnels are opened. */
bool udp_may_be_tunnel(const struct walk *);

/* The datagram is no tunnel: end of the walk. */
bool udp_end(struct walk *);

/* Note the network identifier in the first three of these four bytes. */
void udp_take_vni(struct segment *, const uint8_t *h);

walk_step vxlan_decode;
walk_step geneve_decode;
walk_step gtp_decode;
walk_step teredo_decode;
walk_step l2tp_decode;
walk_step l2tp3_decode;

#endif
