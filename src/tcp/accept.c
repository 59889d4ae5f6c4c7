/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "tcp/accept.h"

#include "flow/acceptable.h"
#include "flow/identity.h"
#include "tcp/negotiate.h"
#include "tcp/step.h"

static void
reject(struct step *step, enum evidence evidence)
{
	step->is_acceptable = false;
	step->judged.evidence = evidence;
	step_judge(step, JUDGED_UNACCEPTABLE);
}

/*
 * This many segments in a row that follow one another are not stray ones: the
 * capture has missed more than a window allows, or the beginning of another
 * connection on the same ports.
 */
#define STRAY_RUN	8
/* How far a segment may be behind the last one to follow it. */
#define STRAY_GAP	65536

static void
set_run(struct step *step, unsigned run)
{
	const unsigned side = step->judged.side;
	struct analysis *an = step->an;
	const unsigned other = an->stray_runs & 0xf0U >> 4 * side;

	an->stray_runs = (uint8_t)(other | run << 4 * side);
	step->conn->has_stray = an->stray_runs != 0;
}

static void
end_run(struct step *step)
{
	if (step->an != NULL && step->an->stray_runs != 0)
		set_run(step, 0);
}

/* Is the segment the last of a run, so that its numbers are to be believed? */
static bool
ends_run(struct step *step)
{
	const struct segment *seg = step->seg;
	const unsigned side = step->judged.side;
	struct analysis *an = step->an;
	unsigned run;

	/* Of a final connection there may be no analysis any more. */
	if (an == NULL || step->conn->is_final || segment_has(seg, TCP_SYN))
		return false;
	run = seg->seq - an->stray_next[side] < STRAY_GAP ?
	    accept_stray_run(an, side) : 0;
	an->stray_next[side] = seg->seq + segment_len(seg);
	set_run(step, run + 1);
	return run + 1 == STRAY_RUN;
}

/*
 * Numbers outside the window are not accepted, unless the endpoint continues
 * from them.
 */
static void
doubt(struct step *step, enum evidence evidence)
{
	if (!ends_run(step)) {
		reject(step, evidence);
		return;
	}
	step->an->stray_runs = 0;
	step->conn->has_stray = false;
	negotiate_forget_bases(step);
}

/*
 * Another host forges an RST: its TTL and its IP ID are seldom the ones that
 * the endpoint itself would have sent.
 */
static void
compare_sender(struct step *step)
{
	const struct endpoint_track *from = step->snd.track;

	step->judged.sender_ttl = step->snd.hot->ttl;
	if (from != NULL && from->ip_id_increments)
		step->judged.sender_ip_id = from->last_ip_id;
}

static void
accept_rst(struct step *step)
{
	compare_sender(step);
	step->conn->rst_pending = false;
	switch (acceptable_rst(step->conn, step->judged.side, step->seg)) {
	case RST_EXACT:
		break;
	case RST_IN_WINDOW:
		step->conn->rst_pending = true;
		reject(step, EVIDENCE_RST_INEXACT);
		break;
	case RST_REJECTED:
		reject(step, step->snd.hot->has_base ? EVIDENCE_SEQ_OUTSIDE :
		    EVIDENCE_IN_SYN_SENT);
		break;
	}
}

void
accept_segment(struct step *step)
{
	if (segment_has(step->seg, TCP_RST)) {
		accept_rst(step);
		return;
	}
	switch (acceptable_segment(step->conn, step->judged.side, step->seg)) {
	case ACCEPTABLE:
		step->conn->rst_pending = false;
		end_run(step);
		break;
	case UNACCEPTABLE_IN_SYN_SENT:
		step->conn->is_challenged |= identity_is_challenge(
		    step->conn, step->judged.side, step->seg);
		reject(step, EVIDENCE_IN_SYN_SENT);
		break;
	case UNACCEPTABLE_SYN:
		reject(step, EVIDENCE_OTHER_SYN);
		break;
	case UNACCEPTABLE_SEQ:
		doubt(step, EVIDENCE_SEQ_OUTSIDE);
		break;
	case UNACCEPTABLE_ACK:
		doubt(step, EVIDENCE_ACK_OUTSIDE);
		break;
	}
}
