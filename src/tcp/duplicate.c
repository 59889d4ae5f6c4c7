/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "tcp/duplicate.h"

#include "base/nstime.h"
#include "base/seq.h"
#include "flow/conn.h"
#include "tcp/analysis.h"
#include "tcp/rtt.h"

/*
 * A segment that repeats the very last one of its sender, sooner than any ACK
 * could have asked for that, had no reason to be sent again.
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

	/* The analysis of a final connection may be gone, or packed. */
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
 * A capture that sees segments twice sees all of them twice, and not only the
 * few that a network repeats.
 */
#define TWICE_AT_LEAST	4	/* one copy in this many segments */

static bool
sees_twice(const struct conn *conn)
{
	return conn->has_duplicates &&
	    (uint64_t)conn->report.duplicates * TWICE_AT_LEAST >=
	    conn->endpoint[0].pkts + conn->endpoint[1].pkts;
}

/*
 * Does the endpoint send all packets with one IP ID?  Packets made by a program
 * have that, and some small devices: the ID then tells no two of them apart.
 */
static bool
ip_id_constant(const struct endpoint *snd)
{
	return snd->pkts > 1 && !snd->ip_id_varies;
}

bool
duplicate_is_copy(const struct conn *conn, unsigned side,
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
	/* The same interface again, where copies come from other ones. */
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
