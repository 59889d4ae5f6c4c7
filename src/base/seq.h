/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sequence numbers: the only place that subtracts them.
 *
 * TCP counts bytes on a circle of 2^32 (RFC 9293, 3.4); serial numbers are
 * compared by the sign of their difference (RFC 1982).  Everything stored is
 * instead a 64-bit *offset* from the endpoint's ISN: the SYN has offset 0,
 * the first byte of data offset 1, and a stream beyond 4 GiB is nothing
 * special.
 */
#ifndef TCPSTATES_BASE_SEQ_H
#define TCPSTATES_BASE_SEQ_H

#include <stdbool.h>
#include <stdint.h>

/* Signed distance from b to a; right while they are less than 2^31 apart. */
static inline int32_t
seq_diff(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b);
}

static inline bool
seq_lt(uint32_t a, uint32_t b)
{
	return seq_diff(a, b) < 0;
}

static inline bool
seq_leq(uint32_t a, uint32_t b)
{
	return seq_diff(a, b) <= 0;
}

/*
 * Offset from `isn` of sequence number `seq`: of all possible offsets the one
 * nearest to `near` (an offset seen before).
 */
static inline int64_t
seq_offset(uint32_t seq, uint32_t isn, int64_t near)
{
	const uint32_t near_seq = isn + (uint32_t)near;

	/* Wraps rather than overflows, after 2^32 jumps of 2^31. */
	return (int64_t)((uint64_t)near + (uint64_t)(int64_t)seq_diff(seq, near_seq));
}

/* The sequence number at an offset. */
static inline uint32_t
seq_at(uint32_t isn, int64_t offset)
{
	return isn + (uint32_t)offset;
}

#endif
