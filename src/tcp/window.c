/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "tcp/window.h"

#include <stdbool.h>

#include "base/nstime.h"
#include "tcp/loss.h"
#include "tcp/rules.h"
#include "tcp/step.h"

int64_t
window_of(const struct conn *conn, const struct endpoint *sender,
    const struct segment *seg)
{
	if (seg->depth < DEPTH_FIXED)
		return -1;
	/* RFC 7323, 2.2: the window of a SYN is never scaled; zero is zero. */
	if (segment_has(seg, TCP_SYN) || seg->window == 0)
		return seg->window;
	if (!conn_knows_scaling(conn))
		return -1;
	if (!conn_has_scaling(conn))
		return seg->window;
	return (int64_t)seg->window << conn_shift(sender);
}

/* The sender may send up to this offset; -1 unknown. */
static int64_t
right_edge(const struct step *step)
{
	const struct endpoint *rcv = step->rcv.hot;

	if (!step->snd.hot->has_una || !step->snd.hot->has_base ||
	    !rcv->has_window || step->rcv.track->last_window < 0)
		return -1;
	return step->snd.hot->una + step->rcv.track->last_window;
}

void
window_full(struct step *step)
{
	struct endpoint_track *from = step->snd.track;
	struct endpoint_stats *figures = step->snd.stats;
	const struct segment *seg = step->seg;

	if (!step->is_sequenced)
		return;
	if (seg->payload_len > 0 && step_is_plain(step) &&
	    right_edge(step) == step->judged.end &&
	    !step_is(step, JUDGED_WINDOW_PROBE)) {
		step_judge(step, JUDGED_WINDOW_FULL);
		if (!from->window_limited)
			figures->full_since_ns = step->conn->last_ns;
		from->window_limited = true;
	}
	if (seg->payload_len == 0 || !step->snd.hot->has_una)
		return;
	note_flight(figures, step_data_end(step) - step->snd.hot->una);
}

/*
 * Times run by the connection's last_ns, which never goes back: so none of
 * them is negative, and none lasts longer than the connection.
 */
static void
end_zero(
    struct endpoint_track *side, struct endpoint_stats *figures, int64_t now_ns)
{
	if (side->in_zero_window && now_ns > figures->zero_since_ns)
		figures->zero_ns = nstime_add(figures->zero_ns,
		    now_ns - figures->zero_since_ns);
	side->in_zero_window = false;
}

static void
end_full(
    struct endpoint_track *side, struct endpoint_stats *figures, int64_t now_ns)
{
	if (side->window_limited && now_ns > figures->full_since_ns)
		figures->limited_ns = nstime_add(figures->limited_ns,
		    now_ns - figures->full_since_ns);
	side->window_limited = false;
}

void
window_advertised(struct step *step)
{
	struct endpoint_track *from = step->snd.track;
	const struct segment *seg = step->seg;
	const int64_t window = window_of(step->conn, step->snd.hot, seg);
	const int64_t now = step->conn->last_ns;
	int64_t old_edge;

	step->judged.window = window;
	if (segment_has(seg, TCP_RST)) {
		/* An RST's window means nothing; whatever waited is over. */
		end_zero(from, step->snd.stats, now);
		end_zero(step->rcv.track, step->rcv.stats, now);
		end_full(from, step->snd.stats, now);
		end_full(step->rcv.track, step->rcv.stats, now);
		return;
	}
	if (seg->depth < DEPTH_FIXED)
		return;
	old_edge = step->acked_from + from->last_window;
	/* Where scaling is unknown, zeros alone would make false figures. */
	if (window > 0 || (window == 0 && conn_knows_scaling(step->conn)))
		count_window_of(step->snd.stats, (uint32_t)window);
	if (window == 0 && !segment_has(seg, TCP_SYN))
		loss_closed(step);
	if (step_is(step, JUDGED_ZERO_WINDOW)) {
		if (!from->in_zero_window)
			step->snd.stats->zero_since_ns = now;
		from->in_zero_window = true;
	} else if (window != 0) {
		end_zero(from, step->snd.stats, now);
	}
	/* The peer may go on as soon as the right edge moves. */
	if (step->rcv.track->window_limited &&
	    step->rcv.hot->una + window > old_edge)
		end_full(step->rcv.track, step->rcv.stats, now);
	from->last_window = (int32_t)window;
}

int64_t
window_zero_ns(const struct conn *conn, const struct analysis *an,
    unsigned side)
{
	const struct endpoint_stats *s = &an->stats[side];

	if (!an->track[side].in_zero_window ||
	    conn->last_ns <= s->zero_since_ns)
		return s->zero_ns;
	return nstime_add(s->zero_ns, conn->last_ns - s->zero_since_ns);
}

int64_t
window_limited_ns(const struct conn *conn, const struct analysis *an,
    unsigned side)
{
	const struct endpoint_stats *s = &an->stats[side];

	if (!an->track[side].window_limited ||
	    conn->last_ns <= s->full_since_ns)
		return s->limited_ns;
	return nstime_add(s->limited_ns, conn->last_ns - s->full_since_ns);
}
