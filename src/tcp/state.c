/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The state of an endpoint as an observer can know it.
 *
 * The capture shows what each endpoint sends, not what it receives.  A segment
 * that passes the capture point is assumed to arrive; if it did not, its
 * retransmission shows that, and takes the state back (the cells "the peer's
 * ... did not arrive").  System calls are not seen, so LISTEN is inferred from
 * the SYN sent to an endpoint, and the wait of 2 MSL in TIME-WAIT ends with
 * the capture.
 *
 * How to read the table: in state X, when Y happens, the next state is
 * .next, for the reason in .remark.  A cell that no pair of correct stacks
 * reaches is odd: it still has a next state, the best guess, and the caller
 * counts it.  "3.10.7.4" and the like are sections of RFC 9293.
 */
#include "config.h"

#include "tcp/state.h"

#include <stddef.h>

#include "base/compiler.h"

#define GO(state, why)	{ .next = STATE_##state, .remark = (why) }
#define ODD(state, why)	{ .next = STATE_##state, .is_odd = true, \
			  .remark = (why) }

static const struct state_cell table[STATE_COUNT][EVENT_COUNT] = {
	/* Nothing of this endpoint was seen: its first sign of life. */
	[STATE_UNSEEN] = {
		[EVENT_SENT_SYN] = GO(SYN_SENT, "active open, 3.10.1"),
		[EVENT_GOT_SYN] = GO(LISTEN, "a SYN is on its way to it"),
		[EVENT_SENT_SYN_ACK] = GO(SYN_RECEIVED,
		    "the SYN it answers was not captured"),
		[EVENT_GOT_SYN_ACK] = GO(ESTABLISHED,
		    "its own SYN was not captured"),
		[EVENT_SENT_ACK] = GO(ESTABLISHED, "picked up midstream"),
		[EVENT_GOT_ACK_OF_SYN] = GO(UNSEEN,
		    "an ACK to it does not say what it is in"),
		[EVENT_SENT_FIN] = GO(FIN_WAIT_1, "picked up at its close"),
		[EVENT_SENT_CROSSING_FIN] = ODD(FIN_WAIT_1,
		    "a peer's FIN would have shown it before"),
		[EVENT_GOT_FIN] = GO(CLOSE_WAIT, "picked up at the peer's close"),
		[EVENT_GOT_ACK_OF_FIN] = ODD(FIN_WAIT_2,
		    "its FIN would have shown it before"),
		[EVENT_SENT_RST] = GO(CLOSED, "3.5.2"),
		[EVENT_GOT_RST] = GO(CLOSED, "3.5.3"),
	},
	[STATE_CLOSED] = {
		[EVENT_SENT_SYN] = GO(SYN_SENT,
		    "tries again after a refusal, with the same ISN"),
		[EVENT_GOT_SYN] = GO(CLOSED, "a late SYN, 3.10.7.1"),
		[EVENT_SENT_SYN_ACK] = GO(SYN_RECEIVED,
		    "accepts what it had refused, or the RST was not its own"),
		[EVENT_GOT_SYN_ACK] = GO(CLOSED, "late, 3.10.7.1"),
		[EVENT_SENT_ACK] = GO(CLOSED,
		    "sent before the RST reached it"),
		[EVENT_GOT_ACK_OF_SYN] = GO(CLOSED, "late, 3.10.7.1"),
		[EVENT_SENT_FIN] = GO(CLOSED,
		    "sent before the RST reached it, or retransmitted"),
		[EVENT_SENT_CROSSING_FIN] = GO(CLOSED,
		    "sent before the RST reached it, or retransmitted"),
		[EVENT_GOT_FIN] = GO(CLOSED, "late, 3.10.7.1"),
		[EVENT_GOT_ACK_OF_FIN] = GO(CLOSED, "late, 3.10.7.1"),
		[EVENT_SENT_RST] = GO(CLOSED,
		    "answers a late segment, 3.10.7.1"),
		[EVENT_GOT_RST] = GO(CLOSED, "3.10.7.1"),
	},
	[STATE_LISTEN] = {
		[EVENT_SENT_SYN] = GO(SYN_RECEIVED,
		    "answers a SYN with its own: simultaneous open or split "
		    "handshake, 3.5"),
		[EVENT_GOT_SYN] = GO(LISTEN, "the SYN is retransmitted"),
		[EVENT_SENT_SYN_ACK] = GO(SYN_RECEIVED, "3.10.7.2"),
		[EVENT_GOT_SYN_ACK] = ODD(LISTEN,
		    "nothing was there to acknowledge, 3.10.7.2"),
		[EVENT_SENT_ACK] = GO(ESTABLISHED,
		    "its SYN-ACK was not captured"),
		[EVENT_GOT_ACK_OF_SYN] = GO(ESTABLISHED,
		    "its SYN-ACK was not captured"),
		[EVENT_SENT_FIN] = GO(FIN_WAIT_1,
		    "its SYN-ACK was not captured"),
		[EVENT_SENT_CROSSING_FIN] = ODD(LISTEN, "it has not sent a SYN"),
		[EVENT_GOT_FIN] = GO(LISTEN, "a SYN has to come first, 3.10.7.2"),
		[EVENT_GOT_ACK_OF_FIN] = ODD(LISTEN,
		    "it has sent nothing that could be acknowledged"),
		[EVENT_SENT_RST] = GO(CLOSED, "refused, 3.5.2 group 1"),
		[EVENT_GOT_RST] = GO(CLOSED, "the attempt was given up"),
	},
	[STATE_SYN_SENT] = {
		[EVENT_SENT_SYN] = GO(SYN_SENT, "retransmitted, RFC 6298"),
		[EVENT_GOT_SYN] = GO(SYN_RECEIVED,
		    "simultaneous open, 3.10.7.3"),
		[EVENT_SENT_SYN_ACK] = GO(SYN_RECEIVED,
		    "simultaneous open; the peer's SYN was not captured"),
		[EVENT_GOT_SYN_ACK] = GO(ESTABLISHED, "3.10.7.3"),
		[EVENT_SENT_ACK] = GO(ESTABLISHED,
		    "the SYN-ACK it answers was not captured"),
		[EVENT_GOT_ACK_OF_SYN] = GO(SYN_SENT,
		    "an ACK without SYN only proves that the peer lives, "
		    "3.10.7.3"),
		[EVENT_SENT_FIN] = GO(FIN_WAIT_1,
		    "the SYN-ACK was not captured"),
		[EVENT_SENT_CROSSING_FIN] = ODD(FIN_WAIT_1,
		    "the peer closed what it had not opened"),
		[EVENT_GOT_FIN] = GO(SYN_SENT,
		    "a SYN has to come first, 3.10.7.3"),
		[EVENT_GOT_ACK_OF_FIN] = ODD(SYN_SENT,
		    "it has sent nothing but a SYN"),
		[EVENT_SENT_RST] = GO(CLOSED, "given up, 3.10.5"),
		[EVENT_GOT_RST] = GO(CLOSED, "refused, 3.10.7.3"),
	},
	[STATE_SYN_RECEIVED] = {
		[EVENT_SENT_SYN] = GO(SYN_RECEIVED,
		    "retransmitted; simultaneous open"),
		[EVENT_GOT_SYN] = GO(SYN_RECEIVED,
		    "the peer's SYN is retransmitted: our SYN-ACK did not arrive"),
		[EVENT_SENT_SYN_ACK] = GO(SYN_RECEIVED,
		    "retransmitted, or the simultaneous open's, figure 8"),
		[EVENT_GOT_SYN_ACK] = GO(ESTABLISHED,
		    "the ACK of its SYN, in a simultaneous open, 3.10.7.4"),
		[EVENT_SENT_ACK] = GO(SYN_RECEIVED,
		    "it may acknowledge before its own SYN is"),
		[EVENT_GOT_ACK_OF_SYN] = GO(ESTABLISHED, "3.10.7.4"),
		[EVENT_SENT_FIN] = GO(FIN_WAIT_1, "3.10.4"),
		[EVENT_SENT_CROSSING_FIN] = ODD(FIN_WAIT_1,
		    "the peer's FIN would have shown it before"),
		[EVENT_GOT_FIN] = GO(CLOSE_WAIT, "3.10.7.4"),
		[EVENT_GOT_ACK_OF_FIN] = ODD(SYN_RECEIVED,
		    "it has not sent a FIN"),
		[EVENT_SENT_RST] = GO(CLOSED, "3.10.5"),
		[EVENT_GOT_RST] = GO(CLOSED,
		    "3.10.7.4: back to LISTEN, but this connection is over"),
	},
	[STATE_ESTABLISHED] = {
		[EVENT_SENT_SYN] = GO(SYN_SENT,
		    "retransmitted: the peer's SYN-ACK did not arrive"),
		[EVENT_GOT_SYN] = GO(ESTABLISHED,
		    "a duplicate: challenged with an ACK, RFC 5961, 4"),
		[EVENT_SENT_SYN_ACK] = GO(SYN_RECEIVED,
		    "retransmitted: the peer's ACK did not arrive"),
		[EVENT_GOT_SYN_ACK] = GO(ESTABLISHED,
		    "retransmitted: our ACK did not arrive"),
		[EVENT_SENT_ACK] = GO(ESTABLISHED, "3.10.7.4"),
		[EVENT_GOT_ACK_OF_SYN] = GO(ESTABLISHED, "3.10.7.4"),
		[EVENT_SENT_FIN] = GO(FIN_WAIT_1, "active close, 3.10.4"),
		[EVENT_SENT_CROSSING_FIN] = GO(FIN_WAIT_1,
		    "the peer's FIN has not arrived, as something before it is "
		    "missing"),
		[EVENT_GOT_FIN] = GO(CLOSE_WAIT, "passive close, 3.10.7.4"),
		[EVENT_GOT_ACK_OF_FIN] = ODD(FIN_WAIT_2,
		    "it has not sent a FIN"),
		[EVENT_SENT_RST] = GO(CLOSED, "abort, 3.10.5"),
		[EVENT_GOT_RST] = GO(CLOSED, "3.10.7.4"),
	},
	[STATE_FIN_WAIT_1] = {
		[EVENT_SENT_SYN] = ODD(FIN_WAIT_1, "a stray SYN"),
		[EVENT_GOT_SYN] = GO(FIN_WAIT_1, "RFC 5961, 4"),
		[EVENT_SENT_SYN_ACK] = ODD(FIN_WAIT_1, "a late SYN-ACK"),
		[EVENT_GOT_SYN_ACK] = GO(FIN_WAIT_1,
		    "retransmitted: our ACK did not arrive"),
		[EVENT_SENT_ACK] = GO(FIN_WAIT_1, "3.10.7.4"),
		[EVENT_GOT_ACK_OF_SYN] = GO(FIN_WAIT_1, "3.10.7.4"),
		[EVENT_SENT_FIN] = GO(FIN_WAIT_1, "retransmitted, RFC 6298"),
		[EVENT_SENT_CROSSING_FIN] = GO(FIN_WAIT_1,
		    "retransmitted, RFC 6298"),
		[EVENT_GOT_FIN] = GO(CLOSING, "simultaneous close, 3.10.7.4"),
		[EVENT_GOT_ACK_OF_FIN] = GO(FIN_WAIT_2, "3.10.7.4"),
		[EVENT_SENT_RST] = GO(CLOSED, "abort, 3.10.5"),
		[EVENT_GOT_RST] = GO(CLOSED, "3.10.7.4"),
	},
	[STATE_FIN_WAIT_2] = {
		[EVENT_SENT_SYN] = ODD(FIN_WAIT_2, "a stray SYN"),
		[EVENT_GOT_SYN] = GO(FIN_WAIT_2, "RFC 5961, 4"),
		[EVENT_SENT_SYN_ACK] = ODD(FIN_WAIT_2, "a late SYN-ACK"),
		[EVENT_GOT_SYN_ACK] = GO(FIN_WAIT_2, "late, RFC 5961, 4"),
		[EVENT_SENT_ACK] = GO(FIN_WAIT_2,
		    "half-closed: the peer goes on sending, 3.6"),
		[EVENT_GOT_ACK_OF_SYN] = GO(FIN_WAIT_2, "3.10.7.4"),
		[EVENT_SENT_FIN] = GO(FIN_WAIT_1,
		    "retransmitted: the peer's ACK did not arrive"),
		[EVENT_SENT_CROSSING_FIN] = GO(FIN_WAIT_1,
		    "retransmitted: the peer's ACK did not arrive"),
		[EVENT_GOT_FIN] = GO(TIME_WAIT, "3.10.7.4"),
		[EVENT_GOT_ACK_OF_FIN] = GO(FIN_WAIT_2, "3.10.7.4"),
		[EVENT_SENT_RST] = GO(CLOSED,
		    "closed without waiting for the rest, 3.6.1"),
		[EVENT_GOT_RST] = GO(CLOSED, "3.10.7.4"),
	},
	[STATE_CLOSE_WAIT] = {
		[EVENT_SENT_SYN] = ODD(CLOSE_WAIT, "a stray SYN"),
		[EVENT_GOT_SYN] = GO(CLOSE_WAIT, "RFC 5961, 4"),
		[EVENT_SENT_SYN_ACK] = GO(CLOSE_WAIT,
		    "retransmitted: the peer's ACK did not arrive"),
		[EVENT_GOT_SYN_ACK] = GO(CLOSE_WAIT, "late, RFC 5961, 4"),
		[EVENT_SENT_ACK] = GO(CLOSE_WAIT,
		    "half-closed: it may go on sending, 3.6"),
		[EVENT_GOT_ACK_OF_SYN] = GO(CLOSE_WAIT, "3.10.7.4"),
		[EVENT_SENT_FIN] = GO(LAST_ACK, "3.10.4"),
		[EVENT_SENT_CROSSING_FIN] = GO(CLOSING,
		    "the peer's FIN had not arrived when it closed: "
		    "simultaneous close, figure 13"),
		[EVENT_GOT_FIN] = GO(CLOSE_WAIT,
		    "retransmitted: our ACK did not arrive"),
		[EVENT_GOT_ACK_OF_FIN] = ODD(CLOSED, "it has not sent a FIN"),
		[EVENT_SENT_RST] = GO(CLOSED, "abort, 3.10.5"),
		[EVENT_GOT_RST] = GO(CLOSED, "3.10.7.4"),
	},
	[STATE_CLOSING] = {
		[EVENT_SENT_SYN] = ODD(CLOSING, "a stray SYN"),
		[EVENT_GOT_SYN] = GO(CLOSING, "RFC 5961, 4"),
		[EVENT_SENT_SYN_ACK] = ODD(CLOSING, "a late SYN-ACK"),
		[EVENT_GOT_SYN_ACK] = GO(CLOSING, "late, RFC 5961, 4"),
		[EVENT_SENT_ACK] = GO(CLOSING, "acknowledges the peer's FIN"),
		[EVENT_GOT_ACK_OF_SYN] = GO(CLOSING,
		    "an ACK that does not reach the FIN"),
		[EVENT_SENT_FIN] = GO(CLOSING, "retransmitted, RFC 6298"),
		[EVENT_SENT_CROSSING_FIN] = GO(CLOSING,
		    "retransmitted, RFC 6298"),
		[EVENT_GOT_FIN] = GO(CLOSING, "retransmitted, 3.10.7.4"),
		[EVENT_GOT_ACK_OF_FIN] = GO(TIME_WAIT, "3.10.7.4"),
		[EVENT_SENT_RST] = GO(CLOSED, "abort, 3.10.5"),
		[EVENT_GOT_RST] = GO(CLOSED, "3.10.7.4"),
	},
	[STATE_LAST_ACK] = {
		[EVENT_SENT_SYN] = ODD(LAST_ACK, "a stray SYN"),
		[EVENT_GOT_SYN] = GO(LAST_ACK, "RFC 5961, 4"),
		[EVENT_SENT_SYN_ACK] = ODD(LAST_ACK, "a late SYN-ACK"),
		[EVENT_GOT_SYN_ACK] = GO(LAST_ACK, "late, RFC 5961, 4"),
		[EVENT_SENT_ACK] = GO(LAST_ACK,
		    "answers the peer's retransmitted FIN or data"),
		[EVENT_GOT_ACK_OF_SYN] = GO(LAST_ACK,
		    "an ACK that does not reach the FIN"),
		[EVENT_SENT_FIN] = GO(LAST_ACK, "retransmitted, RFC 6298"),
		[EVENT_SENT_CROSSING_FIN] = GO(LAST_ACK, "an old FIN, overtaken"),
		[EVENT_GOT_FIN] = GO(LAST_ACK,
		    "retransmitted: our ACK did not arrive"),
		[EVENT_GOT_ACK_OF_FIN] = GO(CLOSED, "3.10.7.4"),
		[EVENT_SENT_RST] = GO(CLOSED, "abort, 3.10.5"),
		[EVENT_GOT_RST] = GO(CLOSED, "3.10.7.4"),
	},
	[STATE_TIME_WAIT] = {
		[EVENT_SENT_SYN] = ODD(TIME_WAIT, "a stray SYN"),
		[EVENT_GOT_SYN] = GO(TIME_WAIT,
		    "too old to open a new connection, 3.6.1"),
		[EVENT_SENT_SYN_ACK] = ODD(TIME_WAIT, "a late SYN-ACK"),
		[EVENT_GOT_SYN_ACK] = GO(TIME_WAIT, "late, RFC 5961, 4"),
		[EVENT_SENT_ACK] = GO(TIME_WAIT,
		    "acknowledges the peer's FIN, again if need be, 3.10.7.4"),
		[EVENT_GOT_ACK_OF_SYN] = GO(TIME_WAIT, "late"),
		[EVENT_SENT_FIN] = GO(CLOSING,
		    "retransmitted: the peer's ACK did not arrive"),
		[EVENT_SENT_CROSSING_FIN] = GO(CLOSING,
		    "retransmitted: the peer's ACK did not arrive"),
		[EVENT_GOT_FIN] = GO(TIME_WAIT,
		    "retransmitted: our ACK did not arrive, 3.10.7.4"),
		[EVENT_GOT_ACK_OF_FIN] = GO(TIME_WAIT, "late"),
		[EVENT_SENT_RST] = GO(CLOSED,
		    "answers a late segment; the wait ended early"),
		[EVENT_GOT_RST] = GO(CLOSED, "3.10.7.4, but see RFC 1337"),
	},
};

const struct state_cell *
state_cell(enum state state, enum event event)
{
	return &table[state][event];
}

static const char *const names[STATE_COUNT] = {
#define STATE(name, printed, sentence) [STATE_##name] = (printed),
#include "tcp/states.def"
#undef STATE
};

static const char *const sentences[STATE_COUNT] = {
#define STATE(name, printed, sentence) [STATE_##name] = (sentence),
#include "tcp/states.def"
#undef STATE
};

static const char *const event_names[EVENT_COUNT] = {
#define EVENT(name, printed, sentence) [EVENT_##name] = (printed),
#include "tcp/events.def"
#undef EVENT
};

const char *
state_name(enum state state)
{
	return names[state];
}

const char *
state_sentence(enum state state)
{
	return sentences[state];
}

const char *
event_name(enum event event)
{
	return event_names[event];
}
