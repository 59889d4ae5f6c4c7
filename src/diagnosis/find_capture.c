/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Findings of the capture itself.
 */
#include "config.h"

#include "diagnosis/exam.h"

#define MISSED_MANY	3

bool
rule_capture_loss(const struct exam *x, unsigned side, struct finding *f)
{
	const uint64_t count =
	    (uint64_t)exam_judged(x, 0, JUDGED_ACK_LOST_SEGMENT) +
	    exam_judged(x, 1, JUDGED_ACK_LOST_SEGMENT);
	const uint64_t bytes = x->an->stats[0].missed_bytes +
	    x->an->stats[1].missed_bytes;

	(void)side;
	if (count < MISSED_MANY || bytes == 0 || x->is_one_way)
		return false;
	/* They may all be of what was in flight when the capture began. */
	if (x->conn->is_midstream && exam_ns(x, BOOK_CAPTURE) == 0)
		return false;
	f->count = count;
	f->bytes = bytes;
	f->id = FINDING_CAPTURE_LOSS;
	(void)exam_name_sight(x, SIGHT_MISSED, f);
	f->side = SIDE_CAPTURE;
	f->confidence = CONFIDENCE_SHOWN;
	f->cost_ns = exam_ns(x, BOOK_CAPTURE);
	/* A few holes do not explain where the time went. */
	if (!x->no_speed)
		f->cost_ns = 0;
	return true;
}

bool
rule_capture_duplicates(const struct exam *x, unsigned side,
    struct finding *f)
{
	(void)side;
	if (x->conn->report.duplicates == 0)
		return false;
	f->id = FINDING_CAPTURE_DUPLICATES;
	f->side = SIDE_CAPTURE;
	f->count = x->conn->report.duplicates;
	return true;
}

bool
rule_capture_one_sided(const struct exam *x, unsigned side,
    struct finding *f)
{
	(void)side;
	if (!x->is_one_way || (!x->conn->endpoint[0].sent_non_syn &&
	    !x->conn->endpoint[1].sent_non_syn))
		return false;
	if (conn_segments(x->conn) < 3)
		return false;
	f->id = FINDING_CAPTURE_ONE_SIDED;
	f->what = x->conn->endpoint[x->client].pkts > 0 ? "client" :
	    "server";
	f->side = SIDE_CAPTURE;
	f->cost_ns = exam_side_ns(x, BOOK_SIDE, 0) +
	    exam_side_ns(x, BOOK_SIDE, 1);
	return true;
}

bool
rule_capture_clock(const struct exam *x, unsigned side, struct finding *f)
{
	const uint64_t count = (uint64_t)x->an->stats[0].counts.clock_back +
	    x->an->stats[1].counts.clock_back;

	(void)side;
	if (count == 0)
		return false;
	f->count = count;
	f->id = FINDING_CAPTURE_CLOCK;
	(void)exam_name_sight(x, SIGHT_CLOCK, f);
	f->side = SIDE_CAPTURE;
	f->confidence = CONFIDENCE_SHOWN;
	return true;
}

/* A receiver says how large a segment it takes (RFC 9293, 3.7.1). */
bool
rule_capture_offload(const struct exam *x, unsigned side, struct finding *f)
{
	uint64_t bytes = 0;

	(void)side;
	for (unsigned i = 0; i < 2; i++)
		if (x->conn->endpoint[!i].has_mss &&
		    x->an->track[i].max_payload > x->conn->endpoint[!i].mss)
			bytes = x->an->track[i].max_payload;
	if (bytes == 0)
		return false;
	f->bytes = bytes;
	f->id = FINDING_CAPTURE_OFFLOAD;
	(void)exam_name_sight(x, SIGHT_MERGED, f);
	f->side = SIDE_CAPTURE;
	return true;
}
