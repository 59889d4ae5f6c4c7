/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "tcp/track.h"

#include <assert.h>
#include <stddef.h>

#include "base/compiler.h"
#include "base/err.h"
#include "base/nstime.h"
#include "base/seq.h"
#include "tcp/ack.h"
#include "tcp/cause.h"
#include "tcp/classify.h"
#include "tcp/history.h"
#include "tcp/holes.h"
#include "tcp/inflight.h"
#include "tcp/machine.h"
#include "tcp/negotiate.h"
#include "tcp/pack.h"
#include "tcp/rules.h"
#include "tcp/rtt.h"
#include "tcp/state.h"
#include "tcp/step.h"
#include "tcp/fastpath.h"
#include "tcp/window.h"

/* ---- steps that need no analysis: the figures of the default report ---- */

static void
count_flags(struct step *step)
{
	const struct segment *seg = step->seg;
	struct lifecycle *sent = step->snd.life;

	if (!segment_has(seg, TCP_SYN | TCP_FIN | TCP_RST))
		return;
	sent->syn_count += segment_has(seg, TCP_SYN);
	sent->fin_count += segment_has(seg, TCP_FIN);
	step->snd.hot->rst_count += segment_has(seg, TCP_RST);
	step->conn->fin_seen |= segment_has(seg, TCP_FIN);
}

static void
count_packet(struct step *step)
{
	const struct segment *seg = step->seg;

	if (step->snd.hot->pkts == 0)
		step->snd.hot->first_ip_id = seg->ip_id;
	step->judged.delta_ns = seg->time_ns - step->conn->last_ns;
	count_segment(step->conn, step->snd.hot, seg);
	count_flags(step);
}

/*
 * Section D: the advertised window of every segment, scaled when both SYNs
 * offered scaling, the raw field otherwise, and never scaled on a SYN.
 */
static void
count_window(struct step *step)
{
	const struct segment *seg = step->seg;
	uint32_t window = seg->window;

	if (seg->depth < DEPTH_FIXED) {
		step->tracker->cut++;
		return;
	}
	if (!segment_has(seg, TCP_SYN) && conn_has_scaling(step->conn))
		window <<= conn_shift(step->snd.hot);
	count_report_window(&step->conn->figures, window);
}

static void
find_offsets(struct step *step)
{
	const struct segment *seg = step->seg;
	struct judgement *j = &step->judged;

	if (step->snd.hot->has_base) {
		j->start = seq_offset(
		    seg->seq, step->snd.hot->isn, step->snd.hot->nxt);
		j->end = j->start + segment_len(seg);
		j->expected = step->snd.hot->nxt;
		j->has_offset = true;
	}
	if (step->rcv.hot->has_base && segment_has(seg, TCP_ACK)) {
		j->ack = seq_offset(
		    seg->ack, step->rcv.hot->isn, step->rcv.hot->nxt);
		j->has_ack = true;
	}
	step->acked_from = step->rcv.hot->una;
	step->is_sequenced = j->has_offset && !segment_has(seg, TCP_RST);
}

/* Without analysis the numbers still have to go on: identity needs them. */
static void
follow_numbers(struct step *step)
{
	/* An empty segment sends nothing, wherever it stands. */
	if (step->is_sequenced && segment_len(step->seg) > 0 &&
	    step->judged.end > step->snd.hot->nxt)
		step->snd.hot->nxt = step->judged.end;
	ack_follow(step);
}

static void
note_close(struct step *step)
{
	struct endpoint *snd = step->snd.hot;
	struct endpoint *rcv = step->rcv.hot;
	const struct segment *seg = step->seg;

	if (segment_has(seg, TCP_FIN) && step->is_sequenced) {
		struct lifecycle *sent = step->snd.life;

		if (!snd->has_fin || step->judged.end > sent->fin_end)
			sent->fin_end = step->judged.end;
		snd->has_fin = true;
	}
	if (rcv->has_fin && step->judged.has_ack &&
	    step->judged.ack >= step->rcv.life->fin_end)
		rcv->fin_acked = true;
	if (segment_has(seg, TCP_RST) || (snd->has_fin && rcv->has_fin))
		step->conn->is_closed = true;
}

