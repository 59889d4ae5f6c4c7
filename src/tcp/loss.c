/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "tcp/loss.h"

#include <stdint.h>

#include "base/nstime.h"
#include "base/pool.h"
#include "base/seq.h"
#include "tcp/cause.h"
#include "tcp/inflight.h"
#include "tcp/recents.h"
#include "tcp/rtt.h"
#include "tcp/step.h"

/* Without a measured round trip: no path takes longer to answer. */
#define ANSWER_GUESS_NS		NS_PER_SEC
/* Hosts and captures delay segments by as much, whatever the path takes. */
#define ANSWER_SLACK_NS		NS_PER_MS

struct sackboard *
loss_sackboard(struct endpoint_track *side)
{
	if (side->sackboard == NULL)
		side->sackboard = mem_zalloc(sizeof(*side->sackboard));
	if (side->sackboard == NULL)
		side->forgotten++;
	return side->sackboard;
}

/* ---- runs of lost segments ---- */

/* A run goes on at either end: a probe of the tail is sent before the rest. */
static void
add_to_run(struct endpoint_stats *stats, struct sackboard *own, int64_t start,
    int64_t end)
{
	if (start > own->run_end || end < own->run_start ||
	    stats->loss_runs == 0) {
		stats->loss_runs++;
		own->run_start = start;
		own->run_end = end;
	}
	if (start < own->run_start)
		own->run_start = start;
	if (end > own->run_end)
		own->run_end = end;
	if ((uint64_t)(own->run_end - own->run_start) > stats->loss_run_max)
		stats->loss_run_max = (uint64_t)(own->run_end -
		    own->run_start);
}

uint64_t
loss_longest_run(const struct endpoint_stats *stats,
    const struct endpoint_track *track)
{
	const uint64_t payload = track->max_payload;

	if (payload == 0)
		return stats->loss_run_max;	/* SYN and FIN, one each */
	return stats->loss_run_max / payload +
	    (stats->loss_run_max % payload != 0);
}

enum loss_pattern
loss_pattern(const struct endpoint_stats *stats,
    const struct endpoint_track *track)
{
	const uint64_t longest = loss_longest_run(stats, track);

	if (stats->loss_runs == 0)
		return LOSS_PATTERN_NONE;
	if (longest >= LOSS_BURST)
		return LOSS_PATTERN_BURST;
	return stats->loss_runs == 1 && longest <= 1 ? LOSS_PATTERN_SINGLE :
	    LOSS_PATTERN_SPOTTY;
}

const char *
loss_pattern_name(enum loss_pattern pattern)
{
	static const char *const names[] = {
		[LOSS_PATTERN_NONE] = NULL,
		[LOSS_PATTERN_SINGLE] = "single",
		[LOSS_PATTERN_SPOTTY] = "spotty",
		[LOSS_PATTERN_BURST] = "burst",
	};

	return names[pattern];
}

/* ---- how long an answer takes, from the capture point and back ---- */

/* No answer of `side` comes sooner; 0 where no round trip was measured. */
static int64_t
answer_floor(const struct step *step, unsigned side)
{
	const int64_t least = rtt_half(step->an, step->conn, side) / 4 * 3;

	return least > ANSWER_SLACK_NS ? least - ANSWER_SLACK_NS : 0;
}

/* After that, one from `side` would have come (RFC 6298, 2.3). */
static int64_t
answer_ceiling(const struct step *step, unsigned side)
{
	const struct endpoint_track *peer = &step->an->track[!side];
	const int64_t half = rtt_half(step->an, step->conn, side);
	int64_t margin;

	if (!peer->has_rtt)
		return half >= 0 ? nstime_times(half, 2) : ANSWER_GUESS_NS;
	margin = nstime_times(peer->rttvar, 4);
	return nstime_add(peer->srtt, margin > peer->srtt ? margin :
	    peer->srtt);
}

/* ---- what is known when it is retransmitted ---- */

