/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "tcp/accept.h"

#include "flow/acceptable.h"
#include "tcp/step.h"

static void
reject(struct step *step, enum evidence evidence)
{
	step->is_acceptable = false;
	step->judged.evidence = evidence;
	step_judge(step, JUDGED_UNACCEPTABLE);
}

/*
 * A forged RST comes from elsewhere: its TTL and its IP ID are seldom those
 * that the endpoint itself would have sent.
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
		break;
	case UNACCEPTABLE_IN_SYN_SENT:
		reject(step, EVIDENCE_IN_SYN_SENT);
		break;
	case UNACCEPTABLE_SYN:
		reject(step, EVIDENCE_OTHER_SYN);
		break;
	case UNACCEPTABLE_SEQ:
		reject(step, EVIDENCE_SEQ_OUTSIDE);
		break;
	case UNACCEPTABLE_ACK:
		reject(step, EVIDENCE_ACK_OUTSIDE);
		break;
	}
}
