/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * More than 600 lines: the ways to find a partner are tried one after the other,
 * surest first, and each leaves the rest to the next.
 */
#include "config.h"

#include "compare/pairs.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/nstime.h"
#include "base/pool.h"
#include "base/seq.h"
#include "compare/candidates.h"
#include "compare/hosts.h"
#include "decode/segment.h"
#include "flow/conn.h"

/* A segment in the samples of both points. */
struct shared {
	uint32_t conn[POINT_COUNT];
	uint8_t side[POINT_COUNT];
	uint8_t ttl[POINT_COUNT];
	int64_t ns[POINT_COUNT];
};

struct finder {
	struct pairs *pairs;
	const struct survey *surveys;
	struct shared *shared;
	size_t shared_count;
	/* By connection at A: its partner, until it is joined; or 0. */
	uint32_t *partners;
	bool trusts_clocks;
};

static const struct conn *
conn_at(const struct finder *f, enum point point, uint32_t number)
{
	return f->surveys[point].conns[number];
}

/* By the clock of A, as far as the clocks are known. */
static int64_t
time_of(const struct finder *f, enum point point, int64_t ns)
{
	const struct clock_fit *clock = &f->pairs->clock;

	return point == POINT_A ? clockfit_of_a(clock, ns) :
	    clockfit_to_a(clock, ns);
}

static bool
is_paired(const struct finder *f, enum point point, uint32_t number)
{
	return f->pairs->of[point][number] != 0;
}

/* ---- a new pair ---- */

static bool
is_rewritten(const struct endpoint *a, const struct endpoint *b)
{
	return a->has_isn && b->has_isn && a->isn != b->isn;
}

static bool
both_have_timestamps(const struct handshake *a, const struct handshake *b,
    unsigned at)
{
	return (a->options[at] & b->options[at] & OPT_TIMESTAMP) != 0;
}

/*
 * A middlebox that shifts timestamps shifts their echoes back.  Without the
 * echo it is another SYN that is compared: the first was lost between.
 */
static uint32_t
find_ts_shift(const struct handshake *a, const struct handshake *b,
    unsigned at)
{
	const uint32_t shift = b->syn[at].tsval - a->syn[at].tsval;

	for (unsigned i = at; i <= at + 1; i++)
		if (!a->has[i] || !b->has[i])
			return 0;
	if (!both_have_timestamps(a, b, at))
		return 0;
	return b->tsecr[at + 1] - a->tsecr[at + 1] == shift ? shift : 0;
}

static void
note_ts_shifts(const struct finder *f, struct pair *pair)
{
	const struct handshake *a =
	    &f->surveys[POINT_A].handshakes[pair->conn[POINT_A]];
	const struct handshake *b =
	    &f->surveys[POINT_B].handshakes[pair->conn[POINT_B]];

	pair->ts_shift[DIRECTION_ORIG] = find_ts_shift(a, b, HANDSHAKE_SYN);
	pair->ts_shift[DIRECTION_RESP] = find_ts_shift(a, b,
	    HANDSHAKE_SYNACK);
}

/* `orig_b`: the side at B of the endpoint that opened the connection at A. */
static struct pair *
add_pair(struct finder *f, uint32_t a, uint32_t b, unsigned orig_b)
{
	struct pairs *pairs = f->pairs;
	const struct conn *x = conn_at(f, POINT_A, a);
	const struct conn *y = conn_at(f, POINT_B, b);
	struct pair *pair = &pairs->pairs[pairs->count++];

	*pair = (struct pair){ .conn = { a, b }, .rtt_between_ns = -1 };
	for (unsigned direction = 0; direction < DIRECTION_COUNT; direction++) {
		const uint8_t side_a = (uint8_t)(x->orig ^ direction);
		const uint8_t side_b = (uint8_t)(orig_b ^ direction);
		const struct endpoint *e = &x->endpoint[side_a];
		const struct endpoint *g = &y->endpoint[side_b];

		pair->side[direction][POINT_A] = side_a;
		pair->side[direction][POINT_B] = side_b;
		/* Without both ISNs, offsets count from one number at both. */
		pair->base[direction][POINT_A] = e->isn;
		pair->base[direction][POINT_B] = is_rewritten(e, g) ? g->isn :
		    e->isn;
		pair->is_seq_rewritten |= is_rewritten(e, g);
	}
	note_ts_shifts(f, pair);
	pairs->of[POINT_A][a] = (uint32_t)pairs->count;
	pairs->of[POINT_B][b] = (uint32_t)pairs->count;
	return pair;
}

/* ---- by initial sequence numbers ---- */

/* Which number of a connection is its key; false: it has none. */
typedef bool candidate_key(const struct conn *, uint64_t *ret_key);

static bool
key_by_isns(const struct conn *conn, uint64_t *ret_key)
{
	const struct endpoint *orig = conn_orig(conn);
	const struct endpoint *resp = conn_resp(conn);

	*ret_key = (uint64_t)orig->isn << 32 | resp->isn;
	return orig->has_isn && resp->has_isn;
}

static bool
key_by_first_isn(const struct conn *conn, uint64_t *ret_key)
{
	*ret_key = (uint64_t)conn_orig(conn)->isn << 16 |
	    conn->key.port[!conn->orig];
	return conn_orig(conn)->has_isn;
}

/* A scanner gives one ISN to all of its SYNs. */
static bool
key_by_syn(const struct conn *conn, uint64_t *ret_key)
{
	*ret_key = sketch_mix(key_fingerprint(&conn->key)) ^
	    conn_orig(conn)->isn;
	return conn_orig(conn)->has_isn;
}