/* Its receiver has answered the one before by an RST. */
static bool
was_reset(const struct step *step, int64_t sent_ns)
{
	return step->rcv.track->last_kind == LAST_RST &&
	    step->rcv.track->last_ns >= sent_ns;
}

/* RFC 9293, 3.8.6.1: its receiver has closed the window since. */
static bool
was_shut_out(const struct step *step, int64_t sent_ns)
{
	const struct sackboard *own = step->snd.track->sackboard;

	return own != NULL && own->has_closed && own->closed_ns >= sent_ns;
}

/*
 * Has the receiver reported since then that the bytes are missing? Duplicate
 * ACKs and SACK blocks report a hole below the segments that caused them; any
 * other ACK that does not advance reports one only after the answer to the
 * previous segment would have arrived.
 */
static bool
is_reported_missing(const struct step *step, const struct inflight *before,
    int64_t sent_ns)
{
	const struct endpoint_track *to = step->rcv.track;
	const unsigned receiver = !step->judged.side;
	const int64_t since = to->last_ns - sent_ns;
	const bool is_next = step->snd.hot->has_una &&
	    step->judged.start <= step->snd.hot->una;

	if (to->last_kind != LAST_OTHER)
		return false;
	if (cause_fast_retransmit_requested(step) ||
	    (is_next && cause_in_fast_recovery(step)))
		return before == NULL || !before->is_resent ||
		    since >= answer_floor(step, receiver);
	return is_next && since >= answer_ceiling(step, receiver);
}

/* RFC 5961, 4.2: its receiver has answered the SYN by a challenge ACK. */
static bool
was_challenged(const struct step *step)
{
	return step->conn->is_challenged && step_is_bare_syn(step);
}

static enum judged
loss_known(const struct step *step, const struct inflight *before)
{
	const int64_t sent_ns = cause_last_sent(step, true);

	if (step->judged.cause == CAUSE_SYN_DATA || was_reset(step, sent_ns) ||
	    was_shut_out(step, sent_ns) || was_challenged(step))
		return JUDGED_REFUSED;
	return is_reported_missing(step, before, sent_ns) ?
	    JUDGED_LOSS_BEHIND : JUDGED_UNANSWERED;
}

/* ---- what is open ---- */

static void
keep_open(struct step *step, struct sackboard *own, struct inflight *entry)
{
	const struct segment *seg = step->seg;
	struct endpoint_track *from = step->snd.track;

	if (entry == NULL || entry->open == OPEN_MAX)
		return;
	if (!from->has_open) {
		own->open_end = entry->end;
		own->open_tsval = seg->opt.tsval;
		own->has_open_tsval = (seg->opt.present & OPT_TIMESTAMP) != 0;
	} else if (own->open_end < entry->end) {
		own->open_end = entry->end;
	}
	entry->open++;
	from->has_open = true;
}

/* Frames from the original to its retransmission; 0 unknown, or too many. */
static uint32_t
frames_behind(uint64_t frame, uint64_t original)
{
	return original != 0 && frame - original <= RECENT_BEHIND_MAX ?
	    (uint32_t)(frame - original) : 0;
}

static void
remember(struct step *step, enum judged loss, bool is_needless)
{
	const uint64_t frame = step->seg->frame;
	const struct recent recent = {
		.start = step->judged.start,
		.sent_ns = step->seg->time_ns,
		.len = segment_len(step->seg) & RECENT_LEN_MASK,
		.behind = frames_behind(frame, step->judged.repeats_frame) &
		    RECENT_BEHIND_MAX,
		.frame = frame & RECENT_FRAME_MASK,
		.loss = loss & RECENT_LOSS_MASK,
		.is_spurious = is_needless,
		.was_known = is_needless,
	};

	recents_add(step->snd.track, &recent,
	    answer_ceiling(step, !step->judged.side), step->budget);
}

