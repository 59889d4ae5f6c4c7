/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a TCP checksum leaves once all header fields that the decoder knows are
 * taken out: the part of the payload, and of options of unknown content.  An
 * address translator, a firewall that replaces sequence numbers or a clamped
 * MSS changes the checksum and the fields alike (RFC 1624), so the residue of
 * one segment is the same at two points, unless a device between them changed
 * the payload or the checksum.  SACK blocks relative to the ACK are part of it:
 * without IP IDs nothing else tells duplicate ACKs apart.
 */
#ifndef TCPSTATES_COMPARE_RESIDUE_H
#define TCPSTATES_COMPARE_RESIDUE_H

#include <stdbool.h>
#include <stdint.h>

struct segment;

/*
 * False: the checksum says nothing, because the network card of the sender was
 * to compute it after the capture (checksum offload).
 */
bool residue_of(const struct segment *, uint16_t *ret_residue);

#endif
