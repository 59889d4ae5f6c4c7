/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Joins the layers: a frame is decoded, its segment finds its connection,
 * and the tracker takes it in.  Keeps the books of frames and verdicts.
 */
#include "config.h"

#include "tcpstates.h"

#include <string.h>

#include "base/err.h"
#include "base/pool.h"
#include "flow/conntab.h"
#include "flow/dupes.h"
#include "flow/identity.h"
#include "flow/key.h"
#include "tcp/analysis.h"
#include "tcp/track.h"

/*
 * Instants are kept within half of what 64 bits hold (1970 +- 146 years), so
 * that no difference of two of them overflows.  The unsigned seconds of a
 * classic capture end in 2106.
 */
#define TIME_LIMIT_NS	(INT64_MAX / 2)

struct tcpstates {
	struct key_rules key_rules;
	struct decoder *decoder;
	struct conntab *conns;
	struct dupes *dupes;
	struct tracker tracker;
	struct tcpstates_totals totals;
	int64_t last_frame_ns;
};

static void
init_tracker(struct tcpstates *ts, const struct tcpstates_options *options)
{
	const struct track_events events = {
	    .segment = options->events.segment,
	    .transition = options->events.transition,
	    .arg = options->events.arg,
	};

	tracker_init(&ts->tracker, &events, options->no_analysis,
	    options->keep_analysis);
}

struct tcpstates *
tcpstates_new(const struct tcpstates_options *options)
{
	const struct siphash_key secret = {
	    .word = { options->hash_key[0], options->hash_key[1] },
	};
	const struct decoder_options decoder_options = {
	    .no_tunnels = options->no_tunnels,
	};
	struct tcpstates *ts = mem_zalloc(sizeof(*ts));

	if (ts == NULL)
		return NULL;
	init_tracker(ts, options);
	ts->key_rules.vlan = options->vlan_key;
	ts->decoder = decoder_new(&decoder_options, secret.word);
	ts->conns = conntab_new(&secret);
	ts->dupes = dupes_new();
	if (ts->decoder == NULL || ts->conns == NULL || ts->dupes == NULL) {
		tcpstates_free(ts);
		return NULL;
	}
	return ts;
}

void
tcpstates_free(struct tcpstates *ts)
{
	if (ts == NULL)
		return;
	tracker_fini(&ts->tracker,
	    ts->conns != NULL ? conntab_first(ts->conns) : NULL);
	conntab_free(ts->conns);
	dupes_free(ts->dupes);
	decoder_free(ts->decoder);
	mem_free(ts);
}

static int64_t
clamp_time(int64_t ns)
{
	if (ns > TIME_LIMIT_NS)
		return TIME_LIMIT_NS;
	return ns < -TIME_LIMIT_NS ? -TIME_LIMIT_NS : ns;
}

static void
count_frame(struct tcpstates *ts, const struct frame *frame)
{
	struct tcpstates_totals *totals = &ts->totals;
	const int64_t now = clamp_time(frame->time_ns);

	totals->clock_clamped += now != frame->time_ns;
	if (totals->frames == 0) {
		totals->first_ns = now;
		totals->last_ns = now;
	} else if (now < ts->last_frame_ns) {
		totals->clock_back++;
	}
	if (now > totals->last_ns)
		totals->last_ns = now;
	ts->last_frame_ns = now;
	totals->frames++;
	totals->octets += frame->wire_len;
}

static struct conn *
open_conn(struct tcpstates *ts, const struct key *key,
    const struct segment *seg)
{
	struct conn *conn = conntab_add(ts->conns, key);

	if (conn == NULL)
		return NULL;
	conn->first_ns = seg->time_ns;
	conn->last_ns = seg->time_ns;
	conn->first_frame = seg->frame;
	conn->last_frame = seg->frame;
	ts->totals.conns++;
	return conn;
}

