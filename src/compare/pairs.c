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
#include "decode/segment.h"
#include "flow/conn.h"

/* A segment in the samples of both points. */
struct shared {
	uint32_t conn[POINT_COUNT];
	uint8_t side[POINT_COUNT];
	int64_t ns[POINT_COUNT];
};

struct finder {
	struct pairs *pairs;
	const struct survey *surveys;
	struct shared *shared;
	size_t shared_count;
};

static const struct conn *
conn_at(const struct finder *f, enum point point, uint32_t number)
{
	return f->surveys[point].conns[number];
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

/*
 * A middlebox that shifts timestamps shifts their echoes back.  Without the
 * echo it is another SYN that is compared: the first was lost between.
 */
static uint32_t
find_ts_shift(const struct handshake *a, const struct handshake *b,
    unsigned at)
{
	const uint32_t shift = b->tsval[at] - a->tsval[at];

	for (unsigned i = at; i <= at + 1; i++)
		if (!a->has[i] || !b->has[i])
			return 0;
	if ((a->options[at] & b->options[at] & OPT_TIMESTAMP) == 0)
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

	*pair = (struct pair){ .conn = { a, b } };
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

struct candidate {
	uint64_t key;
	uint8_t point;
	uint32_t conn;
	int64_t first_ns;	/* time at A, as far as the clocks are known */
};

static int
compare_candidates(const void *a, const void *b)
{
	const struct candidate *x = a;
	const struct candidate *y = b;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	if (x->first_ns != y->first_ns)
		return x->first_ns < y->first_ns ? -1 : 1;
	return (x->point > y->point) - (x->point < y->point);
}

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
	return conn_orig(conn)->has_isn && !conn_resp(conn)->has_isn;
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
			c->conn = i;
			c->first_ns = p == POINT_A ? conn->first_ns :
			    clockfit_to_a(&f->pairs->clock, conn->first_ns);
			count++;
		}
	}
	qsort(into, count, sizeof(*into), compare_candidates);
	return count;
}

/* What to do with one candidate of each point. */
typedef void candidate_join(struct finder *, uint32_t a, uint32_t b);

static void
join_isns(struct finder *f, uint32_t a, uint32_t b)
{
	(void)add_pair(f, a, b, conn_at(f, POINT_B, b)->orig);
}

/*
 * Candidates of one key in order of time: neighbours of different points are
 * the closest there are.  More of them than two are ambiguous, unless clocks
 * are known and say which is which.
 */
static void
join_group(struct finder *f, const struct candidate *c, size_t count,
    candidate_join *join)
{
	const bool is_clear = f->pairs->clock.count > 0 || count == 2;

	for (size_t i = 0; i + 1 < count; i++) {
		const struct candidate *x = &c[i];
		const struct candidate *y = &c[i + 1];

		if (x->point == y->point)
			continue;
		if (!is_clear) {
			f->pairs->unpaired[x->point][x->conn] =
			    UNPAIRED_AMBIGUOUS;
			f->pairs->unpaired[y->point][y->conn] =
			    UNPAIRED_AMBIGUOUS;
			continue;
		}
		join(f, x->point == POINT_A ? x->conn : y->conn,
		    x->point == POINT_A ? y->conn : x->conn);
		i++;
	}
}

