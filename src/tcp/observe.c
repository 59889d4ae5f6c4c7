/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "tcp/observe.h"

#include "base/compiler.h"
#include "base/seq.h"
#include "tcp/events.h"
#include "tcp/rules.h"
#include "tcp/step.h"

void
observe_first(struct step *step)
{
	struct endpoint_track *from = step->snd.track;
	const struct segment *seg = step->seg;

	/* numbers_remember() has seen an acceptable segment before. */
	if (step->snd.hot->has_window && !step_is_bare_syn(step))
		return;
	from->first_ns = seg->time_ns;
	from->ts_first = seg->opt.tsval;
	from->has_ts_first = (seg->opt.present & OPT_TIMESTAMP) != 0;
}

static void
count_oddities(struct header_counts *counts, const struct segment *seg)
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

/* Most headers have no oddity, and leave the counts alone. */
void
observe_header(struct step *step)
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
void
observe_old_timestamp(struct step *step)
{
	const struct segment *seg = step->seg;

	if ((seg->opt.present & OPT_TIMESTAMP) == 0 || !step->snd.hot->has_ts ||
	    !step->is_sequenced || step->judged.start < step->judged.expected ||
	    !seq_lt(seg->opt.tsval, step->snd.hot->ts_recent))
		return;
	step_judge(step, JUDGED_OLD_TIMESTAMP);
}

/* Only the segment event shows these. */
void
observe_in_flight(struct step *step)
{
	const struct endpoint *snd = step->snd.hot;
	struct judgement *j = &step->judged;

	if (step->events->segment == NULL)
		return;
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
 * A keep-alive or a probe stays open until its answer, whatever its sender
 * answers meanwhile: both endpoints may ask at once.  New data ends it.
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

static enum last_kind
kind_of(const struct segment *seg)
{
	if (segment_has(seg, TCP_RST))
		return LAST_RST;
	if (!segment_has(seg, TCP_SYN))
		return LAST_OTHER;
	return segment_has(seg, TCP_ACK) ? LAST_SYN_ACK : LAST_SYN;
}

void
observe_last(struct step *step)
{
	struct endpoint_track *from = step->snd.track;
	const struct segment *seg = step->seg;

	from->last_ns = seg->time_ns;
	if (segment_len(seg) > 0)
		from->last_data_ns = seg->time_ns;
	note_questions(step);
	from->last_kind = kind_of(seg) & 3U;
	note_ip_id(from, seg->ip_id);
	if (segment_has(seg, TCP_RST) && step->an->reset_by == 0)
		step->an->reset_by = (uint8_t)(1 + step->judged.side);
	if (segment_has(seg, TCP_FIN) && step->an->first_fin_by == 0)
		step->an->first_fin_by = (uint8_t)(1 + step->judged.side);
}
