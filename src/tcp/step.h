/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the steps of the pipeline share while they look at one segment.
 *
 * `snd` is the endpoint that sent the segment, `rcv` the other; each is a
 * handle from which every part of that endpoint is reached.  Steps read the segment
 * and write the rest; only pipeline.c makes a step.
 */
#ifndef TCPSTATES_TCP_STEP_H
#define TCPSTATES_TCP_STEP_H

#include <stdbool.h>
#include <stdint.h>

#include "decode/segment.h"
#include "flow/conn.h"
#include "tcp/analysis.h"
#include "tcp/judgement.h"

struct budget;
struct track_events;
struct tracker;

struct step {
	struct tracker *tracker;	/* for the life of an analysis only */
	struct budget *budget;	/* of what analyses grow */
	const struct track_events *events;
	struct conn *conn;
	const struct segment *seg;
	struct endpoint_parts snd;	/* sent the segment */
	struct endpoint_parts rcv;	/* is to receive it */
	struct analysis *an;
	struct judgement judged;
	int64_t acked_from;	/* rcv.hot->una before this segment's ACK */
	int64_t rtt_ns;		/* RTT sample its ACK gives, -1 none */
	bool is_kept;		/* statistics are kept, for records and views */
	bool is_acceptable;	/* may change the connection */
	bool is_sequenced;	/* takes part in the analysis of its sequence */
	bool is_first_syn;	/* the first SYN of its sender */
	bool ack_advances;	/* acknowledges something new */
	bool is_copy;		/* of an earlier segment: no later step runs */
	bool is_cut;		/* the snapshot ended in the fixed header */
	bool is_out_of_memory;
};

/* Count a judgement for the sender of the segment. */
static inline void
step_count(struct step *step, enum judged what)
{
	if (step->snd.stats != NULL)
		step->snd.stats->judged[what]++;
}

/* Judge the segment, and count the judgement. */
static inline void
step_judge(struct step *step, enum judged what)
{
	step->judged.bits |= UINT32_C(1) << what;
	step_count(step, what);
}

static inline bool
step_is(const struct step *step, enum judged what)
{
	return (step->judged.bits >> what & 1) != 0;
}

/* Neither opens nor closes nor resets. */
static inline bool
step_is_plain(const struct step *step)
{
	return !segment_has(step->seg, TCP_SYN | TCP_FIN | TCP_RST);
}

/* A SYN that answers none. */
static inline bool
step_is_bare_syn(const struct step *step)
{
	return segment_has(step->seg, TCP_SYN) &&
	    !segment_has(step->seg, TCP_ACK);
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