void
loss_judge(struct step *step, bool was_seen, bool is_needless)
{
	struct inflight *before =
	    inflight_find(step->snd.track, step->judged.start);
	const enum judged loss = is_needless ? JUDGED_REFUSED :
	    was_seen ? loss_known(step, before) : JUDGED_LOSS_BEFORE;

	struct sackboard *own = loss_sackboard(step->snd.track);

	if (is_needless) {
		step_judge(step, JUDGED_SPURIOUS);	/* its name says it */
		step_count(step, loss);
	} else {
		step_judge(step, loss);
	}
	if (own == NULL)
		return;		/* neither an ACK nor a DSACK will find it */
	if (loss == JUDGED_UNANSWERED)
		keep_open(step, own, before);
	if (loss == JUDGED_LOSS_BEFORE || loss == JUDGED_LOSS_BEHIND)
		add_to_run(step->snd.stats, own, step->judged.start,
		    step->judged.start + segment_len(step->seg));
	remember(step, loss, is_needless);
}

/* ---- what comes back ---- */

/* Move `count` retransmissions of the receiver from unanswered to `loss`. */
static void
settle(struct step *step, const struct inflight *entry, uint32_t count,
    enum judged loss, bool is_needless)
{
	struct endpoint_stats *stats = step->rcv.stats;
	struct sackboard *own = step->rcv.track->sackboard;
	struct recent *recent;
	uint32_t left;

	if (count > stats->judged[JUDGED_UNANSWERED])
		count = stats->judged[JUDGED_UNANSWERED];
	left = count;
	stats->judged[JUDGED_UNANSWERED] -= count;
	stats->judged[loss] += count;
	stats->judged[JUDGED_SPURIOUS] += is_needless ? count : 0;
	for (unsigned i = 0; left > 0 && (recent = recents_at(own, i)) != NULL;
	    i++) {
		if (recent->len == 0 || recent->loss != JUDGED_UNANSWERED ||
		    recent->start < entry->start || recent->start >= entry->end)
			continue;
		recent->loss = loss & RECENT_LOSS_MASK;
		recent->is_spurious = is_needless;
		if (loss == JUDGED_LOSS_BEHIND)
			add_to_run(stats, own, recent->start, recent->start +
			    recent->len);
		left--;
	}
}

/*
 * Count the open retransmissions of `entry` that the segment, which
 * acknowledges `entry`, cannot answer. The TSecr names the answered
 * transmission (RFC 3522, 3.2), and an ACK sooner than any answer arrives
 * answers an earlier one.
 */
static uint32_t
count_needless(const struct step *step, const struct inflight *entry)
{
	const struct segment *seg = step->seg;
	const struct sackboard *own = step->rcv.track->sackboard;

	if (own->has_open_tsval && (seg->opt.present & OPT_TIMESTAMP) != 0 &&
	    seq_lt(seg->opt.tsecr, own->open_tsval))
		return entry->open;
	return seg->time_ns - entry->last_ns <
	    answer_floor(step, step->judged.side) ? 1 : 0;
}

static void
settle_acked(struct step *step, struct inflight *entry)
{
	const bool is_reset = segment_has(step->seg, TCP_RST);
	const uint32_t needless = is_reset ? 0 : count_needless(step, entry);

	/* The newest first: the last transmission is the one too many. */
	if (needless > 0)
		settle(step, entry, needless, JUDGED_REFUSED, true);
	if (entry->open > needless)
		settle(step, entry, entry->open - needless,
		    is_reset ? JUDGED_REFUSED : JUDGED_LOSS_BEHIND, false);
	entry->open = 0;
}

void
loss_acked(struct step *step)
{
	struct endpoint_track *to = step->rcv.track;
	struct inflight *entry;

	if (!to->has_open)
		return;
	for (unsigned i = 0; (entry = inflight_at(to, i)) != NULL &&
	    entry->end <= step->judged.ack; i++)
		if (entry->open > 0)
			settle_acked(step, entry);
	/* One that was merged with others may reach beyond the open ones. */
	if (to->sackboard->open_end <= step->judged.ack &&
	    (entry == NULL || entry->open == 0))
		to->has_open = false;
}

