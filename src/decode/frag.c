/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "decode/frag.h"

#include <string.h>

#include "base/nstime.h"
#include "base/pool.h"
#include "decode/ip.h"
#include "decode/tunnel.h"

/* A datagram's largest length, and the unit of fragment offsets (RFC 791). */
#define DATAGRAM_MAX	65535
#define UNIT		8
#define UNITS_MAX	((DATAGRAM_MAX + UNIT) / UNIT)

/* Reassembly timeout (RFC 8200, 4.5). */
#define TIMEOUT_NS	(60 * NS_PER_SEC)

/*
 * Within this time, further fragments of a complete datagram are copies, for
 * example from a mirror port.  Later, or when they begin with the first one,
 * the identification has wrapped.
 */
#define ECHO_NS		(100 * NS_PER_MS)

#define BUCKETS		1024	/* power of two */

/* Hashed and compared as bytes: no padding. */
struct frag_key {
	uint8_t src[16];
	uint8_t dst[16];
	uint32_t id;
	uint32_t vni;
	uint32_t has_vni;
	uint8_t protocol;	/* IPv4 only (RFC 791, 2.3; RFC 8200, 4.5) */
	uint8_t ip_version;
	uint8_t zero[2];
};

#define KEY_WORDS	(sizeof(struct frag_key) / sizeof(uint64_t))

_Static_assert(sizeof(struct frag_key) == 48, "padding in a hashed key");

struct datagram {
	struct datagram *chain;	/* next in the same bucket */
	struct datagram *older;
	struct datagram *newer;
	struct frag_key key;
	int64_t time_ns;	/* of the last fragment taken */
	uint32_t total;		/* bytes, from the last fragment; 0: unknown */
	uint32_t reach;		/* end of the furthest fragment */
	uint32_t units;		/* set in `have` */
	uint32_t header_len;	/* IP header of the first fragment */
	uint8_t protocol;	/* as the first fragment has it */
	bool is_done;
	bool is_refused;	/* done: its first fragment opens no tunnel */
	bool is_guess;		/* UDP, and the first fragment is to come */
	uint8_t have[(UNITS_MAX + 7) / 8];	/* units declared, a bit each */
	uint8_t head_have[FRAG_HEAD_MAX / UNIT]; /* bytes held, of each unit */
	uint8_t head[FRAG_HEAD_MAX];
};

struct frags {
	struct pool pool;	/* of struct datagram */
	struct datagram *oldest;
	struct datagram *newest;
	struct datagram *bucket[BUCKETS];
	/*
	 * Head of the datagram just completed.  The walk goes on over this
	 * copy, as it may need the table again.
	 */
	uint8_t head[FRAG_HEAD_MAX];
};

static struct frags *
frags_of(struct decoder *d)
{
	if (d->frags == NULL) {
		d->frags = mem_zalloc(sizeof(*d->frags));
		if (d->frags != NULL)
			pool_init(&d->frags->pool, sizeof(struct datagram));
	}
	return d->frags;
}

void
frags_free(struct frags *frags)
{
	if (frags != NULL)
		pool_fini(&frags->pool);
	mem_free(frags);
}

static struct frag_key
key_of_fragment(const struct segment *seg, const struct fragment *f)
{
	struct frag_key key = {
		.id = f->id,
		.vni = seg->vni,
		.has_vni = seg->vni_known,
		.protocol = seg->ip_version == 4 ? f->protocol : 0,
		.ip_version = seg->ip_version,
	};

	memcpy(key.src, seg->src, sizeof(key.src));
	memcpy(key.dst, seg->dst, sizeof(key.dst));
	return key;
}

static struct datagram **
bucket_of(struct decoder *d, const struct frag_key *key)
{
	uint64_t words[KEY_WORDS];

	memcpy(words, key, sizeof(*key));
	return &d->frags->bucket[siphash_words(&d->hash_key, words,
	    KEY_WORDS) & (BUCKETS - 1)];
}

static struct datagram *
find(struct decoder *d, const struct frag_key *key)
{
	struct datagram *dg = *bucket_of(d, key);

	while (dg != NULL && memcmp(&dg->key, key, sizeof(*key)) != 0)
		dg = dg->chain;
	return dg;
}