/* What later segments of this side are compared with. */
static void
remember_sender(struct step *step)
{
	const struct segment *seg = step->seg;
	struct endpoint *snd = step->snd.hot;

	if (!segment_has(seg, TCP_SYN | TCP_RST))
		snd->sent_non_syn = true;
	if (seg->payload_len > 0)
		snd->sent_data = true;
	if (segment_has(seg, TCP_SYN) && segment_has(seg, TCP_ACK))
		snd->sent_synack = true;
	if (seg->depth >= DEPTH_FIXED && !segment_has(seg, TCP_RST))
		remember_header(snd, seg);
}

/* ---- steps of the analysis ---- */

static void
note_first(struct step *step)
{
	struct endpoint_track *from = step->snd.track;
	const struct segment *seg = step->seg;

	if (step->snd.hot->pkts != 1)
		return;
	from->first_ns = seg->time_ns;
	from->ts_first = seg->opt.tsval;
	from->has_ts_first = (seg->opt.present & OPT_TIMESTAMP) != 0;
}

static void
count_oddities(struct side_counts *counts, const struct segment *seg)
{
	counts->unknown_options += seg->opt.unknown_count;
	counts->malformed_options += (seg->opt.present & OPT_MALFORMED) != 0;
	counts->urgent += segment_has(seg, TCP_URG);
	counts->ce += seg->ecn == 3;	/* RFC 3168, 5 */
	if (!segment_has(seg, TCP_SYN)) {
		counts->ece += segment_has(seg, TCP_ECE);
		counts->cwr += segment_has(seg, TCP_CWR);
	}
}

/* Most headers have nothing odd, and leave the counts alone. */
static void
note_header(struct step *step)
{
	const struct segment *seg = step->seg;

	if (UNLIKELY((seg->opt.present & (OPT_UNKNOWN | OPT_MALFORMED)) != 0 ||
	    segment_has(seg, TCP_URG | TCP_ECE | TCP_CWR) || seg->ecn == 3))
		count_oddities(&step->snd.stats->counts, seg);
	if (UNLIKELY(step->judged.delta_ns < 0))
		step->snd.stats->counts.clock_back++;
	note_payload(step->snd.track, seg);
}

/* RFC 7323, 5.3: a receiver drops what carries an older timestamp. */
static void
note_old_timestamp(struct step *step)
{
	const struct segment *seg = step->seg;

	if ((seg->opt.present & OPT_TIMESTAMP) == 0 || !step->snd.hot->has_ts ||
	    !step->is_sequenced || step->judged.start < step->judged.expected ||
	    !seq_lt(seg->opt.tsval, step->snd.hot->ts_recent))
		return;
	step_judge(step, JUDGED_PAWS);
	step->snd.stats->counts.paws++;
}

static void
note_in_flight(struct step *step)
{
	const struct endpoint *snd = step->snd.hot;
	struct judgement *j = &step->judged;

	if (step->tracker->events.segment == NULL)
		return;		/* nobody is told */
	j->in_flight = -1;
	j->window_left = -1;
	if (!snd->has_base || !snd->has_una)
		return;
	j->in_flight = snd->nxt > snd->una ? snd->nxt - snd->una : 0;
	if (step->rcv.hot->has_window && step->rcv.track->last_window >= 0)
		j->window_left = snd->una + step->rcv.track->last_window -
		    snd->nxt;
}

/*
 * A keep-alive or a probe waits for its answer, whatever its sender answers
 * meanwhile: both ends may ask at once.  New data is a question of its own.
 */