static int
join_by(struct finder *f, candidate_key *key, candidate_join *join)
{
	const size_t room = f->surveys[0].conn_count +
	    f->surveys[1].conn_count;
	struct candidate *c = mem_zalloc(room * sizeof(*c));
	size_t count, end;

	if (c == NULL)
		return -ERR_NOMEM;
	count = gather(f, key, c);
	for (size_t i = 0; i < count; i = end) {
		for (end = i + 1; end < count && c[end].key == c[i].key;)
			end++;
		join_group(f, &c[i], end - i, join);
	}
	mem_free(c);
	return 0;
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
	return (x->ns[POINT_A] > y->ns[POINT_A]) -
	    (x->ns[POINT_A] < y->ns[POINT_A]);
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

static void
join_by_votes(struct finder *f)
{
	size_t end, best_at = 0, best = 0;

	for (size_t i = 0; i < f->shared_count; i = end) {
		const struct shared *s = &f->shared[i];

		end = run_end(f, i);
		if (end - i > best && !is_paired(f, POINT_B, s->conn[1])) {
			best = end - i;
			best_at = i;
		}
		if (end < f->shared_count &&
		    f->shared[end].conn[0] == s->conn[0])
			continue;	/* another candidate of the same */
		s = &f->shared[best_at];
		if (best >= VOTES_MIN && !is_paired(f, POINT_A, s->conn[0]))
			(void)add_pair(f, s->conn[0], s->conn[1],
			    s->side[1] ^ (s->side[0] !=
			    conn_at(f, POINT_A, s->conn[0])->orig));
		best = 0;
	}
}

/* ---- by four-tuple ---- */

/* A path takes less, and so do clocks that are nearly right. */
#define APART_NS	NS_PER_SEC

/* Do both points see it at some time? */
static bool
overlaps(const struct finder *f, const struct conn *a, const struct conn *b)
{
	const struct clock_fit *clock = &f->pairs->clock;
	const int64_t first = clockfit_to_a(clock, b->first_ns);
	const int64_t last = clockfit_to_a(clock, b->last_ns);

	return first - APART_NS <= a->last_ns &&
	    a->first_ns - APART_NS <= last;
}

/*
 * Numbers that a firewall has rewritten pass with everything else as it was.
 * A proxy answers with a handshake of its own: other timestamps, or other
 * options, or other IP IDs.
 */
static bool
is_same_syn(const struct handshake *a, const struct handshake *b, unsigned at)
{
	const unsigned both = a->options[at] & b->options[at];

	if (!a->has[at] || !b->has[at])
		return false;
	if ((both & OPT_TIMESTAMP) != 0)
		return a->tsval[at] == b->tsval[at];
	if (a->ip_id[at] != 0 && a->ip_id[at] == b->ip_id[at])
		return true;
	return a->options[at] == b->options[at] &&
	    a->wscale[at] == b->wscale[at] && a->ip_id[at] == b->ip_id[at];
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

static void
join_tuples(struct finder *f, uint32_t a, uint32_t b)
{
	const struct conn *x = conn_at(f, POINT_A, a);
	const struct conn *y = conn_at(f, POINT_B, b);
	const struct handshake *h = &f->surveys[POINT_A].handshakes[a];
	const struct handshake *g = &f->surveys[POINT_B].handshakes[b];
	struct pair *pair;
	const bool is_same = is_same_syn(h, g, HANDSHAKE_SYN) &&
	    (!h->has[HANDSHAKE_SYNACK] || !g->has[HANDSHAKE_SYNACK] ||
	    is_same_syn(h, g, HANDSHAKE_SYNACK));

	/* Clocks that are unknown say nothing about the time. */
	if (!key_equal(&x->key, &y->key) || (!overlaps(f, x, y) &&
	    !(is_same && f->pairs->clock.count == 0)))
		return;
	if (!conn_orig(x)->has_isn || !conn_orig(y)->has_isn) {
		if (numbers_agree(x, y))
			(void)add_pair(f, a, b, x->orig);
		return;
	}
	pair = add_pair(f, a, b, y->orig);
	if (!is_same)
		pair->kind = PAIR_TERMINATED;
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

static void
find_near(struct finder *f)
{
	/* Where a proxy answers, the two handshakes have nothing in common. */
	for (size_t i = 0; i < f->pairs->count; i++)
		if (f->pairs->pairs[i].kind == PAIR_MATCHED)
			near_by_handshake(f, &f->pairs->pairs[i]);
	for (size_t i = 0, end; i < f->shared_count; i = end) {
		struct pair *pair = pair_of_shared(f, &f->shared[i]);

		end = run_end(f, i);
		if (pair != NULL && !pair->has_near)
			near_by_samples(pair, &f->shared[i], end - i);
	}
}

static void
note_rtts(const struct finder *f)
{
	for (size_t i = 0; i < f->pairs->count; i++) {
		struct pair *pair = &f->pairs->pairs[i];
		const enum point near = pair->near_orig;
		const struct handshake *h =
		    &f->surveys[near].handshakes[pair->conn[near]];

		pair->rtt_orig_ns = pair->has_near &&
		    h->has[HANDSHAKE_SYNACK] && h->has[HANDSHAKE_ACK] ?
		    h->ns[HANDSHAKE_ACK] - h->ns[HANDSHAKE_SYNACK] : -1;
	}
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
		const struct shared *s = &f->shared[i];
		const struct pair *pair = pair_of_shared(f, s);
		struct clock_points *into;

		if (pair == NULL || !pair->has_near ||
		    !clockfit_can_take(s->ns[POINT_B] - s->ns[POINT_A]))
			continue;
		into = &first[direction_of(pair, s) == DIRECTION_ORIG ?
		    pair->near_orig : point_other(pair->near_orig)];
		into->points[into->count++] = (struct clock_point){
		    .a_ns = s->ns[POINT_A],
		    .diff_ns = s->ns[POINT_B] - s->ns[POINT_A],
		};
	}
	if (err == 0)
		clockfit_find(&f->pairs->clock, &first[0], &first[1]);
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
			c->point = (uint8_t)p;
			c->conn = (uint32_t)i;	/* of the sample */
			c->first_ns = 0;
			count++;
		}
	}
	qsort(into, count, sizeof(*into), compare_candidates);
	return count;
}