static bool
key_by_tuple(const struct conn *conn, uint64_t *ret_key)
{
	*ret_key = key_fingerprint(&conn->key);
	return true;
}

static size_t
gather(const struct finder *f, candidate_key *key, struct candidate *into)
{
	size_t count = 0;

	for (unsigned p = 0; p < POINT_COUNT; p++) {
		const size_t conns = f->surveys[p].conn_count;

		for (uint32_t i = 1; i < conns; i++) {
			const struct conn *conn = conn_at(f, p, i);
			struct candidate *c = &into[count];

			if (conn == NULL || is_paired(f, p, i) ||
			    !key(conn, &c->key))
				continue;
			c->point = (uint8_t)p;
			c->item = i;
			c->first_ns = time_of(f, p, conn->first_ns);
			count++;
		}
	}
	return count;
}

/* What to do with one candidate of each point. */
typedef void candidate_join(struct finder *, uint32_t a, uint32_t b);

static void
join_isns(struct finder *f, uint32_t a, uint32_t b)
{
	(void)add_pair(f, a, b, conn_at(f, POINT_B, b)->orig);
}

/* One point at least lacks the SYN-ACK: else both ISNs have to agree. */
static void
join_unanswered(struct finder *f, uint32_t a, uint32_t b)
{
	if (!conn_resp(conn_at(f, POINT_A, a))->has_isn ||
	    !conn_resp(conn_at(f, POINT_B, b))->has_isn)
		join_isns(f, a, b);
}

/* Is the candidate after the second closer to it, and of the first's point? */
static bool
is_next_closer(const struct candidate *c, size_t left)
{
	return left > 2 && c[2].point == c[0].point &&
	    c[2].first_ns - c[1].first_ns < c[1].first_ns - c[0].first_ns;
}

/*
 * Candidates of one key in order of time: of neighbours of different points
 * the closest belong together.  More of them than two are ambiguous, unless
 * clocks are known and say which is which.  SYNs of a scan behind NAT have one
 * ISN, and follow each other faster than they pass the path between the points,
 * so that no clock says which is which.
 */
static void
join_group(struct finder *f, candidate_key *key, const struct candidate *c,
    size_t count)
{
	const bool is_clear = count == 2 ||
	    (f->pairs->clock.count > 0 && key != key_by_first_isn);

	for (size_t i = 0; i + 1 < count; i++) {
		const struct candidate *x = &c[i];
		const struct candidate *y = &c[i + 1];

		if (x->point == y->point)
			continue;
		if (!is_clear) {
			f->pairs->unpaired[x->point][x->item] =
			    UNPAIRED_AMBIGUOUS;
			f->pairs->unpaired[y->point][y->item] =
			    UNPAIRED_AMBIGUOUS;
			continue;
		}
		if (is_next_closer(x, count - i))
			continue;
		f->partners[x->point == POINT_A ? x->item : y->item] =
		    x->point == POINT_A ? y->item : x->item;
		i++;
	}
}

/* In the order of connections at A, so that most of them are in the cache. */
static void
join_partners(struct finder *f, candidate_join *join)
{
	for (uint32_t a = 1; a < f->surveys[POINT_A].conn_count; a++) {
		const uint32_t b = f->partners[a];

		f->partners[a] = 0;
		if (b != 0)
			join(f, a, b);
	}
}

static int
join_by(struct finder *f, candidate_key *key, candidate_join *join)
{
	const size_t room = f->surveys[0].conn_count +
	    f->surveys[1].conn_count;
	struct candidate *all = mem_zalloc(2 * room * sizeof(*all));
	struct candidate *c;
	size_t count, end;
	int err;

	if (all == NULL)
		return -ERR_NOMEM;
	c = all + room;
	count = gather(f, key, all);
	err = candidates_group(c, all, count);
	for (size_t i = 0; err == 0 && i < count; i = end) {
		end = candidates_group_end(c, count, i);
		join_group(f, key, &c[i], end - i);
	}
	mem_free(all);
	join_partners(f, join);
	return err;
}

/* ---- by segments that both samples have ---- */

static int
compare_shared(const void *a, const void *b)
{
	const struct shared *x = a;
	const struct shared *y = b;

	for (unsigned p = 0; p < POINT_COUNT; p++)
		if (x->conn[p] != y->conn[p])
			return x->conn[p] < y->conn[p] ? -1 : 1;
	for (unsigned p = 0; p < POINT_COUNT; p++)
		if (x->ns[p] != y->ns[p])
			return x->ns[p] < y->ns[p] ? -1 : 1;
	return x->side[POINT_A] - y->side[POINT_A];
}

static int
intersect(struct finder *f)
{
	const struct sketch *a = &f->surveys[POINT_A].sketch;
	const struct sketch *b = &f->surveys[POINT_B].sketch;
	size_t j = 0;

	/* Each sample of A is shared twice at most: see share_rewritten(). */
	f->shared = mem_zalloc((2 * a->count + 1) * sizeof(*f->shared));
	if (f->shared == NULL)
		return -ERR_NOMEM;
	for (size_t i = 0; i < a->count; i++) {
		const struct sample *x = &a->samples[i];
		const struct sample *y;

		while (j < b->count && b->samples[j].hash < x->hash)
			j++;
		if (j == b->count || b->samples[j].hash != x->hash)
			continue;
		y = &b->samples[j];
		f->shared[f->shared_count++] = (struct shared){
		    .conn = { x->conn, y->conn },
		    .side = { x->side, y->side },
		    .ttl = { x->ttl, y->ttl },
		    .ns = { x->ns, y->ns },
		};
	}
	qsort(f->shared, f->shared_count, sizeof(*f->shared), compare_shared);
	return 0;
}

