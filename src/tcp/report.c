/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "tcp/report.h"

#include "tcp/rules.h"
#include "tcp/step.h"

static void
first_originator(struct step *step)
{
	struct conn *conn = step->conn;
	const struct segment *seg = step->seg;
	const unsigned side = step->judged.side;
	const bool is_synack = seg->depth >= DEPTH_FLAGS &&
	    segment_has(seg, TCP_SYN) && segment_has(seg, TCP_ACK);

	conn->orig = (uint8_t)(is_synack ? !side : side);
	conn->is_midstream = !segment_has(seg, TCP_SYN);
}

/*
 * The originator is the sender of the first SYN, the receiver of an initial
 * SYN-ACK, or else the sender of the first segment. A SYN may be captured after
 * segments of the connection it opened, if no other SYN was seen.
 */
void
report_originator(struct step *step)
{
	struct conn *conn = step->conn;
	const struct segment *seg = step->seg;
	const unsigned side = step->judged.side;

	if (conn_segments(conn) == 0) {
		first_originator(step);
		return;
	}
	if (seg->depth >= DEPTH_FLAGS && conn->orig != side &&
	    segment_has(seg, TCP_SYN) && !segment_has(seg, TCP_ACK) &&
	    conn_syn_count(conn) == 0) {
		conn->orig = (uint8_t)side;
		conn->report.rtt_sum = 0;
		conn->report.rtt_count = 0;
	}
}

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

void
report_packet(struct step *step)
{
	const struct segment *seg = step->seg;

	if (step->snd.hot->pkts == 0)
		step->snd.hot->first_ip_id = seg->ip_id;
	step->judged.delta_ns = seg->time_ns - step->conn->last_ns;
	count_segment(step->conn, step->snd.hot, seg);
	count_flags(step);
}

/*
 * Section D counts the advertised window of every segment: scaled when both
 * SYNs offered scaling, the raw field otherwise, and never scaled on a SYN.
 */
void
report_window(struct step *step)
{
	const struct segment *seg = step->seg;
	uint32_t window = seg->window;

	if (seg->depth < DEPTH_FIXED) {
		step->is_cut = true;
		return;
	}
	if (!segment_has(seg, TCP_SYN) && conn_has_scaling(step->conn))
		window <<= conn_shift(step->snd.hot);
	count_report_window(&step->conn->report, window);
}
