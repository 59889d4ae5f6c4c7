/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Findings of the handshake.
 */
#include "config.h"

#include "diagnosis/exam.h"
#include "diagnosis/related.h"
#include "tcp/close.h"
#include "tcp/rtt.h"

/* A host refuses at once; what takes longer was decided elsewhere. */
#define REFUSED_LATE_NS	NS_PER_SEC

/*
 * Timers that repeat a SYN or SYN-ACK take a second, or 200 ms where earlier
 * connections have told the round trip.  What is repeated sooner was not lost:
 * a SYN after an RST, one that crossed another, a second SYN-ACK.
 */
#define RETRY_LEAST_NS	(180 * NS_PER_MS)

/* An ACK of an earlier connection answered the SYN (RFC 9293, 3.10.7.4). */
static bool
is_reused(const struct exam *x)
{
	return x->conn->is_challenged;
}

/* Did the RST come from farther or nearer than the host's other segments? */
static bool
is_rejected(const struct exam *x, const struct finding *f)
{
	const int off = (int)f->ttl - f->usual_ttl;

	return f->delay_ns > REFUSED_LATE_NS ||
	    (f->usual_ttl != 0 && f->ttl != 0 &&
	    (off > TTL_FAR || off < -TTL_FAR) && !x->is_one_way);
}

bool
rule_refused(const struct exam *x, unsigned side, struct finding *f)
{
	(void)side;
	if (close_end(x->conn) != END_REFUSED || is_reused(x))
		return false;
	f->delay_ns = exam_ns(x, BOOK_CONNECT);
	f->count = x->conn->lifecycle[x->conn->orig].syn_count;
	f->ttl = x->an->notes.reset_ttl[!x->conn->orig];
	f->usual_ttl = x->conn->usual_ttl;
	f->frame = x->conn->last_frame;
	f->cost_ns = exam_ns(x, BOOK_CONNECT) +
	    exam_ns(x, BOOK_CONNECT_RETRY);
	if (is_rejected(x, f)) {
		f->id = FINDING_REJECTED;
		f->side = SIDE_MIDDLEBOX;
		return true;
	}
	f->id = FINDING_REFUSED;
	f->side = SIDE_SERVER;
	f->confidence = CONFIDENCE_SHOWN;
	return true;
}

bool
rule_filtered(const struct exam *x, unsigned side, struct finding *f)
{
	const uint32_t syns = x->conn->lifecycle[x->conn->orig].syn_count;

	(void)side;
	if (!close_is_unanswered(x->conn) || is_reused(x) ||
	    exam_is_queue_full(x))
		return false;
	f->has_icmp = x->an->unreachable > 0;
	exam_name_rest(x, x->conn->first_frame, f);
	f->count = syns;
	f->side = SIDE_NETWORK;
	f->is_suspected = !f->has_icmp;
	f->cost_ns = exam_ns(x, BOOK_CONNECT) +
	    exam_ns(x, BOOK_CONNECT_RETRY);
	f->id = FINDING_FILTERED;
	if (syns == 1 && !f->has_icmp) {
		f->id = FINDING_SYN_UNANSWERED;
		f->confidence = CONFIDENCE_POSSIBLE;
	}
	return true;
}

/* Did the server answer, and the client go on? */
static bool
is_connected(const struct exam *x)
{
	return x->conn->handshake_done && x->conn->endpoint[!x->conn->orig].
	    sent_synack && !x->conn->is_midstream;
}

/* See diagnosis_has_late_synack(). */
static bool
has_late_synack(const struct exam *x)
{
	return diagnosis_has_late_synack(x->conn,
	    exam_ns(x, BOOK_CONNECT_RETRY));
}

static bool
is_timer_early(const struct exam *x)
{
	return diagnosis_is_timer_early(x->conn,
	    exam_ns(x, BOOK_CONNECT_RETRY));
}

/*
 * A SYN passed next to the server's host and was not answered; a SYN-ACK came
 * again although the ACK of the one before had passed; or the server dropped
 * the handshakes of several connections.
 */
bool
exam_is_queue_full(const struct exam *x)
{
	const unsigned orig = x->conn->orig;
	const bool is_ignored = x->conn->lifecycle[orig].syn_count > 1 &&
	    x->conn->lifecycle[!orig].syn_count == 1 && is_connected(x) &&
	    exam_is_beside(x, !orig);

	return is_ignored || has_late_synack(x) ||
	    (conn_is_related(x->conn, RELATION_QUEUE_FULL) &&
	    !is_timer_early(x));
}

bool
rule_queue_full(const struct exam *x, unsigned side, struct finding *f)
{
	const unsigned orig = x->conn->orig;

	(void)side;
	if (!exam_is_queue_full(x) || x->conn->is_midstream)
		return false;
	f->id = FINDING_QUEUE_FULL;
	exam_name_handshake(x, f);
	f->side = SIDE_SERVER;
	f->count = diagnosis_repeats(x->conn);
	f->cost_ns = exam_ns(x, BOOK_CONNECT_RETRY);
	f->claims = BOOK_BIT(BOOK_CONNECT_RETRY);
	if (x->an->notes.ignored > 0) {
		f->cost_ns += exam_ns(x, BOOK_LOSS_TIMEOUT);
		f->claims |= BOOK_BIT(BOOK_LOSS_TIMEOUT);
	}
	/* One segment was ignored, and may have been lost on its way there. */
	f->is_suspected = f->is_blind = f->count == 1 &&
	    !exam_is_beside(x, !orig) &&
	    !conn_is_related(x->conn, RELATION_QUEUE_FULL);
	/*
	 * With TCP_DEFER_ACCEPT a server repeats its SYN-ACK until the client
	 * sends data, and nothing is wrong.
	 */
	if (has_late_synack(x) &&
	    !x->conn->endpoint[orig].sent_data &&
	    !x->conn->endpoint[!orig].sent_data)
		f->confidence = CONFIDENCE_POSSIBLE;
	return true;
}