/* The end of the run of shared segments of the connections of `at`. */
static size_t
run_end(const struct finder *f, size_t at)
{
	size_t end = at + 1;

	while (end < f->shared_count && memcmp(f->shared[end].conn,
	    f->shared[at].conn, sizeof(f->shared[at].conn)) == 0)
		end++;
	return end;
}

/* Segments of both ends have to agree before numbers alone are believed. */
#define VOTES_MIN	2

/* A tie: one of these connections at B is the partner, which is unknown. */
static void
mark_tie(struct finder *f, size_t begin, size_t end, size_t votes)
{
	uint8_t *const *unpaired = f->pairs->unpaired;

	for (size_t i = begin, next; i < end; i = next) {
		const struct shared *s = &f->shared[i];

		next = run_end(f, i);
		unpaired[POINT_A][s->conn[POINT_A]] = UNPAIRED_AMBIGUOUS;
		if (next - i == votes)
			unpaired[POINT_B][s->conn[POINT_B]] =
			    UNPAIRED_AMBIGUOUS;
	}
}

/* Join the connection at A of this run to the one at B with most votes. */
static void
join_best(struct finder *f, size_t begin, size_t end)
{
	size_t best = 0, best_at = begin;
	const struct shared *s;
	bool is_tied = false;

	for (size_t i = begin, next; i < end; i = next) {
		next = run_end(f, i);
		if (is_paired(f, POINT_B, f->shared[i].conn[POINT_B]) ||
		    next - i < best)
			continue;
		is_tied = next - i == best;
		best = next - i;
		best_at = i;
	}
	s = &f->shared[best_at];
	if (best < VOTES_MIN)
		return;
	if (is_tied)
		mark_tie(f, begin, end, best);
	else
		(void)add_pair(f, s->conn[0], s->conn[1], s->side[1] ^
		    (s->side[0] != conn_at(f, POINT_A, s->conn[0])->orig));
}

static void
join_by_votes(struct finder *f)
{
	for (size_t i = 0, end; i < f->shared_count; i = end) {
		const uint32_t conn = f->shared[i].conn[POINT_A];

		end = run_end(f, i);
		while (end < f->shared_count &&
		    f->shared[end].conn[POINT_A] == conn)
			end = run_end(f, end);
		if (!is_paired(f, POINT_A, conn))
			join_best(f, i, end);
	}
}

/* ---- by four-tuple ---- */

/* A path takes less, and so do clocks that are nearly right. */
#define APART_NS	NS_PER_SEC

/* Do both points see it at some time? */
static bool
overlaps(const struct finder *f, const struct conn *a, const struct conn *b)
{
	return time_of(f, POINT_B, b->first_ns) - APART_NS <=
	    time_of(f, POINT_A, a->last_ns) &&
	    time_of(f, POINT_A, a->first_ns) - APART_NS <=
	    time_of(f, POINT_B, b->last_ns);
}

/*
 * Numbers that a firewall has rewritten pass with everything else as it was.
 * A proxy answers with a handshake of its own: other timestamps, or other
 * options, or other IP IDs.
 */
static bool
is_same_view(const struct syn_view *a, const struct syn_view *b,
    bool has_timestamps)
{
	return has_timestamps ? a->tsval == b->tsval :
	    a->ip_id != 0 && a->ip_id == b->ip_id;
}

/* If the first of several was lost between the points, the latest was not. */
static bool
is_recognised_syn(const struct handshake *a, const struct handshake *b,
    unsigned at)
{
	const bool has_timestamps = both_have_timestamps(a, b, at);

	return a->has[at] && b->has[at] &&
	    (is_same_view(&a->syn[at], &b->syn[at], has_timestamps) ||
	    is_same_view(&a->latest[at], &b->latest[at], has_timestamps));
}

/* Could one be the other?  Without timestamps and IP ID nothing denies it. */
static bool
is_same_syn(const struct handshake *a, const struct handshake *b, unsigned at)
{
	if (is_recognised_syn(a, b, at))
		return true;
	return a->has[at] && b->has[at] && !both_have_timestamps(a, b, at) &&
	    a->options[at] == b->options[at] &&
	    a->wscale[at] == b->wscale[at] &&
	    a->syn[at].ip_id == b->syn[at].ip_id;
}

static bool
has_common_isn(const struct conn *a, const struct conn *b)
{
	const struct endpoint *orig = conn_orig(a), *resp = conn_resp(a);

	return orig->isn == conn_orig(b)->isn || (resp->has_isn &&
	    conn_resp(b)->has_isn && resp->isn == conn_resp(b)->isn);
}

/* Equal options are no evidence: hosts of one kind send the same. */
static bool
is_same_handshake(const struct handshake *a, const struct handshake *b,
    bool has_isn_in_common)
{
	if (!is_same_syn(a, b, HANDSHAKE_SYN) || (a->has[HANDSHAKE_SYNACK] &&
	    b->has[HANDSHAKE_SYNACK] && !is_same_syn(a, b, HANDSHAKE_SYNACK)))
		return false;
	return has_isn_in_common || is_recognised_syn(a, b, HANDSHAKE_SYN) ||
	    is_recognised_syn(a, b, HANDSHAKE_SYNACK);
}

