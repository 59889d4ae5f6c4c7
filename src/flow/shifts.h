/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Connections through a device that gives them sequence numbers of its own, as
 * firewalls do, captured on both sides of it.  All numbers of one direction
 * differ by a constant then, in sequence numbers as in ACKs:
 *
 *	before	SYN 1000 ->	<- SYN-ACK 500, ACK 1001	1001 ->
 *	behind	SYN 7300 ->	<- SYN-ACK 500, ACK 7301	7301 ->
 *
 * The two SYNs tell the constant.  From then on the numbers that were captured
 * first count, and the others are brought to these, so that copies are equal.
 *
 * Memory: none until the first such connection, then a table of SHIFTS_MOST of
 * them, of which the one that was silent longest gives way.
 */
#ifndef TCPSTATES_FLOW_SHIFTS_H
#define TCPSTATES_FLOW_SHIFTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"

#define SHIFTS_MOST	16384

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

/* Is it such a connection? */
bool shifts_has(const struct shifts *, uint64_t key);

/* A SYN begins another connection. */
void shifts_forget(struct shifts *, uint64_t key);

/*
 * Bring the numbers of a segment that `side` sent to those captured first; of
 * a SYN only its ACK.  True if any was another.
 */
bool shifts_apply(struct shifts *, uint64_t key, unsigned side,
    struct segment *);

#endif
