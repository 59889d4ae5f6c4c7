/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Findings of resets.  `side` is the endpoint whose address the RST has.
 */
#include "config.h"

#include "diagnosis/exam.h"
#include "tcp/close.h"

#define SEGMENTS_KNOWN	3	/* of an endpoint, for its TTL to be known */

static int
ttl_off(const struct exam *x, unsigned side)
{
	const int off = (int)x->an->notes.reset_ttl[side] -
	    x->conn->endpoint[side].ttl;

	return off < 0 ? -off : off;
}

/* It sent new data after the RST, which was not its own. */
static bool
has_outlived(const struct exam *x, unsigned side)
{
	return x->conn->endpoint[side].went_on ||
	    (x->an->notes.outlived >> side & 1) != 0;
}

bool
exam_is_injected(const struct exam *x, unsigned side)
{
	const struct endpoint *e = &x->conn->endpoint[side];

	if (x->an->notes.reset_ttl[side] == 0 || e->ttl == 0)
		return false;
	if (has_outlived(x, side))
		return true;
	return ttl_off(x, side) > TTL_FAR &&
	    e->pkts - e->rst_count >= SEGMENTS_KNOWN;
}

bool
rule_rst_injected(const struct exam *x, unsigned side, struct finding *f)
{
	const struct endpoint *e = &x->conn->endpoint[side];

	if (!exam_is_injected(x, side) ||
	    exam_forgotten_after(x, side) > 0 ||
	    exam_forgotten_after(x, !side) > 0)
		return false;
	f->id = FINDING_RST_INJECTED;
	f->side = SIDE_MIDDLEBOX;
	f->confidence = has_outlived(x, side) && ttl_off(x, side) > TTL_FAR ?
	    CONFIDENCE_SHOWN : CONFIDENCE_LIKELY;
	f->ttl = x->an->notes.reset_ttl[side];
	f->usual_ttl = e->ttl;
	f->cost_ns = exam_ns(x, BOOK_UNANSWERED) +
	    exam_ns(x, BOOK_NO_ANSWER) + 1;
	f->claims = BOOK_BIT(BOOK_NO_ANSWER);
	if (!exam_name_sight(x, sight_of(SIGHT_RESET, side), f))
		f->frame = x->conn->last_frame;
	return true;
}

/* Bytes that an endpoint had sent and its peer had not acknowledged. */
static uint64_t
lost_bytes(const struct exam *x, unsigned side)
{
	const struct endpoint *e = &x->conn->endpoint[side];

	return e->has_una && e->nxt > e->una ? (uint64_t)(e->nxt - e->una) : 0;
}

/*
 * Was the client waiting for the server's answer, or anybody for an
 * acknowledgment?  A client that has its answer may well reset.
 */
static bool
is_outstanding(const struct exam *x, unsigned side)
{
	return x->d != NULL && ((x->d->speaker == x->client &&
	    side != x->client) || lost_bytes(x, !side) > 0 ||
	    lost_bytes(x, side) > 0);
}

bool
rule_reset_by_peer(const struct exam *x, unsigned side, struct finding *f)
{
	const bool after_fin = x->an->first_fin_by != 0;

	/* It may answer what another RST has made unacceptable. */
	if (x->an->reset_by != 1 + side || exam_is_injected(x, side) ||
	    exam_is_injected(x, !side) ||
	    close_end(x->conn) == END_REFUSED || after_fin ||
	    !is_outstanding(x, side))
		return false;
	f->id = FINDING_RESET_BY_PEER;
	f->side = exam_role(x, side);
	f->bytes = lost_bytes(x, !side);
	f->cost_ns = exam_ns(x, BOOK_NO_ANSWER) +
	    exam_ns(x, BOOK_UNANSWERED);
	if (!exam_name_sight(x, sight_of(SIGHT_RESET, side), f))
		f->frame = x->conn->last_frame;
	f->ttl = x->an->notes.reset_ttl[side];
	f->usual_ttl = x->conn->endpoint[side].ttl;
	return true;
}