/*
 * A firewall may rewrite sequence numbers and timestamps, and strip options.
 * It adds none, and strips them on the way, so that one point sees all options
 * of the SYN and the other one all options of the SYN-ACK.  Two handshakes that
 * differ otherwise are of two connections.
 */
static bool
differ_by_more_than_stripped(const struct handshake *a,
    const struct handshake *b)
{
	bool can_be_near[POINT_COUNT] = { true, true };

	for (unsigned i = HANDSHAKE_SYN; i <= HANDSHAKE_SYNACK; i++) {
		const bool is_syn = i == HANDSHAKE_SYN;

		if (!a->has[i] || !b->has[i])
			continue;
		if ((a->options[i] & b->options[i] & OPT_WSCALE) != 0 &&
		    a->wscale[i] != b->wscale[i])
			return true;
		if (((a->options[i] | b->options[i]) & OPTIONS_CUT) != 0)
			continue;
		if ((a->options[i] & ~b->options[i]) != 0)
			can_be_near[is_syn ? POINT_B : POINT_A] = false;
		if ((b->options[i] & ~a->options[i]) != 0)
			can_be_near[is_syn ? POINT_A : POINT_B] = false;
	}
	return !can_be_near[POINT_A] && !can_be_near[POINT_B];
}

/* Ranges of sequence numbers: less than half of the circle apart. */
static bool
ranges_overlap(const struct endpoint *a, const struct endpoint *b)
{
	const int64_t ahead = seq_diff(b->isn, a->isn);

	return ahead <= a->nxt && -ahead <= b->nxt;
}

/*
 * Without the handshake at both points the numbers have to speak: what each
 * endpoint sent is in one range.
 */
static bool
numbers_agree(const struct conn *a, const struct conn *b)
{
	bool has_any = false;

	for (unsigned side = 0; side < 2; side++) {
		const struct endpoint *e = &a->endpoint[side];
		const struct endpoint *g = &b->endpoint[side];

		if (!e->has_base || !g->has_base)
			continue;
		if (!ranges_overlap(e, g))
			return false;
		has_any = true;
	}
	return has_any;
}

/* A proxy connects to the server when its client has connected, or soon. */
static bool
begin_together(const struct finder *f, const struct conn *a,
    const struct conn *b)
{
	const int64_t apart = nstime_diff(time_of(f, POINT_B, b->first_ns),
	    time_of(f, POINT_A, a->first_ns));

	return apart <= APART_NS && apart >= -APART_NS;
}

static void
join_handshakes(struct finder *f, uint32_t a, uint32_t b, bool is_same)
{
	const struct handshake *h = &f->surveys[POINT_A].handshakes[a];
	const struct handshake *g = &f->surveys[POINT_B].handshakes[b];
	const struct conn *y = conn_at(f, POINT_B, b);
	struct pair *pair;

	if (!is_same && !begin_together(f, conn_at(f, POINT_A, a), y))
		return;
	pair = add_pair(f, a, b, y->orig);
	if (is_same)
		return;
	pair->kind = PAIR_TERMINATED;
	pair->is_proxy_shown = differ_by_more_than_stripped(h, g);
}

static void
join_tuples(struct finder *f, uint32_t a, uint32_t b)
{
	const struct conn *x = conn_at(f, POINT_A, a);
	const struct conn *y = conn_at(f, POINT_B, b);
	const bool is_same = is_same_handshake(
	    &f->surveys[POINT_A].handshakes[a],
	    &f->surveys[POINT_B].handshakes[b], has_common_isn(x, y));

	/* Clocks that are unknown say nothing about the time. */
	if (!key_equal(&x->key, &y->key) || (!overlaps(f, x, y) &&
	    !(is_same && f->pairs->clock.count == 0)))
		return;
	if (conn_orig(x)->has_isn && conn_orig(y)->has_isn)
		join_handshakes(f, a, b, is_same);
	else if (numbers_agree(x, y))
		(void)add_pair(f, a, b, x->orig);
}

/* ---- which point is nearer, and what the clocks say ---- */

static void
set_near(struct pair *pair, int64_t orig_less_resp)
{
	pair->has_near = true;
	pair->near_orig = orig_less_resp >= 0 ? POINT_A : POINT_B;
}

/*
 * The time at B less that at A is the difference of the clocks plus a delay in
 * one direction, and less a delay in the other: of two segments shortly after
 * each other the difference of these is twice the path between the points.
 */
static void
near_by_handshake(const struct finder *f, struct pair *pair)
{
	const struct handshake *a =
	    &f->surveys[POINT_A].handshakes[pair->conn[POINT_A]];
	const struct handshake *b =
	    &f->surveys[POINT_B].handshakes[pair->conn[POINT_B]];

	for (unsigned i = 0; i < 2; i++)
		if (!a->has[i] || !b->has[i])
			return;
	set_near(pair, nstime_diff(
	    b->ns[HANDSHAKE_SYN] - a->ns[HANDSHAKE_SYN],
	    b->ns[HANDSHAKE_SYNACK] - a->ns[HANDSHAKE_SYNACK]));
}

static enum direction
direction_of(const struct pair *pair, const struct shared *s)
{
	return s->side[POINT_A] == pair->side[DIRECTION_ORIG][POINT_A] ?
	    DIRECTION_ORIG : DIRECTION_RESP;
}

/* A path that takes longer there and back is none. */
#define APART_MAX_NS	(3600 * NS_PER_SEC)

