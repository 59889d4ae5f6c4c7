/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Connections captured on both sides of a firewall that replaces sequence
 * numbers.  All numbers of one direction then differ by a constant, in sequence
 * numbers as in ACKs:
 *
 *	before	SYN 1000 ->	<- SYN-ACK 500, ACK 1001	1001 ->
 *	behind	SYN 7300 ->	<- SYN-ACK 500, ACK 7301	7301 ->
 *
 * The two SYNs reveal the constant.  From then on, all numbers are converted to
 * those captured first, so that copies are equal.
 *
 * Memory: none until the first such connection, then a table of SHIFTS_MOST
 * connections, from which the least recently used one is evicted.  There is one
 * table per bucket of keys: see duplicates.h.
 */
#ifndef TCPSTATES_FLOW_SHIFTS_H
#define TCPSTATES_FLOW_SHIFTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"

#define SHIFTS_MOST	512

struct segment;
struct shifts;

/* NULL when out of memory. */
struct shifts *shifts_new(void) MUST_CHECK;
void shifts_free(struct shifts *);

/*
 * The SYN of `side` was captured with sequence number `isn`, and altered with
 * `other`.  `key` is key_fingerprint() of the connection.
 */
void shifts_learn(struct shifts *, uint64_t key, unsigned side, uint32_t isn,
    uint32_t other);

/* Was a shift learned for the connection? */
bool shifts_has(const struct shifts *, uint64_t key);

/*
 * A SYN or SYN-ACK of `side` has another number than those before: it belongs
 * to another connection, whose numbers no device may have altered, or is a stray
 * one, and the old connection goes on.  Numbers are of the one they are near.
 */
void shifts_note_syn(struct shifts *, uint64_t key, unsigned side,
    uint32_t isn);

/*
 * Convert the numbers of a segment that `side` sent to those captured first; of
 * a SYN only the ACK.  True if any number changed.
 */
bool shifts_apply(struct shifts *, uint64_t key, unsigned side,
    struct segment *);

#endif
