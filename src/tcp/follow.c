/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "tcp/follow.h"

#include "tcp/step.h"
#include "tcp/tracker.h"

void
follow_segment(struct step *step)
{
	struct follower *follower = step->tracker->follower;
	const struct judgement *j = &step->judged;

	if (follower == NULL)
		return;
	follower->segment(follower, &(struct followed){
	    .conn = step->conn,
	    .an = step->an,
	    .seg = step->seg,
	    .side = j->side,
	    .judged = j->bits,
	    .cause = j->cause,
	    .start = j->start,
	    .end = j->end,
	    .expected = j->expected,
	    .has_offset = j->has_offset,
	    .ack_advances = step->ack_advances,
	    .acked = step->ack_advances && step->acked_from > 0 ?
		j->ack - step->acked_from : 0,
	    .window = j->window,
	    .rtt_ns = step->rtt_ns,
	    .resent_ns = j->resent_ns,
	});
}