static void
near_by_samples(struct pair *pair, const struct shared *s, size_t count)
{
	int64_t sum = 0;
	bool has_both = false;

	for (size_t i = 0; i + 1 < count; i++) {
		const enum direction direction = direction_of(pair, &s[i]);
		const int64_t d = s[i].ns[1] - s[i].ns[0];
		const int64_t next = s[i + 1].ns[1] - s[i + 1].ns[0];
		const int64_t apart = direction == DIRECTION_ORIG ?
		    nstime_diff(d, next) : nstime_diff(next, d);

		/* A clock was set between the two: also keeps the sum small. */
		if (direction == direction_of(pair, &s[i + 1]) ||
		    apart > APART_MAX_NS || apart < -APART_MAX_NS)
			continue;
		sum += apart;
		has_both = true;
	}
	if (has_both)
		set_near(pair, sum);
}

static struct pair *
pair_of_shared(const struct finder *f, const struct shared *s)
{
	struct pair *pair = pairs_of(f->pairs, POINT_A, s->conn[POINT_A]);

	return pair != NULL && pair->kind == PAIR_MATCHED &&
	    pair->conn[POINT_B] == s->conn[POINT_B] ? pair : NULL;
}

/*
 * Two points are at most this many hops apart: a larger difference means that
 * a middlebox has rewritten the TTL.
 */
#define HOPS_MAX	32

/* Matched segments whose TTLs show this point nearer to the originator. */
struct ttl_votes {
	size_t nearer_orig[POINT_COUNT];
};

static void
vote_by_ttl(struct ttl_votes *votes, enum direction direction, unsigned ttl_a,
    unsigned ttl_b)
{
	const int hops = (int)ttl_a - (int)ttl_b;

	if (hops == 0 || hops > HOPS_MAX || hops < -HOPS_MAX)
		return;
	votes->nearer_orig[(hops > 0) == (direction == DIRECTION_ORIG) ?
	    POINT_A : POINT_B]++;
}

static void
set_near_by_ttl(struct pair *pair, const struct ttl_votes *votes)
{
	const size_t a = votes->nearer_orig[POINT_A];
	const size_t b = votes->nearer_orig[POINT_B];

	if ((a > 0) != (b > 0))
		set_near(pair, a > 0 ? 1 : -1);
}

/* One direction is enough: routers only ever decrement a TTL. */
static void
near_by_sample_ttl(struct pair *pair, const struct shared *s, size_t count)
{
	struct ttl_votes votes = { .nearer_orig = { 0 } };

	for (size_t i = 0; i < count; i++)
		vote_by_ttl(&votes, direction_of(pair, &s[i]),
		    s[i].ttl[POINT_A], s[i].ttl[POINT_B]);
	set_near_by_ttl(pair, &votes);
}

/* The sample has no segment that occurs twice, such as a repeated SYN. */
static void
near_by_handshake_ttl(const struct finder *f, struct pair *pair)
{
	const struct handshake *a =
	    &f->surveys[POINT_A].handshakes[pair->conn[POINT_A]];
	const struct handshake *b =
	    &f->surveys[POINT_B].handshakes[pair->conn[POINT_B]];
	struct ttl_votes votes = { .nearer_orig = { 0 } };

	for (unsigned i = HANDSHAKE_SYN; i <= HANDSHAKE_SYNACK; i++)
		if (a->has[i] && b->has[i])
			vote_by_ttl(&votes, i == HANDSHAKE_SYN ?
			    DIRECTION_ORIG : DIRECTION_RESP, a->syn[i].ttl,
			    b->syn[i].ttl);
	set_near_by_ttl(pair, &votes);
}

/* Set near_orig of pairs that lack it by the samples that both points share. */
static void
near_by_shared(struct finder *f, void (*find)(struct pair *,
    const struct shared *, size_t count))
{
	for (size_t i = 0, end; i < f->shared_count; i = end) {
		struct pair *pair = pair_of_shared(f, &f->shared[i]);

		end = run_end(f, i);
		if (pair != NULL && !pair->has_near)
			find(pair, &f->shared[i], end - i);
	}
}

/* Times first: both directions together are the surest evidence. */
static void
find_near(struct finder *f)
{
	struct pairs *pairs = f->pairs;

	/* Where a proxy answers, the two handshakes have nothing in common. */
	for (size_t i = 0; i < pairs->count; i++)
		if (pairs->pairs[i].kind == PAIR_MATCHED)
			near_by_handshake(f, &pairs->pairs[i]);
	near_by_shared(f, near_by_samples);
	for (size_t i = 0; i < pairs->count; i++)
		if (pairs->pairs[i].kind == PAIR_MATCHED &&
		    !pairs->pairs[i].has_near)
			near_by_handshake_ttl(f, &pairs->pairs[i]);
	near_by_shared(f, near_by_sample_ttl);
}

static void
note_rtts(const struct finder *f)
{
	for (size_t i = 0; i < f->pairs->count * POINT_COUNT; i++) {
		struct pair *pair = &f->pairs->pairs[i / POINT_COUNT];
		const enum point point = (enum point)(i % POINT_COUNT);
		const struct handshake *h =
		    &f->surveys[point].handshakes[pair->conn[point]];

		pair->rtt_orig_ns[point] =
		    h->has[HANDSHAKE_SYNACK] && h->has[HANDSHAKE_ACK] ?
		    h->ns[HANDSHAKE_ACK] - h->ns[HANDSHAKE_SYNACK] : -1;
	}
}

