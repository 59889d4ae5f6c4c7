/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "tcp/accept.h"

#include "base/compiler.h"
#include "flow/acceptable.h"
#include "flow/identity.h"
#include "tcp/negotiate.h"
#include "tcp/step.h"
#include "tcp/strays.h"

static void
reject(struct step *step, enum evidence evidence)
{
	step->is_acceptable = false;
	step->judged.evidence = evidence;
	step_judge(step, JUDGED_UNACCEPTABLE);
}

/* A copy: no step after this one runs. */
static void
drop(struct step *step)
{
	step->is_copy = true;
	step->is_acceptable = false;
	step->an = NULL;
}

/*
 * Numbers outside the window are not accepted, unless the endpoint continues
 * from them.
 */
static void
doubt(struct step *step, enum evidence evidence)
{
	if (strays_reject(step))
		drop(step);
	else if (strays_ends_run(step))
		negotiate_forget_bases(step);
	else
		reject(step, evidence);
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
		if (UNLIKELY(step->conn->has_strays))
			strays_accept(step);
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

static void
take(struct step *step)
{
	step->conn->rst_pending = false;
	if (LIKELY(!step->conn->has_strays))
		return;
	strays_end_run(step);
	strays_accept(step);
}

void
accept_segment(struct step *step)
{
	if (UNLIKELY(step->conn->has_strays) && strays_take(step)) {
		drop(step);
		return;
	}
	if (segment_has(step->seg, TCP_RST)) {
		accept_rst(step);
		return;
	}
	switch (acceptable_segment(step->conn, step->judged.side, step->seg)) {
	case ACCEPTABLE:
		take(step);
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
		if (strays_confirm_run(step))
			negotiate_forget_base(step, &step->rcv);
		else
			doubt(step, EVIDENCE_ACK_OUTSIDE);
		break;
	}
}