static void
note_questions(struct step *step)
{
	struct endpoint_track *from = step->snd.track;

	if (step_is(step, JUDGED_KEEP_ALIVE_ACK))
		step->rcv.track->awaits_keep_alive_ack = false;
	if (step_is(step, JUDGED_WINDOW_PROBE_ACK) || step->seg->window > 0)
		step->rcv.track->awaits_probe_ack = false;
	if (step->judged.end > step->judged.expected) {
		from->awaits_keep_alive_ack = false;
		from->awaits_probe_ack = false;
	}
	if (step_is(step, JUDGED_KEEP_ALIVE))
		from->awaits_keep_alive_ack = true;
	if (step_is(step, JUDGED_WINDOW_PROBE))
		from->awaits_probe_ack = true;
}

static void
note_last(struct step *step)
{
	struct endpoint_track *from = step->snd.track;
	const struct segment *seg = step->seg;

	from->last_ns = seg->time_ns;
	if (segment_len(seg) > 0)
		from->last_data_ns = seg->time_ns;
	note_questions(step);
	from->last_was_syn = segment_has(seg, TCP_SYN) &&
	    !segment_has(seg, TCP_ACK);
	note_ip_id(from, seg->ip_id);
	if (segment_has(seg, TCP_RST) && step->an->reset_by == 0)
		step->an->reset_by = (uint8_t)(1 + step->judged.side);
	if (segment_has(seg, TCP_FIN) && step->an->first_fin_by == 0)
		step->an->first_fin_by = (uint8_t)(1 + step->judged.side);
}

/*
 * The pipeline.  Steps before the line judge the segment against what was
 * known before it; those after it take it in.
 */
static void
analyse(struct step *step)
{
	note_first(step);		/* what a side began with */
	note_header(step);		/* count oddities of the header */
	note_old_timestamp(step);	/* PAWS */
	classify_signals(step);		/* probes, keep-alives, repeated ACKs */
	rtt_handshake(step);		/* halves of the handshake */
	classify_sequence(step);	/* new, sent again, late; missed */
	window_full(step);		/* does it use up the window? */
	/* ------------------------------------------------------------ */
	ack_cumulative(step);		/* what it covers, and round trips */
	ack_selective(step);		/* SACK, DSACK, duplicate ACKs */
	rtt_timestamps(step);		/* echoes of TSvals */
	window_advertised(step);	/* the window it offers */
	note_in_flight(step);		/* what is in flight now */
	note_last(step);		/* what the next is compared with */
	history_tell(step);		/* Wireshark's bits, Zeek's letters */
}

/* ---- life of an analysis ---- */

/*
 * A connection that is nothing but one SYN has no analysis in report mode: a
 * flood of them must stay cheap.  It has from its second segment on, so that
 * catch_up() knows all there was: of a SYN that was sent again, it could not
 * tell which TSval and which IP ID were sent when.
 */
static bool
wants_analysis(const struct step *step)
{
	const struct tracker *tracker = step->tracker;

	if (tracker->none || step->conn->is_final)
		return false;
	return tracker->keep || step->snd.hot->pkts > 0 ||
	    step->rcv.hot->pkts > 0 || step->seg->flags != TCP_SYN ||
	    step->seg->payload_len > 0;
}

/* What the steps would have made of the SYN that came before the analysis. */
static void
catch_up(struct tracker *tracker, const struct conn *conn, unsigned side)
{
	const struct endpoint *e = &conn->endpoint[side];
	struct analysis *an = conn->analysis;
	struct endpoint_track *s = &an->track[side];

	an->syn_ns = conn->first_ns;
	an->syn_side = (uint8_t)side;
	an->has_syn = true;
	s->first_ns = conn->first_ns;
	s->last_ns = conn->first_ns;
	s->last_data_ns = conn->first_ns;
	s->last_was_syn = true;
	s->last_ip_id = e->first_ip_id;
	if (e->has_window)
		s->last_window = e->window;
	if (e->has_ts) {
		s->ts_first = e->ts_recent;
		s->has_ts_first = true;
		rtt_await_echo(s, e->ts_recent, conn->first_ns);
	}
	if (e->nxt == 0)
		return;		/* a newer SYN has just taken its place */
	inflight_append(s, 0, e->nxt, conn->first_ns, conn->first_frame,
	    &tracker->budget);
}