/* The point that saw a segment first; false: unknown. */
static bool
find_first_point(const struct finder *f, const struct shared *s,
    enum point *ret_point)
{
	const struct pair *pair = pair_of_shared(f, s);

	if (pair == NULL || !pair->has_near)
		return false;
	*ret_point = direction_of(pair, s) == DIRECTION_ORIG ?
	    pair->near_orig : point_other(pair->near_orig);
	return true;
}

static int64_t
difference(const struct shared *s)
{
	return nstime_diff(s->ns[POINT_B], s->ns[POINT_A]);
}

/* The handshake is not in the sample of every large capture. */
static void
bound_by_handshake(const struct finder *f, const struct pair *pair,
    struct clock_bounds *bounds)
{
	const struct handshake *a =
	    &f->surveys[POINT_A].handshakes[pair->conn[POINT_A]];
	const struct handshake *b =
	    &f->surveys[POINT_B].handshakes[pair->conn[POINT_B]];

	for (unsigned i = HANDSHAKE_SYN; i <= HANDSHAKE_SYNACK; i++)
		if (a->has[i] && b->has[i])
			clockfit_bound(bounds, i == HANDSHAKE_SYN ?
			    pair->near_orig : point_other(pair->near_orig),
			    nstime_diff(b->ns[i], a->ns[i]));
}

/* A segment passes its first point before the other one. */
static void
bound_by_sample(const struct finder *f, const struct shared *s,
    struct clock_bounds *bounds)
{
	enum point point;

	if (find_first_point(f, s, &point))
		clockfit_bound(bounds, point, difference(s));
}

/*
 * The least delays of both directions, added: the difference of the clocks
 * cancels out, so few segments are enough.
 */
static void
note_rtts_between(struct finder *f)
{
	for (size_t i = 0, end; i < f->shared_count; i = end) {
		struct clock_bounds bounds = { .has = { false } };
		struct pair *pair = pair_of_shared(f, &f->shared[i]);

		end = run_end(f, i);
		for (size_t k = i; k < end; k++)
			bound_by_sample(f, &f->shared[k], &bounds);
		if (bounds.has[0] && bounds.has[1])
			pair->rtt_between_ns = bounds.diff_ns[0] -
			    bounds.diff_ns[1];
	}
}

/* Bounds of the clocks' difference, by segments and by handshakes. */
static struct clock_bounds
bound_clocks(const struct finder *f)
{
	struct clock_bounds bounds = { .has = { false } };

	for (size_t i = 0; i < f->shared_count; i++)
		bound_by_sample(f, &f->shared[i], &bounds);
	for (size_t i = 0; i < f->pairs->count; i++)
		if (f->pairs->pairs[i].has_near)
			bound_by_handshake(f, &f->pairs->pairs[i], &bounds);
	return bounds;
}

/*
 * Use the first SYN of both points, if it is one SYN.  A connection that was
 * never answered has nothing else: the sample leaves out repeated segments.
 */
static void
bound_by_same_syn(const struct finder *f, const struct pair *pair,
    struct clock_bounds *unsided)
{
	const struct handshake *a =
	    &f->surveys[POINT_A].handshakes[pair->conn[POINT_A]];
	const struct handshake *b =
	    &f->surveys[POINT_B].handshakes[pair->conn[POINT_B]];

	if (!a->has[HANDSHAKE_SYN] || !b->has[HANDSHAKE_SYN] ||
	    !is_same_view(&a->syn[HANDSHAKE_SYN], &b->syn[HANDSHAKE_SYN],
	    both_have_timestamps(a, b, HANDSHAKE_SYN)))
		return;
	for (unsigned p = 0; p < POINT_COUNT; p++)
		clockfit_bound(unsided, p, nstime_diff(b->ns[HANDSHAKE_SYN],
		    a->ns[HANDSHAKE_SYN]));
}

/* Where no point is known to be nearer, each segment bounds both sides. */
static void
guess_clocks(struct finder *f)
{
	const struct clock_bounds bounds = bound_clocks(f);
	struct clock_bounds unsided = { .has = { false } };

	for (size_t i = 0; i < f->pairs->count; i++)
		if (f->pairs->pairs[i].kind == PAIR_MATCHED)
			bound_by_same_syn(f, &f->pairs->pairs[i], &unsided);
	for (size_t i = 0; i < f->shared_count; i++) {
		const struct shared *s = &f->shared[i];

		for (unsigned p = 0; p < POINT_COUNT &&
		    pair_of_shared(f, s) != NULL; p++)
			clockfit_bound(&unsided, p, difference(s));
	}
	clockfit_guess(&f->pairs->clock, bounds.has[0] || bounds.has[1] ?
	    &bounds : &unsided);
}

static void
add_point(struct clock_points *points, const struct shared *s)
{
	if (clockfit_can_take(difference(s)))
		points->points[points->count++] = (struct clock_point){
		    s->ns[POINT_A], difference(s) };
}

static void
trust_clocks(struct finder *f)
{
	const struct clock_bounds bounds = bound_clocks(f);

	clockfit_trust(&f->pairs->clock, &bounds);
}

