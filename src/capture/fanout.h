/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Several programs, or threads of one, share the packets of an interface: each
 * connection goes to one of them, in both directions.  Private to capture/.
 *
 * The kernel spreads packets over the sockets of a group (packet(7),
 * PACKET_FANOUT) by a filter program of ours, which hashes addresses and ports
 * of TCP over IPv4 or IPv6 so that both directions have the same hash; of all
 * other IP packets, such as fragments and tunnels, the outer addresses alone.
 * The hash of the kernel itself parts the directions of many tunnels.
 */
#ifndef TCPSTATES_CAPTURE_FANOUT_H
#define TCPSTATES_CAPTURE_FANOUT_H

/*
 * Let a socket that captures join a group.  0; or -1 with errno set, which is
 * ENOSYS where there are no groups.
 */
int fanout_join(int fd, unsigned group);
/*
 * The same with a new group that no other program can know (Linux 4.12).  The
 * socket is member 0; the hash modulo the number of members is the index of
 * the member that receives a packet.
 */
int fanout_begin(int fd, unsigned *ret_group);

#endif