static void
forget(struct decoder *d, struct datagram *dg)
{
	struct frags *frags = d->frags;
	struct datagram **link = bucket_of(d, &dg->key);

	while (*link != dg)
		link = &(*link)->chain;
	*link = dg->chain;
	if (dg->older != NULL)
		dg->older->newer = dg->newer;
	else
		frags->oldest = dg->newer;
	if (dg->newer != NULL)
		dg->newer->older = dg->older;
	else
		frags->newest = dg->older;
	if (!dg->is_done) {
		d->stats.fragments_incomplete--;
		d->stats.fragments_evicted += !dg->is_guess;
	}
	pool_give(&frags->pool, dg);
}

/* Begin a datagram; NULL when out of memory. */
static struct datagram *
begin(struct decoder *d, const struct frag_key *key)
{
	struct frags *frags = d->frags;
	struct datagram **bucket = bucket_of(d, key);
	struct datagram *dg;

	if (frags->pool.used == FRAG_DATAGRAMS_MAX)
		forget(d, frags->oldest);
	dg = pool_take(&frags->pool);
	if (dg == NULL) {
		d->stats.fragments_evicted++;
		return NULL;
	}
	dg->key = *key;
	dg->chain = *bucket;
	*bucket = dg;
	dg->older = frags->newest;
	if (frags->newest != NULL)
		frags->newest->newer = dg;
	else
		frags->oldest = dg;
	frags->newest = dg;
	d->stats.fragments_incomplete++;
	return dg;
}

/* Is `now` further from `then` than `limit`, in either direction? */
static bool
is_far(int64_t now, int64_t then, int64_t limit)
{
	const uint64_t apart = now > then ? (uint64_t)now - (uint64_t)then :
	    (uint64_t)then - (uint64_t)now;

	return apart > (uint64_t)limit;
}

/* Does this fragment begin another datagram under the same identification? */
static bool
is_stale(const struct datagram *dg, const struct fragment *f, int64_t now)
{
	if (dg->is_done)
		return f->offset == 0 || is_far(now, dg->time_ns, ECHO_NS);
	return is_far(now, dg->time_ns, TIMEOUT_NS);
}

/* The datagram of a fragment, old or new; NULL when out of memory. */
static struct datagram *
datagram_for(struct walk *w, const struct fragment *f)
{
	struct decoder *d = w->decoder;
	const struct frag_key key = key_of_fragment(w->seg, f);
	struct datagram *dg;

	if (frags_of(d) == NULL) {
		d->stats.fragments_evicted++;
		return NULL;
	}
	dg = find(d, &key);
	if (dg != NULL && is_stale(dg, f, w->seg->time_ns)) {
		forget(d, dg);
		dg = NULL;
	}
	return dg != NULL ? dg : begin(d, &key);
}

static void
mark_units(struct datagram *dg, uint32_t offset, uint32_t len)
{
	const uint32_t end = (offset + len + UNIT - 1) / UNIT;

	for (uint32_t u = offset / UNIT; u < end; u++) {
		const uint8_t bit = (uint8_t)(1U << u % 8);

		dg->units += (dg->have[u / 8] & bit) == 0;
		dg->have[u / 8] |= bit;
	}
}

/* Keep the captured bytes of the head; of two versions the first stays. */
static void
keep_head(struct datagram *dg, uint32_t offset, const struct cursor *at)
{
	size_t left = cursor_captured_left(at);
	const uint8_t *bytes = cursor_peek(at, left);

	for (size_t p = offset; p < FRAG_HEAD_MAX && left > 0; p += UNIT) {
		const size_t n = left < UNIT ? left : UNIT;

		if (dg->head_have[p / UNIT] < n) {
			/* NOLINTNEXTLINE(*NonNull*): `left` are there */
			memcpy(dg->head + p, bytes, n);
			dg->head_have[p / UNIT] = (uint8_t)n;
		}
		bytes += n;
		left -= n;
	}
}

/* Bytes of the head without a gap. */
static size_t
head_len(const struct datagram *dg)
{
	size_t len = 0;

	for (size_t u = 0; u < FRAG_HEAD_MAX / UNIT; u++) {
		len += dg->head_have[u];
		if (dg->head_have[u] < UNIT)
			break;
	}
	return len;
}