static int
fit_clocks(struct finder *f)
{
	const size_t size = (f->shared_count + 1) * sizeof(struct clock_point);
	struct clock_points first[POINT_COUNT] = {
	    { .points = mem_zalloc(size) }, { .points = mem_zalloc(size) }
	};
	int err = 0;

	if (first[0].points == NULL || first[1].points == NULL)
		err = -ERR_NOMEM;
	for (size_t i = 0; err == 0 && i < f->shared_count; i++) {
		enum point point;

		if (find_first_point(f, &f->shared[i], &point))
			add_point(&first[point], &f->shared[i]);
	}
	if (err == 0) {
		clockfit_find(&f->pairs->clock, &first[0], &first[1],
		    &f->surveys[POINT_A].timeline,
		    &f->surveys[POINT_B].timeline);
		if (f->pairs->clock.count == 0)
			guess_clocks(f);
	}
	if (err == 0 && f->trusts_clocks)
		trust_clocks(f);
	mem_free(first[0].points);
	mem_free(first[1].points);
	return err;
}

/* ---- where sequence numbers are rewritten ---- */

/* The same at both points, as numbers count from the base of the pair. */
static bool
key_by_offsets(const struct finder *f, enum point point,
    const struct sample *s, uint64_t *ret_key)
{
	const struct pair *pair = pairs_of(f->pairs, point, s->conn);
	unsigned direction;
	uint64_t numbers;

	if (pair == NULL || pair->kind != PAIR_MATCHED ||
	    !pair->is_seq_rewritten)
		return false;
	direction = s->side != pair->side[DIRECTION_ORIG][point];
	numbers = (uint64_t)(uint32_t)seq_diff(s->seq,
	    pair->base[direction][point]) << 32 |
	    (s->has_ack ? (uint32_t)seq_diff(s->ack,
	    pair->base[!direction][point]) : 0);
	*ret_key = sketch_mix(sketch_mix(numbers) +
	    ((uint64_t)pair->conn[POINT_A] << 2 | direction << 1 |
	    s->has_data));
	return true;
}

static size_t
gather_rewritten(const struct finder *f, struct candidate *into)
{
	size_t count = 0;

	for (unsigned p = 0; p < POINT_COUNT; p++) {
		const struct sketch *sketch = &f->surveys[p].sketch;

		for (size_t i = 0; i < sketch->count; i++) {
			struct candidate *c = &into[count];

			if (!key_by_offsets(f, p, &sketch->samples[i],
			    &c->key))
				continue;
			*c = (struct candidate){ .key = c->key,
			    .item = (uint32_t)i, .point = (uint8_t)p };
			count++;
		}
	}
	return count;
}

static void
share_sample(struct finder *f, const struct candidate *a,
    const struct candidate *b)
{
	const struct sample *x = &f->surveys[POINT_A].sketch.samples[a->item];
	const struct sample *y = &f->surveys[POINT_B].sketch.samples[b->item];

	f->shared[f->shared_count++] = (struct shared){
	    .conn = { x->conn, y->conn },
	    .side = { x->side, y->side },
	    .ttl = { x->ttl, y->ttl },
	    .ns = { x->ns, y->ns },
	};
}

/*
 * The hashes of the samples cover sequence numbers, so that of connections
 * whose numbers a firewall replaced none is shared.  Where both samples have
 * all segments, which is where the captures are small, offsets match them.
 */
static int
share_rewritten(struct finder *f)
{
	const size_t room = f->surveys[POINT_A].sketch.count +
	    f->surveys[POINT_B].sketch.count + 1;
	struct candidate *all = mem_zalloc(2 * room * sizeof(*all));
	struct candidate *c;
	size_t count, end;
	int err;

	if (all == NULL)
		return -ERR_NOMEM;
	c = all + room;
	count = gather_rewritten(f, all);
	err = candidates_group(c, all, count);
	for (size_t i = 0; err == 0 && i < count; i = end) {
		end = candidates_group_end(c, count, i);
		if (end - i == 2 && c[i].point != c[i + 1].point)
			share_sample(f, &c[i], &c[i + 1]);
	}
	mem_free(all);
	qsort(f->shared, f->shared_count, sizeof(*f->shared), compare_shared);
	return err;
}

/* ---- what has no partner ---- */

static void
find_common(struct finder *f)
{
	struct pairs *pairs = f->pairs;

	for (unsigned p = 0; p < POINT_COUNT; p++) {
		pairs->start[p] = time_of(f, p, f->surveys[p].first_ns);
		pairs->end[p] = time_of(f, p, f->surveys[p].last_ns);
	}
	pairs->common_start = pairs->start[POINT_B] > pairs->start[POINT_A] ?
	    pairs->start[POINT_B] : pairs->start[POINT_A];
	pairs->common_end = pairs->end[POINT_B] < pairs->end[POINT_A] ?
	    pairs->end[POINT_B] : pairs->end[POINT_A];
}

/*
 * Is the point nearer to the originators of all pairs?  A connection that only
 * the other point captured was not blocked between the points.
 */
static bool
is_near_all(const struct finder *f, enum point point)
{
	bool has_any = false;

	for (size_t i = 0; i < f->pairs->count; i++) {
		const struct pair *pair = &f->pairs->pairs[i];

		if (pair->has_near && pair->near_orig != point)
			return false;
		has_any |= pair->has_near;
	}
	return has_any;
}

static enum unpaired
why_unpaired(const struct finder *f, enum point point, bool is_near,
    const struct conn *conn)
{
	const struct pairs *pairs = f->pairs;

	if (time_of(f, point, conn->last_ns) < pairs->common_start ||
	    time_of(f, point, conn->first_ns) > pairs->common_end)
		return UNPAIRED_OUTSIDE;
	if (!conn_is_half_open(conn) || conn_resp(conn)->pkts > 0)
		return UNPAIRED_UNKNOWN;
	return is_near ? UNPAIRED_BLOCKED : UNPAIRED_UNANSWERED;
}

