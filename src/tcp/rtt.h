/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Round trips: of the handshake, by ACK, and by timestamps.
 *
 * A round trip is measured from the capture point to the endpoint that
 * answers and back; the sender's own round trip is the sum of both halves.
 */
#ifndef TCPSTATES_TCP_RTT_H
#define TCPSTATES_TCP_RTT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/nstime.h"
#include "flow/conn.h"
#include "tcp/analysis.h"

/*
 * RFC 6298, 2.4 wants a second at least; every stack in use takes 200 ms
 * (Linux, Windows since 2012) or 230 to 300 ms (BSDs, macOS).
 */
#define RTO_FLOOR_NS	(200 * NS_PER_MS)

struct endpoint;
struct segment;
struct step;

/*
 * An ACK-RTT sample of what `side` sent: RFC 6298 smoothing, and the series,
 * if it is wanted.
 */
void rtt_sample(struct endpoint_track *side, struct series *series, int64_t ns);

/* `side` sent a new TSval; one more than TSVALS_MAX is not waited for. */
void rtt_await_echo(
    struct endpoint_track *side, uint32_t tsval, int64_t sent_ns);

/*
 * The timestamp's two parts: the segment echoes a TSval of `side` in `tsecr`,
 * which is a sample for `series` if samples are wanted, and carries its own
 * TSval.
 */
void rtt_match_echo(struct endpoint_track *side, struct series *series,
    uint32_t tsecr, int64_t now_ns);
void rtt_remember_tsval(struct endpoint_track *from, const struct endpoint *snd,
    const struct segment *);

/*
 * The pipeline's step for timestamps (RFC 7323): remember the first appearance
 * of a TSval on a segment that elicits an answer, and match the first TSecr
 * that echoes it.
 */
void rtt_timestamps(struct step *);

/* The pipeline's step for the halves of the handshake. */
void rtt_handshake(struct step *);

/*
 * Shortest way from the capture point to `side` (0 or 1) and back, ns; -1
 * when nothing was measured.  What `side` sends in answer to something
 * cannot be seen any sooner after it.
 */
static inline int64_t
rtt_half(const struct analysis *an, const struct conn *conn, unsigned side)
{
	const struct endpoint_track *peer = &an->track[!side];
	const int64_t ns = side == conn->orig ? an->rtt_ack : an->rtt_syn;

	return peer->has_min_rtt && (ns < 0 || peer->rtt_min < ns) ?
	    peer->rtt_min : ns;
}

/* The same, smoothed (RFC 6298, 2.3). */
int64_t rtt_smoothed_half(const struct analysis *, const struct conn *,
    unsigned side);

/*
 * What the sender `side` must take for its RTT and its RTO (RFC 6298), ns:
 * both halves together.  RTT -1 when nothing was measured.  The RTO is never
 * below 200 ms, and a second before any sample.
 */
int64_t rtt_of_sender(const struct analysis *, const struct conn *,
    unsigned side);
int64_t rto_of_sender(const struct analysis *, const struct conn *,
    unsigned side);

#endif