bool
exam_has_lost_synack(const struct exam *x)
{
	return !x->an->notes.is_unanswered && !is_timer_early(x) &&
	    exam_ns(x, BOOK_CONNECT_RETRY) >= RETRY_LEAST_NS;
}

bool
rule_syn_lost(const struct exam *x, unsigned side, struct finding *f)
{
	const unsigned orig = x->conn->orig;

	(void)side;
	if (!is_connected(x) || exam_is_queue_full(x) || is_reused(x) ||
	    exam_ns(x, BOOK_CONNECT_RETRY) < RETRY_LEAST_NS ||
	    is_timer_early(x))
		return false;
	f->id = FINDING_SYN_LOST;
	exam_name_handshake(x, f);
	f->side = SIDE_NETWORK;
	f->count = x->conn->lifecycle[orig].syn_count;
	f->downstream = x->conn->lifecycle[!orig].syn_count;
	f->has_passed = exam_has_lost_synack(x);
	/* A host with a full queue drops SYNs, as the path to it may. */
	f->is_blind = f->count > f->downstream && !f->has_passed &&
	    !exam_is_beside(x, !orig);
	f->is_suspected = f->is_blind;
	f->cost_ns = exam_ns(x, BOOK_CONNECT_RETRY);
	/* The path may be longer than the timer. */
	if (x->an->notes.has_second_synack && diagnosis_data_rtt(x->conn) < 0)
		f->confidence = CONFIDENCE_POSSIBLE;
	return true;
}

/* Slower than three times what data shows the path to be. */
bool
rule_handshake_slow(const struct exam *x, unsigned side, struct finding *f)
{
	const unsigned server = !x->conn->orig;
	const struct endpoint_track *from = &x->an->track[x->conn->orig];
	const int64_t syn = x->an->rtt_syn;

	(void)side;
	if (syn < 0 || !from->has_rtt || !from->has_min_rtt ||
	    from->rtt_min >= syn / 3 || x->conn->is_midstream ||
	    !exam_is_costly(x, syn - from->rtt_min))
		return false;
	f->id = FINDING_HANDSHAKE_SLOW;
	exam_name_handshake(x, f);
	f->side = exam_role(x, server);
	f->is_suspected = true;
	f->delay_ns = syn;
	f->cost_ns = syn - from->rtt_min;
	return true;
}

bool
rule_half_open(const struct exam *x, unsigned side, struct finding *f)
{
	const unsigned orig = x->conn->orig;

	(void)side;
	if (!conn_is_half_open(x->conn) ||
	    !x->conn->endpoint[!orig].sent_synack)
		return false;
	f->id = FINDING_HALF_OPEN;
	exam_name_rest(x, x->conn->first_frame, f);
	f->side = SIDE_CLIENT;
	f->is_suspected = true;
	f->count = x->conn->lifecycle[!orig].syn_count;
	f->cost_ns = x->life;
	if (conn_is_related(x->conn, RELATION_FLOOD))
		f->id = FINDING_SYN_FLOOD;
	else if (f->count < 2)
		f->confidence = CONFIDENCE_POSSIBLE;
	return true;
}

/*
 * The SYN came on the ports of a connection that the server still held: it is
 * ignored, refused, or answered at a later attempt only.
 */
bool
rule_port_reused(const struct exam *x, unsigned side, struct finding *f)
{
	const unsigned orig = x->conn->orig;
	const bool failed = close_end(x->conn) == END_REFUSED ||
	    close_is_unanswered(x->conn);

	(void)side;
	if (!is_reused(x) || (!failed &&
	    x->conn->lifecycle[orig].syn_count < 2))
		return false;
	f->id = FINDING_PORT_REUSED;
	exam_name_handshake(x, f);
	f->side = exam_role(x, orig);
	f->count = x->conn->lifecycle[orig].syn_count;
	f->cost_ns = exam_ns(x, BOOK_CONNECT) +
	    exam_ns(x, BOOK_CONNECT_RETRY);
	f->claims = BOOK_BIT(BOOK_CONNECT_RETRY);
	return true;
}

/* Options that a SYN cookie cannot hold are missing from some moment on. */
bool
rule_syn_cookies(const struct exam *x, unsigned side, struct finding *f)
{
	(void)side;
	if (!conn_is_related(x->conn, RELATION_COOKIE))
		return false;
	f->id = FINDING_SYN_COOKIES;
	exam_name_handshake(x, f);
	f->side = SIDE_SERVER;
	return true;
}

/* `side` is the endpoint that has a larger MSS in another connection. */
bool
rule_mss_clamped(const struct exam *x, unsigned side, struct finding *f)
{
	if (!conn_is_related(x->conn, side == 0 ? RELATION_CLAMPED_0 :
	    RELATION_CLAMPED_1))
		return false;
	f->id = FINDING_MSS_CLAMPED;
	exam_name_handshake(x, f);
	f->side = SIDE_MIDDLEBOX;
	f->bytes = x->conn->endpoint[side].mss;
	return true;
}