/* Is all that came so far one SYN of `side`? */
static bool
is_one_syn(const struct conn *conn, unsigned side)
{
	return conn->lifecycle[side].syn_count == 1 &&
	    conn->endpoint[side].pkts == 1 && conn->endpoint[!side].pkts == 0;
}

/* What an->stats leads to: nothing is read to know it. */
static inline struct endpoint_stats *
stats_of(struct tracker *tracker, struct analysis *an)
{
	return tracker->keep ? ((struct kept_analysis *)an)->stats :
	    tracker->discard_stats;
}

static void
find_sides(struct step *step)
{
	struct analysis *an = step->an;
	struct endpoint_stats *figures = stats_of(step->tracker, an);
	const unsigned side = step->judged.side;

	step->snd.track = &an->track[side];
	step->rcv.track = &an->track[!side];
	step->snd.stats = &figures[side];
	step->rcv.stats = &figures[!side];
}

static int
begin_analysis(struct step *step)
{
	struct analysis *an = pool_take(&step->tracker->analyses);

	if (an == NULL)
		return -ERR_NOMEM;
	an->stats = stats_of(step->tracker, an);
	an->rtt_syn = -1;
	an->rtt_ack = -1;
	an->rtt_initial = -1;
	for (unsigned side = 0; side < 2; side++) {
		const struct endpoint *e = &step->conn->endpoint[side];

		an->track[side].lowest_seen = e->has_base && !e->has_isn;
		an->track[side].last_window = -1;
		an->track[side].state_ns = step->conn->first_ns;
	}
	step->conn->analysis = an;
	step->an = an;
	find_sides(step);
	for (unsigned side = 0; side < 2; side++)
		if (is_one_syn(step->conn, side))
			catch_up(step->tracker, step->conn, side);
	return 0;
}

static void
free_side(struct tracker *tracker, struct endpoint_track *side)
{
	inflight_fini(side, &tracker->budget);
	holes_fini(side, &tracker->budget);
	mem_free(side->sackboard);
}

static void
free_figures(struct endpoint_stats *figures)
{
	series_fini(&figures->rtt);
	series_fini(&figures->ts_rtt);
}

/*
 * A receiver says how much it takes at once (RFC 9293, 3.7.1): more was put
 * together on the way to the capture, or was not cut yet when it was captured
 * where it is sent.
 */
static bool
is_merged(const struct conn *conn, unsigned side)
{
	const struct endpoint *receiver = &conn->endpoint[!side];

	return receiver->has_mss &&
	    conn->analysis->track[side].max_payload > receiver->mss;
}

static struct track_findings
findings_of(const struct conn *conn)
{
	const struct analysis *an = conn->analysis;

	return (struct track_findings){
	    .forgotten = (uint64_t)an->track[0].forgotten +
		an->track[1].forgotten,
	    .merged = is_merged(conn, 0) || is_merged(conn, 1),
	    .unquantified = an->track[0].lacks_quantiles ||
		an->track[1].lacks_quantiles,
	};
}

static void
add_findings(struct track_findings *findings, const struct conn *conn)
{
	const struct track_findings found = findings_of(conn);

	findings->forgotten += found.forgotten;
	findings->merged += found.merged;
	findings->unquantified += found.unquantified;
}

static void
take_back_findings(struct track_findings *findings, const struct conn *conn)
{
	const struct track_findings found = findings_of(conn);

	findings->forgotten -= found.forgotten;
	findings->merged -= found.merged;
	findings->unquantified -= found.unquantified;
}