/* Do the fragments contradict each other about where the datagram ends? */
static bool
is_contradiction(const struct datagram *dg, const struct fragment *f,
    uint32_t end)
{
	if (dg->total != 0 && end > dg->total)
		return true;
	return f->is_last && (end < dg->reach ||
	    (dg->total != 0 && dg->total != end));
}

static void
take(struct datagram *dg, const struct fragment *f, const struct walk *w)
{
	const uint32_t len = (uint32_t)cursor_declared_left(&w->at);
	const uint32_t end = f->offset + len;

	dg->time_ns = w->seg->time_ns;
	if (f->is_last)
		dg->total = end;
	if (end > dg->reach)
		dg->reach = end;
	if (f->offset == 0) {
		dg->protocol = f->protocol;
		dg->header_len = f->header_len;
	}
	mark_units(dg, f->offset, len);
	keep_head(dg, f->offset, &w->at);
}

static bool
is_complete(const struct datagram *dg)
{
	return dg->total != 0 &&
	    dg->units == (dg->total + UNIT - 1) / UNIT;
}

/* Walk on over the datagram as if it had come in one piece. */
static bool
walk_datagram(struct walk *w, struct datagram *dg)
{
	struct frags *frags = w->decoder->frags;
	const size_t len = head_len(dg);

	dg->is_done = true;
	w->decoder->stats.fragments_incomplete--;
	memcpy(frags->head, dg->head, len);
	w->at = cursor_over(frags->head, len, dg->total);
	w->seg->ip_len = dg->header_len + dg->total;
	return ip_next(w, dg->protocol);
}

/*
 * Lengths of one fragment: all but the last end on a unit, none is empty, and
 * none reaches beyond the largest datagram (RFC 791, 3.2).
 */
static bool
is_impossible(const struct walk *w, const struct fragment *f)
{
	const size_t len = cursor_declared_left(&w->at);

	return len == 0 || len > DATAGRAM_MAX - f->offset ||
	    (!f->is_last && len % UNIT != 0);
}

/* May the datagram hold TCP? */
static bool
is_wanted(struct walk *w, const struct fragment *f)
{
	if (f->protocol == PROTO_ICMP || f->protocol == PROTO_ICMP6)
		return false;
	return f->protocol == PROTO_UDP ? walk_opens_tunnels(w) :
	    ip_follows(w, f->protocol);
}

/*
 * The first fragment shows whether UDP is a tunnel, and may come last.  A
 * datagram that is no tunnel is remembered as such, for its other fragments.
 */
static void
look_for_tunnel(struct walk *w, struct datagram *dg, const struct fragment *f)
{
	if (f->offset > 0) {
		dg->is_guess |= !dg->is_done && dg->units == 0;
		return;
	}
	dg->is_guess = false;
	if (udp_may_be_tunnel(w))
		return;
	dg->is_done = true;
	dg->is_refused = true;
	dg->time_ns = w->seg->time_ns;
	w->decoder->stats.fragments_incomplete--;
}

bool
frag_decode(struct walk *w, const struct fragment *f)
{
	struct datagram *dg;

	if (is_impossible(w, f))
		return walk_end(w, VERDICT_MALFORMED_IP, "fragment length");
	if (w->is_quote)
		return f->offset == 0 ? ip_next(w, f->protocol) :
		    walk_end(w, VERDICT_FRAGMENT, NULL);
	if (!is_wanted(w, f))
		return walk_stop(w, VERDICT_NOT_TCP, NUMBER_IP_PROTOCOL,
		    f->protocol);
	dg = datagram_for(w, f);
	if (dg != NULL && f->protocol == PROTO_UDP)
		look_for_tunnel(w, dg, f);
	if (dg != NULL && dg->is_refused)
		return walk_stop(w, VERDICT_NOT_TCP, NUMBER_IP_PROTOCOL,
		    f->protocol);
	if (dg == NULL || dg->is_done)
		return walk_end(w, VERDICT_FRAGMENT, NULL);
	if (is_contradiction(dg, f,
	    f->offset + (uint32_t)cursor_declared_left(&w->at)))
		return walk_end(w, VERDICT_MALFORMED_IP, "fragment end");
	take(dg, f, w);
	if (!is_complete(dg))
		return walk_end(w, VERDICT_FRAGMENT, NULL);
	return walk_datagram(w, dg);
}
