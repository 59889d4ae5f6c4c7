/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Is a segment acceptable to its receiver (RFC 9293, 3.10.7.3 and 3.10.7.4;
 * RFC 5961)?  The one test that decides whether a segment may change the
 * identity, the sequence space or the state of a connection.
 *
 * An observer does not see RCV.NXT.  It lies between what the receiver has
 * acknowledged and what the sender was seen to send, so all of that range
 * counts as exact.  The capture may also have missed segments: a jump ahead
 * is accepted if windows of the largest size that the receiver can offer
 * allow it in the time that has passed.
 */
#ifndef TCPSTATES_FLOW_ACCEPTABLE_H
#define TCPSTATES_FLOW_ACCEPTABLE_H

#include <stdbool.h>
#include <stdint.h>

struct conn;
struct endpoint;
struct segment;

/* Why a segment without RST is not acceptable. */
enum acceptance {
	ACCEPTABLE,
	UNACCEPTABLE_IN_SYN_SENT,	/* neither SYN nor RST */
	UNACCEPTABLE_SYN,		/* of another handshake */
	UNACCEPTABLE_SEQ,		/* outside of the window */
	UNACCEPTABLE_ACK		/* of what was not sent */
};

/*
 * May a segment without RST, sent by `side`, change the connection?  Its
 * header was captured as far as the flags.
 */
enum acceptance acceptable_segment(const struct conn *, unsigned side,
    const struct segment *);

/*
 * Is it open which SYN-ACK of this endpoint counts?  The first segment with
 * which the peer acknowledges one of them decides.
 */
bool acceptable_is_undecided(const struct endpoint *);

/*
 * An endpoint whose own numbers are unknown was acknowledged: does its segment
 * begin near the number that its peer expects?
 */
bool acceptable_follows_ack(const struct conn *, unsigned side,
    const struct segment *);

/* How the receiver treats an RST. */
enum rst_fit {
	RST_REJECTED,		/* dropped: its numbers do not fit */
	RST_IN_WINDOW,		/* answered by a challenge ACK, RFC 5961, 3.2 */
	RST_EXACT		/* closes the connection */
};

enum rst_fit acceptable_rst(const struct conn *, unsigned side,
    const struct segment *);

/*
 * Can `side` have sent the bytes [start, end), so that a SACK block may name
 * them?  Offsets.
 */
bool acceptable_sack(const struct conn *, unsigned side, int64_t start,
    int64_t end);

/*
 * How well the numbers of a segment fit a connection: negative if they
 * contradict it, and the more, the closer they are to what is expected.
 */
int acceptable_score(const struct conn *, unsigned side,
    const struct segment *);

/* How far apart two numbers of `side` are when both belong to one window. */
int64_t acceptable_window(const struct conn *, unsigned side);

#endif