/* What hangs off an analysis. */
static void
free_parts(struct tracker *tracker, struct analysis *an)
{
	free_side(tracker, &an->track[0]);
	free_side(tracker, &an->track[1]);
	if (tracker->keep) {
		free_figures(&an->stats[0]);
		free_figures(&an->stats[1]);
	}
}

static void
end_packed(struct tracker *tracker, struct conn *conn)
{
	struct kept_analysis kept;

	if (pack_owns(conn->packed)) {
		pack_open(conn->packed, &kept);
		free_parts(tracker, &kept.analysis);
	}
	pack_free(conn->packed);
	tracker->packs--;
	conn->is_packed = false;
	conn->analysis = NULL;
}

void
track_end(struct tracker *tracker, struct conn *conn)
{
	struct analysis *an = conn->analysis;

	if (conn->is_packed) {
		end_packed(tracker, conn);
		return;
	}
	if (an == NULL)
		return;
	add_findings(&tracker->gone, conn);
	free_parts(tracker, an);
	pool_give(&tracker->analyses, an);
	conn->analysis = NULL;
}

void
track_pack(struct tracker *tracker, struct conn *conn)
{
	struct analysis *an = conn->analysis;
	struct packed *packed;

	if (conn->is_packed || an == NULL)
		return;
	/* tracker->keep: that is what the pool is of. */
	packed = pack_make((struct kept_analysis *)an);
	/* Large as it is, it is as good. */
	if (packed == NULL)
		return;
	add_findings(&tracker->gone, conn);
	pool_give(&tracker->analyses, an);
	tracker->packs++;
	conn->packed = packed;
	conn->is_packed = true;
}

static int
unpack(struct tracker *tracker, struct conn *conn)
{
	struct packed *packed = conn->packed;
	struct kept_analysis *kept = pool_take(&tracker->analyses);

	if (kept == NULL)
		return -ERR_NOMEM;
	pack_open(packed, kept);
	pack_free(packed);
	tracker->packs--;
	conn->analysis = &kept->analysis;
	conn->is_packed = false;
	take_back_findings(&tracker->gone, conn);
	return 0;
}

/*
 * Arrays with nothing in them.  What comes late takes them anew, but hardly
 * anything does, and a record keeps its connection to the end.
 */
static void
free_empty(struct tracker *tracker, struct endpoint_track *side)
{
	if (side->inflight_count == 0)
		inflight_fini(side, &tracker->budget);
	if (side->holes_count == 0)
		holes_fini(side, &tracker->budget);
}

/* The last ACK is to come: what it looks into is packed once it has. */
static bool
is_awaited(const struct step *step)
{
	return step->an->track[!step->conn->orig].inflight_count > 0 &&
	    !conn_is_reset(step->conn);
}

/*
 * Once a connection is closed and nothing of its originator is in flight,
 * no more round trips can come and the figures of the report are settled.
 */
static void
settle(struct step *step)
{
	struct conn *conn = step->conn;

	if (!conn->is_closed || step->an == NULL ||
	    step->an->track[conn->orig].inflight_count > 0)
		return;
	conn->is_final = true;
	if (!step->tracker->keep) {
		track_end(step->tracker, conn);
		return;
	}
	if (is_awaited(step))
		return;
	free_empty(step->tracker, step->snd.track);
	free_empty(step->tracker, step->rcv.track);
	track_pack(step->tracker, conn);
}

/* ---- the way of a segment ---- */

/*
 * The snapshot ended before the flags: all that is known is that it came.  A
 * SYN before it has waited for its analysis until now.
 */
static int
take_truncated(struct step *step)
{
	int err = 0;

	if (step->an == NULL && wants_analysis(step) &&
	    (step->snd.hot->has_isn || step->rcv.hot->has_isn))
		err = begin_analysis(step);
	count_packet(step);
	step->tracker->cut++;
	step_judge(step, JUDGED_TRUNCATED);
	return err;
}

/*
 * The side that opened it: sender of the first SYN, receiver of a SYN-ACK
 * that comes first, else sender of the first segment.
 */
