/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "tcp/pipeline.h"

#include <stddef.h>

#include "base/compiler.h"
#include "base/err.h"
#include "tcp/accept.h"
#include "tcp/ack.h"
#include "tcp/classify.h"
#include "tcp/events.h"
#include "tcp/follow.h"
#include "tcp/history.h"
#include "tcp/machine.h"
#include "tcp/negotiate.h"
#include "tcp/numbers.h"
#include "tcp/observe.h"
#include "tcp/report.h"
#include "tcp/rtt.h"
#include "tcp/step.h"
#include "tcp/window.h"

/* ---- the table ---- */

static const struct pipeline_step steps[] = {
#define STEP(when, function, plain, sentence, section)			\
	{ #function, sentence, section },
#include "tcp/pipeline.def"
#undef STEP
};

const struct pipeline_step *
pipeline_step(unsigned at)
{
	return at < ARRAY_LEN(steps) ? &steps[at] : NULL;
}

static void
pipeline_report(struct step *step)
{
	const struct track_events *events = step->events;
	const struct watcher *watcher = &step->tracker->watcher;

	if (events->segment != NULL)
		events->segment(events->arg, step->conn, step->seg,
		    &step->judged);
	if (UNLIKELY(step->conn == watcher->conn))
		watcher->segment(watcher->arg, step->conn, step->seg,
		    &step->judged);
}

/* A step may begin the analysis that later steps depend on. */
#define WHEN_ALWAYS(step)	(!(step)->is_copy)
#define WHEN_ACCEPTED(step)	((step)->is_acceptable)
#define WHEN_NOTED(step)	((step)->an != NULL)
#define WHEN_ANALYSED(step)	((step)->an != NULL && (step)->is_acceptable)
#define WHEN_COUNTED(step)	((step)->an == NULL && (step)->is_acceptable)

static void
run_steps(struct step *step)
{
#define STEP(when, function, plain, sentence, section)			\
	if (WHEN_##when(step))						\
		function(step);
#include "tcp/pipeline.def"
#undef STEP
}

/*
 * The snapshot ended before the flags: nothing but the segment's existence is
 * known.  A SYN before it may still lack its analysis.
 */
static void
run_truncated(struct step *step)
{
	report_originator(step);
	if (step->snd.hot->has_isn || step->rcv.hot->has_isn)
		analysis_begin(step);
	report_packet(step);
	step->is_cut = true;
	step_judge(step, JUDGED_TRUNCATED);
	pipeline_report(step);
	analysis_settle(step);
}

/* ---- one segment ---- */

/* Member by member: clearing all of it would be a good part of the work. */
static void
begin_judgement(struct judgement *j, unsigned side)
{
	j->bits = 0;
	j->cause = CAUSE_NONE;
	j->evidence = EVIDENCE_NONE;
	j->side = side;
	j->start = 0;
	j->end = 0;
	j->expected = 0;
	j->ack = 0;
	j->has_offset = false;
	j->has_ack = false;
	j->covers_first = 0;
	j->covers_last = 0;
	j->covers_count = 0;
	j->covers_rtt = -1;
	j->repeats_frame = 0;
	j->repeats_ns = 0;
	j->needless_frame = 0;
	j->arrived_frame = 0;
	j->window = -1;
	j->in_flight = 0;
	j->window_left = 0;
	j->delta_ns = 0;
	j->sender_ip_id = 0;
	j->sender_ttl = 0;
}

static void
begin_endpoint(struct endpoint_parts *parts, struct conn *conn, unsigned side)
{
	parts->hot = &conn->endpoint[side];
	parts->life = &conn->lifecycle[side];
	parts->track = NULL;
	parts->stats = NULL;
}

static void
begin_step(struct step *step, struct tracker *tracker, struct conn *conn,
    unsigned side, const struct segment *seg)
{
	step->tracker = tracker;
	step->budget = &tracker->budget;
	step->events = &tracker->events;
	step->conn = conn;
	step->seg = seg;
	begin_endpoint(&step->snd, conn, side);
	begin_endpoint(&step->rcv, conn, !side);
	step->an = NULL;
	step->is_kept = tracker->keep;
	begin_judgement(&step->judged, side);
	if (!conn->is_packed && conn->analysis != NULL)
		analysis_attach(step, conn->analysis);
	step->acked_from = 0;
	step->is_acceptable = true;
	step->rtt_ns = -1;
	step->is_sequenced = false;
	step->is_first_syn = false;
	step->ack_advances = false;
	step->is_copy = false;
	step->is_cut = false;
	step->is_out_of_memory = false;
}

int
pipeline_take_steps(struct tracker *tracker, struct conn *conn, unsigned side,
    const struct segment *seg, bool is_reuse)
{
	const int err = UNLIKELY(conn->is_packed) ?
	    analysis_unpack(tracker, conn) : 0;
	struct step step;

	begin_step(&step, tracker, conn, side, seg);
	if (is_reuse)
		step_judge(&step, JUDGED_PORT_REUSED);
	if (seg->depth < DEPTH_FLAGS)
		run_truncated(&step);
	else
		run_steps(&step);
	tracker->cut += step.is_cut;
	tracker->judged = step.judged.bits;
	if (step.is_copy)
		return PIPELINE_COPY;
	return step.is_out_of_memory ? -ERR_NOMEM : err;
}

int
pipeline_segment(struct tracker *tracker, struct conn *conn, unsigned side,
    const struct segment *seg, bool is_reuse)
{
	tracker->judged = 0;
	return pipeline_take_fast(tracker, conn, side, seg) ? 0 :
	    pipeline_take_steps(tracker, conn, side, seg, is_reuse);
}
