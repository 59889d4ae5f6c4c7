/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The rules that nearly every segment needs, one by one: the steps of the
 * pipeline and the fast path call these functions, so that no rule is written
 * twice; inline, so that the compiler can optimise each path as a whole.
 */
#ifndef TCPSTATES_TCP_RULES_H
#define TCPSTATES_TCP_RULES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/nstime.h"
#include "base/seq.h"
#include "decode/segment.h"
#include "flow/conn.h"
#include "tcp/analysis.h"
#include "tcp/inflight.h"

/* ---- the figures of the default report ---- */

static inline void
count_segment(struct conn *conn, struct endpoint *snd,
    const struct segment *seg)
{
	snd->pkts++;
	snd->ip_id_varies |= seg->ip_id != snd->first_ip_id;
	snd->bytes += seg->payload_len;
	snd->ip_bytes += seg->ip_len;
	/* Clocks go back: a connection then lasts from its earliest time on. */
	if (seg->time_ns > conn->last_ns)
		conn->last_ns = seg->time_ns;
	else if (seg->time_ns < conn->first_ns)
		conn->first_ns = seg->time_ns;
	conn->last_frame = seg->frame;
	if (conn->fin_seen && seg->payload_len > 0)
		conn->data_after_fin = true;
}

/* One more window, in bytes. */
static inline void
add_window(uint32_t *min, uint32_t *max, uint64_t *sum, uint64_t *count,
    uint32_t window)
{
	if (*count == 0 || window < *min)
		*min = window;
	if (*count == 0 || window > *max)
		*max = window;
	++*count;
	*sum += window;
}

/* Section D: scaled or not by the rules of the report. */
static inline void
count_report_window(struct report_stats *figures, uint32_t window)
{
	add_window(&figures->win_min, &figures->win_max, &figures->win_sum,
	    &figures->win_count, window);
}

/* Section D: the round trip of what the originator sent; not back in time. */
static inline void
count_report_rtt(struct report_stats *figures, int64_t ns)
{
	if (ns < 0)
		return;
	if (figures->rtt_count == 0 || ns < figures->rtt_min)
		figures->rtt_min = ns;
	if (figures->rtt_count == 0 || ns > figures->rtt_max)
		figures->rtt_max = ns;
	figures->rtt_count++;
	figures->rtt_sum = nstime_add(figures->rtt_sum, ns);
}

/* ---- what later segments are compared with ---- */

/* Of a segment that has its fixed header, and no RST. */
static inline void
remember_header(struct endpoint *snd, const struct segment *seg)
{
	if ((seg->opt.present & OPT_TIMESTAMP) != 0) {
		if (!snd->has_ts || seq_lt(snd->ts_recent, seg->opt.tsval))
			snd->ts_recent = seg->opt.tsval;
		snd->has_ts = true;
	}
	snd->window = seg->window;
	snd->has_window = true;
	snd->ttl = seg->ttl;
}

static inline void
note_payload(struct endpoint_track *from, const struct segment *seg)
{
	if (seg->payload_len > from->max_payload)
		from->max_payload = seg->payload_len < UINT16_MAX ?
		    (uint16_t)seg->payload_len : UINT16_MAX;
}

/*
 * IP IDs give the order of sending where the sender increments them, by one or,
 * with one counter for all its connections, by a few; a random ID is hardly
 * ever a small step ahead three times in a row.
 */
#define IP_ID_STEP	64
#define IP_ID_RUN	3

static inline void
note_ip_id(struct endpoint_track *from, uint16_t ip_id)
{
	const int16_t moved = (int16_t)(uint16_t)(ip_id - from->last_ip_id);
	const bool is_known = ip_id != 0 && from->last_ip_id != 0;

	from->last_ip_id = ip_id;
	if (!is_known)
		return;
	if (moved > 0 && moved <= IP_ID_STEP)
		from->ip_id_run = from->ip_id_run < IP_ID_RUN ?
		    (uint8_t)(from->ip_id_run + 1) : IP_ID_RUN;
	else if (moved > 0 || moved < -IP_ID_STEP)
		from->ip_id_run = 0;
	from->ip_id_increments = from->ip_id_run == IP_ID_RUN;
}

/* Everything that was sent before the last loss has arrived. */
static inline void
end_recovery(struct endpoint_track *to, int64_t ack)
{
	if (to->is_recovering && ack >= to->recovery_end)
		to->is_recovering = false;
}

/* ---- windows ---- */

/* Of the advertised ones that count, in bytes. */
static inline void
count_window_of(struct endpoint_stats *figures, uint32_t window)
{
	add_window(&figures->win_min, &figures->win_max, &figures->win_sum,
	    &figures->win_count, window);
}

/* No window is larger (RFC 7323, 2.3), so no more can be in flight. */
#define FLIGHT_MAX	(INT64_C(1) << 30)

/* That many bytes of an endpoint are in flight. */
static inline void
note_flight(struct endpoint_stats *figures, int64_t flight)
{
	if (flight > figures->max_flight && flight <= FLIGHT_MAX)
		figures->max_flight = flight;
}

/* ---- what an ACK takes from the segments in flight ---- */

struct taken {
	int64_t end;		/* of the highest of them */
	int64_t sent_ns;	/* when that was first sent */
	int64_t newest_ns;	/* when the newest of them was first sent */
	uint64_t first_frame;
	uint64_t last_frame;
	uint32_t count;
	bool any_resent;
	bool is_partly_acked;	/* the highest was, before */
};

/*
 * Acknowledge all entries of `to` below `ack`, at `now_ns`. By Karn's rule each
 * segment sent once is a sample of `report`, unless `report` is NULL.
 */
static inline void
take_from_flight(struct endpoint_track *to, int64_t ack, int64_t now_ns,
    struct report_stats *report, struct taken *taken)
{
	struct inflight *entry;

	taken->count = 0;
	taken->newest_ns = 0;
	taken->any_resent = false;
	while ((entry = inflight_first(to)) != NULL && entry->end <= ack) {
		const bool is_resent = entry->is_resent || entry->is_merged;

		if (report != NULL && !is_resent)
			count_report_rtt(report, now_ns - entry->first_ns);
		if (taken->count++ == 0) {
			taken->first_frame = inflight_frame(entry);
			taken->newest_ns = entry->first_ns;
		} else if (entry->first_ns > taken->newest_ns) {
			taken->newest_ns = entry->first_ns;
		}
		taken->any_resent |= is_resent;
		taken->last_frame = inflight_frame(entry);
		taken->end = entry->end;
		taken->sent_ns = entry->first_ns;
		taken->is_partly_acked = entry->is_partly_acked;
		inflight_pop(to);
	}
	/*
	 * The entry is partly acknowledged: its RTT can no longer be measured.
	 */
	if (entry != NULL && entry->start < ack)
		entry->is_partly_acked = true;
}

/*
 * Take one sample per ACK, of the highest acknowledged segment: the delayed ACK
 * held back the lower ones. Take none if any acknowledged segment was
 * retransmitted (Karn) or captured out of order after the highest (the ACK then
 * answers the late segment), or if the ACK covers only part of an offloaded
 * superframe.
 */
static inline bool
taken_is_sample(const struct taken *taken, int64_t ack)
{
	return taken->count > 0 && !taken->any_resent &&
	    !taken->is_partly_acked && taken->end == ack &&
	    taken->sent_ns == taken->newest_ns;
}

#endif
