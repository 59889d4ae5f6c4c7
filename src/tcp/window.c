/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "tcp/window.h"

#include <stdbool.h>

#include "base/nstime.h"
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
	const struct endpoint *rcv = step->rcv;

	if (!step->snd->has_una || !step->snd->has_base || !rcv->has_window ||
	    step->to->last_window < 0)
		return -1;
	return step->snd->una + step->to->last_window;
}

void
window_full(struct step *step)
{
	struct side *from = step->from;
	struct side_figures *figures = step->from_figures;
	const struct segment *seg = step->seg;

	if (!step->is_sequenced)
		return;
	if (seg->payload_len > 0 && step_is_plain(step) &&
	    right_edge(step) == step->judged.end &&
	    !step_is(step, JUDGED_WINDOW_PROBE)) {
		step_judge(step, JUDGED_WINDOW_FULL);
		figures->counts.window_full++;
		if (!from->is_full)
			figures->full_since_ns = seg->time_ns;
		from->is_full = true;
	}
	if (seg->payload_len == 0 || !step->snd->has_una)
		return;
	note_flight(figures, step_data_end(step) - step->snd->una);
}

static void
end_zero(struct side *side, struct side_figures *figures, int64_t now_ns)
{
	if (side->is_zero && now_ns > figures->zero_since_ns)
		figures->zero_ns = nstime_add(figures->zero_ns,
		    now_ns - figures->zero_since_ns);
	side->is_zero = false;
}

static void
end_full(struct side *side, struct side_figures *figures, int64_t now_ns)
{
	if (side->is_full && now_ns > figures->full_since_ns)
		figures->limited_ns = nstime_add(figures->limited_ns,
		    now_ns - figures->full_since_ns);
	side->is_full = false;
}

void
window_advertised(struct step *step)
{
	struct side *from = step->from;
	const struct segment *seg = step->seg;
	const int64_t window = window_of(step->conn, step->snd, seg);
	int64_t old_edge;

	step->judged.window = window;
	if (segment_has(seg, TCP_RST)) {
		/* An RST's window means nothing; whatever waited is over. */
		end_zero(from, step->from_figures, seg->time_ns);
		end_zero(step->to, step->to_figures, seg->time_ns);
		end_full(from, step->from_figures, seg->time_ns);
		end_full(step->to, step->to_figures, seg->time_ns);
		return;
	}
	if (seg->depth < DEPTH_FIXED)
		return;
	old_edge = step->acked_from + from->last_window;
	/* Where scaling is unknown, zeros alone would make false figures. */
	if (window > 0 || (window == 0 && conn_knows_scaling(step->conn)))
		count_window_of(step->from_figures, (uint32_t)window);
	if (window == 0 && !segment_has(seg, TCP_SYN)) {
		if (!from->is_zero)
			step->from_figures->zero_since_ns = seg->time_ns;
		from->is_zero = true;
	} else {
		end_zero(from, step->from_figures, seg->time_ns);
	}
	/* The peer may go on as soon as the right edge moves. */
	if (step->to->is_full && step->rcv->una + window > old_edge)
		end_full(step->to, step->to_figures, seg->time_ns);
	from->last_window = (int32_t)window;
}

int64_t
window_zero_ns(const struct conn *conn, const struct analysis *an,
    unsigned side)
{
	const struct side_figures *s = &an->figures[side];

	if (!an->side[side].is_zero || conn->last_ns <= s->zero_since_ns)
		return s->zero_ns;
	return nstime_add(s->zero_ns, conn->last_ns - s->zero_since_ns);
}

int64_t
window_limited_ns(const struct conn *conn, const struct analysis *an,
    unsigned side)
{
	const struct side_figures *s = &an->figures[side];

	if (!an->side[side].is_full || conn->last_ns <= s->full_since_ns)
		return s->limited_ns;
	return nstime_add(s->limited_ns, conn->last_ns - s->full_since_ns);
}