static void
choose_originator(struct step *step)
{
	struct conn *conn = step->conn;
	const struct segment *seg = step->seg;
	const unsigned side = step->judged.side;
	const bool is_first = conn->endpoint[0].pkts +
	    conn->endpoint[1].pkts == 0;

	if (is_first) {
		const bool synack = seg->depth >= DEPTH_FLAGS &&
		    segment_has(seg, TCP_SYN) && segment_has(seg, TCP_ACK);

		conn->orig = (uint8_t)(synack ? !side : side);
		conn->is_midstream = !segment_has(seg, TCP_SYN);
		return;
	}
	/* A SYN captured after what it opened (no side's SYN was seen yet). */
	if (seg->depth >= DEPTH_FLAGS && conn->orig != side &&
	    segment_has(seg, TCP_SYN) && !segment_has(seg, TCP_ACK) &&
	    conn_syn_count(conn) == 0) {
		conn->orig = (uint8_t)side;
		conn->figures.rtt_sum = 0;
		conn->figures.rtt_count = 0;
	}
}

static int
take_segment(struct step *step)
{
	const bool is_syn = segment_has(step->seg, TCP_SYN);
	int err = 0;

	if (is_syn || !step->snd.hot->has_base)
		negotiate_base(step);
	find_offsets(step);
	if (step->an == NULL && wants_analysis(step))
		err = begin_analysis(step);
	if (is_syn)
		negotiate_options(step);
	count_packet(step);
	count_window(step);
	if (step->an == NULL)
		follow_numbers(step);
	else
		analyse(step);
	note_close(step);
	machine_run(step);
	remember_sender(step);
	return err;
}

/* Where pointers are wider or narrower the lines are others, and no harm. */
static_assert(sizeof(void *) != 8 ||
    (offsetof(struct endpoint_track, srtt) == LINE_OCTETS &&
    offsetof(struct endpoint_track, tsvals) == 3 * LINE_OCTETS &&
    sizeof(struct endpoint_track) == 5 * LINE_OCTETS &&
    ANALYSIS_BARE_OCTETS == 11 * LINE_OCTETS),
    "struct analysis is not on its lines");

/* Octets `from` up to `to` of something that begins on a line. */
static inline void
fetch(const void *object, size_t from, size_t to)
{
	const uint8_t *at = object;

	for (size_t i = from / LINE_OCTETS * LINE_OCTETS; i < to;
	    i += LINE_OCTETS)
		PREFETCH(at + i);
}

/* What sending something, and the ACK of it, looks into. */
static inline void
fetch_flight(const struct endpoint_track *side)
{
	fetch(side, offsetof(struct endpoint_track, srtt),
	    offsetof(struct endpoint_track, tsvals_ns));
}

/* What is told of data and its ACK, whichever side sends them. */
static inline void
fetch_figures(const struct analysis *an)
{
	const size_t first = offsetof(struct kept_analysis, stats);
	const size_t second = first + sizeof(struct endpoint_stats);
	const size_t len = offsetof(struct endpoint_stats, ts_rtt);

	fetch(an, first, first + len);
	fetch(an, second, second + len);
}

/* What is fetched in vain keeps from being fetched what is needed. */
void
track_prefetch(const struct tracker *tracker, const struct conn *conn,
    unsigned side, const struct segment *seg)
{
	const struct endpoint *rcv = &conn->endpoint[!side];
	const struct analysis *an = conn->analysis;
	const bool is_plain = !segment_has(seg, TCP_SYN | TCP_FIN | TCP_RST);

	if (!is_plain || conn->is_closed)
		PREFETCH(conn->lifecycle);
	if (an == NULL || conn->is_packed)
		return;
	PREFETCH(&an->track[0]);
	PREFETCH(&an->track[1]);
	if (!is_plain || !conn->handshake_done || tracker->keep)
		PREFETCH(&an->stats);
	if (tracker->keep)
		fetch_figures(an);
	if (conn->is_closed) {	/* it may be the last */
		PREFETCH(&an->track[0].sackboard);
		PREFETCH(&an->track[1].sackboard);
	}
	if (seg->payload_len > 0 || !is_plain)
		fetch_flight(&an->track[side]);
	if (seg->ack != seq_at(rcv->isn, rcv->una))
		fetch_flight(&an->track[!side]);
}