void
loss_not_acked(struct step *step)
{
	struct endpoint_track *to = step->rcv.track;
	struct inflight *entry = to->has_open ? inflight_first(to) : NULL;
	const bool is_refused = segment_has(step->seg, TCP_RST) ||
	    (step->seg->window == 0 && step->seg->depth >= DEPTH_FIXED);
	int64_t since;

	/* A SYN-ACK acknowledges the SYN alone, whatever has come since. */
	if (entry == NULL || entry->open == 0 ||
	    entry->start > step->rcv.hot->una ||
	    segment_has(step->seg, TCP_SYN))
		return;
	since = step->seg->time_ns - entry->last_ns;
	if (since < (is_refused ? answer_floor(step, step->judged.side) :
	    answer_ceiling(step, step->judged.side)))
		return;
	settle(step, entry, entry->open,
	    is_refused ? JUDGED_REFUSED : JUDGED_LOSS_BEHIND, false);
	entry->open = 0;
}

/* ---- DSACK ---- */

/* The retransmission was needless, whatever it is counted as. */
static void
take_back(struct step *step, struct recent *recent, struct inflight *entry)
{
	struct endpoint_stats *stats = step->rcv.stats;

	if (stats->judged[recent->loss] == 0)
		return;
	if (recent->loss == JUDGED_UNANSWERED && entry != NULL &&
	    entry->open > 0)
		entry->open--;
	stats->judged[recent->loss]--;
	stats->judged[JUDGED_REFUSED]++;
	stats->judged[JUDGED_SPURIOUS]++;
	recent->loss = JUDGED_REFUSED;
	recent->is_spurious = true;
}

/* Its line said otherwise, as the DSACK had not come yet. */
static void
correct(struct step *step, const struct recent *recent)
{
	const uint64_t now = step->seg->frame;
	const uint64_t frame = now - ((now - recent->frame) &
	    RECENT_FRAME_MASK);

	if (recent->was_known)
		return;
	step->judged.needless_frame = frame;
	step->judged.arrived_frame = recent->behind != 0 &&
	    recent->behind < frame ? frame - recent->behind : 0;
}

/*
 * Take from a retransmission what the block reports of it, from its start or
 * from its end.  Returns the number of bytes.
 */
static int64_t
take_reported(struct recent *recent, const struct sack_block *block)
{
	const int64_t end = recent->start + recent->len;
	const int64_t start = recent->start > block->start ?
	    recent->start : block->start;
	const int64_t bytes = (end < block->end ? end : block->end) - start;

	if (bytes <= 0)
		return 0;
	if (start == recent->start)
		recent->start += bytes;
	recent->len = (recent->len - (uint32_t)bytes) & RECENT_LEN_MASK;
	return bytes;
}

/*
 * One report is of one repetition: of the last one that carried the bytes.
 * A repetition of which some bytes are never reported was needed for these.
 */
void
loss_reported(struct step *step, const struct sack_block *block)
{
	struct sackboard *own = step->rcv.track->sackboard;
	int64_t left = block->end - block->start;
	struct recent *recent;

	if (own == NULL)
		return;
	for (unsigned i = 0; left > 0 && (recent = recents_at(own, i)) != NULL;
	    i++) {
		const int64_t start = recent->start;
		const int64_t bytes = take_reported(recent, block);

		left -= bytes;
		if (bytes == 0 || recent->len > 0)
			continue;
		correct(step, recent);
		if (!recent->is_spurious)
			take_back(step, recent,
			    inflight_find(step->rcv.track, start));
	}
}

/* ---- windows ---- */

void
loss_closed(struct step *step)
{
	struct sackboard *own;

	if (inflight_first(step->rcv.track) == NULL)
		return;		/* no window could refuse it */
	own = loss_sackboard(step->rcv.track);
	if (own == NULL)
		return;
	own->closed_ns = step->seg->time_ns;
	own->has_closed = true;
}