static void
share_sample(struct finder *f, const struct candidate *a,
    const struct candidate *b)
{
	const struct sample *x = &f->surveys[POINT_A].sketch.samples[a->conn];
	const struct sample *y = &f->surveys[POINT_B].sketch.samples[b->conn];

	f->shared[f->shared_count++] = (struct shared){
	    .conn = { x->conn, y->conn },
	    .side = { x->side, y->side },
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
	struct candidate *c = mem_zalloc(room * sizeof(*c));
	size_t count, end;

	if (c == NULL)
		return -ERR_NOMEM;
	count = gather_rewritten(f, c);
	for (size_t i = 0; i < count; i = end) {
		for (end = i + 1; end < count && c[end].key == c[i].key;)
			end++;
		if (end - i == 2 && c[i].point != c[i + 1].point)
			share_sample(f, &c[i], &c[i + 1]);
	}
	mem_free(c);
	qsort(f->shared, f->shared_count, sizeof(*f->shared), compare_shared);
	return 0;
}

/* ---- what has no partner ---- */

static void
find_common(struct finder *f)
{
	const struct survey *a = &f->surveys[POINT_A];
	const struct survey *b = &f->surveys[POINT_B];
	const struct clock_fit *clock = &f->pairs->clock;
	struct pairs *pairs = f->pairs;
	const int64_t start = clockfit_to_a(clock, b->first_ns);
	const int64_t end = clockfit_to_a(clock, b->last_ns);

	pairs->start[POINT_A] = a->first_ns;
	pairs->end[POINT_A] = a->last_ns;
	pairs->start[POINT_B] = start;
	pairs->end[POINT_B] = end;
	pairs->common_start = start > a->first_ns ? start : a->first_ns;
	pairs->common_end = end < a->last_ns ? end : a->last_ns;
}

static enum unpaired
why_unpaired(const struct finder *f, enum point point, const struct conn *conn)
{
	const struct pairs *pairs = f->pairs;
	int64_t first = conn->first_ns, last = conn->last_ns;

	if (point == POINT_B) {
		first = clockfit_to_a(&pairs->clock, first);
		last = clockfit_to_a(&pairs->clock, last);
	}
	if (last < pairs->common_start || first > pairs->common_end)
		return UNPAIRED_OUTSIDE;
	return conn_is_half_open(conn) && conn_resp(conn)->pkts == 0 ?
	    UNPAIRED_BLOCKED : UNPAIRED_UNKNOWN;
}

static void
explain_unpaired(struct finder *f)
{
	for (unsigned p = 0; p < POINT_COUNT; p++)
		for (uint32_t i = 1; i < f->surveys[p].conn_count; i++) {
			uint8_t *why = &f->pairs->unpaired[p][i];
			const struct conn *conn = conn_at(f, p, i);

			if (is_paired(f, p, i) || conn == NULL)
				*why = UNPAIRED_NONE;
			else if (*why == UNPAIRED_NONE)
				*why = (uint8_t)why_unpaired(f, p, conn);
		}
}

/* ---- all of it ---- */

static int
compare_pairs(const void *a, const void *b)
{
	const struct pair *x = a;
	const struct pair *y = b;

	return (x->conn[POINT_A] > y->conn[POINT_A]) -
	    (x->conn[POINT_A] < y->conn[POINT_A]);
}

/*
 * In the order of the connections at A, which is that of time: readers look
 * for them there, and pairs of one time share cache lines and pages.
 */
static void
sort_pairs(struct pairs *pairs)
{
	qsort(pairs->pairs, pairs->count, sizeof(*pairs->pairs),
	    compare_pairs);
	for (size_t i = 0; i < pairs->count; i++)
		for (unsigned p = 0; p < POINT_COUNT; p++)
			pairs->of[p][pairs->pairs[i].conn[p]] =
			    (uint32_t)(i + 1);
}

static int
find(struct finder *f, bool trusts_clocks)
{
	int err = intersect(f);

	if (err == 0)
		err = join_by(f, key_by_isns, join_isns);
	if (err != 0)
		return err;
	join_by_votes(f);
	find_near(f);
	err = fit_clocks(f);
	if (trusts_clocks)
		clockfit_trust(&f->pairs->clock);
	/* With the clocks known, what was ambiguous may not be any more. */
	if (err == 0)
		err = join_by(f, key_by_isns, join_isns);
	if (err == 0)
		err = join_by(f, key_by_first_isn, join_isns);
	if (err == 0)
		err = join_by(f, key_by_tuple, join_tuples);
	if (err != 0)
		return err;
	sort_pairs(f->pairs);
	find_near(f);
	if (f->pairs->clock.count == 0) {
		err = share_rewritten(f);
		if (err == 0)
			err = fit_clocks(f);
		if (err != 0)
			return err;
	}
	note_rtts(f);
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
	struct finder f = { .pairs = pairs, .surveys = surveys };
	int err = init_pairs(pairs, surveys);

	if (err == 0)
		err = find(&f, trusts_clocks);
	mem_free(f.shared);
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