/* Member by member: to clear all of it would be a good part of the work. */
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
	j->window = -1;
	j->in_flight = 0;
	j->window_left = 0;
	j->delta_ns = 0;
}

static void
begin_step(struct step *step, struct conn *conn, unsigned side,
    const struct segment *seg)
{
	step->conn = conn;
	step->seg = seg;
	step->snd.hot = &conn->endpoint[side];
	step->rcv.hot = &conn->endpoint[!side];
	step->snd.life = &conn->lifecycle[side];
	step->rcv.life = &conn->lifecycle[!side];
	step->an = conn->is_packed ? NULL : conn->analysis;
	step->snd.track = NULL;
	step->rcv.track = NULL;
	step->snd.stats = NULL;
	step->rcv.stats = NULL;
	step->is_kept = step->tracker->keep;
	begin_judgement(&step->judged, side);
	if (step->an != NULL)
		find_sides(step);
	step->acked_from = 0;
	step->is_sequenced = false;
	step->is_first_syn = false;
	step->ack_advances = false;
}

static inline bool
has_fastpath(const struct tracker *tracker)
{
	return !tracker->no_fastpath &&
	    (tracker->events.segment == NULL || tracker->events.skips_fastpath);
}

/* Apart, or the short way would pay for the room on the stack, too. */
static NOINLINE int
take_slow_path(struct tracker *tracker, struct conn *conn, unsigned side,
    const struct segment *seg, bool is_reuse)
{
	struct step step;
	int err = UNLIKELY(conn->is_packed) ? unpack(tracker, conn) : 0;

	step.tracker = tracker;
	begin_step(&step, conn, side, seg);
	if (is_reuse)
		step_judge(&step, JUDGED_PORT_REUSED);
	choose_originator(&step);
	if ((seg->depth < DEPTH_FLAGS ? take_truncated(&step) :
	    take_segment(&step)) != 0)
		err = -ERR_NOMEM;
	if (tracker->events.segment != NULL)
		tracker->events.segment(tracker->events.arg, conn, seg,
		    &step.judged);
	settle(&step);
	return err;
}

int
track_segment(struct tracker *tracker, struct conn *conn, unsigned side,
    const struct segment *seg, bool is_reuse)
{
	if (has_fastpath(tracker) && !conn->is_packed &&
	    fastpath_take(tracker, conn, side, seg))
		return 0;
	return take_slow_path(tracker, conn, side, seg, is_reuse);
}

void
track_quoted(struct tracker *tracker, struct conn *conn, uint16_t mtu)
{
	const bool was_packed = conn->is_packed;

	/* Without memory there is one remark less. */
	if ((was_packed && unpack(tracker, conn) != 0) ||
	    conn->analysis == NULL)
		return;
	conn->analysis->unreachable++;
	if (mtu != 0)
		conn->analysis->path_mtu = mtu;
	if (was_packed)
		track_pack(tracker, conn);
}

/*
 * It repeats the very last segment of its side, faster than anyone could
 * have asked for that, and nothing else gave a reason to send it again.
 */
#define AT_ONCE_NS	(10 * NS_PER_US)

static bool
came_at_once(const struct conn *conn, unsigned side, int64_t since)
{
	const int64_t half = rtt_half(conn->analysis, conn, side);

	return since <= (half / 2 > AT_ONCE_NS ? half / 2 : AT_ONCE_NS);
}