static void
explain_unpaired(struct finder *f)
{
	for (unsigned p = 0; p < POINT_COUNT; p++) {
		const bool is_near = is_near_all(f, p);

		for (uint32_t i = 1; i < f->surveys[p].conn_count; i++) {
			uint8_t *why = &f->pairs->unpaired[p][i];
			const struct conn *conn = conn_at(f, p, i);

			if (is_paired(f, p, i) || conn == NULL)
				*why = UNPAIRED_NONE;
			else if (*why == UNPAIRED_NONE)
				*why = (uint8_t)why_unpaired(f, p, is_near,
				    conn);
		}
	}
}

/* ---- all of it ---- */

/*
 * In the order of the connections at A, which is that of time: readers look
 * for them there, and pairs of one time share cache lines and pages.
 */
static int
sort_pairs(struct pairs *pairs)
{
	struct pair *sorted = mem_zalloc((pairs->count + 1) *
	    sizeof(*sorted));
	size_t count = 0;

	if (sorted == NULL)
		return -ERR_NOMEM;
	for (size_t a = 0; a < pairs->conn_count[POINT_A]; a++) {
		const uint32_t at = pairs->of[POINT_A][a];

		if (at == 0)
			continue;
		sorted[count] = pairs->pairs[at - 1];
		pairs->of[POINT_A][a] = (uint32_t)++count;
		pairs->of[POINT_B][sorted[count - 1].conn[POINT_B]] =
		    (uint32_t)count;
	}
	mem_free(pairs->pairs);
	pairs->pairs = sorted;
	return 0;
}

/* A new pair may leave one candidate where there were several. */
#define ROUNDS_MAX	3

/*
 * With the clocks known, candidates that were ambiguous may not be any more:
 * only the last round says which of them are.
 */
static int
join_rest(struct finder *f)
{
	static const struct {
		candidate_key *key;
		candidate_join *join;
	} ways[] = {
		{ key_by_isns, join_isns },
		{ key_by_syn, join_unanswered },
		{ key_by_first_isn, join_unanswered },
		{ key_by_tuple, join_tuples },
	};
	struct pairs *pairs = f->pairs;
	size_t before = SIZE_MAX;
	int err = 0;

	for (unsigned round = 0; round < ROUNDS_MAX &&
	    pairs->count != before; round++) {
		before = pairs->count;
		for (unsigned p = 0; p < POINT_COUNT; p++)
			memset(pairs->unpaired[p], UNPAIRED_NONE,
			    pairs->conn_count[p]);
		for (size_t i = 0; i < ARRAY_LEN(ways) && err == 0; i++)
			err = join_by(f, ways[i].key, ways[i].join);
		if (err != 0)
			return err;
		join_by_votes(f);
	}
	return 0;
}

static int
find(struct finder *f)
{
	int err = intersect(f);

	if (err == 0)
		err = join_by(f, key_by_isns, join_isns);
	if (err != 0)
		return err;
	join_by_votes(f);
	find_near(f);
	err = fit_clocks(f);
	if (err == 0)
		err = join_rest(f);
	if (err == 0)
		err = sort_pairs(f->pairs);
	if (err != 0)
		return err;
	find_near(f);
	err = hosts_find_near(f->pairs, f->surveys);
	if (err == 0 && (f->pairs->clock.count == 0 ||
	    f->pairs->clock.is_trusted)) {
		err = share_rewritten(f);
		if (err == 0)
			err = fit_clocks(f);
	}
	if (err != 0)
		return err;
	note_rtts(f);
	note_rtts_between(f);
	find_common(f);
	explain_unpaired(f);
	return 0;
}

static int
init_pairs(struct pairs *pairs, const struct survey *surveys)
{
	const size_t a = surveys[POINT_A].conn_count;
	const size_t b = surveys[POINT_B].conn_count;

	*pairs = (struct pairs){ .conn_count = { a, b } };
	pairs->pairs = mem_zalloc((a < b ? a : b) * sizeof(*pairs->pairs));
	for (unsigned p = 0; p < POINT_COUNT; p++) {
		const size_t count = pairs->conn_count[p];

		pairs->of[p] = mem_zalloc(count * sizeof(*pairs->of[p]));
		pairs->unpaired[p] = mem_zalloc(count);
		if (pairs->of[p] == NULL || pairs->unpaired[p] == NULL)
			return -ERR_NOMEM;
	}
	return pairs->pairs != NULL ? 0 : -ERR_NOMEM;
}

int
pairs_find(struct pairs *pairs, const struct survey surveys[POINT_COUNT],
    bool trusts_clocks)
{
	struct finder f = { .pairs = pairs, .surveys = surveys,
	    .trusts_clocks = trusts_clocks };
	int err = init_pairs(pairs, surveys);

	f.partners = mem_zalloc(surveys[POINT_A].conn_count *
	    sizeof(*f.partners));
	if (f.partners == NULL)
		err = -ERR_NOMEM;
	if (err == 0)
		err = find(&f);
	mem_free(f.shared);
	mem_free(f.partners);
	if (err != 0)
		pairs_fini(pairs);
	return err;
}

void
pairs_fini(struct pairs *pairs)
{
	mem_free(pairs->pairs);
	for (unsigned p = 0; p < POINT_COUNT; p++) {
		mem_free(pairs->of[p]);
		mem_free(pairs->unpaired[p]);
	}
	*pairs = (struct pairs){ .count = 0 };
}
