/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The advertised window: its scaled size, its time at zero, and the times when
 * the sender has filled it.
 */
#ifndef TCPSTATES_TCP_WINDOW_H
#define TCPSTATES_TCP_WINDOW_H

#include <stdint.h>

struct analysis;
struct conn;
struct endpoint;
struct segment;
struct step;

/*
 * Return a segment's window in bytes (RFC 7323, 2.3), or -1 if its scale is
 * unknown because a SYN of the connection was not captured.
 */
int64_t window_of(const struct conn *, const struct endpoint *sender,
    const struct segment *);

/* The pipeline's steps: before the segment's ACK is taken, and after. */
void window_full(struct step *);
void window_advertised(struct step *);

/* Time with a zero window of `side`, until the last segment. */
int64_t window_zero_ns(const struct conn *, const struct analysis *,
    unsigned side);
/* Time that `side` had used up its peer's window, until the last segment. */
int64_t window_limited_ns(const struct conn *, const struct analysis *,
    unsigned side);

#endif
