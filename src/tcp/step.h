/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the steps of the pipeline share while they look at one segment.
 *
 * `snd` is the endpoint that sent it, `rcv` the other; `from` and `to` are
 * what the analysis knows of the same two.  Steps read the segment and write
 * the rest; only track.c makes one.
 */
#ifndef TCPSTATES_TCP_STEP_H
#define TCPSTATES_TCP_STEP_H

#include <stdbool.h>
#include <stdint.h>

#include "decode/segment.h"
#include "flow/conn.h"
#include "tcp/analysis.h"
#include "tcp/judgement.h"

struct tracker;

struct step {
	struct tracker *tracker;
	struct conn *conn;
	const struct segment *seg;
	struct endpoint *snd;
	struct endpoint *rcv;
	struct side *from;	/* NULL when the connection has no analysis */
	struct side *to;
	struct side_figures *from_figures;	/* of the same two, likewise */
	struct side_figures *to_figures;
	struct analysis *an;
	struct judgement judged;
	int64_t acked_from;	/* rcv->una before this segment's ACK */
	bool is_kept;		/* somebody may ask for the figures */
	bool is_sequenced;	/* takes part in the analysis of its sequence */
	bool is_first_syn;	/* its side's first SYN */
	bool ack_advances;	/* acknowledges something new */
};

static inline void
step_judge(struct step *step, enum judged what)
{
	step->judged.bits |= UINT32_C(1) << what;
}

static inline bool
step_is(const struct step *step, enum judged what)
{
	return (step->judged.bits >> what & 1) != 0;
}

/* Of the segment's sender, and of its receiver. */
static inline struct ends *
step_sent(const struct step *step)
{
	return &step->conn->ends[step->judged.side];
}

static inline struct ends *
step_got(const struct step *step)
{
	return &step->conn->ends[!step->judged.side];
}

/* Neither opens nor closes nor resets. */
static inline bool
step_is_plain(const struct step *step)
{
	return !segment_has(step->seg, TCP_SYN | TCP_FIN | TCP_RST);
}

/* Range of its payload, as offsets: behind the SYN, before the FIN. */
static inline int64_t
step_data_start(const struct step *step)
{
	return step->judged.start + (segment_has(step->seg, TCP_SYN) ? 1 : 0);
}

static inline int64_t
step_data_end(const struct step *step)
{
	return step_data_start(step) + step->seg->payload_len;
}

#endif