/* The connection that a segment belongs to, new if need be; NULL: no memory. */
static struct conn *
conn_of(struct tcpstates *ts, const struct segment *seg, const struct key *key,
    unsigned side, bool *ret_is_reuse)
{
	struct conn *conn = conntab_find(ts->conns, key);

	*ret_is_reuse = false;
	if (conn != NULL && seg->depth >= DEPTH_FLAGS &&
	    identity_opens_new(conn, side, seg,
	    track_is_ts_later(conn, side, seg))) {
		*ret_is_reuse = true;
		conn = NULL;
	}
	return conn != NULL ? conn : open_conn(ts, key, seg);
}

/*
 * A capture duplicate is told before its identity: the copy of a SYN would
 * otherwise look like its retransmission.
 */
static bool
drop_duplicate(struct tcpstates *ts, const struct segment *seg,
    const struct key *key, unsigned side)
{
	const enum dupe dupe = dupes_check(ts->dupes, seg);
	struct conn *conn;

	if (dupe == DUPE_NO)
		return false;
	conn = conntab_find(ts->conns, key);
	if (conn == NULL || !track_is_duplicate(conn, side, seg, dupe))
		return false;
	conn->duplicates++;
	conn->has_duplicates = true;
	return true;
}

static int
take_segment(struct tcpstates *ts, const struct segment *seg)
{
	struct key key;
	const unsigned side = key_of(seg, &ts->key_rules, &key);
	struct conn *conn;
	bool is_reuse;

	if (drop_duplicate(ts, seg, &key, side)) {
		ts->totals.verdicts[VERDICT_DUPLICATE]++;
		return 0;
	}
	ts->totals.verdicts[VERDICT_SEGMENT]++;
	conn = conn_of(ts, seg, &key, side, &is_reuse);
	if (conn == NULL)
		return -ERR_NOMEM;
	return track_segment(&ts->tracker, conn, side, seg, is_reuse);
}

/* An ICMP error is evidence for the connection it quotes, and opens none. */
static void
take_quoted(struct tcpstates *ts, const struct quoted *quoted)
{
	struct segment seg = {
	    .src_port = quoted->src_port,
	    .dst_port = quoted->dst_port,
	    .vni = quoted->vni,
	    .vni_known = quoted->vni_known,
	    .vlan = quoted->vlan,
	    .ip_version = quoted->ip_version,
	};
	struct key key;
	struct conn *conn;

	memcpy(seg.src, quoted->src, sizeof(seg.src));
	memcpy(seg.dst, quoted->dst, sizeof(seg.dst));
	key_of(&seg, &ts->key_rules, &key);
	conn = conntab_find(ts->conns, &key);
	if (conn == NULL || conn->analysis == NULL)
		return;
	conn->analysis->unreachable++;
	if (quoted->mtu != 0)
		conn->analysis->path_mtu = quoted->mtu;
}

int
tcpstates_frame(struct tcpstates *ts, const struct frame *frame)
{
	struct segment seg;
	enum verdict verdict;

	count_frame(ts, frame);
	verdict = frame_decode(ts->decoder, frame, &seg);
	if (verdict == VERDICT_SEGMENT) {
		seg.time_ns = clamp_time(seg.time_ns);
		return take_segment(ts, &seg);
	}
	ts->totals.verdicts[verdict]++;
	if (verdict == VERDICT_NOT_TCP) {
		const struct quoted *quoted = decoder_last_quoted(ts->decoder);

		if (quoted != NULL)
			take_quoted(ts, quoted);
	}
	return 0;
}

void
tcpstates_finish(struct tcpstates *ts)
{
	ts->totals.forgotten = track_forgotten(&ts->tracker,
	    conntab_first(ts->conns));
}

const struct conn *
tcpstates_first(const struct tcpstates *ts)
{
	return conntab_first(ts->conns);
}

const struct tcpstates_totals *
tcpstates_totals(const struct tcpstates *ts)
{
	return &ts->totals;
}

const struct decoder_stats *
tcpstates_decoder_stats(const struct tcpstates *ts)
{
	return decoder_stats(ts->decoder);
}

const char *
tcpstates_last_protocol(const struct tcpstates *ts)
{
	return decoder_last_protocol(ts->decoder);
}