static bool
follows_at_once(const struct conn *conn, unsigned side,
    const struct segment *seg)
{
	const struct endpoint *snd = &conn->endpoint[side];
	const struct endpoint_track *from;
	const struct endpoint_track *to;

	/* What became of a settled connection may be gone, or kept. */
	if (conn->analysis == NULL || conn->is_final || !snd->has_base)
		return false;
	from = &conn->analysis->track[side];
	to = &conn->analysis->track[!side];
	return !from->is_recovering && from->holes_count == 0 &&
	    to->dup_run == 0 && to->sacks_count == 0 &&
	    seg->seq + segment_len(seg) == seq_at(snd->isn, snd->nxt) &&
	    came_at_once(conn, side, seg->time_ns - from->last_ns);
}

/*
 * A capture that sees segments twice sees them all twice, and not the few
 * that a network repeats.
 */
#define TWICE_AT_LEAST	4	/* of so many, one */

static bool
sees_twice(const struct conn *conn)
{
	return conn->has_duplicates &&
	    (uint64_t)conn->figures.duplicates * TWICE_AT_LEAST >=
	    conn->endpoint[0].pkts + conn->endpoint[1].pkts;
}

/*
 * Has it one IP ID for all that it sends?  Packets made by a program have, and
 * so have some small devices: then the ID tells no two of them apart.
 */
static bool
ip_id_constant(const struct endpoint *snd)
{
	return snd->pkts > 1 && !snd->ip_id_varies;
}

bool
track_is_duplicate(const struct conn *conn, unsigned side,
    const struct segment *seg, enum dupe dupe)
{
	const bool is_mute = ip_id_constant(&conn->endpoint[side]);

	switch (dupe) {
	case DUPE_NO:
		return false;
	case DUPE_SURE:
		return true;
	case DUPE_SAME_ID:
		return !is_mute;
	case DUPE_SAME_ID_LIKELY:
		if (!is_mute)
			return true;
		break;
	case DUPE_LIKELY:
		break;
	}
	/* From the same place once more, where copies come from others. */
	if (conn->copies_from_other_if && seg->interface != 0)
		return false;
	if (sees_twice(conn))
		return true;
	/* An endpoint may well send the same ACK or RST twice at once... */
	if (segment_len(seg) == 0 || segment_has(seg, TCP_RST))
		return false;
	/* ... but no SYN within less than an RTO. */
	return segment_has(seg, TCP_SYN) || follows_at_once(conn, side, seg);
}

bool
track_is_ts_later(const struct conn *conn, unsigned side,
    const struct segment *seg)
{
	const struct endpoint *snd = &conn->endpoint[side];

	return snd->has_ts && (seg->opt.present & OPT_TIMESTAMP) != 0 &&
	    seq_lt(snd->ts_recent, seg->opt.tsval);
}

void
tracker_init(struct tracker *tracker, const struct track_events *events,
    bool none, bool keep)
{
	*tracker = (struct tracker){
	    .events = *events,
	    .none = none,
	    .keep = keep,
	};
	pool_init(&tracker->analyses, keep ? sizeof(struct kept_analysis) :
	    ANALYSIS_BARE_OCTETS);
}

/* No further than to the last that has one: a flood of SYNs has none. */
void
tracker_fini(struct tracker *tracker, struct conn *first)
{
	for (struct conn *conn = first; conn != NULL &&
	    tracker->analyses.used + tracker->packs > 0; conn = conn->next) {
		conn_fetch_ahead(conn);
		track_end(tracker, conn);
	}
	pool_fini(&tracker->analyses);
}

struct track_findings
track_findings(const struct tracker *tracker, const struct conn *first)
{
	struct track_findings findings = tracker->gone;
	uint64_t left = tracker->analyses.used;

	for (const struct conn *conn = first; conn != NULL && left > 0;
	    conn = conn->next) {
		conn_fetch_ahead(conn);
		if (conn->analysis == NULL || conn->is_packed)
			continue;
		add_findings(&findings, conn);
		left--;
	}
	return findings;
}
